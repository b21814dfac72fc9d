"""Training of fastText classifiers: words and labels, rows of texts, and the trained tables."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from wordvec._utils.errors import ParameterError
from wordvec.embeddings.base import shared_rows
from wordvec.kernels import fasttext, supervised
from wordvec.kernels.hashing import move_slots
from wordvec.supervised.hashed import LABEL_PREFIX, HashedModel, checked_lines, huffman_tree, packed_lines
from wordvec.supervised.labels import (
    balanced_weights,
    checked_validation,
    label_sets,
    look_up_labels,
    named_weights,
)
from wordvec.supervised.options import HashedLimits, SupervisedOptions
from wordvec.supervised.training import SOFTMAX, SupervisedRun, Targets, new_model
from wordvec.text.tokenized_texts import EncodedTexts
from wordvec.text.vocabulary import Vocabulary, select_words
from wordvec.vectors.formats.fasttext_content import NEWEST_VERSION, FastTextArguments, FastTextFile
from wordvec.vectors.keyed_vectors import KeyedVectors
from wordvec.vectors.subwords.rows import DenseRows
from wordvec.vectors.subwords.scheme import END_OF_SENTENCE, NGramScheme

_OWNER = "EmbeddingClassifier"
_FIRST_SLOTS = 1 << 16
_ROWS_AT_ONCE = 1 << 22


@dataclasses.dataclass(frozen=True)
class LabelledLines:
    """Texts and their labels.

    Attributes
    ----------
    texts : list of str
    labels : list of str
        By decreasing count.
    counts : int64 (C,)
    numbers, starts : int32 (any,), int64 (n_texts + 1,)
        Text k has the labels numbers[starts[k]:starts[k + 1]].
    """

    texts: list[str]
    labels: list[str]
    counts: np.ndarray
    numbers: np.ndarray
    starts: np.ndarray

    @classmethod
    def of(
        cls, texts: list[str], classes: Sequence[str], numbers: np.ndarray, starts: np.ndarray
    ) -> LabelledLines:
        """Bring the classes into the order of a file."""
        counts = np.bincount(numbers, minlength=len(classes)).astype(np.int64)
        order = np.argsort(-counts, kind="stable")
        places = np.empty(len(order), np.int32)
        places[order] = np.arange(len(order), dtype=np.int32)
        return cls(texts, [classes[k] for k in order.tolist()], counts[order], places[numbers], starts)


def checked_lines_and_labels(
    texts: Sequence[Any],
    y: Any,
    loss: str,
    class_weight: Any,
    sample_weight: np.ndarray | None,
    validation: Any,
) -> tuple[LabelledLines, np.ndarray, tuple[list[str], np.ndarray] | None]:
    """Return texts with labels, class weights, float64 (C,), and validation texts with labels.

    Raises
    ------
    TypeError, ValueError
        If a text or a label is invalid; the message names the row.
    """
    classes, numbers, starts = label_sets(y, len(texts), _OWNER, has_several=loss == "ova")
    lines = LabelledLines.of(checked_lines(texts, _OWNER), classes, numbers, starts)
    names = np.array(lines.labels)
    weights = np.ones(len(classes))
    if class_weight == "balanced":
        weights = balanced_weights(len(classes), lines.numbers, sample_weight)
    elif class_weight is not None:
        weights = named_weights(class_weight, names, _OWNER)
    if validation is None:
        return lines, weights, None
    if loss != "softmax":
        rule, fix = f"be None with loss={loss!r}", "It chooses the epoch with loss='softmax' alone."
        raise ParameterError("validation", f"{_OWNER}.fit", rule, "a tuple", fix)
    owner = f"{_OWNER}.fit's validation"
    held_texts, held_labels = checked_validation(validation, f"{_OWNER}.fit")
    held = checked_lines(held_texts, owner)
    return lines, weights, (held, look_up_labels(held_labels, len(held), names, owner))


def untrained_model(lines: LabelledLines, options: SupervisedOptions, limits: HashedLimits) -> HashedModel:
    """Return a model with words and labels, but without tables yet.

    Raises
    ------
    ValueError
        If no word is frequent enough.
    """
    data, starts = packed_lines(lines.texts)
    firsts, lasts, counts = _count_words(data, starts)
    n_tokens = int(counts.sum()) + len(lines.texts) + len(lines.numbers)
    # The end of each line is a word, too.
    end = END_OF_SENTENCE.encode()
    counts = np.append(counts, len(lines.texts))
    order = select_words(counts, limits.min_count)
    pieces = np.concatenate([data, np.frombuffer(end, np.uint8)])
    firsts, lasts = np.append(firsts, len(data))[order], np.append(lasts, len(pieces))[order]
    word_starts = np.empty(len(order) + 1, np.int64)
    words = np.empty(int((lasts - firsts).sum()), np.uint8)
    fasttext.copy_pieces(pieces, firsts, lasts, words, word_starts)
    labels = [f"{LABEL_PREFIX}{label}".encode() for label in lines.labels]
    label_starts = word_starts[-1] + np.cumsum([len(label) for label in labels])
    bucket = limits.bucket if limits.max_n or limits.word_ngrams > 1 else 0
    arguments = FastTextArguments(
        dim=options.vector_size,
        ws=5,
        epoch=options.epochs,
        minCount=limits.min_count,
        neg=5,
        wordNgrams=limits.word_ngrams,
        loss=limits.loss,
        model="supervised",
        bucket=bucket,
        minn=limits.min_n if limits.max_n else 0,
        maxn=limits.max_n,
        hashCount=0,
        lrUpdateRate=100,
        t=1e-4,
    )
    nothing = DenseRows.of(np.empty((0, options.vector_size), np.float32))
    file = FastTextFile(
        version=NEWEST_VERSION,
        arguments=arguments,
        words=np.concatenate([words, np.frombuffer(b"".join(labels), np.uint8)]),
        starts=np.concatenate([word_starts, label_starts]),
        counts=np.concatenate([counts[order], lines.counts]),
        n_words=len(order),
        n_labels=len(labels),
        n_tokens=n_tokens,
        scheme=NGramScheme(arguments.minn, arguments.maxn, bucket),
        input=nothing,
        output=nothing,
    )
    return HashedModel(file, lines.labels, LABEL_PREFIX)


class HashedRun:
    """One training run: the tables hold only the rows that the texts use, and one for all others.

    Parameters
    ----------
    lines : LabelledLines
    options, limits : SupervisedOptions, HashedLimits
    class_weight : float64 (C,)
        In the order of the labels of `lines`.
    n_threads : int
    sample_weight : float64 (n_texts,), optional
    init_vectors : KeyedVectors, optional
    """

    def __init__(
        self,
        lines: LabelledLines,
        options: SupervisedOptions,
        limits: HashedLimits,
        class_weight: np.ndarray,
        n_threads: int,
        sample_weight: np.ndarray | None,
        init_vectors: KeyedVectors | None,
    ) -> None:
        self.untrained = untrained_model(lines, options, limits)
        file = self.untrained.file
        n_rows, size = file.n_words + file.scheme.n_rows, options.vector_size
        try:
            # Pages that are not used take no memory.
            self._table = np.zeros((n_rows, size), np.float32)
        except MemoryError as error:
            raise MemoryError(
                f"A table of {n_rows:,} rows takes {4 * n_rows * size / 2**30:.1f} GiB. Lower bucket or vector_size."
            ) from error
        encoded = rows_of(self.untrained, lines.texts)
        is_used = np.zeros(n_rows, bool)
        is_used[encoded.ids] = True
        self._used = np.flatnonzero(is_used)
        self._places = np.full(len(is_used), len(self._used), np.int32)
        self._places[self._used] = np.arange(len(self._used), dtype=np.int32)
        model = new_model(len(self._used) + 1, len(lines.labels), size, options.seed)
        model.table[-1, :size] = 0
        if init_vectors is not None:
            words = file.keys(errors="backslashreplace", limit=file.n_words)
            rows, source_rows = shared_rows(
                init_vectors, Vocabulary(words, file.counts[: file.n_words]), _OWNER
            )
            is_kept = is_used[rows]
            model.table[self._places[rows[is_kept]], :size] = init_vectors.vectors[source_rows[is_kept]]
        targets, numbers = self._targets(lines, limits.loss)
        self.run = SupervisedRun(
            options,
            EncodedTexts(self._places[encoded.ids], encoded.starts),
            numbers,
            class_weight,
            model,
            n_threads,
            sample_weight=sample_weight,
            targets=targets,
        )

    def train(
        self,
        on_chunk: Callable[[Any], None],
        held_out: tuple[list[str], np.ndarray] | None,
        patience: int | None,
    ) -> bool:
        """Train as `SupervisedRun.train_keeping_best`, with texts and labels held out."""
        encoded = None
        if held_out is not None:
            rows = rows_of(self.untrained, held_out[0])
            encoded = EncodedTexts(self._places[rows.ids], rows.starts), held_out[1]
        return self.run.train_keeping_best(
            self.untrained.prior, on_chunk=on_chunk, held_out=encoded, patience=patience
        )

    def trained(self) -> HashedModel:
        """Return the model with all rows, zeros for unused ones; call once, after training."""
        size, file = self.run.options.vector_size, self.untrained.file
        self._table[self._used] = self.run.model.table[:-1, :size]
        weights = DenseRows.of(self.run.model.weights[:, :size])
        return dataclasses.replace(
            self.untrained, file=dataclasses.replace(file, input=DenseRows.of(self._table), output=weights)
        )

    def _targets(self, lines: LabelledLines, loss: str) -> tuple[Targets, np.ndarray]:
        """Return the targets of the labels, and the label of each text."""
        if loss == "softmax":
            return SOFTMAX, lines.numbers
        if loss == "hs":
            paths = paths_to_leaves(huffman_tree(lines.counts))
            starts = np.zeros(len(paths) + 1, np.int64)
            np.cumsum([len(path) for path in paths], out=starts[1:])
            targets = np.array([step for path in paths for step in path], np.int32)
            return Targets(supervised.HIERARCHICAL, targets, starts), lines.numbers
        # Each text has a set of labels of its own.
        numbers = np.arange(len(lines.texts), dtype=np.int32)
        return Targets(supervised.ONE_VS_ALL, lines.numbers, lines.starts), numbers


def paths_to_leaves(children: np.ndarray) -> list[list[int]]:
    """Return the steps from the root of a tree (int32 (C - 1, 2), see `huffman_tree`) to each leaf.

    A step is 2 * inner node, plus 1 where it goes to the second child.
    """
    n_leaves = len(children) + 1
    paths: list[list[int]] = [[] for _ in range(2 * n_leaves - 1)]
    for node in range(len(children) - 1, -1, -1):  # the root first: children come before their parents
        for which in range(2):
            paths[children[node, which]] = [*paths[n_leaves + node], 2 * node + which]
    return paths[:n_leaves]


def rows_of(model: HashedModel, texts: list[str]) -> EncodedTexts:
    """Return the rows of each text: its words and their n-grams, then its n-grams of words. 4 bytes for each."""
    lines = model.lines(texts)
    most = np.empty(len(texts), np.int64)
    longest, most_tokens = fasttext.measure_lines(lines, 0, len(texts), most)
    buffer = np.empty(max(_ROWS_AT_ONCE, int(most.max(initial=0))), np.int32)
    starts, pieces = np.zeros(len(texts) + 1, np.int64), []
    first, n = 0, 0
    while first < len(texts):
        end = fasttext.fill_rows(lines, first, longest, most_tokens, most, buffer, starts)
        n_new = int(starts[end])
        pieces.append(buffer[:n_new].copy())
        starts[first : end + 1] += n
        n += n_new
        first = end
    return EncodedTexts(np.concatenate(pieces or [buffer[:0]]), starts)


def _count_words(data: np.ndarray, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the first occurrence of each word of the lines, as start and end byte, and its count, int64 (n,) each."""
    slots = np.zeros((_FIRST_SLOTS, 2), np.uint64)
    found = np.zeros((3, _FIRST_SLOTS // 2), np.int64)
    prefix = np.frombuffer(LABEL_PREFIX.encode(), np.uint8)
    line = n = 0
    while True:
        line, n = fasttext.count_words(data, starts, prefix, line, slots, *found, n)
        if line == len(starts) - 1:
            firsts, lasts, counts = found[:, :n]
            return firsts, lasts, counts
        larger = np.zeros((2 * len(slots), 2), np.uint64)
        move_slots(slots, larger)
        slots = larger
        found = np.concatenate([found, np.zeros_like(found)], axis=1)
