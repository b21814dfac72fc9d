"""The parts of `TextClassifier`: n-grams, members, the blend, labels; and that no fold sees another."""

import math

import numpy as np
import pytest
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.multiclass import OneVsRestClassifier
from sklearn.preprocessing import normalize
from sklearn.svm import LinearSVC

from wordvec.pipelines.classification.blend import (
    ENOUGH_TEXTS,
    PRIOR_WEIGHTS,
    Blend,
    fit_blend,
    held_out_folds,
    log_loss,
    probabilities,
)
from wordvec.pipelines.classification.labels import number_targets
from wordvec.pipelines.classification.members import (
    LabelwiseClassifier,
    LinearMember,
    Settings,
    make_members,
    tf_idf,
    two_sided,
)
from wordvec.pipelines.classification.ngrams import index_ngrams
from wordvec.pipelines.classification.texts import MAX_MEAN_CHARACTERS, learn_texts
from wordvec.text.tokenized_texts import EncodedTexts
from wordvec.text.tokenizers import resolve_tokenizer

from .support import chinese_reviews, reviews, small_vectors, tagged_reviews

WORD = resolve_tokenizer("word", True)
MEMBERS = ["linear", "nb", "embedding", "document"]


def prepared(texts, *, is_chinese=False, tokenize=WORD):
    return learn_texts(texts, tokenize, is_chinese, "test")


def encoded(texts, symbols):
    places = {symbol: place for place, symbol in enumerate(symbols)}
    ids = np.array([places.get(symbol, -1) for text in texts for symbol in text], np.int32)
    return EncodedTexts(ids, np.concatenate([[0], np.cumsum(list(map(len, texts)))]).astype(np.int64))


def settings_of(labels, **options):
    return Settings(n_classes=len(set(labels)), class_weight=None, n_jobs=1, seed=1, **options)


def by_name(names, counts):
    """Return counts as a dict of n-gram to counts in each text, without empty columns."""
    columns = np.asarray(counts.todense()).T
    return {name: column.tolist() for name, column in zip(names, columns) if column.any()}


def as_expected(vectorizer, texts):
    counts = vectorizer.transform(texts)
    return by_name(vectorizer.get_feature_names_out(), counts)


# N-grams.


@pytest.mark.parametrize("longest", [1, 2, 3])
def test_words_are_counted_as_by_count_vectorizer(longest):
    texts = [text.split() for text in reviews(40)[0]] + [[], ["good"], ["good"] * 5]
    symbols = sorted({word for text in texts for word in text})
    index, counts = index_ngrams(encoded(texts, symbols), symbols, 1, longest)
    reference = CountVectorizer(
        analyzer="word", ngram_range=(1, longest), tokenizer=str.split, token_pattern=None
    )
    reference.fit([" ".join(text) for text in texts])
    assert sorted(index.names(" ")) == sorted(reference.vocabulary_)
    assert len(index) == counts.shape[1] == len(reference.vocabulary_)
    assert by_name(index.names(" "), counts) == as_expected(reference, [" ".join(text) for text in texts])
    # Other texts, with n-grams and words that training has not seen.
    others = [["good", "unseen", "good"], ["town", "good", "the"], [], ["unseen"], *texts[:5][::-1]]
    found = index.counts(encoded(others, symbols))
    assert by_name(index.names(" "), found) == as_expected(reference, [" ".join(text) for text in others])


def test_no_ngram_reaches_over_an_unknown_word():
    index, _ = index_ngrams(encoded([["a", "b", "a"]], "ab"), "ab", 1, 2)
    assert by_name(index.names(" "), index.counts(encoded([["a", "x", "b"]], "ab"))) == {"a": [1], "b": [1]}


def test_some_columns_are_kept():
    texts = [text.split() for text in reviews(30)[0]]
    symbols = sorted({word for text in texts for word in text})
    index, counts = index_ngrams(encoded(texts, symbols), symbols, 1, 2)
    is_kept = np.asarray((counts > 0).sum(axis=0)).ravel() >= 4
    part = index.keep(is_kept)
    names = [name for name, kept in zip(index.names(" "), is_kept.tolist()) if kept]
    assert part.names(" ") == names
    places = np.array(
        [part.symbols.index(word) if word in part.symbols else -1 for word in symbols], np.int32
    )
    whole = encoded(texts, symbols)
    found = part.counts(EncodedTexts(places[whole.ids], whole.starts))
    assert (found != counts[:, np.flatnonzero(is_kept)]).nnz == 0


