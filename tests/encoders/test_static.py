"""Static encoders: the vectors of model2vec and of sentence-transformers, folders that do not fit, sklearn's face."""

import json
import pickle
import shutil

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

tokenizers = pytest.importorskip("tokenizers", reason="tokenizers is not installed")

from tests.encoders.test_word_tokens import KINDS, TEXTS, bert  # noqa: E402
from wordvec import KeyedVectors, Word2Vec  # noqa: E402
from wordvec.encoders import StaticEncoder, export  # noqa: E402

TEXTS = [text for text in TEXTS if text]
LONG = ["the cat sat on the mat " * 300, "中文 " * 900]


def model2vec():
    return pytest.importorskip("model2vec", reason="model2vec is not installed")


def table_for(backend, size=7):
    draw = np.random.default_rng(3)
    return draw.standard_normal((backend.get_vocab_size(), size)).astype(np.float32)


@pytest.mark.parametrize("kind", ["bert", "whitespace", "gpt2", "metaspace", "pattern"])
@pytest.mark.parametrize("quantised", [False, True])
def test_model2vec(kind, quantised, tmp_path):
    backend = KINDS[kind]()
    table, options = table_for(backend), {}
    if quantised:
        draw = np.random.default_rng(4)
        options["token_mapping"] = draw.integers(0, 9, len(table))
        options["weights"] = draw.random(len(table)).astype(np.float32)
        table = table[:9]
    theirs = model2vec().StaticModel(table, backend, normalize=quantised, max_length=64, **options)
    theirs.save_pretrained(tmp_path / "m")
    theirs = model2vec().StaticModel.from_pretrained(tmp_path / "m")
    ours = StaticEncoder.load(tmp_path / "m")
    for texts in (TEXTS, LONG, TEXTS[:1]):
        np.testing.assert_allclose(ours.encode(texts), theirs.encode(texts), atol=1e-6)
    unlimited = StaticEncoder.load(tmp_path / "m", max_length=0, normalize=False)
    np.testing.assert_allclose(
        unlimited.encode(LONG), theirs.encode(LONG, max_length=None, normalize=False), atol=2e-6
    )


@pytest.mark.parametrize("dtype", ["float16", "int8"])
def test_model2vec_in_few_bits(dtype, tmp_path):
    backend = bert()
    theirs = model2vec().StaticModel(table_for(backend), backend)
    theirs = model2vec().model.quantize_model(theirs, quantize_to=dtype)
    theirs.save_pretrained(tmp_path)
    found = StaticEncoder.load(tmp_path).encode(TEXTS)
    # Theirs rounds the mean to float16.
    np.testing.assert_allclose(found, theirs.encode(TEXTS), atol=2e-3 if dtype == "float16" else 1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("normalize", [False, True])
def test_sentence_transformers(normalize, tmp_path):
    library = pytest.importorskip("sentence_transformers", reason="sentence-transformers is not installed")
    from sentence_transformers.sentence_transformer.modules import Normalize, StaticEmbedding

    backend = bert()
    modules = [StaticEmbedding(backend, embedding_weights=table_for(backend))]
    theirs = library.SentenceTransformer(modules=modules + [Normalize()] * normalize, device="cpu")
    theirs.save(str(tmp_path / "m"))
    ours = StaticEncoder.load(tmp_path / "m")
    np.testing.assert_allclose(ours.encode(TEXTS + LONG), theirs.encode(TEXTS + LONG), atol=1e-6)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("encoder")
    draw = np.random.default_rng(5)
    words = ["the", "warm", "cold", "film", "café", "中文", "new-york", "3.14"]
    vectors = KeyedVectors(draw.standard_normal((8, 6)).astype(np.float32), words, np.arange(80, 0, -10))
    export(vectors, place / "e", tokenizer="word", lowercase=True)
    return place / "e", vectors


def test_export_weighs_words(folder):
    place, vectors = folder
    found = StaticEncoder.load(place).encode(["The WARM film, (3.14)!", "unknown words", "new-york café"])
    weights = 1e-3 / (1e-3 + vectors.counts / vectors.counts.sum())
    for row, words in zip(found, (["the", "warm", "film", "3.14"], [], ["new-york", "café"])):
        mean = sum((weights[vectors.key_to_index[w]] * vectors[w] for w in words), np.zeros(6))
        np.testing.assert_allclose(row, mean / (np.linalg.norm(mean) or 1), atol=1e-6)


def test_model2vec_reads_what_is_exported(folder):
    texts = ["the warm film", "new-york café 3.14", "cold"]
    theirs = model2vec().StaticModel.from_pretrained(folder[0])
    np.testing.assert_allclose(theirs.encode(texts), StaticEncoder.load(folder[0]).encode(texts), atol=1e-6)


@pytest.mark.slow
def test_sentence_transformers_reads_what_is_exported(folder):
    library = pytest.importorskip("sentence_transformers", reason="sentence-transformers is not installed")
    texts = ["the warm film", "new-york café 3.14", "cold"]
    theirs = library.SentenceTransformer(str(folder[0]), device="cpu")
    np.testing.assert_allclose(theirs.encode(texts), StaticEncoder.load(folder[0]).encode(texts), atol=1e-6)


@pytest.mark.parametrize(("tokenizer", "text", "words"), [
    ("whitespace", "a  b\tc", ["a", "b", "c"]), ("chars", "a bc", ["a", "b", "c"]), ("zh", "abcb a", ["ab", "cb", "a"]),
])  # fmt: skip
def test_tokenizers_of_export(tokenizer, text, words, tmp_path):
    keys = ["a", "b", "c", "ab", "cb"]
    vectors = KeyedVectors(np.eye(5, dtype=np.float32), keys, np.array([9, 9, 9, 9, 9]))
    export(vectors, tmp_path / "e", tokenizer=tokenizer, weighting="none", normalize=False)
    found = StaticEncoder.load(tmp_path / "e").encode(text) * len(words)
    assert found.round(5).tolist() == [float(words.count(key)) for key in keys]


def test_threads_and_order_change_nothing(folder, monkeypatch):
    from wordvec.encoders import static

    place, _ = folder
    texts = [f"the warm film {k % 7} café {'cold ' * (k % 5)}" for k in range(3000)]
    expected = StaticEncoder.load(place).encode(texts)
    monkeypatch.setattr(static, "_BATCH", 100)
    encoder = StaticEncoder.load(place, n_jobs=2)
    assert encoder.encode(texts).tobytes() == expected.tobytes()
    assert encoder.encode(texts[::-1])[::-1].tobytes() == expected.tobytes()
    assert encoder.encode(texts[7]).tobytes() == expected[7].tobytes()


def test_scikit_learn(folder):
    place, _ = folder
    encoder = StaticEncoder.load(place, objective=None)
    texts, labels = ["warm film", "cold film"] * 10, [1, 0] * 10
    model = make_pipeline(encoder, LogisticRegression()).fit(texts, labels)
    assert model.score(texts, labels) == 1
    assert clone(encoder).encode("warm").tobytes() == encoder.encode("warm").tobytes()
    assert pickle.loads(pickle.dumps(encoder)).encode("warm").tobytes() == encoder.encode("warm").tobytes()
    assert len(encoder.get_feature_names_out()) == encoder.vector_size == 6
    assert encoder.encode([]).shape == (0, 6)
    assert encoder.fit_transform(["warm"]).shape == (1, 6)


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("model.safetensors", lambda data: data[:-8], "model.safetensors' cannot be used: it is"),
        ("model.safetensors", lambda data: b"", "it is empty"),
        ("model.safetensors", None, "holds no model.safetensors"),
        ("tokenizer.json", lambda data: data[:50], "tokenizer.json' cannot be used"),
        ("tokenizer.json", lambda data: b"\xff\xfe", "tokenizer.json' cannot be used"),
        ("tokenizer.json", None, "holds no tokenizer.json"),
        ("config.json", lambda data: b"[]", "config.json' cannot be used: it holds a list"),
        ("config.json", lambda data: b'{"max_length": -3}', "max_length is -3"),
        ("modules.json", lambda data: b'[{"path": 3}]', "modules.json' cannot be used"),
        ("modules.json", lambda data: b"{", "modules.json' cannot be used: it is not JSON"),
    ],
)
def test_damaged_folders(folder, name, change, message, tmp_path):
    place = tmp_path / "e"
    shutil.copytree(folder[0], place)
    if change is None:
        (place / name).unlink()
    else:
        (place / name).write_bytes(change((place / name).read_bytes()))
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        StaticEncoder.load(place)


