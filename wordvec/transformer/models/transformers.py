"""The three kinds of Transformers: encoder (BERT), decoder (GPT) and encoder-decoder (the original)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from wordvec._utils.validation import check_float
from wordvec.transformer.models.attention_mask import (
    AttentionContext,
    causal_context,
    first_tokens,
    next_positions,
    padding_mask,
)
from wordvec.transformer.models.base import Losses, TransformerModel, initialise
from wordvec.transformer.models.cache import KeyValueCache
from wordvec.transformer.models.config import TransformerConfig
from wordvec.transformer.models.embeddings import (
    BigramEmbedding,
    Embeddings,
    check_rows,
    previous_tokens,
)
from wordvec.transformer.models.language_model import LanguageModel, new_output_layer
from wordvec.transformer.models.layers import Stack
from wordvec.transformer.models.losses import labelled_loss
from wordvec.transformer.models.outputs import ModelOutput

__all__ = ["DecoderModel", "EncoderDecoderModel", "EncoderModel", "with_more_tokens"]


class EncoderModel(TransformerModel):
    """BERT's body: every token attends to every other (Devlin et al. 2019, arXiv:1810.04805).

    Parameters
    ----------
    config : TransformerConfig
        Of kind "encoder".
    seed : int
        Seed of the initial weights.
    """

    architectures = {"bert": "BertModel"}

    def __init__(self, config: TransformerConfig, seed: int = 0) -> None:
        super().__init__(config, "encoder")
        with torch.random.fork_rng(devices=[]):
            self.embeddings = Embeddings(config)
            self.stack = Stack(config)
            self.pooler = nn.Linear(config.hidden_size, config.hidden_size) if config.pooler else None
        initialise(self, config, seed)

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        token_type_ids: Tensor | None = None,
        position_ids: Tensor | None = None,
        *,
        is_causal: bool = False,
    ) -> ModelOutput:
        """Return hidden states, and the pooled first token if there is a pooler.

        Parameters
        ----------
        input_ids : int64 (B, T)
        attention_mask : (B, T), 1 for tokens and 0 for padding, optional
        token_type_ids : int64 (B, T), optional
            Segments, 0 by default.
        position_ids : int64 (B, T), optional
            By default from 0 on; padding before a row's first token is not counted.
        is_causal : bool
            Whether a token attends only to itself and earlier tokens, as in pre-training with `HybridLM`.
        """
        self._check_ids(input_ids)
        if is_causal:
            context = causal_context(input_ids, attention_mask, None)
        else:
            context = AttentionContext(padding_mask(attention_mask, input_ids))
        if position_ids is None:
            position_ids = next_positions(input_ids, attention_mask, None)
        else:
            check_rows("position_ids", position_ids, input_ids, self.config.max_length)
        x_BTD = self.embeddings(input_ids, position_ids, token_type_ids)
        context.rotary = self._rotary(position_ids)
        states = self.stack(x_BTD, context)
        if self.pooler is None:
            return ModelOutput(states)
        return ModelOutput(states, pooled=torch.tanh(self.pooler(first_tokens(states[-1], attention_mask))))


class DecoderModel(LanguageModel):
    """GPT: every token attends to itself and earlier tokens, and predicts the next (Radford et al. 2018, 2019).

    Parameters
    ----------
    config : TransformerConfig
        Of kind "decoder".
    seed : int
        Seed of the initial weights.
    """

    architectures = {"gpt2": "GPT2LMHeadModel"}

    def __init__(self, config: TransformerConfig, seed: int = 0) -> None:
        super().__init__(config, "decoder")
        with torch.random.fork_rng(devices=[]):
            self.embeddings = Embeddings(config)
            self.bigrams = BigramEmbedding(config) if config.bigram_buckets else None
            self.stack = Stack(config)
            self.head = new_output_layer(config)
        initialise(self, config, seed)

    def hidden(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        token_type_ids: Tensor | None = None,
        position_ids: Tensor | None = None,
        cache: KeyValueCache | None = None,
    ) -> ModelOutput:
        """Return the output of `forward` without logits; the parameters are the same."""
        n_past = 0 if cache is None else cache.length
        self._check_ids(input_ids, n_past)
        context = causal_context(input_ids, attention_mask, cache)
        if position_ids is None:
            position_ids = next_positions(input_ids, attention_mask, cache)
        else:
            check_rows("position_ids", position_ids, input_ids, self.config.max_length)
        x_BTD = self.embeddings(input_ids, position_ids, token_type_ids)
        if self.bigrams is not None:
            x_BTD = x_BTD + self.bigrams(input_ids, previous_tokens(input_ids, attention_mask, cache))
            if cache is not None:
                cache.last_ids = input_ids[:, -1]
        context.rotary = self._rotary(position_ids)
        return ModelOutput(self.stack(x_BTD, context))


class EncoderDecoderModel(LanguageModel):
    """The original Transformer: an encoder, and a decoder that attends to its output (Vaswani et al. 2017).

    One table embeds source and target and, if tied, is also the output layer: section 3.4. With `source_vocab_size`,
    the source has a separate table and vocabulary.

    Parameters
    ----------
    config : TransformerConfig
        Of kind "encoder-decoder".
    seed : int
        Seed of the initial weights.
    label_smoothing : float
        Share of the target probability that training spreads over the vocabulary; 0.1 in the paper.
    """

    def __init__(self, config: TransformerConfig, seed: int = 0, label_smoothing: float = 0.1) -> None:
        super().__init__(config, "encoder-decoder")
        self.label_smoothing = check_float(
            "label_smoothing", label_smoothing, "EncoderDecoderModel", 0.0, 1.0
        )
        with torch.random.fork_rng(devices=[]):
            own = config.source_vocab_size
            source = None if own is None else nn.Embedding(own, config.hidden_size)
            self.encoder_embeddings = Embeddings(config, source)
            shared = self.encoder_embeddings.tokens if own is None else None
            self.decoder_embeddings = Embeddings(config, shared)
            self.encoder = Stack(config)
            self.decoder = Stack(config, has_source=True)
            self.head = new_output_layer(config)
        initialise(self, config, seed)

    def forward(  # type: ignore[override]  # a source and a target instead of one text
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        decoder_input_ids: Tensor | None = None,
        decoder_attention_mask: Tensor | None = None,
    ) -> ModelOutput:
        """Return the decoder's hidden states and the logits of each next target token, (B, T, V).

        Parameters
        ----------
        input_ids, attention_mask : (B, S)
            The source, and its mask: 1 for tokens and 0 for padding.
        decoder_input_ids, decoder_attention_mask : (B, T)
            The target shifted right by one position, so that it begins with the start token, and its mask.
        """
        if decoder_input_ids is None:
            raise ValueError(
                "decoder_input_ids are missing: an encoder-decoder predicts from a target's beginning."
            )
        memory = self.encode(input_ids, attention_mask)
        return self.decode(
            decoder_input_ids, memory, attention_mask, decoder_attention_mask, source_ids=input_ids
        )

    @property
    def token_embedding(self) -> nn.Embedding:
        """The target's token table, weight (V, D), shared with the source unless that has its own."""
        return self.decoder_embeddings.token_table

    @property
    def source_embedding(self) -> nn.Embedding:
        """The source's token table."""
        return self.encoder_embeddings.token_table

    def head_settings(self) -> dict[str, Any]:
        """Return the entries of config.json beyond the configuration: the label smoothing of training."""
        return {"label_smoothing": self.label_smoothing}

    def encode(self, input_ids: Tensor, attention_mask: Tensor | None = None) -> Tensor:
        """Return the last hidden states of the source, (B, S, D), to which the decoder attends."""
        self._check_ids(input_ids, vocab_size=self.config.source_vocab_size)
        context = AttentionContext(padding_mask(attention_mask, input_ids))
        position_ids = next_positions(input_ids, attention_mask, None)
        x_BSD = self.encoder_embeddings(input_ids, position_ids)
        context.rotary = self._rotary(position_ids)
        return self.encoder(x_BSD, context)[-1]

    def decode(
        self,
        decoder_input_ids: Tensor,
        memory: Tensor,
        attention_mask: Tensor | None = None,
        decoder_attention_mask: Tensor | None = None,
        cache: KeyValueCache | None = None,
        source_ids: Tensor | None = None,
    ) -> ModelOutput:
        """Return hidden states and logits of the target; with a cache, of its new tokens.

        Parameters
        ----------
        decoder_input_ids : int64 (B, T)
        memory : float (B, S, D)
            From `encode`. With a cache it is read only in the first step.
        attention_mask : (B, S), of the source
        decoder_attention_mask : (B, T), or (B, cache.length + T)
        cache : KeyValueCache, optional
        source_ids : int64 (B, S), optional
            The source itself, for a model that copies from it.
        """
        output = self._decode_hidden(decoder_input_ids, memory, attention_mask, decoder_attention_mask, cache)
        output.logits = self.project(output.last_hidden_state)
        return output

    def _decode_hidden(
        self,
        decoder_input_ids: Tensor,
        memory: Tensor,
        attention_mask: Tensor | None,
        decoder_attention_mask: Tensor | None,
        cache: KeyValueCache | None,
    ) -> ModelOutput:
        self._check_ids(decoder_input_ids, 0 if cache is None else cache.length)
        context = causal_context(decoder_input_ids, decoder_attention_mask, cache)
        position_ids = next_positions(decoder_input_ids, decoder_attention_mask, cache)
        x_BTD = self.decoder_embeddings(decoder_input_ids, position_ids)
        context.rotary = self._rotary(position_ids)
        context.memory, context.memory_mask = memory, padding_mask(attention_mask, memory)
        return ModelOutput(self.decoder(x_BTD, context))

    def loss_sum(self, batch: Mapping[str, Tensor]) -> Losses:
        """Return {"loss": (sum, count)} over the target's labels.

        Parameters
        ----------
        batch : dict
            input_ids, attention_mask (B, S); decoder_input_ids, labels (B, T), labels IGNORED at padding.
        """
        mask = batch.get("attention_mask")
        memory = self.encode(batch["input_ids"], mask)
        hidden = self._decode_hidden(batch["decoder_input_ids"], memory, mask, None, None).last_hidden_state
        smooth = self.label_smoothing if self.training else 0.0
        return {"loss": labelled_loss(hidden, self.output_weight, None, batch["labels"], smooth)}


def with_more_tokens(model: DecoderModel, vocab_size: int) -> DecoderModel:
    """Return a decoder with a vocabulary of `vocab_size` tokens; new ones start from the mean of the others.

    With random initial values the new tokens could have logits far above all others, which would dominate the first
    steps (Hewitt 2021, "Initializing new word embeddings for pretrained language models").

    Parameters
    ----------
    model : DecoderModel
    vocab_size : int
        At least the model's.
    """
    n_old = model.config.vocab_size
    if vocab_size == n_old:
        return model
    larger = DecoderModel(replace(model.config, vocab_size=vocab_size))
    old = model.state_dict()
    with torch.no_grad():
        for name, tensor in larger.state_dict().items():
            if tensor.shape == old[name].shape:
                tensor.copy_(old[name])
            else:  # the table of tokens, and an output layer that is not tied to it
                tensor[:n_old] = old[name]
                tensor[n_old:] = old[name].mean(dim=0)
    return larger
