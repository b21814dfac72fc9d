"""What word vectors are used for: comparison with other tools, data sets, the command line.

Public names are imported when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipelines.comparison import Comparison, Settings, compare
    from pipelines.features import EmbeddingVectorizer
    from pipelines.metrics import EntityScores, entity_scores, token_accuracy
    from pipelines.preprocessing import TextCleaner
    from pipelines.tagging.crf import CRFTagger
    from pipelines.tagging.features import TokenFeatures

_HOMES = {
    "CRFTagger": "pipelines.tagging.crf",
    "Comparison": "pipelines.comparison",
    "EmbeddingVectorizer": "pipelines.features",
    "EntityScores": "pipelines.metrics",
    "Settings": "pipelines.comparison",
    "TextCleaner": "pipelines.preprocessing",
    "TokenFeatures": "pipelines.tagging.features",
    "compare": "pipelines.comparison",
    "entity_scores": "pipelines.metrics",
    "token_accuracy": "pipelines.metrics",
}

__all__ = [
    "CRFTagger",
    "Comparison",
    "EmbeddingVectorizer",
    "EntityScores",
    "Settings",
    "TextCleaner",
    "TokenFeatures",
    "compare",
    "entity_scores",
    "token_accuracy",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'pipelines' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
