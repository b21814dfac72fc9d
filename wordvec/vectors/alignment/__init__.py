"""Alignment of the word vectors of two languages: maps, dictionaries, word translation and its evaluation."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from wordvec._utils.lazy import lazy_names

if TYPE_CHECKING:
    from wordvec.vectors.alignment.csls import csls_neighbors as csls_neighbors
    from wordvec.vectors.alignment.dictionaries import (
        known_pairs as known_pairs,
        read_dictionary as read_dictionary,
        split_by_words as split_by_words,
        write_dictionary as write_dictionary,
    )
    from wordvec.vectors.alignment.evaluation import (
        AlignmentScores as AlignmentScores,
        evaluate_alignment as evaluate_alignment,
    )
    from wordvec.vectors.alignment.mapping import align as align
    from wordvec.vectors.alignment.parallel import (
        ScoredPair as ScoredPair,
        dictionary_from_parallel as dictionary_from_parallel,
    )
    from wordvec.vectors.alignment.translation import translate as translate

__getattr__, __dir__, __all__ = lazy_names(sys.modules[__name__])
