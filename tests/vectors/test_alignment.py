"""Alignment of two languages: equal to the formulas, the same bits always, and what is wrong in one line."""

import json
import random
import subprocess
import sys

import naive_alignment as naive
import numpy as np
import pytest

from wordvec.vectors.alignment import (
    align,
    csls_neighbors,
    dictionary_from_parallel,
    evaluate_alignment,
    known_pairs,
    read_dictionary,
    split_by_words,
    translate,
    write_dictionary,
)
from wordvec.vectors.alignment.csls import nearest_rows
from wordvec.vectors.alignment.fitting import Neighborhood, procrustes, rcsls, rcsls_loss
from wordvec.vectors.keyed_vectors import KeyedVectors, UnknownWordError

N_WORDS, N_COLUMNS = 120, 8


def spaces(noise=0.0, n_words=N_WORDS, seed=0):
    """Return two tables, one a rotation of the other with noise, of the words a0, a1, ... and b0, b1, ..."""
    rng = np.random.default_rng(seed)
    table = rng.normal(size=(n_words, N_COLUMNS)) + 0.5
    turn = np.linalg.qr(rng.normal(size=(N_COLUMNS, N_COLUMNS)))[0]
    other = table @ turn + noise * rng.normal(size=table.shape)
    return (
        KeyedVectors(table.astype(np.float32), [f"a{k}" for k in range(n_words)], np.arange(n_words, 0, -1)),
        KeyedVectors(other.astype(np.float32), [f"b{k}" for k in range(n_words)]),
    )


def pairs_of(rows):
    return [(f"a{k}", f"b{k}") for k in rows]


@pytest.mark.smoke
@pytest.mark.parametrize("method", ["procrustes", "rcsls"])
@pytest.mark.parametrize("center", [True, False])
def test_a_rotation_is_recovered(method, center):
    source, target = spaces()
    mapped = align(source, target, pairs_of(range(40)), method, center=center)
    assert mapped.index_to_key == source.index_to_key and mapped.counts.tolist() == source.counts.tolist()
    if method == "procrustes":
        np.testing.assert_allclose(mapped.vectors, target.unit_vectors, atol=2e-6)
        raw = align(source, target, pairs_of(range(40)), unit_length=False, center=center)
        np.testing.assert_allclose(raw.vectors, target.vectors, atol=2e-5)
    scores = evaluate_alignment(mapped, target, pairs_of(range(40, N_WORDS)))
    assert (scores.precision_at_1, scores.n_used, scores.coverage) == (1, N_WORDS - 40, 1)


def test_the_rotation_is_muses():
    source, target = spaces(noise=0.5)
    rows = slice(0, 30)
    matrix = naive.muse_rotation(naive.unit(source.vectors[rows]), naive.unit(target.vectors[rows]))
    mapped = align(source, target, pairs_of(range(30)), center=False)
    np.testing.assert_allclose(mapped.vectors, naive.unit(source.vectors) @ matrix.T, atol=1e-6)
    np.testing.assert_allclose(procrustes(source.vectors[rows], target.vectors[rows]).T,
                               naive.muse_rotation(source.vectors[rows], target.vectors[rows]), atol=1e-6)  # fmt: skip


@pytest.mark.smoke
def test_csls_is_the_formula():
    source, target = spaces(noise=1.0, n_words=40)
    queries = source.vectors[5:12]
    want = naive.csls(queries, source.vectors, target.vectors, 7)
    rows, scores = csls_neighbors(queries, source.vectors, target.vectors, topn=4, n_neighbors=7)
    np.testing.assert_array_equal(rows, np.argsort(-want, axis=1)[:, :4])
    np.testing.assert_allclose(scores, -np.sort(-want, axis=1)[:, :4], atol=1e-5)
    found = translate(source, target, ["a5", "a11"], 4, n_neighbors=7)
    assert [[word for word, _ in answers] for answers in found] == [
        [f"b{row}" for row in rows[place]] for place in (0, 6)
    ]
    most = csls_neighbors(queries, source.vectors, target.vectors, topn=99, n_neighbors=99)[0]
    assert most.shape == (7, 40)


