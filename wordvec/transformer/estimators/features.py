"""`TransformerFeatures`: text vectors from a pre-trained Transformer's hidden states, as a scikit-learn transformer."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from sklearn.base import TransformerMixin
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from wordvec._utils.errors import ParameterError
from wordvec._utils.parameters import Choice, FilePath, Integer, Rule, check_parameters
from wordvec.tokenizers.rows import check_texts
from wordvec.tokenizers.truncation import TRUNCATIONS
from wordvec.transformer.estimators.base import TextEstimator
from wordvec.transformer.estimators.fine_tuning import MIN_LENGTH, load_pretrained
from wordvec.transformer.models.transformers import DecoderModel
from wordvec.transformer.training.processes import choose_device

__all__ = ["TransformerFeatures"]

_OWNER = "TransformerFeatures"


class TransformerFeatures(TransformerMixin, TextEstimator):
    """Turn texts into vectors: the pooled last hidden states of a frozen pre-trained model.

    Parameters
    ----------
    pretrained : path
        Folder of an encoder or decoder and its tokenizer: BERT or GPT-2 in Hugging Face's layout, or what
        `wordvec lm pretrain` or `TransformerClassifier.save` wrote.
    pooling : {"mean", "first", "last"}
        The mean of all tokens, special tokens included; the first token, which is BERT's [CLS] (an error for a decoder,
        whose first token attends only to itself); or the last token, which in a decoder attends to all.
    max_length : int, optional
        Maximum number of tokens in a text, special tokens included; at most, and by default, the model's limit.
    truncation : {"right", "left", "error"}
        What happens to longer texts: their end ("right") or beginning ("left") is cut off, with a warning that counts
        them; or an error is raised.
    batch_size : int
        Texts in a forward pass.
    device : {"auto", "cpu", "cuda"}
        "auto" uses a GPU if there is one.

    Attributes
    ----------
    model_ : EncoderModel or DecoderModel
    tokenizer_ : Tokenizer
    max_length_ : int
        Maximum number of tokens in a text.

    Examples
    --------
    A tiny encoder with random weights serves as the pre-trained model here.

    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from wordvec.transformer import EncoderModel, Tokenizer, TransformerConfig, TransformerFeatures
    >>> texts = ["a good film", "good and funny", "a bad film", "bad and dull"] * 4
    >>> tokenizer = Tokenizer.train_from_texts(texts, "wordpiece", vocab_size=60)
    >>> config = TransformerConfig.bert(tokenizer.vocab_size, hidden_size=16, num_layers=1, num_heads=2)
    >>> EncoderModel(config, seed=1).save_pretrained("encoder")
    >>> tokenizer.save("encoder")
    >>> TransformerFeatures("encoder").fit_transform(texts).shape
    (16, 16)
    >>> model = make_pipeline(TransformerFeatures("encoder"), LogisticRegression(C=100))
    >>> model.fit(texts, ["pos", "pos", "neg", "neg"] * 4).predict(["good", "bad"]).tolist()
    ['pos', 'neg']

    References
    ----------
    Devlin, Chang, Lee and Toutanova (2019), "BERT: Pre-training of Deep Bidirectional Transformers for Language
    Understanding", arXiv:1810.04805, section 5.3.
    """

    _parameter_rules: ClassVar[dict[str, Rule]] = {
        **TextEstimator._parameter_rules,
        "pretrained": FilePath(),
        "pooling": Choice("mean", "first", "last"),
        "max_length": Integer(MIN_LENGTH) | None,
        "truncation": Choice(*TRUNCATIONS),
    }

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

    def fit(self, X: Any, y: Any = None) -> TransformerFeatures:
        """Load the model; nothing is learned from the texts.

        Parameters
        ----------
        X : list of str
        y : ignored

        Returns
        -------
        TransformerFeatures
            Itself.

        Raises
        ------
        TypeError, ValueError
            If a parameter or a text breaks its rule, or the folder does not hold such a model.
        FileNotFoundError
            If a file is missing from the folder.
        """
        parameters = check_parameters(self)
        check_texts(X, "X", f"{_OWNER}.fit")
        model, tokenizer = load_pretrained(self.pretrained, _OWNER)
        if parameters.pooling == "first" and isinstance(model, DecoderModel):
            raise ParameterError(
                "pooling", _OWNER, f"be 'mean' or 'last' for the decoder in {str(self.pretrained)!r}", "first",
                "A decoder's first token attends to nothing of the text.",
            )  # fmt: skip
        limit = model.config.max_length
        self.max_length_ = limit if parameters.max_length is None else min(parameters.max_length, limit)
        self.model_, self.tokenizer_ = model.to(choose_device(parameters.device, owner=_OWNER)), tokenizer
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Return the vectors of texts, float32 (n_texts, D).

        Parameters
        ----------
        X : list of str

        Raises
        ------
        NotFittedError
            If the model is not fitted.
        TypeError, ValueError
            If a text is not a str, or is too long and `truncation` is "error"; the message names the row.
        """
        rows = self._encode(X, "transform")
        vectors = np.empty((len(rows), self.model_.config.hidden_size), np.float32)
        hidden = getattr(self.model_, "hidden", self.model_)  # a decoder's logits are not needed

        def pool(places: np.ndarray, ids_BT: Tensor, mask_BT: Tensor) -> None:
            vectors[places] = self._pooled(hidden(ids_BT, mask_BT).last_hidden_state, mask_BT).cpu().numpy()

        self._each_batch(rows, pool)
        return vectors

    def transform_tokens(self, X: Any) -> list[np.ndarray]:
        """Return the vectors of the tokens of each text, except special tokens, without pooling.

        Parameters
        ----------
        X : list of str

        Returns
        -------
        list of float32 (n_tokens, D)

        Raises
        ------
        NotFittedError, TypeError, ValueError
            As for `transform`.
        """
        rows = self._encode(X, "transform_tokens")
        is_special = self.tokenizer_.is_special
        found: list[np.ndarray] = [np.empty(0)] * len(rows)
        hidden = getattr(self.model_, "hidden", self.model_)

        def keep(places: np.ndarray, ids_BT: Tensor, mask_BT: Tensor) -> None:
            states_BTD = hidden(ids_BT, mask_BT).last_hidden_state.cpu().numpy()
            is_kept_BT = mask_BT.cpu().numpy().astype(bool) & ~is_special[ids_BT.cpu().numpy()]
            for place, states_TD, is_kept_T in zip(places.tolist(), states_BTD, is_kept_BT):
                found[place] = states_TD[is_kept_T]

        self._each_batch(rows, keep)
        return found

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return names such as "mean_0"; an array of str.

        Parameters
        ----------
        input_features : ignored
        """
        check_is_fitted(self)
        return np.array([f"{self.pooling}_{k}" for k in range(self.model_.config.hidden_size)], object)

    @classmethod
    def _load_model(cls, path: Path) -> Any:
        return load_pretrained(path, f"{cls.__name__}.load")[0]

    def _pooled(self, hidden_BTD: Tensor, mask_BT: Tensor) -> Tensor:
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
