"""Text vectors as people have them: marks, separators, line ends, headers, repeated and undecodable words."""

import gzip
import sys
import warnings
import zipfile

import numpy as np
import pytest

from wordvec._utils.assumptions import collected_assumptions
from wordvec.vectors.formats import detection, dispatch as formats
from wordvec.vectors.keyed_vectors import KeyedVectors

from .support import same

BOM = b"\xef\xbb\xbf"
TABLE = KeyedVectors(np.float32([[0.5, 1.25], [3, -4]]), ["的", "b"])


def load(tmp_path, content, **options):
    path = tmp_path / "vectors"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return KeyedVectors.load(path, **options)


def refusal(tmp_path, content, **options):
    with pytest.raises(ValueError, match="vectors' cannot be read as word vectors: ") as caught:
        load(tmp_path, content, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# ---------------------------------------------------------------- forms that are read


@pytest.mark.parametrize("packed", [bytes, gzip.compress])
@pytest.mark.parametrize("mark", [b"", BOM])
@pytest.mark.parametrize(
    "text",
    [
        "2 2\n的 0.5 1.25\nb 3 -4\n",
        "的 0.5 1.25\nb 3 -4\n",
        "2 2\r\n的 0.5 1.25\r\nb 3 -4\r\n",
        "的 0.5 1.25 \r\nb 3 -4 \r\n",
        "2 2\n的 0.5 1.25  \nb 3 -4\t\n",  # blanks and tabs at the ends of lines
        "的  0.5  1.25\nb  3  -4",
        "2\t2\n的\t0.5\t1.25\nb\t3\t-4\n",
        "的\t0.5\t1.25\t\r\nb\t3\t-4\t\r\n",
        "的\t0.5 1.25\nb\t3 -4\n",  # a tab after the word, blanks between the numbers
        "2 2\n的\t0.5 1.25\nb\t3 -4\n",
        "2 2\r的 0.5 1.25\rb 3 -4\r",  # the lines of old Macs
        "的\t0.5\t1.25\rb\t3\t-4",
        "  2   2  \n的 5e-1 125E-2\nb +3. -4.0\n\n\n",
    ],
)
def test_forms_of_text(tmp_path, text, mark, packed):
    same(load(tmp_path, packed(mark + text.encode())), TABLE)


def test_a_mark_before_binary(tmp_path):
    TABLE.save(tmp_path / "v.bin")
    same(load(tmp_path, BOM + (tmp_path / "v.bin").read_bytes()), TABLE)


@pytest.mark.parametrize("name", ["v.glove", "v.txt", "v.bin"])
@pytest.mark.parametrize("word", ["\ufeff", "\ufeffa", "\ufeff\ufeff"])
def test_a_word_that_begins_as_the_mark_is_kept(tmp_path, name, word):
    kv = KeyedVectors(np.eye(2, dtype=np.float32), [word, "b"])
    kv.save(tmp_path / name)
    same(KeyedVectors.load(tmp_path / name), kv)


def test_words_with_blanks(tmp_path):
    text = ". . . 0.5 1\nat name@domain.com 2 3\nNew York 4 5\nplain 6 7\n"
    words = [". . .", "at name@domain.com", "New York", "plain"]
    for header in ("", "4 2\n"):
        assert load(tmp_path, header + text).index_to_key == words
    # Where tabs part the fields, what stands before the first is the word, numbers and all.
    tabs = "New York\t1\t2\nroom 101\t3\t4\n101\t5\t6\n"
    for header in ("", "3 2\n"):
        assert load(tmp_path, header + tabs).index_to_key == ["New York", "room 101", "101"]


def test_words_with_blanks_in_other_encodings(tmp_path):
    kv = load(tmp_path, "2 2\ncafé olé 1 2\ncafè 3 4\n".encode("latin-1"), encoding="latin-1")
    assert kv.index_to_key == ["café olé", "cafè"]


def test_a_very_long_first_line(tmp_path):
    word = "x" * 140_000
    assert load(tmp_path, f"{word} 1 2\nb 3 4\n").index_to_key == [word, "b"]
    long = " ".join(["0.25"] * 200_000)
    for header in ("", "1 200000\n"):
        assert load(tmp_path, f"{header}a {long}\n").vector_size == 200_000


def test_a_table_lies_in_an_archive(tmp_path):
    TABLE.save(tmp_path / "v.safetensors")
    with zipfile.ZipFile(tmp_path / "v.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(tmp_path / "v.safetensors", "folder/v.safetensors")
    (tmp_path / "v.safetensors.gz").write_bytes(gzip.compress((tmp_path / "v.safetensors").read_bytes()))
    for name in ("v.zip", "v.safetensors.gz"):
        same(KeyedVectors.load(tmp_path / name), TABLE)
        same(KeyedVectors.load(tmp_path / name, limit=1), TABLE.subset(["的"]))
        with pytest.raises(
            ValueError, match=f"{name}' cannot be read .* it is compressed, .*: decompress it first"
        ):
            KeyedVectors.load(tmp_path / name, mmap=True)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_gensim_reads_the_same_from_clean_files(tmp_path, newline):
    gensim = pytest.importorskip("gensim.models", reason="compared with gensim").KeyedVectors
    path = tmp_path / "v.txt"
    path.write_bytes(f"2 2{newline}的 0.5 1.25{newline}b 3 -4{newline}".encode())
    same(KeyedVectors.load(path), gensim.load_word2vec_format(str(path)))


# ---------------------------------------------------------------- what the content does not settle


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("the 120\nof 60\n", "vectors of one number"),
        ("a\t0.5 1\nb\t2 3\n", "fields parted by tabs and blanks, vectors of 2 numbers"),
        (". . . 0.5 1\n", "2 numbers after the word '. . .'"),
    ],
)
def test_what_is_assumed_is_told(tmp_path, text, told):
    with collected_assumptions() as assumed:
        load(tmp_path, text)
    assert assumed == [f"{str(tmp_path / 'vectors')!r}: GloVe text, {told}"]


