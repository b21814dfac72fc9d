"""Word2Vec and FastText on many machines: the steps of the text's shards are added up after each round."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import clone

from wordvec._utils.errors import ParameterError
from wordvec._utils.timing import Stopwatch
from wordvec.distributed.crew import Crew
from wordvec.distributed.reading import read_corpus
from wordvec.distributed.worker import Plan
from wordvec.embeddings.sharded_training import Losses, rounds
from wordvec.embeddings.shards import Shards
from wordvec.embeddings.training_loop import Chunk, TrainingRun
from wordvec.embeddings.word2vec import Word2Vec
from wordvec.embeddings.word2vec_fitting import train_run
from wordvec.embeddings.word2vec_training import Word2VecState
from wordvec.text.corpus import LineCorpus


def checked_options(estimator: Word2Vec) -> Any:
    """Return the options of an estimator that can be trained on several machines."""
    options = estimator._options_type.of(estimator)
    owner = type(estimator).__name__
    if options.n_shards == 1:
        rule, fix = "be above 1 on several machines", "Set {n_shards=16}, for example."
        raise ParameterError("n_shards", owner, rule, 1, fix)
    if estimator.patience is not None:
        raise ParameterError("patience", owner, "be None on several machines", estimator.patience)
    return options


def train_shards(
    ray: Any,
    estimator: Word2Vec,
    options: Any,
    corpus: LineCorpus,
    n_threads: int | None,
    checkpoint: Path | None,
    resume: bool,
) -> None:
    """Train like ``estimator.fit(corpus)``, on the nodes of a cluster."""
    watch = Stopwatch()
    vocabulary, pieces, corpus_hash = read_corpus(
        ray,
        corpus,
        estimator.min_count,
        estimator.max_vocab_size,
        estimator.verbose,
        with_hash=checkpoint is not None,
    )
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
            checkpoint=checkpoint,
            resume=resume,
        )
        work = crew.work()
    finally:
        crew.close()
    estimator.fit_times_ = watch.lap("training")
    estimator.fit_times_["computing"] = sum(each.computing for each in work) / len(work)
    estimator.fit_times_["combining"] = sum(each.combining for each in work) / len(work)
    estimator.sent_bytes_ = sum(each.sent_bytes for each in work)


class ClusterRun(TrainingRun):
    """One training run whose rounds are trained by a crew of workers."""

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
        """The initial learning rate, lowered if the text requires it."""
        return self._facts.learning_rate

    def run_chunks(self, pool: ThreadPoolExecutor) -> Iterator[Chunk]:
        """Train the rounds that remain of the epoch."""

        def train(epoch: int, number: int) -> Losses:
            return self._crew.train(epoch, number, epoch * self._n_rounds + number)

        return rounds(self.state, self._shards, self._facts.round_tokens, train)

    def checked_arrays(self) -> list[np.ndarray]:
        """Return nothing: the tables are on the workers."""
        return []

    def is_finite(self) -> bool:
        """Return whether no table holds NaN or infinity."""
        return self._crew.is_finite()

    def end_epoch(self) -> None:
        """Reset the sums of the epoch; warn if the first epoch had nothing to learn from."""
        self.state.end_epoch(stacklevel=7)

    def tensors(self) -> dict[str, np.ndarray]:
        """Return the tensors of a checkpoint."""
        return self._crew.tensors()

    finished_tensors = tensors

    def set_tensors(self, tensors: dict[str, np.ndarray]) -> None:
        """Restore the tables of all workers from what `tensors` returned."""
        self._crew.set_tensors(tensors)
