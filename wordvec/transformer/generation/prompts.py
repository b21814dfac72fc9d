"""Checks of generation prompts, and their conversion to lists of token ids."""

from __future__ import annotations

import operator
from typing import Any

from torch import Tensor

from wordvec._utils.errors import ParameterError
from wordvec.transformer.models.transformers import DecoderModel, EncoderDecoderModel

__all__ = ["check_prompts"]

_OWNER = "generate"


def check_prompts(
    model: DecoderModel | EncoderDecoderModel, input_ids: Any, attention_mask: Any, n_new: int
) -> list[list[int]]:
    """Return the ids of each prompt, or of each source of an encoder-decoder, without padding.

    Raises
    ------
    TypeError, ValueError
        If they are not valid ids of the model, or leave no room for `n_new` tokens.
    """
    prompts = _prompt_lists(input_ids, attention_mask)
    if not prompts:
        raise ValueError(f"{_OWNER} needs at least one prompt. Got none.")
    is_source = isinstance(model, EncoderDecoderModel)
    V, limit = model.config.vocab_size, model.config.max_length
    if is_source and model.config.source_vocab_size is not None:
        V = model.config.source_vocab_size
    for number, prompt in enumerate(prompts):
        if not prompt:
            raise ValueError(
                f"Prompt {number} of {_OWNER} is empty, so there is nothing to go on from. Give it at least one "
                "token, e.g. the one that texts begin with."
            )
        if min(prompt) < 0 or max(prompt) >= V:
            wrong = min(prompt) if min(prompt) < 0 else max(prompt)
            raise ValueError(
                f"Prompt {number} of {_OWNER} holds the id {wrong}, and the model has ids from 0 to {V - 1}. "
                "Is this the tokenizer that it was trained with?"
            )
        if len(prompt) + (0 if is_source else 1) > limit:
            raise ValueError(
                f"Prompt {number} of {_OWNER} has {len(prompt)} tokens, which leaves no room in the model's "
                f"max_length of {limit}. Shorten it."
            )
    longest = 0 if is_source else max(map(len, prompts))
    if longest + n_new > limit:
        after = "" if is_source else f" after a prompt of {longest}"
        rule = f"be at most {limit - longest}{after}, for the model's max_length is {limit}"
        raise ParameterError("max_new_tokens", _OWNER, rule, n_new)
    return prompts


def _prompt_lists(input_ids: Any, attention_mask: Any) -> list[list[int]]:
    if isinstance(input_ids, Tensor):
        if input_ids.dim() != 2 or input_ids.is_floating_point():
            raise ValueError(
                f"The input_ids of {_OWNER} must be integers of shape (prompts, tokens). "
                f"Got {input_ids.dtype} of shape {tuple(input_ids.shape)}."
            )
        rows = input_ids.tolist()
        if attention_mask is None:
            return rows
        found = tuple(attention_mask.shape) if isinstance(attention_mask, Tensor) else repr(attention_mask)
        if found != tuple(input_ids.shape):
            raise ValueError(
                f"The attention_mask of {_OWNER} must be a tensor of the shape of input_ids, "
                f"{tuple(input_ids.shape)}. Got {found!s:.60} instead."
            )
        return [
            [token for token, is_real in zip(row, real) if is_real]
            for row, real in zip(rows, attention_mask.tolist())
        ]
    if attention_mask is not None:
        raise ValueError(
            f"{_OWNER} takes an attention_mask with a tensor of input_ids. Leave it out for lists."
        )
    try:
        return [[operator.index(token) for token in _not_text(row)] for row in _not_text(input_ids)]
    except TypeError:
        raise TypeError(
            f"The input_ids of {_OWNER} must be a tensor or a list of lists of token ids, one a prompt. "
            f"Got {type(input_ids).__name__}. Encode text with the model's tokenizer first."
        ) from None


def _not_text(value: Any) -> Any:
    if isinstance(value, (str, bytes)):
        raise TypeError
    return value
