"""Jobs on word vectors in files: training on texts, opening, nearest neighbours, analogies."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from wordvec._io.atomic import check_writable
from wordvec._io.compression import split_compression
from wordvec._io.json_files import parse_json_object
from wordvec._utils.assumptions import assume
from wordvec._utils.errors import AdvisedError, ParameterError, SeveralErrors
from wordvec._utils.parameters import check_parameters
from wordvec._utils.reports import Report
from wordvec._utils.spelling import UnknownWordError
from wordvec._utils.tables import format_fields, format_loss
from wordvec._utils.validation import check_int

from .paths import check_counts_path, check_overwriting, check_vector_path

if TYPE_CHECKING:
    from wordvec.vectors.keyed_vectors import KeyedVectors

_Question = TypeVar("_Question")

# Any of these parameters makes words of n-grams.
NGRAM_OPTIONS = ("min_n", "max_n", "bucket", "hash_count", "position_weights")

# So few words take less time one by one, 5 ms each of 78,000 vectors, than to load Numba and its kernel, 0.5 s.
_N_ONE_BY_ONE = 8


@dataclass(frozen=True)
class VectorsReport(Report):
    """The results of training word vectors.

    Attributes
    ----------
    vectors : str
        The path that they were written to.
    model, counts : str, optional
        Paths of the complete model and of GloVe's counts, if they were written.
    n_words : int
        Number of words in the vocabulary.
    n_tokens : int
        Number of tokens in the text, including words that were left out.
    n_epochs : int
        Number of complete epochs.
    seconds : float
        Time of reading, counting, training, and compilation if necessary.
    words_per_second : float, optional
        n_tokens * n_epochs / seconds; None if part was done in an earlier run, and for GloVe, whose epochs are over
        pairs of words.
    loss_curve : list of float
        The loss by epoch.
    loss_measure : str
    seed : int
    interrupted : bool
    n_phrases : int, optional
        Number of phrases found in the text, if requested.
    phrases : str, optional
        The path that they were written to.
    """

    vectors: str
    model: str | None
    counts: str | None
    n_words: int
    n_tokens: int
    n_epochs: int
    seconds: float
    words_per_second: float | None
    loss_curve: list[float]
    loss_measure: str
    seed: int
    interrupted: bool
    n_phrases: int | None = None
    phrases: str | None = None

    def format(self) -> str:
        """Return the report as lines of name and value."""
        speed = "-"
        if self.words_per_second is not None:
            speed = f"{self.words_per_second:,.0f} (tokens x epochs / seconds)"
        fields = {
            "words": f"{self.n_words:,}",
            "tokens": f"{self.n_tokens:,}",
            "epochs": str(self.n_epochs),
            "seconds": f"{self.seconds:.1f}, with reading the text (and compiling, the first time)",
            "words/s": speed,
            "loss": f"{format_loss(self.loss_curve)} ({self.loss_measure})",
            "vectors": self.vectors,
        }
        if self.model is not None:
            fields["model"] = self.model
        if self.counts is not None:
            fields["counts"] = self.counts
        if self.n_phrases is not None:
            fields["phrases"] = f"{self.n_phrases:,}" + (f", in {self.phrases}" if self.phrases else "")
        return format_fields(fields)

    def to_dict(self) -> dict[str, Any]:
        """Return the values as JSON types."""
        return asdict(self)


def train_vectors(
    corpus: Any,
    out: Path,
    *,
    architecture: str = "skipgram",
    save_model: Path | None = None,
    save_counts: Path | None = None,
    phrases: int = 0,
    save_phrases: Path | None = None,
    checkpoint: Path | None = None,
    resume: bool = False,
    overwrite: bool = False,
    out_format: str | None = None,
    cluster: str | None = None,
    **parameters: Any,
) -> VectorsReport:
    """Train on a corpus and write the vectors, also after Ctrl-C.

    Parameters
    ----------
    corpus : LineCorpus, or what it takes
        Text files, for example; anything other than a `LineCorpus` is converted to one with default parameters.
    out : Path
        The extension chooses the format: .bin, .txt, .vec, .glove, .floret or .safetensors. With n-grams, a .bin file
        is a model of fastText.
    architecture : {"skipgram", "cbow", "glove"}
    save_model : Path, optional
        A .safetensors file for the complete model.
    save_counts : Path, optional
        A .safetensors or .npz file for the counts of GloVe.
    phrases : int
        Number of passes of `wordvec.text.Phrases` over the text, whose phrases become words: 1 finds phrases of two
        words, 2 phrases of up to four; 0 finds none.
    save_phrases : Path, optional
        A .json file for the phrases, with which phrases in other texts can be joined in the same way.
    checkpoint, resume
        As for `Word2Vec.fit` and `GloVe.fit`.
    overwrite : bool
        Whether to start anew if there is a checkpoint of an unfinished run.
    out_format : str, optional
        The format, regardless of the extension, as for `KeyedVectors.save`.
    cluster : str, optional
        Address of the Ray cluster that trains, see `wordvec.distributed.train`; not with `save_counts`.
    **parameters
        Those of `Word2Vec` or `GloVe`; with any of NGRAM_OPTIONS, those of `FastText`.

    Returns
    -------
    VectorsReport

    Raises
    ------
    OSError, ValueError
        If a file cannot be written (told before training, as far as can be known; all others are written), or
        the text or a parameter is invalid.
    """
    from wordvec.text.corpus import LineCorpus

    if not isinstance(corpus, LineCorpus):
        corpus = LineCorpus(corpus)
    model = _make_estimator(architecture, parameters)
    out_format = _format_of(model, out, out_format)
    phrases = check_int("phrases", phrases, "train_vectors", 0)
    if save_phrases is not None and not phrases:
        rule, fix = "be left out where {phrases} is 0", "To look for phrases, pass {phrases=1}, or 2."
        raise ParameterError("save_phrases", "train_vectors", rule, str(save_phrases), fix)
    _check_targets(corpus.files, out, save_model, save_counts, save_phrases, checkpoint, out_format)
    if cluster is not None and save_counts is not None:
        raise ParameterError("save_counts", "train_vectors", "not be given with {cluster}", save_counts)
    if overwrite and (resume or checkpoint is None):
        rule = "be False with {resume}, or without {checkpoint}"
        raise ParameterError("overwrite", "train_vectors", rule, overwrite)
    if overwrite and checkpoint is not None:
        from wordvec.embeddings.checkpoints import CHECKPOINT_NAME

        (checkpoint / CHECKPOINT_NAME).unlink(missing_ok=True)
    if resume and checkpoint is not None:
        _check_architecture(checkpoint, architecture)
    start = time.perf_counter()
    if phrases:
        check_parameters(model)
        from wordvec.text.phrases.estimator import Phrases

        found = Phrases(
            n_passes=phrases, max_memory=model.max_memory, n_jobs=model.n_jobs, verbose=model.verbose
        ).fit(corpus)
        corpus = corpus.with_phrases(found)
    with warnings.catch_warnings():
        # The report tells of an interruption.
        warnings.filterwarnings("ignore", message="Training was interrupted")
        if cluster is not None:
            from wordvec.distributed import train

            train(model, corpus, address=cluster, checkpoint=checkpoint, resume=resume)
        elif save_counts is None:
            model.fit(corpus, checkpoint=checkpoint, resume=resume)
        else:
            counts = _fit_and_keep_counts(model, corpus, checkpoint, resume)
    seconds = time.perf_counter() - start
    writers: list[tuple[Path, Callable[[Path], None]]] = [
        (out, lambda path: model.wv_.save(path, format=out_format))
    ]
    if save_model is not None:
        writers.append((save_model, model.save))
    if save_counts is not None:
        writers.append((save_counts, counts.save))
    if save_phrases is not None:
        writers.append((save_phrases, found.save))
    _write_all(writers)
    n_tokens = model.vocabulary_.n_total
    return VectorsReport(
        vectors=str(out),
        model=None if save_model is None else str(save_model),
        counts=None if save_counts is None else str(save_counts),
        n_phrases=len(found.phrases_) if phrases else None,
        phrases=None if save_phrases is None else str(save_phrases),
        n_words=len(model.vocabulary_),
        n_tokens=n_tokens,
        n_epochs=model.n_iter_,
        seconds=seconds,
        words_per_second=None if resume or architecture == "glove" else n_tokens * model.n_iter_ / seconds,
        loss_curve=model.loss_curve_,
        loss_measure="half the weighted squared error, mean of pairs"
        if architecture == "glove"
        else "nats a pair",
        seed=model.seed_,
        interrupted=model.interrupted_,
    )


@dataclass(frozen=True)
class Answers(Generic[_Question]):
    """The answers to several independent questions.

    Attributes
    ----------
    found : dict of question to list of (word, score)
        In the order of the questions, without those that failed.
    failures : list of Exception
        One for each question that failed.
    """

    found: dict[_Question, list[tuple[str, float]]]
    failures: list[Exception]

    def raise_failures(self) -> None:
        """Raise the failures, if any: a single exception, or `SeveralErrors`."""
        if len(self.failures) > 1:
            raise SeveralErrors(self.failures)
        if self.failures:
            raise self.failures[0]


def open_vectors(path: Path, *, prefix: str = "", **options: Any) -> KeyedVectors:
    """Return the vectors of a file.

    Parameters
    ----------
    path : Path
    prefix : str
        The prefix of the options' names in the caller's parameters, for the advice of errors: with "vectors_",
        "encoding" is the caller's "vectors_encoding".
    **options
        Those of `KeyedVectors.load`.
    """
    from wordvec.vectors.keyed_vectors import KeyedVectors

    try:
        return KeyedVectors.load(path, **options)
    except AdvisedError as error:
        raise AdvisedError(error.finding, *[way.replace("{", "{" + prefix) for way in error.ways]) from error
    except ParameterError as error:
        named = prefix + error.name
        raise ParameterError(named, error.owner, error.rule, error.value, error.fix) from error


def find_neighbors(kv: KeyedVectors, words: Sequence[str], topn: int = 10) -> Answers[str]:
    """Return the nearest neighbours of each known word."""
    failures: list[Exception] = []
    for word in dict.fromkeys(words):
        try:
            kv.get_vector(word)
        except UnknownWordError as error:
            failures.append(error)
    known = [word for word in dict.fromkeys(words) if kv.knows(word)]
    if len(known) <= _N_ONE_BY_ONE:
        found = [list(kv.most_similar(word, topn=topn)) for word in known]
    else:
        found = kv.most_similar_batch(known, topn=topn)
    return Answers(dict(zip(known, found)), failures)


def answer_analogies(
    kv: KeyedVectors, questions: Iterable[tuple[str, str, str]], *, method: str = "3cosadd", topn: int = 10
) -> Answers[tuple[str, str, str]]:
    """Return what is to c as b is to a, for each question (a, b, c) whose words are known."""
    answers: Answers[tuple[str, str, str]] = Answers({}, [])
    for question in questions:
        try:
            answers.found[question] = list(kv.analogy(*question, method=method, topn=topn))
        except UnknownWordError as error:
            answers.failures.append(error)
    return answers


def _check_targets(
    sources: Sequence[Path],
    out: Path,
    save_model: Path | None,
    save_counts: Path | None,
    save_phrases: Path | None,
    checkpoint: Path | None,
    out_format: str | None,
) -> None:
    """Raise an error unless all files can be written without overwriting the corpus or each other."""
    check_writable(out)
    check_vector_path(out, format=out_format)
    if save_model is not None:
        check_writable(save_model)
    if save_counts is not None:
        check_writable(save_counts)
        check_counts_path(save_counts)
    if save_phrases is not None:
        check_writable(save_phrases)
    targets = [path for path in (out, save_model, save_counts, save_phrases) if path is not None]
    if checkpoint is not None:
        from wordvec.embeddings.checkpoints import CHECKPOINT_NAME

        if checkpoint.is_dir():
            check_writable(checkpoint / CHECKPOINT_NAME)
        targets += [checkpoint / CHECKPOINT_NAME, checkpoint]
    check_overwriting(sources, targets, "vectors, model, counts, phrases and checkpoint")


def _check_architecture(checkpoint: Path, architecture: str) -> None:
    """Raise ValueError if there is a checkpoint of another architecture; `fit` checks the rest."""
    from wordvec._io.archive import read_metadata
    from wordvec.embeddings.checkpoints import CHECKPOINT_NAME

    try:
        metadata = read_metadata(checkpoint / CHECKPOINT_NAME)
        options = parse_json_object(metadata.get("options", "{}"))
        stored = "cbow" if options.get("is_cbow") else "skipgram"
        stored = {"Word2Vec": stored, "FastText": stored, "GloVe": "glove"}.get(
            metadata.get("model", ""), architecture
        )
    except (OSError, AttributeError, ValueError):
        return
    if stored != architecture:
        raise AdvisedError(
            f"The checkpoint in {str(checkpoint)!r} is of the architecture {stored}, not {architecture}.",
            f"{{architecture={stored!r}}} to continue it",
            "another folder as {checkpoint}",
            "{overwrite} in place of {resume} to start anew in this one",
        )


def _write_all(writers: Sequence[tuple[Path, Callable[[Path], None]]]) -> None:
    """Write each file even if another fails; then raise the first error, which lists the files that were written."""
    failure: OSError | ValueError | None = None
    written = []
    for path, write in writers:
        try:
            write(path)
            written.append(repr(str(path)))
        except (OSError, ValueError) as error:
            failure = failure or error
    if isinstance(failure, OSError) and failure.errno is not None and written:
        reason = f"{failure.strerror}; {' and '.join(written)} {'is' if len(written) == 1 else 'are'} written"
        raise OSError(failure.errno, reason, failure.filename) from failure
    if failure is not None:
        raise failure


def _make_estimator(architecture: str, parameters: dict[str, Any]) -> Any:
    if architecture == "glove":
        from wordvec.embeddings.glove import GloVe

        return GloVe(**parameters)
    if any(name in parameters for name in NGRAM_OPTIONS):
        from wordvec.embeddings.fasttext import FastText

        return FastText(architecture, **parameters)
    from wordvec.embeddings.word2vec import Word2Vec

    return Word2Vec(architecture, **parameters)


def _format_of(model: Any, out: Path, chosen: str | None) -> str | None:
    """Return the format for the vectors of an estimator; None for that of the extension.

    Raises
    ------
    ValueError
        If the format stores n-grams of another kind than the estimator's.
    """
    name, _ = split_compression(out.name)
    is_fasttext = hasattr(model, "hash_count")
    if chosen is None and is_fasttext and name.endswith(".bin"):
        assume(f"{str(out)!r}: a model of fastText, with n-grams")
        return "fasttext"
    is_table = chosen == "floret" or (chosen is None and name.endswith(".floret"))
    if is_table and not (is_fasttext and model.hash_count):
        raise AdvisedError(
            f"{str(out)!r} would be a table of floret, of n-grams by its hash, and there would be none.",
            "{hash_count=2} and a {bucket} of 50,000 rows or so",
        )
    return chosen


def _fit_and_keep_counts(model: Any, corpus: Any, checkpoint: Path | None, resume: bool) -> Any:
    """Fit GloVe and return the counts, which are written last so as not to take the disk space of the vectors."""
    from wordvec.counts.counting import count_for
    from wordvec.embeddings.checkpoints import checkpoint_in
    from wordvec.embeddings.glove_options import GloVeOptions

    # `fit_cooccurrence` checks these as well, but counting takes a while.
    GloVeOptions.of(model)
    with checkpoint_in(checkpoint, resume, "GloVe.fit"):
        pass
    counts = count_for(model, corpus, "GloVe")
    model.fit_cooccurrence(counts, checkpoint=checkpoint, resume=resume)
    return counts
