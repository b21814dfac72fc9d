"""Abstractive summaries: training a summariser on files of pairs, summarising texts, evaluation."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wordvec._utils.assumptions import collected_assumptions
from wordvec._utils.messages import counted
from wordvec._utils.parameters import check_parameters
from wordvec._utils.reports import Report
from wordvec._utils.tables import format_fields, format_loss, format_score
from wordvec._utils.validation import import_optional

from ...datasets.pair_layout import SUMMARIES, PairLayout
from ...datasets.sentence_pairs import SentencePairs, read_sentence_pairs
from ...tagging.files.lines import whole_text
from ..model_folders import check_model_folder, check_task
from .training_runs import begin_run, check_is_complete, train_into

if TYPE_CHECKING:
    from ...applications import AbstractiveSummarizer
    from ...metrics.text import RougeScores

# Texts that are summarised at a time: those of like length go together.
_BATCH = 256


@dataclass(frozen=True)
class SummarizerReport(Report):
    """The results of training a summariser.

    Attributes
    ----------
    model : str
        The folder that it was written to; for an interrupted run, the folder with the state of training.
    n_pairs, n_held_out : int
        Number of training pairs, and of pairs held out for choosing the model.
    cleaning : dict of str to int
        Number of pairs that were left out, by reason.
    n_cut : int
        Number of texts that were truncated.
    n_parameters, vocab_size : int
    steps : int
    loss_curve : list of float
    rouge1, rouge2, rougeL : float, optional
        F1 on held-out pairs, 0 to 1.
    seconds : float
        Time of preparation, training and evaluation.
    stopped_early, interrupted : bool
    assumptions : list of str
        Assumptions about the files.
    """

    model: str
    n_pairs: int
    n_held_out: int
    cleaning: dict[str, int]
    n_cut: int
    n_parameters: int
    vocab_size: int
    steps: int
    loss_curve: list[float]
    rouge1: float | None
    rouge2: float | None
    rougeL: float | None  # noqa: N815
    seconds: float
    stopped_early: bool
    interrupted: bool
    assumptions: list[str]

    def format(self) -> str:
        """Return the report as lines of name and value."""
        left = [f"{count:,} {name.replace('_', ' ')}" for name, count in self.cleaning.items() if count]
        fields = {
            "pairs": f"{self.n_pairs:,}; {self.n_held_out:,} held out",
            "left out": ", ".join(left) or "none",
            "cut texts": f"{self.n_cut:,}",
            "vocabulary": counted(self.vocab_size, "piece"),
            "parameters": f"{self.n_parameters:,}",
            "steps": f"{self.steps:,}" + (", stopped early" if self.stopped_early else ""),
            "seconds": f"{self.seconds:.1f}",
            "loss": f"{format_loss(self.loss_curve)} (nats a token)",
        }
        found = [score for score in (self.rouge1, self.rouge2, self.rougeL) if score is not None]
        if found:
            fields["held out"] = "ROUGE-1, 2, L " + " / ".join(map(format_score, found))
        fields["model"] = self.model
        return format_fields(fields)

    def to_dict(self) -> dict[str, Any]:
        """Return the values as JSON types."""
        return asdict(self)


@dataclass(frozen=True)
class SummarizedText:
    """A text and its summary."""

    text: str
    summary: str


def train_summarizer(
    files: Sequence[Path],
    out: Path,
    layout: PairLayout | None = None,
    *,
    validation: Sequence[Path] = (),
    resume: bool = False,
    overwrite: bool = False,
    **parameters: Any,
) -> SummarizerReport:
    """Train a summariser on files of texts and their summaries, and write it to a folder.

    During training, its state is kept in the folder `out` + ".run", from which an interrupted run can be resumed.

    Parameters
    ----------
    files : sequence of Path
        Tables of pairs, or two files with texts and summaries, one per line.
    out : Path
        The folder of the model.
    layout : PairLayout, optional
    validation : sequence of Path
        Files for choosing the model; by default, some of the pairs are held out.
    resume : bool
        Whether to continue an unfinished run.
    overwrite : bool
        Whether to replace an existing model or unfinished run.
    **parameters
        Those of `AbstractiveSummarizer`.

    Returns
    -------
    SummarizerReport

    Raises
    ------
    OSError, ValueError
        If a file cannot be read or written (checked before training), or is invalid.
    FloatingPointError
        If training diverges.
    """
    import_optional("torch", pip="wordvec[transformer]", purpose="wordvec lm")
    from wordvec.transformer.training.memory import check_memory

    from ...applications import AbstractiveSummarizer
    from ...applications.summarization.fitting import model_config

    check_model_folder(out, [*files, *validation], overwrite=overwrite)
    with collected_assumptions() as assumed:
        pairs = _read_pairs(files, layout, "train_summarizer")
        held_out = _read_pairs(validation, layout, "train_summarizer") if validation else None
    summarizer = AbstractiveSummarizer(**parameters)
    checked = check_parameters(summarizer)
    largest = model_config(checked, checked.vocab_size)
    check_memory(largest.n_parameters, checked.device)
    run = begin_run(out, resume=resume, overwrite=overwrite)
    others = None if held_out is None else (held_out.sources, held_out.targets)
    place = train_into(
        out,
        run,
        summarizer,
        lambda: summarizer.fit(
            pairs.sources, pairs.targets, validation=others, checkpoint=run, resume=resume
        ),
    )
    return _report(summarizer, place, assumed)


def load_summarizer(folder: Path, device: str = "auto", **search: Any) -> AbstractiveSummarizer:
    """Return the summariser in a folder, with the given parameters of the search.

    Raises
    ------
    FileNotFoundError, ValueError
        If there is no summariser; the message says what the folder contains.
    """
    import_optional("torch", pip="wordvec[transformer]", purpose="wordvec lm")
    from ...applications import AbstractiveSummarizer

    check_is_complete(folder, "train-summarizer", "train_summarizer")
    check_task(folder, "summarize")
    return AbstractiveSummarizer.load(folder, device=device).set_params(**search)


def summarize_texts(summarizer: AbstractiveSummarizer, texts: Iterable[str]) -> Iterator[SummarizedText]:
    """Summarise texts in batches, in order; the summary of a blank text is empty.

    Raises
    ------
    ValueError
        If reading the texts raises it.
    """
    stream = iter(texts)
    while batch := list(itertools.islice(stream, _BATCH)):
        yield from map(SummarizedText, batch, summarizer.predict(batch))


def read_whole_text(path: Path, encoding: str = "utf-8", errors: str = "strict") -> Iterator[str]:
    """Yield the text of a file, with all of its lines.

    Raises
    ------
    OSError, ValueError
        If the file cannot be read, or contains no text.
    """
    text = whole_text(path, "read_whole_text", encoding, errors)
    if not text.strip():
        raise ValueError(f"{str(path)!r} is empty, so there is nothing to summarise. Check the path.")
    yield text


def evaluate_summarizer(
    folder: Path,
    files: Sequence[Path],
    layout: PairLayout | None = None,
    *,
    device: str = "auto",
    **search: Any,
) -> RougeScores:
    """Summarise the texts of pairs and score the summaries against the references."""
    summarizer = load_summarizer(folder, device, **search)
    pairs = _read_pairs(files, layout, "evaluate_summarizer")
    return summarizer.evaluate(pairs.sources, pairs.targets)


def _read_pairs(files: Sequence[Path], layout: PairLayout | None, owner: str) -> SentencePairs:
    return read_sentence_pairs(files, replace(layout or PairLayout(), sides=SUMMARIES), owner=owner)


def _report(summarizer: AbstractiveSummarizer, place: Path, assumed: list[str]) -> SummarizerReport:
    found = summarizer.validation_rouge_
    return SummarizerReport(
        model=str(place),
        n_pairs=summarizer.n_pairs_,
        n_held_out=summarizer.n_held_out_,
        cleaning=summarizer.cleaning_,
        n_cut=summarizer.n_cut_,
        n_parameters=summarizer.model_.n_parameters,
        vocab_size=summarizer.tokenizer_.vocab_size,
        steps=summarizer.n_iter_,
        loss_curve=summarizer.loss_curve_,
        rouge1=None if found is None else found.rouge1.f1,
        rouge2=None if found is None else found.rouge2.f1,
        rougeL=None if found is None else found.rougeL.f1,
        seconds=sum(summarizer.fit_times_.values()),
        stopped_early=summarizer.stopped_early_,
        interrupted=summarizer.interrupted_,
        assumptions=assumed,
    )
