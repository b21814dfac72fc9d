"""`ResponseSelector`: selection of a known response, or of none, as a scikit-learn estimator."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from wordvec._utils.assumptions import assume
from wordvec._utils.errors import ParameterError
from wordvec._utils.parameters import Choice, Having, Instance, Integer, Real, Rule, Seed, check_parameters
from wordvec._utils.timing import Stopwatch
from wordvec._utils.validation import check_int, check_path
from wordvec.text.dialogues import check_histories
from wordvec.text.language import majority_language
from wordvec.text.lists import check_strings, iterate_rows
from wordvec.vectors.keyed_vectors import KeyedVectors

from ...features.vectorizer import EmbeddingVectorizer
from .encoding import EncoderScores, fit_encoder
from .fitting import Confidence, FittedSelector, fit_selector, learn_confidence
from .known_pairs import KnownPairs
from .storage import read_selector, write_selector

__all__ = ["ResponseSelector"]

_OWNER = "ResponseSelector"
_REPEATED = 0.5  # with such a share of responses that occur again, they are canned ones


class ResponseSelector(BaseEstimator):
    """Choose the response to a history from a known set, or none of them.

    Responses are scored by BM25 and TF-IDF with the last turn and with all turns before it, by lengths, by the
    responses to the most similar known histories, and by two small tables of word pattern embeddings, trained jointly
    with the feature weights on pairs, with responses of other dialogues as negatives. An `encoder` reranks the best
    responses.

    If most responses recur, as in customer service, it also learns a confidence, and returns None below a threshold: it
    is then an intent classifier with "none of these".

    Parameters
    ----------
    threshold : float, "auto" or None
        The minimum probability that the best response is right, below which `predict` returns None. "auto" learns it on
        held-out folds if at least half of the responses recur; otherwise, and with None, `predict` always returns a
        response.
    vectors : KeyedVectors, optional
        Word vectors, for the similarity of turns by uSIF.
    encoder : estimator with fit(pairs, y) and predict_proba(pairs), optional
        For example ``TransformerClassifier(folder)``: it learns to distinguish the right response from others.
    n_candidates : int
        Number of best responses that the encoder reranks.
    language : {"auto", "en", "zh"}
        "auto" is "zh" if at least half of the responses are Chinese.
    epochs : int, optional
        Passes over the pairs; by default, the best number for a held-out fifth of the dialogues.
    random_state : int, RandomState or None
        Seed of all random numbers.

    Attributes
    ----------
    responses_ : list of str
        The distinct responses.
    threshold_ : float or None
    n_pairs_ : int
    n_iter_ : int
        Passes over the pairs.
    language_ : str
    encoder_ : estimator
        If there is one.
    fit_times_ : dict of str to float
        Seconds of "training", "encoder" and "threshold".
    seed_ : int
        The seed that `random_state` resulted in.

    Examples
    --------
    >>> questions = ["Where is my parcel?", "When will my parcel come?", "My parcel has not come yet.",
    ...     "I forgot my password.", "How do I set a new password?", "My password does not work."]
    >>> answers = ["Track it under Orders."] * 3 + ["Click on Reset password."] * 3
    >>> selector = ResponseSelector(threshold=None).fit(questions, answers)
    >>> selector.predict(["My parcel is late.", "The password is wrong."])
    ['Track it under Orders.', 'Click on Reset password.']
    >>> scores, = selector.rank(["Where is it?"], [["In the box.", "At noon."]])
    >>> scores.shape
    (2,)

    References
    ----------
    Lowe, Pow, Serban and Pineau (2015), "The Ubuntu Dialogue Corpus", SIGDIAL. Henderson et al. (2017), "Efficient
    natural language response suggestion for Smart Reply", arXiv:1705.00652. Larson et al. (2019), "An evaluation
    dataset for intent classification and out-of-scope prediction", EMNLP.
    """

    _parameter_rules: ClassVar[dict[str, Rule]] = {
        "threshold": Real(0.0, 1.0) | Choice("auto") | None,
        "vectors": Instance(KeyedVectors) | None,
        "encoder": Having("fit", "predict_proba") | None,
        "n_candidates": Integer(1),
        "language": Choice("auto", "en", "zh"),
        "epochs": Integer(1) | None,
        "random_state": Seed(),
    }

    def __init__(
        self,
        *,
        threshold: float | str | None = "auto",
        vectors: KeyedVectors | None = None,
        encoder: Any = None,
        n_candidates: int = 20,
        language: str = "auto",
        epochs: int | None = None,
        random_state: Any = 1,
    ) -> None:
        self.threshold = threshold
        self.vectors = vectors
        self.encoder = encoder
        self.n_candidates = n_candidates
        self.language = language
        self.epochs = epochs
        self.random_state = random_state

    def fit(self, histories: Any, responses: Any) -> ResponseSelector:
        """Learn from histories and the responses to them.

        Parameters
        ----------
        histories : list of lists of str, or of str
            The turns, or the single turn, before each response. Histories with the same first turn belong to one
            dialogue.
        responses : list of str

        Raises
        ------
        TypeError
            If a parameter, a history or a response has the wrong type; the message names it.
        ValueError
            If the numbers of histories and responses differ or are zero, or there is a threshold but no response
            recurs.
        """
        owner = f"{_OWNER}.fit"
        checked = check_parameters(self)
        turns = check_histories(histories, owner)
        answers = check_strings(responses, owner, "responses", "response")
        if len(turns) != len(answers):
            rule = f"hold a response to each of the {len(turns)} histories"
            raise ParameterError("responses", owner, rule, f"{len(answers)} responses")
        if not turns:
            raise ValueError(f"{owner} needs at least one history with its response. Got none.")
        watch = Stopwatch()
        pairs = KnownPairs.of(turns, answers)
        language = majority_language(answers) if checked.language == "auto" else checked.language
        seed = checked.random_state
        # BLAS adds up in another order with another number of threads.
        with threadpool_limits(limits=1, user_api="blas"):
            vectorizer = self._vectorizer(pairs, owner)
            model = fit_selector(pairs, language, vectorizer, seed, checked.epochs)
            watch.lap("training")
            encoded = None
            if checked.encoder is not None:
                encoded = fit_encoder(clone(checked.encoder), model, pairs, vectorizer, seed)
            watch.lap("encoder")
            confidence = self._confidence(pairs, model, language, vectorizer, seed, owner)
        self.fit_times_ = watch.lap("threshold")
        self._set(model, encoded, confidence)
        self.n_pairs_, self.seed_ = len(pairs), seed
        return self

    def predict(self, histories: Any) -> list[str | None]:
        """Return the best known response to each history, or None if its confidence is below `threshold_`.

        Parameters
        ----------
        histories : list of lists of str, or of str

        Raises
        ------
        NotFittedError, TypeError, ValueError
            If the model is not fitted, or a history is neither a text nor a list of texts.
        """
        turns = self._histories(histories, "predict")
        found: list[str | None] = []
        for scores, nearest in self._scores(turns):
            best = [self.responses_[place] for place in scores.argmax(axis=1)]
            if self.threshold_ is None or self._confidence_ is None:
                found += best
            else:
                sure = self._confidence_.of(scores, nearest)
                found += [text if p >= self.threshold_ else None for text, p in zip(best, sure)]
        return found

    def confidence(self, histories: Any) -> np.ndarray:
        """Return the probability that the best response to each history is right, float64 (N,).

        Raises
        ------
        NotFittedError, TypeError, ValueError
            As for `predict`; also if no threshold was learned, since there is no confidence then.
        """
        turns = self._histories(histories, "confidence")
        if self._confidence_ is None:
            raise ValueError(
                f"This {_OWNER} has learned no confidence: that takes responses that occur again, in other "
                "dialogues, and threshold='auto' or a number."
            )
        blocks = [self._confidence_.of(*block) for block in self._scores(turns)]
        return np.concatenate([np.empty(0), *blocks])

    def best(self, histories: Any, n: int = 3) -> list[list[tuple[str, float]]]:
        """Return the n best known responses to each history with their scores, best first.

        Raises
        ------
        NotFittedError, TypeError, ValueError
            As for `predict`, or if `n` is not a positive number.
        """
        check_int("n", n, f"{_OWNER}.best", 1)
        return [
            [(self.responses_[place], float(row[place])) for place in np.argsort(-row, kind="stable")[:n]]
            for scores, _ in self._scores(self._histories(histories, "best"))
            for row in scores
        ]

    def rank(self, histories: Any, candidates: Any) -> list[np.ndarray]:
        """Return the scores of given candidates, known or not; higher is better.

        Parameters
        ----------
        histories : list of lists of str, or of str
        candidates : list of lists of str
            The candidates for each history.

        Returns
        -------
        list of float64 (n_candidates,)

        Raises
        ------
        NotFittedError, TypeError, ValueError
            As for `predict`, or if there is not one list of texts for each history.
        """
        owner = f"{_OWNER}.rank"
        turns = self._histories(histories, "rank")
        listed = [
            check_strings(some, owner, f"candidates[{row}]", "candidate")
            for row, some in enumerate(iterate_rows(candidates, owner, "candidates", "list of candidate"))
        ]
        if len(listed) != len(turns):
            rule = f"have a list for each of the {len(turns)} histories"
            raise ParameterError("candidates", owner, rule, f"{len(listed)} lists")
        with threadpool_limits(limits=1, user_api="blas"):
            scores = self._model.pair_scores(turns, listed)
        if self._encoded is not None:
            repeated = [history for history, some in zip(turns, listed) for _ in some]
            scores += self._encoded.of(repeated, [text for some in listed for text in some])
        return np.split(scores, np.cumsum([len(some) for some in listed])[:-1]) if listed else []

    def score(self, histories: Any, responses: Any) -> float:
        """Return the accuracy: the share of histories for which the right response, or None, is chosen."""
        found = self.predict(histories)
        given = list(responses)
        if len(given) != len(found) or not found:
            rule = f"hold a response, or None, for each of the {len(found)} histories, at least one"
            raise ParameterError("responses", f"{_OWNER}.score", rule, f"{len(given)} responses")
        return float(np.mean([text == right for text, right in zip(found, given)]))

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Write the selector, including word vectors and encoder, to a folder, without pickle.

        Raises
        ------
        NotFittedError
            If the model is not fitted.
        OSError
            If the folder cannot be written.
        """
        check_is_fitted(self, "responses_")
        write_selector(check_path("folder", folder, f"{_OWNER}.save"), self)

    @classmethod
    def load(cls, folder: str | os.PathLike[str]) -> Self:
        """Read a selector that `save` wrote; its responses are the same.

        Raises
        ------
        FileNotFoundError
            If the folder does not hold a selector.
        ValueError
            If a file is damaged or written by a newer version.
        """
        found = read_selector(check_path("folder", folder, f"{_OWNER}.load"), cls)
        assert isinstance(found, cls)
        return found

    def _vectorizer(self, pairs: KnownPairs, owner: str) -> EmbeddingVectorizer | None:
        if self.vectors is None:
            return None
        turns = dict.fromkeys([turn for history in pairs.histories for turn in history] + pairs.responses)
        return EmbeddingVectorizer(self.vectors, pooling="usif").fit(list(turns))

    def _confidence(
        self, pairs: KnownPairs, model: FittedSelector, language: str, vectorizer: Any, seed: int, owner: str
    ) -> Confidence | None:
        if self.threshold is None:
            return None
        found = None
        if pairs.share_repeated >= _REPEATED:
            found = learn_confidence(pairs, language, vectorizer, seed, model.epochs)
        if found is None and self.threshold != "auto":
            rule = "be 'auto' or None where responses do not occur again, in other dialogues"
            raise ParameterError("threshold", owner, rule, self.threshold)
        if found is None:
            assume("too few responses occur again to learn a threshold, so that one is always given")
        return found

    def _set(
        self, model: FittedSelector, encoded: EncoderScores | None, confidence: Confidence | None
    ) -> None:
        self._model, self._encoded, self._confidence_ = model, encoded, confidence
        self.responses_, self.n_iter_ = list(model.texts), model.epochs
        self.language_ = model.features.language
        learned = None if confidence is None else confidence.threshold
        self.threshold_ = self.threshold if isinstance(self.threshold, int | float) else learned
        if encoded is not None:
            self.encoder_ = encoded.encoder

    def _histories(self, histories: Any, method: str) -> list[list[str]]:
        check_is_fitted(self, "responses_")
        return check_histories(histories, f"{_OWNER}.{method}")

    def _scores(self, turns: list[list[str]]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the model's `scores`, combined with those of an encoder."""
        first = 0
        with threadpool_limits(limits=1, user_api="blas"):
            for scores, nearest in self._model.scores(turns):
                some = turns[first : first + len(scores)]
                first += len(scores)
                yield self._encoded_scores(some, scores) if self._encoded is not None else scores, nearest

    def _encoded_scores(self, turns: list[list[str]], scores: np.ndarray) -> np.ndarray:
        """Return scores with the encoder's added for the best candidates; the others rank after them."""
        assert self._encoded is not None
        n = min(check_parameters(self, "n_candidates").n_candidates, scores.shape[1])
        places = np.argsort(-scores, axis=1, kind="stable")[:, :n]
        repeated = [history for history in turns for _ in range(n)]
        added = self._encoded.of(repeated, [self.responses_[place] for place in places.ravel()]).reshape(
            places.shape
        )
        found = scores - (scores.max() - scores.min()) - np.abs(added).max() * 2
        np.put_along_axis(found, places, np.take_along_axis(scores, places, axis=1) + added, axis=1)
        return found

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        return tags
