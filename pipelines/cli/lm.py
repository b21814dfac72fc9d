"""`wordvec lm`: the commands of the Transformer, one file each."""

from __future__ import annotations

import typer

from pipelines.cli.lm_evaluate import evaluate
from pipelines.cli.lm_finetune import finetune
from pipelines.cli.lm_generate import generate
from pipelines.cli.lm_options import in_words_of_options
from pipelines.cli.lm_predict import predict
from pipelines.cli.lm_pretrain import pretrain

app = typer.Typer()
for command in (pretrain, finetune, predict, generate, evaluate):
    app.command(command.__name__)(in_words_of_options(command))


@app.callback(invoke_without_command=True)
def lm(context: typer.Context) -> None:
    """Language models: pre-train a small Transformer, fine-tune it, let it label or write, evaluate it.

    Example: wordvec lm pretrain corpus.txt -o model
    """
    if context.invoked_subcommand is None:
        print(context.get_help())
