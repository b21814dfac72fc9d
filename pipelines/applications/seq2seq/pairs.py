"""Cleaning of training pairs, and the held-out split."""

from __future__ import annotations

import statistics
import warnings
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

from wordvec._utils.errors import ParameterError
from wordvec._utils.messages import counted
from wordvec.text.lists import check_string, iterate_rows

__all__ = [
    "CleanPairs",
    "Pairs",
    "checked_pairs",
    "clean_pairs",
    "hold_out",
    "listed_texts",
    "split_pairs",
    "training_and_held_out",
]

Pairs = tuple[Sequence[str], Sequence[str]] | tuple[Sequence[str], Sequence[str], Sequence[str]]

_SIDES = ("sources", "targets")
# Characters added to both lengths before they are compared: of short sentences, ratios say little.
_SLACK = 10
# Of few pairs a tenth is held out, whatever the share.
_FEWEST_HELD_OUT, _MOST_HELD_OUT = 100, 1000
# Larger corpora have short sentences in common; a larger share of them is a mistake.
_KNOWN = 0.1


@dataclass(frozen=True)
class CleanPairs:
    """The remaining pairs, and how many were removed.

    Attributes
    ----------
    sources, targets : list of str
        With single spaces between words.
    languages : list of str, optional
    n_empty, n_duplicates, n_unequal : int
        Numbers of pairs with an empty side, of duplicates, and of pairs with one side far longer than the other.
    """

    sources: list[str]
    targets: list[str]
    languages: list[str] | None
    n_empty: int = 0
    n_duplicates: int = 0
    n_unequal: int = 0

    def __len__(self) -> int:
        return len(self.sources)

    @property
    def n_left_out(self) -> int:
        """Number of removed pairs."""
        return self.n_empty + self.n_duplicates + self.n_unequal

    def describe(self) -> str:
        """Return the counts in words: "3 left out: 1 empty, 2 duplicates"."""
        parts = {"empty": self.n_empty, "of unequal length": self.n_unequal}
        said = [f"{count:,} {name}" for name, count in parts.items() if count]
        said += [counted(self.n_duplicates, "duplicate")] if self.n_duplicates else []
        return f"{self.n_left_out:,} left out: {', '.join(said)}" if said else "none left out"


def listed_texts(values: Any, name: str, owner: str) -> list[str]:
    """Return texts as a list of plain str, or raise TypeError that names the row."""
    return [check_string(text, row, owner) for row, text in enumerate(iterate_rows(values, owner, name))]


def checked_pairs(
    pairs: Any, max_ratio: float | None, owner: str, names: tuple[str, str] = _SIDES
) -> CleanPairs:
    """Return (sources, targets) or (sources, targets, languages) after cleaning.

    Parameters
    ----------
    pairs : tuple of lists of str
    max_ratio : float, optional
        As for `clean_pairs`.
    owner : str
        For messages, like `names` of the sides.

    Raises
    ------
    TypeError
        If a text is not a str.
    ValueError
        If the sides have different lengths, or cleaning leaves nothing.
    """
    called = (*names, "languages")
    sides = [listed_texts(values, name, owner) for name, values in zip(called, pairs)]
    for name, values in zip(called[1:], sides[1:]):
        if len(values) != len(sides[0]):
            raise ValueError(
                f"{owner} got {len(sides[0])} {names[0]} and {len(values)} {name}. A pair has one of each."
            )
    languages = sides[2] if len(sides) > 2 else None
    for row, language in enumerate(languages or ()):
        if not language.strip():
            raise ValueError(
                f"Language {row} of {owner} is empty. Name it, 'de' for example, or leave the pair out."
            )
    found = clean_pairs(sides[0], sides[1], languages, max_ratio)
    if not found:
        n = counted(len(sides[0]), "pair")
        raise ValueError(f"{owner} got {n}, of which cleaning leaves none ({found.describe()}).")
    return found


def clean_pairs(
    sources: Sequence[str],
    targets: Sequence[str],
    languages: Sequence[str] | None = None,
    max_ratio: float | None = 3.0,
) -> CleanPairs:
    """Remove pairs that are empty, duplicates, or of very unequal length.

    The length of a side is its number of characters. Scripts differ in length, so the ratio of a pair is compared with
    the median ratio of its language.

    Parameters
    ----------
    sources, targets : sequence of str
    languages : sequence of str, optional
        Languages of the targets.
    max_ratio : float, optional
        How many times longer than usual one side may be; None for no limit.

    Returns
    -------
    CleanPairs
    """
    tags = [""] * len(sources) if languages is None else languages
    rows = [(" ".join(s.split()), " ".join(t.split()), tag) for s, t, tag in zip(sources, targets, tags)]
    whole = [row for row in rows if row[0] and row[1]]
    single = list(dict.fromkeys(whole))
    kept = single
    if max_ratio is not None:
        quotients: defaultdict[str, list[float]] = defaultdict(list)
        for source, target, tag in single:
            quotients[tag].append(len(source) / len(target))
        usual = {tag: statistics.median(values) for tag, values in quotients.items()}
        kept = [row for row in single if _unequal(row, usual[row[2]]) <= max_ratio]
    return CleanPairs(
        sources=[source for source, _, _ in kept],
        targets=[target for _, target, _ in kept],
        languages=None if languages is None else [tag for _, _, tag in kept],
        n_empty=len(rows) - len(whole),
        n_duplicates=len(whole) - len(single),
        n_unequal=len(single) - len(kept),
    )


