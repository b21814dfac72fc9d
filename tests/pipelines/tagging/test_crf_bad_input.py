"""What the tagger says of input that cannot be right: one clear error at the boundary."""

import naive_archive
import numpy as np
import pytest

from wordvec import KeyedVectors
from wordvec.pipelines.tagging import CRFTagger, TokenFeatures

from .support import FEATURES, VECTORS, X, Y, fit


@pytest.fixture(scope="module")
def tagger():
    return fit()


@pytest.fixture(scope="module")
def feature_tagger():
    return fit(FEATURES)


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        (dict(algorithm="newton"), ValueError, "algorithm parameter of CRFTagger must be one of"),
        (dict(algorithm=["sgd"]), ValueError, "algorithm parameter of CRFTagger must be one of"),
        (dict(c2=-1), ValueError, "c2 parameter of CRFTagger must be a number of at least 0"),
        (dict(c2="1"), TypeError, "c2 parameter of CRFTagger must be a number"),
        (dict(c1=float("nan")), ValueError, "c1 parameter of CRFTagger must be a number"),
        (dict(c1=0.1, algorithm="sgd"), ValueError, "c1 parameter of CRFTagger must be 0 unless"),
        (dict(max_iter=0), ValueError, "max_iter parameter of CRFTagger"),
        (dict(max_iter=2.5), TypeError, "max_iter parameter of CRFTagger must be an integer"),
        (dict(scheme="BIO"), ValueError, "scheme parameter of CRFTagger must be one of"),
        (dict(decoding="greedy"), ValueError, "decoding parameter of CRFTagger"),
        (dict(vectors=np.eye(3)), TypeError, "vectors parameter of CRFTagger must be KeyedVectors"),
        (dict(vectors="vectors.bin"), TypeError, "Got 'vectors.bin' instead. KeyedVectors.load reads a file"),
        (dict(vectors=[None]), TypeError, "vectors parameter of CRFTagger must be KeyedVectors"),
        (dict(vector_window=9), ValueError, "vector_window parameter of CRFTagger must be an integer from 0"),
        (dict(all_possible_states=1), TypeError, "all_possible_states parameter of CRFTagger"),
        (dict(c1=1e308), ValueError, "c1 parameter of CRFTagger must be .* at most 1e\\+12. Got 1e\\+308"),
        (dict(c2=1e308), ValueError, "c2 parameter of CRFTagger must be .* at most 1e\\+12. Got 1e\\+308"),
        (
            dict(n_jobs=True),
            ValueError,
            "n_jobs parameter of CRFTagger must be a number of threads.* Got True",
        ),
        (dict(n_jobs=0), ValueError, "n_jobs parameter of CRFTagger must be a number of threads.* Got 0"),
        (dict(n_jobs=1.5), ValueError, "n_jobs parameter of CRFTagger must be a number of threads"),
        (dict(n_jobs="2"), ValueError, "n_jobs parameter of CRFTagger must be a number of threads"),
        (dict(verbose="yes"), TypeError, "verbose parameter of CRFTagger must be True or False.* Got 'yes'"),
        (dict(verbose=2), TypeError, "verbose parameter of CRFTagger"),
        (dict(patience=0), ValueError, "patience parameter of CRFTagger must be an integer of at least 1"),
        (dict(patience=3), ValueError, "patience parameter of CRFTagger must be None without .* Pass X_val"),
        (dict(learning_rate=0), ValueError, "learning_rate parameter of CRFTagger must be a number greater"),
        (dict(random_state="a"), TypeError, "random_state parameter of CRFTagger"),
        (dict(features={}), TypeError, r"features parameter of CRFTagger must be a TokenFeatures.* Got {}"),
        (dict(features="word"), TypeError, "features parameter of CRFTagger .* Got 'word' instead"),
        (dict(features=TokenFeatures), TypeError, "features parameter of CRFTagger .* Got <class"),
        (dict(features=str.split), TypeError, "features parameter of CRFTagger .* Got <method"),
    ],
)
def test_parameters(parameters, error, message):
    with pytest.raises(error, match=message):
        fit(**parameters)


