"""Choice of the next token from a model's scores: penalties, filters and random draws.

Shapes: B rows, L tokens so far, V vocabulary. Scores are logits or log-probabilities; -inf marks a token that cannot be
chosen.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from wordvec._utils.errors import ParameterError
from wordvec.transformer.generation.options import GenerationOptions

__all__ = [
    "ban_repeated_ngrams",
    "choose_tokens",
    "draw_tokens",
    "keep_min_p",
    "keep_top_k",
    "keep_top_p",
    "penalise",
    "penalise_repetition",
    "uniform_draws",
]

NO_TOKEN = -1  # pads the history of a row that is shorter than others


def penalise(scores_BV: Tensor, history_BL: Tensor | None, options: GenerationOptions) -> Tensor:
    """Return the scores with the penalties for earlier tokens applied.

    Raises
    ------
    ValueError
        If no token is left.
    """
    if history_BL is None:
        return scores_BV
    if options.repetition_penalty != 1.0:
        scores_BV = penalise_repetition(scores_BV, history_BL, options.repetition_penalty)
    if options.no_repeat_ngram_size:
        scores_BV = ban_repeated_ngrams(scores_BV, history_BL, options.no_repeat_ngram_size)
        # Shorter texts cannot have used up the vocabulary, and reading the scores costs time.
        if history_BL.shape[1] >= scores_BV.shape[1] and (scores_BV.amax(1) == -torch.inf).any():
            n = options.no_repeat_ngram_size
            rule = f"leave a token to choose after {history_BL.shape[1]} tokens"
            fix = "Pass a smaller {max_new_tokens}, or a larger {no_repeat_ngram_size}."
            raise ParameterError("no_repeat_ngram_size", "generate", rule, n, fix)
    return scores_BV


def choose_tokens(scores_BV: Tensor, uniforms_B: Tensor | None, options: GenerationOptions) -> Tensor:
    """Return the best token of each row, or the one sampled with the row's uniform number, int64 (B,)."""
    if uniforms_B is None:
        return scores_BV.argmax(dim=-1)
    if options.temperature != 1.0:
        scores_BV = scores_BV / options.temperature
    if options.top_k:
        scores_BV = keep_top_k(scores_BV, options.top_k)
    if options.top_p < 1.0:
        scores_BV = keep_top_p(scores_BV, options.top_p)
    if options.min_p > 0.0:
        scores_BV = keep_min_p(scores_BV, options.min_p)
    return draw_tokens(scores_BV, uniforms_B)


def penalise_repetition(scores_BV: Tensor, history_BL: Tensor, penalty: float) -> Tensor:
    """Divide the positive scores of earlier tokens by `penalty`, and multiply the negative ones.

    Keskar et al. (2019), arXiv:1909.05858, section 4.1, in its usual form. A repeated token is penalised once; padding
    is ignored.
    """
    penalised_BV = torch.where(scores_BV < 0, scores_BV * penalty, scores_BV / penalty)
    return torch.where(_marked(history_BL, scores_BV), penalised_BV, scores_BV)


def ban_repeated_ngrams(scores_BV: Tensor, history_BL: Tensor, n: int) -> Tensor:
    """Forbid each token that would complete an n-gram already in the row."""
    if history_BL.shape[1] < n:
        return scores_BV
    windows_BWn = history_BL.unfold(1, n, 1)
    last_B1n = history_BL[:, None, history_BL.shape[1] - (n - 1) :]
    is_same_BW = (windows_BWn[:, :, :-1] == last_B1n).all(dim=-1)
    banned_BW = windows_BWn[:, :, -1].masked_fill(~is_same_BW, NO_TOKEN)
    return scores_BV.masked_fill(_marked(banned_BW, scores_BV), -torch.inf)


def keep_top_k(scores_BV: Tensor, k: int) -> Tensor:
    """Keep the k best tokens, and ties with the last of them."""
    least_B1 = scores_BV.topk(min(k, scores_BV.shape[-1]), dim=-1).values[:, -1:]
    return scores_BV.masked_fill(scores_BV < least_B1, -torch.inf)


def keep_top_p(scores_BV: Tensor, p: float) -> Tensor:
    """Keep the smallest set of best tokens whose probabilities sum to `p` or more: Holtzman et al. (2020)."""
    sorted_BV, order_BV = scores_BV.sort(dim=-1, descending=True, stable=True)
    probabilities_BV = sorted_BV.softmax(dim=-1)
    is_out_BV = probabilities_BV.cumsum(dim=-1) - probabilities_BV >= p
    is_out_BV[:, 0] = False
    return scores_BV.masked_fill(is_out_BV.scatter(1, order_BV, is_out_BV), -torch.inf)


def keep_min_p(scores_BV: Tensor, p: float) -> Tensor:
    """Keep the tokens with at least `p` times the probability of the best one: Nguyen et al. (2024)."""
    probabilities_BV = scores_BV.softmax(dim=-1)
    least_B1 = p * probabilities_BV.amax(dim=-1, keepdim=True)
    return scores_BV.masked_fill(probabilities_BV < least_B1, -torch.inf)


def draw_tokens(scores_BV: Tensor, uniforms_B: Tensor) -> Tensor:
    """Return the token at which the cumulative softmax of the scores passes each uniform draw, int64 (B,)."""
    cumulative_BV = scores_BV.float().softmax(dim=-1).cumsum(dim=-1, dtype=torch.float64)
    total_B1 = cumulative_BV[:, -1:]
    # A draw next to 1 must not be rounded up to the total, which belongs to no token.
    below_B1 = torch.nextafter(total_B1, torch.zeros_like(total_B1))
    threshold_B1 = torch.minimum(uniforms_B.unsqueeze(1) * total_B1, below_B1)
    return torch.searchsorted(cumulative_BV, threshold_B1, right=True).squeeze(1)


def uniform_draws(seed: int | Sequence[int], n_rows: int, n_steps: int, device: torch.device) -> Tensor:
    """Return float64 (n_rows, n_steps) in [0, 1): a row's draws depend on the seed and its number alone.

    With a seed for each row they depend on that seed alone, and equal those of the first row for that seed.
    """
    keys = [[seed, row] for row in range(n_rows)] if isinstance(seed, int) else [[each, 0] for each in seed]
    draws = [np.random.Generator(np.random.Philox(key=key)).random(n_steps) for key in keys]
    return torch.from_numpy(np.stack(draws)).to(device)


def _marked(token_ids: Tensor, scores_BV: Tensor) -> Tensor:
    """Return bool (B, V), True at each row's `token_ids`, (B, anything), NO_TOKEN excepted."""
    B, V = scores_BV.shape
    marks = torch.zeros(B, V + 1, dtype=torch.bool, device=scores_BV.device)
    return marks.scatter_(1, torch.where(token_ids < 0, V, token_ids), True)[:, :V]
