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
from wordvec.pipelines.workflows.spaces.plots import plot_loss

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
    assert fails(run("plot", "map", vectors, "the", "the", "-o", out), "2 to 200", "1 word")
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


@pytest.mark.parametrize(
    ("command", "changes", "part"),
    [
        ("confusion", {"classes": None}, "no classes"),
        ("confusion", {"classes": 7}, "classes of another form"),
        ("confusion", {"classes": ["a"]}, "each of its 1 class"),
        ("confusion", {"title": None}, "no title"),
        ("confusion", {"confusion": [[1, 2], [3]]}, "each of its 2 classes"),
        ("confusion", {"confusion": [[1, -2], [3, 4]]}, "confusion of another form"),
        ("confusion", {"confusion": [["a", 2], [3, 4]]}, "confusion of another form"),
        ("confusion", {"confusion": [[1, 10**30], [3, 4]]}, "confusion of another form"),
        ("reliability", {"title": None}, "no title"),
        ("reliability", {"calibration_error": None}, "no calibration_error"),
        ("reliability", {"calibration_error": "x"}, "calibration_error of another form"),
        ("reliability", {"bins": [{"low": 0.5}]}, "bins of another form"),
        ("reliability", {"bins": [1]}, "bins of another form"),
        ("reliability", {"bins": "abc"}, "bins of another form"),
    ],
)
def test_damaged_reports(run, write, tmp_path, command, changes, part):
    report = write("report.json", json.dumps(REPORT | changes))
    out = tmp_path / "x.png"
    assert fails(
        run("plot", command, report, "-o", out), "report.json", part, "wordvec classify evaluate --json"
    )
    assert not out.exists()


def test_inputs_are_not_replaced(run, write, vectors, tmp_path):
    report = write("report.svg", json.dumps(REPORT | {"loss_curve": [1.0]}))
    content = report.read_bytes()
    for name in ("confusion", "reliability", "loss", "comparison", "transitions"):
        assert fails(run("plot", name, report, "-o", report), "report.svg", "is read")
    same = tmp_path / "vectors.png"
    same.write_bytes(vectors.read_bytes())
    assert fails(run("plot", "map", same, "the", "a", "-o", same), "vectors.png", "is read")
    assert report.read_bytes() == content and same.read_bytes() == vectors.read_bytes()


def test_labels_are_short_and_on_one_line(tmp_path):
    words = ["a\nb", "x" * 300, "\x07", "<b>"]
    figure = draw_words(
        np.eye(4)[:, :2], words, [0, 1, 2, 3], tmp_path / "map.png", axis_names=("one", "two")
    )
    axes = figure.axes[0]
    assert [text.get_text() for text in axes.texts] == ["a b", "x" * 39 + "…", "\ufffd", "<b>"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("one", "two")
    figure = draw_confusion(np.eye(2, dtype=int), words[:2], tmp_path / "c.png", title="t\n" * 99)
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()] == ["a b", "x" * 39 + "…"]
    assert figure.axes[0].get_title() == "t " * 24 + "t…"


def test_groups_differ_in_colour_or_shape(tmp_path):
    groups = list(range(2 * len(charts.COLOURS)))
    figure = draw_words(np.random.default_rng(0).normal(size=(len(groups), 2)), list("abcdefghij"), groups,
                        tmp_path / "map.svg")  # fmt: skip
    looks = {
        (tuple(dots.get_facecolor()[0]), dots.get_paths()[0].vertices.shape)
        for dots in figure.axes[0].collections
    }
    assert len(looks) == len(groups)


def test_losses(run, write, tmp_path):
    pytest.importorskip("torch")
    out = tmp_path / "loss.png"
    train = write("train.json", json.dumps({"loss_curve": [3.0, 2.0, 1.5]}))
    for curve in (["a"], [None, 1.0], [[1, 2]]):
        bad = write("bad.json", json.dumps({"loss_curve": curve}))
        assert fails(run("plot", "loss", bad, "-o", out), "bad.json", "no number")
    for row in ({"loss": "x", "step": 1}, {"loss": 1.0, "validation_loss": 2.0}):
        assert fails(run("plot", "loss", write("bad.jsonl", json.dumps(row)), "-o", out), "no number")
    assert fails(run("plot", "loss", write("nan.json", '{"loss_curve": [NaN]}'), "-o", out), "no loss")
    assert not out.exists()
    assert run("plot", "loss", train, "-o", out)[0] == 0 and is_picture(out)
    write("log.jsonl", '{"step": 1, "loss": 3.0}\n{"step": 2, "loss": 2.5, "validation_loss": 2.7}\n')
    assert run("plot", "loss", tmp_path, "-o", tmp_path / "loss.svg")[0] == 0 and is_picture(
        tmp_path / "loss.svg"
    )
    assert fails(run("plot", "loss", write("x.jsonl", '{"step": 1}\n'), "-o", out), "no loss")


def test_losses_by_epoch_are_drawn_as_they_are(write, tmp_path, monkeypatch):
    pytest.importorskip("torch")
    drawn = []

    class Kept(pytest.importorskip("matplotlib.figure").Figure):
        def savefig(self, *args, **options):
            axes = self.axes[0]
            lines = {line.get_label(): list(line.get_ydata()) for line in axes.lines}
            drawn.append((axes.get_xlabel(), axes.get_ylabel(), lines))
            super().savefig(*args, **options)

    monkeypatch.setattr("matplotlib.figure.Figure", Kept)
    curve = [3.0, 2.0, 1.0]
    for report in (
        {"loss_curve": curve, "loss_measure": "nats a pair", "n_epochs": 3},
        {"loss_curve": curve, "steps": 12},
        {"loss_curve": curve, "steps": 3},
    ):
        plot_loss(write("train.json", json.dumps(report)), tmp_path / "x.svg")
    assert drawn[0] == ("epoch", "loss (nats a pair)", {"training": curve})
    assert drawn[1] == ("epoch", "loss (nats)", {"training": curve})
    assert drawn[2] == ("step", "loss (nats)", {"each step": curve, "training": [3.0, 2.5, 2.0]})


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
        "settings": {"architecture": "skipgram", "epochs": 1, "vector_size": 20}, "seeds": [1, 2],
        "corpus": {"n_words": 1000}, "machine": {}, "versions": {},
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
    for changes in (
        {"settings": {"architecture": "x"}}, {"corpus": {}}, {"seeds": 5}, {"kinds": []}, {"runs": []}, {"runs": 7},
        {"measures": [1]}, {"measures": [report["measures"][1]]}, {"measures": [{"name": "x"}]},
        {"measures": [report["measures"][0], report["measures"][1] | {"means": {}}]}, {"corpus": None},
    ):  # fmt: skip
        bad = write("bad.json", json.dumps(report | changes))
        assert fails(run("plot", "comparison", bad, "-o", out), "bad.json", "wordvec compare --json"), changes


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
    manager = pytest.importorskip("matplotlib.font_manager").fontManager
    own = [font for font in manager.ttflist if font.name.startswith("DejaVu")]
    monkeypatch.setattr(manager, "ttflist", own)
    with pytest.raises(ValueError, match="No font here has .*fonts-noto-cjk"):
        draw_words(places, words, [0, 1], tmp_path / "other.png")
    assert not (tmp_path / "other.png").exists()
