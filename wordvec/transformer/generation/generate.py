"""Text generation with a language model: greedy decoding, beam search and sampling."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from wordvec._utils.errors import AdvisedError, ParameterError
from wordvec._utils.validation import check_int
from wordvec.transformer.generation.beam_search import beam_search
from wordvec.transformer.generation.decoder_runs import Run, inference, start_run
from wordvec.transformer.generation.ngram_mixture import NGramRun, check_ngrams
from wordvec.transformer.generation.options import GenerationOptions
from wordvec.transformer.generation.prompts import check_prompts
from wordvec.transformer.generation.sampling import NO_TOKEN, choose_tokens, penalise, uniform_draws
from wordvec.transformer.generation.streaming import Decodes, cut_at_stop
from wordvec.transformer.models.ngram_lm import NGramLM
from wordvec.transformer.models.transformers import DecoderModel, EncoderDecoderModel

__all__ = ["Generation", "generate"]

_OWNER = "generate"


@dataclass(frozen=True)
class Generation:
    """The continuation of one prompt.

    Attributes
    ----------
    token_ids : list of int
        The new tokens, including the end token if it was predicted.
    reason : {"end", "stop", "length"}
        What ended it: the end token, a stop string, or `max_new_tokens`.
    text : str, optional
        The new text up to the stop string, without special tokens; None without a tokenizer.
    score : float, optional
        For beam search: log-probability / length ** length_penalty; otherwise None.
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
    seed: int | Sequence[int] = 0,
    use_cache: bool = True,
    on_token: Callable[[int, int], object] | None = None,
    ngrams: NGramLM | None = None,
    ngram_weight: float | None = None,
) -> list[Generation]:
    """Continue each prompt, or generate the target of each source; options are named as in transformers.

    Parameters
    ----------
    model : DecoderModel or EncoderDecoderModel
    input_ids : int64 (B, T) or B lists of ids
        Prompts, or sources of an encoder-decoder; not empty.
    attention_mask : (B, T), optional
        1 for tokens and 0 for padding, on either side. Lists need none.
    max_new_tokens : int
        Together with the longest prompt, at most the model's max_length.
    do_sample : bool
        Whether to sample the next token from the model's distribution instead of taking the best one.
    temperature : float
        Sampling: divisor of the scores; below 1 for safer text.
    top_k, top_p, min_p
        Sampling: keep the k best tokens; the smallest set of tokens whose probabilities sum to p (Holtzman et al.
        2020); those with at least p times the probability of the best (Nguyen et al. 2024). 0, 1.0 and 0.0 keep all.
        They are applied in this order.
    num_beams : int
        1 for greedy decoding or sampling, more for beam search.
    length_penalty : float
        Beam search: log-probabilities are divided by the length to this power; larger values favour longer texts.
    repetition_penalty : float
        Above 1, tokens that occur in the prompt (for an encoder-decoder: the target) or in the new text become less
        probable (Keskar et al. 2019).
    no_repeat_ngram_size : int
        Above 0, no n-gram of this size occurs twice, the prompt included.
    eos_token_id : int, optional
        The token that ends a text; the configuration's by default, or that of an encoder-decoder's `tokenizer`.
    decoder_start_token_id : int, optional
        The token that starts an encoder-decoder's targets; by default the configuration's bos_token_id, or the token of
        `tokenizer` that starts the targets of `Seq2SeqBatches`.
    stop_strings : str or sequence of str
        Strings that end a continuation when they occur in it; require `tokenizer`.
    tokenizer : Tokenizer, optional
        Decodes the `text` of continuations; for an encoder-decoder, the tokenizer of the targets.
    seed : int or B ints
        Seed of sampling. The draws of a row depend on the seed and the row's index alone: repeat a prompt to get
        several continuations of it. With a seed for each row they depend on that seed alone, whatever the row's index.
    use_cache : bool
        Whether keys and values of earlier tokens are cached. Without the cache the tokens are the same, but generation
        is slower.
    on_token : callable, optional
        Called with (row, token id) as soon as a token is chosen, e.g. a `TextStream`; not with beam search.
    ngrams : NGramLM, optional
        An n-gram model with the same tokens, mixed with a DecoderModel: the weighted mean of both models'
        probabilities.
    ngram_weight : float, optional
        Weight of the n-gram model in the mixture, .3 by default; `fit_ngram_weight` finds the best one for a text.

    Returns
    -------
    list of Generation
        One for each prompt, without the prompt itself.

    Raises
    ------
    TypeError, ValueError
        If an option breaks its rule or contradicts another, or prompts are empty, too long for the model, or contain
        ids outside its vocabulary.

    Examples
    --------
    >>> from wordvec.transformer import CausalBatches, DecoderModel, TokenCorpus, Tokenizer, TrainerOptions
    >>> from wordvec.transformer import TransformerConfig, generate, train
    >>> texts = ["one two three four five six seven eight nine ten"] * 9
    >>> tokenizer = Tokenizer.train_from_texts(texts, "word")
    >>> corpus = TokenCorpus.from_texts(texts, tokenizer)
    >>> model = DecoderModel(TransformerConfig.gpt(tokenizer.vocab_size, hidden_size=16, num_layers=1, dropout=0.0))
    >>> options = TrainerOptions(steps=60, learning_rate=0.01)
    >>> report = train(model, CausalBatches(corpus, block_size=8, batch_size=8), options)
    >>> generate(model, [tokenizer.encode("three four")], max_new_tokens=4, tokenizer=tokenizer)[0].text
    'five six seven eight'
    """
    row_seeds = _row_seeds(seed)
    shared_seed: Any = 0 if row_seeds else seed
    options = GenerationOptions(
        max_new_tokens=max_new_tokens, do_sample=do_sample, temperature=temperature, top_k=top_k, top_p=top_p,
        min_p=min_p, num_beams=num_beams, length_penalty=length_penalty, repetition_penalty=repetition_penalty,
        no_repeat_ngram_size=no_repeat_ngram_size, seed=shared_seed, use_cache=use_cache,
    )  # fmt: skip
    if not isinstance(model, (DecoderModel, EncoderDecoderModel)):
        raise TypeError(
            f"{_OWNER} needs a DecoderModel or an EncoderDecoderModel. Got {type(model).__name__}, which does "
            "not predict next tokens."
        )
    if num_beams > 1 and on_token is not None:
        fix = "Pass {num_beams=1}, or leave {on_token} out."
        raise ParameterError("num_beams", _OWNER, "be 1 with {on_token}", num_beams, fix)
    prompts = check_prompts(model, input_ids, attention_mask, max_new_tokens)
    if row_seeds and len(row_seeds) != len(prompts):
        raise ParameterError(
            "seed", _OWNER, f"be one number, or one for each of {len(prompts)} prompts", seed
        )
    start_default, end_default = model.config.bos_token_id, model.config.eos_token_id
    if isinstance(model, EncoderDecoderModel):
        start_default = _known(start_default, tokenizer, "start_token_id")
        end_default = _known(end_default, tokenizer, "end_token_id")
    eos_token_id = _special_id("eos_token_id", eos_token_id, end_default, model)
    start_token_id = _special_id("decoder_start_token_id", decoder_start_token_id, start_default, model)
    if isinstance(model, EncoderDecoderModel) and start_token_id is None:
        raise AdvisedError(
            f"{_OWNER} needs the token that targets begin with, and the configuration has no bos_token_id.",
            "the {tokenizer} of the targets",
            "{decoder_start_token_id}",
        )
    stopping = _StoppingCriteria(eos_token_id, _check_stop_strings(stop_strings, tokenizer), tokenizer)
    weight = check_ngrams(ngrams, ngram_weight, model.config.vocab_size, _OWNER)
    if ngrams is not None and isinstance(model, EncoderDecoderModel):
        raise ParameterError("ngrams", _OWNER, "be left out for an encoder-decoder", ngrams)
    with inference(model):
        run: Run = start_run(model, prompts, max_new_tokens, use_cache, start_token_id)
        if ngrams is not None:
            run = NGramRun(run, ngrams, weight)
        history = _history(run) if options.needs_history else None
        if num_beams > 1:
            found = beam_search(run, options, history, stopping)
            return [stopping.generation(each.token_ids, each.reason, each.score) for each in found]
        rows, reasons = _extend(run, options, row_seeds or options.seed, history, stopping, on_token)
    return [stopping.generation(row, reason) for row, reason in zip(rows, reasons)]


