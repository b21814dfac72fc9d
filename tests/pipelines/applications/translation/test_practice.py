"""Practice with marks: they stand where words translate each other, found here from a made-up language."""

import numpy as np

from wordvec.pipelines.applications.translation.codec import Codec, train_tokenizers
from wordvec.pipelines.applications.translation.copying import MARKS, WordCopier
from wordvec.pipelines.applications.translation.practice import practice_pairs

WORDS = {"dog": "hund", "cat": "katze", "bird": "vogel", "fox": "fuchs", "sees": "sieht", "bites": "beisst"}


def made_up(n: int) -> list[tuple[str, str]]:
    """Sentences of three words, whose translations have the order reversed."""
    rng = np.random.default_rng(1)
    found = []
    for _ in range(n):
        first, second = rng.choice(["dog", "cat", "bird", "fox"], 2, replace=False).tolist()
        source = [first, str(rng.choice(["sees", "bites"])), second]
        found.append((" ".join(source), " ".join(WORDS[word] for word in reversed(source))))
    return found


def codec_of(pairs: list[tuple[str, str]]) -> Codec:
    sources, targets = zip(*pairs)
    return Codec(*train_tokenizers(sources, targets, (), 400, False), (), WordCopier())


def test_a_mark_stands_in_for_two_words_that_translate_each_other():
    pairs = made_up(300)
    found = practice_pairs(pairs, codec_of(pairs), 50, seed=1)
    assert len(found) == 50 and len({place for place, _, _ in found}) == 50
    for place, source, target in found:
        (mark,) = set(source) & set(MARKS)
        put_back = [(source.replace(mark, one), target.replace(mark, other)) for one, other in WORDS.items()]
        assert pairs[place] in put_back
    assert {mark for _, source, _ in found for mark in source if mark in MARKS} == set(MARKS)
    assert practice_pairs(pairs, codec_of(pairs), 50, seed=1) == found
    assert practice_pairs(pairs, codec_of(pairs), 50, seed=2) != found


def test_pairs_without_such_words_are_left_out():
    pairs = made_up(200)
    marked = [(f"{source} {MARKS[0]}", f"{target} {MARKS[0]}") for source, target in pairs]
    odd = [("", ""), ("...", "!"), ("new", "neu")]
    codec = codec_of(pairs)
    assert practice_pairs(marked, codec, 9, seed=1) == []
    assert practice_pairs(pairs, codec, 0, seed=1) == practice_pairs([], codec, 9, seed=1) == []
    assert {place for place, _, _ in practice_pairs(pairs + odd, codec, 9999, seed=1)} == set(range(200))
