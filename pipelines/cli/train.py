"""`wordvec train`: from text files to a file of word vectors."""

from __future__ import annotations

import time
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines.cli.files import check_file_path, check_vector_path
from pipelines.cli.output import format_fields, format_loss, note, print_json


@dataclass(frozen=True)
class TrainingReport:
    """What a training run did."""

    vectors: str  # the path that they were written to
    model: str | None
    n_words: int
    n_tokens: int  # of the text, also of words that were left out
    n_epochs: int  # whole ones
    seconds: float  # reading, compiling if need be, and training
    words_per_second: float | None  # n_tokens * n_epochs / seconds; None if part was done in an earlier run
    loss_curve: list[float]
    seed: int
    interrupted: bool


def train_vectors(
    corpus: Any,
    out: Path,
    *,
    save_model: Path | None = None,
    checkpoint: Path | None = None,
    resume: bool = False,
    **parameters: Any,
) -> TrainingReport:
    """Train `Word2Vec(**parameters)` on a corpus and write its vectors, also after Ctrl-C.

    Parameters
    ----------
    corpus : LineCorpus
    out : path; the extension chooses the format, see `wordvec.formats.save_vectors`
    save_model : path of a .safetensors file for the whole model, optional
    checkpoint, resume : as for `Word2Vec.fit`

    Raises
    ------
    OSError, ValueError
        If `out` or `save_model` cannot be written (told before training), or the text or a parameter is not
        what it should be.
    """
    from wordvec.word2vec import Word2Vec

    check_vector_path(out)
    if save_model is not None:
        check_file_path(save_model)
    for target in filter(None, (out, save_model)):
        if any(target.exists() and target.samefile(file) for file in corpus.files):
            raise ValueError(
                f"{str(target)!r} is a file of the corpus. Choose another name for what is written."
            )
    if save_model is not None and Path(save_model).absolute() == Path(out).absolute():
        raise ValueError(f"{str(out)!r} cannot hold both vectors and model. Choose another name for one.")
    model = Word2Vec(**parameters)
    start = time.perf_counter()
    with warnings.catch_warnings():
        # The report tells of an interruption.
        warnings.filterwarnings("ignore", message="Training was interrupted")
        model.fit(corpus, checkpoint=checkpoint, resume=resume)
    seconds = time.perf_counter() - start
    model.wv_.save(out)
    if save_model is not None:
        model.save(save_model)
    n_tokens = model.vocabulary_.n_total
    return TrainingReport(
        vectors=str(out),
        model=None if save_model is None else str(save_model),
        n_words=len(model.vocabulary_),
        n_tokens=n_tokens,
        n_epochs=model.n_iter_,
        seconds=seconds,
        words_per_second=None if resume else n_tokens * model.n_iter_ / seconds,
        loss_curve=model.loss_curve_,
        seed=model.seed_,
        interrupted=model.interrupted_,
    )


