"""Static encoders: a text's vector is the mean of its tokens' vectors, as in model2vec and StaticEmbedding."""

from wordvec.encoders.export import export
from wordvec.encoders.static import StaticEncoder

__all__ = ["StaticEncoder", "export"]
