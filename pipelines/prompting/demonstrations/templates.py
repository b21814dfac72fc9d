"""`PromptTemplate`: rendering of examples and a query as a prompt or as chat messages."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from wordvec._utils.errors import AdvisedError, ParameterError
from wordvec._utils.messages import listed
from wordvec._utils.parameters import Rule
from wordvec._utils.validation import check_instance

__all__ = ["TEMPLATE_RULE", "PromptTemplate", "as_template"]

_OWNER = "PromptTemplate"
_Parts = list[tuple[str, str | None]]  # literal text, and the field after it


class _Layout(NamedTuple):
    """The parts of an example and of a query, the field of the answer, and the white space before it."""

    example: _Parts
    query: _Parts
    answer: str
    gap: str


@dataclass(frozen=True)
class PromptTemplate:
    r"""A template that renders examples and a query as a prompt.

    Fields are written in braces, as in a format string, by name only; literal braces are doubled. A text and its label
    have the fields "text" and that of `answer`; examples that are mappings have their own fields.

    Parameters
    ----------
    example : str
        The template of an example, with its answer.
    query : str, optional
        The template of a query. By default `example` up to its answer, without the white space before it.
    separator : str
        The separator between and around examples.
    instruction : str
        Text at the beginning; the system message in a chat. It has no fields.
    answer : str, optional
        The field of the answer; by default the last field of `example`.
    verbalizers : dict of label to str, optional
        The words for answers, if different from the answers themselves.

    Examples
    --------
    >>> template = PromptTemplate("Review: {text}\nSentiment: {label}", verbalizers={0: "bad", 1: "good"})
    >>> print(template.prompt([{"text": "Far too long.", "label": 0}], {"text": "A warm film."}))
    Review: Far too long.
    Sentiment: bad
    <BLANKLINE>
    Review: A warm film.
    Sentiment:
    >>> template.continuation(1)
    ' good'
    >>> [message["role"] for message in template.messages([{"text": "Dull.", "label": 0}], {"text": "Fun."})]
    ['user', 'assistant', 'user']
    """

    example: str = "Text: {text}\nLabel: {label}"
    query: str | None = None
    separator: str = "\n\n"
    instruction: str = ""
    answer: str | None = None
    verbalizers: Mapping[Any, str] | None = None

    def __post_init__(self) -> None:
        for name in ("example", "separator", "instruction"):
            check_instance(name, getattr(self, name), _OWNER, str)
        _check_verbalizers(self.verbalizers)
        _ = self._layout  # a template that cannot be read is an error now

    @property
    def answer_field(self) -> str:
        """The field of the answer."""
        return self._layout.answer

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The fields of an example, including its answer."""
        return tuple(dict.fromkeys(field for _, field in self._layout.example if field is not None))

    @cached_property
    def query_fields(self) -> tuple[str, ...]:
        """The fields of a query."""
        return tuple(dict.fromkeys(field for _, field in self._layout.query if field is not None))

    def render_example(self, fields: Mapping[str, Any]) -> str:
        """Return an example as text.

        Raises
        ------
        ValueError
            If it lacks a field, or its answer has no verbalizer.
        """
        answered = {**fields, self.answer_field: self.verbalized(self._value(fields, self.answer_field))}
        return self._filled(self._layout.example, answered)

    def render_query(self, fields: Mapping[str, Any]) -> str:
        """Return a query as text, up to where its answer begins.

        Raises
        ------
        ValueError
            If it lacks a field.
        """
        return self._filled(self._layout.query, fields)

    def verbalized(self, label: Any) -> str:
        """Return the words for an answer.

        Raises
        ------
        ValueError
            If there are verbalizers, but none for it.
        """
        if self.verbalizers is None:
            return str(label)
        try:
            return self.verbalizers[label]
        except (KeyError, TypeError):
            known = listed(list(map(repr, self.verbalizers)))
            raise AdvisedError(
                f"The label {label!r} has no verbalizer; those that have one are {known}.",
                "one for each label as {verbalizers}",
            ) from None

    def continuation(self, label: Any) -> str:
        """Return the continuation of a query by an answer: the white space between them, and the answer."""
        return self._layout.gap + self.verbalized(label)

    def prompt(self, examples: Sequence[Mapping[str, Any]], query: Mapping[str, Any]) -> str:
        """Return the prompt: instruction, examples and query, with separators.

        Raises
        ------
        ValueError
            If an example or the query lacks a field, or an answer has no verbalizer.
        """
        return self.joined([self.render_example(example) for example in examples], self.render_query(query))

    def joined(self, examples: Sequence[str], query: str) -> str:
        """Return the prompt for examples and a query that are already rendered."""
        return self.separator.join([*([self.instruction] if self.instruction else []), *examples, query])

    def messages(
        self, examples: Sequence[Mapping[str, Any]], query: Mapping[str, Any]
    ) -> list[dict[str, str]]:
        """Return chat messages with "role" and "content": each example is a question with its answer.

        Raises
        ------
        ValueError
            If an example or the query lacks a field, or an answer has no verbalizer.
        """
        found = [{"role": "system", "content": self.instruction}] if self.instruction else []
        for example in examples:
            answer = self.verbalized(self._value(example, self.answer_field))
            found.append({"role": "user", "content": self.render_query(example)})
            found.append({"role": "assistant", "content": answer})
        return [*found, {"role": "user", "content": self.render_query(query)}]

    def to_dict(self) -> dict[str, Any]:
        """Return the parameters as JSON types."""
        pairs = None if self.verbalizers is None else [[key, text] for key, text in self.verbalizers.items()]
        names = ("example", "query", "separator", "instruction", "answer")
        return {name: getattr(self, name) for name in names} | {"verbalizers": pairs}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> PromptTemplate:
        """Return the template from the result of `to_dict`."""
        pairs = stored["verbalizers"]
        verbalizers = None if pairs is None else dict(pairs)
        return cls(**{**stored, "verbalizers": verbalizers})

    @cached_property
    def _layout(self) -> _Layout:
        example = _parse(self.example, "example")
        named = [field for _, field in example]
        fields = [field for field in named if field is not None]
        answer = fields[-1] if fields and self.answer is None else self.answer
        if answer is None or fields.count(answer) != 1:
            rule = f"hold {'a field' if answer is None else f'the field {answer!r}'}, the answer's, once"
            raise ParameterError("example", _OWNER, rule, self.example)
        place = named.index(answer)
        before = example[place][0]
        gap = before[len(before.rstrip()) :]
        if self.query is None:
            query: _Parts = [*example[:place], (before.rstrip(), None)]
            if not place and not before.strip():
                rule = "have a field or text before its answer where there is no query"
                raise ParameterError("example", _OWNER, rule, self.example)
        else:
            query = _parse(check_instance("query", self.query, _OWNER, str), "query")
            gap = "" if self.query[-1:].isspace() else gap
        if answer in [field for _, field in query]:
            raise ParameterError("query", _OWNER, f"lack the field of the answer, {answer!r}", self.query)
        return _Layout(example, query, answer, gap)

    def _filled(self, parts: _Parts, fields: Mapping[str, Any]) -> str:
        return "".join(
            literal if field is None else f"{literal}{self._value(fields, field)}" for literal, field in parts
        )

    def _value(self, fields: Mapping[str, Any], field: str) -> Any:
        value = fields.get(field)
        if value is None:
            known = listed([repr(name) for name, other in fields.items() if other is not None]) or "none"
            what, way = "field", "a {template} of the fields that there are"
            if field == self.answer_field:
                what, way = "label", "{labels} of all examples"
            raise AdvisedError(
                f"The template needs the {what} {field!r}, which an example or query lacks; its fields are {known}.",
                way,
            )
        return value


