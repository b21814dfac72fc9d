"""Files of `TextClassifier` in few bytes: rounded weights, n-grams by prefix, and files of earlier versions."""

import json

import naive_archive
import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file
from scipy import sparse

from wordvec.pipelines.classification import compact
from wordvec.pipelines.classification.classifier import TextClassifier
from wordvec.pipelines.classification.nbsvm import NBSVMClassifier

from .support import small_vectors
from .trained import HAN_LABELS, HAN_TEXTS, LABELS, MANY, MANY_TEXTS, SETS, TAGGED, TEXTS, train


def matrices():
    rng = np.random.default_rng(3)
    dense = rng.normal(size=(3, 50))
    thin = np.where(rng.random((40, 60)) < 0.1, rng.normal(size=(40, 60)) * 3, 0.0)
    wide = np.where(rng.random((300, 7)) < 0.05, 1.0, 0.0)  # more rows than a byte counts
    return [dense, thin, wide, dense * 1e6, thin * 1e9, np.zeros((2, 5)), np.empty((0, 4)), dense[:1]]


@pytest.mark.parametrize("matrix", matrices(), ids=lambda matrix: "x".join(map(str, matrix.shape)))
@pytest.mark.parametrize("step", [2.0**-11, 0.5, None])
@pytest.mark.parametrize("kind", [np.asarray, sparse.csc_array])
def test_a_matrix_is_rounded_and_nothing_else(matrix, step, kind):
    arrays, settings = compact.pack_matrix(kind(matrix), step)
    found = compact.unpack_matrix(arrays, json.loads(json.dumps(settings)))
    expected = matrix if step is None else np.array([[round(x / step) * step for x in row] for row in matrix])
    expected = expected.reshape(matrix.shape)
    everything = np.arange(matrix.shape[1])
    assert (found.columns(everything) == expected).all()
    for chosen in (everything[::2], everything[:0], everything[-1:]):
        assert (found.columns(chosen) == expected[:, chosen]).all()
    whole = found.whole
    assert ((whole.toarray() if sparse.issparse(whole) else whole) == expected).all()
    again, same = compact.pack_matrix(found, step)
    assert same == settings and again.keys() == arrays.keys()
    assert all(again[name].tobytes() == arrays[name].tobytes() for name in arrays)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("large", lambda large: large[:-1]),
        ("large", lambda large: large // 1000),
        ("large", lambda large: large * 1.0),
        ("rows", lambda rows: rows[::-1]),
        ("rows", lambda rows: rows + np.uint8(200)),
        ("rows", lambda rows: rows.astype(np.int8)),
        ("sizes", lambda sizes: sizes + np.uint8(1)),
        ("sizes", lambda sizes: sizes[:-1]),
        ("codes", lambda codes: codes[:-1]),
        ("codes", lambda codes: codes.astype(np.int64)),
    ],
)
def test_arrays_that_do_not_fit_are_refused(name, change):
    matrix = np.where(np.random.default_rng(1).random((9, 30)) < 0.2, 1.0, 0.0)
    matrix[3, 4] = 300.0
    arrays, settings = compact.pack_matrix(matrix, 1.0)
    with pytest.raises(ValueError, match="its (large )?weights"):
        compact.unpack_matrix({**arrays, name: change(arrays[name])}, settings)
    for step in (0.0, -1.0, float("inf"), float("nan")):
        with pytest.raises(ValueError, match="its weights have a step of"):
            compact.unpack_matrix(arrays, settings | {"step": step})


@pytest.mark.parametrize("n_symbols", [3, 300, 70_000])
def test_n_grams_come_back(n_symbols):
    rng = np.random.default_rng(1)
    level = np.unique(rng.integers(n_symbols * 5, size=40))
    arrays = compact.pack_ngrams(level, 5, n_symbols)
    assert (compact.unpack_ngrams(arrays, 5, n_symbols) == level).all()
    assert (
        compact.unpack_ngrams(compact.pack_ngrams(level[:0], 5, n_symbols), 5, n_symbols) == level[:0]
    ).all()


def test_steps_are_powers_of_two_and_finer_for_larger_weights():
    steps = [compact.step_for(weight) for weight in (0.0, 1e-9, 0.1, 1.0, 3.9, -3.9, 1e6)]
    assert steps == sorted(steps, reverse=True) and all(np.log2(step) % 1 == 0 for step in steps)
    assert steps[3] == 2.0**-11 and steps[4] * 3.9 <= 2.0**-11


def many_classes(n_classes, n_texts=150, seed=0):
    """Texts of many words, of which some belong to a class."""
    rng = np.random.default_rng(seed)
    classes = rng.permutation(np.arange(n_texts) % n_classes)
    words = [[f"w{n}" for n in rng.integers(900, size=9)] + [f"c{k}x{rng.integers(5)}"] for k in classes]
    return [" ".join(each) for each in words], [f"class {k}" for k in classes]


FILES = {
    "many classes": (*many_classes(12), {}),
    "many labels": (
        many_classes(12)[0],
        [
            [label, f"odd {k % 2}", *(["rare"] if k < 3 else [])]
            for k, label in enumerate(many_classes(12)[1])
        ],
        {},
    ),
}


