"""Files of demonstration selectors: examples, vectors and a vectorizer as JSON and tensors."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Self

import numpy as np
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from wordvec._io.json_files import parse_json_object
from wordvec._io.kinds import DEMONSTRATIONS
from wordvec._io.strings import pack_strings, unpack_strings
from wordvec._utils.parameters import restored
from wordvec._utils.validation import check_seed
from wordvec.vectors.estimator_files import (
    TokenizerArgumentError,
    plain_parameters,
    read_estimator,
    write_estimator,
)
from wordvec.vectors.keyed_vectors import KeyedVectors

from ...features.vectorizer import EmbeddingVectorizer
from .embedding import is_refitted
from .examples import TEXT, read_examples
from .planning import NEEDS_VECTORS, make_plan
from .templates import PromptTemplate

__all__ = ["StoredSelector"]

_OWNER = "DemonstrationSelector"
_VECTORIZER = "vectorizer"  # what its tensors are called by
# How the embedder of the parameters is made of the vectorizer of the file; "given" is passed to `load`.
_NONE, _VECTORS, _FITTED, _UNFITTED, _GIVEN = "none", "vectors", "fitted", "unfitted", "given"


class StoredSelector:
    """The part of `DemonstrationSelector` that reads and writes files."""

    def save(self: Any, path: str | os.PathLike[str]) -> None:
        """Write the selector, its examples and word vectors to one safetensors file, without pickle.

        An embedder that is neither KeyedVectors nor an EmbeddingVectorizer, and a counter, must be passed to `load`
        again.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If a field of an example is not text, number or bool.
        OSError
            If the file cannot be written.
        """
        self._add_pending()
        check_is_fitted(self, "examples_")
        header, tensors = self.to_stored()
        write_estimator(path, DEMONSTRATIONS, _OWNER, header, tensors)

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, embedder: Any = None, counter: Any = None) -> Self:
        """Read a selector that `save` wrote; it chooses the same examples.

        Parameters
        ----------
        path : path
        embedder : object, optional
            The original embedder, if the file cannot hold it.
        counter : object, optional
            Counts tokens, if further examples are to be added.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If it is not a complete file of a selector, a newer version wrote it, or its embedder is missing.
        """
        with read_estimator(path, DEMONSTRATIONS, _OWNER) as (header, tensors):
            found, kind = cls._from_stored(header, tensors)
        found._complete(kind, embedder, f"{_OWNER}.load")
        found.counter = counter
        return found

    def to_stored(self: Any) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Return the content that `save` writes, for files that contain a selector among other things."""
        kind = self._embedder_kind()
        parameters = plain_parameters(self, "embedder", "template", "counter", seed=self.seed_)
        records = [_record(fields, row) for row, fields in enumerate(self._examples.fields)]
        texts, offsets = pack_strings(records, "surrogatepass")
        tensors = {"examples": texts, "example_offsets": offsets}
        state = self._state
        arrays = {"vectors": state.vectors, "costs": state.costs, "order": state.order}
        tensors |= {name: array for name, array in arrays.items() if array is not None}
        header: dict[str, Any] = {
            "parameters": parameters,
            "template": self.template_.to_dict(),
            "has_template": self.template is not None,
            "are_texts": isinstance(self.examples_[0], str),
            "embedder": kind,
            "seed": self.seed_,
        }
        if kind in (_VECTORS, _FITTED, _UNFITTED):
            header[_VECTORIZER], stored = self.embedder_.to_stored()
            tensors |= {f"{_VECTORIZER}.{name}": array for name, array in stored.items()}
        return header, tensors

    @classmethod
    def _from_stored(cls, header: dict[str, Any], tensors: Mapping[str, np.ndarray]) -> tuple[Any, str]:
        """Return the selector of `to_stored`, and the source of its embedder."""
        kind = header["embedder"]
        template = PromptTemplate.from_dict(header["template"])
        vectorizer = embedder = None
        if kind in (_VECTORS, _FITTED, _UNFITTED):
            parts = {
                name.partition(".")[2]: array
                for name, array in tensors.items()
                if name.startswith(_VECTORIZER)
            }
            vectorizer = EmbeddingVectorizer.from_stored(header[_VECTORIZER], parts)
            embedder = {_VECTORS: vectorizer.wv_, _FITTED: vectorizer}.get(kind) or clone(vectorizer)
        elif kind not in (_NONE, _GIVEN):
            raise ValueError(f"its embedder is {kind!r}")
        parameters = header["parameters"] | {"template": template if header["has_template"] else None}
        found: Any = restored(cls, parameters)
        found.embedder, found.embedder_ = embedder, vectorizer
        found.seed_ = check_seed(header["seed"], _OWNER)
        records = unpack_strings(tensors["examples"], tensors["example_offsets"], "surrogatepass")
        fields = list(map(parse_json_object, records))
        examples = read_examples(fields, None, template, _OWNER, extended=True)
        given = [own[TEXT] for own in fields] if header["are_texts"] else fields
        found.vectors_ = tensors.get("vectors")
        stored = {name: tensors[name] for name in ("costs", "order") if name in tensors}
        _check_parts(found, len(examples.rows), stored)
        found._pending = []
        found._finish(replace(examples, given=given), _OWNER, stored)
        return found, kind

    def _complete(self: Any, kind: str, embedder: Any, owner: str) -> None:
        """Set the embedder that a file cannot hold; raise ParameterError if it is missing or superfluous."""
        if (kind == _GIVEN) != (embedder is not None):
            rule = (
                "be that of before, which the file cannot hold"
                if kind == _GIVEN
                else "be left out: the file has it"
            )
            raise TokenizerArgumentError("embedder", owner, rule, embedder)
        if embedder is not None:
            self.embedder = embedder
            self.embedder_ = self._fitted_embedder(self._examples)
            state = self._state
            plan = make_plan(self, state.examples, state.order)
            self._state = replace(state, plan=plan, embedder=self.embedder_)

    def _embedder_kind(self: Any) -> str:
        if self.embedder_ is None:
            return _NONE
        if not isinstance(self.embedder_, EmbeddingVectorizer) or self.embedder_._tokenizer_record is None:
            return _GIVEN
        if isinstance(self.embedder, KeyedVectors):
            return _VECTORS
        return _UNFITTED if is_refitted(self.embedder) else _FITTED


