"""`wordvec train` from Parquet files and addresses: one line for what does not fit, and no source is written over."""

import pytest

from wordvec import KeyedVectors

from .support import SMALL, fails


@pytest.fixture
def parquet(tmp_path):
    arrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    import pyarrow.parquet

    path = tmp_path / "a.parquet"
    pyarrow.parquet.write_table(arrow.table({"body": ["a b c"] * 30 + ["d e f"] * 30, "n": range(60)}), path)
    return path


def test_a_column_of_parquet(run, parquet, tmp_path):
    out = tmp_path / "v.bin"
    code, _, err = run("train", parquet, "--text-column", "body", "-o", out, *SMALL)
    assert code == 0 and "Traceback" not in err and set(KeyedVectors.load(out).index_to_key) == set("abcdef")
    assert fails(
        run("train", parquet, "-o", out, *SMALL),
        "has no column 'text'; its columns are 'body', 'n'. Pass one of them as --text-column.",
    )
    assert fails(run("train", parquet, "--text-column", "n", "-o", out, *SMALL), "holds int64, not text")


def test_text_columns_are_those_of_tables(run, write, tmp_path):
    text = write("a.txt", "a b c\nd e f\n" * 30)
    command = ["train", text, "-o", tmp_path / "v.bin", "--text-column", "body", *SMALL]
    assert fails(run(*command), "--text-column", "left out where there is no Parquet file")


def test_sources_are_not_written_over(run, parquet, write, tmp_path):
    data, text = parquet.read_bytes(), write("a.txt", "a b c\nd e f\n" * 30)
    to_parquet = ["--text-column", "body", "-o", parquet, "--out-format", "word2vec-text", *SMALL]
    assert fails(run("train", parquet, *to_parquet), "a.parquet' is a file of the corpus")
    assert fails(run("train", f"file://{text}", "-o", text, *SMALL), "a.txt' is a file of the corpus")
    assert parquet.read_bytes() == data and text.read_text() == "a b c\nd e f\n" * 30


def test_addresses(run, tmp_path):
    fsspec = pytest.importorskip("fsspec", reason="fsspec is not installed")
    files, out = fsspec.filesystem("memory"), tmp_path / "v.bin"
    files.pipe("/command/a.txt", b"a b c\nd e f\n" * 30)
    assert run("train", "memory://command/*.txt", "-o", out, *SMALL)[0] == 0
    assert set(KeyedVectors.load(out).index_to_key) == set("abcdef")
    for url, message in (
        ("memory://command/b.txt", "There is no file at 'memory://command/b.txt'. Check the address."),
        ("memory://command/*.gz", "'memory://command/*.gz' matches no file"),
        ("nowhere://a", "Protocol not known"),
        ("http://127.0.0.1:9/a.txt", "'http://127.0.0.1:9/a.txt' cannot be read: Cannot connect"),
    ):
        assert fails(run("train", url, "-o", out, *SMALL), message)
