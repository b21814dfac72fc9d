"""Preprocessing of raw texts: cleaning, missing values, duplicates, augmentation, stop words, stems and lemmas."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from wordvec._utils.lazy import lazy_names

if TYPE_CHECKING:
    from wordvec.text.language import detect_language as detect_language

    from .cleaning import (
        TextCleaner as TextCleaner,
        clean_stream as clean_stream,
        normalize_unicode as normalize_unicode,
        normalize_whitespace as normalize_whitespace,
        remove_control_characters as remove_control_characters,
        remove_emails as remove_emails,
        remove_urls as remove_urls,
        squeeze_repeats as squeeze_repeats,
        strip_html as strip_html,
    )
    from .deduplication import (
        DuplicateExample as DuplicateExample,
        DuplicateReport as DuplicateReport,
        find_duplicates as find_duplicates,
        remove_duplicates as remove_duplicates,
    )
    from .linguistics import (
        Lemmatizer as Lemmatizer,
        pos_tags as pos_tags,
        stem as stem,
        stop_words as stop_words,
        tokenizer_for as tokenizer_for,
    )
    from .overlap import OverlapReport as OverlapReport, find_overlap as find_overlap
    from .personal_data import mask_personal_data as mask_personal_data
    from .texts import drop_missing as drop_missing

__getattr__, __dir__, __all__ = lazy_names(sys.modules[__name__])
