"""The linear-chain CRF tagger, as a scikit-learn estimator."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from sklearn.base import BaseEstimator, clone

from wordvec._utils.errors import ParameterError
from wordvec._utils.fitted import check_fitted
from wordvec._utils.parameters import Instance, check_parameters
from wordvec._utils.threads import Workers, n_threads_for, workers
from wordvec._utils.validation import check_int
from wordvec.schemes.reading import learned_tags
from wordvec.vectors.keyed_vectors import KeyedVectors

from .decoding import Constraints, Decoder
from .features.attributes import AttributeIndex
from .features.token_features import TokenFeatures
from .fitted import FittedTagger
from .input_checks import (
    check_labels,
    check_sentences,
    check_tags,
    check_validation,
    encode_tags,
    has_words,
    is_for_characters,
)
from .learning.training import Validation, prepare, train
from .model import ChainModel, collect_features
from .options import CRF_RULES, OWNER, PREDICTION_PARAMETERS, checked_options
from .raw_text import tokenizer_of_training

if TYPE_CHECKING:
    from .explaining import TaggerExplanation
    from .sentence_explaining import SentenceExplanation

Tags = Sequence[Sequence[str]]


class CRFTagger(FittedTagger, BaseEstimator):
    """Sequence tagger: a first-order linear-chain conditional random field (Lafferty et al. 2001).

    A token is a str, whose features are extracted, or a list of feature strings, or a dict from feature to value;
    such features have the meaning that they have in python-crfsuite. Training minimises

        negative log-likelihood + c1 * |w|_1 + c2 * |w|_2^2

    over the weights w of state features (an attribute with a tag), transitions (two tags in a row) and, with
    `vectors`, of the components of word vectors. Predicted sequences are legal in the scheme of the training tags.

    Parameters
    ----------
    algorithm : {"lbfgs", "sgd", "perceptron"}
        "lbfgs" is L-BFGS (Liu and Nocedal 1989), or OWL-QN (Andrew and Gao 2007) with `c1`; it finds the optimum.
        "sgd" is averaged stochastic gradient descent, for data on which passes are expensive; "perceptron" is the
        averaged perceptron (Collins 2002), whose probabilities mean little.
    c1, c2 : float
        Strength of the L1 penalty (L-BFGS only) and the L2 penalty (not for the perceptron); at most 1e12.
    max_iter : int, optional
        Iterations of L-BFGS, or passes over the sentences. None for no limit, until `tol` is reached.
    vectors : KeyedVectors, or list of them, optional
        Word vectors, concatenated, as features in addition to the others. A word that is unknown is looked up in lower
        case. Tokens must be words (str) then.
    n_jobs : int, optional
        Threads, at most one a core; -1 for all cores, None for one. The result is the same to the bit.
    vector_window : int, optional
        The vectors of neighbours up to this distance are features, too; 0 to 5. With None vectors are not features,
        only their clusters are.
    n_clusters : int or list of int, optional
        The words of `vectors` are put into this many clusters by `cluster_vectors`; the cluster of a token, and those
        of its neighbours, are features.
    gazetteers : mapping of str to collection of phrases, optional
        Lists of names of a kind, as for `TokenFeatures`, in addition to those of `features`.
    dictionary : bool
        Whether the training data serve as a dictionary, too: of the frequent tags of words and, where tags encode
        spans, of the names that characters form. A training sentence is looked up in nine tenths of the data that
        do not include it, so that it learns nothing from its own tags.
    features : TokenFeatures, optional
        The extractor for tokens that are str; by default ``TokenFeatures()``.
    min_freq : float
        Features that occur less often are left out.
    all_possible_states, all_possible_transitions : bool
        Whether pairs that never occur have a weight, too.
    scheme : {"auto", a scheme of `detect_scheme`}, optional
        Predicted tags are legal in this scheme. "auto" detects the scheme of the training tags, and reads those that
        are not legal in it as `wordvec.schemes.read_tags` does, with a warning that counts them; None allows every
        sequence.
    decoding : {"viterbi", "marginal"}
        Predict the most probable sequence, or the legal one with the highest expected number of correct tags.
    tol, period : float, int
        Training ends when the objective has fallen by less than `tol` times itself in `period` iterations, or
        the norm of the gradient is below `tol` times that of the weights.
    learning_rate : float
        First learning rate of "sgd".
    patience : int, optional
        Training ends when the validation score has not risen for this number of iterations; with validation data
        the best weights are kept in any case.
    random_state : int, RandomState or None
        Seed of the order of sentences in "sgd" and "perceptron", of clusters, and of the tenths of a dictionary.
    verbose : bool, optional
        Whether to show progress on stderr. By default only on a terminal.

    Attributes
    ----------
    classes_ : ndarray of str (L,)
        The tags, sorted.
    scheme_ : str or None
        The scheme of the tags.
    objective_ : float
        The objective on the training data. For "sgd" and "perceptron" the loss of the last pass, taken before each
        step (of the perceptron: the number of wrong tags).
    loss_curve_ : list of float
        The objective after each iteration.
    training_seconds_ : list of float
        Seconds from the start of training to the end of each iteration, without the preparation.
    fit_times_ : dict of str to float
        Seconds that `fit` took for "features" (checks, extraction and encoding), "preparation" (of the
        objective) and "training".
    validation_curve_ : list of float
        The validation score after each iteration; empty without validation data.
    n_iter_ : int
        Iterations that led to the weights.
    seed_ : int
        The seed that was used: the number drawn where `random_state` was None or a RandomState.
    model_ : ChainModel
        The weights; those that are 0 are left out.
    attributes_ : AttributeIndex
        The attributes that have a weight.
    features_ : TokenFeatures or None
        The extractor; None if tokens are features.
    lexicon_ : Lexicon or None
        The gazetteers, clusters and dictionary; None without all of them.
    tokenizer_ : str or None
        The tokenizer that fits the tokens of the training data, by which `tag_text` splits text; None if tokens are
        features, or an older version wrote the tagger's file.
    file_layout_ : dict or None
        Of a tagger that ``wordvec tag train`` made: the names of its files' ``"columns"``, and the ``"target"``.

    Examples
    --------
    >>> from wordvec.pipelines import CRFTagger
    >>> X = ["Ada met Bob in Rome".split(), "Bob left Rome".split(), "Eve stayed in Oslo".split()]
    >>> y = ["B-PER O B-PER O B-LOC".split(), "B-PER O B-LOC".split(), "B-PER O O B-LOC".split()]
    >>> tagger = CRFTagger(c2=0.1, verbose=False).fit(X, y)
    >>> tagger.predict(["Eve met Ada in Oslo".split()])
    [['B-PER', 'O', 'B-PER', 'O', 'B-LOC']]
    >>> for tags, probability in tagger.predict_nbest(["Kim left Oslo".split()], k=2)[0]:
    ...     print(f"{probability:.2f}", *tags)
    0.74 B-PER O B-LOC
    0.08 O O B-LOC

    Features of your own take the place of words:

    >>> tagger = CRFTagger(verbose=False).fit([[["w=Ada", "capital"], ["w=left"]]], [["B-PER", "O"]])
    >>> tagger.predict([[["w=Bob", "capital"], ["w=left"]]])
    [['B-PER', 'O']]

    References
    ----------
    Lafferty, McCallum and Pereira (2001), "Conditional random fields: probabilistic models for segmenting and
    labeling sequence data", ICML.
    Sha and Pereira (2003), "Shallow parsing with conditional random fields", HLT-NAACL.
    Andrew and Gao (2007), "Scalable training of L1-regularized log-linear models", ICML.
    Liu and Nocedal (1989), "On the limited memory BFGS method for large scale optimization", Mathematical
    Programming 45.
    Collins (2002), "Discriminative training methods for hidden Markov models", EMNLP.
    """

    _parameter_rules = {
        **CRF_RULES,
        "features": Instance(TokenFeatures, "Features of your own are the tokens of X.") | None,
    }
    _extractor_class = TokenFeatures

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

        Returns
        -------
        CRFTagger
            Itself.

        Raises
        ------
        ParameterError
            If a parameter breaks its rule.
        TypeError, ValueError
            If the data are invalid; the message names the sentence.
        FloatingPointError
            If the values of features are too large to compute with.
        """
        started = time.perf_counter()
        options, tables = checked_options(self)
        X = check_sentences(X, may_be_texts=is_for_characters(self.features))
        tags = check_tags(X, y)
        labels = check_labels(tags)
        if not labels:
            raise ParameterError("X", f"{OWNER}.fit", "have tokens", X, "Pass sentences with tokens.")
        tags, self.scheme_ = learned_tags(tags, self.scheme, OWNER)
        labels = check_labels(tags)
        self.classes_ = np.array(labels)
        y_val = check_validation(
            X_val,
            y_val,
            self.patience,
            may_be_texts=is_for_characters(self.features),
            has_spans=self.scheme_ is not None,
        )
        constraints = Constraints.of_scheme(labels, self.scheme_)
        self.seed_ = options.seed
        self._takes_words = has_words(X)
        self.file_layout_ = None
        self.features_ = None
        if self._takes_words:
            self.features_ = (clone(self.features) if self.features is not None else TokenFeatures()).fit(X)
        self.attributes_ = AttributeIndex()
        columns = self._fit_lexicon(X, tags, tables, options)
        encoded, table = self._encode(X, "X", tables, grow=True, columns=columns)  # checks the tokens
        del columns
        self.tokenizer_ = tokenizer_of_training(X, self.features_)
        tag_ids = encode_tags(tags, {label: number for number, label in enumerate(labels)})
        features = collect_features(
            encoded, tag_ids, len(self.attributes_), len(labels), min_freq=options.min_freq,
            all_possible_states=self.all_possible_states, all_possible_transitions=self.all_possible_transitions,
        )  # fmt: skip
        encoded_at = time.perf_counter()
        with workers(n_threads_for(self.n_jobs)) as pool:
            run = prepare(encoded, tag_ids, features, table, options, pool)
            del encoded, features, table, tags  # the largest objects there are, unless `run` needs them
            validation = None
            if X_val is not None:
                score = self._score_on(X_val, y_val, tables, constraints, pool)
                validation = Validation(score, self.patience)
            prepared_at = time.perf_counter()
            model, progress = train(run, options, validation)
            del run
        self.fit_times_ = {
            "features": encoded_at - started,
            "preparation": prepared_at - encoded_at,
            "training": time.perf_counter() - prepared_at,
        }
        self.model_, kept = model.pruned()
        self.attributes_ = self.attributes_.keep(kept)
        self.objective_, self.loss_curve_ = progress.objective, progress.curve
        self.training_seconds_ = progress.times
        self.n_iter_ = progress.n_iter
        self.validation_curve_ = validation.curve if validation is not None else []
        return self

    @overload
    def explain(self, sentence: int | None = None, topn: int = 20) -> TaggerExplanation: ...

    @overload
    def explain(self, sentence: Sequence[Any], topn: int = 20) -> SentenceExplanation: ...

    def explain(self, sentence: Any = None, topn: int = 20) -> TaggerExplanation | SentenceExplanation:
        """Return what the tagger has learned, or which features made the tags of a sentence.

        Parameters
        ----------
        sentence : list of tokens, or str; optional
            A sentence as `predict` takes; a str is split as `tag_text` does. ``explain(5)`` is ``explain(topn=5)``.
        topn : int
            Without a sentence, features for and against each tag; else features of each token.

        Returns
        -------
        TaggerExplanation or SentenceExplanation
            ``print`` it for a report. The first is of the whole tagger; its `plot_transitions` draws a heat map.

        Raises
        ------
        NotFittedError
            If the tagger is not fitted.
        TypeError, ValueError
            If `sentence` is not one that `predict` takes.
        """
        # Charts take a while to import, and only this needs them.
        from .explaining import explain
        from .sentence_explaining import explain_tokens

        if not hasattr(sentence, "__len__") and sentence is not None:
            sentence, topn = None, sentence
        topn = check_int("topn", topn, f"{OWNER}.explain", 1)
        check_fitted(self, "model_")
        attributes, labels = self.attributes_.index_to_attribute, self.classes_.tolist()
        if sentence is None:
            return explain(self.model_, labels, attributes, self.scheme_, topn)
        if isinstance(sentence, str):
            sentence = [sentence[a:b] for a, b in self.text_tokenizer()(sentence)]
        tags, marginals = self.predict([sentence])[0], self.predict_marginals([sentence])[0]
        tables = check_parameters(self, *PREDICTION_PARAMETERS).vectors
        encoded, table = self._encode([sentence], "sentence", tables, grow=False)
        return explain_tokens(
            self.model_,
            labels,
            attributes,
            encoded,
            table,
            list(map(_shown_token, sentence)),
            tags,
            marginals,
            topn,
        )

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


def _shown_token(token: Any) -> str:
    return token if isinstance(token, str) else " ".join(map(str, token))
