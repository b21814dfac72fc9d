"""Batches as a pure function of the step: what all kinds of batches have in common.

A run that stops and goes on sees the batches that it would have seen, on any number of processes: every draw
comes from a counter-based generator (Philox; Salmon et al., 2011) keyed by the seed, and by the step or epoch.
"""

from __future__ import annotations

import abc

import numpy as np
import torch

from wordvec._utils.validation import check_bool, check_instance, check_int
from wordvec.tokenizers.tokenizer import Tokenizer
from wordvec.transformer.data.token_corpus import TokenCorpus

IGNORED = -100  # label of a place that no loss counts; the default of torch's cross-entropy

# What a generator is for; draws for one purpose never depend on draws for another.
ORDER, OFFSET, CORRUPTION, PAIRS = range(4)


def generator(seed: int, purpose: int, number: int) -> np.random.Generator:
    """Return the generator of a step or an epoch: the same draws whatever was drawn before."""
    return np.random.Generator(np.random.Philox(key=[seed, purpose], counter=[0, 0, 0, number]))


class Batches(abc.ABC):
    """Batches of items, each item once an epoch in an order that the seed decides.

    Parameters
    ----------
    n_items : int
        Items of an epoch.
    batch_size : int
        Items of a batch, of all processes together.
    seed : int
    shuffle : bool
        With False, items come in their own order, and the last batch of an epoch holds what is left; with True
        an epoch leaves out as many as do not fill a batch, other ones each time.
    what : str
        What an item is called in messages.

    Raises
    ------
    ValueError
        If there is less than one batch.
    """

    def __init__(self, n_items: int, batch_size: int, seed: int, shuffle: bool, what: str) -> None:
        owner = type(self).__name__
        self.batch_size = check_int("batch_size", batch_size, owner, 1)
        self.seed = check_int("seed", seed, owner, 0, 2**63 - 1)
        self.shuffle = check_bool("shuffle", shuffle, owner)
        self.n_items = n_items
        n_needed = self.batch_size if shuffle else 1
        if n_items < n_needed:
            raise ValueError(
                f"{owner} has {n_items} {what}, less than a batch, which takes {n_needed}. "
                "Pass more text, or make batches or blocks smaller."
            )
        self._order: tuple[int, np.ndarray] = (-1, np.empty(0, np.int64))

    def __len__(self) -> int:
        """Batches of an epoch."""
        return self.n_items // self.batch_size if self.shuffle else -(-self.n_items // self.batch_size)

    def batch(self, step: int, rank: int = 0, world: int = 1) -> dict[str, torch.Tensor]:
        """Return a batch, or the part of it that is for one process of several.

        Parameters
        ----------
        step : int
            Number of the batch from 0 on; epochs follow each other.
        rank, world : int
            Number of this process, and how many there are. Their parts follow each other in the batch and make
            up all of it.

        Returns
        -------
        batch : dict of Tensor, the first dimension of each is B

        Raises
        ------
        ValueError
            If the batch has fewer rows than there are processes.
        """
        owner = f"{type(self).__name__}.batch"
        check_int("step", step, owner, 0)
        check_int("world", world, owner, 1)
        check_int("rank", rank, owner, 0, world - 1)
        epoch, place = divmod(step, len(self))
        items = self._epoch_order(epoch)[place * self.batch_size : (place + 1) * self.batch_size]
        if len(items) < world:
            raise ValueError(
                f"Batch {step} of {type(self).__name__} has {len(items)} rows, too few for {world} processes. "
                "Make batch_size larger, which is that of all processes together."
            )
        mine = slice(rank * len(items) // world, (rank + 1) * len(items) // world)
        arrays = self._make(items, epoch, step, mine)
        return {name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in arrays.items()}

    @abc.abstractmethod
    def _make(self, items: np.ndarray, epoch: int, step: int, mine: slice) -> dict[str, np.ndarray]:
        """Return the rows `mine` of the batch of `items`; draws are made for all of its rows."""

    def _epoch_order(self, epoch: int) -> np.ndarray:
        if not self.shuffle:
            return np.arange(self.n_items)
        if self._order[0] != epoch:
            self._order = (epoch, self._shuffled(generator(self.seed, ORDER, epoch)))
        return self._order[1]

    def _shuffled(self, rng: np.random.Generator) -> np.ndarray:
        """Return the items of one epoch in order."""
        return rng.permutation(self.n_items)


def check_same_tokenizer(corpus: TokenCorpus, tokenizer: Tokenizer, owner: str) -> None:
    """Raise TypeError if they are none, ValueError if the ids of the corpus were made by another tokenizer."""
    check_instance("corpus", corpus, owner, TokenCorpus)
    check_instance("tokenizer", tokenizer, owner, Tokenizer)
    if corpus.tokenizer_fingerprint != tokenizer.fingerprint:
        raise ValueError(
            f"The corpus of {owner} was encoded with another tokenizer ({corpus.vocab_size} tokens) than the one given "
            f"({tokenizer.vocab_size} tokens). Build the corpus again with this one, or load the other."
        )
