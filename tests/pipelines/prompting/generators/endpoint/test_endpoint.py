"""The generator of endpoints against a server in a thread: requests, answers, retries, streams, the cache."""

import logging
import pickle
import threading
import time

import pytest

pytest.importorskip("httpx")

from wordvec.pipelines.prompting import Completion, EndpointError, HTTPGenerator, as_generator
from wordvec.pipelines.prompting.generators.endpoint import transport

from .server import Reply, chat, events, plain, serving

KEY = "sk-secret-0123456789"
EMOJI = "\U0001f600"


@pytest.fixture(autouse=True)
def no_key(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


@pytest.fixture
def waits(monkeypatch):
    """Let no retry wait; the list holds how long each would have waited."""
    found = []
    monkeypatch.setattr(transport, "backoff", lambda attempt, key: found.append(attempt) or 0.0)
    return found


def generator(server, **options):
    return HTTPGenerator(server.url, model="small", **options)


def test_a_chat_is_asked_and_answered():
    with serving([chat("four", usage=None), chat("five")]) as server:
        mine = as_generator(generator(server, system="Be brief."))
        assert mine.generate(["2 + 2?"], max_tokens=7) == [Completion("four", None, None, "stop")]
        (second,) = mine.generate(["2 + 3?"], stop="\n", temperature=0.5, seed=3)
        assert second == Completion("five", 5, 2, "stop") and second.n_tokens == 7
    path, headers, body = server.asked[0]
    assert path == "/v1/chat/completions" and "authorization" not in headers
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "2 + 2?"}]
    assert body == {"model": "small", "messages": messages, "max_tokens": 7, "temperature": 0.0}
    assert server.asked[1][2] | {"messages": None} == {
        "model": "small", "messages": None, "max_tokens": 256, "temperature": 0.5, "stop": ["\n"], "seed": 3,
    }  # fmt: skip


@pytest.mark.parametrize("ending", ["", "/", "/completions"])
def test_a_text_is_completed(ending):
    with serving([plain(" mat", "length")]) as server:
        mine = HTTPGenerator(server.url + ending, model="small", chat=None if "com" in ending else False)
        assert mine.generate(["The cat sat on the"]) == [Completion(" mat", 5, 2, "length")]
    assert server.asked[0][0] == "/v1/completions"
    assert server.asked[0][2]["prompt"] == "The cat sat on the"


def test_options_add_replace_and_remove_fields():
    options = {"top_p": 0.5, "max_tokens": None, "max_completion_tokens": 9}
    with serving([chat("x")]) as server:
        generator(server, options=options).generate(["p"])
    body = server.asked[0][2]
    assert body["top_p"] == 0.5 and body["max_completion_tokens"] == 9 and "max_tokens" not in body


def echo(body):
    return chat(f"{body['messages'][-1]['content']} {body.get('seed')}")


def test_answers_come_in_order_and_no_more_at_a_time_than_allowed():
    prompts = [f"p{n}" for n in range(12)]

    def slow(body):
        reply = echo(body)
        reply.pause = 0.03
        return reply

    with serving(slow) as server:
        found = generator(server, concurrency=3).generate(prompts)
    assert [each.text for each in found] == [f"{prompt} None" for prompt in prompts]
    assert 1 < server.most <= 3


def test_equal_requests_are_sent_once_and_draws_differ():
    with serving(echo) as server:
        mine = generator(server)
        assert [each.text for each in mine.generate(["a", "b", "a"])] == ["a None", "b None", "a None"]
        assert len(server.asked) == 2
        drawn = mine.generate(["a", "b", "a"], temperature=1.0, seed=5)
        assert [each.text for each in drawn] == ["a 5", "b 5", "a 6"]


def test_a_stop_string_that_the_server_sends_is_cut():
    with serving([chat("one\ntwo", "length")]) as server:
        assert generator(server).generate(["p"], stop=["\n"]) == [Completion("one", 5, 2, "stop")]


@pytest.mark.parametrize("is_chat", [True, False])
def test_a_stream_comes_in_pieces(is_chat):
    with serving([events("a", "b\u2028", "", "c", is_chat=is_chat)]) as server:
        pieces = []
        mine = generator(server, chat=is_chat)
        (found,) = mine.generate(["p"], on_text=lambda number, piece: pieces.append((number, piece)))
    assert found == Completion("ab\u2028c", 5, 2, "stop")
    assert pieces == [(0, "a"), (0, "b\u2028"), (0, "c")]
    body = server.asked[0][2]
    assert body["stream"] is True and body["stream_options"] == {"include_usage": True}