def test_translation_by_cosines_is_similar_by_vector():
    source, target = spaces(noise=1.0)
    found = translate(source, target, ["a3", "a7"], 5, retrieval="cosine", restrict_vocab=50)
    for word, answers in zip(["a3", "a7"], found):
        want = target.similar_by_vector(source[word], topn=5, restrict_vocab=50)
        assert [answer for answer, _ in answers] == [answer for answer, _ in want]
    assert translate(source, target, []) == []


def test_the_loss_of_rcsls_and_its_gradient():
    rng = np.random.default_rng(3)
    all_x, all_y = (naive.unit(rng.normal(size=(n, 5))).astype(np.float32) for n in (30, 25))
    x, y = all_x[:12].astype(float), all_y[:12].astype(float)
    near = Neighborhood(all_x, all_y, 4, 1 << 24)
    matrix = rng.normal(size=(5, 5)) / 3
    loss, gradient = rcsls_loss(matrix, x, y, near)
    inputs = (x, y, all_x.astype(float), all_y.astype(float), 4)
    assert loss == pytest.approx(naive.rcsls_loss(matrix, *inputs), abs=1e-12)
    step, want = 1e-6, np.empty((5, 5))
    for i in range(5):
        for j in range(5):
            moved = np.zeros((5, 5))
            moved[i, j] = step
            change = naive.rcsls_loss(matrix + moved, *inputs) - naive.rcsls_loss(matrix - moved, *inputs)
            want[i, j] = change / (2 * step)
    np.testing.assert_allclose(gradient, want, atol=1e-7)


def test_rcsls_lowers_its_loss_inside_the_ball():
    source, target = spaces(noise=1.0)
    x, y = naive.unit(source.vectors[:60]), naive.unit(target.vectors[:60])
    near = Neighborhood(source.unit_vectors, target.unit_vectors, 5, 1 << 24)
    start = procrustes(x, y)
    losses = [rcsls_loss(rcsls(x, y, start, near, n_iter, 1.0), x, y, near)[0] for n_iter in (1, 5, 30)]
    assert rcsls_loss(start, x, y, near)[0] > losses[0] > losses[1] > losses[2]
    found = rcsls(x, y, start, near, 30, 1.0)
    assert np.linalg.svd(found, compute_uv=False).max() <= 1 + 1e-12


def test_refinement_finds_pairs_that_were_not_given():
    source, target = spaces(noise=0.35, n_words=400)
    test = pairs_of(range(100, 400))
    alone, refined = (
        evaluate_alignment(align(source, target, pairs_of(range(10)), n_refinements=n), target, test)
        for n in (0, 3)
    )
    assert refined.precision_at_1 > alone.precision_at_1 + 0.1


BITS = """
import hashlib, sys
import numpy as np
import wordvec._utils.threads as threads
import wordvec.vectors.neighbors as neighbors
from threadpoolctl import threadpool_limits
n = int(sys.argv[1])
neighbors.n_cores = threads.n_cores = lambda: n
from wordvec.vectors.alignment import align, translate
from wordvec.vectors.keyed_vectors import KeyedVectors
rng = np.random.default_rng(0)
a, b = rng.normal(size=(2, 3000, 60)).astype(np.float32)
b += a @ np.linalg.qr(rng.normal(size=(60, 60)))[0].astype(np.float32)
source, target = (KeyedVectors(t, [str(k) for k in range(3000)]) for t in (a, b))
with threadpool_limits(n):
    mapped = align(source, target, "identical", "rcsls", n_refinements=1, n_iter=3)
    found = translate(mapped, target, source.index_to_key[:100])
print(hashlib.sha256(mapped.vectors.tobytes() + repr(found).encode()).hexdigest())
"""


