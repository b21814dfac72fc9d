"""`wordvec train`: train word vectors from text files."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wordvec._io.remote import is_url
from wordvec._utils.validation import check_choice, check_int

from ..workflows.vectors import NGRAM_OPTIONS, VectorsReport, train_vectors
from .options import (
    AsJson,
    Convert,
    CorpusTokenizer,
    Encoding,
    Lowercase,
    OutFormat,
    Quiet,
    UserDict,
    corpus_tokenizer,
    given,
    show,
    verbosity,
)
from .output import note
from .stdin import as_file

if TYPE_CHECKING:
    from wordvec.text.corpus import LineCorpus

# Whose parameters the options set; --help shows their ranges.
DECLARED_BY = (
    "wordvec.embeddings.word2vec:Word2Vec",
    "wordvec.embeddings.fasttext:FastText",
    "wordvec.embeddings.glove:GloVe",
)


# What only one of the two estimators knows. `mode` is Word2Vec's, too, but GloVe is always deterministic.
_WORD2VEC_ONLY = (
    "negative", "shared_negatives", "sample", "n_shards", "exchange", "common_components", *NGRAM_OPTIONS
)  # fmt: skip
_GLOVE_ONLY = ("x_max", "weight_exponent", "save_counts")


def _folder(value: str) -> Path:
    """Return the path, which must not be empty, since an empty one would mean the current folder."""
    if not value:
        raise typer.BadParameter("it is empty. Name a folder; '.' is the one you are in")
    return Path(value)


# Options of the estimators are None unless given, so that their defaults hold. What --help shows of them is
# checked against Word2Vec and GloVe by tests/test_cli.py: importing them here would make --help slow.
def train(
    corpus: Annotated[
        list[str],
        typer.Argument(
            metavar="CORPUS",
            help="Text files, folders, globs or addresses (s3://, https://), one sentence a line, or Parquet files; "
            "- for stdin.",
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="OUT", help="File for the vectors; its extension determines the format."
        ),
    ],
    architecture: Annotated[
        str, typer.Option(metavar="skipgram|cbow|glove", help="The training algorithm.")
    ] = "skipgram",
    vector_size: Annotated[
        int | None, typer.Option(metavar="N", show_default="100", help="Dimensions of a vector.")
    ] = None,
    window: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            show_default="5; glove 10",
            help="Maximum distance of a context word.",
        ),
    ] = None,
    min_count: Annotated[
        int | None, typer.Option(metavar="N", show_default="5", help="Rarer words are left out.")
    ] = None,
    epochs: Annotated[
        int | None,
        typer.Option(
            metavar="N", show_default="5; glove 15", help="Passes over the text; glove: over word pairs."
        ),
    ] = None,
    n_jobs: Annotated[
        int | None, typer.Option("--jobs", metavar="N", show_default="-1", help="Threads; -1 for all cores.")
    ] = None,
    random_state: Annotated[
        int | None, typer.Option("--seed", metavar="N", show_default="1", help="Seed of all random draws.")
    ] = None,
    mode: Annotated[
        str | None,
        typer.Option(
            metavar="deterministic|racing",
            show_default="deterministic",
            help="The same bits with any number of threads, or faster but different each time; glove: always "
            "deterministic.",
        ),
    ] = None,
    n_shards: Annotated[
        int | None,
        typer.Option(
            "--shards",
            metavar="N",
            show_default="1",
            help="Parts of the text that are trained at the same time; the result depends on N, not on the machines.",
        ),
    ] = None,
    exchange: Annotated[
        str | None,
        typer.Option(
            metavar="float32|float16",
            show_default="float32",
            help="Precision in which shards exchange steps.",
        ),
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            show_default="this machine, without Ray",
            help="Ray cluster that trains: auto for this machine's, local for a new one, ray://HOST:PORT for another.",
        ),
    ] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(parser=_folder, metavar="DIR", help="Folder for the state of training."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue from the checkpoint, if there is one.")
    ] = False,
    overwrite: Annotated[
        bool,
        typer.Option("--overwrite", help="Start over even if there is a checkpoint of an unfinished run."),
    ] = False,
    negative: Annotated[
        int | None,
        typer.Option(metavar="N", show_default="5", help="Negative samples for each pair; not for glove."),
    ] = None,
    shared_negatives: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            show_default="by architecture",
            help="Negative samples shared by 16 words; not for glove.",
        ),
    ] = None,
    sample: Annotated[
        float | None,
        typer.Option(
            metavar="X",
            show_default="0.001",
            help="Subsample words with a higher relative frequency; not for glove.",
        ),
    ] = None,
    common_components: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            show_default="0",
            help="Centre the trained vectors and halve their first N principal components; not for glove or n-grams.",
        ),
    ] = None,
    min_n: Annotated[
        int | None,
        typer.Option(
            "--min-n",
            metavar="N",
            show_default="3, if any of these",
            help="n-grams: minimum length in characters.",
        ),
    ] = None,
    max_n: Annotated[
        int | None,
        typer.Option(
            "--max-n",
            metavar="N",
            show_default="6, if any of these",
            help="n-grams: maximum length in characters; word vectors are composed of n-grams, as in fastText.",
        ),
    ] = None,
    bucket: Annotated[
        int | None,
        typer.Option(
            metavar="N", show_default="2000000, if any of these", help="n-grams: rows of the hash table."
        ),
    ] = None,
    hash_count: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            show_default="fastText's hash",
            help="n-grams: rows per n-gram with floret's hash, 1 to 4.",
        ),
    ] = None,
    position_weights: Annotated[
        bool | None,
        typer.Option(
            "--position-weights",
            show_default="no",
            help="cbow with n-grams: learn a weight for each context position.",
        ),
    ] = None,
    learning_rate: Annotated[
        float | None,
        typer.Option(metavar="X", show_default="by architecture; glove 0.05", help="Initial learning rate."),
    ] = None,
    x_max: Annotated[
        float | None,
        typer.Option(
            metavar="X", show_default="10.0", help="glove: the count from which a pair has weight 1."
        ),
    ] = None,
    weight_exponent: Annotated[
        float | None,
        typer.Option(
            metavar="X",
            show_default="0.75",
            help="glove: rarer pairs have weight (count / x-max) to this power.",
        ),
    ] = None,
    max_vocab_size: Annotated[
        int | None,
        typer.Option(metavar="N", show_default="no limit", help="Keep only the N most frequent words."),
    ] = None,
    max_memory: Annotated[
        int | None,
        typer.Option(
            metavar="BYTES",
            show_default="2147483648",
            help="Memory for the encoded text, at least 1 MiB; glove: then for counts and for pairs, each.",
        ),
    ] = None,
    tokenizer: CorpusTokenizer = "whitespace",
    user_dict: UserDict = None,
    convert: Convert = None,
    lowercase: Lowercase = False,
    encoding: Encoding = "utf-8",
    errors: Annotated[
        str, typer.Option(metavar="strict|replace|ignore", help="Treatment of bytes that are not valid text.")
    ] = "strict",
    text_column: Annotated[
        str, typer.Option(metavar="NAME", help="Parquet files: the column that holds the text.")
    ] = "text",
    out_format: OutFormat = None,
    save_model: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="Also write the whole model, to continue training later."),
    ] = None,
    save_counts: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="glove: also write the pair counts, as .safetensors or .npz."),
    ] = None,
    phrases: Annotated[
        int,
        typer.Option(
            metavar="N",
            help="First join phrases detected in the text into words, in N passes: 1 for phrases of two words, 2 "
            "for up to four.",
        ),
    ] = 0,
    save_phrases: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="Also write the phrases, as .json, to join them in other texts."),
    ] = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Train word vectors from text files: skip-gram, CBOW or GloVe.

    OUT ends in .bin, .txt, .vec, .glove (each also with .gz, .bz2, .xz or .zst) or .safetensors. With character n-grams
    (--min-n, --max-n, --bucket, --hash-count), .bin is a fastText model, and .floret the table that spaCy reads. Ctrl-C
    stops training and writes the vectors learned so far.

    Example: wordvec train corpus.txt -o vectors.bin --architecture cbow --vector-size 200 --jobs 2
    """
    options = given(
        locals(), without="corpus tokenizer user_dict convert lowercase encoding errors text_column"
    )
    check_choice("architecture", architecture, "wordvec train", ("skipgram", "cbow", "glove"))
    if max_memory is not None:
        from wordvec.text.corpus import MIN_MAX_MEMORY

        check_int("max_memory", max_memory, "wordvec train", MIN_MAX_MEMORY)
    _check_architecture_options(architecture, options)
    from wordvec.text.corpus import LineCorpus

    chosen = corpus_tokenizer(tokenizer, user_dict, convert)
    with contextlib.ExitStack() as opened:
        # A corpus is read more than once, the standard input only once.
        places = [
            place if is_url(place) else str(opened.enter_context(as_file(place, "one sentence a line")))
            for place in corpus
        ]
        text = LineCorpus(places, chosen, lowercase, encoding, errors, text_column)
        report = _train(text, verbosity(quiet), options)
    show(report, as_json)
    if report.interrupted:
        note(f"wordvec: interrupted; the vectors learned so far are in {out}.")
        raise typer.Exit(130)


