"""Detection of exact duplicates and near-duplicates, with MinHash and a check of the exact Jaccard index."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np

from wordvec._utils.assumptions import assume
from wordvec._utils.reports import Report
from wordvec._utils.tables import one_line
from wordvec._utils.validation import check_choice, check_float, check_int
from wordvec.text.language import majority_language
from wordvec.text.lists import strings_to_reread

from .minhash import Shingler, Sketcher, band_layout, jaccard, normal_form, text_hash

__all__ = ["DuplicateExample", "DuplicateReport", "find_duplicates", "remove_duplicates"]

_OWNER = "find_duplicates"
_CHUNK_CHARACTERS = 1 << 17  # its hashes stay in the second-level cache
_N_EXAMPLES = 5


@dataclass(frozen=True)
class DuplicateExample:
    """A near-duplicate that was removed, with the text kept instead."""

    kept: str
    removed: str
    similarity: float


@dataclass(frozen=True)
class DuplicateReport(Report):
    """Which texts are kept, and which are removed in favour of which; ``print`` it for a summary with examples.

    Attributes
    ----------
    kept : int64 (n_kept,); kept rows, ascending
    removed : int64 (n_removed,); removed rows, ascending
    duplicate_of : int64 (n_removed,); the row kept instead, always an earlier one
    similarity : float64 (n_removed,); Jaccard index of the two, 1.0 if the texts are equal
    n_exact : how many removed texts equal an earlier one, ignoring case, white space and Unicode form
    examples : up to five near-duplicates, the least similar first
    """

    kept: np.ndarray
    removed: np.ndarray
    duplicate_of: np.ndarray
    similarity: np.ndarray
    n_exact: int
    examples: tuple[DuplicateExample, ...] = ()

    @property
    def n_removed(self) -> int:
        """Number of removed texts."""
        return len(self.removed)

    @property
    def n_near(self) -> int:
        """Number of removed texts that differ from every earlier text."""
        return self.n_removed - self.n_exact

    @property
    def groups(self) -> list[list[int]]:
        """The rows of each group of duplicates, of which the first is kept."""
        groups: dict[int, list[int]] = defaultdict(list)
        for row, leader in zip(self.removed.tolist(), self.duplicate_of.tolist()):
            groups[leader].append(row)
        return [[leader, *groups[leader]] for leader in sorted(groups)]

    def to_dict(self) -> dict[str, Any]:
        """Return all rows, similarities and examples as JSON types."""
        rows = {
            name: getattr(self, name).tolist() for name in ("kept", "removed", "duplicate_of", "similarity")
        }
        return {
            **rows,
            "n_exact": self.n_exact,
            "n_near": self.n_near,
            "examples": [asdict(example) for example in self.examples],
        }

    def format(self) -> str:
        """Return how many texts were removed, and examples."""
        total = len(self.kept) + self.n_removed
        share = self.n_removed / total if total else 0.0
        lines = [
            f"{self.n_removed:,} of {total:,} texts removed ({share:.1%}): "
            f"{self.n_exact:,} exact and {self.n_near:,} near-duplicates."
        ]
        for example in self.examples:
            lines += [
                f"{example.similarity:.2f}  kept     {example.kept}",
                f"      removed  {example.removed}",
            ]
        return "\n".join(lines)


def find_duplicates(
    texts: Iterable[str],
    *,
    threshold: float | None = 0.8,
    unit: Literal["auto", "word", "char"] = "auto",
    ngram: int | None = None,
    num_perm: int = 128,
    random_state: int = 0,
) -> DuplicateReport:
    """Find texts that repeat an earlier one, exactly or nearly.

    Texts are compared in normalised form: NFKC, case-folded, white space collapsed. Each text is compared with the
    earlier texts that are kept, and removed if the Jaccard index of their n-gram sets is at least `threshold`, in
    favour of the earliest such text. So no text is removed for resembling a text that is itself removed.

    MinHash sketches (LSH) select the pairs to compare, and each pair is then compared exactly: a removed text always
    has a similarity of at least `threshold`. A pair exactly at the threshold is missed with a probability of at most
    0.1, more similar pairs less often (with threshold 0.8: 1 in 100 at 0.85, 1 in 10,000 at 0.9).

    The texts are read twice. Memory use is 8 bytes per text and 8 per band, 136 with the default parameters (about 350
    at the peak, while bands are sorted), and 8 bytes for each shingle of the kept texts that share a band with another.

    Parameters
    ----------
    texts : list of str, or another iterable that can be read twice
    threshold : float in (0, 1] or None, default=0.8
        None removes exact duplicates only.
    unit : {"auto", "word", "char"}, default="auto"
        The unit of n-grams; "auto" uses characters for Chinese and words for other texts.
    ngram : int, optional
        Length of an n-gram: 3 words or 5 characters by default. One changed word changes three 3-grams, so short
        texts need a lower `threshold` or shorter n-grams.
    num_perm : int, default=128
        Size of a sketch: larger sketches find more pairs near the threshold, but take more time.
    random_state : int, default=0
        Seed of the permutations.

    Returns
    -------
    DuplicateReport

    Raises
    ------
    TypeError
        If a text is not a str (the message names the row), or the texts can be read only once.
    ValueError
        If a parameter is out of range, or the texts differ when read again.

    Examples
    --------
    >>> report = find_duplicates(["One two three four five", "ONE two  three four five", "Six"])
    >>> report.kept.tolist(), report.groups
    ([0, 2], [[0, 1]])
    """
    near = None
    if threshold is not None:
        threshold = check_float("threshold", threshold, _OWNER, 0, 1, low_open=True)
        num_perm = check_int("num_perm", num_perm, _OWNER, 2, 4096)
        seed = check_int("random_state", random_state, _OWNER, 0)
        unit = _chosen_unit(texts, unit)
        length = (3 if unit == "word" else 5) if ngram is None else check_int("ngram", ngram, _OWNER, 1, 100)
        near = _NearDuplicates(Shingler(unit, length), threshold, num_perm, seed)
    hashes = [_add_chunk(near, chunk) for chunk in _chunks(texts)]
    text_hashes = np.concatenate([np.empty(0, np.uint64), *hashes])
    _, first_rows, inverse = np.unique(text_hashes, return_index=True, return_inverse=True)
    leader = first_rows[inverse]
    similarity = np.ones(len(leader))
    n_exact = int(np.count_nonzero(leader != np.arange(len(leader))))
    if near is not None:
        near.lead(texts, text_hashes, leader, similarity)
    return _report(leader, similarity, n_exact, near)


def remove_duplicates(texts: Iterable[str], **options: Any) -> tuple[list[str], DuplicateReport]:
    """Return the texts without those that repeat an earlier one, and the report of what was removed.

    Select the labels by ``[labels[row] for row in report.kept]``. To find duplicates between two parts, such as
    training and test texts, pass them concatenated.

    Parameters
    ----------
    texts : list of str, or another iterable that can be read more than once
    **options
        Options of `find_duplicates`; see there for errors.

    Examples
    --------
    >>> texts, report = remove_duplicates(["Good film", "good film", "Bad film"])
    >>> texts, report.n_removed
    (['Good film', 'Bad film'], 1)
    """
    report = find_duplicates(texts, **options)
    kept = set(report.kept.tolist())
    return [
        text for row, text in enumerate(strings_to_reread(texts, "remove_duplicates")) if row in kept
    ], report


def _chosen_unit(texts: Iterable[str], unit: str) -> Any:
    if check_choice("unit", unit, _OWNER, ("auto", "word", "char")) != "auto":
        return unit
    is_chinese = majority_language(texts, _OWNER) == "zh"
    kind = "Chinese, compared by characters" if is_chinese else "a language with spaces, compared by words"
    assume(f"the texts: {kind}")
    return "char" if is_chinese else "word"


def _chunks(texts: Iterable[str]) -> Iterator[list[str]]:
    """Yield lists of texts in normalised form, of about `_CHUNK_CHARACTERS` each."""
    chunk: list[str] = []
    size = 0
    for text in strings_to_reread(texts, _OWNER):
        chunk.append(normal_form(text))
        size += len(text) + 64
        if size >= _CHUNK_CHARACTERS:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _add_chunk(near: _NearDuplicates | None, chunk: list[str]) -> np.ndarray:
    if near is not None:
        near.add(chunk)
    return np.array([text_hash(normal) for normal in chunk], np.uint64)


@dataclass
class _NearDuplicates:
    """Sketches of all texts, computed in a first pass; a second pass compares those that share a band."""

    shingler: Shingler
    threshold: float
    num_perm: int
    seed: int
    examples: list[DuplicateExample] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._sketcher = Sketcher(*band_layout(self.threshold, self.num_perm), self.seed)
        self._keys: list[np.ndarray] = []
        self._filled: list[np.ndarray] = []

    def add(self, chunk: list[str]) -> None:
        """Sketch texts in normalised form."""
        shingles, starts = self.shingler(chunk)
        filled = np.diff(starts) > 0
        self._filled.append(filled)
        # Texts without a shingle take no room in `shingles`, so the other starts remain right.
        self._keys.append(self._sketcher(shingles, np.append(starts[:-1][filled], starts[-1])))

    def lead(
        self, texts: Iterable[str], text_hashes: np.ndarray, leader: np.ndarray, similarity: np.ndarray
    ) -> None:
        """Point `leader` of near-duplicates to the kept text, and set their `similarity`, in place.

        Parameters
        ----------
        text_hashes : uint64 (n,)
        leader : int64 (n,); the first row of the same text
        similarity : float64 (n,)
        """
        firsts = leader == np.arange(len(leader))
        near_leader = np.arange(len(leader))
        for row, found, index in self._compare(texts, text_hashes, firsts):
            near_leader[row], similarity[row] = found, index
        # A copy of a near-duplicate follows it; of a text that stays, it is an exact one.
        similarity[:] = similarity[leader]
        leader[:] = near_leader[leader]

    def _compare(
        self, texts: Iterable[str], text_hashes: np.ndarray, firsts: np.ndarray
    ) -> Iterator[tuple[int, int, float]]:
        """Yield each near-duplicate's row, the earlier row kept instead, and their similarity."""
        rows, keys, shared = self._shared_bands(firsts)
        buckets: dict[tuple[int, int], list[int]] = defaultdict(list)
        kept: dict[int, tuple[np.ndarray, str]] = {}
        for place, text in enumerate(self._reread(texts, text_hashes, rows)):
            row = int(rows[place])
            shingles = self.shingler.set_of(normal_form(text))
            bands = np.flatnonzero(shared[place]).tolist()
            mine = list(zip(bands, keys[place, bands].tolist()))
            found = self._leader_of(shingles, sorted({r for key in mine for r in buckets.get(key, ())}), kept)
            if found is None:
                kept[row] = shingles, _excerpt(text)
                for key in mine:
                    buckets[key].append(row)
                continue
            other, index = found
            self._remember(DuplicateExample(kept[other][1], _excerpt(text), index))
            yield row, other, index

    def _shared_bands(self, firsts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the rows that share a band with another, their keys, and the shared bands.

        Returns
        -------
        rows : int64 (m,); rising
        keys : uint64 (m, n_bands)
        shared : bool (m, n_bands)
        """
        filled = np.concatenate([np.empty(0, bool), *self._filled])
        rows = np.flatnonzero(filled & firsts)
        if not len(rows):
            return rows, np.empty((0, 0), np.uint64), np.empty((0, 0), bool)
        keys = np.empty((len(rows), self._keys[0].shape[1]), np.uint64)
        n_sketched = n_taken = 0
        chosen = firsts[filled]
        for place, part in enumerate(self._keys):
            mine = part[chosen[n_sketched : n_sketched + len(part)]]
            keys[n_taken : n_taken + len(mine)] = mine
            n_sketched, n_taken = n_sketched + len(part), n_taken + len(mine)
            self._keys[place] = keys[:0]  # so that the sketches are never in memory twice
        shared = np.empty(keys.shape, bool)
        for band in range(keys.shape[1]):
            _, inverse, counts = np.unique(keys[:, band], return_inverse=True, return_counts=True)
            shared[:, band] = counts[inverse] > 1
        some = shared.any(axis=1)
        return rows[some], keys[some], shared[some]

    def _reread(self, texts: Iterable[str], text_hashes: np.ndarray, rows: np.ndarray) -> Iterator[str]:
        wanted = iter(rows.tolist())
        next_row = next(wanted, None)
        for row, text in enumerate(strings_to_reread(texts, _OWNER)):
            if next_row is None:
                return
            if row != next_row:
                continue
            if text_hash(normal_form(text)) != int(text_hashes[row]):
                raise ValueError(_changed(row))
            yield text
            next_row = next(wanted, None)
        if next_row is not None:
            raise ValueError(_changed(next_row))

    def _leader_of(
        self, shingles: np.ndarray, candidates: list[int], kept: dict[int, tuple[np.ndarray, str]]
    ) -> tuple[int, float] | None:
        for row in candidates:
            other = kept[row][0]
            sizes = sorted((len(shingles), len(other)))
            if sizes[0] < self.threshold * sizes[1]:
                continue  # even a subset would not be similar enough
            index = jaccard(shingles, other)
            if index >= self.threshold:
                return row, index
        return None

    def _remember(self, example: DuplicateExample) -> None:
        self.examples.append(example)
        self.examples.sort(key=lambda one: one.similarity)
        del self.examples[_N_EXAMPLES:]


def _changed(row: int) -> str:
    return (
        f"Text {row} was another one, or not there, when find_duplicates read the texts a second time. "
        "Pass texts that come in the same order each time they are read."
    )


def _excerpt(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= 200 else f"{line[:199]}…"


def _report(
    leader: np.ndarray, similarity: np.ndarray, n_exact: int, near: _NearDuplicates | None
) -> DuplicateReport:
    stays = leader == np.arange(len(leader))
    return DuplicateReport(
        kept=np.flatnonzero(stays),
        removed=np.flatnonzero(~stays),
        duplicate_of=leader[~stays],
        similarity=similarity[~stays],
        n_exact=n_exact,
        examples=tuple(near.examples) if near is not None else (),
    )
