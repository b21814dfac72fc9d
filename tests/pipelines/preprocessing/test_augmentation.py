"""Easy data augmentation, and classifiers that train on augmented texts."""

import pickle
import re
from collections import Counter
from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy.stats import chisquare
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from wordvec.pipelines.preprocessing.augmentation import EDA
from wordvec.pipelines.preprocessing.augmented_classifier import AugmentedClassifier
from wordvec.pipelines.preprocessing.text_edits import EditableText
from wordvec.vectors.keyed_vectors import KeyedVectors

NONE = {"replace_rate": 0, "insert_rate": 0, "swap_rate": 0, "delete_rate": 0, "stop_words": None}
SYNONYMS = {"good": ["fine", "nice"], "film": ["movie"]}
ALL = {"replace_rate": 0.1, "insert_rate": 0.1, "swap_rate": 0.1, "delete_rate": 0.1, "stop_words": None}
TEXTS = ["a good film", "a bad film", "good acting", "bad acting"] * 5
LABELS = ["pos", "neg", "pos", "neg"] * 5


def eda(kind, rate, synonyms=SYNONYMS, **options):
    return EDA(synonyms, **{**NONE, f"{kind}_rate": rate, **options})


def copies_of(text, augmenter, n_copies=1):
    texts, _ = augmenter.augment([text], n_copies=n_copies)
    assert texts[0] == text
    return texts[1:]


# What one edit may give, by trying everything; each outcome as often as it is likely.


def all_replaced(words):
    places = [k for k, word in enumerate(words) if word in SYNONYMS]
    return {
        (*words[:k], other, *words[k + 1 :]): 1 / len(places) / len(SYNONYMS[words[k]])
        for k in places
        for other in SYNONYMS[words[k]]
    }


def all_inserted(words):
    found = Counter()
    known = [word for word in words if word in SYNONYMS]
    for word, place in product(known, range(len(words) + 1)):
        for other in SYNONYMS[word]:
            share = 1 / len(known) / (len(words) + 1) / len(SYNONYMS[word])
            found[(*words[:place], other, *words[place:])] += share
    return found


def all_swapped(words):
    found = Counter()
    pairs = list(permutations(range(len(words)), 2))
    for i, j in pairs:
        swapped = list(words)
        swapped[i], swapped[j] = words[j], words[i]
        found[tuple(swapped)] += 1 / len(pairs)
    return found


def all_deleted(words, rate):
    found = Counter()
    for stays in product([False, True], repeat=len(words)):
        p = np.prod([1 - rate if stay else rate for stay in stays])
        if any(stays):
            found[tuple(word for word, stay in zip(words, stays) if stay)] += p
        else:
            for word in words:
                found[(word,)] += p / len(words)
    return found


@pytest.mark.parametrize(
    ("kind", "rate", "outcomes"),
    [
        ("replace", 0.1, all_replaced),
        ("insert", 0.1, all_inserted),
        ("swap", 0.1, all_swapped),
        ("delete", 0.4, lambda words: all_deleted(words, 0.4)),
    ],
)
def test_each_outcome_is_as_likely_as_by_brute_force(kind, rate, outcomes):
    words = ["a", "good", "old", "film"]
    expected = outcomes(words)
    found = Counter(map(tuple, copies_of(words, eda(kind, rate), 4000)))
    assert found.keys() <= expected.keys()
    assert sum(expected.values()) == pytest.approx(1)
    # 1 in 1,000 of such tests would fail by chance; the seed is fixed, so this one does not.
    counts = [(found[outcome], 4000 * p) for outcome, p in expected.items()]
    assert chisquare(*zip(*counts)).pvalue > 1e-3


@given(words=st.lists(st.sampled_from(["good", "film", "a", "b", "c"]), max_size=12), seed=st.integers(0, 99))
@settings(deadline=None, max_examples=100)
def test_as_many_words_are_edited_as_the_rate_says(words, seed):
    n_edits, n_known = max(1, int(0.3 * len(words))), sum(word in SYNONYMS for word in words)
    (replaced,) = copies_of(words, eda("replace", 0.3, random_state=seed))
    changed = [(old, new) for old, new in zip(words, replaced) if old != new]
    assert len(replaced) == len(words) and len(changed) == min(n_edits, n_known)
    assert all(new in SYNONYMS[old] for old, new in changed)

    (inserted,) = copies_of(words, eda("insert", 0.3, random_state=seed))
    extra = Counter(inserted) - Counter(words)
    assert len(inserted) == len(words) + (n_edits if n_known else 0)
    assert set(extra) <= {other for word in words for other in SYNONYMS.get(word, ())}
    rest = iter(inserted)
    assert all(word in rest for word in words)  # in their order

    (swapped,) = copies_of(words, eda("swap", 0.3, random_state=seed))
    assert sorted(swapped) == sorted(words)
    assert sum(old != new for old, new in zip(words, swapped)) <= 2 * n_edits

    (left,) = copies_of(words, eda("delete", 0.3, random_state=seed))
    rest = iter(words)
    assert all(word in rest for word in left) and bool(left) == bool(words)


