"""Checkpoints of the trainer: what does not fit changes nothing."""

import json

import naive_archive
import pytest

torch = pytest.importorskip("torch")

from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn

from wordvec._io.archive import open_archive
from wordvec._io.kinds import TRAINING_RUN
from wordvec.embeddings.checkpoints import AnotherRunError
from wordvec.transformer import DecoderModel, EncoderDecoderModel, TransformerConfig
from wordvec.transformer.models.tensor_files import read_torch_tensor, write_torch_archive
from wordvec.transformer.training.checkpoints import hash_batch, named_tensors
from wordvec.transformer.training.trainer import TrainerOptions, train

from .support import CountingModel, TinyBatches, TinyModel, is_same, values

OPTIONS = {"steps": 4, "learning_rate": 0.02, "device": "cpu", "eval_every": 1, "patience": 4}


def run(folder, model=None, batches=None, resume=True, **changes):
    model = CountingModel(seed=7) if model is None else model
    return train(
        model,
        TinyBatches() if batches is None else batches,
        TrainerOptions(**{**OPTIONS, **changes}),
        validation=TinyBatches(seed=1),
        folder=folder,
        resume=resume,
        on_step=lambda report: report.step == 2,
    )


@pytest.fixture
def folder(tmp_path):
    run(tmp_path, CountingModel(), resume=False)
    return tmp_path


def rewrite(folder, metadata=(), tensors=()):
    """Write the file anew with other entries, and checksums that fit; None takes one away."""
    arrays = {name: None if tensor is None else tensor.numpy() for name, tensor in dict(tensors).items()}
    naive_archive.rewrite(folder / "checkpoint.safetensors", metadata, arrays)


def test_a_checkpoint_holds_all_that_a_run_needs(folder):
    found = load_file(folder / "checkpoint.safetensors")
    model = CountingModel()
    for name, tensor in model.named_parameters():
        assert f"model/{name}" in found and f"best/{name}" in found
        # Two parameters are in no loss.
        assert (f"optimizer/exp_avg/{name}" in found) == (tensor.dim() == 0 or not is_unused(name))
    assert torch.equal(found["model/scale"], model.scale)
    assert found["optimizer/step/hidden.weight"].item() == 2
    assert len(found["curve/loss"]) == 2 and found["curve/validation"][:, 0].tolist() == [1, 2]
    with safe_open(folder / "checkpoint.safetensors", "pt") as file:
        metadata = file.metadata()
    assert metadata["step"] == "2" and json.loads(metadata["options"])["optimizer"] == "adamw"
    assert sorted(path.suffix for path in folder.iterdir() if path.name.startswith("check")) == [
        ".safetensors"
    ]


def is_unused(name):
    return name.startswith(("unused", "kind"))


@pytest.mark.parametrize(
    ("metadata", "tensors", "message"),
    [
        ({"format": "other"}, {}, "something else"),
        ({"version": "3"}, {}, "newer version"),
        ({"batch_hash": None}, {}, "batch_hash"),
        ({"options": "no JSON"}, {}, "Expecting value"),
        ({"step": "3"}, {}, "3 steps are done, with 2 losses"),
        ({"step": "many"}, {}, "invalid literal"),
        ({}, {"curve/loss": None}, "loss"),
        ({}, {"model/hidden.bias": None, "model/norm.bias": None}, "without hidden.bias, norm.bias"),
        ({}, {"model/more": torch.ones(2)}, "with more"),
        (
            {},
            {"model/hidden.bias": torch.ones(5)},
            r"hidden.bias is float32 \(5,\), and the model's float32 \(6,\)",
        ),
        ({}, {"model/hidden.bias": torch.ones(6).double()}, "hidden.bias is float64"),
        (
            {},
            {"model/hidden.bias": torch.full((6,), torch.nan)},
            "hidden.bias holds values that are not finite",
        ),
        ({}, {"best/hidden.bias": None}, "without hidden.bias"),
        ({}, {"optimizer/exp_avg/hidden.bias": torch.ones(3)}, "optimiser keeps for hidden.bias"),
        ({}, {"optimizer/exp_avg/other": torch.ones(3)}, "optimiser keeps for other"),
        ({}, {"optimizer/exp_avg/hidden.bias": None}, "optimiser keeps for hidden.bias"),
    ],
)
def test_bad_files_change_nothing(folder, metadata, tensors, message):
    rewrite(folder, metadata, tensors)
    model, before = CountingModel(seed=7), CountingModel(seed=7)
    with pytest.raises(
        ValueError, match=f"(?s)cannot be read as a checkpoint.*{message}.*remove it to start anew"
    ):
        run(folder, model)
    assert is_same(model, before)


def test_a_changed_bit_is_damage(folder):
    path = folder / "checkpoint.safetensors"
    whole = path.read_bytes()
    for place in (0, 8, 30, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(
            ValueError, match="cannot be read as a checkpoint of a training run: it is damaged"
        ):
            run(folder)
    path.write_bytes(whole)
    assert run(folder).steps == 4


def test_numbers_that_numpy_has_not_are_written_and_read(tmp_path):
    values = {
        "half": torch.randn(3, 2).bfloat16(),
        "transposed": torch.randn(3, 2).t(),
        "scalar": torch.tensor(2.5, dtype=torch.float64),
        "mask": torch.tensor([True, False]),
    }
    path = tmp_path / "file"
    with path.open("wb") as file:
        write_torch_archive(file, TRAINING_RUN, values, {})
    theirs = load_file(path)
    with open_archive(path, TRAINING_RUN) as archive:
        for name, tensor in values.items():
            found = read_torch_tensor(archive, name)
            assert found.dtype == tensor.dtype and torch.equal(found, tensor)
            assert torch.equal(theirs[name], tensor)


def test_damaged_files(folder):
    path = folder / "checkpoint.safetensors"
    whole = path.read_bytes()
    for damaged in (whole[:-10], whole[:5], b"", b"\x00" * 100, b"{}" * 50):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match="checkpoint.safetensors' cannot be read as a checkpoint"):
            run(folder)
    assert run(folder, resume=False).steps == 2


