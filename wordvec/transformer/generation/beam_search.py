"""Beam search over the tokens of a decoder."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from wordvec.transformer.generation.decoder_runs import Run
from wordvec.transformer.generation.options import GenerationOptions
from wordvec.transformer.generation.sampling import penalise

__all__ = ["Hypothesis", "beam_search"]


@dataclass(frozen=True)
class Hypothesis:
    """A finished sequence: its tokens, log-probability / length ** length_penalty, and the reason it ended."""

    token_ids: list[int]
    score: float
    reason: str


class _Pool:
    """The best finished hypotheses of one prompt, at most `size`."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.hypotheses: list[Hypothesis] = []
        self.is_closed = False

    def add(self, hypothesis: Hypothesis) -> None:
        # Sorting is stable: of equals the earlier one stays.
        self.hypotheses = sorted([*self.hypotheses, hypothesis], key=lambda other: -other.score)[: self.size]

    def close_if_best(self, score: float) -> None:
        """Close if `score`, that of the best unfinished candidate, is not better than the worst finished one."""
        is_full = len(self.hypotheses) == self.size
        self.is_closed = self.is_closed or (is_full and score <= self.hypotheses[-1].score)


def beam_search(
    run: Run,
    options: GenerationOptions,
    history_BP: Tensor | None,
    stopping: Callable[[list[int]], str | None],
) -> list[Hypothesis]:
    """Return the best hypothesis for each prompt.

    The algorithm of transformers: of the 2 * num_beams best continuations, finished ones move to the pool of finished
    hypotheses if they are among the first num_beams; a prompt is done when its pool is full and the best unfinished
    candidate, scored at its current length, is not better than the worst in the pool.

    Parameters
    ----------
    run : Run
        The model and its B prompts, none of which has been read yet.
    options : GenerationOptions
    history_BP : int64 (B, P), optional
        The prompts, NO_TOKEN at padding; None without penalties.
    stopping : callable
        Returns the reason why a sequence is complete, or None.
    """
    B, K, n_new = len(run.prompt_ids), options.num_beams, options.max_new_tokens
    log_probs_RV = run.logits(run.prompt_ids).log_softmax(dim=-1)
    V = log_probs_RV.shape[1]
    device = log_probs_RV.device
    copies_R = torch.arange(B, device=device).repeat_interleave(K)
    run.reorder(copies_R)
    log_probs_RV = log_probs_RV[copies_R]
    history_RL = None if history_BP is None else history_BP[copies_R]
    # All beams of a prompt are equal at first, so only one of them counts.
    totals_BK = torch.full((B, K), -torch.inf, device=device)
    totals_BK[:, 0] = 0.0
    written = [[[] for _ in range(K)] for _ in range(B)]  # type: list[list[list[int]]]
    pools = [_Pool(K) for _ in range(B)]
    for length in range(1, n_new + 1):
        scores_RV = penalise(log_probs_RV, history_RL, options)
        sums_BC = (totals_BK.unsqueeze(2) + scores_RV.view(B, K, V)).flatten(1)
        best = sums_BC.topk(min(2 * K, K * V), dim=1)
        candidates = zip(best.values.tolist(), best.indices.tolist())
        live = [
            _sort_out(list(zip(values, places)), pool, beams, V, length, options, stopping)
            for (values, places), pool, beams in zip(candidates, pools, written)
        ]
        for pool, beams in zip(pools, live):
            pool.close_if_best(beams[0][0] / length**options.length_penalty)
        if length == n_new or all(pool.is_closed for pool in pools):
            break
        parents = [number * K + beam for number, beams in enumerate(live) for _, beam, _ in beams]
        parents_R = torch.tensor(parents, device=device)
        tokens_R1 = torch.tensor([[token] for beams in live for _, _, token in beams], device=device)
        totals_BK = torch.tensor([[total for total, _, _ in beams] for beams in live], device=device)
        written = [[[*old[beam], token] for _, beam, token in beams] for old, beams in zip(written, live)]
        run.reorder(parents_R)
        if history_RL is not None:
            history_RL = torch.cat([history_RL[parents_R], tokens_R1], dim=1)
        log_probs_RV = run.logits(tokens_R1).log_softmax(dim=-1)
    return [pool.hypotheses[0] for pool in pools]


def _sort_out(
    candidates: list[tuple[float, int]],
    pool: _Pool,
    written: list[list[int]],
    V: int,
    length: int,
    options: GenerationOptions,
    stopping: Callable[[list[int]], str | None],
) -> list[tuple[float, int, int]]:
    """Move finished candidates to the pool; return num_beams that continue, as (total, beam, token)."""
    K = pool.size
    live: list[tuple[float, int, int]] = []
    for rank, (total, place) in enumerate(candidates):
        beam, token = divmod(place, V)
        reason = None
        if rank < K or len(live) < K:
            is_last = length == options.max_new_tokens
            reason = stopping([*written[beam], token]) or ("length" if is_last else None)
        if reason is None:
            live.append((total, beam, token))
        elif rank < K and not pool.is_closed:
            ids = [*written[beam], token]
            pool.add(Hypothesis(ids, total / length**options.length_penalty, reason))
    # If too many end, for stop strings have many endings, a beam that cannot win keeps the shape.
    live += [(-math.inf, 0, 0)] * K
    return live[:K]
