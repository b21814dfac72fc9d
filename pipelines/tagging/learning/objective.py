"""The training objective, negative log-likelihood + c1 * |w|_1 + c2 * |w|_2^2, and its gradient."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from wordvec._utils.threads import Workers, even_blocks

from ..features.encoding import EncodedSentences
from ..kernels import sparse as sparse_kernels, vectors as vector_kernels
from ..kernels.chain import padded, prepare_transitions
from ..kernels.lists import gather_lists
from ..kernels.sentences import Scores, Sentences, differentiate
from ..kernels.sparse import ChunkLists, Lists
from ..model import ChainModel, FeatureSet, count_transitions
from .sharing import list_starts, share, transpose, transpose_chunks

_NO_IDS = np.empty(0, np.int32)
# Variables are scaled by this power of the inverse of their curvature. Without an L1 penalty, on 2,000 sentences of
# CoNLL-2000 with c2 = 1, the objective after 50 iterations is 2,541 with 0.25, 3,420 with 0 and 2,724 with 0.5.
SCALING = 0.25
# With c1 = c2 = 0.05 on 2,500 sentences of CoNLL-2000 and English-EWT it is 1,188 and 1,754 with 0.12, 1,206 and 1,778
# with 0, 1,245 on the first with 0.25, which is the best at 20 iterations and the worst at 100.
SCALING_L1 = 0.12
# Size of the table of residuals, in bytes, and the maximum number of chunks of tokens.
_CHUNK_BYTES, _MAX_CHUNKS = 1 << 21, 16
# Ranges of a chunk's sentences, and of the rows that its residuals are added to. Giving one to a thread takes about 15
# microseconds, for each range of each chunk.
_N_RANGES = 16


@dataclass(frozen=True)
class DenseTable:
    """Vectors of word types, and the window around a token in which they are features.

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


@dataclass(frozen=True)
class _Chunk:
    """Tokens whose residuals are in memory at the same time; threads process ranges of the sentences."""

    first: int
    last: int
    sentences: list[tuple[int, int]]


