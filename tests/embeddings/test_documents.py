"""Document vectors: the training rule is the naive one, bits repeat, documents of a topic are neighbours."""

import pickle
import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from tests.reference import naive_paragraphs
from wordvec import DocumentVectors, LineCorpus
from wordvec.embeddings import documents_training as training
from wordvec.embeddings.documents_reading import encode_documents, number_tags
from wordvec.kernels import rng

ARCHITECTURES = ["dbow", "dm"]
TOPICS = [
    ["cat", "dog", "horse", "cow", "sleeps", "eats", "runs"],
    ["pear", "plum", "fig", "apple", "ripens", "falls", "rots"],
    ["chair", "table", "lamp", "shelf", "stands", "breaks", "leans"],
]


def topical(n, seed=0, length=20):
    draw = np.random.default_rng(seed)
    return [
        draw.choice([*TOPICS[k % 3], "the", "a"], draw.integers(length // 2, length)).tolist()
        for k in range(n)
    ]


def small(architecture="dbow", **others):
    options = {"vector_size": 12, "epochs": 3, "min_count": 1, "window": 3, "sample": 0.05, **others}
    return DocumentVectors(architecture, **options)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("several_tags", [False, True])
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_training_is_that_of_a_naive_version(monkeypatch, architecture, several_tags, n_jobs):
    monkeypatch.setattr(training, "MAX_ROUND_WORDS", 128)
    texts = [*topical(30, 1), [], ["nothing"], *topical(10, 2, 300)]
    tags = [[f"d{k}", f"t{k % 7}"] if several_tags else f"d{k // 2}" for k in range(len(texts))]
    model = small(architecture, epochs=2, learning_rate=0.02, n_jobs=n_jobs).fit(texts, tags=tags)
    options, vocabulary = model._stored.options, model.vocabulary_

    entries = [[vocabulary.key_to_index[word] for word in text] for text in texts]
    names, numbers, starts = number_tags(tags, len(texts), "test")
    rows = [numbers[a:b].tolist() for a, b in zip(starts, starts[1:])]
    if architecture == "dbow":
        entries = [entry for entry, row in zip(entries, rows) for _ in row]
        rows = numbers.tolist()
    tables = {
        name: table.astype(float)[:, : options.vector_size]
        for name, table in training.new_tables(options, len(vocabulary)).items()
    }
    n_words = sum(map(len, entries))
    settings, constant, round_words = training.constants(options, vocabulary, n_words)
    assert (round_words, settings.rate_first) == (128, 0.02)
    monkeypatch.setattr(naive_paragraphs, "GROUP", 16)
    losses = []
    for epoch in range(2):
        training.set_keys(constant, options.seed, epoch)
        keys = constant.keys

        def keep(place, word, keys=keys):
            return np.uint32(rng.draw(keys[0], place) & 0xFFFFFFFF) < constant.keep_below[word]

        def negatives(place, keys=keys):
            found = np.empty(24, np.int32)
            rng.draw_words(constant.noise, np.uint64(rng.draw(keys[1], place)), found)
            return found

        def reach(place, keys=keys):
            return 1 + int(rng.draw(keys[3], place)) % 3

        def rate(place, epoch=epoch):
            share = (epoch * n_words + place) / settings.n_planned
            return settings.rate_first + (settings.rate_last - settings.rate_first) * share

        rules = (keep, negatives, reach), 5 / 24, round_words, rate
        if architecture == "dbow":
            loss = naive_paragraphs.dbow_epoch(entries, rows, tables["documents"], tables["output"], *rules)
        else:
            arrays = tables["documents"], tables["input"], tables["output"]
            loss = naive_paragraphs.dm_epoch(entries, rows, *arrays, *rules)
        losses.append(loss)
    np.testing.assert_allclose(model.document_vectors_, tables["documents"], atol=2e-5)
    np.testing.assert_allclose(model.output_vectors_, tables["output"], atol=2e-5)
    if architecture == "dm":
        np.testing.assert_allclose(model.word_vectors_, tables["input"], atol=2e-5)
    np.testing.assert_allclose(model.loss_curve_, losses, rtol=1e-5)
    assert model.dv_.index_to_key == names


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("tags", [None, [f"t{k % 4}" for k in range(60)]])
def test_threads_do_not_show(monkeypatch, architecture, tags):
    monkeypatch.setattr(training, "MAX_ROUND_WORDS", 256)
    monkeypatch.setattr("wordvec._utils.threads.n_cores", lambda: 8)
    texts = topical(60)
    models = [small(architecture, n_jobs=n).fit(texts, tags=tags) for n in (1, 2, 3, 8)]
    for model in models[1:]:
        assert np.array_equal(model.document_vectors_, models[0].document_vectors_)
        assert np.array_equal(model.output_vectors_, models[0].output_vectors_)
        assert model.loss_curve_ == models[0].loss_curve_
    again = small(architecture, random_state=2).fit(texts, tags=tags)
    assert not np.array_equal(again.document_vectors_, models[0].document_vectors_)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_inferred_vectors_depend_on_the_document_alone(monkeypatch, architecture):
    monkeypatch.setattr(training, "_INFERRED_AT_ONCE", 7)
    model = small(architecture, epochs=5).fit(topical(60))
    others = [*topical(20, 5, 100), [], ["unknown"], ["cat", "unknown", "dog"], ["cat", "dog"]]
    found = model.transform(others)
    assert found.dtype == np.float32
    assert found.shape == (24, 12)
    assert not found[20:22].any()
    assert np.array_equal(found[22], found[23])
    assert np.array_equal(model.set_params(n_jobs=1).transform(others[::-1]), found[::-1])
    assert np.array_equal(np.concatenate([model.transform([text]) for text in others]), found)
    assert not np.array_equal(model.set_params(infer_epochs=9).transform(others), found)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_documents_of_a_topic_are_neighbours(architecture):
    texts = topical(300, 3)
    model = DocumentVectors(architecture, vector_size=16, epochs=30, min_count=1, learning_rate=0.05)
    model.fit(texts)
    assert model.loss_curve_[-1] < model.loss_curve_[0]
    same = [int(tag) % 3 == k % 3 for k in range(30) for tag, _ in model.most_similar(str(k), topn=5)]
    assert np.mean(same) > 0.95
    same = [
        int(tag) % 3 == k % 3
        for k, text in enumerate(topical(30, 4))
        for tag, _ in model.most_similar(text, topn=5)
    ]
    assert np.mean(same) > 0.9


def test_a_pipeline_of_scikit_learn_classifies():
    texts, labels = topical(300, 3), [k % 3 for k in range(300)]
    model = make_pipeline(
        DocumentVectors(vector_size=16, epochs=30, min_count=1, learning_rate=0.05),
        LogisticRegression(max_iter=500),
    )
    assert model.fit(texts, labels).score(topical(90, 9), [k % 3 for k in range(90)]) > 0.9
    assert model[0].get_feature_names_out()[15] == "documentvectors15"


def test_a_vector_belongs_to_a_tag():
    texts = topical(90, 3)
    tags = [[f"topic {k % 3}", f"text {k}"] for k in range(90)]
    model = small(epochs=20, sample=0.0).fit(texts, tags=tags)
    assert model.dv_.index_to_key[:3] == ["topic 0", "text 0", "topic 1"]
    nearest = dict(model.most_similar("topic 1", topn=10))
    assert np.mean([int(name.split()[1]) % 3 == 1 for name in nearest if name.startswith("text")]) > 0.8


@pytest.mark.parametrize("end", ["", "\n"])
@pytest.mark.parametrize("tokenizer", ["whitespace", "word"])
def test_lines_of_a_file_are_documents_and_empty_ones_count(tmp_path, tokenizer, end):
    texts = [["cat", "dog"], [], ["dog", "cow", "cat"], [], ["only"]]
    path = tmp_path / "texts.txt"
    path.write_text("\n".join(map(" ".join, texts)) + end)
    limits = {"min_count": 2, "max_vocab_size": None, "max_memory": 1 << 20, "progress": None}
    for corpus in (texts, LineCorpus(path, tokenizer)):
        vocabulary, ids, starts = encode_documents(corpus, vocabulary=None, **limits)
        assert vocabulary.index_to_key == ["cat", "dog"]
        assert starts.tolist() == [0, 2, 2, 4, 4, 4]
        assert ids.tolist() == [0, 1, 1, 0]
        _, again, starts_again = encode_documents(corpus, vocabulary=vocabulary, **limits)
        assert np.array_equal(again, ids) and np.array_equal(starts_again, starts)
    model = small()
    lines, lists = clone(model).fit(LineCorpus(path, tokenizer)), clone(model).fit(texts)
    assert np.array_equal(lines.document_vectors_, lists.document_vectors_)
    assert np.array_equal(lines.transform(LineCorpus(path, tokenizer)), lists.transform(texts))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("tags", [None, [f"t{k % 4}" for k in range(60)]])
def test_files_hold_the_whole_model(tmp_path, architecture, tags):
    texts = topical(60)
    model = small(architecture).fit(texts, tags=tags)
    model.save(tmp_path / "model.safetensors")
    for other in (DocumentVectors.load(tmp_path / "model.safetensors"), pickle.loads(pickle.dumps(model))):
        assert other.dv_.index_to_key == model.dv_.index_to_key
        assert np.array_equal(other.document_vectors_, model.document_vectors_)
        assert np.array_equal(other.transform(texts[:5]), model.transform(texts[:5]))
        assert other.get_params() == model.get_params()


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_run_goes_on_from_its_checkpoint(monkeypatch, tmp_path, architecture):
    monkeypatch.setattr(training, "MAX_ROUND_WORDS", 64)
    monkeypatch.setattr(training, "CALL_ROUNDS", 2)
    texts = topical(60)
    whole = small(architecture).fit(texts)
    from wordvec.embeddings import base

    write, n_written = base.write_checkpoint, []

    def stop(path, checkpoint):
        write(path, checkpoint)
        n_written.append(path)
        if len(n_written) == 5:
            raise KeyboardInterrupt

    monkeypatch.setattr(base, "write_checkpoint", stop)
    model = small(architecture, checkpoint_every=1)
    with pytest.raises(KeyboardInterrupt):
        model.fit(texts, checkpoint=tmp_path)
    with pytest.raises(ValueError, match="a checkpoint of an unfinished run"):
        model.fit(texts, checkpoint=tmp_path)
    with pytest.raises(ValueError, match="of another run"):
        model.fit(texts, tags=[str(k // 2) for k in range(60)], checkpoint=tmp_path, resume=True)
    model.fit(texts, checkpoint=tmp_path, resume=True)
    assert np.array_equal(model.document_vectors_, whole.document_vectors_)
    assert model.loss_curve_ == whole.loss_curve_


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize(
    "texts", [[["a"] * 3000], [["a", "b"] * 2000] * 3, [["a"]] * 500, [["a", "b", "c"]] * 2000], ids=range(4)
)
def test_texts_of_a_few_words_do_not_diverge(architecture, texts):
    model = DocumentVectors(architecture, min_count=1, sample=0.0, epochs=5, learning_rate=0.1)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".* would diverge")
        model.fit(texts, tags=["all"] * len(texts))
    assert np.abs(model.document_vectors_).max() < 20
    assert np.abs(model.output_vectors_).max() < 20


def test_a_learning_rate_with_which_training_diverges_is_lowered_and_told():
    draw = np.random.default_rng(0)
    many_words = draw.integers(0, 3000, (300, 60)).astype(str).tolist()
    for architecture, texts in (("dbow", many_words), ("dm", topical(300))):
        with pytest.warns(UserWarning, match="a learning rate of 5 would diverge: it is lowered to"):
            model = small(architecture, learning_rate=5.0, epochs=5).fit(texts)
        assert np.abs(model.document_vectors_).max() < 30


def test_names_of_gensim_are_answered():
    model = small().fit(topical(6))
    for name in ("dv", "docvecs", "infer_vector", "train", "wv"):
        with pytest.raises(AttributeError, match="dv_|transform|fit|output_vectors_"):
            getattr(model, name)
    with pytest.raises(TypeError, match="'dm' for 1"):
        DocumentVectors(dm=1)


def test_bad_input_is_one_error():
    texts = topical(6)
    with pytest.raises(ValueError, match="hold a word that is known"):
        small().fit(texts).most_similar(["unknown"])
    with pytest.raises(NotFittedError):
        small().transform(texts)
    for bad, message in [
        (["cat dog"], r"sentences\[0\] is a str"),
        ("cat", "a str"),
        ([["cat"], [2]], r"sentences\[1\]"),
    ]:
        with pytest.raises(TypeError, match=message):
            small().fit(bad)
        with pytest.raises(TypeError, match=message):
            small().fit(texts).transform(bad)
    with pytest.raises(ValueError, match="holds no tokens"):
        small().fit([[], []])
    for tags, message in [
        (["a"], "each of the 6 documents"),
        ("abcdef", "each of the 6 documents"),
        (7, "each of the 6 documents"),
        (["a"] * 5 + [3], r"tags\[5\]"),
        (["a"] * 5 + [[]], r"tags\[5\]"),
        (["a"] * 5 + [["b", 3]], r"tags\[5\]"),
    ]:
        with pytest.raises(ValueError, match=message):
            small().fit(texts, tags=tags)
    with pytest.raises(KeyError, match="unknown"):
        small().fit(texts).most_similar("unknown")
    with pytest.raises(ValueError, match="architecture"):
        small("dmc").fit(texts)
