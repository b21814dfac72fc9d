"""`wordvec check`: identify files and check that they are complete."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wordvec._utils.errors import SeveralErrors

from .options import AsJson, show


def check(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", help="Models, checkpoints, vectors, counts; or folders.")
    ],
    as_json: AsJson = False,
) -> None:
    """Identify files and check that they are complete: reads each file completely and verifies its checksums.

    The exit code is 2 if a file is damaged, unknown or missing; the others are still checked.

    Example: wordvec check vectors.bin model.safetensors
    """
    from ..workflows.file_checks import FileChecks, check_files

    errors: list[Exception] = []
    report = FileChecks([])
    for path in files:
        try:
            report.files.extend(check_files([path]).files)
        except OSError as error:
            errors.append(error)
    if report.files:
        show(report, as_json)
    errors += [ValueError(file.problem) for file in report.damaged]
    if errors:
        raise SeveralErrors(errors)