def test_a_model_file_is_no_checkpoint(folder):
    model = TinyModel()
    save_file(model.state_dict(), folder / "checkpoint.safetensors")
    with pytest.raises(ValueError, match="it holds something else"):
        run(folder)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"learning_rate": 0.1}, r"different: learning_rate \(0.02 then, 0.1 now\)\."),
        ({"optimizer": "lamb", "seed": 3}, r"optimizer \('adamw' then, 'lamb' now\), seed \(0 then, 3 now\)"),
        ({"batches": TinyBatches(seed=2)}, "different: the data"),
        ({"batches": TinyBatches(length=6)}, "different: the data"),
        ({"model": TinyModel()}, r"loss_weights \(\{'kind': 0.5\} then, \{\} now\)"),
    ],
)
def test_checkpoints_of_another_run(folder, changes, message):
    with pytest.raises(AnotherRunError, match=message):
        run(folder, **changes)


def test_what_only_decides_how_soon_may_differ(folder):
    model = CountingModel(seed=5)
    report = run(folder, model, checkpoint_every=1, verbose=False, device="auto")
    assert report.steps == 4 and not report.interrupted


def test_a_new_run_replaces_the_checkpoint_at_once(folder):
    class Stopped(TinyModel):
        loss_weights = CountingModel.loss_weights

        def loss_sum(self, batch):
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        run(folder, Stopped(seed=3), resume=False)
    model, whole = CountingModel(), CountingModel(seed=3)
    run(folder, model)
    run(None, whole, resume=False)
    assert is_same(model, whole)


def test_a_write_that_fails_leaves_the_old_checkpoint(folder, monkeypatch):
    from wordvec.transformer.training import checkpoints as trainer_checkpoints

    before = (folder / "checkpoint.safetensors").read_bytes()

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(trainer_checkpoints, "write_torch_archive", fail)
    with pytest.raises(OSError, match="No space left"):
        run(folder)
    assert (folder / "checkpoint.safetensors").read_bytes() == before
    assert not list(folder.glob(".*.tmp"))


def test_tied_tensors_come_once():
    model = nn.ModuleDict({"table": nn.Embedding(3, 2), "out": nn.Linear(2, 3, bias=False)})
    model["out"].weight = model["table"].weight
    assert list(named_tensors(model)) == ["table.weight"]
    model.register_buffer("mask", torch.ones(2, dtype=torch.bool), persistent=False)
    assert list(named_tensors(model)) == ["table.weight"]


def test_hashes_tell_batches_apart():
    batch = {"a": torch.arange(4), "b": torch.ones(2)}
    others = [
        {"a": torch.arange(4), "c": torch.ones(2)},
        {"a": torch.arange(4).reshape(2, 2), "b": torch.ones(2)},
        {"a": torch.arange(4).to(torch.int32), "b": torch.ones(2)},
        {"a": torch.arange(4), "b": torch.tensor([1.0, 1.5])},
        {"a": torch.arange(4)},
    ]
    assert hash_batch(batch) == hash_batch({"b": torch.ones(4)[::2], "a": torch.arange(4)})
    assert len({hash_batch(batch), *map(hash_batch, others)}) == 6


def test_the_state_of_a_finished_run_is_final(tmp_path):
    model = TinyModel()
    settings = TrainerOptions(steps=3, device="cpu")
    report = train(model, TinyBatches(), settings, folder=tmp_path)
    again = TinyModel(seed=2)
    assert train(again, TinyBatches(), settings, folder=tmp_path, resume=True).loss_curve == report.loss_curve
    assert is_same(again, model) and values(again).keys() == values(model).keys()


@pytest.mark.parametrize("kind", ["decoder", "encoder-decoder"])
def test_a_run_with_muon_resumes_to_the_same_bits(kind, tmp_path):
    # Matrices of layers keep a momentum, embeddings and the rest Adam's two means.
    sizes = {"hidden_size": 8, "num_layers": 1, "num_heads": 2, "max_length": 8, "dropout": 0.1}
    config = (
        TransformerConfig.gpt(20, **sizes) if kind == "decoder" else TransformerConfig.original(20, **sizes)
    )
    ids = torch.arange(24).reshape(3, 8) % 19 + 1
    batch = {"input_ids": ids, "labels": ids}
    if kind != "decoder":
        batch["decoder_input_ids"] = ids

    class Batches:
        def batch(self, step, rank=0, world=1):
            return batch

    def made(seed):
        return (DecoderModel if kind == "decoder" else EncoderDecoderModel)(config, seed=seed)

    chosen = TrainerOptions(steps=4, optimizer="muon", learning_rate=0.01, verbose=False)
    whole, stopped, resumed = made(1), made(1), made(2)
    train(whole, Batches(), chosen)
    train(stopped, Batches(), chosen, folder=tmp_path, on_step=lambda report: report.step == 2)
    report = train(resumed, Batches(), chosen, folder=tmp_path, resume=True)
    assert report.steps == 4
    for name, tensor in whole.state_dict().items():
        assert torch.equal(tensor, resumed.state_dict()[name]), name