def test_halves_of_a_character_become_one():
    half = EMOJI.encode("utf-16-be")
    pieces = [half[:2].decode("utf-16-be", "surrogatepass"), half[2:].decode("utf-16-be", "surrogatepass")]
    lone = '{"choices": [{"message": {"content": "a\\ud800b"}, "finish_reason": "stop"}]}'
    stream = [f'data: {{"choices": [{{"delta": {{"content": "\\u{ord(p):x}"}}}}]}}\n\n' for p in pieces]
    with serving([Reply([*stream, "data: [DONE]\n\n"], kind="text/event-stream"), Reply(lone)]) as server:
        mine = generator(server)
        assert mine.generate(["p"], on_text=lambda *_: None)[0].text == EMOJI
        assert mine.generate(["q"])[0].text == "a\ufffdb"


def test_a_server_that_does_not_stream_answers_in_one_piece():
    with serving([chat("whole")]) as server:
        pieces = []
        generator(server).generate(["p"], on_text=lambda number, piece: pieces.append(piece))
    assert pieces == ["whole"]


@pytest.mark.parametrize("status", [408, 409, 429, 500, 503])
def test_what_passes_is_tried_again(status, waits):
    with serving([Reply({"error": "busy"}, status), Reply("", status), chat("ok")]) as server:
        assert generator(server).generate(["p"])[0].text == "ok"
    assert waits == [0, 1] and len(server.asked) == 3


def test_a_connection_that_breaks_is_tried_again(waits):
    with serving([Reply('{"choices": [', drop=True), chat("ok")]) as server:
        assert generator(server).generate(["p"])[0].text == "ok"
    with serving([events("a", reason=None, usage=None, done=False)]) as server:
        message = "broke off in the middle of an answer"
        with pytest.raises(EndpointError, match=rf"{message} \(2 attempts\)\."):
            HTTPGenerator(server.url + "/chat/completions", model="m", max_retries=1).generate(["p"])
        pieces = []
        with pytest.raises(EndpointError, match=rf"{message}\."):
            generator(server).generate(["q"], on_text=lambda number, piece: pieces.append(piece))
    assert pieces == ["a"]  # what was handed on is not handed on again


def test_a_stream_that_breaks_after_its_reason_is_whole():
    with serving([events("a", "b", done=False, usage=None, drop=True)]) as server:
        pieces = []
        found = generator(server).generate(["p"], on_text=lambda number, piece: pieces.append(piece))
    assert found == [Completion("ab", None, None, "stop")] and pieces == ["a", "b"] and len(server.asked) == 1


def test_a_stream_that_is_called_plain_text():
    stream = events("a", "b")
    stream.kind = "text/plain; charset=utf-8"
    with serving([stream]) as server:
        assert generator(server).generate(["p"], on_text=lambda *_: None)[0].text == "ab"


def test_an_answer_that_cannot_be_kept_is_not_lost(tmp_path):
    with serving([chat("x")]) as server:
        mine = generator(server, cache=tmp_path / "cache")
        (tmp_path / "cache").rmdir()
        (tmp_path / "cache").write_text("a file in its place")
        with pytest.warns(UserWarning, match="could not be kept"):
            assert mine.generate(["p"])[0].text == "x"


def test_retry_after_is_waited_for(waits):
    reply = Reply({"error": "busy"}, 429, headers={"Retry-After": "0.2"})
    with serving([reply, chat("ok")]) as server:
        start = time.monotonic()
        assert generator(server).generate(["p"])[0].text == "ok"
        assert time.monotonic() - start > 0.19
    assert waits == []
    with serving([Reply({"error": "quota"}, 429, headers={"Retry-After": "3600"})]) as server:
        message = r"answered 429 Too Many Requests: quota\. It asks to wait 3,600 s\."
        with pytest.raises(EndpointError, match=message):
            generator(server).generate(["p"])
    assert len(server.asked) == 1


