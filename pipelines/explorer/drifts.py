"""LiveDrift: which words changed between two models, computed in the background."""

from __future__ import annotations

import threading
from typing import Any

from wordvec.vectors.keyed_vectors import KeyedVectors

__all__ = ["LiveDrift"]

# Drift compares each word with all others; rarer words have neighbours that are mostly noise.
N_WORDS = 20_000


class LiveDrift:
    """The drift of the most frequent words of two models, computed once.

    Parameters
    ----------
    old, new : KeyedVectors
    """

    def __init__(self, old: KeyedVectors, new: KeyedVectors) -> None:
        self._models = (old, new)
        self._lock = threading.Lock()
        self._found: list[dict[str, Any]] | None = None

    def find(self) -> list[dict[str, Any]]:
        """Return all words, those with the strongest evidence of change first.

        Returns
        -------
        list of {"word", "rows", "score", "shared"}; `shared` is the share of nearest words that both models have, and
        `score` the rest of it

        Raises
        ------
        ValueError
            If the models share too few words, as `wordvec.vectors.drift` says.
        """
        from wordvec.vectors.word_drift import drift

        with self._lock:
            if self._found is None:
                old, new = self._models
                report = drift(old, new, restrict_vocab=N_WORDS)
                self._found = [
                    {
                        "word": row.word,
                        "rows": [old.key_to_index[row.word], new.key_to_index[row.word]],
                        "score": row.score,
                        "shared": 1 - row.score,
                    }
                    for row in report.rows
                ]
            return self._found

    def words(self, topn: int) -> dict[str, Any]:
        """Return the first words of `find`, as the page takes them."""
        return {"words": self.find()[:topn]}
