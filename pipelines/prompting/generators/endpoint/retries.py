"""Retries of a request: when it is sent again, and after how long (exponential backoff, Retry-After)."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

__all__ = ["LONGEST_WAIT", "backoff", "is_passing", "retry_after"]

_FIRST_WAIT, _LAST_WAIT = 0.5, 8.0
# A server that asks for more is not waited for.
LONGEST_WAIT = 120.0
_PASSING = {408, 409, 425, 429}  # timeouts, conflicts, too early, too many requests


def is_passing(status: int) -> bool:
    """Return whether a request that was answered with this status may succeed if it is sent again."""
    return status in _PASSING or status >= 500


def backoff(attempt: int, key: str) -> float:
    """Return the seconds to wait after attempt 0, 1, ...: doubled each time, up to 8.

    `key` decides by how much this is shortened, by at most a quarter, so that requests that failed together are not
    sent again at the same moment.
    """
    share = hashlib.blake2b(f"{attempt} {key}".encode(), digest_size=1).digest()[0] / 255
    return min(_FIRST_WAIT * 2.0 ** min(attempt, 10), _LAST_WAIT) * (1 - share / 4)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that a response asks to wait, at least 0; None if it states no valid time.

    Parameters
    ----------
    headers : mapping
        With lower-case names. ``retry-after-ms`` takes precedence over ``retry-after``, a number of seconds or a date.
    """
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            seconds = float(headers[name]) / unit
        except (KeyError, ValueError):
            continue
        if not math.isnan(seconds):
            return max(0.0, seconds)
    try:
        date = parsedate_to_datetime(headers["retry-after"])
        return max(0.0, date.timestamp() - time.time())
    except (KeyError, ValueError, TypeError, OverflowError, OSError):
        return None
