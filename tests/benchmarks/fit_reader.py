"""Fit the weights of `PassageReader`: a log-linear choice of spans, on half of XQuAD and a part of CMRC's trial.

    python tests/benchmarks/fit_reader.py OUT.json [--vectors-en FILE] [--vectors-zh FILE]

The loss of a question is the negative logarithm of the expected square of F1, counted in characters (Chinese) or words
(English) of the passage; weights for all kinds of questions and for each have Gaussian priors. With vectors each
question counts twice, with the cosines of its sentences and without.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from bench_answers import read, split_by_passage
from scipy.optimize import minimize
from scipy.sparse import csr_array, vstack

from wordvec import KeyedVectors
from wordvec.pipelines import EmbeddingVectorizer
from wordvec.pipelines.applications.answering.features import candidates_of, feature_names
from wordvec.pipelines.applications.answering.questions import ASKED, understood
from wordvec.pipelines.applications.answering.sentences import PassageSentences
from wordvec.pipelines.datasets.squad import PassageQuestion
from wordvec.text.sentences import split_sentences

N_SENTENCES, LONGEST, LEAST = 4, 30, 0.05
PRIORS = (2.0, 6.0)  # precisions of the weights for all kinds of questions, and for each
Item = tuple[int, Any, np.ndarray]  # the kind of question, features (C, F), F1 (C,)


def items_of(questions: list[PassageQuestion], language: str, vectorizer: Any) -> list[Item]:
    """Return the spans of each question with their F1."""
    found: list[Item] = []
    sentences = None
    for question in questions:
        if sentences is None or sentences.passage != question.passage:
            sentences = PassageSentences(question.passage, language, vectorizer)
        asked = understood(question.question, language)
        matches = sorted(sentences.matches(asked), key=lambda match: -match.fit)[:N_SENTENCES]
        spans = [candidates_of(asked, match) for match in matches]
        begins, ends = (
            np.concatenate([getattr(some, name) for some in spans]) for name in ("begins", "ends")
        )
        features = csr_array(np.concatenate([some.features for some in spans]).astype(float))
        kind = ASKED.index(asked.asked)
        found.append((kind, features, overlaps(question, begins, ends, language, sentences)))
    return found


def overlaps(
    question: PassageQuestion,
    begins: np.ndarray,
    ends: np.ndarray,
    language: str,
    sentences: PassageSentences,
) -> np.ndarray:
    """Return the F1 of each span with the nearest occurrence of an answer."""
    if language == "zh":
        units = np.array([place for place, character in enumerate(question.passage) if character.isalnum()])
    else:
        units = np.array(
            [
                begin + sentences.spans[number][0]
                for number, words in enumerate(sentences.words)
                for begin, text, is_mark in zip(words.begins, words.texts, words.is_mark)
                if not is_mark and text.lower() not in ("the", "a", "an")
            ]
        )

    def count(first: Any, end: Any) -> np.ndarray:
        return np.searchsorted(units, end, "left") - np.searchsorted(units, first, "left")

    best = np.zeros(len(begins))
    for answer in set(question.answers):
        place = question.passage.find(answer)
        while place >= 0:
            low, high = np.maximum(begins, place), np.minimum(ends, place + len(answer))
            common = np.where(high > low, count(low, np.maximum(high, low)), 0)
            total = count(begins, ends) + count(place, place + len(answer))
            best = np.maximum(best, 2 * common / np.maximum(total, 1))
            place = question.passage.find(answer, place + 1)
    return best


def fit(items: list[Item], n_features: int) -> np.ndarray:
    """Return the weights, float64 (1 + A, F): for all kinds of questions, then for each."""
    starts = np.cumsum([0, *(len(f1) for _, _, f1 in items)])
    lengths = np.diff(starts)
    features = vstack([part for _, part, _ in items]).tocsr()
    gains = np.concatenate([f1 for _, _, f1 in items]) ** 2
    kinds = np.repeat([kind for kind, _, _ in items], lengths)
    parts = [(np.flatnonzero(kinds == kind), features[kinds == kind]) for kind in range(len(ASKED))]

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        weights = flat.reshape(-1, n_features)
        scores = np.zeros(len(gains))
        for kind, (places, part) in enumerate(parts):
            scores[places] = part @ (weights[0] + weights[1 + kind])
        odds = np.exp(scores - np.repeat(np.maximum.reduceat(scores, starts[:-1]), lengths))
        shares = odds / np.repeat(np.add.reduceat(odds, starts[:-1]), lengths)
        expected = np.add.reduceat(shares * gains, starts[:-1])
        known = expected > 0  # no span among the sentences is right in others
        value = -np.log(np.maximum(expected[known], 1e-12)).sum()
        slope = (
            shares * (1 - gains / np.repeat(np.maximum(expected, 1e-12), lengths)) * np.repeat(known, lengths)
        )
        gradient = np.zeros_like(weights)
        for kind, (places, part) in enumerate(parts):
            gradient[1 + kind] = part.T @ slope[places]
        gradient[0] = gradient[1:].sum(0)
        precisions = np.array([PRIORS[0], *[PRIORS[1]] * len(ASKED)])[:, None]
        return value + 0.5 * (precisions * weights**2).sum(), (gradient + precisions * weights).ravel()

    start = np.zeros((1 + len(ASKED)) * n_features)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 100})
    return found.x.reshape(-1, n_features)


def main() -> None:
    """Read the command line, fit both languages, write the file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--vectors-en", type=Path)
    parser.add_argument("--vectors-zh", type=Path)
    options = parser.parse_args()
    trial = read("cmrc2018/cmrc2018_trial.json")
    sets = {
        "en": [split_by_passage(read("xquad/xquad.en.json"), 0.5)[0]],
        "zh": [
            split_by_passage(read("xquad/xquad.zh.json"), 0.5)[0],
            [q for q in trial if min(map(len, q.answers)) <= LONGEST],
        ],
    }
    lines = []
    for language, parts in sets.items():
        path = options.vectors_en if language == "en" else options.vectors_zh
        items: list[Item] = []
        for questions in parts:
            items += items_of(questions, language, None)
            if path is not None:
                texts = [
                    text for p in dict.fromkeys(q.passage for q in questions) for text in split_sentences(p)
                ]
                name = "zh" if language == "zh" else "word"
                vectorizer = EmbeddingVectorizer(KeyedVectors.load(path), pooling="usif", tokenizer=name)
                items += items_of(questions, language, vectorizer.fit(texts))
        names = feature_names(language)
        table = fit(items, len(names))
        rows = [
            {name: round(float(weight), 2) for name, weight in zip(names, row) if abs(weight) >= LEAST}
            for row in table
        ]
        entries = [f'  "{kind}": {json.dumps(row)}' for kind, row in zip(("all", *ASKED), rows)]
        lines.append(f' "{language}": {{\n' + ",\n".join(entries) + "\n }")
    options.out.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
