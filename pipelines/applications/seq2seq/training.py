"""Training within a time budget: batches, number of steps, and model selection on held-out pairs."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from wordvec._io.atomic import replace_when_whole
from wordvec._io.json_files import pack_json, unpack_json
from wordvec._io.kinds import ESTIMATOR

if TYPE_CHECKING:
    from wordvec.transformer import EncoderDecoderModel, Tokenizer, TrainingReport

__all__ = ["Rows", "Score", "label_batches", "positions_for", "train_on_pairs"]

Rows = Sequence[tuple[list[int], list[int]]]
Score = Callable[["EncoderDecoderModel"], float]

# The loss decides between equal scores: at the beginning all are 0.
_LOSS_WEIGHT = 1e-3
_WARMUP_FRACTION = 0.1
# The best of a few minutes on Multi30k was between 8e-3 and 2e-2 for width 128; wider models need less.
_RATE, _RATE_WIDTH = 1e-2, 128
_FEWEST_EVALUATIONS, _MOST_EVALUATIONS = 5, 30
_MOST_EVALUATED = 0.1  # share of the time that evaluations may take
_PLAN_NAME = "plan.json"


def positions_for(hidden_size: int, num_heads: int) -> str:
    """Return the kind of positions: rotary, which rotate pairs of numbers, or sinusoidal if the head size is odd."""
    return "rotary" if hidden_size // num_heads % 2 == 0 else "sinusoidal"


def label_batches(
    rows: Rows, tokenizers: tuple[Tokenizer, Tokenizer], batch_size: int, seed: int, *, shuffle: bool = True
) -> Any:
    """Return batches of the ids of pairs; `tokenizers` are those of sources and of targets."""
    from wordvec.transformer.data.labelled_batches import Seq2SeqBatches

    source, target = tokenizers
    sides = [s for s, _ in rows], [t for _, t in rows]
    size = min(batch_size, len(rows))
    return Seq2SeqBatches(*sides, target, size, seed, source_tokenizer=source, shuffle=shuffle)


def train_on_pairs(
    model: EncoderDecoderModel,
    batches: Any,
    held_out: Any,
    score: Score | None,
    parameters: SimpleNamespace,
    checkpoint: Path | None,
    resume: bool,
) -> TrainingReport:
    """Train a model on batches of pairs, within the limits set by the parameters.

    Parameters
    ----------
    model : EncoderDecoderModel
    batches : Seq2SeqBatches
    held_out : Seq2SeqBatches or None
        Their loss selects the model; without them the last one is kept.
    score : callable, optional
        Returns a score from 0 to 1 of the model on held-out pairs, used for selection instead of the loss.
    parameters : namespace
        Checked parameters of an estimator: time_budget, epochs, learning_rate, patience, n_averaged, device,
        precision, random_state, verbose.
    checkpoint : Path, optional
        Folder for the state of training.
    resume : bool
        Whether to resume from it.
    """
    from wordvec.transformer import train

    validation = held_out
    if score is not None and held_out is not None:

        def validation(model: EncoderDecoderModel) -> float:
            return 1.0 - score(model) + _LOSS_WEIGHT * _loss(model, held_out)

    options = _options(model, batches, validation, parameters, checkpoint if resume else None)
    if checkpoint is not None:
        checkpoint.mkdir(parents=True, exist_ok=True)
        with replace_when_whole(checkpoint / _PLAN_NAME) as file:
            file.write(pack_json(ESTIMATOR, {"steps": options.steps, "eval_every": options.eval_every}))
    with warnings.catch_warnings():
        # The estimator tells of it in its own words.
        warnings.filterwarnings("ignore", message="Training was interrupted")
        return train(model, batches, options, validation=validation, folder=checkpoint, resume=resume)


def _loss(model: EncoderDecoderModel, batches: Any) -> float:
    from wordvec.transformer.generation.decoder_runs import inference

    total = count = 0.0
    with inference(model):
        for number in range(len(batches)):
            batch = {name: tensor.to(model.device) for name, tensor in batches.batch(number).items()}
            loss, n_labels = model.loss_sum(batch)["loss"]
            total, count = total + float(loss), count + float(n_labels)
    return total / count


def _options(
    model: EncoderDecoderModel,
    batches: Any,
    validation: Any,
    parameters: SimpleNamespace,
    resumed: Path | None,
) -> Any:
    """Return the training options, with the number of steps given by the budget or the epochs."""
    from wordvec.transformer import TrainerOptions
    from wordvec.transformer.training.budget import seconds_of, seconds_per_step

    rate = parameters.learning_rate
    if rate is None:
        rate = _RATE * min(1.0, _RATE_WIDTH / model.config.hidden_size)
    options = TrainerOptions(
        steps=parameters.epochs * len(batches),
        learning_rate=rate,
        optimizer="muon",
        betas=(0.9, 0.98),
        min_lr_fraction=0.02,
        device=parameters.device,
        precision=parameters.precision,
        seed=parameters.random_state,
        verbose=parameters.verbose,
    )
    every, plan = len(batches), None
    if parameters.time_budget is None:
        steps = options.steps
        every = max(1, steps // _MOST_EVALUATIONS, min(every, steps // _FEWEST_EVALUATIONS))
    elif resumed is not None and (plan := _read_plan(resumed / _PLAN_NAME)) is not None:
        # A budget is measured once: the second time it would give other steps.
        steps, every = plan
    else:
        a_step = seconds_per_step(model, batches, options, n_steps=10)
        evaluation = (
            0.0 if validation is None else seconds_of(lambda: _evaluate(model, validation), parameters.device)
        )
        planned = parameters.time_budget / a_step
        every = max(
            1, int(min(every, planned / _FEWEST_EVALUATIONS)), int(evaluation / a_step / _MOST_EVALUATED)
        )
        steps = max(1, int(parameters.time_budget / (a_step + evaluation / every)))
    watched = validation is not None
    return replace(
        options,
        steps=steps,
        warmup_steps=max(1, int(_WARMUP_FRACTION * steps)),
        eval_every=min(every, steps) if watched else None,
        patience=parameters.patience if watched else None,
        average=parameters.n_averaged if watched else None,
        checkpoint_every=max(1, min(every, steps)),
    )


def _evaluate(model: EncoderDecoderModel, validation: Any) -> float:
    return float(validation(model)) if callable(validation) else _loss(model, validation)


def _read_plan(path: Path) -> tuple[int, int] | None:
    if not path.is_file():
        return None
    try:
        values = unpack_json(path.read_bytes(), ESTIMATOR)
        return int(values["steps"]), int(values["eval_every"] or values["steps"])
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"{str(path)!r} does not tell the steps of an unfinished run ({error}). Start anew."
        ) from error
