"""Training of a translation model: vocabulary, batches, steps within a budget, the model that is kept."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from wordvec._io.atomic import replace_when_whole
from wordvec._io.json_files import pack_json, unpack_json
from wordvec._io.kinds import ESTIMATOR

from .codec import Codec, train_tokenizers
from .copying import MARKS, WordCopier
from .decoding import Search, translate
from .pairs import CleanPairs
from .storage import check_saves

if TYPE_CHECKING:
    from wordvec.transformer import EncoderDecoderModel, TrainingReport, TransformerConfig

__all__ = ["Fitted", "fit_translation", "model_config"]

# So large a share of pairs with a mark teaches the model to pass marks on.
_SHARE_MARKED = 0.02
# Validation pairs that BLEU is taken on during training, and so many that it tells more than the loss.
_SCORED, _FEWEST_SCORED = 500, 100
# The loss decides between equal values of BLEU: at the beginning all are 0.
_LOSS_WEIGHT = 1e-3
_WARMUP_FRACTION = 0.1
_FEWEST_EVALUATIONS, _MOST_EVALUATIONS = 5, 30
_MOST_EVALUATED = 0.1  # share of the time that evaluations may take
PLAN_NAME = "translation.json"


@dataclass
class Fitted:
    """A trained model, how texts become its ids, and what training tells."""

    model: EncoderDecoderModel
    codec: Codec
    report: TrainingReport
    n_too_long: int
    n_copied: int  # training pairs with a copied word


def fit_translation(
    training: CleanPairs,
    held_out: CleanPairs,
    languages: tuple[str, ...],
    parameters: SimpleNamespace,
    checkpoint: Path | None,
    resume: bool,
) -> Fitted:
    """Train on pairs, after a check that what will be saved can be loaded.

    Parameters
    ----------
    training, held_out : CleanPairs
        The second may be empty: the last model is then kept.
    languages : tuple of str
        Tags, () for one language.
    parameters : namespace
        Checked parameters of a `Translator`.
    checkpoint : Path, optional
        Folder of the state of training.
    resume : bool
        Whether to go on from the state in it.
    """
    from wordvec.transformer import EncoderDecoderModel, train
    from wordvec.transformer.data.labelled_batches import Seq2SeqBatches
    from wordvec.transformer.training.processes import choose_device

    codec = _codec(training, languages, parameters)
    seed = parameters.random_state
    marked, n_copied = codec.copier.mark_pairs(training.sources, training.targets, seed)
    rows = _encoded(codec, marked, training.languages, parameters.max_length)
    n_too_long = len(marked) - len(rows)
    if not rows:
        raise ValueError(
            f"Each of the {len(marked)} sentence pairs of Translator.fit has a side of more than "
            f"{parameters.max_length} tokens. Split them into sentences, or raise max_length."
        )
    target = codec.target
    config = model_config(
        parameters,
        None if codec.is_shared else codec.source.vocab_size,
        target.vocab_size,
        pad_token_id=target.pad_token_id,
        bos_token_id=target.bos_token_id,
        eos_token_id=target.eos_token_id,
    )
    model = EncoderDecoderModel(
        config, seed=parameters.random_state, label_smoothing=parameters.label_smoothing
    )
    _start_from_vectors(model, codec, parameters)
    model.to(choose_device(parameters.device, owner="Translator"))
    check_saves(model, codec)
    rows += _with_marks(rows, codec, round(_SHARE_MARKED * len(rows)) - n_copied, parameters)
    size = min(parameters.batch_size, len(rows))
    batches = Seq2SeqBatches(
        [s for s, _ in rows], [t for _, t in rows], codec.target, size, seed, source_tokenizer=codec.source
    )
    validation = _validation(held_out, codec, parameters)
    options = _options(model, batches, validation, parameters, checkpoint if resume else None)
    if checkpoint is not None:
        checkpoint.mkdir(parents=True, exist_ok=True)
        with replace_when_whole(checkpoint / PLAN_NAME) as file:
            file.write(pack_json(ESTIMATOR, {"steps": options.steps, "eval_every": options.eval_every}))
    with warnings.catch_warnings():
        # The estimator tells of it in its own words.
        warnings.filterwarnings("ignore", message="Training was interrupted")
        report = train(model, batches, options, validation=validation, folder=checkpoint, resume=resume)
    return Fitted(model, codec, report, n_too_long, n_copied)


def _codec(training: CleanPairs, languages: tuple[str, ...], parameters: SimpleNamespace) -> Codec:
    source, target = train_tokenizers(
        training.sources, training.targets, languages, parameters.vocab_size, parameters.shared_vocabulary
    )
    copier = WordCopier.learn(training.sources, training.targets)
    return Codec(source, target, languages, copier)


def _encoded(
    codec: Codec, pairs: Sequence[tuple[str, str]], languages: Sequence[str] | None, max_length: int
) -> list[tuple[list[int], list[int]]]:
    """Return the ids of the pairs of which both sides fit into the model."""
    sources = codec.source_ids([source for source, _ in pairs], languages)
    targets = codec.target_ids([target for _, target in pairs])
    return [(s, t) for s, t in zip(sources, targets) if len(s) <= max_length and len(t) < max_length]


def _with_marks(
    rows: Sequence[tuple[list[int], list[int]]], codec: Codec, n: int, parameters: SimpleNamespace
) -> list[tuple[list[int], list[int]]]:
    """Return `n` of the pairs again, with a mark at the end of both sides: few languages copy words often enough."""
    rng = np.random.default_rng([parameters.random_state, len(rows)])
    found = []
    for place in rng.permutation(len(rows))[: max(0, n)].tolist():
        (*source, end), target = rows[place]
        mark = str(rng.choice(MARKS))
        ids = [table.encode(f" {mark}", add_special_tokens=False) for table in (codec.source, codec.target)]
        pair = [*source, *ids[0], end], [*target, *ids[1]]
        if len(pair[0]) <= parameters.max_length and len(pair[1]) < parameters.max_length:
            found.append(pair)
    return found


def model_config(
    parameters: SimpleNamespace, n_source: int | None, n_target: int, **special_ids: int | None
) -> TransformerConfig:
    """Return the configuration of a model: Vaswani et al. (2017), with norms before the sublayers.

    Parameters
    ----------
    parameters : namespace
        Checked parameters of a `Translator`.
    n_source, n_target : int
        Rows of the tables; None for a source that shares the target's.
    **special_ids
        Ids of special tokens of the target, named as in `TransformerConfig`.
    """
    from wordvec.transformer import TransformerConfig

    return TransformerConfig.original(
        n_target,
        source_vocab_size=n_source,
        hidden_size=_width(parameters),
        num_layers=parameters.num_layers,
        num_heads=parameters.num_heads,
        ff_size=2 * _width(parameters),
        max_length=parameters.max_length + 1,
        norm="pre",
        dropout=parameters.dropout,
        **special_ids,
    )


def _width(parameters: SimpleNamespace) -> int:
    vectors = parameters.source_vectors if parameters.target_vectors is None else parameters.target_vectors
    default = 128 if vectors is None else vectors.vector_size
    return int(default if parameters.hidden_size is None else parameters.hidden_size)


def _start_from_vectors(model: EncoderDecoderModel, codec: Codec, parameters: SimpleNamespace) -> None:
    from wordvec.transformer.models.embeddings import start_from_vectors

    for vectors, table, tokenizer in (
        (parameters.source_vectors, model.source_embedding, codec.source),
        (parameters.target_vectors, model.token_embedding, codec.target),
    ):
        if vectors is not None:
            start_from_vectors(table, vectors, tokenizer.encode_words, frozen=False)


def _validation(held_out: CleanPairs, codec: Codec, parameters: SimpleNamespace) -> Any:
    """Return batches, or a function that gives 1 - BLEU / 100; None without held-out pairs."""
    from wordvec.transformer.data.labelled_batches import Seq2SeqBatches

    pairs = list(zip(held_out.sources, held_out.targets))
    rows = _encoded(codec, pairs, held_out.languages, parameters.max_length)
    if not rows:
        return None
    batches = Seq2SeqBatches(
        [s for s, _ in rows],
        [t for _, t in rows],
        codec.target,
        min(128, len(rows)),
        shuffle=False,
        source_tokenizer=codec.source,
    )
    default = "bleu" if len(rows) >= _FEWEST_SCORED else "loss"
    if (parameters.selection or default) == "loss":
        return batches
    search = Search(1, 1.0, 128, parameters.max_length, verbose=False)
    some = slice(None, None, -(-len(pairs) // _SCORED))
    sources, targets = held_out.sources[some], held_out.targets[some]
    tags = None if held_out.languages is None else held_out.languages[some]

    def score(model: EncoderDecoderModel) -> float:
        with warnings.catch_warnings():
            # Of sentences that are cut `predict` tells, once.
            warnings.filterwarnings("ignore", message=".*translated in pieces")
            made = translate(model, codec, sources, tags, search)
        return 1.0 - _mean_bleu(made, targets, tags) / 100 + _LOSS_WEIGHT * _loss(model, batches)

    return score


def _mean_bleu(made: Sequence[str], targets: Sequence[str], tags: Sequence[str] | None) -> float:
    """Return BLEU, of several languages the mean: each has its own tokenization."""
    from ...metrics.text import bleu

    found = []
    for tag in sorted(set(tags or ("",))):
        of_tag = [pair for place, pair in enumerate(zip(made, targets)) if tags is None or tags[place] == tag]
        found.append(bleu([one for one, _ in of_tag], [other for _, other in of_tag]).score)
    return sum(found) / len(found)


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
    """Return the options of training: as many steps as the budget or the epochs say."""
    from wordvec.transformer import TrainerOptions
    from wordvec.transformer.training.budget import seconds_of, seconds_per_step

    options = TrainerOptions(
        steps=parameters.epochs * len(batches),
        learning_rate=parameters.learning_rate,
        betas=(0.9, 0.98),
        min_lr_fraction=0.02,
        device=parameters.device,
        seed=parameters.random_state,
        verbose=parameters.verbose,
    )
    every, plan = len(batches), None
    if parameters.time_budget is None:
        steps = options.steps
        every = max(1, steps // _MOST_EVALUATIONS, min(every, steps // _FEWEST_EVALUATIONS))
    elif resumed is not None and (plan := _read_plan(resumed / PLAN_NAME)) is not None:
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