def _unequal(row: tuple[str, str, str], usual: float) -> float:
    """Return how many times longer than usual the longer side of a pair is."""
    # Both in characters of the source.
    first, second = len(row[0]) + _SLACK, len(row[1]) * usual + _SLACK
    return max(first / second, second / first)


def hold_out(pairs: CleanPairs, fraction: float, seed: int) -> tuple[CleanPairs, CleanPairs]:
    """Return training pairs and held-out pairs for model selection; the latter may be empty.

    At most 1,000 pairs are held out, but at least a tenth if there are fewer than 1,000.
    """
    share = max(fraction * len(pairs), min(_FEWEST_HELD_OUT, 0.1 * len(pairs)))
    n = min(_MOST_HELD_OUT, max(1, round(share)))
    training, held_out = split_pairs(pairs.sources, pairs.targets, n if len(pairs) > 1 else 0, seed)
    return _part(pairs, training), _part(pairs, held_out)


def training_and_held_out(
    cleaned: CleanPairs,
    validation: Pairs | None,
    parameters: SimpleNamespace,
    max_ratio: float | None,
    owner: str,
    names: tuple[str, str] = _SIDES,
) -> tuple[CleanPairs, CleanPairs]:
    """Return training pairs and pairs for model selection: `validation`, or a held-out part."""
    if validation is None:
        training, held_out = hold_out(cleaned, parameters.validation_fraction, parameters.random_state)
    else:
        if not isinstance(validation, (tuple, list)) or len(validation) not in (2, 3):
            rule = f"be two lists, {names[0]} and {names[1]}, or three with languages"
            raise ParameterError("validation", owner, rule, validation)
        training, held_out = (
            cleaned,
            checked_pairs(validation, max_ratio, f"the validation of {owner}", names),
        )
        _check_same_languages(held_out, sorted(set(cleaned.languages or ())), owner)
        n_known = len(
            set(zip(cleaned.sources, cleaned.targets)) & set(zip(held_out.sources, held_out.targets))
        )
        if n_known > _KNOWN * len(held_out):
            warnings.warn(
                f"{n_known:,} of the {counted(len(held_out), 'pair')} of validation are trained on, too, so that "
                "scores on them say little. Pass others.",
                stacklevel=3,
            )
    if not held_out:
        why = ", all of which share sentences with others, leave" if len(training) > 1 else " leaves"
        warnings.warn(
            f"{counted(len(training), 'pair')}{why} none to choose the model by: the last one is kept. Pass more "
            "pairs, or validation=...",
            stacklevel=3,
        )
    return training, held_out


def _check_same_languages(held_out: CleanPairs, tags: Sequence[str], owner: str) -> None:
    """Raise ValueError if validation and training pairs have different languages."""
    others = sorted(set(held_out.languages or ()) - set(tags))
    if (held_out.languages is None) != (not tags) or others:
        found = f"the languages {', '.join(others)}" if others else "no languages"
        known = f"{', '.join(tags)}" if tags else "none"
        raise ValueError(
            f"The validation of {owner} has {found}, and the pairs have {known}. Both need the same."
        )


def _part(pairs: CleanPairs, places: np.ndarray) -> CleanPairs:
    chosen = places.tolist()
    languages = None if pairs.languages is None else [pairs.languages[place] for place in chosen]
    return CleanPairs([pairs.sources[p] for p in chosen], [pairs.targets[p] for p in chosen], languages)


def split_pairs(
    sources: Sequence[str], targets: Sequence[str], n_held_out: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the indices of training and of held-out pairs, which share no source and no target.

    Pairs that share a source or a target stay together, also transitively: a sentence, its three translations, and
    whatever else these translate.

    Parameters
    ----------
    sources, targets : sequence of str
        Compared case-insensitively.
    n_held_out : int
        Maximum number to hold out; groups that would exceed it are used for training.
    seed : int

    Returns
    -------
    (training, held_out) : int64 arrays, ascending
    """
    groups = _groups(sources, targets)
    sizes = Counter(groups.tolist())
    order = np.random.default_rng(seed).permutation(len(sources))
    chosen: set[int] = set()
    left = n_held_out
    for place in order.tolist():
        group = int(groups[place])
        if group not in chosen and sizes[group] <= left:
            chosen.add(group)
            left -= sizes[group]
        if not left:
            break
    is_held_out = np.isin(groups, np.fromiter(chosen, np.int64, len(chosen)))
    return np.flatnonzero(~is_held_out), np.flatnonzero(is_held_out)


def _groups(sources: Sequence[str], targets: Sequence[str]) -> np.ndarray:
    """Return the group of each pair, int64 (N,), connected by common sentences."""
    # Imported here, for it is large.
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    number_of: dict[tuple[int, str], int] = {}
    ends = np.array(
        [
            [number_of.setdefault((side, text.casefold()), len(number_of)) for side, text in enumerate(pair)]
            for pair in zip(sources, targets)
        ],
        np.int64,
    ).reshape(-1, 2)
    n = len(number_of)
    graph = coo_array((np.ones(len(ends), np.int8), (ends[:, 0], ends[:, 1])), shape=(n, n))
    _, labels = connected_components(graph, directed=False)
    found: np.ndarray = labels[ends[:, 0]].astype(np.int64)
    return found
