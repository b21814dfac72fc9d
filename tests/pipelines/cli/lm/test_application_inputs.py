"""Input that does not fit the commands of applications: folders of other tasks, standard input, sizes, columns."""

import io
import json
import sys

import pytest

from ..support import fails

USES = {"Translator": "translate", "AbstractiveSummarizer": "summarize", "DialogueModel": "chat"}
COMMANDS = {
    "translate": ("translate", "{model}", "{text}"),
    "summarize": ("summarize", "{model}", "{text}"),
    "chat": ("chat", "{model}"),
    "answer": ("answer", "--model", "{model}", "--passage", "{text}", "Who?"),
    "fill": ("fill", "{model}", "[MASK]"),
    "generate": ("generate", "{model}", "a"),
    "predict": ("predict", "{model}", "{text}"),
}
SMALL = ("--epochs", 1, "--width", 8, "--layers", 1, "--heads", 1, "--vocab-size", 300, "-q")


@pytest.fixture
def stdin(monkeypatch):
    def give(raw):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))

    return give


@pytest.fixture
def passage(write):
    return write("passage.txt", "Eve met Kim in the park. Kim ran home.\n")


def squad(write, *entries, passage="Eve met Kim in the park. Kim ran home."):
    asked = [{"id": str(n), "question": "Who was met?", **entry} for n, entry in enumerate(entries)]
    content = {"data": [{"paragraphs": [{"context": passage, "qas": asked}]}]}
    return write("squad.json", json.dumps(content))


@pytest.mark.parametrize("estimator", USES)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_model_of_another_task_is_named_with_its_command(run, passage, tmp_path, estimator, command):
    if USES[estimator] in (command, {"generate": "chat"}.get(command)):
        return
    model = tmp_path / "model"
    model.mkdir()
    (model / "config.json").write_text("{}")
    (model / "wordvec.json").write_text(json.dumps({"estimator": estimator}))
    arguments = [part.format(model=model, text=passage) for part in COMMANDS[command]]
    assert fails(run("lm", *arguments), "holds a", f"wordvec lm {USES[estimator]} {model}")


@pytest.mark.parametrize("command", [name for name in COMMANDS if name != "predict"])
def test_files_folders_and_nothing_in_place_of_a_model(run, passage, tmp_path, command):
    (tmp_path / "empty").mkdir()
    for name, said in (("passage.txt", "is a file"), ("none", "does not exist"), ("empty", "holds no model")):
        arguments = [part.format(model=tmp_path / name, text=passage) for part in COMMANDS[command]]
        assert fails(run("lm", *arguments), name, said)


@pytest.mark.parametrize(
    ("raw", "said"), [(b"\xff\n", "not UTF-8 (line 1)"), (b"a\nb\0\n", "null characters (line 2)")]
)
def test_a_standard_input_that_is_no_text(run, stdin, passage, causal, masked, raw, said):
    for command in (("fill", masked, "-"), ("generate", causal, "-"), ("answer", "--passage", passage, "-")):
        stdin(raw)
        assert fails(run("lm", *command), said)


def test_fill_reads_lines_as_they_are(run, stdin, masked):
    stdin("\ufeffthe [MASK] film\r\n\n".encode())
    (found,) = json.loads(run("lm", "fill", masked, "-", "--top", 1, "--json")[1])
    assert found["text"] == "the [MASK] film"
    for raw in (b"", b"\n \n"):
        stdin(raw)
        assert fails(run("lm", "fill", masked, "-"), "no text on the standard input")


@pytest.mark.parametrize("option", ["--width", "--layers"])
def test_models_that_no_memory_holds(run, write, tmp_path, option):
    out = tmp_path / "model"
    chat = write("chat.txt", "Hi.\tHello.\n" * 3)
    for command, file in (
        ("train-chat", chat),
        ("train-answerer", squad(write, {"answers": [{"text": "Kim"}]})),
    ):
        done = run("lm", command, file, "-o", out, "--heads", 1, option, 10**8, "--max-length", 32, "-q")
        assert fails(done, "GiB", option) and not out.exists()


