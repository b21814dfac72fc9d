"""Texts to vectors by a pre-trained Transformer, as a scikit-learn transformer."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import torch
from sklearn.base import TransformerMixin
from sklearn.utils.validation import check_is_fitted

from wordvec._utils.validation import check_choice, check_int
from wordvec.tokenizers.tokenizer import TRUNCATIONS
from wordvec.transformer.estimators.fine_tuning import (
    check_raw_texts,
    encode_texts,
    load_pretrained,
    rows_in_batches,
)
from wordvec.transformer.estimators.shared import TextEstimator
from wordvec.transformer.generation.decoder_runs import inference
from wordvec.transformer.models.transformers import DecoderModel
from wordvec.transformer.training.processes import choose_device

__all__ = ["TransformerFeatures"]

_OWNER = "TransformerFeatures"
_POOLINGS = ("mean", "first", "last")


class TransformerFeatures(TransformerMixin, TextEstimator):
    """Texts to vectors: the last hidden states of a pre-trained model, whose weights stay as they are.

    Parameters
    ----------
    pretrained : path
        Folder of an encoder or decoder and its tokenizer: BERT or GPT-2 in Hugging Face's layout, or what
        `wordvec lm pretrain` or `TransformerClassifier.save` wrote.
    pooling : {"mean", "first", "last"}
        The mean of all tokens, special ones included; the first token, [CLS] of BERT, which in a decoder sees
        only itself and is refused; or the last one, which in a decoder has seen them all.
    max_length : int, optional
        Tokens of a text at most, special ones included; what the model takes by default, and never more.
    truncation : {"right", "left", "error"}
        What becomes of longer texts: the end or the beginning is left out, with a warning that counts them; or
        they are an error.
    batch_size : int
        Texts at once.
    device : {"auto", "cpu", "cuda"}
        "auto" is a GPU if there is one.

    Attributes
    ----------
    model_ : EncoderModel or DecoderModel
    tokenizer_ : Tokenizer
    max_length_ : int

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from wordvec.transformer import TransformerFeatures
    >>> model = make_pipeline(TransformerFeatures("folder"), LogisticRegression())
    >>> model.fit(texts, labels)  # doctest: +SKIP
    """

    def __init__(
        self,
        pretrained: str | os.PathLike[str],
        pooling: str = "mean",
        *,
        max_length: int | None = None,
        truncation: str = "right",
        batch_size: int = 32,
        device: str = "auto",
    ) -> None:
        self.pretrained = pretrained
        self.pooling = pooling
        self.max_length = max_length
        self.truncation = truncation
        self.batch_size = batch_size
        self.device = device

    def fit(self, texts: Any, y: Any = None) -> TransformerFeatures:
        """Load the model; nothing is learned from the texts.

        Parameters
        ----------
        texts : list of str
        y : ignored

        Raises
        ------
        TypeError, ValueError
            If a parameter or a text is not what it should be, or the folder holds no such model.
        FileNotFoundError
            If the folder lacks a file.
        """
        check_choice("pooling", self.pooling, _OWNER, _POOLINGS)
        check_choice("truncation", self.truncation, _OWNER, TRUNCATIONS)
        check_choice("device", self.device, _OWNER, ("auto", "cpu", "cuda"))
        check_int("batch_size", self.batch_size, _OWNER, 1)
        if self.max_length is not None:
            check_int("max_length", self.max_length, _OWNER, 3)
        check_raw_texts(texts, f"{_OWNER}.fit")
        model, tokenizer = load_pretrained(self.pretrained, _OWNER)
        if self.pooling == "first" and isinstance(model, DecoderModel):
            raise ValueError(
                f"The pooling parameter of {_OWNER} is 'first', but {str(self.pretrained)!r} holds a decoder, whose "
                "first token sees nothing of the text. Pass pooling='last' or 'mean'."
            )
        limit = model.config.max_length
        self.max_length_ = limit if self.max_length is None else min(self.max_length, limit)
        self.model_, self.tokenizer_ = model.to(choose_device(self.device, owner=_OWNER)), tokenizer
        return self

    def transform(self, texts: Any) -> np.ndarray:
        """Return the vectors of texts, float32 (n_texts, D).

        Raises
        ------
        NotFittedError
            If `fit` was not called.
        TypeError, ValueError
            If a text is not a str, or too long and `truncation` is "error"; the message names the row.
        """
        check_is_fitted(self)
        owner = f"{_OWNER}.transform"
        listed = check_raw_texts(texts, owner)
        limits = self.max_length_, self.model_.config.max_length
        rows, _ = encode_texts(self.tokenizer_, listed, *limits, self.truncation, owner)
        found = np.empty((len(rows), self.model_.config.hidden_size), np.float32)
        hidden = getattr(self.model_, "hidden", self.model_)  # a decoder's logits are not needed
        with inference(self.model_):
            for places, ids, mask in rows_in_batches(
                rows, self.tokenizer_, self.batch_size, self.model_.device
            ):
                found[places] = self._pooled(hidden(ids, mask).last_hidden_state, mask).cpu().numpy()
        return found

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return names such as "mean_0"; an array of str.

        Parameters
        ----------
        input_features : ignored
        """
        check_is_fitted(self)
        return np.array([f"{self.pooling}_{k}" for k in range(self.model_.config.hidden_size)], object)

    def _pooled(self, hidden_BTD: torch.Tensor, mask_BT: torch.Tensor) -> torch.Tensor:
        if self.pooling == "first":
            return hidden_BTD[:, 0]
        lengths_B = mask_BT.sum(1)
        if self.pooling == "last":
            return hidden_BTD[torch.arange(len(lengths_B), device=lengths_B.device), lengths_B - 1]
        return (hidden_BTD * mask_BT.unsqueeze(2)).sum(1) / lengths_B.unsqueeze(1)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        return tags
