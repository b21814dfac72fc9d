"""`wordvec classify predict`: label the texts of files."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...datasets.tables import read_texts
from ...workflows.classified_texts import ClassifiedText, class_names, classify_texts
from ...workflows.classifiers import load_classifier
from ..options import (
    STDIN,
    AsJsonLines,
    ClassifierFile,
    Delimiter,
    Encoding,
    FileErrors,
    Jobs,
    TextColumn,
    table_layout,
)
from ..stdin import as_file
from .options import Columns, Format, Header

if TYPE_CHECKING:
    from wordvec.transformer import TransformerClassifier

    from ...classification.classifier import TextClassifier

_OWNER = "wordvec classify predict"


def predict(
    model: ClassifierFile,
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help="CSV, TSV, JSON (lines), Parquet, fastText or a text a line; - for stdin."
        ),
    ] = STDIN,
    probabilities: Annotated[
        bool, typer.Option("--probabilities", "-p", help="Also show the probability of each class.")
    ] = False,
    text_column: TextColumn = None,
    columns: Columns = None,
    file_format: Format = None,
    delimiter: Delimiter = None,
    encoding: Encoding = "utf-8",
    errors: FileErrors = "strict",
    header: Header = None,
    n_jobs: Jobs = -1,
    cluster: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            show_default="this machine, without Ray",
            help="Ray cluster whose cores share the texts: auto for that of this machine, ray://HOST:PORT for another.",
        ),
    ] = None,
    as_json: AsJsonLines = False,
) -> None:
    """Label the texts of a file, or lines of text.

    Prints TSV with a header: the label, optionally the probabilities, and the text on one line. Several labels of a
    text are separated by commas.

    Example: echo "a warm and funny film" | wordvec classify predict model.safetensors
    """
    layout = table_layout(locals())
    classifier = load_classifier(model, n_jobs if cluster is None else 1)
    with as_file(file, "one text a line") as path:
        texts = read_texts(path, layout, owner=_OWNER)
        print_predictions(classifier, texts, probabilities, as_json, cluster)


def print_predictions(
    classifier: TextClassifier | TransformerClassifier,
    texts: Iterable[str],
    with_probabilities: bool,
    as_json: bool,
    cluster: str | None = None,
) -> None:
    """Print the predictions for texts as TSV with a header or as JSON lines.

    Raises
    ------
    ValueError
        What reading the texts raises.
    """
    found = classify_texts(classifier, texts, with_probabilities, cluster)
    print_classified(found, class_names(classifier), with_probabilities, as_json)


def print_classified(
    found: Iterator[ClassifiedText], names: list[str], with_probabilities: bool, as_json: bool
) -> None:
    """Print texts with their labels as TSV with a header or as JSON lines.

    Parameters
    ----------
    found : iterator of ClassifiedText
    names : list of str
        The classes; with probabilities, one column each.
    with_probabilities, as_json : bool

    Raises
    ------
    ValueError
        What reading the texts raises.
    """
    for line in (
        (_json_line(one, with_probabilities) for one in found)
        if as_json
        else _tsv_lines(found, names, with_probabilities)
    ):
        print(line)


def _json_line(prediction: ClassifiedText, with_probabilities: bool) -> str:
    record: dict[str, Any] = {"label": prediction.label}
    if with_probabilities:
        record["probabilities"] = prediction.probabilities
    record["text"] = prediction.text
    return json.dumps(record, ensure_ascii=False, allow_nan=False)


def _tsv_lines(found: Iterator[ClassifiedText], names: list[str], with_probabilities: bool) -> Iterator[str]:
    # Nothing is printed if the first texts cannot be read.
    first = list(itertools.islice(found, 1))
    extra = [_in_a_field(f"p({name})") for name in names] if with_probabilities else []
    yield "\t".join(["label", *extra, "text"])
    for prediction in itertools.chain(first, found):
        label = prediction.label if isinstance(prediction.label, str) else ",".join(prediction.label)
        shown = [f"{p:.6f}" for p in prediction.probabilities.values()] if with_probabilities else []
        yield "\t".join([_in_a_field(label), *shown, _in_a_field(prediction.text)])


def _in_a_field(text: str) -> str:
    """Return a text without field and line separators."""
    return " ".join(text.split())