def _train(text: LineCorpus, verbose: bool | None, options: dict[str, Any]) -> VectorsReport:
    """Train; errors about checkpoints name options."""
    from wordvec.embeddings.checkpoints import AnotherRunError, UnfinishedRunError

    try:
        return train_vectors(text, verbose=verbose, **options)
    except AnotherRunError as error:
        raise ValueError(
            f"{error.finding} Resume with the same text and options, start anew in this folder with --overwrite in "
            "place of --resume, or choose another one as --checkpoint."
        ) from error
    except UnfinishedRunError as error:
        raise ValueError(f"{error.finding} Go on with --resume, or start anew with --overwrite.") from error


def _check_architecture_options(architecture: str, options: dict[str, Any]) -> None:
    """Raise ValueError for an option that the architecture does not use; remove `mode` from GloVe's options."""
    is_glove = architecture == "glove"
    for name in _WORD2VEC_ONLY if is_glove else _GLOVE_ONLY:
        if name in options:
            others = "skipgram or cbow" if is_glove else "glove"
            raise ValueError(
                f"The option --{name.replace('_', '-')} does not go with --architecture {architecture}. "
                f"Leave it out, or choose --architecture {others}."
            )
    of_ngrams = [name for name in NGRAM_OPTIONS if name in options]
    if "common_components" in options and of_ngrams:
        raise ValueError(
            f"The option --common-components does not go with --{of_ngrams[0].replace('_', '-')}: vectors that are "
            "composed of n-grams stay as they were trained. Leave one of them out."
        )
    if is_glove and "mode" in options:
        mode = check_choice("mode", options.pop("mode"), "wordvec train", ("deterministic", "racing"))
        if mode == "racing":
            raise ValueError(
                "The option --mode racing does not go with --architecture glove: GloVe is always deterministic, "
                "at no cost. Leave it out."
            )
