"""Texts in two collections: by brute force, whatever the case, white space and Unicode form."""

import unicodedata

import numpy as np
import pytest

from wordvec.pipelines.classification.classifier import TextClassifier
from wordvec.pipelines.preprocessing import find_overlap
from wordvec.text.tokenizers import split_unicode_words

TRAIN = [
    "The lighthouse keeper counted seven gulls before breakfast and wrote the number down",
    "房间很干净，服务员的态度也非常好，下次还会再来住的",
    "Short one",
    "",
    "Caf\u00e9 at the corner",
]
TEST = {
    "the lighthouse  keeper counted seven gulls\tbefore breakfast and wrote the number down ": "exact",
    "The lighthouse keeper counted seven gulls before breakfast and wrote the number up": "near",
    "The lighthouse keeper slept": "new",
    "房间很干净，服务员的态度也非常好，下次还会再来住的": "exact",
    "ＳＨＯＲＴ one": "exact",
    "Cafe\u0301 at the corner": "exact",
    "": "new",
    "   ": "new",
}


def naive_normal(text):
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).split())


def naive_jaccard(one, other):
    sets = []
    for text in (one, other):
        words = split_unicode_words(naive_normal(text))
        sets.append({tuple(words[k : k + 3]) for k in range(max(len(words) - 2, 1))} if words else set())
    return len(sets[0] & sets[1]) / max(len(sets[0] | sets[1]), 1)


def test_exact_and_near():
    texts = list(TEST)
    exact = [row for row, kind in enumerate(TEST.values()) if kind == "exact"]
    report = find_overlap(TRAIN, texts)
    assert report.exact.tolist() == report.rows.tolist() == exact and report.near is None
    assert report.to_dict() == {"n_texts": len(texts), "exact": exact, "near": None}
    report = find_overlap(TRAIN, texts, threshold=0.7, unit="word")
    assert report.exact.tolist() == exact
    assert report.near.tolist() == [row for row, kind in enumerate(TEST.values()) if kind == "near"]
    assert report.format() == "5 of 8 texts (62.5%): 4 exactly, 1 nearly"


def test_near_ones_are_those_of_brute_force():
    rng = np.random.default_rng(2)
    words = [f"w{n}" for n in range(30)]
    train = [" ".join(rng.choice(words, 20)) for _ in range(60)]
    test = []
    for text in train:
        changed = text.split()
        for place in rng.integers(20, size=rng.integers(4)):
            changed[place] = "new"
        test.append(" ".join(changed))
    best = np.array([max(naive_jaccard(one, other) for other in train) for one in test])
    report = find_overlap(train, test, threshold=0.5, unit="word")
    assert set(report.rows.tolist()) <= set(np.flatnonzero(best >= 0.5).tolist())
    # LSH may miss pairs at the threshold itself.
    assert set(np.flatnonzero(best >= 0.65).tolist()) <= set(report.rows.tolist())
    assert set(report.exact.tolist()) == {row for row, text in enumerate(test) if text in train}


def test_lists_of_tokens_and_bad_values():
    assert find_overlap([["A", "film"]], ["a film", ["a", "film"], ["afilm"]]).exact.tolist() == [0, 1]
    assert find_overlap(["a"], []).format() == "0 of 0 texts (0.0%): 0 exactly"
    assert find_overlap([""], ["x"], threshold=0.5, unit="word").near.tolist() == []
    for threshold in (0, 1.5, float("nan")):
        with pytest.raises(ValueError, match="threshold parameter of find_overlap"):
            find_overlap(["a"], ["b"], threshold=threshold)
    with pytest.raises(TypeError, match="find_overlap"):
        find_overlap(["a"], [3])


GOOD = [f"a warm and funny film number {n}" for n in range(8)]
BAD = [f"a dull and silly film number {n}" for n in range(8)]
LABELS = ["good"] * 8 + ["bad"] * 8


@pytest.fixture(scope="module")
def model():
    return TextClassifier(verbose=False, n_jobs=1).fit(GOOD + BAD, LABELS)


def test_reports_tell_repeated_texts_and_the_score_without_them(model, tmp_path):
    model.save(tmp_path / "model")
    texts = [GOOD[0].upper(), f"  {BAD[3]}", "warm", "dull", "a warm and funny film number 99"]
    labels = ["good", "bad", "good", "good", "good"]
    for each in (model, TextClassifier.load(tmp_path / "model")):
        found = each.evaluate(texts, labels)
        rest = each.evaluate(texts[2:], labels[2:])
        assert found.repeated.rows == [0, 1] and found.repeated.n_near is None
        assert found.repeated.accuracy == rest.accuracy
        assert found.repeated.macro_f1 == pytest.approx(rest.means["macro"].f1)
        assert found.repeated.accuracy_interval == rest.accuracy_interval
        assert (
            "also in training" in found.format() and f"accuracy {rest.accuracy:.4f} (95 %" in found.format()
        )
        assert "also in the training data: 2 of 5 (40.0%)" in found.to_html()
        assert found.to_dict()["repeated"]["n_exact"] == 2
        assert rest.repeated.rows == [] and "0 of 3 (0.0%)" in rest.format()
        near = each.evaluate(texts, labels, training_texts=GOOD + BAD, near_duplicates=0.5)
        assert near.repeated.rows == [0, 1, 4] and near.repeated.n_near == 1
        assert "3 of 5 (60.0%): 2 exactly, 1 nearly" in near.format()
        everything = each.evaluate(GOOD, LABELS[:8]).repeated
        assert everything.accuracy is None and everything.n_exact == 8
        with pytest.raises(
            ValueError, match=r"near_duplicates parameter of TextClassifier.evaluate must be None"
        ):
            each.evaluate(texts, labels, near_duplicates=0.8)


def test_workflows(tmp_path):
    from wordvec.pipelines.workflows.classifiers import evaluate_classifier, train_classifier

    train, test = tmp_path / "train.csv", tmp_path / "test.csv"
    rows = [f"{text},{label}\n" for text, label in zip(GOOD + BAD, LABELS)]
    train.write_text("text,label\n" + "".join(rows))
    test.write_text("text,label\n" + rows[0] + "warm,good\n" + rows[9].replace("number", "numbers"))
    report = train_classifier([train], tmp_path / "m", validation=test, near_duplicates=0.4, verbose=False)
    assert (report.repeated.n_exact, report.repeated.n_near, report.repeated.rows) == (1, 1, [0, 2])
    assert "also in training" in report.format() and report.to_dict()["repeated"]["n_near"] == 1
    assert evaluate_classifier(tmp_path / "m", [test]).repeated.rows == [0]
    found = evaluate_classifier(tmp_path / "m", [test], training_data=[train], near_duplicates=0.4)
    assert found.repeated.rows == [0, 2]
    with pytest.raises(ValueError, match="fingerprints"):
        evaluate_classifier(tmp_path / "m", [test], near_duplicates=0.4)
