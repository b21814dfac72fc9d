"""What the tagger is given, checked and encoded: sentences, tags, vectors of words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np

from wordvec._utils.messages import counted, shown
from wordvec._utils.threads import Workers
from wordvec.vectors.keyed_vectors import KeyedVectors

from ..schemes.schemes import is_tag, validate_tags
from .features.encoding import AttributeIndex, EncodedSentences, encode_features, number_words
from .features.token_features import Columns, TokenFeatures
from .learning.objective import DenseTable

OWNER = "CRFTagger"
CHANGED_VECTORS = "the vectors were changed after fit"
_ROWS = 4096


def check_sentences(X: Any, name: str = "X", *, may_be_texts: bool = False) -> Sequence[Any]:
    """Return `X` if it is a sequence of sentences, or raise TypeError.

    Parameters
    ----------
    X : what was given
    name : str
        The parameter; for messages.
    may_be_texts : bool
        Whether a sentence may be a str, of characters.
    """
    if not _is_sequence(X):
        raise TypeError(
            f"The {name} parameter of {OWNER} must be a list of sentences. Got {shown(X)} "
            f"({type(X).__name__}) instead."
        )
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


def is_for_characters(features: TokenFeatures | None) -> bool:
    """Return whether an extractor takes texts of characters, so that a sentence may be a str."""
    return features is not None and features.kind == "char"


def has_words(X: Sequence[Any], name: str = "X") -> bool | None:
    """Return whether tokens are words (str), not features; None without any token.

    Only the first token is looked at: what reads them complains about others of another kind.

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
    """Raise TypeError if tokens are words where they were features in training, or the other way round."""
    if takes_words is None or takes_words == is_trained_on_words:
        return
    kinds = ("lists or dicts of features", "words (str)")
    hint = f" If {name} is one sentence, wrap it in a list: [{name}]." if takes_words else ""
    raise TypeError(
        f"The tokens of {name} must be {kinds[is_trained_on_words]}, as in training. "
        f"Got {kinds[takes_words]} instead.{hint}"
    )


def check_tags(X: Sequence[Any], y: Any, name: str = "y", sentences: str = "X") -> list[list[Any]]:
    """Return the tags as lists, one tag for each token. What a tag is, is not looked at.

    Raises
    ------
    TypeError, ValueError
        If numbers or lengths differ; the message names the sentence.
    """
    if not _is_sequence(y):
        raise TypeError(
            f"The {name} parameter of {OWNER} must be a list with the tags of each sentence. "
            f"Got {shown(y)} instead."
        )
    if len(y) != len(X):
        raise ValueError(
            f"The {name} parameter of {OWNER} must have one list of tags for each sentence. "
            f"Got {counted(len(y), 'list')} for {counted(len(X), 'sentence')}."
        )
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
    """Return the different tags in sorted order, or raise TypeError or ValueError for one that is no tag."""
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
    """Raise ValueError for the first tag that is not one of any scheme."""
    bad = {tag for sentence in tags for tag in sentence if not is_tag(tag)}
    for s, sentence in enumerate(tags if bad else ()):
        for t, tag in enumerate(sentence):
            if tag in bad:
                raise ValueError(
                    f"Tag {t} of sentence {s} of {name} must spell a span, as the tags in training do: "
                    f'"B-PER" or "O", for example. Got {tag!r} instead.'
                )


def check_scheme(tags: Sequence[Sequence[str]], scheme: str) -> None:
    """Raise ValueError unless the tags are legal in a scheme; the message names the first that is not."""
    try:
        validate_tags(tags, scheme, name="y")
    except ValueError as error:
        reason = str(error).removesuffix(" Correct the tags.").rstrip(".")
        raise ValueError(
            f"The scheme parameter of {OWNER} is {scheme!r}, which does not fit the tags: {reason}. Convert them "
            'with convert_tags, or set scheme to "auto", or to None for tags that spell no spans.'
        ) from error


def encode_tags(tags: Sequence[Sequence[Any]], label_ids: dict[str, int]) -> np.ndarray:
    """Return the ids of all tags in a row, int32 (T,); -1 for None."""
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