@pytest.mark.parametrize("value", [0, "2", 1.5])
def test_threads_that_were_set_after_training(value):
    tagger = fit().set_params(n_jobs=value)
    for call in (tagger.predict, tagger.predict_marginals, tagger.predict_nbest):
        with pytest.raises(ValueError, match="n_jobs parameter of CRFTagger"):
            call(X)


@pytest.mark.parametrize(
    ("scheme", "tags", "message"),
    [
        ("BIOES", Y, r"y\[0\]\[1\] is 'O', which cannot follow 'B-PER' in BIOES"),
        ("IOB1", Y, r"y\[0\]\[0\] is 'B-PER', which cannot begin a sentence in IOB1"),
        ("IOB2", [Y[0], ["O", "I-PER"]], r"y\[1\]\[1\] is 'I-PER', which cannot follow 'O' in IOB2"),
        ("BIOES", [Y[0][:0] + ["O"] * 4, ["O", "B-X"]], r"y\[1\]\[1\] is 'B-X', which cannot end a sentence"),
        ("BMES", [["N", "V", "P", "N"], ["N", "V"]], r"y\[0\]\[0\] must be a tag of BMES.* Got 'N'"),
        ("IOB2", [["O"] * 4, ["O", "S-X"]], r"y\[1\]\[1\] must be a tag of IOB2.* Got 'S-X'"),
    ],
)
def test_a_scheme_that_does_not_fit_the_tags(scheme, tags, message):
    given = f"scheme parameter of CRFTagger must be the scheme of the tags. Got '{scheme}' instead"
    with pytest.raises(ValueError, match=f"{given}. {message}"):
        fit(X, tags, scheme=scheme)
    assert fit(X, tags, scheme=None).scheme_ is None
    fit(X, tags)  # what is detected may have a few errors


@pytest.mark.parametrize(
    ("X", "y", "error", "message"),
    [
        (
            [["a"], ["b", "c"]],
            [["N"], ["N"]],
            ValueError,
            r"Sentence 1 of X has 2 tokens and y\[1\] has 1 tag\.",
        ),
        ([["a"], ["b"]], [["N"]], ValueError, "y parameter of CRFTagger .* It has 1 list for 2 sentences"),
        ([["a"]], None, TypeError, "y parameter of CRFTagger must be a list .* Got None"),
        ([["a"]], {0: ["N"]}, TypeError, "y parameter of CRFTagger must be a list"),
        ([["a"]], [None], TypeError, r"y\[0\] must be a list of tags. Got None"),
        ([["a"]], [3], TypeError, r"y\[0\] must be a list of tags. Got 3"),
        ([["a", "b"]], ["OO"], TypeError, r"y\[0\] must be a list of tags. Got 'OO' \(str\) instead. Split"),
        ([["a", "b"]], ["O", "O"], ValueError, "It has 2 lists for 1 sentence"),
        ([["a"]], [[3]], TypeError, "Tag 0 of sentence 0 of y must be a str. Got 3"),
        ([["a"]], [[None]], TypeError, "Tag 0 of sentence 0 of y must be a str. Got None"),
        ([["a", "b"]], [["N", ["N"]]], TypeError, "Tag 1 of sentence 0 of y must be a str. Got .'N'."),
        ([["a"]], [[float("nan")]], TypeError, "Tag 0 of sentence 0 of y must be a str. Got nan"),
        ([["a"], ["b"]], [["N"], [""]], ValueError, "Tag 0 of sentence 1 of y .* not empty .* Got ''"),
        ([["a", "b"]], [["N", "N\0"]], ValueError, "Tag 1 of sentence 0 of y .* does not end in a NUL"),
        ([[]], [[]], ValueError, "X parameter of CRFTagger.fit must have tokens"),
        ([], [], ValueError, "X parameter of CRFTagger.fit must have tokens"),
        (
            {0: ["a"]},
            [["N"]],
            TypeError,
            "X parameter of CRFTagger must be a list of sentences. Got {0: .'a'.} ",
        ),
        (
            ["ab", "b"],
            [["N", "V"], ["N"]],
            TypeError,
            "Sentence 0 of X .* Got 'ab' .* Wrap a single sentence",
        ),
        ([["a", 3]], [["N", "V"]], TypeError, "Token 1 of sentence 0 must be a str"),
        ([["a"], [["w=a"]]], [["N"], ["N"]], TypeError, "Token 0 of sentence 1 must be a str"),
        ([[["w=a"]], ["a"]], [["N"], ["N"]], TypeError, "Token 0 of sentence 1 is 'a', but must be a list"),
        ([[{"a": "x", "b": None}]], [["N"]], TypeError, "feature 'b' with the value None"),
        ([[{"a": float("inf")}]], [["N"]], ValueError, "feature 'a' with the value inf"),
        ([[{"a": np.zeros(3)}]], [["N"]], TypeError, "feature 'a' with the value ndarray with the shape"),
        ([[{"a": 10**400}]], [["N"]], TypeError, "feature 'a' with the value 1000000000"),
    ],
)
def test_training_data(X, y, error, message):
    with pytest.raises(error, match=message) as caught:
        fit(X, y)
    assert len(str(caught.value)) < 300


