"""Features of tokens: equal to the naive reference."""

import pickle
from collections import Counter

import naive_features
import numpy as np
import pytest
from hypothesis import example, given, settings, strategies as st
from sklearn.base import clone

from wordvec.pipelines.tagging.features.attributes import AttributeIndex
from wordvec.pipelines.tagging.features.clusters import cluster_vectors
from wordvec.pipelines.tagging.features.encoding import encode_features
from wordvec.pipelines.tagging.features.orthography import character_type, cut_runs, letter_classes
from wordvec.pipelines.tagging.features.token_features import Columns, TokenFeatures
from wordvec.vectors.keyed_vectors import KeyedVectors

SENTENCE = ["In", "1996", "the", "U.S.", "AAAAAAA", "New-York", "–", "ｘ", "ǅ", "I|O", "a\\", "München", "²x"]
WORDS = st.sampled_from([*SENTENCE, "a", "|", "\\|", "b|", "", "in", "IN", "=", "x=y"])
SENTENCES = st.lists(st.lists(WORDS, max_size=7), max_size=6)
FAST = settings(deadline=None, max_examples=60)


def strings(encoded, index):
    """Return the attributes of every token, sorted, and check the arrays on the way."""
    names = index.index_to_attribute
    assert encoded.starts.dtype == encoded.indptr.dtype == np.int64
    assert encoded.indices.dtype == np.int32
    assert encoded.indptr[-1] == len(encoded.indices)
    assert encoded.starts[-1] == len(encoded.indptr) - 1
    tokens = [sorted(names[k] for k in part) for part in np.split(encoded.indices, encoded.indptr[1:-1])]
    if len(encoded.indptr) == 1:
        tokens = []
    return [tokens[a:b] for a, b in zip(encoded.starts, encoded.starts[1:])]


def ordered(X):
    return [[sorted(token) for token in sentence] for sentence in X]


@FAST
@given(SENTENCES, st.integers(0, 3), st.integers(0, 5), st.booleans())
@example([SENTENCE, [], ["one"]], 2, 4, True)
def test_word_features_equal_the_naive_ones(X, window, max_affix, conjunctions):
    features = TokenFeatures(window=window, max_affix=max_affix, conjunctions=conjunctions).fit()
    want = [naive_features.word_features(s, window, max_affix, None, conjunctions) for s in X]
    assert ordered(features.transform(X)) == ordered(want)
    index = AttributeIndex()
    assert strings(features.encode(X, index, grow=True), index) == ordered(want)
    assert set(index.index_to_attribute) == {a for sentence in want for token in sentence for a in token}


@FAST
@given(
    st.lists(
        st.lists(st.tuples(WORDS, st.sampled_from(["NN", "V|B", "\\", "V", "B"])), max_size=6), max_size=4
    )
)
def test_columns_equal_the_naive_ones(rows):
    X = [Columns([w for w, _ in sentence], pos=[p for _, p in sentence]) for sentence in rows]
    want = [naive_features.word_features(s.words, pos=s.columns["pos"]) for s in X]
    assert ordered(TokenFeatures(columns=["pos"]).fit().transform(X)) == ordered(want)
    # Columns that are not asked for change nothing.
    assert TokenFeatures().fit().transform(X) == TokenFeatures().fit().transform([s.words for s in X])


@FAST
@given(st.lists(st.text(alphabet="中中国國,。3３aＢ |\\é", max_size=9), max_size=5), st.integers(0, 3))
def test_character_features_equal_the_naive_ones(X, window):
    features = TokenFeatures(kind="char", window=window).fit()
    want = [naive_features.character_features(list(s), character_type, window) for s in X]
    assert ordered(features.transform(X)) == ordered(want)
    assert features.transform([list(s) for s in X]) == features.transform(X)


