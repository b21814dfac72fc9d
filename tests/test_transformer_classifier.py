import dataclasses
import doctest
import json
import os
import pickle
import signal

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

import wordvec.transformer
from wordvec.transformer import (
    DecoderModel,
    EncoderDecoderModel,
    EncoderModel,
    MaskedLM,
    SequenceClassifier,
    Tokenizer,
    TransformerClassifier,
    TransformerConfig,
    TransformerFeatures,
    TransformerTagger,
    from_pretrained,
)
from wordvec.transformer.word_rows import WordRows

SMALL = dict(hidden_size=16, num_layers=1, num_heads=2, batch_size=8, learning_rate=0.01, verbose=False)
WORDS = {"pos": ["good", "fine", "warm", "funny"], "neg": ["bad", "dull", "cold", "slow"]}


def sentences(n, seed=1):
    """Made-up reviews: two telling words among others, and their class."""
    rng = np.random.default_rng(seed)
    labels = rng.choice(["pos", "neg"], n).tolist()
    others = ["the", "film", "is", "a", "story", "about", "people", "in", "town"]
    texts = [
        " ".join(rng.permutation([*rng.choice(WORDS[label], 2), *rng.choice(others, 4)])) for label in labels
    ]
    return texts, labels


TEXTS, LABELS = sentences(80)
NEW_TEXTS, NEW_LABELS = sentences(40, seed=2)


def classifier(**changes):
    return TransformerClassifier(**({**SMALL, "epochs": 6} | changes))


@pytest.fixture(scope="module")
def fitted():
    return classifier().fit(TEXTS, LABELS)


