"""Tagging of files and of text by a tagger, sentence by sentence."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wordvec._utils.errors import AdvisedError
from wordvec._utils.validation import check_choice, check_int

from ..datasets.tagged_detection import TAGGED_FORMATS
from ..datasets.tagged_files import (
    DEFAULT_TAGGED,
    TaggedLayout,
    extractor_of,
    is_conllu,
    is_text,
    read_as_trained,
    sentences_of,
)

if TYPE_CHECKING:
    import numpy as np

    from wordvec.text.offsets import SpanTokenizer
    from wordvec.text.tokenizers import Tokenizer

    from ..tagging.fitted import FittedTagger

# Sentences that are tagged at a time: enough for all threads, little memory.
BATCH = 4096


@dataclass(frozen=True)
class TaggedSentence:
    """The tags of one sentence, with their probabilities; a blank line of text is a sentence without tokens.

    Attributes
    ----------
    tokens, tags : sequence of str (T,)
    rows : list of list of str (T,)
        The columns of each token in the file; only the token if the file is text.
    nbest : list of (tags, probability)
        The most probable sequences, if requested.
    marginals : float64 (T, L), optional
        The probability of each tag, if requested.
    text : str, optional
        The line of text; None for a sentence of a file with columns.
    offsets : list of (int, int)
        The character offsets of the beginning and end of each token in `text`.
    line : int, optional
        The number of that line.
    sentence : (int, int), optional
        The character offsets of the sentence in `text`, if the line was split into sentences.
    """

    tokens: Sequence[str]
    tags: list[str]
    rows: list[list[str]]
    nbest: list[tuple[list[str], float]]
    marginals: np.ndarray | None
    text: str | None = None
    offsets: Sequence[tuple[int, int]] = ()
    line: int | None = None
    sentence: tuple[int, int] | None = None


@dataclass(frozen=True)
class SourceSentence:
    """A sentence before tagging; the fields are those of `TaggedSentence`."""

    tokens: Any
    rows: list[list[str]]
    text: str | None = None
    offsets: Sequence[tuple[int, int]] = ()
    line: int | None = None
    sentence: tuple[int, int] | None = None

    def tagged(
        self,
        tags: list[str],
        nbest: list[tuple[list[str], float]] | None = None,
        marginals: np.ndarray | None = None,
    ) -> TaggedSentence:
        """Return the sentence with its tags."""
        return TaggedSentence(
            tokens=list(self.tokens),
            tags=tags,
            rows=self.rows,
            nbest=nbest or [],
            marginals=marginals,
            text=self.text,
            offsets=self.offsets,
            line=self.line,
            sentence=self.sentence,
        )


def tag_file(
    tagger: FittedTagger,
    path: Path,
    layout: TaggedLayout = DEFAULT_TAGGED,
    *,
    tokenizer: str | Tokenizer | None = None,
    split_sentences: bool = False,
    nbest: int | None = None,
    marginals: bool = False,
) -> Iterator[TaggedSentence]:
    """Tag the sentences of a file.

    Parameters
    ----------
    tagger : CRFTagger
        Fitted on words, not on lists of features.
    path : Path
        CoNLL, CoNLL-U, or text with one sentence per line.
    layout : TaggedLayout
    tokenizer : {"whitespace", "word", "ptb", "ud", "zh", "chars"} or callable, optional
        How a line of text is split into tokens; by default as in the tagger's training data.
    split_sentences : bool
        Whether a line of text may hold several sentences, which are tagged one by one.
    nbest : int, optional
        Number of most probable sequences to return in addition to the tags.
    marginals : bool
        Whether to compute the probability of each tag.

    Raises
    ------
    OSError, ImportError, ValueError
        If the file cannot be read, or does not match `layout`.
    """
    if nbest is not None:
        check_int("nbest", nbest, "tag_file", 1)
    sentences = iter(_read_sentences(tagger, path, layout, tokenizer, split_sentences))
    while batch := list(itertools.islice(sentences, BATCH)):
        X = [source.tokens for source in batch]
        tags = tagger.predict(X)
        best = [] if nbest is None else tagger.predict_nbest(X, nbest)
        tables = tagger.predict_marginals(X) if marginals else []
        for s, source in enumerate(batch):
            yield source.tagged(tags[s], best[s] if best else None, tables[s] if tables else None)


def _read_sentences(
    tagger: FittedTagger,
    path: Path,
    layout: TaggedLayout,
    tokenizer: str | Tokenizer | None,
    split_sentences: bool,
) -> Iterable[SourceSentence]:
    check_choice("format", layout.format or "text", "tag_file", (*TAGGED_FORMATS, "text"))
    extractor = extractor_of(tagger)
    if is_text(path, layout, set(tagger.classes_.tolist())):
        yield from read_text(path, layout, lambda: tagger.text_tokenizer(tokenizer), split_sentences)
        return
    refuse_for_columns(tokenizer, split_sentences)
    corpus = read_as_trained(tagger, path, layout, has_tags=False)
    X = sentences_of(corpus, extractor.columns, path)
    columns = [corpus.tokens] if is_conllu(path, layout) else list(corpus.columns.values())
    for tokens, *fields in zip(X, *columns):
        yield SourceSentence(tokens, list(map(list, zip(*fields))))


def refuse_for_columns(tokenizer: str | Tokenizer | None, split_sentences: bool) -> None:
    """Raise ValueError if a file with columns is to be split, as only text can be."""
    if tokenizer is not None or split_sentences:
        name, what = (
            ("tokenizer", "tokenizer")
            if tokenizer is not None
            else ("split_sentences", "splitter of sentences")
        )
        raise AdvisedError(
            f"The {what} is for text, and this file has columns.",
            advice=f"Leave {{{name}}} out, or add {{format='text'}}.",
        )


def read_text(
    path: Path, layout: TaggedLayout, tokenizer: Callable[[], SpanTokenizer], split_sentences: bool
) -> Iterator[SourceSentence]:
    """Yield the sentences of a text; a blank line is one without tokens.

    Parameters
    ----------
    path : Path
    layout : TaggedLayout
    tokenizer : callable
        Returns the function from a line to the offsets of its tokens; called at the first line that is not blank,
        as what is assumed is told where there is something to split.
    split_sentences : bool
        Whether a line may hold several sentences.

    Raises
    ------
    OSError, ValueError
        If the file cannot be read.
    """
    from ..tagging.files.lines import existing_file, numbered_lines
    from ..tagging.raw_text import sentence_offsets

    file = existing_file(path, "tag_file", layout.encoding, layout.errors)
    find: SpanTokenizer | None = None
    for number, line in numbered_lines(file, layout.encoding, layout.errors):
        if not line.strip():
            yield SourceSentence([], [], line, (), number, (0, len(line)) if split_sentences else None)
            continue
        find = find or tokenizer()
        for sentence, offsets in sentence_offsets(line, find, split_sentences):
            tokens = [line[a:b] for a, b in offsets]
            rows = [[token] for token in tokens]
            yield SourceSentence(tokens, rows, line, offsets, number, sentence if split_sentences else None)
