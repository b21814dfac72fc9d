"""`EDA`: easy data augmentation, edited copies of training texts."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence, Set
from random import Random
from typing import Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator

from wordvec._io.kinds import AUGMENTER
from wordvec._utils.errors import ParameterError
from wordvec._utils.messages import counted
from wordvec._utils.parameters import Instance, Integer, Real, Rule, Seed, check_parameters, restored
from wordvec._utils.validation import check_int
from wordvec.text.encoded_texts import encode_all
from wordvec.text.language import detect_language
from wordvec.text.lists import check_texts
from wordvec.text.tokenized_texts import TokenizedTexts
from wordvec.text.tokenizers import TOKENIZER_RULE, TextTokenizer, Tokenizer, choose_tokenizer
from wordvec.vectors.estimator_files import (
    pack_vectors,
    plain_parameters,
    read_estimator,
    stored_tokenizer,
    unpack_vectors,
    write_estimator,
)
from wordvec.vectors.keyed_vectors import KeyedVectors

from .stop_word_lists import StopWords, choose_stop_words, is_content_word
from .text_edits import (
    Edit,
    EditableText,
    Synonyms,
    delete_words,
    insert_words,
    replace_words,
    swap_words,
)

__all__ = ["EDA"]

_OWNER = "EDA"
_EDITS: dict[str, Edit] = {
    "replace": replace_words,
    "insert": insert_words,
    "swap": swap_words,
    "delete": delete_words,
}
_NEED_SYNONYMS = ("replace", "insert")


class EDA(BaseEstimator):
    """Easy data augmentation: copies of texts with words replaced by synonyms, inserted, swapped or deleted.

    See [1]_. Each copy gets one kind of edit; successive copies of a text cycle through all kinds whose rate is not 0,
    starting from a random one. Synonyms are not taken from WordNet but are the nearest neighbours of a word among word
    vectors, and so available in every language. Antonyms are such neighbours, too.

    By default, words are inserted and nothing else is done. On 500 texts from each of four training sets this gained a
    quarter to half a point of accuracy, 0.1 to 0.2 more than plain duplicates of the texts; the other kinds gained
    nothing over duplicates. With 2,000 texts or more nothing helped a linear classifier, and with many thousands
    nothing helped at all (tests/benchmarks/bench_augmentation.py).

    Every random draw is a function of the seed, the text's index in the list, and the number of the copy.

    Parameters
    ----------
    synonyms : KeyedVectors, mapping of str to list of str, or None
        The source of synonyms. A word that is missing there is looked up in lower case, and its synonyms then get its
        capitalisation. Required for replacing and inserting.
    replace_rate, insert_rate, swap_rate : float in [0, 1]
        How many words are replaced, inserted or swapped, as a share of a text's words, but at least one; 0 disables the
        kind of edit.
    delete_rate : float in [0, 1]
        The probability that a word is deleted; 0 disables deletion.
    n_neighbors : int
        Maximum number of nearest neighbours of a word that are used as its synonyms.
    min_similarity : float
        Minimum cosine of neighbours that count as synonyms.
    restrict_vocab : int or None
        Search for synonyms only among this many most frequent words.
    stop_words : "auto", collection of str in lower case, or None
        Words that are never replaced and never used as synonyms. "auto" uses spaCy's lists for English or Chinese.
    tokenizer : {"auto", "whitespace", "word", "ptb", "ud", "zh", "chars"} or callable
        How raw texts are split, see `wordvec.text.resolve_tokenizer`. Text between the tokens is kept, so copies of raw
        texts are raw texts. Copies of lists of tokens are lists of tokens.
    random_state : int, RandomState or None

    Examples
    --------
    >>> synonyms = {"good": ["fine"], "film": ["movie"]}
    >>> eda = EDA(synonyms, replace_rate=1.0, insert_rate=0.0, stop_words=None)
    >>> eda.augment(["A good film!"], ["pos"], n_copies=1)
    (['A good film!', 'A fine movie!'], ['pos', 'pos'])

    References
    ----------
    .. [1] Wei and Zou (2019), "EDA: Easy data augmentation techniques for boosting performance on text
           classification tasks", arXiv:1901.11196.
    """

    _parameter_rules: ClassVar[dict[str, Rule]] = {
        "synonyms": Instance(KeyedVectors, "Pass the wv_ of a fitted model.") | Instance(Mapping) | None,
        "replace_rate": Real(0.0, 1.0),
        "insert_rate": Real(0.0, 1.0),
        "swap_rate": Real(0.0, 1.0),
        "delete_rate": Real(0.0, 1.0),
        "n_neighbors": Integer(1),
        "min_similarity": Real(-1.0, 1.0),
        "restrict_vocab": Integer(1) | None,
        "stop_words": StopWords(),
        "tokenizer": TOKENIZER_RULE,
        "random_state": Seed(),
    }

    def __init__(
        self,
        synonyms: Any = None,
        *,
        replace_rate: float = 0.0,
        insert_rate: float = 0.1,
        swap_rate: float = 0.0,
        delete_rate: float = 0.0,
        n_neighbors: int = 10,
        min_similarity: float = 0.5,
        restrict_vocab: int | None = 50_000,
        stop_words: Any = "auto",
        tokenizer: str | Tokenizer = "auto",
        random_state: Any = 1,
    ) -> None:
        self.synonyms = synonyms
        self.replace_rate = replace_rate
        self.insert_rate = insert_rate
        self.swap_rate = swap_rate
        self.delete_rate = delete_rate
        self.n_neighbors = n_neighbors
        self.min_similarity = min_similarity
        self.restrict_vocab = restrict_vocab
        self.stop_words = stop_words
        self.tokenizer = tokenizer
        self.random_state = random_state

    def augment(self, texts: Any, labels: Any = None, *, n_copies: int = 4) -> tuple[list[Any], Any]:
        """Return the texts followed by edited copies, and the corresponding labels.

        The first copies of all texts come first, then the second copies, and so on. A text in which nothing can be
        edited, such as a single word, is copied unchanged.

        Parameters
        ----------
        texts : list of str, or of lists of str
        labels : list or array, one entry per text, optional
        n_copies : int
            Copies of each text; 0 for none.

        Returns
        -------
        texts : list, (1 + n_copies) times as long
        labels : list, or array if an array was given; None if there were none

        Raises
        ------
        TypeError
            If a parameter or a text has the wrong type; the message names it.
        ValueError
            If a parameter is out of range, or the numbers of labels and texts differ.
        ImportError
            If stop words or the tokenizer need a library that is missing.
        """
        parameters = check_parameters(self)
        rates = self._rates(parameters)
        n_copies = check_int("n_copies", n_copies, f"{_OWNER}.augment", 0)
        owner = f"{_OWNER}.augment"
        rows = check_texts(texts, owner, "texts")
        repeated = _repeated_labels(labels, len(rows), 1 + n_copies, owner)
        tokenize = choose_tokenizer(self.tokenizer, False, rows, _OWNER)
        encoded, words = encode_all(rows, tokenize, owner)
        editable = [_editable(*pair) for pair in zip(rows, TokenizedTexts(encoded, words))]
        synonyms = self._find_synonyms(parameters, words, rows) if rates.keys() & set(_NEED_SYNONYMS) else {}
        copies = [
            _edited(source, rates, synonyms, parameters.random_state, row, copy)
            for copy in range(n_copies)
            for row, source in enumerate(editable)
        ]
        raw = [
            str(copy) if isinstance(rows[k % len(rows)], str) else copy.tokens
            for k, copy in enumerate(copies)
        ]
        return [*rows, *raw], repeated

    def find_synonyms(self, texts: Any) -> dict[str, list[str]]:
        """Return the synonyms of each word of the texts that has any.

        Use it to inspect and correct replacements: the result may be passed as `synonyms`.

        Parameters
        ----------
        texts : list of str, or of lists of str

        Raises
        ------
        TypeError, ValueError, ImportError
            As `augment`.
        """
        owner = f"{_OWNER}.find_synonyms"
        # Without the seed: nothing is drawn.
        parameters = check_parameters(
            self, *(name for name in self._parameter_rules if name != "random_state")
        )
        if parameters.synonyms is None:
            raise ParameterError(
                "synonyms", _OWNER, "be KeyedVectors, or a mapping of words to lists of words", None
            )
        rows = check_texts(texts, owner, "texts")
        tokenize = choose_tokenizer(self.tokenizer, False, rows, _OWNER)
        _, words = encode_all(rows, tokenize, owner)
        return self._find_synonyms(parameters, words, rows)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write parameters and synonyms to one safetensors file; a callable tokenizer is not saved.

        Raises
        ------
        ValueError
            If a parameter cannot be written, for example a RandomState.
        OSError
            If the file cannot be written.
        """
        check_parameters(self, *(name for name in self._parameter_rules if name != "random_state"))
        header = plain_parameters(self, "synonyms")
        if isinstance(self.tokenizer, TextTokenizer):
            header["tokenizer"] = self.tokenizer.to_dict()
        is_table = isinstance(self.synonyms, KeyedVectors)
        header["synonyms"] = None if is_table or self.synonyms is None else dict(self.synonyms)
        write_estimator(path, AUGMENTER, _OWNER, header, pack_vectors(self.synonyms) if is_table else {})

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, tokenizer: Any = None) -> EDA:
        """Read an augmenter that `save` wrote; it makes the same copies.

        Parameters
        ----------
        path : path
        tokenizer : callable, optional
            The original tokenizer, if it was a callable, which a file cannot hold.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If it is not a complete file of an augmenter, or a newer version wrote it, or its tokenizer is missing.
        """
        with read_estimator(path, AUGMENTER, _OWNER) as (header, tensors):
            header["tokenizer"] = stored_tokenizer(header["tokenizer"], tokenizer, _OWNER)
            if "vectors" in tensors:
                header["synonyms"] = unpack_vectors(tensors)
            return restored(cls, header)

    def _rates(self, parameters: Any) -> dict[str, float]:
        """Return the rates of the enabled kinds of edits."""
        rates = {name: getattr(parameters, f"{name}_rate") for name in _EDITS}
        wanted = {name: rate for name, rate in rates.items() if rate}
        if not wanted:
            raise ValueError(f"All rates of {_OWNER} are 0, so no copy would differ. Set one of them to 0.1.")
        needs = [f"{name}_rate" for name in _NEED_SYNONYMS if name in wanted]
        if parameters.synonyms is None and needs:
            raise ParameterError(
                "synonyms",
                _OWNER,
                f"not be None if {' or '.join(needs)} is above 0",
                None,
                "Pass KeyedVectors, or set these to 0.",
            )
        return wanted

    def _find_synonyms(self, parameters: Any, words: list[str], texts: Sequence[Any]) -> dict[str, list[str]]:
        """Return the synonyms of each word that has any and is not a stop word."""
        stops = choose_stop_words(parameters.stop_words, texts)
        keys = {word: key for word in words if (key := _key_of(word, parameters.synonyms, stops)) is not None}
        thesaurus = _neighbors(parameters, sorted(set(keys.values())), stops)
        return {
            word: [_in_case_of(word, other) if word != key else other for other in thesaurus[key]]
            for word, key in keys.items()
            if thesaurus[key]
        }


