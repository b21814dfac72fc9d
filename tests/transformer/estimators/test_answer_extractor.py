"""`AnswerExtractor`: what it learns, spans against brute force, transformers' model and windows, files, bad input."""

import pickle

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from wordvec.text.answers import Answer
from wordvec.transformer import (
    AnswerExtractor,
    QuestionAnswerer,
    Tokenizer,
    TransformerClassifier,
    from_pretrained,
)
from wordvec.transformer.data.passage_windows import PairTemplate, passage_windows
from wordvec.transformer.estimators.answer_inputs import check_answers
from wordvec.transformer.estimators.answer_spans import AnswerCollector, best_spans
from wordvec.transformer.estimators.answer_windows import window_logits

from .support import LABELS, TEXTS, classifier

SMALL = dict(
    hidden_size=32,
    num_layers=1,
    num_heads=2,
    batch_size=8,
    learning_rate=0.01,
    epochs=30,
    verbose=False,
    device="cpu",
)
NAMES = ["Ada", "Bob", "Eve", "Kim", "Max", "Pia", "Sam", "Zoe\u0308"]
PLACES = ["park", "house", "\u5317\u4eac"]


def made(pairs):
    """Questions about meetings, their passages, and the answers with their places."""
    questions, passages, answers = [], [], []
    for number, (a, b) in enumerate(pairs):
        place = PLACES[number % 3]
        passage = f"Once  {a} met {b} in the {place}."
        for question, answer in (("Who was met?", b), ("Where was it?", place)):
            questions.append(question)
            passages.append(passage)
            answers.append((answer, passage.rindex(answer)))
    return questions, passages, answers


PAIRS = np.random.default_rng(1).permutation([(a, b) for a in NAMES for b in NAMES if a != b]).tolist()
DATA, HELD_OUT = made(PAIRS[6:]), made(PAIRS[:6])


@pytest.fixture(scope="module")
def extractor():
    return AnswerExtractor(**SMALL).fit(*DATA)


def test_it_learns_and_offsets_are_those_of_the_passage(extractor):
    questions, passages, answers = HELD_OUT
    found = extractor.predict(questions, passages)
    assert all(passage[a.start : a.end] == a.text for a, passage in zip(found, passages))
    right = [(a.text, a.start) == tuple(answer) for a, answer in zip(found, answers)]
    assert np.mean(right) >= 0.9
    assert extractor.n_windows_ == len(DATA[0]) and extractor.no_answer_threshold_ is None
    assert extractor.loss_curve_[-1] < 0.5 < extractor.loss_curve_[0] and not extractor.interrupted_


def test_a_long_passage_is_read_in_windows(extractor):
    passage = (
        "It rained and nobody came. " * 60 + "Once  Eve met Kim in the park. " + "It snowed again. " * 60
    )
    narrow = clone(extractor).set_params(max_length=40, stride=12)
    for name in ("model_", "tokenizer_", "no_answer_threshold_"):
        setattr(narrow, name, getattr(extractor, name))
    narrow.max_length_ = 40
    (answer,) = narrow.predict(["Who was met?"], passage)
    assert passage[answer.start : answer.end] == answer.text
    each = narrow.predict_spans(["Who was met?"], passage, 5)[0]
    assert each[0] == answer and all(0 < one.score <= 1 for one in each)


@pytest.mark.parametrize("most", [1, 3, 30])
@pytest.mark.parametrize("n", [1, 4, 200])
def test_best_spans_are_those_of_trying_all(most, n):
    rng = np.random.default_rng(3)
    starts, ends = rng.normal(size=(2, 11))
    every = [
        (first, last, starts[first] + ends[last])
        for first in range(11)
        for last in range(first, min(11, first + most))
    ]
    every.sort(key=lambda span: -span[2])
    found = best_spans(starts, ends, most, n)
    assert [span[:2] for span in found] == [span[:2] for span in every[:n]]
    np.testing.assert_allclose([span[2] for span in found], [span[2] for span in every[:n]])
    assert best_spans(np.empty(0), np.empty(0), most, n) == []