def _check_parts(selector: Any, n: int, stored: Mapping[str, np.ndarray]) -> None:
    """Raise ValueError unless the arrays of a file match its n distinct examples and its parameters."""
    vectors, vectorizer = selector.vectors_, selector.embedder_
    expected = {"costs": selector.budget is not None, "order": selector.method == "votek"}
    fits = (vectors is not None) == (selector.method in NEEDS_VECTORS)
    if vectors is not None:
        fits &= vectors.dtype == np.float32 and vectors.ndim == 2 and len(vectors) == n and vectors.size > 0
        fits = fits and vectorizer is None or fits and vectorizer.pooling_.n_features == vectors.shape[1]
    for name, is_expected in expected.items():
        array = stored.get(name)
        fits &= (array is not None) == is_expected
        fits &= array is None or (array.dtype == np.int64 and array.shape == (n,))
    if not fits:
        raise ValueError("its parts do not fit together")
    if "costs" in stored and not 0 <= stored["costs"].min() <= selector.budget:
        raise ValueError("none of its examples fits its budget")
    if "order" in stored and sorted(stored["order"].tolist()) != list(range(n)):
        raise ValueError("its order is none of its examples")


def _record(fields: Mapping[str, Any], row: int) -> str:
    """Return the fields of an example as JSON."""
    for name, value in fields.items():
        if not isinstance(value, str | int | float | bool | None):
            raise ValueError(
                f"{_OWNER} cannot be saved: the field {name!r} of example {row} is a {type(value).__name__}. "
                "Turn it into text first."
            )
    return json.dumps(dict(fields), ensure_ascii=False)
