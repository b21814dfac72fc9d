"""The error of a solver that could not continue, with its partial solution."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wordvec._utils.errors import AdvisedError

if TYPE_CHECKING:
    from .solution import Solution

__all__ = ["SolvingError"]


class SolvingError(RuntimeError, AdvisedError):
    """A question could not be solved: the generator failed, or a budget is used up.

    Parameters
    ----------
    finding : str
    *ways : str
        As for `AdvisedError`.

    Attributes
    ----------
    solution : Solution
        The partial solution: steps and trace, without an answer.
    """

    solution: Solution

    def __init__(self, finding: str, *ways: str) -> None:
        AdvisedError.__init__(self, finding, *ways)

    def __str__(self) -> str:
        return self.message()