@pytest.mark.process
def test_bits_are_the_same_twice_and_at_any_number_of_threads():
    bits = [
        subprocess.run([sys.executable, "-c", BITS, n], capture_output=True, text=True, check=True).stdout
        for n in ("1", "2", "2")
    ]
    assert len(set(bits)) == 1


def test_identical_words_are_pairs(caplog):
    source, target = spaces()
    shared = ["2018", "tennis", "Berlin"]
    left = KeyedVectors(source.vectors, [*source.index_to_key[:-3], *shared])
    right = KeyedVectors(target.vectors, [*target.index_to_key[:-3], *shared])
    assert known_pairs(left, right, "identical") == [(word, word) for word in shared]
    with caplog.at_level("INFO", "wordvec"):
        align(left, right, "identical")
    assert caplog.messages == ["align: 3 words in both vocabularies"]
    assert evaluate_alignment(left, left, "identical").to_dict() == {
        "precision_at_1": 1.0, "precision_at_5": 1.0, "n_words": N_WORDS, "n_used": N_WORDS, "retrieval": "csls",
        "coverage": 1.0,
    }  # fmt: skip


def test_a_word_is_right_by_any_of_its_translations():
    source, target = spaces()
    mapped = align(source, target, pairs_of(range(60)))
    pairs = [("a70", "b71"), ("a70", "b70"), ("a80", "b81"), ("a90", "none"), ("none", "b1")]
    scores = evaluate_alignment(mapped, target, pairs)
    assert (scores.precision_at_1, scores.n_words, scores.n_used) == (0.5, 4, 2)
    assert scores.format().startswith("P@1 50.0%, P@5 ") and "2 words (csls; 50.0% of the 4" in str(scores)
    json.dumps(scores.to_dict())


def test_how_many_pairs_were_used_is_told(caplog):
    source, target = spaces()
    with caplog.at_level("INFO", "wordvec"):
        align(source, target, [*pairs_of(range(20)), ("a1", "b1"), ("a1", "none"), ("no", "b2", 0.5)])
    assert caplog.messages == ["align: 20 of 22 pairs with both words in the vocabularies"]


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ([], r"pairs parameter of an alignment must hold a pair \(word, translation\)\. Got \[\] instead"),
        ([("x", "y"), ("z", "b1")], "needs 2 pairs, better 1,000 or more, and has 0 of 2 pairs with both"),
        ([("a1", "b1")], "needs 2 pairs, better 1,000 or more, and has 1 of 1 pair with both"),
        ("identical", "has 0 words in both vocabularies"),
        ("dict.tsv", "pairs parameter of an alignment must be 'identical'"),
        ([("a1", "b1"), "ab"], r"as pairs\[1\] is not\. Got 'ab'"),
        ([("a1", 3)], r"as pairs\[0\] is not"),
    ],
)
def test_bad_pairs_are_refused(pairs, message):
    source, target = spaces()
    with pytest.raises(ValueError, match=message) as caught:
        align(source, target, pairs)
    assert "\n" not in str(caught.value)


def test_bad_tables_and_parameters_are_refused():
    source, target = spaces()
    narrow = KeyedVectors(target.vectors[:, :5], target.index_to_key)
    pairs = pairs_of(range(20))
    for call in (
        lambda: align(source, narrow, pairs),
        lambda: translate(source, narrow, ["a1"]),
        lambda: evaluate_alignment(source, narrow, pairs),
    ):
        with pytest.raises(ValueError, match="must have vectors of 8 numbers, as source has"):
            call()
    with pytest.raises(ValueError, match="queries_QD parameter of csls_neighbors must have 5 columns"):
        csls_neighbors(source.vectors, source.vectors, narrow.vectors)
    with pytest.raises(ValueError, match="target_VD parameter of csls_neighbors must be a table of floats"):
        csls_neighbors(source.vectors, source.vectors, target.vectors[0])
    with pytest.raises(ValueError, match="source parameter of align must be a KeyedVectors"):
        align(source.vectors, target, pairs)
    for name, value in {
        "method": "svd", "n_refinements": -1, "n_neighbors": 0, "n_iter": 0, "learning_rate": 0, "center": 1,
        "max_memory": 5, "n_frequent": 0, "unit_length": None,
    }.items():  # fmt: skip
        with pytest.raises(ValueError, match=f"The {name} parameter of align must"):
            align(source, target, pairs, **{name: value})
    with pytest.raises(ValueError, match="retrieval parameter of translate must be"):
        translate(source, target, ["a1"], retrieval="dot")
    with pytest.raises(UnknownWordError, match="'b1' is not in the vocabulary"):
        translate(source, target, ["b1"])
    with pytest.raises(ValueError, match="None of the pairs for the test has both words"):
        evaluate_alignment(source, target, [("b1", "a1")])


