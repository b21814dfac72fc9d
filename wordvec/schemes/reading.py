"""Tags as models learn from them: their scheme, and what is done about tags and steps that are not legal in it."""

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
    """How the tags of some sentences are read.

    Attributes
    ----------
    given, tags : sequence of sequences of str
        Those that were given, and those that are learned.
    scheme : str or None
        None for tags that encode no spans.
    strays : list of (int, int, str)
        Sentence, place and tag of those that are not of the scheme. Their sentences are respelled in it.
    n_illegal : int
        Steps from tag to tag that the scheme forbids, those to the ends of sentences counted, too.
    first_illegal : (int, int), optional
        Sentence and place of the tag that the first of them goes to; behind the last if that may not end a sentence.
    is_respelled : bool
        Whether illegal steps were more than a few, so that all sentences are read as `tags_to_spans` reads them, and
        are legal now.
    is_mixed : bool
        Whether the tags are of no scheme, but all of spans, so that `scheme` is the nearest one.
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
        """Return what was found amiss, a sentence each, and how it is read.

        Parameters
        ----------
        where : callable
            Returns the name of a place, for its sentence and token.
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
    """Find the scheme of some sentences' tags, and read those that break its rules.

    A few stray tags (see `detect_scheme`) are read as their own scheme means them, or as ``"O"``. Steps that the scheme
    forbids stay as they are if they are errors, at most one to fifty spans. Where they are more, and where tags are of
    several schemes at once, all tags are read as `tags_to_spans` reads them by default, and respelled.

    Parameters
    ----------
    tag_sequences : sequence of sequences of str
        The tags of each sentence.
    scheme : str, optional
        One of those of `detect_scheme`; by default that which it finds.
    respell : bool
        Whether tags with more than a few illegal steps are respelled, as they should be to learn from them.

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
    """Return the tags that an estimator learns from, and their scheme; warn of what is amiss with them.

    Parameters
    ----------
    tags : list of lists of str
        The `y` of its `fit`.
    scheme : {"auto", a scheme} or None
        Its parameter: the scheme, which the tags must follow, or None for tags as they are.
    owner : str
        What messages call it.

    Raises
    ------
    ParameterError
        If the tags are not legal in the scheme that was passed; the message names the first that is not.
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
