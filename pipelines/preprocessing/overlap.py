"""Overlap of two collections of texts, exact or near: test texts that are in the training data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from wordvec._utils.reports import Report
from wordvec._utils.validation import check_choice, check_float
from wordvec.text.language import majority_language
from wordvec.text.lists import check_texts

from .minhash import Shingler, Sketcher, band_layout, jaccard, normal_form, text_hash

__all__ = ["OverlapReport", "find_overlap", "known_fingerprints", "known_texts"]

_OWNER = "find_overlap"
_NUM_PERM = 128
_NGRAM = {"word": 3, "char": 5}


@dataclass(frozen=True)
class OverlapReport(Report):
    """Which test texts are among the training texts.

    Attributes
    ----------
    n_texts : int
        Number of test texts.
    exact : int64 (n,)
        Rows of those that equal a training text, ignoring case, white space and Unicode form.
    near : int64 (m,), or None
        Rows of further near-duplicates of training texts; None if not searched for.
    """

    n_texts: int
    exact: np.ndarray
    near: np.ndarray | None

    @property
    def rows(self) -> np.ndarray:
        """All rows, ascending, int64 (n + m,)."""
        return self.exact if self.near is None else np.sort(np.concatenate([self.exact, self.near]))

    def format(self) -> str:
        """Return the counts on one line."""
        n_all = len(self.rows)
        share = n_all / self.n_texts if self.n_texts else 0.0
        nearly = "" if self.near is None else f", {len(self.near):,} nearly"
        return f"{n_all:,} of {self.n_texts:,} texts ({share:.1%}): {len(self.exact):,} exactly{nearly}"

    def to_dict(self) -> dict[str, Any]:
        """Return the values as JSON types."""
        near = None if self.near is None else self.near.tolist()
        return {"n_texts": self.n_texts, "exact": self.exact.tolist(), "near": near}


def fingerprints(texts: Iterable[Any]) -> np.ndarray:
    """Return a 64-bit hash of each text in normalised form, uint64 (n_texts,); 0 for an empty text.

    Texts that are equal, ignoring case, white space and Unicode form (NFKC), have the same fingerprint; two sets of a
    million texts collide with probability 5e-8. The tokens of a list are joined by spaces.
    """
    normals = (normal_form(_as_text(text)) for text in texts)
    return np.array([text_hash(normal) if normal else 0 for normal in normals], np.uint64)


def find_overlap(
    train: Sequence[Any],
    test: Sequence[Any],
    *,
    threshold: float | None = None,
    unit: Literal["auto", "word", "char"] = "auto",
) -> OverlapReport:
    """Find the test texts that are among the training texts.

    Parameters
    ----------
    train, test : list of str, or of lists of str
    threshold : float in (0, 1], optional
        The Jaccard index of n-gram sets (3 words, or 5 characters) from which two texts count as near-duplicates, for
        example 0.8; None finds only exact duplicates. MinHash selects the pairs, so one in ten pairs exactly at the
        threshold is missed; see `find_duplicates`.
    unit : {"auto", "word", "char"}
        The unit of n-grams; "auto" uses characters for Chinese.

    Raises
    ------
    TypeError, ValueError
        If a text is neither str nor a list of str, or the threshold is out of range.

    Examples
    --------
    >>> report = find_overlap(["A good film", "Dull"], ["a  good film", "Fine"])
    >>> report.exact.tolist(), report.format()
    ([0], '1 of 2 texts (50.0%): 1 exactly')
    """
    train, test = (_checked(part) for part in (train, test))
    exact = known_texts(known_fingerprints(train), test)
    if threshold is None:
        return exact
    check_float("threshold", threshold, _OWNER, 0, 1, low_open=True)
    check_choice("unit", unit, _OWNER, ("auto", "word", "char"))
    rest = np.setdiff1d(np.arange(len(test)), exact.exact)
    texts = [list(map(_as_text, part)) for part in (train, test)]
    near = rest[_near(texts[0], [texts[1][row] for row in rest.tolist()], threshold, unit)]
    return replace(exact, near=near)


def known_fingerprints(texts: Iterable[Any]) -> np.ndarray:
    """Return the distinct `fingerprints` of texts, ascending, without those of empty texts."""
    found = np.unique(fingerprints(texts))
    return found[found > 0]


def known_texts(known: np.ndarray, test: Sequence[Any]) -> OverlapReport:
    """Return which texts have one of the `known_fingerprints`."""
    found = fingerprints(test)
    return OverlapReport(len(test), np.flatnonzero(np.isin(found, known)), None)


def _checked(texts: Any) -> list[Any]:
    texts = check_texts(texts, _OWNER)
    for row, text in enumerate(texts):
        if not isinstance(text, (str, list, tuple)):
            raise TypeError(
                f"Text {row} of {_OWNER} must be a str, or a list of its tokens. Got {type(text).__name__} instead."
            )
    return list(texts)


def _as_text(text: Any) -> str:
    return text if isinstance(text, str) else " ".join(text)


def _near(train: list[str], test: list[str], threshold: float, unit: str) -> np.ndarray:
    """Return which test texts are similar to a training text, bool (n_test,)."""
    if unit == "auto":
        unit = "char" if majority_language(train, _OWNER) == "zh" else "word"
    shingler = Shingler(unit, _NGRAM[unit])
    sketcher = Sketcher(*band_layout(threshold, _NUM_PERM), 0)
    (train_sets, train_keys), (test_sets, test_keys) = (
        _sketched(part, shingler, sketcher) for part in (train, test)
    )
    candidates: dict[int, set[int]] = defaultdict(set)
    for band in range(test_keys.shape[1] if len(test_keys) and len(train_keys) else 0):
        rows_of = defaultdict(list)
        for row in np.flatnonzero(np.isin(train_keys[:, band], test_keys[:, band])).tolist():
            rows_of[int(train_keys[row, band])].append(row)
        for row, key in enumerate(test_keys[:, band].tolist()):
            candidates[row].update(rows_of.get(key, ()))
    is_near = np.zeros(len(test), bool)
    for row, others in candidates.items():
        mine = test_sets[row]
        is_near[row] = len(mine) and any(
            len(train_sets[other]) and jaccard(mine, train_sets[other]) >= threshold for other in others
        )
    return is_near


def _sketched(
    texts: list[str], shingler: Shingler, sketcher: Sketcher
) -> tuple[list[np.ndarray], np.ndarray]:
    """Return the shingles and the band keys of each text; texts without shingles share no key."""
    sets = [shingler.set_of(normal_form(text)) for text in texts]
    filled = np.array([len(each) > 0 for each in sets], bool)
    if not filled.any():
        return sets, np.empty((0, 0), np.uint64)
    starts = np.concatenate([[0], np.cumsum([len(each) for each in sets if len(each)])])
    found = sketcher(np.concatenate(sets), starts)
    keys = np.zeros((len(texts), found.shape[1]), np.uint64)
    keys[filled] = found
    return sets, keys