class Objective:
    """The penalised negative log-likelihood as a function of one vector of variables.

    The vector's parts are the features of columns (see `sharing`), the transitions, and the weights of dense
    vectors. A variable x of a column of k attributes encodes k weights s * x / sqrt(k), with a scale s that
    makes the curvatures more similar: then c2 * |w|^2 = c2 * s^2 * x^2 and c1 * |w|_1 = c1 * s * sqrt(k) * |x|.

    Parameters
    ----------
    encoded : EncodedSentences
    tags : int32 (T,)
    features : FeatureSet
    table : DenseTable, optional
    c1, c2 : float
    workers : Workers
    dtype : numpy dtype
        Of the variables and the tables that each evaluation computes: float32, or float64 to check gradients.
    overwrite : bool
        Whether the attributes and values of `encoded` may be overwritten and freed, which saves their memory.

    Attributes
    ----------
    size : int
        Number of variables.
    l1 : float
        c1
    factors : float (size,)
        The factors of the variables in scores and in the L1 penalty.
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
        self._table, self._workers, self._dtype = table, workers, dtype
        self._n_labels, self._transitions = features.n_labels, features.transitions
        n_attributes = len(features.states.indptr) - 1
        self._width = padded(features.n_labels)
        # A bundle has a row in the table of scores and in that of sums.
        shared = share(
            encoded.indptr, encoded.indices, encoded.values, n_attributes,
            row_bytes=2 * self._width * np.dtype(dtype).itemsize, overwrite=overwrite,
        )  # fmt: skip
        self._columns = _lists_of(features.states, shared.leaders)
        self._shared = shared = replace(shared, leaders=np.empty(0, np.int32))
        dense_ids = _NO_IDS if table is None or encoded.dense_ids is None else encoded.dense_ids
        self._sentences = Sentences(
            encoded.starts, tags, shared.tokens, shared.values, shared.own, self._columns,
            dense_ids,
        )  # fmt: skip
        self._n_bundles = len(shared.bundles.indptr) - 1
        self._prepare_chunks()
        self._prepare_sums()
        self._prepare_dense()
        self._observed = count_transitions(encoded.starts, tags, features.n_labels).astype(np.float64)
        self._bundle_BP: np.ndarray = np.zeros((self._n_bundles, self._width), dtype)
        self._sum_BP = np.zeros_like(self._bundle_BP)
        longest = max((chunk.last - chunk.first for chunk in self._chunks), default=0)
        self._residual_NP: np.ndarray = np.zeros((longest, self._width), dtype)
        self._gains = np.zeros(len(encoded.starts) - 1)
        self._prepare_scales(c1, c2)

    def _prepare_chunks(self) -> None:
        """Cut the sentences into chunks, and those into ranges of about the same cost."""
        sentences, n_tokens = self._sentences, len(self._sentences.tags)
        costs = sentences.tokens.indptr + sentences.own.indptr + 8 * np.arange(n_tokens + 1)
        costs = costs[sentences.starts]
        n_bytes = n_tokens * self._width * np.dtype(self._dtype).itemsize
        self._chunks = [
            _Chunk(
                int(sentences.starts[first]),
                int(sentences.starts[last]),
                [(first + a, first + b) for a, b in even_blocks(costs[first : last + 1], _N_RANGES)],
            )
            for first, last in even_blocks(costs, min(_MAX_CHUNKS, max(1, -(-n_bytes // _CHUNK_BYTES))))
        ]

    def _prepare_sums(self) -> None:
        """Transpose the factors: the tokens of bundles, the tokens and bundles of columns."""
        shared, n_columns = self._shared, len(self._shared.n_merged)
        bounds = np.array([0, *(chunk.last for chunk in self._chunks)], np.int64)
        self._members = transpose_chunks(*shared.tokens, bounds, self._n_bundles, shared.values)
        self._owners = transpose_chunks(*shared.own, bounds, n_columns)
        self._sources, _ = transpose(*shared.bundles, n_columns)
        self._bundle_blocks = even_blocks(shared.bundles.indptr + np.arange(self._n_bundles + 1))
        self._member_blocks, self._owner_blocks = _chunk_blocks(self._members), _chunk_blocks(self._owners)
        self._column_blocks = even_blocks(self._sources.indptr + self._columns.indptr)

    def _prepare_dense(self) -> None:
        table, dense_ids = self._table, self._sentences.dense_ids
        n_types, size, n_offsets = (*table.vectors.shape, table.n_offsets) if table else (0, 0, 0)
        self._type_OUP = np.zeros((n_offsets, n_types, self._width), self._dtype)
        self._type_sum_OUP = np.zeros_like(self._type_OUP)
        self._dense_shape = (n_offsets, size, self._n_labels)
        self._type_blocks: list[tuple[int, int]] = []
        self._type_member_blocks: list[tuple[int, int]] = []
        if not table:
            return
        has_vector = dense_ids >= 0
        indptr = np.concatenate([[0], np.cumsum(has_vector)])
        self._type_members, _ = transpose(indptr, dense_ids[has_vector], n_types)
        lengths = np.diff(self._sentences.starts) if n_offsets > 1 else np.empty(0, np.int64)
        self._sentence_of = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)
        self._type_blocks = even_blocks(np.arange(n_types + 1))
        self._type_member_blocks = even_blocks(self._type_members.indptr + np.arange(n_types + 1), _N_RANGES)

    def _prepare_scales(self, c1: float, c2: float) -> None:
        """Compute the factors of the variables in scores and in the penalties."""
        n_states, n_transitions = len(self._columns.items), len(self._transitions)
        self._parts = (n_states, n_states + n_transitions)
        self.size = n_states + n_transitions + int(np.prod(self._dense_shape))
        self.l1, self._c2 = c1, c2
        self._vector_blocks = even_blocks(np.arange(n_states + 1))
        self.factors: np.ndarray = np.ones(self.size, self._dtype)

        def mark_tags(chunk: _Chunk) -> None:
            self._residual_NP[:] = 0.0
            tags = self._sentences.tags[chunk.first : chunk.last]
            self._residual_NP[np.arange(len(tags)), tags] = 1.0

        # The values of each feature's tokens that have its label, summed; the scales take their place.
        self._sum_residuals(mark_tags, self.factors[:n_states])
        sparse_kernels.scale_features(
            self._columns.indptr, self._shared.n_merged, c2, SCALING_L1 if c1 else SCALING, self.factors
        )

    def _split(self, vector: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return views of the parts: states, transitions, dense (O, E, L)."""
        n_states, n_sparse = self._parts
        return vector[:n_states], vector[n_states:n_sparse], vector[n_sparse:].reshape(self._dense_shape)

    def evaluate(self, x: np.ndarray, gradient: np.ndarray) -> float:
        """Return the negative log-likelihood + c2 * |w|^2 and write its gradient; the L1 penalty is left to the caller.

        Parameters
        ----------
        x : float (size,)
            Changed during the call, and restored exactly.
        gradient : float (size,); overwritten
        """
        weights, steps, dense = self._split(x)
        self._workers.run(vector_kernels.scale, self._vector_blocks, self.factors, weights)
        to_states, to_steps, to_dense = self._split(gradient)
        scores = self._score_shared(weights, dense)
        n_labels, pairs = self._n_labels, self._transitions
        transition_LL = np.zeros((n_labels, n_labels))
        transition_LL[pairs[:, 0], pairs[:, 1]] = steps
        transitions = prepare_transitions(transition_LL)
        expected = np.zeros((n_labels, n_labels))

        def differentiate_chunk(chunk: _Chunk) -> None:
            n_ranges = len(chunk.sentences)
            pair_NPP = np.zeros((n_ranges, self._width, self._width))
            slow_NLL = np.zeros((n_ranges, n_labels, n_labels))
            self._workers.run_numbered(
                lambda number, first, last: differentiate(
                    first, last, self._sentences, scores, transitions, chunk.first, self._residual_NP,
                    pair_NPP[number], slow_NLL[number], self._gains,
                ),
                chunk.sentences,
            )  # fmt: skip
            products = (pair_NPP.sum(axis=0) * transitions.exp_PP)[:n_labels, :n_labels]
            expected[:] += products + slow_NLL.sum(axis=0)

        self._sum_residuals(differentiate_chunk, to_states, has_types=True)
        to_steps[:] = (expected - self._observed)[pairs[:, 0], pairs[:, 1]]
        if self._table:
            self._differentiate_dense(self._table, to_dense)
        penalties = np.zeros((len(self._column_blocks), 1))
        self._workers.run_numbered(
            lambda number, begin, end: sparse_kernels.finish_gradient(
                begin, end, self._columns.indptr, self._shared.n_merged, self._c2, weights, self.factors,
                to_states,
                penalties[number],
            ),
            self._column_blocks,
        )  # fmt: skip
        # No column, so nothing shared and no scale.
        others, to_others = x[self._parts[0] :].astype(np.float64), gradient[self._parts[0] :]
        to_others += (2.0 * self._c2) * others
        return float(penalties.sum()) + self._c2 * float(np.square(others).sum()) - float(self._gains.sum())

    def _score_shared(self, weights: np.ndarray, dense: np.ndarray) -> Scores:
        """Compute the scores that many tokens have in common: those of bundles, and of vectors."""
        self._workers.run(
            sparse_kernels.score_bundles, self._bundle_blocks, self._shared.bundles, self._columns, weights,
            self._bundle_BP,
        )  # fmt: skip
        if self._table:
            weight_OEP = np.zeros((*self._dense_shape[:2], self._width))
            weight_OEP[:, :, : self._n_labels] = dense
            self._workers.run(
                sparse_kernels.score_types, self._type_blocks, self._table.vectors, weight_OEP, self._type_OUP
            )
        return Scores(weights, self._bundle_BP, self._type_OUP)

    def _sum_residuals(
        self, fill: Callable[[_Chunk], None], to_states: np.ndarray, *, has_types: bool = False
    ) -> None:
        """Sum the residuals that `fill` writes for each chunk, over the tokens of state features and of word types."""
        run = self._workers.run
        has_types = has_types and self._table is not None
        type_places = self._type_members.indptr[:-1].copy() if has_types else None
        to_states[:], self._sum_BP[:], self._type_sum_OUP[:] = 0.0, 0.0, 0.0
        for number, chunk in enumerate(self._chunks):
            fill(chunk)
            run(
                sparse_kernels.add_to_bundles, self._member_blocks[number], self._members, self._residual_NP,
                self._sum_BP,
            )  # fmt: skip
            run(
                sparse_kernels.add_to_columns, self._owner_blocks[number], self._owners, self._columns,
                self._residual_NP, to_states,
            )  # fmt: skip
            if has_types:
                run(
                    sparse_kernels.add_to_types, self._type_member_blocks, self._type_members, type_places,
                    self._sentence_of, chunk.first, chunk.last, self._residual_NP, self._type_sum_OUP,
                )  # fmt: skip
        run(
            sparse_kernels.add_bundles_to_columns, self._column_blocks, self._sources, self._columns,
            self._sum_BP, to_states,
        )  # fmt: skip

    def _differentiate_dense(self, table: DenseTable, to_dense: np.ndarray) -> None:
        n_blocks = len(self._type_blocks)
        for o in range(table.n_offsets):
            product_NEP = np.zeros((n_blocks, table.vectors.shape[1], self._width))
            into = list(product_NEP)
            self._workers.run_numbered(
                lambda number, begin, end: sparse_kernels.add_table_products(
                    begin,
                    end,
                    table.vectors,
                    self._type_sum_OUP[o],  # noqa: B023, run at once
                    into[number],  # noqa: B023
                ),
                self._type_blocks,
            )
            to_dense[o] = product_NEP.sum(axis=0)[:, : self._n_labels]

    def model(self, x: np.ndarray) -> ChainModel:
        """Return the weights that a vector encodes, by attribute."""
        column_weights, steps, dense = self._split(x.astype(np.float64) * self.factors)
        columns, attribute_columns = self._columns, self._shared.attribute_columns
        # An attribute without a token has no column, so no features.
        lengths = np.append(np.diff(columns.indptr), 0)[attribute_columns]
        indptr = np.zeros(len(lengths) + 1, np.int64)
        np.cumsum(lengths, out=indptr[1:])
        states, weights = Lists(indptr, np.empty(indptr[-1], np.int32)), np.empty(indptr[-1])
        sparse_kernels.spread_weights(
            states, attribute_columns, columns, column_weights, self._shared.n_merged, weights
        )
        transition_LL, pairs = np.zeros((self._n_labels, self._n_labels)), self._transitions
        transition_LL[pairs[:, 0], pairs[:, 1]] = steps
        features = FeatureSet(self._n_labels, states, pairs)
        return ChainModel(features, weights, transition_LL, dense.copy())


def _lists_of(lists: Lists, chosen: np.ndarray) -> Lists:
    """Return the chosen ones of some lists."""
    return Lists(list_starts(np.diff(lists.indptr)[chosen]), gather_lists(*lists, chosen))


def _chunk_blocks(lists: ChunkLists) -> list[list[tuple[int, int]]]:
    """Cut the lists of each chunk into ranges of about the same cost."""
    blocks = []
    for first, last in zip(lists.chunks[:-1].tolist(), lists.chunks[1:].tolist()):
        costs = lists.indptr[first : last + 1] + np.arange(last - first + 1)
        blocks.append(
            [(first + a, first + b) for a, b in even_blocks(costs, _N_RANGES)] if last > first else []
        )
    return blocks
