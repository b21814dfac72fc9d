"""Tables of text."""

import math

import pytest

from wordvec._utils.tables import (
    cut_text,
    escape_controls,
    format_fields,
    format_loss,
    format_score,
    format_table,
    pad_text,
    sparkline,
    text_width,
)


@pytest.mark.parametrize(
    ("text", "width"),
    [("", 0), ("word", 4), ("中文", 4), ("a中", 3), ("e\u0301", 1), ("a\u200db", 2), ("ﾊﾝ", 2), ("ハン", 4)],
)
def test_width(text, width):
    assert text_width(text) == width


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("short", 5, "short"),
        ("longer", 5, "long…"),
        ("中文字", 5, "中文…"),
        ("中文字", 4, "中…"),
        ("中文字", 6, "中文字"),
        ("e\u0301e\u0301e\u0301", 2, "e\u0301…"),
        ("e\u0301e\u0301", 2, "e\u0301e\u0301"),
        ("", 3, ""),
    ],
)
def test_cut(text, width, expected):
    found = cut_text(text, width)
    assert found == expected and text_width(found) <= width


def test_cutting_looks_at_no_more_than_fits():
    class Text(str):
        def __iter__(self):
            for place, character in enumerate(str(self)):
                assert place < 20
                yield character

    assert cut_text(Text("a" * 1000), 10) == "a" * 9 + "…"


def test_padding_by_columns():
    assert pad_text("中", 4) == "中  " and pad_text("中", 4, right=True) == "  中"
    assert pad_text("long", 2) == "long"


def test_what_a_terminal_would_obey_is_escaped():
    assert escape_controls("a\x1b[2Jb\n中\u200b") == "a\\x1b[2Jb\\n中\\u200b"


def test_tables_are_aligned_by_columns():
    table = format_table([("中文", "1.00"), ("a", "10.00")], ("word", "score"))
    assert table == "word  score\n----  -----\n中文   1.00\na     10.00"
    assert format_table([("a", "b", "1"), ("aa", "bb", "22")], n_left=2) == "a   b    1\naa  bb  22"
    assert format_table([("a", "")]) == "a" and format_table([]) == ""


def test_fields():
    assert format_fields({"n": "1", "中文": "2"}) == "n     1\n中文  2"
    assert format_fields({}) == ""


def test_scores():
    assert [format_score(value) for value in (0.5, None, math.nan)] == ["0.5000", "-", "-"]


def test_losses():
    assert format_loss([]) == "no whole epoch"
    assert format_loss([2.0]) == "2.0000"
    assert format_loss([2.0, 1.0]) == "2.0000 █▁ 1.0000"
    assert format_loss([2.0, math.nan]).startswith("unknown")


def test_sparklines():
    assert sparkline([0, 1, 2, 3, 4, 5, 6, 7]) == "▁▂▃▄▅▆▇█"
    assert sparkline([1, math.nan, 1]) == "▁ ▁"
    assert sparkline([math.inf]) == ""
    assert len(sparkline(range(1000), width=40)) == 40
