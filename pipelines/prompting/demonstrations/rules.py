"""Parameter rules of in-context classifiers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wordvec._utils.parameters import Rule

__all__ = ["ContentFree", "Verbalizers"]


class Verbalizers(Rule):
    """Rule of verbalizers, the words of labels; the template checks their content."""

    description = "a dict of labels and their words"

    def _checked(self, value: Any) -> Any:
        if not isinstance(value, Mapping) or not value:
            raise ValueError
        return value

    def bad_values(self) -> list[Any]:
        """Return other types, and an empty dict."""
        return [1, "good", ["good"], {}]


class ContentFree(Rule):
    """Rule of content-free texts, one of which may be empty."""

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
        """Return other types, and an empty tuple."""
        return [1, "N/A", (), (1,)]
