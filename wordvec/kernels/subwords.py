"""Character n-grams of words as rows of a table of buckets, and means of rows.

A word stands between marks; its n-grams are cut in characters of UTF-8 and hashed in bytes. Two hashes: fastText's,
FNV-1a with sign-extended bytes, a row for each n-gram; and floret's, MurmurHash3 x64 128 (Appleby 2011, public domain),
whose four words of 32 bits give 1 to 4 rows each, for the n-grams and for the whole word.

Tables are read by address: in files of fastText they begin at any byte.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from wordvec.kernels import KERNEL_OPTIONS, PART_OPTIONS
from wordvec.kernels.hashing import find_slot
from wordvec.kernels.tiles import prefetch, row_address

_BYTES_32 = np.uint64(0xFFFFFFFF)
FNV_START, _FNV_PRIME = np.uint64(2166136261), np.uint64(16777619)
_SIGN = np.uint64(0xFFFFFF00)
_C1, _C2 = np.uint64(0x87C37B91114253D5), np.uint64(0x4CF5AD432745937F)
_FINAL_1, _FINAL_2 = np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53)
_ADDED_1, _ADDED_2, _FIVE = np.uint64(0x52DCE729), np.uint64(0x38495AB5), np.uint64(5)
_EIGHT, _BYTE = np.uint64(8), np.uint64(0xFF)
# Rows that are fetched before they are needed.
_AHEAD = 16


class Scheme(NamedTuple):
    """The scheme that maps the n-grams of a word to rows."""

    min_n: int  # characters of the shortest n-gram
    max_n: int  # and of the longest; 0 for none
    bucket: np.uint64  # rows of n-grams
    hash_count: int  # rows of an n-gram by floret's hash; 0 for fastText's
    seed: np.uint64  # of floret's hash
    before: np.ndarray  # uint8 (any,); the mark before a word
    after: np.ndarray  # uint8 (any,); and after it
    kept_S2: np.ndarray  # uint64 (S, 2); the buckets that a pruned table kept, see `hashing`; (0, 2) if all


@intrinsic
def add_parts(typingctx: Any, rows: Any, n: Any, offset: Any, to: Any, scale: Any) -> Any:
    """Write the sum of 16 floats of each of n rows, in their order, times `scale`; rows need not be aligned."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        rows, n, offset, to, scale = arguments
        integer, kind = ir.IntType(64), ir.VectorType(ir.FloatType(), 16)
        total = cgutils.alloca_once_value(builder, ir.Constant(kind, [0.0] * 16))
        addresses = builder.inttoptr(rows, integer.as_pointer())
        with cgutils.for_range(builder, n) as loop:
            row = builder.load(builder.gep(addresses, [loop.index]))
            source = builder.inttoptr(builder.add(row, offset), kind.as_pointer())
            builder.store(builder.fadd(builder.load(total), builder.load(source, align=4)), total)
        undefined = ir.Constant(kind, ir.Undefined)
        first = builder.insert_element(undefined, scale, ir.Constant(ir.IntType(32), 0))
        scales = builder.shuffle_vector(
            first, undefined, ir.Constant(ir.VectorType(ir.IntType(32), 16), None)
        )
        target = builder.inttoptr(builder.add(to, offset), kind.as_pointer())
        builder.store(builder.fmul(builder.load(total), scales), target, align=4)
        return context.get_dummy_value()

    return types.void(rows, n, offset, to, types.float32), codegen


def _adder(lanes: int) -> Any:
    """Return an intrinsic that adds `lanes` floats of each of n rows, in their order, to those at an address."""

    @intrinsic
    def add_part(typingctx: Any, rows: Any, n: Any, offset: Any, to: Any) -> Any:
        """Add; `rows` is the address of n addresses of rows, to which `offset` is added. Nothing need be aligned."""

        def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            rows, n, offset, to = arguments
            integer, kind = ir.IntType(64), ir.VectorType(ir.FloatType(), lanes)
            target = builder.inttoptr(builder.add(to, offset), kind.as_pointer())
            total = cgutils.alloca_once_value(builder, builder.load(target, align=1))
            addresses = builder.inttoptr(rows, integer.as_pointer())
            with cgutils.for_range(builder, n) as loop:
                row = builder.load(builder.gep(addresses, [loop.index]))
                source = builder.inttoptr(builder.add(row, offset), kind.as_pointer())
                builder.store(builder.fadd(builder.load(total), builder.load(source, align=1)), total)
            builder.store(builder.load(total), target, align=1)
            return context.get_dummy_value()

        return types.void(rows, n, offset, to), codegen

    return add_part


