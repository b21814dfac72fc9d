"""What a single tag means: its letter, its type, and which tags may follow which; the parts of `schemes`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from wordvec._utils.messages import shown

# A role is a letter of BIOES and a type.
Role = tuple[str, str]

UNTYPED = "_"
OUTSIDE: Role = ("O", "")
# The letters of each scheme, in the order in which BIOES has them: begin, inside, end, single.
LETTERS = {"IOB1": "BI", "IOB2": "BI", "BIOES": "BIES", "BMES": "BMES", "BILOU": "BILU"}
# No letter means different things in two schemes.
_MEANINGS = {letter: meaning for letters in LETTERS.values() for letter, meaning in zip(letters, "BIES")}
SCHEMES = tuple(LETTERS)


def is_tag(tag: Any, scheme: str | None = None) -> bool:
    """Return whether something is a tag of a scheme, or of any scheme for None."""
    return isinstance(tag, str) and read_role(tag, scheme) is not None


@lru_cache(maxsize=1 << 12)
def read_role(tag: str, scheme: str | None) -> Role | None:
    """Return what a tag means, or None if it is not a tag of the scheme (of any scheme for None)."""
    if tag == "O":
        return OUTSIDE
    letters: Any = _MEANINGS if scheme is None else LETTERS[scheme]
    letter, hyphen, kind = tag.partition("-")
    if len(letter) != 1 or letter not in letters or bool(hyphen) != bool(kind):
        return None
    return _MEANINGS[letter], kind or UNTYPED


def read_roles(tags: Sequence[str], scheme: str | None, name: str) -> list[Role]:
    """Return what each tag of a list means, or raise for one that is not of the scheme."""
    check_tag_list(tags, name)
    roles = []
    for k, tag in enumerate(tags):
        role = read_role(tag, scheme) if isinstance(tag, str) else None
        if role is None:
            rule = f"a tag of {scheme}" if scheme else f"a tag of any of {', '.join(SCHEMES)}"
            raise ValueError(
                f'{name}[{k}] must be {rule}: a letter with or without a type, such as "B-PER", or "O". '
                f"Got {shown(tag)} instead."
            )
        roles.append(role)
    return roles


def is_allowed(before: Role, role: Role, scheme: str) -> bool:
    """Return whether `role` may follow `before`; the edges of a sentence count as outside."""
    goes_on = before[0] in "BI" and before[1] == role[1]
    if scheme == "IOB1":
        return role[0] != "B" or goes_on
    if scheme == "IOB2":
        return role[0] != "I" or goes_on
    return role[0] in "IE" and goes_on if before[0] in "BI" else role[0] in "OBS"


def check_tag_list(tags: Any, name: str) -> None:
    """Raise TypeError unless the tags of a sentence are a list or the like."""
    if isinstance(tags, str):
        raise TypeError(
            f"{name} is a str ({tags[:20]!r}), so every letter would be a tag. Pass a list of tags."
        )
    if not isinstance(tags, Iterable) or not hasattr(tags, "__len__"):
        raise TypeError(f"{name} must be a list of tags. Got {shown(tags)} instead.")


def checked_sequences(tag_sequences: Any, name: str = "tag_sequences") -> Iterator[Sequence[str]]:
    """Yield the tags of each sentence, or raise TypeError if they are no lists."""
    if isinstance(tag_sequences, str):
        raise TypeError(f"{name} is a str ({tag_sequences[:20]!r}). Pass a list of tags for each sentence.")
    if not isinstance(tag_sequences, Iterable):
        raise TypeError(
            f"{name} must be a list with a list of tags for each sentence. Got {shown(tag_sequences)} instead."
        )
    for number, tags in enumerate(tag_sequences):
        check_tag_list(tags, f"{name}[{number}]")
        yield tags
