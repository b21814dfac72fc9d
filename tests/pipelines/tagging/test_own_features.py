"""Features that a caller made himself, as lists and dicts, and the index of attributes."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from wordvec.pipelines.tagging.features.attributes import AttributeIndex
from wordvec.pipelines.tagging.features.encoding import encode_features

FAST = settings(deadline=None, max_examples=60)
NAMES = st.sampled_from(["a", "b", "word", "w[-1]=x", "é"])
NUMBERS = st.one_of(st.booleans(), st.integers(-9, 9), st.floats(-4, 4, width=32))
VALUES = st.recursive(
    st.one_of(NUMBERS, st.text("xyz", max_size=2)),
    lambda inner: st.one_of(
        st.dictionaries(NAMES, inner, max_size=3), st.lists(NAMES, max_size=3), st.sets(NAMES, max_size=3)
    ),
    max_leaves=6,
)
TOKENS = st.one_of(
    st.lists(NAMES, max_size=4),
    st.tuples(NAMES, NAMES),
    st.sets(NAMES, max_size=3),
    st.dictionaries(NAMES, VALUES),
)


@FAST
@given(st.lists(st.lists(TOKENS, max_size=4), max_size=4))
def test_features_are_read_as_crfsuite_reads_them(X):
    pycrfsuite = pytest.importorskip("pycrfsuite")
    index = AttributeIndex()
    encoded = encode_features(X, index, grow=True)
    values = np.ones(len(encoded.indices), np.float32) if encoded.values is None else encoded.values
    names, t = index.index_to_attribute, 0
    for sentence in X:
        # The sum of repeated attributes is tested elsewhere: the item sequence shows only the last of them.
        for token, theirs in zip(sentence, pycrfsuite.ItemSequence(sentence).items()):
            part = slice(encoded.indptr[t], encoded.indptr[t + 1])
            ours = dict(zip([names[k] for k in encoded.indices[part]], values[part].tolist()))
            assert len(ours) == part.stop - part.start
            assert ours.keys() == theirs.keys()
            if not isinstance(token, (list, tuple)) and not has_repetition(token):
                assert ours == theirs
            t += 1


def has_repetition(token):
    """Whether lists inside a token could name an attribute twice."""
    if isinstance(token, dict):
        return any(has_repetition(value) for value in token.values())
    return isinstance(token, list)


def test_repeated_attributes_are_summed():
    index = AttributeIndex()
    encoded = encode_features(
        [[["a", "b", "a"], ["b"]], [{"a": {"b": 2}, "a:b": 0.5, "c": True}]], index, grow=True
    )
    assert index.index_to_attribute == ["a", "b", "a:b", "c"]
    assert encoded.indices.tolist() == [0, 1, 1, 2, 3]
    assert encoded.values.tolist() == [2, 1, 1, 2.5, 1]
    assert encoded.indptr.tolist() == [0, 2, 3, 5]


def test_features_all_one_have_no_values():
    encoded = encode_features([[["a", "b"], {"b": 1, "c": "d"}]], AttributeIndex(), grow=True)
    assert encoded.values is None
    assert encoded.dense_ids is None


def test_unknown_features_are_dropped():
    index = AttributeIndex(["b", "a"])
    encoded = encode_features([[["a", "z"], {"z": 3, "b": 2}, ["z"]]], index, grow=False)
    assert len(index) == 2
    assert encoded.indices.tolist() == [1, 0]
    assert encoded.values.tolist() == [1, 2]
    assert encoded.indptr.tolist() == [0, 1, 2, 2]


@pytest.mark.parametrize(
    ("token", "error", "message"),
    [
        ({"a": float("nan")}, ValueError, "Token 1 of sentence 2 has the feature 'a' with the value nan"),
        (
            {"b": 1, "a": {"c": float("inf")}},
            ValueError,
            "sentence 2 has the feature 'a:c' with the value inf",
        ),
        ({"a": 1e300}, ValueError, "Token 1 of sentence 2 .* float32"),
        ({"a": None}, TypeError, "Token 1 of sentence 2 has the feature 'a' with the value None"),
        ({"a": ("b",)}, TypeError, "the value \\('b',\\), but a value must be a number"),
        ({"a": b"1"}, TypeError, "Token 1 of sentence 2"),
        ({1: 1.0}, TypeError, "Token 1 of sentence 2 has the feature 1, but the keys"),
        ([("a", "1.0")], TypeError, "Token 1 of sentence 2 has the feature \\('a', '1.0'\\)"),
        ([["a"]], TypeError, "Token 1 of sentence 2 has the feature \\['a'\\]"),
        (["a", 3], TypeError, "Token 1 of sentence 2 has the feature 3"),
        ({"b", 3}, TypeError, "Token 1 of sentence 2 has the feature 3"),
        ("word", TypeError, "Token 1 of sentence 2 is 'word'"),
        (None, TypeError, "Token 1 of sentence 2 is None"),
    ],
)
def test_bad_features_name_sentence_and_token(token, error, message):
    X = [[], [["a"]], [["a"], token]]
    for grow in (True, False):
        with pytest.raises(error, match=message):
            encode_features(X, AttributeIndex(["a"]), grow=grow)


def test_sets_are_read_in_sorted_order():
    index = AttributeIndex()
    encode_features([[{"c", "a", "b"}, {"z": {"y", "x", "w"}}]], index, grow=True)
    assert index.index_to_attribute == ["a", "b", "c", "z:w", "z:x", "z:y"]


def test_index_of_attributes():
    index = AttributeIndex(["b", "a=c"])
    assert (len(index), index.get("a=c"), index.get("x"), "b" in index, "x" in index) == (
        2,
        1,
        -1,
        True,
        False,
    )
    assert (index.add("x"), index.add("b"), index.get("x")) == (2, 0, 2)
    assert index.keep(np.array([2, 0])).index_to_attribute == ["x", "b"]
    assert index.value_ids("a=", ["c", "d"], grow=True).tolist() == [1, 3]
    assert (index.get("a=d"), index.get("b"), "a=c" in index, index.get("e=d")) == (3, 0, True, -1)
    assert (
        pickle.loads(pickle.dumps(index)).index_to_attribute
        == index.index_to_attribute
        == ["b", "a=c", "x", "a=d"]
    )
    with pytest.raises(ValueError, match="must not repeat. Got 'a' again at place 1"):
        AttributeIndex(["a", "a"])
    with pytest.raises(TypeError, match="must be strings. Got 1 at place 0"):
        AttributeIndex([1])


def test_index_of_templates_keeps_some():
    index = AttributeIndex()
    index.value_ids("w=", ["a", "", "\ud800", "é"], grow=True)
    index.value_ids("zero=", ["x\0y", "z"], grow=True)
    index.value_ids("BOS", [""], grow=True)
    index.value_ids("EOS", [""], grow=True)
    names = index.index_to_attribute
    assert names == ["w=a", "w=", "w=\ud800", "w=é", "zero=x\0y", "zero=z", "BOS", "EOS"]
    for kept in ([0, 2, 3, 5, 7], [4, 6], [], list(range(8)), [7, 1]):
        some = index.keep(np.array(kept, np.int64))
        assert some.index_to_attribute == [names[k] for k in kept]
        assert len(some) == len(kept)
        assert [some.get(name) for name in names] == [kept.index(k) if k in kept else -1 for k in range(8)]
    assert index.value_ids("w=", ["é", "new", "a"], grow=True).tolist() == [3, 8, 0]
    assert index.index_to_attribute == [*names, "w=new"]
