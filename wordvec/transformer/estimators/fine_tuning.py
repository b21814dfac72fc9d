"""Building blocks of fine-tuning: loading a pre-trained body, encoding texts, training, batches for prediction."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from wordvec._utils.errors import AdvisedError, ParameterError
from wordvec._utils.validation import check_path
from wordvec.tokenizers.rows import padded_rows
from wordvec.tokenizers.tokenizer import Tokenizer
from wordvec.transformer.data.batching import Batches
from wordvec.transformer.models.base import TransformerModel
from wordvec.transformer.models.config import TransformerConfig
from wordvec.transformer.models.heads import HeadedModel
from wordvec.transformer.models.pretrained.loading import from_pretrained
from wordvec.transformer.models.pretrained.plan import check_loads
from wordvec.transformer.models.transformers import DecoderModel, EncoderModel
from wordvec.transformer.training.budget import steps_within
from wordvec.transformer.training.memory import check_memory
from wordvec.transformer.training.options import TrainerOptions
from wordvec.transformer.training.trainer import TrainingReport, train

__all__ = [
    "MIN_LENGTH",
    "EncodedTexts",
    "check_same_vocabulary",
    "encode_texts",
    "fine_tune",
    "load_pretrained",
    "new_body",
    "rate_and_optimizer",
    "rows_in_batches",
]

# A token of a text between two special ones.
MIN_LENGTH = 3

# The learning rate rises over a tenth of the steps and falls linearly to zero (Devlin et al. 2019).
_WARMUP_FRACTION = 0.1
_N_EVALUATIONS = 10
# Small models need higher learning rates than BERT's authors recommend: Turc et al. (2019), arXiv:1908.08962.
_PRETRAINED_RATES = {"narrow": 3e-4, "wide": 3e-5}
_WIDE = 512
# Wider new models need lower ones (Yang et al. 2022, arXiv:2203.03466): an encoder of 4 layers and width
# 256 learned nothing of SST at 1e-3, and .79 at half of that.
_NEW_RATE, _NEW_DECODER_RATE, _NEW_WIDTH = 1e-3, 5e-3, 128


def rate_and_optimizer(
    model: TransformerModel, learning_rate: float | None, is_new: bool
) -> tuple[float, str]:
    """Return `learning_rate`, if None the default for a new, narrow or wide model, and the optimizer.

    A new decoder, trained from scratch, learns several times faster with Muon. A new encoder with few labels does not:
    on TREC it is as good with AdamW, in two thirds of the time.
    """
    width = model.config.hidden_size
    is_new_decoder = is_new and isinstance(model, DecoderModel)
    if learning_rate is not None:
        rate = learning_rate
    elif is_new:
        rate = (_NEW_DECODER_RATE if is_new_decoder else _NEW_RATE) * min(1.0, _NEW_WIDTH / width)
    else:
        rate = _PRETRAINED_RATES["narrow" if width < _WIDE else "wide"]
    return rate, "muon" if is_new_decoder else "adamw"


def fine_tune(
    model: TransformerModel,
    batches: Batches,
    parameters: Any,
    learning_rate: float,
    optimizer: str,
    validation: Batches | None = None,
) -> TrainingReport:
    """Train all weights of a model; it is in evaluation mode afterwards.

    Parameters
    ----------
    model : TransformerModel
    batches : Batches
    parameters : namespace
        Checked `epochs`, `device`, `precision`, `random_state`, `verbose` and, if it has one, `time_budget`.
    learning_rate : float
        The peak of the schedule.
    optimizer : str
        As in `TrainerOptions`.
    validation : Batches, optional
        The loss on these is computed ten times, and the weights with the lowest are kept.

    Raises
    ------
    FloatingPointError
        If training diverges.
    ValueError
        If the model could be saved but not loaded again.
    """
    check_loads(model)
    steps = -(-parameters.epochs * batches.n_items // batches.batch_size)
    options = TrainerOptions(
        steps=steps,
        learning_rate=learning_rate,
        optimizer=optimizer,
        schedule="linear",
        device=parameters.device,
        precision=parameters.precision,
        seed=parameters.random_state,
        verbose=parameters.verbose,
    )
    if getattr(parameters, "time_budget", None) is not None:
        steps = steps_within(model, batches, parameters.time_budget, options)
    options = replace(options, steps=steps, warmup_steps=int(_WARMUP_FRACTION * steps))
    if validation is not None:
        every = -(-steps // _N_EVALUATIONS)
        options = replace(options, eval_every=every, patience=_N_EVALUATIONS)
    return train(model, batches, options, validation=validation)


def load_pretrained(folder: Any, owner: str) -> tuple[TransformerModel, Tokenizer]:
    """Return the body of the model in a folder, without its head, and the tokenizer in the same folder.

    Raises
    ------
    TypeError
        If `folder` is not a path.
    FileNotFoundError
        If a file is missing from the folder.
    ValueError
        If a file is damaged, the tokenizer belongs to another model, or the model is neither an encoder nor a decoder.
    """
    folder = check_path("pretrained", folder, owner)
    model = from_pretrained(folder)
    tokenizer = Tokenizer.load(folder)
    check_same_vocabulary(model, tokenizer, folder)
    body = model.body if isinstance(model, HeadedModel) else model
    if not isinstance(body, EncoderModel | DecoderModel):
        fix = f"Its model is of class {type(model).__name__}."
        raise ParameterError("pretrained", owner, "hold an encoder or a decoder", str(folder), fix)
    if body.config.max_length < MIN_LENGTH:
        raise ValueError(
            f"The model in {str(folder)!r} takes {body.config.max_length} tokens, and {owner} needs one that takes "
            f"{MIN_LENGTH} or more."
        )
    if body.config.pad_token_id is None:
        # transformers takes batches of texts from a decoder only if it knows what pads them.
        pad = tokenizer.end_token_id if tokenizer.pad_token_id is None else tokenizer.pad_token_id
        body.set_special_ids(pad_token_id=pad)
    return body, tokenizer


def new_body(texts: list[str], parameters: Any) -> tuple[TransformerModel, Tokenizer]:
    """Return a small encoder with random weights, and a tokenizer learned from the texts."""
    tokenizer = Tokenizer.train_from_texts(
        texts, "wordpiece", parameters.vocab_size, lowercase=parameters.lowercase
    )
    config = TransformerConfig.bert(
        tokenizer.vocab_size,
        max_length=parameters.max_length,
        hidden_size=parameters.hidden_size,
        num_layers=parameters.num_layers,
        num_heads=parameters.num_heads,
    )
    sizes = "{hidden_size}, {num_layers}, {vocab_size} or {max_length}"
    check_memory(config.n_parameters, parameters.device, sizes)
    return EncoderModel(config, parameters.random_state), tokenizer


def check_same_vocabulary(model: TransformerModel, tokenizer: Tokenizer, folder: Any) -> None:
    """Raise ValueError if the tokenizer has ids beyond the model's vocabulary."""
    if tokenizer.vocab_size > model.config.vocab_size:
        raise ValueError(
            f"The tokenizer in {str(folder)!r} has {tokenizer.vocab_size} tokens and the model "
            f"{model.config.vocab_size}, so they do not belong together. Put the model's own tokenizer there."
        )


