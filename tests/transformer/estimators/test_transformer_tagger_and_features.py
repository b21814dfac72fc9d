"""`TransformerTagger` learns tags of words; `TransformerFeatures` are pooled hidden states."""

import pickle

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from wordvec.schemes import allowed_transitions, validate_tags
from wordvec.transformer import Tokenizer, TransformerFeatures, TransformerTagger, from_pretrained
from wordvec.transformer.data.word_rows import WordRows

from .support import LABELS, NEW_TEXTS, TAGGED, TAGS, TEXTS, WORDS


@pytest.mark.smoke
def test_features_are_pooled_hidden_states(bert, gpt):
    for folder, poolings in ((bert, ("mean", "first", "last")), (gpt, ("mean", "last"))):
        model, tokenizer = from_pretrained(folder), Tokenizer.load(folder)
        body = getattr(model, "body", model)
        for pooling in poolings:
            features = TransformerFeatures(folder, pooling, batch_size=3).fit(NEW_TEXTS[:8])
            found = features.transform(NEW_TEXTS[:8])
            assert found.shape == (8, 16) and found.dtype == np.float32
            for text, vector in zip(NEW_TEXTS, found):
                with torch.no_grad():
                    hidden = body(torch.tensor([tokenizer.encode(text)])).last_hidden_state[0].numpy()
                expected = {"mean": hidden.mean(0), "first": hidden[0], "last": hidden[-1]}[pooling]
                np.testing.assert_allclose(vector, expected, atol=1e-5)
            assert features.get_feature_names_out().tolist()[:2] == [f"{pooling}_0", f"{pooling}_1"]


def test_vectors_of_tokens_are_hidden_states_without_special_tokens(bert, gpt):
    texts = [*NEW_TEXTS[:5], ""]
    for folder in (bert, gpt):
        model, tokenizer = from_pretrained(folder), Tokenizer.load(folder)
        body = getattr(model, "body", model)
        features = TransformerFeatures(folder, batch_size=2).fit(texts)
        # A decoder has nothing to say of no tokens.
        asked = texts if folder == bert else texts[:5]
        for text, vectors in zip(asked, features.transform_tokens(asked), strict=True):
            ids = tokenizer.encode(text)
            with torch.no_grad():
                hidden = body(torch.tensor([ids])).last_hidden_state[0].numpy()
            np.testing.assert_allclose(vectors, hidden[~tokenizer.is_special[ids]], atol=1e-5)
        assert features.transform_tokens([]) == []


def test_features_keep_the_contract(bert, gpt):
    features = TransformerFeatures(bert)
    with pytest.raises(NotFittedError):
        features.transform(TEXTS)
    assert clone(features).get_params() == features.get_params()
    model = make_pipeline(features, LogisticRegression(C=100, max_iter=1000)).fit(TEXTS, LABELS)
    assert model.score(TEXTS, LABELS) > 0.8
    again = pickle.loads(pickle.dumps(model[0]))
    assert (again.transform(NEW_TEXTS) == model[0].transform(NEW_TEXTS)).all()
    assert model[0].transform([]).shape == (0, 16)
    with pytest.raises(ValueError, match="'first'.* decoder"):
        TransformerFeatures(gpt, "first").fit(TEXTS)
    with pytest.raises(ValueError, match="pooling parameter of TransformerFeatures"):
        TransformerFeatures(gpt, "max").fit(TEXTS)
    with pytest.raises(TypeError, match="Text 1 of TransformerFeatures.transform"):
        model[0].transform(["good", None])
    with pytest.warns(UserWarning, match="1 of 1 texts of TransformerFeatures.transform .*takes more"):
        model[0].transform(["the film " * 20])


@pytest.mark.parametrize("name", ["bert", "gpt"])
def test_features_are_stored(name, folder_of, tmp_path):
    features = TransformerFeatures(
        folder_of(name), "last", max_length=9, truncation="left", batch_size=3
    ).fit(TEXTS)
    features.save(tmp_path / "features")
    loaded = TransformerFeatures.load(tmp_path / "features")
    assert loaded.get_params() == features.get_params() | {"pretrained": str(folder_of(name))}
    assert loaded.max_length_ == 9
    with pytest.warns(UserWarning, match="beginnings are cut off"):
        assert (loaded.transform([TEXTS[0] * 9]) == features.transform([TEXTS[0] * 9])).all()
    foreign = TransformerFeatures.load(folder_of(name))
    assert foreign.transform(NEW_TEXTS).shape == (40, 16)
    with pytest.raises(ValueError, match="it is one of TransformerFeatures"):
        tagger = TransformerTagger(folder_of(name), epochs=1, verbose=False).fit(TAGGED[:8], TAGS[:8])
        tagger.save(tmp_path / "tagger")
        (tmp_path / "features" / "wordvec.json").rename(tmp_path / "tagger" / "wordvec.json")
        TransformerTagger.load(tmp_path / "tagger")


