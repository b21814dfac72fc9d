"""The trainer: equal to the plain loop, interruption, resuming, precision."""

import json
import math
import os
import signal
import subprocess
import sys
import time
import types
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from safetensors.torch import load_file

from wordvec.transformer.training import gradient_steps
from wordvec.transformer.training.trainer import train

from .support import (
    CountingModel,
    SplitBatches,
    TinyBatches,
    TinyModel,
    is_same,
    options,
    train_for_killing,
    values,
)


@pytest.fixture(autouse=True)
def one_thread():
    """Threads only wait for each other over so small tensors."""
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(n_threads)


def plain_training(model, batches, steps, rate, clip):
    """The loop that everybody writes, with PyTorch's own parts; weight decay for all matrices."""
    parameters = list(model.parameters())
    matrices = [p for p in parameters if p.dim() > 1]
    others = [p for p in parameters if p.dim() == 1]
    groups = [{"params": matrices, "weight_decay": 0.01}, {"params": others, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=rate, fused=False, foreach=False)
    curve = []
    for step in range(steps):
        losses = model.loss_sum(batches.batch(step))
        weights = getattr(model, "loss_weights", {})
        loss = sum(weights.get(name, 1.0) * total / count for name, (total, count) in losses.items())
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, clip)
        optimizer.step()
        curve.append(loss.item())
    return curve


