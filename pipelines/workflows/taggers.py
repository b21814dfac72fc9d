"""What `wordvec tag train` does: train a tagger on files, write it, report."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wordvec._io.atomic import check_writable
from wordvec._utils.tables import format_fields, format_score
from wordvec._utils.validation import check_choice

from ..datasets.tagged_files import Layout, column_of, read_corpus, sentences_of


@dataclass(frozen=True)
class TaggerReport:
    """What training a tagger did."""

    model: str  # the path that it was written to
    n_sentences: int
    n_tokens: int
    labels: list[str]
    scheme: str | None
    n_attributes: int
    n_features: int  # pairs of attribute and tag, and transitions, with a weight other than 0
    n_vector_weights: int
    n_iter: int
    objective: float
    seconds: float  # extracting features, compiling if need be, and training
    validation_score: float | None
    validation_measure: str


def train_tagger(
    files: Sequence[Path],
    out: Path,
    layout: Layout,
    *,
    target: str | None = None,
    extra_columns: Sequence[str] = (),
    validation: Path | None = None,
    vectors: Sequence[Path] = (),
    scheme: str = "auto",
    kind: str = "word",
    **parameters: Any,
) -> TaggerReport:
    """Train a tagger on files and write it.

    Parameters
    ----------
    files, validation : files with tagged sentences, laid out as `layout` says
    out : path
    target : name of the column with the tags; by default "tag", of CoNLL-U "upos"
    extra_columns : names of columns that are features
    vectors : files of word vectors
    scheme : "auto", "none", or the scheme that the tags are converted to
    kind : as for `TokenFeatures`
    **parameters : those of `CRFTagger`

    Raises
    ------
    OSError, ValueError
        If a file cannot be read or written (told before training), or is not what it should be.
    """
    from wordvec.vectors.keyed_vectors import KeyedVectors

    from ..schemes.prefixes import SCHEMES
    from ..tagging.crf import CRFTagger
    from ..tagging.features.token_features import TokenFeatures

    check_choice("scheme", scheme, "wordvec tag train", ("auto", "none", *SCHEMES))
    _check_target(out, [*files, *([] if validation is None else [validation]), *vectors])
    X, tags, file_layout = _read_tagged(files, layout, target, extra_columns)
    held_out: tuple[Any, Any] = (None, None)
    if validation is not None:
        held_out = _read_tagged([validation], layout, target, extra_columns)[:2]
    if scheme in SCHEMES:
        tags = _converted(tags, scheme)
    tagger = CRFTagger(
        features=TokenFeatures(kind=kind, columns=tuple(extra_columns)),
        vectors=[KeyedVectors.load(path) for path in vectors] or None,
        scheme=None if scheme == "none" else scheme,
        **parameters,
    )
    start = time.perf_counter()
    tagger.fit(X, tags, *held_out)
    seconds = time.perf_counter() - start
    tagger.file_layout_ = file_layout
    tagger.save(out)
    model = tagger.model_
    return TaggerReport(
        model=str(out),
        n_sentences=len(X),
        n_tokens=sum(map(len, X)),
        labels=tagger.classes_.tolist(),
        scheme=tagger.scheme_,
        n_attributes=len(tagger.attributes_),
        n_features=len(model.state_weights) + len(model.features.transitions),
        n_vector_weights=model.dense_OEL.size,
        n_iter=tagger.n_iter_,
        objective=tagger.objective_,
        seconds=seconds,
        validation_score=max(tagger.validation_curve_, default=None),
        validation_measure="token accuracy" if tagger.scheme_ is None else "entity F1",
    )


def format_tagger_report(report: TaggerReport) -> str:
    """Return the report as lines of name and value."""
    labels = ", ".join(report.labels[:10]) + (", ..." if len(report.labels) > 10 else "")
    scheme = f"; {report.scheme}" if report.scheme else ""
    fields = {
        "sentences": f"{report.n_sentences:,}",
        "tokens": f"{report.n_tokens:,}",
        "labels": f"{len(report.labels)} ({labels}{scheme})",
        "features": f"{report.n_features:,} of {report.n_attributes:,} attributes",
        "iterations": str(report.n_iter),
        "objective": f"{report.objective:,.4f}",
        "seconds": f"{report.seconds:.1f}, with extracting features (and compiling, the first time)",
        "model": report.model,
    }
    if report.n_vector_weights:
        fields["features"] += f", and {report.n_vector_weights:,} weights of vectors"
    if report.validation_score is not None:
        fields["validation"] = f"{format_score(report.validation_score)} ({report.validation_measure})"
    return format_fields(fields)


def _check_target(out: Path, sources: Sequence[Path]) -> None:
    """Raise if the tagger cannot be written to `out`, or would overwrite what is read."""
    check_writable(out)
    if any(out.exists() and file.exists() and out.samefile(file) for file in sources):
        raise ValueError(f"{str(out)!r} is a file that is read. Choose another name for the tagger.")
    if out.suffix not in ("", ".safetensors"):
        raise ValueError(
            f"A tagger is written as a .safetensors file. Got {str(out)!r}. Choose another name with -o."
        )


def _read_tagged(
    files: Sequence[Path], layout: Layout, target: str | None, extra_columns: Sequence[str]
) -> tuple[list[Any], list[list[str]], dict[str, Any]]:
    """Return the sentences of all files, their tags, and the columns of the first file."""
    X: list[Any] = []
    tags: list[list[str]] = []
    file_layout: dict[str, Any] = {}
    for path in files:
        corpus = read_corpus(path, layout)
        name = corpus.tag_column if target is None else target
        file_layout = file_layout or {"columns": list(layout.columns or corpus.columns), "target": name}
        if name in ("token", *extra_columns):
            raise ValueError(
                f"The column {name!r} cannot be both what is learned and a feature. Choose another --target."
            )
        tags += column_of(corpus, name, path, is_target=True)
        X += sentences_of(corpus, extra_columns, path)
    return X, tags, file_layout


def _converted(tags: list[list[str]], scheme: str) -> list[list[str]]:
    from ..schemes.conversion import convert_tags

    try:
        return convert_tags(tags, scheme)
    except ValueError as error:
        raise ValueError(
            f"The tags are no spans, so they cannot be converted to {scheme}. Leave --scheme out, or choose "
            "another column with --target."
        ) from error