_add_16, _add_4, _add_1 = _adder(16), _adder(4), _adder(1)


@intrinsic
def remainder(typingctx: Any, number: Any, divisor: Any) -> Any:
    """Return the remainder (uint64) of two uint64 below 2 ** 32; dividing 64 bits would take twice as long."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        narrow = [builder.trunc(argument, ir.IntType(32)) for argument in arguments]
        return builder.zext(builder.urem(*narrow), ir.IntType(64))

    return types.uint64(types.uint64, types.uint64), codegen


@njit(**PART_OPTIONS)
def add_rows(table, rows, n, addresses, total_D):
    """Add rows[:n] of the table of float32 at the address `table` to `total_D`, element by element in their order.

    addresses : int64 (n or more,); scratch
    """
    size = total_D.shape[0]
    n_bytes = 4 * size
    for r in range(n):
        addresses[r] = table + n_bytes * np.int64(rows[r])
    for r in range(min(n, _AHEAD)):
        prefetch(addresses[r], n_bytes)
    first, to = row_address(addresses, 0), row_address(total_D, 0)
    # Few rows at a time, so that the cache lines fetched for one part of their floats are there for the next.
    for begin in range(0, n, _AHEAD):
        count = min(_AHEAD, n - begin)
        for r in range(begin + count, min(begin + count + _AHEAD, n)):
            prefetch(addresses[r], n_bytes)
        at = first + 8 * begin
        d = 0
        while d + 16 <= size:
            _add_16(at, count, 4 * d, to)
            d += 16
        while d + 4 <= size:
            _add_4(at, count, 4 * d, to)
            d += 4
        while d < size:
            _add_1(at, count, 4 * d, to)
            d += 1


@njit(**PART_OPTIONS)
def fnv_byte(h, byte):
    """Return fastText's hash (uint64, of 32 bits) extended by a byte."""
    b = np.uint64(byte)
    if b >= np.uint64(128):
        b |= _SIGN
    return ((h ^ b) * _FNV_PRIME) & _BYTES_32


@njit(**PART_OPTIONS)
def _rotl(x, r):
    return (x << np.uint64(r)) | (x >> np.uint64(64 - r))


@njit(**PART_OPTIONS)
def _word_at(text, first, last):
    """Return up to 8 bytes of a text as a number, the first byte lowest."""
    word = np.uint64(0)
    for i in range(last - 1, first - 1, -1):
        word = (word << _EIGHT) | np.uint64(text[i])
    return word


@njit(**PART_OPTIONS)
def _finish(h):
    h = (h ^ (h >> np.uint64(33))) * _FINAL_1
    h = (h ^ (h >> np.uint64(33))) * _FINAL_2
    return h ^ (h >> np.uint64(33))


@njit(**KERNEL_OPTIONS)
def murmur(text, first, last, seed):
    """Return MurmurHash3 x64 128 of text[first:last] (uint8), two uint64."""
    h1 = h2 = np.uint64(seed)
    n = last - first
    at = first
    while at + 16 <= last:
        k1, k2 = _word_at(text, at, at + 8), _word_at(text, at + 8, at + 16)
        h1 ^= _rotl(k1 * _C1, 31) * _C2
        h1 = (_rotl(h1, 27) + h2) * _FIVE + _ADDED_1
        h2 ^= _rotl(k2 * _C2, 33) * _C1
        h2 = (_rotl(h2, 31) + h1) * _FIVE + _ADDED_2
        at += 16
    if last - at > 8:
        h2 ^= _rotl(_word_at(text, at + 8, last) * _C2, 33) * _C1
    if last > at:
        h1 ^= _rotl(_word_at(text, at, min(at + 8, last)) * _C1, 31) * _C2
    h1 ^= np.uint64(n)
    h2 ^= np.uint64(n)
    h1 += h2
    h2 += h1
    h1, h2 = _finish(h1), _finish(h2)
    h1 += h2
    return h1, h2 + h1


@njit(**PART_OPTIONS)
def append_bucket(scheme, hashed, first_row, out, n):
    """Write the row of a hash (uint64, of 32 bits), unless pruning left it out; returns n, or n + 1."""
    return append_kept(scheme, remainder(hashed, scheme.bucket), first_row, out, n)


