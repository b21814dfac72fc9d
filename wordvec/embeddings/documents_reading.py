"""Encoding of documents and their tags as ids."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from wordvec._utils.errors import ParameterError
from wordvec._utils.messages import counted
from wordvec.kernels.text.tokenise import LINE_END
from wordvec.text.corpus import LineCorpus, collect_items, final_ids_of
from wordvec.text.encoding import Progress, WordIndex
from wordvec.text.vocabulary import Vocabulary


def encode_documents(
    corpus: LineCorpus | Iterable[Iterable[str]],
    *,
    vocabulary: Vocabulary | None,
    min_count: int,
    max_vocab_size: int | None,
    max_memory: int,
    progress: Progress | None,
) -> tuple[Vocabulary, np.ndarray, np.ndarray]:
    """Return the vocabulary of documents, their ids, int32 (n_tokens,), and their starts, int64 (n_documents + 1,).

    Each line of a `LineCorpus` or each list of words is a document, including empty ones. Parameters and errors are
    those of `encode_corpus`.
    """
    if vocabulary is None and type(corpus) is LineCorpus:
        corpus.warn_of_tokens()
    items, words = collect_items(corpus, max_memory, progress, "the encoded documents")
    vocabulary, final_ids = final_ids_of(words, vocabulary, min_count, max_vocab_size)
    if words.groups is not None:
        final_ids = final_ids[words.groups]
    ends: list[np.ndarray] = [np.zeros(1, np.int64)]
    n_done = 0

    def finish(part: np.ndarray) -> int:
        nonlocal n_done
        is_end = part == LINE_END
        ids = final_ids[part]
        is_kept = ~is_end & (ids >= 0)
        so_far = n_done + np.cumsum(is_kept)
        ends.append(so_far[is_end])
        n_kept = int(np.count_nonzero(is_kept))
        part[:n_kept] = ids[is_kept]
        n_done += n_kept
        return n_kept

    token_ids = items.compact(finish, items.size)[:n_done]
    return vocabulary, token_ids, np.concatenate(ends)


def number_tags(tags: Any, n_documents: int, owner: str) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Return the distinct tags of documents, in order of first occurrence, and the tags of each document.

    Parameters
    ----------
    tags : list of str or of lists of str, or None
        The tag or tags of each document; a tag repeated within a document counts once. None for "0", "1" and so on.

    Returns
    -------
    names : list of str
    tags : int32 (n,)
    tag_starts : int64 (n_documents + 1,)

    Raises
    ------
    ParameterError
        If a document has no tag, or a tag is not a str.
    """
    if tags is None:
        names = [str(number) for number in range(n_documents)]
        return names, np.arange(n_documents, dtype=np.int32), np.arange(n_documents + 1)
    rows = [] if isinstance(tags, (str, bytes)) or not isinstance(tags, Iterable) else list(tags)
    if len(rows) != n_documents:
        rule = f"be a list with the tag or the tags of each of the {counted(n_documents, 'document')}"
        raise ParameterError("tags", owner, rule, tags)
    index = WordIndex()
    numbers: list[int] = []
    starts = [0]
    for number, row in enumerate(rows):
        each = [row] if isinstance(row, str) else row
        try:
            numbers += [index[tag] for tag in dict.fromkeys(each)]
        except TypeError:
            raise ParameterError(f"tags[{number}]", owner, "be a str or a list of str", row) from None
        if starts[-1] == len(numbers):
            raise ParameterError(f"tags[{number}]", owner, "hold a tag", row)
        starts.append(len(numbers))
    return list(index), np.array(numbers, np.int32), np.array(starts)
