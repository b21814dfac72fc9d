"""Near-duplicates: equal to brute force where every pair is a candidate."""

import os
import subprocess
import sys
from pathlib import Path

import naive_duplicates
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from wordvec.pipelines.preprocessing.deduplication import find_duplicates, remove_duplicates
from wordvec.pipelines.preprocessing.minhash import (
    Shingler,
    Sketcher,
    band_layout,
    jaccard,
    normal_form,
)

FAST = settings(deadline=None, max_examples=60)


def edited_texts(n_originals, seed, n_words=30, vocabulary=2000):
    """Return random texts, each followed somewhere by copies with 0 to 6 words replaced."""
    rng = np.random.default_rng(seed)
    texts = []
    for _ in range(n_originals):
        words = rng.integers(vocabulary, size=n_words)
        texts.append(words)
        for n_edits in rng.integers(7, size=2):
            copy = words.copy()
            copy[rng.choice(n_words, n_edits, replace=False)] = rng.integers(vocabulary, size=n_edits)
            texts.append(copy)
    order = rng.permutation(len(texts))
    return [" ".join(f"w{word}" for word in texts[k]) for k in order]


def leaders_of(report):
    """Return what `naive_duplicates.leaders` does, from a report."""
    leader = np.empty(len(report.kept) + report.n_removed, int)
    leader[report.kept] = report.kept
    leader[report.removed] = report.duplicate_of
    return leader.tolist()


class Lines:
    """Texts that are made anew each time they are read."""

    def __init__(self, *readings):
        self.readings = list(readings)

    def __iter__(self):
        return iter(self.readings.pop(0) if len(self.readings) > 1 else self.readings[0])


@pytest.mark.slow
@pytest.mark.parametrize(("threshold", "least_recall"), [(0.5, 0.95), (0.8, 0.9), (0.9, 0.9)])
def test_recall_and_precision_against_brute_force(threshold, least_recall):
    texts = edited_texts(200, seed=1)
    sets = [naive_duplicates.ngrams(text.split(), 3) for text in texts]
    want = naive_duplicates.leaders(sets, threshold)
    report = find_duplicates(texts, threshold=threshold, unit="word")
    for row, leader, index in zip(report.removed, report.duplicate_of, report.similarity):
        assert index == naive_duplicates.similarity(sets[row], sets[leader]) >= threshold
    should_go = {row for row, leader in enumerate(want) if leader != row}
    found = should_go & set(report.removed.tolist())
    assert len(should_go) > 50
    # Each pair at the threshold is found with a probability of .9 or more, the others more surely.
    assert len(found) >= least_recall * len(should_go)
    assert len(set(report.removed.tolist()) - should_go) <= len(should_go) - len(found)


@pytest.mark.parametrize(("unit", "ngram"), [("word", 2), ("char", 4)])
def test_is_brute_force_when_every_pair_is_a_candidate(unit, ngram):
    # At so low a threshold bands have one row, and 4,096 of them miss nothing.
    texts = edited_texts(20, seed=2, n_words=8, vocabulary=30)
    assert band_layout(0.1, 4096)[1] <= 3
    for threshold in (0.1, 0.3):
        report = find_duplicates(texts, threshold=threshold, unit=unit, ngram=ngram, num_perm=4096)
        sets = [naive_duplicates.ngrams(text.split() if unit == "word" else text, ngram) for text in texts]
        assert leaders_of(report) == naive_duplicates.leaders(sets, threshold)


@FAST
@given(
    st.lists(st.text("ab é。中\n", max_size=12), max_size=12),
    st.sampled_from(["word", "char"]),
    st.integers(1, 3),
)
def test_shingles_are_the_ngrams(texts, unit, ngram):
    normals = [normal_form(text) for text in texts]
    shingles, starts = Shingler(unit, ngram)(normals)
    units = [list(normal) if unit == "char" else normal.replace("。", " ").split() for normal in normals]
    wanted = [naive_duplicates.ngrams(row, ngram) for row in units]
    got = [set(shingles[a:b].tolist()) for a, b in zip(starts, starts[1:])]
    assert list(map(len, got)) == list(map(len, wanted))
    for one, other, first, second in zip(got, got[1:], wanted, wanted[1:]):
        assert naive_duplicates.similarity(one, other) == naive_duplicates.similarity(first, second)
        if first and second:
            sorted_sets = [np.array(sorted(row), np.uint64) for row in (one, other)]
            assert jaccard(*sorted_sets) == naive_duplicates.similarity(first, second)


@FAST
@given(st.lists(st.text("abc ABＣ!", max_size=8), max_size=15), st.sampled_from([None, 0.5, 1.0]))
def test_what_stays_and_what_goes(texts, threshold):
    report = find_duplicates(texts, threshold=threshold)
    assert sorted([*report.kept, *report.removed]) == list(range(len(texts)))
    assert set(report.duplicate_of.tolist()) <= set(report.kept.tolist())
    assert (report.duplicate_of < report.removed).all()
    kept = [normal_form(texts[row]) for row in report.kept]
    assert len(set(kept)) == len(kept)  # exact duplicates are never missed
    assert report.n_exact == len(texts) - len(set(map(normal_form, texts)))
    assert sorted(row for group in report.groups for row in group[1:]) == report.removed.tolist()
    again = find_duplicates([texts[row] for row in report.kept], threshold=threshold)
    assert again.n_exact == 0