@njit(**PART_OPTIONS)
def append_kept(scheme, bucket, first_row, out, n):
    """Write the row of a bucket, unless pruning left it out; returns n, or n + 1."""
    if scheme.kept_S2.shape[0] > 0:
        entry = scheme.kept_S2[find_slot(scheme.kept_S2, bucket), 1]
        if entry == np.uint64(0):
            return n
        bucket = entry - np.uint64(1)
    out[n] = first_row + np.int64(bucket)
    return n + 1


@njit(**KERNEL_OPTIONS)
def _append_floret(scheme, text, first, last, first_row, out, n):
    """Write the rows of text[first:last] by floret's hash."""
    h1, h2 = murmur(text, first, last, scheme.seed)
    n = append_bucket(scheme, h1 & _BYTES_32, first_row, out, n)
    if scheme.hash_count > 1:
        n = append_bucket(scheme, h1 >> np.uint64(32), first_row, out, n)
    if scheme.hash_count > 2:
        n = append_bucket(scheme, h2 & _BYTES_32, first_row, out, n)
    if scheme.hash_count > 3:
        n = append_bucket(scheme, h2 >> np.uint64(32), first_row, out, n)
    return n


@njit(**PART_OPTIONS)
def _is_inside(byte):
    """Return whether a byte of UTF-8 continues a character."""
    return byte & 0xC0 == 0x80


@njit(**PART_OPTIONS)
def _mark(scheme, word, first, last, marked):
    """Write word[first:last] between its marks to `marked`; returns how many bytes that takes."""
    size = 0
    for i in range(scheme.before.shape[0]):
        marked[size] = scheme.before[i]
        size += 1
    for i in range(first, last):
        marked[size] = word[i]
        size += 1
    for i in range(scheme.after.shape[0]):
        marked[size] = scheme.after[i]
        size += 1
    return size


@njit(**PART_OPTIONS)
def append_ngrams(scheme, word, first, last, marked, first_row, out, n):
    """Write the rows of the n-grams of word[first:last] (uint8) to out[n:]; returns the end of what is written.

    Parameters
    ----------
    scheme : Scheme
    marked : uint8; scratch with room for the word and its marks
    first_row : int; row of the first bucket
    out : int32, long enough: see `most_rows_of`
    """
    if scheme.hash_count > 0:
        size = _mark(scheme, word, first, last, marked)
        return _append_floret_ngrams(scheme, marked, size, first_row, out, n)
    if scheme.max_n == 0:
        return n
    size = _mark(scheme, word, first, last, marked)
    return _append_fnv_ngrams(
        marked, size, scheme.min_n, scheme.max_n, scheme.bucket, scheme.kept_S2, first_row, out, n
    )


@njit(**KERNEL_OPTIONS)
def _append_fnv_ngrams(marked, size, min_n, max_n, bucket, kept_S2, first_row, out, n):
    """Write the rows by fastText's hash of the n-grams of marked[:size]."""
    is_pruned = kept_S2.shape[0] > 0
    for i in range(size):
        if _is_inside(marked[i]):
            continue
        h = FNV_START
        j = i
        for length in range(1, max_n + 1):
            if j == size:
                break
            h = fnv_byte(h, marked[j])
            j += 1
            while j < size and _is_inside(marked[j]):
                h = fnv_byte(h, marked[j])
                j += 1
            # A mark alone is no n-gram.
            if length >= min_n and not (length == 1 and (i == 0 or j == size)):
                row = remainder(h, bucket)
                if is_pruned:
                    entry = kept_S2[find_slot(kept_S2, row), 1]
                    if entry == np.uint64(0):
                        continue
                    row = entry - np.uint64(1)
                out[n] = first_row + np.int64(row)
                n += 1
    return n


@njit(**KERNEL_OPTIONS)
def _append_floret_ngrams(scheme, marked, size, first_row, out, n):
    """Write the rows by floret's hash of marked[:size] and of its n-grams."""
    n = _append_floret(scheme, marked, 0, size, first_row, out, n)
    for i in range(size):
        if _is_inside(marked[i]):
            continue
        j = i
        for length in range(1, scheme.max_n + 1):
            if j == size:
                break
            j += 1
            while j < size and _is_inside(marked[j]):
                j += 1
            if length >= scheme.min_n and not (length == 1 and (i == 0 or j == size)):
                n = _append_floret(scheme, marked, i, j, first_row, out, n)
    return n


