"""Which words moved the decision about a text."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from wordvec.text import Tokenizer

_WIDTH = 24
_SHOWN = 12


@dataclass(frozen=True)
class Explanation:
    """A decision, and what each word did for it.

    Attributes
    ----------
    text : str
    prediction : a class, or a tuple of classes
    probabilities : dict of class to float
    label : the class that `contributions` are about
    contributions : list of (word, float)
        By how much the log-odds of `label` fall if the word is taken out of the text wherever it stands, the
        largest first; below zero, the word spoke against it. Neighbours then form new pairs, and what several
        words say alike, none of them takes away alone: the numbers do not add up to the log-odds.
    """

    text: str
    prediction: Any
    probabilities: dict[Any, float]
    label: Any
    contributions: list[tuple[str, float]]

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON can hold it."""
        return asdict(self) | {
            "probabilities": {str(key): value for key, value in self.probabilities.items()}
        }

    def format(self) -> str:
        """Return lines for a terminal: the classes with their probabilities, the words with bars."""
        found = sorted(self.probabilities.items(), key=lambda item: -item[1])
        lines = [", ".join(f"{label} {share:.3f}" for label, share in found[:5]), f"for {self.label}:"]
        shown = sorted(self.contributions, key=lambda item: -abs(item[1]))[:_SHOWN]
        largest = max((abs(weight) for _, weight in shown), default=0.0)
        if not largest:
            return "\n".join([*lines[:1], "No word of the text made a difference."])
        width = max(len(word) for word, _ in shown)
        for word, weight in sorted(shown, key=lambda item: -item[1]):
            bar = ("+" if weight > 0 else "-") * max(1, round(_WIDTH * abs(weight) / largest))
            lines.append(f"  {word:<{width}}  {weight:+6.2f}  {bar}")
        return "\n".join(lines)


def explain_text(
    text: Any, tokenize: Tokenizer, is_chinese: bool, predict_proba: Callable[[list[Any]], np.ndarray]
) -> tuple[np.ndarray, int, list[tuple[str, float]]]:
    """Return the probabilities, float64 (C,), the place of the largest, and each word's contribution to it."""
    tokens = list(tokenize(text)) if isinstance(text, str) else list(text)
    words = list(dict.fromkeys(tokens))
    proba = predict_proba([text, *(_without(text, word, is_chinese) for word in words)])
    place = int(proba[0].argmax())
    odds = _log_odds(proba[:, place])
    contributions = zip(words, (odds[0] - odds[1:]).tolist())
    return proba[0], place, sorted(contributions, key=lambda item: -item[1])


def _without(text: Any, word: str, is_chinese: bool) -> Any:
    if not isinstance(text, str):
        return [token for token in text if token != word]
    # Tokens may be in lower case. Words of languages with blanks are not taken out of other words.
    edge = "" if is_chinese else r"(?!\w)"
    start = "" if is_chinese else r"(?<!\w)"
    return re.sub(start + re.escape(word) + edge, "" if is_chinese else " ", text, flags=re.IGNORECASE)


def _log_odds(probability: np.ndarray) -> np.ndarray:
    clipped = np.clip(probability, 1e-12, 1 - 1e-12)
    return np.log(clipped) - np.log1p(-clipped)
