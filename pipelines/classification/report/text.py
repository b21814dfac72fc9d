"""Classification reports as tables for a terminal of 100 columns."""

from __future__ import annotations

from wordvec._utils.tables import GAP, cut_text, format_fields, format_score, format_table, text_width

from .data import ReportData, repeated_lines, unseen_line

WIDTH = 100
# A matrix of more classes does not fit; the most frequent confusions do.
MAX_MATRIX = 12
_N_CONFUSIONS = 10
_N_MISTAKES = 5
_NAME_WIDTH = 36
_ROW_NAME_WIDTH = 20


def format_report(report: ReportData) -> str:
    """Return title, scores, scores by class, confusions and the most certain mistakes."""
    parts = [report.title, _figures(report), _scores(report)]
    if report.confusion is not None:
        parts.append(_confusion(report))
    if report.mistakes:
        parts.append(_mistakes(report))
    return "\n\n".join(parts)


def _figures(report: ReportData) -> str:
    low, high = report.accuracy_interval
    fields = {
        "texts": f"{report.n_texts:,}",
        "all labels right" if report.is_multilabel else "accuracy": (
            f"{report.accuracy:.4f}  (95 % interval {low:.4f} to {high:.4f})"
        ),
        "macro F1": f"{report.means['macro'].f1:.4f}" + classes_of_mean(report),
        "micro F1": f"{report.means['micro'].f1:.4f}",
        "log loss": f"{report.log_loss:.4f}",
        "Brier score": f"{report.brier:.4f}",
        "calibration error": f"{report.calibration_error:.4f}",
    }
    if not report.is_multilabel:
        # It is the accuracy.
        del fields["micro F1"]
    fields.update(zip(("also in training", "without these"), repeated_lines(report)))
    if report.unseen:
        fields["unseen labels"] = f"{unseen_line(report.unseen)} (never in training: errors)"
    return format_fields(fields)


def classes_of_mean(report: ReportData) -> str:
    """Return which classes the means are over, if these are not simply all learned classes."""
    if not report.unseen and report.n_counted == len(report.classes):
        return ""
    never = f", {len(report.unseen)} of them never seen in training" if report.unseen else ""
    return f"  (over the {report.n_counted} classes that occur or were predicted{never})"


def _scores(report: ReportData) -> str:
    rows = [["class", "precision", "recall", "F1", "texts", "ROC AUC", "average precision"]]
    if report.is_multilabel:
        rows[0].append("threshold")
    for name, score in zip(report.names, report.scores):
        rows.append(
            [
                cut_text(name, _NAME_WIDTH),
                *(f"{value:.4f}" for value in (score.precision, score.recall, score.f1)),
                str(score.support),
                format_score(score.roc_auc),
                format_score(score.average_precision),
                *([_threshold(score.threshold)] if report.is_multilabel else []),
            ]
        )
    for name, mean in report.means.items():
        figures = [f"{value:.4f}" for value in (mean.precision, mean.recall, mean.f1)]
        rows.append([f"{name} average", *figures, *[""] * (len(rows[0]) - 4)])
    return format_table(rows)


def _threshold(threshold: float | None) -> str:
    return "-" if threshold is None else f"{threshold:.3f}"


def _confusion(report: ReportData) -> str:
    matrix = _matrix(report) if len(report.classes) <= MAX_MATRIX else None
    if matrix is not None:
        return matrix
    found = report.confusions(_N_CONFUSIONS)
    if not found:
        return "No class was confused with another."
    rows = [["true", "predicted", "texts", "of the class"]]
    for true, predicted, n, share in found:
        names = [cut_text(report.name_of(label), _NAME_WIDTH) for label in (true, predicted)]
        rows.append([*names, str(n), f"{share:.1%}"])
    return "Most frequent confusions\n" + format_table(rows, n_left=2)


def _matrix(report: ReportData) -> str | None:
    """Return the confusion matrix, or None if its numbers are too long for the width."""
    assert report.confusion is not None
    names = [cut_text(name, _ROW_NAME_WIDTH) for name in report.names]
    n_digits = len(str(report.confusion.max()))
    width = (WIDTH - _ROW_NAME_WIDTH - len("12 ")) // len(names) - len(GAP)
    if n_digits > width:
        return None
    heads = names
    if max(map(text_width, names)) > width:
        # Names of columns that are cut may be equal.
        heads = [str(number) for number in range(1, len(names) + 1)]
        names = [f"{head:>{len(heads[-1])}} {name}" for head, name in zip(heads, names)]
    rows = [["true \\ predicted", *heads]]
    rows += [[name, *map(str, row)] for name, row in zip(names, report.confusion.tolist())]
    return "Confusion matrix\n" + format_table(rows)


def _mistakes(report: ReportData) -> str:
    lines = ["Most certain mistakes"]
    for mistake in report.mistakes[:_N_MISTAKES]:
        true, predicted = (
            cut_text(report.name_of(answer), _NAME_WIDTH) for answer in (mistake.true, mistake.predicted)
        )
        lines.append(f"{mistake.probability:.4f}{GAP}{true} -> {predicted}")
        lines.append(f"        {cut_text(mistake.text, WIDTH - 8)}")
    return "\n".join(lines)
