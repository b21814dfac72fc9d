"""NLP pipelines: features, classifiers, taggers, topics, applications, prompting, data sets, comparison.

Public names are imported when they are first used.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from wordvec._utils.lazy import lazy_names

if TYPE_CHECKING:
    from .applications.translation.translator import Translator as Translator
    from .classification.classifier import TextClassifier as TextClassifier
    from .classification.nbsvm import NBSVMClassifier as NBSVMClassifier
    from .classification.report.report import ClassificationReport as ClassificationReport
    from .comparison.comparison import compare as compare
    from .comparison.report import Comparison as Comparison
    from .comparison.systems import ComparisonSettings as ComparisonSettings
    from .datasets.loading import load_dataset as load_dataset
    from .features.vectorizer import EmbeddingVectorizer as EmbeddingVectorizer
    from .metrics.entities import (
        EntityScores as EntityScores,
        entity_scores as entity_scores,
        token_accuracy as token_accuracy,
    )
    from .preprocessing.augmentation import EDA as EDA
    from .preprocessing.augmented_classifier import AugmentedClassifier as AugmentedClassifier
    from .preprocessing.cleaning import TextCleaner as TextCleaner
    from .tagging.crf import CRFTagger as CRFTagger
    from .tagging.features.token_features import TokenFeatures as TokenFeatures
    from .topics.model import TopicModel as TopicModel

if __name__ == "pipelines":  # the folder of a checkout, from within it
    from wordvec._utils.alias import become

    become("wordvec.pipelines", "pipelines")

__getattr__, __dir__, __all__ = lazy_names(sys.modules[__name__])
