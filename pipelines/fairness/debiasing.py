"""Hard debiasing of word vectors: the bias direction, direct bias, and debiased vectors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from wordvec._utils.errors import ParameterError
from wordvec._utils.validation import check_float, check_instance
from wordvec.vectors.keyed_vectors import KeyedVectors
from wordvec.vectors.neighbors import row_blocks, unit_rows

from .sets import checked_words, known_pairs, look_up, unit

__all__ = ["bias_direction", "debias", "direct_bias"]

Pairs = Sequence[Sequence[str]]


def bias_direction(vectors: KeyedVectors, definitional_pairs: Pairs) -> np.ndarray:
    """Return the direction in which the words of pairs differ (Bolukbasi et al. 2016, section 5.1).

    The first principal component of the words' unit vectors, centred within each pair.

    Parameters
    ----------
    vectors : KeyedVectors
    definitional_pairs : list of (str, str)
        For example ("she", "he"). About ten pairs give a more stable direction than one.

    Returns
    -------
    direction : float64 (D,), of unit length, pointing towards the first words

    Raises
    ------
    ParameterError
        If there is no pair, a word is unknown, or the words of all pairs have the same vectors.
    """
    check_instance("vectors", vectors, "bias_direction", KeyedVectors)
    pairs, _ = known_pairs(vectors, "definitional_pairs", definitional_pairs, "bias_direction")
    return _direction(vectors, pairs, "bias_direction")


def direct_bias(
    vectors: KeyedVectors, words: Sequence[str], direction: np.ndarray, *, strictness: float = 1.0
) -> float:
    """Return the mean over words of abs(cos(word, direction)) ** strictness (Bolukbasi et al. 2016, section 5.2).

    Parameters
    ----------
    vectors : KeyedVectors
    words : list of str
        Words that should be neutral.
    direction : array (D,)
        As returned by `bias_direction`. The direction of the original vectors also applies to debiased ones.
    strictness : float
        The paper's c, more than 0.

    Raises
    ------
    ParameterError
        If there are no words, one is repeated or unknown, or the direction is not D numbers or is all zeros.
    """
    check_instance("vectors", vectors, "direct_bias", KeyedVectors)
    power = check_float("strictness", strictness, "direct_bias", 0.0, low_open=True)
    found = look_up(vectors, "words", words, "direct_bias")
    axis = np.asarray(direction)
    is_vector = axis.shape == (vectors.vector_size,) and axis.dtype.kind in "fiu"
    if not is_vector or not np.isfinite(axis).all() or not axis.any():
        rule = f"be {vectors.vector_size} finite numbers, not all 0"
        raise ParameterError("direction", "direct_bias", rule, direction)
    cosines = unit(found.vectors) @ unit(axis[None].astype(np.float64))[0]
    return float((np.abs(cosines) ** power).mean())


def debias(
    vectors: KeyedVectors,
    definitional_pairs: Pairs,
    equalize_pairs: Pairs | None = None,
    neutral: Iterable[str] | None = None,
    *,
    specific: Iterable[str] = (),
) -> KeyedVectors:
    """Return debiased vectors: words neutralised, pairs equalised (Bolukbasi et al. 2016, section 6).

    Parameters
    ----------
    vectors : KeyedVectors
        Left unchanged.
    definitional_pairs : list of (str, str)
        Pairs that define the direction, see `bias_direction`.
    equalize_pairs : list of (str, str), optional
        Pairs to make equidistant from each neutral word, with no word in two pairs; by default the definitional pairs.
    neutral : list of str, optional
        Words whose component along the direction is removed. By default all except those in pairs and `specific`.
    specific : list of str
        Words whose meaning includes the direction, such as "queen" and "bearded", which are kept; unknown words are
        ignored. Only if `neutral` is None.

    Returns
    -------
    KeyedVectors
        float32, of unit length, as the method requires; with the counts, without n-grams.

    Raises
    ------
    ParameterError
        If there is no pair, a word is unknown or in two pairs to equalise, or both `neutral` and `specific` are given.

    Notes
    -----
    This removes a direction, not the bias: words with similar bias remain neighbours
    (Gonen and Goldberg 2019, "Lipstick on a Pig: Debiasing Methods Cover up Systematic Gender Biases in Word
    Embeddings But do not Remove Them", NAACL).

    References
    ----------
    Bolukbasi, Chang, Zou, Saligrama and Kalai (2016), "Man is to Computer Programmer as Woman is to Homemaker?
    Debiasing Word Embeddings", NeurIPS.

    Examples
    --------
    >>> import numpy as np
    >>> from wordvec import KeyedVectors
    >>> table = np.float32([[4, 3, 0], [-3, 4, 0], [2, 1, 2], [-1, 2, 2]])
    >>> vectors = KeyedVectors(table, ["she", "he", "nurse", "doctor"])
    >>> fair = debias(vectors, [("she", "he")])
    >>> direction = bias_direction(vectors, [("she", "he")])
    >>> [round(direct_bias(each, ["nurse", "doctor"], direction), 2) for each in (vectors, fair)]
    [0.52, 0.0]
    >>> round(fair.similarity("nurse", "she") - fair.similarity("nurse", "he"), 6)
    0.0
    """
    check_instance("vectors", vectors, "debias", KeyedVectors)
    pairs, _ = known_pairs(vectors, "definitional_pairs", definitional_pairs, "debias")
    equalized = pairs
    if equalize_pairs is not None:
        equalized, _ = known_pairs(vectors, "equalize_pairs", equalize_pairs, "debias")
    of_pairs = [word for pair in equalized for word in pair]
    if len(set(of_pairs)) != len(of_pairs):
        again = next(word for place, word in enumerate(of_pairs) if word in of_pairs[:place])
        fix = "Choose one of its pairs for {equalize_pairs}."
        raise ParameterError("equalize_pairs", "debias", "hold no word in two pairs", again, fix)
    rows = _rows_to_neutralize(vectors, neutral, specific, {*of_pairs, *sum(pairs, ())})
    direction = _direction(vectors, pairs, "debias")
    table = vectors.unit_vectors
    ends = [(vectors.key_to_index[first], vectors.key_to_index[second]) for first, second in equalized]
    moved = [_equalized(table[first], table[second], direction) for first, second in ends]
    for start, stop in row_blocks(len(rows), vectors.vector_size):
        block = table[rows[start:stop]].astype(np.float64)
        block -= np.outer(block @ direction, direction)
        table[rows[start:stop]] = unit_rows(block)
    for (first, second), (new_first, new_second) in zip(ends, moved):
        table[first], table[second] = new_first, new_second
    return KeyedVectors(table, vectors.index_to_key, vectors.counts)


def _rows_to_neutralize(
    vectors: KeyedVectors, neutral: Iterable[str] | None, specific: Iterable[str], of_pairs: set[str]
) -> np.ndarray:
    """Return the rows of the words to neutralise, int64 (n,)."""
    kept = list(specific)
    if neutral is not None:
        if kept:
            raise ParameterError("specific", "debias", "be left out where neutral words are given", kept)
        words = checked_words("neutral", neutral, "debias")
        if unknown := [word for word in words if word not in vectors]:
            raise ParameterError("neutral", "debias", "hold words of the vectors", unknown)
        return np.array([vectors.key_to_index[word] for word in words], np.int64)
    if kept:
        checked_words("specific", kept, "debias")
    stays = np.zeros(len(vectors), bool)
    stays[[vectors.key_to_index[word] for word in {*kept, *of_pairs} if word in vectors]] = True
    return np.flatnonzero(~stays)


def _direction(vectors: KeyedVectors, pairs: list[tuple[str, str]], owner: str) -> np.ndarray:
    first, second = (unit(vectors[list(words)].astype(np.float64)) for words in zip(*pairs))
    # The words of a pair lie half their difference to either side of its centre, so the differences alone will do.
    differences_PD = first - second
    if not differences_PD.any():
        rule = "hold a pair whose words point in different directions"
        raise ParameterError("definitional_pairs", owner, rule, pairs)
    direction = np.linalg.svd(differences_PD, full_matrices=False)[2][0]
    return direction if (differences_PD @ direction).sum() >= 0 else -direction


def _equalized(first: np.ndarray, second: np.ndarray, direction: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return unit vectors for a pair that differ only by opposite components along the direction."""
    first, second = first.astype(np.float64), second.astype(np.float64)
    centre = (first + second) / 2
    shared = centre - (centre @ direction) * direction
    length = np.sqrt(max(0.0, 1 - shared @ shared))
    part = (length if (first - second) @ direction >= 0 else -length) * direction
    return shared + part, shared - part
