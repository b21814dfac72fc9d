"""What extractors, clusters, schemes, scores and files of tags say of input that cannot be right."""

import numpy as np
import pytest

from wordvec.pipelines.metrics.entities import entity_scores, token_accuracy
from wordvec.pipelines.tagging import (
    Columns,
    ConlluCorpus,
    TaggedCorpus,
    TokenFeatures,
    allowed_transitions,
    bmes_to_words,
    cluster_vectors,
    convert_tags,
    detect_scheme,
    read_conll,
    spans_to_tags,
    tags_to_spans,
    validate_tags,
    words_to_bmes,
    write_conll,
    write_conllu,
)

from .support import VECTORS, X, Y, fit

CORPUS = TaggedCorpus({"token": X, "tag": Y})


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"clusters": {"Ada": 3}}, "clusters parameter of TokenFeatures .* integers. Got 3 .* 'Ada'"),
        ({"clusters": {"Ada": "12"}}, "clusters parameter of TokenFeatures .* Got '12' .* 'Ada'"),
        ({"clusters": {"Ada": None}}, "clusters parameter of TokenFeatures .* Got None .* 'Ada'"),
        ({"clusters": {"Ada": {1: 2}}}, "clusters parameter of TokenFeatures .* Got {1: 2} .* 'Ada'"),
        ({"clusters": {"Ada": [1], "Bob": [1.5]}}, r"clusters parameter .* Got \[1.5\] .* 'Bob'"),
        ({"clusters": {"Ada": [[1], [2]]}}, "clusters parameter of TokenFeatures .* Got"),
        ({"clusters": {3: [1]}}, r"clusters parameter of TokenFeatures .* Got \[1\] .* 3\."),
        ({"gazetteers": []}, "gazetteers parameter of TokenFeatures must be a dict"),
        ({"gazetteers": {"A": None}}, "gazetteers parameter of TokenFeatures must map .* Got None"),
        ({"columns": 3}, "columns parameter of TokenFeatures must be a list of different names. Got 3"),
        ({"columns": None}, "columns parameter of TokenFeatures must be a list of different names"),
        ({"columns": [["a"]]}, "columns parameter of TokenFeatures must hold names"),
        ({"columns": ["pos"]}, "Sentence 0 has no column 'pos'"),
        ({"kind": ["word"]}, "kind parameter of TokenFeatures must be one of"),
        ({"window": 1.5}, "window parameter of TokenFeatures must be an integer"),
    ],
)
def test_features(parameters, message):
    with pytest.raises((TypeError, ValueError), match=message):
        fit(features=TokenFeatures(**parameters))


@pytest.mark.parametrize("X", [None, 3, "Ada lives", iter(X)])
def test_extracting_from_what_are_no_sentences(X):
    with pytest.raises(TypeError, match="X parameter of TokenFeatures must be a list of sentences"):
        TokenFeatures().fit().transform(X)


def test_words_where_characters_belong():
    features = TokenFeatures(kind="char")
    with pytest.warns(UserWarning, match=r'kind "char" .* but \'sleeps\' is a token here'):
        tagger = fit(features=features)
    with pytest.warns(UserWarning, match="'北京' is a token here"):
        tagger.predict([["我", "北京"]])


@pytest.mark.filterwarnings("error")
def test_characters_are_not_warned_of():
    tagger = fit(["我爱北京", []], [list("SSBE"), []], features=TokenFeatures(kind="char"))
    assert tagger.predict(["我爱", [], list("北京")])
    tagger.predict([["e\u0301", "\ud83d\ude00", "👩\u200d🚀", "……"]])  # each is one to its reader
    with pytest.raises(TypeError, match="must be a list of sentences. Got '我爱'"):
        tagger.predict("我爱")


@pytest.mark.parametrize(
    ("words", "columns", "message"),
    [
        (None, {}, "words of Columns must be a list of strings. Got None"),
        (["a"], {"pos": 3}, "pos of Columns must be a list of strings. Got 3"),
        (["a"], {"pos": "N"}, "pos of Columns must be a list of strings. Got 'N'"),
    ],
)
def test_columns(words, columns, message):
    with pytest.raises(TypeError, match=message):
        Columns(words, **columns)


def test_columns_with_a_text():
    assert len(Columns("北京", pos=["N", "N"])) == 2
    with pytest.raises(TypeError, match="Sentence 1 is the str 'ab', so every character"):
        TokenFeatures().fit().transform([["a"], Columns("ab", pos=["N", "N"])])


@pytest.mark.parametrize(
    ("vectors", "sizes", "message"),
    [
        (VECTORS, 64, r"sizes parameter of cluster_vectors must be a list .* such as \(64, 256\). Got 64"),
        (VECTORS, "64", "sizes parameter of cluster_vectors must be a list"),
        (VECTORS, (), "sizes parameter of cluster_vectors must be a list"),
        (VECTORS, (999,), "sizes parameter of cluster_vectors must be an integer from 2 to 4. Got 999"),
        (np.eye(3), (2,), "vectors parameter of cluster_vectors must be KeyedVectors"),
        (None, (2,), "vectors parameter of cluster_vectors must be KeyedVectors. Got None"),
    ],
)
def test_clusters(vectors, sizes, message):
    with pytest.raises((TypeError, ValueError), match=message):
        cluster_vectors(vectors, sizes)


