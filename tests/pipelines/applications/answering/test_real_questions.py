"""The reader on real questions that its weights were not fitted on: twice the F1 of the sentence with most words."""

import os
from pathlib import Path

import numpy as np
import pytest

from wordvec.pipelines.applications import PassageReader
from wordvec.pipelines.datasets.squad import read_squad
from wordvec.pipelines.metrics import cmrc_scores, squad_scores
from wordvec.text.sentences import split_sentences


def held_out(path, n):
    """Every n-th question about the half of the passages that the weights were not fitted on."""
    questions = read_squad(path)
    passages = list(dict.fromkeys(question.passage for question in questions))
    order = np.random.default_rng(1).permutation(len(passages))
    kept = {passages[place] for place in order[len(passages) // 2 :]}
    return [question for question in questions if question.passage in kept][::n]


@pytest.mark.data
@pytest.mark.parametrize(("name", "score"), [("en", squad_scores), ("zh", cmrc_scores)])
def test_twice_the_best_sentence(name, score):
    questions = held_out(Path(os.environ["WORDVEC_DATA"]) / "xquad" / f"xquad.{name}.json", 6)

    def words(text):
        return set(text.lower().split() if name == "en" else text)

    baseline = [
        max(split_sentences(q.passage), key=lambda text, q=q: len(words(q.question) & words(text)))
        for q in questions
    ]
    found = PassageReader(language=name).predict(
        [q.question for q in questions], [q.passage for q in questions]
    )
    assert all(q.passage[a.start : a.end] == a.text for q, a in zip(questions, found))
    references = [question.answers for question in questions]
    f1 = score([answer.text for answer in found], references).f1
    assert f1 > 2 * score(baseline, references).f1
