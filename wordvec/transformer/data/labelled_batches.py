"""Batches for fine-tuning: pairs of sequences, texts with classes, tokens with labels, questions with answers."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from wordvec._utils.errors import ParameterError
from wordvec.tokenizers.rows import padded_rows
from wordvec.tokenizers.tokenizer import Tokenizer
from wordvec.transformer.data.batching import IGNORED, Batches

__all__ = ["AnswerBatches", "ClassificationBatches", "Seq2SeqBatches", "TokenClassificationBatches"]

# Number of batches whose items are sorted by length together: little padding, and still random batches.
_POOL_BATCHES = 50
_LONG_SOURCES = 4  # times their targets


class _BucketedBatches(Batches):
    """Batches of items of similar length."""

    def _set_lengths(self, lengths: np.ndarray, what: str) -> None:
        """Set the items, given their lengths, int64 (N,)."""
        self._set_items(len(lengths), what)
        self._lengths = lengths

    def _shuffled(self, rng: np.random.Generator) -> np.ndarray:
        order = rng.permutation(self.n_items)[: len(self) * self.batch_size]
        pool = _POOL_BATCHES * self.batch_size
        for first in range(0, len(order), pool):
            part = order[first : first + pool]
            order[first : first + pool] = part[np.argsort(self._lengths[part], kind="stable")]
        # Long and short batches in random order, or the learning rate's schedule would follow the lengths.
        return rng.permutation(order.reshape(-1, self.batch_size)).reshape(-1)


class Seq2SeqBatches(_BucketedBatches):
    """Pairs of sequences for an encoder-decoder, of similar length within a batch.

    A batch holds input_ids and attention_mask (B, S), decoder_input_ids (the start token and the target) and
    labels (the target and the end token; -100 for padding), int64 (B, T).

    Parameters
    ----------
    sources, targets : sequences of lists of int
        Token ids; sources are used as they are, targets get their start and end tokens here.
    tokenizer : Tokenizer
        Its special tokens start and end targets ("bos" and "eos", else "cls" and "sep", or the end token for both)
        and pad rows.
    batch_size : int
        Number of pairs in a batch, summed over all processes.
    seed : int
        Seed of the order of pairs.
    shuffle : bool
        If False, pairs keep their order and the last batch may be smaller.
    source_tokenizer : Tokenizer, optional
        The tokenizer of the sources, if different.

    Raises
    ------
    TypeError, ValueError
        If a parameter breaks its rule, a sequence is empty or holds ids outside the vocabulary, there is less than one
        batch, or the tokenizer has no end token.
    """

    def __init__(
        self,
        sources: Sequence[Sequence[int]],
        targets: Sequence[Sequence[int]],
        tokenizer: Tokenizer,
        batch_size: int,
        seed: int = 0,
        *,
        shuffle: bool = True,
        source_tokenizer: Tokenizer | None = None,
    ) -> None:
        owner = "Seq2SeqBatches"
        self._set_parameters(batch_size=batch_size, seed=seed, shuffle=shuffle)
        of_sources = tokenizer if source_tokenizer is None else source_tokenizer
        self._sources = _check_sequences(sources, "sources", owner, of_sources.vocab_size)
        self._targets = _check_sequences(targets, "targets", owner, tokenizer.vocab_size)
        _check_equal(len(self._sources), len(self._targets), "targets", owner)
        if tokenizer.end_token_id is None:
            raise ValueError(
                f"{owner} needs an end token, which the tokenizer has not. Give it the special token 'eos' or 'sep'."
            )
        self._end_id = tokenizer.end_token_id
        self._start_id = tokenizer.start_token_id
        self._padding_id = tokenizer.padding_id
        self._source_padding_id = of_sources.padding_id
        # By the target, whose tokens cost more than the source's, and among equal ones by the source; the other way
        # round where sources are so much longer that they are most of the work.
        lengths = np.array([(len(t), len(s)) for s, t in zip(self._sources, self._targets)]).reshape(-1, 2)
        if lengths[:, 1].sum() > _LONG_SOURCES * lengths[:, 0].sum():
            lengths = lengths[:, ::-1]
        both = lengths[:, 0] * (lengths[:, 1].max(initial=0) + 1) + lengths[:, 1]
        self._set_lengths(both, "pairs")

    def data_hash(self) -> str:
        """Return a hash of all pairs, so that a run is not resumed with other data."""
        digest = hashlib.sha256()
        for rows in (self._sources, self._targets):
            digest.update(np.array(list(map(len, rows)), np.int64).tobytes())
            digest.update(np.concatenate(rows).tobytes())
        return digest.hexdigest()

    def _make(self, items: np.ndarray, epoch: int, step: int, mine: slice) -> dict[str, np.ndarray]:
        targets = [self._targets[item] for item in items]
        input_ids, mask = _padded([self._sources[item] for item in items], self._source_padding_id)
        batch = {
            "input_ids": input_ids,
            "attention_mask": mask,
            "decoder_input_ids": padded_rows([[self._start_id, *ids] for ids in targets], self._padding_id),
            "labels": padded_rows([[*ids, self._end_id] for ids in targets], IGNORED),
        }
        return {name: array[mine] for name, array in batch.items()}


class ClassificationBatches(_BucketedBatches):
    """Texts with their labels, of similar length within a batch.

    A batch holds input_ids, attention_mask and, if given, token_type_ids (B, T), and labels.

    Parameters
    ----------
    sequences : sequence of lists of int
        Ids with special tokens, as `Tokenizer.encode_lists` returns them.
    labels : array (N,) or (N, L)
        Class indices, int64; or float32: regression targets, or 0 and 1 for each of several labels.
    tokenizer : Tokenizer
        Its padding token pads rows.
    batch_size : int
        Number of texts in a batch, summed over all processes.
    seed : int
        Seed of the order of texts.
    token_type_ids : sequence of lists of int, optional
        Segments of pairs of texts.
    shuffle : bool
        If False, texts keep their order and the last batch may be smaller.

    Raises
    ------
    TypeError, ValueError
        If a parameter breaks its rule, a sequence is empty or holds ids outside the vocabulary, labels do not match the
        sequences, or there is less than one batch.
    """

    def __init__(
        self,
        sequences: Sequence[Sequence[int]],
        labels: Any,
        tokenizer: Tokenizer,
        batch_size: int,
        seed: int = 0,
        *,
        token_type_ids: Sequence[Sequence[int]] | None = None,
        shuffle: bool = True,
    ) -> None:
        owner = type(self).__name__
        self._set_parameters(batch_size=batch_size, seed=seed, shuffle=shuffle)
        self._sequences = _check_sequences(sequences, "sequences", owner, tokenizer.vocab_size)
        self._types: list[Sequence[int]] | None = None
        if token_type_ids is not None:
            self._types = list(token_type_ids)
            if list(map(len, self._types)) != list(map(len, self._sequences)):
                rule = "have a list for each sequence, of its length"
                raise ParameterError("token_type_ids", owner, rule, token_type_ids)
        self._labels = self._check_labels(labels, owner)
        self._padding_id = tokenizer.padding_id
        self._set_lengths(np.array(list(map(len, self._sequences))), "texts")

    def _check_labels(self, labels: Any, owner: str) -> Any:
        array = np.asarray(labels)
        if array.dtype.kind not in "iubf" or array.ndim not in (1, 2):
            rule, fix = "be numbers of the shape (N,) or (N, L)", "Number the classes from 0 on."
            raise ParameterError("labels", owner, rule, array, fix)
        _check_equal(len(self._sequences), len(array), "labels", owner)
        is_classes = array.ndim == 1 and array.dtype.kind != "f"
        return array.astype(np.int64 if is_classes else np.float32)

    def _label_rows(self, items: np.ndarray) -> np.ndarray:
        rows: np.ndarray = self._labels[items]
        return rows

    def _make(self, items: np.ndarray, epoch: int, step: int, mine: slice) -> dict[str, np.ndarray]:
        input_ids, mask = _padded([self._sequences[item] for item in items], self._padding_id)
        batch = {"input_ids": input_ids, "attention_mask": mask, "labels": self._label_rows(items)}
        if self._types is not None:
            batch["token_type_ids"] = padded_rows([self._types[item] for item in items], 0)
        return {name: array[mine] for name, array in batch.items()}


class TokenClassificationBatches(ClassificationBatches):
    """Sequences with a label for each token; see `ClassificationBatches` for the other parameters.

    Parameters
    ----------
    labels : sequence of lists of int
        A label for each id, -100 where there is none: special tokens, later pieces of a word.
    """

    def _check_labels(self, labels: Any, owner: str) -> Any:
        rows = [np.asarray(row) for row in labels]
        _check_equal(len(self._sequences), len(rows), "labels", owner)
        for k, (row, sequence) in enumerate(zip(rows, self._sequences)):
            if row.shape != (len(sequence),) or row.dtype.kind not in "iu":
                raise ValueError(
                    f"Sequence {k} of {owner} has {len(sequence)} tokens, so its labels must be {len(sequence)} "
                    f"integers. Got {row.dtype} of the shape {row.shape}."
                )
        return rows

    def _label_rows(self, items: np.ndarray) -> np.ndarray:
        return padded_rows([self._labels[item] for item in items], IGNORED)


class AnswerBatches(ClassificationBatches):
    """Questions with passages, and the span of the answer; see `ClassificationBatches` for the other parameters.

    A batch holds start_positions and end_positions, int64 (B,), in place of labels.

    Parameters
    ----------
    labels : array of int (N, 2)
        The first and the last token of each answer in its sequence.
    """

    def _check_labels(self, labels: Any, owner: str) -> Any:
        array = np.asarray(labels)
        _check_equal(len(self._sequences), len(array), "labels", owner)
        lengths = np.array(list(map(len, self._sequences)))[:, None]
        is_pairs = array.dtype.kind in "iu" and array.shape == (len(lengths), 2)
        if not is_pairs or (array < 0).any() or (array >= lengths).any() or (array[:, 0] > array[:, 1]).any():
            rule = "be pairs of places in the sequences, the first at most the second"
            raise ParameterError("labels", owner, rule, array)
        return array.astype(np.int64)

    def _make(self, items: np.ndarray, epoch: int, step: int, mine: slice) -> dict[str, np.ndarray]:
        batch = super()._make(items, epoch, step, mine)
        batch["start_positions"], batch["end_positions"] = batch.pop("labels").T
        return batch


def _check_sequences(sequences: Any, name: str, owner: str, vocab_size: int) -> list[np.ndarray]:
    """Return the sequences as arrays int64 (T,), or raise if one is empty or not a list of ids."""
    listed = []
    for k, sequence in enumerate(sequences):
        array = np.asarray(sequence)
        if array.ndim != 1 or array.dtype.kind not in "iu" or not len(array):
            raise ValueError(
                f"Each of the {name} of {owner} must be a list of ids that is not empty. "
                f"Got {sequence!r:.60} at place {k} instead."
            )
        if array.min() < 0 or array.max() >= vocab_size:
            raise ValueError(
                f"The {name} of {owner} must hold ids from 0 to {vocab_size - 1}. "
                f"Got {array.min()} to {array.max()} at place {k}."
            )
        listed.append(array.astype(np.int64))
    return listed


def _check_equal(n_sequences: int, n_given: int, name: str, owner: str) -> None:
    if n_sequences != n_given:
        rule = f"have one item for each of the {n_sequences} sequences"
        raise ParameterError(name, owner, rule, n_given)


def _padded(rows: list[np.ndarray], fill: int) -> tuple[np.ndarray, np.ndarray]:
    """Return rows padded to equal length, and a mask with 1 for tokens and 0 for padding; int64 (B, T)."""
    table = padded_rows(rows, fill)
    lengths = np.array(list(map(len, rows)), np.int64)
    return table, (np.arange(table.shape[1]) < lengths[:, None]).astype(np.int64)
