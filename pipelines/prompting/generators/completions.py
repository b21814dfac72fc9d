"""The protocol of generators, which return a `Completion` for each prompt."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np

from wordvec._utils.errors import ParameterError
from wordvec._utils.parameters import Integer, Real, Rule
from wordvec._utils.validation import check_arguments
from wordvec.tokenizers.rows import check_texts

__all__ = ["MAX_TOKENS", "Completion", "Generator", "Request", "cut_at_stop"]

MAX_TOKENS = 256
_RULES: dict[str, Rule] = {
    "max_tokens": Integer(1),
    "temperature": Real(0.0),
    "seed": Integer(0, 2**63 - 1),
}


@dataclass(frozen=True)
class Completion:
    """A generator's completion of a prompt.

    Attributes
    ----------
    text : str
        The new text, up to the stop string.
    n_prompt_tokens, n_new_tokens : int or None
        Numbers of tokens read and generated; None if the generator does not count them.
    finish_reason : str or None
        "stop" at a predicted end or a stop string, "length" if the token limit was reached, or an endpoint's own
        reason; None if the generator does not say.
    """

    text: str
    n_prompt_tokens: int | None = None
    n_new_tokens: int | None = None
    finish_reason: str | None = None

    @property
    def n_tokens(self) -> int | None:
        """Total number of tokens read and generated, or None if one of the two is unknown."""
        if self.n_prompt_tokens is None or self.n_new_tokens is None:
            return None
        return self.n_prompt_tokens + self.n_new_tokens

    def to_dict(self) -> dict[str, Any]:
        """Return the attributes."""
        return asdict(self)


class Generator(Protocol):
    """The protocol of generators: any object with this method completes prompts.

    A generator may have a second method, which `InContextClassifier` requires:
    ``log_likelihoods(prompts, continuations) -> list of float64 arrays``, for each prompt an array with the
    log-probability of each continuation in nats, summed over its tokens after the prompt. `continuations` are the same
    texts for all prompts, or a list of texts for each.
    """

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
            Maximum number of new tokens of each.
        stop : str or sequence of str
            Texts before which a completion ends.
        temperature : float
            0 for the most probable text; above 0, tokens are sampled, from a flatter distribution the higher it is.
        seed : int
            Seed of sampling. The samples for a prompt depend on the seed, its text and the number of equal prompts
            before it, not on other prompts: repeat a prompt to get several completions of it.
        """
        ...


@dataclass(frozen=True)
class Request:
    """The checked arguments of `Generator.generate`."""

    prompts: list[str]
    max_tokens: int
    stop: tuple[str, ...]
    temperature: float
    seed: int

    @classmethod
    def checked(
        cls, owner: str, prompts: Any, max_tokens: Any, stop: Any, temperature: Any, seed: Any
    ) -> Request:
        """Return a request, or raise TypeError or ValueError if an argument breaks its rule.

        Parameters
        ----------
        owner : str
            The generator, for messages.
        """
        owner = f"{owner}.generate"
        values = check_arguments(
            _RULES, owner, dict(max_tokens=max_tokens, temperature=temperature, seed=seed)
        )
        stops = (stop,) if isinstance(stop, str) else stop
        if not isinstance(stops, Sequence) or not all(isinstance(each, str) and each for each in stops):
            raise ParameterError("stop", owner, "be a text that is not empty, or a list of them", stop)
        return cls(check_texts(prompts, "prompts", owner), stop=tuple(stops), **vars(values))

    def occurrences(self) -> list[int]:
        """Return for each prompt how many equal ones precede it; 0 for all if nothing is sampled."""
        seen: Counter[str] = Counter()
        found = []
        for prompt in self.prompts:
            found.append(seen[prompt] if self.temperature else 0)
            seen[prompt] += 1
        return found

    def row_seeds(self) -> list[int]:
        """Return a sampling seed for each prompt, from 0 to 2**63 - 1."""
        keys = (f"{self.seed} {number} {prompt}" for number, prompt in zip(self.occurrences(), self.prompts))
        digests = (hashlib.blake2b(key.encode(), digest_size=8).digest() for key in keys)
        return [int.from_bytes(digest, "little") >> 1 for digest in digests]


def cut_at_stop(text: str, stop: Sequence[str]) -> tuple[str, bool]:
    """Return a text before the first stop string in it, and whether there was one."""
    places = [place for place in map(text.find, stop) if place >= 0]
    return (text[: min(places)], True) if places else (text, False)


def check_continuations(continuations: Any, n_prompts: int, owner: str) -> list[list[str]]:
    """Return the continuations of each prompt: those given for it, or those given for all.

    Raises
    ------
    TypeError, ValueError
        If they are neither texts nor a list of texts for each prompt, or one is empty.
    """
    owner = f"{owner}.log_likelihoods"
    if isinstance(continuations, np.ndarray):
        continuations = continuations.tolist()
    if not isinstance(continuations, Sequence) or isinstance(continuations, (str, bytes)):
        rule = "be a list of texts, or one for each prompt"
        raise ParameterError("continuations", owner, rule, continuations)
    if all(isinstance(each, str) for each in continuations):
        groups: list[Any] = [continuations] * n_prompts
    elif len(continuations) != n_prompts:
        rule = f"be a list of texts, or one for each of {n_prompts} prompts"
        raise ParameterError("continuations", owner, rule, continuations)
    else:
        groups = list(continuations)
    checked: dict[int, list[str]] = {}
    for group in groups:
        if id(group) not in checked:
            checked[id(group)] = check_texts(group, "continuations", owner)
            if "" in checked[id(group)]:
                raise ParameterError("continuations", owner, "hold no empty text", group)
    return [checked[id(group)] for group in groups]
