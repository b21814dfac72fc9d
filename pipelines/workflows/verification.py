"""Verification that this machine computes the same bits as those on which wordvec was tested."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
from numba.core.registry import cpu_target
from wordvec_data import sample_path

from wordvec import EmbeddingClassifier, GloVe, Word2Vec
from wordvec._utils.reports import Report
from wordvec._utils.tables import format_fields
from wordvec.kernels.hashing import mix_array
from wordvec.kernels.target import has_fma, is_wide

from ..tagging import CRFTagger, read_conll

# Minor versions of Numba with which the hashes below were found, by kind of processor; on ARM under emulation.
NUMBA_VERSIONS = ("0.61", "0.64", "0.68")
_ARM_VERSIONS = ("0.68",)
_PROCESSORS = {
    "x86_64": NUMBA_VERSIONS,
    "AMD64": NUMBA_VERSIONS,
    "aarch64": _ARM_VERSIONS,
    "arm64": _ARM_VERSIONS,
    "ARM64": _ARM_VERSIONS,
}
# SHA-256 of trained parameters, the first 16 digits.
HASHES: dict[str, str] = {
    "Word2Vec, skip-gram": "e0bd8fafcdf448e0",
    "Word2Vec, CBOW": "33fbd28b3bd35411",
    "GloVe": "c41aef736857cce7",
    "EmbeddingClassifier": "97a6b3f46ff10003",
    "CRFTagger, L-BFGS": "b1c88fc7a6ced23c",
    "CRFTagger, stochastic gradient": "5750b129b91def91",
    "CRFTagger, perceptron": "2ec984810c09c0e9",
}
# A text drawn from as many words, in lines of as many.
_N_WORDS, _N_LINES, _LINE = 2000, 1000, 40


@dataclass(frozen=True)
class Verification(Report):
    """The results of a verification.

    Attributes
    ----------
    numba, processor : str
        The version of Numba, and the relevant properties of the processor.
    not_compared : str or None
        Why nothing was compared.
    found : dict of str to str
        The hash of each model that was trained.
    """

    numba: str
    processor: str
    not_compared: str | None
    found: dict[str, str]

    @property
    def different(self) -> list[str]:
        """The models whose bits differ from the reference."""
        return [name for name, digest in self.found.items() if HASHES[name] != digest]

    @property
    def same(self) -> bool | None:
        """Whether all models have the same bits as the reference; None if nothing was compared."""
        return None if self.not_compared else not self.different

    def format(self) -> str:
        """Return a line for each model, and the conclusion."""
        if self.not_compared:
            return f"not compared: {self.not_compared}"
        lines = {
            name: "the same bits" if HASHES[name] == digest else f"DIFFERENT: {digest}, ours {HASHES[name]}"
            for name, digest in self.found.items()
        }
        machine = f"Numba {self.numba}, {self.processor}"
        if self.same:
            verdict = f"This machine computes as ours did ({machine})."
        else:
            verdict = f"This machine does not compute as ours did ({machine}): please report this output."
        return f"{format_fields(lines)}\n{verdict}"

    def to_dict(self) -> dict[str, Any]:
        """Return the results as JSON types."""
        return {
            "numba": self.numba,
            "processor": self.processor,
            "not_compared": self.not_compared,
            "same": self.same,
            "found": self.found,
            "expected": {name: HASHES[name] for name in self.found},
        }


def verify(on_message: Callable[[str], None] | None = None) -> Verification:
    """Train small models on texts that ship with the package, and compare their hashes with the reference.

    Word2Vec, GloVe, EmbeddingClassifier and CRFTagger are guaranteed to learn bit-identical parameters on every x86-64
    processor with fused multiply-adds (FMA; all processors with AVX2 have them) and every aarch64 processor, with any
    number of threads, and with the versions of Numba listed here. Elsewhere nothing is compared.

    Parameters
    ----------
    on_message : callable, optional
        Called with the name of the model that is being trained.
    """
    target = cpu_target.target_context
    is_fused, machine = has_fma(target), platform.machine()
    width = "AVX-512" if is_wide(target) else "FMA" if is_fused else "no FMA"
    tested = _PROCESSORS.get(machine, ())
    minor = ".".join(numba.__version__.split(".")[:2])
    reason = None
    if numba.config.DISABLE_JIT:  # type: ignore[attr-defined]
        reason = "Numba's compiler is switched off (NUMBA_DISABLE_JIT)"
    elif not tested:
        reason = f"the promise is for x86-64 and aarch64, this processor is {machine}"
    elif not is_fused:
        reason = "the promise is for processors with fused multiply-adds (FMA), which this one does not have"
    elif minor not in tested:
        reason = f"Numba {numba.__version__} was not tested on {machine}, only {', '.join(tested)}"
    found = {} if reason else hashes(on_message)
    return Verification(numba.__version__, f"{machine} with {width}", reason, found)


def hashes(on_message: Callable[[str], None] | None = None) -> dict[str, str]:
    """Train a small model of each kind; return the first 16 digits of the SHA-256 of its parameters."""
    found = {}
    for name, train in _MODELS.items():
        if on_message:
            on_message(f"Training: {name} ...")
        digest = hashlib.sha256()
        for array in train():
            digest.update(np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<")).data)
        found[name] = digest.hexdigest()[:16]
    return found


def _drawn_lines() -> list[list[str]]:
    """Return lines of words with skewed frequencies, from integers only, so that they are the same everywhere."""
    n = _N_LINES * _LINE
    bits = mix_array(np.arange(1, 2 * n + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(
        33
    )
    ranks = bits[:n] % (bits[n:] % np.uint64(_N_WORDS) + np.uint64(1))
    return [[f"w{rank}" for rank in line] for line in ranks.reshape(_N_LINES, _LINE).tolist()]


def _whole(model: Any) -> Any:
    """Return a trained model; if Ctrl-C ended its training early, raise KeyboardInterrupt again."""
    if getattr(model, "interrupted_", False):
        raise KeyboardInterrupt
    return model


def _word2vec(architecture: str, **settings: Any) -> Iterable[np.ndarray]:
    model = Word2Vec(
        architecture, vector_size=100, epochs=2, min_count=1, random_state=1, verbose=False, **settings
    )
    _whole(model.fit(_drawn_lines()))
    return [model.wv_.vectors, np.array(model.loss_curve_)]


def _glove() -> Iterable[np.ndarray]:
    model = _whole(
        GloVe(vector_size=50, epochs=2, min_count=1, random_state=1, verbose=False).fit(_drawn_lines())
    )
    return [model.wv_.vectors, np.array(model.loss_curve_)]


def _classifier() -> Iterable[np.ndarray]:
    lines = _drawn_lines()[:500]
    labels = [sum(int(word[1:]) for word in line) % 7 // 2 for line in lines]
    model = _whole(EmbeddingClassifier(epochs=3, random_state=1, verbose=False).fit(lines, labels))
    return [model.weights_, model.predict_proba(lines[:50])]


def _tagger(algorithm: str) -> Iterable[np.ndarray]:
    corpus = read_conll(sample_path("sample-ner.conll"), ("token", "tag"))
    tagger = CRFTagger(algorithm=algorithm, max_iter=20, random_state=1, verbose=False)
    model = _whole(tagger.fit(corpus.tokens, corpus.tags)).model_
    return [model.state_weights, model.transition_LL]


_MODELS: dict[str, Callable[[], Iterable[np.ndarray]]] = {
    "Word2Vec, skip-gram": lambda: _word2vec("skipgram"),
    "Word2Vec, CBOW": lambda: _word2vec("cbow"),
    "GloVe": _glove,
    "EmbeddingClassifier": _classifier,
    "CRFTagger, L-BFGS": lambda: _tagger("lbfgs"),
    "CRFTagger, stochastic gradient": lambda: _tagger("sgd"),
    "CRFTagger, perceptron": lambda: _tagger("perceptron"),
}
