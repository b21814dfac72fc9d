"""The systems that `pipelines.comparison` trains: each a function from text, settings and seed to vectors."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wordvec._validation import check_choice, check_float, check_int
from wordvec.vectors import KeyedVectors


@dataclass(frozen=True)
class Settings:
    """What all systems are told alike; None takes the system's own default.

    The step size is not alike: systems that share noise words, or average differently, need another one.
    """

    architecture: str = "skipgram"
    vector_size: int = 100
    window: int = 5
    min_count: int = 5
    epochs: int = 5
    negative: int = 5
    sample: float = 1e-3
    n_jobs: int = 1
    learning_rate: float | None = None
    gensim_learning_rate: float | None = None

    def check(self) -> None:
        """Raise ValueError or TypeError if a setting is out of range."""
        owner = "compare"
        check_choice("architecture", self.architecture, owner, ("skipgram", "cbow"))
        check_int("vector_size", self.vector_size, owner, 1, 10_000)
        check_int("window", self.window, owner, 1, 100)
        check_int("jobs", self.n_jobs, owner, 1)
        for name in ("min_count", "epochs", "negative"):
            check_int(name, getattr(self, name), owner, 1)
        check_float("sample", self.sample, owner, 0.0)
        for name in ("learning_rate", "gensim_learning_rate"):
            if getattr(self, name) is not None:
                check_float(name, getattr(self, name), owner, 0.0, 10.0, low_open=True)


@dataclass(frozen=True)
class Trained:
    """What a system returns."""

    kv: KeyedVectors
    scan_seconds: float  # counting and encoding
    train_seconds: float
    loss: float | None  # of the last epoch, as `Word2Vec.loss_curve_` defines it


def train_ours(text: Path, settings: Settings, seed: int) -> Trained:
    """Train `Word2Vec` in its default, deterministic mode."""
    return _train_ours(text, settings, seed, "deterministic")


def train_racing(text: Path, settings: Settings, seed: int) -> Trained:
    """Train `Word2Vec` in racing mode."""
    return _train_ours(text, settings, seed, "racing")


def _train_ours(text: Path, settings: Settings, seed: int, mode: str) -> Trained:
    from wordvec.corpus import LineCorpus
    from wordvec.word2vec import Word2Vec

    class TimedWord2Vec(Word2Vec):
        # `fit` reads the text and then calls this: the one place where the two can be timed apart.
        def _train(self, *args: Any) -> Word2Vec:
            self.train_start = time.perf_counter()
            return super()._train(*args)

    model = TimedWord2Vec(
        settings.architecture,
        vector_size=settings.vector_size,
        window=settings.window,
        min_count=settings.min_count,
        epochs=settings.epochs,
        negative=settings.negative,
        sample=settings.sample,
        learning_rate=settings.learning_rate,
        mode=mode,
        n_jobs=settings.n_jobs,
        random_state=seed,
        verbose=False,
    )
    start = time.perf_counter()
    model.fit(LineCorpus(text))
    stop = time.perf_counter()
    return Trained(model.wv_, model.train_start - start, stop - model.train_start, model.loss_curve_[-1])


def train_gensim(text: Path, settings: Settings, seed: int) -> Trained:
    """Train gensim's Word2Vec from the file (its corpus_file mode, the fastest it has)."""
    from gensim.models import Word2Vec

    rate = settings.gensim_learning_rate
    model = Word2Vec(
        sg=int(settings.architecture == "skipgram"),
        vector_size=settings.vector_size,
        window=settings.window,
        min_count=settings.min_count,
        epochs=settings.epochs,
        negative=settings.negative,
        sample=settings.sample,
        workers=settings.n_jobs,
        seed=seed,
        **({} if rate is None else {"alpha": rate}),
    )
    start = time.perf_counter()
    model.build_vocab(corpus_file=str(text))
    middle = time.perf_counter()
    model.train(
        corpus_file=str(text),
        total_examples=model.corpus_count,
        total_words=model.corpus_total_words,
        epochs=model.epochs,
    )
    stop = time.perf_counter()
    # gensim's own running loss is a float32 sum that stops growing: it is not comparable, so it is left out.
    return Trained(KeyedVectors.from_gensim(model.wv), middle - start, stop - middle, None)


SYSTEMS: dict[str, Callable[[Path, Settings, int], Trained]] = {
    "ours": train_ours,
    "ours, racing": train_racing,
    "gensim": train_gensim,
}
