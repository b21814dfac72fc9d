"""Selection of the nearest rows of a table, from the scores of a matrix product that are still in the cache.

A product by BLAS followed by a selection writes and reads every score: 270 MB for 1,000 queries over 68,000
words. Here a tile of queries x rows is multiplied with its sums in registers, and only the scores that beat
the worst of a query's best go on.
"""

from __future__ import annotations

from typing import Any

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from wordvec.kernels import KERNEL_OPTIONS

# One vector register: 64 bytes with AVX-512, else 32 (two registers of 16 bytes where that is all there is).
VECTOR_BYTES = 64 if llvm.get_host_cpu_features().get("avx512f", False) else 32
LANES = VECTOR_BYTES // 4
# Sums, rows and one coefficient fill the registers: 6 x 2 + 2 + 1 of 16, or 8 x 3 + 3 + 1 of 32 (AVX-512).
TILE_QUERIES, TILE_VECTORS = (8, 3) if VECTOR_BYTES == 64 else (6, 2)
TILE_ROWS = TILE_VECTORS * LANES
# Rows that a group of queries meets before the next group: with 100 columns they still fit the first cache.
PANEL_TILES = 4
PANEL_ROWS = PANEL_TILES * TILE_ROWS

_FLAGS = ("nsz", "arcp", "contract", "reassoc")
_INT = ir.IntType(64)
_FLOAT = ir.FloatType()
_VECTOR = ir.VectorType(_FLOAT, LANES)
_ZEROS = ir.Constant(_VECTOR, [0.0] * LANES)
_UNDEFINED = ir.Constant(_VECTOR, ir.Undefined)
_ALL_LANES_FIRST = ir.Constant(ir.VectorType(ir.IntType(32), LANES), None)


def _multiply_tile() -> Any:
    @intrinsic
    def multiply_tile(typingctx, queries, group, panel, tile, scores, n_columns):
        """Write the dot products of a group of queries and a tile of rows to `scores`.

        queries : float32, flat (groups, n_columns, TILE_QUERIES)
        panel : float32, flat (PANEL_TILES, n_columns, TILE_ROWS)
        scores : float32, flat (TILE_QUERIES, PANEL_TILES, TILE_ROWS); [:, tile] is overwritten
        """
        signature = types.void(queries, types.int64, panel, types.int64, scores, types.int64)

        def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            def address(base: Any, index: Any, step: int) -> Any:
                return builder.add(base, builder.mul(index, ir.Constant(_INT, 4 * step)))

            def constant(value: int) -> Any:
                return ir.Constant(_INT, value)

            def load(at: Any, kind: Any) -> Any:
                return builder.load(builder.inttoptr(at, kind.as_pointer()), align=4)

            query_data, panel_data, score_data = (
                builder.ptrtoint(context.make_array(sig.args[i])(context, builder, args[i]).data, _INT)
                for i in (0, 2, 4)
            )
            n_columns = args[5]
            query_data = address(query_data, builder.mul(args[1], n_columns), TILE_QUERIES)
            panel_data = address(panel_data, builder.mul(args[3], n_columns), TILE_ROWS)
            score_data = address(score_data, args[3], TILE_ROWS)
            sums = [
                [cgutils.alloca_once(builder, _VECTOR) for _ in range(TILE_VECTORS)]
                for _ in range(TILE_QUERIES)
            ]
            for pointer in (pointer for row in sums for pointer in row):
                builder.store(_ZEROS, pointer)
            with cgutils.for_range(builder, n_columns) as loop:
                query_at = address(query_data, loop.index, TILE_QUERIES)
                panel_at = address(panel_data, loop.index, TILE_ROWS)
                rows = [load(address(panel_at, constant(v), LANES), _VECTOR) for v in range(TILE_VECTORS)]
                for q in range(TILE_QUERIES):
                    scalar = load(address(query_at, constant(q), 1), _FLOAT)
                    first = builder.insert_element(_UNDEFINED, scalar, ir.Constant(ir.IntType(32), 0))
                    coefficient = builder.shuffle_vector(first, _UNDEFINED, _ALL_LANES_FIRST)
                    for v in range(TILE_VECTORS):
                        product = builder.fmul(coefficient, rows[v], flags=_FLAGS)
                        total = builder.fadd(product, builder.load(sums[q][v]), flags=_FLAGS)
                        builder.store(total, sums[q][v])
            for q in range(TILE_QUERIES):
                for v in range(TILE_VECTORS):
                    at = address(score_data, constant(q * PANEL_TILES * TILE_VECTORS + v), LANES)
                    builder.store(
                        builder.load(sums[q][v]), builder.inttoptr(at, _VECTOR.as_pointer()), align=4
                    )
            return context.get_dummy_value()

        return signature, codegen

    return multiply_tile


