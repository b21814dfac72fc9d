"""Text from a language model: greedy, beam search and sampling."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from wordvec._utils.parameters import ParameterError
from wordvec._utils.validation import check_bool, check_float, check_int
from wordvec.transformer.generation.beam_search import beam_search
from wordvec.transformer.generation.decoder_runs import (
    DecoderRun,
    EncoderDecoderRun,
    inference,
    start_run,
)
from wordvec.transformer.generation.sampling import NO_TOKEN, ChoiceOptions, uniform_draws
from wordvec.transformer.generation.streaming import Decodes, cut_at_stop
from wordvec.transformer.models.transformers import DecoderModel, EncoderDecoderModel

__all__ = ["Generation", "generate"]

_OWNER = "generate"
_MAX_PENALTY = 100.0


@dataclass(frozen=True)
class Generation:
    """What a model wrote after one prompt.

    Attributes
    ----------
    token_ids : the new tokens, the end token included if it came
    reason : "end" for the end token, "stop" for a stop string, "length" for max_new_tokens
    text : the new text, without special tokens, before the stop string; None without a tokenizer
    score : of beam search: log-probability / length ** length_penalty; otherwise None
    """

    token_ids: list[int]
    reason: str
    text: str | None = None
    score: float | None = None


def generate(
    model: DecoderModel | EncoderDecoderModel,
    input_ids: Tensor | Sequence[Sequence[int]],
    attention_mask: Tensor | None = None,
    *,
    max_new_tokens: int = 50,
    do_sample: bool = False,
    temperature: float = 1.0,
    top_k: int = 0,
    top_p: float = 1.0,
    min_p: float = 0.0,
    num_beams: int = 1,
    length_penalty: float = 1.0,
    repetition_penalty: float = 1.0,
    no_repeat_ngram_size: int = 0,
    eos_token_id: int | None = None,
    decoder_start_token_id: int | None = None,
    stop_strings: str | Sequence[str] = (),
    tokenizer: Decodes | None = None,
    seed: int = 0,
    use_cache: bool = True,
    on_token: Callable[[int, int], object] | None = None,
) -> list[Generation]:
    """Continue each prompt, or write the target of each source; options are named as in transformers.

    Parameters
    ----------
    model : DecoderModel or EncoderDecoderModel
    input_ids : int64 (B, T) or B lists of ids
        Prompts, or an encoder-decoder's sources. None may be empty.
    attention_mask : (B, T), optional
        1 for tokens and 0 for padding, on either side. Lists need none.
    max_new_tokens : int
        With the longest prompt at most the model's max_length.
    do_sample : bool
        Draw the next token, by the model's probabilities, instead of taking the best one.
    temperature : float
        Sampling: what scores are divided by; below 1 for safer text.
    top_k, top_p, min_p
        Sampling: keep the k best tokens; the fewest whose probabilities sum to p; those with p times the
        probability of the best. 0, 1.0 and 0.0 keep all. Applied in this order.
    num_beams : int
        1 for a greedy choice or sampling, more for beam search.
    length_penalty : float
        Beam search: the power of the length that log-probabilities are divided by; more favours longer texts.
    repetition_penalty : float
        Above 1, tokens of the prompt (for an encoder-decoder, of the target) or of what was written are less likely.
    no_repeat_ngram_size : int
        Above 0, no n-gram of this size comes twice, the prompt included.
    eos_token_id : int, optional
        The token that ends a text; the configuration's by default.
    decoder_start_token_id : int, optional
        What an encoder-decoder's targets begin with; the configuration's bos_token_id by default.
    stop_strings : str or sequence of str
        Texts that end a continuation when they appear in it. They need `tokenizer`.
    tokenizer : Tokenizer, optional
        What the continuations' `text` is made with.
    seed : int
        Of sampling. A row's draws depend on the seed and the row's number alone: repeat a prompt to get several
        continuations of it.
    use_cache : bool
        Whether keys and values of earlier tokens are kept. The tokens are the same without, but slow.
    on_token : callable, optional
        Called with (row, token id) for each new token at once, e.g. a `TextStream`; not in beam search.

    Returns
    -------
    list of Generation
        One for each prompt, the prompt not included.

    Raises
    ------
    TypeError, ValueError
        If an option is not what it should be or does not fit another, or prompts are empty, too long for the
        model, or hold ids outside its vocabulary.
    """
    choice = ChoiceOptions(
        do_sample, temperature, top_k, top_p, min_p, repetition_penalty, no_repeat_ngram_size, seed
    )
    check_bool("use_cache", use_cache, _OWNER)
    check_int("max_new_tokens", max_new_tokens, _OWNER, 1)
    check_int("num_beams", num_beams, _OWNER, 1)
    check_float("length_penalty", length_penalty, _OWNER, -_MAX_PENALTY, _MAX_PENALTY)
    if not isinstance(model, (DecoderModel, EncoderDecoderModel)):
        raise TypeError(
            f"{_OWNER} needs a DecoderModel or an EncoderDecoderModel. Got {type(model).__name__}, which does "
            "not predict next tokens."
        )
    if num_beams > 1 and (do_sample or on_token is not None):
        option = "{do_sample=True}" if do_sample else "{on_token}"
        raise ParameterError("num_beams", _OWNER, f"be 1 with {option}", num_beams, "Leave one of them out.")
    if num_beams == 1 and length_penalty != 1.0:
        rule, fix = "be left out without beam search", "Pass {num_beams=2} or more."
        raise ParameterError("length_penalty", _OWNER, rule, length_penalty, fix)
    prompts = _checked_prompts(model, input_ids, attention_mask, max_new_tokens)
    eos_token_id = _special_id("eos_token_id", eos_token_id, model.config.eos_token_id, model)
    start_token_id = _special_id(
        "decoder_start_token_id", decoder_start_token_id, model.config.bos_token_id, model
    )
    if isinstance(model, EncoderDecoderModel) and start_token_id is None:
        raise ValueError(
            f"{_OWNER} does not know what targets begin with: the configuration has no bos_token_id. "
            "Pass decoder_start_token_id."
        )
    ended = _Ended(eos_token_id, _checked_stops(stop_strings, tokenizer), tokenizer)
    with inference(model):
        run = start_run(model, prompts, max_new_tokens, use_cache, start_token_id)
        history = _history(run) if choice.needs_history else None
        if num_beams > 1:
            found = beam_search(run, choice, history, max_new_tokens, num_beams, length_penalty, ended)
            return [ended.generation(each.token_ids, each.reason, each.score) for each in found]
        rows, reasons = _extend(run, choice, history, max_new_tokens, ended, on_token)
    return [ended.generation(row, reason) for row, reason in zip(rows, reasons)]


class _Ended:
    """Tells whether a text is complete, and makes a `Generation` of it.

    Called with the new tokens, it returns the reason why nothing follows them, or None.
    """

    def __init__(self, eos_token_id: int | None, stops: tuple[str, ...], tokenizer: Decodes | None) -> None:
        self._eos_token_id = eos_token_id
        self._stops = stops
        self._tokenizer = tokenizer

    def __call__(self, token_ids: list[int]) -> str | None:
        if token_ids[-1] == self._eos_token_id:
            return "end"
        if self._stops and self._tokenizer is not None:
            text = self._tokenizer.decode(token_ids)
            if any(stop in text for stop in self._stops):
                return "stop"
        return None

    def generation(self, token_ids: list[int], reason: str, score: float | None = None) -> Generation:
        text = None
        if self._tokenizer is not None:
            text = cut_at_stop(self._tokenizer.decode(token_ids), self._stops)
        return Generation(token_ids, reason, text, score)


def _extend(
    run: DecoderRun | EncoderDecoderRun,
    choice: ChoiceOptions,
    history_BL: Tensor | None,
    n_new: int,
    ended: Callable[[list[int]], str | None],
    on_token: Callable[[int, int], object] | None,
) -> tuple[list[list[int]], list[str]]:
    """Append the best or a drawn token to every row until all have ended; return the new tokens and reasons."""
    B = len(run.prompt_ids)
    rows: list[list[int]] = [[] for _ in range(B)]
    reasons = ["length"] * B
    open_rows = list(range(B))
    draws_BS = None
    if choice.do_sample:
        draws_BS = uniform_draws(choice.seed, B, n_new, run.prompt_ids.device)
    new_ids_BT = run.prompt_ids
    for step in range(n_new):
        scores_BV = choice.penalised(run.logits(new_ids_BT), history_BL)
        tokens_B = choice.choose(scores_BV, None if draws_BS is None else draws_BS[:, step])
        new_ids_BT = tokens_B.unsqueeze(1)
        if history_BL is not None:
            history_BL = torch.cat([history_BL, new_ids_BT], dim=1)
        token_ids = tokens_B.tolist()
        still_open = []
        for row in open_rows:
            rows[row].append(token_ids[row])
            if on_token is not None:
                on_token(row, token_ids[row])
            reason = ended(rows[row])
            if reason is None:
                still_open.append(row)
            else:
                reasons[row] = reason
        open_rows = still_open
        if not open_rows:
            break
    return rows, reasons


def _history(run: DecoderRun | EncoderDecoderRun) -> Tensor:
    """Return the tokens that penalties look back at, int64 (B, P)."""
    if run.mask is None:
        return run.prompt_ids
    return run.prompt_ids.masked_fill(run.mask[:, : run.prompt_ids.shape[1]] == 0, NO_TOKEN)


def _checked_prompts(
    model: DecoderModel | EncoderDecoderModel, input_ids: Any, attention_mask: Any, n_new: int
) -> list[list[int]]:
    """Return the ids of each prompt, without padding."""
    prompts = _prompt_lists(input_ids, attention_mask)
    if not prompts:
        raise ValueError(f"{_OWNER} needs at least one prompt. Got none.")
    V, limit = model.config.vocab_size, model.config.max_length
    is_source = isinstance(model, EncoderDecoderModel)
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


def _special_id(name: str, value: int | None, default: int | None, model: Any) -> int | None:
    return default if value is None else check_int(name, value, _OWNER, 0, model.config.vocab_size - 1)


def _checked_stops(stop_strings: Any, tokenizer: Decodes | None) -> tuple[str, ...]:
    if isinstance(stop_strings, str):
        stop_strings = (stop_strings,)
    is_sequence = isinstance(stop_strings, Sequence)
    wrong = (
        [stop for stop in stop_strings if not (isinstance(stop, str) and stop)]
        if is_sequence
        else [stop_strings]
    )
    if wrong:
        raise ParameterError("stop_strings", _OWNER, "hold texts that are not empty", wrong[0])
    stops = tuple(stop_strings)
    if stops and tokenizer is None:
        raise ValueError(f"{_OWNER} needs a tokenizer to find stop_strings. Pass tokenizer too.")
    return stops
