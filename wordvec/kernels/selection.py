"""Selection of the nearest rows of a table: an integer scan, then exact scores of the remaining rows.

A matrix product by BLAS followed by a selection writes and reads every score: 270 MB for 1,000 queries over 68,000
words. Here rows and queries are rounded to int16, a tile of queries x rows is multiplied with its sums in registers,
twice as fast as in float32, and only rows that can beat the worst of a query's best are scored again, exactly.

Nothing is lost by the rounding. Let u and q be a row and a query, of length at most sqrt(2), and a and b their
rounded forms: a = S u + r with S = `SCALE` and |r| <= .51 sqrt(D), as each number is rounded to the nearest whole one
and S u_d itself is off by less than .004; b = S q + s likewise. Then a . b - S^2 u . q = a . s + r . S q, whose
absolute value is at most .51 sqrt(D) (2 sqrt(2) S + .51 sqrt(D)) by Cauchy and Schwarz: `error_of_scan`. By the same
inequality no sum overflows int32, nor does a partial sum.
"""

from __future__ import annotations

import math
from typing import Any

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from wordvec.kernels import KERNEL_OPTIONS, PART_OPTIONS

# One vector register: 64 bytes with AVX-512, else 32 (two registers of 16 bytes where that is all there is).
VECTOR_BYTES = 64 if llvm.get_host_cpu_features().get("avx512f", False) else 32
LANES = VECTOR_BYTES // 4
# Sums, rows, one coefficient and one product fill the registers: 6 x 2 + 2 + 2 of 16, or 8 x 3 + 3 + 2 of 32 (AVX-512).
TILE_QUERIES, TILE_VECTORS = (8, 3) if VECTOR_BYTES == 64 else (6, 2)
TILE_ROWS = TILE_VECTORS * LANES
# Rows that one group of queries is multiplied with before the next: with 100 columns they still fit the first cache.
PANEL_TILES = 6
PANEL_ROWS = PANEL_TILES * TILE_ROWS
# The factor of a row of unit length before it is rounded. Rows so short that their norm has few bits can come out as
# long as sqrt(2), and 2 S^2 must fit int32.
SCALE = 32_000

_INT = ir.IntType(64)
_HALF, _WHOLE = ir.IntType(16), ir.IntType(32)
_PAIRS = ir.VectorType(_HALF, 2 * LANES)
_WIDE = ir.VectorType(_WHOLE, 2 * LANES)
_SUMS = ir.VectorType(_WHOLE, LANES)
_EVEN, _ODD = (ir.Constant(_SUMS, [2 * lane + odd for lane in range(LANES)]) for odd in (0, 1))
_ALL_LANES_FIRST = ir.Constant(_SUMS, None)


def error_of_scan(n_columns: int) -> int:
    """Return how far a sum of `multiply_tile` can be from SCALE^2 times the score of `keep_best`, rounded up.

    One millionth of SCALE^2 more than the bound of this module is for the rounding of the score to float32.
    """
    residual = 0.51 * math.sqrt(n_columns)
    return math.ceil(residual * (math.sqrt(8) * SCALE + residual) + 1e-6 * SCALE**2)


