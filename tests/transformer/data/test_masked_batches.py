"""Batches with masked tokens and of next sentences: which tokens are hidden, which lines meet."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

torch = pytest.importorskip("torch")
pytest.importorskip("tokenizers")

from wordvec.tokenizers import Tokenizer
from wordvec.transformer.data.masking import choose_words, word_starts_of
from wordvec.transformer.data.pretraining_batches import MaskedBatches
from wordvec.transformer.data.token_corpus import TokenCorpus

from ...tokenizers.support import tokenizer
from .support import BPE, BPE_CORPUS, CORPUS, DOCUMENTS, WORDPIECE, masked, pairs

# Masked


def original(batch):
    """Return the ids before masking."""
    return torch.where(batch["labels"] == -100, batch["input_ids"], batch["labels"])


def test_rows_are_text_between_cls_and_sep():
    batches = masked(shuffle=False)
    rows = torch.cat([original(batches.batch(step)) for step in range(len(batches))])
    assert (rows[:, 0] == WORDPIECE.cls_token_id).all()
    assert (rows[:, -1] == WORDPIECE.sep_token_id).all()
    inner = rows[:, 1:-1].flatten().tolist()
    assert inner == CORPUS.token_ids[: len(inner)].tolist()
    assert CORPUS.n_tokens - len(inner) < 22
    assert set(batches.batch(0)) == {"input_ids", "labels"}


def test_masks_are_80_10_10():
    batches = MaskedBatches(CORPUS, WORDPIECE, 64, 8, seed=2)
    n_eligible = n_chosen = n_masked = n_same = 0
    replacements = np.zeros(WORDPIECE.vocab_size, int)
    for step in range(150):
        batch = {name: tensor.numpy() for name, tensor in batches.batch(step).items()}
        ids = original(batches.batch(step)).numpy()
        special = WORDPIECE.is_special[ids]
        chosen = batch["labels"] != -100
        assert not (chosen & special).any()
        assert (batch["input_ids"] == ids)[~chosen].all()
        per_row = chosen.sum(1)
        assert (per_row == np.rint(0.15 * (~special).sum(1))).all()
        n_eligible += (~special).sum()
        n_chosen += chosen.sum()
        n_masked += (batch["input_ids"][chosen] == WORDPIECE.mask_token_id).sum()
        n_same += (batch["input_ids"][chosen] == ids[chosen]).sum()
        changed = chosen & (batch["input_ids"] != ids) & (batch["input_ids"] != WORDPIECE.mask_token_id)
        np.add.at(replacements, batch["input_ids"][changed], 1)
    # About 11,000 draws: four standard deviations of the shares are 0.016, 0.012 and 0.012.
    assert n_chosen > 10_000
    assert n_masked / n_chosen == pytest.approx(0.8, abs=0.016)
    ordinary = ~WORDPIECE.is_special
    assert n_same / n_chosen == pytest.approx(0.1 + 0.1 / ordinary.sum(), abs=0.012)
    assert replacements[~ordinary].sum() == 0
    # Each ordinary piece is drawn about as often: chi-square against its mean and spread.
    counts, mean = replacements[ordinary], replacements.sum() / ordinary.sum()
    chi_square = ((counts - mean) ** 2 / mean).sum()
    assert abs(chi_square - ordinary.sum()) < 5 * np.sqrt(2 * ordinary.sum())


def test_whole_words_are_hidden_together():
    batches = MaskedBatches(CORPUS, WORDPIECE, 64, 8, seed=2, whole_word=True)
    n_chosen = n_eligible = 0
    n_long = 0
    for step in range(100):
        batch = batches.batch(step)
        ids, chosen = original(batch).numpy(), (batch["labels"] != -100).numpy()
        n_chosen += chosen.sum()
        n_eligible += (~WORDPIECE.is_special[ids]).sum()
        for row, marks in zip(ids, chosen):
            # By hand: a piece with "##" goes with the piece before it.
            for t in range(1, len(row)):
                if (
                    WORDPIECE.id_to_token(int(row[t])).startswith("##")
                    and not WORDPIECE.is_special[row[t - 1]]
                ):
                    assert marks[t] == marks[t - 1]
                    n_long += marks[t]
    assert n_long > 500
    # 8 * 100 rows: the number of tokens differs from 15 % by less than half a word, to either side.
    assert n_chosen / n_eligible == pytest.approx(0.15, abs=0.01)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32), st.integers(1, 6), st.integers(1, 40), st.sampled_from([0.05, 0.15, 0.5, 1.0]))
def test_choosing_words_against_the_rule(seed, n_rows, n_columns, fraction):
    rng = np.random.default_rng(seed)
    eligible = rng.random((n_rows, n_columns)) < 0.8
    starts = rng.random((n_rows, n_columns)) < 0.6
    chosen = choose_words(eligible, starts, fraction, rng)
    assert not (chosen & ~eligible).any()
    for row in range(n_rows):
        words = []
        for t in np.flatnonzero(eligible[row]):
            if t == 0 or starts[row, t] or not eligible[row, t - 1]:
                words.append([])
            words[-1].append(t)
        taken = [word for word in words if chosen[row, word].all()]
        assert sum(map(len, taken)) == chosen[row].sum()
        wanted = np.rint(fraction * eligible[row].sum())
        longest = max(map(len, words), default=0)
        assert len(taken) >= min(1, len(words))
        if len(taken) > 1:
            assert chosen[row].sum() <= wanted + longest / 2
        assert chosen[row].sum() >= min(wanted, eligible[row].sum()) - longest / 2


def test_each_token_is_chosen_equally_often():
    rng = np.random.default_rng(0)
    eligible = np.ones((4000, 20), bool)
    starts = np.ones((4000, 20), bool)
    starts[:, 5:7] = False  # one word of three tokens
    share = choose_words(eligible, np.ones_like(starts), 0.15, rng).mean(0)
    np.testing.assert_allclose(share, 0.15, atol=0.025)  # 4.4 standard deviations
    share = choose_words(eligible, starts, 0.15, rng).mean()
    assert share == pytest.approx(0.15, abs=0.005)


# Next sentence


@pytest.mark.parametrize("block_size", [12, 40, 200])
def test_pairs_meet_at_a_line_or_come_from_two_documents(block_size):
    batches = MaskedBatches(CORPUS, WORDPIECE, block_size, 4, seed=1, next_sentence=True)
    cls, sep, pad = WORDPIECE.cls_token_id, WORDPIECE.sep_token_id, WORDPIECE.pad_token_id
    documents = [CORPUS.document(d)[:-1].tolist() for d in range(CORPUS.n_documents)]
    starts = [(CORPUS.sentence_starts[a:b] - CORPUS.sentence_starts[a]).tolist()
              for a, b in zip(CORPUS.document_starts[:-1], CORPUS.document_starts[1:])]  # fmt: skip
    n_random = n_rows = 0
    for step in range(min(60, 2 * len(batches))):
        batch = batches.batch(step)
        for row, types, mask, label in zip(
            original(batch), batch["token_type_ids"], batch["attention_mask"], batch["next_sentence_label"]
        ):
            n = int(mask.sum())
            assert mask.tolist() == [1] * n + [0] * (block_size - n)
            assert set(row[n:].tolist()) <= {pad}
            row = row[:n].tolist()
            assert row[0] == cls
            ends = [t for t, token_id in enumerate(row) if token_id == sep]
            assert len(ends) == 2
            assert ends[1] == n - 1
            assert types[:n].tolist() == [0] * (ends[0] + 1) + [1] * (n - ends[0] - 1)
            first, second = row[1 : ends[0]], row[ends[0] + 1 : -1]
            assert first
            assert second
            follows = any(
                document[max(0, s - len(first)) : s + len(second)] == first + second
                for document, lines in zip(documents, starts)
                for s in lines[1:]
            )
            assert follows if label == 0 else not follows or block_size == 12  # so short ones may be equal
            if label == 1:
                assert any(document[s : s + len(second)] == second
                           for document, lines in zip(documents, starts) for s in lines)  # fmt: skip
            # Full, or everything there is behind the line.
            assert n == block_size or any(document[-len(second) :] == second for document in documents)
            n_random += int(label)
            n_rows += 1
    if n_rows > 100:
        assert abs(n_random / n_rows - 0.5) < 4 * 0.5 / np.sqrt(n_rows)


def test_strangers_come_from_every_other_document():
    batches = pairs()
    lines = batches._lines
    documents = np.repeat(np.arange(CORPUS.n_documents), np.diff(CORPUS.document_starts))
    for line in (0, 5, CORPUS.n_sentences - 1):
        n_others = int((documents != documents[line]).sum())
        got = [lines.stranger(line, (k + 0.5) / n_others) for k in range(n_others)]
        assert got == np.flatnonzero(documents != documents[line]).tolist()


def test_bad_masked_batches():
    for options, error, message in (
        (
            dict(mask_fraction=0),
            ValueError,
            "mask_fraction parameter of MaskedBatches must be a number greater than 0",
        ),
        (
            dict(block_size=2),
            ValueError,
            "block_size parameter of MaskedBatches must be an integer of at least 3",
        ),
        (dict(whole_word=1), TypeError, "whole_word parameter of MaskedBatches must be True or False"),
        (dict(tokenizer=BPE), ValueError, "was encoded with another tokenizer"),
        (dict(tokenizer=None), TypeError, "tokenizer parameter of MaskedBatches must be a Tokenizer"),
        (dict(corpus="corpus"), TypeError, "corpus parameter of MaskedBatches must be a TokenCorpus"),
        (
            dict(tokenizer=BPE, corpus=BPE_CORPUS),
            ValueError,
            "needs the special token 'mask', which the tokenizer has not",
        ),
        (
            dict(corpus=TokenCorpus.from_texts(DOCUMENTS[:1], WORDPIECE), next_sentence=True),
            ValueError,
            "needs lines of other documents, and the corpus has 1 document",
        ),
        (
            dict(corpus=TokenCorpus.from_texts(["one line"] * 5, WORDPIECE), next_sentence=True),
            ValueError,
            "has 0 lines that follow another one in their document",
        ),
    ):
        given_options = {
            "corpus": CORPUS,
            "tokenizer": WORDPIECE,
            "block_size": 24,
            "batch_size": 4,
            **options,
        }
        with pytest.raises(error, match=message):
            MaskedBatches(**given_options)


@pytest.mark.smoke
def test_byte_level_bpe_can_be_masked_with_a_mask_token():
    tok = tokenizer("bpe", special_tokens={"bos": "<s>", "eos": "</s>", "mask": "<mask>"})
    corpus = TokenCorpus.from_texts(DOCUMENTS, tok)
    batch = MaskedBatches(corpus, tok, 32, 4, whole_word=True).batch(0)
    assert (batch["input_ids"] == tok.mask_token_id).any()
    assert (batch["input_ids"][:, 0] == tok.bos_token_id).all()


ZH = "今天我们去公园，天气很好。"


@pytest.mark.parametrize(("kind", "text"), [("char", "abc def"), ("word", "the dog ran home"), ("bpe", ZH)])
def test_whole_words_that_are_single_tokens_are_told(kind, text):
    special = {"pad": "<pad>", "unk": "<unk>", "cls": "<s>", "sep": "</s>", "mask": "<mask>"}
    made = Tokenizer.train_from_texts([text] * 9, kind, 300, special_tokens=special)
    corpus = TokenCorpus.from_texts([text] * 30, made)
    single = kind in ("word", "bpe")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        MaskedBatches(corpus, made, 8, 2, whole_word=True)
        MaskedBatches(corpus, made, 8, 2)
    assert [str(w.message)[:33] for w in told] == ["Masking whole words changes nothi"] * single


@pytest.mark.parametrize("kind", ["wordpiece", "char"])
def test_chinese_words_are_those_of_the_segmenter(kind):
    rjieba = pytest.importorskip("rjieba")
    text = "今天我们去公园，天气very good很好。2024年"
    special = {"pad": "<pad>", "unk": "<unk>", "cls": "<s>", "sep": "</s>", "mask": "<mask>"}
    made = Tokenizer.train_from_texts([text] * 9, kind, 300, special_tokens=special)
    corpus = TokenCorpus.from_texts([text] * 90, made)
    starts = word_starts_of(corpus, made)
    ids = np.array([made.encode(text)])
    (found,) = starts(ids)
    words, word = [], ""
    for piece, begins in zip([made.id_to_token(i).removeprefix("##") for i in ids[0].tolist()], found):
        if begins and word:
            words.append(word)
            word = ""
        word += piece
    inside = [w for w in [*words, word] if w not in special.values()]
    expected = [w for w in rjieba.cut(text) if w.strip()]
    assert [word for word in inside if word.strip()] == expected
    batches = MaskedBatches(corpus, made, 64, 8, seed=2, whole_word=True)
    n_parted = n_whole = 0
    for step in range(40):
        batch = batches.batch(step)
        ids, chosen = original(batch).numpy(), (batch["labels"] != -100).numpy()
        numbers = np.cumsum(starts(ids), axis=1)
        for row, marks in zip(numbers, chosen):
            for number in np.unique(row):
                share = marks[row == number].mean()
                n_parted += 0 < share < 1
                n_whole += share == 1 and (row == number).sum() > 1
    assert n_parted == 0 < n_whole
