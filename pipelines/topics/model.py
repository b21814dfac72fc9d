"""A topic model of unlabelled texts: clusters of document vectors, with key words and a chart."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, ClusterMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from wordvec._io.charts import check_chart_path
from wordvec._utils.errors import ParameterError
from wordvec._utils.parameters import Boolean, Choice, Integer, Rule, Seed, Tuple, check_parameters
from wordvec._utils.validation import check_choice
from wordvec.text.encoded_texts import encode_all
from wordvec.text.lists import check_texts
from wordvec.text.tokenized_texts import EncodedTexts, TokenizedTexts
from wordvec.text.tokenizers import TOKENIZER_RULE, Tokenizer, settle_tokenizer

from ..features.pooling import POOLINGS
from ..features.sources import VectorSource
from ..preprocessing.stop_word_lists import StopWords, choose_stop_words
from .charts import METHODS, N_POINTS, draw_topics, project
from .clusters import Clusters, distances, draw_rows
from .features import fit_features, transform_features
from .report import Topic, TopicReport
from .storage import OWNER, StoredTopics
from .words import class_tfidf, key_words

__all__ = ["TopicModel"]

_LEAST_POINTS = 3


class TopicModel(
    StoredTopics, ClassNamePrefixFeaturesOutMixin, TransformerMixin, ClusterMixin, BaseEstimator
):
    """A topic model of unlabelled texts.

    Document vectors of unit length are clustered by k-means. They consist of two parts of equal weight: the mean of the
    vectors of a text's words (see `EmbeddingVectorizer`), and latent semantic analysis, which is TF-IDF with a
    truncated singular value decomposition. The first part helps with short texts, which share few words, the second
    with long ones. The key words of a topic are the words with the highest class-based TF-IDF [1]_.

    A text without a known word has no topic: its number is -1. The same seed gives bit-identical results.

    Parameters
    ----------
    vectors : KeyedVectors, an estimator with fit(sentences) and wv_ (Word2Vec, GloVe, PPMISVD), or None
        The source of word vectors; an estimator that is not fitted is trained on the texts. None leaves the first part
        out.
    n_topics : int or "auto"
        "auto" chooses the number in `topic_range` whose clusters have the highest mean silhouette.
    topic_range : (int, int)
        The smallest and the largest number that "auto" tries.
    pooling : {"mean", "max", "minmax", "idf", "sif", "usif"}
        How the vectors of a text's words are combined, see `EmbeddingVectorizer`.
    lexical_size : int
        Dimensions of the second part; 0 leaves it out.
    n_keywords, n_examples : int
        Number of key words, and of representative texts, of each topic.
    stop_words : "auto", collection of str in lower case, or None
        Words that are ignored. "auto" uses spaCy's stop words for English or Chinese.
    tokenizer, lowercase
        As for `EmbeddingVectorizer`.
    n_init : int
        Number of runs of k-means from different initial centres; the best one is kept.
    random_state : int, RandomState or None

    Attributes
    ----------
    topics_ : list of Topic, the largest first
    labels_ : int64 (n_texts,)
        The topic of each text given to `fit`.
    cluster_centers_ : float32 (n_topics, D)
    n_topics_ : int
    silhouette_ : float
        Mean silhouette of the texts (of a sample of 5,000 if there are more).
    silhouettes_ : dict of int to float
        The mean silhouette for each number of topics that was tried.
    vectorizer_ : Pipeline
        Turns lists of tokens into document vectors.

    Examples
    --------
    >>> texts = ["the team won the game", "a late goal won the game", "the team lost", "a goal in the last game"]
    >>> texts += ["stocks fell again", "the market fell", "stocks and the market rose", "the market rose again"]
    >>> stop_words = {"the", "a", "and", "in"}
    >>> model = TopicModel(None, 2, n_keywords=3, n_examples=2, stop_words=stop_words).fit(texts)
    >>> print(model.report())
    8 texts, 2 topics, silhouette 0.243
    <BLANKLINE>
    0: game, team, won
       4 texts (50.0%), silhouette 0.251
       - the team won the game
       - a late goal won the game
    <BLANKLINE>
    1: market, stocks, fell
       4 texts (50.0%), silhouette 0.235
       - stocks and the market rose
       - the market rose again
    >>> model.predict(["what a goal", "stocks rose", "nothing known"]).tolist()
    [0, 1, -1]

    References
    ----------
    .. [1] Grootendorst (2022), "BERTopic: Neural topic modeling with a class-based TF-IDF procedure",
           arXiv:2203.05794.
    """

    _parameter_rules: ClassVar[dict[str, Rule]] = {
        "vectors": VectorSource() | None,
        "n_topics": Integer(2) | Choice("auto"),
        "topic_range": Tuple(Integer(2), 2),
        "pooling": Choice(*POOLINGS),
        "lexical_size": Integer(0),
        "n_keywords": Integer(0),
        "n_examples": Integer(0),
        "stop_words": StopWords(),
        "tokenizer": TOKENIZER_RULE,
        "lowercase": Boolean(),
        "n_init": Integer(1),
        "random_state": Seed(),
    }

    def __init__(
        self,
        vectors: Any,
        n_topics: int | str = 10,
        *,
        topic_range: tuple[int, int] = (2, 20),
        pooling: str = "sif",
        lexical_size: int = 100,
        n_keywords: int = 10,
        n_examples: int = 3,
        stop_words: Any = "auto",
        tokenizer: str | Tokenizer = "auto",
        lowercase: bool = True,
        n_init: int = 10,
        random_state: Any = 1,
    ) -> None:
        self.vectors = vectors
        self.n_topics = n_topics
        self.topic_range = topic_range
        self.pooling = pooling
        self.lexical_size = lexical_size
        self.n_keywords = n_keywords
        self.n_examples = n_examples
        self.stop_words = stop_words
        self.tokenizer = tokenizer
        self.lowercase = lowercase
        self.n_init = n_init
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> TopicModel:
        """Find the topics of texts.

        Parameters
        ----------
        X : list of str, or of lists of str
        y : ignored

        Raises
        ------
        TypeError
            If a parameter or a text has the wrong type; the message names it.
        ValueError
            If a parameter is out of range, no token has a vector, or there are fewer distinct texts than topics.
        """
        parameters = check_parameters(self)
        numbers = self._numbers(parameters)
        self._seed = parameters.random_state
        seed = self._seed % 2**32  # scikit-learn's have 32 bits
        if self.vectors is None and not parameters.lexical_size:
            raise ValueError(f"{OWNER} needs vectors, or a lexical_size of more than 0. Set one of them.")
        texts = check_texts(X, f"{OWNER}.fit")
        self.stop_words_ = choose_stop_words(parameters.stop_words, texts)
        settled = settle_tokenizer(self.tokenizer, self.lowercase, texts, OWNER)
        self.tokenizer_, self._tokenizer_record = settled
        encoded, words = self._encode(texts, "fit")
        if not len(encoded.ids):
            raise ValueError(
                f"The texts of {OWNER}.fit hold no word, or stop words alone. Check that they are not empty, the "
                "tokenizer, and stop_words."
            )
        tokens = TokenizedTexts(encoded, words)
        features, points = fit_features(
            tokens, self.vectors, parameters.pooling, parameters.lexical_size, seed
        )
        rows = np.flatnonzero(points.any(axis=1))
        found = [
            Clusters.find(points[rows], k, parameters.n_init, seed) for k in _possible(numbers, points[rows])
        ]
        best = max(found, key=lambda clusters: clusters.silhouette)
        labels = np.full(len(texts), -1)
        labels[rows] = best.labels
        scores = class_tfidf(encoded, labels, len(best.centers), len(words))
        examples = _nearest(points[rows], best, parameters.n_examples)
        self.vectorizer_ = features
        self.cluster_centers_ = best.centers
        self.n_topics_ = self._n_features_out = len(best.centers)
        self.silhouette_ = best.silhouette
        self.silhouettes_ = {len(clusters.centers): clusters.silhouette for clusters in found}
        self.labels_ = labels
        self.topics_ = [
            Topic(
                number=number,
                size=int(np.count_nonzero(best.labels == number)),
                share=float(np.count_nonzero(best.labels == number) / len(texts)),
                silhouette=float(best.silhouettes[number]),
                keywords=keywords,
                texts=[texts[rows[k]] for k in examples[number]],
            )
            for number, keywords in enumerate(key_words(scores, words, parameters.n_keywords))
        ]
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Return the distance of each text to the centre of each topic, float32 (n_texts, n_topics).

        Both have a length of at most 1, so distances are at most 2.

        Parameters
        ----------
        X : list of str, or of lists of str

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        TypeError
            If a text is neither str nor a list of str; the message names it.
        """
        return distances(self._points(X, "transform"), self.cluster_centers_)

    def predict(self, X: Any) -> np.ndarray:
        """Return the topic with the nearest centre for each text, int64 (n_texts,); -1 if no word is known.

        Parameters
        ----------
        X : list of str, or of lists of str

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        TypeError
            If a text is neither str nor a list of str; the message names it.
        """
        points = self._points(X, "predict")
        topics = distances(points, self.cluster_centers_).argmin(axis=1)
        return np.where(points.any(axis=1), topics, -1)

    def format(self) -> str:
        """Return the topics as text: the size, silhouette, key words and representative texts of each."""
        return self.report().format()

    def report(self) -> TopicReport:
        """Return the topics of the texts given to `fit`, to print or as a dictionary.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        """
        check_is_fitted(self)
        return TopicReport(
            n_texts=len(self.labels_),
            n_without_topic=int(np.count_nonzero(self.labels_ < 0)),
            silhouette=self.silhouette_,
            topics=self.topics_,
        )

    def plot(self, X: Any, path: str | os.PathLike[str] | None = None, *, method: str = "pca") -> Any:
        """Draw texts as points in two dimensions, in the colours of their topics.

        Parameters
        ----------
        X : list of str, or of lists of str
            If there are more than 5,000 texts (2,000 for "tsne"), a random sample is drawn. Texts without a known word
            are left out.
        path : str or path, optional
            Where to write the chart, ending in .png or .svg.
        method : {"pca", "tsne"}
            The two principal components, or t-SNE, which preserves neighbourhoods rather than distances and takes
            longer.

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        ImportError
            If matplotlib is not installed (``pip install "wordvec[plot]"``).
        FileNotFoundError, ValueError
            If the folder does not exist, the extension is not supported, or too few texts have a known word.
        """
        check_choice("method", method, f"{OWNER}.plot", METHODS)
        target = None if path is None else check_chart_path(path, f"{OWNER}.plot")
        seed = check_parameters(self, "random_state").random_state % 2**32
        points = self._points(X, "plot")
        rows = np.flatnonzero(points.any(axis=1))
        if len(rows) < _LEAST_POINTS:
            raise ValueError(
                f"A picture of topics needs {_LEAST_POINTS} texts with a known word. Got {len(rows)}. Pass more texts."
            )
        points = points[draw_rows(rows, N_POINTS[method], seed)]
        labels = distances(points, self.cluster_centers_).argmin(axis=1)
        keywords = [[word for word, _ in topic.keywords] for topic in self.topics_]
        title = f"{len(points):,} texts in {self.n_topics_} topics ({'PCA' if method == 'pca' else 't-SNE'})"
        return draw_topics(project(points, method, seed), labels, keywords, title, target)

    def _points(self, X: Any, method: str) -> np.ndarray:
        """Return document vectors of unit length, float32 (n_texts, D); zeros for texts without known words."""
        check_is_fitted(self)
        encoded, words = self._encode(check_texts(X, f"{OWNER}.{method}"), method)
        return transform_features(self.vectorizer_, TokenizedTexts(encoded, words))

    def _encode(self, texts: Sequence[Any], method: str) -> tuple[EncodedTexts, list[str]]:
        """Return the texts without stop words as word ids, and the words."""
        encoded, words = encode_all(texts, self.tokenizer_, f"{OWNER}.{method}")
        is_kept = np.array([word.lower() not in self.stop_words_ for word in words], bool)[encoded.ids]
        n_kept = np.concatenate([[0], np.cumsum(is_kept)])
        return EncodedTexts(encoded.ids[is_kept], n_kept[encoded.starts]), words

    def _numbers(self, parameters: Any) -> list[int]:
        """Return the numbers of topics to try."""
        if parameters.n_topics != "auto":
            return [parameters.n_topics]
        least, greatest = parameters.topic_range
        if greatest < least:
            rule = f"be an integer of at least {least}, the least number of topics"
            raise ParameterError("topic_range[1]", OWNER, rule, greatest)
        return list(range(least, greatest + 1))


def _nearest(points: np.ndarray, clusters: Clusters, n: int) -> list[np.ndarray]:
    """Return, for each cluster, the indices of its points that are nearest to the centre."""
    members = [np.flatnonzero(clusters.labels == number) for number in range(len(clusters.centers))]
    gaps = [distances(points[rows], center[None])[:, 0] for rows, center in zip(members, clusters.centers)]
    return [rows[np.argsort(gap, kind="stable")[:n]] for rows, gap in zip(members, gaps)]


def _possible(numbers: list[int], points: np.ndarray) -> list[int]:
    """Return the numbers of topics that are possible for this number of points; raise ValueError if there is none."""
    n_different = len({row.tobytes() for row in points})
    if numbers[0] >= n_different:
        raise ValueError(
            f"{OWNER}.fit needs more different texts with a known word than topics. Got {n_different} for "
            f"{numbers[0]} topics. Pass more texts, or set n_topics lower."
        )
    return [number for number in numbers if number < n_different]
