"""Cleaning of raw texts: functions from str to str, combined in a scikit-learn transformer.

Every step takes time proportional to the length of the text, for any text.
"""

from __future__ import annotations

import html
import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, ClassVar, Literal

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

from wordvec._io.kinds import CLEANER
from wordvec._utils.parameters import (
    Boolean,
    Choice,
    Instance,
    Integer,
    Rule,
    Subset,
    check_parameters,
    restored,
)
from wordvec.text.lists import check_string, is_missing, iterate_rows
from wordvec.vectors.estimator_files import plain_parameters, read_estimator, write_estimator

from .personal_data import KINDS, mask_personal_data

__all__ = [
    "TextCleaner", "clean_stream", "normalize_unicode", "normalize_whitespace", "remove_control_characters",
    "remove_emails", "remove_urls", "squeeze_repeats", "strip_html",
]  # fmt: skip

Step = Callable[[str], str]

# The tempered dots stop at the next opening, so that unclosed elements do not make this quadratic.
_UNSEEN = re.compile(
    r"<(script|style)\b[^<>]*+>(?:(?!<\1\b).)*?</\1\b[^<>]*+>|<!--(?:(?!<!--).)*?-->",
    re.DOTALL | re.IGNORECASE,
)
# Elements that occur inside words; all others separate words.
_INLINE_TAG = re.compile(
    r"</?(?:a|abbr|b|big|cite|code|em|font|i|mark|s|small|span|strike|strong|sub|sup|tt|u|wbr)(?:[\s/][^<>]*+)?>",
    re.IGNORECASE,
)
_TAG = re.compile(r"<[/!?]?[A-Za-z][^<>]*+>")
# A URL may follow a Chinese character, and ends at one: Chinese text has no spaces around it.
_URL = re.compile(
    r"(?<![A-Za-z0-9_@])(?:(?:https?|ftp)://|www\.)[^\s<>\"\u3000-\u9fff\uf900-\ufaff\uff00-\uffef]*"
    r"[^\s<>\"\u3000-\u9fff\uf900-\ufaff\uff00-\uffef.,;:!?'()\[\]{}*]",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"(?<![\w.%+-])[A-Za-z0-9_.%+-]++@(?:[A-Za-z0-9-]++\.)+[A-Za-z]{2,}", re.ASCII)
# Controls that separate; then controls, marks of text direction and invisible characters that do not. The
# joiners U+200C and U+200D stay: words of Persian and emoji are spelt with them. Lone surrogates go: a text
# that holds one cannot be written as UTF-8.
_SEPARATORS = re.compile("[\x0b\x0c\x1c-\x1f\x85\u2028\u2029]")
_CONTROLS = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_MAX_PASSES = 10


def strip_html(text: str) -> str:
    """Remove tags, comments and the content of script and style elements; replace entities by characters.

    Tags such as ``<br>`` become a space, tags that may occur inside words, such as ``<b>``, are removed. Text that was
    escaped repeatedly is unescaped repeatedly, up to ten times. A ``<`` that does not start a tag is kept.

    >>> strip_html("<p>Fish &amp; chips<br/>un<b>believ</b>ably good, 3 < 5 &lt;3</p>").strip()
    'Fish & chips unbelievably good, 3 < 5 <3'
    """
    return _until_stable(_strip_html_once, text)


def _strip_html_once(text: str) -> str:
    if "<" in text:
        text = _TAG.sub(" ", _INLINE_TAG.sub("", _UNSEEN.sub(" ", text)))
    return html.unescape(text) if "&" in text else text


def remove_urls(text: str, replacement: str = " ") -> str:
    """Replace URLs that start with http://, https://, ftp:// or www.; closing punctuation is kept.

    >>> remove_urls("See https://example.org/a?b=1, or www.example.com.", "URL")
    'See URL, or URL.'
    """
    return _URL.sub(lambda _: replacement, text)


def remove_emails(text: str, replacement: str = " ") -> str:
    """Replace e-mail addresses.

    >>> remove_emails("Write to jane.doe@example.org!", "EMAIL")
    'Write to EMAIL!'
    """
    return _EMAIL.sub(lambda _: replacement, text) if "@" in text else text