def test_dicts_in_dicts_without_an_end():
    token: dict = {}
    token["self"] = token
    with pytest.raises(ValueError, match="Token 0 of sentence 0 has dicts that are nested too deeply"):
        fit([[token]], [["N"]])


@pytest.mark.parametrize(
    ("validation", "error", "message"),
    [
        ((X, None), ValueError, "fit got X_val without y_val. Pass both"),
        ((None, Y), ValueError, "fit got y_val without X_val. Pass both"),
        (([], []), ValueError, "X_val parameter of CRFTagger.fit must have tokens"),
        (([[]], [[]]), ValueError, "X_val parameter of CRFTagger.fit must have tokens"),
        ((X, Y[:1]), ValueError, "y_val parameter of CRFTagger .* It has 1 list for 2 sentences"),
        ((X, [Y[0], ["O"]]), ValueError, r"Sentence 1 of X_val has 2 tokens and y_val\[1\] has 1 tag\."),
        ((X[0], Y[0]), TypeError, r"Sentence 0 of X_val .* Wrap a single sentence .*: \[X_val\]"),
        (("abc", Y), TypeError, "X_val parameter of CRFTagger must be a list of sentences"),
        ((FEATURES, Y), TypeError, "tokens of X_val must be words"),
        (
            (X, [["O"] * 4, ["O", "NN"]]),
            ValueError,
            "Tag 1 of sentence 1 of y_val must encode a span.* Got 'NN'",
        ),
        ((X, [["O"] * 4, ["O", 1]]), TypeError, "Tag 1 of sentence 1 of y_val must be a str. Got 1"),
    ],
)
def test_validation_data(validation, error, message):
    with pytest.raises(error, match=message):
        fit(X, Y, *validation)


