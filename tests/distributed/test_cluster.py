"""Training on a Ray cluster of four nodes on this machine: the bits of one process, whoever is lost."""

import hashlib
import os
import signal
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from tests.embeddings.support import text
from wordvec import (
    PPMISVD,
    FastText,
    GloVe,
    KeyedVectors,
    LineCorpus,
    Word2Vec,
    count_cooccurrences as count_here,
)
from wordvec.distributed import cooccurrences, count_cooccurrences, counting, map_batches, train
from wordvec.distributed.crew import Crew
from wordvec.distributed.glove import ClusterGloVeRun
from wordvec.distributed.word2vec import ClusterRun
from wordvec.embeddings.glove_training import GloVeRun

ray = pytest.importorskip("ray", reason="Ray is not installed")
fcntl = pytest.importorskip("fcntl", reason="files cannot be locked here")
pytestmark = pytest.mark.slow

SETTINGS = dict(vector_size=16, window=3, min_count=2, epochs=3, n_shards=8, random_state=2)


@pytest.fixture(scope="module")
def cluster():
    from ray.cluster_utils import Cluster

    # Two workers of pytest-xdist that have tests of this module take turns.
    lock = (Path(tempfile.gettempdir()) / f"wordvec-cluster-{os.getuid()}.lock").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    # Workers are processes of their own, which import the package from where this one did.
    root = str(Path(counting.__file__).parents[2])
    paths = filter(None, [root, os.environ.get("PYTHONPATH", "")])
    previous = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(paths)
    node = dict(num_cpus=1, object_store_memory=100 << 20)
    found = Cluster(initialize_head=True, head_node_args=node)
    for _ in range(3):
        found.add_node(**node)
    ray.init(found.address, log_to_driver=False, logging_level="CRITICAL")
    yield found
    ray.shutdown()
    found.shutdown()
    if previous is None:
        del os.environ["PYTHONPATH"]
    else:
        os.environ["PYTHONPATH"] = previous
    lock.close()


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("texts")
    for number in range(3):
        lines = [" ".join(sentence) for sentence in text(4000, seed=number)]
        (folder / f"{number}.txt").write_text("\n".join(lines), encoding="utf-8")
    return LineCorpus(folder)


def digest(model):
    found = hashlib.sha256(model.wv_.vectors.tobytes() + model.context_vectors_.tobytes())
    return found.hexdigest(), tuple(model.loss_curve_), tuple(model.wv_.index_to_key)


