"""The base class of scores, and checks of predictions and references."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from wordvec._utils.reports import Report
from wordvec.text.lists import check_string, iterate_rows


class Scores(Report):
    """A dataclass of scores that prints as text; subclasses define `format`."""

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as a dictionary, nested for fields that are scores themselves."""
        return asdict(self)  # type: ignore[call-overload]


def paired_texts(
    predictions: Iterable[str],
    references: Iterable[str | Sequence[str]],
    owner: str,
    needs_reference: bool = True,
) -> tuple[list[str], list[list[str]]]:
    """Return the predictions, and a list of references for each."""
    texts = list(iterate_rows(predictions, owner, "predictions"))
    answers: list[list[Any]] = [
        list(some) if isinstance(some, (list, tuple)) else [some]
        for some in iterate_rows(references, owner, "references")
    ]
    if len(texts) != len(answers):
        raise ValueError(
            f"{owner} got {len(texts)} predictions and references for {len(answers)}. Pass both for the same texts."
        )
    if not texts:
        raise ValueError(f"{owner} needs at least one prediction. Got none.")
    for number, (text, some) in enumerate(zip(texts, answers)):
        for value in (text, *some):
            check_string(value, number, owner)
        if needs_reference and not some:
            raise ValueError(
                f"Text {number} of {owner} has no reference. Pass at least one, or leave it out."
            )
    return texts, answers
