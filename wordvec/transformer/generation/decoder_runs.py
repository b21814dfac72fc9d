"""Next-token scores for a batch that grows during generation, with or without a cache."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

import torch
from torch import Tensor, nn

from wordvec.transformer.generation.decoder_steps import TokenStep
from wordvec.transformer.models.transformers import DecoderModel, EncoderDecoderModel

__all__ = ["DecoderRun", "EncoderDecoderRun", "Run", "inference", "start_run"]


class Run(Protocol):
    """The interface of a growing batch, as needed by search and sampling.

    Attributes
    ----------
    prompt_ids : int64 (B, P), padded on the left
    mask : int64 (B, P + n_new), 0 at the padding; None if there is none
    """

    @property
    def prompt_ids(self) -> Tensor: ...  # noqa: D102

    @property
    def mask(self) -> Tensor | None: ...  # noqa: D102

    def logits(self, new_ids_BT: Tensor) -> Tensor:
        """Return float32 (B, V), the scores of the next tokens; the new ones follow those of earlier calls."""

    def reorder(self, row_ids: Tensor) -> None:
        """Replace the rows by rows `row_ids`, int64 (B',)."""


class DecoderRun:
    """A batch of prompts that a `DecoderModel` continues.

    Parameters
    ----------
    model : DecoderModel
    prompts : B lists of token ids, none empty
    n_new : int
        Maximum number of new tokens in a row.
    use_cache : bool
        Whether keys and values are cached; without the cache each step reads the whole text again.

    Attributes
    ----------
    prompt_ids : int64 (B, P), padded on the left
    mask : int64 (B, P + n_new), 0 at the padding; None if there is none
    """

    def __init__(
        self, model: DecoderModel, prompts: Sequence[Sequence[int]], n_new: int, use_cache: bool
    ) -> None:
        self.model = model
        device = next(model.parameters()).device
        P = max(map(len, prompts))
        padded = [[0] * (P - len(prompt)) + list(prompt) for prompt in prompts]
        self.prompt_ids = torch.tensor(padded, device=device)
        self.mask: Tensor | None = None
        self._positions: Tensor | None = None
        if any(len(prompt) < P for prompt in prompts):
            real = [[0] * (P - len(prompt)) + [1] * (len(prompt) + n_new) for prompt in prompts]
            self.mask = torch.tensor(real, device=device)
            self._positions = (self.mask.cumsum(1) - 1).clamp_min(0)
        self._cache = model.new_cache(len(prompts), P + n_new) if use_cache else None
        self._step = TokenStep(model)
        self._ids = self.prompt_ids[:, :0]
        self._length = 0

    def logits(self, new_ids_BT: Tensor) -> Tensor:
        """Return float32 (B, V), the scores of the next tokens; the new ones follow those of earlier calls."""
        start, self._length = self._length, self._length + new_ids_BT.shape[1]
        if self._cache is None:
            self._ids = new_ids_BT = torch.cat([self._ids, new_ids_BT], dim=1)
            start = 0
        mask = positions = None
        if self.mask is not None and self._positions is not None:
            mask, positions = self.mask[:, : self._length], self._positions[:, start : self._length]
        if self._cache is not None and start > 0 and new_ids_BT.shape[1] == 1:
            places = None if positions is None else positions[:, 0]
            hidden_BD = self._step.hidden(new_ids_BT[:, 0], self._cache, places, mask)
            return self._step.scores(hidden_BD).float()
        states = self.model.hidden(new_ids_BT, mask, None, positions, self._cache)
        return self.model.project(states.last_hidden_state[:, -1]).float()

    def reorder(self, row_ids: Tensor) -> None:
        """Replace the rows by rows `row_ids`, int64 (B',)."""
        if self._cache is not None:
            self._cache.reorder(row_ids)
        self._ids = self._ids.index_select(0, row_ids)
        if self.mask is not None and self._positions is not None:
            self.mask = self.mask.index_select(0, row_ids)
            self._positions = self._positions.index_select(0, row_ids)


class EncoderDecoderRun:
    """A batch of targets that an `EncoderDecoderModel` generates from their sources.

    Parameters and attributes are those of `DecoderRun`; `prompt_ids` are start tokens, (B, 1).
    """

    mask = None  # targets begin at the same place, so nothing is padded

    def __init__(
        self,
        model: EncoderDecoderModel,
        sources: Sequence[Sequence[int]],
        n_new: int,
        use_cache: bool,
        start_token_id: int,
    ) -> None:
        self.model = model
        device = next(model.parameters()).device
        S = max(map(len, sources))
        padded = [list(source) + [0] * (S - len(source)) for source in sources]
        real = [[1] * len(source) + [0] * (S - len(source)) for source in sources]
        self._source_mask: Tensor | None = torch.tensor(real, device=device)
        if all(len(source) == S for source in sources):
            self._source_mask = None
        self._source_ids = torch.tensor(padded, device=device)
        self._memory = model.encode(self._source_ids, self._source_mask)
        self.prompt_ids = torch.full((len(sources), 1), start_token_id, device=device)
        self._cache = model.new_cache(len(sources), 1 + n_new) if use_cache else None
        self._ids = self.prompt_ids[:, :0]

    def logits(self, new_ids_BT: Tensor) -> Tensor:
        """Return float32 (B, V), the scores of the next tokens; the new ones follow those of earlier calls."""
        if self._cache is None:
            self._ids = new_ids_BT = torch.cat([self._ids, new_ids_BT], dim=1)
        output = self.model.decode(
            new_ids_BT, self._memory, self._source_mask, None, self._cache, self._source_ids
        )
        assert output.logits is not None  # `decode` always gives them
        return output.logits[:, -1].float()

    def reorder(self, row_ids: Tensor) -> None:
        """Replace the rows by rows `row_ids`, int64 (B',)."""
        if self._cache is not None:
            self._cache.reorder(row_ids)
        self._ids = self._ids.index_select(0, row_ids)
        self._source_ids = self._source_ids.index_select(0, row_ids)
        self._memory = self._memory.index_select(0, row_ids)
        if self._source_mask is not None:
            self._source_mask = self._source_mask.index_select(0, row_ids)


def start_run(
    model: DecoderModel | EncoderDecoderModel,
    prompts: Sequence[Sequence[int]],
    n_new: int,
    use_cache: bool,
    start_token_id: int | None,
) -> DecoderRun | EncoderDecoderRun:
    """Return a run for the model's kind."""
    if isinstance(model, EncoderDecoderModel):
        assert start_token_id is not None  # checked by `generate`
        return EncoderDecoderRun(model, prompts, n_new, use_cache, start_token_id)
    return DecoderRun(model, prompts, n_new, use_cache)


@contextmanager
def inference(model: nn.Module) -> Iterator[None]:
    """Disable dropout and gradients, and restore the mode of each module afterwards."""
    training = [module for module in model.modules() if module.training]
    model.eval()
    try:
        with torch.inference_mode():
            yield
    finally:
        for module in training:
            module.training = True
