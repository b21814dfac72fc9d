"""`TextClassifier`: a ready-to-use classifier of raw texts, for sentiment and topics."""

from __future__ import annotations

import warnings
from typing import Any, ClassVar

from wordvec._utils.parameters import (
    Boolean,
    Choice,
    Instance,
    Integer,
    Rule,
    Seed,
    Threads,
    check_parameters,
)
from wordvec.supervised.labels import check_sample_weight, without_zeros
from wordvec.text.lists import check_texts
from wordvec.text.tokenizers import TOKENIZER_RULE, conversion_of, cuts_chinese, name_of, settle_tokenizer

from ..features.sources import VectorSource
from ..preprocessing.overlap import known_fingerprints
from .checks import OWNER, check_known_words, warn_of_single_labels, warn_of_single_texts, word_vectors_of
from .ensemble import train_ensemble
from .labels import number_targets
from .members import Settings
from .predictor import TextPredictor
from .texts import learn_texts
from .weighting import class_weights, decision_weights


class TextClassifier(TextPredictor):
    """Classify texts with an ensemble of linear models and calibrated probabilities.

    The models, called members, see different features of a text:

    - ``linear``: scikit-learn's LinearSVC on TF-IDF of word unigrams and bigrams, and of character n-grams unless the
      texts are long (where they gain nothing and take most of the time).
    - ``nb``: `NBSVMClassifier`, word n-grams weighted by naive Bayes.
    - ``embedding``: `wordvec.supervised.classifier.EmbeddingClassifier`, averaged n-gram embeddings trained on the
      labels; it starts from `vectors` if there are any. It is not used if a text may have several labels.
    - ``document``, with `vectors` only: logistic regression on uSIF document vectors (`EmbeddingVectorizer`).

    Their scores are summed with weights that maximise the likelihood of held-out folds of the training texts, which
    also calibrates the probabilities (Platt scaling [1]_ of several scores). The C of ``linear`` is chosen on the same
    folds and, if a text may have several labels, so are an intercept and a threshold for each label. Then all members
    are trained on all texts. Only the texts and labels passed to `fit`, and `vectors`, are used.

    Parameters
    ----------
    kind : {"sentiment", "topic"}, optional
        The task. It only sets the title of the report of `evaluate` and does not change predictions: on all data sets
        tried, the weights adapted to either task.
    vectors : KeyedVectors, or an estimator that is not fitted (Word2Vec, GloVe), optional
        Word vectors, preferably trained on unlabelled texts. If an estimator, `fit` trains a clone of it on its texts.
    class_weight : dict, "balanced" or None
        Class weights, used in the members and in the blend; a dict has the classes as keys, "balanced" gives all
        classes the same total weight. Decisions and probabilities are then those for a class distribution adjusted by
        the weights, so that rare classes are predicted more often and frequent ones less. If a text may have several
        labels, the weight of a label applies to the texts with it, and "balanced" gives texts with and without it the
        same total weight.
    at_least_one : bool
        If a text may have several labels: whether a text for which no label reaches its threshold gets the most
        probable one.
    tokenizer : {"auto", "whitespace", "word", "ptb", "ud", "zh", "chars"} or callable
        How texts are split, see `wordvec.text.tokenizers.resolve_tokenizer`. "auto" is "zh" if at least half of the
        texts that `fit` sees are Chinese, otherwise "word".
    lowercase : bool
        Whether tokens of raw texts are lower-cased.
    max_iter : int
        Maximum number of iterations of the linear members' solvers; scikit-learn warns if they do not suffice.
    n_jobs : int or None
        Threads of the ``embedding`` member. The result does not depend on it.
    random_state : int or RandomState
        Seed of folds, order of texts and initial values.
    verbose : bool, optional
        Whether to show progress; by default on a terminal.

    Attributes
    ----------
    classes_ : array (C,)
    members_ : dict of str to fitted members
    weights_ : dict of str to float
        Weights of the members' scores.
    intercepts_ : float64 (C,)
        Added to the scores of the classes; zeros with one label per text and without `class_weight`.
    thresholds_ : float64 (C,), or None
        If a text may have several labels: the probability from which a text gets each label. They maximise F1 on the
        held-out folds, and are below one half for rare labels.
    C_ : float
        The C of the ``linear`` member.
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
        "at_least_one": Boolean(),
        "tokenizer": TOKENIZER_RULE,
        "lowercase": Boolean(),
        "max_iter": Integer(1),
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
        at_least_one: bool = False,
        tokenizer: Any = "auto",
        lowercase: bool = True,
        max_iter: int = 1000,
        n_jobs: int | None = -1,
        random_state: Any = 1,
        verbose: bool | None = None,
    ) -> None:
        self.kind = kind
        self.vectors = vectors
        self.class_weight = class_weight
        self.at_least_one = at_least_one
        self.tokenizer = tokenizer
        self.lowercase = lowercase
        self.max_iter = max_iter
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> TextClassifier:
        """Train on texts and labels.

        Parameters
        ----------
        X : list of str, or of lists of str
        y : list or array (n_texts,) of classes; or, if a text may have several, a list of lists or sets, or
            an array (n_texts, C) of zeros and ones
        sample_weight : array (n_texts,), optional
            The weight of each text, in all members and in the blend: 2 counts a text twice, 0 leaves it out. Word
            vectors of an estimator in `vectors` are trained without weights.

        Raises
        ------
        TypeError, ValueError
            If a parameter, a text or a label is invalid; the message names the row.
        """
        owner = f"{OWNER}.fit"
        parameters = check_parameters(self)
        seed = parameters.random_state % 2**32  # scikit-learn's have 32 bits
        texts = check_texts(X, owner)
        weights = check_sample_weight(sample_weight, len(texts), owner)
        texts, y, weights = without_zeros(texts, y, weights)
        classes, target, is_indicator = number_targets(y, len(texts), owner)
        tokenize, record = settle_tokenizer(self.tokenizer, self.lowercase, texts, OWNER)
        convert = conversion_of(record)
        is_chinese = cuts_chinese(record, texts)
        preparer, prepared = learn_texts(texts, tokenize, is_chinese, owner, convert, weights)
        settings = Settings(
            n_classes=len(classes),
            class_weight=class_weights(self.class_weight, classes, target, weights),
            n_jobs=self.n_jobs,
            seed=seed,
            vectors=word_vectors_of(self.vectors, prepared),
            max_iter=parameters.max_iter,
        )
        check_known_words(settings.vectors, prepared)
        warn_of_single_texts(classes, target)
        warn_of_single_labels(target, at_least_one=parameters.at_least_one)
        self._preparer = preparer
        with warnings.catch_warnings():
            # Classes stay classes, however many there are among few texts.
            warnings.filterwarnings("ignore", message="The number of unique classes is greater than 50%")
            counted = decision_weights(settings.class_weight, target, weights)
            ensemble = train_ensemble(settings, preparer, prepared, target, counted, self.verbose)
        self._set_ensemble(ensemble)
        self._fingerprints = known_fingerprints(texts)
        self.classes_ = classes
        self.tokenizer_ = tokenize
        self._tokenizer_record = record
        self.tokenizer_name_ = name_of(record)
        self.seed_ = seed
        self.multilabel_ = target.ndim == 2
        self.indicator_ = is_indicator
        return self
