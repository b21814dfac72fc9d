"""Word vectors: queries, nearest neighbours, evaluation, and the formats of vector files."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from wordvec._utils.lazy import lazy_names

if TYPE_CHECKING:
    from wordvec.vectors.approximate import ApproximateIndex as ApproximateIndex
    from wordvec.vectors.drift_report import DriftReport as DriftReport, DriftRow as DriftRow
    from wordvec.vectors.evaluation import (
        AnalogyScores as AnalogyScores,
        PairScores as PairScores,
        SectionScore as SectionScore,
        evaluate_word_analogies as evaluate_word_analogies,
        evaluate_word_pairs as evaluate_word_pairs,
    )
    from wordvec.vectors.formats.dispatch import (
        detect_format as detect_format,
        read_vectors as read_vectors,
        save_vectors as save_vectors,
    )
    from wordvec.vectors.keyed_vectors import KeyedVectors as KeyedVectors
    from wordvec.vectors.word_drift import drift as drift

__getattr__, __dir__, __all__ = lazy_names(sys.modules[__name__])
