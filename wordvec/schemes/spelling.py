"""Span tags in unusual spellings: ``B_PER``, ``PER-B``, ``b-per``, ``0`` for ``O``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

__all__ = ["usual_spellings"]

# "B_PER", "b-per", "B/PER", "B.PER"; "PER-B", "PER_B".
_MARKS = r"[-_/:.+|－]"
_PREFIX_BEFORE = re.compile(rf"([BIESLUMWbieslumw]){_MARKS}(.+)")
_PREFIX_AFTER = re.compile(rf"(.+){_MARKS}([BIESLUMW])")
# What stands for "O" in data that have none, in lower case.
_OUTSIDE = frozenset({"0", "-", "_", "x", "none", "null", "other", "out", "outside"})


def usual_spellings(tag_sequences: Iterable[Sequence[str]]) -> dict[str, str]:
    """Return the usual spelling of each unusually spelt tag, if all tags look like span tags; otherwise {}.

    Parameters
    ----------
    tag_sequences : iterable of sequences of str
        Tags for which `detect_scheme` finds no scheme.

    Examples
    --------
    >>> usual_spellings([["B_PER", "I_PER", "O"]])
    {'B_PER': 'B-PER', 'I_PER': 'I-PER'}
    >>> usual_spellings([["B-PER", "0", "0"]])
    {'0': 'O'}
    >>> usual_spellings([["NNP", "VBZ"]])
    {}
    """
    distinct = sorted({tag for tags in tag_sequences for tag in tags if isinstance(tag, str)})
    spelled = {tag: new for tag in distinct if (new := _usual_spelling(tag)) is not None}
    others = [tag for tag in distinct if tag not in spelled and tag != "O"]
    if (
        len(others) == 1
        and "O" not in distinct
        and "O" not in spelled.values()
        and others[0].lower() in _OUTSIDE
    ):
        spelled[others[0]] = "O"
    elif others:
        return {}
    prefixes = {new.partition("-")[0] for new in spelled.values()}
    if "B" not in prefixes and not {"I", "E"} <= prefixes:
        return {}
    return {tag: new for tag, new in spelled.items() if tag != new}


def _usual_spelling(tag: str) -> str | None:
    """Return the usual spelling of a span tag, or None if it cannot be read as one."""
    if tag == "o":
        return "O"
    before, after = _PREFIX_BEFORE.fullmatch(tag), _PREFIX_AFTER.fullmatch(tag)
    if before is not None:
        prefix, kind = before.groups()
    elif after is not None:
        kind, prefix = after.groups()
    else:
        return None
    return f"{prefix.upper()}-{kind.upper() if tag.islower() else kind}"