@pytest.fixture(scope="module")
def bert(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bert") / "model"
    tokenizer = Tokenizer.train_from_texts(TEXTS, "wordpiece", 120)
    config = TransformerConfig.bert(
        tokenizer.vocab_size, hidden_size=16, num_layers=1, num_heads=2, max_length=24
    )
    MaskedLM(EncoderModel(config, 1), 1).save_pretrained(folder)
    tokenizer.save(folder)
    return folder


@pytest.fixture(scope="module")
def gpt(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gpt") / "model"
    tokenizer = Tokenizer.train_from_texts(TEXTS, "bpe", 300)
    ids = dict(pad_token_id=tokenizer.pad_token_id, eos_token_id=tokenizer.eos_token_id)
    config = TransformerConfig.gpt(
        tokenizer.vocab_size, hidden_size=16, num_layers=1, num_heads=2, max_length=24, **ids
    )
    DecoderModel(config, 1).save_pretrained(folder)
    tokenizer.save(folder)
    return folder


@pytest.fixture
def folder_of(request):
    return lambda name: request.getfixturevalue(name)


def test_it_learns_what_tells_classes_apart(fitted):
    assert fitted.score(NEW_TEXTS, NEW_LABELS) == 1.0
    assert fitted.classes_.tolist() == ["neg", "pos"]
    proba = fitted.predict_proba(NEW_TEXTS)
    assert proba.shape == (40, 2) and proba.dtype == np.float64
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    assert fitted.n_iter_ == 60 == len(fitted.loss_curve_)
    assert fitted.loss_curve_[-1] < 0.1 < fitted.loss_curve_[0]
    assert fitted.n_truncated_ == 0 and not fitted.interrupted_


@pytest.mark.parametrize("name", ["bert", "gpt"])
def test_it_starts_from_a_pretrained_model(name, folder_of):
    folder = folder_of(name)
    model = classifier(pretrained=folder, epochs=20).fit(TEXTS, LABELS)
    assert model.score(NEW_TEXTS, NEW_LABELS) >= 0.95
    assert model.max_length_ == 24
    # One small step leaves the weights where the checkpoint has them.
    near = classifier(pretrained=folder, epochs=1, batch_size=80, learning_rate=1e-7).fit(TEXTS, LABELS)
    loaded = from_pretrained(folder)
    body = getattr(loaded, "body", loaded)
    for weight_name, weight in body.state_dict().items():
        torch.testing.assert_close(near.model_.body.state_dict()[weight_name], weight, atol=1e-6, rtol=0)


def test_the_learning_rate_fits_the_start(bert):
    assert classifier(learning_rate=None, epochs=1).fit(TEXTS, LABELS).learning_rate_ == 1e-3
    model = classifier(pretrained=bert, learning_rate=None, epochs=1).fit(TEXTS, LABELS)
    assert model.learning_rate_ == 3e-4


def test_each_seed_has_its_bits(fitted):
    again = classifier().fit(TEXTS, LABELS)
    assert (again.predict_proba(NEW_TEXTS) == fitted.predict_proba(NEW_TEXTS)).all()
    other = classifier(random_state=2).fit(TEXTS, LABELS)
    assert (other.predict_proba(NEW_TEXTS) != fitted.predict_proba(NEW_TEXTS)).all()
    drawn = classifier(random_state=np.random.RandomState(3), epochs=1).fit(TEXTS, LABELS)
    fixed = classifier(random_state=drawn.seed_, epochs=1).fit(TEXTS, LABELS)
    assert (drawn.predict_proba(NEW_TEXTS) == fixed.predict_proba(NEW_TEXTS)).all()


def test_other_texts_of_a_batch_do_not_matter(fitted):
    alone = np.concatenate([fitted.predict_proba([text]) for text in NEW_TEXTS[:5]])
    np.testing.assert_allclose(alone, fitted.predict_proba(NEW_TEXTS[:5] + ["the " * 20])[:5], atol=1e-5)


def test_scikit_learn_contract(fitted):
    model = classifier()
    assert clone(model).get_params() == model.get_params()
    assert model.set_params(epochs=1).epochs == 1
    assert not [name for name in vars(model) if name.endswith("_")]
    with pytest.raises(NotFittedError):
        model.predict(TEXTS)
    with pytest.raises(NotFittedError):
        model.save("nowhere")
    before = model.get_params()
    assert model.fit(np.array(TEXTS), np.array(LABELS)) is model and model.get_params() == before
    assert fitted.predict([]).shape == (0,) and fitted.predict_proba([]).shape == (0, 2)
    assert isinstance(fitted.predict(["good"])[0], str)


def test_labels_may_be_numbers():
    numbers = [{"pos": 7, "neg": -1}[label] for label in LABELS]
    model = classifier().fit(TEXTS, numbers)
    assert model.classes_.tolist() == [-1, 7]
    assert model.predict(["good warm funny"]).tolist() == [7]


def test_it_can_be_searched_and_piped():
    search = GridSearchCV(
        make_pipeline(classifier()), {"transformerclassifier__epochs": [1, 6]}, cv=2, error_score="raise"
    )
    search.fit(TEXTS, LABELS)
    assert search.best_params_ == {"transformerclassifier__epochs": 6}
    assert search.score(NEW_TEXTS, NEW_LABELS) > 0.9


def test_pickle_and_files_give_the_same_model(fitted, tmp_path):
    expected = fitted.predict_proba(NEW_TEXTS)
    assert (pickle.loads(pickle.dumps(fitted)).predict_proba(NEW_TEXTS) == expected).all()
    fitted.save(tmp_path / "model")
    loaded = TransformerClassifier.load(tmp_path / "model")
    assert (loaded.predict_proba(NEW_TEXTS) == expected).all()
    assert loaded.get_params() == fitted.get_params()
    assert loaded.classes_.tolist() == fitted.classes_.tolist()
    suffixes = {path.suffix for path in (tmp_path / "model").iterdir()}
    assert suffixes == {".json", ".safetensors"}
    with pytest.raises(ValueError, match="device parameter of TransformerClassifier .* Got 'tpu'"):
        TransformerClassifier.load(tmp_path / "model", device="tpu")
    # A search over an array gives NumPy's numbers.
    numbers = classifier(epochs=np.int64(1), learning_rate=np.float32(0.01))
    numbers.fit(TEXTS, [len(label) + (label == "pos") for label in LABELS])
    numbers.save(tmp_path / "model")
    assert TransformerClassifier.load(tmp_path / "model").classes_.tolist() == [3, 4]


@pytest.mark.parametrize("name", [None, "gpt"])
def test_transformers_loads_what_save_writes(name, folder_of, fitted, tmp_path):
    transformers = pytest.importorskip("transformers")
    ours = fitted if name is None else classifier(pretrained=folder_of(name), epochs=1).fit(TEXTS, LABELS)
    ours.save(tmp_path / "model")
    theirs = transformers.AutoModelForSequenceClassification.from_pretrained(tmp_path / "model").eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path / "model")
    batch = tokenizer(NEW_TEXTS, padding=True, return_tensors="pt")
    with torch.no_grad():
        logits = theirs(**batch).logits
    np.testing.assert_allclose(ours.predict_proba(NEW_TEXTS), logits.softmax(-1).numpy(), atol=1e-5)
    assert theirs.config.id2label == {0: "neg", 1: "pos"}


def test_it_loads_what_transformers_fine_tuned(bert, tmp_path):
    transformers = pytest.importorskip("transformers")
    theirs = transformers.BertForSequenceClassification.from_pretrained(bert, num_labels=3).eval()
    theirs.save_pretrained(tmp_path)
    Tokenizer.load(bert).save(tmp_path)
    ours = TransformerClassifier.load(tmp_path)
    assert ours.classes_.tolist() == ["LABEL_0", "LABEL_1", "LABEL_2"] and ours.max_length_ == 24
    batch = Tokenizer.load(bert).encode_batch(NEW_TEXTS)
    with torch.no_grad():
        logits = theirs(**batch).logits
    np.testing.assert_allclose(ours.predict_proba(NEW_TEXTS), logits.softmax(-1).numpy(), atol=1e-5)


def test_chinese():
    texts = ["这部电影很好看", "故事很好很感人", "这部电影很无聊", "故事太差太无聊"] * 5
    labels = ["好", "好", "差", "差"] * 5
    model = classifier(epochs=20).fit(texts, labels)
    assert model.predict(["这部故事很好看", "这部故事太无聊"]).tolist() == ["好", "差"]


def test_long_texts_are_cut_by_choice_and_counted():
    texts = [f"{'the film ' * 6}{text}" for text in TEXTS]
    with pytest.warns(
        UserWarning, match=r"80 of 80 texts of TransformerClassifier.fit .* their beginnings are"
    ):
        left = classifier(max_length=9, truncation="left").fit(texts, LABELS)
    assert left.n_truncated_ == 80
    with pytest.warns(UserWarning, match="their beginnings are left out"):
        assert left.score(texts, LABELS) == 1.0
    with pytest.warns(UserWarning, match="80 of 80 texts .* more than 9 tokens; their ends are left out"):
        right = classifier(max_length=9).fit(texts, LABELS)
    with pytest.warns(UserWarning, match="1 of 2 texts of TransformerClassifier.predict_proba"):
        assert len(set(map(tuple, right.predict_proba([texts[0], "good"])))) == 2
    with pytest.raises(
        ValueError, match=r"Text 0 of TransformerClassifier.fit has 20 tokens, and 9 are taken"
    ):
        classifier(max_length=9, truncation="error").fit(texts, LABELS)


def test_empty_texts_have_a_class(gpt, fitted):
    assert fitted.predict(["", " "]).shape == (2,)
    model = classifier(pretrained=gpt, epochs=1).fit(["", *TEXTS], ["pos", *LABELS])
    assert np.isfinite(model.predict_proba(["", "good"])).all()


BAD_TEXTS = [
    ("good", TypeError, "one str"),
    (b"good", TypeError, "one bytes"),
    (5, TypeError, "list of texts"),
    ({"a": 1}, TypeError, "list of texts"),
    (np.array([["a"], ["b"]]), TypeError, "one column"),
    (["good", None], TypeError, "Text 1 .* must be a str. Got None .*Fill or drop"),
    (["good", float("nan")], TypeError, "Text 1 .*nan"),
    (["good", b"bad"], TypeError, "Text 1 .*Decode"),
    ([["good"], ["bad"]], TypeError, "Text 0 .*Join its tokens"),
    (["good", "half \ud83d"], ValueError, "lone surrogate"),
]


@pytest.mark.parametrize(("texts", "kind", "message"), BAD_TEXTS)
def test_bad_texts_are_named(fitted, texts, kind, message):
    with pytest.raises(kind, match=f"TransformerClassifier.fit.*{message}|{message}"):
        classifier().fit(texts, ["a", "b"])
    with pytest.raises(kind, match=message):
        fitted.predict(texts)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["a"], "2 texts and 1 labels"),
        (["a", "a"], "at least two classes"),
        (["a", None], "Label 1"),
        (["a", float("nan")], "Label 1"),
        (["a", 1], "of one type"),
        ([["a"], ["b"]], "Label 0"),
        ("ab", "list of classes"),
    ],
)
def test_bad_labels_are_named(labels, message):
    with pytest.raises((TypeError, ValueError), match=message):
        classifier().fit(["good", "bad"], labels)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"epochs": 0}, "epochs parameter of TransformerClassifier"),
        ({"epochs": 1.5}, "epochs"),
        ({"batch_size": 0}, "batch_size"),
        ({"learning_rate": 0}, "learning_rate"),
        ({"learning_rate": "fast"}, "learning_rate"),
        ({"max_length": 2}, "max_length"),
        ({"truncation": "middle"}, "truncation"),
        ({"hidden_size": 0}, "hidden_size"),
        ({"num_heads": 3}, "num_heads .* divide"),
        ({"vocab_size": 2}, "vocab_size"),
        ({"lowercase": 1}, "lowercase"),
        ({"device": "tpu"}, "device"),
        ({"random_state": -1}, "random_state"),
        ({"verbose": "no"}, "verbose"),
        ({"pretrained": 5}, "pretrained parameter .* must be the folder"),
        ({"pretrained": ""}, "pretrained"),
    ],
)
def test_bad_parameters_are_told_by_fit(parameters, message):
    model = classifier(**parameters)
    with pytest.raises((TypeError, ValueError), match=message):
        model.fit(TEXTS, LABELS)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_missing_gpu_is_told(fitted, bert, tmp_path):
    with pytest.raises(ValueError, match="no GPU"):
        classifier(device="cuda").fit(TEXTS, LABELS)
    with pytest.raises(ValueError, match="The device parameter of TransformerClassifier .* no GPU"):
        fitted.save(tmp_path / "model")
        TransformerClassifier.load(tmp_path / "model", device="cuda")
    with pytest.raises(ValueError, match="The device parameter of TransformerFeatures .* no GPU"):
        TransformerFeatures(bert, device="cuda").fit(TEXTS)


