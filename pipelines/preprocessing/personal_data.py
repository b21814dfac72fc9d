"""Masking of personal data: e-mail addresses, phone numbers, identity numbers and card numbers.

English and Chinese formats are recognised. Numbers with a check digit must be valid: resident identity numbers of China
(GB 11643-1999, ISO 7064 MOD 11-2) and card numbers (ISO/IEC 7812, Luhn).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from wordvec._utils.validation import check_choice

__all__ = ["KINDS", "mask_personal_data"]

KINDS = ("email", "phone", "id", "card")

# Full-width letters, digits and signs as the ASCII ones, character by character, so that places stay.
_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    0x3000: 0x20,
    0x2010: 0x2D,
    0x2013: 0x2D,
}
# A number is not part of a longer one, of a decimal fraction, a version or a code with letters.
_START = r"(?<![A-Za-z0-9_])(?<![0-9A-Za-z][-.,:/])"
_END = r"(?![A-Za-z0-9_])(?![-.,:/][0-9])"

_EMAIL = re.compile(
    r"(?<![A-Za-z0-9\u00c0-\u024f_.%+'-])[A-Za-z0-9\u00c0-\u024f_%+][A-Za-z0-9\u00c0-\u024f_.%+'-]*+@"
    r"(?:[A-Za-z0-9-]++\.)+(?!(?:png|jpe?g|gif|svg|webp|css|js)\b)[A-Za-z]{2,}(?![A-Za-z0-9-])",
    re.IGNORECASE,
)
_RESIDENT = re.compile(
    rf"{_START}[1-9]\d{{5}}(?:18|19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{{3}}[\dXx]{_END}"
)
_SSN = re.compile(rf"{_START}(?!000|666|9)\d{{3}}-(?!00)\d\d-(?!0000)\d{{4}}{_END}")
_CARD = re.compile(rf"{_START}[2-6]\d{{3}}(?:[ -]?\d){{9,15}}{_END}")
_PHONES = [
    # Mobile numbers of China, also with its code.
    rf"(?:(?<!\d)(?:\+|00)?86[ -]?|{_START})1[3-9]\d[ -]?\d{{4}}[ -]?\d{{4}}{_END}",
    # Land lines of China: the code of the area in brackets or before a hyphen; service numbers.
    rf"(?:\(0\d{{2,3}}\)[ -]?|{_START}0\d{{2,3}}[- ])[2-9]\d{{6,7}}{_END}",
    rf"{_START}[48]00[ -]\d{{3,4}}[ -]?\d{{3,4}}{_END}",
    # North America: ten digits in three groups, the first not from 0 or 1. Nor is the second, but in made-up numbers.
    rf"(?:\+?1[-. ]?)?(?:\([2-9]\d\d\) ?|(?:{_START}|(?<=1[-. ]))[2-9]\d\d[-. ])\d{{3}}[-. ]\d{{4}}{_END}",
    # Britain.
    rf"(?:\+44 ?(?:\(0\) ?)?|{_START}0)(?:2\d[ -]\d{{4}}|(?:7\d{{3}}|1\d{{2,3}}|3\d\d)[ -]\d{{3,4}})[ -]?"
    rf"\d{{3,4}}{_END}",
    rf"{_START}07\d{{9}}{_END}",
    # Any country, with its code after a plus.
    rf"(?<![\w+])\+[1-9]\d{{0,2}}(?:[ .-]?\(?\d{{1,5}}\)?){{2,6}}{_END}",
]  # fmt: skip
_PHONE = re.compile("|".join(f"(?:{pattern})" for pattern in _PHONES), re.IGNORECASE)
# Local numbers, and numbers without groups, after a word that says what they are.
_NAMED_PHONE = re.compile(
    r"(?:\b(?:tel|phone|call|ring|dial|fax|number)\b(?: is)?|电话|手机|致电|座机|拨打|传真)[.:,]? ?"
    rf"(\d{{3,4}}[ -]?\d{{4}}|[2-9]\d\d[2-9]\d{{6}}){_END}",
    re.IGNORECASE,
)
_PHONE_DIGITS = range(7, 16)


def mask_personal_data(text: str, kinds: Sequence[str] = KINDS) -> tuple[str, Counter[str]]:
    """Replace personal data by "[EMAIL]", "[PHONE]", "[ID]" and "[CARD]".

    Data without a check digit are recognised by their form alone: some numbers that look like phone numbers are not,
    and numbers in other forms are missed. So the result contains less personal data, but is not free of it; names and
    addresses are kept.

    Parameters
    ----------
    text : str
    kinds : sequence of {"email", "phone", "id", "card"}

    Returns
    -------
    masked : str
    counts : Counter
        How many of each kind were replaced.

    Examples
    --------
    >>> masked, counts = mask_personal_data("Ada (ada@example.org), 212-555-0187; 手机13800138000")
    >>> masked
    'Ada ([EMAIL]), [PHONE]; 手机[PHONE]'
    >>> dict(counts)
    {'email': 1, 'phone': 2}
    """
    for kind in kinds:
        check_choice("kinds", kind, "mask_personal_data", KINDS)
    half_width = text.translate(_HALF_WIDTH)
    taken: list[tuple[int, int, str]] = []
    # An identity number holds what could be a phone number, and a card number, too.
    for kind in ("email", "id", "card", "phone"):
        for start, end in _FINDERS[kind](half_width):
            if all(end <= first or last <= start for first, last, _ in taken):
                taken.append((start, end, kind))
    parts, place = [], 0
    counts: Counter[str] = Counter()
    for start, end, kind in sorted(taken):
        if kind in kinds:
            parts += [text[place:start], f"[{kind.upper()}]"]
            counts[kind] += 1
            place = end
    return "".join([*parts, text[place:]]), counts


def _emails(text: str) -> Iterator[tuple[int, int]]:
    if "@" in text:
        yield from (found.span() for found in _EMAIL.finditer(text))


def _ids(text: str) -> Iterator[tuple[int, int]]:
    for found in _RESIDENT.finditer(text):
        if is_resident_number(found[0]):
            yield found.span()
    yield from (found.span() for found in _SSN.finditer(text))


def _cards(text: str) -> Iterator[tuple[int, int]]:
    for found in _CARD.finditer(text):
        digits = re.sub(r"\D", "", found[0])
        if is_luhn_number(digits):
            yield found.span()


def _phones(text: str) -> Iterator[tuple[int, int]]:
    for found in _PHONE.finditer(text):
        if sum(map(str.isdigit, found[0])) in _PHONE_DIGITS:
            yield found.span()
    yield from (found.span(1) for found in _NAMED_PHONE.finditer(text))


_FINDERS = {"email": _emails, "id": _ids, "card": _cards, "phone": _phones}


def is_resident_number(number: str) -> bool:
    """Return whether the last of 18 characters is the check character of a resident identity number of China.

    >>> is_resident_number("110101190001010014"), is_resident_number("110101190001010015")
    (True, False)
    """
    # The weight of each place is a power of two modulo 11, and X stands for ten.
    values = [10 if digit in "Xx" else int(digit) for digit in number]
    return sum(value * pow(2, 17 - place, 11) for place, value in enumerate(values)) % 11 == 1


def is_luhn_number(digits: str) -> bool:
    """Return whether digits pass the Luhn check: every second digit from the right doubled, digits summed.

    >>> is_luhn_number("4111111111111111"), is_luhn_number("4111111111111112")
    (True, False)
    """
    values = [int(digit) for digit in reversed(digits)]
    return (sum(values[::2]) + sum(sum(divmod(2 * value, 10)) for value in values[1::2])) % 10 == 0
