"""`wordvec plot comparison`: time and quality of systems, with standard errors over seeds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..output import note
from .options import Out


def comparison(
    report: Annotated[Path, typer.Argument(metavar="REPORT", help="What wordvec compare --json wrote.")],
    out: Out,
) -> None:
    """Draw time and quality of systems, with standard errors over seeds.

    Example: wordvec plot comparison report.json -o comparison.png
    """
    from ...workflows.spaces.plots import plot_comparison

    plot_comparison(report, out)
    note(f"The picture is in {out}")
