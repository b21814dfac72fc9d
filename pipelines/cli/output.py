"""Messages on stderr and JSON on stdout."""

from __future__ import annotations

import json
import sys
from typing import Any


def note(text: str) -> None:
    """Print a message to stderr."""
    print(text, file=sys.stderr, flush=True)


def print_json(value: Any) -> None:
    """Print a value as JSON to stdout."""
    print(json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False))
