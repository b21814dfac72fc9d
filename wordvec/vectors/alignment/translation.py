"""`translate`: the nearest words of another language in a shared space."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from wordvec._utils.errors import ParameterError
from wordvec._utils.validation import check_choice, check_instance, check_int
from wordvec.vectors.alignment.csls import MAX_MEMORY, MIN_MEMORY, csls_neighbors, nearest_rows
from wordvec.vectors.keyed_vectors import KeyedVectors
from wordvec.vectors.neighbors import unit_rows

__all__ = ["RETRIEVALS", "translate"]

RETRIEVALS = ("csls", "cosine")


def translate(
    source: KeyedVectors,
    target: KeyedVectors,
    words: Sequence[str],
    topn: int = 10,
    *,
    retrieval: str = "csls",
    n_neighbors: int = 10,
    restrict_vocab: int | None = None,
    max_memory: int = MAX_MEMORY,
) -> list[list[tuple[str, float]]]:
    """Return the target words that are nearest to source words, both in one space.

    Parameters
    ----------
    source, target : KeyedVectors
        One mapped into the space of the other by `align`; either may be the source.
    words : list of str
    topn : int
    retrieval : {"csls", "cosine"}
        "csls" corrects cosines for hubs, words that are near to everything; see `csls_neighbors`.
    n_neighbors : int
        Neighbours of a word in CSLS.
    restrict_vocab : int, optional
        Use only the first, most frequent words: of the target as answers, and of the source as their neighbours.
    max_memory : int
        Bytes to use in addition to unit-length copies of the tables and the answers, 16 MiB or more.

    Returns
    -------
    list of lists of (word, score), descending
        One for each of `words`.

    Raises
    ------
    UnknownWordError
        A KeyError that names the nearest spellings.
    ValueError
        If the vectors differ in size.
    """
    check_instance("source", source, "translate", KeyedVectors)
    check_instance("target", target, "translate", KeyedVectors)
    if source.vector_size != target.vector_size:
        rule = f"have vectors of {source.vector_size} numbers, as source has"
        raise ParameterError(
            "target", "translate", rule, target, "Map one into the space of the other first."
        )
    topn = check_int("topn", topn, "translate", 1)
    check_choice("retrieval", retrieval, "translate", RETRIEVALS)
    max_memory = check_int("max_memory", max_memory, "translate", MIN_MEMORY)
    if restrict_vocab is not None:
        restrict_vocab = check_int("restrict_vocab", restrict_vocab, "translate", 1)
    queries_QD, target_VD = source[list(words)], np.asarray(target.vectors[:restrict_vocab])
    if not len(queries_QD):
        return []
    if retrieval == "csls":
        rows_QK, scores_QK = csls_neighbors(
            queries_QD,
            np.asarray(source.vectors[:restrict_vocab]),
            target_VD,
            topn=topn,
            n_neighbors=n_neighbors,
            max_memory=max_memory,
        )
    else:
        rows_QK, scores_QK = nearest_rows(unit_rows(queries_QD), unit_rows(target_VD), topn, max_memory)
    return [
        [(target.index_to_key[row], score) for row, score in zip(rows, scores)]
        for rows, scores in zip(rows_QK.tolist(), scores_QK.tolist())
    ]