def test_characters_are_those_of_char_wb():
    texts, _ = reviews(40)
    texts += ["  two\tblanks  and\na break ", "É", "it's 5", "x"]
    preparer, given = prepared(texts)
    reference = CountVectorizer(analyzer="char_wb", ngram_range=(2, 5), lowercase=True).fit(texts)
    expected = as_expected(reference, texts)
    found = by_name(preparer.characters.names(""), given.char_counts)
    # char_wb counts the n-grams that are as long as a whole word with its blanks once, and so do we.
    assert found == expected
    others = ["a godly story", "unseen ünseen", ""]
    again = preparer.prepare(others, "test")
    assert by_name(preparer.characters.names(""), again.char_counts) == as_expected(reference, others)


def test_han_characters_are_those_of_char():
    texts, _ = chinese_reviews(40)
    preparer, given = prepared(texts, is_chinese=True, tokenize=list)
    reference = CountVectorizer(analyzer="char", ngram_range=(1, 3)).fit(texts)
    names = preparer.characters.names("")
    assert sorted(names) == sorted(reference.vocabulary_)
    assert by_name(names, given.char_counts) == as_expected(reference, texts)
    # Blanks break Chinese texts.
    assert set(by_name(names, preparer.prepare(["好 看"], "test").char_counts)) == {"好", "看"}


def test_long_texts_go_without_characters_and_rare_pairs():
    texts, _ = reviews(20)
    long = [f"{text} only{row} here{row} " * 20 for row, text in enumerate(texts)]
    assert sum(map(len, long)) > MAX_MEAN_CHARACTERS * len(long)
    preparer, given = prepared(long)
    assert preparer.characters is None
    assert given.char_counts is None
    names = preparer.words.names(" ")
    assert {"only3", "here3"} < set(names)
    assert "only3 here3" not in names
    reference = CountVectorizer(ngram_range=(1, 2), token_pattern=r"\S+", min_df=2).fit(long)
    pairs = {name for name in names if " " in name}
    assert pairs == {name for name in reference.vocabulary_ if " " in name}


def test_token_lists_and_texts_are_prepared_alike():
    texts, _ = reviews(30)
    one, other = (prepared(each)[1] for each in (texts, [text.split() for text in texts]))
    assert list(one.tokens) == list(other.tokens)
    for name in ("word_counts", "char_counts"):
        assert (getattr(one, name) != getattr(other, name)).nnz == 0


# Members.


def test_tf_idf_is_that_of_scikit_learn_fitted_on_the_fold_alone():
    texts, labels = reviews(60)
    texts = [f"{text} only{row}" for row, text in enumerate(texts)]
    _, given = prepared(texts)
    train, held_out = np.arange(40), np.arange(40, 60)
    member = LinearMember(settings_of(labels), 0.5).fit(given.part(train), np.arange(40) % 2)
    for counts, idf, options in (
        (given.word_counts, member.idf_[0], dict(ngram_range=(1, 2), token_pattern=r"\S+")),
        (given.char_counts, member.idf_[1], dict(ngram_range=(2, 5), analyzer="char_wb", min_df=2)),
    ):
        reference = TfidfVectorizer(sublinear_tf=True, **options).fit(texts[:40])
        for rows in (train, held_out):
            found = tf_idf(counts[rows], idf)
            expected = reference.transform([texts[row] for row in rows])
            # The columns are in another order; those of zeros are n-grams that the fold has not seen.
            assert (found @ found.T - expected @ expected.T).max() < 1e-12
            sums = np.sort(np.asarray(found.sum(axis=0)).ravel())[::-1][: expected.shape[1]]
            assert sums == pytest.approx(np.sort(np.asarray(expected.sum(axis=0)).ravel())[::-1])


