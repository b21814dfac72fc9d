"""Examples and queries as fields and texts: identity of texts, labels, and checks."""

from __future__ import annotations

import unicodedata
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wordvec._utils.errors import AdvisedError, ParameterError
from wordvec._utils.messages import counted, listed
from wordvec.text.lists import is_missing, iterate_rows, row_error

from .templates import PromptTemplate, as_template

__all__ = ["TEXT", "Examples", "normalized", "query_fields", "read_examples", "template_for", "text_of"]

TEXT = "text"  # the field of an example that is not a mapping


@dataclass(frozen=True)
class Examples:
    """The examples of a selector: N examples, U distinct texts.

    Attributes
    ----------
    given : list
        The examples as passed: str, or mappings.
    fields : list of dict
        The fields of each; a separately passed label is the template's answer.
    texts : list of str
        The text by which each is compared: the fields of a query, one per line.
    labels : list, optional
    template : PromptTemplate
    rows : int64 (U,)
        The first example of each text.
    place_of : dict of str to int
        The index in `rows`, by normalised text.
    """

    given: list[Any]
    fields: list[dict[str, Any]]
    texts: list[str]
    labels: list[Any] | None
    template: PromptTemplate
    rows: np.ndarray
    place_of: dict[str, int]

    def __len__(self) -> int:
        return len(self.given)

    @property
    def different_texts(self) -> list[str]:
        """The text of each of `rows`."""
        return [self.texts[row] for row in self.rows.tolist()]

    def label_codes(self, owner: str, purpose: str) -> np.ndarray:
        """Return the label code of each of `rows`, int64 (U,).

        Raises
        ------
        ParameterError
            If there are no labels.
        """
        if self.labels is None:
            raise ParameterError("labels", owner, f"be a list with a label for each example {purpose}", None)
        number_of: dict[Any, int] = {}
        codes = [number_of.setdefault(self.labels[row], len(number_of)) for row in self.rows.tolist()]
        return np.array(codes, np.int64)


def normalized(text: str) -> str:
    r"""Return the normalised text by which texts are compared: NFKC, case-folded, single spaces.

    >>> normalized("  A\tGood\u3000Ｆilm ")
    'a good film'
    """
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def template_for(examples: Sequence[Any], template: str | PromptTemplate | None) -> PromptTemplate:
    """Return the template, or one for the input fields that the examples name, as DSPy's do."""
    inputs = getattr(examples[0], "_input_keys", None) if template is None else None
    names = list(_plain(examples[0])) if inputs else []
    answers = [name for name in names if name not in (inputs or ())]
    if not answers or len(answers) == len(names):
        return as_template(template)
    ordered = [name for name in names if name not in answers] + answers[:1]
    lines = [f"{name}: {{{name}}}" for name in ordered]
    return PromptTemplate("\n".join(lines))


def read_examples(
    examples: Any, labels: Any, template: str | PromptTemplate | None, owner: str, *, extended: bool = False
) -> Examples:
    """Return examples with their fields, texts and labels.

    Parameters
    ----------
    examples : list of str or of mappings, or DataFrame
    labels : list, optional
        By default, the answer fields of the examples, if all have one.
    template : PromptTemplate or str, optional
    owner : str
        For messages.
    extended : bool
        Whether the examples were read before, so that warnings are not repeated.

    Raises
    ------
    TypeError
        If an example is neither a str nor a mapping.
    ValueError
        If there are no examples, one is blank or lacks a field of the template, or there is not one label for each.
    """
    given = _rows(examples, owner, "examples", "example")
    if not given:
        raise ValueError(f"{owner} needs at least one example. Got none.")
    chosen = template_for(given, template)
    listed_labels = None if labels is None else list(iterate_rows(labels, owner, "labels", "label"))
    if listed_labels is not None and len(listed_labels) != len(given):
        rule = f"hold a label for each of the {len(given)} examples"
        raise ParameterError("labels", owner, rule, f"{len(listed_labels)} labels")
    answer = chosen.answer_field
    fields = []
    for row, example in enumerate(given):
        own = _fields_of(example, row, owner, "example", isinstance(given[0], str))
        label = own.pop(answer, None) if listed_labels is None else listed_labels[row]
        label = _plain_label(label, row, owner, listed_labels is not None)
        fields.append(own if label is None else {**own, answer: label})
    _check_fields(fields, chosen, owner)
    texts = [text_of(own, chosen) for own in fields]
    blank = next((row for row, text in enumerate(texts) if not text.strip()), None)
    if blank is not None:
        raise ValueError(f"Example {blank} of {owner} is blank: nothing can be learned from it. Drop it.")
    all_labels = [own[answer] for own in fields] if all(answer in own for own in fields) else None
    keys = list(map(normalized, texts))
    place_of: dict[str, int] = {}
    rows: list[int] = []
    for row, key in enumerate(keys):
        if key not in place_of:
            place_of[key] = len(rows)
            rows.append(row)
    if not extended:
        _tell_of_doubtful(all_labels, [rows[place_of[key]] for key in keys], owner)
    return Examples(given, fields, texts, all_labels, chosen, np.array(rows, np.int64), place_of)


