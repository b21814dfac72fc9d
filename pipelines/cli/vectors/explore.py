"""`wordvec explore`: vectors in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wordvec._utils.errors import ParameterError
from wordvec._utils.validation import check_int, check_seed

from ..options import Delimiter, Duplicates, TextColumn, VectorsEncoding, VectorsErrors, VectorsFormat
from ..output import note

# Words of an exported page: few enough to send by mail.
_EXPORTED = 20_000


def explore(
    vectors: Annotated[
        Path | None, typer.Argument(metavar="VECTORS", help="A file of word vectors.", show_default="none")
    ] = None,
    compare: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", show_default="none", help="Vectors of another model, shown side by side."
        ),
    ] = None,
    texts: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            show_default="none",
            help="Show texts instead of words: a table, or one text per line. Their vectors come from VECTORS by "
            "uSIF, or from --encoder.",
        ),
    ] = None,
    text_column: TextColumn = None,
    delimiter: Delimiter = None,
    encoder: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", show_default="none", help="A static encoder for the vectors of --texts."
        ),
    ] = None,
    table: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            show_default="none",
            help="A table with a column word; its other columns colour the words.",
        ),
    ] = None,
    layout: Annotated[
        str, typer.Option(metavar="auto|pca|tsne", help="Method of the map; tsne needs the extra explorer.")
    ] = "auto",
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of the map and the clusters.")] = 0,
    limit: Annotated[
        int | None, typer.Option(metavar="N", show_default="all", help="Use only the first N words or texts.")
    ] = None,
    port: Annotated[int, typer.Option(metavar="N", help="The port to serve at; 0 for a free one.")] = 0,
    no_open: Annotated[
        bool, typer.Option("--no-open", help="Print the address without opening a browser.")
    ] = False,
    export: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH",
            show_default="none",
            help="Write the page as one .html file instead of serving it.",
        ),
    ] = None,
    words: Annotated[
        int | None,
        typer.Option(
            metavar="N", show_default=f"{_EXPORTED:,}", help="Words or texts in the page of --export."
        ),
    ] = None,
    atlas: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            show_default="none",
            help="Write a table for Embedding Atlas instead of serving a page.",
        ),
    ] = None,
    encoding: VectorsEncoding = "utf-8",
    errors: VectorsErrors = "strict",
    duplicates: Duplicates = "first",
    file_format: VectorsFormat = None,
) -> None:
    """Show words or texts in a browser: a map, neighbours, analogies, and the differences between two models.

    The page is served on this machine only, at an address with a token, until Ctrl-C. The t-SNE map is saved next to
    VECTORS, or to the texts.

    Example: wordvec explore vectors.bin --compare others.bin
    """
    from ...datasets.table_layout import TableLayout
    from ...explorer.exploration import MAX_PORT, answers_of, open_browser, serve
    from ...workflows.spaces.exploring import (
        check_outputs,
        export_answers,
        spaces_of_texts,
        spaces_of_words,
        write_atlases,
    )

    check_seed(seed, "explore", "seed")
    if words is not None:
        if export is None:
            fix = "{limit} is for all."
            raise ParameterError("words", "explore", "be left out without {export}", words, fix)
        check_int("words", words, "explore", 1)
    if delimiter is not None and texts is None and table is None:
        raise ParameterError("delimiter", "explore", "be left out without {texts} or {table}", delimiter)
    check_int("port", port, "explore", 0, MAX_PORT)
    serving = {"port": port or None, "no_open": no_open or None}
    for option, given in serving.items():
        if given is not None and (export is not None or atlas is not None):
            rule = "be left out with {export} or {atlas}, which serve no page"
            raise ParameterError(option, "explore", rule, given)
    check_outputs(export, atlas, [vectors, compare, texts, table])
    layout_of_table = TableLayout(delimiter=delimiter)
    if export is not None:
        limit = min(n for n in (words or _EXPORTED, limit) if n is not None)
    reading = {"encoding": encoding, "errors": errors, "duplicates": duplicates, "format": file_format}
    if texts is None:
        for name, value in (("encoder", encoder), ("text_column", text_column)):
            if value is not None:
                raise ParameterError(name, "explore", "be left out without {texts}", str(value))
        if vectors is None:
            raise typer.BadParameter("Missing argument 'VECTORS', or --texts")
        spaces = spaces_of_words(
            vectors,
            compare,
            table=table,
            layout=layout_of_table,
            reading={**reading, "limit": limit},
            seed=seed,
        )
    else:
        for name, value in (("compare", compare), ("table", table)):
            if value is not None:
                raise ParameterError(name, "explore", "be left out with {texts}", str(value))
        spaces = spaces_of_texts(
            texts,
            vectors=vectors,
            encoder=encoder,
            layout=layout_of_table,
            text_column=text_column,
            reading=reading,
            limit=limit,
            seed=seed,
        )

    def tell(text: str) -> None:
        note(f"wordvec: {text}")

    title = " and ".join(space.name for space in spaces)
    answers = answers_of(title, spaces, layout=layout, seed=seed, tell=tell)
    if export is not None:
        export_answers(answers, export, tell)
        print(export)
    if atlas is not None:
        for path in write_atlases(answers, atlas):
            print(f"embedding-atlas {path} --text text --x x --y y --neighbors neighbors")
    if export is not None or atlas is not None:
        return
    server = serve(answers, port=port)
    try:
        print(server.url, flush=True)
        if not no_open:
            open_browser(server.url)
        server.wait()
    finally:
        server.close()
