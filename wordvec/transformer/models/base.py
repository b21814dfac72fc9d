"""The base class of all models: configuration, token embeddings, saving and random initialisation."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, Protocol

import torch
from torch import Tensor, nn

from wordvec._utils.validation import check_seed
from wordvec.transformer.models.attention_mask import is_cheap_to_read
from wordvec.transformer.models.config import TransformerConfig
from wordvec.transformer.models.embeddings import Embeddings, start_from_vectors
from wordvec.transformer.models.losses import IGNORED
from wordvec.transformer.models.positions import rotary_tables
from wordvec.transformer.models.pretrained.saving import save_pretrained
from wordvec.vectors.keyed_vectors import KeyedVectors

__all__ = ["Losses", "TransformerModel", "initialise"]

Losses = dict[str, tuple[Tensor, Tensor]]


class _Encodes(Protocol):
    def encode_words(self, words: list[str]) -> list[list[int]]: ...


class TransformerModel(nn.Module):
    """The base class of all models: a configuration, a token embedding table, saving.

    Attributes
    ----------
    config : TransformerConfig
    architectures : mapping of str
        The name of the class in `transformers`, by the kind of its body, "bert" or "gpt2"; empty if there is none.
    takes_any_length : bool
        Whether sequences may be longer than ``config.max_length``.
    """

    architectures: ClassVar[Mapping[str, str]] = {}
    takes_any_length = False
    config: TransformerConfig
    rotary_cos: Tensor
    rotary_sin: Tensor

    def __init__(self, config: TransformerConfig, kind: str | None = None) -> None:
        super().__init__()
        if not isinstance(config, TransformerConfig):
            raise TypeError(
                f"{type(self).__name__} needs a TransformerConfig. Got {type(config).__name__} instead."
            )
        if kind is not None and config.kind != kind:
            raise ValueError(
                f"{type(self).__name__} needs a TransformerConfig of kind {kind!r}. Got {config.kind!r} instead."
            )
        self.config = config
        if config.positions == "rotary":
            cos, sin = rotary_tables(config.max_length, config.head_size)
            self.register_buffer("rotary_cos", cos, persistent=False)
            self.register_buffer("rotary_sin", sin, persistent=False)

    @property
    def token_embedding(self) -> nn.Embedding:
        """The token embedding table, weight (V, D)."""
        for module in self.modules():
            if isinstance(module, Embeddings):
                return module.token_table
        raise AttributeError(f"{type(self).__name__} has no table of tokens.")

    @property
    def exported(self) -> TransformerModel:
        """The model to save after pre-training: this one, unless some parts only served to train the rest."""
        return self

    @property
    def device(self) -> torch.device:
        """The device of the weights."""
        return next(self.parameters()).device

    @property
    def n_parameters(self) -> int:
        """The number of parameters; shared ones count once."""
        return sum(p.numel() for p in self.parameters())

    def init_embeddings(self, vectors: KeyedVectors, tokenizer: _Encodes, frozen: bool = False) -> float:
        """Initialise the token embeddings from word vectors, scaled to the standard deviation of the random ones.

        A token that is a whole word takes its vector; one that is part of words takes the mean of their vectors; others
        keep their random values.

        Parameters
        ----------
        vectors : KeyedVectors
            Their size must equal `hidden_size`.
        tokenizer : Tokenizer
            The tokenizer of the model.
        frozen : bool
            Whether the table is kept fixed in training.

        Returns
        -------
        float
            Fraction of the tokens that got a vector.

        Raises
        ------
        ValueError
            If the sizes differ, or no word shares a token with the vocabulary.
        """
        return start_from_vectors(self.token_embedding, vectors, tokenizer.encode_words, frozen)

    def save_pretrained(self, folder: str | os.PathLike[str]) -> None:
        """Write config.json and model.safetensors; see `wordvec.transformer.save_pretrained`."""
        save_pretrained(self, folder)

    def set_special_ids(self, **ids: int | None) -> None:
        """Set the ids of special tokens in the configuration: pad_token_id, bos_token_id, eos_token_id; not None."""
        given: dict[str, Any] = {name: value for name, value in ids.items() if value is not None}
        config = replace(self.config, **given)
        for module in self.modules():
            if isinstance(module, TransformerModel):
                module.config = config

    def head_settings(self) -> dict[str, Any]:
        """Return the entries of config.json beyond the configuration, such as the names of labels."""
        return {}

    def loss_sum(self, batch: Mapping[str, Tensor]) -> Losses:
        """Return the summed loss and its number of labels for each objective, by name.

        A trainer divides by the count over all micro-batches and processes, so that the result does not depend on how a
        batch was split.
        """
        raise NotImplementedError(f"{type(self).__name__} has no objective of its own. Put a head on it.")

    def loss_counts(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return the counts of `loss_sum` without its sums: by default the number of next-token labels."""
        return {"loss": (batch["labels"] != IGNORED).sum()}

    def _rotary(self, position_ids: Tensor) -> tuple[Tensor, Tensor] | None:
        if self.config.positions != "rotary":
            return None
        return self.rotary_cos[position_ids], self.rotary_sin[position_ids]

    def _check_ids(self, input_ids: Tensor, n_past: int = 0, vocab_size: int | None = None) -> None:
        if not isinstance(input_ids, Tensor):
            raise TypeError(
                f"input_ids must be a tensor of shape (batch, tokens). Got {type(input_ids).__name__} instead. "
                "Tokenizer.encode_batch makes one."
            )
        if input_ids.dim() != 2 or input_ids.dtype not in (torch.int64, torch.int32) or 0 in input_ids.shape:
            raise ValueError(
                f"input_ids must be int64 of shape (batch, tokens) with at least one token. "
                f"Got {input_ids.dtype} of shape {tuple(input_ids.shape)}."
            )
        length = n_past + input_ids.shape[1]
        if length > self.config.max_length and not self.takes_any_length:
            raise ValueError(
                f"A sequence has {length} tokens and the model takes {self.config.max_length}. "
                "Truncate it, or use a model of a larger max_length."
            )
        if is_cheap_to_read(input_ids):
            low, high = torch.aminmax(input_ids)
            V = vocab_size or self.config.vocab_size
            if low < 0 or high >= V:
                raise ValueError(
                    f"input_ids hold {int(low if low < 0 else high)}, and the model has ids from 0 to "
                    f"{V - 1}. Is this the tokenizer that it was trained with?"
                )


