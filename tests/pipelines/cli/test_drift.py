"""`wordvec drift`: text, JSON, several files a side, errors in one line."""

import json

import numpy as np
import pytest

from wordvec.vectors.keyed_vectors import KeyedVectors

from .support import fails


@pytest.fixture
def files(tmp_path):
    rng = np.random.default_rng(2)
    words = [f"w{row}" for row in range(200)]
    old = rng.normal(size=(200, 12))
    new = old.copy()
    new[[3, 9]] = new[[9, 3]]
    paths = []
    for name, table in (("a1", old), ("a2", old), ("b1", new), ("b2", new)):
        path = tmp_path / f"{name}.bin"
        KeyedVectors(table + rng.normal(scale=0.2, size=table.shape), words).save(path)
        paths.append(path)
    return paths


def test_drift(run, files):
    a1, a2, b1, b2 = files
    code, out, err = run("drift", a1, b1, "--n-neighbors", 20, "--topn", 2)
    assert (code, err) == (0, "")
    assert out.startswith(
        "2 of 200 words changed (q <= 0.05), neighbors, 1 against 1 model, 200 words compared"
    )
    assert sorted(line.split()[0] for line in out.splitlines()[-2:]) == ["w3", "w9"]
    several = ("drift", a1, b1, "--old", a2, "--new", b2, "--method", "procrustes")
    code, out, _ = run(*several, "--word", "w3", "--word", "w4", "--json")
    report = json.loads(out)
    assert (code, report["n_models_a"], report["n_models_b"], report["n_changed"]) == (0, 2, 2, 1)
    assert [row["word"] for row in report["rows"]] == ["w3", "w4"]


def test_errors_have_one_line(run, files, tmp_path):
    a1, _, b1, _ = files
    assert fails(run("drift", a1), "NEW")
    assert fails(run("drift", a1, tmp_path / "no.bin"), "no.bin", "does not exist")
    assert fails(run("drift", a1, b1, "--word", "w3x"), "'w3x'", "Nearest spellings")
    assert fails(
        run("drift", a1, b1, "--n-neighbors", 100), "--n-neighbors must be an integer from 1 to 66", "100"
    )
    assert fails(run("drift", a1, b1, "--restrict-vocab", 60), "share 60 words", "larger --restrict-vocab")
    assert fails(run("drift", a1, b1, "--method", "cosine"), "--method", "'procrustes'")
