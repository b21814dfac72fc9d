"""`wordvec plot confusion`: which classes are mistaken for which."""

from __future__ import annotations

from ..output import note
from .options import Out, ReportFile


def confusion(
    report: ReportFile,
    out: Out,
) -> None:
    """Draw which classes are mistaken for which.

    Example: wordvec plot confusion report.json -o confusion.png
    """
    from ...workflows.spaces.plots import plot_confusion

    plot_confusion(report, out)
    note(f"The picture is in {out}")
