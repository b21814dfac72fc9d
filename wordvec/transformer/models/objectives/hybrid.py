"""Hybrid pre-training: an encoder trained as a causal and a masked model at the same time."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from wordvec.transformer.models.base import Losses, TransformerModel
from wordvec.transformer.models.losses import IGNORED
from wordvec.transformer.models.objectives.masked import EncoderLM

__all__ = ["HybridLM"]


class HybridLM(EncoderLM):
    """Predicts next tokens, in some rows from preceding tokens only, in others, where masked, from both sides.

    Charpentier and Samuel (2024), "GPT or BERT: why not both?", arXiv:2410.24159. Masked tokens are predicted at the
    position before them, so that both kinds of rows are the same task for the head. Only the encoder is saved: a BERT
    to fine-tune. In minutes of training on a laptop, an encoder learns little more than word frequencies from masked
    tokens alone.

    Parameters
    ----------
    body : EncoderModel
    seed : int
        Seed of the head's initial weights.
    """

    @property
    def exported(self) -> TransformerModel:
        """Only the encoder: the head predicts next tokens, which a BERT does not."""
        assert isinstance(self.body, TransformerModel)
        return self.body

    def loss_sum(self, batch: Mapping[str, Tensor]) -> Losses:
        """Return {"loss": (sum, count)} over `next_labels` (B, T); rows are causal where `is_causal` (B,) is 1.

        Every label has the same weight, so that causal rows, which have more labels, count more.
        """
        parts = [self._part(batch, is_causal) for is_causal in (True, False)]
        total, count = (sum(values[1:], values[0]) for values in zip(*parts))
        return {"loss": (total, count)}

    def loss_counts(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return the counts of `loss_sum`, without the sums."""
        return {"loss": (batch["next_labels"] != IGNORED).sum()}

    def _part(self, batch: Mapping[str, Tensor], is_causal: bool) -> tuple[Tensor, Tensor]:
        """Return the summed loss of the rows of one kind, and the number of their labels."""
        rows_B = batch["is_causal"].bool() == is_causal
        part = {name: tensor[rows_B] for name, tensor in batch.items()}
        if not len(part["next_labels"]):  # a small batch may have rows of one kind alone
            return self.output_weight.new_zeros(()), rows_B.sum()
        output = self.body(part["input_ids"], part.get("attention_mask"), is_causal=is_causal)
        return self.token_loss(output.last_hidden_state, part["next_labels"])
