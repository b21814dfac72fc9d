"""Files of dialogues in the layouts that people have, and files that are none."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from wordvec._utils.assumptions import collected_assumptions
from wordvec.pipelines.datasets import DialogueLayout, read_dialogues

TURNS = [["Hi.", "Hello, you.", "How are you?"], ["\u4f60\u597d\u3002", "\u518d\u89c1\u3002"]]


def messages(turns: list[str], role: str = "role", text: str = "content") -> list[dict[str, str]]:
    return [{role: ("user", "assistant")[k % 2], text: turn} for k, turn in enumerate(turns)]


def lines(*values: object) -> str:
    return "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values)


def rows(mark: str, header: str = "Sr No.{0}Utterance{0}Speaker{0}Dialogue_ID{0}Utterance_ID") -> str:
    found = [header.format(mark)]
    for d, turns in enumerate(TURNS):
        for u, turn in enumerate(turns):
            quoted = f'"{turn}"' if mark in turn else turn
            found.append(mark.join(["1", quoted, "Ann", str(d), str(u)]))
    return "\n".join(found) + "\n"


FILES = {
    "DailyDialog": ("a.txt", "".join(" __eou__ ".join(turns) + " __eou__\n" for turns in TURNS)),
    "without blanks": ("a.txt", "\n".join("__eou__".join(turns) + "__eou__" for turns in TURNS)),
    "with labels": (
        "a.txt",
        "".join("__eou__".join(turns) + "__eou__\t1\t3 4 3\t4 2 0\n" for turns in TURNS),
    ),
    "tabs": ("a.txt", "".join("\t".join(turns) + "\n" for turns in TURNS)),
    "tabs in .tsv": ("a.tsv", "".join("\t".join(turns) + "\n" for turns in TURNS)),
    "tabs and DOS": ("a.txt", "\ufeff" + "".join("\t".join(turns) + "\r\n" for turns in TURNS)),
    "a turn a line": ("a.txt", "\n".join("".join(f"{turn}\n" for turn in turns) for turns in TURNS)),
    "blank lines": ("a.txt", "\n\n\n" + "\n \n\n".join("\n".join(turns) for turns in TURNS) + "\n\n"),
    "lists": ("a.jsonl", lines(*TURNS)),
    "lists in .txt": ("a.txt", lines(*TURNS)),
    "turns": ("a.jsonl", lines(*({"id": 1, "turns": turns} for turns in TURNS))),
    "dialog": ("a.json", lines(*({"dialog": turns, "act": [1, 2]} for turns in TURNS))),
    "messages": ("a.jsonl", lines(*({"messages": messages(turns)} for turns in TURNS))),
    "ShareGPT": (
        "a.json",
        json.dumps([{"conversations": messages(t, "from", "value")} for t in TURNS], indent=1),
    ),
    "bare messages": ("a.jsonl", lines(*map(messages, TURNS))),
    "objects of texts": (
        "a.jsonl",
        lines(*({"utterances": [{"Text": t} for t in turns]} for turns in TURNS)),
    ),
    "one array": ("a.json", json.dumps(TURNS)),
    "indented": ("a.json", json.dumps(TURNS, indent=2)),
    "system": (
        "a.jsonl",
        lines(*([{"role": "system", "content": "Be brief."}, *messages(t)] for t in TURNS)),
    ),
    "MELD": ("a.csv", rows(",")),
    "MELD in .txt": ("a.txt", rows(",")),
    "TSV": ("a.tsv", rows("\t")),
    "other names": ("a.csv", rows(",", "n{0}Text{0}Speaker{0}conversation id{0}k")),
}


EXCHANGES = {
    "columns": (
        "a.csv",
        'id,Question,Answer\n1,Hi.,"Hello, you."\n2,\u4f60\u597d\u3002,\u518d\u89c1\u3002\n',
    ),
    "columns in .txt": (
        "a.txt",
        "prompt\tresponse\nHi.\tHello, you.\n\u4f60\u597d\u3002\t\u518d\u89c1\u3002\n",
    ),
    "instructions": (
        "a.json",
        json.dumps(
            [
                {"instruction": "Hi.", "input": "", "output": "Hello, you."},
                {"instruction": "\u4f60\u597d\u3002", "output": "\u518d\u89c1\u3002"},
            ]
        ),
    ),
    "objects": (
        "a.jsonl",
        lines(
            {"question": "Hi.", "answer": "Hello, you."},
            {"\u95ee": "\u4f60\u597d\u3002", "\u7b54": "\u518d\u89c1\u3002"},
        ),
    ),
}


@pytest.mark.parametrize("name", EXCHANGES)
def test_a_question_and_its_reply_are_a_dialogue(name: str, tmp_path: Path) -> None:
    file_name, text = EXCHANGES[name]
    path = tmp_path / file_name
    path.write_text(text, encoding="utf-8")
    with collected_assumptions() as assumed:
        assert read_dialogues([path]) == [
            ["Hi.", "Hello, you."],
            ["\u4f60\u597d\u3002", "\u518d\u89c1\u3002"],
        ]
    assert any("two turns" in each and repr(str(path)) in each for each in assumed)


def test_an_instruction_and_its_input_are_one_turn(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([{"instruction": "Add.", "input": "1 2", "output": "3"}]))
    assert read_dialogues([path]) == [["Add. 1 2", "3"]]
    path.with_suffix(".csv").write_text("instruction,input,output\nAdd.,1 2,3\nStop.,,Yes.\n")
    assert read_dialogues([path.with_suffix(".csv")]) == [["Add. 1 2", "3"], ["Stop.", "Yes."]]


@pytest.mark.parametrize("name", FILES)
def test_layouts_are_recognised_and_told(name: str, tmp_path: Path) -> None:
    file_name, text = FILES[name]
    path = tmp_path / file_name
    path.write_bytes(text.encode())
    with collected_assumptions() as assumed:
        assert read_dialogues([path]) == TURNS
    assert assumed and all(repr(str(path)) in each for each in assumed)
    if name == "system":
        assert any("2 messages of the role 'system'" in each for each in assumed)
    packed = path.with_name(f"{file_name}.gz")
    packed.write_bytes(gzip.compress(text.encode()))
    assert read_dialogues([packed, path]) == TURNS * 2


@pytest.mark.parametrize(
    ("layout", "text", "expected"),
    [
        (DialogueLayout("lines"), "a\tb\nc\n\nd\n", [["a\tb", "c"], ["d"]]),
        (DialogueLayout("tabs"), "one turn\nanother\n", [["one turn"], ["another"]]),
        (DialogueLayout(dialogue_column="who", turn_column="said"), "who,said\n1,a\n1,b\n", [["a", "b"]]),
        (DialogueLayout(delimiter=";"), "Dialog_ID;Turn\n1;a\n2;b\n1;c\n", [["a", "c"], ["b"]]),
        (DialogueLayout(encoding="gb18030"), "\u4f60\t\u597d\n", [["\u4f60", "\u597d"]]),
    ],
)
def test_a_layout_is_obeyed(
    layout: DialogueLayout, text: str, expected: list[list[str]], tmp_path: Path
) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(text.encode(layout.encoding))
    assert read_dialogues([path], layout) == expected


def test_messages_of_one_role_in_a_row_are_one_turn(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(
        lines([{"role": r, "content": c} for r, c in (("user", "a"), ("user", "b"), ("bot", "c"))])
    )
    with collected_assumptions() as assumed:
        assert read_dialogues([path]) == [["a b", "c"]]
    assert any("1 message joined" in each for each in assumed)


@pytest.mark.parametrize(
    ("name", "content", "parts"),
    [
        ("a.txt", b"", ["is empty"]),
        ("a.txt", b" \n\n", ["is empty"]),
        ("a.txt", b"\t\t\n\t\n", ["is empty"]),
        ("a.txt", b"__eou__ __eou__\n", ["no dialogue"]),
        ("a.txt", b"\x7fELF\x00\x01\xff\xfe" * 9, ["a.txt"]),
        ("a.jsonl", b'["a", "b"]\n["c", \n', ["line 2", "JSON"]),
        ("a.jsonl", b'{"title": "x"}\n{"title": "y"}\n', ["line 1", "no turns"]),
        ("a.jsonl", b'["a", 1]\n["b"]\n', ["line 1, turn 2", "neither text nor"]),
        ("a.jsonl", b'[{"role": "user"}]\n[]\n', ["line 1, turn 1"]),
        ("a.json", b"[[[\n", ["not JSON"]),
        ("a.csv", b"a,b\n1,2\n", ["no column called dialogue_id", "'a', 'b'", "dialogue_column"]),
        ("a.csv", b"dialogue_id,b\n1,2\n", ["no column called utterance", "turn_column"]),
        ("a.csv", b"dialogue_id,text\n1,a,b\n", ["line 2", "3 fields"]),
        ("a.csv", b"dialogue_id,text,text\n1,a,b\n", ["2 columns called 'text'"]),
        ("a.csv", b"dialogue_id,text\n", ["no dialogue"]),
        ("a.tsv", b"question\tanswer\n", ["no dialogue"]),
        ("a.csv", b"question,answer\nHi.\n", ["line 2", "1 field"]),
    ],
)
def test_what_is_no_dialogue_is_told_with_its_place(
    name: str, content: bytes, parts: list[str], tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"a\.") as raised:
        read_dialogues([path])
    assert all(part in str(raised.value) for part in parts), raised.value


def test_a_file_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_dialogues([tmp_path / "a.txt"])


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "n_dialogues", "n_turns", "last"),
    [
        (
            "xdailydialog/dialogues_text_En.txt",
            1000,
            7386,
            "At the close of escrow , the house will be yours !",
        ),
        ("xdailydialog/en_test_human.txt", 996, 7716, "Not for me , Dick ."),
        ("xdailydialog/zh_test_human.txt", 996, 7716, None),
        ("meld-dialogue/dev_sent_emo.csv", 114, 1109, None),
        ("meld-dialogue/test_sent_emo.csv", 280, 2610, None),
    ],
)
def test_public_dialogues_are_read_whole(
    data_path: Callable[[str], Path], name: str, n_dialogues: int, n_turns: int, last: str | None
) -> None:
    dialogues = read_dialogues([data_path(name)])
    assert (len(dialogues), sum(map(len, dialogues))) == (n_dialogues, n_turns)
    assert last is None or dialogues[0][-1] == last
