"""`TransformerClassifier` on pairs of texts: what it learns, what transformers computes, what does not fit."""

import numpy as np
import pytest
import torch

from wordvec.transformer import EncoderModel, Tokenizer, TransformerClassifier, TransformerConfig

from .support import classifier

WORDS = ["cat", "dog"]


def pairs(n, seed):
    """Pairs whose second text has the word that tells the label."""
    words = np.random.default_rng(seed).choice(WORDS, n).tolist()
    return [("which one", f"the {word}") for word in words], words


@pytest.fixture(scope="module")
def fitted():
    model = classifier(epochs=10, max_length=16)
    return model.fit(*pairs(80, 1))


def test_it_learns_from_the_second_text(fitted):
    assert fitted.pairs_ is True and fitted.score(*pairs(100, 2)) > 0.9


def test_pairs_come_as_tuples_arrays_and_tables(fitted):
    pandas = pytest.importorskip("pandas")
    rows, _ = pairs(9, 3)
    for form in (np.array(rows), pandas.DataFrame(rows, columns=["premise", "hypothesis"]), tuple(rows)):
        np.testing.assert_array_equal(fitted.predict(form), fitted.predict(rows))


def test_a_saved_model_reads_pairs_as_transformers_does(fitted, tmp_path):
    transformers = pytest.importorskip("transformers")
    fitted.save(tmp_path / "model")
    rows, _ = pairs(12, 4)
    expected = fitted.predict_proba(rows)
    loaded = TransformerClassifier.load(tmp_path / "model")
    np.testing.assert_array_equal(loaded.predict_proba(rows), expected)
    assert loaded.pairs_ is True
    theirs = transformers.AutoModelForSequenceClassification.from_pretrained(tmp_path / "model").eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path / "model")
    with torch.no_grad():
        batch = tokenizer(*map(list, zip(*rows)), padding=True, return_tensors="pt")
        assert batch["token_type_ids"].max() == 1
        found = theirs(**batch).logits.double().softmax(-1)
    np.testing.assert_allclose(found, expected, atol=1e-6)
    # Their folder does not tell whether it reads pairs.
    (tmp_path / "model" / "wordvec.json").unlink()
    other = TransformerClassifier.load(tmp_path / "model")
    np.testing.assert_allclose(other.predict_proba(rows), expected, atol=1e-12)
    assert other.predict_proba(["the cat"]).shape == (1, 2)


def test_of_a_long_pair_the_longer_text_is_cut(fitted):
    long = "the cat " * 80
    with pytest.warns(UserWarning, match="1 of 2 texts"):
        found = fitted.predict_proba([(long, "a cat"), ("cat", "dog")])
    ids = fitted.tokenizer_.encode(long, "a cat", max_length=fitted.max_length_, truncation="right")
    assert len(ids) == fitted.max_length_ and found.shape == (2, 2)
    assert fitted.tokenizer_.decode(ids).endswith("a cat")


def test_a_model_without_segments_learns_from_pairs(tmp_path):
    marks = {"cls": "[CLS]", "sep": "[SEP]", "unk": "[UNK]", "pad": "[PAD]"}
    tokenizer = Tokenizer.train_from_texts(WORDS * 3, "word", special_tokens=marks)
    config = TransformerConfig.bert(
        tokenizer.vocab_size, hidden_size=16, num_layers=1, num_heads=2, max_length=16, type_vocab_size=0
    )
    EncoderModel(config).save_pretrained(tmp_path)
    tokenizer.save(tmp_path)
    rows, labels = pairs(20, 1)
    model = TransformerClassifier(tmp_path, epochs=1, batch_size=8, verbose=False).fit(rows, labels)
    assert model.predict_proba(rows).shape == (20, 2)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        ([("a", "b"), "c"], "Row 1 of TransformerClassifier.fit is not a pair"),
        ([("a", "b"), ("c",)], "Row 1 .* is not a pair"),
        ([("a", "b"), ("c", "d", "e")], "Row 1 .* is not a pair"),
        ([("a", "b", "c")] * 2, "Row 0 .* is not a pair"),
        ([("a", "b"), ("c", None)], "Text 1 .*missing texts"),
        ([("a", "b"), ["c", "d"]], "Row 1 .* is not a pair"),
        (["c", ("a", "b")], "Text 1"),
        ([["a", "b"], ["c", "d"]], "Join its tokens"),
        (np.array([["a", "b", "c"]] * 2), "one column"),
    ],
)
def test_what_is_no_pair(X, message):
    with pytest.raises((TypeError, ValueError), match=message):
        classifier().fit(X, ["x", "y"])


def test_texts_and_pairs_are_told_apart(fitted):
    with pytest.raises(ValueError, match="learned from pairs of texts, and X of predict_proba holds texts"):
        fitted.predict(["the cat"])
    of_texts = classifier(epochs=1).fit(["a", "b"] * 8, ["x", "y"] * 8)
    with pytest.raises(ValueError, match="learned from texts, and X of predict_proba holds pairs"):
        of_texts.predict([("a", "b")])
    assert fitted.predict_proba([]).shape == (0, 2)


def test_a_tokenizer_without_separators_is_refused(tmp_path):
    tokenizer = Tokenizer.train_from_texts(WORDS * 3, "bpe", vocab_size=280)
    config = TransformerConfig.bert(tokenizer.vocab_size, hidden_size=16, num_layers=1, num_heads=2)
    EncoderModel(config).save_pretrained(tmp_path)
    tokenizer.save(tmp_path)
    with pytest.raises(ValueError, match="puts no token between the texts of a pair"):
        TransformerClassifier(tmp_path, verbose=False).fit(*pairs(10, 1))
