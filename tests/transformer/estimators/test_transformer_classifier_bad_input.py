"""`TransformerClassifier`: texts, labels, parameters and folders that do not fit are told."""

import dataclasses
import json

import numpy as np
import pytest
import torch

from wordvec._utils.errors import ParameterError
from wordvec.transformer import (
    DecoderModel,
    EncoderDecoderModel,
    EncoderModel,
    SequenceClassifier,
    Tokenizer,
    TransformerClassifier,
    TransformerConfig,
    TransformerFeatures,
    TransformerTagger,
    from_pretrained,
)

from .support import LABELS, NEW_TEXTS, TAGGED, TAGS, TEXTS, classifier

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
        (["a"], "2 texts and 1 label"),
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
        ({"pretrained": 5}, "pretrained parameter .* must be a path"),
        ({"pretrained": ""}, "pretrained"),
    ],
)
def test_bad_parameters_are_told_by_fit(parameters, message):
    model = classifier(**parameters)
    with pytest.raises((TypeError, ValueError), match=message):
        model.fit(TEXTS, LABELS)


@pytest.mark.parametrize("kind", [TransformerClassifier, TransformerTagger, TransformerFeatures])
def test_each_parameter_is_checked(kind):
    data = (TAGGED, TAGS) if kind is TransformerTagger else (TEXTS, LABELS)
    rules = kind._parameter_rules
    assert set(rules) == set(kind("folder").get_params())
    for name, rule in rules.items():
        for value in rule.bad_values():
            model = kind("folder").set_params(**{name: value})
            with pytest.raises(ParameterError, match=f"The {name} parameter of {kind.__name__}"):
                model.fit(*data)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_missing_gpu_is_told(fitted, bert, tmp_path):
    with pytest.raises(ValueError, match="no GPU"):
        classifier(device="cuda").fit(TEXTS, LABELS)
    with pytest.raises(ValueError, match="The device parameter of TransformerClassifier .* no GPU"):
        fitted.save(tmp_path / "model")
        TransformerClassifier.load(tmp_path / "model", device="cuda")
    with pytest.raises(ValueError, match="The device parameter of TransformerFeatures .* no GPU"):
        TransformerFeatures(bert, device="cuda").fit(TEXTS)


@pytest.mark.smoke
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
    with pytest.raises(ValueError, match="gives values of a regression"):
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
    for change in ({}, {"crc32": "00000000"}):
        file.write_text(json.dumps(json.loads(file.read_text()) | change))
        with pytest.raises(ValueError, match="it is damaged: its header does not have the checksum"):
            TransformerClassifier.load(tmp_path / "model")
    # Those of the first version had no checksum, and a number as their format.
    described = json.loads(file.read_text()) | {"format": 1}
    del described["crc32"]
    file.write_text(json.dumps(described))
    assert (TransformerClassifier.load(tmp_path / "model").classes_ == fitted.classes_).all()
    for change, message in (
        ({"format": 99}, "newer version"),
        ({"format": "wordvec estimator 2"}, "its checksum is missing"),
        ({"format": "wordvec vocabulary 1"}, "a vocabulary: Vocabulary.load reads it"),
        ({"estimator": "TransformerTagger"}, "it is one of TransformerTagger"),
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
