"""read_evaluation_set: word pairs or analogies, whichever the content shows."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from wordvec._utils.errors import AdvisedError
from wordvec._utils.validation import check_choice
from wordvec.vectors.evaluation_sets.analogies import (
    Analogies,
    analogies_in,
    has_sections,
    is_header,
    is_relation,
)
from wordvec.vectors.evaluation_sets.lines import (
    Line,
    choose_delimiter,
    is_number,
    read_set_lines,
    shown_line,
    usual_width,
)
from wordvec.vectors.evaluation_sets.pairs import WordPairs, pairs_in

__all__ = ["KINDS", "read_evaluation_set"]

KINDS = ("pairs", "analogies")
_JSON = re.compile(r"\s*(\{\s*(\"|$)|\[\s*([\[{]|$))")
_PAIR_WIDTH, _ANALOGY_WIDTH = 3, 4


def read_evaluation_set(
    path: str | os.PathLike[str],
    kind: str | None = None,
    *,
    delimiter: str | None = None,
    columns: Sequence[int | str] | str | None = None,
    encoding: str = "utf-8",
    errors: str = "strict",
) -> WordPairs | Analogies:
    """Read word pairs or analogies.

    Parameters
    ----------
    path : str or path
        May be compressed, or an archive of one file.
    kind : {"pairs", "analogies"}, optional
        If None, a file with sections, or of lines without numbers, is read as analogies.
    delimiter, columns, encoding, errors
        See `read_word_pairs` and `read_analogies`.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If a line is malformed, the content is of neither kind, or the text is not in `encoding`.
    """
    if kind is not None:
        check_choice("kind", kind, "read_evaluation_set", KINDS)
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"The evaluation file {str(path)!r} does not exist. Check the path.")
    lines = read_set_lines(path, encoding, errors)
    if lines and _JSON.match(lines[0].text):
        raise AdvisedError(
            f"{str(path)!r} is JSON, in which evaluation sets are not read.",
            advice="Write it as CSV: two words and a number a line, or four words.",
        )
    read = pairs_in if (kind or _kind_of(path, lines)) == "pairs" else analogies_in
    return read(path, lines, delimiter, columns)


def _kind_of(path: Path, lines: Sequence[Line]) -> str:
    """Return the kind of a set, or raise ValueError if its lines are of neither kind."""
    if has_sections(lines):
        return "analogies"
    data = [line for line in lines if not line.text.startswith("#")]
    if not data:
        raise ValueError(
            f"{str(path)!r} holds neither word pairs (word, word, number) nor analogies (four words)."
        )
    delimiter, fields = choose_delimiter(data, None, lambda row: len(row) >= _ANALOGY_WIDTH and all(row))
    if is_header(fields[0]):
        return "analogies"
    _, rows = choose_delimiter(data, None, lambda row: len(row) >= _PAIR_WIDTH and any(map(is_number, row)))
    body = rows[1:] or rows
    if 2 * sum(any(map(is_number, row)) for row in body) >= len(body):
        return "pairs"
    width = usual_width(fields)
    # Lines of more words than four are sentences, unless a separator makes a table of them.
    is_wide = width == _ANALOGY_WIDTH or (width > _ANALOGY_WIDTH and delimiter is not None)
    if is_wide and 2 * sum(len(row) == width for row in fields) > len(fields):
        return "analogies"
    if is_relation(path, data):
        return "analogies"
    raise AdvisedError(
        f"Line {data[0].number} of {str(path)!r} is neither a word pair (word, word, number) nor an analogy (four "
        f"words). Got {shown_line(data[0])}.",
        "the {kind}, pairs or analogies, to be told which line is at fault",
        advice="Is it an evaluation file?",
    )