def test_tables_that_do_not_fit_the_tokenizer(tmp_path):
    from safetensors.numpy import save_file

    backend = bert()
    n, table = backend.get_vocab_size(), table_for(backend)
    backend.save(str(tmp_path / "tokenizer.json"))
    (tmp_path / "config.json").write_text(json.dumps({}))
    nan = table.copy()
    nan[3, 2] = np.nan
    for tensors, message in (
        ({"embeddings": table[:5]}, f"ids up to {n - 1}, the table 5 rows"),
        ({"embeddings": table[:5], "mapping": np.full(n, 5)}, "ids up to 5, the table 5 rows"),
        ({"embeddings": table[:5], "mapping": np.full(n, -2)}, "the table 5 rows"),
        ({"embeddings": table, "weights": np.ones(n - 1, np.float32)}, "weights has shape"),
        ({"embeddings": table[0]}, "no table of embeddings"),
        ({"vectors": table}, "no table of embeddings"),
        ({"embeddings": nan}, "NaN or infinity"),
    ):
        save_file(tensors, tmp_path / "model.safetensors")
        with pytest.raises(ValueError, match=message):
            StaticEncoder.load(tmp_path)


def test_bad_input(folder, tmp_path):
    place, vectors = folder
    encoder = StaticEncoder.load(place)
    with pytest.raises(FileNotFoundError, match="nowhere"):
        StaticEncoder.load("nowhere")
    for texts in ([1], [None], ["a", ["b"]], 5):
        with pytest.raises((TypeError, ValueError), match=r"StaticEncoder|texts"):
            encoder.encode(texts)
    with pytest.raises(ValueError, match=r"texts\[1\].*lone surrogates"):
        encoder.encode(["fine", "bad \ud800"])
    for name, value in (("n_jobs", 0), ("max_length", -1), ("normalize", 2)):
        with pytest.raises(ValueError, match=name):
            StaticEncoder.load(place, **{name: value})
    for name, value in (
        ("tokenizer", "ptb"), ("weighting", "idf"), ("a", 0), ("lowercase", None), ("normalize", 3),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=name):
            export(vectors, tmp_path / "e", **{name: value})
    with pytest.raises(ValueError, match="must have counts of words"):
        export(KeyedVectors(np.eye(2, dtype=np.float32), ["a", "b"]), tmp_path / "e")
    with pytest.raises(ValueError, match="no word"):
        export(KeyedVectors(np.eye(2, dtype=np.float32), ["a", "[UNK]"], [2, 1]), tmp_path / "e")
    with pytest.raises((TypeError, ValueError), match="vectors"):
        export(Word2Vec(), tmp_path / "e")
    assert not (tmp_path / "e").exists()
