"""Lexical features of a tagger: gazetteers, clusters, and the cross-fitted dictionary, against brute force."""

import json
import pickle
import subprocess
import sys

import naive_archive
import naive_dictionary
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from safetensors import safe_open
from sklearn.base import clone

from wordvec import KeyedVectors
from wordvec.pipelines.tagging import Columns, CRFTagger, TokenFeatures, cluster_vectors
from wordvec.pipelines.tagging.features.dictionary import N_FOLDS, cross_fitted, draw_folds
from wordvec.pipelines.tagging.features.encoding import number_words
from wordvec.schemes.spans import tags_to_spans

from .support import FEATURES, VECTORS, X, Y, fit

FAST = settings(deadline=None, max_examples=60)
WORDS = st.sampled_from(["Ada", "ada", "of", "Rome", "x|y", "a"])
TAGS = st.sampled_from(["N", "V", "B|C", "\\"])
TAGGED = st.lists(st.lists(st.tuples(WORDS, TAGS), max_size=5), min_size=1, max_size=25)
CHARACTERS = st.lists(
    st.lists(
        st.tuples(st.sampled_from("京北大市"), st.sampled_from(["B-L", "I-L", "B-P", "I-P", "O"])),
        max_size=11,
    ),
    min_size=1,
    max_size=25,
)
MANY_X = [*X, ["Ada", "left", "Bob", "in", "New", "York"]] * 12
MANY_Y = [*Y, ["B-PER", "O", "B-PER", "O", "B-LOC", "I-LOC"]] * 12
UNSEEN = [["Eve", "left", "Turin"], [], ["in", "NEW", "Oslo"]]


def values(column, words):
    """Return the value of a column at each token, None for none, a list for each sentence."""
    codes = column.codes[words.type_ids] if column.by_type else column.codes
    of_token = [None if code < 0 else column.values[code] for code in codes.tolist()]
    return [of_token[a:b] for a, b in zip(words.starts, words.starts[1:])]


def without(items, folds, fold):
    return [item for item, own in zip(items, folds) if own != fold]


@FAST
@given(TAGGED, st.integers(0, 9))
def test_a_training_sentence_sees_the_tags_of_the_other_folds_alone(rows, seed):
    sentences = [[word for word, _ in row] for row in rows]
    tags = [[tag for _, tag in row] for row in rows]
    folds = draw_folds(len(rows), seed)
    dictionary, [column] = cross_fitted(sentences, tags, folds, by_name=False)
    assert (column.name, column.has_bigrams) == ("dict.tags", True)
    own = [
        naive_dictionary.tags_of_words(without(sentences, folds, k), without(tags, folds, k))
        for k in range(N_FOLDS)
    ]
    want = [naive_dictionary.mark_tags(words, own[fold]) for words, fold in zip(sentences, folds)]
    assert values(column.column, number_words(sentences)) == want
    assert len(set(column.column.values)) == len(column.column.values)
    # New sentences are looked up in all of them.
    whole = naive_dictionary.tags_of_words(sentences, tags)
    assert dictionary.tags == whole
    new = [["ADA", "of", "Oslo"], [], ["a"]]
    for found in dictionary.columns(number_words(new)):
        assert values(found.column, number_words(new)) == [naive_dictionary.mark_tags(s, whole) for s in new]


@FAST
@given(CHARACTERS, st.integers(0, 9))
def test_a_training_sentence_sees_the_names_of_the_other_folds_alone(rows, seed):
    sentences = ["".join(character for character, _ in row) for row in rows]
    tags = [[tag for _, tag in row] for row in rows]
    spans = list(map(tags_to_spans, tags))
    folds = draw_folds(len(rows), seed)
    dictionary, columns = cross_fitted(sentences, tags, folds, by_name=True)
    own = [
        naive_dictionary.types_of_names(without(sentences, folds, k), without(spans, folds, k))
        for k in range(N_FOLDS)
    ]
    assert_names(columns, sentences, [own[fold] for fold in folds])
    whole = naive_dictionary.types_of_names(sentences, spans)
    assert dictionary.phrases == whole
    new = ["在北京大市", "", "京"]
    if whole:
        assert_names(dictionary.columns(number_words(new)), new, [whole] * 3)


