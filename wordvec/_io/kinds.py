"""The kinds of wordvec's own files, and the messages for files that cannot be read as one of them."""

from __future__ import annotations

import contextlib
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from wordvec._io.errors import DamagedFileError, UnreadableFileError

# From this version on a file has checksums.
CHECKED_VERSION = 2


@dataclass(frozen=True)
class FileKind:
    """A kind of file: its content, its version, and the advice for a file that cannot be read."""

    name: str  # in the file
    noun: str  # what it holds, in a message
    fix: str  # what to do if it cannot be read
    reader: str  # what reads it
    version: int = CHECKED_VERSION  # that is written, and the newest that is read
    # Whether other programs write files without our metadata that are read as well.
    is_foreign: bool = False


VECTORS = FileKind("wordvec", "word vectors", "", "KeyedVectors.load", is_foreign=True)
NEIGHBORS = FileKind(
    "wordvec neighbors",
    "an index of neighbours",
    "Remove it: KeyedVectors.index builds it again.",
    "KeyedVectors.index",
)
MAP = FileKind(
    "wordvec map",
    "a map of vectors",
    "Remove it: wordvec explore makes it again.",
    "wordvec explore",
)
MODEL = FileKind(
    "wordvec model",
    "a wordvec model",
    "Use the file that save or a checkpoint wrote; if it is damaged, train again.",
    "Word2Vec.load, FastText.load, GloVe.load or PPMISVD.load",
)
EMBEDDING_CLASSIFIER = FileKind(
    "wordvec classifier",
    "a wordvec classifier",
    "Use the file that EmbeddingClassifier.save wrote; if it is damaged, train again.",
    "EmbeddingClassifier.load",
)
TEXT_CLASSIFIER = FileKind(
    "wordvec text classifier",
    "a classifier of texts",
    "Use the file that TextClassifier.save wrote; if it is damaged, train again.",
    "TextClassifier.load",
    version=3,
)
VECTORIZER = FileKind(
    "wordvec vectorizer",
    "a vectorizer of texts",
    "Use the file that EmbeddingVectorizer.save wrote; if it is damaged, fit again.",
    "EmbeddingVectorizer.load",
)
NBSVM = FileKind(
    "wordvec nbsvm",
    "an NBSVM classifier",
    "Use the file that NBSVMClassifier.save wrote; if it is damaged, fit again.",
    "NBSVMClassifier.load",
    version=3,
)
CLEANER = FileKind(
    "wordvec cleaner",
    "a cleaner of texts",
    "Use the file that TextCleaner.save wrote; if it is damaged, make it anew.",
    "TextCleaner.load",
)
AUGMENTER = FileKind(
    "wordvec augmenter",
    "an augmenter of texts",
    "Use the file that EDA.save wrote; if it is damaged, make it anew.",
    "EDA.load",
)
TOPICS = FileKind(
    "wordvec topics",
    "a topic model",
    "Use the file that TopicModel.save wrote; if it is damaged, fit again.",
    "TopicModel.load",
)
READER = FileKind(
    "wordvec passage reader",
    "a reader of passages",
    "Use the file that PassageReader.save wrote; if it is damaged, save it again.",
    "PassageReader.load",
)
SUMMARIZER = FileKind(
    "wordvec summarizer",
    "a summarizer",
    "Use the file that Summarizer.save wrote; if it is damaged, save it again.",
    "Summarizer.load",
)
SELECTOR = FileKind(
    "wordvec response selector",
    "a response selector",
    "Use the folder that ResponseSelector.save wrote; if it is damaged, save it again.",
    "ResponseSelector.load",
)
DEMONSTRATIONS = FileKind(
    "wordvec demonstrations",
    "a selector of demonstrations",
    "Use the file that DemonstrationSelector.save wrote; if it is damaged, fit again.",
    "DemonstrationSelector.load",
)
IN_CONTEXT = FileKind(
    "wordvec in-context classifier",
    "a classifier in context",
    "Use the file that InContextClassifier.save wrote; if it is damaged, fit again.",
    "InContextClassifier.load",
)
TAGGER = FileKind(
    "wordvec tagger",
    "a tagger",
    "Use what CRFTagger.save wrote; if it is damaged, train again.",
    "CRFTagger.load",
)
TOKEN_FEATURES = FileKind(
    "wordvec token features",
    "an extractor of token features",
    "Use the file that TokenFeatures.save wrote; if it is damaged, save it again.",
    "TokenFeatures.load",
)
COUNTS = FileKind(
    "wordvec cooccurrence",
    "co-occurrence counts",
    "Use a file that Cooccurrence.save wrote; if it is damaged, count again.",
    "Cooccurrence.load",
)
TRAINING_RUN = FileKind(
    "wordvec training run",
    "a checkpoint of a training run",
    "Train with the model that it was written for; if it is damaged, remove it to start anew.",
    "resuming a Transformer's training",
)
PRETRAINED = FileKind(
    "pt", "the weights of a Transformer", "Write or fetch it again.", "from_pretrained", is_foreign=True
)
VOCABULARY = FileKind(
    "wordvec vocabulary", "a vocabulary", "Build the vocabulary again from its corpus.", "Vocabulary.load"
)
PHRASES = FileKind("wordvec phrases", "a table of phrases", "Find the phrases again.", "Phrases.load")
TOKEN_CORPUS = FileKind(
    "wordvec token corpus", "the description of a token corpus", "Build it again.", "TokenCorpus.open"
)
ESTIMATOR = FileKind(
    "wordvec estimator", "the description of an estimator", "Save it again.", "the estimator's load"
)
COMPLETION = FileKind(
    "wordvec completion",
    "a completion of an endpoint",
    "Remove it: the endpoint is asked again.",
    "HTTPGenerator with its cache",
)
KINDS = {
    kind.name: kind
    for kind in (
        VECTORS,
        NEIGHBORS,
        MAP,
        MODEL,
        EMBEDDING_CLASSIFIER,
        TEXT_CLASSIFIER,
        VECTORIZER,
        NBSVM,
        CLEANER,
        AUGMENTER,
        TOPICS,
        READER,
        SUMMARIZER,
        SELECTOR,
        DEMONSTRATIONS,
        IN_CONTEXT,
        TAGGER,
        TOKEN_FEATURES,
        COUNTS,
        TRAINING_RUN,
        PRETRAINED,
        VOCABULARY,
        PHRASES,
        TOKEN_CORPUS,
        ESTIMATOR,
        COMPLETION,
    )  # fmt: skip
}
# All that parts of a file that do not fit each other can raise. A header that lies may promise more than fits into
# memory. NumPy reads the header of an array with Python's tokenizer.
CONTENT_ERRORS = (
    LookupError, TypeError, ValueError, AttributeError, RecursionError, OverflowError, MemoryError, EOFError,
    SyntaxError, tokenize.TokenError, NotImplementedError,
)  # fmt: skip


