"""`wordvec plot reliability`: whether probabilities can be believed."""

from __future__ import annotations

from ..output import note
from .options import Out, ReportFile


def reliability(
    report: ReportFile,
    out: Out,
) -> None:
    """Draw whether probabilities can be believed.

    Example: wordvec plot reliability report.json -o reliability.png
    """
    from ...workflows.spaces.plots import plot_reliability

    plot_reliability(report, out)
    note(f"The picture is in {out}")
