"""`wordvec verify`: check that this machine computes the same bits as the authors' did."""

from __future__ import annotations

from typing import Annotated

import typer

from .options import AsJson, show
from .output import note


def verify(
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No messages.")] = False,
    as_json: AsJson = False,
) -> None:
    """Train small models on texts that come with wordvec, and compare them with the authors' models, bit by bit.

    The exit code is 1 if one differs. On platforms without this guarantee (other than x86-64 with FMA and aarch64, and
    certain versions of Numba) nothing is compared, and the exit code is 0.

    Example: wordvec verify
    """
    from ..workflows.verification import verify as run_verification

    report = run_verification(on_message=None if quiet else note)
    show(report, as_json)
    if report.same is False:
        raise typer.Exit(1)
