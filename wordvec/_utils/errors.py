"""Errors that several packages raise, and that the command line shows in one line."""


class RunFailedError(RuntimeError):
    """A training run in a process of its own failed."""