def check_vectors(vectors: Any) -> list[KeyedVectors]:
    """Return the tables of vectors as a list, or raise TypeError."""
    tables = [] if vectors is None else [vectors] if isinstance(vectors, KeyedVectors) else vectors
    if not isinstance(tables, (list, tuple)) or not all(isinstance(table, KeyedVectors) for table in tables):
        raise TypeError(
            f"The vectors parameter of {OWNER} must be KeyedVectors, or a list of them. "
            f"Got {shown(vectors)} instead. KeyedVectors.load reads a file."
        )
    return list(tables)


def check_dense(dense_OEL: np.ndarray, tables: list[KeyedVectors], window: int, problem: str) -> None:
    """Raise ValueError unless the weights of vectors are those of these tables."""
    n_offsets, size, _ = dense_OEL.shape
    expected = sum(table.vector_size for table in tables)
    if size != expected or (size and n_offsets != 2 * window + 1):
        raise ValueError(
            f"A tagger whose weights are for {size} floats at {n_offsets} places cannot have vectors of {expected} "
            f"floats and vector_window={window}: {problem}."
        )


def look_up(X: Sequence[Any], tables: list[KeyedVectors], window: int) -> tuple[np.ndarray, DenseTable]:
    """Return each token's row of a table of vectors, and that table with one row for each word type.

    A word that a table does not have is looked up in lower case; what it does not have then, is zeros.

    Returns
    -------
    dense_ids : int32 (T,); -1 for words that no table has
    table : DenseTable
    """
    words = number_words(X)
    found = np.array([[_row(table, word) for word in words.types] for table in tables], np.int64)
    found = found.reshape(len(tables), len(words.types))
    if len(tables) == 1 and (whole := _usable_whole(tables[0], found[0])) is not None:
        return found[0].astype(np.int32)[words.type_ids], DenseTable(whole, window)
    is_known = (found >= 0).any(axis=0)
    rows = np.where(is_known, np.cumsum(is_known) - 1, -1).astype(np.int32)
    sizes = np.cumsum([0, *(table.vector_size for table in tables)])
    vectors = np.zeros((int(is_known.sum()), int(sizes[-1])), np.float32)
    for table, ids, begin, end in zip(tables, found[:, is_known], sizes, sizes[1:]):
        has = np.flatnonzero(ids >= 0)
        for low in range(0, len(has), _ROWS):  # in parts: what is gathered at once is a copy
            part = has[low : low + _ROWS]
            vectors[part, begin:end] = np.asarray(table.vectors)[ids[part]]
    with np.errstate(over="ignore"):  # what is too large to be summed is too large for a score
        finite = np.isfinite(vectors.sum(axis=1))
    if not finite.all():
        word = np.array(words.types, object)[is_known][int(np.argmin(finite))]
        raise ValueError(
            f"The vectors parameter of {OWNER} has NaN, infinite or too large numbers for the word {word!r}. "
            "Train the vectors again, or leave that word out."
        )
    return rows[words.type_ids], DenseTable(vectors, window)


def _usable_whole(table: KeyedVectors, rows: np.ndarray) -> np.ndarray | None:
    """Return all vectors of a table if most are needed, so that there is no copy of them; else None."""
    vectors = np.asarray(table.vectors)
    is_as_kernels_read = vectors.dtype == np.float32 and vectors.flags.c_contiguous and vectors.flags.aligned
    if not is_as_kernels_read or 2 * len(np.unique(rows[rows >= 0])) < len(vectors):
        return None
    # What is not finite may be in rows that no word needs; the copy leaves those out.
    with np.errstate(over="ignore"):
        return vectors if np.isfinite(vectors.sum(axis=1)).all() else None


def _row(table: KeyedVectors, word: str) -> int:
    row = table.key_to_index.get(word, -1)
    return row if row >= 0 else table.key_to_index.get(word.lower(), -1)


def encode_sentences(
    X: Sequence[Any],
    features: Any,
    index: AttributeIndex,
    *,
    grow: bool,
    min_freq: int,
    workers: Workers | None = None,
) -> EncodedSentences:
    """Encode sentences of words with a fitted extractor, or sentences of features (`features` is None)."""
    if features is None:
        return encode_features(X, index, grow=grow, workers=workers)
    return features.encode(X, index, grow=grow, min_freq=min_freq)