@pytest.mark.parametrize("text", ["2 2\n的 0.5 1.25\nb 3 -4\n", "的\t0.5\t1.25\nb\t3\t-4\n"])
def test_nothing_is_told_where_nothing_is_assumed(tmp_path, text):
    with collected_assumptions() as assumed:
        load(tmp_path, text)
    assert assumed == []


# ---------------------------------------------------------------- text with a slip is text


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("的 nan 0.2 0.3\n", ["line 1 holds b'nan'"]),
        ("的 n/a 0.2 0.3\n", ["line 1 holds b'n/a'"]),
        ("的 n/a 0.2 0.3\n是 1 2 3\n", ["line 1 holds b'n/a'"]),
        ("1 3\n的 nan 0.2 0.3\n", ["line 2 holds b'nan'"]),
        ("1 3\n的 nan 0.2 0.33", ["line 2 holds b'nan'"]),  # the bytes of a row of three floats
        ("2 3\n的 nan 0.2\n是 1 2 3\n", ["line 2 has 2 numbers, not 3", "line 1 declares 3"]),
        ("1 2\n的 0.25 0.x", ["line 2 holds b'0.x'"]),
        ("1 2\n的 0.2 null", ["line 2 holds b'null'"]),
        ("1 1\na null", ["line 2 holds b'null'"]),
        ("1 1\na 0.x5", ["line 2 holds b'0.x5'"]),
        ("1 1\na  nan\n", ["line 2 holds b'nan'"]),
        ("2 1\na nan\nb 0.5\n", ["line 2 holds b'nan'"]),
        ("1 4\na 0.1 0.2 0.3 0.O4", ["line 2 holds b'0.O4'"]),
        ("500 2\n" + "a 0.5 1\n" * 400 + "b 0,5 1\n", ["line 402 holds b'0,5'"]),
        ("a 1 2\rb 3 4\nc 5 6\n", ["line 1 holds a carriage return"]),
        ("word d1 d2\na 1 2\nb 3 4\n", ["line 1 holds b'd1', which is not a number"]),
        ("3 5 1\na 1 2 3 4 5\nb 1 2 3 4 5\n", ["line 1 has 2 numbers, not 5"]),
    ],
)
def test_a_slip_is_named_and_never_read_as_binary(tmp_path, text, parts):
    message = refusal(tmp_path, text)
    for part in parts:
        assert part in message
    assert detection.detect_layout(tmp_path / "vectors").format != "word2vec-binary"