def workers(kind="ShardWorker"):
    """The processes of workers."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"ray::{kind}".encode() in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        (Word2Vec, {"n_shards": 9}),
        # Each worker has one shard, whose steps travel in float16.
        (FastText, {"bucket": 500, "n_shards": 4, "architecture": "cbow", "exchange": "float16"}),
    ],
    ids=str,
)
def test_the_model_is_that_of_one_process(kind, changes, cluster, corpus, monkeypatch):
    monkeypatch.setattr(counting, "PART_BYTES", 20_000)
    settings = {**SETTINGS, **changes}
    # First, so that the kernels are compiled once and not by each worker.
    expected = digest(kind(**settings).fit(corpus))
    found = train(kind(**settings), corpus)
    assert digest(found) == expected
    assert set(found.fit_times_) == {"reading", "training", "computing", "combining"}
    assert found.sent_bytes_ > 0
    # Workers are gone when training is over.
    deadline = time.monotonic() + 20
    while workers() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not workers()


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="finds processes in /proc")
def test_a_worker_that_dies_changes_nothing(cluster, corpus, monkeypatch):
    expected = digest(Word2Vec(**SETTINGS).fit(corpus))
    whole, killed = Crew.train, []

    def kill():
        killed.append(workers()[1])
        os.kill(killed[-1], signal.SIGKILL)

    def train_and_lose(crew, epoch, number, n_before):
        if n_before in (2, 5):  # at some moment of these rounds, or of those after them
            threading.Timer(0.01 * n_before, kill).start()
        return whole(crew, epoch, number, n_before)

    monkeypatch.setattr(Crew, "train", train_and_lose)
    with pytest.warns(UserWarning, match="Lost 1 worker of 4"):
        found = train(Word2Vec(**SETTINGS), corpus)
    assert len(killed) == 2 and digest(found) == expected


def test_a_run_goes_on_from_its_checkpoint(cluster, corpus, tmp_path, monkeypatch):
    settings = {**SETTINGS, "checkpoint_every": 1}
    expected = digest(Word2Vec(**settings).fit(corpus))
    whole = ClusterRun.run_chunks

    def break_off(run, pool):
        for number, chunk in enumerate(whole(run, pool)):
            yield chunk
            if run.state.epoch == 1 and number == 1:
                raise RuntimeError("the driver is killed")

    monkeypatch.setattr(ClusterRun, "run_chunks", break_off)
    with pytest.raises(RuntimeError, match="the driver is killed"):
        train(Word2Vec(**settings), corpus, checkpoint=tmp_path)
    monkeypatch.undo()
    rounds = []

    def count(run, pool):
        for chunk in whole(run, pool):
            rounds.append(chunk.number)
            yield chunk

    monkeypatch.setattr(ClusterRun, "run_chunks", count)
    found = train(Word2Vec(**settings), corpus, checkpoint=tmp_path, resume=True)
    assert digest(found) == expected
    assert rounds[0] == 3


@pytest.mark.parametrize("changes", [{}, {"symmetric": False, "window": 30, "max_vocab_size": 40}], ids=str)
def test_counts_are_those_of_one_process(changes, cluster, corpus, monkeypatch):
    monkeypatch.setattr(counting, "PART_BYTES", 20_000)
    settings = {"min_count": 2, **changes}
    expected = count_here(corpus, **settings)
    for entries in (1 << 21, 300):
        monkeypatch.setattr(cooccurrences, "_BLOCK_ENTRIES", entries)
        found = count_cooccurrences(corpus, **settings)
        for name in ("starts", "col", "value"):
            assert getattr(found, name).tobytes() == getattr(expected, name).tobytes()
        assert found.vocabulary.index_to_key == expected.vocabulary.index_to_key
        assert (found.unit, found.window, found.symmetric) == (
            expected.unit,
            expected.window,
            expected.symmetric,
        )


GLOVE = dict(vector_size=12, min_count=2, epochs=3, random_state=5)


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="finds processes in /proc")
def test_a_worker_of_glove_that_dies_changes_nothing(cluster, corpus, monkeypatch):
    expected = digest(GloVe(**GLOVE).fit(corpus))
    whole, n_done = ClusterGloVeRun.train_blocks, []

    def train_and_lose(run, pool, shift, key):
        n_done.append(shift)
        if len(n_done) == 20:
            os.kill(workers("GloVeWorker")[1], signal.SIGKILL)
        return whole(run, pool, shift, key)

    monkeypatch.setattr(ClusterGloVeRun, "train_blocks", train_and_lose)
    with pytest.warns(UserWarning, match="Lost a worker"):
        found = train(GloVe(**GLOVE), corpus)
    assert digest(found) == expected
    assert set(found.fit_times_) == {"counting", "training"}


def test_glove_goes_on_here_from_a_checkpoint_there(cluster, corpus, tmp_path, monkeypatch):
    settings = {**GLOVE, "checkpoint_every": 5}
    expected = digest(GloVe(**settings).fit(corpus))
    whole, n_done = GloVeRun.run_chunks, []

    def break_off(run, pool):
        for chunk in whole(run, pool):
            yield chunk
            n_done.append(chunk.number)
            if len(n_done) == 24:
                raise RuntimeError("the driver is killed")

    monkeypatch.setattr(GloVeRun, "run_chunks", break_off)
    with pytest.raises(RuntimeError, match="the driver is killed"):
        train(GloVe(**settings), corpus, checkpoint=tmp_path)
    assert digest(GloVe(**settings).fit(corpus, checkpoint=tmp_path, resume=True)) == expected


def test_ppmi_is_that_of_one_process(cluster, corpus):
    expected, found = PPMISVD(8, min_count=2).fit(corpus), train(PPMISVD(8, min_count=2), corpus)
    assert found.wv_.vectors.tobytes() == expected.wv_.vectors.tobytes()


def test_a_data_set_of_ray(cluster, corpus):
    pytest.importorskip("ray.data", reason="Ray Data is not installed")
    lines = [line for file in corpus.files for line in file.read_text(encoding="utf-8").split("\n")]
    dataset = ray.data.from_items(
        [{"text": line, "n": n} for n, line in enumerate(lines)], override_num_blocks=6
    )
    settings = {**SETTINGS, "epochs": 1, "n_shards": 3}
    expected = digest(Word2Vec(**settings).fit(corpus))
    assert digest(Word2Vec(**settings).fit(LineCorpus(dataset))) == expected
    assert digest(train(Word2Vec(**settings), dataset)) == expected


def test_errors_of_workers_are_ours(cluster, corpus, tmp_path):
    bad = tmp_path / "bad.txt"
    bad.write_bytes(b"good words here\n" * 5 + b"bad \xff\n")
    with pytest.raises(ValueError, match=r"bad\.txt', line 6: not valid utf-8"):
        train(Word2Vec(**SETTINGS), [*map(str, corpus.files), str(bad)])
    with pytest.raises(ValueError, match="No word occurs 100000 times"):
        train(Word2Vec(**{**SETTINGS, "min_count": 100_000}), corpus)


def test_more_shards_than_tokens(cluster, tmp_path):
    path = tmp_path / "tiny.txt"
    path.write_text("a b c a b c a", encoding="utf-8")
    settings = {**SETTINGS, "n_shards": 12, "min_count": 1}
    with pytest.warns(UserWarning, match="no pair of words to learn from"):
        found = train(Word2Vec(**settings), path)
    with pytest.warns(UserWarning, match="no pair of words to learn from"):
        expected = Word2Vec(**settings).fit(LineCorpus(path))
    assert found.wv_.vectors.tobytes() == expected.wv_.vectors.tobytes()


def test_bad_input(cluster, corpus):
    for address in (None, 5, ""):
        with pytest.raises(ValueError, match="address parameter of distributed must be 'auto', 'local' or"):
            train(Word2Vec(n_shards=4), corpus, address=address)
    with pytest.raises(ValueError, match="n_shards parameter of Word2Vec must be above 1.* Set n_shards=16"):
        train(Word2Vec(), corpus)
    with pytest.raises(
        ValueError, match="estimator parameter of distributed.train must be a Word2Vec, a FastText, a GloVe"
    ):
        train(LineCorpus, corpus)
    with pytest.raises(ValueError, match="retrofit_penalty parameter of GloVe must be 0 on several machines"):
        given = KeyedVectors(np.ones((1, 100), np.float32), ["a"])
        train(GloVe(init_vectors=given, retrofit_penalty=0.1), corpus)
    with pytest.raises(ValueError, match="checkpoint parameter"):
        train(PPMISVD(), corpus, checkpoint="folder")
    with pytest.raises(ValueError, match="window parameter of count_cooccurrences"):
        count_cooccurrences(corpus, window=0)
    with pytest.raises(ValueError, match="patience parameter"):
        train(Word2Vec(n_shards=4, patience=2), corpus)
    with pytest.raises(FileNotFoundError, match="nowhere"):
        train(Word2Vec(n_shards=4), "nowhere.txt")
    fsspec = pytest.importorskip("fsspec", reason="fsspec is not installed")
    fsspec.filesystem("memory").pipe("/d/a.txt", b"a b")
    with pytest.raises(ValueError, match="is in the memory of this process"):
        count_cooccurrences("memory://d/a.txt")
    pytest.importorskip("ray.data", reason="Ray Data is not installed")
    with pytest.raises(ValueError, match="The corpus holds no tokens"):
        count_cooccurrences(ray.data.from_arrow(pyarrow_table([])))
    failing = ray.data.from_arrow(pyarrow_table(["a"])).map(lambda row: row["none"])
    with pytest.raises(ValueError, match="The data set of Ray Data cannot be read: .*none|has no column"):
        count_cooccurrences(failing)


def pyarrow_table(texts):
    arrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    return arrow.table({"text": arrow.array(texts, arrow.string())})


def test_batches_come_back_in_order(cluster):
    batches = [list(range(k, k + 3)) for k in range(40)]
    assert list(map_batches(sum, batches)) == list(map(sum, batches))
    assert list(map_batches(sum, [])) == []
    with pytest.raises(TypeError, match="unsupported operand"):
        list(map_batches(sum, [["text"]]))


def test_texts_are_classified_by_all_cores(cluster, monkeypatch):
    from wordvec.pipelines import TextClassifier
    from wordvec.pipelines.workflows import classified_texts

    good, bad = ["a warm and funny film", "a moving story"] * 10, ["a dull film", "slow and empty"] * 10
    classifier = TextClassifier(n_jobs=1).fit(good + bad, ["good"] * 20 + ["bad"] * 20)
    texts = [f"{text} {k}" for k, text in enumerate(good + bad)]
    expected = list(classified_texts.classify_texts(classifier, texts, with_probabilities=True))
    monkeypatch.setattr(classified_texts, "BATCH", 7)
    found = list(classified_texts.classify_texts(classifier, texts, True, cluster="auto"))
    assert [(each.text, each.label) for each in found] == [(each.text, each.label) for each in expected]
    for one, other in zip(found, expected):
        assert one.probabilities == pytest.approx(other.probabilities, abs=1e-12)