@pytest.mark.parametrize(
    ("kind", "text", "outcomes"),
    [
        ("replace", "  A Good, GOOD film!\n", {"  A Fine, FINE movie!\n"}),
        ("swap", "(one) two, three.", {"(two) one, three.", "(one) three, two.", "(three) two, one."}),
        ("insert", "Film!", {"Movie Film!", "Film Movie!"}),
        ("insert", "x, film.", {"movie x, film.", "x, movie film.", "x, film movie."}),
        ("delete", "(One two), three.", {"(One.", "(two.", "(three."}),
    ],
)
def test_what_stands_between_words_stays(kind, text, outcomes):
    synonyms = {"good": ["fine"], "film": ["movie"]}
    rate = {"replace": 1.0, "delete": 1.0}.get(kind, 0.1)
    assert set(copies_of(text, eda(kind, rate, synonyms), 60)) == outcomes


def test_deleting_takes_what_stands_before_a_word():
    found = set(copies_of("(one), two; three.", eda("delete", 0.4), 200))
    assert {"(two; three.", "(one; three.", "(one), two.", "(one), two; three."} <= found


def test_chinese_has_no_spaces():
    synonyms = {"电影": ["影片"]}
    assert set(copies_of("这部电影很好", eda("replace", 0.1, synonyms), 5)) == {"这部影片很好"}
    found = set(copies_of("电影很好。", eda("insert", 0.1, synonyms), 60))
    assert {"影片电影很好。", "电影影片很好。"} <= found and not any(" " in text for text in found)


def test_tokens_that_do_not_stand_in_the_text_are_joined():
    def stems(text):
        return [word.rstrip("s") for word in text.lower().split()]

    (text,) = copies_of("Good  films here", eda("replace", 1.0, tokenizer=stems))
    assert text in ("fine movie here", "nice movie here")


@given(st.text(), st.sampled_from(["word", "whitespace", "zh"]))
@settings(deadline=None, max_examples=200)
def test_a_cut_text_is_put_together_again(text, tokenizer):
    from wordvec.text.tokenizers import resolve_tokenizer

    tokens = resolve_tokenizer(tokenizer)(text)
    cut = EditableText.cut(text, tokens, " ")
    assert (str(cut), cut.tokens) == (text, tokens)


def test_texts_of_a_word_and_empty_ones_stay():
    texts = ["", "odd", " ?! ", [], ["odd"]]
    augmenter = EDA(SYNONYMS, **ALL)
    found, labels = augmenter.augment(texts, range(5), n_copies=4)
    assert found == texts * 5 and list(labels) == [*range(5)] * 5


def test_copies_of_a_text_undergo_all_kinds_of_edits_in_turn():
    text = [f"w{k}" for k in range(10)]
    synonyms = {word: ["new"] for word in text}
    texts, _ = EDA(synonyms, **ALL).augment([text] * 50, n_copies=4)
    for row in range(50):
        copies = texts[50 + row :: 50]
        kinds = Counter(
            "insert" if len(copy) > 10 else "delete" if len(copy) < 10 else "new" in copy for copy in copies
        )
        assert kinds["insert"] == 1 and kinds[True] == 1
        # Where no word was drawn for deletion, the copy is the text.
        assert kinds["delete"] + kinds[False] == 2
    # Which kind comes first is drawn.
    firsts = [len(copy) > 10 for copy in texts[50:100]]
    assert 3 < sum(firsts) < 25


def test_draws_are_a_function_of_seed_and_place():
    augmenter = EDA(SYNONYMS, **ALL)
    texts, labels = augmenter.augment(TEXTS, LABELS, n_copies=3)
    assert (texts, labels) == augmenter.augment(TEXTS, LABELS, n_copies=3)
    assert texts[:40] == augmenter.augment(TEXTS, n_copies=1)[0]
    fewer, _ = augmenter.augment(TEXTS[:7], n_copies=3)
    assert [fewer[k::7] for k in range(7)] == [texts[k::20] for k in range(7)]
    assert texts != clone(augmenter).set_params(random_state=2).augment(TEXTS, n_copies=3)[0]
    drawn = [
        EDA(SYNONYMS, **ALL, random_state=np.random.RandomState(seed)).augment(TEXTS)[0] for seed in (1, 1, 2)
    ]
    assert drawn[0] == drawn[1] != drawn[2]


