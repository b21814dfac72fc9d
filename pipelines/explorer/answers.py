"""The answers to the page's requests: JSON, or little-endian binary."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from wordvec import __version__
from wordvec._utils.errors import ParameterError
from wordvec._utils.spelling import UnknownWordError

from .columns import Column, NumberColumn
from .drifts import LiveDrift
from .layouts import turned
from .maps import LiveMap
from .spaces import Space

__all__ = ["Answer", "Answers", "NotFoundError"]

Query = Mapping[str, Sequence[str]]

MAX_TOPN = 1000


class NotFoundError(LookupError):
    """There is no such address, word or row."""


@dataclass(frozen=True)
class Answer:
    """The body of an answer, its type, and further headers."""

    body: bytes
    content_type: str
    headers: Mapping[str, str]

    @classmethod
    def json(cls, value: Any) -> Answer:
        """Return a value as JSON."""
        # A word may hold half of a surrogate pair, which no UTF-8 has: escaped, the page can show the others.
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        try:
            body = text.encode()
        except UnicodeEncodeError:
            body = json.dumps(value, allow_nan=False, separators=(",", ":")).encode()
        return cls(body, "application/json; charset=utf-8", {})

    @classmethod
    def binary(cls, array: np.ndarray, **headers: str) -> Answer:
        """Return the numbers of an array, little-endian in C order."""
        little = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return cls(little.tobytes(), "application/octet-stream", named)


class Answers:
    """Answers about one space, or two side by side.

    Parameters
    ----------
    title : str
    spaces : list of Space
    maps : list of LiveMap
        One for each space.
    drift : LiveDrift, optional
        Of two spaces of words.
    """

    def __init__(
        self, title: str, spaces: Sequence[Space], maps: Sequence[LiveMap], drift: LiveDrift | None = None
    ) -> None:
        self.title, self.spaces, self.maps, self.drift = title, list(spaces), list(maps), drift
        self._paths: dict[str, Callable[[Query], Answer]] = {
            "/api/info": lambda query: Answer.json(self.info()),
            "/api/words": lambda query: Answer.json(self._space(query).labels),
            "/api/map": self._map,
            "/api/column": self._column,
            "/api/neighbors": self._neighbors,
            "/api/similarity": self._similarity,
            "/api/drift": self._drift,
            "/api/text": self._text,
        }

    def answer(self, path: str, query: Query) -> Answer:
        """Return the answer to a question.

        Parameters
        ----------
        path : str
            Such as "/api/neighbors".
        query : mapping of str to list of str

        Raises
        ------
        NotFoundError
            If there is no such address, word, row or column.
        ValueError
            If a parameter is missing or wrong.
        """
        if path not in self._paths:
            raise NotFoundError(f"There is nothing at {path!r}.")
        try:
            return self._paths[path](query)
        except UnknownWordError as error:
            raise NotFoundError(str(error)) from error

    def info(self) -> dict[str, Any]:
        """Return the title, and of each model size, columns and the state of its map."""
        models = [
            {
                "name": space.name,
                "n_rows": len(space.vectors),
                "vector_size": space.vectors.vector_size,
                "kind": space.kind,
                "columns": [{"name": name, "type": kind} for name, kind in space.column_kinds.items()],
                "map": live.state(),
            }
            for space, live in zip(self.spaces, self.maps)
        ]
        return {
            "title": self.title,
            "version": __version__,
            "models": models,
            "drift": self.drift is not None,
        }

    def points(self, place: int) -> tuple[np.ndarray, str]:
        """Return the points of a map, float32 (V, 2), and its method; a second map is aligned with the first.

        The orientation of a layout is arbitrary; aligned, maps of similar models look similar.
        """
        points, method = self.maps[place].points()
        if place == 0 or self._shared is None:
            return points, method
        first, second = self._shared
        return turned(points, second, self.maps[0].points()[0][first]), method

    @cached_property
    def _shared(self) -> tuple[np.ndarray, np.ndarray] | None:
        """The rows of the words that two models of words share, in each."""
        if any(space.kind != "words" for space in self.spaces):
            return None
        first, second = (space.vectors.key_to_index for space in self.spaces)
        pairs = [(row, second[word]) for word, row in first.items() if word in second]
        rows = np.array(pairs, np.int64).reshape(-1, 2)
        return rows[:, 0], rows[:, 1]

    def _map(self, query: Query) -> Answer:
        points, method = self.points(self._place(query))
        return Answer.binary(points, X_Map_Method=method)

    def _column(self, query: Query) -> Answer:
        column = self._space(query).column(_one(query, "name"))
        if isinstance(column, NumberColumn):
            return Answer.binary(column.numbers)
        return Answer.json(category_values(column))

    def _neighbors(self, query: Query) -> Answer:
        space = self._space(query)
        topn = _int(query, "topn", 1, MAX_TOPN, default=20)
        positive, negative = list(query.get("positive", ())), list(query.get("negative", ()))
        if "row" in query:
            positive.insert(0, space.vectors.index_to_key[self._row(query, space)])
        if not positive and not negative:
            raise ParameterError("positive", "/api/neighbors", "be a word, or row a number", positive)
        return Answer.json({"neighbors": space.neighbors(positive, negative, topn)})

    def _similarity(self, query: Query) -> Answer:
        similarity = self._space(query).vectors.similarity(_one(query, "a"), _one(query, "b"))
        return Answer.json({"similarity": float(similarity)})

    def _drift(self, query: Query) -> Answer:
        if self.drift is None:
            raise NotFoundError("Drift compares two models of words: wordvec explore A --compare B.")
        return Answer.json(self.drift.words(_int(query, "topn", 1, 1 << 31, default=200)))

    def _text(self, query: Query) -> Answer:
        space = self._space(query)
        row = self._row(query, space)
        return Answer.json({"text": space.text(row), "columns": space.values(row)})

    def _place(self, query: Query) -> int:
        return _int(query, "model", 0, len(self.spaces) - 1, default=0)

    def _space(self, query: Query) -> Space:
        return self.spaces[self._place(query)]

    def _row(self, query: Query, space: Space) -> int:
        return _int(query, "row", 0, len(space.vectors) - 1)


def category_values(column: Column) -> dict[str, Any]:
    """Return a column of categories as JSON holds it."""
    assert not isinstance(column, NumberColumn)
    return {"values": column.values, "codes": column.codes.tolist()}


def _one(query: Query, name: str) -> str:
    values = query.get(name, ())
    if len(values) != 1:
        raise ValueError(f"The address must have {name}= once. It has it {len(values)} times.")
    return values[0]


def _int(query: Query, name: str, low: int, high: int, default: int | None = None) -> int:
    if name not in query and default is not None:
        return default
    text = _one(query, name)
    if not (text.isascii() and text.isdigit() and len(text) < 20 and low <= int(text) <= high):
        raise ValueError(f"The address must have {name}= with an integer from {low} to {high}. Got {text!r}.")
    return int(text)