@pytest.mark.parametrize("threshold", [None, 0.0, 2.0, -2.0])
def test_scores_of_windows_against_a_slow_count(extractor, threshold):
    """Windows, probabilities, words and sums once more, in the plainest way."""
    passage = "Once  Ada met Bob in the \u5317\u4eac. Once  Bob met Zoe\u0308 in the park, not Bob."
    tokenizer = extractor.tokenizer_
    question = tokenizer.encode("Who was met?", add_special_tokens=False)
    windows = list(passage_windows(question, passage, tokenizer, PairTemplate.of(tokenizer), 20, 5))
    rng = np.random.default_rng(1)
    collector = AnswerCollector(passage, 3, 4)
    best, null = {}, np.inf
    for window in windows:
        scores = rng.normal(size=(len(window.ids), 2))
        collector.add(window, *scores.T)
        allowed = [0, *range(window.first, window.first + len(window.tokens))]
        probabilities = np.zeros_like(scores)
        probabilities[allowed] = np.exp(scores[allowed]) / np.exp(scores[allowed]).sum(0)
        null = min(null, probabilities[0].prod())
        spans = [
            (probabilities[a, 0] * probabilities[b, 1], a - window.first, b - window.first)
            for a in allowed[1:]
            for b in allowed[1:]
            if a <= b < a + 4
        ]
        sums = {}
        for score, a, b in sorted(spans, reverse=True)[:20]:
            end = int(window.tokens.word_ends[b])
            end += passage[end : end + 1] == "\u0308"
            text = passage[int(window.tokens.word_begins[a]) : end]
            sums[text.lower()] = sums.get(text.lower(), 0) + score
        best = {text: max(sums.get(text, 0), best.get(text, 0)) for text in {*sums, *best}}
    if threshold is not None:
        best[""] = null * np.exp(-threshold)
    expected = sorted(best, key=lambda text: -best[text])[:3]
    found = collector.best(threshold)
    assert [answer.text.lower() for answer in found] == expected
    for answer in found:
        want = null if not answer.text else best[answer.text.lower()]
        assert answer.score == pytest.approx(want)
        assert passage[answer.start : answer.end] == answer.text


def test_no_answer_has_a_threshold(extractor):
    questions, passages, answers = DATA
    asked = [*questions, *["When was it?"] * len(passages[::2])]
    read, places = [*passages, *passages[::2]], [*answers, *[None] * len(passages[::2])]
    held_out = ([*HELD_OUT[0], "When was it?"], [*HELD_OUT[1], HELD_OUT[1][0]], [*HELD_OUT[2], ""])
    model = AnswerExtractor(**SMALL).fit(asked, read, places, validation=held_out)
    assert isinstance(model.no_answer_threshold_, float) and len(model.validation_curve_) == 10
    found = model.predict(held_out[0], held_out[1])
    assert found[-1].text == "" and (found[-1].start, found[-1].end) == (0, 0)
    assert np.mean([bool(answer.text) for answer in found[:-1]]) >= 0.9
    always = AnswerExtractor(**SMALL | {"epochs": 1}, no_answer_threshold=None).fit(asked, read, places)
    assert always.no_answer_threshold_ is None and all(a.text for a in always.predict(asked, read))
    never = AnswerExtractor(**SMALL | {"epochs": 1}, no_answer_threshold=-1e9).fit(asked, read, places)
    assert not any(a.text for a in never.predict(asked, read))
    # What is chosen is what trying every threshold would choose.
    margins = [found.no_answer_margin() for found in model._collected(*held_out[:2], 1)]
    truth = [place is not None for place in check_answers(held_out[2], held_out[1], "test")]
    right = [answer.text == text for answer, (text, _) in zip(found, held_out[2][:-1])]

    def n_right(threshold):
        kept = [margin <= threshold for margin in margins]
        return sum(keep == has and (not has or fits) for keep, has, fits in zip(kept, truth, [*right, True]))

    assert n_right(model.no_answer_threshold_) == max(map(n_right, [*margins, -1e9, 1e9]))


