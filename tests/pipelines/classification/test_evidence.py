"""What a text says at most: no evidence, no certainty; and texts that say enough keep their scores to the bit."""

import math

import numpy as np
import pytest
from scipy.special import expit, logit, softmax

from wordvec.pipelines.classification.ensemble import member_scores
from wordvec.pipelines.classification.evidence import are_of_letters, base_scores, learn_evidence
from wordvec.pipelines.classification.labels import number_targets
from wordvec.pipelines.classification.texts import learn_texts
from wordvec.text.conversion import converter
from wordvec.text.tokenizers import TextTokenizer, resolve_tokenizer

from .quick import LABELS, SETS, TAGGED, TEXTS, UNSEEN, classifier
from .support import chinese_reviews, reviews, small_vectors

WORD = resolve_tokenizer("word", True)
# Without a word of the training texts, in any script.
SILENT = [
    "",
    "   ",
    "\n\t",
    "1",
    "???",
    "...",
    "12:30",
    "€ 5",
    "\u200b",
    "фильм",
    "こんにちは",
    "εργο",
    "ሰላም",
]


@pytest.fixture(scope="module")
def skewed():
    """Three classes of 60, 30 and 10 texts."""
    texts, labels = [], []
    for seed, (label, n) in enumerate((("neg", 60), ("pos", 30), ("mixed", 10))):
        found, _ = reviews(n, (label,), seed=seed)
        texts += found
        labels += [label] * n
    return classifier().fit(texts, labels)


def rise_of_log_odds(model, scores):
    """By how much the odds of each class are above those of its frequency; of labels also below."""
    if model.multilabel_:
        return np.abs(scores - model._ensemble.evidence.base)
    return logit(softmax(scores, axis=1)) - logit(softmax(model._ensemble.evidence.base))


# A text that says nothing.


@pytest.mark.parametrize("text", SILENT)
def test_a_silent_text_gets_the_frequencies_of_the_classes(text, trained, tagger, skewed):
    share = np.mean([[label in labels for label in tagger.classes_] for labels in SETS], axis=0)
    assert trained.predict_proba([text])[0] == pytest.approx([0.5, 0.5], abs=0.06)
    assert skewed.predict_proba([text])[0] == pytest.approx([0.1, 0.6, 0.3], abs=0.06)
    assert tagger.predict_proba([text])[0] == pytest.approx(share, abs=0.06)


@pytest.mark.parametrize("text", ["", "   ", "фильм", "こんにちは"])
def test_without_any_feature_they_are_exact(text, trained, tagger, skewed):
    share = np.mean([[label in labels for label in tagger.classes_] for labels in SETS], axis=0)
    assert trained.predict_proba([text])[0] == pytest.approx([0.5, 0.5], abs=1e-12)
    assert skewed.predict_proba([text])[0] == pytest.approx([0.1, 0.6, 0.3], abs=1e-12)
    assert skewed.predict([text]).tolist() == ["neg"]
    assert tagger.predict_proba([text])[0] == pytest.approx(share, abs=1e-12)


@pytest.mark.parametrize("tokens", [[], [""], ["xyz"], ["???"]])
def test_lists_of_tokens_are_texts_too(tokens, skewed):
    assert skewed.predict_proba([tokens])[0] == pytest.approx([0.1, 0.6, 0.3], abs=0.06)


def test_in_chinese():
    texts, labels = chinese_reviews(60)
    model = classifier().fit([*texts, *texts[:20]], [*labels, *["好"] * 20])
    share = np.mean([label == "坏" for label in [*labels, *["好"] * 20]])
    for text in ("", "1", "？？？", "hello", "Das ist ein Film", "русский"):
        assert model.predict_proba([text])[0, 0] == pytest.approx(share, abs=0.06), text
    # Words that are not known may be of characters that are: the direction is kept, without certainty.
    assert model.predict_proba(["精彩"])[0].max() > 0.6


def test_traditional_and_simplified_spellings_are_one_text():
    pytest.importorskip("opencc")
    tokenizer = TextTokenizer("chars", convert="t2s")
    good, bad = ["这部电影很精彩", "演员表现好", "剧情感人"], ["这个故事无聊", "画面难看", "真让人失望"]
    for spell in (lambda text: text, converter("s2t", "test")):
        texts = [spell(text) for text in [*good, *bad] * 4]
        model = classifier(tokenizer=tokenizer).fit(texts, [*["好"] * 3, *["坏"] * 3] * 4)
        for simple, traditional in (
            ("电影精彩", "電影精彩"),
            ("画面真难看", "畫面真難看"),
            ("让人失望的剧情", "讓人失望的劇情"),
            ("表现", "表現"),
        ):
            proba = model.predict_proba([simple, traditional])
            assert (proba[0] == proba[1]).all()


def test_with_weights_the_frequencies_are_weighted():
    texts, labels = [*TEXTS, *["the film is about people"] * 60], [*LABELS, *["pos"] * 60]
    for weight, expected in (
        (None, 0.75),
        ("balanced", 0.5),
        ({"neg": 3.0}, 0.5),
        ({"pos": 2.0, "neg": 0.5}, 12 / 13),
    ):
        model = classifier(class_weight=weight).fit(texts, labels)
        assert model.predict_proba([""])[0, 1] == pytest.approx(expected, abs=1e-9)


def test_words_that_only_the_vectors_know_say_something():
    """They are what vectors are for."""
    texts, labels = reviews(80)
    kept = [row for row, text in enumerate(texts) if "fine" not in text.split()]
    model = classifier(vectors=small_vectors()).fit(
        [texts[row] for row in kept], [labels[row] for row in kept]
    )
    assert "fine" not in model._preparer.words.symbols
    base = model.predict_proba([""])[0]
    assert model.predict_proba(["fine fine"])[0, 1] > base[1] + 0.1
    # The characters of "slow", which is in texts of one class, say a little.
    assert model.predict_proba(["slow9"])[0] == pytest.approx(base, abs=0.15)


