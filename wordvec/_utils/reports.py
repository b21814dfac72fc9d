"""The common base of reports: text, HTML for notebooks, and a dictionary."""

from __future__ import annotations

import abc
import html
from typing import Any


class Report(abc.ABC):
    """A base class of results that print as readable text.

    A subclass defines `format` and `to_dict`; `print(report)` and notebooks then show the text.

    Examples
    --------
    >>> class Accuracy(Report):
    ...     def __init__(self, n_right, n_total):
    ...         self.n_right, self.n_total = n_right, n_total
    ...     def format(self):
    ...         return f"accuracy {self.n_right / self.n_total:.1%} of {self.n_total}"
    ...     def to_dict(self):
    ...         return {"n_right": self.n_right, "n_total": self.n_total}
    >>> print(Accuracy(9, 10))
    accuracy 90.0% of 10
    >>> Accuracy(9, 10)._repr_html_()
    '<pre>accuracy 90.0% of 10</pre>'
    """

    @abc.abstractmethod
    def format(self) -> str:
        """Return the report as plain text, lines separated by newlines."""

    @abc.abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Return the report's values as plain Python objects that `json.dumps` accepts."""

    def __str__(self) -> str:
        return self.format()

    def _repr_html_(self) -> str:
        """Return the text as HTML; Jupyter shows it."""
        return f"<pre>{html.escape(self.format())}</pre>"
