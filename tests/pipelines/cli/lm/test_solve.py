"""`wordvec lm solve`: with an endpoint on loopback and with a folder; files that are resumed; what is refused."""

import json
import subprocess
import sys

import pytest

pytest.importorskip("httpx")

from ...prompting.generators.endpoint.server import Reply, chat, serving, wait_until
from ...prompting.generators.support import decoder, tokenizer
from ...prompting.solving.support import LETTER_EXAMPLES, last_letters
from ..support import fails

QUESTIONS = ['"dog, machine, think"', '"think, dog"', '"machine, learning, dog, think"']
ANSWERS = ["gek", "kg", "eggk"]


@pytest.fixture(autouse=True)
def no_key(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


@pytest.fixture
def examples(write):
    return write("worked.jsonl", "".join(f"{json.dumps(each)}\n" for each in LETTER_EXAMPLES))


@pytest.fixture
def asked(write):
    lines = [json.dumps({"question": q, "answer": a}) for q, a in zip(QUESTIONS, ANSWERS)]
    return write("questions.jsonl", "\n".join(lines))


def interpreter(body):
    return chat(last_letters(body["messages"][-1]["content"]))


@pytest.fixture
def server():
    with serving(interpreter) as running:
        yield running


def at(server):
    return ["--endpoint", server.url, "--api-model", "small"]


def test_an_answer(run, server, examples):
    assert run("lm", "solve", *at(server), "--examples", examples, QUESTIONS[0]) == (0, "gek\n", "")


def test_answers_of_a_file(run, server, examples, asked):
    code, out, err = run("lm", "solve", *at(server), "--examples", examples, "--questions", asked)
    assert code == 0 and err == "wordvec: 3 of 3 answers right.\n"
    assert out.splitlines() == [f"{q}\t{a}" for q, a in zip(QUESTIONS, ANSWERS)]


def test_lines_of_text_and_of_stdin(run, server, examples, write, monkeypatch):
    path = write("questions.txt", f"{QUESTIONS[0]}\n\n")
    monkeypatch.setattr("sys.stdin", iter([f"{QUESTIONS[1]}\n", "\n"]))
    code, out, err = run("lm", "solve", *at(server), "--examples", examples, "--questions", path, "-")
    assert code == 0 and [line.split("\t")[1] for line in out.splitlines()] == ["kg", "gek"]
    assert "questions.txt': a question a line" in err


def test_json_and_the_trace(run, server, examples):
    code, out, _ = run("lm", "solve", *at(server), "--examples", examples, "--json", QUESTIONS[0])
    found = json.loads(out)
    assert code == 0 and found["answer"] == "gek" and found["n_calls"] == len(found["trace"]) == 3
    assert [step["question"] for step in found["steps"]] == ['"dog, machine"', QUESTIONS[0]]
    code, out, _ = run("lm", "solve", *at(server), "--examples", examples, "--trace", QUESTIONS[0])
    assert code == 0 and out.startswith("call 1 (decompose") and "answer: gek" in out


@pytest.mark.parametrize("method", ["plain", "self-consistency"])
def test_other_methods(run, server, examples, method):
    more = ["--samples", 3] if method == "self-consistency" else []
    code, out, _ = run(
        "lm", "solve", *at(server), "--examples", examples, "--method", method, *more, '"dog, think"'
    )
    assert (code, out) == (0, "gk\n") and len(server.asked) == (3 if more else 1)


def test_examples_are_selected(run, server, write):
    many = [{"question": f'"a{n}, b{n}"', "answer": f"{n}{n}"} for n in range(9)] + LETTER_EXAMPLES
    path = write("worked.json", json.dumps(many))
    code, out, _ = run(
        "lm", "solve", *at(server), "--examples", path, "--select", "bm25", "--n-examples", 2, QUESTIONS[0]
    )
    assert (code, out) == (0, "gek\n")
    assert "a7" not in server.asked[0][2]["messages"][0]["content"]


@pytest.fixture
def folder(tmp_path):
    tokens = tokenizer()
    decoder(tokens, max_length=16).save_pretrained(tmp_path / "model")
    tokens.save(tmp_path / "model")
    return tmp_path / "model"


def test_a_folder_answers(run, folder, examples):
    code, out, err = run(
        "lm", "solve", "--model", folder, "--max-new-tokens", 3, "--method", "plain", "--json", "the"
    )
    found = json.loads(out)
    assert code == 0 and found["n_tokens"] > 3 and found["trace"][0]["n_new_tokens"] <= 3
    # The prompt of an example does not fit into a model of 16 tokens: one line, with what was done.
    code, out, err = run("lm", "solve", "--model", folder, "--examples", examples, QUESTIONS[0])
    assert (
        code == 2
        and err.count("\n") == 1
        and "tokens, which leaves no room in the model's max_length of 16" in err
    )
    assert "answer: none found" in out


def test_a_run_that_is_resumed(run, tmp_path, examples, asked):
    out = tmp_path / "solved.jsonl"
    with serving(interpreter) as server:
        command = ["lm", "solve", *at(server), "--examples", examples, "--questions", asked, "-o", out]
        code, shown, err = run(*command)
        assert code == 0 and "accuracy   100.0% of 3" in shown and err == ""
        whole, n_asked = out.read_bytes(), len(server.asked)
        assert fails(run(*command), "holds 3 solutions", "--resume to go on", "--overwrite to replace")
        lines = whole.splitlines(keepends=True)
        out.write_bytes(lines[0] + lines[1][:50])  # killed in the second line
        code, shown, _ = run(*command, "--resume")
        assert code == 0 and "accuracy   100.0% of 3" in shown
        assert out.read_bytes() == whole
        assert len(server.asked) == n_asked + (2 + 4)  # the second and the third question
        assert fails(
            run(*command, "--resume", "--seed", 5),
            "with another setting: seed was 0, and is 5 now",
            "--overwrite",
        )
        assert out.read_bytes() == whole


def test_a_question_that_fails_keeps_its_trace_and_the_others_go_on(run, tmp_path, examples, asked):
    out = tmp_path / "solved.jsonl"
    broken = [True]

    def script(body):
        prompt = body["messages"][-1]["content"]
        if broken[0] and prompt.endswith(f"Q: {QUESTIONS[0]}\nA:") and "outputs" in prompt:
            return Reply({"error": {"message": "too {long}"}}, 400)
        return interpreter(body)

    with serving(script) as server:
        command = ["lm", "solve", *at(server), "--examples", examples, "--questions", asked, "-o", out]
        code, shown, err = run(*command)
        assert code == 2 and err.count("\n") == 1
        assert "failed at step 2 of 2 of" in err and "answered 400 Bad Request: too {long}." in err
        assert "accuracy   66.7% of 3" in shown and "failed     1" in shown
        first = json.loads(out.read_text().splitlines()[0])
        assert first["answer"] is None and len(first["trace"]) == 2 and "too {long}" in first["error"]
        n_asked, broken[0] = len(server.asked), False
        code, shown, err = run(*command, "--resume")
        assert code == 0 and "accuracy   100.0% of 3" in shown and len(server.asked) == n_asked + 3


def test_an_endpoint_that_is_down_is_asked_once(run, monkeypatch, examples, asked, tmp_path):
    from wordvec.pipelines.prompting.generators.endpoint import transport

    monkeypatch.setattr(transport, "backoff", lambda attempt, key: 0.0)
    with serving(interpreter) as server:
        pass
    command = ["lm", "solve", *at(server), "--examples", examples, "--questions", asked]
    code, out, err = run(*command)
    assert code == 2 and err.count("\n") == 2, err
    assert "cannot be reached" in err.splitlines()[0] and "2 questions more not asked" in err.splitlines()[1]
    assert run(*command, "-o", tmp_path / "out.jsonl")[0] == 2
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 1


def test_an_endpoint_that_is_slow_names_the_option(run, monkeypatch, examples):
    from wordvec.pipelines.prompting.generators.endpoint import transport

    monkeypatch.setattr(transport, "backoff", lambda attempt, key: 0.0)
    with serving([Reply("{}", pause=5)]) as server:
        code, _, err = run(
            "lm", "solve", *at(server), "--timeout", 0.05, "--examples", examples, QUESTIONS[1]
        )
    assert code == 2 and err.count("\n") == 1
    assert "did not answer within 0.05 s (5 attempts). Pass a longer --timeout." in err


def test_a_budget_names_the_option(run, server, examples):
    code, out, err = run("lm", "solve", *at(server), "--examples", examples, "--max-calls", 2, QUESTIONS[2])
    assert code == 2 and err.count("\n") == 1 and "Pass a larger --max-calls." in err
    assert "answer: none found" in out


def test_a_question_without_an_answer_is_told(run, examples):
    with serving([chat("I really do not know what to say about it.")]) as server:
        code, out, err = run(
            "lm", "solve", *at(server), "--method", "chain-of-thought", "--retries", 0, "Why?"
        )
    assert (code, out) == (
        0,
        "\n",
    ) and err == "wordvec: 1 question without an answer; --json and -o say why.\n"


SERVED = ["--endpoint", "http://localhost:1/v1", "--api-model", "m"]


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (SERVED, ["There is no question", "--questions FILE"]),
        (
            ["why"],
            [
                "There is no generator. Pass --model with the folder of one, or --endpoint with an address and --api"
            ],
        ),
        (["--endpoint", "http://localhost:1/v1", "why"], ["Pass --api-model with the name of one"]),
        (
            ["--model", "nothing", "--timeout", 5, "why"],
            ["A folder is not an endpoint. Leave --timeout out, or pass --endpoint"],
        ),
        (
            [*SERVED, "--samples", 3, "why"],
            ["Pass --method self-consistency for --samples. Or leave --samples out."],
        ),
        (
            [*SERVED, "--max-calls", 0, "why"],
            ["The option --max-calls must be an integer of at least 1. Got 0"],
        ),
        (
            [*SERVED, "--n-examples", 3, "why"],
            ["The option --n-examples must be left out without --select. Got 3"],
        ),
        ([*SERVED, "--select", "bm25", "why"], ["There are no examples to choose from. Pass --examples."]),
        ([*SERVED, "--examples", "nothing.json", "why"], ["'nothing.json' does not exist"]),
        ([*SERVED, "--api-key-variable", "sk-123", "why"], ["name of an environment variable"]),
        (
            ["--endpoint", "localhost", "--api-model", "m", "why"],
            [
                "The option --endpoint must be an address that begins with http:// or https://. Got 'localhost'"
            ],
        ),
    ],
)
def test_what_is_refused(run, arguments, parts):
    assert fails(run("lm", "solve", *arguments), *parts)


