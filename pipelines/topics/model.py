"""Topics of texts without labels: clusters of document vectors, their key words, and a picture."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, ClusterMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from wordvec._io.charts import check_chart_path
from wordvec._utils.validation import check_choice, check_int, check_seed
from wordvec.text.encoded_texts import encode_all
from wordvec.text.lists import check_texts
from wordvec.text.tokenized_texts import EncodedTexts, TokenizedTexts
from wordvec.text.tokenizers import Tokenizer, choose_tokenizer

from ..preprocessing.stop_word_lists import choose_stop_words
from .charts import METHODS, N_POINTS, draw_topics, project
from .clusters import Clusters, distances, draw_rows
from .features import fit_features, transform_features
from .words import class_tfidf, key_words

__all__ = ["Topic", "TopicModel"]

_OWNER = "TopicModel"
_EXCERPT = 95  # columns of a text in a report
_LEAST_POINTS = 3
# Joiners that are no letters, but without which emoji and Persian words fall apart.
_JOINERS = "\u200c\u200d"


@dataclass(frozen=True)
class Topic:
    """What a topic is about.

    Attributes
    ----------
    number : int
        What `predict` calls it.
    size : int
        How many of the texts given to `fit` it has.
    share : float
        The same as a share of all.
    silhouette : float
        Mean silhouette of its texts (of a sample, if there are many): near 1 they stand apart from other topics,
        near 0 between two.
    keywords : list of (word, weight)
        The words that tell it from the other topics, by class-based TF-IDF.
    texts : list
        The texts nearest to its centre.
    """

    number: int
    size: int
    share: float
    silhouette: float
    keywords: list[tuple[str, float]]
    texts: list[Any]


class TopicModel(ClassNamePrefixFeaturesOutMixin, TransformerMixin, ClusterMixin, BaseEstimator):
    """Find topics in texts without labels.

    Document vectors of unit length are clustered by k-means. They are made of two parts that count alike: the
    mean of the vectors of a text's words (see `EmbeddingVectorizer`), and latent semantic analysis, which is
    TF-IDF with a truncated singular value decomposition. The first is what short texts need, which share few
    words, the second what long ones do. The key words of a topic are the words with the highest class-based
    TF-IDF, Grootendorst (2022), "BERTopic: Neural topic modeling with a class-based TF-IDF procedure",
    arXiv:2203.05794.

    A text without any known word has no topic: its number is -1. The same seed gives the same bits.

    Parameters
    ----------
    vectors : KeyedVectors, an estimator with fit(sentences) and wv_ (Word2Vec, GloVe, PPMISVD), or None
        Where word vectors come from; an estimator is trained on the texts. Of a fitted one, pass `wv_`. None
        leaves the first part out.
    n_topics : int or "auto"
        "auto" takes the number in `topic_range` whose clusters have the highest mean silhouette.
    topic_range : (int, int)
        The least and the greatest number that "auto" tries.
    pooling : {"mean", "max", "minmax", "idf", "sif", "usif"}
        How a text's vector is made of its words', see `EmbeddingVectorizer`.
    lexical_size : int
        Floats of the second part; 0 leaves it out.
    n_keywords, n_examples : int
        Key words, and representative texts, of each topic.
    stop_words : "auto", collection of str in lower case, or None
        Words that are left out of the texts. "auto" takes spaCy's for English or Chinese.
    tokenizer, lowercase
        As for `EmbeddingVectorizer`.
    n_init : int
        Runs of k-means from different centres; the best one counts.
    random_state : int, RandomState or None

    Attributes
    ----------
    topics_ : list of Topic, the largest first
    labels_ : int64 (n_texts,)
        The topic of each text given to `fit`.
    cluster_centers_ : float32 (n_topics, D)
    n_topics_ : int
    silhouette_ : float
        Mean silhouette of the texts (of a sample of 5,000, if there are more).
    silhouettes_ : dict of int to float
        The mean silhouette for each number of topics that was tried.
    vectorizer_ : Pipeline
        Makes document vectors of lists of tokens.

    Examples
    --------
    >>> from wordvec import Word2Vec
    >>> texts = ["the team won the game", "a late goal won it", "stocks fell again", "the market fell"] * 10
    >>> model = TopicModel(Word2Vec(vector_size=8, min_count=1, verbose=False), n_topics=2).fit(texts)
    >>> print(model.format())  # doctest: +SKIP
    """

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
            If a parameter is of the wrong kind, or a text is; the message names it.
        ValueError
            If a parameter is out of range, no token has a vector, or there are fewer different texts than topics.
        """
        numbers = self._checked_numbers()
        n_keywords = check_int("n_keywords", self.n_keywords, _OWNER, 0)
        n_examples = check_int("n_examples", self.n_examples, _OWNER, 0)
        n_init = check_int("n_init", self.n_init, _OWNER, 1)
        seed = check_seed(self.random_state, _OWNER) % 2**32  # scikit-learn's have 32 bits
        lexical_size = check_int("lexical_size", self.lexical_size, _OWNER, 0)
        if self.vectors is None and not lexical_size:
            raise ValueError(f"{_OWNER} needs vectors, or a lexical_size of more than 0. Set one of them.")
        texts = check_texts(X, f"{_OWNER}.fit")
        self.stop_words_ = choose_stop_words(self.stop_words, texts, _OWNER)
        self.tokenizer_ = choose_tokenizer(self.tokenizer, self.lowercase, texts, _OWNER)
        encoded, words = self._encode(texts, "fit")
        if not len(encoded.ids):
            raise ValueError(
                f"The texts of {_OWNER}.fit hold no word, or stop words alone. Check that they are not empty, the "
                "tokenizer, and stop_words."
            )
        tokens = TokenizedTexts(encoded, words)
        features, points = fit_features(tokens, self.vectors, self.pooling, lexical_size, seed)
        rows = np.flatnonzero(points.any(axis=1))
        found = [Clusters.find(points[rows], k, n_init, seed) for k in _possible(numbers, points[rows])]
        best = max(found, key=lambda clusters: clusters.silhouette)
        labels = np.full(len(texts), -1)
        labels[rows] = best.labels
        scores = class_tfidf(encoded, labels, len(best.centers), len(words))
        examples = _nearest(points[rows], best, n_examples)
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
            for number, keywords in enumerate(key_words(scores, words, n_keywords))
        ]
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Return the distance of each text to the centre of each topic, float32 (n_texts, n_topics).

        Both have a length of 1 at most, so that distances are 2 at most.

        Parameters
        ----------
        X : list of str, or of lists of str

        Raises
        ------
        NotFittedError
            If `fit` was not called.
        TypeError
            If a text is neither str nor a list of str; the message names it.
        """
        return distances(self._points(X, "transform"), self.cluster_centers_)

    def predict(self, X: Any) -> np.ndarray:
        """Return the topic of each text, int64 (n_texts,): that with the nearest centre, -1 if no word is known.

        Parameters
        ----------
        X : list of str, or of lists of str

        Raises
        ------
        NotFittedError
            If `fit` was not called.
        TypeError
            If a text is neither str nor a list of str; the message names it.
        """
        points = self._points(X, "predict")
        topics = distances(points, self.cluster_centers_).argmin(axis=1)
        return np.where(points.any(axis=1), topics, -1)

    def format(self) -> str:
        """Return the topics as text: size, silhouette and key words of each, and its first texts."""
        check_is_fitted(self)
        lines = [f"{len(self.labels_):,} texts, {self.n_topics_} topics, silhouette {self.silhouette_:.3f}"]
        n_without = int(np.count_nonzero(self.labels_ < 0))
        if n_without:
            lines.append(f"{n_without:,} texts without a known word have no topic")
        for topic in self.topics_:
            words = ", ".join(_excerpt(word) for word, _ in topic.keywords)
            lines += [
                "",
                f"{topic.number}: {words}",
                f"   {topic.size:,} texts ({topic.share:.1%}), silhouette {topic.silhouette:.3f}",
                *(f"   - {_excerpt(text)}" for text in topic.texts),
            ]
        return "\n".join(lines)

    def plot(self, X: Any, path: str | os.PathLike[str] | None = None, *, method: str = "pca") -> Any:
        """Draw texts as points in two dimensions, in the colours of their topics.

        Parameters
        ----------
        X : list of str, or of lists of str
            Of more than 5,000 texts (2,000 for "tsne") a sample is drawn. Those without a known word are left out.
        path : str or path, optional
            Where to write the picture, ending in .png or .svg.
        method : {"pca", "tsne"}
            The two directions in which the texts differ most, or t-SNE, which shows neighbours more truly than
            distances, and takes longer.

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        ImportError
            If matplotlib is not there (``pip install "wordvec[plot]"``).
        FileNotFoundError, ValueError
            If the folder does not exist, the extension is another, or too few texts have a known word.
        """
        check_choice("method", method, f"{_OWNER}.plot", METHODS)
        target = None if path is None else check_chart_path(path, f"{_OWNER}.plot")
        seed = check_seed(self.random_state, _OWNER) % 2**32
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
        encoded, words = self._encode(check_texts(X, f"{_OWNER}.{method}"), method)
        return transform_features(self.vectorizer_, TokenizedTexts(encoded, words))

    def _encode(self, texts: Sequence[Any], method: str) -> tuple[EncodedTexts, list[str]]:
        """Return the texts without stop words as numbers of words, and the words."""
        encoded, words = encode_all(texts, self.tokenizer_, f"{_OWNER}.{method}")
        is_kept = np.array([word.lower() not in self.stop_words_ for word in words], bool)[encoded.ids]
        n_kept = np.concatenate([[0], np.cumsum(is_kept)])
        return EncodedTexts(encoded.ids[is_kept], n_kept[encoded.starts]), words

    def _checked_numbers(self) -> list[int]:
        """Return the numbers of topics to try."""
        if self.n_topics != "auto":
            if isinstance(self.n_topics, str):
                raise ValueError(
                    f'The n_topics parameter of {_OWNER} must be a number or "auto". Got {self.n_topics!r} instead.'
                )
            return [check_int("n_topics", self.n_topics, _OWNER, 2)]
        if not isinstance(self.topic_range, (tuple, list)) or len(self.topic_range) != 2:
            raise ValueError(
                f"The topic_range parameter of {_OWNER} must be the least and the greatest number of topics, (2, 20) "
                f"for example. Got {self.topic_range!r} instead."
            )
        least = check_int("topic_range[0]", self.topic_range[0], _OWNER, 2)
        return list(range(least, check_int("topic_range[1]", self.topic_range[1], _OWNER, least) + 1))


def _excerpt(text: Any) -> str:
    """Return a text in one line of at most `_EXCERPT` columns of a terminal, where Chinese letters take two.

    Letters that the terminal would obey are replaced.
    """
    line = " ".join((text if isinstance(text, str) else " ".join(text)).split())[: _EXCERPT + 1]
    line = "".join(letter if letter.isprintable() or letter in _JOINERS else "\ufffd" for letter in line)
    ends = np.cumsum([2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in line])
    return line if not line or ends[-1] <= _EXCERPT else f"{line[: np.count_nonzero(ends < _EXCERPT)]}…"


def _nearest(points: np.ndarray, clusters: Clusters, n: int) -> list[np.ndarray]:
    """Return, for each cluster, which of its points are nearest to the centre."""
    members = [np.flatnonzero(clusters.labels == number) for number in range(len(clusters.centers))]
    gaps = [distances(points[rows], center[None])[:, 0] for rows, center in zip(members, clusters.centers)]
    return [rows[np.argsort(gap, kind="stable")[:n]] for rows, gap in zip(members, gaps)]


def _possible(numbers: list[int], points: np.ndarray) -> list[int]:
    """Return the numbers of topics that so many texts allow, or raise ValueError if there is none."""
    n_different = len({row.tobytes() for row in points})
    if numbers[0] >= n_different:
        raise ValueError(
            f"{_OWNER}.fit needs more different texts with a known word than topics. Got {n_different} for "
            f"{numbers[0]} topics. Pass more texts, or set n_topics lower."
        )
    return [number for number in numbers if number < n_different]
