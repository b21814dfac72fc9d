"""`Summarizer`: extractive summarisation without training, by position, content and cue phrases."""

from __future__ import annotations

import copy
from typing import Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from wordvec._utils.errors import ParameterError
from wordvec._utils.parameters import Boolean, Choice, Integer, Real, Rule, check_parameters
from wordvec.text.tokenized_texts import TokenizedTexts
from wordvec.text.tokenizers import TOKENIZER_RULE, Tokenizer

from ...features.sources import VectorSource, trained_vectors
from ...features.vectorizer import EmbeddingVectorizer
from .cues import CueFinder, CuePhrases
from .documents import Documents, read_documents
from .results import Summary, SummarySentence, join_sentences
from .selection import Budget, choose_best, choose_diverse
from .sentence_vectors import (
    SentenceVectors,
    centroid_scores,
    embedded_sentences,
    page_ranks,
    tfidf_sentences,
)
from .storage import OWNER, StoredSummarizer

__all__ = ["Summarizer"]

METHODS = ("mmr", "centroid", "lexrank", "lead")
_SENTENCES = 3
# Chosen on the development sets of docs/benchmarks.md. A sentence of n words counts n / (n + 3), so that greetings
# and captions do not win; one with a cue phrase three times as much as another.
_SHORT = 3
_CUE_FACTOR = 3.0