def test_other_files_are_not_written_over(run, write):
    path = write("data.txt", '{"question": "a"}\n')
    assert fails(
        run("lm", "solve", *SERVED, "-o", path, "--overwrite", "why"),
        "something other than solutions (line 1",
    )
    assert path.read_text() == '{"question": "a"}\n'


def test_two_runs_do_not_write_one_file(run, tmp_path):
    fcntl = pytest.importorskip("fcntl")
    path = tmp_path / "out.jsonl"
    with path.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert fails(run("lm", "solve", *SERVED, "-o", path, "why"), "Another run is writing")


@pytest.mark.process
def test_a_run_that_is_killed_loses_nothing(run, tmp_path, examples, asked):
    out = tmp_path / "solved.jsonl"
    blocked = [True]

    def script(body):
        reply = interpreter(body)
        if blocked[0] and QUESTIONS[1] in body["messages"][-1]["content"]:
            reply.pause = 60
        return reply

    with serving(script) as server:
        command = ["lm", "solve", *at(server), "--examples", examples, "--questions", asked, "-o", out]
        words = [sys.executable, "-m", "wordvec.pipelines.cli", *map(str, command)]
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            wait_until(lambda: any(QUESTIONS[1] in str(body) for _, _, body in server.asked), seconds=60)
            process.kill()
        assert [json.loads(line)["answer"] for line in out.read_text().splitlines()] == ANSWERS[:1]
        n_asked, blocked[0] = len(server.asked), False
        code, shown, _ = run(*command, "--resume")
        assert code == 0 and "accuracy   100.0% of 3" in shown
        assert not any(
            QUESTIONS[0] in str(body).rpartition("Q: ")[2] for _, _, body in server.asked[n_asked:]
        )
