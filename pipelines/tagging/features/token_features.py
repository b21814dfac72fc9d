"""The classical features of words and of Chinese characters, as a scikit-learn transformer."""

from __future__ import annotations

from sklearn.base import BaseEstimator, TransformerMixin

from .extractor import Columns, FeatureExtractor
from .storage import StoredFeatures

__all__ = ["Columns", "TokenFeatures"]


class TokenFeatures(FeatureExtractor, StoredFeatures, TransformerMixin, BaseEstimator):
    """The classical features of tokens, for a tagger.

    Sentences are lists of words, or `Columns`. Attributes are named as in python-crfsuite's examples:
    ``w[-1]=the`` is the previous word, ``w[-1]|w[0]=the|end`` that word and the token itself. An attribute whose
    tokens would lie outside the sentence is left out; the first token has ``BOS``, the last one ``EOS``.

    With ``kind="word"`` a token has

    - ``w``, ``lower``, ``shape`` of itself and its neighbours; the shape has X, x, o and d for upper case, lower
      case, letters without case and digits, and runs of more than four are cut to four;
    - ``pre1``, ``suf1``, ...: prefixes and suffixes;
    - ``capital``, ``capitals``, ``inner_capital``, ``digits``, ``has_digit``, ``hyphen``, ``punctuation``;
    - with `conjunctions`, its bigrams: the previous word with it, and it with the next word.

    With ``kind="char"`` tokens are the characters of Chinese text, and a sentence may be a str. A token has

    - ``c`` and ``type`` (digit, Latin, Han, punctuation, space or other) of itself and its neighbours;
    - ``same[-1|0]`` and so on where a character is repeated at distance 1 or 2;
    - with `conjunctions`, bigrams and trigrams of ``c`` in the window, the skip bigram ``c[-1]|c[1]``, and
      the trigram of types around it.

    Both have the values of the extra `columns` in the window, with `conjunctions` also their bigrams and trigrams, and
    features of gazetteers and clusters.

    Parameters
    ----------
    kind : {"word", "char"}
    window : int
        Distance of the farthest neighbours, 0 to 5.
    max_affix : int
        Length of the longest prefix and suffix, 0 (none) to 20; of words only.
    conjunctions : bool
        Whether values of neighbouring tokens are combined.
    columns : sequence of str
        Names of the extra columns to use; every sentence must then be a `Columns` that has them.
    gazetteers : mapping of str to collection of phrases, optional
        Lists of names of a kind, ``{"LOC": ["New York", ...]}``. A phrase is a str of words with spaces
        between them (of characters for "char"), or a list of tokens. In a sentence the longest phrases are
        marked from left to right, ``gaz.LOC[0]=B`` at the first token and ``gaz.LOC[0]=I`` at later ones, spelled
        exactly as in the list.
    clusters : mapping of str to sequence of int, optional
        Cluster ids of words, one for each granularity, as `cluster_vectors` makes them. A word that has none
        gets those of its lower-case form.

    Attributes
    ----------
    gazetteers_ : dict of str to Gazetteer
        The phrases, indexed.
    n_granularities_ : int
        Cluster ids of each word, 0 without clusters.

    Examples
    --------
    >>> TokenFeatures(window=1, max_affix=0).fit_transform([["Ada", "wrote", "it"]])[0][0]
    ['w[0]=Ada', 'w[1]=wrote', 'lower[0]=ada', 'lower[1]=wrote', 'shape[0]=Xxx', 'shape[1]=xxxx', 'capital',
     'w[0]|w[1]=Ada|wrote', 'BOS']
    >>> places = {"LOC": ["北京"]}
    >>> TokenFeatures(kind="char", window=0, gazetteers=places).fit_transform(["在北京"])[0][1]
    ['c[0]=北', 'type[0]=Han', 'gaz.LOC[0]=B']

    Taggers call `encode`, which creates a string for each attribute, never for each token; `transform` returns the same
    attributes as strings, for inspection or for another tagger.

    References
    ----------
    Ratinov and Roth (2009), "Design challenges and misconceptions in named entity recognition", CoNLL.
    Turian, Ratinov and Bengio (2010), "Word representations: a simple and general method for semi-supervised
    learning", ACL.
    Tseng, Chang, Andrew, Jurafsky and Manning (2005), "A conditional random field word segmenter", SIGHAN.
    """
