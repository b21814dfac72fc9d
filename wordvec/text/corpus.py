"""A corpus to read (`LineCorpus`) and a corpus to train on (`EncodedCorpus`, made by `encode_corpus`)."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from wordvec._io.parts import Source, size_of
from wordvec._io.spill import GrowingArray
from wordvec._io.tables import Rows
from wordvec._io.text_files import expand_sources, is_utf8, read_lines
from wordvec._utils.errors import ParameterError
from wordvec._utils.messages import counted
from wordvec._utils.parameters import Boolean, Choice, Having, Instance, TextEncoding, check_parameters
from wordvec._utils.validation import check_int
from wordvec.text.encoding import Progress, SentenceEncoder, WordIndex
from wordvec.text.lists import sentence_error
from wordvec.text.numbering.cutting import WORD_KINDS
from wordvec.text.numbering.files import number_files
from wordvec.text.numbering.table import WordTable
from wordvec.text.numbering.threads import THREAD_BYTES, threads_for
from wordvec.text.phrases.joiner import PhraseJoiner, StreamJoiner
from wordvec.text.token_stream import TokenStream
from wordvec.text.tokenizers import CORPUS_TOKENIZER_RULE, Tokenizer, resolve_tokenizer
from wordvec.text.vocabulary import Vocabulary, check_limits, select_words
from wordvec.text.word_boundaries import warn_of_tokens

DEFAULT_MAX_MEMORY = 2 << 30
MIN_MAX_MEMORY = 1 << 20

_BLOCK_BYTES = 1 << 19  # of text; from 256 KiB to 2 MiB the speed is the same
_WORDS_BATCH = 1 << 16


class LineCorpus:
    r"""Sentences from text files, one per line; can be iterated any number of times.

    Lines end at ``"\n"`` only; a line without tokens gives no sentence. Iterating needs memory for one line.

    Parameters
    ----------
    paths : str, Path or a list of them, or a data set
        Files, folders (every file in them and below, sorted; hidden ones are skipped) and globs, also at addresses that
        fsspec knows (``"s3://bucket/texts/*.gz"``, https, gs, memory and others; extra ``remote``). Files that end in
        .gz, .bz2, .xz or .zst are decompressed; of those that end in .parquet, a column is read (extra ``parquet``).
        A data set is one of Hugging Face's `datasets` or of Ray Data. The list of files is made at once, here.
    tokenizer : {"whitespace", "word", "ptb", "ud", "zh", "chars"} or callable
        See `wordvec.text.tokenizers.resolve_tokenizer`. "whitespace" and "word" are by far the fastest in
        `encode_corpus`.
    lowercase : bool
        Whether tokens are lower-cased.
    encoding : str
    errors : {"strict", "replace", "ignore"}
        What to do with bytes that are invalid in `encoding`: raise, replace them by U+FFFD, leave them out.
    text_column : str
        The column of Parquet files and data sets that holds the text, each row of which is one or more lines.
    phrases : Phrases, optional
        Fitted `wordvec.text.Phrases`, which are joined wherever the corpus is read.

    Attributes
    ----------
    files : list of Path
        The sources that are read; one that is not a local file is an object whose str names it.

    Raises
    ------
    FileNotFoundError
        If a path does not exist, a folder is empty, or a glob matches nothing.
    ImportError
        If the tokenizer, an address or a Parquet file needs a library that is not installed.
    OSError
        If an address does not answer.
    TypeError, ValueError
        If a parameter is invalid, or there is no such column of text.
    """

    _parameter_rules = {
        "tokenizer": CORPUS_TOKENIZER_RULE,
        "lowercase": Boolean(),
        "encoding": TextEncoding(),
        "errors": Choice("strict", "replace", "ignore"),
        "text_column": Instance(str),
        "phrases": Having("make_joiner", "join", fix="Pass a fitted Phrases.") | None,
    }

    def __init__(
        self,
        paths: Any,
        tokenizer: str | Tokenizer = "whitespace",
        lowercase: bool = False,
        encoding: str = "utf-8",
        errors: str = "strict",
        text_column: str = "text",
        phrases: Any = None,
    ) -> None:
        self.tokenizer = tokenizer
        self.lowercase = lowercase
        self.encoding = encoding
        self.errors = errors
        self.text_column = text_column
        self.phrases = phrases
        check_parameters(self)
        self.joiner: PhraseJoiner | None = None if phrases is None else phrases.make_joiner()
        self.files: list[Source] = expand_sources(paths, text_column, "LineCorpus")
        has_rows = any(isinstance(file, Rows) for file in self.files)
        if not is_utf8(encoding) and has_rows:
            rule = "be 'utf-8' for Parquet files and data sets"
            raise ParameterError("encoding", "LineCorpus", rule, encoding)
        if text_column != "text" and not has_rows:
            rule = "be left out where there is no Parquet file or data set"
            raise ParameterError("text_column", "LineCorpus", rule, text_column)
        self.tokenize = resolve_tokenizer(tokenizer, bool(lowercase))

    def __iter__(self) -> Iterator[list[str]]:
        sentences = self._sentences()
        return sentences if self.phrases is None else self.phrases.join(sentences)

    def _sentences(self) -> Iterator[list[str]]:
        for file in self.files:
            for line, _, _ in read_lines(file, self.encoding, self.errors):
                tokens = self.tokenize(line)
                if tokens:
                    yield tokens

    def count_words(self, progress: Progress | None = None) -> dict[str, int]:
        """Return how often each word occurs, in order of first occurrence.

        Parameters
        ----------
        progress : callable, optional
            Called as ``progress(done, total)``, in bytes.

        Raises
        ------
        ValueError
            If a file cannot be read as text.
        """
        words = read_words(self, lambda items: None, _BLOCK_BYTES, progress, DEFAULT_MAX_MEMORY)
        return dict(zip(words.select(np.arange(len(words.counts))), words.counts.tolist()))

    def warn_of_tokens(self) -> None:
        """Warn if a sample of the text shows that white space alone does not make words of it.

        Warns
        -----
        AdvisedWarning
            Where "whitespace" or "word" leaves clauses of a script without blanks (Chinese, Japanese, Thai), and where
            "whitespace" leaves punctuation on words.
        """
        if self.tokenizer in ("whitespace", "word"):
            warn_of_tokens(self.files, self.tokenize, self.encoding, self.errors)

    def with_phrases(self, phrases: Any) -> LineCorpus:
        """Return the same corpus with phrases joined, see `wordvec.text.Phrases`; the files are those of this one."""
        corpus = copy.copy(self)
        corpus.phrases = phrases
        check_parameters(corpus)
        corpus.joiner = phrases.make_joiner()
        return corpus

    def __repr__(self) -> str:
        files = str(self.files[0]) if len(self.files) == 1 else f"{counted(len(self.files), 'file')}"
        return f"LineCorpus({files!r}, tokenizer={self.tokenizer!r}, lowercase={self.lowercase})"


def files_here(corpus: LineCorpus, owner: str) -> list[Path]:
    """Return the files of a corpus; raise ValueError if one is not a text file of this machine."""
    for file in corpus.files:
        if not isinstance(file, Path):
            raise ValueError(
                f"{owner} reads text files of this machine, which {str(file)!r} is not. Write its text to a file first."
            )
    return [file for file in corpus.files if isinstance(file, Path)]


@dataclass(frozen=True)
class EncodedCorpus:
    """A corpus as ids: sentence s is ``token_ids[starts[s]:starts[s + 1]]``; none is empty.

    The arrays may be mapped from temporary files, which are gone when the arrays are.

    Attributes
    ----------
    token_ids : int32 (n_tokens,)
        Places in the vocabulary; words that are not in it are left out.
    starts : int64 (n_sentences + 1,)
    n_raw_tokens : int
        Tokens in the text, including those left out.
    """

    token_ids: np.ndarray
    starts: np.ndarray
    n_raw_tokens: int


class Words(NamedTuple):
    """The distinct words of a text, in order of first occurrence."""

    counts: np.ndarray  # int64 (n_words,)
    select: Callable[[np.ndarray], list[str]]  # the words with these numbers
    groups: np.ndarray | None  # int32 (n_provisional,): number of the word, -1 for none; None if all the same


def encode_corpus(
    corpus: LineCorpus | Iterable[Iterable[str]],
    *,
    vocabulary: Vocabulary | None = None,
    min_count: int = 5,
    max_vocab_size: int | None = None,
    max_memory: int = DEFAULT_MAX_MEMORY,
    progress: Progress | None = None,
) -> tuple[Vocabulary, EncodedCorpus]:
    """Count the words of a corpus and turn it into ids, in one reading.

    Parameters
    ----------
    corpus : LineCorpus or iterable of sentences (lists of str)
        No token is dropped for the length of its line.
    vocabulary : Vocabulary, optional
        Use these words instead of counting; `min_count` and `max_vocab_size` are then not used.
    min_count : int
        Rarer words are left out.
    max_vocab_size : int, optional
        The number of words that are kept, the most frequent ones; all by default.
    max_memory : int
        Bytes that the call may allocate beyond the distinct words of the text. The result takes 4 bytes per
        token and 8 per sentence; beyond the limit they are written to unnamed files in
        `tempfile.gettempdir()` and mapped. At least 1 MiB; 2 GiB by default. The distinct words take about 80
        bytes and their own bytes each (200 if the text is split by another tokenizer than "whitespace" or "word",
        lower-cased, or in memory), and those kept about 150.
    progress : callable, optional
        Called as ``progress(done, total)``, in bytes for a `LineCorpus`, else in sentences; total is 0 if
        unknown.

    Returns
    -------
    vocabulary : Vocabulary
    encoded : EncodedCorpus

    Warns
    -----
    AdvisedWarning
        As `LineCorpus.warn_of_tokens`, unless there is a vocabulary.

    Raises
    ------
    TypeError
        If the corpus can be read only once, is a str, or holds something other than lists of str.
    ValueError
        If the corpus holds no tokens, no word is frequent enough or none is in `vocabulary`, or a file cannot
        be read as text; the message names the file and the line.
    OSError
        If a file cannot be read, or the disk for temporary files is full.
    """
    check_limits(min_count, max_vocab_size)
    check_int("max_memory", max_memory, "encode_corpus", MIN_MAX_MEMORY)
    (Instance(Vocabulary) | None).check("vocabulary", vocabulary, "encode_corpus")
    # Six blocks under way, 8 bytes per byte of text for the ids of three, and a chunk of ids: less than 40 bytes
    # per byte of a block, so at most half of the budget. More threads take at most a quarter of it.
    block_bytes = min(_BLOCK_BYTES, max_memory // 80)
    threads_bytes = max_memory // 4 if max_memory >= 8 * THREAD_BYTES else 0
    stream = TokenStream(max_memory - 40 * block_bytes - threads_bytes, chunk_items=block_bytes)
    if vocabulary is None and type(corpus) is LineCorpus:
        corpus.warn_of_tokens()
    words = read_words(corpus, stream.append, block_bytes, progress, max_memory)
    vocabulary, final_ids = final_ids_of(words, vocabulary, min_count, max_vocab_size)
    n_raw_tokens = int(words.counts.sum())
    n_tokens = int(words.counts[final_ids[:-1] >= 0].sum())
    if n_tokens == 0:
        raise ValueError(
            f"None of the {n_raw_tokens} tokens of the corpus is in the vocabulary "
            f"({counted(len(vocabulary), 'word')}). Check the corpus, its tokenizer and lowercase."
        )
    if words.groups is not None:
        final_ids = final_ids[words.groups]
    token_ids, starts = stream.finish(final_ids, n_tokens)
    return vocabulary, EncodedCorpus(token_ids, starts, n_raw_tokens)


def read_words(
    corpus: Any,
    emit: Callable[[np.ndarray], object],
    block_bytes: int,
    progress: Progress | None,
    max_memory: int = 0,
) -> Words:
    """Read a corpus once, hand provisional ids and LINE_END to `emit`, and return its words.

    More threads than one take up to a quarter of `max_memory`.
    """
    is_corpus = type(corpus) is LineCorpus
    joiner = StreamJoiner(corpus.joiner) if is_corpus and corpus.joiner is not None else None
    is_word = is_corpus and corpus.tokenizer == "word" and corpus.errors == "strict"
    if is_word or (is_corpus and corpus.tokenizer == "whitespace"):
        table = WordTable()
        n_seen = 0
        sizes = sum(map(size_of, corpus.files))
        n_threads = threads_for(sizes, max_memory)
        kinds = WORD_KINDS if is_word else None
        numbered = number_files(
            corpus.files, corpus.encoding, corpus.errors, table, kinds, block_bytes, n_threads
        )
        for n_read, items in numbered:
            if joiner is not None:
                new = table.words(corpus.errors, n_seen)
                items = joiner.feed(items, (word.lower() for word in new) if corpus.lowercase else new)
                n_seen = table.n_words
            emit(items)
            _report(progress, n_read, sizes)
        if joiner is not None:
            return _listed_words(joiner.words, joiner.counts)
        if corpus.lowercase or corpus.errors != "strict":
            return _merged_words(table, corpus.lowercase, corpus.errors)
        return Words(table.counts, table.select, None)
    encoder = SentenceEncoder(block_bytes)
    if is_corpus:
        encoded = _encode_lines(corpus, encoder, block_bytes, progress)
    else:
        encoded = encoder.encode(corpus, progress)
    n_seen = 0
    for items in encoded:
        if joiner is not None:
            items = joiner.feed(items, islice(encoder.index, n_seen, None))
            n_seen = len(encoder.index)
        emit(items)
    if joiner is not None:
        return _listed_words(joiner.words, joiner.counts)
    return _listed_words(list(encoder.index), encoder.counts)


def final_ids_of(
    words: Words, vocabulary: Vocabulary | None, min_count: int, max_vocab_size: int | None
) -> tuple[Vocabulary, np.ndarray]:
    """Return a vocabulary, the given one if there is one, and the id in it of each word.

    Returns
    -------
    vocabulary : Vocabulary
    final_ids : int32 (n_words + 1,)
        -1 for a word that is left out, and in the last place, which groups of -1 find.
    """
    n_words = len(words.counts)
    final_ids = np.full(n_words + 1, -1, np.int32)
    if vocabulary is None:
        order = select_words(words.counts, min_count, max_vocab_size)
        vocabulary = Vocabulary(words.select(order), words.counts[order], int(words.counts.sum()))
        final_ids[order] = np.arange(len(order))
    else:
        find = vocabulary.key_to_index.get
        for first in range(0, n_words, _WORDS_BATCH):
            numbers = np.arange(first, min(first + _WORDS_BATCH, n_words))
            final_ids[numbers] = [find(word, -1) for word in words.select(numbers)]
    return vocabulary, final_ids


def collect_items(
    corpus: Any, max_memory: int, progress: Progress | None, what: str
) -> tuple[GrowingArray, Words]:
    """Return the provisional ids and LINE_END of a corpus, int32, beyond `max_memory` in a file, and its words.

    `what` it is names it in the message when the disk is full.
    """
    items = GrowingArray(np.int32, what, _BLOCK_BYTES)

    def append(part: np.ndarray) -> None:
        if items.dtype.itemsize * (items.size + len(part)) > max_memory:
            items.spill()
        items.append(part)

    words = read_words(corpus, append, _BLOCK_BYTES, progress, max_memory)
    return items, words


def _listed_words(words: list[str], counts: np.ndarray, groups: np.ndarray | None = None) -> Words:
    return Words(counts, lambda numbers: [words[k] for k in numbers], groups)


def _merged_words(table: WordTable, lowercase: bool, errors: str) -> Words:
    """Merge the words that lower case or `errors` makes equal; "" is left out."""
    index = WordIndex()
    groups = np.empty(table.n_words, np.int32)
    for number, word in enumerate(table.words(errors)):
        groups[number] = index[word.lower() if lowercase else word] if word else -1
    counts = np.zeros(len(index), np.int64)
    np.add.at(counts, groups[groups >= 0], table.counts[groups >= 0])
    return _listed_words(list(index), counts, groups)


def _encode_lines(
    corpus: LineCorpus, encoder: SentenceEncoder, block_bytes: int, progress: Progress | None
) -> Iterator[np.ndarray]:
    sizes = [size_of(file) for file in corpus.files]
    # A callable may look at the whole line; the tokenizers that have a name do not look across white space.
    piece_chars = block_bytes if isinstance(corpus.tokenizer, str) else -1
    for number, file in enumerate(corpus.files):
        line_number = 1
        for text, ends_line, raw in read_lines(file, corpus.encoding, corpus.errors, piece_chars):
            tokens = corpus.tokenize(text)
            try:
                encoder.feed(tokens, ends_line)
            except TypeError as error:
                raise sentence_error(tokens, f"tokens of {str(file)!r}, line {line_number}", error) from error
            line_number += ends_line
            if encoder.is_full:
                yield encoder.flush()
                _report(progress, sum(sizes[:number]) + raw.tell(), sum(sizes))
    yield encoder.flush()
    _report(progress, sum(sizes), sum(sizes))


def _report(progress: Progress | None, done: int, total: int) -> None:
    if progress is not None:
        progress(done, total)
