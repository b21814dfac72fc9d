"""`train`: an embedding model from files that many machines read."""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np
from sklearn.base import clone

from wordvec._io.text_files import PathsLike
from wordvec._utils.errors import ParameterError
from wordvec._utils.progress import ReadingBar
from wordvec._utils.threads import n_threads_for
from wordvec._utils.timing import Stopwatch
from wordvec.distributed import counting
from wordvec.distributed.cluster import connected, gathered, live_nodes
from wordvec.distributed.crew import Crew, Pieces
from wordvec.distributed.worker import Plan
from wordvec.embeddings.checkpoints import checkpoint_in
from wordvec.embeddings.sharded_training import Losses, rounds
from wordvec.embeddings.shards import Shards
from wordvec.embeddings.training_loop import Chunk, TrainingRun
from wordvec.embeddings.word2vec import Word2Vec
from wordvec.embeddings.word2vec_fitting import train_run
from wordvec.embeddings.word2vec_training import Word2VecState
from wordvec.text.corpus import LineCorpus
from wordvec.text.vocabulary import Vocabulary

_Model = TypeVar("_Model", bound=Word2Vec)


def train(
    estimator: _Model,
    corpus: LineCorpus | PathsLike,
    *,
    address: str = "auto",
    checkpoint: str | os.PathLike[str] | None = None,
    resume: bool = False,
) -> _Model:
    """Train Word2Vec or FastText on the nodes of a Ray cluster; the result is that of ``estimator.fit(corpus)``.

    To the bit: it depends on the estimator's `n_shards`, not on the number of machines, nor on which of them were lost.
    Files are read by the nodes, where they must lie under the same paths (a shared folder, or a copy on each). Each
    node has one worker, with as many threads as it has cores, at most `n_jobs`; it needs the memory of the tables three
    times, and 4 bytes for each token of its shards; `max_memory` is not used.

    Workers and nodes may be lost and come back: what they had is trained by others from the same tables. Once training
    has begun, Ctrl-C stops it after a round; the model then holds what it has learned so far.

    Parameters
    ----------
    estimator : Word2Vec or FastText
        Its `n_shards` should be at least the number of nodes, better a multiple of it.
    corpus : LineCorpus, or paths
        Paths are files, folders and globs, of which each line is split at white space.
    address : str
        Of the cluster: "auto" for the one that this machine is part of, "local" for this machine alone, or
        "ray://host:port". A connection that is open already is used.
    checkpoint, resume : path, bool
        As for `Word2Vec.fit`; the folder is on this machine. What `train` left there, `train` goes on with, on any
        cluster; `fit` does not.

    Returns
    -------
    estimator
        Fitted. Its `fit_times_` has the seconds of "computing" and "combining", too, means of the workers; what is left
        of "training" they started and waited. `sent_bytes_` is what they sent each other.

    Raises
    ------
    ImportError
        If Ray is not installed.
    ConnectionError
        If there is no cluster, or all its workers are lost at once.
    TypeError, ValueError, OSError, FloatingPointError
        As by `Word2Vec.fit`.
    """
    if not isinstance(estimator, Word2Vec):
        rule = "be a Word2Vec or a FastText"
        raise ParameterError("estimator", "distributed.train", rule, estimator)
    options = estimator._options_type.of(estimator)
    owner = type(estimator).__name__
    if options.n_shards == 1:
        rule, fix = "be above 1 on several machines", "Set {n_shards=16}, for example."
        raise ParameterError("n_shards", owner, rule, 1, fix)
    if estimator.patience is not None:
        raise ParameterError("patience", owner, "be None on several machines", estimator.patience)
    if not isinstance(corpus, LineCorpus):
        corpus = LineCorpus(corpus)
    corpus.warn_of_tokens()
    n_threads = None if estimator.n_jobs == -1 else n_threads_for(estimator.n_jobs)
    with checkpoint_in(checkpoint, resume, "distributed.train") as path, connected(address) as ray:
        watch = Stopwatch()
        vocabulary, pieces, corpus_hash = _read(ray, estimator, corpus, path is not None)
        watch.lap("reading")
        n_raw, n_tokens = vocabulary.n_total, int(pieces.n_tokens.sum())
        plan = Plan(clone(estimator), options, vocabulary, Shards(n_tokens, options.n_shards))
        crew = Crew(ray, plan, pieces, n_threads)
        try:
            run = ClusterRun(options, plan.shards, crew)
            train_run(
                estimator,
                run,
                options,
                vocabulary,
                scale=n_raw / n_tokens,
                corpus_hash=corpus_hash,
                inputs={},
                checkpoint=path,
                resume=resume,
            )
            work = crew.work()
        finally:
            crew.close()
        estimator.fit_times_ = watch.lap("training")
        estimator.fit_times_["computing"] = sum(each.computing for each in work) / len(work)
        estimator.fit_times_["combining"] = sum(each.combining for each in work) / len(work)
        estimator.sent_bytes_ = sum(each.sent_bytes for each in work)
    return estimator


