"""`wordvec classify`: the commands of the text classifier, one file each."""

from __future__ import annotations

import typer

from ..errors import in_options
from ..ranges import command_class
from . import evaluate, explain, predict, train

app = typer.Typer()
for module in (train, predict, evaluate, explain):
    name = module.__name__.rpartition(".")[2]
    ranged = command_class(getattr(module, "DECLARED_BY", ()))
    app.command(name, cls=ranged)(in_options(getattr(module, name)))


@app.callback(invoke_without_command=True)
def classify(context: typer.Context) -> None:
    """Classify texts: sentiment, topics, or any other labels.

    Example: wordvec classify train train.csv -o model.safetensors
    """
    if context.invoked_subcommand is None:
        print(context.get_help())
