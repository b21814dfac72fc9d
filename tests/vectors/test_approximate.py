"""`ApproximateIndex`: nearly all of the exact neighbours, with their cosines to the last bit, kept in a file."""

import numpy as np
import pytest

from wordvec.vectors.keyed_vectors import KeyedVectors

pytest.importorskip("usearch", reason="the index is usearch's")


def make(n_words=2000, dtype=np.float32, seed=0):
    rng = np.random.default_rng(seed)
    centers = rng.normal(size=(40, 32))
    table = centers[rng.integers(0, 40, n_words)] + 0.5 * rng.normal(size=(n_words, 32))
    return KeyedVectors(table.astype(dtype), [f"w{row}" for row in range(n_words)])


@pytest.fixture(scope="module")
def kv():
    return make()


@pytest.fixture(scope="module")
def index(kv):
    return kv.index("usearch")


@pytest.mark.smoke
def test_neighbors_are_the_exact_ones_with_their_bits(kv, index):
    words = kv.index_to_key[::10]
    n_same = 0
    for word, got, want in zip(
        words, index.most_similar_batch(words), kv.most_similar_batch(words), strict=True
    ):
        scores = dict(kv.most_similar(word, topn=len(kv)))
        assert [scores[found] for found, _ in got] == [score for _, score in got]
        assert got == sorted(got, key=lambda pair: (-pair[1], kv.key_to_index[pair[0]]))
        assert word not in dict(got) and len(got) == 10
        n_same += len(set(got) & set(want))
    assert n_same / (10 * len(words)) > 0.97  # 1 measured


def test_vectors_ask_as_words_do(kv, index):
    [by_vector] = index.most_similar_batch(kv[["w5"]], topn=4)
    assert by_vector[0][0] == "w5" and by_vector[0][1] == pytest.approx(1)
    assert [word for word, _ in by_vector[1:]] == [word for word, _ in index.most_similar("w5", topn=3)]
    assert index.most_similar(kv["w5"], topn=4) == by_vector
    assert index.most_similar_batch([]) == [] == index.most_similar_batch(np.empty((0, 32)))
    # A graph leads to nearly all rows.
    assert len(index.most_similar("w5", topn=5000)) >= 1980


def test_one_thread_makes_one_graph_and_a_file_keeps_it(kv, tmp_path):
    paths = [tmp_path / "v.bin.usearch", tmp_path / "again.usearch"]
    made = [kv.index(path=path) for path in paths]
    assert paths[0].read_bytes() == paths[1].read_bytes()
    before = paths[0].stat().st_mtime_ns
    read = kv.index(path=paths[0], expansion=64)
    assert paths[0].stat().st_mtime_ns == before and len(read) == 2000
    words = kv.index_to_key[:50]
    assert kv.index(path=paths[0]).most_similar_batch(words) == made[0].most_similar_batch(words)


def test_an_index_of_other_vectors_or_settings_is_refused(kv, tmp_path):
    path = tmp_path / "v.usearch"
    kv.index(path=path)
    for other in (make(seed=1), make(1999), kv.astype("float16"), kv.astype("int8")):
        with pytest.raises(ValueError, match=r"v.usearch' is of other vectors. Remove it"):
            other.index(path=path)
    with pytest.raises(ValueError, match=r"is of connectivity=16. Remove it"):
        kv.index(path=path, connectivity=8)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(ValueError, match="damaged.*Remove it"):
        kv.index(path=path)
    kv.save(path, format="safetensors")
    with pytest.raises(ValueError, match="word vectors"):
        kv.index(path=path)
    with pytest.raises(FileNotFoundError):
        kv.index(path=tmp_path / "no" / "v.usearch")


@pytest.mark.parametrize("dtype", ["float16", "int8"])
def test_small_tables_have_an_index_too(kv, dtype):
    small = kv.astype(dtype)
    words = kv.index_to_key[::40]
    got, want = small.index().most_similar_batch(words), small.most_similar_batch(words)
    n_same = sum(len(set(a) & set(b)) for a, b in zip(got, want, strict=True))
    assert n_same > 9.3 * len(words)
    assert small._vectors is None or dtype == "float16"


def test_rows_of_zeros_are_not_found():
    table = np.random.default_rng(0).normal(size=(30, 4))
    table[::2] = 0
    kv = KeyedVectors(table, [str(row) for row in range(30)])
    index = kv.index()
    assert len(index) == 15
    assert {word for word, _ in index.most_similar("1", topn=30)} == {str(row) for row in range(3, 30, 2)}
    assert [score for _, score in index.most_similar("0", topn=3)] == [0, 0, 0]
    nothing = KeyedVectors(np.zeros((2, 3)), ["a", "b"]).index()
    assert nothing.most_similar_batch(["a", "b"]) == [[], []]


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda kv: kv.index("faiss"), "kind parameter of index"),
        (lambda kv: kv.index(connectivity=1), "connectivity parameter of index"),
        (lambda kv: kv.index(expansion=0), "expansion parameter of index"),
        (lambda kv: kv.index().most_similar("w1", topn=0), "topn"),
        (lambda kv: kv.index().most_similar(np.ones(3)), "32 columns"),
        (lambda kv: kv.index().most_similar(np.full(32, np.nan)), "be finite"),
        (lambda kv: kv.index().most_similar("nobody"), "nobody"),
    ],
)
def test_a_bad_question_is_refused(ask, message):
    with pytest.raises((ValueError, KeyError), match=message):
        ask(make(50))
