"""What training minimises: negative log-likelihood + c1 * |w|_1 + c2 * |w|_2^2, and its gradient."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.tagging import sparse_kernels, vector_kernels
from pipelines.tagging.encoding import EncodedSentences
from pipelines.tagging.kernels import padded, prepare_transitions
from pipelines.tagging.model import ChainModel, FeatureSet, count_transitions
from pipelines.tagging.parallel import Workers, cut
from pipelines.tagging.sentence_kernels import Scores, Sentences, differentiate
from pipelines.tagging.sharing import share, transpose
from pipelines.tagging.sparse_kernels import Lists

_NO_IDS = np.empty(0, np.int32)
# Numbers are scaled by this power of the inverse of their curvature. Without an L1 penalty, on 2,000 sentences of
# CoNLL-2000 with c2 = 1, the objective after 50 iterations is 2,541 with 0.25, 3,420 with 0 and 2,724 with 0.5.
SCALING = 0.25
# With c1 = c2 = 0.05 on 2,500 sentences of CoNLL-2000 and English-EWT it is 1,188 and 1,754 with 0.12, 1,206 and 1,778
# with 0, 1,245 on the first with 0.25, which is the best at 20 iterations and the worst at 100.
SCALING_L1 = 0.12


@dataclass(frozen=True)
class DenseTable:
    """Vectors of word types, and how far around a token they are looked at.

    Attributes
    ----------
    vectors : float32 (U, E)
    window : int
        Offsets -window to window.
    """

    vectors: np.ndarray
    window: int = 0

    @property
    def n_offsets(self) -> int:
        """Places whose vectors a token sees, O."""
        return 2 * self.window + 1


class Objective:
    """The penalised negative log-likelihood as a function of one vector of numbers.

    The vector's parts are the features of columns (see `sharing`), the transitions, and the weights of dense
    vectors. A number x of a column of k attributes stands for k weights s * x / sqrt(k), with a scale s that
    makes the curvatures more alike: then c2 * |w|^2 = c2 * s^2 * x^2 and c1 * |w|_1 = c1 * s * sqrt(k) * |x|.

    Parameters
    ----------
    encoded : EncodedSentences
    tags : int32 (T,)
    features : FeatureSet
    table : DenseTable, optional
    c1, c2 : float
    workers : Workers
    dtype : numpy dtype
        Of the tables that are computed anew each time: float32, or float64 to check gradients.
    overwrite : bool
        Whether the attributes and values of `encoded` may be overwritten, which saves the room for a copy.

    Attributes
    ----------
    size : int
        Numbers in the vector.
    l1 : float64 (size,), or None if c1 is 0
    """

    def __init__(
        self,
        encoded: EncodedSentences,
        tags: np.ndarray,
        features: FeatureSet,
        table: DenseTable | None,
        *,
        c1: float,
        c2: float,
        workers: Workers,
        dtype: type = np.float32,
        overwrite: bool = False,
    ) -> None:
        self._features, self._table, self._workers = features, table, workers
        n_attributes = len(features.states.indptr) - 1
        self._shared = shared = share(
            encoded.indptr, encoded.indices, encoded.values, n_attributes, overwrite=overwrite
        )
        self._columns = _lists_of(features.states, shared.leaders)
        dense_ids = _NO_IDS if table is None or encoded.dense_ids is None else encoded.dense_ids
        self._sentences = Sentences(
            encoded.starts, tags, shared.tokens, shared.values, shared.own, self._columns,
            dense_ids,
        )  # fmt: skip
        self._n_tokens, self._n_bundles = len(tags), len(shared.bundles.indptr) - 1
        self._width = padded(features.n_labels)
        self._prepare_sums()
        self._prepare_dense(dtype)
        self._observed = count_transitions(encoded.starts, tags, features.n_labels).astype(np.float64)
        self._bundle_BP: np.ndarray = np.zeros((self._n_bundles, self._width), dtype)
        self._residual_RP: np.ndarray = np.zeros((self._n_tokens + self._n_bundles, self._width), dtype)
        self._gains = np.zeros(len(encoded.starts) - 1)
        self._prepare_scales(c1, c2)

    def _prepare_sums(self) -> None:
        """Turn around who is made of what: the tokens of bundles, the tokens and bundles of columns."""
        shared, n_tokens = self._shared, self._n_tokens
        self._members, self._member_values = transpose(
            *shared.tokens, self._n_bundles, shared.values if len(shared.values) else None
        )
        rows = Lists(
            np.concatenate([shared.own.indptr, shared.own.indptr[-1] + shared.bundles.indptr[1:]]),
            np.concatenate([shared.own.items, shared.bundles.items]),
        )
        self._sources, _ = transpose(*rows, len(shared.leaders))
        tokens_cost = self._sentences.tokens.indptr + self._sentences.own.indptr + 8 * np.arange(n_tokens + 1)
        self._sentence_blocks = cut(tokens_cost[self._sentences.starts])
        self._bundle_blocks = cut(shared.bundles.indptr + np.arange(self._n_bundles + 1))
        self._member_blocks = cut(self._members.indptr + np.arange(self._n_bundles + 1))
        self._column_blocks = cut(self._sources.indptr + self._columns.indptr)

    def _prepare_dense(self, dtype: type) -> None:
        table, dense_ids = self._table, self._sentences.dense_ids
        n_types, size, n_offsets = (*table.vectors.shape, table.n_offsets) if table else (0, 0, 0)
        self._type_OUP = np.zeros((n_offsets, n_types, self._width), dtype)
        self._dense_shape = (n_offsets, size, self._features.n_labels)
        if not table:
            return
        has_vector = dense_ids >= 0
        indptr = np.concatenate([[0], np.cumsum(has_vector)])
        self._type_members, _ = transpose(indptr, dense_ids[has_vector], n_types)
        lengths = np.diff(self._sentences.starts)
        self._sentence_of = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)
        self._type_blocks = cut(np.arange(n_types + 1))
        self._type_member_blocks = cut(self._type_members.indptr + np.arange(n_types + 1))

    def _prepare_scales(self, c1: float, c2: float) -> None:
        """Compute what a number of the vector counts in scores and in the penalties."""
        n_merged = np.repeat(self._shared.n_merged, np.diff(self._columns.indptr)).astype(np.float64)
        n_states, n_transitions = len(n_merged), len(self._features.transitions)
        self._parts = (n_states, n_states + n_transitions)
        self.size = n_states + n_transitions + int(np.prod(self._dense_shape))
        scales = np.ones(self.size)
        scales[:n_states] = self._curvatures(n_merged, c2) ** -(SCALING_L1 if c1 else SCALING)
        self._factors = scales.copy()
        self._factors[:n_states] *= np.sqrt(n_merged)
        self.l1 = c1 * self._factors if c1 else None
        self._l2 = c2 * scales**2
        self._weights = np.zeros(self.size)
        self._vector_blocks = cut(np.arange(self.size + 1))

    def _curvatures(self, n_merged: np.ndarray, c2: float) -> np.ndarray:
        """Guess the second derivative of the objective in each state feature, float64 (F,).

        That of a feature whose label has the share p of the n tokens of its column is about n p (1 - p).
        """
        seen_RP = np.zeros_like(self._residual_RP)
        seen_RP[np.arange(self._n_tokens), self._sentences.tags] = 1.0
        n_columns, counts = len(self._sources.indptr) - 1, np.empty(len(n_merged))
        members = (self._members, self._member_values, self._n_tokens, seen_RP)
        self._workers.run(sparse_kernels.sum_bundles, self._member_blocks, *members)
        self._workers.run(
            sparse_kernels.sum_columns, self._column_blocks, self._sources, self._columns, seen_RP, counts
        )
        column = np.repeat(np.arange(n_columns), np.diff(self._columns.indptr))
        totals = np.bincount(column, np.abs(counts), n_columns)[column]
        # Half a token more with and half a token more without the label: no share is 0 or 1.
        share = (np.abs(counts) + 0.5) / (totals + 1.0)
        return np.maximum(totals, 1.0) * share * (1.0 - share) * n_merged + 2.0 * c2

    def _split(self, vector: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return views of the parts: states, transitions, dense (O, E, L)."""
        n_states, n_sparse = self._parts
        return vector[:n_states], vector[n_states:n_sparse], vector[n_sparse:].reshape(self._dense_shape)

    def evaluate(self, x: np.ndarray, gradient: np.ndarray) -> float:
        """Return the negative log-likelihood + c2 * |w|^2 and write its gradient; `l1` is left to the caller.

        Parameters
        ----------
        x : float64 (size,)
        gradient : float64 (size,); overwritten
        """
        run = self._workers.run
        run(vector_kernels.unscale, self._vector_blocks, x, self._factors, self._weights)
        states, steps, dense = self._split(self._weights)
        to_states, to_steps, to_dense = self._split(gradient)
        loss = self._differentiate_sentences(states, steps, dense, to_steps)
        run(
            sparse_kernels.sum_bundles, self._member_blocks, self._members, self._member_values,
            self._n_tokens, self._residual_RP,
        )  # fmt: skip
        run(
            sparse_kernels.sum_columns, self._column_blocks, self._sources, self._columns,
            self._residual_RP, to_states,
        )  # fmt: skip
        if self._table:
            self._differentiate_dense(self._table, to_dense)
        penalties = np.zeros((len(self._vector_blocks), 1))
        self._workers.run_numbered(
            lambda number, begin, end: vector_kernels.finish_gradient(
                begin, end, x, self._factors, self._l2, gradient, penalties[number]
            ),
            self._vector_blocks,
        )
        return loss + float(penalties.sum())

    def _differentiate_sentences(
        self, states: np.ndarray, steps: np.ndarray, dense: np.ndarray, to_steps: np.ndarray
    ) -> float:
        """Return the negative log-likelihood; fill the residuals of tokens and the gradient of transitions."""
        run, n_labels, pairs = self._workers.run, self._features.n_labels, self._features.transitions
        run(
            sparse_kernels.score_bundles, self._bundle_blocks, self._shared.bundles, self._columns, states,
            self._bundle_BP,
        )  # fmt: skip
        if self._table:
            weight_OEP = np.zeros((*self._dense_shape[:2], self._width))
            weight_OEP[:, :, :n_labels] = dense
            run(
                sparse_kernels.score_types, self._type_blocks, self._table.vectors, weight_OEP, self._type_OUP
            )
        transition_LL = np.zeros((n_labels, n_labels))
        transition_LL[pairs[:, 0], pairs[:, 1]] = steps
        transitions = prepare_transitions(transition_LL)
        scores = Scores(states, self._bundle_BP, self._type_OUP)
        n_blocks = len(self._sentence_blocks)
        pair_NPP = np.zeros((n_blocks, self._width, self._width))
        slow_NLL = np.zeros((n_blocks, n_labels, n_labels))
        self._workers.run_numbered(
            lambda number, first, last: differentiate(
                first, last, self._sentences, scores, transitions, self._residual_RP,
                pair_NPP[number], slow_NLL[number], self._gains,
            ),
            self._sentence_blocks,
        )  # fmt: skip
        expected = (pair_NPP.sum(axis=0) * transitions.exp_PP)[:n_labels, :n_labels] + slow_NLL.sum(axis=0)
        to_steps[:] = (expected - self._observed)[pairs[:, 0], pairs[:, 1]]
        return -float(self._gains.sum())

    def _differentiate_dense(self, table: DenseTable, to_dense: np.ndarray) -> None:
        n_types, n_labels = len(table.vectors), self._features.n_labels
        sum_UP = np.empty((n_types, self._width), self._residual_RP.dtype)
        for o in range(table.n_offsets):
            self._workers.run(
                sparse_kernels.sum_types, self._type_member_blocks, self._type_members, self._sentence_of,
                o - table.window, self._residual_RP, sum_UP,
            )  # fmt: skip
            product_NEP = np.zeros((len(self._type_blocks), table.vectors.shape[1], self._width))
            into = list(product_NEP)
            self._workers.run_numbered(
                lambda number, begin, end: sparse_kernels.add_table_products(
                    begin,
                    end,
                    table.vectors,
                    sum_UP,
                    into[number],  # noqa: B023, run at once
                ),
                self._type_blocks,
            )
            to_dense[o] = product_NEP.sum(axis=0)[:, :n_labels]

    def model(self, x: np.ndarray) -> ChainModel:
        """Return the weights that a vector stands for, by attribute."""
        states, steps, dense = self._split(x * self._factors)
        n_labels, pairs = self._features.n_labels, self._features.transitions
        columns = self._shared.attribute_columns
        lengths = np.diff(self._features.states.indptr)
        owner = np.repeat(np.arange(len(lengths)), lengths)
        used = np.flatnonzero(columns[owner] >= 0)
        owner = owner[used]
        # Features of a column are those of each of its attributes, in the same order.
        place = used - self._features.states.indptr[owner] + self._columns.indptr[columns[owner]]
        weights = np.zeros(len(self._features.states.items))
        weights[used] = states[place] / self._shared.n_merged[columns[owner]]
        transition_LL = np.zeros((n_labels, n_labels))
        transition_LL[pairs[:, 0], pairs[:, 1]] = steps
        return ChainModel(self._features, weights, transition_LL, dense.copy())


def _lists_of(lists: Lists, chosen: np.ndarray) -> Lists:
    """Return the chosen ones of some lists."""
    sizes = np.diff(lists.indptr)[chosen]
    indptr = np.concatenate([[0], np.cumsum(sizes)])
    places = np.arange(indptr[-1]) + np.repeat(lists.indptr[chosen] - indptr[:-1], sizes)
    return Lists(indptr, lists.items[places])
