"""Files of summarizers: parameters and fitted attributes, as JSON and tensors."""

from __future__ import annotations

import os
from typing import Any, Self

import numpy as np

from wordvec._io.kinds import SUMMARIZER
from wordvec._io.strings import pack_strings, unpack_strings
from wordvec._utils.parameters import check_parameters, restored
from wordvec.text.tokenizers import TextTokenizer
from wordvec.vectors.estimator_files import (
    plain_parameters,
    read_estimator,
    stored_tokenizer,
    write_estimator,
)

from ...features.vectorizer import EmbeddingVectorizer

__all__ = ["OWNER", "StoredSummarizer"]

OWNER = "Summarizer"


class StoredSummarizer:
    """The part of `Summarizer` that reads and writes files."""

    def save(self: Any, path: str | os.PathLike[str]) -> None:
        """Write the summarizer, with its word vectors, to one safetensors file; a callable tokenizer is not saved.

        Raises
        ------
        NotFittedError
            If there are word vectors and the summarizer is not fitted.
        ValueError
            If a parameter cannot be written.
        OSError
            If the file cannot be written.
        """
        from sklearn.utils.validation import check_is_fitted

        check_parameters(self)
        tensors: dict[str, np.ndarray] = {}
        vectorizer = None
        if self.vectors is not None:
            check_is_fitted(self, "vectorizer_")
            vectorizer, tensors = self.vectorizer_.to_stored()
        idf = getattr(self, "idf_", None)
        if idf is not None:
            words, offsets = pack_strings(list(idf))
            tensors = {"words": words, "offsets": offsets, "idf": np.array(list(idf.values()), np.float64)}
        tokenizer = self.tokenizer
        record = tokenizer.to_dict() if isinstance(tokenizer, TextTokenizer) else tokenizer
        header = {
            "parameters": plain_parameters(self, "vectors", "tokenizer"),
            "tokenizer": None if callable(record) else record,
            "vectorizer": vectorizer,
            "n_texts": getattr(self, "_n_texts", 0),
        }
        write_estimator(path, SUMMARIZER, OWNER, header, tensors)

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, tokenizer: Any = None) -> Self:
        """Read a summarizer that `save` wrote; its summaries are the same.

        Parameters
        ----------
        path : path
        tokenizer : callable, optional
            The tokenizer of the saved summarizer, if it was a callable, which a file cannot hold.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If it is not a complete file of a summarizer, a newer version wrote it, or its tokenizer is missing.
        """
        with read_estimator(path, SUMMARIZER, OWNER) as (header, tensors):
            chosen = stored_tokenizer(header["tokenizer"], tokenizer, OWNER)
            vectorizer = None
            if header["vectorizer"] is not None:
                vectorizer = EmbeddingVectorizer.from_stored(header["vectorizer"], tensors)
            vectors = None if vectorizer is None else vectorizer.wv_
            model: Any = restored(cls, header["parameters"] | {"vectors": vectors, "tokenizer": chosen})
            model.idf_, model._n_texts = None, int(header["n_texts"])
            if vectorizer is not None:
                model.vectorizer_ = vectorizer
            if "idf" in tensors:
                words = unpack_strings(tensors["words"], tensors["offsets"])
                model.idf_ = dict(zip(words, tensors["idf"].tolist(), strict=True))
            return model