def check_version(version: int, newest: int) -> None:
    """Raise UnreadableFileError if the format of a file is newer than the one that is known here."""
    if version > newest:
        raise UnreadableFileError(f"a newer version of wordvec wrote it (format {version}). Update wordvec")


def checked_version(kind: FileKind, metadata: Mapping[str, str], is_sealed: bool = True) -> int:
    """Return the version of a file's format; raise UnreadableFileError if it is another kind of file, or newer."""
    found = metadata.get("format")
    if found != kind.name:
        other = KINDS.get(found or "")
        if other is not None and not (kind.is_foreign and other.is_foreign):
            raise UnreadableFileError(f"it holds something else, {other.noun}: {other.reader} reads it")
        if not kind.is_foreign:
            raise UnreadableFileError("it holds something else")
    if kind.is_foreign and not is_sealed and not (found or "").startswith("wordvec"):
        return 1
    version = metadata.get("version")
    if version is None or not version.isdecimal():
        raise DamagedFileError("it is damaged: it does not say which version of the format it has")
    check_version(int(version), kind.version)
    return int(version)


def check_exists(path: Path, kind: FileKind) -> None:
    """Raise FileNotFoundError unless there is a file."""
    if not path.is_file():
        reason = ": that is a folder" if path.is_dir() else ""
        raise FileNotFoundError(f"There is no file {str(path)!r} with {kind.noun}{reason}. Check the path.")


@contextlib.contextmanager
def unreadable_as(
    source: str, kind: FileKind, *, passing: tuple[type[Exception], ...] = ()
) -> Iterator[None]:
    """Turn every error in reading `source`, "The file ..." for example, into one ValueError."""
    try:
        yield
    except passing:
        raise
    except CONTENT_ERRORS as error:
        reason = str(error).rstrip(".")
        if isinstance(error, KeyError):
            reason = f"it lacks {error}"
        elif not isinstance(error, (TypeError, ValueError)):
            reason = f"it is damaged ({error!r})"
        raise ValueError(f"{source} cannot be read as {kind.noun}: {reason}. {kind.fix}".rstrip()) from error
