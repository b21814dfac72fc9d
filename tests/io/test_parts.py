"""Parts of files: together they are the lines of the file, whatever the sizes."""

import gzip

import pytest

from wordvec._io.parts import FilePart, cut_sources, size_of
from wordvec._io.text_files import read_lines, read_utf8_blocks

TEXTS = {
    "usual": "one two\nthree\n\nfour five six\nseven",
    "ends in a line": "a\nbb\nccc\n",
    "line ends alone": "\n\n\n\n",
    "one long line": "x" * 300,
    "mark at the start of lines": "\ufeffa\n\ufeffb\n\ufeffc\n" * 5,
    "Chinese": "今天 天气 很 好\n我们 去 公园\n" * 8,
    "returns": "a\r\nb\rc\r\n",
}


def lines(source, encoding):
    return [line for line, _, _ in read_lines(source, encoding, "strict")]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "latin-1", "utf-16"])
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_parts_are_the_file(text, encoding, tmp_path):
    path = tmp_path / "text.txt"
    data = text.encode(encoding, "replace")
    path.write_bytes(data)
    whole = lines(path, encoding)
    for part_bytes in (1, 2, 3, 7, 50, 1000):
        parts = cut_sources([path, path], encoding, part_bytes)
        assert [line for part in parts for line in lines(part, encoding)] == 2 * whole
        assert sum(size_of(part) for part in parts) == 2 * len(data)
        assert (len(parts) == 2) == (encoding == "utf-16" or part_bytes >= len(data))
        blocks = [
            block
            for part in parts[: len(parts) // 2]
            for block, _ in read_utf8_blocks(part, encoding, "strict", 5)
        ]
        assert b"".join(blocks) == b"".join(
            block for block, _ in read_utf8_blocks(path, encoding, "strict", 5)
        )


def test_packed_files_are_whole(tmp_path):
    path = tmp_path / "text.txt.gz"
    path.write_bytes(gzip.compress(b"a\nb\n" * 100))
    assert cut_sources([path], "utf-8", 10) == [path]
    # By its content, too; and what looks packed by its name alone is not cut, so that reading says what is wrong.
    other = tmp_path / "text.txt"
    other.write_bytes(path.read_bytes())
    named = tmp_path / "plain.gz"
    named.write_bytes(b"a\nb\n" * 100)
    assert cut_sources([other, named], "utf-8", 10) == [other, named]


def test_errors_name_the_file_and_the_line(tmp_path):
    path = tmp_path / "text.txt"
    path.write_bytes(b"good\n" * 10 + b"bad \xff\n" + b"good\n" * 10)
    size = path.stat().st_size
    part = FilePart(path, size // 3, size)
    with pytest.raises(ValueError, match=r"text\.txt', line 11: not valid utf-8"):
        lines(part, "utf-8")
