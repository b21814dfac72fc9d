"""`export`: word vectors as a folder that model2vec, sentence-transformers and what builds on them read."""

from __future__ import annotations

import json
import os
from typing import Any

import numpy as np

from wordvec._io.folders import replace_folder_when_written
from wordvec._io.tensors import write_tensors
from wordvec._utils.errors import ParameterError
from wordvec._utils.validation import (
    check_bool,
    check_choice,
    check_float,
    check_folder,
    check_instance,
    import_optional,
)
from wordvec.vectors.keyed_vectors import KeyedVectors

_OWNER = "export"
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
    """Write word vectors as a static encoder, which other programs use without wordvec.

    The vector of a text is then the mean of the vectors of its known words, each with its weight. The folder is one of
    model2vec; sentence-transformers reads it, too.

    Parameters
    ----------
    vectors : KeyedVectors
        Of Word2Vec, GloVe or FastText; of n-grams, only the words are written.
    folder : path
        It is made if it does not exist; other files in it stay.
    tokenizer : {"whitespace", "word", "chars", "zh"}
        How the text was tokenized on which the vectors were trained. "zh" cuts texts into the likeliest words by their
        counts (a unigram model), which is near what a segmenter does.
    lowercase : bool
        Whether that text was lower-cased.
    weighting : {"sif", "none"}
        "sif" gives a word the weight a / (a + p), where p is its share of all counts (Arora et al. 2017).
    a : float
        Of "sif".
    normalize : bool
        Whether vectors of texts are brought to length 1.

    Raises
    ------
    ImportError
        If the library `tokenizers` is not installed.
    TypeError, ValueError
        If a parameter is not what it should be, or the vectors have no counts for "sif" or "zh".
    OSError
        If a file cannot be written.
    """
    check_instance("vectors", vectors, _OWNER, KeyedVectors)
    target = check_folder("folder", folder, _OWNER)
    check_choice("tokenizer", tokenizer, _OWNER, TOKENIZERS)
    check_choice("weighting", weighting, _OWNER, ("sif", "none"))
    check_bool("lowercase", lowercase, _OWNER)
    check_bool("normalize", normalize, _OWNER)
    a = check_float("a", a, _OWNER, 0.0, low_open=True)
    library = import_optional("tokenizers", pip="wordvec[transformer]", purpose="Writing a static encoder")
    words = list(vectors.index_to_key)
    if _UNKNOWN in vectors.key_to_index:
        raise ParameterError(
            "vectors", _OWNER, f"have no word {_UNKNOWN!r}, which stands for unknown words", vectors
        )
    counts = vectors.counts
    if counts is None and (weighting == "sif" or tokenizer == "zh"):
        fix = "Pass {weighting='none'}." if tokenizer != "zh" else "Choose another {tokenizer}."
        raise ParameterError("vectors", _OWNER, "have counts of words", vectors, fix)
    table = np.asarray(vectors.vectors, np.float32)
    if weighting == "sif" and counts is not None:
        shares = counts / counts.sum()
        table = (table * (a / (a + shares))[:, None]).astype(np.float32)
    table = np.concatenate([np.zeros((1, table.shape[1]), np.float32), table])
    backend = _tokenizer(library, words, counts, tokenizer, lowercase)
    modules = [_module(0, ".", "StaticEmbedding")]
    if normalize:
        modules.append(_module(1, "1_Normalize", "Normalize"))
    config = {
        "model_type": "model2vec",
        "architectures": ["StaticModel"],
        "normalize": bool(normalize),
        "max_length": None,
        "embedding_dtype": "float32",
    }
    with replace_folder_when_written(target) as place:
        with (place / "model.safetensors").open("wb") as file:
            write_tensors(file, {"embeddings": table}, {"format": "np"})
        backend.save(str(place / "tokenizer.json"))
        for name, content in (("config.json", config), ("modules.json", modules)):
            (place / name).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def _module(number: int, path: str, kind: str) -> dict[str, Any]:
    return {"idx": number, "name": str(number), "path": path, "type": f"sentence_transformers.models.{kind}"}


def _tokenizer(library: Any, words: list[str], counts: np.ndarray | None, name: str, lowercase: bool) -> Any:
    """Return a tokenizer whose ids are the rows of the words, after the unknown one."""
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
