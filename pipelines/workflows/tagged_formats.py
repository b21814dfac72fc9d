"""Output formats of tagged sentences: CoNLL, JSON lines, and text with the entities marked."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ..datasets.tagged_files import extractor_of
from .tagged_sentences import TaggedSentence

if TYPE_CHECKING:
    from ..tagging.fitted import FittedTagger

# ANSI codes of cyan, yellow, green, magenta, blue and red.
_COLOURS = (36, 33, 32, 35, 34, 31)


class Formatter:
    """A formatter of the predictions of one tagger as text.

    Parameters
    ----------
    labels : sequence of str
        The tags, in the order of the columns of marginals.
    has_spans : bool
        Whether the tags encode spans.
    between : str
        The separator of the tokens of a text.
    colour : bool
        Whether the text is coloured.
    """

    def __init__(self, labels: Sequence[str], *, has_spans: bool, between: str, colour: bool) -> None:
        self.labels = list(labels)
        self.has_spans = has_spans
        self.between = between
        self.colour = colour
        self._places = {label: place for place, label in enumerate(labels)}
        kinds = {label.partition("-")[2] for label in labels} if has_spans else labels
        self._colours = dict(zip(sorted(filter(None, kinds)), itertools.cycle(_COLOURS)))

    @classmethod
    def of_tagger(cls, tagger: FittedTagger, *, colour: bool = False) -> Formatter:
        """Return the formatter of a CRF tagger's predictions."""
        between = "" if extractor_of(tagger).kind == "char" else " "
        has_spans = tagger.scheme_ is not None
        return cls(tagger.classes_.tolist(), has_spans=has_spans, between=between, colour=colour)

    def conll(self, prediction: TaggedSentence) -> str:
        """Return a line for each token, with the tag after the other columns, and an empty line.

        With n-best each sequence has a line before it, with a number sign, its rank and its probability.
        """
        if not prediction.nbest:
            return self._conll_lines(prediction, prediction.tags)
        blocks = [
            f"# {rank} {p:.6f}\n{self._conll_lines(prediction, tags)}"
            for rank, (tags, p) in enumerate(prediction.nbest, 1)
        ]
        return "\n".join(blocks)

    def json(self, prediction: TaggedSentence) -> str:
        """Return a JSON object on one line.

        The ``start`` and ``end`` of a span count characters of ``text`` if the sentence is a line of text, else tokens,
        as ``unit`` says; ``token_start`` and ``token_end`` always count tokens.
        """
        found: dict[str, Any] = {}
        if prediction.text is not None:
            found["text"] = prediction.text
        if prediction.sentence is not None:
            found |= {"line": prediction.line, "sentence": prediction.sentence}
        found["tokens"] = list(prediction.tokens)
        if prediction.text is not None:
            found["offsets"] = prediction.offsets
        found["tags"] = prediction.tags
        if self.has_spans:
            found["unit"] = "tokens" if prediction.text is None else "characters"
            found["spans"] = self._json_spans(prediction)
        if prediction.nbest:
            found["nbest"] = [{"tags": tags, "probability": p} for tags, p in prediction.nbest]
        if prediction.marginals is not None:
            found["marginals"] = [dict(zip(self.labels, row)) for row in prediction.marginals.tolist()]
        return json.dumps(found, ensure_ascii=False, allow_nan=False)

    def _json_spans(self, prediction: TaggedSentence) -> list[dict[str, Any]]:
        if prediction.text is not None:
            from ..tagging.raw_text import spans_of_text

            return list(map(asdict, spans_of_text(prediction.text, prediction.offsets, prediction.tags)))
        return [
            {
                "type": kind,
                "start": start,
                "end": end,
                "text": self._text(prediction, start, end),
                "token_start": start,
                "token_end": end,
            }
            for kind, start, end in _spans(prediction.tags)
        ]

    def text(self, prediction: TaggedSentence) -> str:
        """Return the sentence with its spans or tags, in colour; a line for each of n-best."""
        if not prediction.nbest:
            return self._marked(prediction, prediction.tags)
        lines = [f"{p:.4f}  {self._marked(prediction, tags)}" for tags, p in prediction.nbest]
        return "\n".join(lines) + "\n"

    def _conll_lines(self, prediction: TaggedSentence, tags: list[str]) -> str:
        lines = []
        for t, (row, tag) in enumerate(zip(prediction.rows, tags)):
            fields = [*row, tag]
            if prediction.marginals is not None:
                fields.append(f"{self._probability(prediction, t, tag):.6f}")
            lines.append("\t".join(fields) + "\n")
        return "".join(lines)

    def _marked(self, prediction: TaggedSentence, tags: list[str]) -> str:
        return self._with_spans(prediction, tags) if self.has_spans else self._with_tags(prediction, tags)

    def _with_tags(self, prediction: TaggedSentence, tags: list[str]) -> str:
        words = []
        for t, (token, tag) in enumerate(zip(prediction.tokens, tags)):
            p = "" if prediction.marginals is None else f" {self._probability(prediction, t, tag):.2f}"
            words.append(token + self._painted(f"/{tag}{p}", tag))
        return " ".join(words)

    def _with_spans(self, prediction: TaggedSentence, tags: list[str]) -> str:
        if prediction.text is not None and not any(tag in ("B", "S") for tag in tags):
            return self._in_text(prediction, prediction.text, tags)
        parts: list[str] = []
        end_before = 0
        for kind, start, end in _spans(tags):
            parts += prediction.tokens[end_before:start]
            text = self._text(prediction, start, end)
            parts.append(self._labelled(prediction, text, kind, start, end, tags))
            end_before = end
        parts += prediction.tokens[end_before:]
        # Spaces separate segmented words.
        is_segmented = any(tag in ("B", "S") for tag in tags)
        return (" " if is_segmented else self.between).join(parts)

    def _in_text(self, prediction: TaggedSentence, text: str, tags: list[str]) -> str:
        """Return a line of text unchanged, with its spans marked."""
        first, last = prediction.sentence or (0, len(text))
        parts: list[str] = []
        for kind, start, end in _spans(tags):
            begin, stop = prediction.offsets[start][0], prediction.offsets[end - 1][1]
            parts += [
                text[first:begin],
                self._labelled(prediction, text[begin:stop], kind, start, end, tags),
            ]
            first = stop
        return "".join([*parts, text[first:last]])

    def _labelled(
        self, prediction: TaggedSentence, text: str, kind: str, start: int, end: int, tags: list[str]
    ) -> str:
        """Return the text of a span with its type, and its lowest probability if requested."""
        from wordvec.schemes.prefixes import UNTYPED

        label = "" if kind == UNTYPED else kind
        if prediction.marginals is not None:
            p = min(self._probability(prediction, t, tags[t]) for t in range(start, end))
            label = f"{label} {p:.2f}".strip()
        return self._painted(f"{text}[{label}]", kind) if label else text

    def _text(self, prediction: TaggedSentence, start: int, end: int) -> str:
        return self.between.join(prediction.tokens[start:end])

    def _probability(self, prediction: TaggedSentence, t: int, tag: str) -> float:
        assert prediction.marginals is not None
        return float(prediction.marginals[t, self._places[tag]])

    def _painted(self, text: str, kind: str) -> str:
        if not self.colour:
            return text
        colour = f"\x1b[{self._colours[kind]}m" if kind in self._colours else ""
        return f"{colour}\x1b[1m{text}\x1b[0m"


def _spans(tags: list[str]) -> list[tuple[str, int, int]]:
    from wordvec.schemes.spans import tags_to_spans

    return tags_to_spans(tags)
