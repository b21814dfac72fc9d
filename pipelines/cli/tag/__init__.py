"""`wordvec tag`: the commands of the CRF tagger, one file each."""

from __future__ import annotations

import typer

from . import evaluate, explain, predict, train
from .options import in_words_of_options

app = typer.Typer()
for module in (train, predict, evaluate, explain):
    name = module.__name__.rpartition(".")[2]
    app.command(name)(in_words_of_options(getattr(module, name)))


@app.callback(invoke_without_command=True)
def tag(context: typer.Context) -> None:
    """Tag words: names, parts of speech, chunks, Chinese word segmentation.

    Example: wordvec tag train train.conll -o tagger.safetensors
    """
    if context.invoked_subcommand is None:
        print(context.get_help())
