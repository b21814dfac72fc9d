"""The server: what it answers, and whom."""

import socket
import threading
from urllib.parse import quote

import numpy as np
import pytest

from wordvec._utils.errors import ParameterError
from wordvec.pipelines.explorer import exploration
from wordvec.pipelines.explorer.exploration import serve
from wordvec.pipelines.explorer.maps import LiveMap
from wordvec.pipelines.explorer.server import ExplorerServer
from wordvec.pipelines.explorer.spaces import Space


def test_page_needs_the_token_and_its_files_do_not(ask):
    token = ask.server.token
    status, headers, body = ask(f"/?token={token}", token="")
    assert status == 200 and body.startswith(b"<!doctype") and ask.server.url.endswith(f"/?token={token}")
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'")
    assert headers["Content-Type"] == "text/html; charset=utf-8" and headers["Cache-Control"] == "no-store"
    for path in ("/", "/?token=", "/?token=wrong", "/?token=%E8%AF%8D"):
        status, headers, body = ask(path)
        assert status == 403 and body.count(b"\n") == 1 and headers["Content-Type"].startswith("text/plain")
    assert ask("/explorer.js", token="")[2] == b"let a = 1 < 2;\n"
    assert ask("/explorer.css", token="")[1]["Content-Type"] == "text/css; charset=utf-8"


@pytest.mark.parametrize("token", ["", "x", "\u00e9"])
def test_answers_need_the_token(ask, token):
    status, _, body = ask("/api/info", token=token)
    assert status == 403 and "token" in body["error"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 403),
        ({"Host": "127.0.0.1"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 200),
    ],
)
def test_other_names_and_pages_are_refused(ask, headers, status):
    assert ask("/api/info", **headers)[0] == status
    assert ask("/explorer.js", **headers)[0] == status
    assert ask(f"/?token={ask.server.token}", **headers)[0] == status


def test_own_origin_is_taken(ask):
    port = ask.server.server_port
    for host in (f"127.0.0.1:{port}", f"localhost:{port}"):
        assert ask("/api/info", Host=host, Origin=f"http://{host}")[0] == 200


def test_only_the_loopback_listens(ask):
    assert ask.server.server_address[0] == "127.0.0.1"


def test_info_words_and_map(ask, kv):
    info = ask.json("/api/info")
    assert (info["title"], info["drift"], len(info["models"])) == ("both", True, 2)
    model = info["models"][0]
    assert (model["name"], model["kind"], model["n_rows"], model["vector_size"]) == ("ours", "words", 120, 8)
    assert model["columns"] == [
        {"name": "frequency", "type": "number"},
        {"name": "cluster", "type": "category"},
    ]
    assert model["map"]["method"] == "pca" and model["map"]["pending"] is None
    assert ask.json("/api/words?model=0") == kv.index_to_key
    status, headers, body = ask("/api/map?model=1")
    points = np.frombuffer(body, "<f4").reshape(-1, 2)
    assert (status, headers["X-Map-Method"], points.shape) == (200, "pca", (120, 2))
    assert 0.5 < np.abs(points).max() < 1.5
    own = ask.server.answers.maps[1].points()[0]
    assert np.linalg.norm(points, axis=1) == pytest.approx(np.linalg.norm(own, axis=1), rel=1e-5)
    first = np.frombuffer(ask("/api/map?model=0")[2], "<f4").reshape(-1, 2)
    # The products of what was turned the best are symmetric, and none of their eigenvalues is negative.
    products = (points - points.mean(0)).T @ (first - first.mean(0))
    assert products[0, 1] == pytest.approx(products[1, 0], abs=1e-4)
    assert np.linalg.eigvalsh(products).min() > -1e-4


def test_columns(ask, kv):
    _, headers, body = ask("/api/column?name=frequency")
    assert headers["Content-Type"] == "application/octet-stream"
    assert (np.frombuffer(body, "<f4") == kv.counts).all()
    column = ask.json("/api/column?model=1&name=cluster")
    sizes = np.bincount(column["codes"])
    assert len(column["codes"]) == 120 and column["values"] == [str(k + 1) for k in range(len(sizes))]
    assert (np.diff(sizes) <= 0).all()


