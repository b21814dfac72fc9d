"""Heads for fine-tuning: text classification, token classification, extractive question answering."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from wordvec._utils.validation import check_choice, check_float, check_int, check_seed
from wordvec.transformer.models.attention_mask import first_tokens
from wordvec.transformer.models.base import Losses, TransformerModel, initialise
from wordvec.transformer.models.config import TransformerConfig
from wordvec.transformer.models.crf_head import CRFHead
from wordvec.transformer.models.dropout import Dropout
from wordvec.transformer.models.losses import IGNORED, check_labels
from wordvec.transformer.models.outputs import ModelOutput
from wordvec.transformer.models.pretrained.names import PROBLEM_TYPES
from wordvec.transformer.models.pretrained.settings import to_bert
from wordvec.transformer.models.transformers import EncoderModel

__all__ = [
    "HeadedModel",
    "QuestionAnswerer",
    "SequenceClassifier",
    "TokenClassifier",
]

_POOLER_SEED = 0x706F6F6C  # "pool"


class HeadedModel(TransformerModel):
    """The base class of models that consist of a body and a head.

    Parameters
    ----------
    body : EncoderModel, DecoderModel, or a model with the same interface
    """

    def __init__(self, body: TransformerModel) -> None:
        if not isinstance(body, TransformerModel) or isinstance(body, HeadedModel):
            raise TypeError(
                f"The body of a {type(self).__name__} must be a model without a head, such as EncoderModel. "
                f"Got {body!r:.60} ({type(body).__name__}) instead."
            )
        if body.config.kind == "encoder-decoder":
            raise ValueError(
                f"The body of a {type(self).__name__} reads one text, and an encoder-decoder reads two. "
                "Pass an encoder or a decoder."
            )
        super().__init__(body.config)
        self.body = body

    @property
    def token_embedding(self) -> nn.Embedding:
        """The body's token embedding table, weight (V, D)."""
        assert isinstance(self.body, TransformerModel)
        return self.body.token_embedding

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        token_type_ids: Tensor | None = None,
        position_ids: Tensor | None = None,
    ) -> ModelOutput:
        """Return the body's output with the head's logits; the parameters are those of the body."""
        output = self._hidden(input_ids, attention_mask, token_type_ids, position_ids)
        output.logits = self.head_logits(output, attention_mask)
        return output

    def head_logits(self, output: ModelOutput, attention_mask: Tensor | None = None) -> Tensor:
        """Return the logits for the body's output."""
        raise NotImplementedError(f"{type(self).__name__} has no head.")

    def states(self, batch: Mapping[str, Tensor]) -> ModelOutput:
        """Return the body's output, without logits, for a batch of input_ids, attention_mask, token_type_ids."""
        return self._hidden(batch["input_ids"], batch.get("attention_mask"), batch.get("token_type_ids"))

    def _hidden(self, *inputs: Tensor | None) -> ModelOutput:
        # A decoder's own logits are not needed below another head.
        hidden = getattr(self.body, "hidden", self.body)
        output: ModelOutput = hidden(*inputs)
        return output


class _Classifier(HeadedModel):
    """Dropout and a linear layer that returns a logit for each label.

    Attributes
    ----------
    label_names : tuple of str, optional
        Written to and read from a checkpoint's `id2label`.
    """

    def __init__(
        self, body: TransformerModel, n_labels: int, dropout: float | None, seed: int, bias: bool = True
    ) -> None:
        super().__init__(body)
        self.n_labels = check_int("n_labels", n_labels, type(self).__name__, 1)
        self.label_names: tuple[str, ...] | None = None
        if dropout is None:
            dropout = self.config.dropout
        self.dropout = Dropout(check_float("dropout", dropout, type(self).__name__, 0.0, 1.0))
        self.classifier = new_layer(self.config, n_labels, seed, bias)

    def head_settings(self) -> dict[str, Any]:
        """Return the entries of config.json beyond the configuration: the label names."""
        labels = self.label_names or tuple(f"LABEL_{i}" for i in range(self.n_labels))
        return {
            "id2label": {str(i): label for i, label in enumerate(labels)},
            "label2id": {label: i for i, label in enumerate(labels)},
        }

    def _classify(self, hidden: Tensor) -> Tensor:
        logits: Tensor = self.classifier(self.dropout(hidden))
        return logits


