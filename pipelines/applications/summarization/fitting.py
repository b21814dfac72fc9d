"""Training of an abstractive summariser: subword table, truncated texts, and model selection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

from wordvec.text.language import majority_language

from ..seq2seq.pairs import CleanPairs
from ..seq2seq.search import Search, search_targets
from ..seq2seq.storage import FolderKind, Parts, check_saves
from ..seq2seq.tokenizers import as_within_text, decoded, new_tokenizer
from ..seq2seq.training import Score, label_batches, positions_for, train_on_pairs

if TYPE_CHECKING:
    from wordvec.transformer import (
        EncoderDecoderModel,
        PointerGenerator,
        Tokenizer,
        TrainingReport,
        TransformerConfig,
    )

    from ...metrics.text import RougeScores

__all__ = ["KIND", "Fitted", "fit_summaries", "mean_f1", "model_config", "source_rows", "write_summaries"]

KIND = FolderKind("AbstractiveSummarizer", "summarizer", "summarizes", "train-summarizer")
# Pairs for ROUGE during training, and the fewest with which it is more informative than the loss.
_SCORED, _FEWEST_SCORED = 200, 100
_EVALUATED_TOGETHER = 32


@dataclass
class Fitted:
    """A trained model, its tokenizer, and the training record."""

    model: PointerGenerator
    tokenizer: Tokenizer
    report: TrainingReport
    n_too_long: int  # pairs left out for their summary
    n_cut: int  # texts of which the beginning alone was read


def fit_summaries(
    training: CleanPairs,
    held_out: CleanPairs,
    parameters: SimpleNamespace,
    checkpoint: Path | None,
    resume: bool,
) -> Fitted:
    """Train on pairs, after a check that the saved model can be loaded.

    Parameters
    ----------
    training, held_out : CleanPairs
        Texts and their summaries; `held_out` may be empty: the last model is then kept.
    parameters : namespace
        Checked parameters of an `AbstractiveSummarizer`.
    checkpoint : Path, optional
        Folder for the state of training.
    resume : bool
        Whether to resume from it.
    """
    from wordvec.transformer import PointerGenerator
    from wordvec.transformer.training.processes import choose_device

    seed = parameters.random_state
    texts = as_within_text([*training.sources, *training.targets])
    tokenizer = new_tokenizer(texts, parameters.vocab_size, by_han=True)
    rows, n_cut = _encoded(tokenizer, training, parameters)
    if not rows:
        raise ValueError(
            f"Each of the {len(training)} summaries of {KIND.estimator}.fit has more than {parameters.max_length} "
            "tokens. Raise max_length."
        )
    config = model_config(
        parameters,
        tokenizer.vocab_size,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )
    model = PointerGenerator(config, seed, parameters.label_smoothing, parameters.coverage)
    model.to(choose_device(parameters.device, owner=KIND.estimator))
    check_saves(KIND, Parts(model, tokenizer, tokenizer))
    tokenizers = tokenizer, tokenizer
    batches = label_batches(rows, tokenizers, parameters.batch_size, seed)
    kept, _ = _encoded(tokenizer, held_out, parameters)
    others = label_batches(kept, tokenizers, _EVALUATED_TOGETHER, seed, shuffle=False) if kept else None
    default = "rouge" if len(kept) >= _FEWEST_SCORED else "loss"
    is_scored = (parameters.selection or default) == "rouge"
    score = _score(held_out, tokenizer, parameters) if is_scored else None
    report = train_on_pairs(model, batches, others, score, parameters, checkpoint, resume)
    return Fitted(model, tokenizer, report, len(training) - len(rows), n_cut)


def source_rows(
    tokenizer: Tokenizer, texts: Sequence[str], max_source_length: int
) -> tuple[list[list[int]], int]:
    """Return the ids of texts with the end token, truncated if too long, and how many are."""
    found, _ = tokenizer.encode_lists(as_within_text(texts), add_special_tokens=False)
    end = tokenizer.end_token_id
    assert end is not None  # each of ours has one
    most = max_source_length - 1
    return [[*row[:most], end] for row in found], sum(len(row) > most for row in found)


def _encoded(
    tokenizer: Tokenizer, pairs: CleanPairs, parameters: SimpleNamespace
) -> tuple[list[tuple[list[int], list[int]]], int]:
    """Return the ids of the pairs whose summaries fit into the model, and how many texts were truncated."""
    sources, n_cut = source_rows(tokenizer, pairs.sources, parameters.max_source_length)
    targets, _ = tokenizer.encode_lists(as_within_text(pairs.targets), add_special_tokens=False)
    return [(s, t) for s, t in zip(sources, targets) if len(t) < parameters.max_length], n_cut


def model_config(parameters: SimpleNamespace, n_tokens: int, **special_ids: int | None) -> TransformerConfig:
    """Return the configuration of a model: Vaswani et al. (2017), with norms before sublayers, rotary positions.

    Parameters
    ----------
    parameters : namespace
        Checked parameters of an `AbstractiveSummarizer`.
    n_tokens : int
        Size of the vocabulary.
    **special_ids
        Ids of special tokens, named as in `TransformerConfig`.
    """
    from wordvec.transformer import TransformerConfig

    return TransformerConfig.original(
        n_tokens,
        hidden_size=parameters.hidden_size,
        num_layers=parameters.num_layers,
        num_heads=parameters.num_heads,
        ff_size=2 * parameters.hidden_size,
        max_length=max(parameters.max_source_length, parameters.max_length) + 1,
        norm="pre",
        positions=positions_for(parameters.hidden_size, parameters.num_heads),
        dropout=parameters.dropout,
        **special_ids,
    )


def write_summaries(
    model: EncoderDecoderModel, tokenizer: Tokenizer, rows: Sequence[Sequence[int]], search: Search
) -> list[str]:
    """Return a summary for each row of ids from `source_rows`; empty for a row with only the end token."""
    places = [place for place, row in enumerate(rows) if len(row) > 1]
    found = [""] * len(rows)
    made = search_targets(
        model, [rows[place] for place in places], search, lambda _: search.max_length, "Summarizing"
    )
    for place, ids in zip(places, made):
        found[place] = decoded(tokenizer, ids)
    return found


def mean_f1(scores: RougeScores) -> float:
    """Return the mean of the F1 of ROUGE-1, ROUGE-2 and ROUGE-L, 0 to 1."""
    return (scores.rouge1.f1 + scores.rouge2.f1 + scores.rougeL.f1) / 3


def _score(held_out: CleanPairs, tokenizer: Tokenizer, parameters: SimpleNamespace) -> Score:
    """Return a function that computes the mean ROUGE of greedy summaries of some held-out texts."""
    from ...metrics.text import rouge

    some = slice(None, None, -(-len(held_out) // _SCORED))
    rows, _ = source_rows(tokenizer, held_out.sources[some], parameters.max_source_length)
    targets = held_out.targets[some]
    # That of Chinese keeps the words of every script.
    language = "en" if majority_language(targets) == "en" and "".join(targets).isascii() else "zh"
    repeats = parameters.no_repeat_ngram_size
    search = Search(1, 1.0, _EVALUATED_TOGETHER, parameters.max_length, False, repeats)

    def score(model: EncoderDecoderModel) -> float:
        return mean_f1(rouge(write_summaries(model, tokenizer, rows, search), targets, language))

    return score
