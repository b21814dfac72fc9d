"""The reader without training: kinds of answers in both languages, exact characters, files, what it refuses."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone

from wordvec import KeyedVectors
from wordvec._utils.errors import ParameterError
from wordvec._utils.parameters import check_parameters
from wordvec.pipelines.applications import PassageReader
from wordvec.pipelines.applications.answering.features import candidates_of, feature_names
from wordvec.pipelines.applications.answering.questions import understood
from wordvec.pipelines.applications.answering.reader import best_answers
from wordvec.pipelines.applications.answering.sentences import PassageSentences
from wordvec.pipelines.applications.answering.words import words_of
from wordvec.text.answers import Answer

ENGLISH = (
    "Nikola Tesla was born in 1856 in Smiljan. The  bridge was opened by Queen Victoria and is 420 metres long. "
    "Zoe\u0308 Smith wrote \u201cThe Long Road\u201d in Oslo."
)
CHINESE = (
    "《战国无双3》是由光荣和ω-force开发的战国无双系列的第三续作。该游戏于2009年12月3日在日本发售，由鲤沼久史担任制作人。"
    "黄山位于安徽省南部，主峰海拔1864米。"
)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Who opened the bridge?", "Queen Victoria"),
        ("How long is the bridge?", "420 metres"),
        ("When was Nikola Tesla born?", "1856"),
        ("Where was Nikola Tesla born?", "Smiljan"),
        ("Who wrote \u201cThe Long Road\u201d?", "Zoe\u0308 Smith"),
    ],
)
def test_english(question, answer):
    (found,) = PassageReader().predict([question], ENGLISH)
    assert found.text == answer == ENGLISH[found.start : found.end]
    assert 0 < found.score <= 1


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("战国无双3是由哪两个公司开发的？", "光荣和ω-force"),
        ("制作人是谁？", "鲤沼久史"),
        ("黄山主峰海拔多少米？", "1864"),
        ("黄山位于哪里？", "安徽省南部"),
    ],
)
def test_chinese(question, answer):
    (found,) = PassageReader().predict([question], CHINESE)
    assert answer in found.text and len(found.text) <= len(answer) + 2
    assert found.text == CHINESE[found.start : found.end]


@pytest.mark.parametrize(
    ("text", "language"), [(ENGLISH, "en"), (CHINESE, "zh"), ("\u00e9\u0301 \U0001f600. 一。", "zh")]
)
def test_words_and_spans_have_exact_characters(text, language):
    words = words_of(text, language)
    assert [text[a:b] for a, b in zip(words.begins, words.ends)] == words.texts
    question = understood("Who was born in 1856?" if language == "en" else "谁在2009年开发了游戏？", language)
    sentences = PassageSentences(text, language)
    for match in sentences.matches(question):
        found = candidates_of(question, match)
        assert found.features.shape == (len(found.begins), len(feature_names(language)))
        assert np.isfinite(found.features).all()
        spans = list(zip(found.begins.tolist(), found.ends.tolist()))
        assert len(set(spans)) == len(spans)
        edges = (
            {int(match.begin + b) for b in match.words.begins},
            {int(match.begin + e) for e in match.words.ends},
        )
        assert all(a in edges[0] and b in edges[1] and a < b for a, b in spans)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_features_have_names_of_their_own(language):
    names = feature_names(language)
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("Who came?", "person"), ("In what year did it end?", "time"), ("How many people live there?", "number"),
        ("Where is it?", "place"), ("Why did it fail?", "reason"), ("How does it work?", "manner"),
        ("Which city is the largest?", "place"), ("What is the name of the dog?", "name"), ("What fell?", "thing"),
        ("谁来了？", "person"), ("什么时候结束的？", "time"), ("哪一年出生？", "time"), ("有多少人？", "number"),
        ("在哪里？", "place"), ("为什么失败？", "reason"), ("如何工作？", "manner"), ("首都是哪个城市？", "place"),
        ("", "thing"), ("北京", "thing"),
    ],
)  # fmt: skip
def test_what_is_asked_for(question, asked):
    language = "zh" if any("\u4e00" <= c <= "\u9fff" for c in question) else "en"
    assert understood(question, language).asked == asked


def test_best_answers_against_a_slow_choice():
    rng = np.random.default_rng(2)
    passages = ["abcdefghij", "klmnopqrst"]
    spans = []
    for _ in passages:
        begins = rng.integers(0, 8, 30)
        spans.append((begins, begins + rng.integers(1, 3, 30), rng.normal(size=30)))
    found = best_answers(spans, passages, 4, None)
    every = [(s, n, b, e) for n, part in enumerate(spans) for b, e, s in zip(*part)]
    total = sum(np.exp(s) for s, *_ in every)
    expected = []
    for s, n, b, e in sorted(every, reverse=True):
        if len(expected) < 4 and all(n != m or e <= a or b >= z for _, m, a, z in expected):
            expected.append((s, n, b, e))
    assert [(a.passage, a.start, a.end) for a in found] == [(n, b, e) for _, n, b, e in expected]
    assert [a.score for a in found] == pytest.approx([np.exp(s) / total for s, *_ in expected])
    assert [a.text for a in best_answers(spans, passages, 2, 1.0)] == ["", found[0].text]
    assert best_answers([], [], 1, None) == best_answers([], [], 1, 0.5) == [Answer("", 0, 0, 0.0)]


def test_several_answers_and_passages():
    reader = PassageReader()
    some = reader.predict_spans(["Where was Nikola Tesla born?"], ENGLISH, 3)[0]
    assert len(some) == 3 and [a.score for a in some] == sorted((a.score for a in some), reverse=True)
    passages = ["It rained.", ENGLISH, ""]
    (found,) = reader.answers_among("Who opened the bridge?", passages)
    assert (found.passage, found.text) == (1, "Queen Victoria")
    assert reader.answers_among("Who?", []) == [Answer("", 0, 0, 0.0)]
    assert reader.predict(["Who?"], "")[0].text == reader.predict(["Who?"], " \n.")[0].text == ""
    assert reader.predict([], []) == []
    assert reader.predict(["Who opened the bridge?"] * 2, [ENGLISH, ENGLISH])[1].text == "Queen Victoria"


def vectors():
    words = sorted({word.lower() for word in words_of(ENGLISH, "en").texts if word.isalnum()})
    return KeyedVectors(np.random.default_rng(1).normal(size=(len(words), 8)).astype(np.float32), words)


def test_files_pickles_and_clones(tmp_path):
    for reader in (
        PassageReader(n_sentences=2, no_answer_threshold=0.1),
        PassageReader(vectors(), language="en"),
    ):
        expected = reader.predict(["Who opened the bridge?", "Why?"], ENGLISH)
        reader.save(tmp_path / "reader")
        loaded = PassageReader.load(tmp_path / "reader")
        for other in (loaded, pickle.loads(pickle.dumps(reader)), clone(reader)):
            assert other.predict(["Who opened the bridge?", "Why?"], ENGLISH) == expected
        ours, theirs = reader.get_params(), loaded.get_params()
        assert (ours.pop("vectors") is None) == (theirs.pop("vectors") is None) and ours == theirs
    (tmp_path / "reader").write_bytes(b"something else")
    with pytest.raises(ValueError, match="cannot be read as a reader of passages"):
        PassageReader.load(tmp_path / "reader")


def test_bad_parameters():
    rules = PassageReader._parameter_rules
    assert set(rules) == set(PassageReader().get_params())
    for name, rule in rules.items():
        for value in rule.bad_values():
            with pytest.raises(ParameterError, match=f"The {name} parameter of PassageReader must"):
                check_parameters(PassageReader().set_params(**{name: value}))


@pytest.mark.parametrize(
    ("questions", "passages", "told"),
    [
        ([" "], "a", "Question 0 of PassageReader.predict is empty"),
        ("Who?", "a", "Each character would count"),
        (["Who?"], ["a", "b"], "passages parameter"),
        ([3], "a", "3"),
        (["Who?"], [None], "None"),
    ],
)
def test_bad_input(questions, passages, told):
    with pytest.raises((TypeError, ValueError), match=told):
        PassageReader().predict(questions, passages)


@pytest.mark.parametrize("filler", ["alpha beta ", "x", "one, two, ", "项目"])
def test_a_long_line_without_a_full_stop_is_read_in_pieces(filler):
    passage = filler * (40_000 // len(filler)) + " the bridge was opened in 1843 by Ada Lovelace"
    sentences = PassageSentences(passage, "en")
    assert max(end - begin for begin, end in sentences.spans) <= 4000
    joined = "".join(passage[begin:end] for begin, end in sentences.spans)
    assert joined.replace(" ", "") == passage.replace(" ", "")
    (answer,) = PassageReader(language="en").predict(["When was the bridge opened?"], passage)
    assert answer.text == "1843" == passage[answer.start : answer.end]
