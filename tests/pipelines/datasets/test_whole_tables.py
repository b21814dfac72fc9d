"""Tables with all their columns."""

import sys

import pytest

from wordvec.pipelines.datasets.table_layout import TableLayout
from wordvec.pipelines.datasets.whole_tables import read_table, text_columns_of


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.csv", 'word,n\n"a,b",1\nc,\n', {"word": ["a,b", "c"], "n": ["1", ""]}),
        ("a.tsv", "word\tn\na\t1\n", {"word": ["a"], "n": ["1"]}),
        ("a.jsonl", '{"word": "a", "n": 1}\n{"word": "b", "m": [2]}\n',
         {"word": ["a", "b"], "n": [1, None], "m": [None, [2]]}),
        ("a.json", '[{"word": "a"}]', {"word": ["a"]}),
        ("a.txt", "one text\nanother\n", {"text": ["one text", "another"]}),
        ("b.txt", "__label__x one\n__label__y two\n", {"text": ["one", "two"], "label": ["x", "y"]}),
    ],
)  # fmt: skip
def test_all_columns(tmp_path, name, text, expected):
    path = tmp_path / name
    path.write_text(text)
    assert read_table(path) == expected


def test_rows_that_do_not_fit(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("word,n\na,1\nb\n")
    with pytest.raises(ValueError, match="line 3: 1 field, where the columns are 2"):
        read_table(path)
    assert read_table(path, TableLayout(delimiter=";", columns=["all"])) == {"all": ["word,n", "a,1", "b"]}
    path.write_text("word,n\n")
    with pytest.raises(ValueError, match="no rows"):
        read_table(path)


@pytest.mark.parametrize(
    ("name", "text", "called"),
    [
        ("a.csv", "word,n,n\na,1,2\n", "called 'n'"),
        ("a.csv", "word,n, n \na,1,2\n", "called 'n'"),
        ("a.csv", "word,,\na,1,2\n", "without a name"),
        ("a.tsv", "word\tword\na\tb\n", "called 'word'"),
    ],
)
def test_two_columns_of_one_name(tmp_path, name, text, called):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(ValueError, match=f"{name}' has 2 columns {called}"):
        read_table(path)


def test_two_columns_of_one_name_in_parquet(tmp_path, monkeypatch):
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "a.parquet"
    parquet.write_table(arrow.Table.from_arrays([arrow.array(["a"])] * 2, names=["word", "word"]), path)
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(ValueError, match="has 2 columns called 'word'"):
        read_table(path)


def test_column_of_texts(tmp_path):
    assert text_columns_of(tmp_path, ["id", "Review", "title"]) == ["Review"]
    assert text_columns_of(tmp_path, ["id", "Review"], "id") == ["id"]
    assert text_columns_of(tmp_path, ["x"]) == ["x"]
    assert text_columns_of(tmp_path, ["id", "Review"], "2") == ["Review"]
    assert text_columns_of(tmp_path, ["id", "a", "b"], "3,a") == ["b", "a"]
    assert text_columns_of(tmp_path, ["a,b", "a", "b"], "a,b") == ["a,b"]
    with pytest.raises(ValueError, match="no column '3'"):
        text_columns_of(tmp_path, ["x", "y"], "3")
    with pytest.raises(ValueError, match="text_column"):
        text_columns_of(tmp_path, ["x", "y"])
    with pytest.raises(ValueError, match="'z'"):
        text_columns_of(tmp_path, ["x", "y"], "z")