@pytest.mark.smoke
def test_a_cut_by_words_leaves_no_word_in_both_halves():
    pairs = [(f"w{k // 3}", f"t{k}") for k in range(300)]
    train, test = split_by_words(pairs, 0.3, random_state=5)
    assert sorted(train + test) == sorted(pairs)
    assert not {pair[0] for pair in train} & {pair[0] for pair in test}
    assert len({pair[0] for pair in test}) == 30
    assert (
        (train, test)
        == split_by_words(pairs, 0.3, random_state=5)
        != split_by_words(pairs, 0.3, random_state=6)
    )
    assert [len(half) for half in split_by_words(pairs[:4], 0.0, random_state=1)] in ([3, 1], [1, 3])
    with pytest.raises(ValueError, match="must hold two different words of the source"):
        split_by_words(pairs[:3])
    with pytest.raises(ValueError, match="test_share parameter of split_by_words"):
        split_by_words(pairs, 1.5)


def parallel_texts(n_sentences=60, n_words=15, seed=0):
    """Return sentences of numbered words, and their translations in another order, with words added and left out."""
    draw = random.Random(seed)
    source, target = [], []
    for _ in range(n_sentences):
        words = draw.choices(range(n_words), k=draw.randrange(0, 7))
        source.append([f"e{word}" for word in words])
        target.append(
            [f"f{word}" for word in draw.sample(words, len(words)) if draw.random() < 0.9] + ["der"]
        )
    return source, target


@pytest.mark.smoke
def test_the_dictionary_is_that_of_model_1():
    source, target = parallel_texts()
    forwards, backwards = naive.ibm_model1(source, target, 4), naive.ibm_model1(target, source, 4)
    want = {
        (e, f): (p * backwards[e, f]) ** 0.5
        for (f, e), p in forwards.items()
        if e is not None and p >= 0.1 and backwards.get((e, f), 0) >= 0.1
    }
    found = dictionary_from_parallel(source, target, n_iter=4, min_count=1, min_probability=0.1)
    assert {(pair.source, pair.target) for pair in found} == set(want)
    for pair in found:
        assert pair.score == pytest.approx(want[pair.source, pair.target], abs=1e-12)
    assert [pair.score for pair in found] == sorted((pair.score for pair in found), reverse=True)
    again = dictionary_from_parallel(iter(source), iter(target), n_iter=4, min_count=1, min_probability=0.1)
    assert again == found


def test_translations_are_found_and_rare_words_left_out():
    source, target = parallel_texts(600, 40)
    source[0], target[0] = ["rare"], ["selten"]
    found = dictionary_from_parallel(source, target)
    assert {(f"e{k}", f"f{k}") for k in range(40)} == {(pair.source, pair.target) for pair in found}
    rare = dictionary_from_parallel(source, target, min_count=1)
    assert ("rare", "selten") in {(pair.source, pair.target) for pair in rare}


