"""Replaced-token detection: an encoder learns to tell which tokens a small masked model has put in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn import functional

from wordvec.transformer.models.base import Losses, TransformerModel, initialise
from wordvec.transformer.models.config import TransformerConfig
from wordvec.transformer.models.heads import HeadedModel
from wordvec.transformer.models.layers import activate
from wordvec.transformer.models.losses import IGNORED
from wordvec.transformer.models.objectives.masked import MaskedLM
from wordvec.transformer.models.outputs import ModelOutput
from wordvec.transformer.models.transformers import EncoderModel

__all__ = ["ReplacedTokenDetection"]

# Layers of the encoder for each one of the generator: too good a generator leaves nothing to find.
_DEPTH_RATIO = 4
# Of the detector's loss, which is much smaller than the generator's: section 3.1 and appendix A of the paper.
_WEIGHT = 50.0


class _Detector(nn.Module):
    """ELECTRA's head: a layer with activation, and a number for each token."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.activation = config.activation
        self.transform = nn.Linear(config.hidden_size, config.hidden_size)
        self.output = nn.Linear(config.hidden_size, 1)

    def forward(self, hidden_BTD: Tensor) -> Tensor:
        """Return logits (B, T), above 0 where a token seems to be another than it was."""
        logits: Tensor = self.output(activate(self.transform(hidden_BTD), self.activation)).squeeze(-1)
        return logits


class ReplacedTokenDetection(HeadedModel):
    """Pre-trains an encoder by the detection of replaced tokens: Clark et al. (2020), ELECTRA, arXiv:2003.10555.

    A generator, a masked model of a quarter of the layers that shares the table of tokens, is trained beside it; what
    it draws for masked tokens stands in their places, and for every token of a text the encoder tells whether it is
    the true one. All tokens teach, where masked modelling learns from a seventh of them. What is saved is the
    encoder: a BERT to fine-tune.

    Parameters
    ----------
    body : EncoderModel
    seed : int
        Of the generator's and the detector's first weights.
    """

    loss_weights = {"mlm": 1.0, "rtd": _WEIGHT}

    def __init__(self, body: EncoderModel, seed: int = 0) -> None:
        super().__init__(body)
        if self.config.kind != "encoder":
            raise ValueError(
                f"{type(self).__name__} looks at both sides of a token, so its body must be an encoder. "
                f"Got a {type(body).__name__}."
            )
        small = replace(self.config, num_layers=max(1, self.config.num_layers // _DEPTH_RATIO), pooler=False)
        generator = EncoderModel(small, seed)
        generator.embeddings.tokens = body.embeddings.tokens
        self.generator = MaskedLM(generator, seed)
        with torch.random.fork_rng(devices=[]):
            self.detector = _Detector(self.config)
        initialise(self.detector, self.config, seed)

    @property
    def exported(self) -> TransformerModel:
        """The encoder alone."""
        return self.body

    def head_logits(self, output: ModelOutput, attention_mask: Tensor | None = None) -> Tensor:
        """Return logits (B, T), above 0 where a token seems to be another than it was."""
        logits: Tensor = self.detector(output.last_hidden_state)
        return logits

    def loss_sum(self, batch: Mapping[str, Tensor]) -> Losses:
        """Return the sums and counts of "mlm", the generator's over `labels`, and of "rtd", over all real tokens."""
        labels_BT = batch["labels"]
        hidden_BTD = self.generator.states(batch).last_hidden_state
        mlm = self.generator.token_loss(hidden_BTD, labels_BT)
        is_masked_BT = labels_BT != IGNORED
        original_BT = torch.where(is_masked_BT, labels_BT, batch["input_ids"])
        drawn_BT = original_BT.masked_scatter(is_masked_BT, self._draws(hidden_BTD.detach()[is_masked_BT]))
        logits_BT = self.head_logits(self.states({**batch, "input_ids": drawn_BT}))
        targets_BT = (drawn_BT != original_BT).float()
        losses_BT = functional.binary_cross_entropy_with_logits(
            logits_BT.float(), targets_BT, reduction="none"
        )
        return {"mlm": mlm, "rtd": ((losses_BT * _is_real(batch)).sum(), _is_real(batch).sum())}

    def loss_counts(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return the counts that `loss_sum` returns, without its sums."""
        return {"mlm": (batch["labels"] != IGNORED).sum(), "rtd": _is_real(batch).sum()}

    @torch.no_grad()
    def _draws(self, hidden_ND: Tensor) -> Tensor:
        """Return a token for each masked one, int64 (n,), drawn by the generator's probabilities."""
        sums_NV = self.generator.token_logits(hidden_ND).float().softmax(-1).cumsum(-1)
        draws_N1 = torch.rand(len(sums_NV), 1, device=sums_NV.device) * sums_NV[:, -1:]
        return torch.searchsorted(sums_NV, draws_N1).squeeze(1).clamp_max(sums_NV.shape[1] - 1)


def _is_real(batch: Mapping[str, Tensor]) -> Tensor:
    """Return bool (B, T), False at padding."""
    mask = batch.get("attention_mask")
    return torch.ones_like(batch["input_ids"], dtype=torch.bool) if mask is None else mask.bool()
