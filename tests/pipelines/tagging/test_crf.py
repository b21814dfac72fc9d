"""CRFTagger: training, prediction, and scikit-learn's contract."""

import itertools
import pickle

import naive_crf
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score

from wordvec.pipelines.tagging import CRFTagger, TokenFeatures, validate_tags
from wordvec.vectors.keyed_vectors import KeyedVectors

NAMES, PLACES = ["Ada", "Bob", "Cleo", "Dan"], ["Rome", "Oslo", "New York", "Lima"]


def sentences(n, seed=0):
    """Return sentences of words, and their tags in IOB2."""
    rng = np.random.default_rng(seed)
    X, y = [], []
    for _ in range(n):
        words, tags = [], []
        for _ in range(rng.integers(1, 4)):
            kind = rng.integers(3)
            if kind == 0:
                words.append(str(rng.choice(NAMES)))
                tags.append("B-PER")
            elif kind == 1:
                parts = str(rng.choice(PLACES)).split()
                words += ["in", *parts]
                tags += ["O", *["B-LOC", "I-LOC"][: len(parts)]]
            else:
                words += [str(rng.choice(["saw", "read", "went"])), "it"]
                tags += ["O", "O"]
        X.append(words)
        y.append(tags)
    return X, y


X, Y = sentences(60)
X_NEW, Y_NEW = sentences(20, seed=1)


def as_features(X):
    return [[[f"w={word}", f"last={word[-1]}", "bias"] for word in sentence] for sentence in X]


@pytest.fixture(scope="module")
def model():
    return CRFTagger(c2=0.1, max_iter=50).fit(X, Y)


@pytest.mark.parametrize("algorithm", ["lbfgs", "sgd", "perceptron"])
def test_learns(algorithm):
    model = CRFTagger(algorithm, c2=0.1, max_iter=20).fit(X, Y)
    assert model.score(X_NEW, Y_NEW) > 0.95
    assert len(model.loss_curve_) == len(model.training_seconds_) == model.n_iter_
    assert model.loss_curve_[-1] < model.loss_curve_[0]
    assert model.scheme_ == "IOB2"


@pytest.mark.parametrize("algorithm", ["sgd", "perceptron"])
def test_online_training_repeats_for_a_seed(algorithm):
    fits = [
        CRFTagger(algorithm, c2=0.1, max_iter=4, random_state=seed).fit(X, Y).model_.state_weights.tobytes()
        for seed in (3, 3, 4)
    ]
    assert fits[0] == fits[1] != fits[2]


@pytest.mark.slow
def test_sgd_comes_near_the_optimum():
    options = dict(c2=0.5, features=TokenFeatures(window=1), scheme=None)
    best = CRFTagger(max_iter=None, tol=1e-8, **options).fit(as_features(X), Y)
    near = CRFTagger("sgd", max_iter=300, tol=0.0, **options).fit(as_features(X), Y)
    for ours, theirs in zip(best.predict_marginals(as_features(X)), near.predict_marginals(as_features(X))):
        np.testing.assert_allclose(ours, theirs, atol=0.02)


@pytest.mark.parametrize("c1", [0.0, 0.3])
def test_objective_and_marginals_are_those_of_the_definition(c1):
    features = as_features(X[:8])
    model = CRFTagger(c1=c1, c2=0.2, max_iter=None, tol=1e-7, scheme=None).fit(features, Y[:8])
    labels = model.classes_.tolist()
    indptr, items = model.model_.features.states
    names = model.attributes_.index_to_attribute
    weights = {
        (names[a], items[f]): model.model_.state_weights[f]
        for a in range(len(names))
        for f in range(indptr[a], indptr[a + 1])
    }
    steps = model.model_.transition_LL
    loss = c1 * (sum(map(abs, weights.values())) + np.abs(steps).sum())
    loss += 0.2 * (sum(w * w for w in weights.values()) + (steps**2).sum())
    for tokens, tags, found in zip(features, Y, model.predict_marginals(features)):
        unary = naive_crf.unary_scores([dict.fromkeys(token, 1.0) for token in tokens], weights, len(labels))
        loss += naive_crf.negative_log_likelihood(unary, steps, [labels.index(tag) for tag in tags])
        np.testing.assert_allclose(found, naive_crf.marginals(unary, steps)[0], atol=1e-9)
    assert model.objective_ == pytest.approx(loss, rel=1e-6)


