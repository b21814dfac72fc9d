"""explore: show vectors in a browser, each row a point on a map."""

from __future__ import annotations

import threading
import webbrowser
from collections.abc import Sequence
from pathlib import Path

from wordvec._utils.validation import check_int

from .answers import Answers
from .drifts import LiveDrift
from .maps import LiveMap
from .server import ExplorerServer
from .spaces import Space

__all__ = ["open_browser", "start_server"]

MAX_PORT = 65535


def start_server(
    title: str,
    spaces: Sequence[Space],
    *,
    port: int = 0,
    seed: int = 0,
    page: Path | None = None,
) -> ExplorerServer:
    """Serve spaces, and go on working out their maps and drift meanwhile."""
    port = check_int("port", port, "explore", 0, MAX_PORT)
    maps = [LiveMap(space, seed) for space in spaces]
    drift = None
    if len(spaces) == 2 and all(space.kind == "words" for space in spaces):
        drift = LiveDrift(*(space.vectors for space in spaces))
    server = ExplorerServer(Answers(title, spaces, maps, drift), port, page=page)
    server.start()

    def work() -> None:
        for live in maps:
            live.improve()

    threading.Thread(target=work, daemon=True).start()
    return server


def open_browser(url: str) -> None:
    """Open an address in a browser.

    Raises
    ------
    OSError
        If there is none.
    """
    if not webbrowser.open(url):
        raise OSError("There is no browser here. Pass --no-open, and open the address that is printed.")
