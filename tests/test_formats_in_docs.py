"""The table of formats in the guide names what the readers' registries hold."""

from pathlib import Path

import pytest

from wordvec._io.compression import COMPRESSIONS
from wordvec.pipelines.datasets.table_layout import FORMATS as TABLE_FORMATS, SUFFIXES
from wordvec.pipelines.datasets.tagged_detection import TAGGED_FORMATS
from wordvec.tokenizers.limits import MAX_VOCAB_SIZE
from wordvec.vectors.formats.dispatch import FORMATS
from wordvec.vectors.formats.line_blocks import MAX_LINE_BYTES
from wordvec.vectors.formats.tables import MAX_VECTOR_SIZE
from wordvec.vectors.formats.word2vec_binary import MAX_WORD_BYTES

PAGE = (Path(__file__).parents[1] / "docs" / "guide" / "files-and-formats.md").read_text(encoding="utf-8")
ROWS = {
    "word vectors": [*FORMATS, *(f"{n:,}" for n in (MAX_VECTOR_SIZE, MAX_WORD_BYTES, MAX_LINE_BYTES))],
    "labelled texts": [*TABLE_FORMATS, *SUFFIXES],
    "tagged sentences": [*TAGGED_FORMATS, "text"],
    "tokenizers": [f"{MAX_VOCAB_SIZE:,}"],
}


@pytest.mark.parametrize("what", ROWS)
def test_the_table_of_formats_is_that_of_the_code(what):
    (row,) = [line for line in PAGE.splitlines() if line.startswith(f"| {what} |")]
    assert [name for name in ROWS[what] if f"`{name}`" not in row and f"{name} " not in row] == []
    formats = set(row.split("|")[2].split("`")[1::2])
    known = {name for name in ROWS[what] if name.isascii() and not name[0].isdigit() and name[0] != "."}
    assert formats <= known | {"tokenizer.json", "vocab.txt", "vocab.json", "merges.txt"}


def test_the_page_names_all_kinds_of_packing():
    assert [suffix for suffix in COMPRESSIONS if f"`{suffix}`" not in PAGE] == []