def assert_names(columns, sentences, types_of):
    """Assert that columns are those of each sentence by its own dictionary."""
    words = number_words(sentences)
    found = {column.name: values(column.column, words) for column in columns}
    assert found.pop("dict.name") == [
        naive_dictionary.mark_names(s, own) for s, own in zip(sentences, types_of)
    ]
    lengths = [naive_dictionary.mark_lengths(s, own) for s, own in zip(sentences, types_of)]
    for k, name in enumerate(("dict.begins", "dict.ends", "dict.inside")):
        assert found.pop(name) == [rows[k] for rows in lengths]
    assert not found


@pytest.mark.parametrize("kind", ["word", "char"])
def test_the_tags_of_a_sentence_do_not_change_its_own_features(kind):
    X = [["北京", "大学", "好"], ["在", "北京"]] * 20
    y = [["B-L", "I-L", "O"], ["O", "B-L"]] * 20
    folds = draw_folds(len(X), 3)
    marked = number_words(X)
    before = values(cross_fitted(X, y, folds, by_name=kind == "char")[1][0].column, marked)
    for s in (0, 1, 7, 39):
        changed = [*y[:s], ["B-P" for _ in X[s]], *y[s + 1 :]]
        after = values(cross_fitted(X, changed, folds, by_name=kind == "char")[1][0].column, marked)
        # Nor those of its fold; the others may see them.
        for k in np.flatnonzero(folds == folds[s]):
            assert after[k] == before[k]


@pytest.mark.parametrize("n", [0, 1, 2, 9, 10, 11, 250, 5003])
def test_folds(n):
    folds = draw_folds(n, 1)
    assert len(folds) == n
    assert (folds == draw_folds(n, 1)).all()
    assert len(set(folds.tolist())) == min(n, N_FOLDS)
    if n > 100:
        assert np.bincount(folds).max() < 2 * n / N_FOLDS
        assert (folds != draw_folds(n, 2)).any()
        # Neighbours share a fold.
        assert (folds[1:] == folds[:-1]).mean() > 0.4


CASES = {
    "dictionary": {"dictionary": True},
    "gazetteers": {"gazetteers": {"CITY": {"New York", ("Turin",)}, "PER": ["Ada"]}},
    "clusters": {"vectors": VECTORS, "n_clusters": (2, 3)},
    "clusters alone": {"vectors": VECTORS, "n_clusters": 2, "vector_window": None},
    "all": {
        "vectors": [VECTORS, KeyedVectors(np.eye(3, dtype=np.float32), ["left", "new", "york"])],
        "n_clusters": [2],
        "gazetteers": {"CITY": ["New York"]},
        "dictionary": True,
        "vector_window": 1,
        "features": TokenFeatures(gazetteers={"X": ["Ada"]}, clusters={"ada": [5]}),
    },
    "sgd": {"algorithm": "sgd", "dictionary": True, "random_state": 5},
}


def same(one, other):
    assert one.predict(UNSEEN) == other.predict(UNSEEN)
    for a, b in zip(one.predict_marginals(UNSEEN), other.predict_marginals(UNSEEN)):
        assert a.tobytes() == b.tobytes()


@pytest.mark.parametrize("case", CASES)
def test_stored_copied_and_pickled(case, tmp_path):
    tagger = fit(MANY_X, MANY_Y, **CASES[case])
    tagger.save(tmp_path / "one")
    loaded = CRFTagger.load(tmp_path / "one")
    same(tagger, loaded)
    same(tagger, pickle.loads(pickle.dumps(tagger)))
    same(tagger, clone(loaded).fit(MANY_X, MANY_Y))
    loaded.save(tmp_path / "two")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert tagger.explain(UNSEEN[0]).format() == loaded.explain(UNSEEN[0]).format()