@njit(**PART_OPTIONS)
def most_rows_of(scheme, length):
    """Return the maximum number of rows of a word of `length` bytes, its own included."""
    n_bytes = length + scheme.before.shape[0] + scheme.after.shape[0]
    n_ngrams = 1 + n_bytes * max(scheme.max_n - scheme.min_n + 1, 0)
    return 1 + n_ngrams * max(scheme.hash_count, 1)


@njit(**KERNEL_OPTIONS)
def most_rows(scheme, starts):
    """Return the maximum number of rows of words; word k has starts[k + 1] - starts[k] bytes."""
    n = 0
    for k in range(starts.shape[0] - 1):
        n += most_rows_of(scheme, starts[k + 1] - starts[k])
    return n


@njit(**KERNEL_OPTIONS)
def rows_of_words(scheme, words, starts, own_rows, with_ngrams, first_row, rows, row_starts):
    """Write the rows of words: of each its own, if it has one, then those of its n-grams.

    Parameters
    ----------
    words : uint8 (n_bytes,), starts : int64 (n + 1,); word k is words[starts[k]:starts[k + 1]]
    own_rows : int64 (n,); -1 for none
    with_ngrams : bool (n,)
    first_row : int; row of the first bucket
    rows : int32; at least `most_rows` of them
    row_starts : int64 (n + 1,); overwritten: rows of word k are rows[row_starts[k]:row_starts[k + 1]]
    """
    longest = 0
    for k in range(starts.shape[0] - 1):
        longest = max(longest, starts[k + 1] - starts[k])
    marked = np.empty(longest + scheme.before.shape[0] + scheme.after.shape[0], np.uint8)
    n = 0
    for k in range(starts.shape[0] - 1):
        row_starts[k] = n
        if own_rows[k] >= 0:
            rows[n] = own_rows[k]
            n += 1
        if with_ngrams[k]:
            n = append_ngrams(scheme, words, starts[k], starts[k + 1], marked, first_row, rows, n)
    row_starts[starts.shape[0] - 1] = n


@njit(**KERNEL_OPTIONS)
def fill_means(rows, row_starts, address, out_nD):
    """Write the mean of the rows of each word, in their order; zeros for words without any.

    Parameters
    ----------
    rows : int32, row_starts : int64 (n + 1,); as of `rows_of_words`
    address : int64; of a float32 table with contiguous rows of D floats
    out_nD : float32 (n, D)
    """
    most = 0
    for k in range(out_nD.shape[0]):
        most = max(most, row_starts[k + 1] - row_starts[k])
    addresses = np.empty(most + 1, np.int64)
    for k in range(out_nD.shape[0]):
        mean = out_nD[k]
        for d in range(mean.shape[0]):
            mean[d] = 0
        n = row_starts[k + 1] - row_starts[k]
        add_rows(address, rows[row_starts[k] : row_starts[k + 1]], n, addresses, mean)
        _divide(mean, n)


@njit(**PART_OPTIONS)
def _divide(mean, count):
    if count > 1:
        scale = np.float32(1.0 / count)
        for d in range(mean.shape[0]):
            mean[d] *= scale


@njit(**KERNEL_OPTIONS)
def fill_quantized_means(rows, row_starts, codes_RM, centroids_M256d, norm_of_row, out_nD):
    """Do the same for rows by product quantisation (Jégou, Douze and Schmid 2011, doi:10.1109/TPAMI.2010.57).

    Parameters
    ----------
    codes_RM : uint8 (R, M); the centroid of each part of a row
    centroids_M256d : float32 (M, 256, d); of the last part only the first floats count
    norm_of_row : float32 (R,) that rows are scaled by, or (0,)
    out_nD : float32 (n, D)
    """
    size, n_parts, width = out_nD.shape[1], codes_RM.shape[1], centroids_M256d.shape[2]
    for k in range(out_nD.shape[0]):
        mean = out_nD[k]
        for d in range(mean.shape[0]):
            mean[d] = 0
        for r in range(row_starts[k], row_starts[k + 1]):
            row = rows[r]
            norm = norm_of_row[row] if norm_of_row.shape[0] > 0 else np.float32(1.0)
            for m in range(n_parts):
                centroid = centroids_M256d[m, codes_RM[row, m]]
                for d in range(m * width, min((m + 1) * width, size)):
                    mean[d] += norm * centroid[d - m * width]
        _divide(mean, row_starts[k + 1] - row_starts[k])
