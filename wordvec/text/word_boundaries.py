"""Checks on a sample whether a text's tokens are words: scripts without spaces, punctuation attached to words."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator, Sequence

from wordvec._io.parts import Source, can_be_sampled
from wordvec._io.text_files import read_utf8_blocks
from wordvec._utils.errors import AdvisedError, AdvisedWarning
from wordvec._utils.messages import listed
from wordvec.text.language import HAN

__all__ = ["warn_of_tokens"]

_SAMPLED_FILES = 3
_SAMPLED_BYTES = 1 << 16

_KANA = "\u3041-\u30ff\u31f0-\u31ff"
_SOUTHEAST = "\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
_UNSPACED = re.compile(f"[\u3005\u3007{HAN}{_KANA}{_SOUTHEAST}]")
_LETTER = re.compile(r"[^\W\d_]")
# Letters of such a script in a token, on average, from which it is no word but a clause. In segmented Chinese and
# Japanese they are 2, in segmented Thai 4.
_LEAST_LETTERS = {"Chinese": 5, "Japanese": 6, "Thai, Lao, Burmese or Khmer": 12}
# Half of the text may be names in Latin letters; a quotation in another language is less.
_UNSPACED_SHARE = 0.3

# A word with a mark before or after it. A full stop belongs to "Mr." and "etc.", so that it counts after four letters.
_STUCK = re.compile(
    r"[\"“”‘«(\[]+[^\W\d_]+(?:['’-][^\W\d_]+)*[\"”’»)\],.;:!?…]*|"
    r"[^\W\d_]+(?:['’-][^\W\d_]+)*(?:[,;:!?…\"”»)\]]+\.?|(?:(?<=[^\W\d_A-Z]{4})|(?<=[가-힣]{2}))\.+[\"”’»)]*)"
)
_CODE = re.compile(r"[{}=<>\\_$]|\w\(|;$")
_STUCK_SHARE = 0.05
_CODE_SHARE = 0.05
_LEAST_STUCK = 3
_SHOWN = 3


def warn_of_tokens(
    files: Sequence[Source], tokenize: Callable[[str], list[str]], encoding: str, errors: str
) -> None:
    """Warn if the tokens of text files are clauses, or words with punctuation; 64 KiB of three files are examined.

    Parameters
    ----------
    files : sequence of Path or another source
        A pipe, for example, is skipped, because it can be read only once.
    tokenize : callable
        ``str -> list[str]``.
    encoding, errors : str

    Warns
    -----
    AdvisedWarning
        The message names the tokenizer to pass.
    """
    chosen = [files[place] for place in sorted({0, len(files) // 2, len(files) - 1})][:_SAMPLED_FILES]
    for file in filter(can_be_sampled, chosen):
        tokens = [token for line in _sample(file, encoding, errors) for token in tokenize(line)]
        found = _unspaced(file, tokens) or _with_punctuation(file, tokens)
        if found is not None:
            warnings.warn(AdvisedWarning(found), stacklevel=4)
            return


def _sample(file: Source, encoding: str, errors: str) -> Iterator[str]:
    """Yield the first lines of a file; errors are left to the actual reading of the text."""
    try:
        for block, _ in read_utf8_blocks(file, encoding, errors, _SAMPLED_BYTES):
            lines = block.decode("utf-8", "ignore").split("\n")
            yield from lines if len(lines) == 1 or len(block) < _SAMPLED_BYTES else lines[:-1]
            return
    except (OSError, ValueError, ImportError):
        return


def _unspaced(file: Source, tokens: list[str]) -> AdvisedError | None:
    """Return the advice for text of a script without spaces whose tokens are clauses."""
    n_letters = [len(_UNSPACED.findall(token)) for token in tokens]
    n_unspaced = sum(n_letters)
    if not n_unspaced or n_unspaced < _UNSPACED_SHARE * len(_LETTER.findall("".join(tokens))):
        return None
    text = "".join(tokens)
    n_southeast, n_kana = (len(re.findall(f"[{letters}]", text)) for letters in (_SOUTHEAST, _KANA))
    language = "Chinese"
    if 2 * n_southeast > n_unspaced:
        language = "Thai, Lao, Burmese or Khmer"
    elif 10 * n_kana > n_unspaced:
        language = "Japanese"
    if n_unspaced < _LEAST_LETTERS[language] * sum(map(bool, n_letters)):
        return None
    longest = max(zip(n_letters, tokens))[1][:20]
    finding = (
        f"{str(file)!r} is {language} without spaces between words, so that each clause becomes a word "
        f"({longest!r}...)."
    )
    if language == "Chinese":
        return AdvisedError(finding, '{tokenizer="zh"}', "text with spaces between its words")
    return AdvisedError(finding, advice="Cut it into words first, with spaces between them.")


def _with_punctuation(file: Source, tokens: list[str]) -> AdvisedError | None:
    """Return the advice for text with punctuation attached to its words; source code is exempt."""
    stuck = list(filter(_STUCK.fullmatch, tokens))
    if len(stuck) < max(_LEAST_STUCK, _STUCK_SHARE * len(tokens)):
        return None
    if sum(_CODE.search(token) is not None and token not in stuck for token in tokens) > _CODE_SHARE * len(
        tokens
    ):
        return None
    has_capitals = any(not token.islower() and token.lower() != token for token in tokens)
    way = '{tokenizer="word"} and {lowercase=True}' if has_capitals else '{tokenizer="word"}'
    examples = listed([repr(token) for token in dict.fromkeys(stuck)][:_SHOWN])
    return AdvisedError(
        f"{str(file)!r} is split only at white space, and punctuation is part of {len(stuck) / len(tokens):.0%} of "
        f"its words ({examples}).",
        f"{way} to count them without it",
    )