def test_one_question_with_one_window_trains(run, write, tmp_path):
    path = squad(write, {"answers": [{"text": "Kim", "answer_start": 9}]})
    assert run("lm", "train-answerer", path, "-o", tmp_path / "model", *SMALL)[0] == 0


def test_answers_from_what_is_no_passage(run, write, passage, tmp_path):
    ask = ("lm", "answer", "--passage", passage, "Who?")
    assert fails(run(*ask, "--encoding", "nope"), "--encoding")
    assert fails(run(*ask, "--errors", "nope"), "--errors")
    assert fails(run(*ask, "--read", 0), "--read")
    assert fails(run("lm", "answer", "--passage", write("n.txt", "a\0b"), "Who?"), "NUL")
    assert fails(run("lm", "answer", "--squad", tmp_path), "is a folder")
    path = squad(write, {"answers": [{"text": "Kim", "answer_start": 8}]})
    before = path.read_bytes()
    assert fails(run("lm", "answer", "--squad", path, "--predictions", path), "--predictions")
    assert path.read_bytes() == before
    assert fails(
        run("lm", "answer", "--squad", path, "--predictions", tmp_path / "no" / "p"), "does not exist"
    )


@pytest.mark.parametrize(
    ("command", "entry"),
    [
        ("train-translator", {"source": "a \ud800", "target": "b"}),
        ("train-summarizer", {"text": "a", "summary": "\udc00"}),
        ("train-chat", {"turns": ["Hi.", "\ud800"]}),
        (
            "train-chat",
            {"messages": [{"role": "user", "content": "\ud800"}, {"role": "bot", "content": "b"}]},
        ),
    ],
)
def test_lone_surrogates_are_named_with_their_line(run, write, tmp_path, command, entry):
    path = write("a.jsonl", f"{json.dumps(entry)}\n" * 2)
    assert fails(
        run("lm", command, path, "-o", tmp_path / "m", *SMALL), "a.jsonl", "line 1", "lone surrogate"
    )


def test_lone_surrogates_of_questions(run, write):
    path = squad(write, {"question": "Who \ud800?"})
    assert fails(run("lm", "answer", "--squad", path), "squad.json", "qas[0]", "lone surrogate")


@pytest.mark.parametrize(
    "text", ["[12:30] Ann: Hi.\n[12:31] Bob: Hello.\n", "{laughs} Hi.\nHello.\n", "[Ann] Hi.\nHello."]
)
def test_brackets_of_chat_logs_are_no_json(run, write, tmp_path, text):
    done = run("lm", "train-chat", write("log.txt", text), "-o", tmp_path / "bot", *SMALL)
    assert done[0] == 0 and "a turn a line" in done[2]


def test_a_dialogue_model_is_evaluated_on_dialogues(run, write, tmp_path):
    tabs, bot = write("tabs.txt", "Hi.\tHello.\n" * 3), tmp_path / "bot"
    turns = write("turns.jsonl", '["Hi.", "Hello."]\n' * 3)
    assert run("lm", "train-chat", tabs, "-o", bot, *SMALL)[0] == 0
    from wordvec.transformer import DialogueModel

    expected = DialogueModel.load(bot).perplexity([["Hi.", "Hello."]] * 3)
    for path in (tabs, turns):
        found = json.loads(run("lm", "evaluate", bot, path, "--json")[1])
        assert (
            found["perplexity_per_token"] == pytest.approx(expected.per_token) and found["n_dialogues"] == 3
        )


def test_pairs_are_evaluated_by_the_columns_they_were_trained_by(run, write, tmp_path):
    rows = "".join(f"{n}\tone {n}\teins {n}\tuno {n}\n" for n in range(30))
    path, model = write("pairs.tsv", rows), tmp_path / "model"
    columns = ("--source-column", 2, "--target-column", 4, "--no-header")
    assert run("lm", "train-translator", path, "-o", model, *columns, *SMALL)[0] == 0
    assert fails(run("lm", "evaluate", model, path), "--source-column")
    code, out, _ = run("lm", "evaluate", model, path, *columns, "--json")
    assert code == 0 and json.loads(out)["n_pairs"] == 30


def test_more_beams_than_any_search_has(run, causal):
    assert fails(run("lm", "generate", causal, "a", "--beams", 100_000), "--beams", "from 1 to 1000")