def test_a_slip_in_a_large_text(tmp_path, monkeypatch):
    monkeypatch.setattr(detection, "SAMPLE_BYTES", 2000)
    rows = [f"的{row} 0.{row} -0.5\n" for row in range(400)]
    rows[3] = "的 nan 0.2\n"
    assert "line 5 holds b'nan'" in refusal(tmp_path, "400 2\n" + "".join(rows))


@pytest.mark.parametrize("numbers", [[0.1, -0.1], [0.1, 0.1], [1.0, 0.0], [-2.5, 1e-9]])
@pytest.mark.parametrize("n_words", [1, 2, 3000])
def test_binary_is_binary(tmp_path, numbers, n_words):
    table = np.tile(np.float32(numbers), (n_words, 1))
    for vectors in (table, table[:, :1]):
        kv = KeyedVectors(vectors, [f"的{row}" for row in range(n_words)])
        kv.save(tmp_path / "vectors", format="word2vec-binary")
        assert formats.detect_format(tmp_path / "vectors") == "word2vec-binary"
        same(KeyedVectors.load(tmp_path / "vectors"), kv)


def test_the_format_can_be_said(tmp_path):
    # A row of text and a row of binary with the same bytes.
    content = b"1 1\na 0.5\n"
    assert load(tmp_path, content)["a"].tolist() == [0.5]
    kv = load(tmp_path, content, format="word2vec-binary")
    assert kv.vectors.tobytes() == b"0.5\n"
    assert load(tmp_path, b"2 1\n3 1\n", format="glove").index_to_key == ["2", "3"]
    with pytest.raises(ValueError, match="format parameter of load must be one of"):
        load(tmp_path, content, format="npy")


# ---------------------------------------------------------------- headers


@pytest.mark.parametrize(
    ("text", "parts", "limit"),
    [
        ("3 2\na 1 2\nb 3 4\n", ["declares 3 rows", "ends after 2", "correct line 1", "limit=2"], 2),
        ("1 2\na 1 2\nb 3 4\n\n", ["1 rows that line 1 declares, the file has 2", "limit=1"], 1),
        ("2 2\na 1 2\nb 3 4\nc 5 6\nd 7 8", ["2 rows that line 1 declares, the file has 4", "limit=2"], 2),
        ("2 3\na 1 2\nb 3 4\n", ["line 2 has 2 numbers, not 3", "line 1 declares 3; correct"], None),
        ("2 2\na 1 2 3\nb 3 4 5\n", ["more than 2 numbers", "it has 3, line 1 declares 2; correct"], None),
    ],
)
def test_a_header_that_does_not_fit_is_told_with_both_numbers(tmp_path, text, parts, limit):
    message = refusal(tmp_path, text)
    for part in parts:
        assert part in message
    if limit is not None:
        assert len(load(tmp_path, text, limit=limit)) == limit


@pytest.mark.parametrize(
    "content",
    [
        b"1000000000000 2\na 1 2\n",
        b"1000000000000 1000000\na 1 2\n",
        b"1000000 1000000\n" + b"\n" * 100_000,
        b"1000000 1000000\n" + b"a\n" * 50_000,
        b"1000000000000 1000000\na \0\0\0\0",
    ],
)
def test_memory_is_what_the_file_justifies(tmp_path, content):
    import tracemalloc

    (tmp_path / "vectors").write_bytes(content)
    refusal(tmp_path, content)
    tracemalloc.start()
    refusal(tmp_path, content)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 25_000_000 + 20 * len(content)  # one block is read at a time