class _StoppingCriteria:
    """Decides whether a continuation is complete, and converts it to a `Generation`.

    Called with the new tokens, it returns "end" or "stop" if they are complete, otherwise None.
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
    run: Run,
    options: GenerationOptions,
    seed: int | Sequence[int],
    history_BL: Tensor | None,
    stopping: Callable[[list[int]], str | None],
    on_token: Callable[[int, int], object] | None,
) -> tuple[list[list[int]], list[str]]:
    """Append the best or a sampled token to every row until all are complete; return the new tokens and reasons."""
    B, n_new = len(run.prompt_ids), options.max_new_tokens
    rows: list[list[int]] = [[] for _ in range(B)]
    reasons = ["length"] * B
    open_rows = list(range(B))
    draws_BS = None
    if options.do_sample:
        draws_BS = uniform_draws(seed, B, n_new, run.prompt_ids.device)
    new_ids_BT = run.prompt_ids
    for step in range(n_new):
        scores_BV = penalise(run.logits(new_ids_BT), history_BL, options)
        tokens_B = choose_tokens(scores_BV, None if draws_BS is None else draws_BS[:, step], options)
        new_ids_BT = tokens_B.unsqueeze(1)
        if history_BL is not None:
            history_BL = torch.cat([history_BL, new_ids_BT], dim=1)
        token_ids = tokens_B.tolist()
        still_open = []
        for row in open_rows:
            rows[row].append(token_ids[row])
            if on_token is not None:
                on_token(row, token_ids[row])
            reason = stopping(rows[row])
            if reason is None:
                still_open.append(row)
            else:
                reasons[row] = reason
        open_rows = still_open
        if not open_rows:
            break
    return rows, reasons


def _history(run: Run) -> Tensor:
    """Return the tokens of prompts for the penalties, int64 (B, P), NO_TOKEN at padding."""
    if run.mask is None:
        return run.prompt_ids
    return run.prompt_ids.masked_fill(run.mask[:, : run.prompt_ids.shape[1]] == 0, NO_TOKEN)


def _known(token_id: int | None, tokenizer: Decodes | None, name: str) -> int | None:
    """Return an id from the configuration, or else from a tokenizer."""
    found: int | None = getattr(tokenizer, name, None) if token_id is None else token_id
    return found


def _special_id(name: str, value: int | None, default: int | None, model: Any) -> int | None:
    return default if value is None else check_int(name, value, _OWNER, 0, model.config.vocab_size - 1)


def _row_seeds(seed: Any) -> list[int]:
    """Return the seed of each row, or an empty list if all rows share one seed."""
    if not isinstance(seed, Sequence) or isinstance(seed, str) or not seed:
        return []
    rule = GenerationOptions._parameter_rules["seed"]
    return [rule.check("seed", each, _OWNER) for each in seed]


def _check_stop_strings(stop_strings: Any, tokenizer: Decodes | None) -> tuple[str, ...]:
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
        raise ParameterError("tokenizer", _OWNER, "be given where there are {stop_strings}", None)
    return stops
