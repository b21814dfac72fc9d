"""Token ids of prompts and continuations, split at their longest common prefix."""

from __future__ import annotations

from collections.abc import Callable, Sequence

__all__ = ["continuation_ids"]


def continuation_ids(
    encode: Callable[[list[str]], list[list[int]]],
    prompts: list[str],
    groups: list[list[str]],
    start_ids: list[int],
    owner: str,
) -> list[tuple[list[int], list[list[int]]]]:
    """Return for each prompt the ids of its context, and the ids of each of its continuations.

    Prompt and continuation are encoded as one text. The context is the longest common prefix of the prompt's ids and
    those of all its texts, so that continuations are compared after the same tokens.

    Parameters
    ----------
    encode : callable
        Returns the ids of texts, without special tokens.
    prompts : list of str
    groups : list of list of str
        The continuations of each prompt.
    start_ids : list of int
        The context of an empty prompt; may be empty.
    owner : str
        For messages.

    Raises
    ------
    ValueError
        If there is no context, or a continuation adds no token to it.
    """
    alone = encode(prompts)
    whole = iter(encode([prompt + text for prompt, group in zip(prompts, groups) for text in group]))
    found = []
    for number, (prompt_ids, group) in enumerate(zip(alone, groups, strict=True)):
        texts = [next(whole) for _ in group]
        n_shared = min((_n_shared(prompt_ids, ids) for ids in texts), default=len(prompt_ids))
        context = prompt_ids[:n_shared] or start_ids
        if group and not context:
            raise ValueError(
                f"Prompt {number} of {owner} is empty, or of one token that continuations change, and the tokenizer "
                "has no token that begins texts. Begin it with another token."
            )
        new = [ids[n_shared:] for ids in texts]
        if [] in new:
            raise ValueError(
                f"The continuation {group[new.index([])]!r} adds no token to prompt {number} of {owner}."
            )
        found.append((context, new))
    return found


def _n_shared(first: Sequence[int], second: Sequence[int]) -> int:
    """Return the length of the longest common prefix."""
    pairs = zip(first, second)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(first), len(second)))
