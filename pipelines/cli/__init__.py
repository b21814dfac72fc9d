"""The command line program `wordvec`: one file per command, each a thin wrapper around a plain function.

Results go to stdout, progress and messages to stderr. The exit code is 0 on success, 2 on an error, with one line on
stderr that says what was wrong and what to do, and 130 after Ctrl-C.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from wordvec._utils.lazy import lazy_names

if TYPE_CHECKING:
    from .commands import app as app

__getattr__, __dir__, _ = lazy_names(sys.modules[__name__])
__all__ = ["app", "main"]

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program with `arguments` (those of the command line by default) and exit."""
    try:
        # Here, so that Ctrl-C is answered with a line while the command is loaded, too.
        from .program import run

        code = run(sys.argv[1:] if arguments is None else arguments)
    except KeyboardInterrupt:
        print("wordvec: interrupted.", file=sys.stderr)
        code = INTERRUPTED
    sys.exit(code)