# Options of Word2Vec are None unless given, so that its defaults hold. What --help shows of them is checked
# against Word2Vec by tests/test_cli.py: importing it here would make --help slow.
def train(
    corpus: Annotated[
        list[str],
        typer.Argument(metavar="CORPUS", help="Text files, folders or globs; one sentence a line."),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="OUT", help="Where the vectors go; the extension chooses the format."
        ),
    ],
    architecture: Annotated[
        str | None, typer.Option(metavar="skipgram|cbow", show_default="skipgram", help="What is trained.")
    ] = None,
    vector_size: Annotated[
        int | None, typer.Option(metavar="N", show_default="100", help="Numbers a word.")
    ] = None,
    window: Annotated[
        int | None, typer.Option(metavar="N", show_default="5", help="Farthest context word to each side.")
    ] = None,
    min_count: Annotated[
        int | None, typer.Option(metavar="N", show_default="5", help="Rarer words are left out.")
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(metavar="N", show_default="5", help="Passes over the text.")
    ] = None,
    n_jobs: Annotated[
        int | None, typer.Option("--jobs", metavar="N", show_default="-1", help="Threads; -1 for all cores.")
    ] = None,
    random_state: Annotated[
        int | None, typer.Option("--seed", metavar="N", show_default="1", help="Seed of every draw.")
    ] = None,
    mode: Annotated[
        str | None,
        typer.Option(
            metavar="deterministic|racing",
            show_default="deterministic",
            help="The same bits at any number of threads, or faster and different each time.",
        ),
    ] = None,
    checkpoint: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder that keeps the state of training.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from the checkpoint, if there is one.")
    ] = False,
    negative: Annotated[
        int | None, typer.Option(metavar="N", show_default="5", help="Noise words a pair.")
    ] = None,
    noise_words: Annotated[
        int | None,
        typer.Option(metavar="N", show_default="by architecture", help="Noise words that 16 words share."),
    ] = None,
    sample: Annotated[
        float | None,
        typer.Option(metavar="X", show_default="0.001", help="Thin out words of a larger share."),
    ] = None,
    learning_rate: Annotated[
        float | None,
        typer.Option(metavar="X", show_default="by architecture", help="Step size at the start."),
    ] = None,
    max_vocab_size: Annotated[
        int | None,
        typer.Option(metavar="N", show_default="no limit", help="Keep only the N most frequent words."),
    ] = None,
    max_memory: Annotated[
        int | None,
        typer.Option(metavar="BYTES", show_default="2147483648", help="Memory for the encoded text."),
    ] = None,
    tokenizer: Annotated[
        str, typer.Option(metavar="whitespace|word|zh", help="How lines become words.")
    ] = "whitespace",
    lowercase: Annotated[bool, typer.Option("--lowercase", help="Lower-case all words.")] = False,
    encoding: Annotated[str, typer.Option(metavar="NAME", help="Encoding of the text.")] = "utf-8",
    errors: Annotated[
        str, typer.Option(metavar="strict|replace|ignore", help="What to do with bytes that are not text.")
    ] = "strict",
    save_model: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Write the whole model too, to train on later.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Train word vectors from text files.

    OUT ends in .bin, .txt, .vec, .glove (each also with .gz, .bz2 or .xz) or .safetensors. Ctrl-C stops
    training and writes the vectors learned so far.

    Example: wordvec train corpus.txt -o vectors.bin --architecture cbow --vector-size 200 --jobs 2
    """
    check_vector_path(out)
    from wordvec.corpus import LineCorpus

    given = {
        "architecture": architecture,
        "vector_size": vector_size,
        "window": window,
        "min_count": min_count,
        "epochs": epochs,
        "n_jobs": n_jobs,
        "random_state": random_state,
        "mode": mode,
        "negative": negative,
        "noise_words": noise_words,
        "sample": sample,
        "learning_rate": learning_rate,
        "max_vocab_size": max_vocab_size,
        "max_memory": max_memory,
        "verbose": False if quiet else None,
    }
    report = train_vectors(
        LineCorpus(corpus, tokenizer, lowercase, encoding, errors),
        out,
        save_model=save_model,
        checkpoint=checkpoint,
        resume=resume,
        **{name: value for name, value in given.items() if value is not None},
    )
    if as_json:
        print_json(asdict(report))
    else:
        print(format_report(report))
    if report.interrupted:
        note(f"wordvec: interrupted; the vectors learned so far are in {out}.")
        raise typer.Exit(130)


def format_report(report: TrainingReport) -> str:
    """Return the report as lines of name and value."""
    fields = {
        "words": f"{report.n_words:,}",
        "tokens": f"{report.n_tokens:,}",
        "epochs": str(report.n_epochs),
        "seconds": f"{report.seconds:.1f}, with reading the text (and compiling, the first time)",
        "words/s": "-" if report.words_per_second is None else f"{report.words_per_second:,.0f}",
        "loss": format_loss(report.loss_curve) + " (nats a pair)",
        "vectors": report.vectors,
    }
    if report.model is not None:
        fields["model"] = report.model
    return format_fields(fields)
