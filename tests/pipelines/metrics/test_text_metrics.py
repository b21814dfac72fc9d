"""BLEU, ROUGE and SQuAD's scores: the libraries' own worked examples, and SQuAD's by hand."""

import pytest

from wordvec._utils.assumptions import collected_assumptions
from wordvec._utils.errors import ParameterError
from wordvec.pipelines.metrics.text import bleu, rouge, squad_scores

# sacrebleu's README, "Using SacreBLEU from Python".
REFERENCES = [
    ["The dog bit the man.", "The dog had bit the man."],
    ["It was not unexpected.", "No one was surprised."],
    ["The man bit him first.", "The man had bitten the dog."],
]
PREDICTIONS = ["The dog bit the man.", "It wasn't surprising.", "The man had just bitten him."]


@pytest.mark.smoke
def test_bleu_of_sacrebleus_own_example():
    score = bleu(PREDICTIONS, REFERENCES)
    assert score.score == pytest.approx(48.530827, abs=1e-5)
    assert score.precisions == pytest.approx((82.4, 50.0, 45.5, 37.5), abs=0.05)
    assert score.brevity_penalty == pytest.approx(0.943, abs=5e-4)
    assert (score.prediction_length, score.reference_length) == (17, 18)
    assert score.signature.startswith("nrefs:2|case:mixed|eff:no|tok:13a|smooth:exp")
    assert score.to_dict()["score"] == score.score


@pytest.mark.smoke
def test_scores_print_as_their_report():
    scores = (
        bleu(PREDICTIONS, REFERENCES),
        rouge(PREDICTIONS, REFERENCES),
        squad_scores(PREDICTIONS, REFERENCES),
    )
    for score, first in zip(scores, ("BLEU               48.53", " ", "exact match 33.33, F1 ")):
        assert str(score) == score.format() and score.format().startswith(first)
        assert score._repr_html_().startswith("<pre>")


def test_bleu_of_one_reference_and_of_unequally_many():
    assert bleu(["a b c d e"], ["a b c d e"]).score == pytest.approx(100.0)
    # The second text's missing reference may change nothing of the first's.
    some = bleu(["a b c d e", "f g h i j"], [["x", "a b c d e"], "f g h i j"])
    assert some.score == pytest.approx(100.0)
    assert bleu(["A B C D"], ["a b c d"]).score < 100
    assert bleu(["A B C D"], ["a b c d"], lowercase=True).score == pytest.approx(100.0)


def test_bleu_of_chinese_is_by_characters():
    assert bleu(["我喜欢吃苹果"], ["我喜欢吃香蕉"], tokenize="13a").precisions[0] == 0
    # Of six characters four are right, of five pairs three.
    precisions = bleu(["我喜欢吃苹果"], ["我喜欢吃香蕉"], tokenize="zh").precisions
    assert precisions[:2] == pytest.approx((400 / 6, 60.0))


@pytest.mark.smoke
def test_rouge_of_rouge_scores_own_example():
    scores = rouge(["The quick brown dog jumps on the log."], ["The quick brown fox jumps over the lazy dog"])
    assert (scores.rouge1.precision, scores.rouge1.recall) == pytest.approx((0.75, 2 / 3))
    assert scores.rouge1.f1 == pytest.approx(0.70588, abs=1e-5)
    assert (scores.rougeL.precision, scores.rougeL.recall) == pytest.approx((0.625, 5 / 9))
    assert scores.rougeL.f1 == pytest.approx(0.58823, abs=1e-5)
    # Two of 7 and 8 pairs: "the quick", "quick brown".
    assert (scores.rouge2.precision, scores.rouge2.recall) == pytest.approx((2 / 7, 2 / 8))
    assert scores.n_texts == 1
    assert scores.to_dict()["rouge1"]["precision"] == 0.75


def test_rouge_takes_the_best_reference_and_the_mean_over_texts():
    scores = rouge(["a b", "c d"], [["x y", "a b"], "c x"])
    assert scores.rouge1.f1 == pytest.approx((1.0 + 0.5) / 2)
    assert rouge(["testing"], ["tested"]).rouge1.f1 == 0
    assert rouge(["testing"], ["tested"], stem=True).rouge1.f1 == 1


def test_rouge_of_chinese_is_by_characters():
    assert rouge(["我吃苹果"], ["我吃香蕉"]).rouge1.f1 == 0.5
    scores = rouge(["我吃苹果。"], ["我吃香蕉"], language="zh")
    assert scores.rouge1.f1 == pytest.approx(0.5)
    assert scores.rouge2.f1 == pytest.approx(1 / 3)


