"""`HashedModel`: a fastText classifier, with n-grams hashed into buckets, and its predictions for raw texts."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from wordvec._io.errors import DamagedFileError
from wordvec._io.strings import places_of
from wordvec._utils.assumptions import assume
from wordvec._utils.threads import workers
from wordvec.kernels import best_labels, fasttext
from wordvec.text.lists import check_tokens, iterate_rows, row_error
from wordvec.vectors.formats.fasttext_content import FastTextFile
from wordvec.vectors.keyed_vectors import KeyedVectors
from wordvec.vectors.subwords.rows import DenseRows, QuantizedRows, Rows
from wordvec.vectors.subwords.scheme import END_OF_SENTENCE

LABEL_PREFIX = "__label__"
# Quantised rows that take at most this many bytes as floats are kept as floats.
_EXPANDED_BYTES = 1 << 26
# What fastText adds to a probability before it takes the logarithm.
_ADDED = 1e-5
# fastText's sigmoid is a table: of this many steps over this range, beyond which it is 0 or 1.
_SIGMOID_STEPS, _SIGMOID_RANGE = 512, 8
# Texts whose scores are computed together, and the bytes that their scores may take.
_BLOCK_TEXTS, _BLOCK_BYTES = 1024, 1 << 23
_PREFIX = re.compile(r"(?:[\W_]+\w*?[\W_]+|[^\W_]+[\W_]+|[\W_]+)")


@dataclass(frozen=True, eq=False)
class Best:
    """The most probable labels of texts.

    Attributes
    ----------
    ids : int64 (n_texts, k)
    probabilities : float (n_texts, k)
    n_kept : int64 (n_texts,)
        How many of the k labels each text has.
    """

    ids: np.ndarray
    probabilities: np.ndarray
    n_kept: np.ndarray

    def put(self, block: slice, found: Best) -> None:
        """Store the labels of a block of texts."""
        self.ids[block], self.probabilities[block], self.n_kept[block] = (
            found.ids,
            found.probabilities,
            found.n_kept,
        )

    def named(self, names: list[Any]) -> list[list[tuple[Any, float]]]:
        """Return (label, probability) pairs for each text."""
        rows = zip(self.ids.tolist(), self.probabilities.tolist(), self.n_kept.tolist())
        if self.ids.shape[1] == 1:
            return [[(names[ids[0]], values[0])] if n else [] for ids, values, n in rows]
        return [[(names[k], value) for k, value in zip(ids[:n], values)] for ids, values, n in rows]


@dataclass(frozen=True, eq=False)
class HashedModel:
    """A fastText classifier.

    Attributes
    ----------
    file : FastTextFile
        The contents of the model file.
    labels : list of str
        The labels without their prefix, in the order of the file.
    prefix : str
        Tokens that begin with it are labels, not words.
    """

    file: FastTextFile
    labels: list[str]
    prefix: str

    @classmethod
    def of(cls, file: FastTextFile, source: str, prefix: str | None = None) -> HashedModel:
        """Return the model in a fastText file; by default `prefix` is the one that all labels share.

        Raises
        ------
        ValueError
            If a label does not begin with `prefix`, or occurs twice.
        """
        starts = file.starts[file.n_words :]
        raw = file.words.tobytes()
        full = [
            raw[a:b].decode("utf-8", "replace") for a, b in zip(starts[:-1].tolist(), starts[1:].tolist())
        ]
        chosen = _common_prefix(full, source) if prefix is None else prefix
        for label in full:
            if not label.startswith(chosen):
                raise ValueError(
                    f"{source} has the label {label!r}, which does not begin with label_prefix={chosen!r}."
                )
        labels = [label.removeprefix(chosen) for label in full]
        if len(set(labels)) < len(labels):
            raise ValueError(f"{source} has a label twice: it is damaged.")
        # fastText's own programs know no other prefix when they read a file.
        return cls(file, labels, LABEL_PREFIX)

    @property
    def loss(self) -> str:
        """The loss function: softmax, hs, ns or ova."""
        return self.file.arguments.loss

    @cached_property
    def prior(self) -> np.ndarray:
        """Relative frequencies of the labels in training, float64 (C,)."""
        counts = np.maximum(self.file.counts[self.file.n_words :], 0).astype(np.float64)
        return counts / counts.sum() if counts.any() else np.full(len(counts), 1 / len(counts))

    @cached_property
    def weights(self) -> np.ndarray:
        """The output layer, float32 (C, D)."""
        assert self.file.output is not None
        weights = self.file.output.block(0, self.file.output.shape[0])
        if not np.isfinite(weights).all():
            raise ValueError("The output layer holds NaN or infinity: the file is damaged.")
        return weights

    @cached_property
    def children(self) -> np.ndarray:
        """The Huffman tree of hierarchical softmax, int32 (C - 1, 2), see `best_labels.best_leaves`."""
        return huffman_tree(self.file.counts[self.file.n_words :])

    def probabilities(self, texts: list[str], n_threads: int) -> np.ndarray:
        """Return the label probabilities, float64 (n_texts, C), in the order of `labels`; `prior` for empty texts."""
        found = np.empty((len(texts), len(self.labels)))

        def work(block: slice, hidden: np.ndarray, n_rows: np.ndarray) -> None:
            found[block] = self._of_hidden(hidden)
            found[block][n_rows == 0] = self.prior

        self._for_blocks(texts, n_threads, work)
        return found

    def top(self, texts: list[str], k: int, threshold: float, n_threads: int) -> Best:
        """Return the k most probable labels of each text, with probabilities of at least `threshold`."""
        k = min(k, len(self.labels))
        answers = Best(
            np.zeros((len(texts), k), np.int64), np.zeros((len(texts), k)), np.zeros(len(texts), np.int64)
        )

        def work(block: slice, hidden: np.ndarray, n_rows: np.ndarray) -> None:
            answers.put(block, self._best_of_hidden(hidden, k, threshold))
            for place in (np.flatnonzero(n_rows == 0) + block.start).tolist():
                answers.put(slice(place, place + 1), best_of(self.prior[np.newaxis], k, threshold))

        self._for_blocks(texts, n_threads, work)
        return answers

    def best(self, texts: list[str], n_threads: int) -> np.ndarray:
        """Return the index of the most probable label of each text, int64 (n_texts,)."""
        found = np.empty(len(texts), np.int64)

        def work(block: slice, hidden: np.ndarray, n_rows: np.ndarray) -> None:
            if self.loss == "softmax":
                found[block] = (hidden @ self.weights.T).argmax(axis=1)  # no exponentials
            else:
                found[block] = self._best_of_hidden(hidden, 1, -1.0).ids[:, 0]
            found[block][n_rows == 0] = self.prior.argmax()

        self._for_blocks(texts, n_threads, work)
        return found

    def word_vectors(self) -> KeyedVectors:
        """Return the vectors of words, composed from n-grams for unknown words."""
        try:
            keys = self.file.keys(limit=self.file.n_words)
        except DamagedFileError:
            keys = self.file.keys(errors="backslashreplace", limit=self.file.n_words)
        table = self.file.subword_table(np.arange(self.file.n_words), "utf-8")
        return KeyedVectors(None, keys, self.file.counts[: self.file.n_words], subwords=table)

    def _for_blocks(self, texts: list[str], n_threads: int, work: Any) -> None:
        """Call work(block, hidden, n_rows) for each block of texts: their means, and their numbers of rows."""
        lines = self.lines(texts)
        size = max(1, min(_BLOCK_TEXTS, _BLOCK_BYTES // (8 * len(self.labels))))
        weights = self.weights  # computed before there are threads

        def run(first: int) -> None:
            last = min(first + size, len(texts))
            hidden, n_rows = (
                np.empty((last - first, weights.shape[1]), np.float32),
                np.empty(last - first, np.int64),
            )
            fasttext.fill_hidden(lines, first, last, hidden, n_rows)
            if not np.isfinite(hidden).all():
                raise ValueError("The rows of a text hold NaN or infinity: the file of the model is damaged.")
            work(slice(first, last), hidden, n_rows)

        blocks = range(0, len(texts), size)
        if len(blocks) == 1:
            run(0)
            return
        with threadpool_limits(limits=1, user_api="blas"), workers(n_threads) as pool:
            pool.map(run, blocks)

    def __getstate__(self) -> dict[str, Any]:
        # What is computed from the file holds addresses.
        return {name: getattr(self, name) for name in ("file", "labels", "prefix")}

    def lines(self, texts: list[str]) -> fasttext.Lines:
        """Return texts for the kernels, with the model."""
        data, starts = packed_lines(texts)
        return self._empty_lines._replace(data=data, starts=starts)

    @cached_property
    def _rows(self) -> Rows:
        """The rows of words and n-grams; few quantised rows are converted to floats, which is faster."""
        rows = self.file.input
        n_rows, size = rows.shape
        if isinstance(rows, QuantizedRows) and 4 * n_rows * size <= _EXPANDED_BYTES:
            return DenseRows.of(rows.block(0, n_rows))
        return rows

    @cached_property
    def _empty_lines(self) -> fasttext.Lines:
        """The model for the kernels, without texts."""
        file, nothing = self.file, np.empty(0, np.uint8)
        slots = np.zeros((1 << (2 * len(file.starts)).bit_length(), 2), np.uint64)
        fasttext.fill_dictionary(file.words, file.starts, slots)
        rows = self._rows
        if isinstance(rows, QuantizedRows):
            table = fasttext.RowTable(0, rows.codes, rows.centroids, rows.norms)
        else:
            address = rows.data.ctypes.data + rows.offset
            table = fasttext.RowTable(
                address,
                np.empty((0, 0), np.uint8),
                np.empty((0, 256, 1), np.float32),
                np.empty(0, np.float32),
            )
        # Buckets are there for n-grams of words, too.
        scheme = file.scheme.kernel_form
        ends = places_of(file.words, file.starts[: file.n_words + 1], END_OF_SENTENCE.encode())
        return fasttext.Lines(
            data=nothing,
            starts=np.zeros(1, np.int64),
            slots_S2=slots,
            words=file.words,
            word_starts=file.starts[:-1],
            word_ends=file.starts[1:],
            n_words=file.n_words,
            end=ends[0] if ends else -1,
            prefix=np.frombuffer(self.prefix.encode(), np.uint8),
            scheme=scheme,
            word_ngrams=file.arguments.wordNgrams if file.scheme.n_rows else 1,
            rows=table,
        )

    def _of_hidden(self, hidden: np.ndarray) -> np.ndarray:
        """Return the probabilities of the labels of texts with these means, float (n, C)."""
        scores = hidden @ self.weights[: max(1, len(self.labels) - (self.loss == "hs"))].T
        if self.loss == "hs":
            found = np.empty((len(hidden), len(self.labels)))
            best_labels.fill_leaves(self.children, scores, found)
            return found
        if self.loss == "softmax":
            scores -= scores.max(axis=1, keepdims=True)
            np.exp(scores, out=scores)
            scores /= scores.sum(axis=1, keepdims=True)
            return scores
        return _table_sigmoid(scores)

    def _best_of_hidden(self, hidden: np.ndarray, k: int, threshold: float) -> Best:
        """Return the best labels of texts with these means; a threshold below zero excludes none."""
        if self.loss == "hs":
            return self._best_leaves(hidden, k, threshold)
        return best_of(self._of_hidden(hidden), k, threshold)

    def _best_leaves(self, hidden: np.ndarray, k: int, threshold: float) -> Best:
        """Return the best leaves of each text; each step down adds 1e-5 to the probability, as in fastText."""
        ids, logs = np.zeros((len(hidden), k), np.int64), np.zeros((len(hidden), k), np.float32)
        n_kept = np.empty(len(hidden), np.int64)
        least = np.log(threshold + _ADDED) if threshold >= 0 else -np.inf
        best_labels.best_leaves(self.children, self.weights, hidden, least, ids, logs, n_kept)
        return Best(ids, np.minimum(np.exp(logs), 1), n_kept)


def packed_lines(texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return texts in UTF-8, uint8 (n_bytes,), and their starts, int64 (n_texts + 1,)."""
    encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
    starts = np.zeros(len(encoded) + 1, np.int64)
    np.cumsum([len(text) for text in encoded], out=starts[1:])
    return np.frombuffer(b"".join(encoded) or b" ", np.uint8), starts


