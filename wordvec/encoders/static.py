"""`StaticEncoder`: texts to vectors by the mean of their tokens' vectors."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

from wordvec._utils.errors import ParameterError
from wordvec._utils.parameters import Boolean, Instance, Integer, Threads, check_parameters
from wordvec._utils.threads import n_threads_for, workers
from wordvec._utils.validation import check_path
from wordvec.encoders.folders import StaticFolder, read_folder
from wordvec.encoders.words import Words, WordTokens
from wordvec.kernels.text.pieces import mean_rows
from wordvec.text.lists import check_strings

_BATCH = 4096  # texts that are encoded at a time
_NO_LIMIT = 1 << 62


class StaticEncoder(TransformerMixin, BaseEstimator):
    """Vectors of texts: the mean of the vectors of a text's tokens, with nothing else learned.

    Made by `load` from a folder of model2vec or of sentence-transformers' StaticEmbedding, of which it gives the same
    vectors, much faster: compiled code cuts texts into words, and words into tokens, once while a word is remembered.
    Models other than WordPiece, WordLevel and BPE, and rare options of these, are left to the library `tokenizers`.

    Parameters
    ----------
    model : StaticFolder
        Tokenizer and tables.
    normalize : bool, optional
        Whether vectors are brought to length 1; None for what the folder says.
    max_length : int, optional
        Tokens of a text that count; None for what the folder says, 0 for all of them.
    n_jobs : int, optional
        Threads, at most one a core; -1 for all cores. The vectors do not depend on it.

    Attributes
    ----------
    vector_size : int
        Floats in a vector, D.

    Examples
    --------
    >>> from wordvec import KeyedVectors
    >>> from wordvec.encoders import StaticEncoder, export
    >>> import tempfile, numpy as np
    >>> vectors = KeyedVectors(np.eye(2, dtype=np.float32), ["warm", "cold"], [5, 3])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     export(vectors, folder + "/encoder")
    ...     encoder = StaticEncoder.load(folder + "/encoder")
    >>> encoder.encode(["warm", "cold and cold", "else"]).round(3).tolist()
    [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]

    References
    ----------
    Arora, Liang and Ma (2017), "A simple but tough-to-beat baseline for sentence embeddings", ICLR.
    Tulkens and van Dongen (2024), "Model2Vec: fast state-of-the-art static embeddings",
    doi:10.5281/zenodo.17270888.
    """

    _parameter_rules = {
        "model": Instance(StaticFolder),
        "normalize": Boolean() | None,
        "max_length": Integer(0) | None,
        "n_jobs": Threads(),
    }

    def __init__(
        self,
        model: StaticFolder,
        *,
        normalize: bool | None = None,
        max_length: int | None = None,
        n_jobs: int | None = 1,
    ) -> None:
        self.model = model
        self.normalize = normalize
        self.max_length = max_length
        self.n_jobs = n_jobs

    @classmethod
    def load(cls, folder: str | os.PathLike[str], **parameters: Any) -> StaticEncoder:
        """Read a folder of model2vec (also with a quantised vocabulary) or of StaticEmbedding.

        Parameters
        ----------
        folder : path
        **parameters
            `normalize`, `max_length`, `n_jobs`.

        Raises
        ------
        FileNotFoundError
            If the folder, or a file of it, is missing.
        ImportError
            If the library `tokenizers` is not installed.
        TypeError, ValueError
            If a file is damaged, or they do not fit together.
        """
        encoder = cls(read_folder(check_path("folder", folder, "StaticEncoder.load")), **parameters)
        check_parameters(encoder)
        return encoder

    @property
    def vector_size(self) -> int:
        """Floats in a vector, D."""
        return int(self.model.vectors.shape[1])

    def fit(self, X: Any = None, y: Any = None) -> StaticEncoder:
        """Check the parameters; nothing is learned."""
        check_parameters(self)
        return self

    def transform(self, X: Iterable[str]) -> np.ndarray:
        """Return the vectors of texts, as `encode` does."""
        return self.encode(X)

    def encode(self, texts: str | Iterable[str]) -> np.ndarray:
        """Return the vectors of texts, float32 (n, D), or of one text, float32 (D,).

        A text without known tokens becomes zeros. Vectors do not depend on the texts beside them, nor on threads.

        Raises
        ------
        TypeError, ValueError
            If a text is no str, or cannot be encoded as UTF-8.
        """
        options = check_parameters(self)
        if isinstance(texts, str):
            return self.encode([texts])[0]
        rows = check_strings(texts, "StaticEncoder", "texts")
        out = np.empty((len(rows), self.vector_size), np.float32)
        starts = range(0, len(rows), _BATCH)
        n_threads = max(1, min(n_threads_for(self.n_jobs), len(starts)))
        words = self.__dict__.get("_words")
        if words is None or words.backend is not self.model.tokenizer:
            words = self._words = WordTokens(self.model.tokenizer)

        def encode(first: int) -> None:
            self._encode(words, rows[first : first + _BATCH], first, out, options)

        with workers(n_threads) as pool:
            pool.map(encode, starts)
        return out

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the names of the columns of `transform`."""
        return np.array([f"staticencoder{k}" for k in range(self.vector_size)], dtype=object)

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in super().__getstate__().items() if name != "_words"}

    def _encode(self, words: WordTokens, texts: list[str], first: int, out: np.ndarray, options: Any) -> None:
        model = self.model
        most = model.max_length if options.max_length is None else options.max_length
        max_chars = model.max_chars if options.max_length is None else None
        normalize = model.normalize if options.normalize is None else options.normalize
        if max_chars is not None:
            texts = [text[:max_chars] for text in texts]
        try:
            groups = words.encode(texts)
        except UnicodeEncodeError as error:
            place = next(k for k, text in enumerate(texts) if not _is_encodable(text))
            raise ParameterError(
                f"texts[{first + place}]", "StaticEncoder", "be text without lone surrogates", texts[place]
            ) from error
        for places, found in groups:
            vectors = _means(found, model, most or _NO_LIMIT, normalize, len(places))
            out[first + places] = vectors


def _means(words: Words, model: StaticFolder, most: int, normalize: bool, n: int) -> np.ndarray:
    out = np.empty((n, model.vectors.shape[1]), np.float32)
    mean_rows(
        words.items,
        words.starts,
        words.ids,
        model.mapping,
        model.weights,
        model.vectors,
        most,
        normalize,
        out,
    )
    return out


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