class SequenceClassifier(_Classifier):
    """Classifies whole texts: BertForSequenceClassification, GPT2ForSequenceClassification.

    Parameters
    ----------
    body : EncoderModel, DecoderModel, or a model with the same interface
        An encoder is read through its pooler, or a new one, a decoder at its last token.
    n_labels : int
    problem : "single" (one class per text), "multi" (any number of classes), "regression"
    dropout : float, optional
        Dropout before the last layer; the body's by default.
    seed : int
    pooler : bool, optional
        Whether an encoder without a pooler gets a new one, a linear layer and tanh; if False, its first token is read
        directly. By default True for BERT, whose text classifiers have a pooler in every checkpoint.
    """

    architectures = {"bert": "BertForSequenceClassification", "gpt2": "GPT2ForSequenceClassification"}

    def __init__(
        self,
        body: TransformerModel,
        n_labels: int,
        problem: str = "single",
        dropout: float | None = None,
        seed: int = 0,
        pooler: bool | None = None,
    ) -> None:
        # GPT2ForSequenceClassification has no bias here, BERT's has one.
        is_causal = isinstance(body, TransformerModel) and body.config.kind == "decoder"
        super().__init__(body, n_labels, dropout, seed, bias=not is_causal)
        self.problem = check_choice("problem", problem, "SequenceClassifier", tuple(PROBLEM_TYPES))
        self.is_causal = is_causal
        lacks_pooler = isinstance(body, EncoderModel) and body.pooler is None
        self._is_bert = lacks_pooler and to_bert(body.config) is not None
        draws_pooler = lacks_pooler and (self._is_bert if pooler is None else pooler)
        self.pooler = None
        if draws_pooler:
            # Other draws than those of the last layer, which begin with the same seed.
            own_seed = check_seed(seed, "SequenceClassifier") ^ _POOLER_SEED
            self.pooler = new_layer(self.config, self.config.hidden_size, own_seed)

    def head_settings(self) -> dict[str, Any]:
        """Return the entries of config.json beyond the configuration: the problem and the label names."""
        unpooled = {"pooler": False} if self._is_bert and self.pooler is None else {}
        return {"problem_type": PROBLEM_TYPES[self.problem]} | super().head_settings() | unpooled

    def head_logits(self, output: ModelOutput, attention_mask: Tensor | None = None) -> Tensor:
        """Return logits (B, L)."""
        return self._classify(self._text_vectors(output, attention_mask))

    def _text_vectors(self, output: ModelOutput, attention_mask: Tensor | None) -> Tensor:
        hidden_BTD = output.last_hidden_state
        if not self.is_causal:
            if output.pooled is not None:
                return output.pooled
            first_BD = first_tokens(hidden_BTD, attention_mask)
            return first_BD if self.pooler is None else torch.tanh(self.pooler(first_BD))
        if attention_mask is None:
            return hidden_BTD[:, -1]
        places = torch.arange(hidden_BTD.shape[1], device=hidden_BTD.device)
        last_B = (attention_mask.bool() * places).argmax(1)
        return hidden_BTD[torch.arange(len(last_B), device=last_B.device), last_B]

    def loss_sum(self, batch: Mapping[str, Tensor]) -> Losses:
        """Return {"loss": (sum, count)} over `labels`: int64 (B,), or float (B, L) of 0 and 1, or targets (B, L)."""
        logits = self.head_logits(self.states(batch), batch.get("attention_mask"))
        labels = batch["labels"]
        if self.problem == "single":
            loss = functional.cross_entropy(logits, check_labels(labels, self.n_labels), reduction="sum")
        elif self.problem == "multi":
            loss = functional.binary_cross_entropy_with_logits(logits, labels.float(), reduction="sum")
        else:
            loss = functional.mse_loss(logits, labels.view_as(logits).float(), reduction="sum")
        return {"loss": (loss, self.loss_counts(batch)["loss"])}

    def loss_counts(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return the counts of `loss_sum` without its sums: texts, or all their labels or targets."""
        labels = batch["labels"]
        return {"loss": number_of(labels if self.problem == "single" else labels.flatten())}


class TokenClassifier(_Classifier):
    """Classifies tokens: BertForTokenClassification; optionally with a linear-chain CRF over the labels.

    Parameters
    ----------
    body : EncoderModel, DecoderModel, or a model with the same interface
    n_labels : int
    crf : bool
        Whether labels are scored jointly (Lafferty et al. 2001) or each on its own.
    dropout : float, optional
    seed : int
    """

    architectures = {"bert": "BertForTokenClassification", "gpt2": "GPT2ForTokenClassification"}

    def __init__(
        self,
        body: TransformerModel,
        n_labels: int,
        crf: bool = False,
        dropout: float | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(body, n_labels, dropout, seed)
        self.crf = CRFHead(n_labels) if crf else None

    def head_settings(self) -> dict[str, Any]:
        """Return the entries of config.json beyond the configuration: the label names, and what a CRF allows."""
        settings = super().head_settings()
        if self.crf is None:
            return settings
        rows = ["".join("01"[allowed] for allowed in row) for row in self.crf.allowed.tolist()]
        return settings | {"crf": True} | ({} if self.crf.allowed.all() else {"crf_allowed": rows})

    def head_logits(self, output: ModelOutput, attention_mask: Tensor | None = None) -> Tensor:
        """Return logits (B, T, L); a CRF adds its transition scores to them."""
        return self._classify(output.last_hidden_state)

    def loss_sum(self, batch: Mapping[str, Tensor]) -> Losses:
        """Return {"loss": (sum, count)} over `labels` (B, T), IGNORED at padding and at pieces without a label.

        A CRF's chain links the labelled tokens of a row.
        """
        labels_BT = batch["labels"]
        logits_BTL = self.head_logits(self.states(batch))
        is_labelled = labels_BT != IGNORED
        labels_N = check_labels(labels_BT[is_labelled], self.n_labels)
        if self.crf is not None:
            loss = self.crf.negative_log_likelihood(logits_BTL, labels_BT)
        else:
            loss = functional.cross_entropy(logits_BTL[is_labelled], labels_N, reduction="sum")
        return {"loss": (loss, is_labelled.sum())}

    def loss_counts(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return the counts of `loss_sum`, without the sums."""
        return {"loss": (batch["labels"] != IGNORED).sum()}

    @torch.inference_mode()
    def predict(self, batch: Mapping[str, Tensor]) -> list[list[int]]:
        """Return the labels of each row, for the tokens where `batch["labels"]` is not IGNORED.

        Only the positions of labels matter, not their values: one for each word, at its first piece.
        """
        return self.best_labels(self.label_scores(batch))

    @torch.inference_mode()
    def label_scores(self, batch: Mapping[str, Tensor]) -> list[Tensor]:
        """Return the logits (n, L) of each row, for the tokens where `batch["labels"]` is not IGNORED."""
        logits_BTL = self.head_logits(self.states(batch))
        return [row[kept] for row, kept in zip(logits_BTL, batch["labels"] != IGNORED, strict=True)]

    @torch.inference_mode()
    def best_labels(self, scores: Sequence[Tensor]) -> list[list[int]]:
        """Return the best labels of texts, given the logits (n, L) of their words; with a CRF decoded jointly."""
        if self.crf is None:
            return [row.argmax(-1).tolist() for row in scores]
        logits_BTL = nn.utils.rnn.pad_sequence(list(scores), batch_first=True)
        lengths_B = torch.tensor([len(row) for row in scores], device=logits_BTL.device)
        places_T = torch.arange(logits_BTL.shape[1], device=logits_BTL.device)
        return self.crf.decode(logits_BTL, places_T < lengths_B.unsqueeze(1))


class QuestionAnswerer(HeadedModel):
    """Extractive question answering, by a span of a passage: BertForQuestionAnswering, GPT2ForQuestionAnswering."""

    architectures = {"bert": "BertForQuestionAnswering", "gpt2": "GPT2ForQuestionAnswering"}

    def __init__(self, body: TransformerModel, seed: int = 0) -> None:
        super().__init__(body)
        self.span = new_layer(self.config, 2, seed)

    def head_logits(self, output: ModelOutput, attention_mask: Tensor | None = None) -> Tensor:
        """Return logits (B, T, 2), of an answer's start and end at each token."""
        logits: Tensor = self.span(output.last_hidden_state)
        return logits

    def loss_sum(self, batch: Mapping[str, Tensor]) -> Losses:
        """Return {"loss": (sum, count)} over `start_positions` and `end_positions`, int64 (B,), halved as in BERT."""
        logits_BT2 = self.head_logits(self.states(batch))
        mask = batch.get("attention_mask")
        if mask is not None:
            logits_BT2 = logits_BT2.masked_fill(~mask.bool().unsqueeze(-1), torch.finfo(logits_BT2.dtype).min)
        losses = []
        for place, name in enumerate(("start_positions", "end_positions")):
            places_B = check_labels(batch[name], logits_BT2.shape[1], name)
            losses.append(functional.cross_entropy(logits_BT2[..., place], places_B, reduction="sum"))
        return {"loss": (torch.stack(losses).sum() / 2, number_of(batch["start_positions"]))}

    def loss_counts(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return the counts of `loss_sum`, without the sums."""
        return {"loss": number_of(batch["start_positions"])}

    @torch.inference_mode()
    def spans(self, batch: Mapping[str, Tensor], max_answer_length: int = 30) -> list[tuple[int, int]]:
        """Return the best (start, end) of each row, inclusive, among tokens of segment 1 if there are segments."""
        check_int("max_answer_length", max_answer_length, "spans", 1)
        start_BT, end_BT = self.head_logits(self.states(batch)).unbind(-1)
        allowed = batch["input_ids"].new_ones(start_BT.shape, dtype=torch.bool)
        for name in ("attention_mask", "token_type_ids"):
            if name in batch:
                allowed &= batch[name].bool()
        scores_BTT = start_BT.unsqueeze(2) + end_BT.unsqueeze(1)
        fits = torch.ones(scores_BTT.shape[1:], dtype=torch.bool, device=scores_BTT.device)
        fits = fits.triu().tril(max_answer_length - 1)
        fits = fits & allowed.unsqueeze(1) & allowed.unsqueeze(2)
        best_B = scores_BTT.masked_fill(~fits, -torch.inf).flatten(1).argmax(1)
        T = start_BT.shape[1]
        return [(int(best) // T, int(best) % T) for best in best_B]


def new_layer(config: TransformerConfig, n_outputs: int, seed: int, bias: bool = True) -> nn.Linear:
    """Return the last layer of a head, with initial weights."""
    with torch.random.fork_rng(devices=[]):
        layer = nn.Linear(config.hidden_size, n_outputs, bias=bias)
    initialise(layer, config, seed)
    return layer


def number_of(items: Tensor) -> Tensor:
    """Return the length of a tensor, on its device."""
    return torch.tensor(len(items), device=items.device)
