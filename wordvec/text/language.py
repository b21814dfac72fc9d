"""Detection of Chinese text, which determines tokenizers and stop words.

It distinguishes Chinese, which needs a segmenter, from text written with spaces; it does not identify languages.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence, Sized
from typing import Any, Literal

import numpy as np

from wordvec.text.lists import row_error

__all__ = ["HAN", "detect_language", "majority_language"]

# CJK Unified Ideographs with extensions A to H and the compatibility block, for a character class.
HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# The iteration mark and the ideographic zero are written in Han text, too.
_HAN = re.compile(f"[\u3005\u3007{HAN}]")
_LETTER = re.compile(r"[^\W\d_]")
# Half of a Chinese text may be Latin letters, of names for example; other languages quote single Han words.
_HAN_SHARE = 0.2
_SAMPLED_TEXTS = 1000
_SAMPLED_CHARACTERS = 2000


def detect_language(text: str) -> Literal["zh", "en"]:
    """Return "zh" if a fifth or more of the letters are Chinese characters, else "en".

    It serves only to choose a tokenizer: every language written with spaces counts as "en", Japanese with many kanji as
    "zh". Only the first 2,000 characters are read.

    Raises
    ------
    TypeError
        If `text` is not a str.

    Examples
    --------
    >>> detect_language("这部 iPhone 手机很好用"), detect_language("Beijing (北京) is a city")
    ('zh', 'en')
    """
    if not isinstance(text, str):
        raise TypeError(f"The text of detect_language must be a str. Got {type(text).__name__} instead.")
    start = text[:_SAMPLED_CHARACTERS]
    n_han = len(_HAN.findall(start))
    return "zh" if n_han and n_han >= _HAN_SHARE * len(_LETTER.findall(start)) else "en"


def majority_language(texts: Iterable[Any], owner: str | None = None) -> Literal["zh", "en"]:
    """Return "zh" if at least half of the texts that contain a letter are Chinese, else "en".

    Texts are counted, not letters: a tokenizer is applied to each text, a Chinese sentence has a fifth of the letters
    of its English translation, and one long text should not decide for all. Ties go to Chinese, whose segmenter also
    splits English, while splitting at spaces makes one word of a Chinese sentence.

    Parameters
    ----------
    texts : iterable of str or of lists of str
        About 1,000 texts are read, evenly spaced if `texts` has a length, otherwise the first ones, and at most
        2,000 characters of each.
    owner : str, optional
        The calling function, if it accepts only str: any other row is then an error. Without it such rows are skipped
        here and reported when the texts are encoded.

    Raises
    ------
    TypeError
        If a row is not a str and `owner` is given; the message names it.

    Examples
    --------
    >>> majority_language(["很好看", "不错", "This long English review has many more letters than both others."])
    'zh'
    """
    stride = -(-len(texts) // _SAMPLED_TEXTS) or 1 if isinstance(texts, Sized) else 1
    some = texts[::stride] if isinstance(texts, Sequence) else itertools.islice(texts, 0, None, stride)
    sample = zip(itertools.count(0, stride), some)
    starts = (_beginning(text, row, owner) for row, text in sample)
    lettered = filter(_LETTER.search, starts)
    languages = [detect_language(start) for start in itertools.islice(lettered, _SAMPLED_TEXTS)]
    return "zh" if languages and 2 * languages.count("zh") >= len(languages) else "en"


def _beginning(text: Any, row: int, owner: str | None) -> str:
    """Return the first characters of a text or of its tokens."""
    if isinstance(text, str):
        return text[:_SAMPLED_CHARACTERS]
    if owner is not None:
        raise row_error(text, row, owner)
    listed = text[:_SAMPLED_CHARACTERS] if isinstance(text, (list, tuple, np.ndarray)) else []
    tokens = (token[:_SAMPLED_CHARACTERS] for token in listed if isinstance(token, str))
    return "".join(tokens)[:_SAMPLED_CHARACTERS]
