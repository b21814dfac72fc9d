"""A small Transformer: from our own embeddings to a pre-trained model, fine-tuned, generating, exchanged.

It needs PyTorch: ``pip install "wordvec[transformer]"``. Names are imported when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from wordvec._validation import import_optional

_HOMES = {
    "DecoderModel": "models",
    "EncoderDecoderModel": "models",
    "EncoderModel": "models",
    "MaskedLM": "heads",
    "NextSentence": "heads",
    "PreTraining": "heads",
    "QuestionAnswerer": "heads",
    "SequenceClassifier": "heads",
    "TokenClassifier": "heads",
    "TransformerConfig": "config",
    "from_pretrained": "exchange",
}

__all__ = [
    "DecoderModel",
    "EncoderDecoderModel",
    "EncoderModel",
    "MaskedLM",
    "NextSentence",
    "PreTraining",
    "QuestionAnswerer",
    "SequenceClassifier",
    "TokenClassifier",
    "TransformerConfig",
    "from_pretrained",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'wordvec.transformer' has no attribute {name!r}")
    import_optional("torch", pip="wordvec[transformer]", purpose="The Transformer")
    return getattr(import_module(f"wordvec.transformer.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
