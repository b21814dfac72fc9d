"""Heads for pre-training an encoder: masked language modelling, next-sentence prediction, or both."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from wordvec._utils.validation import check_seed
from wordvec.transformer.models.base import Losses, TransformerModel, initialise
from wordvec.transformer.models.config import TransformerConfig
from wordvec.transformer.models.heads import HeadedModel, new_layer, number_of
from wordvec.transformer.models.layers import activate
from wordvec.transformer.models.losses import IGNORED, check_labels, labelled_loss
from wordvec.transformer.models.outputs import ModelOutput
from wordvec.transformer.models.transformers import EncoderModel

__all__ = ["EncoderLM", "MaskedLM", "NextSentence", "PreTraining"]


class _TokenPredictor(nn.Module):
    """BERT's masked-language-model head: a layer with activation and norm, then the token table and a bias."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.activation = config.activation
        self.transform = nn.Linear(config.hidden_size, config.hidden_size)
        self.norm = nn.LayerNorm(config.hidden_size, eps=config.norm_eps)
        self.output: nn.Linear | None = None
        if not config.tie_embeddings:
            self.output = nn.Linear(config.hidden_size, config.vocab_size, bias=False)
        self.bias = nn.Parameter(torch.zeros(config.vocab_size))

    def output_weight(self, tokens: nn.Embedding) -> Tensor:
        """Return the output layer's weight, (V, D): the token table if the two are tied."""
        return tokens.weight if self.output is None else self.output.weight

    def forward(self, hidden: Tensor) -> Tensor:
        """Return the inputs of the output layer, of the same shape as `hidden`."""
        transformed: Tensor = self.norm(activate(self.transform(hidden), self.activation))
        return transformed


class EncoderLM(HeadedModel):
    """An encoder with BERT's head over the vocabulary: the base of models pre-trained by predicting tokens.

    Parameters
    ----------
    body : EncoderModel
    seed : int
        Seed of the head's initial weights.
    """

    def __init__(self, body: EncoderModel, seed: int = 0) -> None:
        super().__init__(body)
        if self.config.kind != "encoder":
            raise ValueError(
                f"{type(self).__name__} predicts tokens from both sides, so its body must be an encoder. "
                f"Got a {type(body).__name__}, which predicts next tokens itself."
            )
        seed = check_seed(seed, type(self).__name__, "seed")
        with torch.random.fork_rng(devices=[]):
            self.predictor = _TokenPredictor(self.config)
        initialise(self.predictor, self.config, seed)

    @property
    def output_weight(self) -> Tensor:
        """Weight of the output layer, (V, D): the embedding table if the two are tied."""
        return self.predictor.output_weight(self.token_embedding)

    def head_logits(self, output: ModelOutput, attention_mask: Tensor | None = None) -> Tensor:
        """Return logits (B, T, V)."""
        return self.token_logits(output.last_hidden_state)

    def token_logits(self, hidden: Tensor) -> Tensor:
        """Return the logits of tokens, (..., V), for the body's hidden states (..., D)."""
        return functional.linear(self.predictor(hidden), self.output_weight, self.predictor.bias)

    def token_loss(self, hidden_BTD: Tensor, labels_BT: Tensor) -> tuple[Tensor, Tensor]:
        """Return the summed loss of the body's hidden states at labelled positions, and their number."""
        # The head and the table are not needed for tokens without a label, most of them in masked modelling.
        is_labelled = labels_BT != IGNORED
        hidden_1ND = self.predictor(hidden_BTD[is_labelled]).unsqueeze(0)
        labels_1N = labels_BT[is_labelled].unsqueeze(0)
        return labelled_loss(hidden_1ND, self.output_weight, self.predictor.bias, labels_1N)


class MaskedLM(EncoderLM):
    """Predicts masked tokens: BertForMaskedLM.

    Parameters
    ----------
    body : EncoderModel
    seed : int
        Seed of the head's initial weights.
    """

    architectures = {"bert": "BertForMaskedLM"}

    def loss_sum(self, batch: Mapping[str, Tensor]) -> Losses:
        """Return {"mlm": (sum, count)} over `labels` (B, T), IGNORED where nothing is to be predicted."""
        return {"mlm": self.token_loss(self.states(batch).last_hidden_state, batch["labels"])}

    def loss_counts(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return the counts of `loss_sum`, without the sums."""
        return {"mlm": (batch["labels"] != IGNORED).sum()}


class PreTraining(MaskedLM):
    """Predicts masked tokens and whether the second segment follows the first: BertForPreTraining."""

    architectures = {"bert": "BertForPreTraining"}

    def __init__(self, body: EncoderModel, seed: int = 0) -> None:
        super().__init__(body, seed)
        _check_pooler(self, body)
        self.next_sentence = new_layer(self.config, 2, seed)

    def head_logits(self, output: ModelOutput, attention_mask: Tensor | None = None) -> Tensor:
        """Return logits (B, T, V), and set the output's nsp_logits (B, 2)."""
        output.nsp_logits = self.next_sentence(output.pooled)
        return super().head_logits(output, attention_mask)

    def loss_counts(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return the counts of `loss_sum`, without the sums."""
        return {**super().loss_counts(batch), "nsp": number_of(batch["next_sentence_label"])}

    def loss_sum(self, batch: Mapping[str, Tensor]) -> Losses:
        """Return the sums and counts of "mlm" (over `labels`) and "nsp" (over `next_sentence_label`, (B,))."""
        output = self.states(batch)
        mlm = self.token_loss(output.last_hidden_state, batch["labels"])
        return {"mlm": mlm, "nsp": _nsp_loss(self.next_sentence(output.pooled), batch)}


class NextSentence(HeadedModel):
    """Predicts whether the second segment follows the first: BertForNextSentencePrediction."""

    architectures = {"bert": "BertForNextSentencePrediction"}

    def __init__(self, body: EncoderModel, seed: int = 0) -> None:
        super().__init__(body)
        _check_pooler(self, body)
        self.next_sentence = new_layer(self.config, 2, seed)

    def head_logits(self, output: ModelOutput, attention_mask: Tensor | None = None) -> Tensor:
        """Return logits (B, 2), column 0 for "is next"."""
        logits: Tensor = self.next_sentence(output.pooled)
        return logits

    def loss_sum(self, batch: Mapping[str, Tensor]) -> Losses:
        """Return {"nsp": (sum, count)} over `next_sentence_label`, int64 (B,)."""
        return {"nsp": _nsp_loss(self.head_logits(self.states(batch)), batch)}

    def loss_counts(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return the counts of `loss_sum`, without the sums."""
        return {"nsp": number_of(batch["next_sentence_label"])}


def _nsp_loss(logits_B2: Tensor, batch: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
    labels_B = check_labels(batch["next_sentence_label"], 2, "next_sentence_label")
    return functional.cross_entropy(logits_B2, labels_B, reduction="sum"), number_of(labels_B)


def _check_pooler(head: HeadedModel, body: TransformerModel) -> None:
    if getattr(body, "pooler", None) is None:
        raise ValueError(
            f"{type(head).__name__} reads the pooler. Make its body with TransformerConfig(pooler=True)."
        )