@pytest.mark.smoke
def test_objective_and_weights_equal_those_of_crfsuite(tmp_path):
    pycrfsuite = pytest.importorskip("pycrfsuite")
    features = as_features(X)
    trainer = pycrfsuite.Trainer(verbose=False)
    for tokens, tags in zip(features, Y):
        trainer.append(tokens, tags)
    trainer.set_params({"c1": 0, "c2": 0.3, "delta": 1e-7, "epsilon": 1e-7})
    trainer.train(str(tmp_path / "model"))
    model = CRFTagger(c2=0.3, max_iter=None, tol=1e-6).fit(features, Y)
    assert model.objective_ == pytest.approx(trainer.logparser.last_iteration["loss"], rel=1e-4)
    tagger = pycrfsuite.Tagger()
    tagger.open(str(tmp_path / "model"))
    info, labels = tagger.info(), model.classes_.tolist()
    for (before, after), weight in info.transitions.items():
        ours = model.model_.transition_LL[labels.index(before), labels.index(after)]
        assert ours == pytest.approx(weight, abs=2e-3)
    assert len(info.state_features) == len(model.model_.state_weights)
    indptr, items = model.model_.features.states
    for (attribute, label), weight in info.state_features.items():
        a = model.attributes_.get(attribute)
        f = indptr[a] + items[indptr[a] : indptr[a + 1]].tolist().index(labels.index(label))
        assert model.model_.state_weights[f] == pytest.approx(weight, abs=2e-3)


@pytest.mark.slow
@pytest.mark.parametrize(
    "options", [{"min_freq": 3}, {"all_possible_states": True}, {"all_possible_transitions": True}]
)
def test_chooses_the_features_of_crfsuite(options, tmp_path):
    pycrfsuite = pytest.importorskip("pycrfsuite")
    names = {"min_freq": "feature.minfreq", "all_possible_states": "feature.possible_states"}
    features = as_features(X[:20])
    trainer = pycrfsuite.Trainer(verbose=False)
    for tokens, tags in zip(features, Y):
        trainer.append(tokens, tags)
    ((name, value),) = options.items()
    trainer.set_params(
        {"c2": 0.3, names.get(name, "feature.possible_transitions"): value, "delta": 1e-8, "epsilon": 1e-6}
    )
    trainer.train(str(tmp_path / "model"))
    model = CRFTagger(c2=0.3, max_iter=None, tol=1e-7, **options).fit(features, Y[:20])
    assert model.objective_ == pytest.approx(trainer.logparser.last_iteration["loss"], rel=1e-5)


def test_nbest_are_ranked_legal_and_probable(model):
    for sentence, marginal in zip(X_NEW[:5], model.predict_marginals(X_NEW[:5])):
        (found,) = model.predict_nbest([sentence], 10_000)
        assert found[0][0] == model.predict([sentence])[0]
        probabilities = [p for _, p in found]
        assert probabilities == sorted(probabilities, reverse=True)
        assert sum(probabilities[:10_000]) == pytest.approx(1, abs=1e-3)
        validate_tags([tags for tags, _ in found], "IOB2")
        want = np.zeros_like(marginal)
        for tags, p in found:
            want[range(len(tags)), [model.classes_.tolist().index(tag) for tag in tags]] += p
        np.testing.assert_allclose(marginal, want, atol=1e-3)


@pytest.mark.parametrize("decoding", ["viterbi", "marginal"])
def test_never_illegal(decoding):
    rng = np.random.default_rng(0)
    noise = [[f"f{k}" for k in rng.integers(0, 5, 4)] for _ in range(400)]
    tagged = CRFTagger(c2=0.01, max_iter=5, decoding=decoding, all_possible_transitions=True)
    tagged.fit(as_features(X), Y)
    tagged.model_.transition_LL[:] = rng.normal(size=tagged.model_.transition_LL.shape) * 5
    tagged.model_.state_weights[:] = rng.normal(size=len(tagged.model_.state_weights)) * 5
    found = tagged.predict([*as_features(X_NEW), noise])
    validate_tags(found, "IOB2")
    free = tagged.set_params(scheme=None).fit(as_features(X), Y)
    assert free.scheme_ is None


