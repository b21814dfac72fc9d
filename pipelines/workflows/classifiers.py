"""Training and evaluation of a text classifier on files of labelled texts."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wordvec._io.atomic import check_writable
from wordvec._utils.assumptions import collected_assumptions
from wordvec._utils.errors import AdvisedError
from wordvec._utils.messages import counted, listed, shown
from wordvec._utils.parameters import Threads
from wordvec._utils.reports import Report
from wordvec._utils.tables import format_fields, format_score
from wordvec._utils.validation import check_choice

from ..datasets.table_layout import DEFAULT_TABLE, TableLayout
from ..datasets.tables import LabelledTexts, read_labelled
from .paths import check_overwriting
from .vectors import open_vectors

if TYPE_CHECKING:
    from wordvec.supervised.classifier import EmbeddingClassifier

    from ..classification.classifier import TextClassifier
    from ..classification.report.data import Repeated, UnseenLabel
    from ..classification.report.report import ClassificationReport

_N_SHOWN = 8


@dataclass(frozen=True)
class ClassifierReport(Report):
    """The results of training a classifier.

    Attributes
    ----------
    model : str
        The path that it was written to.
    n_texts, n_empty : int
    classes : dict of str to int
        Texts with each label, most frequent first.
    multilabel : bool
        Whether a text may have several labels.
    members : dict of str to float
        The weight of each member of the ensemble.
    thresholds : dict of str to float, optional
        The probability from which a text gets each label, if it may have several.
    seconds : float
        Training time, including compilation if it was necessary.
    validation_score : float, optional
    assumed : list of str
        What was assumed of the files: format, header, columns.
    unseen : list of UnseenLabel
        Labels of the validation file that training never saw, counted as errors in `validation_score`.
    repeated : Repeated, optional
        The texts of the validation file that are training texts, and the score without them.
    """

    model: str
    n_texts: int
    n_empty: int
    classes: dict[str, int]
    multilabel: bool
    members: dict[str, float]
    thresholds: dict[str, float] | None
    seconds: float
    validation_score: float | None
    assumed: list[str] = field(default_factory=list)
    unseen: list[UnseenLabel] = field(default_factory=list)
    repeated: Repeated | None = None

    def format(self) -> str:
        """Return the report as lines of name and value."""
        shown = [f"{name} {n:,}" for name, n in list(self.classes.items())[:_N_SHOWN]]
        if len(self.classes) > _N_SHOWN:
            shown.append("...")
        empty = f", {self.n_empty:,} of them empty" if self.n_empty else ""
        kind = "labels" if self.multilabel else "classes"
        fields = {
            "texts": f"{self.n_texts:,}{empty}",
            kind: f"{len(self.classes)} ({', '.join(shown)})",
            "members": ", ".join(f"{name} {weight:.2f}" for name, weight in self.members.items()),
            **self._thresholds(),
            "seconds": f"{self.seconds:.1f} (with compiling, the first time)",
            "model": self.model,
        }
        if self.validation_score is not None:
            measure = "all labels right" if self.multilabel else "accuracy"
            fields["validation"] = f"{format_score(self.validation_score)} ({measure})"
        if self.repeated is not None and self.repeated.rows:
            score = format_score(self.repeated.accuracy)
            fields["also in training"] = f"{counted(len(self.repeated.rows), 'text')}; without these {score}"
        if self.unseen:
            from ..classification.report.data import unseen_line

            fields["unseen labels"] = f"{unseen_line(self.unseen)} (never in training: errors)"
        if self.assumed:
            fields["assumed"] = "; ".join(self.assumed)
        return format_fields(fields)

    def _thresholds(self) -> dict[str, str]:
        if self.thresholds is None:
            return {}
        # In the order of the labels above.
        pairs = [(name, self.thresholds[name]) for name in self.classes]
        shown = [f"{name} {threshold:.2f}" for name, threshold in pairs[:_N_SHOWN]]
        return {"thresholds": ", ".join(shown + ["..."] * (len(pairs) > _N_SHOWN))}

    def to_dict(self) -> dict[str, Any]:
        """Return the values as JSON types."""
        return asdict(self)


def train_classifier(
    files: Sequence[Path],
    out: Path,
    layout: TableLayout = DEFAULT_TABLE,
    *,
    validation: Path | None = None,
    unseen_labels: str = "count",
    near_duplicates: float | None = None,
    vectors: Path | None = None,
    vectors_encoding: str = "utf-8",
    vectors_errors: str = "strict",
    user_dict: Path | None = None,
    convert: str | None = None,
    **parameters: Any,
) -> ClassifierReport:
    """Train a classifier on files and write it.

    Parameters
    ----------
    files : sequence of Path
        Labelled texts.
    out : Path
        A .safetensors file.
    layout : TableLayout
        The layout of the files.
    validation : Path, optional
        Labelled texts with the same layout, for evaluation.
    unseen_labels : {"count", "error"}
        Whether labels of `validation` that no training text has are counted as errors and reported, or raise an error.
    near_duplicates : float, optional
        The Jaccard index from which a text of `validation` counts as a near duplicate of a training text, see
        `find_overlap`; by default only equal texts are reported.
    vectors : Path, optional
        A file of word vectors.
    vectors_encoding, vectors_errors : str
        How its words are decoded, as `encoding` and `errors` of `KeyedVectors.load`.
    user_dict : Path, optional
        Words for the Chinese segmenter, see `wordvec.text.TextTokenizer`; the model keeps them.
    convert : str, optional
        How Chinese characters are converted, see `wordvec.text.TextTokenizer`; new texts will be converted as well.
    **parameters
        Those of `TextClassifier`.

    Returns
    -------
    ClassifierReport

    Raises
    ------
    OSError, ValueError
        If a file cannot be read or written (checked before training), or is invalid.
    """
    from wordvec.text.tokenizers import TextTokenizer, tokenizer_name

    from ..classification.classifier import TextClassifier
    from ..classification.unseen import as_learned

    check_choice("unseen_labels", unseen_labels, "train_classifier", ("count", "error"))
    check_writable(out)
    sources = [path for path in (*files, validation, vectors) if path is not None]
    check_overwriting(sources, [out], "models")
    if out.suffix not in ("", ".safetensors"):
        raise ValueError(
            f"A classifier is written as a .safetensors file. Got {str(out)!r}. Choose another name for it."
        )
    with collected_assumptions() as assumed:
        data = read_labelled(files, layout, owner="train_classifier")
        _check_several_classes(data, files)
        held_out = None
        if validation is not None:
            held_out = read_labelled([validation], layout, owner="train_classifier")
            held_out = replace(held_out, labels=as_learned(held_out.labels, list(_count(data))))
            if unseen_labels == "error":
                _check_labels(held_out, _count(data), "{validation}")
    kv = None
    if vectors is not None:
        kv = open_vectors(vectors, prefix="vectors_", encoding=vectors_encoding, errors=vectors_errors)
    if user_dict is not None or convert is not None:
        name = parameters.get("tokenizer", "auto")
        # User words are for the Chinese segmenter alone.
        name = "zh" if name == "auto" and user_dict is not None else name
        name = tokenizer_name(name, data.texts, "TextClassifier")
        parameters["tokenizer"] = TextTokenizer(name, user_dict=user_dict, convert=convert)
    start = time.perf_counter()
    classifier = TextClassifier(vectors=kv, **parameters).fit(data.texts, data.labels)
    seconds = time.perf_counter() - start
    classifier.save(out)
    report = None
    if held_out is not None:
        report = classifier.evaluate(
            held_out.texts, held_out.labels, training_texts=data.texts, near_duplicates=near_duplicates
        )
    return ClassifierReport(
        model=str(out),
        n_texts=len(data),
        n_empty=data.n_empty,
        classes=_count(data),
        multilabel=classifier.multilabel_,
        members=classifier.weights_,
        thresholds=_thresholds_of(classifier),
        seconds=seconds,
        validation_score=None if report is None else report.accuracy,
        assumed=assumed,
        unseen=[] if held_out is None or report is None else _placed(report, held_out),
        repeated=None if report is None else report.repeated,
    )


def evaluate_classifier(
    model: Path,
    files: Sequence[Path],
    layout: TableLayout = DEFAULT_TABLE,
    *,
    unseen_labels: str = "count",
    training_data: Sequence[Path] = (),
    near_duplicates: float | None = None,
    n_jobs: int = -1,
) -> ClassificationReport:
    """Score a classifier on files of labelled texts.

    Parameters
    ----------
    model : Path
        A file that `train_classifier` or `TextClassifier.save` wrote.
    files : sequence of Path
    layout : TableLayout
    unseen_labels : {"count", "error"}
        Whether labels that training never saw are counted as errors and reported with file and line, or raise an error.
    training_data : sequence of Path
        Files of the training texts, with the same layout. Without them, texts equal to a training text are identified
        by the fingerprints in the model.
    near_duplicates : float, optional
        With `training_data`: the Jaccard index from which a text counts as a near duplicate, see `find_overlap`.
    n_jobs : int
        Threads; -1 for all cores.

    Returns
    -------
    ClassificationReport

    Raises
    ------
    OSError, ValueError
        If a file cannot be read or is invalid, or labels that training never saw are refused.
    """
    from ..classification.labels import are_sets
    from ..classification.unseen import as_learned

    check_choice("unseen_labels", unseen_labels, "evaluate_classifier", ("count", "error"))
    if near_duplicates is not None and not training_data:
        raise AdvisedError(
            "The model knows fingerprints of its training texts, which tell equal texts alone.",
            advice="Name the files of these texts with {training_data} to find near duplicates.",
        )
    classifier = load_classifier(model, n_jobs)
    data = read_labelled(files, layout, owner="evaluate_classifier")
    is_several = getattr(classifier, "multilabel_", False)
    if is_several and not are_sets(data.labels):
        raise AdvisedError(
            f"The classifier gives a text several labels, and in {str(files[0])!r} each text has one, the first "
            f"{shown(data.labels[0])}.",
            "{label_separator='|'}, or another sign, where a field holds several",
            "several columns of 0 and 1 as {label_column}",
        )
    data = replace(data, labels=as_learned(data.labels, classifier.classes_.tolist()))
    if unseen_labels == "error":
        _check_labels(data, dict.fromkeys(classifier.classes_.tolist(), 0))
    texts = read_labelled(training_data, layout, owner="evaluate_classifier").texts if training_data else None
    if hasattr(classifier, "evaluate"):
        report = classifier.evaluate(
            data.texts, data.labels, training_texts=texts, near_duplicates=near_duplicates
        )
    else:
        report = _evaluate_embedding(classifier, data, texts, near_duplicates)
    return replace(report, unseen=_placed(report, data))


def load_classifier(path: Path, n_jobs: int) -> TextClassifier | EmbeddingClassifier:
    """Read a classifier of wordvec or fastText, which will use `n_jobs` threads.

    Raises
    ------
    FileNotFoundError, ValueError
        If there is no such file, or it is not a classifier.
    """
    from wordvec.vectors.formats.fasttext import has_fasttext

    Threads().check("n_jobs", n_jobs, "load_classifier")
    classifier: TextClassifier | EmbeddingClassifier
    if has_fasttext(path):
        from wordvec.supervised.classifier import EmbeddingClassifier

        classifier = EmbeddingClassifier.load(path)
    else:
        from ..classification.classifier import TextClassifier

        classifier = TextClassifier.load(path)
    classifier.n_jobs = n_jobs
    return classifier


def _evaluate_embedding(
    classifier: Any, data: LabelledTexts, training_texts: Any, near_duplicates: float | None
) -> Any:
    """Return the report of a single-label classifier that keeps no fingerprints of its training texts."""
    from ..classification.report.report import make_report
    from ..classification.unseen import find_targets
    from ..preprocessing.overlap import find_overlap

    owner = "evaluate_classifier"
    targets = find_targets(
        data.labels, len(data), classifier.classes_, owner, is_multilabel=False, unseen="count"
    )
    overlap = None
    if training_texts is not None:
        overlap = find_overlap(training_texts, data.texts, threshold=near_duplicates)
    return make_report(
        data.texts,
        targets.target,
        targets.padded(classifier.predict_proba(data.texts)),
        targets.classes,
        unseen=targets.unseen,
        overlap=overlap,
        kind=None,
        random_state=classifier.seed_,
    )


def _thresholds_of(classifier: TextClassifier) -> dict[str, float] | None:
    if classifier.thresholds_ is None:
        return None
    return dict(zip(map(str, classifier.classes_.tolist()), classifier.thresholds_.tolist()))


def _check_several_classes(data: LabelledTexts, files: Sequence[Path]) -> None:
    if len(_count(data)) == 1 and all(data.labels):
        names = listed([repr(str(path)) for path in files])
        raise ValueError(
            f"All {counted(len(data), 'text')} of {names} have the label {next(iter(_count(data)))!r}, so there is "
            "nothing to learn. Check the column of the labels."
        )


def _placed(report: ClassificationReport, data: LabelledTexts) -> list[UnseenLabel]:
    """Return the labels that training never saw, with file and line."""
    return [replace(each, place=data.places[each.row]) for each in report.unseen]


def _check_labels(data: LabelledTexts, known: Mapping[Any, int], option: str = "") -> None:
    """Raise ValueError if a label was not learned; the message says where it occurs."""
    for place, labels in zip(data.places, data.labels):
        for label in labels if isinstance(labels, (list, tuple, set, frozenset)) else [labels]:
            if label not in known:
                names = listed(list(map(str, known)), 10)
                raise AdvisedError(
                    f"{place}: the label {str(label)!r} is none that was learned ({names}).",
                    advice="Check the column of the labels"
                    + (f", or leave {option} out." if option else "."),
                )


def _count(data: LabelledTexts) -> dict[str, int]:
    labels = [label for found in data.labels for label in ([found] if isinstance(found, str) else found)]
    # Equal counts by name, so that the order of the files does not matter.
    return dict(sorted(Counter(labels).items(), key=lambda pair: (-pair[1], pair[0])))
