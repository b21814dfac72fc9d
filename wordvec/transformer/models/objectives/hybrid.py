"""Hybrid pre-training: an encoder learns as a causal and as a masked model at once."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from wordvec.transformer.models.base import Losses, TransformerModel
from wordvec.transformer.models.losses import IGNORED
from wordvec.transformer.models.objectives.masked import EncoderLM

__all__ = ["HybridLM"]


class HybridLM(EncoderLM):
    """Predicts next tokens, in some rows from those before alone, in others from both sides, where they are masked.

    Charpentier and Samuel (2024), "GPT or BERT: why not both?", arXiv:2410.24159. Masked tokens are predicted at the
    place before them, so that both kinds of rows are the same task for the head. What is saved is the encoder: a BERT
    to fine-tune. Within minutes on a laptop, masked tokens alone teach hardly more than how frequent words are.

    Parameters
    ----------
    body : EncoderModel
    seed : int
        Of the head's first weights.
    """

    @property
    def exported(self) -> TransformerModel:
        """The encoder alone: the head predicts next tokens, which no BERT does."""
        assert isinstance(self.body, TransformerModel)
        return self.body

    def loss_sum(self, batch: Mapping[str, Tensor]) -> Losses:
        """Return {"loss": (sum, count)} over `next_labels` (B, T); rows are causal where `is_causal` (B,) is 1.

        Every label counts the same, so that causal rows, which have more of them, count more.
        """
        parts = [self._part(batch, is_causal) for is_causal in (True, False)]
        total, count = (sum(values[1:], values[0]) for values in zip(*parts))
        return {"loss": (total, count)}

    def loss_counts(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return the counts that `loss_sum` returns, without its sums."""
        return {"loss": (batch["next_labels"] != IGNORED).sum()}

    def _part(self, batch: Mapping[str, Tensor], is_causal: bool) -> tuple[Tensor, Tensor]:
        """Return the summed loss of the rows of one kind, and the number of their labels."""
        rows_B = batch["is_causal"].bool() == is_causal
        part = {name: tensor[rows_B] for name, tensor in batch.items()}
        if not len(part["next_labels"]):  # a small batch may have rows of one kind alone
            return self.output_weight.new_zeros(()), rows_B.sum()
        output = self.body(part["input_ids"], part.get("attention_mask"), is_causal=is_causal)
        return self.token_loss(output.last_hidden_state, part["next_labels"])