def test_least_risk_has_most_right_tags_of_all_legal_sequences(model):
    model = clone(model).set_params(decoding="marginal", max_iter=3).fit(X, Y)
    labels = model.classes_.tolist()
    for sentence in [s for s in X_NEW if len(s) <= 5][:4]:
        (marginal,) = model.predict_marginals([sentence])
        legal = [tags for tags, _ in model.predict_nbest([sentence], len(labels) ** len(sentence))[0]]
        gains = [sum(marginal[t, labels.index(tag)] for t, tag in enumerate(tags)) for tags in legal]
        (found,) = model.predict([sentence])
        assert sum(marginal[t, labels.index(tag)] for t, tag in enumerate(found)) == pytest.approx(max(gains))


def test_known_tags_are_kept(model):
    found = model.predict([["in", "Oslo", "it"]], known_tags=[[None, "B-PER", None]])
    assert found[0][1] == "B-PER"
    # A known inside pulls its beginning along.
    found = model.predict([["in", "Oslo", "it"]], known_tags=[[None, "I-LOC", None]])
    assert found[0][0] == "B-LOC"
    (marginal,) = model.predict_marginals([["in", "Oslo"]], known_tags=[["O", None]])
    assert marginal[0, model.classes_.tolist().index("O")] == pytest.approx(1)
    with pytest.raises(ValueError, match="Sentence 1 has no legal sequence"):
        model.predict([["it"], ["it"]], known_tags=[[None], ["I-LOC"]])
    with pytest.raises(ValueError, match="'B-X' of token 0 of sentence 0 was not in the training data"):
        model.predict([["it"]], known_tags=[["B-X"]])


def test_vectors_help_for_unseen_words():
    rng = np.random.default_rng(0)
    words = [*NAMES, "Eve", "Rome", "Oslo", "Lima", "Bern", "new", "york"]
    centre = {True: rng.normal(size=6), False: rng.normal(size=6)}
    table = np.array(
        [centre[word in [*NAMES, "Eve"]] + 0.1 * rng.normal(size=6) for word in words], np.float32
    )
    vectors = KeyedVectors(table, words)
    bare = TokenFeatures(window=0, max_affix=0, conjunctions=False)
    train, tags = [["Ada"], ["Bob"], ["Cleo"], ["Rome"], ["Oslo"]], [["P"], ["P"], ["P"], ["Q"], ["Q"]]
    for algorithm, window in itertools.product(("lbfgs", "sgd", "perceptron"), (0, 1)):
        model = CRFTagger(algorithm, c2=0.01, vectors=[vectors, vectors], vector_window=window, features=bare)
        model.fit(train, tags)
        assert model.model_.dense_OEL.shape == (2 * window + 1, 12, 2)
        assert model.predict([["Eve"], ["Bern"], ["EVE"]])[:2] == [["P"], ["Q"]]


def test_empty_sentences_and_unknown_features(model):
    assert model.predict([[], ["it"], []]) == [[], ["O"], []]
    assert model.predict([]) == []
    assert [m.shape for m in model.predict_marginals([[], ["it"]])] == [(0, 4), (1, 4)]
    assert model.predict_nbest([[]], 3) == [[([], 1.0)]]
    assert CRFTagger(max_iter=3).fit([[], *X, []], [[], *Y, []]).predict([[]]) == [[]]
    assert len(CRFTagger(max_iter=3).fit(as_features(X), Y).predict([[["never seen"], []]])[0]) == 2


def test_one_tag_only():
    model = CRFTagger().fit([["a", "b"]], [["N", "N"]])
    assert model.predict([["c", "d", "e"]]) == [["N", "N", "N"]]
    assert model.score([["c"]], [["V"]]) == 0.0  # a tag that was never seen


