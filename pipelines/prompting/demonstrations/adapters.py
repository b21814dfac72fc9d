"""Interfaces for other libraries: LangChain's example selectors, DSPy's nearest neighbours and retrievers.

Neither library is needed or imported: they call methods by name. LangChain also requires instances of its abstract
class, with which the selector is registered if that is loaded.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from wordvec._utils.errors import ParameterError

from .embedding import embed, is_refitted
from .examples import read_examples

__all__ = ["ForOtherLibraries", "Passage", "Retrieved"]

_OWNER = "DemonstrationSelector"
_LANGCHAIN = "langchain_core.example_selectors.base"
# One for all selectors, as one of each could not be pickled; it is held while examples are added.
_LOCK = threading.RLock()


class Passage(str):
    """An example as text, with the attribute `long_text` that DSPy's Retrieve expects."""

    __slots__ = ()

    @property
    def long_text(self) -> str:
        """The text."""
        return str(self)


@dataclass(frozen=True)
class Retrieved:
    """The examples for one query, as returned by a retriever; iterates over the passages.

    Attributes
    ----------
    passages : list of str
        Rendered by the template, best first.
    indices : list of int
        The indices of the examples.
    """

    passages: list[Passage]
    indices: list[int]

    def __iter__(self) -> Iterator[Passage]:
        return iter(self.passages)


class ForOtherLibraries:
    """The part of `DemonstrationSelector` that other libraries call."""

    def add_example(self: Any, example: Mapping[str, Any]) -> None:
        """Add an example, as in LangChain; the next selection is that of a selector fitted with all examples.

        Examples may be added by several threads.

        Parameters
        ----------
        example : mapping of fields, or str
            The first example fits an unfitted selector.

        Raises
        ------
        TypeError, ValueError
            As for `fit`; also if vectors were passed to `fit` and there is no embedder for further examples.
        """
        with _LOCK:
            if hasattr(self, "examples_"):
                self._pending.append(self._checked_addition(example))
            else:
                self.fit([example])

    def _checked_addition(self: Any, example: Any) -> tuple[Any, dict[str, Any]]:
        """Return a further example and its fields."""
        owner = f"{_OWNER}.add_example"
        if self.vectors_ is not None and self.embedder_ is None:
            rule = "embed further examples, where vectors were passed to fit"
            raise ParameterError("embedder", _OWNER, rule, None, "Or fit again.")
        if self.budget is not None and self.counter is None:
            raise ParameterError("counter", _OWNER, "count the tokens of further examples", None)
        found = read_examples([example], None, self.template_, owner, extended=True)
        if self.labels_ is not None and found.labels is None:
            answer = self.template_.answer_field
            rule = f"have a label, in the field {answer!r}, as all others do"
            raise ParameterError("example", owner, rule, example)
        return example, found.fields[0]

    def _add_pending(self: Any) -> None:
        """Include the examples that were added since the last selection."""
        with _LOCK:
            pending = list(getattr(self, "_pending", []))
            if pending:
                self._extend(pending)
                self._pending.clear()

    def _extend(self: Any, added: list[tuple[Any, dict[str, Any]]]) -> None:
        owner = f"{_OWNER}.add_example"
        before = self._examples
        fields = [*before.fields, *(fields for _, fields in added)]
        found = read_examples(fields, None, before.template, owner, extended=True)
        found = replace(found, given=[*before.given, *(given for given, _ in added)])
        n_before = len(before.rows)
        if self.embedder_ is not None and is_refitted(self.embedder):
            self.embedder_ = self._fitted_embedder(found)
            self.vectors_ = self._embed(found.different_texts, owner)
        elif self.vectors_ is not None and len(found.rows) > n_before:
            width = self.vectors_.shape[1]
            new = embed(self.embedder_, found.different_texts[n_before:], owner, width)
            self.vectors_ = np.concatenate([self.vectors_, new])
        self._finish(found, owner)

    def select_examples(self: Any, input_variables: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the examples for one query, like LangChain's example selectors.

        Parameters
        ----------
        input_variables : mapping of fields
            Fields that the template does not name are ignored.

        Returns
        -------
        list of dict
            The fields of each example, in the order of a prompt.

        Raises
        ------
        NotFittedError, TypeError, ValueError
            As for `select`.
        """
        found: list[dict[str, Any]] = self.demonstrations([input_variables], self._k_of_those_there())[0]
        return found

    async def aadd_example(self, example: Mapping[str, Any]) -> None:
        """Do what `add_example` does, in a thread."""
        await asyncio.to_thread(self.add_example, example)

    async def aselect_examples(self, input_variables: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return what `select_examples` does, from a thread."""
        return await asyncio.to_thread(self.select_examples, input_variables)

    def __call__(self: Any, query: str | None = None, /, **fields: Any) -> Any:
        """Return the examples for one query, like DSPy's KNN (with fields) or its retrievers (with a text).

        Parameters
        ----------
        query : str, optional
            The query of a retriever.
        **fields
            Fields of the query; the examples are then returned as they were passed to `fit`, best first. With `query`,
            k may be passed.

        Raises
        ------
        NotFittedError, TypeError, ValueError
            As for `select`.
        """
        step = -1 if self.order == "best_last" else 1
        if query is None:
            chosen = self.select([fields], self._k_of_those_there())[0][::step]
            return [self.examples_[row] for row in chosen]
        k = fields.get("k", self._k_of_those_there())
        chosen = self.select([query], k)[0][::step]
        rendered = [Passage(self.template_.render_example(self._examples.fields[row])) for row in chosen]
        return Retrieved(rendered, chosen)

    @classmethod
    def _become_known(cls) -> None:
        """Register the class with LangChain's abstract class, if that is loaded."""
        module = sys.modules.get(_LANGCHAIN)
        if module is not None:
            module.BaseExampleSelector.register(cls)

    def _k_of_those_there(self: Any) -> int:
        """Return k, or the number of examples while there are fewer."""
        self._add_pending()
        n_different = len(self._examples.rows) if hasattr(self, "examples_") else self.k
        return int(min(self.k, n_different))
