"""`wordvec plot reliability`: whether predicted probabilities are calibrated."""

from __future__ import annotations

from ..output import note
from .options import Out, ReportFile


def reliability(
    report: ReportFile,
    out: Out,
) -> None:
    """Draw whether predicted probabilities are calibrated.

    Example: wordvec plot reliability report.json -o reliability.png
    """
    from ...workflows.spaces.plots import plot_reliability

    plot_reliability(report, out)
    note(f"The picture is in {out}")
