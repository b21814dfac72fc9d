"""`wordvec verify`, and the same bits on processors with narrower registers than this one."""

import os
import subprocess
import sys

import pytest

from wordvec.pipelines.cli.program import run
from wordvec.pipelines.workflows import verification

PRINT_HASHES = """
from wordvec.pipelines.workflows import verification
for name, digest in verification.hashes().items():
    print(name, digest, sep=": ")
"""


@pytest.fixture(scope="module")
def report():
    return verification.verify()


def test_this_machine_computes_as_ours_did(report):
    if report.not_compared:
        pytest.skip(report.not_compared)
    assert report.different == []
    assert report.same
    assert "This machine computes as ours did" in str(report)


def test_a_difference_is_named_and_ends_with_1(monkeypatch, capsys, report):
    if report.not_compared:
        pytest.skip(report.not_compared)
    monkeypatch.setitem(verification.HASHES, "GloVe", "0" * 16)
    monkeypatch.setattr(verification, "hashes", lambda on_message=None: report.found)
    assert run(["verify"]) == 1
    out = capsys.readouterr().out
    assert out.count("DIFFERENT") == 1 and "does not compute as ours did" in out
    assert run(["verify", "--json"]) == 1
    assert '"same": false' in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("platform.machine", lambda: "ppc64le", "ppc64le"),
        ("has_fma", lambda target: False, "FMA"),
        ("numba.__version__", "0.99.1", "Numba 0.99.1"),
        ("numba.config.DISABLE_JIT", 1, "NUMBA_DISABLE_JIT"),
    ],
)
def test_outside_of_the_promise_nothing_is_compared(monkeypatch, capsys, name, value, reason):
    monkeypatch.setattr(f"wordvec.pipelines.workflows.verification.{name}", value)
    monkeypatch.setattr(verification, "hashes", None)  # nothing is trained
    assert run(["verify"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("not compared: ") and reason in out


def test_an_interrupted_run_gives_no_verdict(monkeypatch, capsys, report):
    if report.not_compared:
        pytest.skip(report.not_compared)

    class Interrupted:
        interrupted_ = True

    monkeypatch.setattr(verification.Word2Vec, "fit", lambda self, lines: Interrupted())
    assert run(["verify"]) == 130
    out = capsys.readouterr()
    assert out.out == "" and "interrupted" in out.err


@pytest.mark.slow
def test_registers_of_half_the_width_give_the_same_bits(report):
    """The instructions of Haswell (AVX2 and FMA), and NumPy without AVX-512."""
    if report.not_compared:
        pytest.skip(report.not_compared)
    # The name alone would keep the features of this machine (findings/numba-cpu-name-keeps-host-features.sh).
    narrow = {
        "NUMBA_CPU_NAME": "haswell",
        "NUMBA_CPU_FEATURES": "",
        "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
    }
    result = subprocess.run(
        [sys.executable, "-c", PRINT_HASHES], env={**os.environ, **narrow}, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
    assert dict(line.split(": ") for line in result.stdout.splitlines()) == report.found