def test_validation_tags_that_were_never_seen_are_only_wrong():
    assert fit(X, Y, X, [["B-NEW", "O", "O", "O"], ["O", "O"]]).validation_curve_ == [0.0] * 3


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (["Ada", "lives"], r"Sentence 0 of X .* Got 'Ada' \(str\) instead. Wrap a single sentence .*: \[X\]"),
        (np.array(["Ada", "lives"]), "Wrap a single sentence in a list of sentences"),
        ("Ada lives", "X parameter of CRFTagger must be a list of sentences. Got 'Ada lives'"),
        (None, "must be a list of sentences. Got None"),
        (iter(X), "must be a list of sentences. Got <list_iterator"),
        ({"a": ["b"]}, "must be a list of sentences. Got {'a'"),
        (np.array("a"), "must be a list of sentences. Got array"),
        ([None], "Sentence 0 of X must be a list of tokens. Got None"),
        ([["a"], 3], "Sentence 1 of X must be a list of tokens. Got 3"),
        ([{"a", "b"}], "Sentence 0 of X must be a list of tokens. Got {"),
        ([iter(X[0])], "Sentence 0 of X must be a list of tokens. Got <list_iterator"),
        ([b"Ada"], "Sentence 0 of X must be a list of tokens. Got b'Ada'"),
        (
            [[b"Ada"]],
            "Token 0 of sentence 0 of X must be a word .str., or a list or dict of features. Got b'Ada'",
        ),
        ([[None]], "Token 0 of sentence 0 of X must be a word .* Got None"),
        ([[3]], "Token 0 of sentence 0 of X must be a word .* Got 3"),
        (np.eye(2), "Token 0 of sentence 0 of X must be a word"),
        (FEATURES, "tokens of X must be words .str., as in training. Got lists or dicts of features"),
    ],
)
def test_sentences_to_tag(tagger, X, message):
    for call in (tagger.predict, tagger.predict_nbest, tagger.predict_marginals):
        with pytest.raises(TypeError, match=message):
            call(X)


def test_features_to_tag(feature_tagger):
    with pytest.raises(TypeError, match=r"must be lists or dicts of features.* wrap it in a list: \[X\]"):
        feature_tagger.predict(FEATURES[0])
    with pytest.raises(TypeError, match="Sentence 0 of X must be a list of tokens. Got {'w': 'Ada'}"):
        feature_tagger.predict([{"w": "Ada"}, {"w": "lives"}])
    with pytest.raises(
        ValueError, match="vectors parameter of CRFTagger must be None unless tokens are words"
    ):
        fit(FEATURES, vectors=VECTORS)
    assert len(feature_tagger.predict([[["never seen"], {"nor": "this"}, []]])[0]) == 3


def test_values_that_are_strings_are_part_of_the_name(feature_tagger):
    index = CRFTagger(max_iter=2).fit([[{"a": "1.5"}, {"a": 1.5}]], [["N", "V"]]).attributes_
    assert set(index.index_to_attribute) <= {"a:1.5", "a"}


@pytest.mark.parametrize(
    ("known", "error", "message"),
    [
        (3, TypeError, "known_tags parameter of CRFTagger must be a list"),
        ([[None] * 4], ValueError, "known_tags parameter of CRFTagger .* It has 1 list for 2 sentences"),
        ([None, None], TypeError, r"known_tags\[0\] must be a list of tags. Got None"),
        ([[None] * 4, [None]], ValueError, r"Sentence 1 of X has 2 tokens and known_tags\[1\] has 1 tag\."),
        ([[None] * 4, [None, "B-NEW"]], ValueError, "tag 'B-NEW' of token 1 of sentence 1 was not in the"),
        ([[None] * 4, [None, 3]], ValueError, "tag 3 of token 1 of sentence 1 was not in the training data"),
        ([[None] * 4, [None, ["O"]]], ValueError, "tag .'O'. of token 1 of sentence 1 was not in the"),
    ],
)
def test_known_tags(tagger, known, error, message):
    with pytest.raises(error, match=message):
        tagger.predict(X, known_tags=known)


def test_tags_to_score(tagger):
    with pytest.raises(ValueError, match="Tag 0 of sentence 0 of y must encode a span"):
        tagger.score(X, [["NN"] * 4, ["NN"] * 2])
    with pytest.raises(TypeError, match="Tag 0 of sentence 0 of y must be a str. Got 1"):
        tagger.score(X, [[1] * 4, [1] * 2])
    with pytest.raises(TypeError, match="y parameter of CRFTagger"):
        tagger.score(X, None)
    assert tagger.score(X, [["B-NEW", "O", "O", "O"], ["O", "O"]]) == 0.0
    assert tagger.score([], []) == 0.0


