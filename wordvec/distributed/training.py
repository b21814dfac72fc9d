"""`train`: an embedding model from files that many machines read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, TypeVar

from wordvec._utils.errors import ParameterError
from wordvec._utils.threads import n_threads_for
from wordvec._utils.timing import Stopwatch
from wordvec.distributed.cluster import connected
from wordvec.distributed.cooccurrences import count_for
from wordvec.distributed.glove import ClusterGloVeRun
from wordvec.distributed.word2vec import checked_options, train_shards
from wordvec.embeddings.checkpoints import checkpoint_in
from wordvec.embeddings.glove import GloVe
from wordvec.embeddings.glove_options import GloVeOptions
from wordvec.embeddings.ppmi import PPMISVD, PPMISVDOptions
from wordvec.embeddings.word2vec import Word2Vec
from wordvec.text.corpus import LineCorpus

_OWNER = "distributed.train"

_Model = TypeVar("_Model", Word2Vec, GloVe, PPMISVD)


def train(
    estimator: _Model,
    corpus: Any,
    *,
    address: str = "auto",
    checkpoint: str | os.PathLike[str] | None = None,
    resume: bool = False,
) -> _Model:
    """Train an embedding model on the nodes of a Ray cluster; the result is that of ``estimator.fit(corpus)``.

    To the bit: of Word2Vec and FastText it depends on `n_shards`, not on the number of machines, and never on which of
    them were lost. Files are read by the nodes, where they must lie under the same paths (a shared folder, or a copy on
    each), or at an address (``"s3://bucket/texts/*.gz"``). Each node has one worker, with as many threads as it has
    cores, at most `n_jobs`. Of Word2Vec and FastText it needs the memory of the tables three times, and 4 bytes for
    each token of its shards; of GloVe that of the tables, and 12 bytes for each pair of its words, up to `max_memory`.
    GloVe's counts are on this machine, too; PPMISVD is counted on the nodes and factorised here.

    Workers and nodes may be lost and come back: what they had is trained by others from the same tables. Once training
    has begun, Ctrl-C stops it after a round; the model then holds what it has learned so far.

    Parameters
    ----------
    estimator : Word2Vec, FastText, GloVe or PPMISVD
        `n_shards` should be at least the number of nodes, better a multiple of it.
    corpus : LineCorpus, or what it takes
        Files, folders, globs and addresses, of which each line is split at white space, or a data set; one of Ray Data
        is read in the order of its blocks.
    address : str
        Of the cluster: "auto" for the one that this machine is part of, "local" for this machine alone, or
        "ray://host:port". A connection that is open already is used.
    checkpoint, resume : path, bool
        As for the estimator's `fit`; the folder is on this machine. What `train` left there, `train` goes on with, on
        any cluster; `fit` does so with GloVe's alone.

    Returns
    -------
    estimator
        Fitted. The `fit_times_` of Word2Vec and FastText has the seconds of "computing" and "combining", too, means of
        the workers; what is left of "training" they started and waited. `sent_bytes_` is what they sent each other.

    Raises
    ------
    ImportError
        If Ray is not installed.
    ConnectionError
        If there is no cluster, or all its workers are lost at once.
    TypeError, ValueError, OSError, FloatingPointError
        As by `fit`.
    """
    if not isinstance(estimator, (Word2Vec, GloVe, PPMISVD)):
        raise ParameterError(
            "estimator", _OWNER, "be a Word2Vec, a FastText, a GloVe or a PPMISVD", estimator
        )
    if isinstance(estimator, Word2Vec):
        options = checked_options(estimator)
    elif isinstance(estimator, PPMISVD):
        PPMISVDOptions.of(estimator)
        if checkpoint is not None:
            raise ParameterError("checkpoint", _OWNER, "be None for PPMISVD", checkpoint)
    else:
        options = GloVeOptions.of(estimator)
        if options.retrofit_penalty:
            rule = "be 0 on several machines"
            raise ParameterError("retrofit_penalty", "GloVe", rule, options.retrofit_penalty)
    if not isinstance(corpus, LineCorpus):
        corpus = LineCorpus(corpus)
    corpus.warn_of_tokens()
    n_threads = None if estimator.n_jobs == -1 else n_threads_for(estimator.n_jobs)
    with checkpoint_in(checkpoint, resume, _OWNER) as path, connected(address) as ray:
        if isinstance(estimator, Word2Vec):
            train_shards(ray, estimator, options, corpus, n_threads, path, resume)
        elif isinstance(estimator, GloVe):
            _train_glove(ray, estimator, options, corpus, n_threads, path, resume)
        else:
            watch = Stopwatch()
            counts = count_for(ray, corpus, estimator)
            watch.lap("counting")
            estimator.fit_cooccurrence(counts)
            estimator.fit_times_ = watch.lap("factorisation")
    return estimator


def _train_glove(
    ray: Any,
    estimator: GloVe,
    options: GloVeOptions,
    corpus: LineCorpus,
    n_threads: int | None,
    checkpoint: Path | None,
    resume: bool,
) -> None:
    watch = Stopwatch()
    counts = count_for(ray, corpus, estimator)
    watch.lap("counting")
    run = ClusterGloVeRun(ray, options, counts, n_threads, estimator.max_memory)
    try:
        start = estimator._prepare(run, counts, checkpoint, resume)
        del counts  # frees memory for training
        estimator._train(*start)
    finally:
        run.close()
    estimator.fit_times_ = watch.lap("training")