def test_folders_that_hold_something_else(bert, gpt, fitted, tmp_path):
    with pytest.raises(FileNotFoundError, match="does not exist"):
        classifier(pretrained=tmp_path / "no").fit(TEXTS, LABELS)
    with pytest.raises(ValueError, match="MaskedLM, and TransformerClassifier needs a SequenceClassifier"):
        TransformerClassifier.load(bert)
    original = EncoderDecoderModel(TransformerConfig.original(400, hidden_size=16, num_layers=1, num_heads=2))
    original.save_pretrained(tmp_path / "original")
    Tokenizer.load(gpt).save(tmp_path / "original")
    with pytest.raises(ValueError, match="must hold an encoder or a decoder"):
        classifier(pretrained=tmp_path / "original").fit(TEXTS, LABELS)
    small = TransformerConfig.gpt(50, hidden_size=16, num_layers=1, num_heads=2)
    DecoderModel(small).save_pretrained(tmp_path / "small")
    Tokenizer.load(gpt).save(tmp_path / "small")
    with pytest.raises(ValueError, match="do not belong together"):
        classifier(pretrained=tmp_path / "small").fit(TEXTS, LABELS)
    with pytest.raises(FileNotFoundError, match="Create the folder first"):
        fitted.save(tmp_path / "no" / "model")
    with pytest.raises(TypeError, match="must be a path"):
        fitted.save(5)
    regression = SequenceClassifier(EncoderModel(from_pretrained(bert).config), 1, problem="regression")
    regression.save_pretrained(tmp_path / "regression")
    Tokenizer.load(bert).save(tmp_path / "regression")
    with pytest.raises(ValueError, match="problem 'regression'"):
        TransformerClassifier.load(tmp_path / "regression")


