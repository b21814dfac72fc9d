"""The base class of language models: an output layer, tied to the token embeddings or not, and the loss."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from wordvec.transformer.models.base import Losses, TransformerModel
from wordvec.transformer.models.cache import KeyValueCache
from wordvec.transformer.models.config import TransformerConfig
from wordvec.transformer.models.int8.layers import Int8Linear
from wordvec.transformer.models.losses import labelled_loss
from wordvec.transformer.models.outputs import ModelOutput

__all__ = ["LanguageModel", "new_output_layer"]


class LanguageModel(TransformerModel):
    """A model that predicts tokens: hidden states and an output layer over the vocabulary.

    Attributes
    ----------
    head : nn.Linear, Int8Linear or None
        The output layer, without a bias; None if it is tied to the token embeddings.
    is_causal : bool
        Whether tokens do not attend to later ones, so that the model predicts the next token.
    """

    is_causal = True

    head: nn.Linear | Int8Linear | None

    @property
    def output_weight(self) -> Tensor:
        """Weight of the output layer, (V, D): the embedding table if the two are tied."""
        return self.token_embedding.weight if self.head is None else self.head.weight

    def project(self, hidden: Tensor) -> Tensor:
        """Return logits, float (..., V), of hidden states (..., D)."""
        if self.head is None:
            return nn.functional.linear(hidden, self.token_embedding.weight)
        logits: Tensor = self.head(hidden)
        return logits

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        token_type_ids: Tensor | None = None,
        position_ids: Tensor | None = None,
        cache: KeyValueCache | None = None,
    ) -> ModelOutput:
        """Return hidden states and the logits of each next token, (B, T, V).

        Parameters
        ----------
        input_ids : int64 (B, T)
            With a cache, only the new tokens.
        attention_mask : (B, T), 1 for tokens and 0 for padding, optional
            With a cache, (B, cache.length + T).
        token_type_ids : int64 (B, T), optional
            For a model with segments.
        position_ids : int64 (B, T), optional
            By default from 0 on, or with a cache from its length on. Padding before a row's first token is not counted,
            so that a row padded on the left has the same logits as on its own (transformers counts it unless given
            positions); with a cache and a mask, no padding is counted.
        cache : KeyValueCache, optional
            From `new_cache`; the new tokens are added to it.
        """
        output = self.hidden(input_ids, attention_mask, token_type_ids, position_ids, cache)
        if self.is_causal:
            output.logits = self.project(output.last_hidden_state)
        return output

    def hidden(self, input_ids: Tensor, attention_mask: Tensor | None = None, *others: Any) -> ModelOutput:
        """Return the output of `forward` without logits; the parameters are the same."""
        raise NotImplementedError(f"{type(self).__name__} does not predict the next token of a text.")

    def new_cache(self, batch_size: int, max_length: int | None = None) -> KeyValueCache:
        """Return an empty cache for `batch_size` rows of at most `max_length` tokens (the model's by default)."""
        config = self.config
        length = config.max_length if max_length is None else max_length
        like = next(self.parameters())
        return KeyValueCache(config.num_layers, batch_size, config.num_heads, length, config.head_size, like)

    def loss_sum(self, batch: Mapping[str, Tensor]) -> Losses:
        """Return {"loss": (sum, count)} over the labels of `batch`: next tokens, IGNORED where there is none.

        Parameters
        ----------
        batch : dict
            input_ids int64 (B, T), labels int64 (B, T), attention_mask (B, T) if there is padding.
        """
        hidden = self.hidden(batch["input_ids"], batch.get("attention_mask")).last_hidden_state
        return {"loss": labelled_loss(hidden, self.output_weight, None, batch["labels"])}


def new_output_layer(config: TransformerConfig) -> nn.Linear | None:
    """Return a separate output layer, or None if the configuration ties it to the token table."""
    return None if config.tie_embeddings else nn.Linear(config.hidden_size, config.vocab_size, bias=False)