@pytest.mark.parametrize("score", [entity_scores, token_accuracy])
@pytest.mark.parametrize(
    ("true", "predicted", "message"),
    [
        (None, None, "y_true must be a list with a list of tags for each sentence. Got None"),
        (Y, None, "y_pred must be a list with a list of tags for each sentence. Got None"),
        (3, Y, "y_true must be a list"),
        ("OO", "OO", "y_true is a str"),
        (["O"], ["O"], r"y_true\[0\] is a str"),
        ([None], [None], r"y_true\[0\] must be a list of tags. Got None"),
        ([["O"]], [3], r"y_pred\[0\] must be a list of tags. Got 3"),
    ],
)
def test_tags_to_compare(score, true, predicted, message):
    with pytest.raises(TypeError, match=message):
        score(true, predicted)


@pytest.mark.parametrize("bad", [None, 3, [None], [3], "B-X", ["B-X"]])
def test_tag_sequences(bad):
    for call in (
        detect_scheme,
        lambda tags: convert_tags(tags, "IOB2"),
        lambda tags: validate_tags(tags, "IOB2"),
    ):
        with pytest.raises(TypeError, match=r"tag_sequences(\[0\])? (is a str|must be a list)"):
            call(bad)


def test_tags_that_are_no_strings():
    for tags in ([[3]], [[None]], [[["O"]]]):
        assert detect_scheme(tags) is None
        with pytest.raises(ValueError, match=r"tag_sequences\[0\]\[0\] must be a tag"):
            convert_tags(tags, "IOB2")
    for bad in (None, 3):
        with pytest.raises(TypeError, match="must be a list of tags"):
            tags_to_spans(bad)
        with pytest.raises(TypeError, match="labels must be a list of tags"):
            allowed_transitions(bad, "IOB2")
        with pytest.raises(TypeError, match="words must be a list of str"):
            words_to_bmes(bad)
        with pytest.raises(TypeError, match="characters must be a list"):
            bmes_to_words(bad, ["B"])
        with pytest.raises(TypeError, match="spans parameter of spans_to_tags"):
            spans_to_tags(bad, 3, "IOB2")
        with pytest.raises(TypeError, match=r"words\[0\] must be a str"):
            words_to_bmes([bad])
    for n_tokens in ("3", 2.5, -3):
        with pytest.raises((TypeError, ValueError), match="n_tokens parameter of spans_to_tags"):
            spans_to_tags([], n_tokens, "IOB2")


@pytest.mark.smoke
@pytest.mark.parametrize("bad", [{"token": X}, X, None, "a.conll"])
def test_corpora_to_write(tmp_path, bad):
    for write, kind in ((write_conll, "TaggedCorpus"), (write_conllu, "ConlluCorpus")):
        with pytest.raises(TypeError, match=f"corpus parameter of {write.__name__} must be a {kind}. Got "):
            write(tmp_path / "a", bad)
    assert not list(tmp_path.iterdir())


def test_paths_and_columns_of_files(tmp_path):
    for path in (3, None, b"a"):
        with pytest.raises(TypeError, match="path parameter of write_conll must be a path"):
            write_conll(path, CORPUS)
    with pytest.raises(TypeError, match="must be a ConlluCorpus. Got "):
        write_conllu(tmp_path / "a", CORPUS)
    with pytest.raises(TypeError, match="corpus parameter of write_conll must be a TaggedCorpus. Got '"):
        write_conll(CORPUS, "a.conll")
    with pytest.raises(OSError, match="is a folder"):
        write_conll(tmp_path, CORPUS)
    path = tmp_path / "a.conll"
    write_conll(path, CORPUS)
    with pytest.raises(ValueError, match="columns parameter of read_conll must be a list .* Got 3"):
        read_conll(path, 3)
    with pytest.raises(ValueError, match="encoding parameter of read_conll .* Got 'hex'"):
        read_conll(path, encoding="hex")
    with pytest.raises(ValueError, match="line 1: 2 columns, where 1 is expected"):
        read_conll(path, ["token"])


@pytest.mark.smoke
@pytest.mark.parametrize("kind", [TaggedCorpus, ConlluCorpus])
@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (X, r'must be a dict such as {"token": X, "tag": y}'),
        (None, "must be a dict"),
        ({"token": "ab"}, "must be lists of sentences by their name. Got 'ab' for 'token'"),
        ({3: X}, "must be lists of sentences by their name. Got .* for 3"),
        ({"token": [["a"], "b"]}, "Sentence 1 of the column 'token' must be a list. Got 'b'"),
    ],
)
def test_columns_of_a_corpus(kind, columns, message):
    with pytest.raises(TypeError, match=message):
        kind(columns)