class Summarizer(StoredSummarizer, TransformerMixin, BaseEstimator):
    """Extractive summarisation without training: a summary consists of sentences of the text.

    A sentence is scored by its similarity to the others, its number of words, and cue phrases such as "in this paper"
    or "总之". The first sentences of a text count more. Chinese and English may be mixed. A summary depends on its text
    alone, unless `fit` was given a collection.

    Parameters
    ----------
    method : {"mmr", "centroid", "lexrank", "lead"}
        - ``"centroid"`` [1]_: the cosine with the centroid of all sentences.
        - ``"mmr"``: the same, but with a penalty for repeating sentences chosen before (maximal marginal relevance
          [2]_). With one sentence it is "centroid".
        - ``"lexrank"`` [3]_: the PageRank in the similarity graph of the sentences.
        - ``"lead"``: the first sentences.
    sentences : int, optional
        Length of a summary in sentences; 3 if no length is passed.
    words : int, optional
        Maximum length in words; the best sentence is taken even if it is longer.
    ratio : float, optional
        Length as a share of the text's sentences, rounded up.
    vectors : KeyedVectors, an estimator with fit(sentences) and wv_ (Word2Vec, GloVe, PPMISVD), or None
        Word vectors, for uSIF sentence vectors, whose statistics `fit` learns from a collection. None uses TF-IDF.
    position : float
        How much more the first sentences count: sentence i has the weight ``(1 + i) ** -position`` in the centroid and
        in the jumps of LexRank; 0 for equal weights.
    diversity : float
        For "mmr": the penalty for similarity to chosen sentences, from 0 to 1.
    cue_phrases : "auto", collection of str, or None
        Phrases that mark sentences which say what a text is about. "auto" uses a list for English and Chinese [4]_.
    by_line : bool
        Whether each line is a sentence, as in lists, transcripts and subtitles.
    tokenizer : {"auto", "whitespace", "word", "ptb", "ud", "zh", "chars"} or callable
        How sentences are split into words, see `wordvec.text.tokenizers.resolve_tokenizer`. "auto" is "zh" for
        Chinese sentences and "word" for others.
    lowercase : bool
        Whether words are compared in lower case.

    Attributes
    ----------
    idf_ : dict of str to float, or None
        log((1 + n) / (1 + df)) + 1 of each word, over the texts given to `fit`. If None, as initially, the idf comes
        from the sentences of each text.
    vectorizer_ : EmbeddingVectorizer
        Computes sentence vectors from word vectors, if there are any.

    Examples
    --------
    >>> text = (
    ...     "The old bridge was closed in May. Ships had hit it twice. The city will build a new bridge for ships "
    ...     "and trains, the mayor said. In short, a new bridge will replace the old bridge by 2030. Nobody was hurt."
    ... )
    >>> Summarizer(sentences=1).transform([text])
    ['In short, a new bridge will replace the old bridge by 2030.']
    >>> (summary,) = Summarizer(words=20).summarize([text])
    >>> [(found.start, found.end, found.text[:18]) for found in summary.sentences]
    [(0, 33, 'The old bridge was'), (129, 188, 'In short, a new br')]

    References
    ----------
    .. [1] Radev, Jing, Styś and Tam (2004), "Centroid-based summarization of multiple documents", Information
           Processing and Management 40.
    .. [2] Carbonell and Goldstein (1998), "The use of MMR, diversity-based reranking for reordering documents and
           producing summaries", SIGIR.
    .. [3] Erkan and Radev (2004), "LexRank: Graph-based lexical centrality as salience in text summarization",
           JAIR 22.
    .. [4] Edmundson (1969), "New methods in automatic extracting", Journal of the ACM 16.
    """

    _parameter_rules: ClassVar[dict[str, Rule]] = {
        "method": Choice(*METHODS),
        "sentences": Integer(1) | None,
        "words": Integer(1) | None,
        "ratio": Real(0.0, 1.0, low_open=True) | None,
        "vectors": VectorSource() | None,
        "position": Real(0.0, 100.0),
        "diversity": Real(0.0, 1.0),
        "cue_phrases": CuePhrases(),
        "by_line": Boolean(),
        "tokenizer": TOKENIZER_RULE,
        "lowercase": Boolean(),
    }

    def __init__(
        self,
        method: str = "mmr",
        *,
        sentences: int | None = None,
        words: int | None = None,
        ratio: float | None = None,
        vectors: Any = None,
        position: float = 1.0,
        diversity: float = 0.3,
        cue_phrases: Any = "auto",
        by_line: bool = False,
        tokenizer: str | Tokenizer = "auto",
        lowercase: bool = True,
    ) -> None:
        self.method = method
        self.sentences = sentences
        self.words = words
        self.ratio = ratio
        self.vectors = vectors
        self.position = position
        self.diversity = diversity
        self.cue_phrases = cue_phrases
        self.by_line = by_line
        self.tokenizer = tokenizer
        self.lowercase = lowercase

    def fit(self, X: Any = None, y: Any = None) -> Summarizer:
        """Learn word frequencies from a collection; without one, only check the parameters.

        Parameters
        ----------
        X : iterable of str, or of lists of str (their sentences); optional
            Required only with word vectors: the weights and directions of uSIF come from these texts, and the vectors
            themselves if `vectors` is an unfitted estimator.
        y : ignored

        Raises
        ------
        TypeError
            If a parameter or a text has the wrong type; the message names it.
        ValueError
            If a parameter is out of range, or `vectors` has no texts to learn from or knows none of their words.
        """
        checked = self._checked()
        if X is None and self.vectors is not None:
            rule = "be texts if there are word vectors, as uSIF learns from them"
            raise ParameterError("X", f"{OWNER}.fit", rule, None, "The texts to be summarised will do.")
        self.idf_ = None
        self._n_texts = 0
        if X is None:
            return self
        documents = read_documents(X, self.tokenizer, checked.lowercase, checked.by_line, f"{OWNER}.fit")
        if self.vectors is None:
            self._n_texts = len(documents)
            self.idf_ = _collection_idf(documents)
        else:
            tokens = TokenizedTexts(documents.words, documents.vocabulary)
            vectorizer = EmbeddingVectorizer(self.vectors, pooling="usif", tokenizer="whitespace")
            self.vectorizer_ = vectorizer.fit(tokens)
        return self

    def transform(self, X: Any) -> list[str]:
        """Return the summary of each text; empty for a text without sentences.

        Parameters
        ----------
        X : iterable of str, or of lists of str
            Texts, or the sentences of each.

        Raises
        ------
        NotFittedError
            If there are word vectors and `fit` was not called.
        TypeError
            If a parameter or a text has the wrong type; the message names it.
        ValueError
            If a parameter is out of range, or a text is too long for LexRank on word vectors.
        """
        return [summary.text for summary in self._summarize(X, "transform")]

    def predict(self, X: Any) -> list[str]:
        """Return the same as `transform`."""
        return [summary.text for summary in self._summarize(X, "predict")]

    def summarize(self, X: Any) -> list[Summary]:
        """Return the summary of each text with its sentences, their scores and offsets.

        For a list of sentences, offsets refer to the sentences joined by line ends. With ratio=1.0 all sentences are
        returned with their scores.

        Raises
        ------
        NotFittedError, TypeError, ValueError
            As for `transform`.
        """
        return self._summarize(X, "summarize")

    def _summarize(self, X: Any, method: str) -> list[Summary]:
        checked = self._checked()
        if self.vectors is not None:
            check_is_fitted(self, "vectorizer_")
        documents = read_documents(X, self.tokenizer, checked.lowercase, checked.by_line, f"{OWNER}.{method}")
        if self.vectors is None:
            return self._chosen(documents, checked)
        # BLAS adds up in another order with another number of threads.
        with threadpool_limits(limits=1, user_api="blas"):
            return self._chosen(documents, checked)

    def _chosen(self, documents: Documents, checked: Any) -> list[Summary]:
        weights = (1.0 + documents.places) ** -checked.position
        vectors: SentenceVectors | None = None
        if checked.method == "lead":
            scores = 1 / (1.0 + documents.places)
        else:
            vectors = self._vectors(documents)
            relevance = (page_ranks if checked.method == "lexrank" else centroid_scores)(vectors, weights)
            lengths = documents.lengths
            scores = relevance * lengths / (lengths + _SHORT) * _cue_factors(documents, checked.cue_phrases)
        lengths = documents.lengths
        n_sentences = documents.n_sentences.tolist()
        summaries = []
        for d, (begin, end) in enumerate(zip(documents.starts.tolist(), documents.starts.tolist()[1:])):
            part = slice(begin, end)
            # One sentence repeats nothing.
            if checked.method == "mmr" and vectors is not None and checked.budget.sentences != 1:
                rows = choose_diverse(
                    scores[part],
                    lengths[part],
                    checked.budget,
                    vectors.similarities(d),
                    checked.diversity,
                )
            else:
                rows = choose_best(scores[part], lengths[part], checked.budget)
            found = [_sentence(documents, d, begin, row, scores) for row in rows]
            text = join_sentences([sentence.text for sentence in found])
            summaries.append(Summary(text, found, n_sentences[d]))
        return summaries

    def _vectors(self, documents: Documents) -> SentenceVectors:
        if self.vectors is not None:
            return embedded_sentences(documents, self.vectorizer_)
        idf = getattr(self, "idf_", None)
        return tfidf_sentences(documents, idf, 1.0 if idf is None else float(np.log(1 + self._n_texts) + 1))

    def _checked(self) -> Any:
        """Return the checked parameters, with the length limit as `budget`."""
        checked = check_parameters(self)
        lengths = {name: getattr(checked, name) for name in ("sentences", "words", "ratio")}
        given = [name for name, value in lengths.items() if value is not None]
        if len(given) > 1:
            rule = f"be left out where {{{given[0]}}} is passed: a summary has one length"
            raise ParameterError(given[1], OWNER, rule, lengths[given[1]])
        checked.budget = Budget(**lengths) if given else Budget(_SENTENCES)
        return checked

    def __sklearn_is_fitted__(self) -> bool:
        return self.vectors is None or hasattr(self, "vectorizer_")

    def __sklearn_clone__(self) -> Summarizer:
        # As of EmbeddingVectorizer: clones share trained vectors, which are read-only.
        if trained_vectors(self.vectors) is None:
            return super().__sklearn_clone__()
        without = copy.copy(self)
        without.vectors = None
        twin = super(Summarizer, without).__sklearn_clone__()
        twin.vectors = self.vectors
        return twin


def _collection_idf(documents: Documents) -> dict[str, float]:
    """Return log((1 + n) / (1 + df)) + 1 of each word that occurs."""
    n_words = max(1, len(documents.vocabulary))
    owners = np.repeat(documents.owners, documents.lengths)
    holding = np.bincount(np.unique(owners * n_words + documents.words.ids) % n_words, minlength=n_words)
    idf = np.log((1 + len(documents)) / (1 + holding)) + 1
    return {word: float(idf[k]) for k, word in enumerate(documents.vocabulary) if holding[k]}


def _cue_factors(documents: Documents, phrases: Any) -> np.ndarray:
    if phrases is None:
        return np.ones(len(documents.spans))
    finder = CueFinder(phrases)
    found: list[bool] = []
    starts = documents.starts.tolist()
    for text, begin, end in zip(documents.texts, starts, starts[1:]):
        found += finder.find([text[a:b] for a, b in documents.spans[begin:end]])
    return np.where(found, _CUE_FACTOR, 1.0)


def _sentence(documents: Documents, d: int, begin: int, row: int, scores: np.ndarray) -> SummarySentence:
    start, end = documents.spans[begin + row]
    text = documents.texts[d][start:end]
    return SummarySentence(text, start, end, row, float(scores[begin + row]))