def huffman_tree(counts: np.ndarray) -> np.ndarray:
    """Return the Huffman tree of labels with these descending counts, int32 (C - 1, 2), as fastText builds it.

    Inner node i has the children row[i]: labels below C, inner nodes from C on; the root is the last one.
    """
    n = len(counts)
    weights = np.full(2 * n - 1, 10**15, np.int64)
    weights[:n] = counts
    children = np.zeros((n - 1, 2), np.int32)
    leaf, node = n - 1, n
    for inner in range(n, 2 * n - 1):
        for side in range(2):
            if leaf >= 0 and weights[leaf] < weights[node]:
                children[inner - n, side] = leaf
                leaf -= 1
            else:
                children[inner - n, side] = node
                node += 1
        if max(children[inner - n]) >= inner:
            raise ValueError("The counts of its labels make no tree: the file is damaged.")
        weights[inner] = weights[children[inner - n]].sum()
    return children


def _table_sigmoid(scores: np.ndarray) -> np.ndarray:
    """Return fastText's sigmoid, a table with steps of 1/32, float32."""
    places = np.clip(scores, -_SIGMOID_RANGE, _SIGMOID_RANGE) + np.float32(_SIGMOID_RANGE)
    numbers = (places * np.float32(_SIGMOID_STEPS / (2 * _SIGMOID_RANGE))).astype(np.int64)
    points = np.arange(_SIGMOID_STEPS + 1) * (2 * _SIGMOID_RANGE / _SIGMOID_STEPS) - _SIGMOID_RANGE
    table = (1 / (1 + np.exp(-points))).astype(np.float32)
    found = table[numbers]
    found[scores < -_SIGMOID_RANGE] = 0
    found[scores > _SIGMOID_RANGE] = 1
    return found


