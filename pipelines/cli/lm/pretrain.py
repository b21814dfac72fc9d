"""`wordvec lm pretrain`: from text files to a folder with a language model."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from ...workflows.pretraining import format_pretraining_report, pretrain_model
from ...workflows.pretraining_plan import Pretraining
from ..output import note, print_json
from .options import AsJson, Device, Encoding, Errors, Overwrite, Quiet


# Options of the trainer are None unless given, so that its defaults hold. What --help shows of them is checked by
# tests/test_cli_lm.py: importing it here would make --help slow.
def pretrain(
    corpus: Annotated[list[str], typer.Argument(metavar="CORPUS", help="Text files, folders or globs.")],
    out: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="FOLDER", help="Where model, tokenizer, log and curve go."),
    ],
    start: Annotated[
        Path | None,
        typer.Option("--from", metavar="MODEL", help="Go on from this model, with its sizes and tokenizer."),
    ] = None,
    objective: Annotated[
        str, typer.Option(metavar="causal|masked|masked-nsp", help="GPT; BERT without next sentences; BERT.")
    ] = "causal",
    tokenizer: Annotated[
        str | None,
        typer.Option(
            metavar="bpe|wordpiece|char|word|FOLDER",
            show_default="bpe; masked: wordpiece",
            help="What is learned from the corpus, or the folder of one that was.",
        ),
    ] = None,
    vocab_size: Annotated[
        int | None,
        typer.Option(metavar="N", show_default="8000", help="Pieces of the tokenizer at most."),
    ] = None,
    lowercase: Annotated[bool, typer.Option("--lowercase", help="Lower-case the text.")] = False,
    num_layers: Annotated[
        int | None, typer.Option("--layers", metavar="N", show_default="4", help="Layers.")
    ] = None,
    num_heads: Annotated[
        int | None,
        typer.Option("--heads", metavar="N", show_default="4", help="Heads of attention; divides the width."),
    ] = None,
    hidden_size: Annotated[
        int | None,
        typer.Option(
            "--width", metavar="N", show_default="256, or that of --vectors", help="Width of the model."
        ),
    ] = None,
    block_size: Annotated[
        int,
        typer.Option("--block", metavar="N", help="Tokens of a sequence; the model takes no longer ones."),
    ] = 128,
    batch_size: Annotated[int, typer.Option("--batch", metavar="N", help="Sequences of a step.")] = 16,
    steps: Annotated[int, typer.Option(metavar="N", help="Steps of training.")] = 2000,
    learning_rate: Annotated[
        float | None, typer.Option(metavar="X", show_default="0.0005", help="The highest.")
    ] = None,
    warmup_steps: Annotated[
        int | None,
        typer.Option(
            "--warmup", metavar="N", show_default="a twentieth of the steps", help="Steps in which it rises."
        ),
    ] = None,
    schedule: Annotated[
        str | None,
        typer.Option(metavar="cosine|linear|constant", show_default="cosine", help="How it falls."),
    ] = None,
    optimizer: Annotated[str | None, typer.Option(metavar="adamw|lamb", show_default="adamw")] = None,
    weight_decay: Annotated[
        float | None, typer.Option(metavar="X", show_default="0.01", help="Of matrices and embeddings.")
    ] = None,
    accumulation_steps: Annotated[
        int | None, typer.Option("--accumulate", metavar="N", show_default="1", help="Batches of a step.")
    ] = None,
    dropout: Annotated[
        float | None,
        typer.Option(metavar="X", show_default="0.1", help="Of embeddings, attention and layers."),
    ] = None,
    vectors: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Word vectors that the embeddings start from.")
    ] = None,
    freeze_vectors: Annotated[
        bool, typer.Option("--freeze-vectors", help="Leave the embeddings as they start.")
    ] = False,
    whole_word: Annotated[
        bool, typer.Option("--whole-word", help="Mask all pieces of a word; masked only.")
    ] = False,
    documents: Annotated[
        str,
        typer.Option(
            metavar="auto|blank-lines|headers|file",
            help="What ends a document: blank lines, <doc> headers; auto tells which.",
        ),
    ] = "auto",
    encoding: Encoding = "utf-8",
    errors: Errors = "strict",
    validation_fraction: Annotated[
        float, typer.Option(metavar="X", help="How much of the text is held out.")
    ] = 0.05,
    eval_every: Annotated[
        int | None,
        typer.Option(metavar="N", show_default="a tenth of the steps", help="Steps between two evaluations."),
    ] = None,
    patience: Annotated[
        int | None,
        typer.Option(
            metavar="N", show_default="never", help="Stop after N evaluations without a better one."
        ),
    ] = None,
    checkpoint_every: Annotated[int, typer.Option(metavar="N", help="Steps between two checkpoints.")] = 500,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the unfinished run in FOLDER, with the same options.")
    ] = False,
    overwrite: Overwrite = False,
    precision: Annotated[str | None, typer.Option(metavar="float32|bf16", show_default="float32")] = None,
    compile_: Annotated[bool, typer.Option("--compile", help="Let torch.compile prepare the model.")] = False,
    device: Device = "auto",
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of everything.")] = 1,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Pre-train a Transformer on text: a tokenizer is learned, the text encoded, the model trained.

    FOLDER then holds config.json, model.safetensors and tokenizer.json, which transformers loads as well,
    log.csv and curve.png. Ctrl-C stops after a step; --resume goes on, also after a crash. Several processes:
    torchrun --nproc-per-node 2 -m wordvec.pipelines.cli lm pretrain ...

    Example: wordvec lm pretrain corpus.txt -o model --steps 5000 --vocab-size 4000
    """
    sizes: dict[str, Any] = {
        "tokenizer": tokenizer,
        "vocab_size": vocab_size,
        "num_layers": num_layers,
        "num_heads": num_heads,
        "hidden_size": hidden_size,
        "dropout": dropout,
        "vectors": None if vectors is None else str(vectors),
        "lowercase": lowercase or None,
    }
    given_sizes = {name: value for name, value in sizes.items() if value is not None}
    if start is not None and given_sizes:
        raise ValueError(
            f"--from takes sizes and tokenizer from a model, so {next(iter(given_sizes))}=... does not go with it. "
            "Leave one of them out."
        )
    plan = Pretraining(
        objective=objective,
        block_size=block_size,
        batch_size=batch_size,
        start=None if start is None else str(start),
        freeze_vectors=freeze_vectors,
        whole_word=whole_word,
        documents=documents,
        encoding=encoding,
        errors=errors,
        validation_fraction=validation_fraction,
        **given_sizes,
    )
    options: dict[str, Any] = {
        "learning_rate": learning_rate,
        "warmup_steps": warmup_steps,
        "schedule": schedule,
        "optimizer": optimizer,
        "weight_decay": weight_decay,
        "accumulation_steps": accumulation_steps,
        "eval_every": eval_every,
        "patience": patience,
        "checkpoint_every": checkpoint_every,
        "precision": precision,
        "compile": compile_,
        "device": device,
        "verbose": False if quiet else None,
    }
    given = {name: value for name, value in options.items() if value is not None}
    if resume and overwrite:
        raise ValueError("--resume goes on with what --overwrite would replace. Pass one of them.")
    report = pretrain_model(
        corpus, out, plan, steps=steps, seed=seed, resume=resume, overwrite=overwrite, **given
    )
    if report is None:
        return
    if as_json:
        print_json(asdict(report))
    else:
        print(format_pretraining_report(report))
    if report.interrupted:
        note(f"wordvec: interrupted; {out} holds what was learned so far. To go on, add --resume.")
        raise typer.Exit(130)
