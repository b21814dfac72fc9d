"""`wordvec tag`: the commands of the CRF tagger, one file each."""

from __future__ import annotations

import typer

from ..errors import in_options
from ..ranges import command_class
from . import evaluate, explain, predict, train

# Parameters that are not called like the options which set them.
_OTHER_NAMES = {
    ("TokenFeatures", "columns"): "--extra-columns",
    ("CRFTagger.explain", "topn"): "--top",
    ("CRFTagger.predict_nbest", "k"): "--nbest",
}

app = typer.Typer()
for module in (train, predict, evaluate, explain):
    name = module.__name__.rpartition(".")[2]
    ranged = command_class(getattr(module, "DECLARED_BY", ()))
    app.command(name, cls=ranged)(in_options(getattr(module, name), _OTHER_NAMES))


@app.callback(invoke_without_command=True)
def tag(context: typer.Context) -> None:
    """Tag words: names, parts of speech, chunks, Chinese word segmentation.

    Example: wordvec tag train train.conll -o tagger.safetensors
    """
    if context.invoked_subcommand is None:
        print(context.get_help())
