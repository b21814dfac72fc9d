"""Training runs that write an estimator to a folder when it is complete: starting, resuming and replacing them."""

from __future__ import annotations

import contextlib
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path

from wordvec._io.atomic import replace_when_whole
from wordvec._utils.errors import AdvisedError
from wordvec.embeddings.checkpoints import AnotherRunError

from ...applications.seq2seq.estimator import Seq2SeqEstimator
from ..model_folders import CHECKPOINT_NAME, ModelExistsError

__all__ = ["begin_run", "check_is_complete", "train_into"]

_LOGS = ("log.csv", "log.jsonl", "curve.png")


def begin_run(out: Path, *, resume: bool, overwrite: bool) -> Path:
    """Return the folder of the state of training, `out` + ".run"; remove a run that this one replaces.

    Raises
    ------
    FileExistsError
        If it holds an unfinished run, and neither `resume` nor `overwrite` is set.
    OSError
        If it is a file.
    """
    run = _run_of(out)
    if run.exists() and not run.is_dir():
        raise NotADirectoryError(
            f"{str(run)!r} is a file, and the state of training goes there. Choose another name."
        )
    if resume:
        if not (run / CHECKPOINT_NAME).exists():
            warnings.warn(
                f"There is no run in {str(run)!r} that could be resumed, so that a new one begins.",
                stacklevel=3,
            )
        return run
    if (run / CHECKPOINT_NAME).exists() and not overwrite:
        raise ModelExistsError(
            f"{str(run)!r} holds an unfinished run.",
            "{resume=True} to continue it",
            "{overwrite=True} to replace it",
            "another folder",
        )
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(run)
    return run


def train_into(
    out: Path, run: Path, estimator: Seq2SeqEstimator, fit: Callable[[], Seq2SeqEstimator]
) -> Path:
    """Train an estimator and, unless interrupted, write it to `out` with its logs.

    Parameters
    ----------
    out, run : Path
        The folder of the model, and that of the state of training.
    estimator : Seq2SeqEstimator
    fit : callable
        Trains the estimator, with `run` as its checkpoint folder.

    Returns
    -------
    Path
        `out`, or `run` after an interruption.
    """
    try:
        with warnings.catch_warnings():
            # The report tells of an interruption.
            warnings.filterwarnings("ignore", message="Training was interrupted")
            fit()
    except AnotherRunError as error:
        raise AdvisedError(
            error.finding,
            "the same pairs and options",
            "{overwrite=True} in place of {resume=True} to start anew",
        ) from error
    except BaseException:
        if not (run / CHECKPOINT_NAME).exists():
            shutil.rmtree(run, ignore_errors=True)
        raise
    if estimator.interrupted_:
        return run
    estimator.save(out)
    for name in _LOGS:
        if (run / name).is_file():
            with replace_when_whole(out / name) as file:
                file.write((run / name).read_bytes())
    shutil.rmtree(run, ignore_errors=True)
    return out


def check_is_complete(folder: Path, command: str, function: str) -> None:
    """Raise FileNotFoundError if there is no model in a folder yet, but only the state of its training."""
    run = _run_of(folder)
    if not folder.exists() and (run / CHECKPOINT_NAME).exists():
        raise FileNotFoundError(
            f"{str(folder)!r} does not exist yet: {str(run)!r} holds the state of its training. Complete it first: "
            f"wordvec lm {command} --resume, or {function}(..., resume=True)."
        )


def _run_of(out: Path) -> Path:
    return out.with_name(f"{out.name}.run")
