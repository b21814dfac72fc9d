"""Prediction of tags, their probabilities and alternatives: the part of `CRFTagger` that follows training."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from wordvec._utils.errors import ParameterError
from wordvec._utils.fitted import check_fitted
from wordvec._utils.parameters import check_parameters
from wordvec._utils.threads import Workers, n_threads_for, workers
from wordvec._utils.validation import check_int
from wordvec.vectors.keyed_vectors import KeyedVectors

from ..metrics.entities import entity_scores, token_accuracy
from .decoding import Constraints, Decoder
from .features.attributes import AttributeIndex
from .features.encoding import EncodedSentences, encode_features
from .features.extractor import FeatureExtractor, LexicalColumns
from .features.lexicon import Lexicon
from .input_checks import (
    check_kind,
    check_labels,
    check_sentences,
    check_spans,
    check_tags,
    encode_tags,
    has_words,
    is_for_characters,
)
from .learning.objective import DenseTable
from .model import ChainModel
from .options import OWNER, PREDICTION_PARAMETERS
from .word_vectors import CHANGED_VECTORS, check_dense, look_up

Tags = Sequence[Sequence[str]]
# More could fill the memory on a long sentence.
MAX_NBEST = 100_000


class PredictingTagger:
    """The methods of a fitted tagger that take sentences; `CRFTagger` documents the attributes that they read."""

    vectors: Any
    n_jobs: int | None
    vector_window: int | None
    min_freq: float
    decoding: str
    classes_: np.ndarray
    scheme_: str | None
    model_: ChainModel
    attributes_: AttributeIndex
    features_: FeatureExtractor | None
    lexicon_: Lexicon | None
    _takes_words: bool | None

    def predict(
        self, X: Sequence[Any], known_tags: Sequence[Sequence[str | None]] | None = None
    ) -> list[list[str]]:
        """Return the tags of each sentence.

        Parameters
        ----------
        X : list of sentences
        known_tags : list of lists, optional
            Tags that are already known, None where there is none. The others are chosen to fit them.

        Returns
        -------
        list of lists of str

        Raises
        ------
        NotFittedError
            If the tagger is not fitted.
        TypeError
            If `X` is not a list of sentences, or its tokens are of another kind than those in training.
        ValueError
            If no legal sequence agrees with the known tags; the message names the sentence.
        """
        method = "best" if self.decoding == "viterbi" else "least_risk"
        tags, starts = self._decode(X, known_tags, lambda decoder, *args: getattr(decoder, method)(*args))
        words = self.classes_[tags].tolist()
        return [words[a:b] for a, b in zip(starts, starts[1:])]

    def predict_marginals(
        self, X: Sequence[Any], known_tags: Sequence[Sequence[str | None]] | None = None
    ) -> list[np.ndarray]:
        """Return the marginal probability of each tag of each token.

        Parameters and errors are those of `predict`. The probabilities are over the legal sequences with the known
        tags.

        Returns
        -------
        list of float64 (n_tokens, L)
            One array for each sentence; the columns are `classes_`.
        """
        marginals, starts = self._decode(X, known_tags, Decoder.marginals)
        return [marginals[a:b] for a, b in zip(starts, starts[1:])]

    def predict_nbest(
        self, X: Sequence[Any], k: int = 5, known_tags: Sequence[Sequence[str | None]] | None = None
    ) -> list[list[tuple[list[str], float]]]:
        """Return the `k` most probable tag sequences of each sentence, with their probabilities.

        Parameters
        ----------
        X : list of sentences
        k : int
            Sequences for each sentence, at most 100,000; there are fewer if no more are legal.
        known_tags : list of lists, optional
            See `predict`.

        Returns
        -------
        list of lists of (list of str, float)
            The best sequence comes first.

        Raises
        ------
        ParameterError
            If `k` is out of range; other errors are those of `predict`.
        """
        n = check_int("k", k, f"{OWNER}.predict_nbest", 1, MAX_NBEST)
        found, _ = self._decode(
            X, known_tags, lambda decoder, encoded, *args: decoder.n_best(encoded, n, *args)
        )
        return [[(self.classes_[tags].tolist(), p) for tags, p in sentence] for sentence in found]

    def score(self, X: Sequence[Any], y: Tags) -> float:
        """Return the entity-level micro F1 if the tags encode spans, else the token accuracy.

        Parameters
        ----------
        X : list of sentences
        y : list of lists of str
            The true tags.

        Raises
        ------
        NotFittedError
            If the tagger is not fitted.
        TypeError, ValueError
            If `y` does not have one tag for each token, or has a tag that encodes no span while those in training do.
        """
        check_fitted(self, "model_")
        y = check_tags(check_sentences(X, may_be_texts=is_for_characters(self.features_)), y)
        check_labels(y)
        if self.scheme_ is not None:
            check_spans(y, "y")
        return self._score(y, self.predict(X))

    def _score(self, y_true: Tags, y_pred: Tags) -> float:
        if self.scheme_ is None:
            return float(token_accuracy(y_true, y_pred))
        return float(entity_scores(y_true, y_pred).micro.f1)

    def _encode(
        self,
        X: Sequence[Any],
        name: str,
        tables: list[KeyedVectors],
        *,
        grow: bool,
        pool: Workers | None = None,
        columns: LexicalColumns | None = None,
    ) -> tuple[EncodedSentences, DenseTable | None]:
        """Return the features of sentences, and their words' vectors.

        `columns` are the lexical columns of training sentences; by default those of new ones, from the lexicon.
        """
        check_kind(has_words(X, name), bool(self._takes_words), name)
        if tables and not self._takes_words:
            raise ParameterError(
                "vectors",
                OWNER,
                "be None unless tokens are words (str)",
                self.vectors,
                "Pass lists of words, or leave vectors out.",
            )
        if self.features_ is None:
            encoded = encode_features(X, self.attributes_, grow=grow, workers=pool)
        else:
            min_freq = max(1, math.ceil(self.min_freq)) if grow else 1
            if columns is None and self.lexicon_ is not None:
                columns = self.lexicon_.columns
            encoded = self.features_.encode(X, self.attributes_, grow=grow, min_freq=min_freq, more=columns)
        if not tables or self.vector_window is None:
            return encoded, None
        dense_ids, table = look_up(X, tables, self.vector_window)
        return replace(encoded, dense_ids=dense_ids), table

    def _decode(self, X: Any, known_tags: Any, method: Callable[..., Any]) -> tuple[Any, list[int]]:
        """Call a method of the decoder; return its result, and where sentences start."""
        check_fitted(self, "model_")
        tables = check_parameters(self, *PREDICTION_PARAMETERS, owner=OWNER).vectors
        check_dense(self.model_.dense_OEL, tables, self.vector_window, CHANGED_VECTORS)
        X = check_sentences(X, may_be_texts=is_for_characters(self.features_))
        known = None
        if known_tags is not None:
            ids = {label: number for number, label in enumerate(self.classes_.tolist())}
            known = encode_tags(check_tags(X, known_tags, "known_tags"), ids)
        constraints = Constraints.of_scheme(self.classes_.tolist(), self.scheme_)
        with workers(n_threads_for(self.n_jobs)) as pool:
            encoded, table = self._encode(X, "X", tables, grow=False, pool=pool)
            result = method(Decoder(self.model_, constraints, pool), encoded, table, known)
        return result, encoded.starts.tolist()
