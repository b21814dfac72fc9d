"""Files and texts of fastText: the entries of a dictionary, and the words of a line as rows of a supervised model."""

from __future__ import annotations

from numba import njit

from wordvec.kernels import KERNEL_OPTIONS


@njit(**KERNEL_OPTIONS)
def find_entries(data, at, starts, ends):
    """Find the words of a dictionary, each with a NUL after it, then 9 bytes.

    Parameters
    ----------
    data : uint8 (n_bytes,)
    at : int; where the first word begins
    starts, ends : int64 (n,); overwritten: word k is data[starts[k]:ends[k]]

    Returns
    -------
    n : int; the entries that are whole
    at : int; the end of the last one
    """
    size = data.shape[0]
    for k in range(starts.shape[0]):
        end = at
        while end < size and data[end] != 0:
            end += 1
        if end + 10 > size:
            return k, at
        starts[k], ends[k] = at, end
        at = end + 10
    return starts.shape[0], at


@njit(**KERNEL_OPTIONS)
def copy_pieces(data, starts, ends, out, out_starts):
    """Copy data[starts[k]:ends[k]] one after the other; out_starts (int64 (n + 1,)) is overwritten."""
    n = 0
    for k in range(starts.shape[0]):
        out_starts[k] = n
        length = ends[k] - starts[k]
        out[n : n + length] = data[starts[k] : ends[k]]
        n += length
    out_starts[starts.shape[0]] = n
