"""Supervised embeddings: averaged word and n-gram vectors trained with the labels of texts."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from wordvec._utils.lazy import lazy_names

if TYPE_CHECKING:
    from wordvec.supervised.classifier import EmbeddingClassifier as EmbeddingClassifier
    from wordvec.supervised.tuning import (
        Trial as Trial,
        Tuning as Tuning,
        tune_classifier as tune_classifier,
    )

__getattr__, __dir__, __all__ = lazy_names(sys.modules[__name__])
