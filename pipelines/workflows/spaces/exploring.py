"""Files to explore in a browser: word vectors, texts with vectors, tables of columns; served, or written to files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wordvec._io.atomic import check_writable
from wordvec._utils.errors import AdvisedError, ParameterError
from wordvec._utils.messages import counted
from wordvec._utils.progress import ReadingBar

from ..vectors import open_vectors

if TYPE_CHECKING:
    from ...datasets.table_layout import TableLayout
    from ...explorer.answers import Answers
    from ...explorer.spaces import Space

__all__ = ["check_outputs", "export_answers", "spaces_of_texts", "spaces_of_words", "write_atlases"]

OWNER = "explore"
# Tables of one model, and of two.
_ATLAS_NAMES = ("rows", "rows-1", "rows-2")


def spaces_of_words(
    vectors: Path,
    compare: Path | None = None,
    *,
    table: Path | None = None,
    layout: TableLayout | None = None,
    reading: Mapping[str, Any] | None = None,
    seed: int = 0,
) -> list[Space]:
    """Return the words of a file of vectors, and those of a second file for comparison.

    Parameters
    ----------
    vectors, compare : Path
    table : Path, optional
        A table with a column `word`, whose other columns are colours.
    layout : TableLayout, optional
        The table's format.
    reading : mapping, optional
        Options of `KeyedVectors.load`, for both files.
    seed : int
        Seed of the clusters.
    """
    from ...datasets.table_layout import DEFAULT_TABLE
    from ...datasets.whole_tables import read_table
    from ...explorer.sources import matched_columns
    from ...explorer.spaces import Space

    files = [vectors] if compare is None else [vectors, compare]
    names = [path.name for path in files]
    if len(set(names)) < len(names):
        names = list(map(str, files))
    columns = None if table is None else read_table(table, layout or DEFAULT_TABLE, owner=OWNER)
    found = []
    for name, path in zip(names, files):
        kv = open_vectors(path, **(reading or {}))
        colours = None if columns is None else matched_columns(kv.index_to_key, columns)
        is_part = (reading or {}).get("limit") is not None
        found.append(Space(name, kv, colours, path=path, is_part=is_part, seed=seed))
    return found


def spaces_of_texts(
    texts: Path,
    *,
    vectors: Path | None = None,
    encoder: Path | None = None,
    layout: TableLayout | None = None,
    text_column: str | None = None,
    reading: Mapping[str, Any] | None = None,
    limit: int | None = None,
    seed: int = 0,
) -> list[Space]:
    """Return texts of a file with vectors.

    Parameters
    ----------
    texts : Path
        A table, of which all columns but those of the texts are colours, or a text a line.
    vectors : Path, optional
        Word vectors: those of texts are made of them by `EmbeddingVectorizer` with uSIF.
    encoder : Path, optional
        The folder of a `StaticEncoder`, in the place of `vectors`.
    layout : TableLayout, optional
        The table's format.
    text_column : str, optional
        A name, or a number from 1; several, separated by commas, are joined.
    reading : mapping, optional
        Options of `KeyedVectors.load`.
    limit : int, optional
        Take only the first texts.
    seed : int
        Seed of the clusters.
    """
    from ...datasets.table_layout import DEFAULT_TABLE
    from ...datasets.whole_tables import read_table, text_columns_of
    from ...explorer.columns import columns_of
    from ...explorer.sources import space_of_texts, vectors_of_texts

    if vectors is None and encoder is None:
        raise AdvisedError("What makes vectors of the texts is missing.", "word vectors", "{encoder}")
    if vectors is not None and encoder is not None:
        raise ParameterError("encoder", OWNER, "be left out with word vectors", str(encoder))
    table = read_table(texts, layout or DEFAULT_TABLE, owner=OWNER)
    names = text_columns_of(texts, list(table), text_column)
    is_part = limit is not None and limit < len(table[names[0]])
    table = {title: values[:limit] for title, values in table.items()}
    fields = zip(*(table[name] for name in names))
    rows = [" ".join(str(text) for text in row if text is not None) for row in fields]
    source: Any
    if encoder is not None:
        from wordvec.encoders.static import StaticEncoder

        source = StaticEncoder.load(encoder)
    else:
        assert vectors is not None
        source = open_vectors(vectors, **(reading or {}))
    found = vectors_of_texts(source, rows)
    columns = columns_of(table, without=names)
    return [space_of_texts(rows, found, columns, name=texts.name, path=texts, is_part=is_part, seed=seed)]


def check_outputs(export: Path | None, atlas: Path | None, inputs: Sequence[Path | None]) -> None:
    """Check the paths of outputs before any work.

    Parameters
    ----------
    export, atlas : Path, optional
        See `export_answers` and `write_atlases`.
    inputs : list of Path or None
        Files that are read: none of them is replaced.

    Raises
    ------
    ParameterError
        If a path is that of an input, does not end in .html, or is not a folder.
    OSError
        If the page cannot be written.
    """
    if export is not None:
        if export.suffix.lower() not in (".html", ".htm"):
            raise ParameterError("export", OWNER, "end in .html", str(export))
        _check_apart("export", export, export, inputs)
        check_writable(export)
    if atlas is not None:
        if atlas.exists() and not atlas.is_dir():
            raise ParameterError("atlas", OWNER, "be a folder, or a new one's name", str(atlas))
        for name in _ATLAS_NAMES:
            _check_apart("atlas", atlas, atlas / f"{name}.parquet", inputs)


def _check_apart(option: str, given: Path, written: Path, inputs: Sequence[Path | None]) -> None:
    if written.exists() and any(
        path is not None and path.exists() and path.samefile(written) for path in inputs
    ):
        rule = "lead to another file than those that are read"
        raise ParameterError(option, OWNER, rule, str(given), f"It would replace {str(written)!r}.")


def export_answers(
    answers: Answers, path: Path, tell: Callable[[str], None], verbose: bool | None = None
) -> None:
    """Make the maps, and write a page that needs no server.

    Parameters
    ----------
    answers : Answers
    path : Path
        Ends in .html.
    tell : callable
        Takes messages.
    verbose : bool, optional
        Show progress; None shows it in a terminal.
    """
    from ...explorer.export import export_page

    if answers.drift is not None:
        try:
            answers.drift.find()
        except ValueError as error:
            tell(f"The page has no list of changes. {error}")
            answers.drift = None
    make_maps(answers, verbose)
    export_page(answers, path)
    n_rows = max(len(space.vectors) for space in answers.spaces)
    tell(f"The page holds {counted(n_rows, 'row')}, and its neighbours are among these alone.")


def write_atlases(answers: Answers, folder: Path, verbose: bool | None = None) -> list[Path]:
    """Make the maps, and write a table for Embedding Atlas of each model; return their paths."""
    from ...explorer.atlas import write_atlas

    make_maps(answers, verbose)
    names = _ATLAS_NAMES[:1] if len(answers.spaces) == 1 else _ATLAS_NAMES[1:]
    return [
        write_atlas(space, answers.points(place)[0], folder, name)
        for place, (space, name) in enumerate(zip(answers.spaces, names))
    ]


def make_maps(answers: Answers, verbose: bool | None = None) -> None:
    """Make the maps that are wanted, with a progress bar."""
    for live in answers.maps:
        with ReadingBar(verbose, "Making the map", "%") as bar:
            live.improve(partial(_show, bar))


def _show(bar: ReadingBar, share: float) -> None:
    bar.update_to(round(100 * share), 100)
