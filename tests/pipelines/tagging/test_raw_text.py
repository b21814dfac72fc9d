"""`CRFTagger.tag_text` and the explanation of a sentence."""

from __future__ import annotations

import numpy as np
import pytest

from wordvec import KeyedVectors
from wordvec.pipelines import CRFTagger, TokenFeatures
from wordvec.pipelines.tagging import TaggedText

X = [
    ["Ada", "met", "Bob", "in", "Rome", "."],
    ["Bob", "left", "Rome", "."],
    ["Eve", "stayed", "in", "Oslo", "."],
]
Y = [
    ["B-PER", "O", "B-PER", "O", "B-LOC", "O"],
    ["B-PER", "O", "B-LOC", "O"],
    ["B-PER", "O", "O", "B-LOC", "O"],
]


@pytest.fixture(scope="module")
def tagger():
    return CRFTagger(c2=0.1, verbose=False).fit(X, Y)


def test_sentences_of_a_text(tagger):
    text = "Eve met Bob. Bob left Rome!  "
    found = tagger.tag_text(text, split_sentences=True)
    first, second = tagger.predict([["Eve", "met", "Bob", "."], ["Bob", "left", "Rome", "!"]])
    assert found.tags == first + second
    assert [text[a:b] for a, b in found.offsets] == found.tokens
    for span in found.spans:
        assert found.tokens[span.token_start] == span.text == text[span.start : span.end]


@pytest.mark.parametrize("text", ["", " \n ", "\u3000"])
@pytest.mark.parametrize("split", [False, True])
def test_a_text_without_tokens(tagger, text, split):
    assert tagger.tag_text(text, split_sentences=split) == TaggedText(text, [], [], [], [])


def test_tags_that_encode_no_spans():
    pos = CRFTagger(scheme=None, verbose=False).fit([["I", "run", "."]], [["P", "V", "."]])
    assert pos.tag_text("I run.").spans is None and "spans" not in pos.tag_text("I run.").to_dict()


@pytest.mark.parametrize(
    ("features", "sentences", "name"),
    [
        (None, [["Ada", "left", "."]], "ptb"),
        (None, [["Ada", "left."], ["Oh,", "no!"]], "whitespace"),
        (TokenFeatures(kind="char"), [list("我爱"), list("北京")], "chars"),
        (None, [list("我爱"), list("北京")], "chars"),
        (None, [[["a"], ["b"]]], None),
    ],
)
def test_the_tokenizer_is_recorded(features, sentences, name, tmp_path):
    tagger = CRFTagger(features=features, scheme=None, verbose=False)
    tagger.fit(sentences, [["T"] * len(sentence) for sentence in sentences])
    tagger.save(tmp_path / "t.safetensors")
    assert tagger.tokenizer_ == CRFTagger.load(tmp_path / "t.safetensors").tokenizer_ == name


def test_bad_input(tagger):
    with pytest.raises(TypeError, match="tag_texts"):
        tagger.tag_texts("Ada left.")
    with pytest.raises(TypeError, match="Text 1 must be a str"):
        tagger.tag_texts(["Ada", 3])
    with pytest.raises(ValueError, match="tokenizer"):
        tagger.tag_text("Ada", "no")
    own = CRFTagger(verbose=False).fit([[["a"]]], [["O"]])
    with pytest.raises(ValueError, match="lists of features"):
        own.tag_text("Ada")


@pytest.mark.parametrize("window", [None, 0, 1])
def test_the_scores_of_a_sentence_add_up(window):
    words = sorted({word for sentence in X for word in sentence})
    vectors = KeyedVectors(np.random.default_rng(0).normal(size=(len(words), 4)).astype(np.float32), words)
    parameters = {} if window is None else {"vectors": vectors, "vector_window": window}
    tagger = CRFTagger(c2=0.1, verbose=False, **parameters).fit(X, Y)
    found = tagger.explain(X[0], topn=1000)
    assert found.tags == tagger.predict([X[0]])[0]
    # With the sequences of all else equal, the log of the ratio of probabilities is the difference of scores.
    best, second = tagger.predict_nbest([X[0]], 2)[0]
    other = _score(tagger, X[0], second[0])
    assert sum(token.score for token in found.tokens) - other == pytest.approx(
        np.log(best[1] / second[1]), abs=1e-5
    )
    assert all(token.probability > token.rival_probability for token in found.tokens)
    assert len(str(found).split("\n\n")) == len(X[0])


def _score(tagger, sentence, tags):
    """Return the score of a sequence that is not the best one: its tags are made the predicted ones."""
    from wordvec.pipelines.tagging.sentence_explaining import explain_tokens

    tables = [] if tagger.vectors is None else [tagger.vectors]
    encoded, table = tagger._encode([sentence], "X", tables, grow=False)
    names = tagger.attributes_.index_to_attribute
    marginals = tagger.predict_marginals([sentence])[0]
    found = explain_tokens(
        tagger.model_, tagger.classes_.tolist(), names, encoded, table, sentence, tags, marginals, 9
    )
    return sum(token.score for token in found.tokens)


def test_a_sentence_may_be_text_or_own_features(tagger):
    assert [token.token for token in tagger.explain("Eve left Oslo.").tokens] == ["Eve", "left", "Oslo", "."]
    own = CRFTagger(verbose=False, scheme=None).fit([[["w=a", "x"], {"w=b": 2.0}]], [["A", "B"]])
    assert own.explain([["w=a"], {"w=b": 2.0}]).tags == ["A", "B"]
    assert tagger.explain([]).tokens == []
    assert tagger.explain(5).topn == tagger.explain(topn=5).topn == 5