def _neighbors(parameters: Any, keys: list[str], stops: Collection[str]) -> dict[str, list[str]]:
    synonyms = parameters.synonyms
    if not isinstance(synonyms, KeyedVectors):
        return {key: _checked_synonyms(key, synonyms[key]) for key in keys}
    found = synonyms.most_similar_batch(
        keys, topn=parameters.n_neighbors, restrict_vocab=parameters.restrict_vocab
    )
    return {
        key: [
            other
            for other, similarity in neighbors
            if similarity >= parameters.min_similarity
            and is_content_word(other, stops)
            and other.lower() != key.lower()
        ]
        for key, neighbors in zip(keys, found)
    }


def _checked_synonyms(word: str, synonyms: Any) -> list[str]:
    if not isinstance(synonyms, (list, tuple)) or not all(isinstance(other, str) for other in synonyms):
        raise ParameterError(f"synonyms[{word!r}]", _OWNER, "be a list of words", synonyms)
    return list(synonyms)


def _repeated_labels(labels: Any, n_texts: int, times: int, owner: str) -> Any:
    if labels is None:
        return None
    if isinstance(labels, (str, bytes, Mapping, Set)) or not hasattr(labels, "__iter__"):
        raise TypeError(
            f"The labels of {owner} must be a list with one entry for each text. "
            f"Got {type(labels).__name__} instead."
        )
    listed = labels if hasattr(labels, "__len__") else list(labels)
    if len(listed) != n_texts:
        raise ValueError(
            f"{owner} needs one label for each text. "
            f"Got {counted(n_texts, 'text')} and {counted(len(listed), 'label')}."
        )
    if isinstance(listed, (list, tuple)):
        return list(listed) * times
    return np.concatenate([np.asarray(listed)] * times)


