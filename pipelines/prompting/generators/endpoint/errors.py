"""Errors of endpoints, each on one line that contains no key."""

from __future__ import annotations

from wordvec._utils.errors import AdvisedError

__all__ = ["EndpointError"]


class EndpointError(RuntimeError, AdvisedError):
    """An endpoint cannot be reached, times out, refuses a request, or returns an invalid answer.

    Parameters
    ----------
    finding : str
    *ways : str
        As for `AdvisedError`.
    status : int, optional
        The status of the response, if there was one.

    Attributes
    ----------
    status : int or None
    """

    def __init__(self, finding: str, *ways: str, status: int | None = None) -> None:
        AdvisedError.__init__(self, finding, *ways)
        self.status = status

    def __str__(self) -> str:
        return self.message()
