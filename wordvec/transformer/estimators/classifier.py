"""Classifiers of texts that fine-tune a Transformer, with scikit-learn's contract."""

from __future__ import annotations

import os
from typing import Any, Self

import numpy as np
import torch
from sklearn.base import ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from wordvec._utils.validation import check_bool, check_int
from wordvec.supervised.labels import number_labels
from wordvec.tokenizers.tokenizer import Tokenizer
from wordvec.transformer.data.labelled_batches import ClassificationBatches
from wordvec.transformer.estimators.fine_tuning import (
    FineTuning,
    check_raw_texts,
    encode_texts,
    load_pretrained,
    rows_in_batches,
)
from wordvec.transformer.estimators.shared import FineTunedEstimator
from wordvec.transformer.generation.decoder_runs import inference
from wordvec.transformer.models.base import TransformerModel
from wordvec.transformer.models.config import TransformerConfig
from wordvec.transformer.models.heads import SequenceClassifier
from wordvec.transformer.models.transformers import EncoderModel

__all__ = ["TransformerClassifier"]

_OWNER = "TransformerClassifier"


class TransformerClassifier(ClassifierMixin, FineTunedEstimator):
    """Classify texts with a Transformer, all of whose weights are trained on the labels.

    Parameters
    ----------
    pretrained : path, optional
        Folder of a model and its tokenizer to start from: BERT or GPT-2 in Hugging Face's layout, or what
        `wordvec lm pretrain` wrote. Its head, if any, is replaced by a new one. Without it, a small encoder in
        BERT's form starts at random, with a WordPiece tokenizer learned from the training texts.
    epochs : int
        Passes over the texts. A model that starts at random needs more of them than one that is pre-trained.
    batch_size : int
        Texts of a step.
    learning_rate : float, optional
        The highest; it rises over a tenth of the steps and falls linearly to zero. Without `pretrained`
        1e-3 by default, less in proportion for a `hidden_size` above 128; with it 3e-4 for models narrower than
        512, otherwise 3e-5.
    max_length : int
        Tokens of a text at most, special ones included; never more than the model takes. See `truncation`.
    truncation : {"right", "left", "error"}
        What becomes of longer texts: the end or the beginning is left out, with a warning that counts them and
        in `n_truncated_`; or they are an error.
    hidden_size, num_layers, num_heads : int
        Sizes of the model that starts at random.
    vocab_size : int
        Pieces of its tokenizer at most.
    lowercase : bool
        Whether that tokenizer lower-cases texts and strips accents.
    device : {"auto", "cpu", "cuda"}
        "auto" is a GPU if there is one.
    random_state : int, RandomState or None
        The same seed gives the same model on a CPU with as many threads.
    verbose : bool, optional
        Whether to show progress on stderr. By default only on a terminal.

    Attributes
    ----------
    classes_ : ndarray (C,)
    model_ : SequenceClassifier
    tokenizer_ : Tokenizer
    max_length_ : int
        Tokens of a text at most: `max_length`, or what the model takes if that is less.
    n_truncated_ : int
        Training texts that were longer.
    loss_curve_ : list of float
        Loss of each step, in nats a text.
    n_iter_ : int
        Steps done.
    learning_rate_ : float
    interrupted_ : bool
        Whether Ctrl-C ended training early.
    seed_ : int

    Examples
    --------
    >>> from wordvec.transformer import TransformerClassifier
    >>> texts = ["a good film", "good and funny", "a bad film", "bad and dull"] * 4
    >>> model = TransformerClassifier(hidden_size=16, num_layers=1, epochs=20, batch_size=8, learning_rate=0.01)
    >>> model.fit(texts, ["pos", "pos", "neg", "neg"] * 4).predict(["so good", "so bad"]).tolist()
    ['pos', 'neg']
    """

    _head = SequenceClassifier

    def __init__(
        self,
        pretrained: str | os.PathLike[str] | None = None,
        *,
        epochs: int = 3,
        batch_size: int = 32,
        learning_rate: float | None = None,
        max_length: int = 128,
        truncation: str = "right",
        hidden_size: int = 128,
        num_layers: int = 2,
        num_heads: int = 4,
        vocab_size: int = 8000,
        lowercase: bool = True,
        device: str = "auto",
        random_state: Any = 1,
        verbose: bool | None = None,
    ) -> None:
        self.pretrained = pretrained
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.max_length = max_length
        self.truncation = truncation
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.num_heads = num_heads
        self.vocab_size = vocab_size
        self.lowercase = lowercase
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    def fit(self, texts: Any, labels: Any) -> TransformerClassifier:
        """Train from the weights of `pretrained`, or from random ones.

        Ctrl-C during training stops it; the model then holds what it has learned so far, and `interrupted_`
        is True.

        Parameters
        ----------
        texts : list of str
        labels : list or array (n_texts,); one class each

        Raises
        ------
        TypeError, ValueError
            If a parameter, a text or a label is not what it should be; the message names the row.
        FileNotFoundError
            If the folder of `pretrained` lacks a file.
        FloatingPointError
            If training diverges.
        """
        parameters = FineTuning.of(self, _OWNER)
        owner = f"{_OWNER}.fit"
        listed = check_raw_texts(texts, owner)
        classes, numbers = number_labels(labels, len(listed), _OWNER)
        if self.pretrained is None:
            body, tokenizer = self._new_body(listed, parameters)
        else:
            body, tokenizer = load_pretrained(self.pretrained, _OWNER)
        max_length = min(parameters.max_length, body.config.max_length)
        limits = max_length, body.config.max_length
        rows, n_truncated = encode_texts(tokenizer, listed, *limits, self.truncation, owner)
        model = SequenceClassifier(body, len(classes), seed=parameters.seed)
        model.label_names = tuple(map(str, classes.tolist()))
        size = min(parameters.batch_size, len(rows))
        batches = ClassificationBatches(rows, numbers, tokenizer, size, parameters.seed)
        self._train(model, batches, parameters, is_new=self.pretrained is None)
        self.classes_, self.tokenizer_ = classes, tokenizer
        self.max_length_, self.n_truncated_ = max_length, n_truncated
        return self

    def predict_proba(self, texts: Any) -> np.ndarray:
        """Return the probabilities of the classes, float64 (n_texts, C), in the order of `classes_`.

        Raises
        ------
        NotFittedError
            If there is no model yet.
        TypeError, ValueError
            If a text is not a str, or too long and `truncation` is "error"; the message names the row.
        """
        check_is_fitted(self, "model_")
        owner = f"{_OWNER}.predict_proba"
        listed = check_raw_texts(texts, owner)
        limits = self.max_length_, self.model_.config.max_length
        rows, _ = encode_texts(self.tokenizer_, listed, *limits, self.truncation, owner)
        found = np.empty((len(rows), len(self.classes_)))
        with inference(self.model_):
            for places, ids, mask in rows_in_batches(
                rows, self.tokenizer_, self.batch_size, self.model_.device
            ):
                logits: torch.Tensor = self.model_(ids, mask).logits
                found[places] = logits.double().softmax(-1).cpu().numpy()
        return found

    def predict(self, texts: Any) -> np.ndarray:
        """Return the most probable class of each text, of several the first.

        Raises
        ------
        NotFittedError, TypeError, ValueError
            As `predict_proba`.
        """
        places = self.predict_proba(texts).argmax(axis=1)
        return self.classes_[places]

    @classmethod
    def load(cls, folder: str | os.PathLike[str], *, device: str = "auto") -> Self:
        """Read what `save` wrote, or a fine-tuned BERT or GPT-2 of `transformers` with its tokenizer.

        Raises
        ------
        FileNotFoundError, ValueError
            As `FineTunedEstimator.load`; also if texts of the model have any number of classes, or none.
        """
        found = super().load(folder, device=device)
        if found.model_.problem != "single":
            raise ValueError(
                f"{os.fspath(folder)!r} holds a model of the problem {found.model_.problem!r}; {_OWNER} gives each "
                "text one class. Use it through wordvec.transformer.from_pretrained."
            )
        return found

    def _new_body(self, texts: list[str], parameters: FineTuning) -> tuple[TransformerModel, Tokenizer]:
        """Return a small encoder with random weights, and a tokenizer learned from the texts."""
        sizes = {
            name: check_int(name, getattr(self, name), _OWNER, 1)
            for name in ("hidden_size", "num_layers", "num_heads")
        }
        lowercase = check_bool("lowercase", self.lowercase, _OWNER)
        check_int("vocab_size", self.vocab_size, _OWNER, 1)
        tokenizer = Tokenizer.train_from_texts(texts, "wordpiece", self.vocab_size, lowercase=lowercase)
        config = TransformerConfig.bert(tokenizer.vocab_size, max_length=parameters.max_length, **sizes)
        return EncoderModel(config, parameters.seed), tokenizer
