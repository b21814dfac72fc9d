"""A small model with two losses and dropout, and batches for it, that the tests of the trainer share."""

import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from wordvec.transformer.training.trainer import TrainerOptions, train

V = 11
IGNORED = -100


class TinyModel(nn.Module):
    """Predicts the next token from this one; of a `kind` column, if there is one, from the first token."""

    def __init__(self, seed=0, dropout=0.0):
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.embedding = nn.Embedding(V, 6)
            self.norm = nn.LayerNorm(6)
            self.hidden = nn.Linear(6, 6)
            self.kind = nn.Linear(6, 2)
            self.unused = nn.Linear(6, 3)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("scale", torch.tensor([1.5]))

    def features(self, batch):
        x = self.norm(self.embedding(batch["input_ids"]) * self.scale)
        return self.dropout(torch.tanh(self.hidden(x)))

    def loss_sum(self, batch):
        features, losses = self.features(batch), {}
        logits = functional.linear(features, self.embedding.weight)  # tied
        losses["next"] = summed(logits.reshape(-1, V), batch["labels"].reshape(-1))
        if "kind" in batch:
            losses["kind"] = summed(self.kind(features[:, 0]), batch["kind"])
        return losses


class WholeModel(TinyModel):
    """All of its parameters are in its loss."""

    def __init__(self, seed=0):
        super().__init__(seed)
        del self.kind, self.unused


class CountingModel(TinyModel):
    """Knows its numbers of labels beforehand, and weighs its losses."""

    loss_weights = {"kind": 0.5}

    def loss_counts(self, batch):
        names = {"next": "labels", "kind": "kind"}
        return {name: (batch[key] != IGNORED).sum() for name, key in names.items() if key in batch}


def summed(logits, labels):
    loss = functional.cross_entropy(logits.float(), labels, ignore_index=IGNORED, reduction="sum")
    return loss, (labels != IGNORED).sum()


class TinyBatches:
    """Batch n is a function of (seed, n); process r has the r-th part of its rows."""

    def __init__(self, seed=0, rows=8, length=5, with_kind=False, n_batches=4):
        self.seed, self.rows, self.length, self.with_kind, self.n = seed, rows, length, with_kind, n_batches

    def __len__(self):
        return self.n

    def batch(self, step, rank=0, world=1):
        draw = np.random.default_rng([self.seed, step])
        ids = draw.integers(0, V, (self.rows, self.length))
        labels = np.where(draw.random(ids.shape) < 0.4, IGNORED, (3 * ids + 1) % V)
        labels[: self.rows // 2, :2] = IGNORED  # parts of a batch differ in their number of labels
        found = {"input_ids": ids, "labels": labels}
        if self.with_kind:
            found["kind"] = np.where(draw.random(self.rows) < 0.3, IGNORED, ids[:, 0] % 2)
        part = slice(rank * self.rows // world, (rank + 1) * self.rows // world)
        return {name: torch.from_numpy(array[part]) for name, array in found.items()}


class SplitBatches:
    """The batches of another, each cut into `n` micro-batches."""

    def __init__(self, whole, n):
        self.whole, self.n = whole, n

    def batch(self, step, rank=0, world=1):
        assert world == 1
        return self.whole.batch(step // self.n, step % self.n, self.n)


def values(model):
    """The model's tensors, copies."""
    return {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}


def is_same(model, other):
    """Whether two models have the same bits."""
    mine, others = values(model), values(other)
    return mine.keys() == others.keys() and all(torch.equal(mine[name], others[name]) for name in mine)


# Each with a batch whose halves differ in their number of labels. Most models have parameters that are in no loss.
CASES = {
    "one loss": (WholeModel, {}, {}),
    "two losses": (CountingModel, {"with_kind": True}, {"clip_norm": 0.1}),
    "micro-batches": (TinyModel, {}, {"accumulation_steps": 3}),
    "counted": (CountingModel, {"with_kind": True}, {"accumulation_steps": 3, "optimizer": "lamb"}),
    "early": (TinyModel, {"n_batches": 3}, {"eval_every": 1, "patience": 1, "learning_rate": 1.0}),
}


def train_case(name, **arguments):
    kind, batches, options = CASES[name]
    model = kind(seed=1)
    settings = TrainerOptions(**{"steps": 4, "learning_rate": 0.02, "device": "cpu", **options})
    validation = TinyBatches(seed=5, **batches) if "early" in name else None
    report = train(model, TinyBatches(**batches), settings, validation=validation, **arguments)
    return model, report


def tensors_of(model, report):
    curves = {"loss": report.loss_curve, "validation": report.validation_curve, "tokens": [report.n_tokens]}
    return {**values(model), **{key: torch.tensor(curve).double() for key, curve in curves.items()}}


def options(**changes):
    return TrainerOptions(**{"steps": 6, "learning_rate": 0.02, "device": "cpu", **changes})


def train_for_killing(folder, resume=False, pause=0.0):
    model = CountingModel(dropout=0.3)
    settings = options(steps=60, checkpoint_every=3, warmup_steps=5, eval_every=7, patience=50)
    report = train(
        model,
        TinyBatches(with_kind=True),
        settings,
        validation=TinyBatches(seed=3),
        folder=folder,
        resume=resume,
        on_step=lambda report: time.sleep(pause),
    )
    return model, report