def test_labels_keep_their_kind():
    augmenter = eda("swap", 0.1)
    assert augmenter.augment(["a b"], n_copies=2)[1] is None
    assert augmenter.augment(["a b", "c"], ("x", "y"), n_copies=1)[1] == ["x", "y", "x", "y"]
    assert augmenter.augment(["a b"], [{"x", "y"}], n_copies=1)[1] == [{"x", "y"}] * 2
    matrix = np.array([[0, 1], [1, 1]])
    _, labels = augmenter.augment(np.array(["a b", "c"]), matrix, n_copies=1)
    np.testing.assert_array_equal(labels, [[0, 1], [1, 1], [0, 1], [1, 1]])
    assert augmenter.augment(["a b"], ["x"], n_copies=0) == (["a b"], ["x"])


@pytest.fixture
def vectors():
    words = ["the", "good", "fine", "Fine", "2nd", "3", "bad", "film", "not", "rare"]
    return KeyedVectors(np.random.default_rng(3).normal(size=(len(words), 3)), words)


def test_synonyms_are_the_nearest_neighbours(vectors):
    stops = {"the", "not"}
    augmenter = EDA(vectors, n_neighbors=6, min_similarity=0.1, restrict_vocab=9, stop_words=stops)
    found = augmenter.find_synonyms(["The good FILM, 3 Fine, not bad; Fine unknown 2nd"])
    table = dict(zip(vectors.index_to_key, vectors.vectors.astype(float)))

    def naive_synonyms(key):
        def cosine(other):
            return table[key] @ table[other] / np.linalg.norm(table[key]) / np.linalg.norm(table[other])

        nearest = sorted((w for w in vectors.index_to_key[:9] if w != key), key=cosine, reverse=True)[:6]
        barred = {*stops, "3"}
        return [w for w in nearest if cosine(w) >= 0.1 and w not in barred and w.lower() != key.lower()]

    expected = {word: naive_synonyms(word) for word in ("good", "Fine", "bad", "2nd")}
    expected["FILM"] = [word.upper() for word in naive_synonyms("film")]
    assert found == {word: others for word, others in expected.items() if others}
    assert len(found) >= 4 and any(len(others) > 1 for others in found.values())
    # What was found can be passed instead.
    again = EDA(found, stop_words=stops)
    assert again.find_synonyms([list(found)]) == found


@pytest.mark.smoke
def test_stop_words_of_both_languages():
    synonyms = {word: ["new"] for word in ("not", "film", "不", "电影", "，")}
    assert EDA(synonyms).find_synonyms(["Not a film"]) == {"film": ["new"]}
    assert EDA(synonyms).find_synonyms([["不", "电影", "，"]]) == {"电影": ["new"]}
    assert EDA(synonyms, stop_words=None).find_synonyms(["not film"]) == {"not": ["new"], "film": ["new"]}


class Recorder(ClassifierMixin, BaseEstimator):
    """A classifier that keeps what it was trained on."""

    seen: list = []  # noqa: RUF012

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        Recorder.seen.append((list(X), list(y)))
        return self

    def predict(self, X):
        assert list(X)
        self.seen.append(list(X))
        return [self.classes_[0]] * len(X)


def test_no_copy_of_a_held_out_text_is_trained_on():
    texts = [f"only{k} word{k}" for k in range(12)]
    Recorder.seen = []
    model = AugmentedClassifier(Recorder(), eda("swap", 0.1), n_copies=3)
    cross_val_score(model, texts, ["a", "b"] * 6, cv=3)
    for (train, labels), held_out in zip(Recorder.seen[::2], Recorder.seen[1::2]):
        assert len(train) == len(labels) == 32 and len(held_out) == 4
        assert set(held_out) < set(texts)  # as they are
        numbers = {re.search(r"\d+", text)[0] for text in train}
        assert numbers.isdisjoint(re.search(r"\d+", text)[0] for text in held_out)
        assert Counter(zip(train, labels)) == Counter(
            (text, "ab"[int(number) % 2])
            for number in numbers
            for text in [f"only{number} word{number}"] + [f"word{number} only{number}"] * 3
        )


