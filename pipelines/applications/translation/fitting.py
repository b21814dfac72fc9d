"""Training of a translation model: vocabulary, batches, steps within a budget, and model selection."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

from ..seq2seq.pairs import CleanPairs
from ..seq2seq.search import Search
from ..seq2seq.storage import FolderKind, Parts, check_saves
from ..seq2seq.training import Score, label_batches, positions_for, train_on_pairs
from .codec import Codec, train_tokenizers
from .copying import WordCopier
from .decoding import translate
from .practice import practice_pairs

if TYPE_CHECKING:
    from wordvec.transformer import EncoderDecoderModel, TrainingReport, TransformerConfig

__all__ = ["KIND", "Fitted", "fit_translation", "model_config"]

KIND = FolderKind("Translator", "translator", "translates", "train-translator")

# This share of pairs with a mark teaches the model to copy marks.
_SHARE_MARKED = 0.02
# Validation pairs for BLEU during training, and the fewest with which it is more informative than the loss.
_SCORED, _FEWEST_SCORED = 500, 100
_EVALUATED_TOGETHER = 128


@dataclass
class Fitted:
    """A trained model, the codec of its texts, and the training record."""

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
    """Train on pairs, after a check that the saved model can be loaded.

    Parameters
    ----------
    training, held_out : CleanPairs
        `held_out` may be empty: the last model is then kept.
    languages : tuple of str
        Language tags, () for a single language.
    parameters : namespace
        Checked parameters of a `Translator`.
    checkpoint : Path, optional
        Folder for the state of training.
    resume : bool
        Whether to resume from it.
    """
    from wordvec.transformer import EncoderDecoderModel
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
    check_saves(KIND, Parts(model, codec.source, codec.target))
    practised = practice_pairs(marked, codec, round(_SHARE_MARKED * len(rows)) - n_copied, seed)
    tags = training.languages and [training.languages[place] for place, _, _ in practised]
    rows += _encoded(
        codec, [(source, target) for _, source, target in practised], tags, parameters.max_length
    )
    tokenizers = codec.source, codec.target
    batches = label_batches(rows, tokenizers, parameters.batch_size, seed)
    kept = _encoded(
        codec, list(zip(held_out.sources, held_out.targets)), held_out.languages, parameters.max_length
    )
    others = label_batches(kept, tokenizers, _EVALUATED_TOGETHER, seed, shuffle=False) if kept else None
    default = "bleu" if len(kept) >= _FEWEST_SCORED else "loss"
    score = _score(held_out, codec, parameters) if (parameters.selection or default) == "bleu" else None
    report = train_on_pairs(model, batches, others, score, parameters, checkpoint, resume)
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
    """Return the ids of the pairs whose sides both fit into the model."""
    sources = codec.source_ids([source for source, _ in pairs], languages)
    targets = codec.target_ids([target for _, target in pairs])
    return [(s, t) for s, t in zip(sources, targets) if len(s) <= max_length and len(t) < max_length]


def model_config(
    parameters: SimpleNamespace, n_source: int | None, n_target: int, **special_ids: int | None
) -> TransformerConfig:
    """Return the configuration of a model: Vaswani et al. (2017), with norms before sublayers, rotary positions.

    Parameters
    ----------
    parameters : namespace
        Checked parameters of a `Translator`.
    n_source, n_target : int
        Rows of the tables; None for a source that shares the target's table.
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
        positions=positions_for(_width(parameters), parameters.num_heads),
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


def _score(held_out: CleanPairs, codec: Codec, parameters: SimpleNamespace) -> Score:
    """Return a function that computes BLEU, 0 to 1, of greedy translations of some held-out sources."""
    search = Search(1, 1.0, _EVALUATED_TOGETHER, parameters.max_length, verbose=False)
    some = slice(None, None, -(-len(held_out) // _SCORED))
    sources, targets = held_out.sources[some], held_out.targets[some]
    tags = None if held_out.languages is None else held_out.languages[some]

    def score(model: EncoderDecoderModel) -> float:
        with warnings.catch_warnings():
            # Of sentences that are cut `predict` tells, once.
            warnings.filterwarnings("ignore", message=".*translated in pieces")
            made = translate(model, codec, sources, tags, search)
        return _mean_bleu(made, targets, tags) / 100

    return score


def _mean_bleu(made: Sequence[str], targets: Sequence[str], tags: Sequence[str] | None) -> float:
    """Return BLEU, averaged over languages, as each has its own tokenization."""
    from ...metrics.text import bleu

    found = []
    for tag in sorted(set(tags or ("",))):
        of_tag = [pair for place, pair in enumerate(zip(made, targets)) if tags is None or tags[place] == tag]
        found.append(bleu([one for one, _ in of_tag], [other for _, other in of_tag]).score)
    return sum(found) / len(found)
