"""`TextClassifier.explain`: what each word of a text adds, against brute force, and how it is shown."""

import json
import unicodedata

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from wordvec.pipelines.classification.classifier import TextClassifier

from .trained import (
    HAN_LABELS,
    HAN_TEXTS,
    LABELS,
    MANY,
    MANY_TEXTS,
    SETS,
    TAGGED,
    TEXTS,
    train,
)


@pytest.fixture(scope="module")
def model():
    return train(MANY_TEXTS, MANY)


def log_odds(model, text, place):
    p = model.predict_proba([text])[0, place]
    return np.log(p / (1 - p))


def test_explanations_by_brute_force(model):
    text = "the good film is good but dull"
    found = model.explain(text)
    proba = model.predict_proba([text])[0]
    place = int(proba.argmax())
    assert found.text == text and found.prediction == found.label == model.classes_[place]
    assert found.probabilities == pytest.approx(dict(zip(model.classes_.tolist(), proba.tolist())))
    expected = {}
    for word in set(text.split()):
        rest = " ".join(other for other in text.split() if other != word)
        expected[word] = log_odds(model, text, place) - log_odds(model, rest, place)
    assert dict(found.contributions) == pytest.approx(expected, abs=1e-9)
    weights = [weight for _, weight in found.contributions]
    assert weights == sorted(weights, reverse=True)
    assert dict(model.explain(text.split()).contributions) == pytest.approx(dict(found.contributions))
    assert model.explain(tuple(text.split())).text == text


def test_capitals_and_marks_stay_in_the_text(model):
    text, rest = "Good, isn't it? GOOD (it is)!", " , isn't it?   (it is)!"
    found = model.explain(text)
    place = model.classes_.tolist().index(found.label)
    assert [word for word, _ in found.contributions].count("good") == 1
    weight = log_odds(model, text, place) - log_odds(model, rest, place)
    assert dict(found.contributions)["good"] == pytest.approx(weight)


def test_words_are_not_taken_out_of_others(model):
    text = "Good, well-good film"
    found = model.explain(text)
    place = model.classes_.tolist().index(found.label)
    whole, rest = (
        log_odds(model, words.split(), place) for words in ("good well-good film", "well-good film")
    )
    assert dict(found.contributions)["good"] == pytest.approx(whole - rest)


def test_unknown_words_do_nothing(model):
    found = dict(model.explain("a good film ### ЖЖ 東 ШШ").contributions)
    assert [found[word] for word in ("жж", "шш", "東")] == pytest.approx([0.0] * 3, abs=1e-9)
    assert found["good"] > 0
    lines = model.explain("ЖЖ ШШ").format().splitlines()
    assert lines[1:] == ["No word of the text makes a difference."]
    for empty in ("", [], "!?"):
        assert model.explain(empty).contributions == []
        assert "makes a difference" in model.explain(empty).format()


def test_chinese_words_are_not_taken_out_of_others():
    model = train(HAN_TEXTS, HAN_LABELS)
    text = "电影好看,电影院无聊"
    tokens = model.tokenizer_(text)
    assert "电影" in tokens and "电影院" in tokens
    found = model.explain(text)
    place = model.classes_.tolist().index(found.label)
    for word, weight in found.contributions:
        rest = [token for token in tokens if token != word]
        assert weight == pytest.approx(log_odds(model, tokens, place) - log_odds(model, rest, place)), word


def test_tokens_that_do_not_stand_in_the_text():
    def stems(text):
        return [word.rstrip("sy").upper() for word in text.split()]

    model = train(tokenizer=stems, lowercase=False)
    found = dict(model.explain("goods films funny").contributions)
    assert set(found) == {"GOOD", "FILM", "FUNN"}
    place = int(model.predict_proba(["goods films funny"])[0].argmax())
    split = log_odds(model, ["GOOD", "FILM", "FUNN"], place) - log_odds(model, ["FILM", "FUNN"], place)
    assert found["GOOD"] == pytest.approx(split) and abs(found["GOOD"]) > 0.1


@pytest.mark.smoke
def test_many_words_in_small_batches(model, monkeypatch):
    text = " ".join(MANY_TEXTS[:10])
    expected = model.explain(text)
    monkeypatch.setattr("wordvec.pipelines.classification.explaining._BATCH_CHARACTERS", 3 * len(text))
    assert model.explain(text) == expected


@pytest.mark.parametrize(
    ("labels", "texts"),
    [(MANY, MANY_TEXTS), (SETS, TAGGED), ([label == "pos" for label in LABELS], TEXTS),
     ([int(label == "pos") for label in LABELS], TEXTS),
     (np.array([[label == "pos", label == "neg"] for label in LABELS]).astype(int), TEXTS)],
    ids=["classes", "sets", "bool", "int", "matrix"],
)  # fmt: skip
def test_to_dict_is_json(labels, texts):
    found = train(texts, labels).explain("a good, bad and odd film")
    read = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert read["text"] == found.text
    prediction = list(found.prediction) if isinstance(found.prediction, tuple) else found.prediction
    assert read["prediction"] == prediction and read["label"] == found.label
    assert read["probabilities"] == {str(label): p for label, p in found.probabilities.items()}
    assert read["contributions"] == [list(pair) for pair in found.contributions]


def n_columns(line):
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in line)


def test_format_stays_within_100_columns_and_steers_no_terminal():
    names = {"neg": "长" * 90, "pos": "x" * 200, "mixed": "a\x1b[2J\nb"}
    model = train(MANY_TEXTS, [names[label] for label in MANY], tokenizer="whitespace")
    for word in ("good", "dull", "odd"):
        text = f"{word} " * 3 + "g" * 300 + " " + "好" * 80 + " \x1b[31mgood\x07 film"
        lines = model.explain(text).format().split("\n")
        assert max(map(n_columns, lines)) <= 100
        assert all(letter.isprintable() for line in lines for letter in line)
        assert lines[1].startswith("for ") and any(word in line and "+" in line for line in lines[2:])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "must be one str, or a list of its words. Got NoneType"),
        (b"good", "Got bytes"),
        (np.array(["good"]), "Got ndarray"),
        (["good", 3], "Token 1 of text 0"),
        ([["good"]], "Token 0 of text 0"),
    ],
)
def test_what_cannot_be_explained(model, text, message):
    with pytest.raises(TypeError, match=message):
        model.explain(text)
    with pytest.raises(NotFittedError):
        TextClassifier().explain("good")
