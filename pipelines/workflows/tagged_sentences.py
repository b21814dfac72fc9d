"""Tagging of files and of text by a tagger, sentence by sentence."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
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

    from ..tagging.crf import CRFTagger

# Sentences that are tagged at a time: enough for all threads, little memory.
BATCH = 4096


@dataclass(frozen=True)
class TaggedSentence:
    """The tags of one sentence, with their probabilities. A blank line of text is a sentence without tokens.

    Attributes
    ----------
    tokens, tags : sequence of str (T,)
    rows : list of list of str (T,)
        The columns of each token in the file, the token alone if it is text.
    nbest : list of (tags, probability)
        The most probable sequences, if asked for.
    marginals : float64 (T, L), optional
        The probability of each tag, if asked for.
    text : str, optional
        The line of text; None for a sentence of a file with columns.
    offsets : list of (int, int)
        Where each token begins and ends in `text`, in characters.
    line : int, optional
        The number of that line.
    sentence : (int, int), optional
        Where the sentence begins and ends in `text`, if the line was split into sentences.
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
class _Source:
    """A sentence before it is tagged; fields as those of `TaggedSentence`."""

    tokens: Any
    rows: list[list[str]]
    text: str | None = None
    offsets: Sequence[tuple[int, int]] = ()
    line: int | None = None
    sentence: tuple[int, int] | None = None


def tag_file(
    tagger: CRFTagger,
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
        CoNLL, CoNLL-U, or text with a sentence a line.
    layout : TaggedLayout
    tokenizer : {"whitespace", "word", "ptb", "ud", "zh", "chars"} or callable, optional
        How a line of text becomes tokens; by default as in the tagger's training data.
    split_sentences : bool
        Whether a line of text may hold several sentences, which are tagged one by one.
    nbest : int, optional
        How many sequences to find beside the tags.
    marginals : bool
        Whether to find the probability of each tag.

    Raises
    ------
    OSError, ImportError, ValueError
        If the file cannot be read, or is not what `layout` says.
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
            yield TaggedSentence(
                tokens=list(source.tokens),
                tags=tags[s],
                rows=source.rows,
                nbest=best[s] if best else [],
                marginals=tables[s] if tables else None,
                text=source.text,
                offsets=source.offsets,
                line=source.line,
                sentence=source.sentence,
            )


def _read_sentences(
    tagger: CRFTagger,
    path: Path,
    layout: TaggedLayout,
    tokenizer: str | Tokenizer | None,
    split_sentences: bool,
) -> Iterable[_Source]:
    check_choice("format", layout.format or "text", "tag_file", (*TAGGED_FORMATS, "text"))
    extractor = extractor_of(tagger)
    if is_text(path, layout, set(tagger.classes_.tolist())):
        yield from _read_text(tagger, path, layout, tokenizer, split_sentences)
        return
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
    corpus = read_as_trained(tagger, path, layout, has_tags=False)
    X = sentences_of(corpus, extractor.columns, path)
    columns = [corpus.tokens] if is_conllu(path, layout) else list(corpus.columns.values())
    for tokens, *fields in zip(X, *columns):
        yield _Source(tokens, list(map(list, zip(*fields))))


def _read_text(
    tagger: CRFTagger,
    path: Path,
    layout: TaggedLayout,
    tokenizer: str | Tokenizer | None,
    split_sentences: bool,
) -> Iterator[_Source]:
    from ..tagging.files.lines import existing_file, numbered_lines
    from ..tagging.raw_text import sentence_offsets

    file = existing_file(path, "tag_file", layout.encoding, layout.errors)
    find: SpanTokenizer | None = None
    for number, line in numbered_lines(file, layout.encoding, layout.errors):
        if not line.strip():
            yield _Source([], [], line, (), number)
            continue
        # What is assumed is told where there is something to split.
        find = find or tagger.text_tokenizer(tokenizer)
        for sentence, offsets in sentence_offsets(line, find, split_sentences):
            tokens = [line[a:b] for a, b in offsets]
            rows = [[token] for token in tokens]
            yield _Source(tokens, rows, line, offsets, number, sentence if split_sentences else None)
