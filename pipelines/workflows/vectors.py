"""What `wordvec train` does: train an estimator on a corpus, write its files, report."""

from __future__ import annotations

import contextlib
import json
import os
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wordvec._io.atomic import check_writable
from wordvec._utils.tables import format_fields, format_loss

from ..cli.files import check_counts_path, check_vector_path


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
    # n_tokens * n_epochs / seconds; None if part was done in an earlier run, and for GloVe, whose epochs are
    # over pairs of words.
    words_per_second: float | None
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
    out : path; the extension chooses the format, see `wordvec.vectors.formats.dispatch.save_vectors`
    architecture : "glove" for `GloVe(**parameters)`, otherwise what `Word2Vec(**parameters)` is to train
    save_model : path of a .safetensors file for the whole model, optional
    save_counts : path of a .safetensors or .npz file for the counts of GloVe, optional
    checkpoint, resume : as for `Word2Vec.fit` and `GloVe.fit`

    Raises
    ------
    OSError, ValueError
        If a file cannot be written (told before training, as far as can be known; all others are written), or
        the text or a parameter is not what it should be.
    """
    _check_targets(corpus.files, out, save_model, save_counts, checkpoint)
    if resume and checkpoint is not None:
        _check_architecture(checkpoint, architecture)
    model = _make_estimator(architecture, parameters)
    start = time.perf_counter()
    with warnings.catch_warnings():
        # The report tells of an interruption.
        warnings.filterwarnings("ignore", message="Training was interrupted")
        if save_counts is None:
            model.fit(corpus, checkpoint=checkpoint, resume=resume)
        else:
            counts = _fit_and_keep_counts(model, corpus, checkpoint, resume)
    seconds = time.perf_counter() - start
    writers: list[tuple[Path, Callable[[Path], None]]] = [(out, model.wv_.save)]
    if save_model is not None:
        writers.append((save_model, model.save))
    if save_counts is not None:
        writers.append((save_counts, counts.save))
    _write_all(writers)
    n_tokens = model.vocabulary_.n_total
    return TrainingReport(
        vectors=str(out),
        model=None if save_model is None else str(save_model),
        counts=None if save_counts is None else str(save_counts),
        n_words=len(model.vocabulary_),
        n_tokens=n_tokens,
        n_epochs=model.n_iter_,
        seconds=seconds,
        words_per_second=None if resume or architecture == "glove" else n_tokens * model.n_iter_ / seconds,
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


def _check_targets(
    sources: Sequence[Path],
    out: Path,
    save_model: Path | None,
    save_counts: Path | None,
    checkpoint: Path | None,
) -> None:
    """Raise unless all files can be written, and none of them over the corpus or another of them."""
    check_writable(out)
    check_vector_path(out)
    if save_model is not None:
        check_writable(save_model)
    if save_counts is not None:
        check_writable(save_counts)
        check_counts_path(save_counts)
    targets = [path for path in (out, save_model, save_counts) if path is not None]
    if checkpoint is not None:
        from wordvec.embeddings.checkpoints import CHECKPOINT_NAME

        if checkpoint.is_dir():
            check_writable(checkpoint / CHECKPOINT_NAME)
        targets += [checkpoint / CHECKPOINT_NAME, checkpoint]
    check_overwriting(sources, targets, "vectors, model, counts and checkpoint")


def check_overwriting(sources: Sequence[Path], targets: Sequence[Path], kinds: str) -> None:
    """Raise ValueError if one of the files to write, of these kinds, is one to read or another to write."""
    read = {place for file in sources for place in _places(file)}
    written: set[Any] = set()
    for target in targets:
        places = _places(target)
        if places & read:
            raise ValueError(
                f"{str(target)!r} is a file of the corpus or another that is read. "
                "Choose another name for what is written."
            )
        if places & written:
            raise ValueError(f"{str(target)!r} cannot hold two of {kinds}. Choose another name for one.")
        written |= places


def _places(path: Path) -> set[Any]:
    """Return what tells a file from another: its name without links, and its inode, which a new one has not yet."""
    places: set[Any] = {os.path.realpath(path)}
    with contextlib.suppress(OSError):
        status = path.stat()
        places.add((status.st_dev, status.st_ino))
    return places


def _check_architecture(checkpoint: Path, architecture: str) -> None:
    """Raise ValueError if there is a checkpoint of another architecture; what else is wrong with it, `fit` tells."""
    from safetensors import SafetensorError, safe_open

    from wordvec.embeddings.checkpoints import CHECKPOINT_NAME

    try:
        with safe_open(checkpoint / CHECKPOINT_NAME, framework="numpy") as file:
            metadata = file.metadata() or {}
        options = json.loads(metadata.get("options", "{}"))
        stored = "cbow" if options.get("is_cbow") else "skipgram"
        stored = {"Word2Vec": stored, "GloVe": "glove"}.get(metadata.get("model", ""), architecture)
    except (SafetensorError, OSError, AttributeError, ValueError):
        return
    if stored != architecture:
        raise ValueError(
            f"The checkpoint in {str(checkpoint)!r} is of --architecture {stored}, not {architecture}. To go on "
            f"with it, choose --architecture {stored}; otherwise another folder as --checkpoint, or leave out "
            "--resume to start anew in this one."
        )


def _write_all(writers: Sequence[tuple[Path, Callable[[Path], None]]]) -> None:
    """Write each file, also after another could not be written; then raise the first error, and tell what is there."""
    failure: OSError | ValueError | None = None
    written = []
    for path, write in writers:
        try:
            write(path)
            written.append(repr(str(path)))
        except (OSError, ValueError) as error:
            failure = failure or error
    if isinstance(failure, OSError) and failure.errno is not None and written:
        reason = f"{failure.strerror}; {' and '.join(written)} {'is' if len(written) == 1 else 'are'} written"
        raise OSError(failure.errno, reason, failure.filename) from failure
    if failure is not None:
        raise failure


def _make_estimator(architecture: str, parameters: dict[str, Any]) -> Any:
    if architecture == "glove":
        from wordvec.embeddings.glove import GloVe

        return GloVe(**parameters)
    from wordvec.embeddings.word2vec import Word2Vec

    return Word2Vec(architecture, **parameters)


def _fit_and_keep_counts(model: Any, corpus: Any, checkpoint: Path | None, resume: bool) -> Any:
    """Do what `GloVe.fit` does, and return the counts: written last, they cannot take the vectors' room."""
    from wordvec.counts.counting import count_for
    from wordvec.embeddings.checkpoints import checkpoint_path
    from wordvec.embeddings.glove_options import check_glove_options

    # `fit_cooccurrence` checks these as well, but counting takes a while.
    check_glove_options(model)
    checkpoint_path(checkpoint, resume, "GloVe.fit")
    counts = count_for(model, corpus, "GloVe")
    model.fit_cooccurrence(counts, checkpoint=checkpoint, resume=resume)
    return counts