@pytest.mark.parametrize(
    ("positive", "negative"),
    [(["w3"], []), (["w3", "词", "<b>"], []), (["w3", 'a"\\'], ["w5"]), ([], ["w9"])],
)
def test_neighbors_are_those_of_most_similar(ask, kv, positive, negative):
    query = "".join(f"&positive={quote(word)}" for word in positive)
    query += "".join(f"&negative={quote(word)}" for word in negative)
    found = ask.json(f"/api/neighbors?model=0{query}&topn=7")["neighbors"]
    assert [(near["word"], near["similarity"]) for near in found] == kv.most_similar(
        positive, negative, topn=7
    )
    assert [kv.index_to_key[near["row"]] for near in found] == [near["word"] for near in found]


def test_row_similarity_and_text(ask, kv):
    by_row = ask.json("/api/neighbors?row=117")
    assert by_row == ask.json(f"/api/neighbors?positive={quote('<b>')}") and len(by_row["neighbors"]) == 20
    assert ask.json("/api/similarity?a=w1&b=w2")["similarity"] == pytest.approx(kv.similarity("w1", "w2"))
    found = ask.json("/api/text?row=118")
    assert found["text"] == "词" and found["columns"]["frequency"] == 200.0


def test_drift(ask, kv, other):
    found = ask.json("/api/drift?topn=5")["words"]
    assert len(found) == 5
    for word in found:
        assert (kv.index_to_key[word["rows"][0]], other.index_to_key[word["rows"][1]]) == (word["word"],) * 2
        assert word["score"] + word["shared"] == pytest.approx(1)


@pytest.mark.parametrize(
    ("path", "status", "part"),
    [
        ("/api/nothing", 404, "/api/nothing"),
        ("/etc/passwd", 404, "nothing at"),
        ("/api/map?model=2", 400, "from 0 to 1"),
        ("/api/map?model=-1", 400, "model"),
        ("/api/column?name=size", 400, "frequency"),
        ("/api/column", 400, "name="),
        ("/api/neighbors", 400, "positive"),
        ("/api/neighbors?positive=w333", 404, "w33"),
        ("/api/neighbors?row=120", 400, "from 0 to 119"),
        ("/api/neighbors?positive=w1&topn=100000", 400, "topn"),
        ("/api/similarity?a=w1", 400, "b="),
        ("/api/text?row=x", 400, "row"),
    ],
)
def test_bad_questions_have_one_line(ask, path, status, part):
    found, _, body = ask(path)
    assert found == status and part in body["error"] and "\n" not in body["error"]


def test_port_in_use_and_other_bad_ports(ask, page):
    port = ask.server.server_port
    with pytest.raises(ParameterError, match=f"no other program uses. Got {port}"):
        ExplorerServer(ask.server.answers, port, page=page)
    with pytest.raises(ParameterError, match="from 0 to 65535"):
        serve(ask.server.answers, port=70000, page=page)


def test_missing_page_is_told(ask, tmp_path):
    with pytest.raises(FileNotFoundError, match="index.html"):
        ExplorerServer(ask.server.answers, page=tmp_path)


def test_closing_frees_the_port(ask, page):
    server = serve(ask.server.answers, page=page)
    port = server.server_port
    server.close()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_closing_ends_the_background_work_between_two_steps(ask, page, monkeypatch):
    answers = ask.server.answers
    begun, may_end = threading.Event(), threading.Event()
    improved = []

    def cluster(space, name):
        begun.set()
        assert may_end.wait(60)

    monkeypatch.setattr(Space, "column", cluster)
    monkeypatch.setattr(LiveMap, "improve", improved.append)
    monkeypatch.setattr(exploration, "_PATIENCE", 0.01)
    before = set(threading.enumerate())
    server = serve(answers, page=page)
    assert begun.wait(60)
    (worker,) = (each for each in set(threading.enumerate()) - before if each.name.endswith("(work)"))
    server.close()
    may_end.set()
    worker.join(60)
    assert not worker.is_alive() and not improved


def test_address_that_is_none(ask):
    port = ask.server.server_port
    with socket.create_connection(("127.0.0.1", port), timeout=20) as probe:
        probe.sendall(f"GET http://[x HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
        assert probe.recv(100).startswith(b"HTTP/1.1 400 ")
