"""Reading of tags for training: their scheme, and the handling of tags and transitions that are illegal in it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from wordvec._utils.errors import ParameterError
from wordvec._utils.messages import counted

from .conversion import convert_tags
from .detection import count_steps, illegal_steps, nearest_scheme
from .prefixes import checked_sequences
from .spans import tags_to_spans
from .spelling import usual_spellings
from .stray import find_stray_tags, without_stray_tags
from .transitions import validate_tags

__all__ = ["TagReading", "learned_tags", "read_tags"]

# Illegal steps, as a share of the spans, that are errors in the data rather than its habit.
_MOST_ILLEGAL = 0.02
_N_SHOWN = 3


@dataclass(frozen=True)
class TagReading:
    """The tags of sentences as read for training.

    Attributes
    ----------
    given, tags : sequence of sequences of str
        The tags as given, and as used for training.
    scheme : str or None
        None for tags that do not encode spans.
    strays : list of (int, int, str)
        Sentence, position and tag of the tags that are not of the scheme. Their sentences are rewritten in it.
    n_illegal : int
        The number of transitions that the scheme forbids, including those at the ends of sentences.
    first_illegal : (int, int), optional
        Sentence and position of the tag that the first of them leads to; one past the last tag if that may not end a
        sentence.
    is_respelled : bool
        Whether there were more than a few illegal transitions, so that all sentences were read like `tags_to_spans`
        does and rewritten, and are legal now.
    is_mixed : bool
        Whether the tags encode spans but follow no single scheme, so that `scheme` is the nearest one.
    """

    given: Sequence[Sequence[str]]
    tags: Sequence[Sequence[str]]
    scheme: str | None
    strays: list[tuple[int, int, str]]
    n_illegal: int = 0
    first_illegal: tuple[int, int] | None = None
    is_respelled: bool = False
    is_mixed: bool = False

    def problems(self, where: Callable[[int, int], str]) -> list[str]:
        """Return the problems found and how they are handled, one sentence each.

        Parameters
        ----------
        where : callable
            Returns the name of a position, given its sentence and token.
        """
        found = []
        if self.strays and self.is_mixed:
            places = self._listed(where, 1)
            found.append(
                f"The tags are of several schemes at once: {counted(len(self.strays), 'tag')} not of {self.scheme}, "
                f"the nearest one ({places}). They are read as the schemes that have them mean them, and respelled."
            )
        elif self.strays:
            found.append(
                f"{counted(len(self.strays), 'tag')} not of the scheme {self.scheme}, as all others are "
                f"({self._listed(where, _N_SHOWN)}). A tag of no scheme is read as O."
            )
        if self.first_illegal is not None:
            how = (
                "More than a few: all are read by the spans that they mark, and respelled"
                if self.is_respelled
                else "The tags stay as they are"
            )
            found.append(
                f"{counted(self.n_illegal, 'step')} from tag to tag not legal in {self.scheme}, the scheme that fits "
                f"best; the first is at {self._step(where, *self.first_illegal)}. {how}."
            )
        return found

    def _step(self, where: Callable[[int, int], str], sentence: int, place: int) -> str:
        tags = self.given[sentence]
        if place == len(tags):
            return f"{where(sentence, place - 1)}: {tags[-1]!r} at the end"
        after = f"after {tags[place - 1]!r}" if place else "at the beginning"
        return f"{where(sentence, place)}: {tags[place]!r} {after}"

    def _listed(self, where: Callable[[int, int], str], n_shown: int) -> str:
        listed = "; ".join(f"{where(s, t)}: {tag!r}" for s, t, tag in self.strays[:n_shown])
        return listed + (f"; and {len(self.strays) - n_shown:,} more" if len(self.strays) > n_shown else "")


def read_tags(
    tag_sequences: Sequence[Sequence[str]], scheme: str | None = None, *, respell: bool = True
) -> TagReading:
    """Find the scheme of the tags of sentences, and read tags that break its rules.

    A few stray tags (see `detect_scheme`) are read by the rules of their own scheme, or as ``"O"``. Illegal transitions
    are kept if they are few enough to be errors, at most one per fifty spans. If there are more, or tags are of several
    schemes at once, all tags are read as `tags_to_spans` reads them by default, and rewritten.

    Parameters
    ----------
    tag_sequences : sequence of sequences of str
        The tags of each sentence.
    scheme : str, optional
        One of those of `detect_scheme`; by default the detected one.
    respell : bool
        Whether tags with more than a few illegal transitions are rewritten, as they should be for training.

    Returns
    -------
    TagReading

    Raises
    ------
    TypeError
        If the tags are not lists of tags.

    Examples
    --------
    >>> reading = read_tags([["I-PER", "O", "B-LOC", "L-LOC"], ["U-PER"]])
    >>> reading.scheme, reading.n_illegal, reading.tags
    ('BILOU', 2, [['U-PER', 'O', 'B-LOC', 'L-LOC'], ['U-PER']])
    """
    given = list(checked_sequences(tag_sequences))
    steps = count_steps(given)
    is_mixed = False
    if scheme is None:
        scheme = nearest_scheme(steps, may_be_mixed=False)
        if scheme is None:
            scheme = nearest_scheme(steps, may_be_mixed=True)
            is_mixed = scheme is not None
    if scheme is None:
        return TagReading(given, given, None, [])
    strays = find_stray_tags(given, scheme)
    tags: Sequence[Sequence[str]] = given
    if strays:
        tags = without_stray_tags(given, scheme)
        steps = count_steps(tags)
    illegal = illegal_steps(steps, scheme)
    if not illegal:
        return TagReading(given, tags, scheme, strays, is_mixed=is_mixed)
    n_illegal = sum(steps[step] for step in illegal)
    first = next(
        (number, place)
        for number, row in enumerate(tags)
        for place, step in enumerate(pairwise([None, *row, None] if len(row) else []))
        if step in illegal
    )
    is_respelled = respell and n_illegal > _MOST_ILLEGAL * sum(len(tags_to_spans(row)) for row in tags)
    if is_respelled:
        tags = convert_tags(tags, scheme)
    return TagReading(given, tags, scheme, strays, n_illegal, first, is_respelled, is_mixed)


def learned_tags(tags: list[list[str]], scheme: str | None, owner: str) -> tuple[list[list[str]], str | None]:
    """Return the tags that an estimator learns from, and their scheme; warn about problems.

    Parameters
    ----------
    tags : list of lists of str
        The `y` of its `fit`.
    scheme : {"auto", a scheme} or None
        The estimator's parameter: the scheme that the tags must follow, or None for tags as they are.
    owner : str
        The name of the estimator in messages.

    Raises
    ------
    ParameterError
        If the tags are not legal in the scheme that was passed; the message names the first illegal tag.
    """
    if scheme is None:
        return tags, None
    if scheme != "auto":
        try:
            validate_tags(tags, scheme, name="y")
        except ValueError as error:
            reason = str(error).removesuffix(" Correct the tags.").rstrip(".")
            fix = f"{reason}. Convert them with convert_tags, or leave {{scheme}} out; None is for tags without spans."
            raise ParameterError("scheme", owner, "be the scheme of the tags", scheme, fix) from error
        return tags, scheme
    reading = read_tags(tags)
    if reading.scheme is None and (spelled := usual_spellings(tags)):
        warnings.warn(
            "The tags of y look like those of spans, but are not written as such, so that no spans are found. "
            f"Replace them to have spans: {spelled}. Pass scheme=None to learn them as they are.",
            stacklevel=3,
        )
    for problem in reading.problems(lambda sentence, token: f"tag {token} of sentence {sentence} of y"):
        warnings.warn(
            f"{problem} Correct the tags, or pass scheme={reading.scheme!r} to refuse them, or None to learn them as "
            "they are.",
            stacklevel=3,
        )
    return list(map(list, reading.tags)), reading.scheme
