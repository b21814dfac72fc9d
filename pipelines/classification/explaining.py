"""Explanations: the contribution of each word to the decision about a text, by leaving it out."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from wordvec._utils.reports import Report
from wordvec._utils.tables import cut_text, pad_text, text_width
from wordvec.text.tokenizers import Tokenizer

from .report.data import excerpt
from .report.text import WIDTH

_BAR = 24
_SHOWN = 12
_WORD_WIDTH = 40
_SEEN = 0.005  # less is shown as 0.00
# Copies of a text are classified in batches of about this many characters.
_BATCH_CHARACTERS = 1_000_000


@dataclass(frozen=True)
class TextExplanation(Report):
    """A decision about a text, and the contribution of each word; ``print`` it for a table.

    Attributes
    ----------
    text : str
    prediction : a class, or a tuple of classes
    probabilities : dict of class to float
    label : the class that `contributions` refer to
    contributions : list of (word, float)
        The decrease of the log odds of `label` if all occurrences of the word are removed from the text, largest first;
        negative for words that speak against the label. Removal also creates new word pairs, and does not remove what
        several words say jointly, so the numbers do not add up to the log odds.
    """

    text: str
    prediction: Any
    probabilities: dict[Any, float]
    label: Any
    contributions: list[tuple[str, float]]

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON types."""
        return asdict(self) | {
            "probabilities": {str(key): value for key, value in self.probabilities.items()}
        }

    def format(self) -> str:
        """Return lines for a terminal of 100 columns: classes with probabilities, words with bars."""
        found = sorted(self.probabilities.items(), key=lambda item: -item[1])
        shares = [f"{cut_text(excerpt(str(label)), _WORD_WIDTH)} {share:.3f}" for label, share in found[:5]]
        lines = [cut_text(", ".join(shares), WIDTH), f"for {cut_text(excerpt(str(self.label)), WIDTH - 5)}:"]
        shown = sorted(self.contributions, key=lambda item: -abs(item[1]))[:_SHOWN]
        largest = max((abs(weight) for _, weight in shown), default=0.0)
        if largest < _SEEN:
            return "\n".join([*lines[:1], "No word of the text makes a difference."])
        rows = [(cut_text(excerpt(word), _WORD_WIDTH), weight) for word, weight in shown]
        width = max(text_width(word) for word, _ in rows)
        for word, weight in sorted(rows, key=lambda item: -item[1]):
            bar = ("+" if weight > 0 else "-") * round(_BAR * abs(weight) / largest)
            lines.append(f"  {pad_text(word, width)}  {weight:+6.2f}  {bar}".rstrip())
        return "\n".join(lines)


def explain_text(
    text: str | Sequence[str],
    tokenize: Tokenizer,
    is_chinese: bool,
    predict_proba: Callable[[list[Any]], np.ndarray],
) -> tuple[np.ndarray, int, list[tuple[str, float]]]:
    """Return the probabilities, float64 (C,), the index of the largest, and each word's contribution to it."""
    tokens = list(tokenize(text)) if isinstance(text, str) else list(text)
    whole, split = predict_proba([text, tokens])
    place = int(whole.argmax())
    words = list(dict.fromkeys(tokens))
    copies = (_without(text, tokens, word, tokenize, is_chinese) for word in words)
    batch = max(1, _BATCH_CHARACTERS // (1 + sum(map(len, tokens))))
    contributions = []
    pairs = zip(words, copies)
    while some := list(itertools.islice(pairs, batch)):
        odds = _log_odds(predict_proba([copy for _, copy in some])[:, place])
        for (word, copy), rest in zip(some, odds.tolist()):
            base = whole if isinstance(copy, str) else split
            contributions.append((word, float(_log_odds(base[place])) - rest))
    return whole, place, sorted(contributions, key=lambda item: -item[1])


def _without(
    text: str | Sequence[str], tokens: list[str], word: str, tokenize: Tokenizer, is_chinese: bool
) -> str | list[str]:
    """Return a text without a word: a str if that removes only this word, otherwise the other tokens."""
    others = [token for token in tokens if token != word]
    if isinstance(text, str) and not is_chinese:
        # Tokens may be in lower case. Words are not taken out of other words.
        rest = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", " ", text, flags=re.IGNORECASE)
        if list(tokenize(rest)) == others:
            return rest
    return others


def _log_odds(probability: np.ndarray) -> np.ndarray:
    clipped = np.clip(probability, 1e-12, 1 - 1e-12)
    return np.log(clipped) - np.log1p(-clipped)
