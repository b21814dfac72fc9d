#!/usr/bin/env bash
# Since matplotlib 3.11, the usual way to find a font for some characters finds one that draws none of them.
#
# fontManager.ttflist lists the font files that text can be drawn with, and FT2Font(...).get_charmap() tells which
# characters a file has. 3.11.2 ships a font in that list, Last Resort High-Efficiency, whose map has all 1,114,112 code
# points: it leads each block of Unicode to one picture of a box. A program that takes the first font with the characters of
# its labels draws two different Chinese characters alike; 3.10.9 had no such font, and the same search came back empty.
# Search by name and leave this one out.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
for version in 3.10.9 3.11.2; do
    python3 -m venv "$work/$version"
    "$work/$version/bin/pip" install --quiet "matplotlib==$version" "numpy==2.4.6"
    MPLCONFIGDIR="$work/$version/config" "$work/$version/bin/python" - <<'PYTHON'
import matplotlib
from matplotlib.font_manager import fontManager
from matplotlib.ft2font import FT2Font

shipped = [font for font in fontManager.ttflist if font.fname.startswith(matplotlib.get_data_path())]
found = {font.name: FT2Font(font.fname) for font in shipped}
with_chinese = {name: font for name, font in found.items() if {ord("中"), ord("文")} <= font.get_charmap().keys()}
print(f"matplotlib {matplotlib.__version__}: of its own fonts, {list(with_chinese) or 'none'} has 中 and 文")
if matplotlib.__version__ == "3.10.9":
    assert not with_chinese
else:
    (font,) = with_chinese.values()
    glyphs = font.get_char_index(ord("中")), font.get_char_index(ord("文"))
    print(f"characters {len(font.get_charmap()):,}; glyphs of 中 and 文: {glyphs}")
    assert list(with_chinese) == ["Last Resort High-Efficiency"]
    assert len(font.get_charmap()) == 0x110000 and glyphs[0] == glyphs[1] != 0
PYTHON
done
