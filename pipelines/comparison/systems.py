"""The systems that `compare` trains, each a function from text, settings and seed to vectors."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from wordvec._utils.parameters import Choice, Integer, Real, Rule, Threads, check_parameters
from wordvec._utils.threads import n_threads_for
from wordvec.vectors.keyed_vectors import KeyedVectors


@dataclass(frozen=True)
class ComparisonSettings:
    """The settings shared by all systems; None means the system's own default.

    The learning rate is not shared: systems that share negative samples, or average differently, need different ones.
    GloVe and PPMI-SVD, which are trained on counts, use `vector_size`, `window`, `min_count` and `n_jobs`.
    """

    architecture: str = "skipgram"
    vector_size: int = 100
    window: int = 5
    min_count: int = 5
    epochs: int = 5
    negative: int = 5
    sample: float = 1e-3
    n_jobs: int | None = -1
    learning_rate: float | None = None
    gensim_learning_rate: float | None = None

    _parameter_rules: ClassVar[dict[str, Rule]] = {
        "architecture": Choice("skipgram", "cbow"),
        "vector_size": Integer(1, 10_000),
        "window": Integer(1, 100),
        "min_count": Integer(1),
        "epochs": Integer(1),
        "negative": Integer(1),
        "sample": Real(0.0),
        "n_jobs": Threads(),
        "learning_rate": Real(0.0, 10.0, low_open=True) | None,
        "gensim_learning_rate": Real(0.0, 10.0, low_open=True) | None,
    }

    def check(self) -> None:
        """Raise ParameterError if a setting is out of range."""
        check_parameters(self, owner="compare")

    @property
    def n_threads(self) -> int:
        """The number of threads of every system, as given by `n_jobs`."""
        return n_threads_for(self.n_jobs)


@dataclass(frozen=True)
class Trained:
    """The vectors of a system, and the cost of training them."""

    kv: KeyedVectors
    scan_seconds: float  # reading the text: counting words, encoding, counting pairs
    train_seconds: float
    loss: float | None  # of the last epoch, as `Word2Vec.loss_curve_` defines it
    epochs: int | None  # None if there is no such thing
    data: str  # the training data: "text", or "pairs" that are counted first


def train_ours(text: Path, settings: ComparisonSettings, seed: int) -> Trained:
    """Train `Word2Vec` in its default, deterministic mode."""
    return _train_ours(text, settings, seed, "deterministic")


def train_racing(text: Path, settings: ComparisonSettings, seed: int) -> Trained:
    """Train `Word2Vec` in racing mode."""
    return _train_ours(text, settings, seed, "racing")


def _train_ours(text: Path, settings: ComparisonSettings, seed: int, mode: str) -> Trained:
    from wordvec.embeddings.word2vec import Word2Vec

    model = Word2Vec(
        settings.architecture,
        **_skipgram_settings(settings),
        learning_rate=settings.learning_rate,
        mode=mode,
        n_jobs=settings.n_threads,
        random_state=seed,
        verbose=False,
    )
    return Trained(*_fitted(model, text), loss=model.loss_curve_[-1], epochs=model.n_iter_, data="text")


def train_glove(text: Path, settings: ComparisonSettings, seed: int) -> Trained:
    """Train `GloVe` for its default number of epochs, which are over pairs and so not comparable."""
    from wordvec.embeddings.glove import GloVe

    model = GloVe(**_counting_settings(settings, seed))
    return Trained(*_fitted(model, text), loss=None, epochs=model.n_iter_, data="pairs")


def train_ppmi_svd(text: Path, settings: ComparisonSettings, seed: int) -> Trained:
    """Factorise with `PPMISVD`."""
    from wordvec.embeddings.ppmi import PPMISVD

    model = PPMISVD(**_counting_settings(settings, seed))
    return Trained(*_fitted(model, text), loss=None, epochs=None, data="pairs")


def _skipgram_settings(settings: ComparisonSettings) -> dict[str, Any]:
    """Return the settings that have the same name in our Word2Vec and gensim's."""
    names = ("vector_size", "window", "min_count", "epochs", "negative", "sample")
    return {name: getattr(settings, name) for name in names}


def _counting_settings(settings: ComparisonSettings, seed: int) -> dict[str, Any]:
    return {
        "vector_size": settings.vector_size,
        "window": settings.window,
        "min_count": settings.min_count,
        "n_jobs": settings.n_threads,
        "random_state": seed,
        "verbose": False,
    }


def _fitted(model: Any, text: Path) -> tuple[KeyedVectors, float, float]:
    """Fit a model; return its vectors, and the seconds of reading and of learning."""
    from wordvec.text.corpus import LineCorpus

    model.fit(LineCorpus(text))
    reading, learning = model.fit_times_.values()
    return model.wv_, reading, learning


def train_gensim(text: Path, settings: ComparisonSettings, seed: int) -> Trained:
    """Train gensim's Word2Vec from the file (corpus_file, its fastest mode)."""
    from gensim.models import Word2Vec

    rate = settings.gensim_learning_rate
    model = Word2Vec(
        sg=int(settings.architecture == "skipgram"),
        **_skipgram_settings(settings),
        workers=settings.n_threads,
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


SYSTEMS: dict[str, Callable[[Path, ComparisonSettings, int], Trained]] = {
    "ours": train_ours,
    "ours, racing": train_racing,
    "gensim": train_gensim,
    "GloVe": train_glove,
    "PPMI-SVD": train_ppmi_svd,
}
