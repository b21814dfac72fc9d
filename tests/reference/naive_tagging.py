"""Tag schemes written out rule by rule, with regular expressions over one letter a token."""

import re

# A span of one type, as a regular expression over its letters.
SPAN_PATTERNS = {
    "IOB2": "BI*", "IOE2": "I*E", "BIOES": "S|BI*E", "BMES": "S|BM*E", "BILOU": "U|BI*L", "BMEWO": "W|BM*E",
    "BIOS": "S|BI+", "BMS": "S|BM+", "BIEO": "B|BI*E", "BMEO": "B|BM*E",
}  # fmt: skip
# These two depend on what stands beside a span.
LETTERS = {"IOB1": "BI", "IOE1": "IE"} | {
    scheme: "".join(dict.fromkeys(re.findall("[A-Z]", pattern))) for scheme, pattern in SPAN_PATTERNS.items()
}


def letter_of(tag):
    return tag.partition("-")[0]


def type_of(tag):
    return tag.partition("-")[2]


def cuts(tags, scheme):
    """Yield every way to cut a sentence into "O" tokens and legal spans (there is one at most)."""
    if not tags:
        yield []
        return
    if tags[0] == "O":
        yield from ([None, *rest] for rest in cuts(tags[1:], scheme))
        return
    for end in range(1, len(tags) + 1):
        piece = tags[:end]
        letters = "".join(map(letter_of, piece))
        if "O" not in letters and len({*map(type_of, piece)}) == 1 and is_span(letters, scheme):
            yield from ([piece, *rest] for rest in cuts(tags[end:], scheme))


def is_span(letters, scheme):
    return re.fullmatch(SPAN_PATTERNS[scheme], letters) is not None


def is_legal(tags, scheme):
    if any(tag != "O" and letter_of(tag) not in LETTERS[scheme] for tag in tags):
        return False
    if scheme == "IOB1":
        # B stands right behind a token of its own type, and nowhere else.
        pairs = zip(["O", *tags], tags)
        return all(
            letter_of(tag) != "B" or (before != "O" and type_of(before) == type_of(tag))
            for before, tag in pairs
        )
    if scheme == "IOE1":
        # The same from the other end: E stands right before a token of its own type.
        mirrored = ["B" + tag[1:] if letter_of(tag) == "E" else tag for tag in reversed(tags)]
        return is_legal(mirrored, "IOB1")
    return any(True for _ in cuts(tags, scheme))
