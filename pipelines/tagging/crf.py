"""The linear-chain CRF tagger, as a scikit-learn estimator."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted

from pipelines.metrics import entity_scores, token_accuracy
from pipelines.tagging.crf_input import (
    OWNER,
    check_sentences,
    check_tags,
    check_vectors,
    encode_sentences,
    encode_tags,
    has_words,
    look_up,
)
from pipelines.tagging.crf_training import FitOptions, Validation, prepare, train
from pipelines.tagging.decoding import Constraints, Decoder
from pipelines.tagging.encoding import AttributeIndex, EncodedSentences
from pipelines.tagging.features import TokenFeatures
from pipelines.tagging.model import ChainModel, collect_features
from pipelines.tagging.objective import DenseTable
from pipelines.tagging.parallel import Workers, workers
from pipelines.tagging.schemes import SCHEMES, detect_scheme
from pipelines.tagging.storage import StoredTagger
from wordvec._validation import check_bool, check_choice, check_float, check_int, check_seed
from wordvec.training import n_threads_for
from wordvec.vectors import KeyedVectors

if TYPE_CHECKING:
    from pipelines.tagging.explaining import Explanation

Tags = Sequence[Sequence[str]]


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
        Strength of the L1 penalty (L-BFGS only) and the L2 penalty (not for the perceptron).
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
        options = self._checked_options()
        tables = check_vectors(self.vectors)
        X = check_sentences(X)
        tags = check_tags(X, y)
        labels = self._check_labels(tags)
        self.classes_ = np.array(labels)
        self.scheme_ = detect_scheme(tags) if self.scheme == "auto" else self.scheme
        constraints = Constraints.of_scheme(labels, self.scheme_)
        self._takes_words = has_words(X, self.features)
        self.features_ = None
        if self._takes_words:
            self.features_ = (clone(self.features) if self.features is not None else TokenFeatures()).fit(X)
        self.attributes_ = AttributeIndex()
        encoded, table = self._encode(X, tables, grow=True)
        tag_ids = encode_tags(tags, {label: number for number, label in enumerate(labels)})
        features = collect_features(
            encoded, tag_ids, len(self.attributes_), len(labels), min_freq=options.min_freq,
            all_possible_states=self.all_possible_states, all_possible_transitions=self.all_possible_transitions,
        )  # fmt: skip
        with workers(n_threads_for(self.n_jobs)) as pool:
            run = prepare(encoded, tag_ids, features, table, options, pool)
            del encoded, features, table  # the largest arrays there are, unless `run` needs them
            validation = None
            if X_val is not None:
                score = self._validation_score(X_val, y_val, tables, constraints, pool)
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
        check_choice("decoding", self.decoding, OWNER, ("viterbi", "marginal"))
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
        self, X: Sequence[Any], k: int, known_tags: Sequence[Sequence[str | None]] | None = None
    ) -> list[list[tuple[list[str], float]]]:
        """Return the `k` most probable tag sequences of each sentence, with their probabilities.

        The best one comes first; there are fewer if no more are legal.
        """
        n = check_int("k", k, f"{OWNER}.predict_nbest", 1)
        found, _ = self._decode(
            X, known_tags, lambda decoder, encoded, *args: decoder.n_best(encoded, n, *args)
        )
        return [[(self.classes_[tags].tolist(), p) for tags, p in sentence] for sentence in found]

    def score(self, X: Sequence[Any], y: Tags) -> float:
        """Return the F1 of entities if tags spell spans, else the share of tokens with the right tag."""
        y = check_tags(check_sentences(X), y)
        return self._score(y, self.predict(X))

    def explain(self, topn: int = 20) -> Explanation:
        """Return the strongest features for and against each tag, `topn` each, and the transitions.

        ``print`` the result for a report; its `plot_transitions` draws a heat map.
        """
        # Charts take a while to import, and only this needs them.
        from pipelines.tagging.explaining import explain

        topn = check_int("topn", topn, f"{OWNER}.explain", 1)
        check_is_fitted(self, "model_")
        attributes = self.attributes_.index_to_attribute
        return explain(self.model_, self.classes_.tolist(), attributes, self.scheme_, topn)

    def _score(self, y_true: Tags, y_pred: Tags) -> float:
        if self.scheme_ is None:
            return float(token_accuracy(y_true, y_pred))
        return float(entity_scores(y_true, y_pred).micro.f1)

    def _checked_options(self) -> FitOptions:
        """Check the parameters and return those of training."""
        algorithm = check_choice("algorithm", self.algorithm, OWNER, ("lbfgs", "sgd", "perceptron"))
        c1 = check_float("c1", self.c1, OWNER, 0.0)
        if c1 and algorithm != "lbfgs":
            raise ValueError(
                f'The c1 parameter of {OWNER} must be 0 unless algorithm="lbfgs". Got {self.c1!r} instead. '
                'Set c1=0, or algorithm="lbfgs".'
            )
        check_int("vector_window", self.vector_window, OWNER, 0, 5)
        for name in ("all_possible_states", "all_possible_transitions"):
            check_bool(name, getattr(self, name), OWNER)
        if self.scheme is not None:
            check_choice("scheme", self.scheme, OWNER, ("auto", *SCHEMES))
        check_choice("decoding", self.decoding, OWNER, ("viterbi", "marginal"))
        if self.patience is not None:
            check_int("patience", self.patience, OWNER, 1)
        return FitOptions(
            algorithm=algorithm,
            c1=c1,
            c2=check_float("c2", self.c2, OWNER, 0.0),
            max_iter=None if self.max_iter is None else check_int("max_iter", self.max_iter, OWNER, 1),
            min_freq=check_float("min_freq", self.min_freq, OWNER, 0.0),
            tol=check_float("tol", self.tol, OWNER, 0.0),
            period=check_int("period", self.period, OWNER, 1),
            learning_rate=check_float("learning_rate", self.learning_rate, OWNER, 0.0, low_open=True),
            seed=check_seed(self.random_state, OWNER),
            verbose=self.verbose,
        )

    def _check_labels(self, tags: list[list[str]]) -> list[str]:
        for s, sentence in enumerate(tags):
            for t, tag in enumerate(sentence):
                if not isinstance(tag, str):
                    raise TypeError(f"Tag {t} of sentence {s} must be a str. Got {tag!r} instead.")
        labels = sorted({str(tag) for sentence in tags for tag in sentence})
        if not labels:
            raise ValueError(f"The X parameter of {OWNER}.fit has no token. Pass sentences with tokens.")
        return labels

    def _encode(
        self, X: Sequence[Any], tables: list[KeyedVectors], *, grow: bool, pool: Workers | None = None
    ) -> tuple[EncodedSentences, DenseTable | None]:
        """Return the features of sentences, and their words' vectors."""
        takes_words = has_words(X, self.features_)
        if takes_words is not None and takes_words != bool(self._takes_words):
            kinds = ("lists or dicts of features", "words (str)")
            raise TypeError(
                f"The tokens of X must be {kinds[bool(self._takes_words)]}, as in training. "
                f"Got {kinds[takes_words]} instead."
            )
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
        X = check_sentences(X)
        known = None
        if known_tags is not None:
            ids = {label: number for number, label in enumerate(self.classes_.tolist())}
            known = encode_tags(check_tags(X, known_tags, "known_tags"), ids)
        constraints = Constraints.of_scheme(self.classes_.tolist(), self.scheme_)
        with workers(n_threads_for(self.n_jobs)) as pool:
            encoded, table = self._encode(X, check_vectors(self.vectors), grow=False, pool=pool)
            result = method(Decoder(self.model_, constraints, pool), encoded, table, known)
        return result, encoded.starts.tolist()

    def _validation_score(
        self, X: Any, y: Any, tables: list[KeyedVectors], constraints: Constraints, pool: Workers
    ) -> Callable[[ChainModel], float]:
        """Return a function that scores a model on the validation data."""
        X = check_sentences(X)
        y_true = check_tags(X, y, "y_val")
        encoded, table = self._encode(X, tables, grow=False, pool=pool)
        starts, classes = encoded.starts.tolist(), self.classes_

        def score(model: ChainModel) -> float:
            tags = classes[Decoder(model, constraints, pool).best(encoded, table)].tolist()
            return self._score(y_true, [tags[a:b] for a, b in zip(starts, starts[1:])])

        return score