multiply_tile = _multiply_tile()


@njit(**KERNEL_OPTIONS)
def keep_best(rows_RD, divisors_R, first_row, queries_GDA, barred_Q, best_scores_QK, best_rows_QK):
    """Put the K rows with the greatest row . query / divisor into each query's heap.

    Call it for blocks of rising rows: of equal scores the lower row stays. A score does not depend on the
    place of its row or query, so equal rows have equal scores.

    Parameters
    ----------
    rows_RD : float32 (R, D), C-contiguous
    divisors_R : float32 (R,), not 0
    first_row : int, the row of the table that rows_RD[0] is
    queries_GDA : float32 (G, D, TILE_QUERIES), queries in groups of a tile, padded with anything
    barred_Q : int64 (Q,), the row of the table that may not answer a query, or -1
    best_scores_QK : float32 (Q, K), in and out, heaps with the worst at [q, 0]; all -inf at first
    best_rows_QK : int64 (Q, K), in and out
    """
    n_rows, n_columns = rows_RD.shape
    n_queries = barred_Q.size
    queries = queries_GDA.reshape(-1)
    panel = np.zeros(PANEL_TILES * n_columns * TILE_ROWS, np.float32)
    scores = np.empty(TILE_QUERIES * PANEL_ROWS, np.float32)
    for start in range(0, n_rows, PANEL_ROWS):
        n_panel = min(PANEL_ROWS, n_rows - start)
        for place in range(n_panel):
            row = start + place
            offset = place // TILE_ROWS * n_columns * TILE_ROWS + place % TILE_ROWS
            for column in range(n_columns):
                panel[offset + column * TILE_ROWS] = rows_RD[row, column] / divisors_R[row]
        for group in range(queries_GDA.shape[0]):
            for tile in range(PANEL_TILES):
                multiply_tile(queries, group, panel, tile, scores, n_columns)
            first_query = group * TILE_QUERIES
            for query in range(first_query, min(first_query + TILE_QUERIES, n_queries)):
                best_scores_K = best_scores_QK[query]
                worst = best_scores_K[0]
                offset = (query - first_query) * PANEL_ROWS
                hit = np.int32(0)
                for place in range(PANEL_ROWS):
                    hit |= np.int32(scores[offset + place] > worst)
                if hit == 0:
                    continue
                for place in range(n_panel):
                    score = scores[offset + place]
                    row = first_row + start + place
                    if score > best_scores_K[0] and row != barred_Q[query]:
                        replace_worst(best_scores_K, best_rows_QK[query], score, row)


@njit(**KERNEL_OPTIONS)
def replace_worst(scores_K, rows_K, score, row):
    """Replace the root of a heap, whose root has the lowest score, of equal scores the highest row."""
    n_kept = scores_K.size
    place = 0
    while True:
        child = 2 * place + 1
        if child >= n_kept:
            break
        right = child + 1
        if right < n_kept and (
            scores_K[right] < scores_K[child]
            or (scores_K[right] == scores_K[child] and rows_K[right] > rows_K[child])
        ):
            child = right
        if scores_K[child] > score or (scores_K[child] == score and rows_K[child] < row):
            break
        scores_K[place] = scores_K[child]
        rows_K[place] = rows_K[child]
        place = child
    scores_K[place] = score
    rows_K[place] = row
