"""Counting co-occurrences: equal to the naive reference, at every budget of memory and number of threads."""

import itertools
import lzma
import os
import re
import resource
import signal
import subprocess
import sys
from pathlib import Path

import naive_cooccurrence
import naive_glove as naive
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from wordvec import LineCorpus
from wordvec.counts import counting
from wordvec.counts.counting import count_cooccurrences, count_encoded, pair_weights
from wordvec.text.corpus import encode_corpus
from wordvec.text.vocabulary import Vocabulary

UNLIMITED = 2 << 30
SETTINGS = [dict(symmetric=s, distance_weighting=d) for s in (True, False) for d in (True, False)]
WINDOWS = [1, 3, 10, 22, 30]


def text(n_sentences, seed, n_words=40, longest=30):
    rng = np.random.default_rng(seed)
    share = 1 / np.arange(1, n_words + 1)
    return [
        [f"w{w}" for w in rng.choice(n_words, rng.integers(1, longest), p=share / share.sum())]
        for _ in range(n_sentences)
    ]


def encode(sentences):
    return encode_corpus(sentences, min_count=1)


def count(vocabulary, encoded, window, *, max_memory=UNLIMITED, n_threads=1, **settings):
    settings = {"symmetric": True, "distance_weighting": True, **settings}
    return count_encoded(
        vocabulary, encoded, window=window, max_memory=max_memory, n_threads=n_threads, **settings
    )


def least_memory(vocabulary, encoded):
    """What the error says is needed."""
    with pytest.raises(ValueError, match=f"max_memory .* vocabulary of {len(vocabulary)} words") as caught:
        count(vocabulary, encoded, 2, max_memory=1)
    return int(re.search(r"at least (\d+) bytes", str(caught.value))[1])


def bits(counts):
    return [getattr(counts, name).tobytes() for name in ("starts", "col", "value")] + [counts.unit]


def check(counts, encoded, window, *, symmetric=True, distance_weighting=True):
    """Compare with the naive counts, to the bit."""
    n_words = len(counts.vocabulary)
    unit, weights = naive.weights(window, distance_weighting)
    want = naive.count_ids(encoded.token_ids, encoded.starts, n_words, weights, symmetric)
    row, col = np.nonzero(want)  # columns ascending within each row
    assert counts.starts.dtype == np.int64 and counts.col.dtype == np.int32
    np.testing.assert_array_equal(counts.starts, np.searchsorted(row, np.arange(n_words + 1)))
    np.testing.assert_array_equal(counts.col, col)
    np.testing.assert_array_equal(counts.value, want[row, col] / unit)
    assert counts.unit == unit and counts.total == want.sum() / unit
    assert counts.window == window
    assert counts.symmetric is symmetric and counts.distance_weighting is distance_weighting


@pytest.fixture
def small_chunks(monkeypatch):
    """Chunks may be as small as a few tokens, and blocks as a row."""
    monkeypatch.setattr(counting, "_MIN_CHUNK_TOKENS", 7)


# The numbers.


@pytest.mark.parametrize("window", [1, 2, 10, 22])
@pytest.mark.parametrize("distance_weighting", [True, False])
def test_weights_are_exact_up_to_22(window, distance_weighting):
    unit, weights = pair_weights(window, distance_weighting)
    assert (unit, weights.tolist()) == naive.weights(window, distance_weighting)
    for d in range(1, window + 1):
        assert weights[d] * (d if distance_weighting else 1) == unit


@pytest.mark.parametrize("window", [23, 64, 100])
def test_weights_are_rounded_beyond(window):
    unit, weights = pair_weights(window, True)
    assert (unit, weights.tolist()) == naive.weights(window, True)
    np.testing.assert_allclose(weights[1:] / unit, 1 / np.arange(1, window + 1), rtol=0, atol=2**-29)


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("window", WINDOWS)
def test_counts_equal_naive_ones(settings, window):
    vocabulary, encoded = encode(text(150, seed=window))
    check(count(vocabulary, encoded, window, **settings), encoded, window, **settings)


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_counts_equal_exact_fractions(settings):
    sentences = text(40, seed=5, n_words=12)
    counts = count_cooccurrences(sentences, window=9, min_count=1, **settings)
    exact = naive_cooccurrence.count_pairs(sentences, 9, **settings)
    want = naive_cooccurrence.dense(exact, counts.vocabulary.index_to_key)
    assert np.array_equal(counts.to_scipy().toarray(), want)


