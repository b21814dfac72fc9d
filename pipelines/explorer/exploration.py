"""explore: show vectors in a browser, each row a point on a map."""

from __future__ import annotations

import contextlib
import threading
import warnings
import webbrowser
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from wordvec._utils.errors import AdvisedError
from wordvec._utils.messages import counted
from wordvec._utils.validation import check_choice, check_int, check_seed

from .answers import Answers
from .drifts import LiveDrift
from .layouts import LAYOUTS
from .maps import LiveMap
from .server import ExplorerServer
from .sources import space_of
from .spaces import Space

__all__ = ["answers_of", "explore", "open_browser", "serve"]

MAX_PORT = 65535
# Seconds that the end of the server waits for the background work: it ends between two of its steps.
_PATIENCE = 2.0


def explore(
    source: Any,
    vectors: Any = None,
    *,
    compare: Any = None,
    layout: str = "auto",
    port: int = 0,
    open_page: bool = True,
    random_state: int = 0,
) -> ExplorerServer:
    """Show words or texts in a browser: a map, neighbours, colours, and what differs between two models.

    Parameters
    ----------
    source, vectors
        `KeyedVectors`; or a table with a column `text` or `word` (a mapping, or an object with `to_columns()`) and
        the source of its vectors, see `space_of`.
    compare : optional
        `KeyedVectors` to show next to those of `source`.
    layout : {"auto", "pca", "tsne"}
        "tsne" needs the extra `explorer`; "auto" means "tsne" if it is installed and there are 50 to 100,000 rows. The
        PCA map is shown at once.
    port : int
        0 for a free one.
    open_page : bool
        Open a browser.
    random_state : int
        Seed of the map and of the clusters.

    Returns
    -------
    ExplorerServer
        The running server: `url` is its address, `wait()` returns after Ctrl-C, `close()` stops it.

    Raises
    ------
    ValueError
        If a parameter is invalid, or the port is in use.

    Examples
    --------
    >>> import numpy as np
    >>> from wordvec.pipelines.explorer import explore
    >>> texts = ["a warm film", "far too long", "warm and short"]
    >>> table = {"text": texts, "label": ["good", "bad", "good"]}
    >>> server = explore(table, np.eye(3), open_page=False)  # doctest: +SKIP
    >>> server.close()  # doctest: +SKIP
    """
    seed = check_seed(random_state, "explore")
    spaces = [space_of(source, vectors, seed=seed)]
    if compare is not None:
        spaces.append(space_of(compare, name="compared", seed=seed))
    answers = answers_of(
        " and ".join(space.name for space in spaces), spaces, layout=layout, seed=seed, tell=_warn
    )
    server = serve(answers, port=port)
    if open_page:
        open_browser(server.url)
    return server


def answers_of(
    title: str, spaces: Sequence[Space], *, layout: str, seed: int, tell: Callable[[str], None]
) -> Answers:
    """Return the answers about spaces, their maps computed by PCA or read from a file.

    Parameters
    ----------
    title : str
    spaces : one Space, or two
    layout, seed, tell
        See `LiveMap`.
    """
    check_choice("layout", layout, "explore", LAYOUTS)
    maps = [LiveMap(space, layout, seed, tell) for space in spaces]
    drift = None
    if len(spaces) == 2:
        drift = LiveDrift(*(space.vectors for space in spaces))
        n_shared = len(set(spaces[0].labels) & set(spaces[1].labels))
        if not n_shared:
            raise AdvisedError(
                f"{spaces[0].name} and {spaces[1].name} share none of their "
                f"{counted(len(spaces[0].labels), 'word')} and {counted(len(spaces[1].labels), 'word')}.",
                "vectors of the same language as {compare}",
            )
    return Answers(title, spaces, maps, drift)


def serve(answers: Answers, *, port: int = 0, page: Path | None = None) -> ExplorerServer:
    """Serve a page; improve the maps and compare the models in the background.

    Parameters
    ----------
    answers : Answers
    port : int
        0 for a free one.
    page : Path, optional
        See `ExplorerServer`.
    """
    port = check_int("port", port, "explore", 0, MAX_PORT)
    server = ExplorerServer(answers, port, page=page)

    is_stopped = threading.Event()

    def find_drift() -> None:
        if answers.drift is not None:
            with contextlib.suppress(ValueError):  # told to who asks
                answers.drift.find()

    def work() -> None:
        steps: list[Callable[[], object]] = [partial(space.column, "cluster") for space in answers.spaces]
        steps += [find_drift, *(live.improve for live in answers.maps)]
        for step in steps:
            if is_stopped.is_set():
                return
            step()

    worker = threading.Thread(target=work, daemon=True)

    def stop() -> None:
        is_stopped.set()
        for live in answers.maps:
            live.stop()
        worker.join(_PATIENCE)

    server.on_close = stop
    server.start()
    worker.start()
    return server


def open_browser(url: str) -> None:
    """Open an address in a browser.

    Raises
    ------
    AdvisedError
        If there is none.
    """
    if not webbrowser.open(url):
        raise AdvisedError("No browser was found.", "{no_open}, and open the address that is printed")


def _warn(text: str) -> None:
    warnings.warn(text, stacklevel=3)
