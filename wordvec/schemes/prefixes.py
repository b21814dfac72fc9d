"""Tag prefixes: the meaning of each prefix in each scheme, and tags split into prefix and type.

=====  =============================================================================================
IOB1   I inside a span; B only where a span begins right after another of its type
IOB2   B begins each span, I continues it
IOE1   I inside a span; E only where a span ends right before another of its type
IOE2   E ends each span, I comes before it
BIOES  B begins, I continues, E ends a span of several tokens; S is a span of one token
BMES   BIOES with M for I; bare prefixes are the tags of Chinese word segmentation
BILOU  BIOES with L for E and U for S
BMEWO  BIOES with M for I and W for S
BIOS   BIOES without E: I ends a span of several tokens, too
BMS    BIOS with M for I
BIEO   BIOES without S: B is a span of one token, too
BMEO   BIEO with M for I
=====  =============================================================================================

A tag is a prefix, a hyphen and the type (``"B-PER"``), or the bare prefix of a span without a type, which
counts as type ``"_"``. ``"O"`` is a token outside all spans.

IOB1 is the scheme of Ramshaw and Marcus (1995), "Text chunking using transformation-based learning"; IOB2, IOE1 and
IOE2 are compared with it by Tjong Kim Sang and Veenstra (1999), "Representing text chunks", BIOES (as BILOU) by
Ratinov and Roth (2009), "Design challenges and misconceptions in named entity recognition".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from wordvec._utils.messages import shown

# The prefix, as BIOES has it, and the type.
TagParts = tuple[str, str]

UNTYPED = "_"
OUTSIDE: TagParts = ("O", "")
# How each scheme spells the first token of a span, those inside, the last, and that of a span of one. The letters of
# IOB1 and IOE1 that are not I stand only where two spans of a type touch.
_SPELLINGS = {
    "IOB1": "BIIB", "IOB2": "BIIB", "IOE1": "IIEE", "IOE2": "IIEE", "BIOES": "BIES", "BMES": "BMES", "BILOU": "BILU",
    "BMEWO": "BMEW", "BIOS": "BIIS", "BMS": "BMMS", "BIEO": "BIEB", "BMEO": "BMEB",
}  # fmt: skip
# No prefix means different things in two schemes.
_IN_BIOES = dict(zip("BIMELSUW", "BIIEESSS"))
PREFIXES = {scheme: tuple(letters) for scheme, letters in _SPELLINGS.items()}
# The same in the letters of BIOES.
ROLES = {scheme: tuple(_IN_BIOES[letter] for letter in own) for scheme, own in PREFIXES.items()}
SCHEMES = tuple(PREFIXES)


def is_tag(tag: Any, scheme: str | None = None) -> bool:
    """Return whether an object is a tag of a scheme, or of any scheme if that is None."""
    return isinstance(tag, str) and split_tag(tag, scheme) is not None


@lru_cache(maxsize=1 << 12)
def split_tag(tag: str, scheme: str | None) -> TagParts | None:
    """Return a tag's prefix, translated to BIOES, and its type.

    Parameters
    ----------
    tag : str
    scheme : one of `SCHEMES`, or None
        None reads the prefixes of all schemes.

    Returns
    -------
    (str, str), or None if it is not a tag of the scheme
    """
    if tag == "O":
        return OUTSIDE
    prefixes: Any = _IN_BIOES if scheme is None else PREFIXES[scheme]
    prefix, hyphen, kind = tag.partition("-")
    if len(prefix) != 1 or prefix not in prefixes or bool(hyphen) != bool(kind):
        return None
    return _IN_BIOES[prefix], kind or UNTYPED


def split_tags(tags: Sequence[str], scheme: str | None, name: str) -> list[TagParts]:
    """Return the prefix and type of each tag of a sentence.

    Parameters
    ----------
    tags : sequence of str
    scheme : str or None
        See `split_tag`.
    name : str
        The name of the tags in messages.

    Raises
    ------
    TypeError
        If the tags are not a list.
    ValueError
        If a tag is not of the scheme.
    """
    check_tag_list(tags, name)
    found = []
    for k, tag in enumerate(tags):
        parts = split_tag(tag, scheme) if isinstance(tag, str) else None
        if parts is None:
            rule = f"a tag of {scheme}" if scheme else f"a tag of any of {', '.join(SCHEMES)}"
            raise ValueError(
                f'{name}[{k}] must be {rule}: a prefix with or without a type, such as "B-PER", or "O". '
                f"Got {shown(tag)} instead."
            )
        found.append(parts)
    return found


def check_tag_list(tags: Any, name: str) -> None:
    """Raise TypeError unless the tags of a sentence are a list or another collection."""
    if isinstance(tags, str):
        raise TypeError(
            f"{name} is a str ({tags[:20]!r}), so every character would be a tag. Pass a list of tags."
        )
    if not isinstance(tags, Iterable) or not hasattr(tags, "__len__"):
        raise TypeError(f"{name} must be a list of tags. Got {shown(tags)} instead.")


def checked_sequences(tag_sequences: Any, name: str = "tag_sequences") -> Iterator[Sequence[str]]:
    """Yield the tags of each sentence, or raise TypeError if they are not lists."""
    if isinstance(tag_sequences, str):
        raise TypeError(f"{name} is a str ({tag_sequences[:20]!r}). Pass a list of tags for each sentence.")
    if not isinstance(tag_sequences, Iterable):
        raise TypeError(
            f"{name} must be a list with a list of tags for each sentence. Got {shown(tag_sequences)} instead."
        )
    for number, tags in enumerate(tag_sequences):
        check_tag_list(tags, f"{name}[{number}]")
        yield tags