@pytest.mark.parametrize("is_long", [False, True], ids=["short", "long"])
@pytest.mark.parametrize("name", MEMBERS)
def test_a_member_of_a_fold_is_as_if_there_were_no_other_texts(name, is_long):
    """N-gram tables, IDF, naive Bayes ratios, uSIF statistics: all are of the training part."""
    texts, labels = reviews(60)
    texts = [
        f"{text} poison{row} poison{row} odd{row // 2} thing{row // 3}" * (12 if is_long else 1)
        for row, text in enumerate(texts)
    ]
    target = (np.array(labels) == "pos").astype(int)
    rows = np.random.default_rng(0).permutation(60)
    train, held_out = rows[:40], rows[40:]
    _, everything = prepared(texts)
    preparer, alone = prepared([texts[row] for row in train])
    unseen = preparer.prepare([texts[row] for row in held_out], "test")
    settings = settings_of(labels, vectors=small_vectors())
    members = [make_members(settings, is_multilabel=False, c=0.5)[name] for _ in range(2)]
    found = members[0].fit(everything.part(train), target[train]).scores(everything.part(held_out))
    expected = members[1].fit(alone, target[train]).scores(unseen)
    assert found == pytest.approx(expected, abs=1e-9)
    assert np.abs(expected).max() > 0.1


def test_scores_have_a_column_for_each_class():
    assert two_sided(np.array([1.0, -3.0]), 2).tolist() == [[-0.5, 0.5], [1.5, -1.5]]
    three = np.arange(6.0).reshape(2, 3)
    assert (two_sided(three, 3) == three).all()
    for classes in (("neg", "pos"), ("mixed", "neg", "pos")):
        texts, labels = reviews(45, classes)
        _, target, _ = number_targets(labels, 45, "test")
        _, given = prepared(texts)
        for member in make_members(
            settings_of(labels, vectors=small_vectors()), is_multilabel=False, c=0.5
        ).values():
            scores = member.fit(given, target).scores(given)
            assert scores.shape == (45, len(classes))
            assert (scores.argmax(axis=1) == target).mean() > 0.8


def test_labels_are_learned_as_by_one_vs_rest():
    rng = np.random.default_rng(0)
    X, target = rng.normal(size=(40, 5)), rng.random((40, 3)) < 0.5
    target[:, 2] |= X[:, 0] > 0
    found = LabelwiseClassifier(LinearSVC(random_state=0)).fit(X, target)
    expected = OneVsRestClassifier(LinearSVC(random_state=0)).fit(X, target)
    assert (found.decision_function(X) == expected.decision_function(X)).all()


@pytest.mark.filterwarnings("error")
def test_constant_labels_have_certain_scores():
    X, target = np.eye(4), np.array([[0, 1, 1], [0, 1, 0], [0, 1, 1], [0, 1, 0]], bool)
    scores = LabelwiseClassifier(LinearSVC(random_state=0)).fit(X, target).decision_function(X)
    assert (scores[:, 0] < -2).all()
    assert (scores[:, 1] > 2).all()
    assert ((scores[:, 2] > 0) == target[:, 2]).all()


def test_members_of_several_labels():
    texts, sets = tagged_reviews(80)
    _, target, _ = number_targets(sets, 80, "test")
    _, given = prepared(texts)
    settings = Settings(3, None, 1, 1, small_vectors())
    members = make_members(settings, is_multilabel=True, c=0.5)
    assert list(members) == ["linear", "nb", "document"]
    for member in members.values():
        scores = member.fit(given, target).scores(given)
        assert scores.shape == (80, 3)
        assert ((scores > 0) == target).mean() > 0.8


# The blend.


def naive_objective(weights, scores, target, start):
    """Mean loss of the weighted scores, and the penalty, text by text."""
    total = 0.0
    for row, truth in enumerate(target):
        z = sum(weight * each[row] for weight, each in zip(weights, scores))
        if np.ndim(truth):
            p = 1 / (1 + np.exp(-z))
            total -= np.log(np.where(truth, p, 1 - p)).mean()
        else:
            total -= math.log(np.exp(z[truth]) / np.exp(z).sum())
    penalty = sum((math.log(weight) - math.log(first)) ** 2 for weight, first in zip(weights, start))
    return (total + penalty) / len(target)


