"""Tagging of raw text: tokenisation as in training, tags, and spans with character offsets."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from wordvec._utils.assumptions import assume
from wordvec._utils.errors import AdvisedError, ParameterError
from wordvec._utils.fitted import check_fitted
from wordvec.schemes.spans import tags_to_spans
from wordvec.text.offsets import SPAN_TOKENIZERS, SpanTokenizer, fitting_tokenizer, span_tokenizer
from wordvec.text.sentences import sentence_spans

from .features.extractor import FeatureExtractor
from .options import OWNER

__all__ = ["TaggedText", "TextSpan", "TextTagger", "spans_of_text"]


@dataclass(frozen=True)
class TextSpan:
    """An entity, chunk or word of a tagged text.

    Attributes
    ----------
    type : str
    start, end : int
        Offsets in characters (code points) of the text: ``text[start:end]``.
    text : str
    token_start, token_end : int
        Offsets in tokens.
    """

    type: str
    start: int
    end: int
    text: str
    token_start: int
    token_end: int


@dataclass(frozen=True)
class TaggedText:
    """A text with its tokens, their tags, and the spans that the tags encode.

    Attributes
    ----------
    text : str
    tokens, tags : list of str (T,)
    offsets : list of (int, int)
        The character offsets of the beginning and end of each token in the text.
    spans : list of TextSpan
        None if the tags encode no spans.
    """

    text: str
    tokens: list[str]
    offsets: list[tuple[int, int]]
    tags: list[str]
    spans: list[TextSpan] | None

    def to_dict(self) -> dict[str, Any]:
        """Return all values as JSON types."""
        found = asdict(self)
        return found if self.spans is not None else {k: v for k, v in found.items() if k != "spans"}


def spans_of_text(text: str, offsets: Sequence[tuple[int, int]], tags: Sequence[str]) -> list[TextSpan]:
    """Return the spans that the tags of tokens encode, with their offsets in the text."""
    spans = []
    for kind, first, last in tags_to_spans(tags):
        start, end = offsets[first][0], offsets[last - 1][1]
        spans.append(TextSpan(kind, start, end, text[start:end], first, last))
    return spans


class TextTagger:
    """The part of `CRFTagger` that tags raw text."""

    classes_: np.ndarray
    scheme_: str | None
    features_: FeatureExtractor | None
    tokenizer_: str | None
    predict: Callable[[Sequence[Any]], list[list[str]]]

    def tag_text(
        self, text: str, tokenizer: str | Callable[[str], Any] | None = None, *, split_sentences: bool = False
    ) -> TaggedText:
        """Split a text into tokens as the training data were split, and tag them.

        Parameters
        ----------
        text : str
            A sentence; with `split_sentences`, several.
        tokenizer : {"whitespace", "word", "ptb", "ud", "zh", "chars"} or callable, optional
            As for `wordvec.text.span_tokenizer`; by default `tokenizer_`.
        split_sentences : bool
            Whether the sentences of `wordvec.text.sentence_spans` are tagged one by one.

        Returns
        -------
        TaggedText
            All offsets count characters of `text` as it was passed.

        Raises
        ------
        NotFittedError
            If the tagger is not fitted.
        TypeError, ValueError
            If `text` is not a str, or the tagger needs more than words.

        Examples
        --------
        >>> from wordvec.pipelines import CRFTagger
        >>> X = ["Ada met Bob in Rome .".split(), "Bob left Rome .".split(), "Eve stayed in Oslo .".split()]
        >>> y = ["B-PER O B-PER O B-LOC O".split(), "B-PER O B-LOC O".split(), "B-PER O O B-LOC O".split()]
        >>> tagger = CRFTagger(c2=0.1, verbose=False).fit(X, y)
        >>> [(span.type, span.start, span.end, span.text) for span in tagger.tag_text("Eve left Oslo.").spans]
        [('PER', 0, 3, 'Eve'), ('LOC', 9, 13, 'Oslo')]
        """
        return self.tag_texts([text], tokenizer, split_sentences=split_sentences)[0]

    def tag_texts(
        self,
        texts: Iterable[str],
        tokenizer: str | Callable[[str], Any] | None = None,
        *,
        split_sentences: bool = False,
    ) -> list[TaggedText]:
        """Tag several texts as `tag_text` does; this is faster than calling it for each text.

        Raises
        ------
        NotFittedError, TypeError, ValueError
            As for `tag_text`.
        """
        find = self.text_tokenizer(tokenizer)
        if isinstance(texts, (str, bytes)):
            rule, fix = "be a list of str", "Pass [text], or call tag_text."
            raise ParameterError("texts", f"{OWNER}.tag_texts", rule, texts, fix)
        checked = list(texts)
        for number, text in enumerate(checked):
            if not isinstance(text, str):
                raise TypeError(f"Text {number} must be a str. Got {type(text).__name__} instead.")
        parts = [list(sentence_offsets(text, find, split_sentences)) for text in checked]
        sentences = [
            [text[a:b] for a, b in offsets] for text, own in zip(checked, parts) for _, offsets in own
        ]
        tags = iter(self.predict(sentences))
        found = []
        for text, own in zip(checked, parts):
            offsets = list(itertools.chain.from_iterable(offsets for _, offsets in own))
            own_tags = [next(tags) for _ in own]
            spans: list[TextSpan] | None = None
            if self.scheme_ is not None:
                spans = []
                first = 0
                for (_, places), row in zip(own, own_tags):
                    spans += [
                        TextSpan(s.type, s.start, s.end, s.text, s.token_start + first, s.token_end + first)
                        for s in spans_of_text(text, places, row)
                    ]
                    first += len(places)
            joined = list(itertools.chain.from_iterable(own_tags))
            found.append(TaggedText(text, [text[a:b] for a, b in offsets], offsets, joined, spans))
        return found

    def text_tokenizer(self, tokenizer: str | Callable[[str], Any] | None = None) -> SpanTokenizer:
        """Return the function from a text to the offsets of its tokens; report the assumption if none was passed.

        Raises
        ------
        NotFittedError, ImportError, ValueError
            If the tagger is not fitted or needs more than words, or a library is missing.
        """
        check_fitted(self, "model_")
        if self.features_ is None or self.features_.columns:
            needs = (
                "lists of features"
                if self.features_ is None
                else f"the columns {', '.join(self.features_.columns)} in addition to the words"
            )
            raise AdvisedError(
                f"The tagger needs {needs}, which text does not have.",
                "a CoNLL file, with {format='conll'}",
            )
        if tokenizer is not None:
            return span_tokenizer(tokenizer, f"{OWNER}.tag_text")
        if self.tokenizer_ is None:
            name = "chars" if self.features_.kind == "char" else "whitespace"
            assume(f"the texts: tokens by the tokenizer {name!r}, as the tagger's file names none")
        else:
            name = self.tokenizer_
            assume(f"the texts: tokens as in the tagger's training data, tokenizer {name!r}")
        return span_tokenizer(name, f"{OWNER}.tag_text")


def sentence_offsets(
    text: str, find: SpanTokenizer, split_sentences: bool
) -> Iterator[tuple[tuple[int, int], list[tuple[int, int]]]]:
    """Yield the offsets of each sentence of a text and of its tokens; by default the text is one sentence."""
    if not split_sentences:
        yield (0, len(text)), find(text)
        return
    for begin, end in sentence_spans(text):
        yield (begin, end), [(a + begin, b + begin) for a, b in find(text[begin:end])]


def tokenizer_of_training(
    X: Sequence[Any], features: FeatureExtractor | None, texts: Sequence[str | None] = ()
) -> str | None:
    """Return the name of the tokenizer that produced the words of training sentences; None if tokens are features."""
    if features is None:
        return None
    if features.kind == "char":
        return "chars"
    return fitting_tokenizer(X, texts)


def checked_tokenizer(name: Any) -> str | None:
    """Return the tokenizer that a file names, or raise ValueError."""
    if name is not None and name not in SPAN_TOKENIZERS:
        raise ValueError(f"its tokenizer {name!r} is none of {', '.join(SPAN_TOKENIZERS)}")
    return name
