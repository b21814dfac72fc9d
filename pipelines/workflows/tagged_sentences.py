"""Tagging of files and of text by a tagger, sentence by sentence."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wordvec._utils.errors import AdvisedError
from wordvec._utils.validation import check_choice, check_int

from ..datasets.tagged_files import (
    DEFAULT_TAGGED,
    TaggedLayout,
    extractor_of,
    is_conllu,
    is_text,
    read_as_trained,
    read_text,
    sentences_of,
)

if TYPE_CHECKING:
    import numpy as np

    from ..tagging.crf import CRFTagger

# Sentences that are tagged at a time: enough for all threads, little memory.
BATCH = 4096


@dataclass(frozen=True)
class TaggedSentence:
    """The tags of one sentence, with their probabilities.

    Attributes
    ----------
    tokens, tags : sequence of str (T,)
    rows : list of list of str (T,)
        The columns of each token in the file, the token alone if it is text.
    nbest : list of (tags, probability)
        The most probable sequences, if asked for.
    marginals : float64 (T, L), optional
        The probability of each tag, if asked for.
    """

    tokens: Sequence[str]
    tags: list[str]
    rows: list[list[str]]
    nbest: list[tuple[list[str], float]]
    marginals: np.ndarray | None


def tag_file(
    tagger: CRFTagger,
    path: Path,
    layout: TaggedLayout = DEFAULT_TAGGED,
    *,
    tokenizer: str | None = None,
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
    tokenizer : {"whitespace", "word", "zh", "chars"}, optional
        How a line of text becomes tokens.
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
    sentences = iter(_read_sentences(tagger, path, layout, tokenizer))
    while batch := list(itertools.islice(sentences, BATCH)):
        X = [tokens for tokens, _ in batch]
        tags = tagger.predict(X)
        best = [] if nbest is None else tagger.predict_nbest(X, nbest)
        tables = tagger.predict_marginals(X) if marginals else []
        for s, (tokens, rows) in enumerate(batch):
            yield TaggedSentence(
                tokens=list(tokens),
                tags=tags[s],
                rows=rows,
                nbest=best[s] if best else [],
                marginals=tables[s] if tables else None,
            )


def _read_sentences(
    tagger: CRFTagger, path: Path, layout: TaggedLayout, tokenizer: str | None
) -> Iterable[tuple[Any, list[list[str]]]]:
    """Yield the tokens of each sentence, and the columns of each token."""
    check_choice("format", layout.format or "text", "tag_file", ("conll", "conllu", "text"))
    extractor = extractor_of(tagger)
    if is_text(path, layout, set(tagger.classes_.tolist())):
        if extractor.columns:
            raise AdvisedError(
                f"The tagger needs the columns {', '.join(extractor.columns)} beside the words, which text does not "
                "have.",
                "a CoNLL file, with {format='conll'}",
            )
        name = tokenizer or ("chars" if extractor.kind == "char" else "whitespace")
        for tokens in read_text(path, name, layout.encoding):
            yield tokens, [[token] for token in tokens]
        return
    if tokenizer is not None:
        raise AdvisedError(
            "The tokenizer is for text, and this file has columns.",
            advice="Leave {tokenizer} out, or add {format='text'}.",
        )
    corpus = read_as_trained(tagger, path, layout, has_tags=False)
    X = sentences_of(corpus, extractor.columns, path)
    columns = [corpus.tokens] if is_conllu(path, layout) else list(corpus.columns.values())
    for tokens, *fields in zip(X, *columns):
        yield tokens, list(map(list, zip(*fields)))
