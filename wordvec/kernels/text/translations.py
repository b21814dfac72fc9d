"""IBM model 1: probabilities of the translations of words, by expectation maximisation over pairs of sentences.

A sentence pair s has the source words ``source_ids[source_starts[s]:source_starts[s + 1]]`` and the target words
likewise. Places are the inverse: those of word e, ``places[place_starts[e]:place_starts[e + 1]]``, are the pairs whose
source contains it, once for each occurrence. Row e of the probabilities has an entry for each word of the targets of
these pairs; entries of row e are ``row_starts[e]:row_starts[e + 1]``. While a row is processed, a dense array maps ids
to its entries, so that nothing is searched.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from wordvec.kernels import KERNEL_OPTIONS


@njit(**KERNEL_OPTIONS)
def invert(source_ids, source_starts, place_starts, places):
    """List the sentence pairs of each word.

    Parameters
    ----------
    source_ids, source_starts : int32 (n,), int64 (n_pairs + 1,)
    place_starts : int64 (n_words + 1,), zeros; overwritten
    places : int32 (n,); overwritten, rising within a word
    """
    n_words = len(place_starts) - 1
    for k in range(len(source_ids)):
        place_starts[source_ids[k] + 1] += 1
    for e in range(n_words):
        place_starts[e + 1] += place_starts[e]
    for s in range(len(source_starts) - 1):
        for k in range(source_starts[s], source_starts[s + 1]):
            e = source_ids[k]
            places[place_starts[e]] = s
            place_starts[e] += 1
    for e in range(n_words, 0, -1):  # each start has moved to the next
        place_starts[e] = place_starts[e - 1]
    place_starts[0] = 0


@njit(**KERNEL_OPTIONS)
def count_entries(place_starts, places, target_ids, target_starts, seen_V, row_starts):
    """Count the distinct target words that occur in pairs with each source word.

    seen_V : int32 (V,), filled with -1
    row_starts : int64 (n_words + 1,), zeros; overwritten with running sums
    """
    for e in range(len(place_starts) - 1):
        n_entries = 0
        for k in range(place_starts[e], place_starts[e + 1]):
            s = places[k]
            for j in range(target_starts[s], target_starts[s + 1]):
                f = target_ids[j]
                if seen_V[f] != e:
                    seen_V[f] = e
                    n_entries += 1
        row_starts[e + 1] = row_starts[e] + n_entries


@njit(**KERNEL_OPTIONS)
def list_entries(place_starts, places, target_ids, target_starts, seen_V, entry_ids):
    """List the words that `count_entries` counts, in order of first occurrence.

    seen_V : int32 (V,), filled with -1
    entry_ids : int32 (n_entries,); overwritten
    """
    n_entries = 0
    for e in range(len(place_starts) - 1):
        for k in range(place_starts[e], place_starts[e + 1]):
            s = places[k]
            for j in range(target_starts[s], target_starts[s + 1]):
                f = target_ids[j]
                if seen_V[f] != e:
                    seen_V[f] = e
                    entry_ids[n_entries] = f
                    n_entries += 1


@njit(**KERNEL_OPTIONS)
def expect_and_maximise(
    place_starts, places, target_ids, target_starts, row_starts, entry_ids, probabilities, totals, entry_of_V
):
    """Take one step of expectation maximisation, in place: Brown et al. (1993), eq. 5 to 7 of model 1.

    Parameters
    ----------
    probabilities : float64 (n_entries,); t(f | e), which sums to 1 in each row
    totals : float64 (len(target_ids),); scratch, the sum of t(f | e) over the words e of the pair
    entry_of_V : int64 (V,); scratch

    Returns
    -------
    log_likelihood : float64; nats, summed over the target words, before the step, without the term of the lengths
    """
    totals[:] = 0.0
    for e in range(len(place_starts) - 1):
        for entry in range(row_starts[e], row_starts[e + 1]):
            entry_of_V[entry_ids[entry]] = entry
        for k in range(place_starts[e], place_starts[e + 1]):
            s = places[k]
            for j in range(target_starts[s], target_starts[s + 1]):
                totals[j] += probabilities[entry_of_V[target_ids[j]]]
    log_likelihood = 0.0
    for j in range(len(totals)):
        log_likelihood += np.log(totals[j])
    for e in range(len(place_starts) - 1):
        first, last = row_starts[e], row_starts[e + 1]
        for entry in range(first, last):
            entry_of_V[entry_ids[entry]] = entry
        expected = np.zeros(last - first)
        for k in range(place_starts[e], place_starts[e + 1]):
            s = places[k]
            for j in range(target_starts[s], target_starts[s + 1]):
                entry = entry_of_V[target_ids[j]]
                expected[entry - first] += probabilities[entry] / totals[j]
        total = expected.sum()
        for entry in range(first, last):
            probabilities[entry] = expected[entry - first] / total
    return log_likelihood