def initialise(module: nn.Module, config: TransformerConfig, seed: int) -> None:
    """Initialise the weights of a module and of all its submodules.

    Weights are normal with standard deviation `initializer_range`, biases zero, norm gains one; in pre-norm decoders
    the layers that end a residual branch are scaled by 1 / sqrt(2 * num_layers) (GPT-2). The encoder-decoder uses
    Glorot's uniform initialisation (Glorot and Bengio 2010), and a standard deviation of 1 / sqrt(D) for the table that
    is scaled by sqrt(D).
    """
    generator = torch.Generator().manual_seed(check_seed(seed, type(module).__name__))
    is_original = config.kind == "encoder-decoder"
    table_std = config.hidden_size**-0.5 if config.scale_embeddings else config.initializer_range
    for name, part in module.named_modules():
        if isinstance(part, nn.Embedding):
            nn.init.normal_(part.weight, std=table_std, generator=generator)
        elif isinstance(part, nn.Linear):
            if is_original:
                nn.init.xavier_uniform_(part.weight, generator=generator)
            else:
                is_last = config.norm == "pre" and name.endswith(".output")
                std = config.initializer_range / (math.sqrt(2 * config.num_layers) if is_last else 1.0)
                if name.endswith("bigrams.projection"):
                    std = part.in_features**-0.5  # what it projects is as small as an embedding
                nn.init.normal_(part.weight, std=std, generator=generator)
            if part.bias is not None:
                nn.init.zeros_(part.bias)
