"""Columns of tables of sentence pairs: choice of the columns of sentences, translations and languages."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wordvec._utils.assumptions import assume
from wordvec._utils.errors import AdvisedError
from wordvec._utils.messages import listed, shown

from .pair_layout import PairLayout
from .table_records import check_names

__all__ = ["PairColumns", "choose_pair_columns"]

_LANGUAGE_NAMES = ("language", "lang", "target_language", "target_lang", "tgt_lang", "lang_tgt", "语言")
_CODE = re.compile(r"[a-z]{2,3}([-_][a-z0-9]{2,8})*", re.IGNORECASE)
# Codes of ISO 639-1 and -3 that head columns, and the names of these languages.
_LANGUAGES = {
    "ar", "bg", "bn", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "he", "hi", "hr", "hu", "id", "it",
    "ja", "ko", "lt", "lv", "ms", "nl", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sr", "sv", "sw", "ta", "th", "tr",
    "uk", "ur", "vi", "zh", "ara", "ces", "cmn", "dan", "deu", "ell", "eng", "fas", "fin", "fra", "heb", "hin", "hun",
    "ind", "ita", "jpn", "kor", "nld", "nor", "pol", "por", "ron", "rus", "spa", "swe", "tha", "tur", "ukr", "vie",
    "zho", "english", "german", "french", "spanish", "italian", "chinese", "mandarin", "japanese", "korean",
    "russian", "dutch", "portuguese", "polish", "czech", "turkish", "arabic", "deutsch", "englisch",
}  # fmt: skip
_NUMBER = re.compile(r"\s*[-+]?\d+(\.\d+)?([eE][-+]?\d+)?\s*")
# So many characters at the beginning of each field are a formula, "CC-BY 2.0 (France) Attribution: tatoeba.org #".
_FORMULA = 8


@dataclass(frozen=True)
class PairColumns:
    """The columns of a row's source, target and language: indices from 0, or keys of records.

    Attributes
    ----------
    source, target : int or str
    language : int or str, optional
    has_header : bool
    width : int
        Number of fields in a row; 0 for records.
    """

    source: int | str
    target: int | str
    language: int | str | None
    has_header: bool
    width: int

    def value(self, row: Any, place: int | str) -> Any:
        """Return the value of a row in a column; None for a key that a record lacks."""
        return row.get(place) if isinstance(row, Mapping) else row[place]


def choose_pair_columns(path: Path, kind: str, sample: list[Any], layout: PairLayout) -> PairColumns:
    """Return the columns named by `layout`, or inferred from names and content; the choice is reported.

    Parameters
    ----------
    path : Path
    kind : str
        The format.
    sample : list of rows
        Lists of fields, or records.
    layout : PairLayout

    Raises
    ------
    ValueError
        If a column does not exist, or the two columns cannot be identified.
    """
    if kind in ("tsv", "csv"):
        return _of_fields(path, kind, sample, layout)
    names = list(dict.fromkeys(key for record in sample for key in record))
    columns = {name: [record.get(name) for record in sample] for name in names}
    places = _places(path, names, columns, layout)
    _state(path, kind.upper().replace("JSONL", "JSON"), names, places, layout, header="")
    return PairColumns(places[0], places[1], places[2], False, 0)


def _of_fields(path: Path, kind: str, rows: list[list[str]], layout: PairLayout) -> PairColumns:
    first = [field.strip().removeprefix("\ufeff") for field in rows[0]]
    rows[0][0] = rows[0][0].removeprefix("\ufeff")
    width = len(first)
    if width < 2:
        raise AdvisedError(
            f"{str(path)!r}, line 1: one field, where a line is to hold a {layout.sides.source} and its "
            f"{layout.sides.target}"
            f"{' with a tab between them' if kind == 'tsv' else ''}.",
            *(["{delimiter=';'} or what its fields are separated by"] if kind == "csv" else []),
            advice="Check the file.",
        )
    has_header = _is_header(first, rows[1:], layout) if layout.header is None else layout.header
    names: list[Any] = list(first) if has_header else list(range(1, width + 1))
    if has_header:
        check_names(path, names)
    body = [row for row in rows[has_header:] if len(row) == width]
    columns = {name: [row[place] for row in body] for place, name in enumerate(names)}
    chosen = _places(path, names, columns, layout)
    header = " with a header" if has_header else " without a header"
    _state(path, kind.upper(), names, chosen, layout, header if layout.header is None else "")
    numbers = [None if name is None else names.index(name) for name in chosen]
    source, target, language = numbers
    assert source is not None and target is not None  # `_places` gives both
    return PairColumns(source, target, language, has_header, width)


def _is_header(first: list[str], others: list[list[str]], layout: PairLayout) -> bool:
    """Return whether a first line names columns: those requested, or two or more common names.

    A column name is not repeated below, as a language code in each line would be.
    """
    asked = (layout.source_column, layout.target_column, layout.language_column)
    if any(isinstance(name, str) and not name.isdecimal() and name in first for name in asked):
        return True
    lower = [name.lower() for name in first]
    known = {*layout.sides.source_names, *layout.sides.target_names, *_LANGUAGE_NAMES, *_LANGUAGES}
    n_sure = sum(name in known for name in lower)
    comes_again = any(name in row[place : place + 1] for row in others for place, name in enumerate(first))
    return n_sure >= 2 and len(set(lower)) == len(lower) and not comes_again


def _places(
    path: Path, names: list[Any], columns: Mapping[Any, Sequence[Any]], layout: PairLayout
) -> tuple[Any, Any, Any]:
    """Return the names of the columns of the sources, the targets and their languages (or None)."""
    wanted = ("source_column", "target_column", "language_column")
    source, target, language = (_asked(path, names, getattr(layout, name), name) for name in wanted)
    free = [name for name in names if name not in (source, target, language)]
    lower = {str(name).strip().lower(): name for name in free}
    if source is None:
        source = next((lower[name] for name in layout.sides.source_names if name in lower), None)
    if target is None:
        target = next(
            (lower[name] for name in layout.sides.target_names if name in lower and lower[name] != source),
            None,
        )
    if language is None and layout.sides.has_languages:
        language = next((lower[name] for name in _LANGUAGE_NAMES if name in lower), None)
    if source is None or target is None:
        free = [name for name in free if name not in (source, target, language)]
        texts = [name for name in free if _is_text(columns[name])]
        by_code = [name for name in texts if str(name).strip().lower() in _LANGUAGES]
        n_needed = (source is None) + (target is None)
        found = by_code if len(by_code) == n_needed else texts
        if len(found) != n_needed:
            raise _unclear(path, names, texts, layout)
        if layout.sides.longer_first:
            found = sorted(found, key=lambda name: -sum(map(len, filter(None, columns[name]))))
        source = found[0] if source is None else source
        target = found[-1] if target is None else target
        rest = [name for name in free if name not in found]
        codes = [name for name in rest if _holds_codes(columns[name])] if layout.sides.has_languages else []
        if language is None and codes:
            language = codes[-1]
    if source == target:
        raise ValueError(f"The column {shown(source)} of {str(path)!r} cannot hold both sides of a pair.")
    return source, target, language


def _asked(path: Path, names: list[Any], wanted: str | int | None, parameter: str) -> Any:
    """Return the name of the column requested by a parameter, or None."""
    if wanted is None:
        return None
    if wanted in names and not isinstance(wanted, int):
        return wanted
    if str(wanted).isdecimal() and 1 <= int(wanted) <= len(names):
        return names[int(wanted) - 1]
    raise AdvisedError(
        f"{str(path)!r} has the columns {_listed(names)}, but no {wanted!r}.",
        advice=f"Name one of them with {{{parameter}}}, or its number from 1.",
    )


def _is_text(values: Sequence[Any]) -> bool:
    """Return whether a column may hold sentences: no numbers, language codes, links or formulas."""
    texts = [value for value in values if isinstance(value, str) and value.strip()]
    if (
        not texts
        or _holds_codes(texts)
        or 10 * sum(map(bool, map(_NUMBER.fullmatch, texts))) > 9 * len(texts)
    ):
        return False
    if len(texts) > 2 and len(os.path.commonprefix(texts)) >= _FORMULA:
        return False
    return 2 * sum(text.startswith(("http://", "https://")) for text in texts) <= len(texts)


def _holds_codes(values: Sequence[Any]) -> bool:
    """Return whether a column holds language codes: few distinct ones, often repeated."""
    found = {value.strip().lower() for value in values if isinstance(value, str)}
    codes = {value for value in found if _CODE.fullmatch(value) and re.split("[-_]", value)[0] in _LANGUAGES}
    return bool(found) and codes == found and len(values) >= 2 * len(found)


def _unclear(path: Path, names: list[Any], texts: list[Any], layout: PairLayout) -> AdvisedError:
    count = "one of them holds" if len(texts) == 1 else f"{len(texts)} of them hold"
    return AdvisedError(
        f"{str(path)!r} has the columns {_listed(names)}, and {count} {layout.sides.source}s, where a pair has two.",
        advice="Name the two with {source_column} and {target_column}, by name or number from 1.",
    )


def _state(
    path: Path, kind: str, names: list[Any], chosen: tuple[Any, Any, Any], layout: PairLayout, header: str
) -> None:
    source, target, language = chosen
    given = (layout.source_column, layout.target_column)
    if None not in given and (language is None or layout.language_column is not None):
        # Names are those of a header; numbers leave open whether there is one.
        if header and any(str(column).isdecimal() for column in given):
            assume(f"{str(path)!r}: {kind}{header}")
        return
    left = [name for name in names if name not in chosen]
    assume(
        f"{str(path)!r}: {kind}{header}, {layout.sides.source}s in {_called(source)}, "
        f"the {layout.sides.target} of each in {_called(target)}"
        + (f", the language of these in {_called(language)}" if language is not None else "")
        + (f" (not read: {_listed(left)})" if left else "")
    )


def _called(name: Any) -> str:
    return f"column {name}" if isinstance(name, int) else shown(name)


def _listed(names: Sequence[Any]) -> str:
    return listed([str(name) if isinstance(name, int) else shown(name) for name in names], 20)
