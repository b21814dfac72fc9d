"""A page in one file, and the table for Embedding Atlas."""

import base64
import json
import re

import numpy as np
import pytest

from wordvec.pipelines.explorer.atlas import write_atlas
from wordvec.pipelines.explorer.columns import column_of
from wordvec.pipelines.explorer.exploration import answers_of
from wordvec.pipelines.explorer.export import export_page
from wordvec.pipelines.explorer.sources import space_of
from wordvec.pipelines.explorer.spaces import Space


def content_of(html):
    """Return the data of an exported page, as a browser finds them."""
    found = re.findall(r'<script type="application/json" id="wordvec-data">(.*?)</script>', html, re.DOTALL)
    assert len(found) == 1 and "<" not in found[0]
    return json.loads(found[0])


def unpacked(text, dtype):
    return np.frombuffer(base64.b64decode(text), dtype)


@pytest.fixture
def exported(tmp_path, page):
    def export(spaces, **options):
        answers = answers_of("</script>", spaces, layout="pca", seed=0, tell=print)
        path = tmp_path / "page.html"
        export_page(answers, path, page=page, **options)
        return answers, path.read_text(encoding="utf-8")

    return export


def test_one_file_with_style_script_and_data(exported, kv, other):
    answers, html = exported([Space("ours", kv), Space("theirs", other)], n_neighbors=4)
    assert "<style>\nb { color: red }\n</style>" in html and "<script>\nlet a = 1 < 2;\n</script>" in html
    assert "explorer.js" not in html and "explorer.css" not in html and "<!--" not in html
    content = content_of(html)
    assert content["info"]["title"] == "</script>" and content["info"]["models"][0]["map"]["pending"] is None
    assert content["words"][0] == kv.index_to_key and "<b>" in content["words"][0]
    assert (unpacked(content["maps"][1], "<f4").reshape(-1, 2) == answers.points(1)[0]).all()
    near = content["neighbors"][0]
    rows, scores = unpacked(near["rows"], "<i4"), unpacked(near["similarities"], "<f4")
    expected = kv.most_similar("w7", topn=4)
    assert near["topn"] == 4 and [kv.index_to_key[row] for row in rows[28:32]] == [w for w, _ in expected]
    assert scores[28:32].tolist() == [score for _, score in expected]
    columns = content["columns"][0]
    assert (unpacked(columns["frequency"]["data"], "<f4") == kv.counts).all()
    assert columns["cluster"]["type"] == "category" and len(columns["cluster"]["data"]["codes"]) == len(kv)
    assert len(content["drift"]["words"]) == 120 and content["texts"] == [None, None]


def test_texts_and_missing_values(exported):
    table = {"text": ["a <b>\nline", "two", "three"], "stars": [1, None, 3], "label": ["x", "x", ""]}
    _, html = exported([space_of(table, np.eye(3))])
    content = content_of(html)
    assert content["texts"] == [["a <b>\nline", "two", "three"]] and content["words"][0][0] == "a <b> line"
    stars = unpacked(content["columns"][0]["stars"]["data"], "<f4")
    assert stars[[0, 2]].tolist() == [1, 3] and np.isnan(stars[1])
    assert content["columns"][0]["label"]["data"] == {"values": ["x"], "codes": [0, 0, -1]}
    assert content["drift"] is None and content["neighbors"][0]["topn"] == 2


def test_table_for_embedding_atlas(tmp_path, kv):
    parquet = pytest.importorskip("pyarrow.parquet")
    columns = {"x": column_of(["a", None] * 60), "size": column_of([1, None] * 60)}
    space = Space("ours", kv, columns)
    points = np.arange(240, dtype=np.float32).reshape(-1, 2)
    path = write_atlas(space, points, tmp_path / "new", "rows")
    table = parquet.read_table(path).to_pydict()
    assert list(table) == ["text", "x", "y", "neighbors", "frequency", "x_", "size", "cluster"]
    assert table["text"] == kv.index_to_key and table["x"][1] == 2 and table["y"][1] == 3
    near = table["neighbors"][5]
    expected = kv.most_similar("w5", topn=15)
    assert [kv.index_to_key[row] for row in near["ids"]] == ["w5", *(word for word, _ in expected)]
    assert near["distances"] == pytest.approx([0, *(1 - score for _, score in expected)], abs=1e-6)
    assert table["x_"][:2] == ["a", None] and table["size"][:2] == [1, None]
