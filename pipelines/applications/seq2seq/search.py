"""Search for targets, in batches of sources of similar length."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from wordvec._utils.progress import ProgressBar

if TYPE_CHECKING:
    from wordvec.transformer import EncoderDecoderModel

__all__ = ["Search", "search_targets"]


class Search(NamedTuple):
    """Options of the search for targets."""

    num_beams: int
    length_penalty: float
    batch_size: int
    max_length: int  # of both sides, in tokens, with those that begin and end them
    verbose: bool | None = None
    no_repeat_ngram_size: int = 0


def search_targets(
    model: EncoderDecoderModel,
    rows: Sequence[Sequence[int]],
    search: Search,
    longest: Callable[[int], int],
    doing: str,
) -> list[list[int]]:
    """Return the ids of a target for each source.

    Parameters
    ----------
    rows : sequence of lists of int
        Token ids of the sources.
    search : Search
    longest : callable
        Returns the maximum number of target tokens for a number of source tokens.
    doing : str
        The label of the progress bar.
    """
    from wordvec.transformer import generate

    order = sorted(range(len(rows)), key=lambda place: len(rows[place]))
    found: list[list[int]] = [[] for _ in rows]
    penalty = search.length_penalty if search.num_beams > 1 else 1.0
    with ProgressBar(search.verbose, desc=doing, total=len(rows), unit="text") as bar:
        for first in range(0, len(order), search.batch_size):
            places = order[first : first + search.batch_size]
            made = generate(
                model,
                [rows[place] for place in places],
                max_new_tokens=longest(max(len(rows[place]) for place in places)),
                num_beams=search.num_beams,
                length_penalty=penalty,
                no_repeat_ngram_size=search.no_repeat_ngram_size,
            )
            for place, one in zip(places, made):
                found[place] = one.token_ids
            bar.bar.update(len(places))
    return found
