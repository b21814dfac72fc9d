"""`InContextClassifier`: few-shot classification with a causal language model, as a scikit-learn estimator."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils.validation import check_is_fitted

from wordvec._io.kinds import IN_CONTEXT
from wordvec._utils.errors import AdvisedError, ParameterError
from wordvec._utils.messages import counted, shown
from wordvec._utils.parameters import Having, Instance, Integer, Rule, check_parameters, restored
from wordvec._utils.validation import check_int
from wordvec.vectors.estimator_files import (
    TokenizerArgumentError,
    plain_parameters,
    read_estimator,
    write_estimator,
)

from .calibration import calibrated, checked_scores, mean_log_probabilities
from .examples import query_fields, read_examples
from .rules import ContentFree, Verbalizers
from .selector import DemonstrationSelector
from .templates import TEMPLATE_RULE, PromptTemplate, as_template

__all__ = ["CONTENT_FREE", "InContextClassifier"]

_OWNER = "InContextClassifier"
# Of Zhao et al. (2021), section 5.
CONTENT_FREE = ("N/A", "[MASK]", "")


class InContextClassifier(ClassifierMixin, BaseEstimator):
    r"""Classify texts by the label that a causal language model finds most probable after examples and the text.

    Each label is scored by the log-likelihood of its words after the prompt. Models prefer some labels regardless of
    the text; contextual calibration [1]_ divides by the labels' probabilities for content-free inputs after the same
    examples. Nothing is trained.

    Parameters
    ----------
    generator : object with log_likelihoods(prompts, continuations)
        `DecoderGenerator`, or any object whose method returns an array for each prompt, with the summed log-probability
        of the tokens of each continuation.
    selector : DemonstrationSelector, optional
        Chooses the examples in the prompt; without it there are none (zero-shot).
    template : PromptTemplate or str, optional
        By default the selector's template.
    verbalizers : dict of label to str, optional
        The words for the labels; by default those of the template.
    content_free : tuple of str, or None
        The inputs for calibration; None for no calibration.
    batch_size : int
        Number of texts whose prompts are scored at a time.

    Attributes
    ----------
    classes_ : array
        The labels.
    selector_ : DemonstrationSelector or None
        The fitted selector.
    template_ : PromptTemplate

    Examples
    --------
    A function that counts words serves as the language model here.

    >>> import numpy as np
    >>> class Counter:
    ...     def log_likelihoods(self, prompts, continuations):
    ...         return [np.array([float(prompt.count(text)) for text in continuations]) for prompt in prompts]
    >>> selector = DemonstrationSelector("bm25", k=2)
    >>> model = InContextClassifier(Counter(), selector, content_free=None)
    >>> texts = ["a warm film", "a funny film", "a dull book", "a long book"]
    >>> model.fit(texts, ["good", "good", "bad", "bad"]).predict(["what a film", "what a book"]).tolist()
    ['good', 'bad']

    References
    ----------
    .. [1] Zhao, Wallace, Feng, Klein and Singh (2021), "Calibrate before use: Improving few-shot performance of
           language models", ICML, arXiv:2102.09690
    """

    _parameter_rules: ClassVar[dict[str, Rule]] = {
        "generator": Having("log_likelihoods"),
        "selector": Instance(DemonstrationSelector) | None,
        "template": TEMPLATE_RULE | None,
        "verbalizers": Verbalizers() | None,
        "content_free": ContentFree() | None,
        "batch_size": Integer(1),
    }

    def __init__(
        self,
        generator: Any,
        selector: DemonstrationSelector | None = None,
        *,
        template: PromptTemplate | str | None = None,
        verbalizers: Any = None,
        content_free: Sequence[str] | None = CONTENT_FREE,
        batch_size: int = 64,
    ) -> None:
        self.generator = generator
        self.selector = selector
        self.template = template
        self.verbalizers = verbalizers
        self.content_free = content_free
        self.batch_size = batch_size

    def fit(self, X: Any, y: Any = None) -> InContextClassifier:
        """Store the examples and learn the set of labels.

        Parameters
        ----------
        X : list of str or of mappings of fields, or DataFrame with a column for each field
        y : list, optional
            Labels; by default the examples' answer fields.

        Raises
        ------
        TypeError
            If a parameter, a text or a label has the wrong type; the message names it.
        ValueError
            If there are no examples or labels, fewer than two distinct labels, or no words for a label.
        """
        owner = f"{_OWNER}.fit"
        parameters = check_parameters(self)
        selector = None if self.selector is None else clone(self.selector)
        template = (
            parameters.template if selector is None or parameters.template is not None else selector.template
        )
        if parameters.verbalizers is not None:
            template = replace(as_template(template), verbalizers=parameters.verbalizers)
        if selector is not None:
            selector.set_params(template=template).fit(X, y)
            labels, self.template_ = selector.labels_, selector.template_
            n_different = len(selector._examples.rows)
            if selector.k > n_different:
                rule = f"be at most {n_different}, the number of examples with different texts"
                raise ParameterError("k", "DemonstrationSelector", rule, selector.k)
        else:
            found = read_examples(X, y, template, owner)
            labels, self.template_ = found.labels, found.template
        self.selector_ = selector
        self.classes_ = _classes(labels, owner)
        self._check_words(owner)
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probability of each of `classes_` for each text, float64 (n_texts, n_classes).

        Parameters
        ----------
        X : list of str or of mappings of fields, or DataFrame

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        TypeError, ValueError
            If a text has the wrong type or lacks a field, or the generator raises it, for example for a prompt that is
            too long.
        """
        check_is_fitted(self)
        owner = f"{_OWNER}.predict_proba"
        asked = query_fields(X, self.template_, owner)
        examples = self._examples_for(asked, owner)
        n_block = check_int("batch_size", self.batch_size, _OWNER, 1)
        biases: dict[tuple[int, ...], np.ndarray] = {}
        parts = [np.empty((0, len(self.classes_)))]
        alike = ~np.eye(len(self.classes_), dtype=bool)  # pairs of labels that no prompt distinguished
        for first in range(0, len(asked), n_block):
            block = slice(first, first + n_block)
            rows = list(map(tuple, examples[block]))
            scores = self._scores([self._prompt(some, query) for some, query in zip(rows, asked[block])])
            alike &= (scores[:, :, None] == scores[:, None, :]).all(axis=0)
            if self.content_free is not None:
                self._learn_biases(rows, biases)
            parts.append(
                calibrated(scores, None if self.content_free is None else [biases[some] for some in rows])
            )
        if asked and alike.any():
            one, other = (self.classes_.tolist()[place] for place in np.argwhere(alike)[0])
            warnings.warn(
                f"The labels {one!r} and {other!r} of {owner} have the same likelihood after each prompt. Does the "
                "vocabulary of the model hold their words?",
                stacklevel=2,
            )
        return np.concatenate(parts)

    def predict(self, X: Any) -> np.ndarray:
        """Return the most probable label of each text, as an array; parameters are those of `predict_proba`."""
        best = self.predict_proba(X).argmax(axis=1)
        labels: np.ndarray = self.classes_[best]
        return labels

    def prompts(self, X: Any) -> list[str]:
        """Return the prompt of each text, as it is scored; parameters are those of `predict_proba`."""
        check_is_fitted(self)
        owner = f"{_OWNER}.prompts"
        asked = query_fields(X, self.template_, owner)
        return [self._prompt(rows, query) for rows, query in zip(self._examples_for(asked, owner), asked)]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the classifier and its examples to one safetensors file, without pickle and without the generator.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If a label or a field of an example is not text, number or bool.
        OSError
            If the file cannot be written.
        """
        check_is_fitted(self)
        words = (
            None if self.verbalizers is None else [[label, text] for label, text in self.verbalizers.items()]
        )
        header = {
            "parameters": plain_parameters(self, "generator", "selector", "template", "verbalizers"),
            "template": self.template_.to_dict(),
            "has_template": self.template is not None,
            "verbalizers": words,
            "classes": self.classes_.tolist(),
        }
        tensors: dict[str, np.ndarray] = {}
        if self.selector_ is not None:
            self.selector_._add_pending()
            header["selector"], tensors = self.selector_.to_stored()
        write_estimator(path, IN_CONTEXT, _OWNER, header, tensors)

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, generator: Any, embedder: Any = None) -> Self:
        """Read a classifier that `save` wrote; with the same generator, predictions are the same.

        Parameters
        ----------
        path : path
        generator : object with log_likelihoods(prompts, continuations)
        embedder : object, optional
            The selector's embedder, if the file cannot hold it.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If it is not a complete file of a classifier, a newer version wrote it, or its embedder is missing.
        """
        Having("log_likelihoods").check("generator", generator, f"{_OWNER}.load")
        with read_estimator(path, IN_CONTEXT, _OWNER) as (header, tensors):
            template = PromptTemplate.from_dict(header["template"])
            parameters = header["parameters"] | {
                "generator": generator,
                "template": template if header["has_template"] else None,
                "verbalizers": None if header["verbalizers"] is None else dict(header["verbalizers"]),
            }
            free = parameters["content_free"]
            parameters["content_free"] = None if free is None else tuple(free)
            found = restored(cls, parameters)
            found.template_, found.classes_ = template, _classes(header["classes"], _OWNER)
            found.selector_, kind = None, "none"
            if "selector" in header:
                found.selector_, kind = DemonstrationSelector._from_stored(header["selector"], tensors)
                labels = set(found.selector_.labels_ or ())
                if found.selector_.template_ != template or labels != set(header["classes"]):
                    raise ValueError("its parts do not fit together")
            found._check_words(_OWNER)
        if found.selector_ is None and embedder is not None:
            rule = "be left out: there is no selector"
            raise TokenizerArgumentError("embedder", f"{_OWNER}.load", rule, embedder)
        if found.selector_ is not None:
            found.selector_._complete(kind, embedder, f"{_OWNER}.load")
            found.selector = clone(found.selector_)
        return found

    def __sklearn_clone__(self) -> InContextClassifier:
        # A plain clone would copy the language model.
        twin = type(self)(**self.get_params(deep=False))
        twin.selector = None if self.selector is None else clone(self.selector)
        return twin

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        return tags

    def _examples_for(self, asked: list[dict[str, Any]], owner: str) -> list[list[int]]:
        """Return the indices of the examples for each query, as many as fit into the model."""
        if self.selector_ is None:
            chosen: list[list[int]] = [[] for _ in asked]
        else:
            _, chosen = self.selector_._select(asked, None, None, owner)
        limit, count = (
            getattr(self.generator, "max_length", None),
            getattr(self.generator, "count_tokens", None),
        )
        if limit is None or count is None:
            return chosen
        label_room = max(count(self.template_.continuation(label)) for label in self.classes_.tolist())
        inputs = [] if self.content_free is None else [self._free(text) for text in self.content_free]
        for query in asked:
            prompt = self._prompt((), query)
            if (n_tokens := count(prompt) + label_room) > limit + 1:  # the last token is predicted, not read
                raise ValueError(
                    f"A query of {owner} has {n_tokens:,} tokens with its label, even without examples, and the model "
                    f"takes {limit:,}: {shown(prompt)}. Shorten it, or use a model of longer texts."
                )
        worst = -1 if self.selector_ is not None and self.selector_.order == "best_first" else 0
        n_cut = 0
        for rows, query in zip(chosen, asked):
            n_before = len(rows)
            while (
                rows
                and max(count(self._prompt(rows, each)) for each in (query, *inputs)) + label_room > limit
            ):
                del rows[worst]
            n_cut += len(rows) < n_before
        if n_cut:
            warnings.warn(
                f"{n_cut:,} of {counted(len(chosen), 'prompt')} of {owner} would be longer than the {limit} tokens of "
                "the model: the examples that were chosen last are left out of them.",
                stacklevel=3,
            )
        return chosen

    def _prompt(self, rows: Sequence[int], query: Any) -> str:
        examples = [] if self.selector_ is None else [self.selector_._examples.fields[row] for row in rows]
        return self.template_.prompt(examples, query)

    def _free(self, text: str) -> dict[str, str]:
        return dict.fromkeys(self.template_.query_fields, text)

    def _scores(self, prompts: list[str]) -> np.ndarray:
        words = [self.template_.continuation(label) for label in self.classes_.tolist()]
        found = self.generator.log_likelihoods(prompts, words)
        return checked_scores(found, len(prompts), len(words), _OWNER)

    def _learn_biases(
        self, rows: Sequence[tuple[int, ...]], biases: dict[tuple[int, ...], np.ndarray]
    ) -> None:
        """Add the content-free label probabilities for each list of examples not seen yet."""
        new = list(dict.fromkeys(some for some in rows if some not in biases))
        inputs = [self._free(text) for text in self.content_free or ()]
        if not new:
            return
        scores = self._scores([self._prompt(some, fields) for some in new for fields in inputs])
        for place, some in enumerate(new):
            biases[some] = mean_log_probabilities(scores[place * len(inputs) : (place + 1) * len(inputs)])

    def _check_words(self, owner: str) -> None:
        """Raise ValueError if two labels have the same words, or one has none."""
        label_of: dict[str, Any] = {}
        for label in self.classes_.tolist():
            words = self.template_.continuation(label)
            if not words.strip():
                raise ValueError(
                    f"The label {label!r} of {owner} is blank, so that no model can be asked for it."
                )
            if words in label_of:
                raise AdvisedError(
                    f"The labels {label_of[words]!r} and {label!r} of {owner} are written alike, {words!r}.",
                    "different {verbalizers}",
                )
            label_of[words] = label


def _classes(labels: Any, owner: str) -> np.ndarray:
    """Return the distinct labels in order."""
    if labels is None:
        raise ParameterError("y", owner, "be a list with a label for each example", None)
    try:
        different = sorted(set(labels))
    except TypeError:
        kinds = sorted({type(label).__name__ for label in labels})
        raise TypeError(f"The labels of {owner} must be of one kind. Got {' and '.join(kinds)}.") from None
    if len(different) < 2:
        raise ValueError(f"{owner} needs two different labels at least. Got {different[0]!r} alone.")
    return np.array(different)
