"""The base class of scores: a report whose dictionary is its fields."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from wordvec._utils.reports import Report


class Scores(Report):
    """A dataclass of scores that prints as a text; subclasses define `format`."""

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, those that are scores themselves as dictionaries, too."""
        return asdict(self)  # type: ignore[call-overload]
