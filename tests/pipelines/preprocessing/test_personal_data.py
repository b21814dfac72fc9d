"""Personal data become placeholders: precision and recall on lines of our own, check digits, forms, counts."""

import re
import time

import pytest

from wordvec.pipelines.preprocessing import TextCleaner, mask_personal_data
from wordvec.pipelines.preprocessing.personal_data import KINDS, is_luhn_number, is_resident_number

from .personal_lines import DEVELOPMENT, TEST

MARK = re.compile(r"<(email|phone|id|card)\|([^>]*)>")
PLACEHOLDER = re.compile(r"\[(EMAIL|PHONE|ID|CARD)\]")


def counts_of(lines):
    """Return how many were masked rightly, wrongly and not; of a line that is not as it should be, none rightly."""
    right = wrong = missed = 0
    for line in lines.strip().splitlines():
        wanted = MARK.sub(lambda found: f"[{found[1].upper()}]", line)
        masked, _ = mask_personal_data(MARK.sub(lambda found: found[2], line))
        n_wanted, n_found = (len(PLACEHOLDER.findall(text)) for text in (wanted, masked))
        if masked == wanted:
            right += n_wanted
        else:
            wrong, missed = wrong + n_found, missed + n_wanted
    return right, wrong, missed


@pytest.mark.parametrize(("lines", "expected"), [(DEVELOPMENT, (58, 0, 0)), (TEST, (51, 0, 2))])
def test_precision_and_recall(lines, expected):
    assert len(lines.strip().splitlines()) == 100
    assert sum("|" in line for line in lines.strip().splitlines()) == 50
    assert counts_of(lines) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+1 (555) 123-4567 or 555-123-4567", "[PHONE] or [PHONE]"),
        ("call 555.123.4567 or (555) 012-3456", "call [PHONE] or [PHONE]"),
        ("0086-13812345678", "[PHONE]"),
        ("0086 138 1234 5678;008613812345678", "[PHONE];[PHONE]"),
        ("155-123-4567 5551234567 555-1234-567", "155-123-4567 5551234567 555-1234-567"),
    ],
)
def test_phones_of_examples_and_after_two_zeros(text, expected):
    assert mask_personal_data(text)[0] == expected


def test_check_characters_by_the_standards():
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    for n in range(60):
        number = f"11010119{n % 20:02d}0101{n:03d}"
        check = "10X98765432"[sum(int(digit) * weight for digit, weight in zip(number, weights)) % 11]
        for last in "0123456789X":
            assert is_resident_number(number + last) == (last == check)
    for n in range(400000000000000, 400000000000050):
        doubled = [int(digit) * (2 - place % 2) for place, digit in enumerate(str(n))]
        total = sum(digit - 9 if digit > 9 else digit for digit in doubled)
        for last in range(10):
            assert is_luhn_number(f"{n}{last}") == ((total + last) % 10 == 0)


@pytest.mark.parametrize(
    "text",
    [
        "１３８００１３８０００",
        "ada＠example．org",
        "4111 1111 1111 1111",
        "330108190102030052",
        "[EMAIL] [PHONE]",
        "",
    ],
)
@pytest.mark.parametrize(("before", "after"), [("", ""), ("请看", "谢谢"), ("(", ")"), ("是：", "。")])
def test_whatever_stands_beside_and_again_changes_nothing(text, before, after):
    masked, counts = mask_personal_data(before + text + after)
    assert masked.startswith(before) and masked.endswith(after)
    assert sum(counts.values()) == (0 if text.startswith("[") or not text else 1)
    assert mask_personal_data(masked) == (masked, {})


@pytest.mark.parametrize("kind", KINDS)
def test_one_kind_leaves_the_others(kind):
    values = {
        "email": "ada@example.org",
        "phone": "13800138000",
        "id": "110101190001010014",
        "card": "4111111111111111",
    }
    masked, counts = mask_personal_data("; ".join(values.values()), (kind,))
    assert masked == "; ".join({**values, kind: f"[{kind.upper()}]"}.values()) and counts == {kind: 1}
    with pytest.raises(ValueError, match="kinds parameter of mask_personal_data"):
        mask_personal_data("x", ["name"])


def test_the_cleaner_masks_and_counts():
    texts = [
        "<b>ada@example.org</b>",
        "手机13800138000 或 13800138001",
        "4111 1111 1111 1111",
        "",
        "110101190001010014",
    ]
    cleaner = TextCleaner(mask=KINDS)
    assert cleaner.transform(texts) == ["[EMAIL]", "手机[PHONE] 或 [PHONE]", "[CARD]", "", "[ID]"]
    assert cleaner.masked_ == {"email": 1, "phone": 2, "id": 1, "card": 1}
    assert cleaner.transform(["nothing"]) == ["nothing"] and not any(cleaner.masked_.values())
    # What is not masked is replaced as without it.
    assert TextCleaner(mask=("phone",)).transform(texts)[:2] == ["", "手机[PHONE] 或 [PHONE]"]
    assert TextCleaner(urls=None, mask=["email"]).transform(["x@example.org y"]) == ["[EMAIL] y"]
    assert not hasattr(TextCleaner().fit(texts), "masked_")
    for mask in ("email", ("name",), ("id", "id")):
        with pytest.raises(ValueError, match="mask parameter of TextCleaner"):
            TextCleaner(mask=mask).transform(texts)


@pytest.mark.parametrize("part", ["1", "1-", "a@", "a.", "+1 (2) ", "(021)"])
def test_long_texts_take_time_in_proportion(part):
    start = time.process_time()
    mask_personal_data(part * (20000 // len(part)))
    assert time.process_time() - start < 2
