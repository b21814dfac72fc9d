"""The systems that `compare` trains: each a function from text, settings and seed to vectors."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wordvec._utils.validation import check_choice, check_float, check_int
from wordvec.vectors.keyed_vectors import KeyedVectors


@dataclass(frozen=True)
class Settings:
    """What all systems are told alike; None takes the system's own default.

    The step size is not alike: systems that share noise words, or average differently, need another one.
    GloVe and PPMI-SVD, which are trained on counts, are told `vector_size`, `window`, `min_count` and `n_jobs`.
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
    scan_seconds: float  # reading the text: counting words, encoding, counting pairs
    train_seconds: float
    loss: float | None  # of the last epoch, as `Word2Vec.loss_curve_` defines it
    epochs: int | None  # None if there is no such thing
    data: str  # what is learned from: "text", or "pairs" that are counted first


def train_ours(text: Path, settings: Settings, seed: int) -> Trained:
    """Train `Word2Vec` in its default, deterministic mode."""
    return _train_ours(text, settings, seed, "deterministic")


def train_racing(text: Path, settings: Settings, seed: int) -> Trained:
    """Train `Word2Vec` in racing mode."""
    return _train_ours(text, settings, seed, "racing")


def _train_ours(text: Path, settings: Settings, seed: int, mode: str) -> Trained:
    from wordvec.embeddings.word2vec import Word2Vec

    model = _timed(Word2Vec, "_train")(
        settings.architecture,
        **_skipgram_settings(settings),
        learning_rate=settings.learning_rate,
        mode=mode,
        n_jobs=settings.n_jobs,
        random_state=seed,
        verbose=False,
    )
    seconds = _fit(model, text)
    return Trained(model.wv_, *seconds, loss=model.loss_curve_[-1], epochs=model.n_iter_, data="text")


def train_glove(text: Path, settings: Settings, seed: int) -> Trained:
    """Train `GloVe` for the epochs that it takes by default: they are over pairs and cost something else."""
    from wordvec.embeddings.glove import GloVe

    model = _timed(GloVe, "_prepare")(**_counting_settings(settings, seed))
    seconds = _fit(model, text)
    return Trained(model.wv_, *seconds, loss=None, epochs=model.n_iter_, data="pairs")


def train_ppmi_svd(text: Path, settings: Settings, seed: int) -> Trained:
    """Factorise with `PPMISVD`."""
    from wordvec.embeddings.ppmi import PPMISVD

    model = _timed(PPMISVD, "_factorise")(**_counting_settings(settings, seed))
    seconds = _fit(model, text)
    return Trained(model.wv_, *seconds, loss=None, epochs=None, data="pairs")


def _skipgram_settings(settings: Settings) -> dict[str, Any]:
    """Return what our Word2Vec and gensim's call by the same names."""
    names = ("vector_size", "window", "min_count", "epochs", "negative", "sample")
    return {name: getattr(settings, name) for name in names}


def _counting_settings(settings: Settings, seed: int) -> dict[str, Any]:
    return {
        "vector_size": settings.vector_size,
        "window": settings.window,
        "min_count": settings.min_count,
        "n_jobs": settings.n_jobs,
        "random_state": seed,
        "verbose": False,
    }


def _timed(estimator: type[Any], method: str) -> type[Any]:
    """Return a subclass of `estimator` that keeps, as `train_start`, when `fit` has called `method`.

    `fit` calls it when the text is read: the one place where reading and training can be timed apart.
    """

    def note_start(self: Any, *args: Any) -> Any:
        self.train_start = time.perf_counter()
        return getattr(estimator, method)(self, *args)

    return type(f"Timed{estimator.__name__}", (estimator,), {method: note_start})


def _fit(model: Any, text: Path) -> tuple[float, float]:
    """Fit a model of a `_timed` class; return the seconds of reading and of training."""
    from wordvec.text.corpus import LineCorpus

    start = time.perf_counter()
    model.fit(LineCorpus(text))
    stop = time.perf_counter()
    return model.train_start - start, stop - model.train_start


def train_gensim(text: Path, settings: Settings, seed: int) -> Trained:
    """Train gensim's Word2Vec from the file (its corpus_file mode, the fastest it has)."""
    from gensim.models import Word2Vec

    rate = settings.gensim_learning_rate
    model = Word2Vec(
        sg=int(settings.architecture == "skipgram"),
        **_skipgram_settings(settings),
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
    kv = KeyedVectors.from_gensim(model.wv)
    return Trained(kv, middle - start, stop - middle, loss=None, epochs=model.epochs, data="text")


SYSTEMS: dict[str, Callable[[Path, Settings, int], Trained]] = {
    "ours": train_ours,
    "ours, racing": train_racing,
    "gensim": train_gensim,
    "GloVe": train_glove,
    "PPMI-SVD": train_ppmi_svd,
}