def remove_control_characters(text: str) -> str:
    r"""Remove invisible characters: control characters, text direction marks, zero-width spaces, lone surrogates.

    Tabs and line ends are kept; other controls that separate lines or fields become a space. Zero-width joiners are
    kept.

    >>> remove_control_characters("a\x00b\u200b\x1fc\n")
    'ab c\n'
    """
    return _CONTROLS.sub("", _SEPARATORS.sub(" ", text))


def normalize_unicode(text: str, form: Literal["NFC", "NFKC"] = "NFC") -> str:
    """Normalise equivalent characters: composed (NFC), or with compatibility forms replaced as well (NFKC).

    NFKC makes full-width letters and punctuation ASCII and splits ligatures; it cannot be undone.

    >>> normalize_unicode("cafe\u0301") == "caf\u00e9", normalize_unicode("ＡＢＣ，①", "NFKC")
    (True, 'ABC,1')
    """
    return unicodedata.normalize(form, text)


def squeeze_repeats(text: str, limit: int = 3) -> str:
    """Shorten runs of the same character to `limit`; digits and white space are exempt.

    The default of 3 keeps "III", "www" and "..." as they are.

    >>> squeeze_repeats("soooo goooood!!!!! 10000", limit=2)
    'soo good!! 10000'
    """
    return re.sub(rf"([^\d\s])\1{{{limit},}}", lambda found: found[1] * limit, text)


def normalize_whitespace(text: str) -> str:
    r"""Collapse every run of white space, including line ends, to one space, and strip both ends.

    >>> normalize_whitespace("  a\t\n b\u3000c ")
    'a b c'
    """
    return " ".join(text.split())