REFUSALS = {
    "OpenAI's form": (Reply({"error": {"message": "No such model.", "x": 1}}, 404), "404 Not Found: No such model."),
    "a text": (Reply({"error": "no"}, 400), "answered 400 Bad Request: no."),
    "FastAPI's form": (Reply({"detail": "bad field"}, 422), "422 .*: bad field."),
    "FastAPI's list": (Reply({"detail": [{"loc": ["model"]}]}, 422), "422 .*: .*model"),
    "a page": (Reply("<html>\n<b>No</b></html>", 403, "text/html"), "403 Forbidden: <html> <b>No</b></html>."),
    "nothing": (Reply("", 403), r"answered 403 Forbidden\."),
    "bytes": (Reply(b"\xff\x00", 400), "answered 400 Bad Request"),
    "braces": (Reply({"error": "{timeout} {0}"}, 400), r"400 Bad Request: \{timeout\} \{0\}\."),
    "elsewhere": (Reply("", 307, headers={"Location": "http://localhost:1/"}), "It redirects to 'http://localhost:1/'"),
    "no key": (Reply({"error": {"message": "Missing."}}, 401), "OPENAI_API_KEY, which is not set"),
}  # fmt: skip


@pytest.mark.parametrize(("reply", "message"), REFUSALS.values(), ids=REFUSALS)
def test_refusals_are_told_at_once(reply, message):
    with serving([reply]) as server, pytest.raises(EndpointError, match=message) as caught:
        generator(server).generate(["p"])
    assert len(server.asked) == 1 and caught.value.status == reply.status
    assert "\n" not in str(caught.value) and "attempt" not in str(caught.value)


NONSENSE = {
    "no JSON": (Reply("<html>Welcome</html>", kind="text/html"), "answered with something that is not JSON: <html>Wel"),
    "nothing": (Reply(""), "not JSON: nothing at all"),
    "no object": (Reply("[1, 2]"), r"with JSON that is not an object: \[1, 2\]"),
    "no choices": (Reply({"object": "list"}), r'without choices: \{"object": "list"\}'),
    "empty choices": (Reply({"choices": []}), "without choices"),
    "null choices": (Reply({"choices": None}), "without choices"),
    "choices of another kind": (Reply({"choices": ["x"]}), "without choices"),
    "no message": (Reply({"choices": [{"text": "x"}]}), "without text"),
    "no text": (chat(None, "tool_calls"), r"\(finish_reason 'tool_calls'\)"),
    "a number": (Reply({"choices": [{"message": {"content": 5}}]}), "without text"),
    "an error": (Reply({"error": {"message": "out of memory"}}), "with an error: out of memory"),
    "deep": (Reply("[" * 99999), "not JSON"),
    "long": (Reply("x" * 9999), r"x\.\.\."),
    "an error in a stream": (Reply(['data: {"error": "out"}\n\n'], kind="text/event-stream"), "with an error: out"),
    "no JSON in a stream": (Reply(["data: x\n\n"], kind="text/event-stream"), "not JSON: x"),
    "no UTF-8 in a stream": (Reply([b"data: \xff\n\n"], kind="text/event-stream"), "events that are not UTF-8"),
    "numbers in a stream": (events(5), "piece of text that is not a string: 5"),
}  # fmt: skip


@pytest.mark.parametrize(("reply", "message"), NONSENSE.values(), ids=NONSENSE)
def test_nonsense_is_told_in_one_line(reply, message):
    with serving([reply]) as server, pytest.raises(EndpointError, match=message) as caught:
        generator(server).generate(["p"])
    assert len(str(caught.value)) < 500 and "\n" not in str(caught.value)


def test_parts_of_a_message_are_one_text():
    parts = [{"type": "text", "text": "a"}, {"type": "image"}, {"type": "text", "text": "b"}]
    with serving([chat(parts, usage={"prompt_tokens": "5", "completion_tokens": True})]) as server:
        assert generator(server).generate(["p"]) == [Completion("ab", None, None, "stop")]


def test_an_endpoint_that_is_down(waits):
    with serving([chat("x")]) as server:
        pass
    message = r"The endpoint http://127.0.0.1:\d+/v1/chat/completions cannot be reached: .*refused \(3 attempts\)\. Is"
    with pytest.raises(EndpointError, match=message) as caught:
        generator(server, max_retries=2).generate(["p"] * 3)
    assert waits == [0, 1] and caught.value.status is None


