"""`Phrases`: an estimator that detects the phrases of a text and joins them in other texts."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

from wordvec._io.atomic import replace_when_whole
from wordvec._io.errors import DamagedFileError
from wordvec._io.json_files import json_header, seal_json, unpack_json
from wordvec._io.kinds import PHRASES, check_exists, unreadable_as
from wordvec._utils.errors import ParameterError
from wordvec._utils.fitted import check_fitted
from wordvec._utils.foreign_names import ForeignNames
from wordvec._utils.parameters import Boolean, Choice, Instance, Integer, Real, Threads, check_parameters
from wordvec._utils.progress import ReadingBar
from wordvec._utils.threads import n_threads_for
from wordvec._utils.validation import check_path
from wordvec.kernels.elementary import logs
from wordvec.kernels.text.tokenise import LINE_END
from wordvec.text.corpus import DEFAULT_MAX_MEMORY, MIN_MAX_MEMORY, LineCorpus, Words, collect_items
from wordvec.text.lists import check_corpus, sentence_error
from wordvec.text.phrases.counting import PairCounts, count_pairs
from wordvec.text.phrases.encoded_text import EncodedText
from wordvec.text.phrases.foreign_names import PHRASES_ATTRIBUTES, PHRASES_PARAMETERS
from wordvec.text.phrases.joiner import Parts, PhraseJoiner

#: Words that may stand within a phrase of a language, but neither begin nor end one.
CONNECTOR_WORDS: dict[str, frozenset[str]] = {
    "en": frozenset(
        ["a", "an", "and", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to", "with", "without"]
    ),
    "zh": frozenset("的之与和及或在于"),
}

_MAX_COUNT = 1 << 62  # of a pair, so that the arithmetic of int64 holds
_BATCH = 1 << 12  # sentences that are joined at a time
_DEFAULT_THRESHOLDS = {"default": 10.0, "npmi": 0.5}


class Phrases(ForeignNames, TransformerMixin, BaseEstimator):
    """Detects words that occur together more often than by chance, and joins them into one token.

    Two adjacent words are a phrase if their score is above `threshold`. The text is read once, whatever `n_passes` is.
    Its ids take 4 bytes per token, its pairs 8 bytes each while they are counted; both respect `max_memory`, beyond
    which ids go to a temporary file and pairs are counted group by group.

    Parameters
    ----------
    min_count : int
        Pairs that are rarer, or contain rarer words, are not phrases.
    threshold : float, optional
        The score that a phrase must exceed; by default 10 for "default" and 0.5 for "npmi".
    scoring : {"default", "npmi"}
        "default": (count(ab) - min_count) / (count(a) count(b)) x distinct words and pairs of the text (Mikolov et al.
        2013, eq. 6, times a constant, as in gensim). "npmi": normalised pointwise mutual information, from -1 to 1
        (Bouma 2009).
    connector_words : collection of str
        Words that may occur within a phrase, but neither begin nor end one, as in "bank of america"; they are not
        counted as words. `CONNECTOR_WORDS` has lists for "en" and "zh".
    delimiter : str
        The string that joins the words of a phrase into one token.
    n_passes : int
        1 finds pairs. Each further pass treats the phrases found so far as words, so that phrases can double in length;
        a pass that finds nothing is the last.
    max_memory : int
        Bytes for ids and for pairs, each, in addition to the distinct words; at least 1 MiB.
    n_jobs : int, optional
        Threads that count; -1 for all cores. The phrases do not depend on it.
    verbose : bool, optional
        Whether progress is shown; by default on a terminal only.

    Attributes
    ----------
    phrases_ : dict of str to float
        The phrases of all passes as tokens, with their scores, by decreasing score.
    passes_ : list of dict of tuple of str to float
        The phrases found in each pass, as tuples of their words.

    Examples
    --------
    >>> from wordvec.text import Phrases
    >>> texts = [["in", "new", "york"], ["the", "new", "york", "times"], ["a", "new", "day"], ["old", "york"]]
    >>> phrases = Phrases(min_count=1, threshold=1.0).fit(texts)
    >>> phrases.phrases_
    {'new_york': 1.6666666666666665}
    >>> phrases.transform([["from", "new", "york"]])
    [['from', 'new_york']]

    References
    ----------
    Mikolov, Sutskever, Chen, Corrado and Dean (2013), "Distributed Representations of Words and Phrases and their
    Compositionality", arXiv:1310.4546, section 4.
    Bouma (2009), "Normalized (Pointwise) Mutual Information in Collocation Extraction", GSCL.
    """

    _foreign_parameters = PHRASES_PARAMETERS
    _foreign_attributes = PHRASES_ATTRIBUTES
    _parameter_rules = {
        "min_count": Integer(1),
        "threshold": Real() | None,
        "scoring": Choice("default", "npmi"),
        "connector_words": Instance(Collection, fix="Pass a list of words."),
        "delimiter": Instance(str),
        "n_passes": Integer(1),
        "max_memory": Integer(MIN_MAX_MEMORY),
        "n_jobs": Threads(),
        "verbose": Boolean() | None,
    }

    def __init__(
        self,
        *,
        min_count: int = 5,
        threshold: float | None = None,
        scoring: str = "default",
        connector_words: Collection[str] = (),
        delimiter: str = "_",
        n_passes: int = 1,
        max_memory: int = DEFAULT_MAX_MEMORY,
        n_jobs: int | None = -1,
        verbose: bool | None = None,
    ) -> None:
        self.min_count = min_count
        self.threshold = threshold
        self.scoring = scoring
        self.connector_words = connector_words
        self.delimiter = delimiter
        self.n_passes = n_passes
        self.max_memory = max_memory
        self.n_jobs = n_jobs
        self.verbose = verbose

    def fit(self, X: LineCorpus | Iterable[Iterable[str]], y: Any = None) -> Phrases:
        """Detect the phrases of a `LineCorpus`, or of sentences (lists of str) that can be read more than once.

        Raises
        ------
        TypeError, ValueError
            If a parameter or the text is invalid, or the text holds no words.
        OSError
            If a file cannot be read, or the disk for temporary files is full.
        """
        options = self._checked()
        items, words = self._read(X)
        text = EncodedText(items, words)
        connectors = frozenset(self.connector_words)
        passes: list[dict[Parts, float]] = []
        for number in range(options.n_passes):
            is_connector = text.are_any_of(connectors)
            with ReadingBar(self.verbose, "Counting pairs", "words") as bar:
                pairs = count_pairs(
                    text.items,
                    is_connector,
                    options.min_count,
                    options.max_memory,
                    n_threads_for(options.n_jobs),
                    bar.update_to,
                )
            passes.append(self._select(text, pairs, is_connector, options))
            if not passes[-1]:
                break
            if number + 1 < options.n_passes:
                text.join(PhraseJoiner([passes[-1]], connectors, self.delimiter))
        self.passes_ = passes
        return self

    @property
    def phrases_(self) -> dict[str, float]:
        """The phrases of all passes as tokens, with their scores, by decreasing score."""
        check_fitted(self, "passes_")
        best: dict[str, float] = {}
        for phrases in self.passes_:
            for parts, score in phrases.items():
                token = self.delimiter.join(parts)
                best[token] = max(score, best.get(token, score))
        return dict(sorted(best.items(), key=lambda item: (-item[1], item[0])))

    def transform(self, X: Iterable[Iterable[str]]) -> list[list[str]]:
        """Return sentences, lists of str, with their phrases joined.

        Raises
        ------
        TypeError
            If a sentence is not a list of str.
        sklearn.exceptions.NotFittedError
            If there are no phrases yet.
        """
        check_corpus(X)
        return list(self.join(X))

    def join(self, sentences: Iterable[Iterable[str]]) -> Iterator[list[str]]:
        """Yield the result of `transform` sentence by sentence, reading a few thousand ahead."""
        joiner = self.make_joiner()
        index = {word: unit for unit, word in enumerate(joiner.words)}
        rows = enumerate(sentences)
        while batch := list(islice(rows, _BATCH)):
            yield from _join_batch(batch, joiner, index)

    def make_joiner(self) -> PhraseJoiner:
        """Return the tables of the phrases with which `LineCorpus` joins them."""
        check_fitted(self, "passes_")
        return PhraseJoiner(self.passes_, frozenset(self.connector_words), self.delimiter)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write parameters and phrases as JSON.

        Raises
        ------
        OSError
            If it cannot be written; an existing file is kept.
        """
        check_fitted(self, "passes_")
        content = {
            **json_header(PHRASES),
            "parameters": {**self.get_params(), "connector_words": sorted(self.connector_words)},
            "passes": [[[*parts, score] for parts, score in phrases.items()] for phrases in self.passes_],
        }
        # A str may hold lone surrogates, which strict UTF-8 does not.
        text = json.dumps(content, ensure_ascii=False).encode("utf-8", "surrogatepass")
        with replace_when_whole(check_path("path", path, "Phrases.save")) as file:
            file.write(seal_json(text))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Phrases:
        """Read what `save` wrote.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If it is not a complete file of phrases.
        """
        path = Path(check_path("path", path, "Phrases.load"))
        check_exists(path, PHRASES)
        with unreadable_as(f"The file {str(path)!r}", PHRASES):
            content = unpack_json(path.read_bytes(), PHRASES)
            phrases = cls(**content["parameters"])
            phrases._checked()
            phrases.passes_ = [_read_pass(rows) for rows in content["passes"]]
            return phrases

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "passes_")

    def _checked(self) -> Any:
        options = check_parameters(self)
        options.min_count = min(options.min_count, _MAX_COUNT)
        words = self.connector_words
        if isinstance(words, (str, bytes)) or not all(isinstance(word, str) for word in words):
            fix = 'CONNECTOR_WORDS["en"] is one.'
            raise ParameterError("connector_words", "Phrases", "be a collection of words", words, fix)
        if any(char.isspace() for char in options.delimiter):
            fix = "White space separates words when a text is read again."
            raise ParameterError(
                "delimiter", "Phrases", "be text without white space", options.delimiter, fix
            )
        if options.scoring == "npmi" and not -1 <= (options.threshold or 0) <= 1:
            rule = "be from -1 to 1 with scoring='npmi'"
            raise ParameterError("threshold", "Phrases", rule, options.threshold)
        return options

    def _read(self, X: Any) -> tuple[np.ndarray, Words]:
        """Return the ids of a text, with LINE_END after each line, and its words."""
        if type(X) is LineCorpus:
            X.warn_of_tokens()
        with ReadingBar(self.verbose) as bar:
            items, words = collect_items(X, self.max_memory, bar.update_to, "the encoded corpus")
        if not len(words.counts):
            raise ValueError("The corpus holds no tokens. Check that it is not empty, and its tokenizer.")
        return items.finish(), words

    def _select(
        self, text: EncodedText, pairs: PairCounts, is_connector: np.ndarray, options: Any
    ) -> dict[Parts, float]:
        """Return the pairs whose score is above the threshold, by decreasing score."""
        firsts = pairs.starts(len(is_connector))
        n_types = int(np.count_nonzero(text.counts[~is_connector])) + pairs.n_distinct
        counts = pairs.counts, text.counts[firsts], text.counts[pairs.units]
        if options.scoring == "npmi":
            scores = npmi(*counts, int(text.counts.sum()))
        else:
            scores = (counts[0] - options.min_count) / counts[1] / counts[2] * n_types
        threshold = _DEFAULT_THRESHOLDS[options.scoring] if options.threshold is None else options.threshold
        chosen = np.flatnonzero(scores > threshold)
        chosen = chosen[np.argsort(-scores[chosen], kind="stable")]
        numbers = []
        for node, unit in zip(pairs.nodes[chosen].tolist(), pairs.units[chosen].tolist()):
            first, middle = pairs.middle_of(node, len(is_connector))
            numbers.append((first, *middle, unit))
        used = np.unique(np.fromiter((number for each in numbers for number in each), np.int64))
        names = dict(zip(used.tolist(), text.names(used)))
        return {
            tuple(names[number] for number in each): score
            for each, score in zip(numbers, scores[chosen].tolist())
        }


