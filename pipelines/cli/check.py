"""`wordvec check`: what files are, and whether they are whole."""

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
    """Tell what files are, and whether they are whole: reads all of each, and compares its checksums.

    Exit code 2 if one is damaged, unknown or not there; the others are checked all the same.

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
