"""One detector of Chinese, and the same answer from everything that chooses by language."""

import numpy as np
import pytest

from wordvec.supervised import EmbeddingClassifier
from wordvec.text.language import majority_language
from wordvec.text.tokenizers import tokenizer_name

# Two of the texts are Chinese, most of the letters are not.
MIXED = [
    "很好看",
    "不错",
    "This long English review has many more letters than both of the others together.",
]
ENGLISH = ["A good film", "不错", "A long letter"]


class Stream:
    """Texts that can be read again but have no length."""

    def __init__(self, texts):
        self.texts = texts

    def __iter__(self):
        return iter(self.texts)


@pytest.mark.parametrize(
    ("texts", "language"),
    [
        (MIXED, "zh"),
        (ENGLISH, "en"),
        ([["很", "好看"], ["good"]], "zh"),
        ([["good", "film"], ["很", "好看"], ["bad"]], "en"),
        (["很好", "", "...", "123"], "zh"),
        ([], "en"),
        (["...", ""], "en"),
        ([None, 3, ["很好", 5]], "zh"),
        (["〇々"], "zh"),
        (np.array(MIXED), "zh"),
        (["a" * 1990 + "很" * 5000], "en"),
    ],
)
def test_most_texts_decide(texts, language):
    assert majority_language(texts) == language


def test_long_lists_are_sampled_over_their_whole_length():
    texts = ["good"] * 1500 + ["很好"] * 2000
    assert majority_language(texts) == majority_language(np.array(texts)) == "zh"
    assert majority_language(Stream(texts)) == "en"
    assert majority_language([*["..."] * 5000, *["很好"] * 5000]) == "zh"


def test_rows_that_are_no_texts_are_named_on_request():
    with pytest.raises(TypeError, match=r"Text 1 of find must be a str. Got None \(NoneType\)"):
        majority_language(["a", None], "find")


@pytest.mark.smoke
@pytest.mark.parametrize(("texts", "language"), [(MIXED, "zh"), (ENGLISH, "en")])
def test_all_callers_agree(monkeypatch, texts, language):
    pytest.importorskip("rjieba")
    pytest.importorskip("spacy")
    preprocessing = pytest.importorskip("wordvec.pipelines.preprocessing")
    from wordvec.pipelines import EDA, EmbeddingVectorizer, TextClassifier, TopicModel
    from wordvec.pipelines.preprocessing import deduplication
    from wordvec.pipelines.preprocessing.stop_word_lists import choose_stop_words
    from wordvec.text import tokenizers
    from wordvec.vectors.keyed_vectors import KeyedVectors

    tokenizer = "zh" if language == "zh" else "word"
    assert tokenizer_name("auto", texts, "test") == tokenizer
    assert preprocessing.tokenizer_for(texts) == tokenizer
    assert choose_stop_words("auto", texts) == preprocessing.stop_words(language)
    assert TextClassifier().fit(texts * 10, list("aab") * 10).tokenizer_name_ == tokenizer

    units, chosen = [], []
    shingler = deduplication.Shingler
    monkeypatch.setattr(
        deduplication, "Shingler", lambda unit, *args: units.append(unit) or shingler(unit, *args)
    )
    preprocessing.find_duplicates(texts)
    assert units == ["char" if language == "zh" else "word"]

    resolve = tokenizers.resolve_tokenizer
    monkeypatch.setattr(
        tokenizers, "resolve_tokenizer", lambda name, lower=False: chosen.append(name) or resolve(name, lower)
    )
    words = sorted({word.lower() for text in texts for word in resolve(tokenizer)(text)})
    vectors = KeyedVectors(np.eye(len(words), dtype=np.float32), words)
    topics = TopicModel(vectors, 2, stop_words=None)  # three texts are too few, but the tokenizer comes first
    for call in (
        lambda: EmbeddingClassifier(epochs=1, min_count=1).fit(texts, list("aab")),
        lambda: EmbeddingVectorizer(vectors).fit(texts),
        lambda: pytest.raises(ValueError, topics.fit, texts),
        lambda: EDA(vectors, random_state=1).augment(texts),
    ):
        chosen.clear()
        call()
        assert chosen[0] == tokenizer
