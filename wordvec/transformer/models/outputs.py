"""The output of a forward pass: hidden states, logits, pooled vectors."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

__all__ = ["ModelOutput"]


@dataclass
class ModelOutput:
    """The output of one forward pass.

    Attributes
    ----------
    hidden_states : tuple of float Tensors (B, T, D)
        The sum of embeddings and the output of each layer, num_layers + 1 tensors; the last is the input of heads,
        after the final norm if there is one.
    logits : float Tensor, optional
        (B, T, V) for a language model, (B, L) for a sequence classifier, (B, T, L) for a token classifier, (B, T, 2)
        for question answering (start and end), (B, 2) for next-sentence prediction.
    pooled : float Tensor (B, D), optional
        Output of BERT's pooler for the first token.
    nsp_logits : float Tensor (B, 2), optional
        Next-sentence logits in addition to a language model's: column 0 for "is next".
    """

    hidden_states: tuple[Tensor, ...]
    logits: Tensor | None = None
    pooled: Tensor | None = None
    nsp_logits: Tensor | None = None

    @property
    def last_hidden_state(self) -> Tensor:
        """The last of the hidden states, (B, T, D)."""
        return self.hidden_states[-1]
