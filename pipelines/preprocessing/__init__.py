"""Everything between raw texts and tokens: cleaning, missing values, duplicates, stop words, stems and lemmas.

Each piece stands on its own: `cleaning`, `texts`, `deduplication` and `linguistics`.
"""

from __future__ import annotations

from wordvec.text.language import detect_language

from .cleaning import (
    TextCleaner,
    clean_stream,
    normalize_unicode,
    normalize_whitespace,
    remove_control_characters,
    remove_emails,
    remove_urls,
    squeeze_repeats,
    strip_html,
)
from .deduplication import DuplicateExample, DuplicateReport, find_duplicates, remove_duplicates
from .linguistics import Lemmatizer, pos_tags, stem, stop_words, tokenizer_for
from .texts import drop_missing

__all__ = [
    "DuplicateExample", "DuplicateReport", "Lemmatizer", "TextCleaner", "clean_stream", "detect_language",
    "drop_missing", "find_duplicates", "normalize_unicode", "normalize_whitespace", "pos_tags",
    "remove_control_characters", "remove_duplicates", "remove_emails", "remove_urls", "squeeze_repeats", "stem",
    "stop_words", "strip_html", "tokenizer_for",
]  # fmt: skip
