"""Replaced-token detection: an encoder learns to detect tokens that a small masked model has substituted."""

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
    """ELECTRA's head: a layer with activation, and a logit for each token."""

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
    """Pre-trains an encoder by replaced-token detection: Clark et al. (2020), ELECTRA, arXiv:2003.10555.

    A generator, a masked model with a quarter of the layers that shares the token table, is trained jointly; masked
    tokens are replaced by samples from it, and the encoder predicts for every token of the text whether it is the
    original. All tokens contribute to training, whereas masked modelling learns from a seventh of them. Only the
    encoder is saved: a BERT to fine-tune.

    Parameters
    ----------
    body : EncoderModel
    seed : int
        Seed of the initial weights of generator and detector.
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
        """Only the encoder."""
        return self.body

    def head_logits(self, output: ModelOutput, attention_mask: Tensor | None = None) -> Tensor:
        """Return logits (B, T), above 0 where a token seems to be another than it was."""
        logits: Tensor = self.detector(output.last_hidden_state)
        return logits

    def loss_sum(self, batch: Mapping[str, Tensor]) -> Losses:
        """Return sums and counts: of "mlm", the generator's over `labels`, and of "rtd", over non-padding tokens."""
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
        """Return the counts of `loss_sum`, without the sums."""
        return {"mlm": (batch["labels"] != IGNORED).sum(), "rtd": _is_real(batch).sum()}

    @torch.no_grad()
    def _draws(self, hidden_ND: Tensor) -> Tensor:
        """Return a replacement for each masked token, int64 (n,), sampled from the generator."""
        sums_NV = self.generator.token_logits(hidden_ND).float().softmax(-1).cumsum(-1)
        draws_N1 = torch.rand(len(sums_NV), 1, device=sums_NV.device) * sums_NV[:, -1:]
        return torch.searchsorted(sums_NV, draws_N1).squeeze(1).clamp_max(sums_NV.shape[1] - 1)


def _is_real(batch: Mapping[str, Tensor]) -> Tensor:
    """Return bool (B, T), False at padding."""
    mask = batch.get("attention_mask")
    return torch.ones_like(batch["input_ids"], dtype=torch.bool) if mask is None else mask.bool()
