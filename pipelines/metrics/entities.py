"""Tagging metrics: entity-level precision, recall and F1, and token accuracy.

Entity scores equal seqeval's on the same tags, except that they are 0.0 without a warning where seqeval divides by
zero. Prefixes unknown to seqeval are read as their BIOES equivalents, as its strict mode does only for BILOU.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from wordvec._utils.messages import counted
from wordvec._utils.tables import format_score, format_table
from wordvec._utils.validation import check_bool, check_choice
from wordvec.schemes.detection import detect_scheme
from wordvec.schemes.prefixes import SCHEMES, checked_sequences
from wordvec.schemes.spans import Span, tags_to_spans

from .scores import Scores

__all__ = ["EntityScores", "SpanScore", "entity_scores", "token_accuracy"]

# Sentence, type, start, end.
LeftOut = tuple[int, str, int, int]
_Sentences = Iterable[Sequence[str]]


@dataclass(frozen=True)
class SpanScore:
    """Scores of one type of span, or an average over types.

    Attributes
    ----------
    precision, recall, f1 : float
        0.0 where the denominator is zero.
    support : int
        Number of spans in the true tags.
    """

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True)
class EntityScores(Scores):
    """Scores by exact match: a span is correct if its type, start and end are.

    Attributes
    ----------
    types : dict of str to SpanScore
        The score of each type.
    micro : SpanScore
        Over all spans, regardless of type.
    macro : SpanScore
        The mean over types.
    weighted : SpanScore
        The mean over types, weighted by support.
    left_out_true, left_out_predicted : list of (int, str, int, int)
        Sentence, type, start and end of the spans that strict reading leaves out, because their tags violate the
        scheme.
    """

    types: dict[str, SpanScore]
    micro: SpanScore
    macro: SpanScore
    weighted: SpanScore
    left_out_true: list[LeftOut] = field(default_factory=list)
    left_out_predicted: list[LeftOut] = field(default_factory=list)

    def format(self) -> str:
        """Return a table with a line for each type and each average."""
        averages = {
            "micro average": self.micro,
            "macro average": self.macro,
            "weighted average": self.weighted,
        }
        rows: list[tuple[str, ...]] = [("", "precision", "recall", "f1", "support")]
        rows += [
            (name, *map(format_score, (row.precision, row.recall, row.f1)), str(row.support))
            for name, row in (*self.types.items(), *averages.items())
        ]
        table = format_table(rows)
        left_out = _described(self.left_out_true, self.left_out_predicted)
        return f"{table}\n\nnot counted, as not legal: {left_out}" if left_out else table


def entity_scores(
    y_true: _Sentences, y_pred: _Sentences, scheme: str | None = None, strict: bool = False
) -> EntityScores:
    """Score predicted spans by exact match.

    Parameters
    ----------
    y_true, y_pred : iterables of sequences of str
        The tags of each sentence.
    scheme : str, optional
        One of those of `detect_scheme`. By default the prefixes of all schemes are understood; with `strict`, the
        scheme of `y_true` is detected.
    strict : bool
        How illegal sequences are read, see `tags_to_spans`. A warning counts the spans that strict reading leaves out,
        and the result lists them.

    Returns
    -------
    EntityScores

    Raises
    ------
    TypeError
        If the tags are not lists of lists.
    ValueError
        If the sentences differ in number or length, or a tag is not of the scheme.

    Examples
    --------
    >>> y_true = [["B-PER", "I-PER", "O", "B-LOC"], ["B-PER", "O"]]
    >>> y_pred = [["B-PER", "I-PER", "O", "B-LOC"], ["O", "B-LOC"]]
    >>> print(entity_scores(y_true, y_pred))
                      precision  recall      f1  support
    LOC                  0.5000  1.0000  0.6667        1
    PER                  1.0000  0.5000  0.6667        2
    micro average        0.6667  0.6667  0.6667        3
    macro average        0.7500  0.7500  0.6667        3
    weighted average     0.8333  0.6667  0.6667        3

    References
    ----------
    Tjong Kim Sang and De Meulder (2003), "Introduction to the CoNLL-2003 shared task", CoNLL.
    """
    if scheme is not None:
        check_choice("scheme", scheme, "entity_scores", SCHEMES)
    pairs = _paired(y_true, y_pred)
    if check_bool("strict", strict, "entity_scores") and scheme is None:
        scheme = detect_scheme(true for true, _ in pairs)
        if scheme is None and pairs:
            raise ValueError(
                "The scheme of y_true is unknown, and entity_scores needs it for strict=True. "
                f"Pass scheme as one of {', '.join(SCHEMES)}."
            )
    n_true: Counter[str] = Counter()
    n_predicted: Counter[str] = Counter()
    n_correct: Counter[str] = Counter()
    left_out: tuple[list[LeftOut], list[LeftOut]] = [], []
    for number, (true, predicted) in enumerate(pairs):
        true_spans = _spans(true, scheme, strict, f"y_true[{number}]")
        predicted_spans = _spans(predicted, scheme, strict, f"y_pred[{number}]")
        if strict:
            left_out[0].extend(_left_out(number, true, true_spans))
            left_out[1].extend(_left_out(number, predicted, predicted_spans))
        n_true.update(kind for kind, _, _ in true_spans)
        n_predicted.update(kind for kind, _, _ in predicted_spans)
        n_correct.update(kind for kind, _, _ in true_spans & predicted_spans)
    if described := _described(*left_out):
        warnings.warn(
            f"Spans that are not legal in {scheme} are not counted, as strict=True asks for: {described}.",
            stacklevel=2,
        )
    kinds = sorted(n_true | n_predicted)
    types = {kind: _score(n_correct[kind], n_predicted[kind], n_true[kind]) for kind in kinds}
    return EntityScores(
        types,
        _score(n_correct.total(), n_predicted.total(), n_true.total()),
        _mean(list(types.values()), [1] * len(types)),
        _mean(list(types.values()), [score.support for score in types.values()]),
        *left_out,
    )


def token_accuracy(y_true: _Sentences, y_pred: _Sentences) -> float:
    """Return the share of tokens with the correct tag; 0.0 if there are no tokens.

    Parameters
    ----------
    y_true, y_pred : iterables of sequences of str
        The tags of each sentence, of spans or of another kind.

    Raises
    ------
    TypeError
        If the tags are not lists of lists.
    ValueError
        If the sentences differ in number or length.

    Examples
    --------
    >>> token_accuracy([["DET", "NOUN"], ["VERB"]], [["DET", "NOUN"], ["NOUN"]])
    0.6666666666666666
    """
    n_tokens = n_correct = 0
    for true, predicted in _paired(y_true, y_pred):
        n_tokens += len(true)
        n_correct += sum(a == b for a, b in zip(true, predicted))
    return _ratio(n_correct, n_tokens)


def _paired(y_true: _Sentences, y_pred: _Sentences) -> list[tuple[Sequence[str], Sequence[str]]]:
    true_sentences = list(checked_sequences(y_true, "y_true"))
    predicted_sentences = list(checked_sequences(y_pred, "y_pred"))
    if len(true_sentences) != len(predicted_sentences):
        raise ValueError(
            f"y_true has {counted(len(true_sentences), 'sentence')} and y_pred has {len(predicted_sentences)}. "
            "Pass the tags of the same sentences."
        )
    pairs = list(zip(true_sentences, predicted_sentences))
    unequal = next((k for k, (true, predicted) in enumerate(pairs) if len(true) != len(predicted)), None)
    if unequal is not None:
        raise ValueError(
            f"y_true[{unequal}] has {counted(len(true_sentences[unequal]), 'tag')} and y_pred[{unequal}] has "
            f"{len(predicted_sentences[unequal])}. Pass a tag for each token of the same sentence."
        )
    return pairs


def _spans(tags: Sequence[str], scheme: str | None, strict: bool, name: str) -> set[Span]:
    try:
        return set(tags_to_spans(tags, scheme, strict=strict))
    except ValueError as error:
        raise ValueError(
            f"{name} cannot be read as spans: {error} For tags that are not spans there is token_accuracy."
        ) from error


def _left_out(number: int, tags: Sequence[str], kept: set[Span]) -> Iterator[LeftOut]:
    """Yield the spans of a sentence that strict reading left out."""
    yield from ((number, *span) for span in tags_to_spans(tags) if span not in kept)


def _described(true: Sequence[LeftOut], predicted: Sequence[LeftOut]) -> str:
    parts = []
    for name, found in (("y_true", true), ("y_pred", predicted)):
        if found:
            sentence, kind, start, end = found[0]
            parts.append(
                f"{counted(len(found), 'span')} of {name} (first {kind} at {name}[{sentence}][{start}:{end}])"
            )
    return " and ".join(parts)


def _score(n_correct: int, n_predicted: int, n_true: int) -> SpanScore:
    precision, recall = _ratio(n_correct, n_predicted), _ratio(n_correct, n_true)
    return SpanScore(precision, recall, _ratio(2 * precision * recall, precision + recall), n_true)


def _mean(scores: list[SpanScore], weights: list[int]) -> SpanScore:
    total = sum(weights)
    means = [
        _ratio(sum(weight * getattr(score, name) for weight, score in zip(weights, scores)), total)
        for name in ("precision", "recall", "f1")
    ]
    return SpanScore(means[0], means[1], means[2], sum(score.support for score in scores))


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