def npmi(pair_counts: np.ndarray, first_counts: np.ndarray, last_counts: np.ndarray, n: int) -> np.ndarray:
    """Return the normalised pointwise mutual information of pairs among `n` words, float64 (Bouma 2009, eq. 4)."""
    p_first, p_last, p_pair = first_counts / n, last_counts / n, pair_counts / n
    return logs(p_pair / (p_first * p_last)) / -logs(p_pair)


def _join_batch(
    batch: list[tuple[int, Iterable[str]]], joiner: PhraseJoiner, index: dict[str, int]
) -> Iterator[list[str]]:
    """Yield sentences with phrases joined. Each occurrence of a word that is in no phrase gets its own unit."""
    n_known = len(index)
    tokens: list[str] = []
    units: list[int] = []
    for number, sentence in batch:
        first = len(tokens)
        try:
            if isinstance(sentence, (str, bytes)):
                raise TypeError
            tokens += sentence
            "".join(tokens[first:])  # raises TypeError, too
        except TypeError as error:
            raise sentence_error(sentence, f"sentences[{number}]", error) from error
        units += [index.get(word, n_known + k) for k, word in enumerate(tokens[first:], first)]
        tokens.append("")  # so that tokens and units go together
        units.append(LINE_END)
    sentence_out: list[str] = []
    for unit in joiner.join(np.array(units, np.int32)).tolist():
        if unit == LINE_END:
            yield sentence_out
            sentence_out = []
        else:
            sentence_out.append(joiner.words[unit] if unit < n_known else tokens[unit - n_known])


def _read_pass(rows: Any) -> dict[Parts, float]:
    phrases: dict[Parts, float] = {}
    for *parts, score in rows:
        if len(parts) < 2 or not all(isinstance(part, str) for part in parts) or type(score) is not float:
            raise DamagedFileError(f"it is damaged: {[*parts, score]!r:.80} is not a phrase")
        phrases[tuple(parts)] = score
    return phrases
