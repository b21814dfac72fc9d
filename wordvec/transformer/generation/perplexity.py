"""Perplexity of language models, per token and per word."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from wordvec._utils.errors import ParameterError
from wordvec._utils.reports import Report
from wordvec._utils.tables import format_fields
from wordvec._utils.validation import check_int
from wordvec.transformer.generation.decoder_runs import inference
from wordvec.transformer.generation.ngram_mixture import best_weight, check_ngrams, mixed
from wordvec.transformer.models.ngram_lm import NGramLM, joined_ids
from wordvec.transformer.models.recurrent import RecurrentModel
from wordvec.transformer.models.transformers import DecoderModel

__all__ = ["Perplexity", "fit_ngram_weight", "perplexity"]

_OWNER = "perplexity"


@dataclass(frozen=True)
class Perplexity(Report):
    """The perplexity of a model on a text.

    Attributes
    ----------
    loss : float
        Mean negative log-probability of a token, in nats.
    per_token : float
        exp(loss); comparable only between models with the same tokenizer.
    per_word : float, optional
        exp(total negative log-probability / n_words), comparable between tokenizers; None without `n_words`.
    n_tokens : int
        Number of predicted tokens; the first of each sequence is not predicted, since nothing precedes it.
    n_words : int, optional
        Number of words of the text, as passed.
    """

    loss: float
    per_token: float
    per_word: float | None
    n_tokens: int
    n_words: int | None

    def format(self) -> str:
        """Return perplexities and loss, one per line."""
        fields = {"perplexity": f"{self.per_token:.2f} per token"}
        if self.per_word is not None:
            fields["per word"] = f"{self.per_word:.2f}, of {self.n_words:,} words"
        fields["loss"] = f"{self.loss:.4f} nats per token, of {self.n_tokens:,} tokens"
        return format_fields(fields)

    def to_dict(self) -> dict[str, Any]:
        """Return the attributes."""
        return asdict(self)


def perplexity(
    model: DecoderModel | RecurrentModel | NGramLM,
    sequences: Any,
    *,
    n_words: int | None = None,
    window: int | None = None,
    stride: int | None = None,
    batch_size: int = 8,
    ngrams: NGramLM | None = None,
    ngram_weight: float | None = None,
) -> Perplexity:
    """Measure the perplexity of a causal model on token ids, each token predicted once.

    A text longer than the window is read in windows that start `stride` tokens apart; in each, only tokens that no
    earlier window covered are scored, so that beyond the first window every token has a context of at least window -
    stride tokens.

    Parameters
    ----------
    model : DecoderModel, RecurrentModel of kind "decoder", or NGramLM
    sequences : integers (T,), an iterable of those, an `EncodedCorpus` or a `TokenCorpus`
        One text, or several independent ones, as in `NGramLM.fit`.
    n_words : int, optional
        Number of words of the text, counted by any rule.
    window : int, optional
        Number of tokens in a forward pass, the configuration's max_length by default; an n-gram model ignores it.
    stride : int, optional
        Half the window by default. Equal to the window: disjoint blocks (fast, higher perplexity); 1: maximal context
        (slow).
    batch_size : int
        Number of windows in a forward pass.
    ngrams : NGramLM, optional
        An n-gram model with the same tokens, mixed with the model: the weighted mean of both models' probabilities.
    ngram_weight : float, optional
        Weight of the n-gram model in the mixture, .3 by default; `fit_ngram_weight` finds the best one for a text.

    Returns
    -------
    Perplexity

    Raises
    ------
    TypeError, ValueError
        If the ids are not integers or outside the vocabulary, no sequence has two tokens, or an option is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> from wordvec.transformer import NGramLM, perplexity
    >>> text = np.tile([0, 1, 0, 2], 100)  # only what follows a 0 is uncertain
    >>> print(perplexity(NGramLM(order=2).fit(text), text, n_words=100))
    perplexity  1.43 per token
    per word    4.12, of 100 words
    loss        0.3550 nats per token, of 399 tokens
    """
    if n_words is not None:
        check_int("n_words", n_words, _OWNER, 1)
    check_int("batch_size", batch_size, _OWNER, 1)
    texts = _texts(sequences, _OWNER)
    if isinstance(model, NGramLM):
        if ngrams is not None:
            raise ParameterError("ngrams", _OWNER, "be left out for an n-gram model", ngrams)
        scores = _ngram_scores(model, texts)
    else:
        weight = check_ngrams(ngrams, ngram_weight, _checked(model).config.vocab_size, _OWNER)
        scores = _model_scores(model, texts, window, stride, batch_size)
        if ngrams is not None:
            scores = mixed(scores, _ngram_scores(ngrams, texts), weight)
    total = -float(scores.sum())
    n_tokens = sum(len(text) - 1 for text in texts)
    return Perplexity(
        loss=total / n_tokens,
        per_token=_exp(total / n_tokens),
        per_word=None if n_words is None else _exp(total / n_words),
        n_tokens=n_tokens,
        n_words=n_words,
    )


def fit_ngram_weight(
    model: DecoderModel | RecurrentModel,
    ngrams: NGramLM,
    sequences: Any,
    *,
    window: int | None = None,
    stride: int | None = None,
    batch_size: int = 8,
) -> float:
    """Return the mixture weight of an n-gram model that maximises the probability of a text; use held-out text.

    Parameters
    ----------
    model : DecoderModel or RecurrentModel
    ngrams : NGramLM
    sequences, window, stride, batch_size : as for `perplexity`

    Raises
    ------
    TypeError, ValueError
        As `perplexity` does.
    """
    owner = "fit_ngram_weight"
    check_ngrams(ngrams, None, _checked(model).config.vocab_size, owner)
    texts = _texts(sequences, owner)
    return best_weight(_model_scores(model, texts, window, stride, batch_size), _ngram_scores(ngrams, texts))


def _texts(sequences: Any, owner: str) -> list[np.ndarray]:
    """Return the texts that have a token to predict."""
    token_ids, starts = joined_ids(sequences, owner)
    texts = [text for text in np.split(token_ids, starts[1:]) if len(text) > 1]
    if not texts:
        raise ValueError(f"{owner} needs a sequence of at least two tokens: the first one is not predicted.")
    return texts


def _ngram_scores(ngrams: NGramLM, texts: list[np.ndarray]) -> np.ndarray:
    """Return the log-probabilities of all tokens but the first of each text, float64."""
    return np.concatenate([ngrams.log_probabilities(text)[1:] for text in texts])


def _checked(model: Any) -> DecoderModel | RecurrentModel:
    """Return the model if it predicts next tokens, or raise TypeError."""
    if not isinstance(model, (DecoderModel, RecurrentModel)) or model.config.kind != "decoder":
        raise TypeError(
            f"{_OWNER} needs a DecoderModel, a RecurrentModel that reads forwards, or an NGramLM. "
            f"Got {type(model).__name__}, which does not predict next tokens."
        )
    return model


def _model_scores(
    model: DecoderModel | RecurrentModel,
    texts: list[np.ndarray],
    window: int | None,
    stride: int | None,
    batch_size: int,
) -> np.ndarray:
    """Return the log-probabilities of all tokens but the first of each text, float64."""
    limit = model.config.max_length
    window = limit if window is None else check_int("window", window, _OWNER, 1, limit)
    stride = max(1, window // 2) if stride is None else check_int("stride", stride, _OWNER, 1, window)
    V = model.config.vocab_size
    for text in texts:
        if text.max() >= V:
            raise ValueError(
                f"Token ids of this model run from 0 to {V - 1}. Got {text.max()}. Is this the tokenizer that it "
                "was trained with?"
            )
    places = np.cumsum([0, *(len(text) - 1 for text in texts)])
    spans = [
        (text, *span, int(place))
        for text, place in zip(texts, places)
        for span in _windows(len(text), window, stride)
    ]
    # Windows of a length lie together, so that little is padded.
    spans.sort(key=lambda span: span[2] - span[1], reverse=True)
    device = next(model.parameters()).device
    scores = np.empty(places[-1])
    with inference(model):
        for first in range(0, len(spans), batch_size):
            ids_BT, labels_BT, targets_N = _padded(spans[first : first + batch_size])
            is_scored_BT = labels_BT >= 0
            hidden_BTD = model.hidden(ids_BT.to(device)).last_hidden_state
            logits_NV = model.project(hidden_BTD[is_scored_BT.to(device)]).float()
            labels_N = labels_BT[is_scored_BT].to(device)
            losses_N = functional.cross_entropy(logits_NV, labels_N, reduction="none")
            scores[targets_N] = -losses_N.double().cpu().numpy()
    return scores


def _windows(n_tokens: int, window: int, stride: int) -> Iterator[tuple[int, int, int]]:
    """Yield (start, end, first): a model reads tokens start to end - 1 and predicts tokens first to end."""
    first = 1
    for start in range(0, n_tokens, stride):
        end = min(start + window, n_tokens - 1)
        yield start, end, first
        first = end + 1
        if first == n_tokens:
            return


def _padded(
    spans: list[tuple[np.ndarray, int, int, int, int]],
) -> tuple[Tensor, Tensor, np.ndarray]:
    """Return ids and labels, int64 (B, T), with -1 for ignored labels, and the positions of the others."""
    T = max(end - start for _, start, end, _, _ in spans)
    ids_BT = np.zeros((len(spans), T), np.int64)
    labels_BT = np.full((len(spans), T), -1, np.int64)
    targets = []
    for row, (text, start, end, first, place) in enumerate(spans):
        ids_BT[row, : end - start] = text[start:end]
        labels_BT[row, first - 1 - start : end - start] = text[first : end + 1]
        targets.append(np.arange(place + first - 1, place + end))
    return torch.from_numpy(ids_BT), torch.from_numpy(labels_BT), np.concatenate(targets)


def _exp(value: float) -> float:
    return math.exp(value) if value < 700 else math.inf
