"""`train`: training of an embedding model on many machines."""

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
    """Train an embedding model on the nodes of a Ray cluster, with the same result as ``estimator.fit(corpus)``.

    The result is the same to the bit: for Word2Vec and FastText it depends on `n_shards`, but neither on the number of
    machines nor on whether some were lost. Files are read by the nodes, where they must have the same paths (a shared
    folder, or a copy on each), or an address (``"s3://bucket/texts/*.gz"``). Each node has one worker, with as many
    threads as it has cores, at most `n_jobs`. For Word2Vec and FastText a worker needs three times the memory of the
    tables, and 4 bytes for each token of its shards; for GloVe that of the tables, and 12 bytes for each pair of its
    words, up to `max_memory`. GloVe's counts are also kept on this machine; PPMISVD is counted on the nodes and
    factorised here.

    Workers and nodes may be lost and come back: others take over their part, starting from the same tables. Once
    training has begun, Ctrl-C stops it after a round; the model then holds what it has learned so far.

    Parameters
    ----------
    estimator : Word2Vec, FastText, GloVe or PPMISVD
        `n_shards` should be at least the number of nodes, better a multiple of it.
    corpus : LineCorpus, or an argument of it
        Files, folders, globs and addresses, whose lines are split at white space, or a data set; a Ray Data data set
        is read in the order of its blocks.
    address : str
        Address of the cluster: "auto" for the one that this machine is part of, "local" for this machine alone, or
        "ray://host:port". An open connection is reused.
    checkpoint, resume : path, bool
        As for the estimator's `fit`; the folder is on this machine. `train` can resume a checkpoint of `train` on any
        cluster; `fit` can do so only for GloVe.

    Returns
    -------
    estimator
        The fitted estimator. For Word2Vec and FastText, `fit_times_` also has the seconds of "computing" and
        "combining", means over the workers; the rest of "training" was spent on starting and waiting. `sent_bytes_` is
        the number of bytes that workers sent to each other.

    Raises
    ------
    ImportError
        If Ray is not installed.
    ConnectionError
        If there is no cluster, or all its workers are lost at once.
    TypeError, ValueError, OSError, FloatingPointError
        As for `fit`.
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
