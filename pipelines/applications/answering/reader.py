"""`PassageReader`: question answering without training, by BM25, uSIF and features of spans."""

from __future__ import annotations

import functools
import os
from collections.abc import Sequence
from importlib import resources
from typing import Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator

from wordvec._io.json_files import parse_json_object
from wordvec._io.kinds import READER
from wordvec._utils.assumptions import assume
from wordvec._utils.errors import ParameterError
from wordvec._utils.parameters import Choice, Integer, Real, Rule, check_parameters, restored
from wordvec._utils.validation import check_int
from wordvec.text.answers import Answer, check_questions
from wordvec.text.language import majority_language
from wordvec.text.lists import check_strings
from wordvec.text.sentences import split_sentences
from wordvec.vectors.estimator_files import pack_vectors, read_estimator, unpack_vectors, write_estimator
from wordvec.vectors.keyed_vectors import KeyedVectors

from ...features.sources import VectorSource, trained_vectors
from ...features.vectorizer import EmbeddingVectorizer
from .features import candidates_of, feature_names
from .questions import ASKED, Question, understood
from .sentences import PassageSentences

__all__ = ["PassageReader"]

_OWNER = "PassageReader"
_WEIGHTS = "reader-weights.json"
_LANGUAGES = {"en": "a language with spaces, read as English", "zh": "Chinese"}


class PassageReader(BaseEstimator):
    """Extractive question answering without training and without PyTorch.

    The sentences that match the question best are found by BM25 and, with word vectors, also by the cosine of uSIF
    vectors. Each of their spans is scored by a linear function of its type (number, name, place, ...) in relation to
    the question type (who, when, how many, 谁, 什么时候, ...), and of the question words around it. The weights of this
    function come with the package.

    Parameters
    ----------
    vectors : KeyedVectors, or a fitted estimator with wv_ (Word2Vec, GloVe, ...), optional
        For the cosine similarity of question and sentence.
    language : {"auto", "en", "zh"}
        "auto" is "zh" if at least half of the questions are Chinese, else "en". Chinese needs rjieba:
        ``pip install "wordvec[nlp]"``.
    n_sentences : int
        Number of sentences of a passage whose spans are examined.
    no_answer_threshold : float, optional
        A passage has no answer if the best span scores below this; None: every question has an answer.

    Examples
    --------
    >>> from wordvec.pipelines.applications import PassageReader
    >>> passage = "The bridge was opened by Queen Victoria in 1850. It is 420 metres long and made of iron."
    >>> questions = ["Who opened the bridge?", "When was the bridge opened?", "How long is the bridge?"]
    >>> for answer in PassageReader().predict(questions, passage):
    ...     print(answer.start, answer.text)
    25 Queen Victoria
    43 1850
    55 420 metres

    References
    ----------
    Rajpurkar, Zhang, Lopyrev and Liang (2016), "SQuAD: 100,000+ questions for machine comprehension of text", EMNLP,
    section 5: a linear function of spans. Ethayarajh (2018), "Unsupervised random walk sentence embeddings: a strong
    but simple baseline". Robertson and Zaragoza (2009), "The probabilistic relevance framework: BM25 and beyond".
    """

    _parameter_rules: ClassVar[dict[str, Rule]] = {
        "vectors": VectorSource() | None,
        "language": Choice("auto", "en", "zh"),
        "n_sentences": Integer(1),
        "no_answer_threshold": Real(0.0, 1.0) | None,
    }

    def __init__(
        self,
        vectors: Any = None,
        *,
        language: str = "auto",
        n_sentences: int = 4,
        no_answer_threshold: float | None = None,
    ) -> None:
        self.vectors = vectors
        self.language = language
        self.n_sentences = n_sentences
        self.no_answer_threshold = no_answer_threshold

    def predict(self, questions: Any, passages: Any) -> list[Answer]:
        """Return the best answer to each question.

        Parameters and errors are those of `predict_spans`.
        """
        return [found[0] for found in self.predict_spans(questions, passages)]

    def predict_spans(self, questions: Any, passages: Any, top_k: int = 1) -> list[list[Answer]]:
        """Return the best answers to each question, best first, without overlaps.

        Parameters
        ----------
        questions : list of str
        passages : list of str, or str
            The passage of each question, or one for all.
        top_k : int
            Maximum number of answers to a question.

        Returns
        -------
        list of lists of Answer
            Their scores are probabilities over all spans.

        Raises
        ------
        ImportError
            If a text is Chinese and rjieba is not installed.
        TypeError, ValueError
            If a question is empty or not a str, or there is not one passage for each.
        """
        owner = f"{_OWNER}.predict"
        check_int("top_k", top_k, owner, 1)
        asked, read = check_questions(questions, passages, owner)
        parameters = check_parameters(self)
        if not asked:
            return []
        language = self._language(asked)
        vectorizer = self._vectorizer(read, language)
        found = []
        sentences: PassageSentences | None = None
        for text, passage in zip(asked, read):
            if sentences is None or sentences.passage != passage:
                sentences = PassageSentences(passage, language, vectorizer)
            spans = scored_spans(understood(text, language), sentences, parameters.n_sentences)
            found.append(best_answers([spans], [passage], top_k, parameters.no_answer_threshold))
        return found

    def answers_among(self, question: str, passages: Any, top_k: int = 1) -> list[Answer]:
        """Return the best answers to a question from several passages, each with the index of its `passage`.

        Parameters
        ----------
        question : str
        passages : list of str
        top_k : int

        Raises
        ------
        ImportError, TypeError, ValueError
            As `predict_spans`.
        """
        owner = f"{_OWNER}.answers_among"
        check_int("top_k", top_k, owner, 1)
        read = check_strings(passages, owner, "passages", "passage")
        check_questions([question], "", owner)
        parameters = check_parameters(self)
        language = self._language([question])
        vectorizer = self._vectorizer(read, language)
        asked = understood(question, language)
        spans = [
            scored_spans(asked, PassageSentences(passage, language, vectorizer), parameters.n_sentences)
            for passage in read
        ]
        return best_answers(spans, read, top_k, parameters.no_answer_threshold)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the reader with its word vectors to one safetensors file.

        Raises
        ------
        ParameterError
            If a parameter breaks its rule.
        OSError
            If the file cannot be written.
        """
        parameters = vars(check_parameters(self))
        vectors = self._trained(parameters.pop("vectors"))
        tensors = {} if vectors is None else pack_vectors(vectors)
        write_estimator(path, READER, _OWNER, {"parameters": parameters}, tensors)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> PassageReader:
        """Read a reader that `save` wrote.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If it is not a complete file of a reader, or a newer version wrote it.
        """
        with read_estimator(path, READER, _OWNER) as (header, tensors):
            vectors = None if "none" in tensors else unpack_vectors(tensors)
            return restored(cls, header["parameters"] | {"vectors": vectors})

    def _language(self, questions: list[str]) -> str:
        if self.language != "auto":
            return self.language
        language = majority_language(questions)
        assume(f"the questions: {_LANGUAGES[language]}")
        return language

    def _vectorizer(self, passages: list[str], language: str) -> EmbeddingVectorizer | None:
        """Return a uSIF vectorizer whose common directions come from the passages' sentences."""
        vectors = self._trained(self.vectors)
        if vectors is None:
            return None
        texts = [sentence for passage in dict.fromkeys(passages) for sentence in split_sentences(passage)]
        tokenizer = "zh" if language == "zh" else "word"
        return EmbeddingVectorizer(vectors, pooling="usif", tokenizer=tokenizer).fit(texts or passages)

    @staticmethod
    def _trained(source: Any) -> KeyedVectors | None:
        """Return the word vectors in the parameter `vectors`, if there are any."""
        vectors = trained_vectors(source)
        if vectors is None and source is not None:
            rule = "be word vectors that are trained"
            raise ParameterError("vectors", _OWNER, rule, source, "Fit it first.")
        return vectors


