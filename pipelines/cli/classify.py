"""`wordvec classify`: the commands of the text classifier, one file each."""

from __future__ import annotations

import typer

from pipelines.cli.classify_evaluate import evaluate
from pipelines.cli.classify_explain import explain
from pipelines.cli.classify_predict import predict
from pipelines.cli.classify_train import train

app = typer.Typer()
for command in (train, predict, evaluate, explain):
    app.command(command.__name__)(command)


@app.callback(invoke_without_command=True)
def classify(context: typer.Context) -> None:
    """Classify texts: sentiment, topics, or any other labels.

    Example: wordvec classify train train.csv -o model.safetensors
    """
    if context.invoked_subcommand is None:
        print(context.get_help())