@FAST
@given(SENTENCES, SENTENCES)
def test_unknown_attributes_are_dropped(train, test):
    features = TokenFeatures().fit()
    index = AttributeIndex()
    features.encode(train, index, grow=True)
    known = index.index_to_attribute
    want = [[[a for a in t if a in set(known)] for t in s] for s in ordered(features.transform(test))]
    assert strings(features.encode(test, index, grow=False), index) == want
    assert index.index_to_attribute == known
    # An index that was saved as a list of strings is the same.
    loaded = AttributeIndex(known)
    assert (
        features.encode(test, loaded, grow=False).indices == features.encode(test, index, grow=False).indices
    ).all()


@FAST
@given(SENTENCES, SENTENCES, st.integers(1, 4))
def test_min_freq_leaves_rare_attributes_out(X, more, min_freq):
    features = TokenFeatures(kind="word").fit()
    counts = Counter(a for sentence in features.transform(X) for token in sentence for a in token)
    frequent = {a for a, n in counts.items() if n >= min_freq}
    index = AttributeIndex()
    encoded = features.encode(X, index, grow=True, min_freq=min_freq)
    assert set(index.index_to_attribute) == frequent
    want = [[[a for a in token if a in frequent] for token in s] for s in ordered(features.transform(X))]
    assert strings(encoded, index) == want


def test_an_index_grows_over_several_calls():
    features = TokenFeatures().fit()
    index = AttributeIndex()
    first = features.encode([SENTENCE[:5]], index, grow=True)
    names = index.index_to_attribute
    second = features.encode([SENTENCE], index, grow=True)
    assert index.index_to_attribute[: len(names)] == names
    assert strings(first, index) == ordered(features.transform([SENTENCE[:5]]))
    assert strings(second, index) == ordered(features.transform([SENTENCE]))


@pytest.mark.parametrize("X", [[], [[]], [[], []]])
@pytest.mark.parametrize("kind", ["word", "char"])
def test_nothing_to_encode(X, kind):
    encoded = TokenFeatures(kind=kind).fit().encode(X, AttributeIndex(), grow=True)
    assert encoded.starts.tolist() == [0] * (len(X) + 1)
    assert encoded.indptr.tolist() == [0]
    assert not len(encoded.indices)
    encoded = encode_features(X, AttributeIndex(), grow=True)
    assert encoded.starts.tolist() == [0] * (len(X) + 1)
    assert encoded.indptr.tolist() == [0]


def test_shapes():
    for word in [*SENTENCE, "CoNLL-2003", "AAAAA", "aaaaaaaaaaaa1111", "-----", "中国", "x\n\n\n\n\n\n"]:
        assert cut_runs(letter_classes(word)) == naive_features.shape(word)
    assert cut_runs(letter_classes("CoNLL-20035")) == "XxXXX-dddd"


@pytest.mark.parametrize(
    ("character", "kind"),
    [("3", "digit"), ("３", "digit"), ("a", "Latin"), ("Ｂ", "Latin"), ("é", "Latin"), ("中", "Han"), ("〇", "other"),
     ("。", "punctuation"), ("$", "punctuation"), (" ", "space"), ("\u3000", "space"), ("я", "other"), ("", "other")],
)  # fmt: skip
def test_character_types(character, kind):
    assert character_type(character) == kind


def naive_gazetteer(words, phrases):
    """Return B, I or None for each word, longest phrases first, from left to right."""
    marks, t = [None] * len(words), 0
    while t < len(words):
        length = max((len(p) for p in phrases if p and words[t : t + len(p)] == p), default=0)
        marks[t : t + length] = ["B", *"I" * (length - 1)][:length]
        t += max(length, 1)
    return marks


@FAST
@given(
    st.lists(st.lists(st.sampled_from("abc"), max_size=12), max_size=4),
    st.lists(st.lists(st.sampled_from("abcd"), max_size=4), max_size=5),
)
def test_gazetteers_mark_the_longest_phrases(X, phrases):
    features = TokenFeatures(gazetteers={"LOC": phrases}, window=0).fit()
    got = [[[a for a in token if a.startswith("gaz")] for token in s] for s in features.transform(X)]
    marks = [naive_gazetteer(s, phrases) for s in X]
    assert got == [[[f"gaz.LOC[0]={m}"] if m else [] for m in sentence] for sentence in marks]
    joined = {"LOC": [" ".join(phrase) for phrase in phrases]}
    assert clone(features).set_params(gazetteers=joined).fit().transform(X) == features.transform(X)