# ---------------------------------------------------------------- repeated words


def test_a_repeated_word_counts_once_with_a_warning(tmp_path):
    text = "a 1 2\nb 3 4\na 5 6\nc 7 8\na 9 0\n"
    with pytest.warns(UserWarning, match=r"vectors': 2 rows left out: line 3 repeats the word 'a' of line 1"):
        kv = load(tmp_path, text)
    same(kv, KeyedVectors(np.float32([[1, 2], [3, 4], [7, 8]]), ["a", "b", "c"]))
    with pytest.warns(UserWarning, match="the last of each word is kept"):
        kv = load(tmp_path, text, duplicates="last")
    same(kv, KeyedVectors(np.float32([[9, 0], [3, 4], [7, 8]]), ["a", "b", "c"]))
    assert "line 3 repeats the word 'a' of line 1. Pass duplicates='first'" in refusal(
        tmp_path, text, duplicates="error"
    )
    with pytest.raises(ValueError, match="duplicates parameter of load must be one of"):
        load(tmp_path, text, duplicates="both")


def test_a_repeated_word_in_binary(tmp_path, monkeypatch):
    monkeypatch.setattr("wordvec.vectors.formats.repeated._BLOCK_ROWS", 3)
    rows = np.arange(20, dtype=np.float32).reshape(10, 2)
    words = list("abcadefbgh")
    pieces = [word.encode() + b" " + row.tobytes() for word, row in zip(words, rows)]
    with pytest.warns(UserWarning, match="2 rows left out: row 4 repeats the word 'a' of row 1"):
        kv = load(tmp_path, b"10 2\n" + b"".join(pieces))
    same(kv, KeyedVectors(rows[[0, 1, 2, 4, 5, 6, 8, 9]], list("abcdefgh")))


@pytest.mark.slow
def test_first_is_gensims_choice_and_last_spacys(tmp_path):
    gensim = pytest.importorskip("gensim.models", reason="compared with gensim").KeyedVectors
    spacy = pytest.importorskip("spacy", reason="compared with spaCy")
    path = tmp_path / "v.txt"
    path.write_text("3 2\na 1 2\nb 3 4\na 5 6\n", encoding="utf-8")
    theirs = gensim.load_word2vec_format(str(path))
    with pytest.warns(UserWarning, match="line 4 repeats"):
        first = KeyedVectors.load(path)
    np.testing.assert_array_equal(first["a"], theirs["a"])
    vectors = spacy.vocab.Vocab().vectors
    vectors.resize((3, 2))
    for word, *numbers in (line.split() for line in path.read_text(encoding="utf-8").splitlines()[1:]):
        vectors.add(word, vector=np.float32(numbers))
    with pytest.warns(UserWarning, match="line 4 repeats"):
        last = KeyedVectors.load(path, duplicates="last")
    np.testing.assert_array_equal(last["a"], vectors["a"])


CUT = b"3 2\ncaf\xe9 1 2\ncaf\xe8 3 4\nok 5 6\n"


def test_words_that_cannot_be_decoded(tmp_path):
    message = refusal(tmp_path, CUT)
    assert "line 2 is not valid utf-8" in message
    assert 'Pass the right encoding, or errors="replace" to go on.' in message
    assert load(tmp_path, CUT, encoding="latin-1").index_to_key == ["café", "cafè", "ok"]
    assert load(tmp_path, CUT, encoding="cp1252").index_to_key == ["café", "cafè", "ok"]