# A text that says little, or enough.


def test_numbers_and_marks_of_training_texts_say_little():
    """They stand in all texts of one class and in none of the other, and are still no words."""
    texts = [f"1 {text} ?" if label == "pos" else text for text, label in zip(TEXTS, LABELS)]
    model = classifier().fit(texts, LABELS)
    for text in ("1", "?", "1 ?", "1 1 1"):
        assert 0.5 < model.predict_proba([text])[0, 1] < 0.8


def test_one_word_says_what_its_texts_say():
    """A word of three texts of one class and one of the other: no more than 3.x : 1.x."""
    texts, labels = reviews(80)
    texts = [f"{text} amber" if row in (0, 2, 4, 6) else text for row, text in enumerate(texts)]
    labels = ["pos" if row in (0, 2, 4) else "neg" if row == 6 else label for row, label in enumerate(labels)]
    proba = classifier().fit(texts, labels).predict_proba(["amber"])[0]
    assert 0.4 < proba[1] < 0.8


def test_texts_that_say_enough_keep_their_scores_to_the_bit(trained, tagger):
    for model, texts in ((trained, UNSEEN), (tagger, TAGGED)):
        prepared = model._preparer.prepare(texts, "test")
        plain = member_scores(model.members_, model._ensemble.blend, prepared)
        found = model._ensemble.scores(prepared)
        is_kept = (found == plain).all(axis=1)
        assert is_kept.mean() > 0.9
        rises = rise_of_log_odds(model, plain[is_kept]).max(axis=1)
        assert (model._ensemble.evidence.amounts(prepared)[is_kept] >= rises - 1e-9).all()


def test_no_text_goes_further_than_it_may(skewed, tagger):
    texts = [
        "good",
        "the",
        "town good",
        "unseen",
        "1 film",
        "goo",
        "warm and dull things",
        *SILENT,
        *UNSEEN[:5],
    ]
    for model in (skewed, tagger):
        evidence, prepared = model._ensemble.evidence, model._preparer.prepare(texts, "test")
        rises = rise_of_log_odds(model, model._ensemble.scores(prepared)).max(axis=1)
        assert (rises <= evidence.amounts(prepared) + 1e-9).all()


def test_more_unknown_words_say_less(trained):
    """Of texts of which fewer than half of the words are known, the known ones count accordingly less."""
    texts = [" ".join(["good", *["zzzz"] * n]) for n in (0, 1, 3, 7)]
    amounts = trained._ensemble.evidence.amounts(trained._preparer.prepare(texts, "test"))
    characters = trained._ensemble.evidence.amounts(trained._preparer.prepare(["zzzz"], "test"))[0]
    assert characters == 0
    words = [amount - amounts[3] for amount in amounts]
    assert amounts[0] == amounts[1]
    # A half and a quarter of the share of words; that of characters is the same in all.
    assert words[0] / words[2] == pytest.approx(0.75 / 0.25, rel=1e-6)


# Brute force.


def naive_strength(rows, target, n_texts):
    """The strength of an n-gram that the texts `rows` have, class by class."""
    n, shifts, absent = len(rows), [], []
    is_several = target.ndim == 2
    for c in range(target.shape[1] if is_several else target.max() + 1):
        has = target[:, c] if is_several else target == c
        f, k = has.sum() / n_texts, has[rows].sum()
        p = (k + 2 * f) / (n + 2)
        shift = math.log(p / (1 - p)) - math.log(f / (1 - f)) if is_several else math.log(p / f)
        if k:
            shifts.append(shift)
        else:
            absent.append((f, min(math.log(1 + n / (2 * (1 - f))), n * f)))
    gone = max(absent)[1] if absent else 0.0
    if is_several:
        return max([*map(abs, shifts), gone])
    return max(shifts) - min([*shifts, -gone])


@pytest.mark.parametrize("is_several", [False, True])
def test_strengths_are_those_of_brute_force(is_several):
    texts, labels = reviews(40, ("mixed", "neg", "pos")) if not is_several else (TAGGED, SETS)
    _, target, _ = number_targets(labels, len(texts), "test")
    preparer, given = learn_texts(texts, WORD, False, "test")
    evidence = learn_evidence(preparer, given, target, None, np.zeros(3), None)
    presence = given.word_counts.toarray() > 0
    for column in range(0, presence.shape[1], 3):
        expected = naive_strength(np.flatnonzero(presence[:, column]), target, len(texts))
        assert float(evidence.words[column]) == pytest.approx(expected, rel=2e-3, abs=1e-6)
    # Of one text there is no n-gram of characters to learn.
    characters = given.char_counts.toarray() > 0
    assert (evidence.characters[characters.sum(axis=0) < 2] == 0).all()


def test_frequencies():
    target = np.array([0, 0, 1, 2])
    assert softmax(base_scores(target, None, 3)) == pytest.approx([0.5, 0.25, 0.25])
    assert softmax(base_scores(target, np.array([1.0, 1.0, 1.0, 3.0]), 3)) == pytest.approx(
        [1 / 3, 1 / 6, 0.5]
    )
    several = np.array([[1, 1, 0], [0, 1, 0], [0, 1, 0], [1, 1, 0]], bool)
    # Of a label that all texts have, or none, half a text says otherwise.
    assert expit(base_scores(several, None, 3)) == pytest.approx([0.5, 0.9, 0.1])


def test_words_have_letters():
    words = ["film", "好", "a1", "😀", "1", "???", ":)", "5/5", "", "–"]
    assert are_of_letters(words).tolist() == [True] * 4 + [False] * 6