def test_logits_are_those_of_transformers(bert, tmp_path):
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(4)
    theirs = transformers.BertForQuestionAnswering.from_pretrained(bert).eval()
    theirs.save_pretrained(tmp_path)
    Tokenizer.load(bert).save(tmp_path)
    ours = from_pretrained(tmp_path)
    assert isinstance(ours, QuestionAnswerer)
    batch = Tokenizer.load(bert).encode_batch(TEXTS[:8], TEXTS[8:16], max_length=24, truncation="right")
    with torch.no_grad():
        expected = theirs(**batch)
    logits = ours(**batch).logits.detach()
    mask = batch["attention_mask"].bool()
    assert (logits[..., 0] - expected.start_logits)[mask].abs().max() < 1e-5
    assert (logits[..., 1] - expected.end_logits)[mask].abs().max() < 1e-5
    loaded = AnswerExtractor.load(tmp_path)
    assert loaded.max_length_ == 24 and loaded.no_answer_threshold_ is None
    assert loaded.predict(["good?"], TEXTS[0])[0].text in TEXTS[0]


def test_windows_and_files_are_those_of_transformers(extractor, tmp_path):
    transformers = pytest.importorskip("transformers")
    extractor.save(tmp_path / "model")
    theirs = transformers.AutoModelForQuestionAnswering.from_pretrained(tmp_path / "model").eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path / "model")
    question, passage = "Who was met?", " ".join(HELD_OUT[1][:6])
    encoded = tokenizer(
        question, passage, max_length=30, stride=9, truncation="only_second", return_overflowing_tokens=True,
        return_offsets_mapping=True,
    )  # fmt: skip
    ids = extractor.tokenizer_.encode(question, add_special_tokens=False)
    template = PairTemplate.of(extractor.tokenizer_)
    windows = list(passage_windows(ids, passage, extractor.tokenizer_, template, 30, 9))
    assert [window.ids for window in windows] == encoded["input_ids"]
    assert [window.segments for window in windows] == encoded["token_type_ids"]
    for window, offsets in zip(windows, encoded["offset_mapping"]):
        part = offsets[window.first : window.first + len(window.tokens)]
        assert list(zip(window.tokens.begins, window.tokens.ends)) == part
    with torch.no_grad():
        expected = [theirs(**{k: torch.tensor([v]) for k, v in row.items()}) for row in (
            {"input_ids": w.ids, "token_type_ids": w.segments} for w in windows)]  # fmt: skip
    logits = window_logits(extractor.model_, windows, extractor.tokenizer_)
    for row, window, want in zip(logits, windows, expected):
        assert np.abs(row[: len(window.ids), 0] - want.start_logits[0].numpy()).max() < 1e-5
        assert np.abs(row[: len(window.ids), 1] - want.end_logits[0].numpy()).max() < 1e-5


@pytest.mark.parametrize("name", ["bert", "gpt"])
def test_it_starts_from_a_pretrained_model(name, folder_of, tmp_path):
    model = AnswerExtractor(folder_of(name), **SMALL | {"epochs": 1}, stride=3).fit(
        ["good?"] * 4, TEXTS[:4], [(text.split()[1], text.index(text.split()[1])) for text in TEXTS[:4]]
    )
    assert model.max_length_ == 24
    found = model.predict_spans(["good?"], TEXTS[0] * 3, top_k=3)[0]
    assert len(found) == 3 and [a.score for a in found] == sorted((a.score for a in found), reverse=True)
    model.save(tmp_path / "model")
    assert AnswerExtractor.load(tmp_path / "model").predict_spans(["good?"], TEXTS[0] * 3, 3)[0] == found


def test_pickle_files_and_seeds(extractor, tmp_path):
    questions, passages, _ = HELD_OUT
    expected = extractor.predict(questions, passages)
    assert pickle.loads(pickle.dumps(extractor)).predict(questions, passages) == expected
    extractor.save(tmp_path / "model")
    (tmp_path / "model" / "notes.txt").write_text("mine")
    extractor.save(tmp_path / "model")
    assert (tmp_path / "model" / "notes.txt").read_text() == "mine"
    loaded = AnswerExtractor.load(tmp_path / "model")
    assert loaded.predict(questions, passages) == expected
    assert {**loaded.get_params(), "device": "cpu", "pretrained": None} == extractor.get_params()
    assert clone(extractor).get_params() == extractor.get_params()
    again = AnswerExtractor(**SMALL | {"epochs": 2}).fit(*DATA).predict(questions, passages)
    assert AnswerExtractor(**SMALL | {"epochs": 2}).fit(*DATA).predict(questions, passages) == again


