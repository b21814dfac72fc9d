"""The tagger through the interface of NLTK."""

import pickle
import subprocess
import sys

import pytest
from sklearn.exceptions import NotFittedError

from wordvec.pipelines.tagging import CRFTagger

pytest.importorskip("nltk")
from nltk.tag.api import TaggerI

from wordvec.pipelines.tagging.nltk_tagger import NLTKTagger

WORDS = [["the", "cat", "sleeps"], ["a", "dog", "barks"], ["the", "dog", "sleeps", "."]]
TAGS = [["DET", "NOUN", "VERB"], ["DET", "NOUN", "VERB"], ["DET", "NOUN", "VERB", "PUNCT"]]


@pytest.fixture(scope="module")
def tagger():
    return CRFTagger(max_iter=20, c2=0.01).fit(WORDS, TAGS)


def test_it_is_a_tagger_of_nltk(tagger):
    adapter = NLTKTagger(tagger)
    assert isinstance(adapter, TaggerI)
    assert adapter.tag(["the", "dog", "barks"]) == [("the", "DET"), ("dog", "NOUN"), ("barks", "VERB")]
    assert adapter.tag([]) == []
    assert adapter.tag_sents([]) == []


def test_sentences_are_tagged_together_as_one_by_one(tagger):
    adapter = NLTKTagger(tagger)
    together = adapter.tag_sents(iter([*WORDS, []]))
    assert together == [adapter.tag(words) for words in [*WORDS, []]]
    assert [[tag for _, tag in sentence] for sentence in together] == tagger.predict([*WORDS, []])


def test_nltk_scores_it(tagger):
    adapter = NLTKTagger(tagger)
    gold = [list(zip(words, tags)) for words, tags in zip(WORDS, TAGS)]
    assert adapter.accuracy(gold) == tagger.score(WORDS, TAGS) == 1.0
    wrong = [[*gold[0][:2], ("sleeps", "NOUN")], *gold[1:]]
    assert adapter.accuracy(wrong) == pytest.approx(9 / 10)
    assert adapter.recall(gold)["NOUN"] == 1.0
    with pytest.warns(DeprecationWarning):  # NLTK's own, of the old name
        assert adapter.evaluate(gold) == 1.0


def test_it_can_be_pickled(tagger):
    back = pickle.loads(pickle.dumps(NLTKTagger(tagger)))
    assert back.tag(WORDS[0]) == NLTKTagger(tagger).tag(WORDS[0])


def test_only_fitted_taggers_are_taken():
    with pytest.raises(NotFittedError):
        NLTKTagger(CRFTagger())
    with pytest.raises(TypeError, match="must be a fitted CRFTagger. Got 'model.safetensors'"):
        NLTKTagger("model.safetensors")


@pytest.mark.process
def test_without_nltk_the_message_names_the_command():
    code = (
        "import sys; sys.modules['nltk'] = None\n"
        "try:\n    import wordvec.pipelines.tagging.nltk_tagger\n"
        "except ImportError as error:\n    print(error)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "NLTKTagger needs the package 'nltk'" in out and 'pip install "wordvec[nlp]"' in out
