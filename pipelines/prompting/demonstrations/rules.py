"""Rules of parameters that only classifiers in context have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wordvec._utils.parameters import Rule

__all__ = ["ContentFree", "Verbalizers"]


class Verbalizers(Rule):
    """Words of labels; the template checks what they are."""

    description = "a dict of labels and their words"

    def _checked(self, value: Any) -> Any:
        if not isinstance(value, Mapping) or not value:
            raise ValueError
        return value

    def bad_values(self) -> list[Any]:
        """Return other types, and no words."""
        return [1, "good", ["good"], {}]


class ContentFree(Rule):
    """Texts, an empty one among them perhaps."""

    description = "a tuple of texts, one at least"

    def _checked(self, value: Any) -> Any:
        if (
            not isinstance(value, tuple | list)
            or not value
            or not all(isinstance(text, str) for text in value)
        ):
            raise ValueError
        return tuple(value)

    def bad_values(self) -> list[Any]:
        """Return other types, and no texts."""
        return [1, "N/A", (), (1,)]
