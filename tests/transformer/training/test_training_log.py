"""Logs of training."""

import csv
import json
import math
import sys
import time
import types
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from wordvec.transformer.training import log as training_log
from wordvec.transformer.training.trainer import TrainerOptions, train

from .support import CountingModel, TinyBatches, TinyModel


def options(**changes):
    return TrainerOptions(**{"steps": 6, "learning_rate": 0.02, "device": "cpu", **changes})


@pytest.mark.slow
def test_logs_tell_what_the_report_tells(tmp_path, capfd):
    settings = options(eval_every=3, verbose=True)
    report = train(
        CountingModel(),
        TinyBatches(with_kind=True),
        settings,
        validation=TinyBatches(),
        folder=tmp_path,
        on_step=lambda report: time.sleep(0.05),  # the bar is drawn every fifth of a second
    )
    rows = list(csv.DictReader((tmp_path / "log.csv").open(newline="")))
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [float(row["loss"]) for row in rows] == [line["loss"] for line in lines] == report.loss_curve
    assert [int(row["step"]) for row in rows] == list(range(1, 7))
    found = [(line["step"], line["validation_loss"]) for line in lines if "validation_loss" in line]
    assert (
        found
        == report.validation_curve
        == [(int(row["step"]), float(row["validation_loss"])) for row in rows if row["validation_loss"]]
    )
    assert float(rows[0]["perplexity"]) == pytest.approx(math.exp(report.loss_curve[0]))
    assert lines[0]["loss"] == pytest.approx(lines[0]["loss.next"] + 0.5 * lines[0]["loss.kind"])
    assert int(rows[-1]["tokens"]) == report.n_tokens
    out, err = capfd.readouterr()
    assert out == "" and "ppl=" in err and "tokens/s" in err and "loss=" in err
    train(CountingModel(), TinyBatches(), options(steps=2), folder=tmp_path)
    assert (tmp_path / "log.csv").read_text().count("\n") == 3
    assert capfd.readouterr() == ("", "")


def test_curve_is_drawn_if_matplotlib_is_there(tmp_path, monkeypatch):
    pytest.importorskip("matplotlib")
    train(TinyModel(), TinyBatches(), options(), validation=TinyBatches(), folder=tmp_path)
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")
    training_log.draw_loss_curve([2.0, 1.0], [], tmp_path / "curve.svg")
    assert b"<svg" in (tmp_path / "curve.svg").read_bytes()
    with pytest.raises(ValueError, match="must end in .png or .svg"):
        training_log.draw_loss_curve([1.0], [], tmp_path / "curve.gif")
    other = tmp_path / "other"
    monkeypatch.setattr(training_log.importlib.util, "find_spec", lambda name: None)
    train(TinyModel(), TinyBatches(), options(), folder=other)
    assert sorted(path.name for path in other.iterdir()) == ["checkpoint.safetensors", "log.csv", "log.jsonl"]


def test_the_running_mean_is_that_of_the_last_losses():
    losses = np.random.default_rng(1).normal(size=130).tolist()
    want = [np.mean(losses[max(0, place - 49) : place + 1]) for place in range(130)]
    np.testing.assert_allclose(training_log._running_mean(losses), want, atol=1e-12)


def test_tensorboard_is_told_if_it_is_there(tmp_path, monkeypatch):
    told = []

    class Writer:
        def __init__(self, folder, purge_step):
            told.append((Path(folder).name, purge_step))

        def add_scalar(self, name, value, step):
            told.append((name, value, step))

        def close(self):
            told.append("closed")

    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", types.SimpleNamespace(SummaryWriter=Writer))
    find = training_log.importlib.util.find_spec
    monkeypatch.setattr(
        training_log.importlib.util, "find_spec", lambda name: name == "tensorboard" or find(name)
    )
    report = train(TinyModel(), TinyBatches(), options(steps=2), folder=tmp_path)
    assert told[0] == ("tensorboard", 1) and told[-1] == "closed"
    assert [entry[1:] for entry in told[1:-1] if entry[0] == "loss"] == [
        (report.loss_curve[0], 1),
        (report.loss_curve[1], 2),
    ]


def test_unfinished_lines_of_a_killed_run_are_left_out(tmp_path):
    train(TinyModel(), TinyBatches(), options(), folder=tmp_path, on_step=lambda report: report.step == 3)
    with (tmp_path / "log.jsonl").open("a") as file:
        file.write('{"step": 4, "loss": 9.0}\n{"step": 5, "lo')
    train(TinyModel(), TinyBatches(), options(), folder=tmp_path, resume=True)
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [1, 2, 3, 4, 5, 6] and lines[3]["loss"] != 9.0
    rows = list(csv.DictReader((tmp_path / "log.csv").open(newline="")))
    assert [row["step"] for row in rows] == list("123456")
    assert [float(row["loss"]) for row in rows] == [line["loss"] for line in lines]