def test_words_that_become_equal_are_merged_with_a_warning_or_kept_apart(tmp_path):
    with pytest.warns(UserWarning, match="line 3 repeats .* backslashreplace keeps such words apart"):
        merged = load(tmp_path, CUT, errors="replace")
    same(merged, KeyedVectors(np.float32([[1, 2], [5, 6]]), ["caf\ufffd", "ok"]))
    with pytest.warns(UserWarning, match="the last of each word is kept"):
        assert load(tmp_path, CUT, errors="replace", duplicates="last")["caf\ufffd"].tolist() == [3, 4]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        apart = load(tmp_path, CUT, errors="backslashreplace")
    assert apart.index_to_key == [r"caf\xe9", r"caf\xe8", "ok"]


def test_characters_cut_in_binary(tmp_path):
    rows = [
        word + b" " + np.float32([row, 1]).tobytes() for row, word in enumerate([b"\xe7\x9a", b"\xe7\x99"])
    ]
    content = b"2 2\n" + b"".join(rows)
    assert "row 1 is not valid utf-8" in refusal(tmp_path, content)
    with pytest.warns(UserWarning, match="row 2 repeats"):
        assert len(load(tmp_path, content, errors="replace")) == 1
    assert len(load(tmp_path, content, errors="backslashreplace")) == 2


@pytest.mark.parametrize(
    "content",
    [
        b"2 2\nthe 0.500000 -1.25 \r\nking 1e-3 .5\n\n\n",
        b"a 1 2\nb 0.12345678901234567 2\nc d  3.5  -4e-5",
        b"a\t1\t2\nnew york\t3\t4\n",
        b"2 2\na 1 2\n\nb 3 4\n",
        b"2 2\na 1 2\nb 3 4\nc 5 6\n\nd 7 8\n",
        b"3 2\na 1 2\nb 3 4\n\n",
        b"2 2\na 1 2\nb 3 x4\n",
        b"2 2\na 1 2\n\xff 3 4\n",
        b"2 2\na 1 2\nb 3 4 5\n",
    ],
)
@pytest.mark.parametrize("limit", [None, 1])
@pytest.mark.parametrize("block_bytes", [1 << 22, 10])
def test_small_texts_are_read_as_large_ones(tmp_path, monkeypatch, content, limit, block_bytes):
    path = tmp_path / "v.txt"
    path.write_bytes(content)
    found = []
    for small_bytes in (1 << 18, 0):
        monkeypatch.setattr("wordvec.vectors.formats.line_blocks.SMALL_TEXT_BYTES", small_bytes)
        monkeypatch.setattr("wordvec.vectors.formats.line_blocks.TEXT_BLOCK_BYTES", block_bytes)
        try:
            kv = KeyedVectors.load(path, limit=limit)
            found.append((kv.index_to_key, kv.vectors.tolist()))
        except ValueError as error:
            found.append(str(error))
    assert found[0] == found[1]


def test_small_texts_are_read_without_kernels(tmp_path, monkeypatch):
    # Loading the first kernel takes longer than reading the file.
    monkeypatch.setattr("wordvec.vectors.formats.line_blocks.SMALL_TEXT_BYTES", 1 << 18)
    monkeypatch.setitem(sys.modules, "wordvec.kernels.files.decimals", None)
    assert load(tmp_path, b"2 2\nthe .5 1\nking 2 3\n").index_to_key == ["the", "king"]


def test_the_first_error_of_many_blocks_is_reported(tmp_path, monkeypatch):
    monkeypatch.setattr("wordvec.vectors.formats.line_blocks.TEXT_BLOCK_BYTES", 40)
    lines = [f"w{row} {row} .5" for row in range(300)]
    lines[120], lines[130] = "w120 1", "w130 x 1"
    path = tmp_path / "v.txt"
    path.write_text("300 2\n" + "\n".join(lines), "utf-8")
    with pytest.raises(ValueError, match="line 122 has 1 numbers, not 2"):
        KeyedVectors.load(path)
    assert KeyedVectors.load(path, limit=120).index_to_key[-1] == "w119"