def assert_close(model, other):
    for name, value in values(other).items():
        torch.testing.assert_close(values(model)[name], value, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("with_kind", [False, True])
@pytest.mark.parametrize("clip", [0.1, 1e9])
def test_training_is_the_plain_loop(with_kind, clip):
    batches = TinyBatches(with_kind=with_kind)
    reference, model = CountingModel(), CountingModel()
    want = plain_training(reference, batches, 6, 0.02, clip)
    report = train(model, batches, options(schedule="constant", clip_norm=clip))
    np.testing.assert_allclose(report.loss_curve, want, rtol=1e-5)
    assert_close(model, reference)
    assert report.steps == 6 and report.n_tokens == 6 * 40 and report.tokens_per_second > 0
    assert not report.stopped_early and not report.interrupted and not model.training
    assert report.validation_curve == [] and report.best_step is None
    assert all(p.grad is None for p in model.parameters())


@pytest.mark.smoke
@pytest.mark.parametrize("with_kind", [False, True])
def test_accumulated_micro_batches_are_one_batch(with_kind):
    whole = TinyBatches(with_kind=with_kind)
    counts = [[int((part["labels"] != -100).sum()) for part in (whole.batch(0, r, 4) for r in range(4))]]
    assert len(set(counts[0])) > 1
    model, other = CountingModel(), CountingModel()
    report = train(model, whole, options())
    split = train(other, SplitBatches(whole, 4), options(accumulation_steps=4))
    np.testing.assert_allclose(split.loss_curve, report.loss_curve, rtol=1e-6)
    assert split.n_tokens == report.n_tokens
    assert_close(other, model)


def test_several_losses_are_accumulated_only_with_their_counts():
    batches = SplitBatches(TinyBatches(with_kind=True), 2)
    with pytest.raises(TypeError, match=r"TinyModel has several losses.*loss_counts\(batch\)"):
        train(TinyModel(), batches, options(accumulation_steps=2))


def test_dropout_comes_from_the_seed_and_nothing_from_outside():
    models = [TinyModel(dropout=0.5) for _ in range(3)]
    before = torch.get_rng_state()
    for model, seed in zip(models, (1, 1, 2)):
        train(model, TinyBatches(), options(seed=seed))
        assert torch.equal(torch.get_rng_state(), before)
        before = (torch.rand(3), torch.get_rng_state())[1]
    assert is_same(models[0], models[1]) and not is_same(models[0], models[2])


def test_training_learns():
    model = TinyModel()
    report = train(model, TinyBatches(), options(steps=150))
    assert report.loss_curve[0] > 2 and np.mean(report.loss_curve[-10:]) < 0.5


def test_validation_is_the_mean_over_all_labels():
    model, validation = CountingModel(dropout=0.5), TinyBatches(seed=9, with_kind=True, n_batches=3)
    report = train(model, TinyBatches(with_kind=True), options(steps=1), validation=validation)
    sums, n = {"next": 0.0, "kind": 0.0}, {"next": 0, "kind": 0}
    with torch.no_grad():
        for number in range(3):
            for name, (total, count) in model.loss_sum(validation.batch(number)).items():
                sums[name] += total.item()
                n[name] += count.item()
    want = sums["next"] / n["next"] + 0.5 * sums["kind"] / n["kind"]
    assert report.validation_curve == [(1, pytest.approx(want, rel=1e-6))]
    listed = [validation.batch(number) for number in range(3)]
    again = train(
        CountingModel(dropout=0.5), TinyBatches(with_kind=True), options(steps=1), validation=listed
    )
    assert again.validation_curve == report.validation_curve


class Wrong(TinyBatches):
    """Teaches something else than it evaluates."""

    def batch(self, step, rank=0, world=1):
        found = super().batch(step, rank, world)
        return {**found, "labels": torch.where(found["labels"] < 0, -100, (found["labels"] + 5) % 11)}


def test_early_stopping_ends_with_the_best_parameters(tmp_path):
    seen, model = {}, TinyModel()

    def on_step(report):
        seen[report.step] = (values(model), report.validation_loss)

    settings = options(steps=40, eval_every=2, patience=3, schedule="constant")
    report = train(model, Wrong(), settings, validation=TinyBatches(seed=5), folder=tmp_path, on_step=on_step)
    losses = dict(report.validation_curve)
    assert report.stopped_early and report.steps < 40
    assert report.best_step == min(losses, key=losses.get) == report.steps - 6
    assert [step for step, (_, loss) in seen.items() if loss is not None] == list(losses)
    assert all(torch.equal(values(model)[name], value) for name, value in seen[report.best_step][0].items())
    again = TinyModel(seed=4)
    resumed = train(again, Wrong(), settings, validation=TinyBatches(seed=5), folder=tmp_path, resume=True)
    assert is_same(again, model) and resumed.stopped_early and resumed.steps == report.steps
    assert resumed.validation_curve == report.validation_curve


@pytest.mark.parametrize(("average", "patience"), [(1, None), (3, None), (3, 2), (99, 3)])
def test_the_mean_of_the_last_evaluations_is_evaluated_and_kept(average, patience):
    model, seen = TinyModel(), {}

    def on_step(report):
        if report.validation_loss is not None:
            seen[report.step] = values(model)

    settings = options(steps=9, eval_every=2, average=average, patience=patience, schedule="constant")
    report = train(model, TinyBatches(), settings, validation=TinyBatches(seed=5), on_step=on_step)
    plain = TinyModel()
    train(plain, TinyBatches(), options(steps=9, schedule="constant"))
    assert all(torch.equal(seen[9][name], value) for name, value in values(plain).items())
    losses, means = {}, {}
    for place, step in enumerate(seen):
        last = list(seen.values())[max(0, place + 1 - average) : place + 1]
        means[step] = {name: sum(each[name].double() for each in last) / len(last) for name in last[0]}
        judge = TinyModel()
        judge.load_state_dict({name: mean.float() for name, mean in means[step].items()})
        parts = [judge.eval().loss_sum(TinyBatches(seed=5).batch(n))["next"] for n in range(4)]
        losses[step] = float(sum(loss.detach() for loss, _ in parts) / sum(count for _, count in parts))
    assert dict(report.validation_curve) == pytest.approx(losses)
    kept = means[min(losses, key=losses.get) if patience else report.steps]
    for name, value in values(model).items():
        torch.testing.assert_close(value.double(), kept[name], atol=1e-7, rtol=0)


def test_a_function_of_the_model_may_take_the_place_of_a_validation_loss():
    scores, seen = iter([0.5, 0.3, 0.4, 0.45]), []
    model = TinyModel()

    def judge(judged):
        seen.append(values(judged))
        return next(scores)

    report = train(model, TinyBatches(), options(steps=9, eval_every=1, patience=2), validation=judge)
    assert report.validation_curve == [(1, 0.5), (2, 0.3), (3, 0.4), (4, 0.45)] and report.stopped_early
    assert all(torch.equal(values(model)[name], value) for name, value in seen[1].items())


class Diverging(TinyModel):
    """Its loss or its gradient is not finite at given batches."""

    def __init__(self, at, where="loss"):
        super().__init__()
        self.at, self.where, self.seen = at, where, 0

    def loss_sum(self, batch):
        loss, count = super().loss_sum(batch)["next"]
        self.seen += self.training
        if self.training and self.seen == self.at:
            # The root's gradient is infinite at zero, its value is not.
            loss = loss * math.nan if self.where == "loss" else loss + (self.scale_free() ** 0.5)
        return {"next": (loss, count)}

    def scale_free(self):
        return (self.hidden.weight * 0).sum()


@pytest.mark.parametrize(
    ("where", "message"), [("loss", "the loss is nan"), ("gradient", "the norm of the gradient is (nan|inf)")]
)
def test_divergence_names_the_step_and_keeps_the_checkpoint(where, message, tmp_path):
    good, model = TinyModel(), Diverging(6, where)
    train(good, TinyBatches(), options(steps=8, schedule="constant"), on_step=lambda report: report.step == 5)
    settings = options(steps=8, schedule="constant", checkpoint_every=2)
    with pytest.raises(FloatingPointError, match=rf"in step 6: {message}.*still that of step 4.*0\.02"):
        train(model, TinyBatches(), settings, folder=tmp_path)
    assert is_same(model, good) and not model.training
    assert len((tmp_path / "log.jsonl").read_text().splitlines()) == 5
    resumed, whole = TinyModel(), TinyModel()
    assert train(resumed, TinyBatches(), settings, folder=tmp_path, resume=True).steps == 8
    train(whole, TinyBatches(), settings)
    assert is_same(resumed, whole)


def test_divergence_seen_in_validation():
    class Odd(TinyModel):
        def loss_sum(self, batch):
            loss, count = super().loss_sum(batch)["next"]
            return {"next": (loss if self.training else loss * math.inf, count)}

    with pytest.raises(FloatingPointError, match=r"in step 3: the validation loss is inf\. Lower"):
        train(Odd(), TinyBatches(), options(eval_every=3), validation=TinyBatches())


def test_on_step_stops_and_a_resumed_run_is_the_same(tmp_path):
    whole, model = TinyModel(dropout=0.3), TinyModel(dropout=0.3)
    want = train(whole, TinyBatches(), options())
    report = train(model, TinyBatches(), options(), folder=tmp_path, on_step=lambda report: report.step == 3)
    assert report.interrupted and report.steps == 3 and report.loss_curve == want.loss_curve[:3]
    resumed = TinyModel(seed=5, dropout=0.3)
    report = train(resumed, TinyBatches(), options(), folder=tmp_path, resume=True)
    assert is_same(resumed, whole) and report.loss_curve == want.loss_curve and not report.interrupted
    assert report.n_tokens == want.n_tokens


@pytest.mark.slow
@pytest.mark.parametrize(
    "settings",
    [
        {"optimizer": "lamb", "accumulation_steps": 2},
        {"eval_every": 1, "patience": 9, "warmup_steps": 2},
        {"eval_every": 1, "patience": 9, "average": 2, "schedule": "constant"},
        {"eval_every": 2, "average": 3},
        {"precision": "bf16", "schedule": "linear"},
    ],
)
def test_every_stop_resumes_to_the_same_bits(settings, tmp_path):
    def run(model, **arguments):
        validation = TinyBatches(seed=5) if "eval_every" in settings else None
        return train(
            model, TinyBatches(with_kind=True), options(**settings), validation=validation, **arguments
        )

    whole = CountingModel(dropout=0.3)
    want = run(whole)
    for stop in (1, 4):
        folder = tmp_path / str(stop)
        run(CountingModel(dropout=0.3), folder=folder, on_step=lambda report, stop=stop: report.step == stop)
        resumed = CountingModel(seed=5)
        resumed.dropout.p = 0.3
        report = run(resumed, folder=folder, resume=True)
        assert is_same(resumed, whole)
        assert (report.loss_curve, report.validation_curve) == (want.loss_curve, want.validation_curve)


def test_ctrl_c_writes_a_checkpoint_and_keeps_what_was_learned(tmp_path):
    handler = signal.getsignal(signal.SIGINT)  # ignored, if the tests run in the background

    def interrupt(report):
        if report.step == 2:
            os.kill(os.getpid(), signal.SIGINT)

    whole, model = TinyModel(dropout=0.3), TinyModel(dropout=0.3)
    train(whole, TinyBatches(), options())
    with pytest.warns(UserWarning, match="interrupted after step 3 of 6"):
        report = train(model, TinyBatches(), options(), folder=tmp_path, on_step=interrupt)
    assert report.interrupted and report.steps == 3
    assert signal.getsignal(signal.SIGINT) is handler
    resumed = TinyModel(seed=1, dropout=0.3)
    train(resumed, TinyBatches(), options(), folder=tmp_path, resume=True)
    assert is_same(resumed, whole)


TRAIN = """
import sys, time
import torch
from safetensors.torch import save_file
from support import train_for_killing

torch.set_num_threads(1)
model, report = train_for_killing(sys.argv[1], sys.argv[2] == "resume", float(sys.argv[3]))
curves = [torch.tensor(curve, dtype=torch.float64) for curve in (report.loss_curve, report.validation_curve)]
save_file({**model.state_dict(), "loss": curves[0], "validation": curves[1]}, sys.argv[4])
"""


def start(folder, mode, pause, out):
    paths = [str(Path(__file__).parent), *sys.path]
    return subprocess.Popen(
        [sys.executable, "-c", TRAIN, str(folder), mode, str(pause), str(out)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.process
def test_killed_run_resumes_to_the_same_bits(tmp_path):
    folder, out = tmp_path / "run", tmp_path / "out"
    process = start(folder, "new", 0.05, out)
    log, deadline = folder / "log.jsonl", time.monotonic() + 120
    while not (log.exists() and log.read_text().count("\n") >= 20) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    _, error = process.communicate()
    assert process.returncode == -signal.SIGKILL and not out.exists(), error
    process = start(folder, "resume", 0.0, out)
    _, error = process.communicate()
    assert process.returncode == 0, error
    model, report = train_for_killing(None)
    found = load_file(out)
    assert found.pop("loss").tolist() == report.loss_curve
    assert [tuple(pair) for pair in found.pop("validation").tolist()] == report.validation_curve
    assert found.keys() == values(model).keys()
    assert all(torch.equal(found[name], value) for name, value in values(model).items())
    steps = [json.loads(line)["step"] for line in log.read_text().splitlines()]
    assert steps == list(range(1, 61))


def test_bf16_computes_in_bfloat16_and_keeps_float32():
    class Watching(TinyModel):
        def features(self, batch):
            found = super().features(batch)
            dtypes.add(self.hidden(found).dtype)
            return found

    dtypes, reference = set(), TinyModel()
    model = Watching()
    report = train(model, TinyBatches(), options(precision="bf16"))
    want = train(reference, TinyBatches(), options())
    assert dtypes == {torch.bfloat16}
    assert {p.dtype for p in model.parameters()} == {torch.float32}
    assert report.loss_curve != want.loss_curve
    np.testing.assert_allclose(report.loss_curve, want.loss_curve, rtol=0.02)


@pytest.mark.slow
def test_compiled_models_train_alike():
    # The compiler itself takes half a minute; that its output is right is PyTorch's to test.
    model, reference = TinyModel(), TinyModel()
    with torch.compiler.set_stance("force_eager"):
        report = train(model, TinyBatches(), options(compile=True))
    assert report.loss_curve == train(reference, TinyBatches(), options()).loss_curve
    assert values(model).keys() == values(reference).keys()


def test_a_gpu_that_is_not_there(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(
        ValueError, match="device parameter of TrainerOptions must be .* where PyTorch finds no GPU"
    ):
        train(TinyModel(), TinyBatches(), options(device="cuda"))
    assert train(TinyModel(), TinyBatches(), options(device="auto", steps=1)).steps == 1


def test_steps_without_a_label():
    batch = TinyBatches().batch(0)
    empty = {**batch, "labels": torch.full_like(batch["labels"], -100)}

    class Late(TinyBatches):
        def batch(self, step, rank=0, world=1):
            return empty if step == 2 else batch

    with pytest.raises(ValueError, match="The batches of step 3 hold no label"):
        train(TinyModel(), Late(), options())
    with pytest.raises(ValueError, match="validation batches of train hold no label"):
        train(TinyModel(), TinyBatches(), options(), validation=[empty])
    half = {**empty, "kind": torch.ones(8, dtype=torch.int64)}
    model = CountingModel()
    want = model.loss_sum(half)["kind"][0].item() / 8
    report = train(model, types.SimpleNamespace(batch=lambda step, rank, world: half), options(steps=1))
    assert report.loss_curve == [pytest.approx(0.5 * want)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"model": torch.nn.Linear(2, 2)}, r"must be a torch.nn.Module with a method loss_sum.*Got Linear"),
        ({"model": None}, "must be a torch.nn.Module.*Got None"),
        ({"model": TinyModel().double()}, r"trained in float32, and embedding.weight is float64.*float\(\)"),
        ({"model": TinyModel().requires_grad_(False)}, "no trainable parameter"),
        ({"batches": [1]}, r"batches parameter of train must have a method batch.*Got \[1\]"),
        ({"options": {"steps": 3}}, "options parameter of train must be a TrainerOptions. Got {'steps': 3}"),
        ({"validation": 3}, "validation parameter of train .* Got 3"),
        ({"validation": []}, "validation parameter of train must hold at least one batch"),
        (
            {"options": options(eval_every=2)},
            "validation parameter of train must hold batches .* eval_every=2",
        ),
        ({"resume": True}, "resume parameter of train must be False where .* folder=..."),
        ({"resume": 1}, "resume parameter of train must be True or False"),
        ({"folder": ""}, "folder parameter of train must be a path"),
        ({"folder": 3}, "folder parameter of train must be a path"),
        ({"folder": __file__}, "must be a folder.*is a file"),
    ],
)
def test_bad_arguments(arguments, message):
    given = {"model": TinyModel(), "batches": TinyBatches(), "options": options(steps=1), **arguments}
    with pytest.raises((TypeError, ValueError, OSError), match=message):
        train(**given)


def test_tokens_without_padding():
    ids, mask = torch.zeros(2, 3, dtype=torch.int64), torch.tensor([[1, 1, 0], [1, 0, 0]])
    assert gradient_steps.n_tokens_of({"input_ids": ids}) == 6
    assert gradient_steps.n_tokens_of({"input_ids": ids, "attention_mask": mask}) == 3
    pair = {"input_ids": ids, "attention_mask": mask.bool(), "decoder_input_ids": ids, "labels": mask - 100}
    assert gradient_steps.n_tokens_of(pair) == 6
