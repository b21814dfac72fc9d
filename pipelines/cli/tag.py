"""`wordvec tag`: the commands of the CRF tagger, one file each."""

from __future__ import annotations

import typer

from pipelines.cli.tag_evaluate import evaluate
from pipelines.cli.tag_explain import explain
from pipelines.cli.tag_options import in_words_of_options
from pipelines.cli.tag_predict import predict
from pipelines.cli.tag_train import train

app = typer.Typer()
for command in (train, predict, evaluate, explain):
    app.command(command.__name__)(in_words_of_options(command))


@app.callback(invoke_without_command=True)
def tag(context: typer.Context) -> None:
    """Tag words: names, parts of speech, chunks, Chinese word segmentation.

    Example: wordvec tag train train.conll -o tagger.safetensors
    """
    if context.invoked_subcommand is None:
        print(context.get_help())