class TextCleaner(TransformerMixin, BaseEstimator, auto_wrap_output_keys=None):  # type: ignore[call-arg]
    """Clean raw texts; a stateless scikit-learn transformer, which also works before `fit`.

    The steps run in this order: HTML, control characters, Unicode form, URLs, personal data, e-mail addresses, repeats,
    white space. They are repeated until nothing changes (at most ten times), so that cleaning is idempotent.

    Parameters
    ----------
    html : bool, default=True
        Whether `strip_html` runs. Markup that is itself the topic ("use &lt;b&gt;") is lost with it.
    urls, emails : str or None, default=" "
        Replacement of URLs and e-mail addresses; None keeps them.
    mask : tuple of {"email", "phone", "id", "card"}, default=()
        Which kinds of personal data become "[EMAIL]", "[PHONE]", "[ID]" or "[CARD]", see `mask_personal_data`.
    unicode : {"NFC", "NFKC"} or None, default="NFC"
        See `normalize_unicode`; None leaves characters unchanged.
    max_repeats : int or None, default=3
        See `squeeze_repeats`; None keeps repeats.
    missing : {"error", "empty"}, default="error"
        Whether None, NaN and pandas' NA raise an error or become "". `drop_missing` drops them instead.

    Attributes
    ----------
    masked_ : dict of str to int
        With `mask`: how many of each kind the last call of `transform` or `stream` has replaced so far.

    Examples
    --------
    >>> TextCleaner(max_repeats=2).transform(["<p>Sooooo&nbsp;good</p> http://example.org"])
    ['Soo good']
    >>> cleaner = TextCleaner(mask=("email", "phone"))
    >>> cleaner.transform(["Ada, ada@example.org", "手机13800138000，谢谢"]), cleaner.masked_
    (['Ada, [EMAIL]', '手机[PHONE]，谢谢'], {'email': 1, 'phone': 1})

    References
    ----------
    The Unicode Consortium, "Unicode normalization forms", Unicode Standard Annex 15.
    """

    _parameter_rules: ClassVar[dict[str, Rule]] = {
        "html": Boolean(),
        "urls": Instance(str) | None,
        "emails": Instance(str) | None,
        "mask": Subset(*KINDS),
        "unicode": Choice("NFC", "NFKC") | None,
        "max_repeats": Integer(1, 1000) | None,
        "missing": Choice("error", "empty"),
    }

    def __init__(
        self,
        *,
        html: bool = True,
        urls: str | None = " ",
        emails: str | None = " ",
        mask: Sequence[str] = (),
        unicode: Literal["NFC", "NFKC"] | None = "NFC",
        max_repeats: int | None = 3,
        missing: Literal["error", "empty"] = "error",
    ) -> None:
        self.html = html
        self.urls = urls
        self.emails = emails
        self.mask = mask
        self.unicode = unicode
        self.max_repeats = max_repeats
        self.missing = missing

    def fit(self, X: Any, y: Any = None) -> TextCleaner:
        """Check the parameters; nothing is learned from the texts."""
        self._steps({})
        iterate_rows(X, "TextCleaner")
        return self

    def transform(self, X: Iterable[Any]) -> list[str]:
        """Return the cleaned texts, one for each input.

        Parameters
        ----------
        X : list, tuple, 1-D array, pandas Series or another iterable of str

        Raises
        ------
        TypeError, ValueError
            If a parameter is invalid, a text is not a str (the message names the row), or X does not have rows of
            texts.
        """
        return list(self.stream(X))

    def stream(self, texts: Iterable[Any]) -> Iterator[str]:
        """Return an iterator over the cleaned texts that reads `texts` one at a time."""
        masked = dict.fromkeys(check_parameters(self).mask, 0)
        if masked:
            self.masked_ = masked
        steps = self._steps(masked)
        rows = iterate_rows(texts, "TextCleaner", "texts")
        return (
            ""
            if self.missing == "empty" and is_missing(value)
            else _cleaned(check_string(value, row, "TextCleaner"), steps)
            for row, value in enumerate(rows)
        )

    def _steps(self, masked: dict[str, int]) -> list[Step]:
        parameters = check_parameters(self)
        steps: list[Step] = [_strip_html_once] if parameters.html else []
        steps.append(remove_control_characters)
        if parameters.unicode is not None:
            steps.append(partial(unicodedata.normalize, parameters.unicode))
        if parameters.urls is not None:
            steps.append(partial(remove_urls, replacement=parameters.urls))
        if parameters.mask:
            steps.append(partial(_masked, kinds=parameters.mask, counts=masked))
        if parameters.emails is not None:
            steps.append(partial(remove_emails, replacement=parameters.emails))
        if parameters.max_repeats is not None:
            steps.append(partial(squeeze_repeats, limit=parameters.max_repeats))
        return [*steps, normalize_whitespace]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the parameters to one safetensors file.

        Raises
        ------
        ValueError
            If a parameter cannot be written.
        OSError
            If the file cannot be written.
        """
        check_parameters(self)
        write_estimator(path, CLEANER, "TextCleaner", plain_parameters(self), {})

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> TextCleaner:
        """Read a cleaner that `save` wrote.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If it is not a complete file of a cleaner, or a newer version wrote it.
        """
        with read_estimator(path, CLEANER, "TextCleaner") as (header, _):
            header["mask"] = tuple(header.get("mask", ()))  # which an earlier version had not
            return restored(cls, header)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the names of the columns, which pass through; ``["text"]`` if none are given."""
        return np.asarray(["text"] if input_features is None else input_features, dtype=object)

    def set_output(self, *, transform: str | None = None) -> TextCleaner:
        """Do nothing: texts stay a list, so that later steps of a pipeline can return DataFrames."""
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string, tags.input_tags.two_d_array, tags.input_tags.one_d_array = True, False, True
        tags.requires_fit = False
        return tags


def clean_stream(lines: Iterable[str], cleaner: TextCleaner | None = None) -> Iterator[str]:
    r"""Yield each line of a stream cleaned, with only one line in memory.

    A line that becomes empty is also yielded, so that labels in another file stay aligned.

    Parameters
    ----------
    lines : iterable of str, e.g. an open text file
    cleaner : TextCleaner, optional
        `TextCleaner()` by default.

    Examples
    --------
    >>> list(clean_stream(["<b>One</b>\n", "two  words\n"]))
    ['One', 'two words']
    """
    return (TextCleaner() if cleaner is None else cleaner).stream(lines)


def _masked(text: str, kinds: Sequence[str], counts: dict[str, int]) -> str:
    masked, found = mask_personal_data(text, kinds)
    for kind, n in found.items():
        counts[kind] += n
    return masked


def _cleaned(text: str, steps: list[Step]) -> str:
    def clean_once(text: str) -> str:
        for step in steps:
            text = step(text)
        return text

    return _until_stable(clean_once, text)


def _until_stable(step: Step, text: str) -> str:
    # A step can leave work for another pass: "&amp;lt;" is escaped twice, "<<b>b>" is a tag in a tag.
    for _ in range(_MAX_PASSES):
        before, text = text, step(text)
        if text == before:
            break
    return text
