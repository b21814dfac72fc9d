"""The functions behind the commands: train vectors, taggers, classifiers and language models from files."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from wordvec._utils.lazy import lazy_names

if TYPE_CHECKING:
    from .classifiers import (
        ClassifierReport as ClassifierReport,
        train_classifier as train_classifier,
    )
    from .fine_tuning import (
        FinetuningReport as FinetuningReport,
        finetune_model as finetune_model,
    )
    from .pretraining import (
        PretrainingReport as PretrainingReport,
        pretrain_model as pretrain_model,
    )
    from .taggers import (
        TaggerReport as TaggerReport,
        train_tagger as train_tagger,
    )
    from .vectors import train_vectors as train_vectors

__getattr__, __dir__, __all__ = lazy_names(sys.modules[__name__])
