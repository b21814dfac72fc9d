"""The kernels and the table around them, against `bytes.decode` and `str.split`."""

import itertools

import naive_text
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from wordvec.kernels.text.scanning import PADDING, STEP
from wordvec.kernels.text.tokenise import LINE_END, _find_or_add, finish_items
from wordvec.text.numbering import threads
from wordvec.text.numbering.cutting import Piece, TextCutter
from wordvec.text.numbering.table import WordTable
from wordvec.text.numbering.threads import number_pieces

ALL_SPACES = [chr(point) for point in range(0x110000) if chr(point).isspace()]

# Text with many line ends, spaces of every kind, cut and overlong sequences, and few different words.
PIECES = [
    b"a", b"b", b"ab", b" ", b"\n", b"\r\n", b"longer_than_eight", b"longer_than_nine", b"eight_by",
    b"\xc3\xa9", b"\xe4\xb8\xad", b"\xf0\x9f\x98\x80", b"\xc2", b"\xe2", b"\xe2\x80", b"\xe3", b"\xe3\x80",
    b"\xe1\x9a", b"\x80", b"\x85", b"\xa0",
    b"\xff", b"\xed\xa0\x80", b"\xf0\x90", b"\xe2\x80\x8b", b"\xe2\x81\x9f", b"\xc2\x84",
    *(space.encode() for space in ALL_SPACES),
]  # fmt: skip


def numbered(data, block_bytes, n_threads=1):
    """Feed `data` in blocks; return the table, and ids and line ends."""
    cutter, table = TextCutter(), WordTable()
    blocks = [data[start : start + block_bytes] for start in range(0, len(data), block_bytes)]
    pieces = itertools.chain(
        (piece for block in blocks for piece in cutter.feed(block)), cutter.feed(b"", at_end=True)
    )
    found = list(number_pieces(enumerate(pieces), table, n_threads))
    assert [number for number, _ in found] == list(range(len(found)))
    return table, np.concatenate([items for _, items in found] or [np.empty(0, np.int32)])


def table_sentences(data, block_bytes, errors, n_threads=1):
    """Feed `data` in blocks and put the sentences together again from words and ids."""
    table, items = numbered(data, block_bytes, n_threads)
    items = items.tolist()
    words = list(table.words(errors))
    counts = np.bincount([item for item in items if item != LINE_END], minlength=table.n_words)
    np.testing.assert_array_equal(table.counts, counts)
    sentences = [[]]
    for item in items:
        if item == LINE_END:
            sentences.append([])
        elif words[item]:
            sentences[-1].append(words[item])
    return [sentence for sentence in sentences if sentence], words


@pytest.mark.parametrize("space", ALL_SPACES, ids=lambda space: f"U+{ord(space):04X}")
@pytest.mark.parametrize("block_bytes", [1, 2, 3, 100])
def test_every_white_space_character_splits(space, block_bytes):
    data = f"ab{space}c{space}{space}\nd{space}e".encode()
    assert table_sentences(data, block_bytes, "strict")[0] == naive_text.sentences(data)


@given(st.lists(st.sampled_from(PIECES), max_size=60).map(b"".join), st.integers(1, 70))
@settings(max_examples=500, deadline=None)
def test_pieces_of_utf8_equal_str_split(data, block_bytes):
    for errors in ("replace", "ignore"):
        assert table_sentences(data, block_bytes, errors)[0] == naive_text.sentences(data, errors=errors)


@pytest.mark.parametrize("space", ALL_SPACES, ids=lambda space: f"U+{ord(space):04X}")
def test_white_space_at_the_end_of_a_step_splits(space):
    # From every place of a step, and cut by the end of a block at each of its bytes.
    data = b"".join(b"x" * (60 + k) + space.encode() + b"y" * (k % 3) + b"\n" for k in range(2 * STEP))
    want = naive_text.sentences(data)
    assert table_sentences(data, len(data), "strict")[0] == want
    for block_bytes in (61, 62, 63, 64, 65):
        assert table_sentences(data, block_bytes, "strict")[0] == want


@pytest.mark.parametrize("space", ["\u3000", "\xa0", "\u2003", " "])
def test_white_space_between_batches_of_words_splits(space):
    # Thousands of words whose batches end at every byte of the white space.
    data = b"".join(b"a" * (1 + k % 11) + (space * (1 + k % 3)).encode() for k in range(10_000))
    assert table_sentences(data, len(data), "strict")[0] == naive_text.sentences(data)


