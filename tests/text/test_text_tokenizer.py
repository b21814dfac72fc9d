"""Tests of tokenizers with settings: wherever a tokenizer can be chosen, and in the files of models."""

import copy
import dataclasses
import pickle

import numpy as np
import pytest

from wordvec import LineCorpus, Word2Vec
from wordvec._utils.assumptions import collected_assumptions
from wordvec.supervised import EmbeddingClassifier
from wordvec.text import TextTokenizer, resolve_tokenizer
from wordvec.text.tokenizers import CORPUS_TOKENIZER_RULE, TOKENIZER_RULE, TOKENIZERS

TEXTS = ["云计算很好看", "雲計算不錯", "太差了", "很糟糕的ＡＢＣ"] * 5
LABELS = ["good", "good", "bad", "bad"] * 5


@pytest.fixture(scope="module")
def zh():
    pytest.importorskip("rjieba")
    pytest.importorskip("opencc")
    return TextTokenizer("zh", user_dict=["云计算"], convert="t2s,width")


def test_words_conversion_and_copies(zh):
    assert zh("雲計算ＡＢＣ") == ["云计算", "ABC"]
    assert pickle.loads(pickle.dumps(zh)) == zh == copy.deepcopy(zh) == TextTokenizer.from_dict(zh.to_dict())
    assert zh != TextTokenizer("zh") and len({zh, copy.copy(zh)}) == 1
    assert repr(zh) == "TextTokenizer('zh', user_dict=1 words, convert='t2s,width')"


def test_one_registry():
    pytest.importorskip("rjieba")
    names = ", ".join(map(repr, TOKENIZERS))
    assert names in CORPUS_TOKENIZER_RULE.description and names in TOKENIZER_RULE.description
    for name in TOKENIZERS:
        assert TextTokenizer(name)("很 好") == resolve_tokenizer(name)("很 好")
    with pytest.raises(ValueError, match=f"name.*{names}"):
        TextTokenizer("jieba")
    with pytest.raises(ValueError, match="user words are for the Chinese segmenter.*tokenizer='zh'"):
        TextTokenizer("chars", user_dict=["云计算"])


def test_characters():
    assert resolve_tokenizer("chars")("很 好\u3000A\u0301B!") == ["很", "好", "A", "\u0301", "B", "!"]


def test_corpus_and_trainer(zh, tmp_path):
    path = tmp_path / "zh.txt"
    path.write_text("雲計算 很好\n云计算很好\n" * 20, "utf-8")
    assert set(LineCorpus(path, zh).count_words()) == {"云计算", "很", "好"}
    assert LineCorpus(path, zh).tokenize("雲計算") == ["云计算"]
    kv = Word2Vec(vector_size=4, min_count=1, epochs=1).fit(LineCorpus(path, "chars")).wv_
    assert {"雲", "云", "计"} <= set(kv.index_to_key)


def _classifiers():
    from wordvec.pipelines import TextClassifier

    return TextClassifier, EmbeddingClassifier


@pytest.mark.parametrize(
    "settings", [{"user_dict": ["云计算"], "convert": "t2s"}, {"name": "chars", "convert": "t2s"}]
)
@pytest.mark.parametrize("place", [0, 1])
def test_classifiers_keep_words_and_conversion(zh, tmp_path, place, settings):
    tokenizer = TextTokenizer(**settings)
    model = _classifiers()[place](tokenizer=tokenizer).fit(TEXTS, LABELS)
    model.save(tmp_path / "model.safetensors")
    loaded = type(model).load(tmp_path / "model.safetensors")
    assert loaded.tokenizer == tokenizer
    # The file of a TextClassifier holds rounded weights.
    np.testing.assert_allclose(
        loaded.predict_proba(TEXTS), model.predict_proba(TEXTS), rtol=0, atol=(1e-3, 0)[place]
    )
    # Characters of n-grams are converted as words are.
    assert np.array_equal(model.predict_proba(["雲計算不錯"]), model.predict_proba(["云计算不错"]))
    with pytest.raises(ValueError, match="tokenizer"):
        type(model).load(tmp_path / "model.safetensors", tokenizer=str.split)


def test_explanation_in_converted_words(zh):
    model = _classifiers()[0](tokenizer=zh).fit(TEXTS, LABELS)
    assert {word for word, _ in model.explain("雲計算太差了").contributions} == {"云计算", "太差", "了"}


def test_vectorizer_topics_and_augmenter(zh, tmp_path):
    from wordvec.pipelines import EDA, EmbeddingVectorizer, TopicModel

    kv = Word2Vec(vector_size=4, min_count=1, epochs=1, sample=0).fit([zh(text) for text in TEXTS]).wv_
    path = tmp_path / "a.safetensors"
    fitted = EmbeddingVectorizer(kv, tokenizer=zh).fit(TEXTS)
    fitted.save(path)
    assert np.array_equal(EmbeddingVectorizer.load(path).transform(TEXTS), fitted.transform(TEXTS))
    topics = TopicModel(kv, n_topics=2, tokenizer=zh, stop_words=None).fit(TEXTS)
    topics.save(path)
    loaded = TopicModel.load(path)
    assert loaded.tokenizer == zh and (loaded.predict(TEXTS) == topics.predict(TEXTS)).all()
    eda = EDA(tokenizer=zh, stop_words=None)
    eda.save(path)
    assert EDA.load(path).tokenizer == zh


def test_what_auto_chose_is_told():
    pytest.importorskip("rjieba")
    for texts, told in (
        (TEXTS, "the texts: Chinese, tokenizer 'zh'"),
        (["good film", "bad film"] * 10, "the texts: a language with spaces, tokenizer 'word'"),
    ):
        for model in _classifiers():
            with collected_assumptions() as assumed:
                model().fit(texts, LABELS)
            assert assumed == [told]
            with collected_assumptions() as assumed:
                model().fit([text.split() for text in texts], LABELS)
            assert assumed == []
    with collected_assumptions() as assumed:
        EmbeddingClassifier(tokenizer="chars").fit(TEXTS, LABELS)
    assert assumed == []


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize(
    "record", [{}, {"name": "jieba"}, {"name": "chars", "user_words": [["a", "b", "c"]], "convert": None}, 5]
)
def test_a_damaged_record_names_the_file(tmp_path, place, record):
    model = _classifiers()[place](tokenizer=TextTokenizer("chars")).fit(TEXTS, LABELS)
    model._tokenizer_record = record
    if place:
        model._stored = dataclasses.replace(model._stored, tokenizer=record)
    model.save(tmp_path / "model.safetensors")
    with pytest.raises(ValueError, match="The file '.*model.safetensors' cannot be read as"):
        type(model).load(tmp_path / "model.safetensors")
