"""`FastText`: skip-gram and CBOW word vectors with character n-grams, as a scikit-learn estimator."""

from __future__ import annotations

from typing import Any

import numpy as np

from wordvec._utils.errors import ParameterError
from wordvec.embeddings.base import shared_rows
from wordvec.embeddings.checkpoints import Checkpoint, ModelKind
from wordvec.embeddings.fasttext_options import FASTTEXT_RULES, FastTextOptions
from wordvec.embeddings.fasttext_training import FastTextRun, Start, subword_table
from wordvec.embeddings.foreign_names import FASTTEXT_PARAMETERS
from wordvec.embeddings.word2vec import Word2Vec
from wordvec.embeddings.word2vec_training import Word2VecState
from wordvec.kernels import rng
from wordvec.text.corpus import DEFAULT_MAX_MEMORY
from wordvec.text.vocabulary import Vocabulary
from wordvec.vectors.keyed_vectors import KeyedVectors


def _tensor_shapes(n_words: int, options: FastTextOptions) -> dict[str, tuple[int, ...]]:
    size = options.vector_size
    shapes: dict[str, tuple[int, ...]] = {"rows": (options.n_rows(n_words), size), "output": (n_words, size)}
    return {**shapes, "positions": (2 * options.window, size)} if options.position_weights else shapes


_KIND = ModelKind(
    name="FastText",
    options_type=FastTextOptions,
    state_type=Word2VecState,
    tensor_shapes=_tensor_shapes,
    train_on="train a finished model on with FastText.load(...).partial_fit(...)",
)


