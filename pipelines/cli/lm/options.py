"""Options shared by the commands of `wordvec lm`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from ...datasets.pair_layout import PairLayout

Device = Annotated[
    str, typer.Option(metavar="auto|cpu|cuda", help="Device to compute on; auto: a GPU if there is one.")
]
Precision = Annotated[
    str | None,
    typer.Option(
        metavar="float32|bf16",
        show_default="float32",
        help="bf16: half the time on processors with avx512_bf16 or amx_bf16, and on GPUs.",
    ),
]
Int8 = Annotated[
    bool, typer.Option("--int8", help="Use int8 weights: less memory, and faster generation on a CPU.")
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace an existing model in FOLDER.")]
Columns = Annotated[
    str | None,
    typer.Option(
        "--columns",
        metavar="NAME,...",
        show_default="the first line; CoNLL: by their number",
        help="Names of all columns.",
    ),
]
Format = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="csv|tsv|jsonl|fasttext|conll|conllu|word/tag",
        show_default="by extension and content",
    ),
]
Target = Annotated[
    str | None,
    typer.Option(
        "--target", metavar="NAME", show_default="tag; upos", help="The column of the tags; tag only."
    ),
]

# Generation: those of wordvec.transformer.generate; None unless given, so that its defaults hold.
MaxNewTokens = Annotated[
    int | None,
    typer.Option(metavar="N", show_default="50, or as many as fit", help="Maximum number of new tokens."),
]
DoSample = Annotated[
    bool, typer.Option("--do-sample", help="Sample each token instead of taking the most probable one.")
]
Temperature = Annotated[
    float | None,
    typer.Option(metavar="X", show_default="1.0", help="Sampling: below 1 for more conservative text."),
]
TopK = Annotated[
    int | None,
    typer.Option(metavar="N", show_default="0", help="Sampling: from the N best tokens; 0: all."),
]
TopP = Annotated[
    float | None,
    typer.Option(
        metavar="X",
        show_default="1.0",
        help="Sampling: from the most probable tokens with total probability X.",
    ),
]
MinP = Annotated[
    float | None,
    typer.Option(
        metavar="X",
        show_default="0.0",
        help="Sampling: from tokens with at least X times the highest probability.",
    ),
]
NumBeams = Annotated[
    int | None, typer.Option("--beams", metavar="N", show_default="1", help="Beam search with N beams.")
]
BeamLengthPenalty = Annotated[
    float | None,
    typer.Option(metavar="X", show_default="1.0", help="Beam search: larger values favour longer texts."),
]
RepetitionPenalty = Annotated[
    float | None, typer.Option(metavar="X", show_default="1.0", help="Above 1, less repetition.")
]
NoRepeat = Annotated[
    int | None, typer.Option(metavar="N", show_default="0", help="No n-gram of N tokens occurs twice.")
]
Stop = Annotated[
    list[str] | None,
    typer.Option("--stop", metavar="TEXT", help="Stop before this text; may be repeated."),
]
SamplingSeed = Annotated[int, typer.Option("--seed", metavar="N", help="Seed of sampling.")]

# Training on pairs.
TimeBudget = Annotated[
    float | None,
    typer.Option(
        "--time",
        metavar="SECONDS",
        show_default="by --epochs",
        help="Training time, in processor time per core.",
    ),
]
PairEpochs = Annotated[
    int | None, typer.Option(metavar="N", show_default="30", help="Passes over the pairs.")
]
NumHeads = Annotated[
    int | None, typer.Option("--heads", metavar="N", show_default="4", help="Attention heads.")
]
Dropout = Annotated[float | None, typer.Option(metavar="X", show_default="0.2", help="Dropout.")]
LabelSmoothing = Annotated[
    float | None,
    typer.Option(
        metavar="X", show_default="0.1", help="Share of the target probability spread over all pieces."
    ),
]
Averaged = Annotated[
    int | None,
    typer.Option(
        "--average", metavar="N", show_default="5", help="Number of evaluations whose weights are averaged."
    ),
]
PairPatience = Annotated[
    int | None,
    typer.Option(metavar="N", show_default="10", help="Stop after N evaluations without improvement."),
]
ValidationFraction = Annotated[
    float | None,
    typer.Option(metavar="X", show_default="0.02", help="Share of the pairs to hold out."),
]
RandomSeed = Annotated[
    int | None, typer.Option("--seed", metavar="N", show_default="1", help="Seed of all random draws.")
]
ResumeRun = Annotated[
    bool, typer.Option("--resume", help="Continue the unfinished run, with the same options.")
]

# Sentence pairs.
SourceColumn = Annotated[
    str | None,
    typer.Option(
        "--source-column",
        metavar="NAME",
        show_default="source, src, ... or the first of sentences",
        help="Column of the sentences, or its number from 1.",
    ),
]
TargetColumn = Annotated[
    str | None,
    typer.Option(
        "--target-column",
        metavar="NAME",
        show_default="target, translation, ... or the second",
        help="Column of the translations, or its number from 1.",
    ),
]
LanguageColumn = Annotated[
    str | None,
    typer.Option(
        "--language-column",
        metavar="NAME",
        show_default="language, lang, ... or one of codes",
        help="Column of the languages of the translations.",
    ),
]
PairHeader = Annotated[
    bool | None,
    typer.Option(
        "--header/--no-header", show_default="by content", help="Whether the first line names columns."
    ),
]
PairFormat = Annotated[
    str | None,
    typer.Option(
        "--format", metavar="tsv|csv|jsonl|json|parquet|text", show_default="by extension and content"
    ),
]
PairDelimiter = Annotated[
    str | None,
    typer.Option(
        "--delimiter", metavar="CHAR", show_default="a comma", help="Separator of the fields of CSV."
    ),
]
Beams = Annotated[
    int | None,
    typer.Option("--beams", metavar="N", show_default="as in training, 5", help="Beam width."),
]
LengthPenalty = Annotated[
    float | None,
    typer.Option(
        metavar="X", show_default="as in training, 1.0", help="Larger values favour longer translations."
    ),
]
_PAIR_OPTIONS = {"file_format": "format"} | {
    name: name
    for name in (
        "source_column", "target_column", "language_column", "header", "delimiter", "encoding", "errors",
    )
}  # fmt: skip


def pair_layout(options: Mapping[str, Any]) -> PairLayout:
    """Return the layout of files of sentence pairs, from the ``locals()`` of a command."""
    return PairLayout(**{field: options[name] for name, field in _PAIR_OPTIONS.items() if name in options})
