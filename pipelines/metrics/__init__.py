"""Metrics of tagging (entity F1, token accuracy), generated text (BLEU, ROUGE), question answering and dialogue."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from wordvec._utils.lazy import lazy_names

if TYPE_CHECKING:
    from .answers import cmrc_scores as cmrc_scores
    from .character_ngrams import (
        ChrfScore as ChrfScore,
        chrf as chrf,
    )
    from .dialogue import (
        distinct_n as distinct_n,
        recall_at_k as recall_at_k,
    )
    from .entities import (
        EntityScores as EntityScores,
        SpanScore as SpanScore,
        entity_scores as entity_scores,
        token_accuracy as token_accuracy,
    )
    from .text import (
        BleuScore as BleuScore,
        RougeScore as RougeScore,
        RougeScores as RougeScores,
        SquadScores as SquadScores,
        bleu as bleu,
        rouge as rouge,
        squad_scores as squad_scores,
    )

__getattr__, __dir__, __all__ = lazy_names(sys.modules[__name__])