def query_fields(queries: Any, template: PromptTemplate, owner: str) -> list[dict[str, Any]]:
    """Return the fields of queries.

    Raises
    ------
    TypeError
        If one is neither a str nor a mapping.
    ValueError
        If one lacks a field of the template.
    """
    found = []
    for row, query in enumerate(_rows(queries, owner, "queries", "query")):
        own = _fields_of(query, row, owner, "query", None)
        for name in template.query_fields:
            if own.get(name) is None:
                raise AdvisedError(
                    f"Query {row} of {owner} lacks the field {name!r} of the template; it has {_names(own)}.",
                    "queries with the fields of the template",
                )
        found.append(own)
    return found


def text_of(fields: Mapping[str, Any], template: PromptTemplate) -> str:
    """Return the text by which an example or query is compared: the fields of a query, one per line."""
    return "\n".join(str(fields[name]) for name in template.query_fields)


def _rows(rows: Any, owner: str, name: str, noun: str) -> list[Any]:
    """Return examples or queries as a list; the rows of a DataFrame as mappings."""
    if len(getattr(rows, "shape", ())) == 2 and hasattr(rows, "columns"):
        rows = rows.to_dict("records")
    return list(iterate_rows(rows, owner, name, noun))


def _fields_of(value: Any, row: int, owner: str, noun: str, is_text: bool | None) -> dict[str, Any]:
    """Return the fields of an example or query; `is_text` is the required kind, None for either."""
    if isinstance(value, str) and is_text is not False:
        return {TEXT: str(value)}
    is_mapping = hasattr(value, "keys") and hasattr(value, "__getitem__")
    if is_mapping and not is_text:
        return _plain(value)
    if is_text or is_missing(value) or isinstance(value, bytes):
        raise row_error(value, row, owner, noun)
    other = "as the first one is" if isinstance(value, str) else "or a str"
    raise TypeError(
        f"{noun.capitalize()} {row} of {owner} must be a mapping of fields, {other}. "
        f"Got {type(value).__name__} instead."
    )


def _plain(value: Any) -> dict[str, Any]:
    return {str(name): value[name] for name in value.keys()}  # noqa: SIM118 (not all mappings iterate)


def _plain_label(label: Any, row: int, owner: str, is_given: bool) -> Any:
    """Return a label as a plain Python type; None if an example has none."""
    if is_missing(label):
        if is_given:
            raise ValueError(f"Label {row} of {owner} is missing. Drop the example, or label it.")
        return None
    label = label.item() if isinstance(label, np.generic) else label
    try:
        hash(label)
    except TypeError:
        raise TypeError(
            f"Label {row} of {owner} must be a str, a number or a bool. Got {type(label).__name__} instead."
        ) from None
    return label


def _check_fields(fields: Sequence[Mapping[str, Any]], template: PromptTemplate, owner: str) -> None:
    """Raise an error if an example lacks a field of the template; answers may be missing."""
    needed = [name for name in (*template.fields, *template.query_fields) if name != template.answer_field]
    for row, own in enumerate(fields):
        for name in needed:
            if own.get(name) is None:
                raise AdvisedError(
                    f"Example {row} of {owner} lacks the field {name!r} of the template; it has {_names(own)}.",
                    "a {template} of the fields that there are",
                )
    if not template.query_fields:
        raise ParameterError("template", owner, "have a field in the part of a query", template.example)


def _names(fields: Iterable[str]) -> str:
    return listed(list(map(repr, fields))) or "none"


def _tell_of_doubtful(labels: Sequence[Any] | None, first: Sequence[int], owner: str) -> None:
    """Warn about texts that occur with several labels: only the first example of a text is ever chosen."""
    if labels is None:
        return
    pairs = [(row, other) for row, other in enumerate(first) if labels[row] != labels[other]]
    if pairs:
        row, other = pairs[0]
        repeat = "repeats" if len(pairs) == 1 else "repeat"
        warnings.warn(
            f"{counted(len(pairs), 'example')} of {owner} {repeat} the text of another with another label; the first "
            f"of each text counts. The first such: number {row}, {labels[row]!r}, and number {other}, "
            f"{labels[other]!r}.",
            stacklevel=4,
        )