def test_where_no_sequence_is_legal_every_one_is_allowed():
    model = CRFTagger(scheme="BIOES").fit([["a", "b"]], [["B-X", "E-X"]])
    assert len(model.predict([["a"]])[0]) == 1
    for method in (model.predict_marginals, lambda X: model.predict_nbest(X, 2)):
        assert len(method([["a"], ["a", "b"]])) == 2


def test_long_sentence_in_linear_memory():
    long, tags = [w for s in X for w in s] * 400, [t for s in Y for t in s] * 400
    assert len(long) > 80_000
    model = CRFTagger(max_iter=3, features=TokenFeatures(window=0, max_affix=0, conjunctions=False))
    assert len(model.fit([long], [tags]).predict([long])[0]) == len(long)


def test_validation_stops_early_and_keeps_the_best():
    model = CRFTagger(c2=0.01, max_iter=200, tol=0.0, patience=3).fit(X, Y, X_NEW, Y_NEW)
    curve = model.validation_curve_
    assert len(curve) < 200
    assert model.n_iter_ == int(np.argmax(curve)) + 1 == len(curve) - 3
    assert model.score(X_NEW, Y_NEW) == max(curve)


@pytest.mark.parametrize("algorithm", ["lbfgs", "sgd"])
def test_same_model_with_any_number_of_threads(algorithm):
    fits = [
        CRFTagger(algorithm, c1=0.1 * (algorithm == "lbfgs"), max_iter=8, n_jobs=n).fit(X, Y)
        for n in (1, 2, -1)
    ]
    assert len({fit.model_.state_weights.tobytes() for fit in fits}) == 1
    assert len({fit.objective_ for fit in fits}) == 1


def test_fit_records_where_its_time_went():
    tagger = CRFTagger(max_iter=3, verbose=False).fit(*sentences(20))
    assert list(tagger.fit_times_) == ["features", "preparation", "training"]
    assert min(tagger.fit_times_.values()) > 0
    assert tagger.fit_times_["training"] >= tagger.training_seconds_[-1]


def test_scikit_learn_contract(model):
    assert clone(model).get_params() == model.get_params()
    again = pickle.loads(pickle.dumps(model))
    assert again.predict(X_NEW) == model.predict(X_NEW)
    assert min(cross_val_score(CRFTagger(max_iter=10), X, Y, cv=3)) > 0.8
    search = GridSearchCV(CRFTagger(max_iter=5), {"c2": [0.1, 100.0]}, cv=2).fit(X, Y)
    assert search.best_params_ == {"c2": 0.1}


@pytest.mark.parametrize("split", [list, str])
def test_characters_may_come_as_lists_or_as_str(split):
    words = ["ab", "c", "ab", "de", "c"]
    texts = ["".join(words[k:] + words[:k]) for k in range(5)]
    tags = [["B" if c in "acd" else "E" for c in text] for text in texts]
    model = CRFTagger(features=TokenFeatures(kind="char"), scheme=None, max_iter=20)
    model.fit([split(text) for text in texts], tags)
    assert model.predict([split("cabde"), split("")]) == [["B", "B", "E", "B", "E"], []]
    assert model.predict(["cabde", list("cabde")]) == [["B", "B", "E", "B", "E"]] * 2


def test_a_table_with_many_other_words_gives_the_same():
    words = sorted({word for sentence in X for word in sentence})
    table = np.random.default_rng(0).normal(size=(len(words), 5)).astype(np.float32)
    # More rows that no word needs than others, so that a copy of those is made.
    more = np.concatenate([np.ones((len(words) + 9, 5), np.float32), table])
    others = [f"other{k}" for k in range(len(more) - len(table))]
    results = [
        CRFTagger(vectors=vectors, max_iter=10).fit(X, Y).predict_marginals(X_NEW)
        for vectors in (KeyedVectors(table, words), KeyedVectors(more, [*others, *words]))
    ]
    for one, other in zip(*results):
        np.testing.assert_allclose(one, other, atol=1e-4)
