"""Options of the word2vec, fastText, GloVe and CRFsuite programs, and their equivalents here, for error messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .errors import CommandError

_CORPUS = "the first argument, CORPUS"
_TRAIN = {
    "input": _CORPUS,
    "train": _CORPUS,
    "output": "--output",
    "save-file": "--output",
    "dim": "--vector-size",
    "size": "--vector-size",
    "vector-size": "--vector-size",
    "ws": "--window",
    "window": "--window",
    "window-size": "--window",
    "epoch": "--epochs",
    "iter": "--epochs",
    "lr": "--learning-rate",
    "alpha": "--learning-rate",
    "eta": "--learning-rate",
    "neg": "--negative",
    "negative": "--negative",
    "t": "--sample",
    "sample": "--sample",
    "minCount": "--min-count",
    "min-count": "--min-count",
    "thread": "--jobs",
    "threads": "--jobs",
    "workers": "--jobs",
    "seed": "--seed",
    "x-max": "--x-max",
    "sg": "--architecture skipgram, or cbow for 0",
    "cbow": "--architecture cbow, or skipgram for 0",
    "model": "--architecture",
    "binary": "the extension of --output, .bin or .txt",
    "verbose": "--quiet, or nothing for a progress bar",
    "pretrainedVectors": "nothing here; Word2Vec(init_vectors=...) in Python starts from vectors",
    "hs": "nothing: negative sampling is used",
    "loss": "nothing: negative sampling is used",
    "wordNgrams": "nothing: n-grams of words are not supported",
    "minn": "--min-n",
    "maxn": "--max-n",
    "hashCount": "--hash-count",
    "bucket": "--bucket",
    "lrUpdateRate": "nothing: the learning rate decays with every word",
    "label": "nothing: labelled texts are for wordvec classify train",
    "saveOutput": "nothing; the vectors of contexts are context_vectors_ in Python",
    "min-alpha": "nothing here; it is Word2Vec(min_learning_rate=...) in Python",
    "sorted-vocab": "nothing: the vocabulary is always sorted by frequency",
    "batch-words": "nothing: it is not needed",
    "compute-loss": "nothing: it is always computed",
    "corpus-file": _CORPUS,
    "sentences": _CORPUS,
    "read-vocab": "nothing: words are counted",
    "max-final-vocab": "--max-vocab-size",
    "trim-rule": "--min-count and --max-vocab-size",
}
_FIXED = "nothing: training chooses features and weights by itself"
_CLASSIFY = {
    "input": "the first argument, TRAIN",
    "output": "--output",
    "label": "nothing: labels begin with __label__, or are a column (--label-column)",
    "pretrainedVectors": "--vectors",
    "autotune-validation": "--validation",
    "verbose": "--quiet, or nothing for a progress bar",
    "seed": "--seed",
    **dict.fromkeys(("thread", "threads", "workers"), "--jobs"),
    **dict.fromkeys(
        ("wordNgrams", "lr", "epoch", "dim", "ws", "loss", "minCount", "minCountLabel", "neg", "bucket", "minn", "maxn",
         "lrUpdateRate", "t", "autotune-duration", "autotune-modelsize"),
        _FIXED,
    ),
}  # fmt: skip
_TAG = {
    "max-iterations": "--max-iter",
    "feature-minfreq": "--min-freq",
    "minfreq": "--min-freq",
    "model": "--output",
    "threads": "--jobs",
    "workers": "--jobs",
}
_OURS = {("train",): _TRAIN, ("classify", "train"): _CLASSIFY, ("tag", "train"): _TAG}


def check_foreign_options(arguments: Sequence[str], group: Any) -> None:
    """Raise CommandError if the arguments of a training command contain an option of another program.

    Parameters
    ----------
    arguments : sequence of str
        Arguments of the program.
    group : click.Group
        All commands.
    """
    names, ours = next(
        (pair for pair in _OURS.items() if tuple(arguments[: len(pair[0])]) == pair[0]), ((), {})
    )
    if not ours:
        return
    command = group
    for name in names:
        command = command.commands[name]
    known = {flag for parameter in command.params for flag in (*parameter.opts, *parameter.secondary_opts)}
    for argument in arguments[len(names) :]:
        if argument == "--":
            return
        flag = argument.partition("=")[0]
        if not argument.startswith("-") or flag in known:
            continue
        name = flag.lstrip("-")
        # Names of Python have underscores.
        meant = ours.get(name) or ours.get(name.replace("_", "-"))
        if meant is not None:
            raise CommandError(
                f"{argument} is an option of another program. Here it is {meant}. Try: wordvec {' '.join(names)} --help"
            )
