"""Training of a tagger on files of tagged sentences."""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wordvec._io.atomic import check_writable
from wordvec._io.compression import split_compression
from wordvec._utils.assumptions import assume, collected_assumptions
from wordvec._utils.errors import AdvisedError
from wordvec._utils.messages import counted
from wordvec._utils.reports import Report
from wordvec._utils.tables import format_fields, format_score
from wordvec._utils.validation import check_choice

from ..datasets.tag_checks import Places, check_several_tags, in_scheme, settled_tags, told_of_tags
from ..datasets.tagged_files import (
    DEFAULT_TAGGED,
    TaggedLayout,
    names_for_training,
    read_corpus,
    sentences_of,
    tags_of,
)
from .vectors import open_vectors

if TYPE_CHECKING:
    from ..tagging.crf import CRFTagger
    from ..tagging.files.corpora import TaggedCorpus


@dataclass(frozen=True)
class TaggerReport(Report):
    """The results of training a tagger.

    Attributes
    ----------
    model : str
        The path that it was written to.
    n_sentences, n_tokens : int
    labels : list of str
    scheme : str, optional
    n_attributes : int
    n_features : int
        Number of attribute-tag pairs and transitions with a non-zero weight.
    n_vector_weights : int
    n_iter : int
    objective : float
        The value at the end of training.
    seconds : float
        Time of feature extraction, compilation if necessary, and training.
    validation_score : float, optional
    validation_measure : str
    assumed : list of str
        What was assumed about the files.
    """

    model: str
    n_sentences: int
    n_tokens: int
    labels: list[str]
    scheme: str | None
    n_attributes: int
    n_features: int
    n_vector_weights: int
    n_iter: int
    objective: float
    seconds: float
    validation_score: float | None
    validation_measure: str
    assumed: list[str] = field(default_factory=list)

    def format(self) -> str:
        """Return the report as lines of name and value."""
        labels = ", ".join(self.labels[:10]) + (", ..." if len(self.labels) > 10 else "")
        scheme = f"; {self.scheme}" if self.scheme else ""
        fields = {
            "sentences": f"{self.n_sentences:,}",
            "tokens": f"{self.n_tokens:,}",
            "labels": f"{len(self.labels)} ({labels}{scheme})",
            "features": f"{self.n_features:,} of {self.n_attributes:,} attributes",
            "iterations": str(self.n_iter),
            "objective": f"{self.objective:,.4f}",
            "seconds": f"{self.seconds:.1f}, with extracting features (and compiling, the first time)",
            "model": self.model,
        }
        if self.n_vector_weights:
            fields["features"] += f", and {counted(self.n_vector_weights, 'weight')} of vectors"
        if self.validation_score is not None:
            fields["validation"] = f"{format_score(self.validation_score)} ({self.validation_measure})"
        return format_fields(fields)

    def to_dict(self) -> dict[str, Any]:
        """Return the values as JSON types."""
        return asdict(self)


def train_tagger(
    files: Sequence[Path],
    out: Path,
    layout: TaggedLayout = DEFAULT_TAGGED,
    *,
    target: str | None = None,
    extra_columns: Sequence[str] = (),
    validation: Path | None = None,
    vectors: Sequence[Path] = (),
    vectors_encoding: str = "utf-8",
    vectors_errors: str = "strict",
    gazetteers: Sequence[str | Path] = (),
    scheme: str = "auto",
    kind: str = "word",
    **parameters: Any,
) -> TaggerReport:
    """Train a tagger on files and write it.

    Parameters
    ----------
    files : sequence of Path
        Tagged sentences.
    out : Path
        A .safetensors file, or a name without an extension.
    layout : TaggedLayout
        The layout of the files.
    target : str, optional
        The column of the tags: by default "tag", or "upos" in CoNLL-U.
    extra_columns : sequence of str
        Columns that are used as features.
    validation : Path, optional
        Sentences with the same layout; the weights with the best score on them are kept.
    vectors : sequence of Path
        Files of word vectors, used as features.
    vectors_encoding, vectors_errors : str
        How their words are decoded, as `encoding` and `errors` of `KeyedVectors.load`.
    gazetteers : sequence of str or Path
        Files of names, one per line, in the encoding of `layout`. The features are named after the file, or as given in
        ``"NAME=FILE"``; files with the same name are merged. Names are split both at spaces and by the tokenizer that
        fits the sentences.
    scheme : {"auto", "none", a scheme of `detect_scheme`}
        The scheme that tags are converted to; a tag that belongs to no scheme is an error. "auto" keeps the scheme of
        the data and reads illegal sequences as `wordvec.schemes.read_tags` does, with warnings. "none" learns all tags
        as they are.
    kind : {"word", "char"}
        As for `TokenFeatures`.
    **parameters
        Those of `CRFTagger`.

    Returns
    -------
    TaggerReport

    Raises
    ------
    OSError, ValueError
        If a file cannot be read or written (checked before training), or is invalid.
    """
    from wordvec.schemes.detection import detect_scheme
    from wordvec.schemes.prefixes import SCHEMES

    from ..tagging.crf import CRFTagger
    from ..tagging.features.token_features import TokenFeatures
    from ..tagging.files.gazetteers import read_gazetteer

    check_choice("scheme", scheme, "train_tagger", ("auto", "none", *SCHEMES))
    lists = [named_file(each) for each in gazetteers]
    own_files = [*([] if validation is None else [validation]), *vectors, *(path for _, path in lists)]
    _check_target(out, [*files, *own_files])
    names = [
        (name, read_gazetteer(path, encoding=layout.encoding, errors=layout.errors)) for name, path in lists
    ]
    with collected_assumptions() as assumed:
        X, tags, places, file_layout = _read_tagged(files, layout, target, extra_columns)
        corpora = [corpus for _, corpus in places.corpora]
        check_several_tags(tags, files)
        tags = in_scheme(tags, places, scheme)
        held_out: tuple[Any, Any] = (None, None)
        if validation is not None:
            held_X, held_tags, places, _ = _read_tagged([validation], layout, target, extra_columns)
            if scheme != "none":
                # A few sentences may not show their scheme.
                own = detect_scheme(held_tags) or detect_scheme(tags)
                held_tags = settled_tags(held_tags, places, own)
            held_out = held_X, held_tags
    tables = [
        open_vectors(path, prefix="vectors_", encoding=vectors_encoding, errors=vectors_errors)
        for path in vectors
    ]
    tagger = CRFTagger(
        features=TokenFeatures(kind=kind, columns=tuple(extra_columns)),
        vectors=tables or None,
        gazetteers=_phrases(names, X, kind) or None,
        scheme=None if scheme == "none" else scheme,
        **parameters,
    )
    start = time.perf_counter()
    with told_of_tags():
        tagger.fit(X, tags, *held_out)
    seconds = time.perf_counter() - start
    tagger.file_layout_ = file_layout
    with collected_assumptions() as told:
        _choose_tokenizer(tagger, X, corpora)
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
        assumed=[*assumed, *told],
    )


