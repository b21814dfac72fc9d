"""Extractive summaries of text files."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wordvec._io.compression import unpacked_name
from wordvec._utils.assumptions import assume
from wordvec._utils.errors import AdvisedError, AdvisedWarning, SeveralErrors

from ...datasets.table_layout import SUFFIXES

if TYPE_CHECKING:
    from ...applications.summarization.results import Summary
    from ...applications.summarization.summarizer import Summarizer

__all__ = ["FileSummary", "summarize_files"]

# A sentence of more characters is probably a text without sentence ends.
_LONG_SENTENCE = 2_000


@dataclass(frozen=True)
class FileSummary:
    """The summary of a file.

    Attributes
    ----------
    file : str
        The path as it was passed.
    summary : Summary
        The summary; offsets count characters of the decoded text, with the line ends of the file.
    """

    file: str
    summary: Summary

    def to_dict(self) -> dict[str, Any]:
        """Return all values as JSON types."""
        found = self.summary.to_dict()
        return {"file": self.file, "summary": found.pop("text"), **found}


def summarize_files(
    paths: Sequence[str | os.PathLike[str]],
    summarizer: Summarizer | None = None,
    *,
    encoding: str = "utf-8",
    errors: str = "strict",
) -> Iterator[FileSummary]:
    """Summarise files, each separately.

    Parameters
    ----------
    paths : sequence of paths
        Text, packed or not.
    summarizer : Summarizer, optional
        A summariser; if it has word vectors and is not fitted, it is fitted on the texts of all files.
    encoding, errors : str
        As for `LineCorpus`.

    Yields
    ------
    FileSummary
        For each file that can be summarised, in order.

    Raises
    ------
    OSError, ValueError
        At the end, if files cannot be read or contain no word; `SeveralErrors` for several files.
    """
    from ...applications.summarization.summarizer import Summarizer

    chosen = Summarizer() if summarizer is None else summarizer
    failed: list[Exception] = []
    texts: Iterable[tuple[str, str]] = _read(paths, encoding, errors, failed)
    if chosen.vectors is not None and not chosen.__sklearn_is_fitted__():
        texts = list(texts)
        if texts:
            chosen.fit([text for _, text in texts])
    for name, text in texts:
        (summary,) = chosen.summarize([text])
        _warn_of_missing_ends(name, text, summary)
        yield FileSummary(name, summary)
    if failed:
        raise failed[0] if len(failed) == 1 else SeveralErrors(failed)


def _read(
    paths: Sequence[str | os.PathLike[str]], encoding: str, errors: str, failed: list[Exception]
) -> Iterator[tuple[str, str]]:
    """Yield the path and the text of each file, and collect the errors of those that have none."""
    from ...tagging.files.lines import whole_text

    for path in paths:
        try:
            text = whole_text(path, "summarize_files", encoding, errors)
            if not any(map(str.isalnum, text)):
                what = "holds no word" if text.strip() else "is empty"
                raise ValueError(f"{str(path)!r} {what}, so there is nothing to summarise. Check the path.")
        except (OSError, ValueError) as error:
            failed.append(error)
        else:
            if Path(unpacked_name(Path(path))).suffix in SUFFIXES:
                assume(f"{str(path)!r}: one plain text, whose columns or fields are read like the rest")
            yield str(path), text


def _warn_of_missing_ends(name: str, text: str, summary: Summary) -> None:
    longest = max(len(sentence.text) for sentence in summary.sentences)
    if longest <= _LONG_SENTENCE:
        return
    finding = f"{name!r}: one sentence of the summary has {longest:,} characters, as the text lacks full stops there."
    ways = ("{by_line=True} to take each line as a sentence",) if "\n" in text.strip() else ()
    warnings.warn(AdvisedWarning(AdvisedError(finding, *ways)), stacklevel=3)
