"""`DialogueModel`: a decoder trained on the turns of dialogues, as a scikit-learn estimator."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from sklearn.utils.validation import check_is_fitted

from wordvec._utils.errors import ParameterError
from wordvec._utils.messages import counted
from wordvec._utils.parameters import FilePath, Integer, Real, Rule, check_parameters
from wordvec._utils.timing import Stopwatch
from wordvec.text.dialogues import check_dialogues, check_histories
from wordvec.tokenizers.limits import MAX_VOCAB_SIZE
from wordvec.tokenizers.tokenizer import Tokenizer
from wordvec.transformer.data.dialogue_rows import (
    add_speakers,
    dialogue_windows,
    keep_special_tokens_apart,
    prompt_of,
    turn_ids,
)
from wordvec.transformer.data.labelled_batches import TokenClassificationBatches
from wordvec.transformer.estimators.base import FILE_NAME, FineTunedEstimator
from wordvec.transformer.estimators.fine_tuning import load_pretrained
from wordvec.transformer.generation.generate import generate
from wordvec.transformer.generation.perplexity import Perplexity, perplexity
from wordvec.transformer.generation.streaming import TextStream
from wordvec.transformer.models.config import TransformerConfig
from wordvec.transformer.models.pretrained.loading import from_pretrained
from wordvec.transformer.models.transformers import DecoderModel, with_more_tokens
from wordvec.transformer.training.memory import check_memory

__all__ = ["DialogueModel"]

_OWNER = "DialogueModel"
_SPECIAL = {"pad": "<pad>", "bos": "<s>", "eos": "</s>"}
_NEW_TOKENS = 40
_FEWEST_HELD_OUT_OF = 20  # from this many dialogues on, some are held out
_INCOMPLETE = "\ufffd"  # a reply may end within a character of several bytes


class DialogueModel(FineTunedEstimator):
    """Continue dialogues with a decoder trained on turns, each preceded by a speaker token.

    Two speakers take turns. Dialogues longer than the model's limit are learned in windows of whole turns; of a
    history, the model reads as many of the last turns as fit. The folder that `save` writes is a GPT-2 for
    `transformers`.

    Parameters
    ----------
    time_budget : float, optional
        Training time in seconds; on a CPU, processor time divided by the number of PyTorch's threads. By default
        `epochs` applies.
    pretrained : path, optional
        Folder of a decoder and its tokenizer to start from: GPT-2 in Hugging Face's layout, or what
        `wordvec lm pretrain --objective causal` wrote. By default, a small decoder is trained from scratch, with
        byte-level BPE learned from the dialogues.
    epochs : int
        Passes over the dialogues if there is no `time_budget`.
    batch_size : int
        Windows per step.
    learning_rate : float, optional
        The peak of the schedule, with the defaults of `TransformerClassifier`, except that a new model is trained with
        Muon (Jordan et al. 2024) at 5e-3.
    max_length : int
        Maximum number of tokens in a window; never more than the model's limit.
    hidden_size, num_layers, num_heads : int
        Sizes of a model without `pretrained`.
    vocab_size : int
        Maximum number of pieces of its tokenizer.
    dropout : float
        Dropout of a model without `pretrained`.
    validation_fraction : float
        Fraction of the dialogues to hold out, at least one if there are 20 or more. The loss on them is computed ten
        times, and the weights with the lowest are kept; with 0, the last weights are kept.
    device : {"auto", "cpu", "cuda"}
    precision : {"float32", "bf16"}
        Precision of products in training; the model stays float32. "bf16" halves the time on processors that multiply
        bfloat16 (avx512_bf16 or amx_bf16 in their list of features), and takes longer on others.
    random_state : int, RandomState or None
    verbose : bool, optional
        Whether to show progress on stderr. By default only on a terminal.

    Attributes
    ----------
    model_ : DecoderModel
    tokenizer_ : Tokenizer
    max_length_ : int
        Maximum number of tokens in a window.
    n_dialogues_, n_held_out_, n_windows_ : int
        Numbers of training dialogues, held-out dialogues and training windows.
    n_left_out_ : int
        Dialogues left out because they have fewer than two turns, and so no reply.
    n_truncated_ : int
        Turns longer than a window, whose ends are cut off.
    loss_curve_ : list of float
        Loss in nats per token, for each step.
    validation_curve_ : list of (int, float)
        Steps and the loss on held-out dialogues.
    n_iter_ : int
    learning_rate_ : float
    interrupted_ : bool
        Whether Ctrl-C ended training early.
    fit_times_ : dict of str to float
    seed_ : int

    Examples
    --------
    >>> from wordvec.transformer import DialogueModel
    >>> dialogues = [["one", "two", "three", "four"], ["red", "green", "blue", "grey"]] * 8
    >>> model = DialogueModel(epochs=80, hidden_size=32, num_layers=1, batch_size=8, learning_rate=0.01, dropout=0.0,
    ...     validation_fraction=0.0)
    >>> model.fit(dialogues).predict([["one", "two"], ["red"]])
    ['three', 'green']

    References
    ----------
    Wolf, Sanh, Chaumond and Delangue (2019), "TransferTransfo: a transfer learning approach for neural network based
    conversational agents", arXiv:1901.08149. Zhang et al. (2020), "DialoGPT", ACL.
    """

    _parameter_rules: ClassVar[dict[str, Rule]] = {
        **FineTunedEstimator._parameter_rules,
        "time_budget": Real(0.0, low_open=True) | None,
        "pretrained": FilePath() | None,
        "hidden_size": Integer(1),
        "num_layers": Integer(1),
        "num_heads": Integer(1),
        "vocab_size": Integer(300, MAX_VOCAB_SIZE),
        "dropout": Real(0.0, 1.0),
        "validation_fraction": Real(0.0, 0.5),
    }
    model_: DecoderModel

    def __init__(
        self,
        time_budget: float | None = None,
        pretrained: str | os.PathLike[str] | None = None,
        *,
        epochs: int = 10,
        batch_size: int = 16,
        learning_rate: float | None = None,
        max_length: int = 256,
        hidden_size: int = 128,
        num_layers: int = 4,
        num_heads: int = 4,
        vocab_size: int = 4000,
        dropout: float = 0.1,
        validation_fraction: float = 0.05,
        device: str = "auto",
        precision: str = "float32",
        random_state: Any = 1,
        verbose: bool | None = None,
    ) -> None:
        self.time_budget = time_budget
        self.pretrained = pretrained
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.max_length = max_length
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.num_heads = num_heads
        self.vocab_size = vocab_size
        self.dropout = dropout
        self.validation_fraction = validation_fraction
        self.device = device
        self.precision = precision
        self.random_state = random_state
        self.verbose = verbose

    def fit(self, dialogues: Any, y: Any = None, *, validation: Any = None) -> DialogueModel:
        """Train on dialogues.

        Ctrl-C during training stops it; the model then holds what it has learned so far, and `interrupted_` is True.

        Parameters
        ----------
        dialogues : list of lists of str
            The turns of each.
        y : ignored
        validation : list of lists of str, optional
            Held-out dialogues for choosing the weights, instead of `validation_fraction`.

        Raises
        ------
        TypeError, ValueError
            If a parameter or a dialogue breaks its rule, or no dialogue has two turns.
        FileNotFoundError
            If a file is missing from the folder `pretrained`.
        FloatingPointError
            If training diverges.
        """
        watch = Stopwatch()
        parameters = check_parameters(self)
        owner = f"{_OWNER}.fit"
        given = check_dialogues(dialogues, owner)
        training = _of_two_turns(given, owner, "dialogues")
        if validation is None:
            training, held_out = _hold_out(training, parameters.validation_fraction, parameters.random_state)
        else:
            held_out = _of_two_turns(check_dialogues(validation, owner, "validation"), owner, "validation")
        model, tokenizer = self._start(training, parameters)
        max_length = min(parameters.max_length, model.config.max_length)
        rows = [turn_ids(tokenizer, turns) for turns in training]
        n_truncated = sum(len(turn) > max_length for turns in rows for turn in turns)
        batches = _batches(rows, tokenizer, max_length, parameters.batch_size, parameters.random_state)
        watched = None
        if held_out:
            held_rows = [turn_ids(tokenizer, turns) for turns in held_out]
            watched = _batches(held_rows, tokenizer, max_length, parameters.batch_size, None)
        if n_truncated:
            warnings.warn(
                f"{counted(n_truncated, 'turn')} of {owner} cut off after {max_length} tokens. To learn "
                "from the rest, too, pass a larger max_length.",
                stacklevel=2,
            )
        watch.lap("preparation")
        self._train(model, batches, parameters, self.pretrained is None, watched)
        self.fit_times_ = watch.lap("training")
        self.tokenizer_, self.max_length_ = tokenizer, max_length
        self.n_dialogues_, self.n_held_out_ = len(training), len(held_out)
        self.n_left_out_ = len(given) - len(training) - (len(held_out) if validation is None else 0)
        self.n_windows_, self.n_truncated_ = batches.n_items, n_truncated
        return self

    def predict(self, histories: Any, **options: Any) -> list[str]:
        """Return the next turn of each dialogue.

        Parameters
        ----------
        histories : list of lists of str, or of str
            The turns so far.
        **options
            Options of `wordvec.transformer.generate`: `max_new_tokens` (40, or half of the model's limit),
            `do_sample`, `temperature`, `top_k`, `top_p`, `num_beams`, `stop_strings`, `seed`, ...

        Raises
        ------
        NotFittedError, TypeError, ValueError
            If the model is not fitted, a history has no turns, or an option breaks its rule.
        """
        check_is_fitted(self, "model_")
        turns = check_histories(histories, f"{_OWNER}.predict")
        options, room = self._options(options)
        size = check_parameters(self, "batch_size").batch_size
        prompts = [prompt_of(self.tokenizer_, history, room) for history in turns]
        found = [""] * len(prompts)
        # Prompts of like lengths go together, so that little is padded.
        order = np.argsort([len(prompt) for prompt in prompts], kind="stable")
        for first in range(0, len(order), size):
            places = order[first : first + size].tolist()
            made = generate(
                self.model_, [prompts[place] for place in places], tokenizer=self.tokenizer_, **options
            )
            for place, each in zip(places, made):
                found[place] = _text(each.text)
        return found

    def reply(self, history: Any, *, write: Callable[[str], object] | None = None, **options: Any) -> str:
        """Return the next turn of one dialogue.

        Parameters
        ----------
        history : str or list of str
        write : callable, optional
            Called with each piece of the text as soon as it is generated; without beam search.
        **options
            As for `predict`.

        Raises
        ------
        NotFittedError, TypeError, ValueError
            As for `predict`.
        """
        check_is_fitted(self, "model_")
        (turns,) = check_histories([history], f"{_OWNER}.reply", "history")
        options, room = self._options(options)
        prompt = prompt_of(self.tokenizer_, turns, room)
        stream = None
        if write is not None:
            stream = TextStream(self.tokenizer_, write, _listed(options.get("stop_strings", ())))
        (made,) = generate(self.model_, [prompt], tokenizer=self.tokenizer_, on_token=stream, **options)
        if stream is not None:
            stream.end()
        return _text(made.text)

    def perplexity(self, dialogues: Any) -> Perplexity:
        """Return the perplexity on dialogues over all tokens, speaker and end tokens included, except the first.

        Raises
        ------
        NotFittedError, TypeError, ValueError
            If the model is not fitted, or a dialogue breaks its rule.
        """
        check_is_fitted(self, "model_")
        return perplexity(self.model_, self.token_ids(dialogues), window=self.max_length_)

    def token_ids(self, dialogues: Any) -> list[list[int]]:
        """Return the ids of each dialogue: for each turn a speaker token, the text and the end token.

        Raises
        ------
        NotFittedError, TypeError
            If the model is not fitted, or a dialogue is not a list of str.
        """
        check_is_fitted(self, "tokenizer_")
        listed = check_dialogues(dialogues, f"{_OWNER}.token_ids")
        return [[token for turn in turn_ids(self.tokenizer_, turns) for token in turn] for turns in listed]

    def _options(self, options: dict[str, Any]) -> tuple[dict[str, Any], int]:
        """Return the generation options, and the maximum number of tokens of a prompt."""
        limit = self.max_length_
        options = {"max_new_tokens": max(1, min(_NEW_TOKENS, limit // 2)), **options}
        n_new = options["max_new_tokens"]
        if isinstance(n_new, int) and n_new > limit - 3:
            rule = f"be at most {limit - 3}, so that there is room for a history"
            raise ParameterError("max_new_tokens", _OWNER, rule, n_new)
        return options, limit - n_new if isinstance(n_new, int) else limit

    def _start(self, dialogues: list[list[str]], parameters: Any) -> tuple[DecoderModel, Tokenizer]:
        """Return the initial decoder, and its tokenizer with speaker tokens."""
        if self.pretrained is not None:
            body, tokenizer = load_pretrained(self.pretrained, _OWNER)
            if not isinstance(body, DecoderModel):
                fix = f"Its model is of class {type(body).__name__}, which does not predict next tokens."
                raise ParameterError("pretrained", _OWNER, "hold a decoder", str(self.pretrained), fix)
            tokenizer = add_speakers(tokenizer)
            model = with_more_tokens(body, max(tokenizer.vocab_size, body.config.vocab_size))
            model.set_special_ids(
                pad_token_id=tokenizer.padding_id,
                bos_token_id=tokenizer.start_token_id,
                eos_token_id=tokenizer.end_token_id,
            )
            return model, tokenizer
        turns = [turn for turns in dialogues for turn in turns]
        tokenizer = add_speakers(
            Tokenizer.train_from_texts(turns, "bpe", parameters.vocab_size, special_tokens=_SPECIAL)
        )
        config = TransformerConfig.gpt(
            tokenizer.vocab_size,
            max_length=parameters.max_length,
            hidden_size=parameters.hidden_size,
            num_layers=parameters.num_layers,
            num_heads=parameters.num_heads,
            dropout=parameters.dropout,
            attention_dropout=parameters.dropout,
            pad_token_id=tokenizer.pad_token_id,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
        )
        sizes = "{hidden_size}, {num_layers}, {vocab_size} or {max_length}"
        check_memory(config.n_parameters, parameters.device, sizes)
        return DecoderModel(config, parameters.random_state), tokenizer

    def _description(self) -> dict[str, Any]:
        counts = {name: getattr(self, name) for name in ("n_dialogues_", "n_held_out_", "n_left_out_")}
        return {**super()._description(), "counts": counts}

    def _restore(self, described: dict[str, Any]) -> None:
        super()._restore(described)
        keep_special_tokens_apart(self.tokenizer_)
        for name, value in described["counts"].items():
            setattr(self, name, value)

    @classmethod
    def _load_model(cls, path: Path) -> DecoderModel:
        model = from_pretrained(path)
        is_ours = isinstance(model, DecoderModel) and (path / FILE_NAME).is_file()
        if not is_ours:
            found = f"a {type(model).__name__}" + (" that knows no turns" * isinstance(model, DecoderModel))
            raise ValueError(
                f"{str(path)!r} holds {found}. Train one on dialogues first: wordvec lm train-chat, or "
                f"{_OWNER}(pretrained=...).fit(dialogues)."
            )
        assert isinstance(model, DecoderModel)
        return model

    @classmethod
    def _check_description(cls, described: dict[str, Any]) -> None:
        counts = described["counts"]
        if not isinstance(counts, dict) or not all(isinstance(n, int) for n in counts.values()):
            raise ValueError(f"the counts are {counts!r:.60}")


def _of_two_turns(dialogues: list[list[str]], owner: str, name: str) -> list[list[str]]:
    kept = [turns for turns in dialogues if len(turns) > 1]
    if not kept:
        rule = "hold a dialogue of two turns or more: a single one has no reply"
        raise ParameterError(name, owner, rule, f"{len(dialogues)} dialogues")
    return kept


def _hold_out(
    dialogues: list[list[str]], fraction: float, seed: int
) -> tuple[list[list[str]], list[list[str]]]:
    """Return the training and the held-out dialogues, in their original order."""
    n = max(1, round(fraction * len(dialogues))) if len(dialogues) >= _FEWEST_HELD_OUT_OF and fraction else 0
    places = set(np.random.default_rng([seed, len(dialogues)]).permutation(len(dialogues))[:n].tolist())
    parts: tuple[list[list[str]], list[list[str]]] = ([], [])
    for place, turns in enumerate(dialogues):
        parts[place in places].append(turns)
    return parts


def _batches(
    rows: Sequence[list[list[int]]], tokenizer: Tokenizer, limit: int, batch_size: int, seed: int | None
) -> TokenClassificationBatches:
    """Return batches of windows; in the given order without a seed."""
    windows = [window for turns in rows for window in dialogue_windows(turns, limit)]
    ids, labels = zip(*windows)
    return TokenClassificationBatches(
        ids, labels, tokenizer, min(batch_size, len(ids)), seed or 0, shuffle=seed is not None
    )


def _listed(stop_strings: Any) -> Sequence[str]:
    return (stop_strings,) if isinstance(stop_strings, str) else stop_strings


def _text(text: str | None) -> str:
    return " ".join((text or "").replace(_INCOMPLETE, "").split())