@pytest.mark.parametrize("length", range(41))
def test_words_of_any_length_anywhere_in_a_step(length):
    # Words that differ in their first, last or middle byte, at every place of a step.
    words = {b"x" * length, b"y" * length, b"x" * (length - 1) + b"z", b"x" * (length // 2) + b"y" + b"x" * 7}
    data = b"".join(b"_" * shift + b" " + b" ".join(sorted(words)) + b"\r\n" for shift in range(STEP))
    assert table_sentences(data, len(data), "strict")[0] == naive_text.sentences(data)
    assert table_sentences(data.rstrip(), 100, "strict")[0] == naive_text.sentences(data)


def test_lines_without_words():
    table, items = numbered(b"\n" * 10_000 + b" \t\n" * 3000 + b"a", 4096)
    assert items.tolist() == [LINE_END] * 13_000 + [0, LINE_END]
    assert table.n_words == 1
    assert numbered(b"", 10)[1].tolist() == []


def test_zeros_are_bytes_of_words():
    table = WordTable()
    text = b"a a\0 a\0\0 \0 \0\0 \0a " + b"a" * 15 + b" " + b"a" * 15 + b"\0 "
    items = table.encode(Piece(np.frombuffer(2 * text + bytes(PADDING), np.uint8), 2 * len(text)))
    assert items.tolist() == [*range(8), *range(8)]
    assert list(table.words()) == text.decode().split(" ")[:-1]


def test_long_words_with_the_same_key_are_kept_apart():
    text = b"the first of two long words" + b"and the other one, as long." + bytes(PADDING)
    bounds = np.array([0, 27, 27, 54] * 2)
    slots, starts = np.zeros((8, 4), np.uint64), np.zeros(5, np.int64)
    arena, data, n_words = np.zeros(200, np.uint8), np.frombuffer(text, np.uint8), 0
    found = []
    for begin, end in bounds.reshape(-1, 2):
        slot, n_words = _find_or_add(
            data, begin, end, np.uint64(256), np.uint64(7), np.uint64(7), arena, starts, slots, n_words
        )
        found.append(int(slot))
    assert found == [7, 0, 7, 0]
    assert arena[: starts[2]].tobytes() == text[:27] + b" " + text[27:54] + b" "


@pytest.mark.parametrize("n_threads", [2, 3])
@pytest.mark.parametrize("most_words", [1 << 16, 50])
def test_threads_give_the_same_ids(monkeypatch, n_threads, most_words):
    monkeypatch.setattr(threads, "_MOST_LOCAL_WORDS", most_words)
    rng = np.random.default_rng(2)
    words = [f"w{k}" * (1 + k % 6) for k in range(3000)]
    data = b"".join(words[k].encode() + (b"\n" if k % 7 == 0 else b" ") for k in rng.zipf(1.2, 40_000) % 3000)
    one, items = numbered(data, 5000)
    table, others = numbered(data, 5000, n_threads)
    np.testing.assert_array_equal(others, items)
    assert list(table.words()) == list(one.words()) == list(dict.fromkeys(data.decode().split()))
    np.testing.assert_array_equal(table.counts, one.counts)


@pytest.mark.slow
@given(st.text().filter(lambda text: "\0" not in text), st.integers(1, 50))
@settings(max_examples=200, deadline=None)
def test_any_unicode_equals_str_split(text, block_bytes):
    data = text.encode("utf-8")
    # A byte order mark is the file reader's business; here it is a letter.
    want = [line.split() for line in text.split("\n") if line.split()]
    assert table_sentences(data, block_bytes, "strict")[0] == want


@given(st.binary().map(lambda data: data.replace(b"\0", b"")), st.integers(1, 50))
@settings(max_examples=200, deadline=None)
def test_any_bytes_equal_str_split(data, block_bytes):
    want = [line.split() for line in data.decode("utf-8", "replace").split("\n") if line.split()]
    assert table_sentences(data, block_bytes, "replace")[0] == want


@pytest.mark.slow
@pytest.mark.parametrize("block_bytes", [1 << 14, 1 << 20])
def test_ids_are_in_order_of_first_sight_while_the_table_grows(block_bytes):
    # 100,000 distinct words: the table grows twice, the arena more often.
    rng = np.random.default_rng(1)
    tokens = [f"w{k}" * (1 + k % 4) for k in rng.integers(0, 100_000, 300_000)]
    data = " ".join(tokens).encode()
    sentences, words = table_sentences(data, block_bytes, "strict")
    assert sentences == [tokens]
    assert words == list(dict.fromkeys(tokens))


def test_words_of_equal_length_and_prefix_are_kept_apart():
    words = [b"12345678" + bytes([a, b]) for a in range(65, 91) for b in range(65, 91)]
    words += [b"1234567", b"12345678", b"123456789"]
    sentences, _ = table_sentences(b" ".join(words * 2), 1000, "strict")
    assert sentences == [[word.decode() for word in words * 2]]


def test_a_word_longer_than_many_blocks_is_whole():
    data = b"a " + b"x" * 1_000_000 + b" b"
    sentences, _ = table_sentences(data, 1000, "strict")
    assert sentences == [["a", "x" * 1_000_000, "b"]]


def test_check_utf8_sees_what_is_new():
    table = WordTable()
    for piece in TextCutter().feed(b"fine \xc3\xa9 "):
        table.encode(piece)
    table.check_utf8()
    for piece in TextCutter().feed(b"\xc3 \xa9 "):
        table.encode(piece)
    with pytest.raises(UnicodeDecodeError):
        table.check_utf8()


def test_select_and_words_agree():
    table, _ = numbered("one zwei три 四".encode(), 100)
    assert table.select(np.array([3, 1])) == ["四", "zwei"]
    assert list(table.words()) == ["one", "zwei", "три", "四"]


def test_finish_items_drops_words_and_empty_sentences():
    items = np.array([0, 1, -1, 2, -1, -1, 1, 0, 0, -1, 2], np.int32)
    final_ids = np.array([7, 3, -1], np.int32)
    tokens, ends = np.empty(11, np.int32), np.empty(4, np.int64)
    n_tokens, n_ends, last_end = finish_items(items, final_ids, 10, 10, tokens, ends)
    assert tokens[:n_tokens].tolist() == [7, 3, 3, 7, 7]
    assert ends[:n_ends].tolist() == [12, 15]
    assert last_end == 15
    assert finish_items(items, final_ids, 10, 10, items, ends) == (n_tokens, n_ends, last_end)
    assert items[:n_tokens].tolist() == [7, 3, 3, 7, 7]