@pytest.mark.smoke
def test_it_is_a_classifier_for_scikit_learn():
    linear = make_pipeline(TfidfVectorizer(), LogisticRegression())
    model = AugmentedClassifier(linear, EDA(SYNONYMS, **ALL), n_copies=2)
    with pytest.raises(NotFittedError):
        model.predict(["good"])
    search = GridSearchCV(
        model,
        {
            "augmenter__swap_rate": [0.1, 0.3],
            "classifier__logisticregression__C": [1, 10],
            "n_copies": [0, 1],
        },
        cv=2,
    ).fit(TEXTS, LABELS)
    assert search.best_score_ == 1 and search.score(TEXTS, LABELS) == 1
    fitted = clone(model).fit(TEXTS, LABELS)
    assert not hasattr(model, "classifier_") and fitted.classes_.tolist() == ["neg", "pos"]
    expected = clone(linear).fit(*EDA(SYNONYMS, **ALL).augment(TEXTS, LABELS, n_copies=2))
    new = ["a fine film", "bad", ""]
    for method in ("predict", "predict_proba", "decision_function"):
        np.testing.assert_array_equal(getattr(fitted, method)(new), getattr(expected, method)(new))
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.predict_proba(new), fitted.predict_proba(new))
    assert not hasattr(AugmentedClassifier(LinearSVC(), EDA()), "predict_proba")
    assert "fine" in fitted.classifier_[0].vocabulary_


def test_a_clone_shares_the_vectors(vectors):
    assert clone(EDA(vectors)).synonyms is vectors


@pytest.mark.parametrize(
    ("options", "error", "parts"),
    [
        ({"replace_rate": 1.5}, ValueError, ["replace_rate", "at most 1", "1.5"]),
        ({"swap_rate": "much"}, TypeError, ["swap_rate", "'much'"]),
        ({"n_neighbors": 0, "synonyms": "vectors"}, ValueError, ["n_neighbors", "0"]),
        ({"min_similarity": 2, "synonyms": "vectors"}, ValueError, ["min_similarity", "2"]),
        ({"restrict_vocab": 0, "synonyms": "vectors"}, ValueError, ["restrict_vocab", "0"]),
        ({"synonyms": None}, ValueError, ["synonyms", "insert_rate", "KeyedVectors"]),
        ({"synonyms": None, "replace_rate": 0.1}, ValueError, ["replace_rate or insert_rate"]),
        ({"synonyms": ["good"]}, TypeError, ["synonyms", "['good']", "wv_"]),
        ({"synonyms": {"good": "fine"}}, TypeError, ["synonyms['good']", "list of words", "'fine' instead"]),
        ({"synonyms": {"good": None}}, TypeError, ["synonyms['good']", "list of words", "None instead"]),
        ({"synonyms": {"good": ["fine", 3]}}, TypeError, ["synonyms['good']", "list of words", "3] instead"]),
        ({"stop_words": "german"}, TypeError, ["stop_words", "'auto'", "'german'"]),
        ({"stop_words": [1]}, TypeError, ["stop_words", "Got [1]"]),
        ({"tokenizer": "latin"}, ValueError, ["tokenizer", "'latin'"]),
        ({"random_state": -1}, ValueError, ["random_state", "-1"]),
        (NONE, ValueError, ["All rates of EDA are 0"]),
    ],
)
def test_bad_parameters(vectors, options, error, parts):
    options = {"synonyms": SYNONYMS, **options}
    if options["synonyms"] == "vectors":
        options["synonyms"] = vectors
    with pytest.raises(error) as caught:
        EDA(**options).augment(["a good film"])
    assert all(part in str(caught.value) for part in parts)


@pytest.mark.parametrize(
    ("texts", "labels", "n_copies", "error", "parts"),
    [
        ("a good film", None, 1, TypeError, ["one str", "[text]"]),
        (["good", None], None, 1, TypeError, ["Text 1 of EDA.augment", "None"]),
        ([["good", 3]], None, 1, TypeError, ["Token 1 of text 0", "3"]),
        (["good"], ["a", "b"], 1, ValueError, ["1 text and 2 labels"]),
        (["good"], "a", 1, TypeError, ["labels of EDA.augment", "Got str"]),
        (["good"], {"a"}, 1, TypeError, ["labels of EDA.augment", "Got set"]),
        (["good"], 3, 1, TypeError, ["labels of EDA.augment", "Got int"]),
        (["good"], None, -1, ValueError, ["n_copies", "-1"]),
    ],
)
def test_bad_input(texts, labels, n_copies, error, parts):
    with pytest.raises(error) as caught:
        EDA(SYNONYMS).augment(texts, labels, n_copies=n_copies)
    assert all(part in str(caught.value) for part in parts)


def test_an_augmenter_that_is_none():
    with pytest.raises(TypeError, match="augmenter parameter of AugmentedClassifier .* Got 'EDA'"):
        AugmentedClassifier(Recorder(), "EDA").fit(TEXTS, LABELS)
