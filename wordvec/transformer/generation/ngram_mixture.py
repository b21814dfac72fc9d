"""Mixture of a decoder and an n-gram model: the weighted mean of their next-token probabilities.

Jelinek and Mercer (1980), "Interpolated estimation of Markov source parameters from sparse data". An n-gram model and a
small Transformer make different mistakes.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from scipy.optimize import minimize_scalar
from torch import Tensor

from wordvec._utils.errors import ParameterError
from wordvec._utils.parameters import Real
from wordvec.transformer.generation.decoder_runs import Run
from wordvec.transformer.models.ngram_lm import NGramLM

__all__ = ["DEFAULT_WEIGHT", "NGramRun", "best_weight", "check_ngrams", "mixed"]

DEFAULT_WEIGHT = 0.3


class NGramRun:
    """A run whose scores are the log-probabilities of the mixture.

    Parameters
    ----------
    run : Run
    ngrams : NGramLM
    weight : float
        Weight of the n-gram model, in (0, 1).

    Attributes
    ----------
    prompt_ids, mask : those of the run
    """

    def __init__(self, run: Run, ngrams: NGramLM, weight: float) -> None:
        self._run, self._ngrams, self._weight = run, ngrams, weight
        self._texts: list[list[int]] = [[] for _ in run.prompt_ids]
        self.prompt_ids, self.mask = run.prompt_ids, run.mask

    def logits(self, new_ids_BT: Tensor) -> Tensor:
        """Return float32 (B, V), log-probabilities of the next tokens; the new ones follow those of earlier calls."""
        log_p_BV = self._run.logits(new_ids_BT).log_softmax(dim=-1)
        is_prompt = not self._texts[0] and self.mask is not None
        for row, (text, new_ids) in enumerate(zip(self._texts, new_ids_BT.tolist())):
            n_padding = int((self.mask[row, : len(new_ids)] == 0).sum()) if is_prompt else 0  # type: ignore[index]
            text += new_ids[n_padding:]
        found = np.stack([self._ngrams.next_log_probabilities(text) for text in self._texts])
        log_q_BV = torch.from_numpy(found).to(log_p_BV)
        return torch.logaddexp(log_p_BV + math.log1p(-self._weight), log_q_BV + math.log(self._weight))

    def reorder(self, row_ids: Tensor) -> None:
        """Replace the rows by rows `row_ids`, int64 (B',)."""
        self._run.reorder(row_ids)
        self._texts = [list(self._texts[row]) for row in row_ids.tolist()]


def mixed(log_p: np.ndarray, log_q: np.ndarray, weight: float) -> np.ndarray:
    """Return log((1 - weight) p + weight q)."""
    found: np.ndarray = np.logaddexp(log_p + math.log1p(-weight), log_q + math.log(weight))
    return found


def best_weight(log_p: np.ndarray, log_q: np.ndarray) -> float:
    """Return the weight of q that maximises the probability of a text, whose logarithm is concave in the weight.

    Parameters
    ----------
    log_p, log_q : float64 (T,)
        Log-probabilities of the text's tokens by both models.
    """
    found = minimize_scalar(
        lambda weight: -mixed(log_p, log_q, weight).mean(), bounds=(1e-6, 1 - 1e-6), method="bounded"
    )
    return float(found.x)


def check_ngrams(ngrams: Any, weight: Any, vocab_size: int, owner: str) -> float:
    """Return the weight of the n-gram model, by default DEFAULT_WEIGHT, or raise TypeError or ValueError."""
    if ngrams is None:
        if weight is not None:
            raise ParameterError("ngram_weight", owner, "be left out without {ngrams}", weight)
        return DEFAULT_WEIGHT
    if not isinstance(ngrams, NGramLM):
        raise ParameterError("ngrams", owner, "be an NGramLM", ngrams)
    ngrams.check_fitted()
    if ngrams.vocab_size_ != vocab_size:
        fix = f"Fit NGramLM(vocab_size={vocab_size}) on ids of the model's tokenizer."
        raise ParameterError(
            "ngrams", owner, f"have as many tokens as the model, {vocab_size}", ngrams.vocab_size_, fix
        )
    if weight is None:
        return DEFAULT_WEIGHT
    return Real(0.0, 1.0, low_open=True, high_open=True).check("ngram_weight", weight, owner)