def test_a_model_of_two_tokens_is_refused(bert, tmp_path):
    config = dataclasses.replace(from_pretrained(bert).config, max_length=2)
    EncoderModel(config).save_pretrained(tmp_path)
    Tokenizer.load(bert).save(tmp_path)
    for fit in (
        lambda: classifier(pretrained=tmp_path).fit(TEXTS, LABELS),
        lambda: TransformerTagger(tmp_path).fit(TAGGED, TAGS),
        lambda: TransformerFeatures(tmp_path).fit(TEXTS),
    ):
        with pytest.raises(ValueError, match="takes 2 tokens"):
            fit()


def test_a_fit_that_fails_leaves_the_model_as_it_was(bert, fitted):
    model = classifier(epochs=1).fit(TEXTS, LABELS)
    before = model.predict_proba(NEW_TEXTS)
    model.set_params(pretrained=bert, max_length=4, truncation="error")
    with pytest.raises(ValueError, match="4 are taken"):
        model.fit(TEXTS, LABELS)
    model.set_params(truncation="right")
    assert (model.predict_proba(NEW_TEXTS) == before).all()
    with pytest.raises(ValueError, match="batch_size"):
        model.set_params(batch_size=0).predict(TEXTS)


def test_damaged_descriptions_are_told(fitted, tmp_path):
    fitted.save(tmp_path / "model")
    file = tmp_path / "model" / "wordvec.json"
    described = json.loads(file.read_text())
    for change, message in (
        ({"format": 99}, "newer version"),
        ({"estimator": "TransformerTagger"}, "it is a TransformerTagger"),
        ({"classes": ["a"]}, "1 classes in wordvec.json and 2"),
        ({"classes": "ab"}, "classes are 'ab'"),
        ({"classes": ["a", 1]}, "classes are"),
        ({"classes": ["a", "a"]}, "classes are"),
        ({"max_length": 129}, "max_length .* from 3 to 128"),
        ({"max_length": True}, "max_length"),
        ({"parameters": []}, "parameters are"),
        ({"parameters": {"depth": 3}}, "other parameters .*'depth'"),
    ):
        file.write_text(json.dumps(described | change))
        with pytest.raises(ValueError, match=message):
            TransformerClassifier.load(tmp_path / "model")
    file.write_text("{")
    with pytest.raises(ValueError, match=r"wordvec.json"):
        TransformerClassifier.load(tmp_path / "model")
    del described["classes"]
    file.write_text(json.dumps(described))
    with pytest.raises(ValueError, match="'classes' is missing"):
        TransformerClassifier.load(tmp_path / "model")


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
def test_ctrl_c_keeps_what_was_learned(monkeypatch):
    from wordvec.transformer.training_log import StepBar

    def interrupt(bar, step, *_):
        if step == 3:
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(StepBar, "update_to", interrupt)
    with pytest.warns(UserWarning, match="interrupted after step"):
        model = classifier().fit(TEXTS, LABELS)
    assert model.interrupted_ and model.n_iter_ in (3, 4)
    assert model.predict(TEXTS).shape == (80,)


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


