"""Training in several processes: equal to one with a larger batch."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from safetensors.torch import load_file

from wordvec.transformer.training import processes as distributed

from .support import CASES, tensors_of, train_case

SCRIPT = """
import sys
from pathlib import Path
import torch
from safetensors.torch import save_file
from support import CASES, tensors_of, train_case

torch.set_num_threads(1)
out = Path(sys.argv[1])
for name in CASES:
    found = tensors_of(*train_case(name))
    save_file(found, out / f"{name} {torch.distributed.get_rank()}")
# Only one of the two asks to stop; both do, and go on from the same checkpoint.
ask = lambda report: torch.distributed.get_rank() == 1 and report.step == 2
_, report = train_case("one loss", folder=out / "run", on_step=ask)
assert report.interrupted and report.steps == 2
found = tensors_of(*train_case("one loss", folder=out / "run", resume=True))
save_file(found, out / f"resumed {torch.distributed.get_rank()}")
"""


@pytest.fixture(scope="module")
def two_processes(tmp_path_factory):
    """The folder of what two processes under torchrun have found."""
    folder = tmp_path_factory.mktemp("two")
    script = folder / "script.py"
    script.write_text(SCRIPT)
    paths = [str(Path(__file__).parent), *sys.path]
    done = subprocess.run(
        [
            *(sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"),
            *(str(script), str(folder)),
        ],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "Warning" not in done.stderr, done.stderr
    return folder


@pytest.mark.process
@pytest.mark.parametrize("name", CASES)
def test_two_processes_are_one_with_twice_the_batch(two_processes, name):
    found = [load_file(two_processes / f"{name} {rank}") for rank in (0, 1)]
    want = tensors_of(*train_case(name))
    for key, tensor in want.items():
        assert torch.equal(found[0][key], found[1][key]), key
        np.testing.assert_allclose(found[0][key].numpy(), tensor.numpy(), rtol=1e-4, atol=1e-6, err_msg=key)


@pytest.mark.process
def test_two_processes_stop_and_resume_together(two_processes):
    whole = load_file(two_processes / "one loss 0")
    for rank in (0, 1):
        found = load_file(two_processes / f"resumed {rank}")
        assert all(torch.equal(found[key], tensor) for key, tensor in whole.items())
    lines = (two_processes / "run" / "log.jsonl").read_text().splitlines()
    assert len(lines) == 4
    with pytest.raises(ValueError, match=r"number of processes \(2 then, 1 now\)"):
        train_case("one loss", folder=two_processes / "run", resume=True)


def test_an_environment_without_the_way_to_others(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("RANK", "0")
    for name in ("LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(
        ValueError, match="WORLD_SIZE is 2, but LOCAL_RANK, MASTER_ADDR, MASTER_PORT is not set"
    ):
        train_case("one loss")


def test_more_processes_than_gpus(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert distributed.choose_device("auto", 1) == torch.device("cuda", 1)
    assert distributed.choose_device("cpu", 5) == torch.device("cpu")
    with pytest.raises(ValueError, match="Process 2 of this machine has no GPU of its own: there are 2"):
        distributed.choose_device("cuda", 2)


def test_sums_by_name_of_one_process():
    totals = {"loss": (2.0, 3.0)}
    assert distributed.sum_of_all_by_name(totals, distributed.Processes()) == totals
