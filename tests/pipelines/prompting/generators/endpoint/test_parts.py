"""Events in a stream of bytes, waits between attempts, and the cache on disk."""

import json
import subprocess
import sys
import threading
import time
from email.utils import formatdate

import pytest

from wordvec.pipelines.prompting import Completion
from wordvec.pipelines.prompting.generators.endpoint.cache import CompletionCache
from wordvec.pipelines.prompting.generators.endpoint.event_stream import event_data
from wordvec.pipelines.prompting.generators.endpoint.retries import backoff, is_passing, retry_after

STREAMS = [
    (b"data: a\n\ndata: b\n\n", ["a", "b"]),
    (b"data: a\r\n\r\ndata: b\r\n\r\n", ["a", "b"]),
    (b"data: a\r\rdata: b\r\r", ["a", "b"]),
    (b"\xef\xbb\xbfdata: a\n\n", ["a"]),
    (b": comment\n\nevent: x\nid: 7\nretry: 5\ndata: a\n\n\n\n", ["a"]),
    (b"data: one\ndata:two\ndata:  three\n\n", ["one\ntwo\n three"]),
    (b"data\n\ndata:\n\n", ["", ""]),
    (b"data: a", ["a"]),
    ("data: \u2028\x0b\u0085中\n\n".encode(), ["\u2028\x0b\u0085中"]),
    (b"", []),
    (b"dataset: a\n\n", []),
]


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
@pytest.mark.parametrize(("stream", "data"), STREAMS)
def test_events_however_chunks_part_them(stream, data, size):
    chunks = [stream[first : first + size] for first in range(0, len(stream), size)]
    assert list(event_data(chunks)) == data


def test_waits_grow_and_are_bounded():
    waits = [backoff(attempt, "x") for attempt in range(40)]
    for attempt, wait in enumerate(waits):
        most = min(0.5 * 2**attempt, 8.0)
        assert 0.75 * most <= wait <= most
    assert waits == [backoff(attempt, "x") for attempt in range(40)]
    assert len({backoff(0, str(n)) for n in range(20)}) > 10


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "0.25"}, 0.25),
        ({"retry-after": "-2"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after-ms": "x", "retry-after": "9"}, 9.0),
        ({"retry-after": "Mon, 01 Jan 1990 00:00:00 GMT"}, 0.0),
    ],
)
def test_what_a_server_asks_to_wait(headers, seconds):
    assert retry_after(headers) == seconds


def test_a_date_to_wait_for():
    assert retry_after({"retry-after": formatdate(time.time() + 30, usegmt=True)}) == pytest.approx(30, abs=2)


def test_which_statuses_pass():
    assert all(map(is_passing, (408, 409, 425, 429, 500, 502, 503, 504, 529)))
    assert not any(map(is_passing, (301, 400, 401, 403, 404, 413, 422)))


ASKED = {"address": "http://localhost/v1/completions", "body": {"prompt": "p", "max_tokens": 5}}
ANSWERS = [
    Completion("text", 1, 2, "stop"),
    Completion("", None, None, None),
    Completion("很好\n\u2028{}", 0, 0, "length"),
]


@pytest.mark.parametrize("answer", ANSWERS)
def test_the_cache_gives_back_what_was_put(tmp_path, answer):
    cache = CompletionCache(tmp_path / "new" / "cache")
    key = cache.key(ASKED)
    assert cache.get(key) is None
    cache.put(key, ASKED, answer)
    assert CompletionCache(tmp_path / "new" / "cache").get(key) == answer


def test_keys_are_those_of_content():
    key = CompletionCache.key
    assert key(ASKED) == key(dict(reversed(ASKED.items())))
    others = [{**ASKED, "address": "x"}, {**ASKED, "body": {**ASKED["body"], "max_tokens": 6}}, {}]
    assert len({key(other) for other in (ASKED, *others)}) == 4


def damage(path, change):
    path.write_bytes(change(path.read_bytes()))


CHANGES = {
    "cut off": lambda data: data[: len(data) // 2],
    "another text": lambda data: data.replace(b"text", b"tixt"),
    "empty": lambda data: b"",
    "no JSON": lambda data: b"\x00\xff",
    "another kind": lambda data: b'{"format": "wordvec estimator 2"}',
    "no object": lambda data: b"[1]",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_damaged_answer_is_asked_for_again(tmp_path, change):
    cache = CompletionCache(tmp_path)
    key = cache.key(ASKED)
    cache.put(key, ASKED, ANSWERS[0])
    (path,) = tmp_path.rglob("*.json")
    damage(path, change)
    with pytest.warns(UserWarning, match="of the cache cannot be read"):
        assert cache.get(key) is None
    cache.put(key, ASKED, ANSWERS[0])
    assert cache.get(key) == ANSWERS[0]


def test_many_threads_write_one_answer(tmp_path):
    cache = CompletionCache(tmp_path)
    key = cache.key(ASKED)
    found = []

    def work():
        for _ in range(10):
            cache.put(key, ASKED, ANSWERS[0])
            found.append(cache.get(key))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [ANSWERS[0]] * 40
    assert [path.suffix for path in tmp_path.rglob("*") if path.is_file()] == [".json"]
    assert json.loads(next(tmp_path.rglob("*.json")).read_text())["asked"] == ASKED


WRITER = """
import sys
from wordvec.pipelines.prompting import Completion
from wordvec.pipelines.prompting.generators.endpoint.cache import CompletionCache
cache = CompletionCache(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
for n in range(60):
    asked = {"n": n % 20}
    key = cache.key(asked)
    assert cache.get(key) in (None, Completion(str(n % 20)))
    cache.put(key, asked, Completion(str(n % 20)))
    assert cache.get(key) == Completion(str(n % 20))
"""


@pytest.mark.process
def test_two_processes_share_a_cache(tmp_path):
    command = [sys.executable, "-W", "error", "-c", WRITER, str(tmp_path)]
    pipes = dict(stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    writers = [subprocess.Popen(command, **pipes) for _ in range(2)]
    assert [writer.stdout.readline() for writer in writers] == ["ready\n"] * 2
    for writer in writers:
        writer.stdin.write("\n")
        writer.stdin.flush()
    for writer in writers:
        assert writer.communicate() == ("", "") and writer.returncode == 0
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 20


def test_a_file_is_no_cache(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(NotADirectoryError, match="The cache parameter of HTTPGenerator must be a folder"):
        CompletionCache(tmp_path / "file")
