"""The program with all its commands, for pages that list them."""

from __future__ import annotations

from .commands import make_app

app = make_app()