def test_gazetteers_of_characters():
    features = TokenFeatures(kind="char", gazetteers={"LOC": {"北京", "北 京 市"}}, window=0).fit()
    marks = [[a for a in t if a.startswith("gaz")] for t in features.transform(["在北京市"])[0]]
    assert marks == [[], ["gaz.LOC[0]=B"], ["gaz.LOC[0]=I"], ["gaz.LOC[0]=I"]]


def test_clusters():
    clusters = {"the": [3, 30], "Cat": [1, 10], "cat": [2, 20]}
    features = TokenFeatures(clusters=clusters, window=1).fit()
    tokens = features.transform([["The", "cat", "Cat", "sat"]])[0]
    found = [sorted(a for a in t if a.startswith("cluster0")) for t in tokens]
    assert found[0] == ["cluster0[0]=3", "cluster0[0]|cluster0[1]=3|2", "cluster0[1]=2"]
    assert found[2] == ["cluster0[-1]=2", "cluster0[-1]|cluster0[0]=2|1", "cluster0[0]=1"]
    assert found[3] == ["cluster0[-1]=1"]
    assert "cluster1[0]=20" in tokens[1]


@pytest.mark.smoke
def test_clusters_of_vectors():
    rng = np.random.default_rng(1)
    centres = np.eye(4, 8)[np.repeat(np.arange(4), 50)]
    table = ((centres + rng.normal(0, 0.02, centres.shape)) * rng.uniform(1, 9, (200, 1))).astype(np.float32)
    vectors = KeyedVectors(table, [f"w{k}" for k in range(200)])
    clusters = cluster_vectors(vectors, sizes=(4, 9), random_state=3)
    assert clusters.shape == (200, 2)
    assert clusters.dtype == np.int32
    # Four heaps well apart: each is one cluster, however long its vectors are.
    assert len({tuple(part) for part in clusters[:, 0].reshape(4, 50).tolist()}) == 4
    assert all(len(set(part)) == 1 for part in clusters[:, 0].reshape(4, 50).tolist())
    assert (clusters == cluster_vectors(vectors, sizes=(4, 9), random_state=3)).all()
    with pytest.raises(
        ValueError, match="sizes parameter of cluster_vectors must be an integer from 2 to 200"
    ):
        cluster_vectors(vectors, sizes=(201,))


@pytest.mark.parametrize(
    ("X", "message"),
    [
        ([["a"], ["b", 3]], "Token 1 of sentence 1 must be a str.* Got 3"),
        ([["a"], ["b", None]], "Token 1 of sentence 1 must be a str.* Got None"),
        ([["a"], [["w=a"]]], "Token 0 of sentence 1 must be a str.* Got \\['w=a'\\]"),
        ([["a"], "word"], "Sentence 1 is the str 'word', so every character"),
        ([["a"], None], "Sentence 1 must be a list of tokens"),
        ([["a"], 7], "Sentence 1 must be a list of tokens"),
    ],
)
def test_bad_words_name_sentence_and_token(X, message):
    with pytest.raises(TypeError, match=message):
        TokenFeatures().fit().encode(X, AttributeIndex(), grow=True)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"kind": "words"}, "kind parameter of TokenFeatures must be one of 'word', 'char'"),
        ({"window": 6}, "window parameter of TokenFeatures must be an integer from 0 to 5"),
        ({"max_affix": True}, "max_affix parameter"),
        ({"conjunctions": "no"}, "conjunctions parameter"),
        ({"columns": "pos"}, "columns parameter of TokenFeatures must be a list of different names"),
        ({"columns": ["pos", "pos"]}, "columns parameter"),
        ({"columns": ["lower"]}, "none of c, lower"),
        ({"columns": ["a=b"]}, "hold names that are Python identifiers"),
        ({"gazetteers": ["New York"]}, "must be a dict from names"),
        ({"gazetteers": {"A=": []}}, "without \\[, \\], = and \\|"),
        ({"gazetteers": {"LOC": "New York"}}, "must map each name to a collection of phrases"),
        ({"gazetteers": {"LOC": [3]}}, "phrase of the gazetteer 'LOC' must be a str or a list of str. Got 3"),
        ({"clusters": [1]}, "clusters parameter of TokenFeatures must be a dict"),
        ({"clusters": {"a": [1], "b": [1, 2]}}, "same number of cluster ids"),
    ],
)
def test_bad_parameters(parameters, message):
    with pytest.raises((TypeError, ValueError), match=message):
        TokenFeatures(**parameters).fit()


