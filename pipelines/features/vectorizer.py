"""Text vectors pooled from word vectors, as a scikit-learn transformer."""

from __future__ import annotations

import copy
import os
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from wordvec._io.kinds import VECTORIZER
from wordvec._utils.errors import ParameterError
from wordvec._utils.parameters import Boolean, Choice, Integer, Real, Rule, check_parameters, restored
from wordvec.supervised.labels import check_sample_weight
from wordvec.text.encoded_texts import encode_all, look_up
from wordvec.text.lists import check_texts
from wordvec.text.tokenized_texts import EncodedTexts, TokenizedTexts
from wordvec.text.tokenizers import TOKENIZER_RULE, Tokenizer, choose_tokenizer, settle_tokenizer
from wordvec.vectors.estimator_files import (
    pack_vectors,
    plain_parameters,
    read_estimator,
    stored_tokenizer,
    unpack_vectors,
    write_estimator,
)
from wordvec.vectors.keyed_vectors import KeyedVectors

from .pooling import POOLINGS, Pooling, fit_pooling, word_counts
from .sources import VectorSource, learn_vectors, trained_vectors

_OWNER = "EmbeddingVectorizer"


class EmbeddingVectorizer(TransformerMixin, BaseEstimator):
    """Turn each text into one vector: the mean, or the extremes, of the vectors of its words.

    Words without a vector are left out and counted (`oov_rate_`, `oov_rate`). A text without any known word
    becomes zeros. All statistics come from the texts that `fit` saw, so that nothing of a held-out fold leaks
    into cross-validation; that holds for the word vectors too if `vectors` is an estimator that is not fitted.

    Parameters
    ----------
    vectors : KeyedVectors, or an estimator with fit(sentences) and wv_ (Word2Vec, GloVe, PPMISVD)
        Where word vectors come from. KeyedVectors and a fitted estimator are used as they are, also by copies from
        scikit-learn's `clone`. If the estimator is not fitted, `fit` trains a clone of it on the texts; its
        parameters can be searched, as ``vectors__window`` for example.
    pooling : {"mean", "max", "minmax", "idf", "sif", "usif"}
        - ``"mean"``: the mean over the text's words.
        - ``"max"``: the largest value of each dimension. ``"minmax"``: all smallest values, then all largest,
          2 D in all.
        - ``"idf"``: the mean weighted by log((1 + n) / (1 + df)) + 1, as in scikit-learn's TfidfTransformer.
        - ``"sif"`` [1]_: words are weighted by a / (a + p(w)), their sum is divided by their number, and the
          projection on the first singular vector of the training texts is removed.
        - ``"usif"`` [2]_: weights a / (a / 2 + p(w)) with an a from the number of words and the mean length of
          a text; of the projections on the first five singular vectors, the shares of their squared singular values
          are removed. Words enter with their unit vectors, as the paper's angular distance requires; its
          author's program scales each dimension within a sentence instead.
    tokenizer : {"auto", "whitespace", "word", "ptb", "ud", "zh", "chars"} or callable
        How raw texts are split, see `wordvec.text.tokenizers.resolve_tokenizer`. "auto" is "zh" if at least half
        of the texts that `fit` sees are Chinese, otherwise "word".
    lowercase : bool
        Whether the tokens of raw texts are lower-cased. Texts that are lists of tokens are used as they are.
    sif_a : float
        The a of "sif".
    n_components : int, optional
        How many directions "sif" and "usif" remove; by default 1 and 5, as in the papers.
    word_probabilities : {"auto", "vectors", "texts"}
        Where p(w) of "sif" and "usif" comes from: the counts that the vectors carry, or the texts given to
        `fit`, where a word that does not occur has p(w) = 0. It is a share of all occurrences of words that
        have a vector. "auto" takes the counts of the vectors if there are any. Some programs invent counts
        for files of vectors that have none; then choose "texts".

    Attributes
    ----------
    wv_ : KeyedVectors
    pooling_ : Pooling
        What was learned: `word_weights`, `a`, `directions`, `shares`.
    oov_rate_ : float
        Share of the tokens of the texts given to `fit` that have no vector.
    tokenizer_ : callable
    word_probabilities_ : str
        "vectors" or "texts".

    Examples
    --------
    >>> import numpy as np
    >>> from wordvec import KeyedVectors
    >>> table = np.array([[1, 0], [0, 1], [1, 1]], np.float32)
    >>> vectors = KeyedVectors(table, ["good", "bad", "film"])
    >>> vectorizer = EmbeddingVectorizer(vectors).fit(["a good film", "a bad film"])
    >>> print(vectorizer.transform(["good film", "a bad bad film", "nothing known"]).round(2))
    [[1.   0.5 ]
     [0.33 1.  ]
     [0.   0.  ]]
    >>> print(f"{vectorizer.oov_rate_:.0%} of the tokens have no vector")
    33% of the tokens have no vector

    An estimator that is not fitted is trained on the texts, anew in each fold of a search:

    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from wordvec import Word2Vec
    >>> texts, labels = ["a good film", "a bad film"] * 20, ["good", "bad"] * 20
    >>> source = Word2Vec(vector_size=8, min_count=1, sample=0, verbose=False)
    >>> model = make_pipeline(EmbeddingVectorizer(source, pooling="idf"), LogisticRegression(C=100))
    >>> model.fit(texts, labels).predict(["good film", "bad film"]).tolist()
    ['good', 'bad']

    References
    ----------
    .. [1] Arora, Liang and Ma (2017), "A simple but tough-to-beat baseline for sentence embeddings", ICLR.
    .. [2] Ethayarajh (2018), "Unsupervised random walk sentence embeddings: A strong but simple baseline",
           Workshop on Representation Learning for NLP, https://aclanthology.org/W18-3012
    """

    _parameter_rules: ClassVar[dict[str, Rule]] = {
        "vectors": VectorSource(),
        "pooling": Choice(*POOLINGS),
        "tokenizer": TOKENIZER_RULE,
        "lowercase": Boolean(),
        "sif_a": Real(0.0, low_open=True),
        "n_components": Integer(0) | None,
        "word_probabilities": Choice("auto", "vectors", "texts"),
    }

    def __init__(
        self,
        vectors: Any,
        *,
        pooling: str = "mean",
        tokenizer: str | Tokenizer = "auto",
        lowercase: bool = True,
        sif_a: float = 1e-3,
        n_components: int | None = None,
        word_probabilities: str = "auto",
    ) -> None:
        self.vectors = vectors
        self.pooling = pooling
        self.tokenizer = tokenizer
        self.lowercase = lowercase
        self.sif_a = sif_a
        self.n_components = n_components
        self.word_probabilities = word_probabilities

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> EmbeddingVectorizer:
        """Train word vectors if there are none yet, and learn the statistics of `pooling`.

        Parameters
        ----------
        X : iterable of str, or of lists of str
        y : ignored
        sample_weight : array (n_texts,), optional
            The weight of each text in the statistics, where 2 counts as the text twice; word vectors are trained
            without it.

        Raises
        ------
        TypeError
            If a parameter or a text is of the wrong type; the message names it.
        ValueError
            If a parameter is out of range, there is no text, or no token has a vector.
        """
        self._fit(X, sample_weight)
        return self

    def fit_transform(self, X: Any, y: Any = None, sample_weight: Any = None) -> np.ndarray:
        """Return what ``fit(X).transform(X)`` does, but split the texts only once."""
        encoded = self._fit(X, sample_weight)
        return self.pooling_.apply(encoded, self.wv_)

    def transform(self, X: Any) -> np.ndarray:
        """Return the vectors of texts; a text without known words gives zeros.

        Parameters
        ----------
        X : iterable of str, or of lists of str

        Returns
        -------
        float32 (n_texts, n_features)

        Raises
        ------
        NotFittedError
            If `fit` was not called.
        TypeError
            If a text is neither str nor a list of str; the message names it.
        """
        check_is_fitted(self)
        texts = check_texts(X, f"{_OWNER}.transform")
        return self.pooling_.apply(self._look_up(texts, "transform"), self.wv_)

    def oov_rate(self, X: Any) -> float:
        """Return the share of the texts' tokens that have no vector; 0 if there is no token.

        Parameters
        ----------
        X : as for `transform`
        """
        check_is_fitted(self)
        texts = check_texts(X, f"{_OWNER}.oov_rate")
        encoded = self._look_up(texts, "oov_rate")
        return encoded.n_unknown / len(encoded.ids) if len(encoded.ids) else 0.0

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return names such as "sif_0", or "min_0" and "max_0"; an array of str.

        Parameters
        ----------
        input_features : ignored
        """
        check_is_fitted(self)
        kinds = ("min", "max") if self.pooling_.name == "minmax" else (self.pooling_.name,)
        return np.array([f"{kind}_{k}" for kind in kinds for k in range(self.wv_.vector_size)], object)

    def set_params(self, **params: Any) -> EmbeddingVectorizer:
        """Set parameters, those of an estimator in `vectors` as ``vectors__name``.

        Raises
        ------
        ValueError
            If a parameter is unknown, or one of word vectors that are trained already.
        """
        nested = [name for name in params if name.startswith("vectors__")]
        if nested and trained_vectors(params.get("vectors", self.vectors)) is not None:
            raise ParameterError(
                "vectors",
                _OWNER,
                f"be an estimator that is not fitted if {nested[0]} is set",
                params.get("vectors", self.vectors),
                "Trained word vectors would not change; pass sklearn.base.clone(model) for example.",
            )
        return super().set_params(**params)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the vectorizer with its word vectors to one safetensors file, without a tokenizer that is a callable.

        Raises
        ------
        NotFittedError
            If `fit` was not called.
        ValueError
            If a parameter cannot be written.
        OSError
            If the file cannot be written.
        """
        check_is_fitted(self)
        header, tensors = self.to_stored()
        write_estimator(path, VECTORIZER, _OWNER, header, tensors)

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, tokenizer: Any = None) -> EmbeddingVectorizer:
        """Read a vectorizer that `save` wrote; its vectors are the same to the bit.

        Its `vectors` are the word vectors that it used, also if an estimator learned them.

        Parameters
        ----------
        path : path
        tokenizer : callable, optional
            The tokenizer of training, if it was a callable, which a file cannot hold.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If it is not a complete file of a vectorizer, a newer version wrote it, or its tokenizer is missing.
        """
        with read_estimator(path, VECTORIZER, _OWNER) as (header, tensors):
            return cls.from_stored(header, tensors, tokenizer)

    def to_stored(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Return the contents of a file of `save`, for files that hold a vectorizer among other things."""
        pooling = self.pooling_
        # JSON has no infinity.
        a = None if pooling.a is None or not np.isfinite(pooling.a) else float(pooling.a)
        header = {
            "parameters": plain_parameters(self, "vectors"),
            "tokenizer": self._tokenizer_record,
            "pooling": pooling.name,
            "a": a,
            "is_a_infinite": pooling.a is not None and a is None,
            "oov_rate": self.oov_rate_,
            "word_probabilities": self.word_probabilities_,
        }
        arrays = {name: getattr(pooling, name) for name in ("word_weights", "directions", "shares")}
        return header, pack_vectors(self.wv_) | arrays

    @classmethod
    def from_stored(
        cls, header: dict[str, Any], tensors: Mapping[str, np.ndarray], tokenizer: Any = None
    ) -> EmbeddingVectorizer:
        """Return the vectorizer of `to_stored`."""
        chosen = stored_tokenizer(header["tokenizer"], tokenizer, _OWNER)
        vectors = unpack_vectors(tensors)
        parameters = header["parameters"]
        given = {"vectors": vectors, "tokenizer": parameters["tokenizer"] or chosen}
        found = restored(cls, parameters | given)
        arrays = [tensors[name] for name in ("word_weights", "directions", "shares")]
        shapes = [(len(vectors),), (len(arrays[1]), vectors.vector_size), (len(arrays[1]),)]
        are_floats = all(array.dtype == np.float32 for array in (arrays[0], arrays[1], arrays[2]))
        if [array.shape for array in arrays] != shapes or not are_floats:
            raise ValueError("its parts do not fit together")
        weights, directions, shares = arrays
        a = np.inf if header["is_a_infinite"] else header["a"]
        found.wv_ = vectors
        found.pooling_ = Pooling(header["pooling"], weights, a, directions, shares)
        found.oov_rate_, found.word_probabilities_ = header["oov_rate"], header["word_probabilities"]
        found._tokenizer_record = header["tokenizer"]
        found.tokenizer_ = choose_tokenizer(chosen, found.lowercase, [], _OWNER)
        return found

    def __sklearn_clone__(self) -> EmbeddingVectorizer:
        # A plain clone would forget the vectors of a fitted estimator, train it again on each fold, and copy
        # the whole table of KeyedVectors; they are read-only, so that copies can share them.
        if trained_vectors(self.vectors) is None:
            return super().__sklearn_clone__()
        without = copy.copy(self)
        without.vectors = None
        twin = super(EmbeddingVectorizer, without).__sklearn_clone__()
        twin.vectors = self.vectors
        return twin

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.transformer_tags.preserves_dtype = []
        return tags

    def _fit(self, X: Any, sample_weight: Any) -> EncodedTexts:
        """Fit, and return the texts as rows of `wv_`."""
        parameters = check_parameters(self)
        owner = f"{_OWNER}.fit"
        texts = check_texts(X, owner)
        if not len(texts):
            raise ValueError(f"The texts of {owner} are an empty list. Pass at least one text.")
        weights = check_sample_weight(sample_weight, len(texts), owner)
        tokenize, record = settle_tokenizer(self.tokenizer, self.lowercase, texts, _OWNER)
        numbered, words = encode_all(texts, tokenize, owner)
        if not words:
            raise ValueError(
                f"The texts of {owner} hold no token. Check that they are not empty, and the tokenizer."
            )
        vectors = learn_vectors(self.vectors, TokenizedTexts(numbered, words), _OWNER)
        rows = np.array([vectors.key_to_index.get(word, -1) for word in words], np.int32)
        encoded = EncodedTexts(rows[numbered.ids], numbered.starts)
        if encoded.n_unknown == len(encoded.ids):
            raise _all_unknown(words, vectors, self.tokenizer, self.lowercase, len(encoded.ids))
        source = self._probability_source(vectors)
        counts = vectors.counts
        if counts is None or source == "texts":
            counts = word_counts(encoded, len(vectors), weights)
        pooling = fit_pooling(
            parameters.pooling,
            encoded,
            vectors,
            counts / max(counts.sum(), 1),
            parameters.sif_a,
            parameters.n_components,
            weights,
        )
        self.wv_ = vectors
        self.pooling_ = pooling
        self.oov_rate_ = encoded.n_unknown / len(encoded.ids)
        self.tokenizer_, self._tokenizer_record = tokenize, record
        self.word_probabilities_ = source
        return encoded

    def _probability_source(self, vectors: KeyedVectors) -> str:
        has_counts = vectors.counts is not None and vectors.counts.sum() > 0
        if self.word_probabilities == "vectors" and not has_counts:
            raise ParameterError(
                "word_probabilities",
                _OWNER,
                "be 'auto' or 'texts' for vectors without counts",
                self.word_probabilities,
                "Change it, or load vectors with their counts.",
            )
        return "vectors" if has_counts and self.word_probabilities != "texts" else "texts"

    def _look_up(self, texts: Sequence[Any], method: str) -> EncodedTexts:
        return look_up(texts, self.tokenizer_, self.wv_.key_to_index, f"{_OWNER}.{method}")


def _all_unknown(
    words: list[str], vectors: KeyedVectors, tokenizer: Any, lowercase: bool, n_tokens: int
) -> ValueError:
    texts_have = ", ".join(map(repr, words[:3]))
    vectors_have = ", ".join(map(repr, vectors.index_to_key[:3]))
    return ValueError(
        f"None of the {n_tokens} tokens that {_OWNER}.fit got has a vector. The texts have words such as "
        f"{texts_have} (tokenizer={tokenizer!r}, lowercase={lowercase}), the vectors {vectors_have}. Check that "
        "both are in the same language, and tokenized and lower-cased in the same way."
    )
