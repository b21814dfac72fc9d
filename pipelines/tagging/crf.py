"""The linear-chain CRF tagger, as a scikit-learn estimator."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted

from wordvec._utils.threads import Workers, n_threads_for, workers
from wordvec._utils.validation import check_int
from wordvec.vectors.keyed_vectors import KeyedVectors

from ..metrics.entities import entity_scores, token_accuracy
from ..schemes.schemes import detect_scheme
from .crf_input import (
    CHANGED_VECTORS,
    OWNER,
    check_dense,
    check_kind,
    check_labels,
    check_scheme,
    check_sentences,
    check_spans,
    check_tags,
    check_vectors,
    encode_sentences,
    encode_tags,
    has_words,
    is_for_characters,
    look_up,
)
from .crf_options import check_prediction, checked_options
from .decoding import Constraints, Decoder
from .features.encoding import AttributeIndex, EncodedSentences
from .features.token_features import TokenFeatures
from .learning.objective import DenseTable
from .learning.training import Validation, prepare, train
from .model import ChainModel, collect_features
from .storage import StoredTagger

if TYPE_CHECKING:
    from .explaining import Explanation

Tags = Sequence[Sequence[str]]
# More would fill the memory on a long sentence.
MAX_NBEST = 100_000


class CRFTagger(StoredTagger, BaseEstimator):
    """Tags for the tokens of sentences, by a first-order linear-chain conditional random field.

    Lafferty et al. (2001). A token is a str, whose features are extracted, or a list of feature strings, or a
    dict from feature to value; the features of python-crfsuite mean the same here. The objective is

        negative log-likelihood + c1 * |w|_1 + c2 * |w|_2^2

    Parameters
    ----------
    algorithm : {"lbfgs", "sgd", "perceptron"}
        "lbfgs" is L-BFGS, or OWL-QN with `c1`; it finds the optimum. "sgd" is averaged stochastic gradient,
        for data that pass through memory too slowly otherwise; "perceptron" is the averaged perceptron, whose
        probabilities mean little.
    c1, c2 : float
        Strength of the L1 penalty (L-BFGS only) and the L2 penalty (not for the perceptron); at most 1e12.
    max_iter : int, optional
        Iterations, or passes of the other two. None for no limit, until `tol` is reached.
    vectors : KeyedVectors, or list of them, optional
        The vectors of words, one behind the other, are features beside the others. A word that is unknown is
        looked up in lower case. Tokens must be words (str) then.
    n_jobs : int, optional
        Threads, at most one a core; -1 for all cores, None for one. The result is the same to the bit.
    vector_window : int
        The vectors of neighbours up to this distance are features, too.
    features : TokenFeatures, optional
        The extractor for tokens that are str; by default ``TokenFeatures()``.
    min_freq : float
        Features that were seen less are left out.
    all_possible_states, all_possible_transitions : bool
        Whether pairs that were never seen have a weight, too.
    scheme : {"auto", "IOB1", "IOB2", "BIOES", "BMES", "BILOU"}, optional
        Predicted tags are legal in this scheme. "auto" detects the scheme of the training tags; None allows
        every sequence.
    decoding : {"viterbi", "marginal"}
        Predict the most probable sequence, or the legal one with the most right tags in expectation.
    tol, period : float, int
        Training ends when the objective has fallen by less than `tol` times itself in `period` iterations, or
        the norm of the gradient is below `tol` times that of the weights.
    learning_rate : float
        First step size of "sgd".
    patience : int, optional
        Training ends when the validation score has not risen for so many iterations; the best weights are
        kept in any case where validation data are given.
    random_state : int, RandomState or None
        The order of sentences in "sgd" and "perceptron".
    verbose : bool, optional
        Whether to show progress on stderr. By default only on a terminal.

    Attributes
    ----------
    classes_ : ndarray of str (L,)
        The tags, sorted.
    scheme_ : str or None
        The scheme of the tags.
    objective_ : float
        The objective on the training data. For "sgd" and "perceptron" the loss of the last pass, taken on the
        way (of the perceptron: the number of wrong tags).
    loss_curve_ : list of float
        The objective after each iteration.
    training_seconds_ : list of float
        Seconds until the end of each iteration, without the preparation.
    validation_curve_ : list of float
        The validation score after each iteration; empty without validation data.
    n_iter_ : int
        Iterations that led to the weights.
    model_ : ChainModel
        The weights; those that are 0 are left out.
    attributes_ : AttributeIndex
        The attributes that have a weight.
    features_ : TokenFeatures or None
        The extractor; None if tokens are features.
    file_layout_ : dict or None
        Of a tagger that ``wordvec tag train`` made: the names of its files' ``"columns"``, and the ``"target"``.

    Examples
    --------
    >>> from pipelines import CRFTagger
    >>> sentences = [["Ada", "wrote", "it"], ["Bob", "read", "it"]]
    >>> tags = [["B-PER", "O", "O"], ["B-PER", "O", "O"]]
    >>> CRFTagger().fit(sentences, tags).predict([["Ada", "read", "it"]])
    [['B-PER', 'O', 'O']]
    """

    def __init__(
        self,
        algorithm: str = "lbfgs",
        c1: float = 0.0,
        c2: float = 1.0,
        max_iter: int | None = 100,
        vectors: KeyedVectors | list[KeyedVectors] | None = None,
        n_jobs: int | None = 1,
        *,
        vector_window: int = 0,
        features: TokenFeatures | None = None,
        min_freq: float = 0.0,
        all_possible_states: bool = False,
        all_possible_transitions: bool = False,
        scheme: str | None = "auto",
        decoding: str = "viterbi",
        tol: float = 1e-5,
        period: int = 10,
        learning_rate: float = 0.1,
        patience: int | None = None,
        random_state: Any = 1,
        verbose: bool | None = None,
    ) -> None:
        self.algorithm = algorithm
        self.c1 = c1
        self.c2 = c2
        self.max_iter = max_iter
        self.vectors = vectors
        self.n_jobs = n_jobs
        self.vector_window = vector_window
        self.features = features
        self.min_freq = min_freq
        self.all_possible_states = all_possible_states
        self.all_possible_transitions = all_possible_transitions
        self.scheme = scheme
        self.decoding = decoding
        self.tol = tol
        self.period = period
        self.learning_rate = learning_rate
        self.patience = patience
        self.random_state = random_state
        self.verbose = verbose

    def fit(
        self, X: Sequence[Any], y: Tags, X_val: Sequence[Any] | None = None, y_val: Any = None
    ) -> CRFTagger:
        """Train on tagged sentences.

        Parameters
        ----------
        X : list of sentences
            A sentence is a list of words, or of tokens' features; it may be empty.
        y : list of lists of str
            The tags.
        X_val, y_val : like X and y, optional
            Validation data. After each iteration they are scored as by `score`, and the best weights are kept.

        Raises
        ------
        TypeError, ValueError
            If a parameter or the data are not what they must be; the message names the sentence.
        FloatingPointError
            If the values of features are too large to compute with.
        """
        options = checked_options(self)
        tables = check_vectors(self.vectors)
        X = check_sentences(X, may_be_texts=is_for_characters(self.features))
        tags = check_tags(X, y)
        labels = check_labels(tags)
        if not labels:
            raise ValueError(f"The X parameter of {OWNER}.fit has no token. Pass sentences with tokens.")
        self.classes_ = np.array(labels)
        self.scheme_ = detect_scheme(tags) if self.scheme == "auto" else self.scheme
        if self.scheme is not None and self.scheme != "auto":
            check_scheme(tags, self.scheme)
        y_val = self._check_validation(X_val, y_val)
        constraints = Constraints.of_scheme(labels, self.scheme_)
        self._takes_words = has_words(X)
        self.file_layout_: dict[str, Any] | None = None
        self.features_ = None
        if self._takes_words:
            self.features_ = (clone(self.features) if self.features is not None else TokenFeatures()).fit(X)
        self.attributes_ = AttributeIndex()
        encoded, table = self._encode(X, "X", tables, grow=True)
        tag_ids = encode_tags(tags, {label: number for number, label in enumerate(labels)})
        features = collect_features(
            encoded, tag_ids, len(self.attributes_), len(labels), min_freq=options.min_freq,
            all_possible_states=self.all_possible_states, all_possible_transitions=self.all_possible_transitions,
        )  # fmt: skip
        with workers(n_threads_for(self.n_jobs)) as pool:
            run = prepare(encoded, tag_ids, features, table, options, pool)
            del encoded, features, table, tags  # the largest objects there are, unless `run` needs them
            validation = None
            if X_val is not None:
                score = self._score_on(X_val, y_val, tables, constraints, pool)
                validation = Validation(score, self.patience)
            model, progress = train(run, options, validation)
            del run
        self.model_, kept = model.pruned()
        self.attributes_ = self.attributes_.keep(kept)
        self.objective_, self.loss_curve_ = progress.objective, progress.curve
        self.training_seconds_ = progress.times
        self.n_iter_ = progress.n_iter
        self.validation_curve_ = validation.curve if validation is not None else []
        return self

    def predict(
        self, X: Sequence[Any], known_tags: Sequence[Sequence[str | None]] | None = None
    ) -> list[list[str]]:
        """Return the tags of each sentence.

        Parameters
        ----------
        X : list of sentences
        known_tags : list of lists, optional
            Tags that are known already, None where there is none. The others are chosen to fit them.

        Raises
        ------
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
        """Return the probability of each tag of each token, a float64 array (n_tokens, L) for each sentence.

        Columns are `classes_`. The probabilities are those among the legal sequences with the known tags.
        """
        marginals, starts = self._decode(X, known_tags, Decoder.marginals)
        return [marginals[a:b] for a, b in zip(starts, starts[1:])]

    def predict_nbest(
        self, X: Sequence[Any], k: int = 5, known_tags: Sequence[Sequence[str | None]] | None = None
    ) -> list[list[tuple[list[str], float]]]:
        """Return the `k` most probable tag sequences of each sentence, with their probabilities.

        The best one comes first; there are fewer if no more are legal.
        """
        n = check_int("k", k, f"{OWNER}.predict_nbest", 1, MAX_NBEST)
        found, _ = self._decode(
            X, known_tags, lambda decoder, encoded, *args: decoder.n_best(encoded, n, *args)
        )
        return [[(self.classes_[tags].tolist(), p) for tags, p in sentence] for sentence in found]

    def score(self, X: Sequence[Any], y: Tags) -> float:
        """Return the F1 of entities if tags spell spans, else the share of tokens with the right tag."""
        check_is_fitted(self, "model_")
        y = check_tags(check_sentences(X, may_be_texts=is_for_characters(self.features_)), y)
        check_labels(y)
        if self.scheme_ is not None:
            check_spans(y, "y")
        return self._score(y, self.predict(X))

    def explain(self, topn: int = 20) -> Explanation:
        """Return the strongest features for and against each tag, `topn` each, and the transitions.

        ``print`` the result for a report; its `plot_transitions` draws a heat map.
        """
        # Charts take a while to import, and only this needs them.
        from .explaining import explain

        topn = check_int("topn", topn, f"{OWNER}.explain", 1)
        check_is_fitted(self, "model_")
        attributes = self.attributes_.index_to_attribute
        return explain(self.model_, self.classes_.tolist(), attributes, self.scheme_, topn)

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
    ) -> tuple[EncodedSentences, DenseTable | None]:
        """Return the features of sentences, and their words' vectors."""
        check_kind(has_words(X, name), bool(self._takes_words), name)
        if tables and not self._takes_words:
            raise ValueError(
                f"The vectors parameter of {OWNER} needs tokens that are words (str). Pass lists of words and "
                "set features= to an extractor, or leave vectors out."
            )
        min_freq = math.ceil(self.min_freq) if grow else 1
        encoded = encode_sentences(
            X, self.features_, self.attributes_, grow=grow, min_freq=max(1, min_freq), workers=pool
        )
        if not tables:
            return encoded, None
        dense_ids, table = look_up(X, tables, self.vector_window)
        return replace(encoded, dense_ids=dense_ids), table

    def _decode(self, X: Any, known_tags: Any, method: Callable[..., Any]) -> tuple[Any, list[int]]:
        """Call a method of the decoder; return its result, and where sentences start."""
        check_is_fitted(self, "model_")
        check_prediction(self)
        tables = check_vectors(self.vectors)
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

    def _check_validation(self, X_val: Any, y_val: Any) -> list[list[str]] | None:
        """Return the tags of the validation data, checked; None without such data."""
        if X_val is None and y_val is None:
            if self.patience is not None:
                raise ValueError(
                    f"The patience parameter of {OWNER} needs validation data. Pass X_val and y_val to fit, or "
                    "leave patience out."
                )
            return None
        if X_val is None or y_val is None:
            missing, given = ("X_val", "y_val") if X_val is None else ("y_val", "X_val")
            raise ValueError(f"{OWNER}.fit got {given} without {missing}. Pass both, or neither of them.")
        X_val = check_sentences(X_val, "X_val", may_be_texts=is_for_characters(self.features))
        tags = check_tags(X_val, y_val, "y_val", "X_val")
        if not check_labels(tags, "y_val"):
            raise ValueError(
                f"The X_val parameter of {OWNER}.fit has no token. Pass sentences with tokens, or leave X_val and "
                "y_val out."
            )
        if self.scheme_ is not None:
            check_spans(tags, "y_val")
        return tags

    def _score_on(
        self, X: Any, y_true: Any, tables: list[KeyedVectors], constraints: Constraints, pool: Workers
    ) -> Callable[[ChainModel], float]:
        """Return a function that scores a model on the validation data."""
        encoded, table = self._encode(X, "X_val", tables, grow=False, pool=pool)
        starts, classes = encoded.starts.tolist(), self.classes_

        def score(model: ChainModel) -> float:
            tags = classes[Decoder(model, constraints, pool).best(encoded, table)].tolist()
            return self._score(y_true, [tags[a:b] for a, b in zip(starts, starts[1:])])

        return score
