"""What word vectors are used for: features, classifiers, taggers, data sets, comparison.

Public names are imported when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipelines.augmentation import EDA, AugmentedClassifier
    from pipelines.classification import TextClassifier
    from pipelines.classification_report import ClassificationReport
    from pipelines.comparison import Comparison, Settings, compare
    from pipelines.datasets import load_dataset
    from pipelines.features import EmbeddingVectorizer
    from pipelines.metrics import EntityScores, entity_scores, token_accuracy
    from pipelines.nbsvm import NBSVMClassifier
    from pipelines.preprocessing import TextCleaner
    from pipelines.tagging.crf import CRFTagger
    from pipelines.tagging.features import TokenFeatures
    from pipelines.topics import TopicModel

_HOMES = {
    "EDA": "pipelines.augmentation",
    "AugmentedClassifier": "pipelines.augmentation",
    "CRFTagger": "pipelines.tagging.crf",
    "ClassificationReport": "pipelines.classification_report",
    "Comparison": "pipelines.comparison",
    "EmbeddingVectorizer": "pipelines.features",
    "EntityScores": "pipelines.metrics",
    "NBSVMClassifier": "pipelines.nbsvm",
    "Settings": "pipelines.comparison",
    "TextClassifier": "pipelines.classification",
    "TextCleaner": "pipelines.preprocessing",
    "TopicModel": "pipelines.topics",
    "TokenFeatures": "pipelines.tagging.features",
    "compare": "pipelines.comparison",
    "entity_scores": "pipelines.metrics",
    "load_dataset": "pipelines.datasets",
    "token_accuracy": "pipelines.metrics",
}

__all__ = [
    "EDA",
    "AugmentedClassifier",
    "CRFTagger",
    "ClassificationReport",
    "Comparison",
    "EmbeddingVectorizer",
    "EntityScores",
    "NBSVMClassifier",
    "Settings",
    "TextClassifier",
    "TextCleaner",
    "TokenFeatures",
    "TopicModel",
    "compare",
    "entity_scores",
    "load_dataset",
    "token_accuracy",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'pipelines' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
