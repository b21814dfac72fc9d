"""Errors of endpoints, each one line that holds no key."""

from __future__ import annotations

from wordvec._utils.errors import AdvisedError

__all__ = ["EndpointError"]


class EndpointError(RuntimeError, AdvisedError):
    """An endpoint cannot be reached, is slow, refuses a request, or answers what is no answer.

    Parameters
    ----------
    finding : str
    *ways : str
        As of `AdvisedError`.
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
