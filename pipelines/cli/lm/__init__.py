"""`wordvec lm`: the commands of the Transformer, one file each."""

from __future__ import annotations

import typer

from ..errors import in_options
from ..ranges import command_class
from . import (
    answer,
    chat,
    demonstrate,
    evaluate,
    fill,
    finetune,
    generate,
    predict,
    pretrain,
    solve,
    summarize,
    train_answerer,
    train_chat,
    train_summarizer,
    train_translator,
    translate,
)
from .library_errors import in_one_line

# Parameters that options of another name set.
_OTHER_NAMES = {
    ("PromptTemplate", "example"): "--template",
    ("PromptTemplate", "verbalizers"): "--words",
}

app = typer.Typer()
for module in (
    pretrain,
    finetune,
    predict,
    fill,
    generate,
    evaluate,
    train_translator,
    translate,
    train_summarizer,
    summarize,
    train_answerer,
    answer,
    train_chat,
    chat,
    demonstrate,
    solve,
):
    name = module.__name__.rpartition(".")[2]
    ranged = command_class(getattr(module, "DECLARED_BY", ()))
    command = in_options(in_one_line(getattr(module, name)), _OTHER_NAMES)
    app.command(name.replace("_", "-"), cls=ranged)(command)


@app.callback(invoke_without_command=True)
def lm(context: typer.Context) -> None:
    """Language models: pre-train, fine-tune and evaluate small Transformers; label, fill masks, generate, translate.

    Example: wordvec lm pretrain corpus.txt -o model
    """
    if context.invoked_subcommand is None:
        print(context.get_help())