@pytest.mark.parametrize("name", ["bert", "gpt"])
@pytest.mark.parametrize("crf", [False, True])
def test_a_tagger_learns_and_is_stored(name, crf, folder_of, tmp_path):
    tagger = TransformerTagger(
        folder_of(name), crf=crf, epochs=6, batch_size=8, learning_rate=0.01, verbose=False
    ).fit(TAGGED, TAGS)
    assert tagger.classes_.tolist() == ["O", "Q"]
    assert set(tagger.fit_times_) == {"preparation", "training"} and min(tagger.fit_times_.values()) > 0
    new = [text.split() for text in NEW_TEXTS]
    expected = [["Q" if word in sum(WORDS.values(), []) else "O" for word in sentence] for sentence in new]
    assert tagger.predict(new) == expected
    assert tagger.predict([[], ["good"], []]) == [[], ["Q"], []] and tagger.predict([]) == []
    tagger.save(tmp_path / "model")
    loaded = TransformerTagger.load(tmp_path / "model")
    assert loaded.predict(new) == expected and loaded.crf is crf
    assert pickle.loads(pickle.dumps(tagger)).predict(new) == expected
    assert clone(tagger).get_params() == tagger.get_params()


@pytest.mark.smoke
def test_long_sentences_are_tagged_in_parts(bert):
    tagger = TransformerTagger(bert, epochs=6, batch_size=8, learning_rate=0.01, verbose=False).fit(
        TAGGED, TAGS
    )
    long = sum(TAGGED[:10], [])
    with pytest.warns(
        UserWarning, match="1 of 2 sentences of TransformerTagger.predict have more than 24 tokens"
    ):
        found = tagger.predict([long, ["good"]])
    assert found == [sum(TAGS[:10], []), ["Q"]]


def test_rows_of_words_keep_words_and_labels(bert, gpt):
    for folder in (bert, gpt):
        tokenizer = Tokenizer.load(folder)
        pieces = tokenizer
        sentences = [["good", "unbelievably", "dull", "\u200b"], ["film"], ["x" * 40, *["town"] * 14]]
        labels = [[0, 1, 2, 3], [4], list(range(5, 20))]
        rows = WordRows.of(sentences, pieces, 12)
        assert all(len(row) <= 12 for row in rows.rows) and rows.n_split >= 1
        parts = rows.joined_rows([[x for x in row if x >= 0] for row in rows.labels(labels)])
        assert [sum(some, []) for some in parts] == labels
        text = tokenizer.decode(pieces.encode_words(["film"])[0])
        assert text.strip() == "film" and text.startswith(" ") == (folder == gpt)


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        ("good film", [["O"]], "The sentences of TransformerTagger.fit must be lists of words"),
        (["good film"], [["O"]], "Sentence 0 .* must be a list of words"),
        ([["good", 5]], [["O", "O"]], "Sentence 0 .* Got 5"),
        ([["good"]], [["O", "O"]], "Sentence 0 .* 1 word and 2 tags"),
        ([["good"]], [["O"], ["O"]], "1 sentence and 2 lists"),
        ([["good"]], [[1]], "Sentence 0 .* list of tags"),
        ([[]], [[]], "sentences with words"),
    ],
)
def test_bad_sentences_are_named(bert, X, y, message):
    with pytest.raises((TypeError, ValueError), match=message):
        TransformerTagger(bert).fit(X, y)


SENTENCES = [["good", "bad", "film", "dull"], ["the", "good", "film"], ["bad", "dull", "the"]] * 8
NAMES = [["B-X", "{}-X", "O", "S-X"], ["O", "S-X", "S-X"], ["B-X", "{}-X", "O"]] * 8


@pytest.mark.parametrize(("letter", "scheme"), [("I", "BIOS"), ("E", "BIOES"), ("M", "BMS"), ("L", None)])
def test_a_crf_allows_what_the_scheme_does(letter, scheme, bert, tmp_path, recwarn):
    tags = [[tag.format(letter) for tag in row] for row in NAMES]
    tagger = TransformerTagger(bert, crf=True, epochs=1, batch_size=8, verbose=False).fit(SENTENCES, tags)
    if scheme is None:  # L among S: of two schemes
        assert any("of several schemes" in str(told.message) for told in recwarn)
    else:
        assert not recwarn.list and tagger.scheme_ == scheme
    start, steps, end = allowed_transitions(tagger.classes_, tagger.scheme_)
    assert not steps.all()
    allowed = tagger.model_.crf.allowed.numpy()
    assert (allowed == [*steps, start, end]).all()
    # Before it has learned much, the scores alone would break the rules.
    for row in tagger.predict(SENTENCES):
        validate_tags([row], tagger.scheme_)
    tagger.save(tmp_path / "model")
    loaded = TransformerTagger.load(tmp_path / "model")
    assert loaded.scheme_ == tagger.scheme_ and (loaded.model_.crf.allowed.numpy() == allowed).all()
    assert loaded.predict(SENTENCES) == tagger.predict(SENTENCES)


@pytest.mark.parametrize("crf", [False, True])
def test_illegal_steps_are_told_and_respelled(crf, bert):
    tags = [["B-X", "I-X", "O", "I-X"], ["O", "O", "O"], ["O", "B-X", "I-X"]] * 8
    options = {"crf": crf, "epochs": 1, "batch_size": 8, "verbose": False}
    with pytest.warns(
        UserWarning, match="8 steps .* not legal in IOB2.* tag 3 of sentence 0 of y: 'I-X' after 'O'"
    ):
        tagger = TransformerTagger(bert, **options).fit(SENTENCES, tags)
    assert tagger.scheme_ == "IOB2"
    free = TransformerTagger(bert, scheme=None, **options).fit(SENTENCES, tags)
    assert free.scheme_ is None and (not crf or free.model_.crf.allowed.all())
    with pytest.raises(ValueError, match=r"must be the scheme of the tags.*y\[0\]\[3\]"):
        TransformerTagger(bert, scheme="IOB2", **options).fit(SENTENCES, tags)
