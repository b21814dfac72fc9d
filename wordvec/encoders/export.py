"""`export`: word vectors as a folder that model2vec and sentence-transformers read."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from wordvec._utils.errors import ParameterError
from wordvec._utils.validation import (
    check_bool,
    check_choice,
    check_float,
    check_folder,
    check_instance,
    import_optional,
)
from wordvec.encoders.folders import StaticFolder, write_folder
from wordvec.vectors.keyed_vectors import KeyedVectors

_UNKNOWN = "[UNK]"
TOKENIZERS = ("whitespace", "word", "chars", "zh")
# As `wordvec.text.tokenizers.split_unicode_words`, in the syntax of the library.
_RUN = r"[\p{L}\p{M}\p{N}]+"
_WORD = rf"{_RUN}(?:(?:['’ʼ\-‐‑_\x{{200c}}\x{{200d}}]|(?<=\p{{Nd}})[.,](?=\p{{Nd}})){_RUN})*"


def export(
    vectors: KeyedVectors,
    folder: str | os.PathLike[str],
    *,
    tokenizer: str = "whitespace",
    lowercase: bool = False,
    weighting: str = "sif",
    a: float = 1e-3,
    normalize: bool = True,
) -> None:
    """Write word vectors as a static encoder for use without wordvec.

    The vector of a text is the weighted mean of the vectors of its known words. The folder has model2vec's format;
    sentence-transformers reads it, too.

    Parameters
    ----------
    vectors : KeyedVectors
        Vectors of Word2Vec, GloVe or FastText; of the latter only words are written, no n-grams.
    folder : path
        Created if it does not exist; other files in it are kept.
    tokenizer : {"whitespace", "word", "chars", "zh"}
        How the training text of the vectors was tokenized. "zh" splits texts into the most probable words by their
        counts (a unigram model), which approximates a segmenter.
    lowercase : bool
        Whether the training text was lower-cased.
    weighting : {"sif", "none"}
        "sif" gives a word the weight a / (a + p), where p is its relative frequency (Arora et al. 2017).
    a : float
        The parameter a of "sif".
    normalize : bool
        Whether text vectors are normalised to length 1.

    Raises
    ------
    ImportError
        If the library `tokenizers` is not installed.
    TypeError, ValueError
        If a parameter is invalid, or the vectors have no counts for "sif" or "zh".
    OSError
        If a file cannot be written.
    """
    target = check_folder("folder", folder, "export")
    model = of_word_vectors(
        vectors,
        "export",
        tokenizer=tokenizer,
        lowercase=lowercase,
        weighting=weighting,
        a=a,
        normalize=normalize,
    )
    write_folder(target, model)


def of_word_vectors(
    vectors: KeyedVectors,
    owner: str,
    *,
    tokenizer: str = "whitespace",
    lowercase: bool = False,
    weighting: str = "sif",
    a: float = 1e-3,
    normalize: bool = True,
) -> StaticFolder:
    """Return the content of `export`'s folder; parameters and errors are the same, `owner` is named in messages."""
    check_instance("vectors", vectors, owner, KeyedVectors)
    check_choice("tokenizer", tokenizer, owner, TOKENIZERS)
    check_choice("weighting", weighting, owner, ("sif", "none"))
    check_bool("lowercase", lowercase, owner)
    check_bool("normalize", normalize, owner)
    a = check_float("a", a, owner, 0.0, low_open=True)
    library = import_optional("tokenizers", pip="wordvec[transformer]", purpose="A static encoder")
    words = list(vectors.index_to_key)
    if _UNKNOWN in vectors.key_to_index:
        raise ParameterError(
            "vectors", owner, f"have no word {_UNKNOWN!r}, which stands for unknown words", vectors
        )
    counts = vectors.counts
    if counts is None and (weighting == "sif" or tokenizer == "zh"):
        fix = "Pass {weighting='none'}." if tokenizer != "zh" else "Choose another {tokenizer}."
        raise ParameterError("vectors", owner, "have counts of words", vectors, fix)
    table = np.asarray(vectors.vectors, np.float32)
    if weighting == "sif" and counts is not None:
        shares = counts / counts.sum()
        table = (table * (a / (a + shares))[:, None]).astype(np.float32)
    table = np.concatenate([np.zeros((1, table.shape[1]), np.float32), table])
    mapping = np.arange(len(table), dtype=np.int32)
    mapping[0] = -1
    backend = _tokenizer(library, words, counts, tokenizer, lowercase)
    return StaticFolder(backend, table, mapping, np.ones(len(table), np.float32), bool(normalize), None, None)


def _tokenizer(library: Any, words: list[str], counts: np.ndarray | None, name: str, lowercase: bool) -> Any:
    """Return a tokenizer whose ids are the rows of the words, after that of the unknown token."""
    cutters, models = library.pre_tokenizers, library.models
    if name == "zh":
        assert counts is not None
        scores = np.log(np.maximum(counts, 1) / counts.sum()).tolist()
        pieces = [(_UNKNOWN, min(scores) - 10.0), *zip(words, scores)]
        backend = library.Tokenizer(models.Unigram(pieces, unk_id=0))
    else:
        ids = {word: number for number, word in enumerate([_UNKNOWN, *words])}
        backend = library.Tokenizer(models.WordLevel(ids, unk_token=_UNKNOWN))
    if name in ("whitespace", "zh"):
        backend.pre_tokenizer = cutters.WhitespaceSplit()
    else:
        pattern = _WORD if name == "word" else r"\S"
        backend.pre_tokenizer = cutters.Split(library.Regex(pattern), "removed", invert=True)
    if lowercase:
        backend.normalizer = library.normalizers.Lowercase()
    return backend
