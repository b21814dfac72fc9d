"""Lexical features of a tagger: gazetteers, clusters of its word vectors, and a dictionary of its training data."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from wordvec._utils.errors import ParameterError
from wordvec.vectors.keyed_vectors import KeyedVectors

from .features.clusters import cluster_vectors
from .features.dictionary import cross_fitted, draw_folds
from .features.encoding import NumberedWords
from .features.extraction import LexicalColumn
from .features.extractor import FeatureExtractor, LexicalColumns
from .features.gazetteers import Gazetteer
from .features.lexicon import GAZETTEER, Lexicon, TableClusters
from .options import OWNER
from .word_vectors import CHANGED_VECTORS

if TYPE_CHECKING:
    from .learning.training import FitOptions


class LexicalTagger:
    """The part of `CRFTagger` that learns lexical features of words, independent of their sentences."""

    gazetteers: Mapping[str, Any] | None
    dictionary: bool
    n_clusters: int | Sequence[int] | None
    scheme_: str | None
    features_: FeatureExtractor | None
    lexicon_: Lexicon | None

    def _fit_lexicon(
        self, X: Sequence[Any], tags: Any, tables: list[KeyedVectors], options: FitOptions
    ) -> LexicalColumns | None:
        """Set `lexicon_`; return the function from the words of `X` to their lexical columns, None if there are none.

        The columns of the dictionary are cross-fitted, so they apply to `X` only; `lexicon_` makes those of other
        sentences.
        """
        self.lexicon_ = None
        names = [name for name in ("dictionary", "gazetteers", "n_clusters") if getattr(self, name)]
        if not names:
            return None
        if self.features_ is None:
            rule = "be left out unless tokens are words (str)"
            fix = "Pass lists of words, whose features are extracted here."
            raise ParameterError(names[0], OWNER, rule, getattr(self, names[0]), fix)
        is_for_words = self.features_.kind == "word"
        dictionary, own = None, list[LexicalColumn]()
        if self.dictionary:
            folds = draw_folds(len(X), options.seed)
            dictionary, own = cross_fitted(
                X, tags, folds, by_name=self.scheme_ is not None and not is_for_words
            )
        self.lexicon_ = Lexicon(
            self._gazetteers(self.features_),
            [
                TableClusters(
                    table.key_to_index,
                    cluster_vectors(table, options.n_clusters, random_state=options.seed % 2**32),
                )
                for table in (tables if options.n_clusters else ())
            ],
            self.features_.n_granularities_,
            dictionary,
        )
        return partial(_of_training, self.lexicon_, own)

    def _gazetteers(self, extractor: FeatureExtractor) -> dict[str, Gazetteer]:
        given = self.gazetteers or {}
        for name in given:
            if name in extractor.gazetteers_:
                fix = "Choose another name, or put all its phrases together."
                raise ParameterError(
                    "gazetteers", OWNER, "have other names than those of features", name, fix
                )
        is_for_characters = extractor.kind == "char"
        return {
            name: Gazetteer(name, phrases, characters=is_for_characters, owner=OWNER)
            for name, phrases in given.items()
        }


def _of_training(lexicon: Lexicon, own: list[LexicalColumn], words: NumberedWords) -> Iterator[LexicalColumn]:
    """Yield the lexical columns of training sentences; warn of a gazetteer none of whose phrases occur in them."""
    for found in lexicon.static_columns(words):
        if found.name.startswith(GAZETTEER) and (found.column.codes < 0).all():
            name = found.name.removeprefix(GAZETTEER)
            warnings.warn(
                f"No phrase of the gazetteer {name!r} occurs in the training data, so nothing is learned from it. "
                "Phrases must be spelled exactly as in the data.",
                stacklevel=2,
            )
        yield found
    yield from own


def lexicon_tensors(
    lexicon: Lexicon | None, tables: Sequence[KeyedVectors]
) -> tuple[dict[str, np.ndarray], dict[str, Any] | None]:
    """Return the clusters of a lexicon, by name, and its other parts as JSON types; None without a lexicon.

    Raises
    ------
    ValueError
        If the clusters are not those of these tables.
    """
    if lexicon is None:
        return {}, None
    if lexicon.clusters and [dict(c.key_to_index) for c in lexicon.clusters] != [
        dict(table.key_to_index) for table in tables
    ]:
        raise ValueError(
            f"A tagger with clusters of its vectors cannot be stored with others: {CHANGED_VECTORS}."
        )
    clusters = {f"clusters{k}": own.clusters_VN for k, own in enumerate(lexicon.clusters)}
    gazetteers = {name: sorted(map(list, own.phrases)) for name, own in lexicon.gazetteers.items()}
    dictionary = None if lexicon.dictionary is None else lexicon.dictionary.plain()
    return clusters, {"gazetteers": gazetteers, "dictionary": dictionary}
