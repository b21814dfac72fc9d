"""Options of all pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Out = Annotated[Path, typer.Option("--out", "-o", metavar="PATH", help="The picture, .png or .svg.")]
ReportFile = Annotated[
    Path, typer.Argument(metavar="REPORT", help="What wordvec classify evaluate --json printed.")
]
