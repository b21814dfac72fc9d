"""Reading dialogues from files: one dialogue or one turn per line, JSON, or tables with one row per turn."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wordvec._io.compression import unpacked_name
from wordvec._io.json_files import check_encodes, json_value
from wordvec._utils.assumptions import assume
from wordvec._utils.errors import AdvisedError
from wordvec._utils.messages import counted, listed
from wordvec._utils.validation import check_choice

from ..tagging.files.lines import blocks, existing_file, numbered_lines
from .table_layout import SUFFIXES, TableLayout
from .table_records import check_names, delimited_rows

__all__ = ["DIALOGUE_FORMATS", "DialogueLayout", "read_dialogues"]

DIALOGUE_FORMATS = ("eou", "tabs", "lines", "jsonl", "json", "csv", "tsv")
_EOU = "__eou__"
_N_LOOKED_AT = 200
# What columns and keys are mostly called.
_DIALOGUE_NAMES = (
    "dialogue_id", "dialog_id", "dialogueid", "dialogid", "conversation_id", "conv_id", "conversationid", "thread_id",
    "session_id", "dialogue", "dialog", "conversation", "session", "\u5bf9\u8bdd", "\u4f1a\u8bdd",
)  # fmt: skip
_TURN_NAMES = (
    "utterance",
    "text",
    "turn",
    "content",
    "message",
    "value",
    "sentence",
    "\u8bdd\u8bed",
    "\u5185\u5bb9",
)
_LIST_NAMES = (
    "turns", "messages", "conversations", "conversation", "dialogue", "dialog", "utterances", "dialogues", "history",
)  # fmt: skip
_ROLE_NAMES = ("role", "from")
# Of exchanges, a question and its reply, as question answering and instructions have them.
_ASK_NAMES = ("question", "prompt", "instruction", "query", "input", "\u95ee\u9898", "\u95ee")
_REPLY_NAMES = (
    "answer", "response", "output", "completion", "reply", "\u56de\u7b54", "\u7b54\u6848", "\u7b54",
)  # fmt: skip
_SYSTEM = "system"
# "[12:30] Ann: Hi." and "{laughs}" begin no JSON.
_JSON_START = re.compile(r"\ufeff?\s*(\{\s*[\"}]|\[\s*[\"\[{\]])")
_FORM = (
    '["Hi.", "Hello."], {"turns": ["Hi.", "Hello."]}, {"messages": [{"role": "user", "content": "Hi."}, ...]} or '
    '{"question": "Hi.", "answer": "Hello."}'
)


@dataclass(frozen=True)
class DialogueLayout:
    """The layout of a file of dialogues.

    Attributes
    ----------
    format : {"eou", "tabs", "lines", "jsonl", "json", "csv", "tsv"}, optional
        "eou", "tabs": one dialogue per line, with turns separated by "__eou__" or tabs; "lines": one turn per line,
        with blank lines between dialogues; JSON with one dialogue per line, or an array; a table with one row per turn,
        or per exchange of two turns (columns such as "question" and "answer"). By default it is detected from the
        extension and the content.
    dialogue_column, turn_column : str, optional
        For tables: the column that identifies dialogues, and that of the texts. By default they are recognised by
        common names.
    delimiter : str, optional
        The separator of the fields of CSV, a comma by default.
    encoding : str
    errors : {"strict", "replace", "ignore"}
        Treatment of bytes that are not valid in `encoding`.
    """

    format: str | None = None
    dialogue_column: str | None = None
    turn_column: str | None = None
    delimiter: str | None = None
    encoding: str = "utf-8"
    errors: str = "strict"


def read_dialogues(
    paths: Sequence[Path], layout: DialogueLayout | None = None, *, owner: str = "read_dialogues"
) -> list[list[str]]:
    r"""Read the turns of each dialogue from one or more files.

    Blank turns and messages of the role "system" are left out. Consecutive messages of the same role form one turn.

    Parameters
    ----------
    paths : sequence of Path
        Files, which may be compressed.
    layout : DialogueLayout, optional
    owner : str
        The name of the reader in messages.

    Returns
    -------
    list of lists of str
        No dialogue is empty.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If a file holds no dialogue, or does not match `layout`; the message names the line.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "chat.txt"
    ...     _ = path.write_text("Hi.\tHello.\tHow are you?\nBye.\tSee you.\n")
    ...     read_dialogues([path])
    [['Hi.', 'Hello.', 'How are you?'], ['Bye.', 'See you.']]
    """
    layout = DialogueLayout() if layout is None else layout
    if layout.format is not None:
        check_choice("format", layout.format, owner, DIALOGUE_FORMATS)
    found: list[list[str]] = []
    for path in paths:
        file = existing_file(path, owner, layout.encoding, layout.errors)
        kind = _format_of(file, layout)
        read = _READERS[kind](file, kind, layout)
        dialogues = [[turn.strip() for turn in turns if turn.strip()] for turns in read]
        dialogues = [turns for turns in dialogues if turns]
        if not dialogues:
            raise ValueError(f"{str(file)!r} holds no dialogue. Check the file.")
        if layout.format is None:
            assume(f"{str(file)!r}: {_WHAT[kind]}; {counted(len(dialogues), 'dialogue')}")
        found += dialogues
    return found


_WHAT = {
    "eou": f"a dialogue a line, turns end with {_EOU}",
    "tabs": "a dialogue a line, turns between tabs",
    "lines": "a turn a line, dialogues between blank lines",
    "jsonl": "JSON, an entry for each dialogue",
    "csv": "CSV",
    "tsv": "TSV",
}


def _format_of(path: Path, layout: DialogueLayout) -> str:
    if layout.format is not None:
        return "jsonl" if layout.format == "json" else layout.format
    if layout.delimiter is not None or layout.dialogue_column is not None or layout.turn_column is not None:
        return "tsv" if layout.delimiter == "\t" else "csv"
    lines = (line for _, line in numbered_lines(path, layout.encoding, layout.errors))
    first = [line for line in itertools.islice(lines, _N_LOOKED_AT) if line.strip()]
    if not first:
        raise ValueError(f"{str(path)!r} is empty. Check the file.")
    by_name = SUFFIXES.get(Path(unpacked_name(path)).suffix)
    if by_name == "parquet":
        raise ValueError(f"{str(path)!r}: dialogues are not read from Parquet. Convert it to JSON lines.")
    if by_name in ("csv", "jsonl") or _JSON_START.match("\n".join(first)):
        return "csv" if by_name == "csv" else "jsonl"
    if 2 * sum(_EOU in line for line in first) > len(first):
        return "eou"
    for kind, mark in (("tsv", "\t"), ("csv", ",")):
        names = [name.strip(' "\ufeff').lower() for name in first[0].split(mark)]
        if (set(names) & set(_DIALOGUE_NAMES) and set(names) & set(_TURN_NAMES)) or _exchange(names):
            return kind
    return "tabs" if 2 * sum("\t" in line for line in first) > len(first) else "lines"


def _eou(path: Path, kind: str, layout: DialogueLayout) -> Iterator[list[str]]:
    n_labelled = 0
    for _, line in numbered_lines(path, layout.encoding, layout.errors):
        text, _, labels = line.removeprefix("\ufeff").partition("\t")
        # The labels of the turns follow the last turn after a tab, as in DailyDialog's variants.
        n_labelled += bool(labels.strip())
        if _EOU in labels:
            text, labels = line.replace("\t", " "), ""
        yield text.split(_EOU)
    if n_labelled:
        assume(f"{str(path)!r}: what follows a tab, in {counted(n_labelled, 'line')}, is not a turn")


def _tabs(path: Path, kind: str, layout: DialogueLayout) -> Iterator[list[str]]:
    for _, line in numbered_lines(path, layout.encoding, layout.errors):
        yield line.removeprefix("\ufeff").split("\t")


def _lines(path: Path, kind: str, layout: DialogueLayout) -> Iterator[list[str]]:
    for _, lines in blocks(path, layout.encoding, layout.errors):
        yield [line.removeprefix("\ufeff") for line in lines]


def _json(path: Path, kind: str, layout: DialogueLayout) -> Iterator[list[str]]:
    lines = [(n, line) for n, line in numbered_lines(path, layout.encoding, layout.errors) if line.strip()]
    counts: Counter[str] = Counter()
    for place, entry in _entries(lines, path):
        yield _turns(entry, f"{str(path)!r}, {place}", counts)
    if counts["exchanges"]:
        assume(
            f"{str(path)!r}: {counted(counts['exchanges'], 'dialogue')} of two turns, a question and its reply"
        )
    if counts[_SYSTEM]:
        assume(f"{str(path)!r}: {counted(counts[_SYSTEM], 'message')} of the role 'system' left out")
    if counts["joined"]:
        assume(
            f"{str(path)!r}: {counted(counts['joined'], 'message')} joined to that of the same role before it"
        )


def _entries(lines: list[tuple[int, str]], path: Path) -> Iterator[tuple[str, Any]]:
    """Yield the JSON of each dialogue with its location, from JSON lines or one document."""
    if not lines:
        return
    try:
        first = json_value(lines[0][1].removeprefix("\ufeff"))
        is_document = len(lines) == 1 and _is_list_of_dialogues(first)
    except ValueError:
        is_document = True
    if is_document:
        try:
            content = json_value("\n".join(line for _, line in lines).removeprefix("\ufeff"))
        except ValueError as error:
            number = lines[0][0] + getattr(error, "lineno", 1) - 1
            raise ValueError(
                f"{str(path)!r}, line {number}: not JSON ({error}). A dialogue a line is {_FORM}."
            ) from error
        if not _is_list_of_dialogues(content):
            content = [content]
        yield from ((f"entry {number}", entry) for number, entry in enumerate(content, 1))
        return
    for number, line in lines:
        try:
            yield f"line {number}", json_value(line.removeprefix("\ufeff"))
        except ValueError as error:
            raise ValueError(
                f"{str(path)!r}, line {number}: not JSON ({error}). A dialogue a line is {_FORM}."
            ) from error


def _is_list_of_dialogues(content: Any) -> bool:
    return (
        isinstance(content, list)
        and bool(content)
        and all(
            isinstance(entry, list) or _list_in(entry) is not None or _exchange_in(entry) is not None
            for entry in content
        )
    )


def _list_in(entry: Any) -> list[Any] | None:
    """Return the list of turns of an object, or None."""
    if not isinstance(entry, Mapping):
        return None
    lowered = {str(name).lower(): value for name, value in entry.items()}
    for name in _LIST_NAMES:
        if isinstance(lowered.get(name), list):
            found: list[Any] = lowered[name]
            return found
    return None


def _exchange(names: Sequence[str]) -> tuple[list[str], str] | None:
    """Return the names of the question, e.g. an instruction and its input, and of the reply, or None."""
    asks = [name for name in _ASK_NAMES if name in names]
    replies = [name for name in _REPLY_NAMES if name in names]
    return (asks, replies[0]) if asks and replies else None


def _exchange_in(entry: Any) -> list[Any] | None:
    """Return question and reply of an object, or None."""
    if not isinstance(entry, Mapping):
        return None
    texts = {str(name).lower(): value for name, value in entry.items() if isinstance(value, str)}
    found = _exchange(list(texts))
    return None if found is None else [" ".join(filter(None, map(texts.get, found[0]))), texts[found[1]]]


def _turns(entry: Any, where: str, counts: Counter[str]) -> list[str]:
    listed_turns = entry if isinstance(entry, list) else _list_in(entry)
    if listed_turns is None and (listed_turns := _exchange_in(entry)) is not None:
        counts["exchanges"] += 1
    if listed_turns is None:
        raise ValueError(f"{where}: no turns in {entry!r:.60}. A dialogue is {_FORM}.")
    found: list[str] = []
    last_role = None
    for number, turn in enumerate(listed_turns, 1):
        role, text = _message(turn, f"{where}, turn {number}")
        if role == _SYSTEM:
            counts[_SYSTEM] += 1
        elif role is not None and role == last_role:
            counts["joined"] += 1
            found[-1] = f"{found[-1]} {text}"
        else:
            found.append(text)
            last_role = role
    return found


def _message(turn: Any, where: str) -> tuple[str | None, str]:
    """Return the role of a turn, or None, and its text."""
    if isinstance(turn, str):
        check_encodes(turn, where)
        return None, turn
    if isinstance(turn, Mapping):
        lowered = {str(name).lower(): value for name, value in turn.items()}
        role = next((lowered[name] for name in _ROLE_NAMES if isinstance(lowered.get(name), str)), None)
        for name in _TURN_NAMES:
            if isinstance(lowered.get(name), str):
                check_encodes(lowered[name], where)
                return role, lowered[name]
    raise ValueError(
        f"{where}: {turn!r:.60} is neither text nor an object with one of {listed(_TURN_NAMES[:6])}."
    )


def _table(path: Path, kind: str, layout: DialogueLayout) -> Iterator[list[str]]:
    table = TableLayout(delimiter=layout.delimiter, encoding=layout.encoding, errors=layout.errors)
    rows = delimited_rows(path, kind, table)
    _, header = next(rows, (0, []))
    names = [name.removeprefix("\ufeff").strip() for name in header]
    if layout.dialogue_column is None and layout.turn_column is None:
        lowered = [name.lower() for name in names]
        if not set(lowered) & set(_DIALOGUE_NAMES) and (exchange := _exchange(lowered)) is not None:
            yield from _exchanges(
                path, rows, names, [lowered.index(name) for name in (*exchange[0], exchange[1])]
            )
            return
    dialogue = _column(names, layout.dialogue_column, _DIALOGUE_NAMES, "dialogue_column", path)
    turn = _column(names, layout.turn_column, _TURN_NAMES, "turn_column", path)
    check_names(path, [name for name in names if name in (names[dialogue], names[turn])])
    if layout.dialogue_column is None or layout.turn_column is None:
        assume(f"{str(path)!r}: dialogues in {names[dialogue]!r}, turns in {names[turn]!r}")
    turns_of: dict[str, list[str]] = {}
    current, n_apart = None, 0
    for fields in _whole_rows(path, rows, len(names)):
        if fields[dialogue] != current:
            current = fields[dialogue]
            n_apart += current in turns_of
        turns_of.setdefault(fields[dialogue], []).append(fields[turn])
    if n_apart:
        assume(
            f"{str(path)!r}: rows of one {names[dialogue]!r} that lie apart, {n_apart:,} times, are one dialogue"
        )
    yield from turns_of.values()


def _exchanges(
    path: Path, rows: Iterator[tuple[int, list[str]]], names: Sequence[str], places: Sequence[int]
) -> Iterator[list[str]]:
    """Yield the question and the reply of each row; the last column is the reply."""
    *asks, reply = places
    asked = " and ".join(repr(names[place]) for place in asks)
    assume(f"{str(path)!r}: each row is a dialogue of two turns, {asked} and the reply {names[reply]!r}")
    for fields in _whole_rows(path, rows, len(names)):
        yield [" ".join(fields[place] for place in asks if fields[place].strip()), fields[reply]]


def _whole_rows(path: Path, rows: Iterator[tuple[int, list[str]]], n_fields: int) -> Iterator[list[str]]:
    for line, fields in rows:
        if len(fields) != n_fields:
            raise ValueError(
                f"{str(path)!r}, line {line}: {counted(len(fields), 'field')}, where the header has {n_fields}. "
                "Correct the line, or drop it."
            )
        yield fields


def _column(names: Sequence[str], given: str | None, usual: Sequence[str], parameter: str, path: Path) -> int:
    """Return the index of a column, by its name or by common names."""
    lowered = [name.lower().replace(" ", "_") for name in names]
    wanted = usual if given is None else [given.lower().replace(" ", "_")]
    for name in wanted:
        if name in lowered:
            return lowered.index(name)
    what = f"no column {given!r}" if given is not None else f"no column called {', '.join(usual[:3])}, ..."
    have = listed([repr(name) for name in names], most=8) or "none"
    raise AdvisedError(
        f"{str(path)!r} has {what}; it has {have:.200}.", f"the name of one as {{{parameter}}}"
    )


_READERS = {
    "eou": _eou, "tabs": _tabs, "lines": _lines, "jsonl": _json, "csv": _table, "tsv": _table,
}  # fmt: skip