def named_file(given: str | Path) -> tuple[str, Path]:
    """Return the name and the path of ``NAME=FILE``, or of a file, which provides the name."""
    name, sign, path = str(given).partition("=")
    if sign and name and path and not Path(given).exists():
        return name, Path(path)
    return split_compression(Path(given).name)[0].partition(".")[0], Path(given)


def _phrases(
    lists: Sequence[tuple[str, list[str]]], X: Sequence[Any], kind: str
) -> dict[str, list[str | list[str]]]:
    """Return the phrases of gazetteers: split at spaces, and as the sentences are tokenised."""
    from wordvec.text.offsets import fitting_tokenizer, span_tokenizer

    find = span_tokenizer(fitting_tokenizer(X), "train_tagger") if lists and kind == "word" else None
    found: dict[str, list[str | list[str]]] = {}
    for name, phrases in lists:
        found.setdefault(name, []).extend(phrases)
        if find is not None:
            found[name].extend([phrase[a:b] for a, b in find(phrase)] for phrase in phrases)
    return found


def _choose_tokenizer(tagger: CRFTagger, X: Sequence[Any], corpora: Sequence[TaggedCorpus]) -> None:
    """Choose the tokenizer by the texts of CoNLL-U, if there are any, and report it."""
    from ..tagging.raw_text import tokenizer_of_training

    texts = list(itertools.chain.from_iterable(corpus.texts for corpus in corpora))
    if any(texts):
        tagger.tokenizer_ = tokenizer_of_training(X, tagger.features_, texts)
    if tagger.features_ is not None and not tagger.features_.columns:
        assume(
            f"the sentences: tokens as the tokenizer {tagger.tokenizer_!r} makes them, which will split raw text"
        )


def _check_target(out: Path, sources: Sequence[Path]) -> None:
    """Raise an error if the tagger cannot be written to `out`, or would overwrite a file that is read."""
    check_writable(out)
    if any(out.exists() and file.exists() and out.samefile(file) for file in sources):
        raise ValueError(f"{str(out)!r} is a file that is read. Choose another name for the tagger.")
    if out.suffix not in ("", ".safetensors"):
        raise ValueError(
            f"A tagger is written as a .safetensors file. Got {str(out)!r}. Choose another name for it."
        )


def _read_tagged(
    files: Sequence[Path], layout: TaggedLayout, target: str | None, extra_columns: Sequence[str]
) -> tuple[list[Any], list[list[str]], Places, dict[str, Any]]:
    """Return the sentences of all files, their tags and positions, and the columns of the first file."""
    X: list[Any] = []
    corpora = []
    tags: list[list[str]] = []
    file_layout: dict[str, Any] = {}
    for path in files:
        corpus = read_corpus(path, layout)
        name = corpus.tag_column if target is None else target
        file_layout = file_layout or {
            "columns": list(layout.columns or names_for_training(corpus)),
            "target": name,
        }
        if name in ("token", *extra_columns):
            raise AdvisedError(
                f"The column {name!r} cannot be both the target and a feature.",
                advice="Choose another {target}.",
            )
        tags += tags_of(corpus, name, path, layout)
        X += sentences_of(corpus, extra_columns, path)
        corpora.append((path, corpus))
    return X, tags, Places(corpora), file_layout
