"""`wordvec plot`: pictures, and errors in one line."""

import json
import warnings

import numpy as np
import pytest

from .support import fails

pytest.importorskip("matplotlib")

from wordvec._io import charts
from wordvec.pipelines.classification.report.charts import draw_confusion
from wordvec.pipelines.explorer.pictures import draw_words, place_labels

REPORT = {
    "title": "Topics", "classes": ["a very long name of a class", "b_$x"], "confusion": [[3, 1], [0, 2]],
    "calibration_error": 0.05,
    "bins": [{"low": 0.5, "high": 0.6, "n": 4, "probability": 0.55, "share": 0.5},
             {"low": 0.9, "high": 1.0, "n": 9, "probability": 0.97, "share": 1.0}],
}  # fmt: skip


def is_picture(path):
    return path.read_bytes()[:4] in (b"\x89PNG", b"<?xm")


def test_map(run, vectors, tmp_path):
    out = tmp_path / "map.png"
    code, text, err = run("plot", "map", vectors, "the", "a", "--topn", 4, "-o", out)
    assert (code, text) == (0, "") and "words are in" in err and is_picture(out)
    assert fails(run("plot", "map", vectors, "the", "zzz", "-o", out), "'zzz'")
    assert fails(run("plot", "map", vectors, "the", "-o", out), "2 to 200")
    assert fails(run("plot", "map", vectors, "the", "a", "-o", tmp_path / "map.pdf"), ".png or .svg")
    assert fails(run("plot", "map", tmp_path / "no.bin", "the", "-o", out), "no.bin")


def test_reports(run, write, tmp_path):
    report = write("report.json", json.dumps(REPORT))
    for name in ("confusion", "reliability"):
        out = tmp_path / f"{name}.svg"
        code, text, err = run("plot", name, report, "-o", out)
        assert (code, text, err) == (0, "", f"The picture is in {out}\n") and is_picture(out)
    bad = write("bad.json", '{"accuracy": 1}')
    assert fails(
        run("plot", "confusion", bad, "-o", tmp_path / "x.png"), "no confusion", "classify evaluate --json"
    )
    assert fails(
        run("plot", "reliability", write("t.txt", "[1]"), "-o", tmp_path / "x.png"), "no JSON objects"
    )
    assert fails(run("plot", "comparison", bad, "-o", tmp_path / "x.png"), "no measures", "compare --json")


def test_losses(run, write, tmp_path):
    pytest.importorskip("torch")
    out = tmp_path / "loss.png"
    train = write("train.json", json.dumps({"loss_curve": [3.0, 2.0, 1.5]}))
    assert run("plot", "loss", train, "-o", out)[0] == 0 and is_picture(out)
    write("log.jsonl", '{"step": 1, "loss": 3.0}\n{"step": 2, "loss": 2.5, "validation_loss": 2.7}\n')
    assert run("plot", "loss", tmp_path, "-o", tmp_path / "loss.svg")[0] == 0 and is_picture(
        tmp_path / "loss.svg"
    )
    assert fails(run("plot", "loss", write("x.jsonl", '{"step": 1}\n'), "-o", out), "no loss")


def test_transitions(run, tmp_path):
    from wordvec.pipelines import CRFTagger

    tagger = CRFTagger(max_iter=5)
    tagger.fit([["a", "dog", "barks"], ["the", "cat"]] * 3, [["D", "N", "V"], ["D", "N"]] * 3)
    tagger.save(tmp_path / "tagger.safetensors")
    out = tmp_path / "transitions.png"
    assert run("plot", "transitions", tmp_path / "tagger.safetensors", "-o", out)[0] == 0 and is_picture(out)


def test_comparison(run, write, tmp_path):
    measure = {"means": {"wordvec": 2.0}, "errors": {"wordvec": 0.1}, "ratios": {}}
    report = {
        "settings": {}, "seeds": [1, 2], "corpus": {"n_words": 1000}, "machine": {}, "versions": {},
        "kinds": {"pairs.txt": "pairs"}, "assumed": [], "errors": [],
        "runs": [{
            "system": "wordvec", "seed": 1, "n_words": 10, "warmup_seconds": 1, "scan_seconds": 1, "train_seconds": 1,
            "memory_growth": None, "loss": 1.0, "epochs": 5, "data": "text", "scores": {"pairs.txt": 0.5},
        }],
        "measures": [{"name": "text to vectors, seconds", **measure}, {"name": "pairs.txt", **measure}],
    }  # fmt: skip
    out = tmp_path / "comparison.png"
    assert run("plot", "comparison", write("c.json", json.dumps(report)), "-o", out)[0] == 0 and is_picture(
        out
    )


@pytest.mark.parametrize("n", [2, 40, 80])
def test_labels_cover_neither_each_other_nor_points_nor_leave_the_frame(n):
    rng = np.random.default_rng(n)
    points = rng.normal(size=(n, 2)) * 120 + [500, 400]
    sizes = np.c_[rng.integers(20, 130, n), np.full(n, 16.0)]
    centers = place_labels(points, sizes, (0, 0, 1000, 800))
    low, high = centers - sizes / 2, centers + sizes / 2
    assert (low >= 0).all() and (high <= [1000, 800]).all()
    for i in range(n):
        covered = np.minimum(high[i], high) - np.maximum(low[i], low)
        covered[i] = -1
        assert (covered.min(axis=1) <= 0).all(), i
        assert not ((points > low[i]) & (points < high[i])).all(axis=1).any(), i


def test_chinese_has_a_font_or_one_clear_line(tmp_path, monkeypatch):
    words, places = ["国王", "女王"], np.eye(2)
    if charts.has_chinese_font():
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            draw_words(places, words, [0, 1], tmp_path / "map.png", title="词")
            draw_confusion(np.eye(2, dtype=int), words, tmp_path / "c.png")
        assert is_picture(tmp_path / "map.png")
    with pytest.raises(ValueError, match="No font here has .*fonts-noto-cjk"):
        draw_words(places, ["\U0010fffd", "a"], [0, 1], tmp_path / "other.png")
    assert not (tmp_path / "other.png").exists()