def _multiply_tile() -> Any:
    @intrinsic
    def multiply_tile(typingctx, queries, group, panel, tile, sums, n_pairs):
        """Write the dot products of a group of queries and a tile of rows to `sums`.

        Numbers are int16; those of two neighbouring columns lie in one int32.

        queries : int32, flat (groups, n_pairs, TILE_QUERIES)
        panel : int32, flat (PANEL_TILES, n_pairs, TILE_ROWS)
        sums : int32, flat (TILE_QUERIES, PANEL_TILES, TILE_ROWS); [:, tile] is overwritten
        """
        signature = types.void(queries, types.int64, panel, types.int64, sums, types.int64)

        def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            def address(base: Any, index: Any, step: int) -> Any:
                return builder.add(base, builder.mul(index, ir.Constant(_INT, 4 * step)))

            def constant(value: int) -> Any:
                return ir.Constant(_INT, value)

            def load(at: Any, kind: Any) -> Any:
                return builder.load(builder.inttoptr(at, kind.as_pointer()), align=4)

            def products(left: Any, right: Any) -> Any:
                """Return the sum of both products of each lane, in the form that LLVM recognises."""

                def halves(numbers: Any) -> list[Any]:
                    undefined = ir.Constant(numbers.type, ir.Undefined)
                    return [builder.shuffle_vector(numbers, undefined, which) for which in (_EVEN, _ODD)]

                if on_x86:  # vpmaddwd; with AVX512-VNNI it adds to the sum, too, as vpdpwssd
                    return builder.add(*halves(builder.mul(*(builder.sext(n, _WIDE) for n in (left, right)))))
                even, odd = (
                    builder.mul(*(builder.sext(half, _SUMS) for half in both))
                    for both in zip(halves(left), halves(right))
                )
                return builder.add(even, odd)  # smlal and smlal2 on ARM

            on_x86 = context.codegen().magic_tuple()[0].startswith(("x86", "i686"))
            query_data, panel_data, sum_data = (
                builder.ptrtoint(context.make_array(sig.args[i])(context, builder, args[i]).data, _INT)
                for i in (0, 2, 4)
            )
            n_pairs = args[5]
            query_data = address(query_data, builder.mul(args[1], n_pairs), TILE_QUERIES)
            panel_data = address(panel_data, builder.mul(args[3], n_pairs), TILE_ROWS)
            sum_data = address(sum_data, args[3], TILE_ROWS)
            totals = [
                [cgutils.alloca_once(builder, _SUMS) for _ in range(TILE_VECTORS)]
                for _ in range(TILE_QUERIES)
            ]
            for pointer in (pointer for row in totals for pointer in row):
                builder.store(ir.Constant(_SUMS, None), pointer)
            with cgutils.for_range(builder, n_pairs) as loop:
                query_at = address(query_data, loop.index, TILE_QUERIES)
                panel_at = address(panel_data, loop.index, TILE_ROWS)
                rows = [load(address(panel_at, constant(v), LANES), _PAIRS) for v in range(TILE_VECTORS)]
                for q in range(TILE_QUERIES):
                    pair = load(address(query_at, constant(q), 1), _WHOLE)
                    undefined = ir.Constant(_SUMS, ir.Undefined)
                    first = builder.insert_element(undefined, pair, ir.Constant(_WHOLE, 0))
                    splat = builder.shuffle_vector(first, undefined, _ALL_LANES_FIRST)
                    coefficients = builder.bitcast(splat, _PAIRS)
                    for v in range(TILE_VECTORS):
                        total = builder.add(builder.load(totals[q][v]), products(coefficients, rows[v]))
                        builder.store(total, totals[q][v])
            for q in range(TILE_QUERIES):
                for v in range(TILE_VECTORS):
                    at = address(sum_data, constant(q * PANEL_TILES * TILE_VECTORS + v), LANES)
                    builder.store(
                        builder.load(totals[q][v]), builder.inttoptr(at, _SUMS.as_pointer()), align=4
                    )
            return context.get_dummy_value()

        return signature, codegen

    return multiply_tile


multiply_tile = _multiply_tile()