def test_dropped_words_leave_no_gap():
    sentences = [["a", "rare", "b"], ["a", "b"]]
    counts = count_cooccurrences(sentences, window=1, min_count=2)
    assert counts.to_scipy().toarray().tolist() == [[0, 2], [2, 0]]


@pytest.mark.parametrize(
    "sentences",
    [
        [["a", "a", "a", "a"]],
        [["a"], ["b"], ["c"]],
        [["a", "b"]],
        [["a"], ["a", "b", "c", "a"], ["b"]],
        [list("abcdefgh")] * 3,
    ],
)
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("max_memory", ["least", UNLIMITED])
def test_small_texts(small_chunks, sentences, settings, max_memory):
    vocabulary, encoded = encode(sentences)
    if max_memory == "least":
        max_memory = least_memory(vocabulary, encoded)
    counts = count(vocabulary, encoded, 10, max_memory=max_memory, **settings)
    check(counts, encoded, 10, **settings)


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("window", WINDOWS)
def test_same_bits_at_every_budget_and_number_of_threads(small_chunks, settings, window):
    vocabulary, encoded = encode(text(120, seed=window, longest=40))
    n_tokens = len(encoded.token_ids)
    least = least_memory(vocabulary, encoded)
    whole = count(vocabulary, encoded, window, **settings)
    check(whole, encoded, window, **settings)
    n_chunks = set()
    for extra, n_threads in itertools.product([0, 5000, 20_000, 40_000, UNLIMITED], [1, 2, 3, 4]):
        plan = counting.plan_for(len(vocabulary), n_tokens, least + extra, n_threads)
        n_chunks.add(-(-n_tokens // plan.chunk_tokens))
        assert plan.n_threads <= n_threads and (extra < 20_000 or plan.n_threads == n_threads)
        counts = count(vocabulary, encoded, window, max_memory=least + extra, n_threads=n_threads, **settings)
        assert bits(counts) == bits(whole), (extra, n_threads)
    assert min(n_chunks) == 1 and max(n_chunks) > 100 and len(n_chunks) > 5


def test_rows_that_are_found_by_sorting(monkeypatch):
    # With 2,000 words a row of a few columns is sparse enough; with 40 none is.
    random = np.random.default_rng(1)
    sentences = [[str(w) for w in random.permutation(2000)[:9]] for _ in range(400)] + [["0"] * 30]
    vocabulary, encoded = encode(sentences)
    check(count(vocabulary, encoded, 4), encoded, 4)
    monkeypatch.setattr(counting, "_MIN_CHUNK_TOKENS", 500)
    check(count(vocabulary, encoded, 4, max_memory=least_memory(vocabulary, encoded)), encoded, 4)


@pytest.mark.slow
@given(
    sentences=st.lists(st.lists(st.sampled_from("abcdefg"), max_size=12), min_size=1, max_size=12),
    window=st.integers(1, 26),
    symmetric=st.booleans(),
    distance_weighting=st.booleans(),
    chunk=st.integers(1, 9),
    extra=st.integers(0, 3000),
    n_threads=st.integers(1, 3),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text(monkeypatch, sentences, window, symmetric, distance_weighting, chunk, extra, n_threads):
    if not any(sentences):
        sentences = [["a"]]
    monkeypatch.setattr(counting, "_MIN_CHUNK_TOKENS", chunk)
    vocabulary, encoded = encode(sentences)
    settings = dict(symmetric=symmetric, distance_weighting=distance_weighting)
    max_memory = least_memory(vocabulary, encoded) + extra
    counts = count(vocabulary, encoded, window, max_memory=max_memory, n_threads=n_threads, **settings)
    check(counts, encoded, window, **settings)


@pytest.mark.smoke
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("window", [3, 22, 30])
def test_halves_add_up_to_the_whole(settings, window):
    sentences = text(100, seed=7)
    vocabulary, _ = encode(sentences)
    whole, *halves = (
        count_cooccurrences(part, vocabulary=vocabulary, window=window, **settings)
        for part in (sentences, sentences[:37], sentences[37:])
    )
    for merged in (halves[0].merge(halves[1]), halves[1].merge(halves[0])):
        assert merged.vocabulary.index_to_key == vocabulary.index_to_key
        assert bits(merged) == bits(whole) and merged.total == whole.total


@pytest.fixture(scope="module")
def real_text(tmp_path_factory, data_path):
    path = data_path("wiki-en/wiki8.txt.xz")
    with lzma.open(path) as file:
        words = file.read(1 << 20).split()[:-1]
    copy = tmp_path_factory.mktemp("real") / "text.txt"
    copy.write_bytes(b"\n".join(b" ".join(words[k : k + 1000]) for k in range(0, len(words), 1000)))
    return copy


def test_real_text(real_text):
    vocabulary, encoded = encode_corpus(LineCorpus(real_text))
    whole = count(vocabulary, encoded, 10, n_threads=2)
    check(whole, encoded, 10)
    least = least_memory(vocabulary, encoded)
    assert counting.plan_for(len(vocabulary), len(encoded.token_ids), least, 1).chunk_tokens < 70_000
    for max_memory, n_threads in ((least, 1), (64 << 20, 2), (2 * least, 3)):
        counts = count(vocabulary, encoded, 10, max_memory=max_memory, n_threads=n_threads)
        assert bits(counts) == bits(whole)


# Memory and disk.


def test_the_bytes_that_the_error_names_are_enough():
    vocabulary, encoded = encode(text(50, seed=3))
    whole, least = count(vocabulary, encoded, 5), least_memory(vocabulary, encoded)
    assert bits(count(vocabulary, encoded, 5, max_memory=least, n_threads=4)) == bits(whole)
    with pytest.raises(ValueError, match=f"at least {least} bytes .* Got {least - 1} instead"):
        count(vocabulary, encoded, 5, max_memory=least - 1)
    # Encoding the text has a least budget of its own.
    counts = count_cooccurrences(text(50, seed=3), window=5, min_count=1, max_memory=max(least, 1 << 20))
    assert bits(counts) == bits(whole)


def test_plans_keep_to_the_budget():
    for n_words, n_threads in itertools.product([1, 50, 70_000, 2_500_000], [1, 2, 16]):
        for max_memory in (180 << 20, 300 << 20, 2 << 30, 64 << 30):
            for n_tokens in (1, 10**6, 10**10):
                plan = counting.plan_for(n_words, n_tokens, max_memory, n_threads)
                chunk = 12 * plan.chunk_tokens
                # Sums and columns of a row, a block and its copy; bounds, bounds of blocks, ends.
                threads = plan.n_threads * (12 * n_words + 24 * plan.block_entries)
                used = chunk + threads + 32 * (n_words + 1) + plan.result_bytes
                assert used <= max_memory and plan.result_bytes >= 0
                assert 1 <= plan.n_threads <= n_threads and plan.block_entries >= n_words
                assert 1 <= plan.chunk_tokens <= n_tokens


@pytest.mark.parametrize("limit", [4096, 60_000])
def test_a_full_disk_is_one_clear_error(small_chunks, temporary_folder, limit):
    vocabulary, encoded = encode(text(150, seed=8))
    least = least_memory(vocabulary, encoded)
    count(vocabulary, encoded, 10, max_memory=least)
    kept = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, kept[1]))
    try:
        with pytest.raises(
            OSError, match="No room for the counts of word pairs.* raise max_memory"
        ) as caught:
            count(vocabulary, encoded, 10, max_memory=least, n_threads=2)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, kept)
    assert str(temporary_folder) in str(caught.value)
    assert list(temporary_folder.iterdir()) == []
    check(count(vocabulary, encoded, 10, max_memory=least), encoded, 10)


