"""The report of `drift`: words ranked by evidence of change, with neighbours gained, lost and kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from wordvec._utils.messages import counted
from wordvec._utils.reports import Report
from wordvec._utils.tables import cut_text, format_table, one_line
from wordvec._utils.validation import check_int

WORD_WIDTH, NEIGHBORS_WIDTH = 24, 36


@dataclass(frozen=True)
class DriftRow:
    """The drift of one word.

    Attributes
    ----------
    word : str
    score : float
        Mean distance between the sides, minus the mean distance within them where a side has several models.
    p_value, q_value : float
        The probability of so large a change in a word that did not change, and the same corrected for the number of
        words.
    count_a, count_b : int, or None
        How often each side saw the word, where the vectors have counts.
    came, went, stayed : tuple of str
        Which of its ten nearest words are neighbours in `b` alone, in `a` alone, and in both.
    """

    word: str
    score: float
    p_value: float
    q_value: float
    count_a: int | None
    count_b: int | None
    came: tuple[str, ...]
    went: tuple[str, ...]
    stayed: tuple[str, ...]


@dataclass(frozen=True)
class DriftReport(Report):
    """Words by decreasing evidence that their neighbourhoods changed.

    Attributes
    ----------
    rows : tuple of DriftRow
    method : str
    level : float
        The q-value up to which a word counts as changed.
    n_words : int
        The number of words compared.
    n_models_a, n_models_b : int
    """

    rows: tuple[DriftRow, ...]
    method: str
    level: float
    n_words: int
    n_models_a: int
    n_models_b: int

    @property
    def changed(self) -> tuple[DriftRow, ...]:
        """The rows whose q-value is at most `level`."""
        return tuple(row for row in self.rows if row.q_value <= self.level)

    def format(self, topn: int = 20) -> str:
        """Return the first `topn` rows as a table, below a summary line."""
        rows = self.rows[: check_int("topn", topn, "format", 1)]
        models = f"{self.n_models_a} against {counted(self.n_models_b, 'model')}"
        title = (
            f"{len(self.changed):,} of {counted(len(self.rows), 'word')} changed (q <= {self.level:g}), "
            f"{self.method}, {models}, {self.n_words:,} words compared"
        )
        header = ["word", "came", "went", "score", "p", "q", "count a", "count b"]
        cells = [
            [
                cut_text(one_line(row.word), WORD_WIDTH),
                *(cut_text(one_line(" ".join(words)), NEIGHBORS_WIDTH) for words in (row.came, row.went)),
                f"{row.score:.3f}",
                *(f"{value:.2g}" for value in (row.p_value, row.q_value)),
                *("-" if count is None else f"{count:,}" for count in (row.count_a, row.count_b)),
            ]
            for row in rows
        ]
        return f"{title}\n\n{format_table(cells, header, n_left=3)}"

    def to_dict(self, topn: int | None = None) -> dict[str, Any]:
        """Return the values as JSON types; `topn` keeps only the first rows."""
        rows = self._first(topn)
        about = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "rows"}
        return {
            **about,
            "n_changed": len(self.changed),
            "rows": [{name: _plain(value) for name, value in asdict(row).items()} for row in rows],
        }

    def to_columns(self, topn: int | None = None) -> dict[str, list[Any]]:
        """Return a list for each field of the rows, as table libraries such as pandas take them."""
        rows = self._first(topn)
        return {field.name: [_plain(getattr(row, field.name)) for row in rows] for field in fields(DriftRow)}

    def _first(self, topn: int | None) -> Sequence[DriftRow]:
        return self.rows if topn is None else self.rows[: check_int("topn", topn, "DriftReport", 1)]


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