@pytest.mark.parametrize("chunks", [1, 30])
def test_an_endpoint_that_is_slow(waits, chunks):
    reply = Reply(["x" * 20] * chunks, pause=0.1 if chunks > 1 else 5)
    with serving([reply]) as server:
        start = time.monotonic()
        with pytest.raises(
            EndpointError, match=r"did not answer within 0.25 s \(2 attempts\)\. Pass a longer timeout\."
        ):
            generator(server, timeout=0.25, max_retries=1).generate(["p"])
        assert time.monotonic() - start < 2


def test_comments_do_not_keep_a_slow_stream_alive(waits):
    stream = Reply([": alive\n\n"] * 30, kind="text/event-stream", pause=0.05)
    with serving([stream]) as server, pytest.raises(EndpointError, match="did not answer within 0.2 s"):
        generator(server, timeout=0.2, max_retries=0).generate(["p"], on_text=lambda *_: None)
    lively = events(*"abcdefgh", pause=0.05)
    with serving([lively]) as server:
        mine = generator(server, timeout=0.3, max_retries=0)
        assert mine.generate(["p"], on_text=lambda *_: None)[0].text == "abcdefgh"


def test_an_answer_without_end(monkeypatch):
    monkeypatch.setattr(transport, "_MOST_BYTES", 1000)
    with (
        serving([Reply("x" * 5000)]) as server,
        pytest.raises(EndpointError, match="answered with more than"),
    ):
        generator(server).generate(["p"])


def test_after_a_failure_nothing_more_is_asked(waits):
    def script(body):
        prompt = body["messages"][-1]["content"]
        return Reply({"error": "no"}, 400) if prompt == "p1" else Reply(chat("x").body, pause=0.1)

    with serving(script) as server:
        with pytest.raises(EndpointError, match="400"):
            generator(server, concurrency=2).generate([f"p{n}" for n in range(30)])
        assert len(server.asked) < 6


def test_answers_are_cached(tmp_path):
    with serving(echo) as server:
        first = generator(server, cache=tmp_path).generate(["a", "b"])
        pieces = []
        again = generator(server, cache=tmp_path).generate(
            ["b", "a"], on_text=lambda *each: pieces.append(each)
        )
        assert again == first[::-1] and len(server.asked) == 2
        assert sorted(pieces) == [(0, "b None"), (1, "a None")]
        for options in (
            dict(max_tokens=9),
            dict(stop="x"),
            dict(temperature=0.1),
            dict(temperature=0.1, seed=1),
        ):
            generator(server, cache=tmp_path).generate(["a"], **options)
        generator(server, cache=tmp_path, system="s").generate(["a"])
        HTTPGenerator(server.url, model="large", cache=tmp_path).generate(["a"])
        assert len(server.asked) == 8


def test_what_was_answered_before_a_failure_is_in_the_cache(tmp_path):
    with serving([chat("x"), Reply("", 400), chat("y")]) as server:
        mine = generator(server, cache=tmp_path, concurrency=1)
        with pytest.raises(EndpointError):
            mine.generate(["a", "b"])
        assert [each.text for each in mine.generate(["a", "b"])] == ["x", "y"]
        assert len(server.asked) == 3


def test_the_key_is_sent_and_shown_nowhere(tmp_path, monkeypatch, caplog):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("MY_KEY", f" {KEY}\n")
    said = {"error": {"message": "x" * 220 + f"Incorrect key {KEY} given. " * 3}}
    replies = [
        chat("fine"),
        Reply(said, 401),
        Reply({"choices": KEY}),
        Reply("", 302, headers={"Location": f"/{KEY}"}),
    ]
    with serving(replies) as server:
        mine = generator(server, api_key_variable="MY_KEY", cache=tmp_path)
        mine.generate(["p"])
        texts = [repr(mine), repr(vars(mine)), repr(vars(mine._transport)), str(pickle.dumps(mine))]
        for prompt in ("q", "r"):
            with pytest.raises(EndpointError) as caught:
                mine.generate([prompt])
            texts += [
                str(caught.value),
                repr(caught.value),
                repr(caught.value.__cause__),
                repr(caught.value.args),
            ]
    assert all(headers["authorization"] == f"Bearer {KEY}" for _, headers, _ in server.asked)
    texts += [caplog.text, *(path.read_text() for path in tmp_path.rglob("*.json"))]
    assert not [text for text in texts if KEY in text or KEY[:12] in text]
    assert "MY_KEY, which is set" in texts[4]
    with serving([Reply("", 302, headers={"Location": f"/{KEY}"})]) as server:
        with pytest.raises(EndpointError, match="redirects to '/.the key.'") as caught:
            generator(server, api_key_variable="MY_KEY").generate(["p"])
        assert KEY not in str(caught.value)


