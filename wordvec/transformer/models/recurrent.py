"""Recurrent language models and encoders (RNN, GRU, LSTM) with the interface of the Transformers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from wordvec._utils.validation import check_choice
from wordvec.transformer.models.base import Losses, TransformerModel, initialise
from wordvec.transformer.models.config import TransformerConfig
from wordvec.transformer.models.dropout import Dropout
from wordvec.transformer.models.language_model import LanguageModel, new_output_layer
from wordvec.transformer.models.outputs import ModelOutput

__all__ = ["RecurrentModel"]

CELLS = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


class RecurrentModel(LanguageModel):
    """PyTorch's Elman network, GRU or LSTM: bidirectional as an encoder, left to right as a decoder.

    It uses kind, vocab_size, hidden_size, num_layers, dropout, initializer_range and tie_embeddings of the
    configuration; sequences may have any length. Layers are connected by dropout and residual sums; in an encoder each
    direction has half of the width.

    Parameters
    ----------
    config : TransformerConfig
        Of kind "encoder" or "decoder".
    cell : "lstm", "gru" or "rnn"
    seed : int
        Seed of the initial weights.
    """

    takes_any_length = True

    def __init__(self, config: TransformerConfig, cell: str = "lstm", seed: int = 0) -> None:
        if config.kind == "encoder-decoder":
            raise ValueError(
                'A RecurrentModel is of kind "encoder" or "decoder". Got "encoder-decoder" instead.'
            )
        super().__init__(config)
        self.cell = check_choice("cell", cell, "RecurrentModel", tuple(CELLS))
        self.is_causal = config.kind == "decoder"
        D = config.hidden_size
        if not self.is_causal and D % 2:
            raise ValueError(f"An encoder of two directions needs an even hidden_size. Got {D} instead.")
        with torch.random.fork_rng(devices=[]):
            self.tokens = nn.Embedding(config.vocab_size, D)
            self.layers = nn.ModuleList(
                CELLS[cell](
                    D, D if self.is_causal else D // 2, batch_first=True, bidirectional=not self.is_causal
                )
                for _ in range(config.num_layers)
            )
            self.head = new_output_layer(config) if self.is_causal else None
        self.dropout = Dropout(config.dropout)
        initialise(self, config, seed)

    @property
    def token_embedding(self) -> nn.Embedding:
        """The token embedding table, weight (V, D)."""
        return self.tokens

    def hidden(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        token_type_ids: Tensor | None = None,
        position_ids: Tensor | None = None,
        cache: None = None,
    ) -> ModelOutput:
        """Return the output of `forward` without logits.

        Parameters
        ----------
        input_ids : int64 (B, T)
        attention_mask : (B, T), 1 for tokens and 0 for padding, optional
            States at padding are zeros.
        token_type_ids, position_ids
            Ignored: the order of tokens is the order of reading.
        cache : None
        """
        self._check_ids(input_ids)
        x_BTD = self.dropout(self.tokens(input_ids))
        states = [x_BTD]
        for layer in self.layers:
            x_BTD = x_BTD + self.dropout(_read(layer, x_BTD, attention_mask))
            if attention_mask is not None:
                x_BTD = x_BTD * attention_mask.unsqueeze(-1).to(x_BTD.dtype)
            states.append(x_BTD)
        return ModelOutput(tuple(states))

    def head_settings(self) -> dict[str, Any]:
        """Return the entries of config.json beyond the configuration: the kind of cell."""
        return {"cell": self.cell}

    def loss_sum(self, batch: Mapping[str, Tensor]) -> Losses:
        """Return {"loss": (sum, count)} over `labels`, the next tokens, for a decoder."""
        return super().loss_sum(batch) if self.is_causal else TransformerModel.loss_sum(self, batch)


def _read(layer: nn.Module, x_BTD: Tensor, attention_mask: Tensor | None) -> Tensor:
    """Return a layer's states, (B, T, D); padding on either side is skipped."""
    if attention_mask is None or bool(attention_mask.all()):
        whole: Tensor = layer(x_BTD)[0]
        return whole
    is_real_BT = attention_mask.bool()
    # Real tokens first, in their order, as PyTorch packs them; a row without any keeps one.
    order_BT1 = torch.argsort((~is_real_BT).long(), dim=1, stable=True).unsqueeze(2)
    lengths = is_real_BT.sum(1).clamp_min(1).cpu()
    sorted_BTD = x_BTD.gather(1, order_BT1.expand_as(x_BTD))
    packed = nn.utils.rnn.pack_padded_sequence(sorted_BTD, lengths, batch_first=True, enforce_sorted=False)
    padded, _ = nn.utils.rnn.pad_packed_sequence(
        layer(packed)[0], batch_first=True, total_length=x_BTD.shape[1]
    )
    return torch.zeros_like(padded).scatter(1, order_BT1.expand_as(padded), padded)
