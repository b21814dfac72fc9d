"""Batches: each a pure function of its step, and made of what their corpus holds."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")
pytest.importorskip("tokenizers")

from tokenizer_examples import ENGLISH, tokenizer  # noqa: E402

from wordvec.transformer.batching import generator  # noqa: E402
from wordvec.transformer.labelled_batches import (  # noqa: E402
    ClassificationBatches,
    Seq2SeqBatches,
    TokenClassificationBatches,
)
from wordvec.transformer.masking import choose_words  # noqa: E402
from wordvec.transformer.objectives import CausalBatches, MaskedBatches  # noqa: E402
from wordvec.transformer.token_corpus import TokenCorpus  # noqa: E402

WORDPIECE = tokenizer()
BPE = tokenizer("bpe")


def code(number):
    """A word of letters that all tokenizers know."""
    return "".join(chr(97 + int(digit)) for digit in str(1000 + number))


# Every line of every document is another one, at its beginning and at its end.
DOCUMENTS = [
    "\n".join(f"{code(d * 10 + k)} {ENGLISH[(d + k) % 4]} {code(d * 10 + k)}" for k in range(3 + d % 4))
    for d in range(30)
]
CORPUS = TokenCorpus.from_texts(DOCUMENTS, WORDPIECE)
BPE_CORPUS = TokenCorpus.from_texts(DOCUMENTS, BPE)
SEQUENCES = [list(range(5, 6 + (7 * k) % 23)) for k in range(50)]


def classification(shuffle=True, seed=3, batch_size=6):
    return ClassificationBatches(
        SEQUENCES, np.arange(50) % 3, WORDPIECE, batch_size, seed, token_type_ids=SEQUENCES, shuffle=shuffle
    )


def token_classification(shuffle=True, seed=3, batch_size=6):
    return TokenClassificationBatches(SEQUENCES, SEQUENCES, WORDPIECE, batch_size, seed, shuffle=shuffle)


def seq2seq(shuffle=True, seed=3, batch_size=6):
    return Seq2SeqBatches(SEQUENCES, SEQUENCES[::-1], WORDPIECE, batch_size, seed, shuffle=shuffle)


def causal(shuffle=True, seed=3, batch_size=6):
    return CausalBatches(BPE_CORPUS, 16, batch_size, seed, shuffle=shuffle)


def masked(shuffle=True, seed=3, batch_size=6, **options):
    return MaskedBatches(CORPUS, WORDPIECE, 24, batch_size, seed, shuffle=shuffle, **options)


def pairs(shuffle=True, seed=3, batch_size=6):
    return masked(shuffle, seed, batch_size, next_sentence=True)


def words(shuffle=True, seed=3, batch_size=6):
    return masked(shuffle, seed, batch_size, whole_word=True)


ALL = [causal, masked, words, pairs, seq2seq, classification, token_classification]


def equal(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


# What all have in common


@pytest.mark.parametrize("make", ALL)
@pytest.mark.parametrize("shuffle", [True, False])
def test_a_batch_is_a_function_of_seed_and_step(make, shuffle):
    batches, again = make(shuffle), make(shuffle)
    n = len(batches)
    steps = [0, 1, n - 1, n, 2 * n + 1]
    first = [batches.batch(step) for step in steps]
    # Another object, asked in another order.
    assert all(equal(again.batch(step), batch) for step, batch in reversed(list(zip(steps, first))))
    assert all(equal(batches.batch(step), batch) for step, batch in zip(steps, first))
    other = make(shuffle, seed=4)
    assert equal(other.batch(0), first[0]) == (not shuffle and make not in (masked, words, pairs))
    assert all(tensor.dtype == torch.int64 for batch in first for tensor in batch.values())


@pytest.mark.parametrize("make", ALL)
@pytest.mark.parametrize(("world", "batch_size"), [(2, 6), (4, 6), (3, 3)])
def test_the_parts_of_all_processes_make_up_the_batch(make, world, batch_size):
    batches = make(batch_size=batch_size)
    for step in (0, len(batches)):
        whole = batches.batch(step)
        parts = [batches.batch(step, rank, world) for rank in range(world)]
        assert equal(whole, {name: torch.cat([part[name] for part in parts]) for name in whole})
        sizes = [len(part["labels"]) for part in parts]
        assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize("make", ALL)
def test_bad_steps_and_ranks(make):
    batches = make()
    name = type(batches).__name__
    for arguments, message in (
        ((-1,), f"step parameter of {name}.batch must be an integer of at least 0. Got -1"),
        ((0, 2, 2), f"rank parameter of {name}.batch must be an integer from 0 to 1. Got 2"),
        ((0, 0, 0), f"world parameter of {name}.batch must be an integer of at least 1. Got 0"),
    ):
        with pytest.raises(ValueError, match=re.escape(message)):
            batches.batch(*arguments)
    with pytest.raises(
        ValueError, match=f"Batch 1 of {name} has 6 rows, too few for 7 processes. Make batch_size larger"
    ):
        batches.batch(1, 0, 7)
    with pytest.raises(TypeError, match="step parameter"):
        batches.batch(1.5)
    with pytest.raises(ValueError, match=f"batch_size parameter of {name}"):
        make(batch_size=0)
    with pytest.raises(ValueError, match=f"seed parameter of {name}"):
        make(seed=-1)
    with pytest.raises(ValueError, match=rf"{name} has \d+ .*, less than a batch, which takes 9999"):
        make(batch_size=9999)


def test_draws_of_one_purpose_do_not_depend_on_others():
    assert generator(1, 0, 5).random() == generator(1, 0, 5).random()
    draws = {
        generator(seed, purpose, number).random()
        for seed in (0, 1)
        for purpose in (0, 1)
        for number in (0, 1)
    }
    assert len(draws) == 8


# Causal


@pytest.mark.parametrize("block_size", [3, 16])
def test_an_epoch_holds_each_block_once(block_size):
    batches = CausalBatches(BPE_CORPUS, block_size, 1, seed=5)
    ids = BPE_CORPUS.token_ids.astype(int)
    offsets = set()
    for epoch in range(4):
        rows = [batches.batch(epoch * len(batches) + step) for step in range(len(batches))]
        text = [row["input_ids"][0].tolist() + row["labels"][0, -1:].tolist() for row in rows]
        assert all(torch.equal(row["input_ids"][0, 1:], row["labels"][0, :-1]) for row in rows)
        # Blocks of this small text are nearly all different, and stand one behind the other from the offset on.
        offset = next(
            k
            for k in range(block_size)
            if sorted(text)
            == sorted(ids[k + b * block_size :][: block_size + 1].tolist() for b in range(len(batches)))
        )
        offsets.add(offset)
        assert text != sorted(text)
    assert len(offsets) > 1
    assert len(ids) - 2 * block_size < len(batches) * block_size < len(ids)


def test_blocks_in_order_cover_the_text():
    batches = BPE_CORPUS.windows(16, 5, shuffle=False)
    rows = torch.cat([batches.batch(step)["labels"] for step in range(len(batches))])
    n = (BPE_CORPUS.n_tokens - 1) // 16
    assert rows.shape == (n, 16)
    assert rows.flatten().tolist() == BPE_CORPUS.token_ids[1 : n * 16 + 1].tolist()
    assert equal(batches.batch(len(batches)), batches.batch(0))


def test_a_corpus_of_one_block():
    corpus = TokenCorpus.from_texts(["aa"], tokenizer("char"))
    assert corpus.n_tokens == 4
    assert CausalBatches(corpus, 3, 1, shuffle=False).batch(0)["labels"].tolist() == [
        corpus.token_ids[1:].tolist()
    ]
    with pytest.raises(
        ValueError, match="CausalBatches has 0 blocks of 4 tokens, less than a batch, which takes 1"
    ):
        CausalBatches(corpus, 4, 1, shuffle=False)


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
        (
            dict(tokenizer=BPE, corpus=BPE_CORPUS),
            ValueError,
            "needs a token for 'mask', and the tokenizer has none",
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


def test_byte_level_bpe_can_be_masked_with_a_mask_token():
    tok = tokenizer("bpe", special_tokens={"bos": "<s>", "eos": "</s>", "mask": "<mask>"})
    corpus = TokenCorpus.from_texts(DOCUMENTS, tok)
    batch = MaskedBatches(corpus, tok, 32, 4, whole_word=True).batch(0)
    assert (batch["input_ids"] == tok.mask_token_id).any()
    assert (batch["input_ids"][:, 0] == tok.bos_token_id).all()


# Labelled


def test_targets_are_shifted_and_padded():
    batches = Seq2SeqBatches([[5, 6], [7]], [[8, 9, 10], [11]], BPE, 2, shuffle=False)
    batch = batches.batch(0)
    end = BPE.eos_token_id
    assert batch["input_ids"].tolist() == [[5, 6], [7, end]]
    assert batch["attention_mask"].tolist() == [[1, 1], [1, 0]]
    assert batch["decoder_input_ids"].tolist() == [[end, 8, 9, 10], [end, 11, end, end]]
    assert batch["labels"].tolist() == [[8, 9, 10, end], [11, end, -100, -100]]
    bert = Seq2SeqBatches([[5]], [[6]], WORDPIECE, 1, shuffle=False).batch(0)
    assert bert["decoder_input_ids"].tolist() == [[WORDPIECE.cls_token_id, 6]]
    assert bert["labels"].tolist() == [[6, WORDPIECE.sep_token_id]]


@pytest.mark.parametrize("make", [seq2seq, classification, token_classification])
def test_an_epoch_holds_each_item_at_most_once(make):
    batches = make()
    rows = []
    for step in range(len(batches)):
        batch = batches.batch(step)
        rows += [
            tuple(ids[mask == 1].tolist()) for ids, mask in zip(batch["input_ids"], batch["attention_mask"])
        ]
    assert len(rows) == 48
    counts = {row: rows.count(row) for row in rows}
    assert all(count <= SEQUENCES.count(list(row)) for row, count in counts.items())
    in_order = make(shuffle=False)
    assert len(in_order) == 9
    last = in_order.batch(8)
    assert len(last["input_ids"]) == 2
    assert last["input_ids"][1, : len(SEQUENCES[49])].tolist() == SEQUENCES[49]


def test_batches_hold_sequences_of_similar_length():
    rng = np.random.default_rng(0)
    sequences = [[7] * n for n in rng.integers(1, 100, 1000)]
    batches = ClassificationBatches(sequences, np.zeros(1000, int), WORDPIECE, 10, seed=1)
    masks = [batches.batch(step)["attention_mask"] for step in range(len(batches))]
    padding = 1 - sum(int(mask.sum()) for mask in masks) / sum(mask.numel() for mask in masks)
    lengths = [mask.shape[1] for mask in masks]
    assert padding < 0.05  # without sorting, 45 %
    assert abs(np.corrcoef(lengths, range(100))[0, 1]) < 0.35  # short and long ones come in random order


def test_labels_keep_their_sequences():
    batch = classification().batch(1)
    lookup = {}
    for sequence, label in zip(SEQUENCES, np.arange(50) % 3):
        lookup.setdefault(tuple(sequence), set()).add(int(label))
    for ids, mask, types, label in zip(*(batch[name] for name in ("input_ids", "attention_mask", "token_type_ids",
                                                                   "labels"))):  # fmt: skip
        assert int(label) in lookup[tuple(ids[mask == 1].tolist())]
        assert types[mask == 1].tolist() == ids[mask == 1].tolist()
        assert types[mask == 0].sum() == 0
    tokens = token_classification().batch(1)
    assert torch.equal(
        tokens["labels"], torch.where(tokens["attention_mask"] == 1, tokens["input_ids"], -100)
    )


def test_kinds_of_labels():
    for labels, dtype in (
        ([0, 1], torch.int64),
        ([0.5, 2], torch.float32),
        ([[0, 1], [1, 1]], torch.float32),
    ):
        batch = ClassificationBatches([[5], [6]], labels, WORDPIECE, 2, shuffle=False).batch(0)
        assert batch["labels"].dtype == dtype
        assert batch["labels"].tolist() == labels


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: ClassificationBatches([[5]], ["a"], WORDPIECE, 1),
            TypeError,
            "must be numbers of the shape",
        ),
        (
            lambda: ClassificationBatches([[5]], [1, 2], WORDPIECE, 1),
            ValueError,
            "as many as the sequences, 1. Got 2",
        ),
        (lambda: ClassificationBatches([[]], [1], WORDPIECE, 1), ValueError, "not empty. Got [] at place 0"),
        (lambda: ClassificationBatches(["fox"], [1], WORDPIECE, 1), ValueError, "Got 'fox' at place 0"),
        (
            lambda: ClassificationBatches([[10**6]], [1], WORDPIECE, 1),
            ValueError,
            "Got 1000000 to 1000000 at place 0",
        ),
        (
            lambda: ClassificationBatches([[5]], [1], WORDPIECE, 1, token_type_ids=[[0, 1]]),
            ValueError,
            "token_type_ids of ClassificationBatches must be as many and as long as the sequences",
        ),
        (
            lambda: TokenClassificationBatches([[5, 6]], [[1]], WORDPIECE, 1),
            ValueError,
            "must be 2 integers. Got int",
        ),
        (
            lambda: Seq2SeqBatches([[5]], [[5], [6]], WORDPIECE, 1),
            ValueError,
            "targets of Seq2SeqBatches must be as",
        ),
        (lambda: Seq2SeqBatches([], [], WORDPIECE, 1), ValueError, "has 0 pairs, less than a batch"),
        (
            lambda: Seq2SeqBatches([[5]], [[6]], tokenizer("word", special_tokens={"unk": "?"}), 1),
            ValueError,
            "needs an end token, which the tokenizer has not",
        ),
    ],
)
def test_bad_labelled_input(make, error, message):
    with pytest.raises(error, match=re.escape(message)):
        make()