def test_squad_scores_by_hand():
    scores = squad_scores(
        ["The Denver Broncos!", "in Santa Clara", "blue", ""],
        [["Denver Broncos", "Broncos"], ["Santa Clara, California", "Clara"], "red", []],
    )
    # Equal after normalisation; the better of 2 * 2/6 and 2 * 1/4; nothing in common; rightly no answer.
    assert scores.exact_match == pytest.approx(50.0)
    assert scores.f1 == pytest.approx(100 * (1 + 2 / 3 + 0 + 1) / 4)
    assert scores.n_questions == 4
    assert scores.to_dict() == {"exact_match": 50.0, "f1": scores.f1, "n_questions": 4}


@pytest.mark.parametrize(
    ("prediction", "answer", "exact", "f1"),
    [
        ("an  apple-tree", "Appletree", 100, 100),
        ("Theatre", "atre", 0, 0),
        ("the", "a", 100, 100),
        ("the", "cat", 0, 0),
        ("", "cat", 0, 0),
        ("cat cat", "cat", 0, 200 / 3),
    ],
)
def test_squad_normalises_english(prediction, answer, exact, f1):
    scores = squad_scores([prediction], [answer])
    assert (scores.exact_match, scores.f1) == pytest.approx((exact, f1))


@pytest.mark.parametrize(
    ("prediction", "answer", "exact", "f1"),
    [
        ("《红楼梦》", "红楼 梦。", 100, 100),
        ("北京市", "北京", 0, 80),
        ("NBA总冠军", "nba 冠军", 0, 100 * 6 / 7),
        ("1998年", "1998 年", 100, 100),
        ("上海", "北京", 0, 0),
    ],
)
def test_squad_compares_chinese_characters(prediction, answer, exact, f1):
    scores = squad_scores([prediction], [[answer]], language="zh")
    assert (scores.exact_match, scores.f1) == pytest.approx((exact, f1))


@pytest.mark.parametrize("score", [bleu, rouge, squad_scores])
@pytest.mark.parametrize(
    ("predictions", "references", "error", "message"),
    [
        ("a text", ["a text"], TypeError, "predictions parameter of .* must be a list of texts"),
        (None, ["a"], TypeError, "predictions parameter of .* must be a list of texts. Got None"),
        (["a"], 5, TypeError, "references parameter of .* must be a list of texts. Got 5"),
        (["a"], [None], TypeError, "must be a str. Got None"),
        (["a"], "a", TypeError, "references parameter of .* must be a list of texts"),
        (["a", "b"], ["a"], ValueError, "2 predictions and references for 1"),
        ([], [], ValueError, "at least one prediction"),
        (["a", 5], ["a", "b"], TypeError, "Text 1 of .* must be a str. Got 5"),
        (["a"], [[None]], TypeError, "Text 0 of .* must be a str. Got None"),
    ],
)
def test_bad_texts(score, predictions, references, error, message):
    with pytest.raises(error, match=message):
        score(predictions, references)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: bleu(["a"], [[]]), "Text 0 of bleu has no reference"),
        (lambda: rouge(["a"], [[]]), "Text 0 of rouge has no reference"),
        (lambda: bleu(["a"], ["a"], tokenize="flores200"), "tokenize parameter of bleu"),
        (lambda: rouge(["a"], ["a"], language="de"), "language parameter of rouge"),
        (lambda: squad_scores(["a"], ["a"], language="de"), "language parameter of squad_scores"),
    ],
)
def test_bad_choices(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(("score", "module"), [(bleu, "sacrebleu"), (rouge, "rouge_score")])
def test_a_missing_library_is_named(score, module, monkeypatch):
    import importlib

    def missing(name):
        raise ImportError(f"No module named {name!r}")

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(ImportError, match=rf"{module}.*pip install"):
        score(["a"], ["a"])


@pytest.mark.parametrize(
    "texts",
    [
        ["我很喜欢这部电影。"],
        ["今天天气很好", "他 去 了 公园"],
        ["这部 iPhone 手机很好用", "電影很好看"],
        ["東京タワーは日本の電波塔"],
    ],
)
def test_identical_chinese_texts_are_equal_by_default(texts):
    with collected_assumptions() as assumed:
        assert rouge(texts, texts).rouge1.f1 == rouge(texts, texts).rougeLsum.f1 == 1
        assert bleu(texts, texts).score == pytest.approx(100)
    assert assumed == ["the references: Chinese, compared by characters"]
    assert "tok:zh" in bleu(texts, texts).signature
    assert rouge(texts, texts) == rouge(texts, texts, language="zh")


@pytest.mark.parametrize("text", ["我很喜欢", "Это хороший фильм", "ありがとうございます"])
def test_english_rouge_of_a_text_without_latin_letters_is_refused(text):
    with pytest.raises(ParameterError, match="language='zh'|language must be 'zh'"):
        rouge([text], [text], language="en")
    assert rouge([text], [text], language="zh").rouge1.f1 == 1


def test_defaults_for_english_stay():
    text = ["The dog bit the man."]
    with collected_assumptions() as assumed:
        assert bleu(text, text) == bleu(text, text, tokenize="13a")
        assert rouge(text, text) == rouge(text, text, language="en")
        rouge(["..."], ["!?"])
    assert not assumed
