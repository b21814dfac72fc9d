"""`wordvec plot`: pictures of words, trainings and reports."""

from __future__ import annotations

import typer

from ..errors import in_options
from . import comparison, confusion, loss, map, reliability, transitions

app = typer.Typer()
for module in (map, loss, confusion, reliability, transitions, comparison):
    name = module.__name__.rpartition(".")[2]
    app.command(name)(in_options(getattr(module, name)))


@app.callback(invoke_without_command=True)
def plot(context: typer.Context) -> None:
    """Draw pictures, .png or .svg: words on a map, losses, reports. Needs: pip install "wordvec[plot]".

    Example: wordvec plot map vectors.bin king paris --topn 8 -o map.png
    """
    if context.invoked_subcommand is None:
        print(context.get_help())
