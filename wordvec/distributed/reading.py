"""Reading a corpus on all nodes: its vocabulary, and the encoded text in pieces that stay on their nodes."""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple

import numpy as np

from wordvec._utils.progress import ReadingBar
from wordvec.distributed import counting
from wordvec.distributed.cluster import gathered, live_nodes
from wordvec.text.corpus import LineCorpus
from wordvec.text.vocabulary import Vocabulary, select_words


class Pieces(NamedTuple):
    """The encoded text in pieces, which stay on the nodes that read them."""

    refs: list[Any]  # references to (token_ids, starts)
    n_tokens: np.ndarray  # int64 (n_pieces,)

    def between(self, first: int, last: int) -> tuple[list[Any], list[tuple[int, int]]]:
        """Return references to the pieces with tokens first..last - 1 of the text, and the bounds within each."""
        refs, bounds = [], []
        starts = np.concatenate([[0], np.cumsum(self.n_tokens)])
        for ref, start, end in zip(self.refs, starts[:-1].tolist(), starts[1:].tolist()):
            if start < last and end > first:
                refs.append(ref)
                bounds.append((max(first, start) - start, min(last, end) - start))
        return refs, bounds


def read_corpus(
    ray: Any,
    corpus: LineCorpus,
    min_count: int,
    max_vocab_size: int | None,
    verbose: bool | None,
    with_hash: bool = False,
) -> tuple[Vocabulary, Pieces, str]:
    """Return the vocabulary, the encoded text in pieces, and a hash of both or ""."""
    for file in corpus.files:
        if str(file).startswith("memory://"):
            raise ValueError(
                f"{str(file)!r} is in the memory of this process, where other machines cannot read it."
            )
    parts = counting.cut_corpus(corpus)
    if not parts:  # tables without rows
        select_words(np.zeros(0, np.int64), min_count, max_vocab_size)
    count = ray.remote(counting.count_part).options(num_returns=2)
    merge, choose = ray.remote(counting.merge_words), ray.remote(counting.choose_words)
    finish = ray.remote(counting.finish_part).options(num_returns=2)
    most = 2 * sum(live_nodes(ray).values())
    ids: list[Any] = []
    words: list[Any] = []
    with ReadingBar(verbose, unit="part") as bar:
        for number, part in enumerate(parts):
            if number >= most:  # no more parts under way than there are cores for them
                ray.wait([words[number - most]], fetch_local=False)
                bar.update_to(number - most + 1, len(parts))
            part_ids, part_words = count.remote(part)
            ids.append(part_ids)
            words.append(part_words)
        merged = words
        while len(merged) > 1:
            pairs = [merged[k : k + 2] for k in range(0, len(merged), 2)]
            merged = [merge.remote(*pair) if len(pair) == 2 else pair[0] for pair in pairs]
        chosen = choose.remote(merged[0], min_count, max_vocab_size)
        vocabulary = gathered(ray, chosen)
        refs, sizes = [], []
        for part_ids, part_words in zip(ids, words):
            piece, size = finish.remote(part_ids, part_words, chosen, with_hash)
            refs.append(piece)
            sizes.append(size)
        found = gathered(ray, sizes)
        bar.update_to(len(parts), len(parts))
    n_tokens = np.array([n for n, _ in found], np.int64)
    digest = ""
    if with_hash:
        whole = hashlib.sha256("\n".join(vocabulary.index_to_key).encode("utf-8", "surrogatepass"))
        for _, part_digest in found:
            whole.update(part_digest.encode())
        digest = whole.hexdigest()
    return vocabulary, Pieces(refs, n_tokens), digest
