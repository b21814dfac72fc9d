"""`log_likelihoods`: log-probabilities of given continuations of prompts, with each prompt read once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from wordvec._utils.validation import check_int
from wordvec.transformer.generation.decoder_runs import inference
from wordvec.transformer.models.cache import KeyValueCache
from wordvec.transformer.models.transformers import DecoderModel

__all__ = ["log_likelihoods"]

_OWNER = "log_likelihoods"


def log_likelihoods(
    model: DecoderModel,
    prompts: Sequence[Sequence[int]],
    continuations: Sequence[Sequence[Sequence[int]]],
    *,
    batch_size: int = 8,
) -> list[np.ndarray]:
    """Return the log-probability of each continuation of each prompt: the sum over the continuation's tokens.

    The keys and values of a prompt are computed once and shared by its continuations; first tokens are scored by the
    prompt alone.

    Parameters
    ----------
    model : DecoderModel
    prompts : B lists of token ids
        Not empty.
    continuations : B lists of lists of token ids
        For each prompt any number of non-empty continuations.
    batch_size : int
        Number of prompts, and then of continuations, in a forward pass.

    Returns
    -------
    list of float64 arrays
        One for each prompt, with the log-probability in nats of each of its continuations.

    Raises
    ------
    TypeError, ValueError
        If the model is not a decoder, or a text is empty, too long for the model, or contains ids outside its
        vocabulary.

    Examples
    --------
    >>> import torch
    >>> from wordvec.transformer import DecoderModel, TransformerConfig, log_likelihoods
    >>> model = DecoderModel(TransformerConfig.gpt(9, hidden_size=8, num_layers=1, num_heads=1)).eval()
    >>> (scores,) = log_likelihoods(model, [[1, 2]], [[[token] for token in range(9)]])
    >>> bool(abs(torch.tensor(scores).exp().sum() - 1) < 1e-6)
    True
    """
    if not isinstance(model, DecoderModel):
        raise TypeError(f"{_OWNER} needs a DecoderModel. Got {type(model).__name__}.")
    check_int("batch_size", batch_size, _OWNER, 1)
    rows = _checked_rows(model, prompts, continuations)
    found = [np.zeros(len(texts)) for texts in continuations]
    # Prompts of a length lie together, so that little is padded.
    order = sorted(filter(rows.__getitem__, range(len(prompts))), key=lambda number: len(prompts[number]))
    with inference(model):
        for first in range(0, len(order), batch_size):
            numbers = order[first : first + batch_size]
            batch = _PromptBatch(model, [list(prompts[number]) for number in numbers])
            place = {number: row for row, number in enumerate(numbers)}
            mine = [row for number in numbers for row in rows[number]]
            sums = batch.first_tokens([(place[row.prompt], row.token_ids[0]) for row in mine])
            for row, value in zip(mine, sums.tolist(), strict=True):
                found[row.prompt][row.number] = value
            longer = [row for row in mine if len(row.token_ids) > 1]
            for part in batch.chunks(longer, place, batch_size):
                sums = batch.other_tokens([(place[row.prompt], row.token_ids) for row in part])
                for row, value in zip(part, sums.tolist(), strict=True):
                    found[row.prompt][row.number] += value
    return found


@dataclass(frozen=True)
class _Row:
    """A continuation; `number` is its index among those of its prompt."""

    prompt: int
    number: int
    token_ids: list[int]


class _PromptBatch:
    """Prompts that a model has read, padded on the left."""

    def __init__(self, model: DecoderModel, prompts: list[list[int]]) -> None:
        self.model = model
        self.device = next(model.parameters()).device
        self.lengths = [len(prompt) for prompt in prompts]
        self.width = P = max(self.lengths)
        ids_BP = torch.tensor([[0] * (P - len(prompt)) + prompt for prompt in prompts], device=self.device)
        mask_BP = torch.tensor([[0] * (P - n) + [1] * n for n in self.lengths], device=self.device)
        self.cache: KeyValueCache = model.new_cache(len(prompts), P)
        states = model.hidden(ids_BP, mask_BP, None, (mask_BP.cumsum(1) - 1).clamp_min(0), self.cache)
        self._next_BV = _log_softmax(model.project(states.last_hidden_state[:, -1]))

    def first_tokens(self, pairs: list[tuple[int, int]]) -> Tensor:
        """Return the log-probability of tokens right after prompts, for pairs of a row and a token id, float64 (N,)."""
        rows_N, ids_N = torch.tensor(pairs, device=self.device).unbind(1)
        return self._next_BV[rows_N, ids_N].double()

    def other_tokens(self, rows: list[tuple[int, list[int]]]) -> Tensor:
        """Return the log-probability of all tokens but the first, for pairs of a row and its ids, float64 (N,)."""
        T = max(len(token_ids) for _, token_ids in rows) - 1
        P = max(self.lengths[row] for row, _ in rows)
        n_prompt_N = torch.tensor([self.lengths[row] for row, _ in rows], device=self.device)
        n_read_N = torch.tensor([len(token_ids) - 1 for _, token_ids in rows], device=self.device)
        padded = [token_ids + [0] * (T + 1 - len(token_ids)) for _, token_ids in rows]
        ids_NT1 = torch.tensor(padded, device=self.device)
        places_S = torch.arange(P + T, device=self.device)
        mask_NS = (places_S >= P - n_prompt_N[:, None]) & (places_S < P + n_read_N[:, None])
        positions_NT = n_prompt_N[:, None] + torch.arange(T, device=self.device)
        # Padding stands after a row's tokens, where any position will do.
        positions_NT = positions_NT.clamp_max(self.model.config.max_length - 1)
        kept_N = torch.tensor([row for row, _ in rows], device=self.device)
        cache = self.cache.rows(kept_N, self.width - P, P + T)
        states = self.model.hidden(ids_NT1[:, :-1], mask_NS.long(), None, positions_NT, cache)
        is_read_NT = mask_NS[:, P:]
        scores_MV = _log_softmax(self.model.project(states.last_hidden_state[is_read_NT]))
        scores_M = scores_MV.gather(1, ids_NT1[:, 1:][is_read_NT].unsqueeze(1)).squeeze(1).double()
        owner_M = is_read_NT.nonzero()[:, 0]
        return torch.zeros(len(rows), dtype=torch.float64, device=self.device).index_add_(
            0, owner_M, scores_M
        )

    def chunks(self, rows: list[_Row], place: dict[int, int], batch_size: int) -> Iterator[list[_Row]]:
        """Yield batches of rows of similar lengths that fit into the model together."""
        rows = sorted(rows, key=lambda row: (self.lengths[place[row.prompt]], len(row.token_ids)))
        part: list[_Row] = []
        longest = 0
        for row in rows:
            longest = max(longest, len(row.token_ids))
            n_slots = self.lengths[place[row.prompt]] + longest - 1
            if part and (len(part) == batch_size or n_slots > self.model.config.max_length):
                yield part
                part, longest = [], len(row.token_ids)
            part.append(row)
        if part:
            yield part


def _log_softmax(logits: Tensor) -> Tensor:
    """Return log-probabilities in float32, or in the precision of the logits if that is higher."""
    return logits.to(torch.promote_types(logits.dtype, torch.float32)).log_softmax(dim=-1)


def _checked_rows(model: DecoderModel, prompts: Any, continuations: Any) -> list[list[_Row]]:
    """Return the continuations of each prompt."""
    if len(prompts) != len(continuations):
        raise ValueError(
            f"{_OWNER} needs a list of continuations for each prompt. Got {len(prompts)} prompts and "
            f"{len(continuations)} lists."
        )
    V, limit = model.config.vocab_size, model.config.max_length
    rows: list[list[_Row]] = [[] for _ in prompts]
    for k, (prompt, texts) in enumerate(zip(prompts, continuations, strict=True)):
        if len(prompt) == 0:
            raise ValueError(
                f"Prompt {k} of {_OWNER} is empty, so its first token has nothing before it. Give it at least one "
                "token, e.g. the one that texts begin with."
            )
        for number, text in enumerate(texts):
            if len(text) == 0:
                raise ValueError(f"Continuation {number} of prompt {k} of {_OWNER} is empty.")
            low, high = min(*prompt, *text), max(*prompt, *text)
            if low < 0 or high >= V:
                raise ValueError(
                    f"Prompt {k} of {_OWNER} and its continuation {number} hold the id {low if low < 0 else high}, and "
                    f"the model has ids from 0 to {V - 1}. Is this the tokenizer that it was trained with?"
                )
            # The last token is predicted, not read.
            if len(prompt) + len(text) - 1 > limit:
                raise ValueError(
                    f"Prompt {k} of {_OWNER} with its continuation {number} has {len(prompt) + len(text)} tokens, and "
                    f"the model takes {limit} and predicts one more. Shorten them."
                )
            rows[k].append(_Row(k, number, list(text)))
    return rows