class _TemplateRule(Rule):
    """Rule of templates: a PromptTemplate, or the text of one."""

    description = "a PromptTemplate, or a str with fields in braces"

    def _checked(self, value: Any) -> Any:
        if not isinstance(value, str | PromptTemplate):
            raise ValueError
        return value

    def bad_values(self) -> list[Any]:
        """Return other types."""
        return [1, b"{text}", ["{text}"], None]


TEMPLATE_RULE = _TemplateRule()


def as_template(template: str | PromptTemplate | None) -> PromptTemplate:
    r"""Return a template: the given one, one with the given text for examples, or the default.

    >>> as_template("{question}\n{answer}").query_fields
    ('question',)
    """
    if template is None:
        return PromptTemplate()
    return PromptTemplate(template) if isinstance(template, str) else template


def _parse(text: str, name: str) -> _Parts:
    """Return the literal parts of a format string and the field after each; doubled braces are literal."""
    rule, fix = "be text with the names of fields in braces", "Write a brace that begins no field twice."
    found: _Parts = []
    try:
        for literal, field, spec, conversion in string.Formatter().parse(text):
            if field is not None and (not _is_name(field) or spec or conversion):
                raise ValueError
            # A brace written twice ends a part, so that the next one joins it.
            before = found.pop()[0] if found and found[-1][1] is None else ""
            found.append((before + literal, field))
    except ValueError:
        raise ParameterError(name, _OWNER, rule, text, fix) from None
    return found


def _is_name(field: str) -> bool:
    return bool(field.strip()) and not field.isdigit() and not set(field) & set(".[]")


def _check_verbalizers(verbalizers: Any) -> None:
    if verbalizers is None:
        return
    if not isinstance(verbalizers, Mapping) or not verbalizers:
        raise ParameterError(
            "verbalizers", _OWNER, "be a dict of labels and their words, or None", verbalizers
        )
    label_of: dict[str, Any] = {}
    for label, text in verbalizers.items():
        if not isinstance(text, str) or not text.strip():
            raise ParameterError(f"verbalizers[{label!r}]", _OWNER, "be a word or more", text)
        if text in label_of:
            rule = f"differ from that of {label_of[text]!r}"
            raise ParameterError(f"verbalizers[{label!r}]", _OWNER, rule, text)
        label_of[text] = label
