"""Static encoders: text vectors as means of token vectors, as in model2vec and StaticEmbedding."""

from wordvec.encoders.export import export
from wordvec.encoders.static import StaticEncoder

__all__ = ["StaticEncoder", "export"]