@pytest.mark.parametrize("key", ["two words", "schlüssel", "a\x01b"])
def test_a_key_that_is_none(monkeypatch, key):
    monkeypatch.setenv("OPENAI_API_KEY", key)
    with (
        serving([chat("x")]) as server,
        pytest.raises(EndpointError, match="variable OPENAI_API_KEY contains a space") as caught,
    ):
        generator(server).generate(["p"])
    assert key not in str(caught.value) and not server.asked


def test_a_pickled_generator_asks_again():
    with serving(echo) as server:
        mine = generator(server)
        mine.generate(["a"])
        with pickle.loads(pickle.dumps(mine)) as copy:
            assert copy.generate(["b"])[0].text == "b None"
        assert mine.generate(["c"])[0].text == "c None"


def test_several_threads_share_a_generator():
    with serving(echo) as server:
        mine, found = generator(server), {}

        def work(n):
            found[n] = mine.generate([f"{n}"])[0].text

        threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == {n: f"{n} None" for n in range(6)}


def test_nothing_is_asked_for_no_prompts():
    assert HTTPGenerator("http://localhost:1/v1", model="m").generate([]) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            dict(url="localhost:8000"),
            "The url parameter of HTTPGenerator must be an address that begins with http",
        ),
        (dict(url="ftp://localhost/v1"), "be an address"),
        (dict(url="http://"), "be an address"),
        (dict(url="http://localhost:port/v1"), "be an address"),
        (dict(url="http://local host/v1"), "be an address"),
        (dict(url="http://[::1/v1"), "be an address"),
        (dict(url=None), "be an address"),
        (dict(url=""), "be an address"),
        (dict(model=""), "The model parameter of HTTPGenerator must be a text that is not empty"),
        (dict(model=None), "model parameter"),
        (dict(chat="yes"), "chat parameter"),
        (dict(chat=False, system="s"), "system parameter"),
        (dict(system=""), "system parameter"),
        (
            dict(url="http://localhost/v1/completions", chat=True),
            "chat parameter .* the address ends in /completions",
        ),
        (dict(timeout=0), "timeout parameter"),
        (dict(timeout=None), "timeout parameter"),
        (dict(max_retries=-1), "max_retries parameter"),
        (dict(concurrency=0), "concurrency parameter"),
        (dict(options=["top_p"]), "options parameter .* a mapping"),
        (dict(options={"stream": True}), "not contain 'stream'"),
        (dict(options={"model": "x"}), "not contain 'model'"),
        (dict(options={"x": {1, 2}}), "contain only values that JSON supports"),
        (dict(cache=5), "cache parameter"),
    ],
)
def test_bad_parameters(options, message):
    with pytest.raises((TypeError, ValueError), match=message):
        HTTPGenerator(**({"url": "http://localhost/v1", "model": "m"} | options))


def test_secrets_in_parameters_are_not_shown(tmp_path):
    for options in (dict(url=f"https://me:{KEY}@localhost/v1"), dict(api_key_variable=KEY)):
        with pytest.raises(ValueError) as caught:
            HTTPGenerator(**({"url": "http://localhost/v1", "model": "m"} | options))
        assert KEY not in str(caught.value) and "environment variable" in str(caught.value)
    with serving([Reply("", 400), chat("x")]) as server:
        mine = HTTPGenerator(f"{server.url}?api-key={KEY}", model="m", cache=tmp_path)
        with pytest.raises(EndpointError) as caught:
            mine.generate(["p"])
        mine.generate(["p"])
    stored = [path.read_text() for path in tmp_path.rglob("*.json")]
    assert len(stored) == 1 and KEY not in str(caught.value) + repr(mine) + stored[0]
    assert server.asked[0][0] == f"/v1/chat/completions?api-key={KEY}"