def _editable(text: Any, tokens: list[str]) -> EditableText:
    if not isinstance(text, str):
        return EditableText([("", token) for token in tokens])
    return EditableText.cut(text, tokens, "" if detect_language(text) == "zh" else " ")


def _edited(
    source: EditableText, rates: dict[str, float], synonyms: Synonyms, seed: int, row: int, copy: int
) -> EditableText:
    """Return a copy with one kind of edit: the kind drawn for the text, for later copies the following kinds."""
    kinds = list(rates)
    first = int(Random((seed << 128) | row).random() * len(kinds))
    kind = kinds[(first + copy) % len(kinds)]
    edited = source.copy()
    _EDITS[kind](edited, rates[kind], synonyms, Random((seed << 128) | ((copy + 1) << 64) | row))
    return edited


def _key_of(word: str, thesaurus: KeyedVectors | Mapping[str, Any], stops: Collection[str]) -> str | None:
    """Return the spelling of a word in the thesaurus; None for stop words, numbers and unknown words."""
    if not is_content_word(word, stops):
        return None  # neighbours of a number mean another number
    return next((key for key in (word, word.lower()) if key in thesaurus), None)


def _in_case_of(word: str, other: str) -> str:
    """Return `other` in the case of `word`: all capitals, an initial capital, or unchanged."""
    if len(word) > 1 and word.isupper():
        return other.upper()
    return other[:1].upper() + other[1:] if word[:1].isupper() else other
