"""`wordvec tag evaluate`: entity scores and token accuracy of a tagger."""

from __future__ import annotations

import warnings
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wordvec._utils.tables import format_fields, format_score, format_table

from ...datasets.tagged_files import (
    Layout,
    column_of,
    extractor_of,
    load_tagger,
    read_as_trained,
    sentences_of,
    split_names,
)
from ..output import print_json

if TYPE_CHECKING:
    from ...metrics.entities import EntityScores
    from ...tagging import CRFTagger, TaggedCorpus


@dataclass(frozen=True)
class TaggingScores:
    """How well a tagger does on a file."""

    n_sentences: int
    n_tokens: int
    token_accuracy: float
    entities: EntityScores | None  # None if the tags are no spans


def evaluate(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A file that wordvec tag train wrote.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Tagged sentences, CoNLL or CoNLL-U.")],
    target: Annotated[
        str | None,
        typer.Option(metavar="NAME", show_default="tag; upos", help="The column with the right tags."),
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option(metavar="NAME,...", show_default="by their number", help="Names of the columns."),
    ] = None,
    file_format: Annotated[
        str | None, typer.Option("--format", metavar="conll|conllu", show_default="by extension")
    ] = None,
    encoding: Annotated[str, typer.Option(metavar="NAME", help="Encoding of the text.")] = "utf-8",
    n_jobs: Annotated[int, typer.Option("--jobs", metavar="N", help="Threads; -1 for all cores.")] = -1,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Score a tagger: precision, recall and F1 of whole entities, and the share of right tags.

    Example: wordvec tag evaluate tagger.safetensors test.conll
    """
    layout = Layout(file_format, split_names(columns), encoding)
    scores = score_file(load_tagger(model, n_jobs), file, layout, target)
    if as_json:
        print_json(asdict(scores))
    else:
        print(format_tagging_scores(scores))


def score_file(tagger: CRFTagger, path: Path, layout: Layout, target: str | None = None) -> TaggingScores:
    """Tag a file and compare with its own tags, whatever the scheme that these are spelt in.

    Raises
    ------
    OSError, ValueError
        If the file cannot be read, has other columns, or tags of another kind.
    """
    from ...metrics.entities import token_accuracy
    from ...schemes.conversion import convert_tags
    from ...schemes.detection import detect_scheme

    corpus = read_as_trained(tagger, path, layout, has_tags=True)
    name = _target_of(tagger, corpus) if target is None else target
    true = column_of(corpus, name, path, is_target=True)
    predicted = tagger.predict(sentences_of(corpus, extractor_of(tagger).columns, path))
    entities, found = None, {tag for tags in true for tag in tags}
    if tagger.scheme_ is not None:
        entities = _entities(true, predicted, name, path)
        found = {kind for kind, score in entities.types.items() if score.support}
        if detect_scheme(true) not in (None, tagger.scheme_):
            true = convert_tags(true, tagger.scheme_)
    _warn_of_unknown(tagger, found, name, path)
    return TaggingScores(len(corpus), corpus.n_tokens, token_accuracy(true, predicted), entities)


def _target_of(tagger: CRFTagger, corpus: TaggedCorpus) -> str:
    """Return the column that the tagger was trained on, if the file has it."""
    layout = tagger.file_layout_
    if layout is not None and layout["target"] in corpus.columns:
        return str(layout["target"])
    return corpus.tag_column


def _warn_of_unknown(tagger: CRFTagger, found: set[str], name: str, path: Path) -> None:
    """Warn if the tagger can find nothing of what is in the column, which may be another than it learned."""
    from ...schemes.spans import span_types

    labels = tagger.classes_.tolist()
    known = set(labels) if tagger.scheme_ is None else span_types(labels)
    if found and not found & known:
        what = "tags" if tagger.scheme_ is None else "types of entities"
        warnings.warn(
            f"The tagger knows none of the {what} in the column {name!r} of {str(path)!r} ({_listed(found)}), only "
            f"{_listed(known)}. Choose another column with --target, or another tagger.",
            stacklevel=2,
        )


def _listed(names: set[str]) -> str:
    return ", ".join([*sorted(names)[:5], *(["..."] if len(names) > 5 else [])])


def _entities(true: list[list[str]], predicted: list[list[str]], name: str, path: Path) -> EntityScores:
    from ...metrics.entities import entity_scores

    try:
        return entity_scores(true, predicted)
    except ValueError as error:
        raise ValueError(
            f"The column {name!r} of {str(path)!r} has tags that are no spans, but the tagger finds spans. "
            "Choose another column with --target."
        ) from error


def format_tagging_scores(scores: TaggingScores) -> str:
    """Return a table of types and averages, and the token accuracy below."""
    counts = {
        "token accuracy": format_score(scores.token_accuracy),
        "sentences": f"{scores.n_sentences:,}",
        "tokens": f"{scores.n_tokens:,}",
    }
    if scores.entities is None:
        return format_fields(counts)
    averages = {"micro average": scores.entities.micro, "macro average": scores.entities.macro}
    rows = [
        (
            name,
            format_score(score.precision),
            format_score(score.recall),
            format_score(score.f1),
            f"{score.support:,}",
        )
        for name, score in (*scores.entities.types.items(), *averages.items())
    ]
    table = format_table(rows, ("type", "precision", "recall", "F1", "entities"))
    return f"{table}\n\n{format_fields(counts)}"
