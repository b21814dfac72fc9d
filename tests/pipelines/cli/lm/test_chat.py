"""`wordvec lm train-chat` and `chat`: from files of dialogues to replies; bad input and interruptions."""

import io
import json
import os
import signal
import sys

import pytest

pytest.importorskip("torch")

from wordvec.transformer import DialogueModel
from wordvec.transformer.training import run as training_run

from ..support import fails
from .support import call

QUICK = [
    "--width", 32, "--layers", 1, "--heads", 2, "--batch", 8, "--learning-rate", 0.02, "--max-length", 32,
    "--vocab-size", 300, "--quiet",
]  # fmt: skip
DIALOGUES = [["one", "two", "three"], ["red", "green", "blue"]] * 12
TEXT = "".join("\t".join(turns) + "\n" for turns in DIALOGUES)


@pytest.fixture(scope="module")
def bot(tmp_path_factory):
    folder = tmp_path_factory.mktemp("chat")
    (folder / "chat.txt").write_text(TEXT, encoding="utf-8")
    call("lm", "train-chat", folder / "chat.txt", "-o", folder / "bot", "--epochs", 120, *QUICK)
    return folder / "bot"


@pytest.fixture
def say(run, monkeypatch):
    """Run `chat` on a standard input of bytes or text."""

    class Terminal(io.TextIOWrapper):
        def isatty(self):
            return True

    def with_input(text, *arguments, terminal=False):
        raw = text if isinstance(text, bytes) else text.encode()
        kind = Terminal if terminal else io.TextIOWrapper
        monkeypatch.setattr(sys, "stdin", kind(io.BytesIO(raw), encoding="utf-8"))
        return run("lm", "chat", *arguments)

    return with_input


def test_training_tells_what_it_did(run, write, tmp_path):
    path = write("chat.txt", TEXT + "alone\n")
    code, out, err = run("lm", "train-chat", path, "-o", tmp_path / "m", "--epochs", 1, *QUICK, "--json")
    report = json.loads(out)
    assert code == 0 and "turns between tabs; 25 dialogues" in err
    assert (report["n_dialogues"], report["n_held_out"], report["n_left_out"]) == (23, 1, 1)
    assert report["assumptions"] == [err.removeprefix("wordvec: Assumed: ").strip().rstrip(".")]
    options = [path, "-o", tmp_path / "m", "--epochs", 1, *QUICK]
    assert fails(run("lm", "train-chat", *options), "holds a model", "--overwrite")
    code, out, _ = run("lm", "train-chat", *options, "--overwrite", "--validation", path)
    assert code == 0 and "24; 24 held out, 1 of one turn left out" in out


def test_replies_are_those_of_python_with_their_history(say, bot):
    model = DialogueModel.load(bot)
    second = model.reply(["one", model.reply("one"), "four"])
    code, out, err = say("one\nfour\n\n red \n", bot)
    assert (code, err) == (0, "")
    assert out == f"{model.reply('one')}\n{second}\n\n{model.reply('red')}\n"
    assert model.reply("one") == "two"
    code, out, _ = say("one\n\n\nred\n", bot, "--json")
    found = [json.loads(line) for line in out.splitlines()]
    assert found == [
        {"dialogue": 1, "turn": "one", "reply": "two"},
        {"dialogue": 2, "turn": "red", "reply": "green"},
    ]


def test_seeds_and_stops(say, bot):
    sampled = [bot, "--do-sample", "--temperature", 5.0, "--max-new-tokens", 8]
    outs = [say("one\nred\n", *sampled, "--seed", seed)[1] for seed in (1, 1, 2)]
    assert outs[0] == outs[1] != outs[2]
    assert say("one\n", bot, "--stop", "w")[1] == "t\n"


def test_a_terminal_gets_a_prompt_and_ctrl_d_ends(say, bot):
    code, out, err = say("one\n\n", bot, terminal=True)
    assert (code, out) == (0, "two\n")
    assert "Ctrl-D" in err and err.count("> ") == 3
    assert say("", bot, terminal=True)[0] == 0


def test_ctrl_c_ends_a_conversation_in_one_line(say, bot, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(DialogueModel, "reply", interrupt)
    assert say("one\n", bot) == (130, "", "wordvec: interrupted.\n")


@pytest.mark.slow
@pytest.mark.parametrize("is_there", [False, True])
def test_ctrl_c_while_training_loses_nothing(run, write, tmp_path, monkeypatch, is_there):
    path, out = write("chat.txt", TEXT), tmp_path / "m"
    if is_there:
        assert run("lm", "train-chat", path, "-o", out, "--epochs", 1, *QUICK)[0] == 0
        before = (out / "model.safetensors").read_bytes()
    note = training_run.TrainingRun._note

    def interrupt(self, *arguments):
        report = note(self, *arguments)
        if report.step == 2:
            os.kill(os.getpid(), signal.SIGINT)
        return report

    monkeypatch.setattr(training_run.TrainingRun, "_note", interrupt)
    code, _, err = run("lm", "train-chat", path, "-o", out, "--epochs", 3, *QUICK, "--overwrite")
    place = tmp_path / "m.interrupted" if is_there else out
    assert code == 130 and f"wordvec: interrupted; {place} holds what was learned so far." in err
    assert (place / "model.safetensors").exists()
    if is_there:
        assert (out / "model.safetensors").read_bytes() == before


@pytest.mark.parametrize(
    ("name", "content", "parts"),
    [
        ("a.txt", b"", ["is empty"]),
        ("a.txt", b"\n \n", ["is empty"]),
        ("a.txt", b"alone\n\nalone, too\n", ["two turns"]),
        ("a.txt", bytes(range(256)) * 4, ["a.txt"]),
        ("a.csv", b"id,said\n1,a\n1,b\n", ["no column", "--dialogue-column"]),
        ("a.jsonl", b'["a", "b"]\n{"a"}\n', ["line 2"]),
    ],
)
def test_what_is_no_dialogue_is_told_in_one_line(run, tmp_path, name, content, parts):
    (tmp_path / name).write_bytes(content)
    assert fails(run("lm", "train-chat", tmp_path / name, "-o", tmp_path / "m", *QUICK), *parts)
    assert not (tmp_path / "m").exists()


@pytest.mark.parametrize(
    ("text", "arguments", "parts"),
    [
        ("", [], ["no turn on the standard input"]),
        ("\n\n", [], ["no turn on the standard input"]),
        (b"\xff\xfe\x00", [], ["not UTF-8", "line 1"]),
        (b"\x00\x01\n", [], ["null characters"]),
        ("one\n", ["--temperature", 0.5], ["--temperature", "--do-sample"]),
        ("one\n", ["--max-new-tokens", 32], ["--max-new-tokens", "29"]),
        ("one\n", ["--beams", 0], ["--beams"]),
    ],
)
def test_bad_turns_and_options(say, bot, text, arguments, parts):
    assert fails(say(text, bot, *arguments), *parts)


@pytest.mark.slow
def test_other_models_are_refused(say, run, causal, masked, tmp_path, write):
    assert fails(say("one\n", causal), "knows no turns", "train-chat")
    assert fails(say("one\n", masked), "MaskedLM", "train-chat")
    assert fails(say("one\n", tmp_path), "holds no model", "wordvec lm")
    assert fails(say("one\n", tmp_path / "none"), "does not exist")
    path = write("chat.txt", TEXT)
    assert fails(run("lm", "train-chat", path, "-o", tmp_path / "m", "--from", masked, *QUICK), "decoder")