def checked_lines(texts: Any, owner: str) -> list[str]:
    """Return texts, or lists of tokens, as texts.

    Raises
    ------
    TypeError
        If one is neither str nor a list of str; names the row.
    """
    lines = []
    for place, row in enumerate(iterate_rows(texts, owner)):
        if isinstance(row, str):
            lines.append(str(row))
        elif isinstance(row, (list, tuple)):
            check_tokens(row, place, owner)
            lines.append(" ".join(row))
        else:
            raise row_error(row, place, owner, or_tokens=True)
    return lines


def best_of(probabilities: np.ndarray, k: int, threshold: float) -> Best:
    """Return the k best columns of each row with their values; ties are ordered as in fastText."""
    n_texts, n_labels = probabilities.shape
    ids, n_kept = np.zeros((n_texts, min(k, n_labels)), np.int64), np.empty(n_texts, np.int64)
    best_labels.keep_best(np.ascontiguousarray(probabilities), threshold, ids, n_kept)
    values = np.take_along_axis(probabilities, ids, axis=1)
    return Best(ids, values, n_kept)


def _common_prefix(labels: list[str], source: str) -> str:
    """Return the prefix of all labels: fastText's default, or the longest common one, which is then reported."""
    if all(label.startswith(LABEL_PREFIX) for label in labels):
        return LABEL_PREFIX
    found = _PREFIX.match(os.path.commonprefix(labels))
    prefix = found.group() if found else ""
    if prefix in labels:
        prefix = ""
    told = f"their prefix is {prefix!r}" if prefix else "they have no prefix"
    assume(f"{source}: labels like {labels[0]!r}, {told}")
    return prefix