def scored_spans(
    question: Question, sentences: PassageSentences, n_sentences: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the spans of the best sentences: starts, ends, scores."""
    matches = sentences.matches(question)
    order = sorted(range(len(matches)), key=lambda number: -matches[number].fit)[:n_sentences]
    weights = _weights(question.words.language)[ASKED.index(question.asked)]
    parts = []
    for number in order:
        found = candidates_of(question, matches[number])
        parts.append((found.begins, found.ends, found.features @ weights))
    if not parts:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
    begins, ends, scores = map(np.concatenate, zip(*parts))
    return begins, ends, scores


def best_answers(
    spans: Sequence[tuple[np.ndarray, np.ndarray, np.ndarray]],
    passages: Sequence[str],
    top_k: int,
    threshold: float | None,
) -> list[Answer]:
    """Return the best answers among the spans of several passages, at least one, which may be "no answer"."""
    if not any(len(scores) for _, _, scores in spans):
        return [Answer("", 0, 0, 0.0)]
    numbers = np.repeat(np.arange(len(spans)), [len(scores) for _, _, scores in spans])
    begins, ends, scores = (np.concatenate([part[k] for part in spans]) for k in range(3))
    shares = np.exp(scores - np.logaddexp.reduce(scores))
    found: list[Answer] = []
    for place in np.argsort(-shares, kind="stable"):
        number, begin, end = int(numbers[place]), int(begins[place]), int(ends[place])
        if any(other.passage == number and begin < other.end and other.start < end for other in found):
            continue
        found.append(Answer(passages[number][begin:end], begin, end, float(shares[place]), number))
        if len(found) == top_k:
            break
    if threshold is not None and found[0].score < threshold:
        found = [Answer("", 0, 0, 1 - found[0].score), *found][:top_k]
    return found


@functools.cache
def _weights(language: str) -> np.ndarray:
    """Return the weight of each feature for each question type, float32 (A, F)."""
    text = resources.files(__package__).joinpath(_WEIGHTS).read_bytes()
    stored = parse_json_object(text)[language]
    names = {name: number for number, name in enumerate(feature_names(language))}

    def row(kind: str) -> np.ndarray:
        weights = np.zeros(len(names), np.float32)
        for name, weight in stored[kind].items():
            weights[names[name]] = weight
        return weights

    return row("all") + np.stack([row(kind) for kind in ASKED])
