"""What predicts tokens: an output layer that is the table of tokens or one of its own, and the loss of next tokens."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn

from wordvec.transformer.models.base import Losses, TransformerModel
from wordvec.transformer.models.cache import KeyValueCache
from wordvec.transformer.models.config import TransformerConfig
from wordvec.transformer.models.losses import labelled_loss
from wordvec.transformer.models.outputs import ModelOutput

__all__ = ["LanguageModel", "new_output_layer"]


class LanguageModel(TransformerModel):
    """A model with an output layer.

    Attributes
    ----------
    head : nn.Linear without a bias, or None where the table of tokens is the output layer
    """

    head: nn.Linear | None

    @property
    def output_weight(self) -> Tensor:
        """Weight of the output layer, (V, D): the embedding table if the two are tied."""
        return self.token_embedding.weight if self.head is None else self.head.weight

    def project(self, hidden: Tensor) -> Tensor:
        """Return logits, float (..., V), of hidden states (..., D)."""
        return nn.functional.linear(hidden, self.output_weight)

    def hidden(self, input_ids: Tensor, attention_mask: Tensor | None = None) -> ModelOutput:
        """Return what `forward` returns, without logits."""
        raise NotImplementedError(f"{type(self).__name__} does not predict the next token of a text.")

    def new_cache(self, batch_size: int, max_length: int | None = None) -> KeyValueCache:
        """Return an empty cache for `batch_size` rows of at most `max_length` tokens (the model's by default)."""
        config = self.config
        length = config.max_length if max_length is None else max_length
        like = self.token_embedding.weight
        return KeyValueCache(config.num_layers, batch_size, config.num_heads, length, config.head_size, like)

    def loss_sum(self, batch: Mapping[str, Tensor]) -> Losses:
        """Return {"loss": (sum, count)} over the labels of `batch`: its next tokens, IGNORED where there is none.

        Parameters
        ----------
        batch : dict
            input_ids int64 (B, T), labels int64 (B, T), attention_mask (B, T) if there is padding.
        """
        hidden = self.hidden(batch["input_ids"], batch.get("attention_mask")).last_hidden_state
        return {"loss": labelled_loss(hidden, self.output_weight, None, batch["labels"])}


def new_output_layer(config: TransformerConfig) -> nn.Linear | None:
    """Return an output layer of its own, or None if the configuration ties it to the table of tokens."""
    return None if config.tie_embeddings else nn.Linear(config.hidden_size, config.vocab_size, bias=False)
