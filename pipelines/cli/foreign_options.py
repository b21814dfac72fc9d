"""Options of word2vec's, fastText's and GloVe's programs: whoever types one is told ours."""

from __future__ import annotations

from collections.abc import Sequence

import typer

_OURS = {
    "input": "the first argument, CORPUS",
    "train": "the first argument, CORPUS",
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
    "wordNgrams": "nothing: n-grams of words are not here",
    "minn": "nothing: subwords are not here",
    "maxn": "nothing: subwords are not here",
}
_COMMAND = "train"


def check_foreign_options(arguments: Sequence[str], known: Sequence[str]) -> None:
    """Raise typer.BadParameter if arguments of `wordvec train` hold an option of another program.

    Parameters
    ----------
    arguments : sequence of str
        Of the program.
    known : sequence of str
        The options of the command, which are ours with both dashes.
    """
    if not arguments or arguments[0] != _COMMAND:
        return
    for argument in arguments[1:]:
        if argument == "--":
            return
        name = argument.lstrip("-").partition("=")[0]
        if (
            argument in known
            or not argument.startswith("-")
            or f"--{name}" == argument.partition("=")[0] in known
        ):
            continue
        ours = _OURS.get(name)
        if ours is not None:
            raise typer.BadParameter(f"{argument} is an option of another program. Here it is {ours}.")
