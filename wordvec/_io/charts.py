"""Charts drawn with matplotlib (the extra `plot`): checks of the path, style, fonts, and atomic writing."""

from __future__ import annotations

import contextlib
import functools
import os
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from wordvec._io.atomic import replace_when_whole
from wordvec._utils.validation import check_parent_folder, check_path, import_optional

# Okabe and Ito's palette, which colour-blind readers can distinguish; the baseline is grey.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9")
REFERENCE_COLOUR = "#999999"
SUFFIXES = (".png", ".svg")
_DOTS_PER_INCH = 150
# Fonts with Chinese characters that systems come with; matplotlib's own has none.
_CHINESE_FONTS = (
    "Noto Sans CJK SC", "Noto Sans CJK JP", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC", "SimHei",
    "Heiti TC", "Hiragino Sans GB", "WenQuanYi Zen Hei", "WenQuanYi Micro Hei", "Arial Unicode MS",
)  # fmt: skip


def check_chart_path(path: str | os.PathLike[str], owner: str) -> Path:
    """Return a path to which a chart can be drawn, after checks of its folder, its extension and matplotlib.

    Parameters
    ----------
    path : str or path
        The path, ending in .png or .svg.
    owner : str
        The class or function to name in messages.

    Raises
    ------
    TypeError
        If it is no path.
    FileNotFoundError
        If its folder does not exist.
    ValueError
        If the extension is not supported.
    ImportError
        If matplotlib is not installed.
    """
    target = check_parent_folder(check_path("path", path, owner))
    if target.suffix.lower() not in SUFFIXES:
        raise ValueError(f"A chart must end in {' or '.join(SUFFIXES)}. Got {str(path)!r} instead.")
    _import("matplotlib")
    return target


@contextlib.contextmanager
def drawing(
    path: Path | None, width: float, height: float, texts: Iterable[str] | None = None
) -> Iterator[Any]:
    """Yield a new figure to draw on, and write it to `path` when the block ends.

    Equal charts give identical files. An existing file at `path` is replaced only when the new one is complete.

    Parameters
    ----------
    path : Path, or None
        As `check_chart_path` returns it; None writes no file.
    width, height : float
        Inches.
    texts : iterable of str, optional
        What is written: fonts are chosen that have its characters. Without it, one with Chinese characters, if there is
        any, and a warning tells of boxes.

    Yields
    ------
    matplotlib.figure.Figure

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    OSError
        If the file cannot be written.
    ValueError
        If no font has the characters of `texts`.
    """
    figures = _import("matplotlib.figure")
    # Numbers of elements in an SVG file come from the salt, so that the same picture is the same file.
    fonts = _installed_chinese_fonts()[:1] if texts is None else _fonts_for(texts)
    style = {"font.family": ["DejaVu Sans", *fonts], "svg.hashsalt": "wordvec"}
    with _import("matplotlib").rc_context(style):
        figure = figures.Figure(figsize=(width, height), layout="constrained")
        yield figure
        if path is None:
            return
        kind = path.suffix.lower()[1:]
        with replace_when_whole(path) as file, _missing_characters_told(path):
            metadata = {"Date": None} if kind == "svg" else None
            figure.savefig(file, format=kind, dpi=_DOTS_PER_INCH, metadata=metadata)


@contextlib.contextmanager
def _missing_characters_told(path: Path) -> Iterator[None]:
    """Replace matplotlib's warnings of single missing characters by one that says which font to install."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    others = [one for one in caught if "missing from" not in str(one.message)]
    for one in others:
        warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)
    if len(others) < len(caught):
        warnings.warn(
            f"{str(path)!r} has boxes in place of characters that no font here has. Install one with Chinese "
            "characters, such as Noto Sans CJK (the package fonts-noto-cjk of Debian and Ubuntu), and draw it again.",
            stacklevel=4,
        )


def draw_grid(axes: Any) -> None:
    """Keep only the left and lower axis lines, and draw a thin horizontal grid behind the plot."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", linewidth=0.5, alpha=0.4)
    axes.set_axisbelow(True)


def has_chinese_font() -> bool:
    """Return whether the system has a font in which charts can show Chinese characters."""
    return bool(_installed_chinese_fonts())


def _installed_chinese_fonts() -> list[str]:
    installed = {font.name for font in _import("matplotlib.font_manager").fontManager.ttflist}
    return [name for name in _CHINESE_FONTS if name in installed]


def _fonts_for(texts: Iterable[str]) -> list[str]:
    """Return installed fonts that have what matplotlib's own lacks of some texts.

    Raises
    ------
    ValueError
        If there are none, so that boxes would be drawn.
    """
    manager = _import("matplotlib.font_manager")
    characters = {ord(character) for text in texts for character in text if not character.isspace()}
    missing = characters - _characters_of(manager.findfont("DejaVu Sans"))
    ordered = sorted(manager.fontManager.ttflist, key=lambda font: font.fname)
    # Matplotlib's last resort has boxes for all characters.
    paths = {font.name: font.fname for font in ordered if not font.name.startswith("Last Resort")}
    names = []
    for name in (*_installed_chinese_fonts(), *paths):
        if not missing:
            break
        found = missing & _characters_of(paths[name])
        if found:
            names.append(name)
            missing -= found
    if missing:
        shown = ", ".join(repr(chr(code)) for code in sorted(missing)[:5])
        raise ValueError(
            f"No font here has {shown}, so boxes would be drawn. Install one that does: the package fonts-noto-cjk of "
            "Debian and Ubuntu has Chinese, Japanese and Korean, fonts-noto-core most other scripts."
        )
    return names


@functools.cache
def _characters_of(path: str) -> frozenset[int]:
    """Return the characters that a font has, none if it cannot be read."""
    try:
        return frozenset(_import("matplotlib.ft2font").FT2Font(path).get_charmap())
    except (OSError, RuntimeError):
        return frozenset()


def _import(module: str) -> ModuleType:
    return import_optional(module, pip="wordvec[plot]", purpose="A chart")