@njit(**KERNEL_OPTIONS)
def rounded_tiles(queries_QD):
    """Return queries of length at most sqrt(2) as int32, flat (groups, n_pairs, TILE_QUERIES), padded with zeros.

    queries_QD : float32 (Q, D), C-contiguous
    """
    n_queries, n_columns = queries_QD.shape
    n_pairs = (n_columns + 1) // 2
    tiles = np.zeros((n_queries + TILE_QUERIES - 1) // TILE_QUERIES * n_pairs * TILE_QUERIES, np.int32)
    rounded = np.zeros(2 * n_pairs, np.int16)
    for query in range(n_queries):
        offset = query // TILE_QUERIES * n_pairs * TILE_QUERIES + query % TILE_QUERIES
        _put_rounded(queries_QD, query, rounded, tiles, offset, TILE_QUERIES)
    return tiles


@njit(**PART_OPTIONS)
def _put_rounded(rows_RD, row, rounded, tiles, offset, step):
    """Write a row, rounded, to every `step`th number of `tiles`; `rounded` is scratch, int16 with an even size."""
    for column in range(rows_RD.shape[1]):
        scaled = rows_RD[row, column] * np.float32(SCALE)
        rounded[column] = np.int16(np.floor(scaled + np.float32(0.5)))
    pairs = rounded.view(np.int32)
    for pair in range(pairs.size):
        tiles[offset + pair * step] = pairs[pair]


@njit(**KERNEL_OPTIONS)
def keep_best(
    rows_RD, divisors_R, first_row, queries_QD, tiles, error, barred_Q, best_scores_QK, best_rows_QK
):
    """Put the K rows with the greatest row . query / divisor into each query's heap.

    Call it for blocks of rows in ascending order: of equal scores the lower row stays.

    Parameters
    ----------
    rows_RD : float32 (R, D), C-contiguous, of length sqrt(2) at most when divided
    divisors_R : float32 (R,), not 0
    first_row : int, the row of the table that rows_RD[0] is
    queries_QD : float32 (Q, D), C-contiguous
    tiles : int32, the same queries as `rounded_tiles`
    error : int, `error_of_scan`
    barred_Q : int64 (Q,), the row of the table to leave out for each query, or -1
    best_scores_QK : float32 (Q, K), in and out, heaps with the worst at [q, 0]; all -inf at first
    best_rows_QK : int64 (Q, K), in and out
    """
    n_rows, n_columns = rows_RD.shape
    n_queries = queries_QD.shape[0]
    n_pairs = (n_columns + 1) // 2
    n_groups = (n_queries + TILE_QUERIES - 1) // TILE_QUERIES
    unit = np.empty((PANEL_ROWS, n_columns), np.float32)
    panel = np.zeros(PANEL_TILES * n_pairs * TILE_ROWS, np.int32)
    rounded = np.zeros(2 * n_pairs, np.int16)
    sums = np.empty(TILE_QUERIES * PANEL_ROWS, np.int32)
    least_Q = np.empty(n_queries, np.int32)
    for query in range(n_queries):
        least_Q[query] = _least_sum(best_scores_QK[query, 0], error)
    for start in range(0, n_rows, PANEL_ROWS):
        n_panel = min(PANEL_ROWS, n_rows - start)
        for place in range(n_panel):
            divisor = divisors_R[start + place]
            for column in range(n_columns):
                unit[place, column] = rows_RD[start + place, column] / divisor
            offset = place // TILE_ROWS * n_pairs * TILE_ROWS + place % TILE_ROWS
            _put_rounded(unit, place, rounded, panel, offset, TILE_ROWS)
        for group in range(n_groups):
            for tile in range(PANEL_TILES):
                multiply_tile(tiles, group, panel, tile, sums, n_pairs)
            first_query = group * TILE_QUERIES
            for query in range(first_query, min(first_query + TILE_QUERIES, n_queries)):
                least = least_Q[query]
                for tile in range(PANEL_TILES):
                    offset = ((query - first_query) * PANEL_TILES + tile) * TILE_ROWS
                    hit = np.int32(0)
                    for place in range(TILE_ROWS):
                        hit |= np.int32(sums[offset + place] >= least)
                    if hit == 0:
                        continue
                    for place in range(tile * TILE_ROWS, min((tile + 1) * TILE_ROWS, n_panel)):
                        if sums[offset + place - tile * TILE_ROWS] < least:
                            continue
                        row = first_row + start + place
                        score = _exact_score(unit, place, queries_QD, query)
                        if score > best_scores_QK[query, 0] and row != barred_Q[query]:
                            _replace_worst(best_scores_QK, best_rows_QK, query, score, row)
                            least = _least_sum(best_scores_QK[query, 0], error)
                least_Q[query] = least


@njit(**PART_OPTIONS)
def _least_sum(worst, error):
    """Return the smallest int32 sum of a row whose score can be above `worst`."""
    if worst < np.float32(-2):
        return np.int32(-(1 << 31))
    return np.int32(np.floor(np.float64(worst) * (SCALE * SCALE)) - error)


@njit(**PART_OPTIONS)
def _exact_score(rows_RD, row, queries_QD, query):
    """Return a dot product as `neighbors.exact_scores` does, to the last bit.

    Products of two float32 are exact in float64, so that it makes no difference whether one instruction multiplies and
    adds.
    """
    n_columns = rows_RD.shape[1]
    n_whole = n_columns - n_columns % 4
    sum0, sum1, sum2, sum3 = 0.0, 0.0, 0.0, 0.0
    for column in range(0, n_whole, 4):
        sum0 += np.float64(rows_RD[row, column]) * np.float64(queries_QD[query, column])
        sum1 += np.float64(rows_RD[row, column + 1]) * np.float64(queries_QD[query, column + 1])
        sum2 += np.float64(rows_RD[row, column + 2]) * np.float64(queries_QD[query, column + 2])
        sum3 += np.float64(rows_RD[row, column + 3]) * np.float64(queries_QD[query, column + 3])
    if n_columns > n_whole:
        sum0 += np.float64(rows_RD[row, n_whole]) * np.float64(queries_QD[query, n_whole])
    if n_columns > n_whole + 1:
        sum1 += np.float64(rows_RD[row, n_whole + 1]) * np.float64(queries_QD[query, n_whole + 1])
    if n_columns > n_whole + 2:
        sum2 += np.float64(rows_RD[row, n_whole + 2]) * np.float64(queries_QD[query, n_whole + 2])
    return np.float32((sum0 + sum1) + (sum2 + sum3))


@njit(**PART_OPTIONS)
def _replace_worst(scores_QK, rows_QK, query, score, row):
    """Replace the root of a query's heap, whose root has the lowest score, of equal scores the highest row."""
    n_kept = scores_QK.shape[1]
    place = 0
    while True:
        child = 2 * place + 1
        if child >= n_kept:
            break
        right = child + 1
        if right < n_kept and (
            scores_QK[query, right] < scores_QK[query, child]
            or (
                scores_QK[query, right] == scores_QK[query, child]
                and rows_QK[query, right] > rows_QK[query, child]
            )
        ):
            child = right
        if scores_QK[query, child] > score or (
            scores_QK[query, child] == score and rows_QK[query, child] < row
        ):
            break
        scores_QK[query, place] = scores_QK[query, child]
        rows_QK[query, place] = rows_QK[query, child]
        place = child
    scores_QK[query, place] = score
    rows_QK[query, place] = row
