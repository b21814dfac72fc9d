"""`StaticEncoder`: text vectors as means of token vectors, trained with labels, pairs or a teacher."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

from wordvec._utils.parameters import (
    Boolean,
    Choice,
    Instance,
    Integer,
    Real,
    Seed,
    Threads,
    check_parameters,
)
from wordvec._utils.threads import n_threads_for, workers
from wordvec._utils.validation import check_folder, check_path
from wordvec.encoders.bags import words_of_texts
from wordvec.encoders.export import of_word_vectors
from wordvec.encoders.fitting import OBJECTIVES, fitted_table
from wordvec.encoders.folders import StaticFolder, read_folder, write_folder
from wordvec.encoders.words import Words, WordTokens
from wordvec.kernels.text.pieces import mean_rows
from wordvec.text.lists import check_strings
from wordvec.vectors.keyed_vectors import KeyedVectors

_BATCH = 4096  # texts that are encoded at a time
_NO_LIMIT = 1 << 62


class StaticEncoder(TransformerMixin, BaseEstimator):
    """Text vectors as weighted means of token vectors.

    Created by `load` from a folder of model2vec or of sentence-transformers' StaticEmbedding, with the same vectors as
    theirs, but much faster (compiled code splits texts into words, and words into tokens, which are cached per word;
    models other than WordPiece, WordLevel and BPE, and rare options of these, are left to the library `tokenizers`), or
    by `from_vectors` from word vectors. `fit` trains the token vectors: with labels of texts, with pairs of texts that
    belong together, or with a teacher's vectors. The same seed gives the same bits with any number of threads.

    Parameters
    ----------
    model : StaticFolder
        Tokenizer and tables.
    normalize : bool, optional
        Whether vectors are normalised to length 1; None for the folder's setting.
    max_length : int, optional
        Maximum number of tokens of a text to use; None for the folder's setting, 0 for all tokens.
    objective : {"auto", "labels", "pairs", "teacher"} or None
        What `fit` learns from, see there; with None it learns nothing and ignores y.
    epochs : int
        For "labels" and "pairs": passes over the texts.
    learning_rate : float
        For "labels" and "pairs": the learning rate of single token vectors; it decays linearly to zero.
    map_learning_rate : float
        The same for the linear map of the whole table, which also moves tokens that do not occur in the texts.
    batch_size : int
        For "labels" and "pairs": the number of texts or pairs that are compared with each other. Memory grows with its
        square.
    temperature : float
        For "labels" and "pairs": divisor of the cosines. Lower values emphasise the nearest texts.
    alpha : float
        For "teacher": the weight of the squared changes of token vectors relative to the squared errors.
    random_state : int, RandomState or None
        Seed of the batches.
    n_jobs : int, optional
        Threads of `transform`, at most one per core; -1 for all cores. The vectors do not depend on it.

    Attributes
    ----------
    vector_size : int
        Floats in a vector, D.
    model_ : StaticFolder
        The trained model; `model` is left unchanged, and each `fit` starts from it.
    objective_ : {"labels", "pairs", "teacher"} or None
        What `fit` learned from.
    loss_curve_ : list of float
        For "labels" and "pairs", the mean loss of each epoch; for "teacher", the final mean squared distance of the
        text vectors (of length 1 with `normalize`) from the teacher's. Empty if nothing was learned.

    Examples
    --------
    >>> from wordvec import KeyedVectors
    >>> from wordvec.encoders import StaticEncoder
    >>> import numpy as np
    >>> vectors = KeyedVectors(np.eye(2, dtype=np.float32), ["warm", "cold"], [5, 3])
    >>> encoder = StaticEncoder.from_vectors(vectors)
    >>> encoder.encode(["warm", "cold and cold", "else"]).round(3).tolist()
    [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]
    >>> taught = encoder.fit(["warm", "cold"], np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]))
    >>> taught.encode("warm").round(2).tolist(), taught.objective_
    ([0.0, 1.0, 0.0], 'teacher')

    References
    ----------
    Arora, Liang and Ma (2017), "A simple but tough-to-beat baseline for sentence embeddings", ICLR.
    Henderson, Al-Rfou, Strope, Sung, Lukacs, Guo, Kumar, Miklos and Kurzweil (2017), "Efficient natural language
    response suggestion for Smart Reply", arXiv:1705.00652.
    Khosla, Teterwak, Wang, Sarna, Tian, Isola, Maschinot, Liu and Krishnan (2020), "Supervised contrastive learning",
    NeurIPS, arXiv:2004.11362.
    Tulkens and van Dongen (2024), "Model2Vec: fast state-of-the-art static embeddings",
    doi:10.5281/zenodo.17270888.
    """

    _parameter_rules = {
        "model": Instance(StaticFolder),
        "normalize": Boolean() | None,
        "max_length": Integer(0) | None,
        "objective": Choice("auto", *OBJECTIVES) | None,
        "epochs": Integer(1),
        "learning_rate": Real(0.0),
        "map_learning_rate": Real(0.0),
        "batch_size": Integer(2),
        "temperature": Real(0.0, low_open=True),
        "alpha": Real(0.0, low_open=True),
        "random_state": Seed(),
        "n_jobs": Threads(),
    }

    def __init__(
        self,
        model: StaticFolder,
        *,
        normalize: bool | None = None,
        max_length: int | None = None,
        objective: str | None = "auto",
        epochs: int = 10,
        learning_rate: float = 30.0,
        map_learning_rate: float = 0.003,
        batch_size: int = 128,
        temperature: float = 0.3,
        alpha: float = 0.003,
        random_state: Any = 1,
        n_jobs: int | None = 1,
    ) -> None:
        self.model = model
        self.normalize = normalize
        self.max_length = max_length
        self.objective = objective
        self.epochs = epochs
        self.learning_rate = learning_rate
        self.map_learning_rate = map_learning_rate
        self.batch_size = batch_size
        self.temperature = temperature
        self.alpha = alpha
        self.random_state = random_state
        self.n_jobs = n_jobs

    @classmethod
    def load(cls, folder: str | os.PathLike[str], **parameters: Any) -> StaticEncoder:
        """Read a folder of model2vec (also with a quantised vocabulary) or of StaticEmbedding.

        Parameters
        ----------
        folder : path
        **parameters
            Parameters of the constructor other than `model`.

        Raises
        ------
        FileNotFoundError
            If the folder, or a file of it, is missing.
        ImportError
            If the library `tokenizers` is not installed.
        TypeError, ValueError
            If a file is damaged, or files do not match.
        """
        encoder = cls(read_folder(check_path("folder", folder, "StaticEncoder.load")), **parameters)
        check_parameters(encoder)
        return encoder

    @classmethod
    def from_vectors(
        cls,
        vectors: KeyedVectors,
        *,
        tokenizer: str = "whitespace",
        lowercase: bool = False,
        weighting: str = "sif",
        a: float = 1e-3,
        **parameters: Any,
    ) -> StaticEncoder:
        """Return the encoder that `export` would write for word vectors, with vectors of length 1.

        Parameters
        ----------
        vectors, tokenizer, lowercase, weighting, a : as for `export`
        **parameters
            Parameters of the constructor other than `model`.

        Raises
        ------
        ImportError
            If the library `tokenizers` is not installed.
        TypeError, ValueError
            As `export`.
        """
        model = of_word_vectors(
            vectors,
            "StaticEncoder.from_vectors",
            tokenizer=tokenizer,
            lowercase=lowercase,
            weighting=weighting,
            a=a,
        )
        encoder = cls(model, **parameters)
        check_parameters(encoder)
        return encoder

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Write the encoder to a folder that `load`, model2vec and sentence-transformers read.

        `normalize` and `max_length` are written, too, the parameters of `fit` are not. sentence-transformers supports
        neither weights nor a mapping of tokens nor length limits: a folder that has them is for model2vec.

        Raises
        ------
        NotADirectoryError
            If the path is a file.
        OSError
            If a file cannot be written.
        """
        target = check_folder("folder", folder, "StaticEncoder.save")
        options = check_parameters(self)
        model = self._model
        normalize = model.normalize if options.normalize is None else options.normalize
        max_length = model.max_length if options.max_length is None else options.max_length or None
        write_folder(target, dataclasses.replace(model, normalize=normalize, max_length=max_length))

    @property
    def _model(self) -> StaticFolder:
        return self.__dict__.get("model_", self.model)

    @property
    def vector_size(self) -> int:
        """Floats in a vector, D."""
        return int(self._model.vectors.shape[1])

    def fit(self, X: Any = None, y: Any = None) -> StaticEncoder:
        """Train the token vectors, starting from those of `model`.

        `objective` determines what it learns from; "auto" chooses the objective that the arguments imply, and raises an
        error if they imply none:

        ===========  ===================  ==================================================
        objective    X                    y
        ===========  ===================  ==================================================
        "labels"     texts                one class for each, str, bool or int
        "pairs"      pairs of texts       None
        "teacher"    texts                float (n, E): the vectors that texts should have
        None         anything             anything
        ===========  ===================  ==================================================

        With texts alone, "auto" learns nothing, so that the encoder works in any pipeline.

        "labels" is supervised contrastive learning (Khosla et al. 2020), which moves texts of the same class together
        and texts of different classes apart. "pairs" uses the right texts of the other pairs of a batch as negatives
        (Henderson et al. 2017). Both train a linear map of the whole table, and changes of single tokens. "teacher"
        finds the table whose means are nearest to the teacher's vectors in squared distance, which gives the encoder
        vectors of E floats; with `normalize` the teacher's vectors are normalised to length 1 first.

        Raises
        ------
        TypeError, ValueError
            If a parameter is invalid, X or y are not what the objective needs, or no text has a known
            token.
        """
        options = check_parameters(self)
        model = self.model
        words = self._words_of(model)
        normalize = model.normalize if options.normalize is None else options.normalize
        most = (model.max_length if options.max_length is None else options.max_length) or _NO_LIMIT
        max_chars = model.max_chars if options.max_length is None else None
        objective, table, losses = fitted_table(X, y, words, model, (most, max_chars), normalize, options)
        self.model_ = model if table is None else dataclasses.replace(model, vectors=table)
        self.objective_, self.loss_curve_ = objective, losses
        return self

    def transform(self, X: Iterable[str]) -> np.ndarray:
        """Return the vectors of texts, as `encode` does."""
        return self.encode(X)

    def encode(self, texts: str | Iterable[str]) -> np.ndarray:
        """Return the vectors of texts, float32 (n, D), or of one text, float32 (D,).

        A text without known tokens gets zeros. Vectors depend neither on the other texts nor on the number of threads.

        Raises
        ------
        TypeError, ValueError
            If a text is not a str, or cannot be encoded as UTF-8.
        """
        options = check_parameters(self)
        if isinstance(texts, str):
            return self.encode([texts])[0]
        rows = check_strings(texts, "StaticEncoder", "texts")
        out = np.empty((len(rows), self.vector_size), np.float32)
        starts = range(0, len(rows), _BATCH)
        n_threads = max(1, min(n_threads_for(self.n_jobs), len(starts)))
        words = self._words_of(self._model)

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

    def _words_of(self, model: StaticFolder) -> WordTokens:
        """Return the words seen so far."""
        words: WordTokens | None = self.__dict__.get("_words")
        if words is None or words.backend is not model.tokenizer:
            words = self._words = WordTokens(model.tokenizer)
        return words

    def _encode(self, words: WordTokens, texts: list[str], first: int, out: np.ndarray, options: Any) -> None:
        model = self._model
        most = model.max_length if options.max_length is None else options.max_length
        max_chars = model.max_chars if options.max_length is None else None
        normalize = model.normalize if options.normalize is None else options.normalize
        if max_chars is not None:
            texts = [text[:max_chars] for text in texts]
        for places, found in words_of_texts(words, texts, first):
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