def test_batches_do_not_matter(extractor):
    questions, passages, _ = HELD_OUT
    expected = extractor.predict(questions, passages)
    alone = [extractor.predict([q], p)[0] for q, p in zip(questions, passages)]
    assert [a.text for a in alone] == [a.text for a in expected]
    np.testing.assert_allclose([a.score for a in alone], [a.score for a in expected], atol=1e-5)


def test_answers_among_several_passages(extractor):
    passages = ["It rained.", "Once  Eve met Kim in the park.", "Nobody came."]
    answer = extractor.answers_among("Who was met?", passages)[0]
    assert passages[answer.passage][answer.start : answer.end] == answer.text
    assert extractor.answers_among("Who?", []) == [Answer("", 0, 0, 0.0)]


def test_a_time_budget_decides_the_steps():
    short = AnswerExtractor(**SMALL, time_budget=0.05).fit(*DATA)
    assert 1 <= short.n_iter_ < 30 * len(DATA[0]) // 8


def test_forms_of_answers():
    passages = ["a b a", "x y", "x y", "x y", "x y"]
    forms = ["b", ("y", 2), {"text": ["x"], "answer_start": [0]}, None, {"text": [], "answer_start": []}]
    assert check_answers(forms, passages, "f") == [(2, 3), (2, 3), (0, 1), None, None]


@pytest.mark.parametrize(
    ("questions", "passages", "answers", "told"),
    [
        ([], [], [], "at least one question"),
        (["a?"], ["b c"], ["d"], "Answer 0 of AnswerExtractor.fit is 'd', which is not in its passage"),
        (["a?", "b?"], ["b c", "c"], ["b", ("c", 1)], "Answer 1 .* is not in its passage at character 1"),
        (["a?", " "], ["b", "c"], ["b", "c"], "Question 1 of AnswerExtractor.fit is empty"),
        (["a?"], ["b", "c"], ["b"], "passages parameter .* each of the 1 question"),
        (["a?"], ["b"], ["b", "b"], "answers parameter .* each of the 1 question"),
        (["a?"], ["b"], "b", "answers parameter .* list"),
        (["a?"], ["b"], [3], "Answer 0 .* must be a text"),
        (["a?"], ["b"], [("b", True)], "Answer 0 .* must be a text"),
        ("a?", ["b"], ["b"], "Each character would count"),
        (["a\ud800?"], ["b"], ["b"], "lone surrogate"),
        (["a?"], [None], ["b"], "None"),
    ],
)
def test_bad_input(questions, passages, answers, told):
    with pytest.raises((TypeError, ValueError), match=told):
        AnswerExtractor(**SMALL).fit(questions, passages, answers)


def test_other_bad_input(extractor, tmp_path):
    with pytest.raises(NotFittedError):
        AnswerExtractor().predict(["a?"], "b")
    with pytest.raises(ValueError, match="validation parameter"):
        AnswerExtractor(**SMALL).fit(*DATA, validation=DATA[:2])
    with pytest.raises(ValueError, match="A window of AnswerExtractor takes 4 tokens, .* at least 5"):
        AnswerExtractor(**SMALL, max_length=4).fit(*DATA)
    classifier(epochs=1).fit(TEXTS, LABELS).save(tmp_path / "other")
    with pytest.raises(
        ValueError, match="holds a SequenceClassifier, and AnswerExtractor needs a QuestionAns"
    ):
        AnswerExtractor.load(tmp_path / "other")
    extractor.save(tmp_path / "model")
    with pytest.raises(ValueError, match="holds a QuestionAnswerer, and TransformerClassifier needs"):
        TransformerClassifier.load(tmp_path / "model")
    with pytest.warns(UserWarning, match="1 of 1 question has more than 64 tokens"):
        extractor.predict(["why " * 100], "Once.")
    assert extractor.predict([], []) == []
    assert extractor.predict(["a?"], "")[0].text == ""
