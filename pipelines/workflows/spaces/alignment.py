"""Alignment of the word vectors of two languages in files by a dictionary, and its evaluation."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from wordvec._utils.messages import counted
from wordvec._utils.reports import Report
from wordvec._utils.tables import format_fields
from wordvec.vectors.alignment.dictionaries import IDENTICAL, known_pairs, pairs_used, read_dictionary
from wordvec.vectors.alignment.evaluation import AlignmentScores, evaluate_alignment
from wordvec.vectors.alignment.mapping import align

from ..paths import check_overwriting, check_vector_path
from ..vectors import open_vectors

__all__ = ["AlignmentReport", "align_vectors"]


@dataclass(frozen=True)
class AlignmentReport(Report):
    """The results of aligning two files of word vectors.

    Attributes
    ----------
    vectors : str
        The path that the mapped vectors were written to.
    method : {"procrustes", "rcsls"}
    n_words : int
        Number of words that were mapped.
    pairs : str
        A description of the pairs used, whose words are both in the vocabularies.
    n_pairs : int
        The number of these pairs.
    seconds : float
        Time of the alignment, without reading and writing.
    scores : AlignmentScores, optional
        Scores on the test pairs, if there are any.
    n_seen : int
        Number of test words that are also among the training pairs; if there are many, the scores say little.
    """

    vectors: str
    method: str
    n_words: int
    pairs: str
    n_pairs: int
    seconds: float
    scores: AlignmentScores | None
    n_seen: int

    def format(self) -> str:
        """Return the report as lines of name and value."""
        fields = {
            "words": f"{self.n_words:,}",
            "pairs": self.pairs,
            "method": self.method,
            "seconds": f"{self.seconds:.1f}",
            "vectors": self.vectors,
        }
        if self.scores is not None:
            fields["test"] = self.scores.format()
        if self.n_seen:
            fields["not held out"] = (
                f"{counted(self.n_seen, 'word')} of the test, which stand in the pairs, too"
            )
        return format_fields(fields)

    def to_dict(self) -> dict[str, Any]:
        """Return the values as JSON types."""
        return {**asdict(self), "scores": None if self.scores is None else self.scores.to_dict()}


def align_vectors(
    source: Path,
    target: Path,
    out: Path,
    *,
    pairs: Path | str,
    test_pairs: Path | None = None,
    encoding: str = "utf-8",
    out_format: str | None = None,
    **options: Any,
) -> AlignmentReport:
    """Map the vectors of one file into the space of those of another, and write them.

    Parameters
    ----------
    source, target : Path
        Files of word vectors.
    out : Path
        Its extension chooses the format.
    pairs : Path or "identical"
        A dictionary, see `wordvec.vectors.alignment.read_dictionary`; "identical" for the words that both files have.
    test_pairs : Path, optional
        A held-out dictionary, for P@1.
    encoding : str
        The encoding of the dictionaries.
    out_format : str, optional
        The format, regardless of the extension, as for `KeyedVectors.save`.
    **options
        Those of `wordvec.vectors.alignment.align`.

    Returns
    -------
    AlignmentReport

    Raises
    ------
    OSError, ValueError
        If a file cannot be read or written (told before the alignment, as far as can be known), or its content or an
        option is invalid.
    """
    is_identical = str(pairs) == IDENTICAL
    dictionaries = [path for path in (None if is_identical else Path(pairs), test_pairs) if path is not None]
    check_vector_path(out, format=out_format)
    check_overwriting([source, target, *dictionaries], [out], "vectors")
    learned = IDENTICAL if is_identical else read_dictionary(pairs, encoding=encoding)
    tested = None if test_pairs is None else read_dictionary(test_pairs, encoding=encoding)
    source_kv, target_kv = open_vectors(source), open_vectors(target)
    start = time.perf_counter()
    mapped = align(source_kv, target_kv, learned, **options)
    seconds = time.perf_counter() - start
    used = known_pairs(source_kv, target_kv, learned)
    scores = None if tested is None else evaluate_alignment(mapped, target_kv, tested)
    mapped.save(out, format=out_format)
    return AlignmentReport(
        vectors=str(out),
        method=options.get("method", "procrustes"),
        n_words=len(mapped),
        pairs=pairs_used(len(used), learned),
        n_pairs=len(used),
        seconds=seconds,
        scores=scores,
        n_seen=len({word for word, _ in used} & {word for word, _ in tested or ()}),
    )
