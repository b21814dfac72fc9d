"""Base classes of our generators: checked requests, and log-likelihoods of continuations as token ids."""

from __future__ import annotations

import abc
from collections.abc import Sequence

import numpy as np

from wordvec.tokenizers.rows import check_texts

from .completions import MAX_TOKENS, Completion, Request, check_continuations
from .token_ids import continuation_ids

__all__ = ["CheckedGenerator", "ScoringGenerator"]


class CheckedGenerator(abc.ABC):
    """A generator that checks its arguments; a subclass defines `_complete`."""

    def generate(
        self,
        prompts: Sequence[str],
        *,
        max_tokens: int = MAX_TOKENS,
        stop: str | Sequence[str] = (),
        temperature: float = 0.0,
        seed: int = 0,
    ) -> list[Completion]:
        """Return the completion of each prompt, in order.

        Parameters
        ----------
        prompts : list of str
        max_tokens : int
            Maximum number of new tokens for each.
        stop : str or sequence of str
            Stop strings, before which a completion ends.
        temperature : float
            0 for the most probable text; above 0, tokens are sampled.
        seed : int
            Seed of sampling; see `Generator`.

        Raises
        ------
        TypeError, ValueError
            If an argument breaks its rule, or a prompt does not fit into the model.
        """
        name = type(self).__name__
        return self._complete(Request.checked(name, prompts, max_tokens, stop, temperature, seed))

    @abc.abstractmethod
    def _complete(self, request: Request) -> list[Completion]:
        """Return the completion of each prompt of a checked request."""


class ScoringGenerator(CheckedGenerator):
    """A generator that also scores given continuations, as sequences of token ids."""

    def log_likelihoods(
        self, prompts: Sequence[str], continuations: Sequence[str] | Sequence[Sequence[str]]
    ) -> list[np.ndarray]:
        """Return the log-probability of each continuation of each prompt, in nats.

        A prompt and its continuation are encoded as one text. If a continuation changes the last tokens of its prompt
        ("A:" and "A:-)"), all continuations of this prompt are scored from there on.

        Parameters
        ----------
        prompts : list of str
        continuations : list of str, or a list of str for each prompt
            Including the space in between: ``" positive"``.

        Returns
        -------
        list of float64 arrays
            One for each prompt, with a number for each continuation: the sum over its tokens.

        Raises
        ------
        TypeError, ValueError
            If they are not texts, a continuation adds no token, or a text is too long for the model.
        """
        name = type(self).__name__
        prompts = check_texts(prompts, "prompts", f"{name}.log_likelihoods")
        groups = check_continuations(continuations, len(prompts), name)
        pairs = continuation_ids(self._encode, prompts, groups, self._start_ids(), name)
        return self._score([context for context, _ in pairs], [new for _, new in pairs])

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens of a text."""
        return len(self._encode([text])[0])

    @abc.abstractmethod
    def _encode(self, texts: list[str]) -> list[list[int]]:
        """Return the ids of texts, without special tokens."""

    @abc.abstractmethod
    def _start_ids(self) -> list[int]:
        """Return a list of the token that begins texts, empty if there is none."""

    @abc.abstractmethod
    def _score(self, contexts: list[list[int]], continuations: list[list[list[int]]]) -> list[np.ndarray]:
        """Return the log-probability of each continuation after its context, like `log_likelihoods`."""