def test_nbest(tagger):
    assert tagger.predict_nbest(X) == tagger.predict_nbest(X, 5)
    assert [len(found) for found in tagger.predict_nbest(X)] == [5, 5]
    with pytest.raises(
        ValueError, match="k parameter of CRFTagger.predict_nbest must be an integer from 1 to"
    ):
        tagger.predict_nbest(X, 10**12)
    with pytest.raises(TypeError, match="k parameter of CRFTagger.predict_nbest"):
        tagger.predict_nbest(X, 2.5)
    # No more memory than there are sequences, and all of them are found.
    (found,) = tagger.predict_nbest([["Ada"]], 100_000)
    assert len(found) == 3 and sum(p for _, p in found) == pytest.approx(1)
    (only,) = fit([["a", "b"]], [["N", "N"]]).predict_nbest([["a"] * 3], 100_000)
    assert only == [(["N"] * 3, 1.0)]


@pytest.mark.parametrize(
    "change",
    [{"vectors": None}, {"vectors": [VECTORS, VECTORS]}, {"vector_window": 1}],
)
def test_vectors_that_were_changed_after_training(change):
    tagger = fit(vectors=VECTORS).set_params(**change)
    with pytest.raises(ValueError, match="the vectors were changed after fit"):
        tagger.predict(X)
    with pytest.raises(ValueError, match="the vectors were changed after fit"):
        fit().set_params(vectors=VECTORS).predict(X)


def test_nan_in_vectors(tmp_path):
    table = np.lib.format.open_memmap(tmp_path / "table", "w+", np.float32, (2, 2))
    table[:] = [[1, 2], [np.nan, 1]]
    with pytest.raises(ValueError, match="NaN, infinite or too large numbers for the word 'b'"):
        fit([["a", "b"]], [["N", "V"]], vectors=KeyedVectors(table, ["a", "b"]))


@pytest.mark.filterwarnings("error")
def test_vectors_that_are_too_large():
    for words in (["Ada"], ["Ada", "p", "q", "r"]):
        table = KeyedVectors(np.full((len(words), 2), 3e38, np.float32), words)
        with pytest.raises(ValueError, match="too large numbers for the word 'Ada'"):
            fit(vectors=table)


def test_unknown_words_have_no_vector():
    tagger = fit(vectors=KeyedVectors(np.ones((1, 2), np.float32), ["nothing"]))
    assert tagger.predict([["unseen", "", "\udc80", "e\u0301"]])[0]


def test_a_step_that_is_too_large():
    with pytest.raises(FloatingPointError, match="The loss of pass . is .*Set a smaller learning_rate"):
        fit(algorithm="sgd", learning_rate=1e300)


def test_files_of_taggers(tagger, tmp_path):
    for path in (3, None):
        with pytest.raises(TypeError, match="path parameter of CRFTagger.load must be a path"):
            CRFTagger.load(path)
        with pytest.raises(TypeError, match="path parameter of CRFTagger.save must be a path"):
            tagger.save(path)
        if path is not None:
            with pytest.raises(TypeError, match="path parameter of plot_transitions"):
                tagger.explain().plot_transitions(path)
    with pytest.raises(FileNotFoundError, match="There is no file '.' with a tagger: that is a folder"):
        CRFTagger.load(".")
    with pytest.raises(OSError, match="is a folder or a device"):
        tagger.save(tmp_path)
    path = tmp_path / "t.safetensors"
    tagger.save(path)
    naive_archive.rewrite(path, {"version": "7"})
    with pytest.raises(ValueError, match=r"a newer version of wordvec wrote it \(format 7\)"):
        CRFTagger.load(path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match="cannot be read as a tagger"):
        CRFTagger.load(path)


def test_empty_sentences_one_tag_and_a_long_sentence(tagger):
    assert tagger.predict([[], ["Ada"], []])[::2] == [[], []]
    assert fit([["a"]], [["N"]]).predict([["b", "c"]]) == [["N", "N"]]
    bare = TokenFeatures(window=0, max_affix=0, conjunctions=False)
    long = fit([["a", "b"] * 50_000], [["N", "V"] * 50_000], features=bare)
    assert long.predict([["a", "b"] * 50_000]) == [["N", "V"] * 50_000]