@pytest.mark.parametrize("is_multilabel", [False, True])
def test_weights_are_those_of_brute_force(is_multilabel):
    rng = np.random.default_rng(2)
    truth = rng.integers(3, size=50)
    target = rng.random((50, 3)) < 0.5 if is_multilabel else truth
    signs = np.where(target, 1.0, -1.0) if is_multilabel else 2.0 * np.eye(3)[truth] - 1.0
    scores = [rng.normal(size=(50, 3)) + 0.4 * signs, rng.normal(size=(50, 3)) + 0.8 * signs]
    names = ["linear", "nb"]
    start = [PRIOR_WEIGHTS[name] for name in names]
    found = fit_blend(np.array(scores), target, names).weights
    steps = np.exp(np.linspace(math.log(0.05), math.log(5.0), 25))
    losses = {(a, b): naive_objective((a, b), scores, target, start) for a in steps for b in steps}
    best = min(losses, key=losses.__getitem__)
    at_found = naive_objective(found, scores, target, start)
    assert at_found <= losses[best] + 1e-9
    assert np.abs(np.log(found) - np.log(best)).max() < np.log(steps[1] / steps[0]) * 1.5


def test_without_held_out_texts_weights_stay_where_they_start():
    found = fit_blend(np.empty((4, 0, 3)), np.empty(0, int), MEMBERS)
    assert found.intercepts.tolist() == [0.0, 0.0, 0.0]
    assert found.weights == pytest.approx([PRIOR_WEIGHTS[name] for name in MEMBERS])


def test_losses_and_probabilities_by_hand():
    blend = Blend(np.array([0.5, 1.0]), np.zeros(2))
    scores = blend.scores(np.array([[[1.0, 0.0]], [[0.0, 2.0]]]))
    assert scores.tolist() == [[0.5, 2.0]]
    p = math.exp(2.0) / (math.exp(0.5) + math.exp(2.0))
    assert probabilities(scores, is_multilabel=False)[0] == pytest.approx([1 - p, p])
    assert log_loss(scores, np.array([1])) == pytest.approx(-math.log(p))
    single = [1 / (1 + math.exp(-0.5)), 1 / (1 + math.exp(-2.0))]
    assert probabilities(scores, is_multilabel=True)[0] == pytest.approx(single)
    assert log_loss(scores, np.array([[True, False]])) == pytest.approx(
        -(math.log(single[0]) + math.log(1 - single[1])) / 2
    )


def test_folds_hold_each_text_out_once():
    target = np.repeat([0, 1, 2], [30, 12, 2])
    folds = list(held_out_folds(target, 1))
    assert len(folds) == 5
    assert sorted(np.concatenate([held_out for _, held_out in folds])) == list(range(44))
    for train, held_out in folds:
        assert sorted([*train, *held_out]) == list(range(44))
        assert set(target[train]) == {0, 1, 2}


def test_the_only_text_of_a_class_is_never_held_out():
    target = np.array([0, 1] * 10 + [2])
    for train, held_out in held_out_folds(target, 1):
        assert 20 in train
        assert 20 not in held_out
    assert list(held_out_folds(np.array([0, 1, 2]), 1)) == []
    assert list(held_out_folds(np.array([0, 0, 0, 1]), 1)) == []


def test_many_texts_need_no_more_than_a_part_held_out():
    target = np.arange(4 * ENOUGH_TEXTS) % 2
    folds = list(held_out_folds(target, 1))
    assert ENOUGH_TEXTS <= sum(len(held_out) for _, held_out in folds) < 2 * ENOUGH_TEXTS


# Labels.


def test_targets():
    classes, target, is_indicator = number_targets(["b", "a", "b"], 3, "test")
    assert (classes.tolist(), target.tolist(), is_indicator) == (["a", "b"], [1, 0, 1], False)
    classes, target, is_indicator = number_targets([{"b"}, ("a", "b"), []], 3, "test")
    assert (classes.tolist(), is_indicator) == (["a", "b"], False)
    assert target.tolist() == [[False, True], [True, True], [False, False]]
    for matrix in (np.array([[1, 0], [0, 1]]), sparse.csr_array([[1.0, 0.0], [0.0, 1.0]])):
        classes, target, is_indicator = number_targets(matrix, 2, "test")
        assert (classes.tolist(), target.tolist(), is_indicator) == (
            [0, 1],
            [[True, False], [False, True]],
            True,
        )


def test_normalised_rows_have_unit_length():
    counts = sparse.csr_array(np.array([[1.0, 4.0], [0.0, 0.0]]))
    found = tf_idf(counts, np.array([2.0, 1.0]))
    expected = normalize(np.array([[2.0, 1.0 + math.log(4.0)], [0.0, 0.0]]))
    assert found.toarray() == pytest.approx(expected)