@pytest.mark.parametrize("case", FILES)
def test_models_of_many_classes_take_few_bytes(case, tmp_path):
    texts, labels, options = FILES[case]
    model = train(texts, labels, **options)
    path = tmp_path / "model"
    model.save(path)
    loaded = TextClassifier.load(path)
    unseen = many_classes(12, 100, seed=1)[0] + ["w1", "", "c3x1 c4x1", "unknown"]
    for each in (unseen, *([text] for text in unseen[-8:])):
        assert loaded.predict_proba(each) == pytest.approx(model.predict_proba(each), abs=1e-3)
    loaded.save(tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == path.read_bytes()
    # Eight bytes for each weight and each ratio, as they are in memory.
    weights = [model.members_[name].model_ for name in ("linear", "nb")]
    n_before = 8 * (weights[0].coef.size + 2 * weights[1].coef.size)
    tensors = load_file(path)
    assert sum(tensor.nbytes for name, tensor in tensors.items() if name[:3] in ("lin", "nb.")) < n_before / 4


def in_the_old_layout(path, model):
    """Rewrite a file as version 2 had it: all numbers as they are in memory."""
    with safe_open(path, "numpy") as file:
        header = json.loads(file.metadata()["header"])
    tensors = {}
    for name in load_file(path):
        if ".level" in name or name.startswith(("linear.", "nb.", "embedding.vectors")):
            tensors[name] = None
    for kind in header["ngrams"]:
        levels = getattr(model._preparer, kind).levels
        tensors |= {f"{kind}.level{n}": level for n, level in enumerate(levels)}
    for name in ("linear", "nb"):
        weights = model.members_[name].model_
        tensors |= {
            f"{name}.coef": np.ascontiguousarray(weights.coef),
            f"{name}.intercept": weights.intercept,
        }
        labels = weights.labels
        header[name] = {"model": "any", "labels": labels if labels is None else list(labels), "C": model.C_}
    tensors |= {f"linear.idf{n}": idf for n, idf in enumerate(model.members_["linear"].idf_)}
    ratios = model.members_["nb"].model_.ratios
    tensors["nb.ratios"] = np.array(list(ratios.of_columns(np.arange(len(ratios.totals)))))
    if "embedding" in model.members_:
        stored = model.members_["embedding"].model_.to_stored()
        tensors["embedding.vectors"] = np.ascontiguousarray(stored.vectors)
        for name in ("counts", "class_counts"):
            tensors[f"embedding.{name}"] = getattr(stored, name)
        del header["embedding"]["packed"]
    for name in ("intercepts", "thresholds", "evidence"):
        del header[name]
    del header["parameters"]["at_least_one"]
    tensors |= {"evidence.words": None, "evidence.characters": None, "fingerprints": None}
    naive_archive.rewrite(path, {"version": "2", "header": json.dumps(header)}, tensors)


def as_in_version_2(model, texts):
    """Weighted sums of scores, without intercepts and bounds."""
    prepared = model._preparer.prepare(texts, "test")
    scores = sum(member.scores(prepared) * model.weights_[name] for name, member in model.members_.items())
    if model.multilabel_:
        return 1 / (1 + np.exp(-scores))
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    return odds / odds.sum(axis=1, keepdims=True)


@pytest.mark.parametrize(
    ("texts", "labels", "options"),
    [
        (TEXTS, LABELS, {}),
        (MANY_TEXTS, MANY, {"vectors": small_vectors()}),
        (HAN_TEXTS, HAN_LABELS, {}),
        (TAGGED, SETS, {}),
        (TAGGED, [[*labels, "all"] for labels in SETS], {}),
        ([f"{text} " * 20 for text in TEXTS], LABELS, {}),
    ],
)
def test_files_of_the_version_before_are_read(texts, labels, options, tmp_path):
    model = train(texts, labels, **options)
    path = tmp_path / "model"
    model.save(path)
    in_the_old_layout(path, model)
    loaded = TextClassifier.load(path)
    expected = as_in_version_2(model, texts)
    assert loaded.predict_proba(texts) == pytest.approx(expected, abs=1e-9)
    assert loaded.evaluate(texts, labels).repeated is None
    loaded.save(tmp_path / "new")
    again = TextClassifier.load(tmp_path / "new")
    assert again.predict_proba(texts) == pytest.approx(expected, abs=1e-3)
    again.save(tmp_path / "newer")
    assert (tmp_path / "newer").read_bytes() == (tmp_path / "new").read_bytes()


def test_an_nbsvm_of_many_classes_takes_few_bytes_and_loses_nothing(tmp_path):
    rng = np.random.default_rng(1)
    X, y = sparse.csr_array((rng.random((300, 500)) < 0.01).astype(float)), rng.integers(20, size=300)
    model = NBSVMClassifier(alpha=0.3, random_state=1).fit(X, y)
    model.save(tmp_path / "new")
    loaded = NBSVMClassifier.load(tmp_path / "new")
    assert loaded.decision_function(X).tobytes() == model.decision_function(X).tobytes()
    assert loaded.log_count_ratios_.tobytes() == model.log_count_ratios_.tobytes()
    n_before = model.coef_.nbytes + model.log_count_ratios_.nbytes
    assert (tmp_path / "new").stat().st_size < 0.6 * n_before
    old = {"coef": model.coef_, "ratios": model.log_count_ratios_, "intercept": model.intercept_}
    with safe_open(tmp_path / "new", "numpy") as file:
        header = json.loads(file.metadata()["header"])
    del header["coef"], header["ratios"]
    parts = {"format": "wordvec nbsvm", "version": "2", "header": json.dumps(header)}
    naive_archive.write(tmp_path / "old", old, parts)
    before = NBSVMClassifier.load(tmp_path / "old")
    assert before.decision_function(X).tobytes() == model.decision_function(X).tobytes()
    before.save(tmp_path / "again")
    found = NBSVMClassifier.load(tmp_path / "again")
    assert found.decision_function(X).tobytes() == model.decision_function(X).tobytes()