@pytest.mark.parametrize("case", CASES)
def test_the_same_at_any_number_of_threads(case):
    one, two = (fit(MANY_X, MANY_Y, n_jobs=n, **CASES[case]) for n in (1, 2))
    same(one, two)


def test_a_tagger_without_them_has_no_lexicon(tmp_path):
    tagger = fit()
    assert tagger.lexicon_ is None
    tagger.save(tmp_path / "file")
    assert CRFTagger.load(tmp_path / "file").lexicon_ is None


DAMAGES = {
    "no lexicon": {"lexicon": None},
    "no object": {"lexicon": []},
    "null": {"lexicon": "null"},
    "gazetteers that are a number": {"lexicon": {"gazetteers": 3, "dictionary": None}},
    "a phrase of numbers": {"lexicon": {"gazetteers": {"A": [[3]]}, "dictionary": None}},
    "a dictionary of numbers": {
        "lexicon": {"gazetteers": {}, "dictionary": {"tags": {"a": 3}, "phrases": []}}
    },
    "no clusters": {"clusters0": None},
    "clusters of other words": {"clusters0": np.zeros((3, 1), np.int32)},
    "clusters that are no integers": {"clusters0": np.zeros((4, 1), np.float32)},
}


@pytest.mark.parametrize("case", DAMAGES)
def test_a_damaged_lexicon_is_found(case, tmp_path):
    path = tmp_path / "file"
    fit(vectors=VECTORS, n_clusters=2, dictionary=True, gazetteers={"A": ["Ada"]}).save(path)
    with safe_open(path, "numpy") as file:
        settings_of_file = {"settings": file.metadata()["settings"]}
    tensors = {
        name: np.frombuffer((value if isinstance(value, str) else json.dumps(value)).encode(), np.uint8)
        if name == "lexicon" and value is not None
        else value
        for name, value in DAMAGES[case].items()
    }
    naive_archive.rewrite(path, settings_of_file, tensors)
    with pytest.raises(ValueError, match="cannot be read as a tagger"):
        CRFTagger.load(path)


def attributes(tagger, beginning):
    return {name for name in tagger.attributes_.index_to_attribute if name.startswith(beginning)}


def test_gazetteers_are_those_of_the_extractor():
    names = {"CITY": ["New York", "Turin"]}
    same(fit(MANY_X, MANY_Y, gazetteers=names), fit(MANY_X, MANY_Y, features=TokenFeatures(gazetteers=names)))
    characters = TokenFeatures(kind="char")
    X, y = ["我在北京", "北京好"], [["O", "O", "B-L", "I-L"], ["B-L", "I-L", "O"]]
    tagger = fit(X, y, gazetteers={"城": ["北京", "上海"]}, features=characters)
    assert {"gaz.城[0]=B", "gaz.城[0]=I"} <= attributes(tagger, "gaz")


def test_clusters_are_those_of_cluster_vectors():
    own = cluster_vectors(VECTORS, (2, 3), random_state=7)
    given = TokenFeatures(clusters=dict(zip(VECTORS.index_to_key, own.tolist())))
    one = fit(MANY_X, MANY_Y, vectors=VECTORS, n_clusters=(2, 3), random_state=7)
    same(one, fit(MANY_X, MANY_Y, vectors=VECTORS, features=given, random_state=7))
    assert not fit(vectors=VECTORS, n_clusters=2, vector_window=None).model_.dense_OEL.size
    # Those of vectors beside those of the extractor: numbered on.
    both = fit(MANY_X, MANY_Y, vectors=VECTORS, n_clusters=2, features=given)
    assert {name[:8] for name in attributes(both, "cluster")} == {"cluster0", "cluster1", "cluster2"}