def test_probability_of_a_shared_key_is_the_one_of_the_formula():
    # 400 sketches of pairs with Jaccard index 1/2: 16 bands of 4 rows share a key with p = 1 - (1 - 1/16)^16.
    rng = np.random.default_rng(3)
    pairs = rng.integers(2**64, size=(400, 60), dtype=np.uint64)
    shingles = np.concatenate([pairs[:, :45].ravel(), pairs[:, 15:].ravel()])
    keys = Sketcher(16, 4, seed=5)(shingles, np.arange(801) * 45)
    shared = (keys[:400] == keys[400:]).any(axis=1).mean()
    p = 1 - (1 - 0.5**4) ** 16
    assert abs(shared - p) < 4 * np.sqrt(p * (1 - p) / 400)


@pytest.mark.parametrize("threshold", [0.05, 0.3, 0.5, 0.8, 0.9, 0.99, 1.0])
def test_bands_find_nine_of_ten_pairs_at_the_threshold(threshold):
    n_bands, n_rows = band_layout(threshold, 128)
    assert 1 <= n_bands * n_rows <= 128
    assert 1 - (1 - threshold**n_rows) ** n_bands >= 0.9


@pytest.mark.smoke
def test_known_groups_and_report():
    sentence = "the cat sat on the mat and looked at the dog across the wide street"
    texts = [
        "Something else",
        sentence,
        sentence.upper() + " ",
        "",
        sentence + " today",
        "  ",
        sentence + " today",
    ]
    report = find_duplicates(texts)
    assert report.groups == [[1, 2, 4, 6], [3, 5]]
    assert report.kept.tolist() == [0, 1, 3]
    assert report.similarity.tolist() == [1.0, 13 / 14, 1.0, 13 / 14]
    assert (report.n_removed, report.n_exact, report.n_near) == (4, 3, 1)
    assert (
        str(report)
        == report.format()
        == (
            "4 of 7 texts removed (57.1%): 3 exact and 1 near-duplicates.\n"
            f"0.93  kept     {sentence}\n      removed  {sentence} today"
        )
    )
    texts, same = remove_duplicates(texts)
    assert texts == ["Something else", sentence, ""]
    np.testing.assert_array_equal(same.kept, report.kept)


def test_chain_does_not_remove_what_is_unlike_the_text_that_stays():
    words = [f"w{k}" for k in range(24)]
    chain = [" ".join(words[k : k + 20]) for k in (0, 2, 4)]  # neighbours: 16 of 20 shingles, ends: 14 of 22
    report = find_duplicates(chain, threshold=0.75, num_perm=1024)
    assert report.groups == [[0, 1]]
    assert report.kept.tolist() == [0, 2]


def test_chinese_is_compared_by_characters():
    texts = [
        "这家酒店的服务很好，房间也很干净，下次还会来住",
        "这家酒店的服务很好，房间也很干净，下次还会来住！",
        "很差",
    ]
    assert find_duplicates(texts).groups == [[0, 1]]
    assert find_duplicates(texts, unit="word", ngram=1).groups == [[0, 1]]


@pytest.mark.process
def test_seed_and_process_do_not_change_a_run():
    code = (
        "from test_deduplication import *; "
        "r = find_duplicates(edited_texts(60, seed=4), threshold=.6, random_state=7); print(r.removed.tolist())"
    )
    paths = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    run = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": paths},
    )
    here = find_duplicates(edited_texts(60, seed=4), threshold=0.6, random_state=7)
    assert here.n_near > 20
    assert run.stdout.strip() == str(here.removed.tolist())


def test_chunks_do_not_change_the_result(monkeypatch):
    texts = ["", *edited_texts(40, seed=5), "", "!"]
    want = find_duplicates(texts)
    monkeypatch.setattr("wordvec.pipelines.preprocessing.deduplication._CHUNK_CHARACTERS", 1)
    got = find_duplicates(texts)
    np.testing.assert_array_equal(got.removed, want.removed)
    np.testing.assert_array_equal(got.duplicate_of, want.duplicate_of)


def test_streams_are_read_again():
    texts = edited_texts(30, seed=6)
    assert find_duplicates(Lines(texts)).groups == find_duplicates(texts).groups
    assert find_duplicates(np.array(texts, object)).groups == find_duplicates(texts).groups
    with pytest.raises(TypeError, match="can be read only once"):
        find_duplicates(iter(texts))
    pair = ["one two three four five six", "one two three four five six seven"]
    for other in (["six five four three"] * 2, pair[:1]):
        with pytest.raises(ValueError, match=r"Text \d was another one, or not there"):
            find_duplicates(Lines(pair, other), unit="word", num_perm=512, threshold=0.5)


def test_no_texts():
    for texts in ([], ["", "…"]):
        report = find_duplicates(texts)
        assert report.kept.tolist() == list(range(len(texts)))
        assert report.groups == []
        assert report.format().startswith(f"0 of {len(texts)} texts removed (0.0%)")


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (
            {"threshold": 0},
            ValueError,
            "The threshold parameter of find_duplicates must be a number greater than 0",
        ),
        ({"threshold": 1.1}, ValueError, "at most 1. Got 1.1 instead"),
        ({"unit": "words"}, ValueError, "must be one of 'auto', 'word', 'char'"),
        ({"ngram": 0}, ValueError, "The ngram parameter of find_duplicates must be an integer from 1 to 100"),
        ({"num_perm": 1}, ValueError, "from 2 to 4096"),
        ({"random_state": -1}, ValueError, "random_state"),
    ],
)
def test_wrong_parameters(options, error, message):
    with pytest.raises(error, match=message):
        find_duplicates(["a", "b"], **options)


def test_wrong_texts_name_the_row():
    with pytest.raises(TypeError, match=r"Text 1 of find_duplicates must be a str. Got nan \(float\)"):
        find_duplicates(["a", float("nan")])
    with pytest.raises(TypeError, match="one str"):
        remove_duplicates("one text")
