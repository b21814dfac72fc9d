"""`wordvec lm pretrain`: pre-train a language model on text files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ...workflows.pretraining import pretrain_model
from ...workflows.pretraining_plan import PretrainingPlan
from ..errors import CommandError, option_flags
from ..options import AsJson, Corpus, Encoding, FileErrors, Quiet, given, show, verbosity
from ..output import note
from .options import Device, Overwrite, Precision

# Whose parameters the options set; --help shows their ranges.
DECLARED_BY = (
    "wordvec.pipelines.workflows.pretraining_plan:PretrainingPlan",
    "wordvec.transformer.training.options:TrainerOptions",
    "wordvec.transformer.models.config:TransformerConfig",
)


# Options that a model to start from decides.
_SIZES = (
    "tokenizer", "vocab_size", "num_layers", "num_heads", "hidden_size", "positions", "bigrams", "dropout",
    "vectors", "lowercase",
)  # fmt: skip


# Options of the trainer are None unless given, so that its defaults hold. What --help shows of them is checked by
# tests/test_cli_lm.py: importing it here would make --help slow.
def pretrain(
    corpus: Corpus,
    out: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="FOLDER", help="Folder for the model, tokenizer, log and curve."
        ),
    ],
    start: Annotated[
        Path | None,
        typer.Option("--from", metavar="MODEL", help="Start from this model, with its sizes and tokenizer."),
    ] = None,
    objective: Annotated[
        str,
        typer.Option(
            metavar="causal|masked|masked-nsp|replaced|hybrid",
            help="GPT's; BERT's without next-sentence prediction; BERT's; ELECTRA's or GPT-BERT's, for an encoder.",
        ),
    ] = "causal",
    tokenizer: Annotated[
        str | None,
        typer.Option(
            metavar="bpe|wordpiece|char|word|FOLDER",
            show_default="causal: bpe; else: wordpiece",
            help="The kind to train on the corpus, or the folder of a trained one.",
        ),
    ] = None,
    vocab_size: Annotated[
        int | None,
        typer.Option(metavar="N", show_default="8000", help="Maximum vocabulary of the tokenizer."),
    ] = None,
    lowercase: Annotated[bool, typer.Option("--lowercase", help="Lower-case the text.")] = False,
    num_layers: Annotated[
        int | None, typer.Option("--layers", metavar="N", show_default="4", help="Layers.")
    ] = None,
    num_heads: Annotated[
        int | None,
        typer.Option(
            "--heads", metavar="N", show_default="4", help="Attention heads; must divide the width."
        ),
    ] = None,
    hidden_size: Annotated[
        int | None,
        typer.Option(
            "--width", metavar="N", show_default="256, or that of --vectors", help="Width of the model."
        ),
    ] = None,
    block_size: Annotated[
        int,
        typer.Option("--block", metavar="N", help="Tokens of a sequence, the model's maximum."),
    ] = 128,
    batch_size: Annotated[int, typer.Option("--batch", metavar="N", help="Sequences per step.")] = 16,
    steps: Annotated[int, typer.Option(metavar="N", help="Steps of training.")] = 2000,
    learning_rate: Annotated[
        float | None,
        typer.Option(metavar="X", show_default="0.0005; by muon: 0.005", help="Peak learning rate."),
    ] = None,
    warmup_steps: Annotated[
        int | None,
        typer.Option(
            "--warmup",
            metavar="N",
            show_default="a twentieth of the steps",
            help="Warm-up steps of the learning rate.",
        ),
    ] = None,
    schedule: Annotated[
        str | None,
        typer.Option(
            metavar="cosine|linear|constant", show_default="cosine", help="How the learning rate decays."
        ),
    ] = None,
    optimizer: Annotated[
        str | None,
        typer.Option(
            metavar="adamw|lamb|muon",
            show_default="causal, hybrid: muon; else, --from: adamw",
            help="Muon's rates are AdamW's.",
        ),
    ] = None,
    weight_decay: Annotated[
        float | None,
        typer.Option(metavar="X", show_default="0.01", help="Weight decay of matrices and embeddings."),
    ] = None,
    accumulation_steps: Annotated[
        int | None,
        typer.Option("--accumulate", metavar="N", show_default="1", help="Batches per step (accumulated)."),
    ] = None,
    positions: Annotated[
        str | None,
        typer.Option(
            metavar="learned|rotary|sinusoidal",
            show_default="learned",
            help="Positional encoding; transformers reads only learned ones.",
        ),
    ] = None,
    bigrams: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            show_default="0",
            help="Rows of a table of token pair embeddings; causal only, not supported by transformers.",
        ),
    ] = None,
    dropout: Annotated[
        float | None,
        typer.Option(metavar="X", show_default="0.1", help="Dropout of embeddings, attention and layers."),
    ] = None,
    vectors: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Word vectors to initialise the embeddings.")
    ] = None,
    freeze_vectors: Annotated[
        bool, typer.Option("--freeze-vectors", help="Do not train the embeddings.")
    ] = False,
    whole_word: Annotated[
        bool, typer.Option("--whole-word", help="Mask all pieces of a word; not causal.")
    ] = False,
    documents: Annotated[
        str,
        typer.Option(
            metavar="auto|blank-lines|headers|file",
            help="Boundaries of documents: blank lines or <doc> headers; auto detects them.",
        ),
    ] = "auto",
    encoding: Encoding = "utf-8",
    errors: FileErrors = "strict",
    validation_fraction: Annotated[
        float, typer.Option(metavar="X", help="Share of the text to hold out.")
    ] = 0.05,
    eval_every: Annotated[
        int | None,
        typer.Option(metavar="N", show_default="a tenth of the steps", help="Steps between two evaluations."),
    ] = None,
    patience: Annotated[
        int | None,
        typer.Option(metavar="N", show_default="never", help="Stop after N evaluations without improvement."),
    ] = None,
    checkpoint_every: Annotated[int, typer.Option(metavar="N", help="Steps between two checkpoints.")] = 500,
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue the unfinished run in FOLDER, with the same options.")
    ] = False,
    overwrite: Overwrite = False,
    precision: Precision = None,
    compile_: Annotated[
        bool, typer.Option("--compile", help="Compile the model with torch.compile.")
    ] = False,
    device: Device = "auto",
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of all random draws.")] = 1,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Pre-train a Transformer on text: trains a tokenizer, encodes the text, and trains the model.

    FOLDER then holds config.json, model.safetensors and tokenizer.json, which transformers loads as well,
    log.csv and curve.png. Ctrl-C stops after a step; --resume continues, also after a crash. Several processes:
    torchrun --nproc-per-node 2 -m wordvec.pipelines.cli lm pretrain ...

    Example: wordvec lm pretrain corpus.txt -o model --steps 5000 --vocab-size 4000
    """
    options = given(locals(), without="corpus out steps seed resume overwrite compile_")
    if resume and overwrite:
        raise CommandError(
            "--resume would continue the run that --overwrite would replace. Pass one of them."
        )
    options["lowercase"] = lowercase or None
    of_plan = {name: options.pop(name) for name in PretrainingPlan.__dataclass_fields__ if name in options}
    if start is not None:
        _check_sizes(of_plan)
    report = pretrain_model(
        corpus,
        out,
        PretrainingPlan(**given(of_plan)),
        steps=steps,
        seed=seed,
        resume=resume,
        overwrite=overwrite,
        compile=compile_,
        verbose=verbosity(quiet),
        **options,
    )
    if report is None:
        return
    show(report, as_json)
    if report.interrupted:
        note(f"wordvec: interrupted; {out} holds the state of training. To continue, add --resume.")
        raise typer.Exit(130)


def _check_sizes(of_plan: dict[str, Any]) -> None:
    """Raise CommandError for an option that is incompatible with --from."""
    for name in _SIZES:
        if of_plan.get(name) is not None:
            raise CommandError(
                f"--from takes sizes and tokenizer from a model, so {option_flags(pretrain)[name]} does not go with "
                "it. Leave one of them out."
            )