class EncodedTexts(NamedTuple):
    """The ids of each text or pair, at least one each.

    Attributes
    ----------
    rows : list of lists of int
    segments : list of lists of int, or None
        For pairs: 0 for each id of the first text, and 1 for the second.
    n_truncated : int
        Texts that were truncated.
    """

    rows: list[list[int]]
    segments: list[list[int]] | None
    n_truncated: int


def encode_texts(
    tokenizer: Tokenizer,
    texts: list[str],
    max_length: int,
    model_limit: int,
    truncation: str,
    owner: str,
    stacklevel: int = 3,
    pairs: list[str] | None = None,
) -> EncodedTexts:
    """Return the ids of texts, or of pairs of texts.

    Parameters
    ----------
    tokenizer : Tokenizer
    texts : list of str
    max_length : int
        Maximum number of tokens in a text.
    model_limit : int
        Maximum sequence length of the model, for messages.
    truncation : {"right", "left", "error"}
    owner : str
    stacklevel : int
        As in `warnings.warn`.
    pairs : list of str, optional
        The second text of each pair.

    Raises
    ------
    ValueError
        If a text is too long and `truncation` is "error", or the tokenizer puts no separator between the texts of a
        pair.

    Warns
    -----
    UserWarning
        If texts are truncated.
    """
    added = tokenizer.backend.num_special_tokens_to_add
    if pairs is not None and added(True) <= added(False):
        raise ValueError(
            f"The tokenizer of {owner} puts no token between the texts of a pair. Use one with separators, such as "
            "BERT's."
        )
    rows, segments = tokenizer.encode_lists(texts, pairs)
    too_long = [number for number, row in enumerate(rows) if len(row) > max_length]
    may_be_longer = max_length < model_limit
    if too_long and truncation == "error":
        raise AdvisedError(
            f"Text {too_long[0]} of {owner} has {len(rows[too_long[0]])} tokens, and {max_length} are taken.",
            "{truncation='right'} to have it cut off",
            *([f"a larger {{max_length}} (the model takes {model_limit})"] if may_be_longer else []),
        )
    if too_long:
        cut = tokenizer.encode_lists(
            [texts[number] for number in too_long],
            None if pairs is None else [pairs[number] for number in too_long],
            max_length=max_length,
            truncation=truncation,
        )
        for number, row, parts in zip(too_long, *cut):
            rows[number], segments[number] = row, parts
        end = "ends" if truncation == "right" else "beginnings"
        more = (
            f"raise max_length (the model takes {model_limit})"
            if may_be_longer
            else "use a model that takes more"
        )
        warnings.warn(
            f"{len(too_long)} of {len(texts)} texts of {owner} have more than {max_length} tokens; their {end} are "
            f"cut off. To read more, {more}.",
            stacklevel=stacklevel,
        )
    # A tokenizer that adds no special tokens gives no ids for an empty text.
    filled = [row or [tokenizer.padding_id] for row in rows]
    return EncodedTexts(filled, None if pairs is None else segments, len(too_long))


def rows_in_batches(
    rows: list[list[int]], tokenizer: Tokenizer, batch_size: int, device: torch.device
) -> Iterator[tuple[np.ndarray, Tensor, Tensor]]:
    """Yield the indices of rows of similar length, their ids and attention mask, int64 (B, T)."""
    order = np.argsort([len(row) for row in rows], kind="stable")
    for first in range(0, len(order), batch_size):
        places = order[first : first + batch_size]
        part = [rows[place] for place in places]
        ids = torch.from_numpy(padded_rows(part, tokenizer.padding_id))
        mask = torch.from_numpy(padded_rows([[1] * len(row) for row in part], 0))
        yield places, ids.to(device), mask.to(device)