TAGGED = [text.split() for text in TEXTS]
TAGS = [["Q" if word in sum(WORDS.values(), []) else "O" for word in sentence] for sentence in TAGGED]


@pytest.mark.parametrize("name", ["bert", "gpt"])
@pytest.mark.parametrize("crf", [False, True])
def test_a_tagger_learns_and_is_stored(name, crf, folder_of, tmp_path):
    tagger = TransformerTagger(
        folder_of(name), crf=crf, epochs=6, batch_size=8, learning_rate=0.01, verbose=False
    ).fit(TAGGED, TAGS)
    assert tagger.classes_.tolist() == ["O", "Q"]
    new = [text.split() for text in NEW_TEXTS]
    expected = [["Q" if word in sum(WORDS.values(), []) else "O" for word in sentence] for sentence in new]
    assert tagger.predict(new) == expected
    assert tagger.predict([[], ["good"], []]) == [[], ["Q"], []] and tagger.predict([]) == []
    tagger.save(tmp_path / "model")
    loaded = TransformerTagger.load(tmp_path / "model")
    assert loaded.predict(new) == expected and loaded.crf is crf
    assert pickle.loads(pickle.dumps(tagger)).predict(new) == expected
    assert clone(tagger).get_params() == tagger.get_params()


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
        assert rows.joined([[x for x in row if x >= 0] for row in rows.labels(labels)]) == labels
        text = tokenizer.decode(pieces.encode_words(["film"])[0])
        assert text.strip() == "film" and text.startswith(" ") == (folder == gpt)


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        ("good film", [["O"]], "The sentences of TransformerTagger.fit must be lists of words"),
        (["good film"], [["O"]], "Sentence 0 .* must be a list of words"),
        ([["good", 5]], [["O", "O"]], "Sentence 0 .* Got 5"),
        ([["good"]], [["O", "O"]], "Sentence 0 .* 1 words and 2 tags"),
        ([["good"]], [["O"], ["O"]], "1 sentences and 2 lists"),
        ([["good"]], [[1]], "Sentence 0 .* list of tags"),
        ([[]], [[]], "sentences with words"),
    ],
)
def test_bad_sentences_are_named(bert, X, y, message):
    with pytest.raises((TypeError, ValueError), match=message):
        TransformerTagger(bert).fit(X, y)


def test_the_example_of_the_package(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "corpus.txt").write_text("".join(f"{text}.\n" for text in TEXTS * 3))
    found = doctest.testmod(wordvec.transformer, verbose=False)
    assert found.attempted >= 10 and found.failed == 0
    assert (tmp_path / "model" / "tokenizer.json").exists()
    from wordvec.transformer import classifier as module

    assert doctest.testmod(module).failed == 0


def test_every_public_name_is_there():
    for name in wordvec.transformer.__all__:
        assert getattr(wordvec.transformer, name).__doc__
    assert set(wordvec.transformer.__all__) <= set(dir(wordvec.transformer))
    with pytest.raises(AttributeError, match="nothing"):
        wordvec.transformer.nothing  # noqa: B018
