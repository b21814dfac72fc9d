"""Decoding of a linear chain: the best sequence of tags, the k best, and marginals, among the legal sequences.

Viterbi decoding, and posterior decoding for the highest expected number of correct tags.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from wordvec._utils.threads import Workers, even_blocks
from wordvec.schemes.transitions import allowed_transitions

from .features.encoding import EncodedSentences
from .kernels import decoding as kernels, sparse as sparse_kernels
from .kernels.chain import Transitions, expectations, padded, prepare_transitions
from .learning.objective import DenseTable
from .model import ChainModel

_NO_VALUES = np.empty(0, np.float32)
# Tokens that are scored at once, unless a sentence is longer.
BATCH_TOKENS = 4096


@dataclass(frozen=True)
class Constraints:
    """Which labels may begin a sentence, follow each other, and end one.

    Attributes
    ----------
    start : bool (L,)
    transition : bool (L, L)
    end : bool (L,)
    """

    start: np.ndarray
    transition: np.ndarray
    end: np.ndarray

    @classmethod
    def of_scheme(cls, labels: Sequence[str], scheme: str | None) -> Constraints:
        """Return the rules of a tag scheme; None allows everything."""
        return cls(*allowed_transitions(labels, scheme))


class _Chain(NamedTuple):
    """Transition scores as the kernels read them; forbidden transitions are -inf."""

    matrix_PP: np.ndarray
    transitions: Transitions

    @classmethod
    def of(cls, score_LL: np.ndarray) -> _Chain:
        n_labels = len(score_LL)
        matrix_PP = np.full((padded(n_labels),) * 2, -np.inf)
        matrix_PP[:n_labels, :n_labels] = score_LL
        return cls(matrix_PP, prepare_transitions(score_LL))


# Decodes the tokens from .. to with these scores; returns -inf if no sequence is possible.
_Decode = Callable[[int, int, int, np.ndarray, _Chain], float]


class Decoder:
    """Finds the tags of encoded sentences.

    All probabilities are those of the model given that the sequence is legal and has the known tags. Where no
    sequence of the labels is legal (a sentence of one token, and no label for a span of one), and no tags are
    known, every sequence is allowed.

    Parameters
    ----------
    model : ChainModel
    constraints : Constraints
    workers : Workers
    """

    def __init__(self, model: ChainModel, constraints: Constraints, workers: Workers) -> None:
        self._model, self._constraints, self._workers = model, constraints, workers
        self._legal = _Chain.of(np.where(constraints.transition, model.transition_LL, -np.inf))
        self._free = _Chain.of(model.transition_LL)

    def best(
        self, encoded: EncodedSentences, table: DenseTable | None = None, known: np.ndarray | None = None
    ) -> np.ndarray:
        """Return the tags of the most probable sequences.

        Parameters
        ----------
        encoded : EncodedSentences
        table : DenseTable, optional
        known : int32 (T,), optional
            Tags that are already known; -1 where there is none.

        Returns
        -------
        int32 (T,)

        Raises
        ------
        ValueError
            If no sequence is legal and has the known tags; the message names the sentence.
        """
        tags = np.zeros(int(encoded.starts[-1]), np.int32)
        if known is None:
            self._best_legal(encoded, table, tags)
            return tags

        def decode(s: int, begin: int, end: int, score_NP: np.ndarray, chain: _Chain) -> float:
            return kernels.best_sequence(score_NP, chain.matrix_PP, tags[begin:end])

        self._for_each(encoded, table, known, decode)
        return tags

    def marginals(
        self, encoded: EncodedSentences, table: DenseTable | None = None, known: np.ndarray | None = None
    ) -> np.ndarray:
        """Return the probability of each label of each token, float64 (T, L). Parameters as for `best`."""
        marginal_TL = np.zeros((int(encoded.starts[-1]), self._model.n_labels))

        def decode(s: int, begin: int, end: int, score_NP: np.ndarray, chain: _Chain) -> float:
            marginal_TL[begin:end], log_partition = _expect(score_NP, chain.transitions)
            return log_partition

        self._for_each(encoded, table, known, decode)
        return marginal_TL

    def least_risk(
        self, encoded: EncodedSentences, table: DenseTable | None = None, known: np.ndarray | None = None
    ) -> np.ndarray:
        """Return the tags of the legal sequences with the highest expected number of correct tags, int32 (T,).

        Parameters as for `best`.
        """
        tags = np.zeros(int(encoded.starts[-1]), np.int32)

        def decode(s: int, begin: int, end: int, score_NP: np.ndarray, chain: _Chain) -> float:
            marginal_NL, log_partition = _expect(score_NP, chain.transitions)
            if log_partition > -np.inf:
                is_possible = np.isfinite(score_NP[:, : self._model.n_labels])
                score_NP[:, : self._model.n_labels] = np.where(is_possible, marginal_NL, -np.inf)
                step_PP = np.where(np.isfinite(chain.matrix_PP), 0.0, -np.inf)
                kernels.best_sequence(score_NP, step_PP, tags[begin:end])
            return log_partition

        self._for_each(encoded, table, known, decode)
        return tags

    def n_best(
        self,
        encoded: EncodedSentences,
        n: int,
        table: DenseTable | None = None,
        known: np.ndarray | None = None,
    ) -> list[list[tuple[np.ndarray, float]]]:
        """Return the `n` most probable sequences of each sentence with their probabilities, best first.

        Fewer if there are no more. An empty sentence has one, of probability 1. Other parameters as for
        `best`.
        """
        found: list[list[tuple[np.ndarray, float]]] = [
            [(np.empty(0, np.int32), 1.0)] for _ in range(len(encoded.starts) - 1)
        ]

        def decode(s: int, begin: int, end: int, score_NP: np.ndarray, chain: _Chain) -> float:
            _, log_partition = _expect(score_NP, chain.transitions)
            n_asked = _n_sequences(end - begin, self._model.n_labels, n)
            best_KN, score_K = np.zeros((n_asked, end - begin), np.int32), np.empty(n_asked)
            kernels.best_sequences(score_NP, chain.matrix_PP, self._model.n_labels, best_KN, score_K)
            possible = np.flatnonzero(np.isfinite(score_K))
            found[s] = [(best_KN[k], min(1.0, float(np.exp(score_K[k] - log_partition)))) for k in possible]
            return log_partition

        self._for_each(encoded, table, known, decode)
        return found

    def _best_legal(self, encoded: EncodedSentences, table: DenseTable | None, tags: np.ndarray) -> None:
        """Write the best tags where none are known: all sentences of a block in one call."""
        type_OUP = self._score_types(encoded, table)
        start_P, end_P = np.zeros((2, padded(self._model.n_labels)))
        start_P[: self._model.n_labels][~self._constraints.start] = -np.inf
        end_P[: self._model.n_labels][~self._constraints.end] = -np.inf

        def decode_block(first: int, last: int) -> None:
            kernels.best_tags(
                first, last, encoded.starts, self._score(encoded, type_OUP, first, last), start_P, end_P,
                self._legal.matrix_PP, self._free.matrix_PP, tags,
            )  # fmt: skip

        self._workers.run(decode_block, self._blocks(encoded))

    @staticmethod
    def _blocks(encoded: EncodedSentences) -> list[tuple[int, int]]:
        return even_blocks(encoded.starts, max(1, -(-int(encoded.starts[-1]) // BATCH_TOKENS)))

    def _for_each(
        self, encoded: EncodedSentences, table: DenseTable | None, known: np.ndarray | None, decode: _Decode
    ) -> None:
        """Decode each sentence that is not empty, in threads."""
        starts = encoded.starts
        type_OUP = self._score_types(encoded, table)

        def decode_block(first: int, last: int) -> None:
            offset = int(starts[first])
            score_TP = self._score(encoded, type_OUP, first, last)
            for s in range(first, last):
                begin, end = int(starts[s]), int(starts[s + 1])
                if end == begin:
                    continue
                score_NP = score_TP[begin - offset : end - offset]
                edges = score_NP[[0, -1]]
                self._constrain(score_NP, None if known is None else known[begin:end])
                if decode(s, begin, end, score_NP, self._legal) > -np.inf:
                    continue
                if known is not None:
                    raise ValueError(
                        f"Sentence {s} has no legal sequence of tags that agrees with its known tags. "
                        "Correct the known tags, or set scheme=None."
                    )
                score_NP[[0, -1]] = edges
                decode(s, begin, end, score_NP, self._free)

        self._workers.run(decode_block, self._blocks(encoded))

    def _score_types(self, encoded: EncodedSentences, table: DenseTable | None) -> np.ndarray | None:
        """Return the scores of the vectors of word types, float64 (O, U, P), or None."""
        if table is None or encoded.dense_ids is None:
            return None
        weights = self._model.padded_dense
        scores = np.empty((len(weights), len(table.vectors), weights.shape[2]))
        blocks = even_blocks(np.arange(len(table.vectors) + 1))
        self._workers.run(sparse_kernels.score_types, blocks, table.vectors, weights, scores)
        return scores

    def _score(
        self, encoded: EncodedSentences, type_OUP: np.ndarray | None, first: int, last: int
    ) -> np.ndarray:
        """Return the scores of the tokens of the sentences `first` to `last`, float64 (n, P)."""
        starts, model = encoded.starts, self._model
        offset, stop = int(starts[first]), int(starts[last])
        score_TP = np.empty((stop - offset, padded(model.n_labels)))
        kernels.score_attributes(
            offset, stop, encoded.indptr, encoded.indices,
            _NO_VALUES if encoded.values is None else encoded.values,
            model.features.states, model.state_weights, model.n_labels, score_TP,
        )  # fmt: skip
        if type_OUP is not None:
            for begin, end in zip(starts[first:last].tolist(), starts[first + 1 : last + 1].tolist()):
                sparse_kernels.add_type_scores(
                    begin,
                    end,
                    begin,
                    end,
                    encoded.dense_ids,
                    type_OUP,
                    score_TP[begin - offset : end - offset],
                )
        return score_TP

    def _constrain(self, score_NP: np.ndarray, known: np.ndarray | None) -> None:
        """Forbid labels at the edges of a sentence, and those that are not the known ones, in place."""
        n_labels = self._model.n_labels
        score_NP[0, :n_labels][~self._constraints.start] = -np.inf
        score_NP[-1, :n_labels][~self._constraints.end] = -np.inf
        if known is not None:
            places = np.flatnonzero(known >= 0)
            kept = score_NP[places, known[places]].copy()
            score_NP[places] = -np.inf
            score_NP[places, known[places]] = kept


def _n_sequences(n_tokens: int, n_labels: int, at_most: int) -> int:
    """Return the number of sequences of labels, `at_most` if there are more."""
    # Without computing the power first: for a long sentence it has thousands of digits.
    if n_labels > 1 and n_tokens >= at_most.bit_length():
        return at_most
    return int(min(at_most, n_labels**n_tokens))


def _expect(score_NP: np.ndarray, transitions: Transitions) -> tuple[np.ndarray, float]:
    """Return the marginals, float64 (N, L), and the log-partition of a sentence."""
    width, n_labels = len(transitions.exp_PP), len(transitions.score_LL)
    exp_NP, weight_NP, marginal_NP = (np.empty_like(score_NP) for _ in range(3))
    pair_PP, slow_LL = np.zeros((width, width)), np.zeros((n_labels, n_labels))
    log_partition = expectations(score_NP, transitions, exp_NP, weight_NP, marginal_NP, pair_PP, slow_LL)
    return marginal_NP[:, :n_labels], log_partition
