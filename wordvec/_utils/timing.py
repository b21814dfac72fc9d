"""A stopwatch for the parts of a job."""

from __future__ import annotations

import time


class Stopwatch:
    """The seconds taken by the consecutive parts of a job, by name.

    Attributes
    ----------
    seconds : dict of str to float
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, part: str) -> dict[str, float]:
        """Add the time since the last lap, or since the start, to `part`; return the seconds so far."""
        now = time.perf_counter()
        self.seconds[part] = self.seconds.get(part, 0.0) + now - self._last
        self._last = now
        return self.seconds
