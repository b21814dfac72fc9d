"""Tests of conversion between traditional and simplified characters, and of full-width letters and digits."""

import pickle
import sys

import pytest

from wordvec.text import TextTokenizer, convert_chinese
from wordvec.text.conversion import CONVERSIONS, Conversion, converter


@pytest.mark.parametrize(
    ("convert", "text", "converted"),
    [
        ("t2s", "頭髮與發財", "头发与发财"),
        ("s2t", "头发与发财", "頭髮與發財"),
        ("tw2sp", "軟體和滑鼠", "软件和鼠标"),
        ("s2twp", "软件和鼠标", "軟體和滑鼠"),
        ("hk2s", "香港電車", "香港电车"),
        ("width,t2s", "ＡＢＣ１２３，電車", "ABC123，电车"),
    ],
)
def test_conversions(convert, text, converted):
    pytest.importorskip("opencc")
    assert convert_chinese(text, convert) == converted
    assert pickle.loads(pickle.dumps(converter(convert, "test")))(text) == converted


def test_width_needs_no_library(monkeypatch):
    monkeypatch.setitem(sys.modules, "opencc", None)
    assert convert_chinese("ｉＰｈｏｎｅ１５，（Ａ）　！", "width") == "iPhone15，（A）　！"


def test_names_are_those_of_the_library():
    opencc = pytest.importorskip("opencc")
    assert {f"{name}.json" for name in CONVERSIONS} <= set(opencc.CONFIGS)


def test_lone_surrogates_and_nul_stay():
    pytest.importorskip("opencc")
    assert convert_chinese("電\ud800車\0頭") == "电\ud800车\0头"


def test_a_missing_library_names_the_command(monkeypatch):
    from wordvec.text import conversion

    monkeypatch.setitem(sys.modules, "opencc", None)
    conversion._opencc.cache_clear()
    with pytest.raises(
        ImportError, match=r"convert='t2s' needs the package 'opencc'.*pip install \"wordvec\[nlp\]\""
    ):
        TextTokenizer("chars", convert="t2s")


@pytest.mark.parametrize("convert", Conversion().bad_values()[:4])
def test_unknown_names(convert):
    with pytest.raises(
        ValueError, match="The convert parameter of convert_chinese must be 't2s', 's2t' or another"
    ):
        convert_chinese("電", convert)
    with pytest.raises(TypeError, match="text of convert_chinese must be a str"):
        convert_chinese(b"x")
