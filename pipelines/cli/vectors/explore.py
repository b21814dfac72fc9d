"""`wordvec explore`: vectors in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..options import Duplicates, Vectors, VectorsEncoding, VectorsErrors, VectorsFormat


def explore(
    vectors: Vectors,
    compare: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", show_default="none", help="Vectors to show beside them, of another model."
        ),
    ] = None,
    port: Annotated[int, typer.Option(metavar="N", help="The port to serve at; 0 for a free one.")] = 0,
    no_open: Annotated[
        bool, typer.Option("--no-open", help="Print the address, and open no browser.")
    ] = False,
    seed: Annotated[int, typer.Option(metavar="N", help="Of the map and the clusters.")] = 0,
    limit: Annotated[
        int | None,
        typer.Option(metavar="N", show_default="all", help="Take only the first, most frequent words."),
    ] = None,
    encoding: VectorsEncoding = "utf-8",
    errors: VectorsErrors = "strict",
    duplicates: Duplicates = "first",
    file_format: VectorsFormat = None,
) -> None:
    """Show vectors in a browser: a map, neighbours, analogies, and what differs between two models.

    The page is served to this machine alone, at an address with a token, until Ctrl-C.

    Example: wordvec explore vectors.bin --compare others.bin
    """
    from ...explorer.exploration import open_browser, start_server
    from ...workflows.spaces.exploring import spaces_of_words

    reading = {"encoding": encoding, "errors": errors, "duplicates": duplicates, "format": file_format}
    spaces = spaces_of_words(vectors, compare, reading={**reading, "limit": limit}, seed=seed)
    server = start_server(" and ".join(space.name for space in spaces), spaces, port=port, seed=seed)
    print(server.url, flush=True)
    if not no_open:
        open_browser(server.url)
    server.wait()
