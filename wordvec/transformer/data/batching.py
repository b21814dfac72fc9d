"""The base class of batches, which are a pure function of the step.

A resumed run gets the same batches as an uninterrupted one, on any number of processes: every random draw comes from a
counter-based generator (Philox; Salmon et al., 2011) keyed by the seed and the step or epoch.
"""

from __future__ import annotations

import abc
from typing import Any, ClassVar

import numpy as np
import torch

from wordvec._utils.errors import AdvisedError
from wordvec._utils.parameters import Boolean, Integer, Rule, check_parameters
from wordvec._utils.validation import check_instance, check_int
from wordvec.tokenizers.tokenizer import Tokenizer
from wordvec.transformer.data.token_corpus import TokenCorpus

IGNORED = -100  # label of a token that is in no loss; the default of torch's cross-entropy

# Purposes of generators; draws for one never depend on draws for another.
ORDER, OFFSET, CORRUPTION, PAIRS = range(4)


def generator(seed: int, purpose: int, number: int) -> np.random.Generator:
    """Return the generator of a step or an epoch; its draws do not depend on earlier ones."""
    return np.random.Generator(np.random.Philox(key=[seed, purpose], counter=[0, 0, 0, number]))


class Batches(abc.ABC):
    """Batches of items, each item once per epoch, in an order determined by the seed.

    A subclass calls `_set_parameters` with its parameters, then `_set_items`.

    Attributes
    ----------
    n_items : int
        Number of items in an epoch.
    batch_size : int
        Number of items in a batch, summed over all processes.
    seed : int
        Seed of the order of items and of all other random draws.
    shuffle : bool
        If False, items keep their order, and the last batch of an epoch may be smaller; if True, each epoch drops the
        items that do not fill a batch, different ones each time.
    """

    _parameter_rules: ClassVar[dict[str, Rule]] = {
        "batch_size": Integer(1),
        "seed": Integer(0, 2**63 - 1),
        "shuffle": Boolean(),
    }
    batch_size: int
    seed: int
    shuffle: bool

    def _set_parameters(self, **given: Any) -> None:
        """Set parameters as attributes, or raise ParameterError if one breaks its rule."""
        vars(self).update(given)
        vars(self).update(vars(check_parameters(self)))

    def _set_items(self, n_items: int, what: str) -> None:
        """Set the number of items of an epoch, `what` in messages; raise ValueError if they are less than a batch."""
        self.n_items = n_items
        n_needed = self.batch_size if self.shuffle else 1
        if n_items < n_needed:
            raise AdvisedError(
                f"{type(self).__name__} has {n_items} {what}, less than a batch, which takes {n_needed}.",
                advice="Pass more text, or make {batch_size} or the blocks smaller.",
            )
        self._order: tuple[int, np.ndarray] = (-1, np.empty(0, np.int64))

    def data_hash(self) -> str:
        """Return a hash of the data, which resumed runs check; empty if only batches can be compared."""
        corpus = getattr(self, "corpus", None)
        return corpus.content_hash() if isinstance(corpus, TokenCorpus) else ""

    def __len__(self) -> int:
        """Return the number of batches in an epoch."""
        return self.n_items // self.batch_size if self.shuffle else -(-self.n_items // self.batch_size)

    def batch(self, step: int, rank: int = 0, world: int = 1) -> dict[str, torch.Tensor]:
        """Return a batch, or one process's part of it.

        Parameters
        ----------
        step : int
            Index of the batch, from 0; epochs follow one another.
        rank, world : int
            Index of this process, from 0, and number of processes. Their parts, concatenated, are the whole batch.

        Returns
        -------
        dict of Tensor
            The first dimension of each is B, the number of items.

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
        """Return the rows `mine` of the batch of `items`; random draws are made for all rows."""

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
    """Raise TypeError for a wrong class, ValueError if another tokenizer encoded the corpus."""
    check_instance("corpus", corpus, owner, TokenCorpus)
    check_instance("tokenizer", tokenizer, owner, Tokenizer)
    if corpus.tokenizer_fingerprint != tokenizer.fingerprint:
        raise ValueError(
            f"The corpus of {owner} was encoded with another tokenizer ({corpus.vocab_size} tokens), not with "
            f"this one ({tokenizer.vocab_size} tokens). Build the corpus again, or load its own tokenizer."
        )
