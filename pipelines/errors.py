"""Errors that are told to the user of a command in one line."""


class RunFailedError(RuntimeError):
    """A training run in a process of its own failed."""