KILLED = """
import os, signal
from test_counting import count, counting, encode, least_memory, text
counting._MIN_CHUNK_TOKENS = 50
vocabulary, encoded = encode(text(150, seed=8))

def kill(done, total):
    if done > total // 2:
        os.kill(os.getpid(), signal.SIGKILL)

counting.count_encoded(
    vocabulary, encoded, window=10, symmetric=True, distance_weighting=True,
    max_memory=least_memory(vocabulary, encoded), n_threads=2, progress=kill,
)
"""


@pytest.mark.process
def test_a_killed_process_leaves_no_files(tmp_path):
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path]),
        "TMPDIR": str(tmp_path),
    }
    process = subprocess.run([sys.executable, "-c", KILLED], env=environment, capture_output=True, text=True)
    assert process.returncode == -signal.SIGKILL, process.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_ends_counting(small_chunks, temporary_folder):
    vocabulary, encoded = encode(text(150, seed=8))

    def interrupt(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        count_encoded(
            vocabulary, encoded, window=10, symmetric=True, distance_weighting=True,
            max_memory=least_memory(vocabulary, encoded), n_threads=3, progress=interrupt,
        )  # fmt: skip
    assert list(temporary_folder.iterdir()) == []


@pytest.mark.parametrize("is_least", [True, False])
def test_progress_goes_from_start_to_end(small_chunks, is_least):
    vocabulary, encoded = encode(text(150, seed=8))
    seen = []
    count_encoded(
        vocabulary,
        encoded,
        window=3,
        symmetric=True,
        distance_weighting=True,
        max_memory=least_memory(vocabulary, encoded) if is_least else UNLIMITED,
        n_threads=2,
        progress=lambda *now: seen.append(now),
    )
    done, total = zip(*seen)
    assert set(total) == {len(encoded.token_ids)}
    assert list(done) == sorted(done) and done[-1] == total[0]


# Bad input.


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"window": 0}, "window parameter of count_cooccurrences must be an integer from 1 to 100. Got 0"),
        ({"window": 101}, "window .* from 1 to 100. Got 101"),
        ({"window": 2.5}, "window"),
        ({"symmetric": 1}, "symmetric .* True or False"),
        ({"distance_weighting": "yes"}, "distance_weighting .* True or False"),
        ({"min_count": 0}, "min_count parameter of count_cooccurrences"),
        ({"max_vocab_size": 0}, "max_vocab_size parameter of count_cooccurrences"),
        ({"verbose": "no"}, "verbose parameter of count_cooccurrences"),
        ({"min_count": 9}, "min_count"),
        (
            {"max_memory": (1 << 20) - 1},
            "max_memory parameter of count_cooccurrences .* at least 1048576. Got",
        ),
        ({"max_memory": 10.0}, "max_memory"),
        ({"n_jobs": 0}, "n_jobs"),
        ({"n_jobs": "all"}, "n_jobs"),
        ({"vocabulary": ["a", "b"]}, "vocabulary parameter of count_cooccurrences .* Got .'a', 'b'."),
        ({"vocabulary": Vocabulary(["x"], [1])}, "vocabulary|word"),
    ],
)
def test_bad_parameters(changes, message):
    with pytest.raises((ValueError, TypeError), match=message):
        count_cooccurrences([["a", "b"]] * 5, **{"min_count": 1, **changes})


def test_bad_text():
    with pytest.raises(TypeError, match="LineCorpus"):
        count_cooccurrences("a b c")
    counts = count_cooccurrences([["a", "b"]], min_count=1)
    for stranger in (counts, counts.to_scipy()):
        with pytest.raises(TypeError, match="counts a text. Got .*fit_cooccurrence"):
            count_cooccurrences(stranger)
    with pytest.raises(TypeError, match="read only once"):
        count_cooccurrences(iter([["a", "b"]]), min_count=1)
    for empty in ([], [[]]):
        with pytest.raises(ValueError, match="no |empty"):
            count_cooccurrences(empty, min_count=1)


def test_counts_that_would_pass_64_bits():
    vocabulary, encoded = encode([["a", "b"]])
    huge = Vocabulary(vocabulary.index_to_key, [2**61, 1])
    with pytest.raises(ValueError, match="pass 64 bits.* smaller window"):
        count(huge, encoded, 10)
    counts = count(huge, encoded, 1, distance_weighting=False, symmetric=False)
    assert counts.value.tolist() == [1.0]