def test_columns_that_are_missing_or_do_not_fit():
    features = TokenFeatures(columns=["pos"]).fit()
    with pytest.raises(ValueError, match="Sentence 1 has no column 'pos'"):
        features.transform([Columns(["a"], pos=["N"]), ["b"]])
    with pytest.raises(TypeError, match="must hold strings. Got None at token 1 of sentence 0"):
        features.transform([Columns(["a", "b"], pos=["N", None])])
    with pytest.raises(ValueError, match="Got 1 value for 2 words"):
        Columns(["a", "b"], pos=["N"])


@pytest.mark.smoke
def test_estimator_contract():
    features = TokenFeatures(columns=("pos",), clusters={"a": [1]}, window=1)
    copy = clone(features)
    assert copy.get_params() == features.get_params()
    with pytest.raises(Exception, match="not fitted"):
        features.transform([["a"]])
    X = [Columns(["a", "b"], pos=["N", "V"])]
    fitted = features.fit(X)
    assert fitted is features
    assert pickle.loads(pickle.dumps(fitted)).transform(X) == fitted.transform(X) == copy.fit_transform(X)
    assert pickle.loads(pickle.dumps(X)) == X


def test_feature_strings_can_be_used_for_templates_and_the_other_way_round():
    features = TokenFeatures().fit()
    X = [SENTENCE, SENTENCE[3:]]
    index = AttributeIndex()
    encoded = features.encode(X, index, grow=True)
    again = encode_features(features.transform(X), index, grow=True)
    assert (encoded.indices == again.indices).all()
    assert (features.encode(X, index, grow=False).indices == encoded.indices).all()


def test_an_extractor_is_read_as_it_was_written(tmp_path):
    path = tmp_path / "features.json"
    features = TokenFeatures(
        window=1,
        columns=["pos"],
        gazetteers={"LOC": {"New York", ("Rome",)}},
        clusters={"\ud800": np.array([3]), "Rome": np.array([1])},
    ).fit()
    X = [Columns(["Ada", "left", "New", "York"], pos=["N", "V", "N", "N"]), Columns(["Rome"], pos=["N"])]
    features.save(path)
    read = TokenFeatures.load(path)
    assert read.transform(X) == features.transform(X)
    assert (read.window, read.columns, read.clusters) == (1, ("pos",), {"\ud800": [3], "Rome": [1]})


def test_files_that_are_no_extractor(tmp_path):
    path = tmp_path / "features.json"
    with pytest.raises(FileNotFoundError, match="There is no file .* with an extractor of token features"):
        TokenFeatures.load(path)
    TokenFeatures().save(path)
    path.write_bytes(path.read_bytes().replace(b'"window": 2', b'"window": 3'))
    with pytest.raises(ValueError, match="damaged.*Use the file that TokenFeatures.save wrote"):
        TokenFeatures.load(path)
    path.write_text("[]")
    with pytest.raises(ValueError, match="cannot be read as an extractor of token features"):
        TokenFeatures.load(path)
