"""`wordvec explore`: addresses, files, errors in one line."""

import json
import socket
import urllib.request

import numpy as np
import pytest

from wordvec import KeyedVectors
from wordvec.pipelines.explorer import server as server_module

from .support import fails

HTML = "<!-- styles --><!-- /styles --><!-- scripts --><!-- /scripts -->"


@pytest.fixture(autouse=True)
def page(monkeypatch, tmp_path):
    folder = tmp_path / "page"
    folder.mkdir()
    for name in ("index.html", "explorer.js", "explorer.css"):
        (folder / name).write_text(HTML)
    monkeypatch.setattr(server_module, "PAGE", folder)


@pytest.fixture
def seen(monkeypatch):
    """Let the command end at once, after its page was fetched; return the bodies."""
    bodies = []

    def look(server):
        with urllib.request.urlopen(server.url, timeout=10) as answer:
            bodies.append(answer.read().decode())
        request = urllib.request.Request(
            f"http://127.0.0.1:{server.server_port}/api/info", headers={"X-Wordvec-Token": server.token}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            bodies.append(json.loads(answer.read()))
        server.close()

    monkeypatch.setattr(server_module.ExplorerServer, "wait", look)
    return bodies


@pytest.fixture
def reviews(write):
    rows = "".join(f"{k},the dog and the cat {k},{'ab'[k % 2]}\n" for k in range(9))
    return write("reviews.csv", f"id,review,label\n{rows}")


def test_address_is_printed_and_opened(run, vectors, seen, monkeypatch):
    opened = []
    monkeypatch.setattr("webbrowser.open", lambda url: opened.append(url) or True)
    code, out, err = run("explore", vectors, "--layout", "pca")
    assert (code, err, opened) == (0, "", [out.strip()]) and out.startswith("http://127.0.0.1:")
    assert seen[0] == HTML and seen[1]["title"] == "v.bin" and not seen[1]["drift"]
    code, out, _ = run("explore", vectors, "--layout", "pca", "--no-open", "--limit", 20, "--seed", 3)
    assert code == 0 and len(opened) == 1 and seen[3]["models"][0]["n_rows"] == 20
    monkeypatch.setattr("webbrowser.open", lambda url: False)
    code, _, err = run("explore", vectors, "--layout", "pca")
    assert code == 2 and err.count("\n") == 1 and "No browser" in err and "--no-open" in err


def test_two_models_and_colours(run, vectors, seen, write):
    kv = KeyedVectors.load(vectors)
    table = write(
        "t.csv", "word,group\n" + "".join(f'"{word}",{len(word)}\n' for word in kv.index_to_key[:5])
    )
    code, out, err = run(
        "explore", vectors, "--compare", vectors, "--table", table, "--layout", "pca", "--no-open"
    )
    assert (code, err) == (0, "")
    info = seen[1]
    assert info["drift"] and [model["name"] for model in info["models"]] == [str(vectors)] * 2
    assert {"name": "group", "type": "number"} in info["models"][1]["columns"]


def test_texts_by_word_vectors_and_by_an_encoder(run, vectors, seen, reviews, tmp_path):
    options = ("--layout", "pca", "--no-open")
    code, _, err = run("explore", vectors, "--texts", reviews, *options)
    assert code == 0 and err.startswith("wordvec: Assumed: the texts") and err.count("\n") == 1
    model = seen[1]["models"][0]
    assert (model["kind"], model["n_rows"], model["name"]) == ("texts", 9, "reviews.csv")
    assert [column["name"] for column in model["columns"]] == ["id", "label", "cluster"]
    for columns, left in (("2", ["id", "label", "cluster"]), ("review,3", ["id", "cluster"])):
        assert run("explore", vectors, "--texts", reviews, "--text-column", columns, *options)[0] == 0
        assert [column["name"] for column in seen.pop()["models"][0]["columns"]] == left
        seen.pop()
    pytest.importorskip("tokenizers")
    from wordvec.encoders import StaticEncoder

    StaticEncoder.from_vectors(KeyedVectors.load(vectors), weighting="none").save(tmp_path / "encoder")
    code, _, err = run(
        "explore", "--texts", reviews, "--text-column", "review", "--encoder", tmp_path / "encoder", *options
    )
    assert (code, err) == (0, "") and seen[3]["models"][0]["vector_size"] == 8


def test_export_and_atlas(run, vectors, reviews, tmp_path):
    out = tmp_path / "page.html"
    code, text, err = run("explore", vectors, "--export", out, "--words", 30, "--layout", "pca")
    assert (code, text) == (0, f"{out}\n"), err
    assert "30 rows" in err and err.count("\n") == 1
    html = out.read_text()
    assert html.count("wordvec-data") == 1
    pytest.importorskip("pyarrow")
    code, text, err = run("explore", vectors, "--atlas", tmp_path / "atlas", "--layout", "pca")
    path = tmp_path / "atlas" / "rows.parquet"
    assert (code, err) == (0, "") and path.is_file()
    assert text == f"embedding-atlas {path} --text text --x x --y y --neighbors neighbors\n"


def test_errors_have_one_line(run, vectors, reviews, write, tmp_path):
    assert fails(run("explore"), "VECTORS")
    assert fails(run("explore", tmp_path / "no.bin"), "no.bin", "does not exist")
    assert fails(run("explore", write("x.txt", "no vectors\n")), "x.txt")
    assert fails(run("explore", vectors, "--layout", "umap"), "--layout", "'tsne'")
    assert fails(run("explore", vectors, "--words", 3), "--words", "--export")
    for n_words in (0, -3):
        page = ("--export", tmp_path / "p.html")
        assert fails(
            run("explore", vectors, *page, "--words", n_words), "--words", "at least 1", str(n_words)
        )
    assert fails(run("explore", vectors, "--seed", -1), "--seed", "-1")
    assert fails(run("explore", vectors, "--delimiter", ";"), "--delimiter", "--table")
    assert fails(run("explore", vectors, "--atlas", reviews), "--atlas", "folder", "reviews.csv")
    assert fails(run("explore", vectors, "--export", tmp_path / "page.pdf"), "--export", ".html")
    assert fails(run("explore", vectors, "--encoder", tmp_path), "--encoder", "--texts")
    assert fails(run("explore", "--texts", reviews), "word vectors, or --encoder")
    assert fails(run("explore", vectors, "--texts", reviews, "--encoder", tmp_path), "--encoder")
    assert fails(
        run("explore", vectors, "--texts", reviews, "--text-column", "body"), "'body'", "--text-column"
    )
    assert fails(run("explore", vectors, "--texts", reviews, "--compare", vectors), "--compare", "--texts")
    assert fails(
        run("explore", vectors, "--table", write("t.csv", "word,n\nzzz,1\n")), "--table", "None of them"
    )
    assert fails(run("explore", vectors, "--table", write("u.csv", "name,n\nzzz,1\n")), "--table", "'word'")
    others = KeyedVectors(np.eye(3, dtype=np.float32), ["x1", "x2", "x3"])
    others.save(tmp_path / "others.bin")
    assert fails(run("explore", vectors, "--compare", tmp_path / "others.bin"), "share none", "--compare")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert fails(run("explore", vectors, "--layout", "pca", "--port", port), "--port", "no other program")


def test_options_of_the_server_need_one(run, vectors, tmp_path):
    page = ("--export", tmp_path / "p.html")
    assert fails(run("explore", vectors, *page, "--port", 8000), "--port", "--export", "8000")
    assert fails(run("explore", vectors, "--atlas", tmp_path, "--no-open"), "--no-open", "--atlas")
    assert fails(run("explore", tmp_path / "no.bin", "--port", 99999), "--port", "99999")
    assert not list(tmp_path.glob("*.html"))


def test_table_of_two_equal_columns(run, vectors, write, tmp_path):
    word = KeyedVectors.load(vectors).index_to_key[0]
    table = write("t.csv", f"word,n,n\n{word},1,2\n")
    page = ("--export", tmp_path / "p.html")
    assert fails(run("explore", vectors, "--table", table, *page), "t.csv", "2 columns called 'n'")


def test_map_of_a_limited_set_leaves_the_stored_one(run, vectors, tmp_path):
    pytest.importorskip("openTSNE")
    run("explore", vectors, "--layout", "tsne", "--export", tmp_path / "a.html", "--words", 10**6)
    before = {path.name for path in vectors.parent.glob("*.map.*")}
    run("explore", vectors, "--layout", "tsne", "--export", tmp_path / "b.html", "--limit", 30)
    after = {path.name for path in vectors.parent.glob("*.map.*")}
    assert before < after and "v.bin.first-30.map.safetensors" in after


def test_inputs_are_not_replaced(run, vectors, write, tmp_path):
    texts = write("texts.html", "the dog\nthe cat\n")
    options = ("--texts", texts, "--layout", "pca")
    assert fails(run("explore", vectors, *options, "--export", texts), "--export", "texts.html", "read")
    assert texts.read_text() == "the dog\nthe cat\n"
    taken = write("rows.parquet", "the dog\n")
    assert fails(run("explore", vectors, "--texts", taken, "--atlas", tmp_path), "--atlas", "rows.parquet")
    assert taken.read_text() == "the dog\n"


def test_table_with_another_separator(run, vectors, seen, write):
    words = KeyedVectors.load(vectors).index_to_key[:2]
    table = write("t.csv", "word;cluster\n" + "".join(f"{word};{len(word)}\n" for word in words))
    code, _, err = run(
        "explore", vectors, "--table", table, "--delimiter", ";", "--layout", "pca", "--no-open"
    )
    assert (code, err) == (0, "")
    # The column of the table counts, not our clusters.
    columns = [each for each in seen[1]["models"][0]["columns"] if each["name"] == "cluster"]
    assert columns == [{"name": "cluster", "type": "number"}]


def test_page_of_models_that_share_few_words(run, tmp_path):
    for name in ("a.bin", "b.bin"):
        KeyedVectors(np.eye(3, dtype=np.float32), ["x", "y", name]).save(tmp_path / name)
    out = tmp_path / "page.html"
    code, _, err = run("explore", tmp_path / "a.bin", "--compare", tmp_path / "b.bin", "--export", out)
    assert code == 0 and out.is_file() and "no list of changes" in err and "2 words" in err