def test_columns_and_validation_data():
    sentences = [Columns(words, pos=["N"] * len(words)) for words in MANY_X]
    options = {"dictionary": True, "features": TokenFeatures(columns=["pos"])}
    tagger = fit(sentences, MANY_Y, sentences[:3], MANY_Y[:3], **options)
    assert attributes(tagger, "dict.tags[0]=B-PER")
    assert attributes(tagger, "pos[0]=N")
    assert max(tagger.validation_curve_) == 1.0


@pytest.mark.parametrize(
    ("X", "y", "kind"),
    [
        ([["Ada"]], [["N"]], "word"),
        ([["a"], []], [["N"], []], "word"),
        (["北"], [["O"]], "char"),
        (["北京", ""], [["B", "E"], []], "char"),
    ],
)
def test_few_sentences(X, y, kind, tmp_path):
    tagger = fit(X, y, dictionary=True, features=TokenFeatures(kind=kind))
    tagger.save(tmp_path / "file")
    assert CRFTagger.load(tmp_path / "file").predict(X) == tagger.predict(X)


BAD = {
    "clusters without vectors": ({"n_clusters": 4}, "n_clusters parameter of CRFTagger must be left out without"),
    "more clusters than words": ({"n_clusters": (2, 9), "vectors": VECTORS}, "must be at most 4, the number of words"),
    "one cluster": ({"n_clusters": 1, "vectors": VECTORS}, "n_clusters parameter of CRFTagger must be a number of"),
    "no window and no clusters": ({"vectors": VECTORS, "vector_window": None}, "vector_window parameter of CRFTagger"),
    "a str for phrases": ({"gazetteers": {"A": "Rome"}}, "gazetteers parameter of CRFTagger must map each name"),
    "a name with a sign": ({"gazetteers": {"A=": ["Rome"]}}, "gazetteers parameter of CRFTagger must have names"),
    "a phrase of numbers": ({"gazetteers": {"A": [3]}}, "A phrase of the gazetteer 'A' must be a str"),
    "a name that features have": (
        {"gazetteers": {"A": ["Ada"]}, "features": TokenFeatures(gazetteers={"A": ["Bob"]})},
        "must have other names than those of features",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_options(case):
    parameters, message = BAD[case]
    with pytest.raises((TypeError, ValueError), match=message):
        fit(**parameters)


@pytest.mark.parametrize(
    "parameters",
    [{"dictionary": True}, {"gazetteers": {"A": ["Ada"]}}, {"n_clusters": 2, "vectors": VECTORS}],
)
def test_features_of_the_callers_own_are_refused(parameters):
    with pytest.raises(ValueError, match="must be left out unless tokens are words"):
        fit(FEATURES, **parameters)
    with pytest.raises(ValueError, match="must be left out unless tokens are words"):
        fit([[{"w": 1.0}, {"x": True}]], [["N", "V"]], **parameters)


def test_other_vectors_after_training_are_not_stored(tmp_path):
    tagger = fit(vectors=VECTORS, n_clusters=2, vector_window=None)
    before = tagger.predict(UNSEEN)
    tagger.vectors = KeyedVectors(np.eye(4, dtype=np.float32), ["a", "b", "c", "d"])
    assert tagger.predict(UNSEEN) == before  # clusters are those of training
    with pytest.raises(ValueError, match="clusters of its vectors cannot be stored with others"):
        tagger.save(tmp_path / "file")


def test_a_gazetteer_that_is_of_no_use_is_told():
    with pytest.warns(UserWarning, match="No phrase of the gazetteer 'B' occurs in the training data"):
        fit(gazetteers={"A": ["Turin"], "B": ["turin", "Paris"]})


@pytest.mark.process
def test_the_same_dictionary_in_every_process():
    code = (
        "from wordvec.pipelines import CRFTagger; X = [['Ada', 'left'], ['Bob', 'left', 'Ada']] * 9; "
        "y = [['N', 'V'], ['N', 'V', 'M']] * 9; "
        "print(CRFTagger(dictionary=True, max_iter=3, verbose=False).fit(X, y).objective_)"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed},
        )
        for seed in ("1", "2")
    ]
    assert runs[0].stdout == runs[1].stdout != ""
