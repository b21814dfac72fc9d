"""Windows of passages: every token once or as often as windows overlap, offsets exact, long passages in pieces."""

import unicodedata

import numpy as np
import pytest

from wordvec.tokenizers.tokenizer import Tokenizer
from wordvec.transformer.data import passage_windows as windows
from wordvec.transformer.data.labelled_batches import AnswerBatches
from wordvec.transformer.data.passage_windows import (
    PairTemplate,
    PassageTokens,
    passage_pieces,
    passage_windows,
)

PASSAGES = {
    "english": "The Café of São Paulo opened in 1895, and it wasn't   cheap.\nNobody came.",
    "chinese": "《战国无双3》由光荣和ω-force开发，２００９年12月3日发售。",
    "combining": "Re\u0301sume\u0301 of Nai\u0308ve Zoe\u0308 \u2014 deja\u0300 vu e\u0301",
    "emoji": "A \U0001f468\u200d\U0001f469\u200d\U0001f467 family, \U0001f1e9\U0001f1ea flag.",
    "blank": " \n\t ",
    "empty": "",
}


@pytest.fixture(scope="module", params=["wordpiece", "bpe", "char", "word"])
def tokenizer(request):
    texts = list(PASSAGES.values())[:4]
    return Tokenizer.train_from_texts(texts * 3, request.param, 300, lowercase=request.param == "wordpiece")


@pytest.fixture(scope="module")
def wordpiece():
    return Tokenizer.train_from_texts(list(PASSAGES.values())[:4] * 3, "wordpiece", 300, lowercase=True)


@pytest.mark.parametrize("name", PASSAGES)
def test_tokens_stand_for_the_characters_that_they_are_of(tokenizer, name):
    passage = PASSAGES[name]
    tokens = PassageTokens.of(passage, tokenizer)
    assert tokens.ids.tolist() == tokenizer.encode(passage, add_special_tokens=False)
    covered = np.zeros(len(passage), bool)
    for begin, end, word_begin, word_end in zip(
        tokens.begins, tokens.ends, tokens.word_begins, tokens.word_ends
    ):
        assert 0 <= word_begin <= begin <= end <= word_end <= len(passage)
        piece = passage[begin:end]
        assert piece == piece.strip()
        covered[begin:end] = True
    bare = [k for k, c in enumerate(passage) if not c.isspace() and unicodedata.category(c)[0] not in "MC"]
    assert covered[bare].all()


@pytest.mark.parametrize("length", [9, 13, 40])
@pytest.mark.parametrize("stride", [0, 1, 3])
def test_windows_are_slices_of_one_long_window(wordpiece, length, stride):
    passage, question = PASSAGES["english"], wordpiece.encode("who?", add_special_tokens=False)[:2]
    template = PairTemplate.of(wordpiece)
    (whole,) = passage_windows(question, passage, wordpiece, template, 1000, 0)
    parts = list(passage_windows(question, passage, wordpiece, template, length, stride))
    size = length - template.n_special - len(question)
    n = len(whole.tokens)
    # Brute force: from each step on until the end is reached.
    expected = []
    for first in range(0, n, size - stride):
        expected.append((first, min(first + size, n)))
        if first + size >= n:
            break
    assert [(len(p.tokens), p.tokens.begins[0]) for p in parts] == [
        (b - a, whole.tokens.begins[a]) for a, b in expected
    ]
    for part, (first, last) in zip(parts, expected):
        assert part.ids == [*whole.ids[: whole.first], *whole.ids[whole.first :][first:last], whole.ids[-1]]
        assert len(part.ids) == len(part.segments) <= length
        assert part.segments == [0] * part.first + [1] * (len(part.ids) - part.first)
        letters = [place for place, character in enumerate(passage) if not character.isspace()]
        for begin in letters:
            for end in (place + 1 for place in letters if begin <= place < begin + 12):
                found, there = part.target(begin, end), whole.target(begin, end)
                if there is None:
                    assert found is None
                    continue
                a, b = there[0] - whole.first - first, there[1] - whole.first - first
                inside = a >= 0 and b < last - first
                assert found == ((part.first + a, part.first + b) if inside else None) or not inside


def test_a_pair_has_the_form_of_the_tokenizer(wordpiece):
    question, passage = "Who came?", PASSAGES["english"]
    (window,) = passage_windows(
        wordpiece.encode(question, add_special_tokens=False),
        passage,
        wordpiece,
        PairTemplate.of(wordpiece),
        500,
        9,
    )
    ids, segments = wordpiece.encode_lists([question], [passage])
    assert (window.ids, window.segments) == (ids[0], segments[0])


def test_long_passages_come_in_pieces_with_the_same_tokens(wordpiece, monkeypatch):
    passage = (PASSAGES["english"] + " " + PASSAGES["chinese"] * 3 + " ") * 20
    template = PairTemplate.of(wordpiece)
    whole = list(passage_windows([5], passage, wordpiece, template, 30, 7))
    for most in (7, 50, 333):
        monkeypatch.setattr(windows, "PIECE_CHARS", most)
        pieces = list(passage_pieces(passage, most))
        assert "".join(piece for _, piece in pieces) == passage
        assert [place for place, _ in pieces] == np.cumsum([0, *(len(p) for _, p in pieces)])[:-1].tolist()
        monkeypatch.setattr(windows, "passage_pieces", lambda text, n=most: passage_pieces(text, n))
        if most > 7:
            parts = list(passage_windows([5], passage, wordpiece, template, 30, 7))
            assert [part.ids for part in parts] == [part.ids for part in whole]
            assert all((a.tokens.begins == b.tokens.begins).all() for a, b in zip(parts, whole))
        monkeypatch.undo()


def test_passages_without_a_token_have_one_window(wordpiece):
    for name in ("blank", "empty"):
        (window,) = passage_windows([5], PASSAGES[name], wordpiece, PairTemplate.of(wordpiece), 30, 7)
        assert len(window.tokens) == 0 and window.target(0, 1) is None


@pytest.mark.parametrize(
    "labels", [[[0, 1]], [[0, 9], [0, 0]], [[2, 1], [0, 0]], [[-1, 1], [0, 0]], [[0.5, 1], [0, 0]], [0, 1]]
)
def test_batches_refuse_places_that_are_none(wordpiece, labels):
    with pytest.raises(ValueError, match="labels parameter of AnswerBatches"):
        AnswerBatches([[1, 2, 3], [1, 2]], labels, wordpiece, 1)


def test_batches_hold_starts_and_ends(wordpiece):
    batches = AnswerBatches([[1, 2, 3], [1, 2]], [[1, 2], [0, 0]], wordpiece, 2, shuffle=False)
    batch = batches.batch(0)
    assert batch["start_positions"].tolist() == [1, 0] and batch["end_positions"].tolist() == [2, 0]
    assert "labels" not in batch and batch["input_ids"].shape == (2, 3)
