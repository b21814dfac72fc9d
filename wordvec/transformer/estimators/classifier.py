"""`TransformerClassifier`: text classification by fine-tuning a Transformer, as a scikit-learn estimator."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from sklearn.base import ClassifierMixin
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from wordvec._utils.parameters import Boolean, Choice, FilePath, Integer, Rule, check_parameters
from wordvec._utils.timing import Stopwatch
from wordvec.supervised.labels import number_labels
from wordvec.tokenizers.limits import MAX_VOCAB_SIZE
from wordvec.tokenizers.rows import check_texts_or_pairs, padded_rows
from wordvec.tokenizers.truncation import TRUNCATIONS
from wordvec.transformer.data.labelled_batches import ClassificationBatches
from wordvec.transformer.estimators.base import LabellingEstimator
from wordvec.transformer.estimators.fine_tuning import encode_texts, load_pretrained, new_body
from wordvec.transformer.models.heads import SequenceClassifier

__all__ = ["TransformerClassifier"]

_OWNER = "TransformerClassifier"


class TransformerClassifier(ClassifierMixin, LabellingEstimator):
    """Classify texts, or pairs of texts, with a fine-tuned Transformer.

    A linear layer on an encoder's pooled first token, or on a decoder's last token, is trained together with all other
    weights by AdamW, as in Devlin et al. (2019), section 4.1. Pairs (a premise and a hypothesis, two questions) are
    read together, the second text as another segment if the model has segments.

    Parameters
    ----------
    pretrained : path, optional
        Folder of a model and its tokenizer to start from: BERT or GPT-2 in Hugging Face's layout, or what
        `wordvec lm pretrain` wrote. Its head, if any, is replaced by a new one. By default, a small BERT is trained
        from scratch, with a WordPiece tokenizer learned from the training texts.
    epochs : int
        Passes over the texts. A model trained from scratch needs more of them than a pre-trained one.
    batch_size : int
        Texts per step.
    learning_rate : float, optional
        The peak of the schedule, which warms up over a tenth of the steps and decays linearly to zero. Without
        `pretrained` 1e-3 by default, proportionally less for a `hidden_size` above 128; with it 3e-4 for models
        narrower than 512, otherwise 3e-5.
    max_length : int
        Maximum number of tokens in a text or pair, special tokens included; never more than the model's limit.
    truncation : {"right", "left", "error"}
        What happens to longer texts: their end ("right") or beginning ("left") is cut off, with a warning that counts
        them (also in `n_truncated_`); or an error is raised. Of a pair, the longer text is cut first.
    hidden_size, num_layers, num_heads : int
        Sizes of a model without `pretrained`.
    vocab_size : int
        Maximum number of pieces of its tokenizer.
    lowercase : bool
        Whether its tokenizer lower-cases texts and strips accents.
    device : {"auto", "cpu", "cuda"}
        "auto" uses a GPU if there is one.
    precision : {"float32", "bf16"}
        Precision of products in training; the model stays float32. "bf16" halves the time on processors that multiply
        bfloat16 (avx512_bf16 or amx_bf16 in their list of features), and takes longer on others.
    random_state : int, RandomState or None
        The same seed gives the same model on a CPU with the same number of threads.
    verbose : bool, optional
        Whether to show progress on stderr. By default only on a terminal.

    Attributes
    ----------
    classes_ : ndarray (C,)
        The classes, sorted.
    pairs_ : bool or None
        Whether the training texts were pairs; None for a `transformers` model, which does not say.
    model_ : SequenceClassifier
    tokenizer_ : Tokenizer
    max_length_ : int
        Maximum number of tokens in a text: the smaller of `max_length` and the model's limit.
    n_truncated_ : int
        Number of training texts that were truncated.
    loss_curve_ : list of float
        Mean loss of each step, in nats per text.
    n_iter_ : int
        Number of steps.
    learning_rate_ : float
        The peak learning rate of the schedule.
    interrupted_ : bool
        Whether Ctrl-C ended training early.
    fit_times_ : dict of str to float
        Seconds that `fit` took for "preparation" (checks, model, tokenizer and encoding) and "training".
    seed_ : int
        The seed that `random_state` resulted in.

    Examples
    --------
    >>> from wordvec.transformer import TransformerClassifier
    >>> texts = ["a good film", "good and funny", "a bad film", "bad and dull"] * 4
    >>> model = TransformerClassifier(hidden_size=16, num_layers=1, epochs=20, batch_size=8, learning_rate=0.01)
    >>> model.fit(texts, ["pos", "pos", "neg", "neg"] * 4).predict(["so good", "so bad"]).tolist()
    ['pos', 'neg']
    >>> model.predict_proba(["good and funny"])[0, 1] > 0.8  # of "pos"; the digits differ between processors
    np.True_

    References
    ----------
    Devlin, Chang, Lee and Toutanova (2019), "BERT: Pre-training of Deep Bidirectional Transformers for Language
    Understanding", arXiv:1810.04805.
    """

    _head = SequenceClassifier
    pairs_: bool | None
    _parameter_rules: ClassVar[dict[str, Rule]] = {
        **LabellingEstimator._parameter_rules,
        "pretrained": FilePath() | None,
        "truncation": Choice(*TRUNCATIONS),
        "hidden_size": Integer(1),
        "num_layers": Integer(1),
        "num_heads": Integer(1),
        "vocab_size": Integer(1, MAX_VOCAB_SIZE),
        "lowercase": Boolean(),
    }

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
        precision: str = "float32",
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
        self.precision = precision
        self.random_state = random_state
        self.verbose = verbose

    def fit(self, X: Any, y: Any) -> TransformerClassifier:
        """Fine-tune `pretrained`, or train a new model.

        Ctrl-C during training stops it; the model then holds what it has learned so far, and `interrupted_`
        is True.

        Parameters
        ----------
        X : list of str, or of pairs of str
            The texts.
        y : list or array (n_texts,)
            The class of each text.

        Returns
        -------
        TransformerClassifier
            Itself.

        Raises
        ------
        TypeError, ValueError
            If a parameter, a text or a label breaks its rule; the message names the row.
        FileNotFoundError
            If a file is missing from the folder `pretrained`.
        FloatingPointError
            If training diverges.
        """
        watch = Stopwatch()
        parameters = check_parameters(self)
        owner = f"{_OWNER}.fit"
        texts, seconds = check_texts_or_pairs(X, "X", owner)
        classes, numbers = number_labels(y, len(texts), _OWNER)
        if self.pretrained is None:
            body, tokenizer = new_body([*texts, *(seconds or ())], parameters)
        else:
            body, tokenizer = load_pretrained(self.pretrained, _OWNER)
        max_length = min(parameters.max_length, body.config.max_length)
        limits = max_length, body.config.max_length
        encoded = encode_texts(tokenizer, texts, *limits, parameters.truncation, owner, pairs=seconds)
        model = SequenceClassifier(body, len(classes), seed=parameters.random_state)
        model.label_names = tuple(map(str, classes.tolist()))
        batches = ClassificationBatches(
            encoded.rows,
            numbers,
            tokenizer,
            min(parameters.batch_size, len(texts)),
            parameters.random_state,
            token_type_ids=encoded.segments if body.config.type_vocab_size > 1 else None,
        )
        watch.lap("preparation")
        self._train(model, batches, parameters, is_new=self.pretrained is None)
        self.fit_times_ = watch.lap("training")
        self.classes_, self.tokenizer_ = classes, tokenizer
        self.max_length_, self.n_truncated_ = max_length, encoded.n_truncated
        self.pairs_ = seconds is not None
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probabilities of the classes, float64 (n_texts, C), in the order of `classes_`.

        Parameters
        ----------
        X : list of str, or of pairs of str if `fit` was given pairs

        Raises
        ------
        NotFittedError
            If the model is not fitted.
        TypeError, ValueError
            If a text is not a str, or is too long and `truncation` is "error"; the message names the row. Also if `fit`
            was given pairs and X holds texts, or the reverse.
        """
        check_is_fitted(self, "model_")
        owner = f"{_OWNER}.predict_proba"
        texts, seconds = check_texts_or_pairs(X, "X", owner)
        if texts and self.pairs_ is not None and self.pairs_ != (seconds is not None):
            learned, given = ("pairs of texts", "texts") if self.pairs_ else ("texts", "pairs of texts")
            raise ValueError(f"This {_OWNER} learned from {learned}, and X of predict_proba holds {given}.")
        limits = self.max_length_, self.model_.config.max_length
        truncation = check_parameters(self, "truncation").truncation
        encoded = encode_texts(self.tokenizer_, texts, *limits, truncation, owner, pairs=seconds)
        segments = encoded.segments if self.model_.config.type_vocab_size > 1 else None
        probabilities = np.empty((len(texts), len(self.classes_)))

        def predict(places: np.ndarray, ids_BT: Tensor, mask_BT: Tensor) -> None:
            types_BT = None
            if segments is not None:
                types_BT = torch.from_numpy(padded_rows([segments[place] for place in places], 0)).to(
                    ids_BT.device
                )
            logits_BC: Tensor = self.model_(ids_BT, mask_BT, types_BT).logits
            probabilities[places] = logits_BC.double().softmax(-1).cpu().numpy()

        self._each_batch(encoded.rows, predict)
        return probabilities

    def predict(self, X: Any) -> np.ndarray:
        """Return the most probable class of each text, the first in case of a tie.

        The parameter and the errors are those of `predict_proba`.
        """
        places = self.predict_proba(X).argmax(axis=1)
        return self.classes_[places]

    def _description(self) -> dict[str, Any]:
        return {"pairs": self.pairs_, **super()._description()}

    def _restore(self, described: dict[str, Any]) -> None:
        super()._restore(described)
        self.pairs_ = described.get("pairs")

    @classmethod
    def _load_model(cls, path: Path) -> SequenceClassifier:
        model: SequenceClassifier = super()._load_model(path)
        gives = {"multi": "any number of labels a text", "regression": "values of a regression"}
        if model.problem != "single" or model.n_labels == 1:
            found = gives.get(model.problem, "one label for every text")
            raise ValueError(
                f"{str(path)!r} holds a model that gives {found}, and {_OWNER} chooses one of several classes. "
                "Use it in Python: the logits of wordvec.transformer.from_pretrained."
            )
        return model
