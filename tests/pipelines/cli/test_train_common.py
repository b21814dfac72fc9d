"""`wordvec train --common-components`: the vectors that are written are centred."""

import numpy as np

from wordvec import KeyedVectors

from .support import SMALL, fails

TEXT = "\n".join(f"w{k % 90} x{k % 7} w{k % 90} y{k % 11}" for k in range(900))


def test_vectors_are_those_of_the_estimator(run, write, tmp_path):
    out = tmp_path / "v.bin"
    command = ["train", write("a.txt", TEXT), "-o", out, *SMALL]
    assert run(*command)[0] == 0
    trained = KeyedVectors.load(out).vectors
    assert run(*command, "--common-components", 2)[0] == 0
    centred = KeyedVectors.load(out).vectors
    assert abs(trained.mean(axis=0)).max() > 0.01
    np.testing.assert_allclose(centred.mean(axis=0), 0.0, atol=1e-6)


def test_only_trained_rows_have_them(run, write, tmp_path):
    command = ["train", write("a.txt", TEXT), "-o", tmp_path / "v.bin", "--common-components", 2, *SMALL]
    assert fails(run(*command, "--max-n", 4), "--common-components", "--max-n")
    assert fails(run(*command, "--architecture", "glove"), "--common-components", "glove")
