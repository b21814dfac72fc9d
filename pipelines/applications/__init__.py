"""Applications: translation, summarisation, question answering, dialogue."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from wordvec._utils.lazy import lazy_names

if TYPE_CHECKING:
    from wordvec.transformer import (
        AnswerExtractor as AnswerExtractor,
        DialogueModel as DialogueModel,
    )

    from .answering.reader import PassageReader as PassageReader
    from .answering.retrieval import PassageIndex as PassageIndex
    from .dialogue.selector import ResponseSelector as ResponseSelector
    from .summarization.abstractive import AbstractiveSummarizer as AbstractiveSummarizer
    from .summarization.results import (
        Summary as Summary,
        SummarySentence as SummarySentence,
    )
    from .summarization.summarizer import Summarizer as Summarizer
    from .translation.translator import Translator as Translator

__getattr__, __dir__, __all__ = lazy_names(sys.modules[__name__])
