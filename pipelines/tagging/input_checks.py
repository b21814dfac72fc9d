"""Checks of a tagger's input: sentences, their tokens and tags, and validation data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np

from wordvec._utils.errors import ParameterError
from wordvec._utils.messages import counted, shown
from wordvec.schemes.prefixes import is_tag

from .features.extractor import Columns, FeatureExtractor
from .options import OWNER


def check_sentences(X: Any, name: str = "X", *, may_be_texts: bool = False) -> Sequence[Any]:
    """Return `X` if it is a sequence of sentences, or raise TypeError.

    Parameters
    ----------
    X : object
    name : str
        The name of the parameter, for messages.
    may_be_texts : bool
        Whether a sentence may be a str, whose characters are the tokens.
    """
    if not _is_sequence(X):
        raise ParameterError(name, OWNER, "be a list of sentences", X)
    if not set(map(type, X)) <= {list, tuple, Columns}:
        for s, sentence in enumerate(X):
            if isinstance(sentence, str) and may_be_texts:
                continue
            if isinstance(sentence, (str, Mapping)):
                raise TypeError(
                    f"Sentence {s} of {name} must be a list of tokens. Got {shown(sentence)} "
                    f"({type(sentence).__name__}) instead. Wrap a single sentence in a list of sentences: "
                    f"[{name}]."
                )
            if not _is_sequence(sentence):
                raise TypeError(
                    f"Sentence {s} of {name} must be a list of tokens. Got {shown(sentence)} "
                    f"({type(sentence).__name__}) instead."
                )
    return X


def _is_sequence(value: Any) -> bool:
    """Return whether a value can be a list of sentences or tokens; a str, dict or set cannot."""
    if isinstance(value, (str, bytes, Mapping)) or getattr(value, "shape", None) == ():
        return False
    return hasattr(value, "__len__") and hasattr(value, "__getitem__")


def is_for_characters(features: FeatureExtractor | None) -> bool:
    """Return whether an extractor works on characters, so that a sentence may be a str."""
    return features is not None and features.kind == "char"


def has_words(X: Sequence[Any], name: str = "X") -> bool | None:
    """Return whether tokens are words (str), not features; None if there is no token.

    Only the first token is checked; the readers of tokens raise errors for later ones of another type.

    Raises
    ------
    TypeError
        If it is neither.
    """
    for s, sentence in enumerate(X):
        if len(sentence):
            token = sentence[0]
            if not isinstance(token, (str, list, tuple, set, frozenset, dict)):
                raise TypeError(
                    f"Token 0 of sentence {s} of {name} must be a word (str), or a list or dict of features. "
                    f"Got {shown(token)} instead."
                )
            return isinstance(token, str)
    return None


def check_kind(takes_words: bool | None, is_trained_on_words: bool, name: str = "X") -> None:
    """Raise TypeError if tokens are words but were features in training, or vice versa."""
    if takes_words is None or takes_words == is_trained_on_words:
        return
    kinds = ("lists or dicts of features", "words (str)")
    hint = f" If {name} is one sentence, wrap it in a list: [{name}]." if takes_words else ""
    raise TypeError(
        f"The tokens of {name} must be {kinds[is_trained_on_words]}, as in training. "
        f"Got {kinds[takes_words]} instead.{hint}"
    )


def check_tags(X: Sequence[Any], y: Any, name: str = "y", sentences: str = "X") -> list[list[Any]]:
    """Return the tags as lists, one tag for each token. The tags themselves are not checked.

    Raises
    ------
    TypeError, ValueError
        If the numbers of sentences or their lengths differ; the message names the sentence.
    """
    if not _is_sequence(y):
        raise ParameterError(name, OWNER, "be a list with the tags of each sentence", y)
    if len(y) != len(X):
        fix = f"It has {counted(len(y), 'list')} for {counted(len(X), 'sentence')}."
        raise ParameterError(name, OWNER, "have one list of tags for each sentence", y, fix)
    checked = []
    for s, (tokens, tags) in enumerate(zip(X, y)):
        if not _is_sequence(tags):
            hint = " Split it first." if isinstance(tags, str) else ""
            raise TypeError(
                f"{name}[{s}] must be a list of tags. Got {shown(tags)} ({type(tags).__name__}) instead.{hint}"
            )
        if len(tags) != len(tokens):
            raise ValueError(
                f"Sentence {s} of {sentences} has {counted(len(tokens), 'token')} and {name}[{s}] has "
                f"{counted(len(tags), 'tag')}. Give each token one tag."
            )
        checked.append(list(tags))
    return checked


def check_labels(tags: Sequence[Sequence[Any]], name: str = "y") -> list[str]:
    """Return the distinct tags in sorted order, or raise TypeError or ValueError for an invalid one."""
    if all(issubclass(kind, str) for kind in set(map(type, chain.from_iterable(tags)))):
        labels = set(chain.from_iterable(tags))
        if all(map(_is_label, labels)):
            return sorted(map(str, labels))
    places = ((s, t, tag) for s, sentence in enumerate(tags) for t, tag in enumerate(sentence))
    s, t, tag = next(place for place in places if not _is_label(place[2]))
    if not isinstance(tag, str):
        raise TypeError(f"Tag {t} of sentence {s} of {name} must be a str. Got {shown(tag)} instead.")
    raise ValueError(
        f"Tag {t} of sentence {s} of {name} must be a str that is not empty and does not end in a NUL. "
        f"Got {tag!r} instead."
    )


def _is_label(tag: Any) -> bool:
    # NumPy's strings lose NULs at their end, so that two tags would become one.
    return isinstance(tag, str) and tag != "" and not tag.endswith("\0")


def check_spans(tags: Sequence[Sequence[str]], name: str) -> None:
    """Raise ValueError for the first tag that does not belong to any scheme."""
    bad = {tag for sentence in tags for tag in sentence if not is_tag(tag)}
    for s, sentence in enumerate(tags if bad else ()):
        for t, tag in enumerate(sentence):
            if tag in bad:
                raise ValueError(
                    f"Tag {t} of sentence {s} of {name} must encode a span, as the tags in training do: "
                    f'"B-PER" or "O", for example. Got {tag!r} instead.'
                )


def encode_tags(tags: Sequence[Sequence[Any]], label_ids: dict[str, int]) -> np.ndarray:
    """Return the concatenated ids of all tags, int32 (T,); -1 for None."""
    ids = []
    for s, sentence in enumerate(tags):
        for t, tag in enumerate(sentence):
            if tag is not None and (not isinstance(tag, str) or tag not in label_ids):
                raise ValueError(
                    f"The tag {shown(tag)} of token {t} of sentence {s} was not in the training data. "
                    f"Known tags: {', '.join(label_ids)}."
                )
            ids.append(-1 if tag is None else label_ids[tag])
    return np.array(ids, np.int32)


def check_validation(
    X_val: Any, y_val: Any, patience: int | None, *, may_be_texts: bool, has_spans: bool
) -> list[list[str]] | None:
    """Return the tags of the validation data, or None without such data.

    Parameters
    ----------
    X_val, y_val : object
        The arguments of `fit`.
    patience : int or None
        The tagger's parameter, which needs validation data.
    may_be_texts : bool
        Whether a sentence may be a str, whose characters are the tokens.
    has_spans : bool
        Whether the tags encode spans.

    Raises
    ------
    ParameterError
        If `patience` is set without validation data.
    TypeError, ValueError
        If only one of the two was passed, or they are not sentences with their tags.
    """
    if X_val is None and y_val is None:
        if patience is not None:
            raise ParameterError(
                "patience",
                OWNER,
                "be None without validation data",
                patience,
                "Pass X_val and y_val to fit, or leave patience out.",
            )
        return None
    if X_val is None or y_val is None:
        missing, given = ("X_val", "y_val") if X_val is None else ("y_val", "X_val")
        raise ValueError(f"{OWNER}.fit got {given} without {missing}. Pass both, or neither of them.")
    X_val = check_sentences(X_val, "X_val", may_be_texts=may_be_texts)
    tags = check_tags(X_val, y_val, "y_val", "X_val")
    if not check_labels(tags, "y_val"):
        fix = "Pass sentences with tokens, or leave X_val and y_val out."
        raise ParameterError("X_val", f"{OWNER}.fit", "have tokens", X_val, fix)
    if has_spans:
        check_spans(tags, "y_val")
    return tags
