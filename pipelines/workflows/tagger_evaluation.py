"""Evaluation of a tagger on tagged files: scores of entities, and token accuracy."""

from __future__ import annotations

import warnings
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wordvec._utils.errors import AdvisedError
from wordvec._utils.reports import Report
from wordvec._utils.tables import format_fields, format_score, format_table

from ..datasets.tag_checks import Places, settled_tags
from ..datasets.tagged_files import (
    DEFAULT_TAGGED,
    TaggedLayout,
    extractor_of,
    load_tagger,
    read_as_trained,
    sentences_of,
    tags_of,
)

if TYPE_CHECKING:
    from ..metrics.entities import EntityScores
    from ..tagging import TaggedCorpus
    from ..tagging.fitted import FittedTagger


@dataclass(frozen=True)
class TaggingScores(Report):
    """The scores of a tagger on a file.

    Attributes
    ----------
    n_sentences, n_tokens : int
    token_accuracy : float
        Proportion of tokens with the correct tag.
    entities : EntityScores, optional
        Scores of whole entities; None if the tags encode no spans.
    """

    n_sentences: int
    n_tokens: int
    token_accuracy: float
    entities: EntityScores | None

    def format(self) -> str:
        """Return a table of types and averages, followed by the token accuracy."""
        counts = {
            "token accuracy": format_score(self.token_accuracy),
            "sentences": f"{self.n_sentences:,}",
            "tokens": f"{self.n_tokens:,}",
        }
        if self.entities is None:
            return format_fields(counts)
        averages = {"micro average": self.entities.micro, "macro average": self.entities.macro}
        rows = [
            (
                name,
                format_score(score.precision),
                format_score(score.recall),
                format_score(score.f1),
                f"{score.support:,}",
            )
            for name, score in (*self.entities.types.items(), *averages.items())
        ]
        table = format_table(rows, ("type", "precision", "recall", "F1", "entities"))
        return f"{table}\n\n{format_fields(counts)}"

    def to_dict(self) -> dict[str, Any]:
        """Return the values as JSON types."""
        return asdict(self)


def evaluate_tagger(
    model: Path,
    path: Path,
    layout: TaggedLayout = DEFAULT_TAGGED,
    *,
    target: str | None = None,
    n_jobs: int = -1,
) -> TaggingScores:
    """Tag a file with a CRF tagger and compare the result with the file's own tags, whatever their scheme.

    Parameters
    ----------
    model : Path
        A file that `train_tagger` or `CRFTagger.save` wrote.
    path : Path
        Tagged sentences.
    layout : TaggedLayout
    target : str, optional
        The column of the correct tags: by default the one that the tagger was trained on, if the file has it.
    n_jobs : int
        Threads; -1 for all cores.

    Returns
    -------
    TaggingScores

    Raises
    ------
    OSError, ValueError
        If the file cannot be read, has other columns, or tags of another kind.
    """
    from ..metrics.entities import entity_scores, token_accuracy

    tagger = load_tagger(model, n_jobs)
    corpus = read_as_trained(tagger, path, layout, has_tags=True)
    name = _target_of(tagger, corpus) if target is None else target
    true: Any = tags_of(corpus, name, path, layout)
    predicted = tagger.predict(sentences_of(corpus, extractor_of(tagger).columns, path))
    entities, found = None, {tag for tags in true for tag in tags}
    if tagger.scheme_ is not None:
        places = Places([(path, corpus)])
        true = settled_tags(true, places, respell=False)
        _check_spans(true, places, name)
        entities = entity_scores(true, predicted)
        found = {kind for kind, score in entities.types.items() if score.support}
        true = spelled_as(tagger.scheme_, true)
    warn_of_unknown(tagger.classes_.tolist(), tagger.scheme_, found, f"the column {name!r} of {str(path)!r}")
    return TaggingScores(len(corpus), corpus.n_tokens, token_accuracy(true, predicted), entities)


def spelled_as(scheme: str | None, tags: Any) -> Any:
    """Return tags in the scheme of a tagger, for a comparison token by token."""
    from wordvec.schemes.conversion import convert_tags
    from wordvec.schemes.detection import detect_scheme

    if scheme is None or detect_scheme(tags) in (None, scheme):
        return tags
    return convert_tags(tags, scheme)


def _target_of(tagger: FittedTagger, corpus: TaggedCorpus) -> str:
    """Return the column that the tagger was trained on, if the file has it."""
    layout = tagger.file_layout_
    if layout is not None and layout["target"] in corpus.columns:
        return str(layout["target"])
    return corpus.tag_column


def warn_of_unknown(labels: list[str], scheme: str | None, found: set[str], where: str) -> None:
    """Warn of tags or entity types that a tagger never saw; if none was seen, it may have learned another column.

    Parameters
    ----------
    labels : list of str
        The tags of the tagger.
    scheme : str or None
        Of its spans; None if its tags encode none.
    found : set of str
        Tags or entity types of the reference.
    where : str
        Where they occur, for the message.
    """
    from wordvec.schemes.spans import span_types

    known = set(labels) if scheme is None else span_types(labels)
    what = "tags" if scheme is None else "types of entities"
    if found and not found & known:
        warnings.warn(
            f"The tagger knows none of the {what} in {where} ({_listed(found)}), only {_listed(known)}. Choose "
            "another target column, or another tagger.",
            stacklevel=3,
        )
    elif found - known:
        warnings.warn(
            f"Some {what} in {where} were never seen in training and count as errors: {_listed(found - known)}.",
            stacklevel=3,
        )


def _listed(names: set[str]) -> str:
    return ", ".join([*sorted(names)[:5], *(["..."] if len(names) > 5 else [])])


def _check_spans(true: list[list[str]], places: Places, name: str) -> None:
    from wordvec.schemes.stray import find_stray_tags

    if strays := find_stray_tags(true, None):
        sentence, token, tag = strays[0]
        raise AdvisedError(
            f"The column {name!r} has tags that are not spans, but the tagger finds spans: "
            f"{places.where(sentence, token)} has {tag!r}.",
            advice="Choose another column with {target}.",
        )
