"""Counting in parts gives what reading the whole text gives."""

import random

import numpy as np
import pytest

from wordvec import LineCorpus
from wordvec.counts.counting import count_cooccurrences, pair_weights
from wordvec.distributed import cooccurrences, counting
from wordvec.text.corpus import encode_corpus


def counted_in_parts(corpus, min_count, max_vocab_size):
    parts = [counting.count_part(part) for part in counting.cut_corpus(corpus)]
    merged = [words for _, words in parts]
    while len(merged) > 1:  # as `train` does
        pairs = [merged[k : k + 2] for k in range(0, len(merged), 2)]
        merged = [counting.merge_words(*pair) if len(pair) == 2 else pair[0] for pair in pairs]
    vocabulary = counting.choose_words(merged[0], min_count, max_vocab_size)
    token_ids, starts = [], [np.zeros(1, np.int64)]
    for ids, words in parts:
        (piece_ids, piece_starts), (n_tokens, _) = counting.finish_part(ids, words, vocabulary)
        assert n_tokens == len(piece_ids)
        starts.append(piece_starts[1:] + sum(map(len, token_ids)))
        token_ids.append(piece_ids)
    return len(parts), vocabulary, np.concatenate(token_ids), np.concatenate(starts)


@pytest.mark.parametrize(
    "options",
    [{}, {"lowercase": True}, {"tokenizer": "word"}, {"errors": "ignore"}, {"encoding": "latin-1"}],
    ids=str,
)
@pytest.mark.parametrize("part_bytes", [40, 1000, 1 << 20])
def test_the_text_is_that_of_one_reading(options, part_bytes, tmp_path, monkeypatch):
    monkeypatch.setattr(counting, "PART_BYTES", part_bytes)
    draw = random.Random(3)
    words = [f"{draw.choice('AaBbé')}{k}" for k in range(60)]
    for name in ("a.txt", "b.txt"):
        lines = [" ".join(draw.choices(words, k=draw.randrange(9))) for _ in range(80)]
        (tmp_path / name).write_text("\n".join(lines), encoding=options.get("encoding", "utf-8"))
    corpus = LineCorpus(tmp_path, **options)
    for limits in (1, None), (3, 20):
        n_parts, vocabulary, token_ids, starts = counted_in_parts(corpus, *limits)
        expected, encoded = encode_corpus(corpus, min_count=limits[0], max_vocab_size=limits[1])
        assert vocabulary == expected
        np.testing.assert_array_equal(token_ids, encoded.token_ids)
        np.testing.assert_array_equal(starts, encoded.starts)
    assert (n_parts == 2) == (part_bytes == 1 << 20)


@pytest.mark.parametrize("symmetric", [True, False])
def test_pairs_of_parts_add_up_to_those_of_the_text(symmetric):
    draw = random.Random(5)
    sentences = [[f"w{min(draw.randrange(40), draw.randrange(40))}" for _ in range(8)] for _ in range(300)]
    vocabulary, encoded = encode_corpus(sentences, min_count=1)
    expected = count_cooccurrences(sentences, min_count=1, window=5, symmetric=symmetric)
    unit, weights = pair_weights(5, True)
    bounds, rows = [0, 3, 17, len(vocabulary)], []
    cuts = [
        0,
        *(int(encoded.starts[k]) for k in (50, 180, 180)),
        len(encoded.token_ids),
    ]  # one piece is empty
    for first, last in zip(cuts, cuts[1:]):
        starts = encoded.starts[(encoded.starts >= first) & (encoded.starts <= last)] - first
        piece = (encoded.token_ids[first:last], starts)
        rows.append(list(cooccurrences.count_piece(piece, bounds, weights, symmetric)))
    merged = [cooccurrences.merge_blocks(len(vocabulary), *parts) for parts in zip(*rows)]
    assert [len(part.ends) for part in merged] == [3, 14, len(vocabulary) - 17]
    np.testing.assert_array_equal(np.concatenate([part.col for part in merged]), expected.col)
    np.testing.assert_array_equal(np.concatenate([part.multiples for part in merged]) / unit, expected.value)
    sizes = np.concatenate([np.diff(part.ends, prepend=0) for part in merged])
    np.testing.assert_array_equal(sizes, np.diff(expected.starts))
