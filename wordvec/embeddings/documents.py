"""`DocumentVectors`: vectors of whole documents, PV-DBOW and PV-DM."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.base import TransformerMixin
from sklearn.utils.validation import check_is_fitted

from wordvec._utils.errors import ParameterError
from wordvec._utils.parameters import Boolean, Choice, Integer, Real, Rule, Seed, Threads, check_parameters
from wordvec._utils.progress import ReadingBar
from wordvec._utils.threads import n_threads_for
from wordvec._utils.timing import Stopwatch
from wordvec.embeddings.base import EmbeddingTrainer, warn_if_interrupted
from wordvec.embeddings.checkpoints import (
    Checkpoint,
    ModelKind,
    checkpoint_in,
    hash_arrays,
    resume_run,
)
from wordvec.embeddings.documents_reading import encode_documents, number_tags
from wordvec.embeddings.documents_training import (
    DocumentOptions,
    DocumentRun,
    Documents,
    infer,
)
from wordvec.embeddings.foreign_names import DOCUMENTS_ATTRIBUTES, DOCUMENTS_PARAMETERS
from wordvec.embeddings.parameters import LEARNING_RATE, VECTOR_SIZE, options_of
from wordvec.embeddings.word2vec_training import Word2VecState
from wordvec.kernels.tiles import aligned_zeros, padded_width
from wordvec.text.corpus import DEFAULT_MAX_MEMORY, MIN_MAX_MEMORY, LineCorpus
from wordvec.text.vocabulary import LIMIT_RULES
from wordvec.vectors.keyed_vectors import KeyedVectors

_OWNER = "DocumentVectors"
# That of PV-DM is larger, because the gradient of a mean is divided by the vectors in it.
_LEARNING_RATES = {"dbow": 0.025, "dm": 0.1}


def _shapes(n_words: int, options: DocumentOptions) -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {
        "documents": (options.n_tags, options.vector_size),
        "output": (n_words, options.vector_size),
    }
    if options.has_contexts:
        shapes["input"] = (n_words, options.vector_size)
    return shapes


_RULES: dict[str, Rule] = {
    "architecture": Choice("dbow", "dm"),
    "vector_size": VECTOR_SIZE,
    "window": Integer(1, 1000),
    "negative": Integer(1, 1000),
    "shared_negatives": Integer(4, 1000, multiple_of=4),
    "ns_exponent": Real(-10.0, 10.0),
    "sample": Real(0.0),
    **LIMIT_RULES,
    "epochs": Integer(1),
    "infer_epochs": Integer(1) | None,
    "learning_rate": LEARNING_RATE | None,
    "min_learning_rate": Real(0.0, 10.0),
    "max_memory": Integer(MIN_MAX_MEMORY),
    "checkpoint_every": Integer(1) | None,
    "n_jobs": Threads(),
    "random_state": Seed(),
    "verbose": Boolean() | None,
}


class DocumentVectors(TransformerMixin, EmbeddingTrainer):
    """Document vectors, trained to predict the words of each document: PV-DBOW and PV-DM.

    `fit` learns a vector for each document of a collection, `transform` infers vectors of other documents while the
    word vectors stay fixed. Training needs 4 bytes x `vector_size` for each document and each word of the vocabulary
    (PV-DM: twice for a word), and 4 bytes for each token of the text.

    Parameters
    ----------
    architecture : {"dbow", "dm"}
        "dbow", distributed bag of words, predicts each word of a document from the document's vector; it is faster and
        usually better. "dm", distributed memory, predicts it from the mean of the document's vector and the vectors of
        the surrounding words.
    vector_size : int
        Floats in a vector, D.
    window : int
        Largest distance to a context word, for "dm"; the actual window is drawn for each word, up to this size.
    negative : int
        Negative samples per word, in expectation.
    shared_negatives : int
        Negative samples shared by 16 consecutive words, weighted so that each meets `negative` in expectation; a
        multiple of 4.
    ns_exponent : float
        Negative samples are drawn in proportion to count ** ns_exponent.
    sample : float
        Words with a relative frequency above this are subsampled at random; 0 keeps all words, as suits a vocabulary of
        a few hundred words.
    min_count : int
        Rarer words are left out.
    max_vocab_size : int, optional
        Keep only this many words, the most frequent ones; all by default.
    epochs : int
        Passes over the documents.
    infer_epochs : int, optional
        Passes over a document in `transform`; as many as in training by default.
    learning_rate : float, optional
        Learning rate at the start; 0.025 for "dbow" and 0.1 for "dm" by default. It decays linearly. A rate with which
        training would diverge is lowered, with a warning.
    min_learning_rate : float
        Learning rate at the end; never above `learning_rate`.
    max_memory : int
        Bytes for the token ids of the text, which beyond this go to a temporary file. At least 1 MiB.
    checkpoint_every : int, optional
        Number of training calls, of up to 131,072 words each, between two checkpoints; by default one is made after
        each epoch.
    n_jobs : int, optional
        Threads, at most one per core; -1 for all cores. The vectors do not depend on it.
    random_state : int, RandomState or None
    verbose : bool, optional
        Whether to show progress on stderr. By default only on a terminal.

    Attributes
    ----------
    dv_ : KeyedVectors
        The document vectors by tag; without tags, by number: "0", "1" and so on.
    document_vectors_ : float32 (n_tags, D)
        The same as an array, in the order of the documents or of the first occurrence of each tag.
    output_vectors_ : float32 (V, D)
        The output vectors of the predicted words.
    word_vectors_ : float32 (V, D)
        The vectors of context words; "dm" only.
    vocabulary_ : Vocabulary
    loss_curve_ : list of float
        Loss of each epoch in nats per word, negative samples included, on a sample of the words.
    n_iter_ : int
        Epochs done.
    interrupted_ : bool
        Whether Ctrl-C ended training early.
    fit_times_ : dict of str to float
        Seconds that the last fit took for "reading" and "training".
    seed_ : int

    Examples
    --------
    >>> from wordvec import DocumentVectors
    >>> import random
    >>> draw = random.Random(1)
    >>> topics = ["cat dog horse cow sleeps eats".split(), "pear plum fig apple ripens falls".split()]
    >>> documents = [[draw.choice(topics[k % 2]) for _ in range(20)] for k in range(200)]
    >>> model = DocumentVectors(vector_size=8, epochs=40, learning_rate=0.05).fit(documents)
    >>> {int(tag) % 2 for tag, _ in model.most_similar("0", topn=5)}
    {0}
    >>> {int(tag) % 2 for tag, _ in model.most_similar(["fig", "plum", "pear"], topn=5)}
    {1}

    References
    ----------
    Le and Mikolov (2014), "Distributed representations of sentences and documents", arXiv:1405.4053.
    Dai, Olah and Le (2015), "Document embedding with paragraph vectors", arXiv:1507.07998.
    """

    _parameter_rules = _RULES
    _foreign_parameters = DOCUMENTS_PARAMETERS
    _foreign_attributes = DOCUMENTS_ATTRIBUTES
    _kind = ModelKind(_OWNER, DocumentOptions, Word2VecState, _shapes, "fit anew")

    def __init__(
        self,
        architecture: str = "dbow",
        *,
        vector_size: int = 100,
        window: int = 5,
        negative: int = 5,
        shared_negatives: int = 24,
        ns_exponent: float = 0.75,
        sample: float = 1e-3,
        min_count: int = 5,
        max_vocab_size: int | None = None,
        epochs: int = 10,
        infer_epochs: int | None = None,
        learning_rate: float | None = None,
        min_learning_rate: float = 1e-4,
        max_memory: int = DEFAULT_MAX_MEMORY,
        checkpoint_every: int | None = None,
        n_jobs: int | None = -1,
        random_state: Any = 1,
        verbose: bool | None = None,
    ) -> None:
        self.architecture = architecture
        self.vector_size = vector_size
        self.window = window
        self.negative = negative
        self.shared_negatives = shared_negatives
        self.ns_exponent = ns_exponent
        self.sample = sample
        self.min_count = min_count
        self.max_vocab_size = max_vocab_size
        self.epochs = epochs
        self.infer_epochs = infer_epochs
        self.learning_rate = learning_rate
        self.min_learning_rate = min_learning_rate
        self.max_memory = max_memory
        self.checkpoint_every = checkpoint_every
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def fit(
        self,
        X: LineCorpus | Iterable[Iterable[str]],
        y: Any = None,
        *,
        tags: Iterable[str | Iterable[str]] | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
        resume: bool = False,
    ) -> DocumentVectors:
        """Learn the vectors of a collection of documents.

        Parameters
        ----------
        X : LineCorpus, or list of lists of str
            Each line or list of words is a document, including empty ones.
        y : ignored
        tags : list of str or of lists of str, optional
            The tag or tags of each document. There is one vector per tag, which several documents may share.
        checkpoint : path, optional
            A folder in which training writes a checkpoint after each epoch, every `checkpoint_every` calls, and on
            Ctrl-C.
        resume : bool
            Resume from the checkpoint, if there is one.

        Raises
        ------
        TypeError, ValueError
            If a parameter, the documents, their tags or the checkpoint are invalid; without `resume`, if there is a
            checkpoint of an unfinished run.
        FloatingPointError
            If training diverges.
        """
        found = check_parameters(self)
        n_threads = n_threads_for(found.n_jobs)
        with checkpoint_in(checkpoint, resume, f"{_OWNER}.fit") as path:
            watch = Stopwatch()
            with ReadingBar(self.verbose) as bar:
                vocabulary, token_ids, starts = encode_documents(
                    X,
                    vocabulary=None,
                    min_count=found.min_count,
                    max_vocab_size=found.max_vocab_size,
                    max_memory=found.max_memory,
                    progress=bar.update_to,
                )
            names, numbers, tag_starts = number_tags(tags, len(starts) - 1, _OWNER)
            watch.lap("reading")
            options = options_of(
                DocumentOptions,
                found,
                has_contexts=found.architecture == "dm",
                learning_rate=found.learning_rate or _LEARNING_RATES[found.architecture],
                n_tags=len(names),
                seed=found.random_state,
            )
            run = DocumentRun(
                options, vocabulary, Documents(token_ids, starts, numbers, tag_starts), n_threads
            )
            corpus_hash = ""
            inputs = {"tags": None if tags is None else names}
            if path is not None:
                corpus_hash = hash_arrays(vocabulary, starts, token_ids, numbers, tag_starts)
                if resume and path.exists():
                    resume_run(run, path, self._kind, corpus_hash, inputs)

            def stored(tensors: dict[str, np.ndarray]) -> Checkpoint:
                return self._checkpoint(
                    self._kind, options, vocabulary, tensors, run.state, corpus_hash, inputs
                )

            is_whole = self._run(
                run,
                unit="word",
                n_done=run.state.n_tokens_done,
                has_ended=lambda: False,
                path=path,
                stored=lambda: stored(run.tensors()),
            )
            self._set_fitted(stored(run.finished_tensors()))
            warn_if_interrupted(self, run, is_whole, stacklevel=2)
            self.fit_times_ = watch.lap("training")
        return self

    def transform(self, X: LineCorpus | Iterable[Iterable[str]]) -> np.ndarray:
        """Return inferred vectors of documents, float32 (n, D); the word vectors stay fixed.

        The vector of a document depends on its words alone, neither on the other documents nor on the number of
        threads. A document without known words gets zeros.

        Raises
        ------
        TypeError, ValueError
            If the documents are not lists of words.
        NotFittedError
            If the model is not fitted.
        """
        check_is_fitted(self)
        found = check_parameters(self)
        _, token_ids, starts = encode_documents(
            X,
            vocabulary=self.vocabulary_,
            min_count=1,
            max_vocab_size=None,
            max_memory=found.max_memory,
            progress=None,
        )
        n = len(starts) - 1
        documents = Documents(token_ids, starts, np.arange(n, dtype=np.int32), np.arange(n + 1))
        options = self._stored.options
        epochs = found.infer_epochs or options.epochs
        return infer(
            options, self.vocabulary_, self._padded_tables(), documents, epochs, n_threads_for(found.n_jobs)
        )

    def most_similar(self, document: str | Iterable[str], topn: int = 10) -> list[tuple[str, float]]:
        """Return the tags of the documents most similar (cosine) to a given tag or to another document.

        Parameters
        ----------
        document : str or list of str
            A tag, or the words of any document.
        topn : int

        Returns
        -------
        list of (tag, cosine similarity), descending
        """
        check_is_fitted(self)
        item = document if isinstance(document, str) else self.transform([document])[0]
        if not isinstance(item, str) and not item.any():
            raise ParameterError("document", f"{_OWNER}.most_similar", "hold a word that is known", document)
        return list(self.dv_.most_similar([item], topn=topn))

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the names of the columns of `transform`."""
        check_is_fitted(self)
        return np.array([f"documentvectors{k}" for k in range(self.dv_.vector_size)], dtype=object)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in super().__getstate__().items() if name != "_padded"}

    def _padded_tables(self) -> dict[str, np.ndarray]:
        """Return the word tables, padded for the kernels and cached for the next call."""
        padded = self.__dict__.get("_padded")
        if padded is None:
            names = ("output", "input") if hasattr(self, "word_vectors_") else ("output",)
            padded = {}
            for name in names:
                table = self._stored.tensors[name]
                padded[name] = aligned_zeros((len(table), padded_width(table.shape[1])), np.float32)
                padded[name][:, : table.shape[1]] = table
            self._padded = padded
        return padded

    def _set_fitted(self, stored: Checkpoint) -> None:
        tags = stored.inputs.get("tags") or [str(number) for number in range(stored.options.n_tags)]
        self.dv_ = KeyedVectors(stored.tensors["documents"], tags)
        self.document_vectors_ = self.dv_.vectors
        self.output_vectors_ = stored.tensors["output"]
        if "input" in stored.tensors:
            self.word_vectors_ = stored.tensors["input"]
        elif hasattr(self, "word_vectors_"):
            del self.word_vectors_
        self.__dict__.pop("_padded", None)
        state = stored.state
        self.vocabulary_ = stored.vocabulary
        self.loss_curve_ = state.loss_curve
        self.n_iter_ = state.epoch
        self.interrupted_ = False
        self.seed_ = stored.options.seed
        # The array of the attribute, so that a pickle holds each table once.
        self._stored = replace(stored, tensors={**stored.tensors, "documents": self.dv_.vectors})
