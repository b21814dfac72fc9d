"""A ready classifier of raw texts, for sentiment and topics."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import accuracy_score
from sklearn.utils.validation import check_is_fitted

from wordvec._io.kinds import TEXT_CLASSIFIER, unreadable_as
from wordvec._utils.parameters import (
    Boolean,
    Choice,
    Instance,
    Rule,
    Seed,
    Threads,
    check_parameters,
    restored,
)
from wordvec._utils.validation import check_path
from wordvec.text.lists import check_texts
from wordvec.text.tokenizers import TOKENIZER_RULE, conversion_of, cuts_chinese, name_of, settle_tokenizer
from wordvec.vectors.estimator_files import stored_tokenizer

from ..features.sources import VectorSource
from .checks import (
    OWNER,
    check_known_words,
    numbered_weights,
    warn_of_single_texts,
    word_vectors_of,
)
from .ensemble import ensemble_probabilities, train_ensemble
from .explaining import TextExplanation, explain_text
from .labels import look_up_targets, number_targets
from .members import Settings
from .report.report import ClassificationReport, make_report
from .storage import StoredClassifier, read_model, write_model
from .texts import learn_texts


class TextClassifier(ClassifierMixin, BaseEstimator):
    """Classify texts by several linear models whose scores make one calibrated probability.

    The models, called members, see different features of a text:

    - ``linear``: scikit-learn's LinearSVC on TF-IDF of words and pairs of words, and of characters unless the
      texts are long (where they gain nothing and take most of the time).
    - ``nb``: `NBSVMClassifier`, pairs of words weighted by naive Bayes.
    - ``embedding``: `wordvec.supervised.classifier.EmbeddingClassifier`, averaged n-grams trained with the labels; it
      starts from `vectors` if there are any. It takes no part if a text may have several labels.
    - ``document``, with `vectors` only: logistic regression on uSIF document vectors (`EmbeddingVectorizer`).

    Their scores are added with weights that make held-out folds of the training texts most likely, which
    calibrates the probabilities, too (Platt scaling [1]_ of several scores); the C of ``linear`` is chosen on the
    same folds. Then all members learn from all texts. Nothing but the texts and labels passed to `fit`, and
    `vectors`, is used.

    Parameters
    ----------
    kind : {"sentiment", "topic"}, optional
        The task; it sets the title of the report of `evaluate`, and changes no prediction: on the sets that were
        tried, the weights adapted to either.
    vectors : KeyedVectors, or an estimator that is not fitted (Word2Vec, GloVe), optional
        Word vectors, of unlabelled texts best. Of an estimator, `fit` trains a clone on its texts.
    class_weight : dict, "balanced" or None
        As in scikit-learn; a dict has the classes as keys.
    tokenizer : {"auto", "whitespace", "word", "ptb", "ud", "zh", "chars"} or callable
        How texts are split, see `wordvec.text.tokenizers.resolve_tokenizer`. "auto" is "zh" if at least half of the
        texts that `fit` sees are Chinese, otherwise "word".
    lowercase : bool
        Whether tokens of raw texts are lower-cased.
    n_jobs : int or None
        Threads of the ``embedding`` member. The result does not depend on it.
    random_state : int or RandomState
        Of folds, the order of texts, the start.
    verbose : bool, optional
        Whether to show progress; by default on a terminal.

    Attributes
    ----------
    classes_ : array (C,)
    members_ : dict of str to fitted members
    weights_ : dict of str to float
        Of the members' scores.
    C_ : float
        Of the ``linear`` member.
    tokenizer_ : callable
    tokenizer_name_ : str, or None if it is a callable
    multilabel_, indicator_ : bool
        Whether a text may have several labels, and whether they came as a matrix.
    seed_ : int

    Examples
    --------
    >>> good = ["a good film", "good and funny", "a funny story", "what a good story"]
    >>> bad = ["a bad film", "bad and dull", "a dull story", "what a bad story"]
    >>> model = TextClassifier("sentiment", verbose=False).fit(good + bad, ["pos"] * 4 + ["neg"] * 4)
    >>> model.predict(["funny and good", "dull and bad"]).tolist()
    ['pos', 'neg']
    >>> print(model.explain("a good but dull film"))
    pos 0.632, neg 0.368
    for pos:
      good   +1.65  ++++++++++++++++++++++++
      a      +0.29  ++++
      film   +0.05  +
      but    -0.03
      dull   -1.02  ---------------
    >>> report = model.evaluate(["so good", "so bad", "a funny film"], ["pos", "neg", "pos"])
    >>> print(report.format().splitlines()[0], report.confusion.tolist())
    Sentiment classification [[1, 0], [0, 2]]

    References
    ----------
    .. [1] Platt (1999), "Probabilistic outputs for support vector machines and comparisons to regularized
           likelihood methods", Advances in Large Margin Classifiers.
    """

    _parameter_rules: ClassVar[dict[str, Rule]] = {
        "kind": Choice("sentiment", "topic") | None,
        "vectors": VectorSource() | None,
        "class_weight": Choice("balanced") | Instance(dict, "Keys of a dict are classes.") | None,
        "tokenizer": TOKENIZER_RULE,
        "lowercase": Boolean(),
        "n_jobs": Threads(),
        "random_state": Seed(),
        "verbose": Boolean() | None,
    }

    def __init__(
        self,
        kind: str | None = None,
        *,
        vectors: Any = None,
        class_weight: Any = None,
        tokenizer: Any = "auto",
        lowercase: bool = True,
        n_jobs: int | None = -1,
        random_state: Any = 1,
        verbose: bool | None = None,
    ) -> None:
        self.kind = kind
        self.vectors = vectors
        self.class_weight = class_weight
        self.tokenizer = tokenizer
        self.lowercase = lowercase
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def fit(self, X: Any, y: Any) -> TextClassifier:
        """Learn from texts and labels.

        Parameters
        ----------
        X : list of str, or of lists of str
        y : list or array (n_texts,) of classes; or, if a text may have several, a list of lists or sets, or
            an array (n_texts, C) of zeros and ones

        Raises
        ------
        TypeError, ValueError
            If a parameter, a text or a label is not what it should be; the message names the row.
        """
        owner = f"{OWNER}.fit"
        parameters = check_parameters(self)
        seed = parameters.random_state % 2**32  # scikit-learn's have 32 bits
        texts = check_texts(X, owner)
        classes, target, is_indicator = number_targets(y, len(texts), owner)
        tokenize, record = settle_tokenizer(self.tokenizer, self.lowercase, texts, OWNER)
        convert = conversion_of(record)
        preparer, prepared = learn_texts(texts, tokenize, cuts_chinese(record, texts), owner, convert)
        settings = Settings(
            n_classes=len(classes),
            class_weight=numbered_weights(self.class_weight, classes, target),
            n_jobs=self.n_jobs,
            seed=seed,
            vectors=word_vectors_of(self.vectors, prepared),
        )
        check_known_words(settings.vectors, prepared)
        warn_of_single_texts(classes, target)
        self._preparer = preparer
        with warnings.catch_warnings():
            # Classes stay classes, however many there are among few texts.
            warnings.filterwarnings("ignore", message="The number of unique classes is greater than 50%")
            self.members_, self.weights_, self.C_ = train_ensemble(settings, prepared, target, self.verbose)
        self.classes_ = classes
        self.tokenizer_ = tokenize
        self._tokenizer_record = record
        self.tokenizer_name_ = name_of(record)
        self.seed_ = seed
        self.multilabel_ = target.ndim == 2
        self.indicator_ = is_indicator
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probabilities of the classes, float64 (n_texts, C), in the order of `classes_`.

        Raises
        ------
        NotFittedError
            If `fit` was not called.
        TypeError
            If a text is neither str nor a list of str; the message names the row.
        """
        check_is_fitted(self)
        texts = check_texts(X, OWNER)
        if not texts:
            return np.empty((0, len(self.classes_)))
        prepared = self._preparer.prepare(texts, OWNER)
        embedding: Any = self.members_.get("embedding")
        if embedding is not None:
            embedding.model_.n_jobs = self.n_jobs  # as it is now, not as it was in fit or in the file
        return ensemble_probabilities(self.members_, self.weights_, prepared, is_multilabel=self.multilabel_)

    def predict(self, X: Any) -> Any:
        """Return the most probable class of each text, an array (n_texts,).

        If a text may have several labels: a list of tuples of the classes whose probability is at least one
        half, or an array (n_texts, C) of zeros and ones if `fit` was given one.

        Raises
        ------
        NotFittedError, TypeError
            As `predict_proba`.
        """
        return self._decide(self.predict_proba(X))

    def _decide(self, proba: np.ndarray) -> Any:
        if not self.multilabel_:
            return self.classes_[proba.argmax(axis=1)]
        chosen = proba >= 0.5
        if self.indicator_:
            return chosen.astype(np.int64)
        return [tuple(self.classes_[row].tolist()) for row in chosen]

    def explain(self, text: str | Sequence[str]) -> TextExplanation:
        """Return which words of a text moved the decision: each is taken out, and the change is measured.

        Parameters
        ----------
        text : str, or list of str

        Raises
        ------
        NotFittedError
            If `fit` was not called.
        TypeError
            If it is neither.
        """
        check_is_fitted(self)
        if not isinstance(text, (str, list, tuple)):
            raise TypeError(
                f"The text of {OWNER}.explain must be one str, or a list of its words. "
                f"Got {type(text).__name__} instead."
            )
        proba, place, contributions = explain_text(
            self._preparer.converted(text),
            self.tokenizer_,
            self._preparer.is_chinese,
            self.predict_proba,
        )
        decision = self._decide(proba[np.newaxis])[0]
        classes = self.classes_.tolist()
        return TextExplanation(
            text=text if isinstance(text, str) else " ".join(text),
            prediction=decision.tolist() if isinstance(decision, (np.generic, np.ndarray)) else decision,
            probabilities=dict(zip(classes, proba.tolist())),
            label=classes[place],
            contributions=contributions,
        )

    def evaluate(self, X: Any, y: Any) -> ClassificationReport:
        """Return how well the classifier does on labelled texts that it has not seen.

        Raises
        ------
        NotFittedError
            If `fit` was not called.
        TypeError, ValueError
            If a text or a label is not what it should be, or a label is none of the classes.
        """
        check_is_fitted(self)
        owner = f"{OWNER}.evaluate"
        texts = check_texts(X, owner)
        target = look_up_targets(y, len(texts), self.classes_, owner, is_multilabel=self.multilabel_)
        proba = self.predict_proba(texts)
        return make_report(texts, target, proba, self.classes_, kind=self.kind, random_state=self.seed_)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model to one safetensors file, with its word vectors and without a tokenizer that is a callable.

        Raises
        ------
        NotFittedError
            If there is no model yet.
        TypeError
            If `path` is no path.
        ValueError
            If the classes are neither str, int nor bool, or a word holds a lone surrogate.
        OSError
            If the file cannot be written.
        """
        check_is_fitted(self)
        stored = StoredClassifier(
            parameters={
                name: getattr(self, name) for name in ("kind", "class_weight", "lowercase", "n_jobs")
            },
            seed=self.seed_,
            tokenizer=self._tokenizer_record,
            classes=self.classes_,
            is_multilabel=self.multilabel_,
            is_indicator=self.indicator_,
            preparer=self._preparer,
            members=self.members_,
            weights=self.weights_,
            C=self.C_,
        )
        write_model(check_path("path", path, f"{OWNER}.save"), stored)

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, tokenizer: Any = None) -> TextClassifier:
        """Read a model that `save` wrote; it predicts the same to the bit.

        Its `vectors` are those that the model was trained with, also if an estimator made them.

        Parameters
        ----------
        path : path
        tokenizer : callable, optional
            The one of training, if it was a callable: a file cannot hold it.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        TypeError
            If `path` is no path.
        ValueError
            If it is not a whole file of a classifier, a newer version wrote it, or its tokenizer is missing.
        """
        path = check_path("path", path, f"{OWNER}.load")
        stored = read_model(path, tokenizer)
        given = {
            "vectors": stored.vectors,
            "tokenizer": stored_tokenizer(stored.tokenizer, tokenizer, OWNER),
            "random_state": stored.seed,
        }
        with unreadable_as(f"The file {str(path)!r}", TEXT_CLASSIFIER):
            model = restored(cls, stored.parameters | given)
        model._preparer = stored.preparer
        model.members_, model.weights_, model.C_ = stored.members, stored.weights, stored.C
        model.classes_ = stored.classes
        model._tokenizer_record = stored.tokenizer
        model.tokenizer_, model.tokenizer_name_ = stored.preparer.tokenize, name_of(stored.tokenizer)
        model.seed_ = stored.seed
        model.multilabel_, model.indicator_ = stored.is_multilabel, stored.is_indicator
        return model

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the accuracy; if a text may have several labels, the share of texts with all of them right."""
        check_is_fitted(self)
        texts = check_texts(X, f"{OWNER}.score")
        target = look_up_targets(
            y, len(texts), self.classes_, f"{OWNER}.score", is_multilabel=self.multilabel_
        )
        proba = self.predict_proba(texts)
        decided = proba >= 0.5 if self.multilabel_ else proba.argmax(axis=1)
        return float(accuracy_score(target, decided, sample_weight=sample_weight))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.classifier_tags.multi_label = True
        return tags