class FastText(Word2Vec):
    """Word vectors composed of character n-gram vectors, by skip-gram or CBOW with negative sampling.

    The vector of a word is the mean of its own row and of the rows of its character n-grams (Bojanowski et al. 2017),
    so that words with similar spelling share what they learn, and unseen words have vectors, too. Each update of a word
    is applied in full to all of its rows, as in fastText.

    Training is that of `Word2Vec`, whose parameters and attributes this class shares. It needs 4 bytes x `vector_size`
    three times for each word of the vocabulary, and once for each of the `bucket` rows of n-grams; n-grams with the
    same hash share a row.

    Parameters
    ----------
    architecture, vector_size, ... : those of `Word2Vec`, except `common_components`
        For skip-gram, `learning_rate` is 0.035 by default (0.049 with several shards) and `shared_negatives` 24.
    min_n, max_n : int
        Length of the shortest and of the longest n-grams in characters, counting a boundary mark at either end of the
        word; ``max_n=0`` means none. For Chinese, whose words have one to three characters, use ``min_n=1``.
    bucket : int
        Rows of n-grams.
    hash_count : int, optional
        Rows per n-gram, 1 to 4, with floret's hash, which hashes whole words into the same rows: a few tens of
        thousands of rows then suffice for all, and ``wv_.save("vectors.floret")`` writes a file that spaCy reads. By
        default each n-gram has one row, by fastText's hash, and words have rows of their own.
    position_weights : bool
        Whether CBOW learns position-dependent weights: the vector of a context word is multiplied, element by element,
        by the learned vector of its position, one of 2 x `window` (Mikolov et al. 2018). Vectors for many languages
        were trained this way (Grave et al. 2018), with ``vector_size=300, min_n=5, max_n=5, negative=10``.

    Attributes
    ----------
    wv_ : KeyedVectors
        Word vectors; those of unknown words are composed of n-grams. ``wv_.save(path, format="fasttext")`` writes a
        model file.
    context_vectors_ : float32 (V, D)
        The output table.
    position_weights_ : float32 (2 * window, D)
        With `position_weights`: the weights, from the position `window` words before to `window` words after.

    Examples
    --------
    >>> from wordvec import FastText
    >>> import random
    >>> draw = random.Random(1)
    >>> stems = "walk talk jump play look".split()
    >>> endings = ["ed", "ing"]
    >>> sentences = [[draw.choice(["we", "they"]), draw.choice(stems) + draw.choice(endings)] for _ in range(2000)]
    >>> model = FastText(vector_size=16, epochs=5, sample=0, bucket=1000, random_state=1).fit(sentences)
    >>> "looked" in model.wv_, "overlooked" in model.wv_
    (True, False)
    >>> model.wv_["overlooked"].shape
    (16,)

    References
    ----------
    Bojanowski, Grave, Joulin and Mikolov (2017), "Enriching word vectors with subword information", TACL 5,
    arXiv:1607.04606.

    Mikolov, Grave, Bojanowski, Puhrsch and Joulin (2018), "Advances in pre-training distributed word representations",
    LREC, arXiv:1712.09405.

    Grave, Bojanowski, Gupta, Joulin and Mikolov (2018), "Learning word vectors for 157 languages", LREC,
    arXiv:1802.06893.
    """

    _foreign_parameters = FASTTEXT_PARAMETERS
    _parameter_rules = FASTTEXT_RULES
    _kind = _KIND
    _options_type = FastTextOptions
    _run_type = FastTextRun

    def __init__(
        self,
        architecture: str = "skipgram",
        *,
        vector_size: int = 100,
        window: int = 5,
        shrink_windows: bool = True,
        window_weights: str | None = None,
        negative: int = 5,
        shared_negatives: int | None = None,
        ns_exponent: float = 0.75,
        sample: float = 1e-3,
        min_count: int = 5,
        max_vocab_size: int | None = None,
        min_n: int = 3,
        max_n: int = 6,
        bucket: int = 2_000_000,
        hash_count: int | None = None,
        position_weights: bool = False,
        epochs: int = 5,
        learning_rate: float | None = None,
        min_learning_rate: float = 1e-4,
        cbow_mean: bool = True,
        gradient: str = "exact",
        mode: str = "deterministic",
        n_shards: int = 1,
        exchange: str = "float32",
        patience: int | None = None,
        init_vectors: KeyedVectors | None = None,
        max_memory: int = DEFAULT_MAX_MEMORY,
        checkpoint_every: int | None = None,
        n_jobs: int | None = -1,
        random_state: Any = 1,
        verbose: bool | None = None,
    ) -> None:
        super().__init__(
            architecture,
            vector_size=vector_size,
            window=window,
            shrink_windows=shrink_windows,
            window_weights=window_weights,
            negative=negative,
            shared_negatives=shared_negatives,
            ns_exponent=ns_exponent,
            sample=sample,
            min_count=min_count,
            max_vocab_size=max_vocab_size,
            epochs=epochs,
            learning_rate=learning_rate,
            min_learning_rate=min_learning_rate,
            cbow_mean=cbow_mean,
            gradient=gradient,
            mode=mode,
            n_shards=n_shards,
            exchange=exchange,
            patience=patience,
            init_vectors=init_vectors,
            max_memory=max_memory,
            checkpoint_every=checkpoint_every,
            n_jobs=n_jobs,
            random_state=random_state,
            verbose=verbose,
        )
        self.min_n = min_n
        self.max_n = max_n
        self.bucket = bucket
        self.hash_count = hash_count
        self.position_weights = position_weights

    @staticmethod
    def _fixed(options: Any) -> tuple[str, ...]:
        names = ("vector_size", "min_n", "max_n", "bucket", "hash_count", "position_weights")
        return (*names, "window") if options.position_weights else names

    def _new_tables(self, options: Any, vocabulary: Vocabulary) -> Start:
        if self.init_vectors is None:
            return Start()
        if options.has_hashed_words:
            fix = "With hash_count, words have no rows that could start from them."
            raise ParameterError(
                "init_vectors", "FastText", "be None with hash_count", self.init_vectors, fix
            )
        rows, source_rows = shared_rows(self.init_vectors, vocabulary, "FastText")
        return Start(words=rows, vectors=self.init_vectors.vectors[source_rows].astype(np.float32))

    def _grown_tables(self, options: Any, vocabulary: Vocabulary) -> Start:
        n_old, stored = len(self.vocabulary_), self._stored.tensors
        rows = stored["rows"]
        n_new = 0 if options.has_hashed_words else len(vocabulary) - n_old
        if n_new:
            # The new words' own rows stand between those of the old ones and those of n-grams.
            fresh = np.empty((n_new, options.vector_size), np.float32)
            key = np.uint64(rng.stream_key(options.seed, rng.INITIAL, 0))
            rng.fill_uniform_rows(key, np.arange(n_old, n_old + n_new), fresh)
            rows = np.concatenate([rows[:n_old], fresh, rows[n_old:]])
        return Start(output=stored["output"], rows=rows, positions=stored.get("positions"))

    def _set_fitted(self, stored: Checkpoint) -> None:
        vocabulary = stored.vocabulary
        table = subword_table(
            stored.options, vocabulary.index_to_key, stored.tensors["rows"], stored.tensors["output"]
        )
        self.wv_ = KeyedVectors(None, vocabulary.index_to_key, vocabulary.counts, subwords=table)
        self._set_state(stored, stored.tensors)
        self.__dict__.pop("position_weights_", None)  # of an earlier fit
        if stored.options.position_weights:
            self.position_weights_ = stored.tensors["positions"]