class ClusterRun(TrainingRun):
    """One training run whose rounds a crew trains."""

    def __init__(self, options: Any, shards: Shards, crew: Crew) -> None:
        super().__init__(options, Word2VecState(), shards.n_tokens, n_threads=1)
        self._shards = shards
        self._crew = crew
        self._facts = crew.facts()
        self._n_rounds = -(-shards.longest // self._facts.round_tokens)
        for message in self._facts.warnings:
            warnings.warn(message, stacklevel=3)

    @property
    def learning_rate(self) -> float:
        """The learning rate at the start, lowered where the text needs it."""
        return self._facts.learning_rate

    def run_chunks(self, pool: ThreadPoolExecutor) -> Iterator[Chunk]:
        """Train the rounds that remain of the epoch."""

        def train(epoch: int, number: int) -> Losses:
            return self._crew.train(epoch, number, epoch * self._n_rounds + number)

        return rounds(self.state, self._shards, self._facts.round_tokens, train)

    def checked_arrays(self) -> list[np.ndarray]:
        """Return nothing: tables are where they are trained."""
        return []

    def is_finite(self) -> bool:
        """Return whether no table holds NaN or infinity."""
        return self._crew.is_finite()

    def end_epoch(self) -> None:
        """Reset the sums of the epoch; warn if the first one had nothing to learn from."""
        self.state.end_epoch(stacklevel=7)

    def tensors(self) -> dict[str, np.ndarray]:
        """Return the tensors of a checkpoint."""
        return self._crew.tensors()

    finished_tensors = tensors

    def set_tensors(self, tensors: dict[str, np.ndarray]) -> None:
        """Bring the tables of all workers into the state that `tensors` returned."""
        self._crew.set_tensors(tensors)


def _read(
    ray: Any, estimator: Word2Vec, corpus: LineCorpus, with_hash: bool
) -> tuple[Vocabulary, Pieces, str]:
    """Return the vocabulary, the encoded text where it was read, and a hash of both or ""."""
    parts = counting.cut_corpus(corpus)
    count = ray.remote(counting.count_part).options(num_returns=2)
    merge, choose = ray.remote(counting.merge_words), ray.remote(counting.choose_words)
    finish = ray.remote(counting.finish_part).options(num_returns=2)
    most = 2 * sum(live_nodes(ray).values())
    ids: list[Any] = []
    words: list[Any] = []
    with ReadingBar(estimator.verbose, unit="part") as bar:
        for number, part in enumerate(parts):
            if number >= most:  # no more parts under way than there are cores for them
                ray.wait([words[number - most]], fetch_local=False)
                bar.update_to(number - most + 1, len(parts))
            part_ids, part_words = count.remote(part)
            ids.append(part_ids)
            words.append(part_words)
        merged = words
        while len(merged) > 1:
            pairs = [merged[k : k + 2] for k in range(0, len(merged), 2)]
            merged = [merge.remote(*pair) if len(pair) == 2 else pair[0] for pair in pairs]
        chosen = choose.remote(merged[0], estimator.min_count, estimator.max_vocab_size)
        vocabulary = gathered(ray, chosen)
        refs, sizes = [], []
        for part_ids, part_words in zip(ids, words):
            piece, size = finish.remote(part_ids, part_words, chosen, with_hash)
            refs.append(piece)
            sizes.append(size)
        found = gathered(ray, sizes)
        bar.update_to(len(parts), len(parts))
    n_tokens = np.array([n for n, _ in found], np.int64)
    digest = ""
    if with_hash:
        whole = hashlib.sha256("\n".join(vocabulary.index_to_key).encode("utf-8", "surrogatepass"))
        for _, part_digest in found:
            whole.update(part_digest.encode())
        digest = whole.hexdigest()
    return vocabulary, Pieces(refs, n_tokens), digest