@pytest.mark.parametrize(
    ("source", "target", "options", "message"),
    [
        ([["a"]] * 3, [["b"]] * 4, {}, "target_sentences parameter .* sentence for each of the 3 of source_s"),
        ([["a"]] * 2, [["b"]] * 2, {}, "source_sentences parameter .* hold a word that is seen 3 times"),
        (["a b"] * 3, [["b"]] * 3, {}, r"hold lists of words, as source_sentences\[0\] is not"),
        ("a b", [["b"]], {}, "source_sentences parameter of dictionary_from_parallel must be a list of sentences"),
        ([["a"]] * 3, [["b"]] * 3, {"min_probability": 2}, "min_probability parameter"),
        ([["a"]] * 3, [["b"]] * 3, {"n_iter": 0}, "n_iter parameter"),
        ([[]], [[]], {}, "hold a word that is seen 3 times"),
    ],
)  # fmt: skip
def test_bad_parallel_texts_are_refused(source, target, options, message):
    with pytest.raises(ValueError, match=message):
        dictionary_from_parallel(source, target, **options)


def test_pairs_beyond_the_memory_are_refused():
    sentences = [[f"{k}" for k in range(900)]] * 3
    with pytest.raises(
        ValueError, match=r"810,900 pairs of words meet.*a larger min_count, or max_memory=19461600"
    ):
        dictionary_from_parallel(sentences, sentences, max_memory=1 << 24)


@pytest.mark.smoke
def test_a_dictionary_is_written_and_read(tmp_path):
    path = tmp_path / "dict.tsv"
    write_dictionary([("new york", "纽约", 0.51), ("house", "Haus"), ("house", "Gebäude", 1)], path)
    assert path.read_text(encoding="utf-8") == "new york\t纽约\t0.5100\nhouse\tHaus\nhouse\tGebäude\t1.0000\n"
    assert read_dictionary(path) == [("new york", "纽约"), ("house", "Haus"), ("house", "Gebäude")]
    muse = tmp_path / "en-de.txt"
    muse.write_bytes("\ufeffthe die\r\n\nthe  der\n".encode())
    assert read_dictionary(muse) == [("the", "die"), ("the", "der")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"a b\nc\n", "Line 2 of .*d.tsv' must hold a word and its translation.* Got 'c' instead"),
        (b"a b\n\na b c\n", "Line 3 of .*d.tsv'"),
        (b"a\tb\tc\n", "Line 1 of .*d.tsv'"),
        (b"a\tb\t0.5\t1\n", "Line 1 of .*d.tsv'"),
        (b"a\t\n", "Line 1 of .*d.tsv'"),
        (b"", "d.tsv' holds no pairs"),
        (b"a b\n\xff c\n", "d.tsv', line 2: not valid utf-8"),
        (b"a\0b", "holds NUL bytes"),
    ],
)
def test_a_bad_dictionary_is_refused(tmp_path, text, message):
    (tmp_path / "d.tsv").write_bytes(text)
    with pytest.raises(ValueError, match=message):
        read_dictionary(tmp_path / "d.tsv")


def test_dictionaries_that_cannot_be_read_or_written(tmp_path):
    with pytest.raises(FileNotFoundError, match="The dictionary .* does not exist"):
        read_dictionary(tmp_path / "none.tsv")
    with pytest.raises(ValueError, match=r"without tabs and line ends, as pairs\[1\] is not"):
        write_dictionary([("a", "b"), ("a\tb", "c")], tmp_path / "d.tsv")
    assert not (tmp_path / "d.tsv").exists()


def test_rows_of_any_length_have_nearest_rows_by_dot_products():
    draw = np.random.default_rng(0)
    queries = draw.standard_normal((30, 12)).astype(np.float32) * 50
    table = draw.standard_normal((90, 12)).astype(np.float32) * 7
    rows, scores = nearest_rows(queries, table, 4, 1 << 24)
    products = queries.astype(float) @ table.astype(float).T
    np.testing.assert_array_equal(rows, np.argsort(-products, axis=1)[:, :4])
    np.testing.assert_allclose(scores, np.take_along_axis(products, rows, axis=1), rtol=1e-5)
