"""What `wordvec train` does: train an estimator on a corpus, write its files, report."""

from __future__ import annotations

import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.cli.files import check_counts_path, check_file_path, check_vector_path
from pipelines.cli.output import format_fields, format_loss


@dataclass(frozen=True)
class TrainingReport:
    """What a training run did."""

    vectors: str  # the path that they were written to
    model: str | None
    counts: str | None
    n_words: int
    n_tokens: int  # of the text, also of words that were left out
    n_epochs: int  # whole ones
    seconds: float  # reading, counting, compiling if need be, and training
    words_per_second: float | None  # n_tokens * n_epochs / seconds; None if part was done in an earlier run
    loss_curve: list[float]
    loss_measure: str
    seed: int
    interrupted: bool


def train_vectors(
    corpus: Any,
    out: Path,
    *,
    architecture: str = "skipgram",
    save_model: Path | None = None,
    save_counts: Path | None = None,
    checkpoint: Path | None = None,
    resume: bool = False,
    **parameters: Any,
) -> TrainingReport:
    """Train on a corpus and write the vectors, also after Ctrl-C.

    Parameters
    ----------
    corpus : LineCorpus
    out : path; the extension chooses the format, see `wordvec.formats.save_vectors`
    architecture : "glove" for `GloVe(**parameters)`, otherwise what `Word2Vec(**parameters)` is to train
    save_model : path of a .safetensors file for the whole model, optional
    save_counts : path of a .safetensors or .npz file for the counts of GloVe, optional
    checkpoint, resume : as for `Word2Vec.fit` and `GloVe.fit`

    Raises
    ------
    OSError, ValueError
        If a file cannot be written (told before training), or the text or a parameter is not what it should
        be.
    """
    check_vector_path(out)
    if save_model is not None:
        check_file_path(save_model)
    if save_counts is not None:
        check_counts_path(save_counts)
    _check_targets(corpus.files, [path for path in (out, save_model, save_counts) if path is not None])
    model = _make_estimator(architecture, parameters)
    start = time.perf_counter()
    with warnings.catch_warnings():
        # The report tells of an interruption.
        warnings.filterwarnings("ignore", message="Training was interrupted")
        if save_counts is None:
            model.fit(corpus, checkpoint=checkpoint, resume=resume)
        else:
            _fit_and_save_counts(model, corpus, save_counts, checkpoint, resume)
    seconds = time.perf_counter() - start
    model.wv_.save(out)
    if save_model is not None:
        model.save(save_model)
    n_tokens = model.vocabulary_.n_total
    return TrainingReport(
        vectors=str(out),
        model=None if save_model is None else str(save_model),
        counts=None if save_counts is None else str(save_counts),
        n_words=len(model.vocabulary_),
        n_tokens=n_tokens,
        n_epochs=model.n_iter_,
        seconds=seconds,
        words_per_second=None if resume else n_tokens * model.n_iter_ / seconds,
        loss_curve=model.loss_curve_,
        loss_measure="half the weighted squared error, mean of pairs"
        if architecture == "glove"
        else "nats a pair",
        seed=model.seed_,
        interrupted=model.interrupted_,
    )


def format_report(report: TrainingReport) -> str:
    """Return the report as lines of name and value."""
    speed = "-"
    if report.words_per_second is not None:
        speed = f"{report.words_per_second:,.0f} (tokens x epochs / seconds)"
    fields = {
        "words": f"{report.n_words:,}",
        "tokens": f"{report.n_tokens:,}",
        "epochs": str(report.n_epochs),
        "seconds": f"{report.seconds:.1f}, with reading the text (and compiling, the first time)",
        "words/s": speed,
        "loss": f"{format_loss(report.loss_curve)} ({report.loss_measure})",
        "vectors": report.vectors,
    }
    if report.model is not None:
        fields["model"] = report.model
    if report.counts is not None:
        fields["counts"] = report.counts
    return format_fields(fields)


def _check_targets(sources: Sequence[Path], targets: Sequence[Path]) -> None:
    """Raise ValueError if what is written would overwrite the corpus, or one file another."""
    for target in targets:
        if any(target.exists() and target.samefile(file) for file in sources):
            raise ValueError(
                f"{str(target)!r} is a file of the corpus. Choose another name for what is written."
            )
        if sum(target.absolute() == other.absolute() for other in targets) > 1:
            raise ValueError(
                f"{str(target)!r} cannot hold two of vectors, model and counts. Choose another name for one."
            )


def _make_estimator(architecture: str, parameters: dict[str, Any]) -> Any:
    if architecture == "glove":
        from wordvec.glove import GloVe

        return GloVe(**parameters)
    from wordvec.word2vec import Word2Vec

    return Word2Vec(architecture, **parameters)


def _fit_and_save_counts(model: Any, corpus: Any, path: Path, checkpoint: Path | None, resume: bool) -> None:
    """Do what `GloVe.fit` does, and write the counts between counting and training."""
    from wordvec.checkpoints import checkpoint_path
    from wordvec.counting import count_cooccurrences
    from wordvec.glove_options import check_glove_options

    # `fit_cooccurrence` checks these as well, but counting takes a while.
    check_glove_options(model)
    checkpoint_path(checkpoint, resume, "GloVe.fit")
    names = (
        "window", "symmetric", "distance_weighting", "min_count", "max_vocab_size", "max_memory", "n_jobs",
        "verbose",
    )  # fmt: skip
    counts = count_cooccurrences(corpus, **{name: getattr(model, name) for name in names})
    counts.save(path)
    model.fit_cooccurrence(counts, checkpoint=checkpoint, resume=resume)
