"""Tables of labelled texts: CSV, TSV, JSON lines and their layouts."""

import csv
import gzip
import json
import re

import pytest
from hypothesis import given, settings, strategies as st

from wordvec.pipelines.datasets.table_layout import TableLayout
from wordvec.pipelines.datasets.tables import LabelledTexts, read_labelled, read_texts

TEXTS = ["a good, long film", 'he said "no"', "很好看的电影"]
LABELS = ["pos", "neg", "pos"]


@pytest.fixture
def write(tmp_path):
    def call(name, content, encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return call


def labelled(path, **layout):
    return read_labelled([path], TableLayout(**layout))


def unlabelled(path, **layout):
    return list(read_texts(path, TableLayout(**layout)))


def refused(path, *parts, read=labelled, **layout):
    with pytest.raises(ValueError) as caught:
        read(path, **layout)
    message = str(caught.value)
    assert "\n" not in message
    for part in parts:
        assert part in message, message
    return True


def csv_of(rows, **options):
    import io

    file = io.StringIO()
    csv.writer(file, **options).writerows(rows)
    return file.getvalue()


ROWS = [("text", "label"), *zip(TEXTS, LABELS)]
CSV = csv_of(ROWS)
TSV = "".join(f"{text}\t{label}\n" for text, label in ROWS)
JSONL = "".join(json.dumps({"id": k, "text": t, "label": y}) + "\n" for k, (t, y) in enumerate(ROWS[1:]))
FASTTEXT = "".join(f"__label__{label} {text}\n" for text, label in ROWS[1:])


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", CSV),
        ("a.tsv", TSV),
        ("a.tab", TSV),
        ("a.jsonl", JSONL),
        ("a.ndjson", JSONL),
        ("a.json", JSONL),
    ]
    + [(f"a{suffix}", content) for suffix in (".txt", "", ".dat") for content in (CSV, TSV, JSONL, FASTTEXT)],
)
def test_each_format_is_known_by_extension_or_content(write, name, content):
    path = write(name, content)
    assert labelled(path) == LabelledTexts(TEXTS, LABELS)
    assert unlabelled(path) == TEXTS
    packed = path.with_name(f"{name}.gz")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert labelled(packed) == LabelledTexts(TEXTS, LABELS)


def test_the_format_that_is_given_counts(write):
    assert labelled(write("a.csv", TSV), format="tsv").texts == TEXTS
    assert unlabelled(write("b.csv", "one\n\ntwo, three\n"), format="text") == ["one", "", "two, three"]
    assert refused(write("c.csv", CSV), "format", "'csv'", "'xml'", format="xml")


def test_plain_text_is_for_predicting(write):
    text = "text and more\na, b\n\n \nlast\tone"
    assert unlabelled(write("a.txt", text)) == ["text and more", "a, b", "", " ", "last\tone"]
    assert refused(write("b.txt", text), "no labels", "__label__", "text_column")
    assert unlabelled(write("empty.txt", "")) == []
    assert refused(write("empty2.txt", ""), "no labels")


def test_columns_are_known_by_their_names_or_named(write):
    path = write("a.csv", "id,Review,Score,Topic\n1,fine,9,film\n2,bad,2,food\n")
    assert labelled(path) == LabelledTexts(["fine", "bad"], ["film", "food"])
    assert labelled(path, label_column="Score").labels == ["9", "2"]
    assert labelled(path, text_column="id", label_column="Review") == LabelledTexts(
        ["1", "2"], ["fine", "bad"]
    )
    # Of two columns the other one is clear.
    assert labelled(write("b.csv", "x,label\na,b\n")) == LabelledTexts(["a"], ["b"])
    assert labelled(write("c.csv", "stars,text\n5,a\n")) == LabelledTexts(["a"], ["5"])
    assert labelled(write("d.tsv", "标签\t内容\n正\t好\n")) == LabelledTexts(["好"], ["正"])
    # "text" comes before "title".
    assert labelled(write("e.csv", "title,text,class\na,b,c\n")).texts == ["b"]
    numbered = write("f.csv", "ID,text\n1,a\n")
    assert unlabelled(numbered) == ["a"] and refused(numbered, "'ID', 'text'", "label_column")


def test_columns_of_a_file_without_header(write):
    path = write("a.csv", "1,a good film\n2,a bad film\n")
    assert labelled(path, columns=["label", "text"]) == LabelledTexts(
        ["a good film", "a bad film"], ["1", "2"]
    )
    assert refused(path, "'1', 'a good film'", "not a header", "columns")
    lines = write("a.txt", "1\ta good film\n")
    assert labelled(lines, columns=["class", "x"]) == LabelledTexts(["a good film"], ["1"])
    assert refused(path, "line 1: 2 fields, where the columns are 3", columns=["label", "title", "text"])


def test_columns_that_are_not_there(write):
    path = write("a.csv", "id,body,votes\n1,fine,3\n")
    assert refused(path, "'id', 'body', 'votes'", "labels", "label_column")
    assert refused(path, "'id', 'body', 'votes'", "no 'txt'", "texts", "text_column", text_column="txt")
    assert refused(path, "'body'", "both texts and labels", label_column="body")
    assert refused(write("b.csv", "x,y\n1,2\n"), "'x', 'y'", "text_column")
    assert refused(write("b.jsonl", '{"x": "a", "z": 1}\n'), "'x', 'z'", "text_column")
    assert refused(write("c.csv", "text,label\n"), "There is no text")
    assert refused(write("d.csv", ""), "d.csv' is empty")
    many = ",".join(f"c{k}" for k in range(500)) + "," + "x" * 999
    assert refused(write("e.csv", many), "'c0'", "'c19' and 481 more")
    with pytest.raises(ValueError, match="'c0'") as caught:
        labelled(write("f.csv", many))
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(("delimiter", "option"), [(";", "';'"), ("\t", "'tab'"), ("|", "'|'")])
def test_a_wrong_delimiter(write, delimiter, option):
    path = write("a.csv", csv_of(ROWS, delimiter=delimiter))
    header = repr(f"text{delimiter}label")
    assert refused(path, f"the one column {header}", f"delimiter={option}")
    right = "tab" if delimiter == "\t" else delimiter
    assert labelled(path, delimiter=right) == LabelledTexts(TEXTS, LABELS)
    assert refused(write("b.csv", CSV), "delimiter", "one character", "'::'", delimiter="::")
    assert refused(write("b.csv", CSV), "'text,label'", "delimiter=','", delimiter=";")


def test_rows_that_are_not_whole(write):
    path = write("a.csv", 'text,label\n"a\nb",x\n\nc,y,z\n')
    assert refused(path, "a.csv', line 5: 3 fields", "2 ('text', 'label')", "quotation marks")
    assert refused(write("a.tsv", "text\tlabel\nc\n"), "line 2: 1 field,", "Add what is missing")
    assert refused(write("b.csv", 'text,label\nc,"never\nclosed\n'), "line 2", "quotation marks")
    assert refused(write("c.csv", 'text,label\nd,x\n"a"b,x\n'), "line 3", "doubled")


def test_csv_holds_line_ends_and_long_texts(write):
    texts = ["two\nlines", "x" * 200_000, ' "quoted" ', ""]
    path = write("a.csv", csv_of([("text", "label"), *((text, "l") for text in texts)]))
    assert labelled(path).texts == texts and labelled(path).n_empty == 1
    crlf = write("b.csv", "\ufefftext,label\r\na,b\r\n")
    assert labelled(crlf) == LabelledTexts(["a"], ["b"])


def test_tsv_has_no_quotation_marks(write):
    path = write("a.tsv", 'text\tlabel\n"an odd start\tx\nan end"\t"y"\n')
    assert labelled(path) == LabelledTexts(['"an odd start', 'an end"'], ["x", '"y"'])


def test_json_values_become_labels(write):
    rows = [("a", 1), ("b", True), ("c", 2.5), ("d", " x ")]
    path = write("a.jsonl", "\n".join(json.dumps({"label": y, "text": t}) for t, y in rows) + "\n\n")
    assert labelled(path) == LabelledTexts(list("abcd"), ["1", "true", "2.5", "x"])
    several = write("b.jsonl", '{"text": "a", "labels": ["x", 2]}\n{"text": "b", "labels": []}\n')
    assert labelled(several) == LabelledTexts(["a", "b"], [["x", "2"], []])


def test_fasttext_may_have_several_labels(write):
    path = write("a.txt", "__label__a __label__b  both\n\n __label__a one\n__label__c\n")
    assert labelled(path) == LabelledTexts(["both", "one", ""], [["a", "b"], ["a"], ["c"]])
    assert unlabelled(write("b.txt", "__label__a x\ny __label__b\n")) == ["x", "y"]
    # As for fastText, a tab is a blank.
    assert labelled(write("c.txt", "__label__a\t__label__b\tc d\n")) == LabelledTexts(["c d"], [["a", "b"]])


def test_empty_files(write):
    for name in ("a.csv", "a.tsv", "a.jsonl", "a.txt"):
        assert refused(write(name, ""), f"{name}'")
    assert refused(write("b.csv", ""), "b.csv' is empty. Check the file")
    assert unlabelled(write("a.txt", "")) == []


def test_columns_of_one_name(write):
    path = write("a.csv", "text,text,label,note,note\na,b,x,,\n")
    assert refused(path, "'text', 'text', 'label'", "2 of them called 'text'", "columns")
    fine = write("b.csv", "text,label,note,note\na,x,,\n")
    assert labelled(fine) == LabelledTexts(["a"], ["x"])


@pytest.mark.parametrize(
    ("name", "content", "parts"),
    [
        ("a.csv", "text,label\na,x\nb, \n", ["a.csv', line 3", "label is empty", "drop it"]),
        ("a.csv", 'text,label\n"a\n\n",x\nb,""\n', ["line 5", "label is empty"]),
        ("a.jsonl", '{"text": "a", "label": "x"}\n\n{"text": "b"}\n', ["line 3", "label is empty"]),
        ("a.jsonl", '{"text": "a", "label": ["x", ""]}\n', ["line 1", "label is empty"]),
        ("a.jsonl", '{"text": "a", "label": {"x": 1}}\n', ["line 1", '{"x": 1}', "not a string or a number"]),
        ("a.jsonl", '{"text": 3, "label": "x"}\n', ["line 1", "the text is 3", "not a string"]),
        ("a.jsonl", '{"text": "a", "label": "x"}\n{"label": "x"}\n', ["line 2", "text is missing"]),
        ("a.jsonl", '{"text": "a", \n', ["line 1", "not JSON", "one object a line"]),
        ("a.json", '[{"text": "a", "label": 1}, 3]\n', ["record 2", "JSON int", "object was expected"]),
        ("a.jsonl", '{"text": "a", "label": 1}\n[1]\n', ["line 2", "JSON list", "one object a line"]),
        ("a.txt", "__label__a x\nno label\n", ["line 2", "no label", "__label__"]),
        ("a.txt", "__label__ x\n", ["line 1", "no label"]),
        ("a.txt", "text,label\na\0b,x\n", ["NUL", "encoding"]),
    ],
)
def test_missing_and_wrong_values_name_the_line(write, name, content, parts):
    assert refused(write(name, content), *parts)


def test_other_encodings(write):
    path = write("a.csv", "text,label\nfine,x\ntrès bon,y\n", "latin-1")
    assert refused(path, "a.csv', line 3", "0xe8", "encoding")
    assert refused(path, "line 3", "encoding", read=unlabelled)
    assert labelled(path, encoding="latin-1").texts == ["fine", "très bon"]
    wide = write("b.csv", CSV, "utf-16")
    assert labelled(wide, encoding="utf-16") == LabelledTexts(TEXTS, LABELS)
    assert refused(wide, "b.csv", "encoding")
    assert refused(path, "encoding", "'latin-99'", encoding="latin-99")


def test_files_one_behind_the_other(write, tmp_path):
    paths = [write("a.csv", CSV), write("b.txt", "__label__x __label__y z\n")]
    found = read_labelled(paths, TableLayout())
    assert found == LabelledTexts([*TEXTS, "z"], [["pos"], ["neg"], ["pos"], ["x", "y"]])
    with pytest.raises(FileNotFoundError, match=re.escape("c.csv' does not exist")):
        labelled(tmp_path / "c.csv")


# What programs write for a missing value is no label.
def is_label(text):
    return text.strip() not in ("", "nan", "NaN", "<NA>")


FIELDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


@given(st.lists(st.tuples(FIELDS, FIELDS.filter(is_label)), min_size=1, max_size=6))
@settings(deadline=None, max_examples=100)
def test_what_the_csv_module_writes_is_read(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    path.write_bytes(csv_of([("text", "label"), *rows], lineterminator="\n", quoting=csv.QUOTE_ALL).encode())
    found = labelled(path)
    assert [text.replace("\r\n", "\n") for text, _ in rows] == found.texts
    assert found.labels == [label.replace("\r\n", "\n").strip() for _, label in rows]


@given(
    st.lists(st.tuples(st.text(max_size=12), st.text(max_size=9).filter(is_label)), min_size=1, max_size=6)
)
@settings(deadline=None, max_examples=100)
def test_what_the_json_module_writes_is_read(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("jsonl") / "a.jsonl"
    path.write_text("".join(json.dumps({"text": t, "label": y}) + "\n" for t, y in rows), encoding="utf-8")
    assert labelled(path) == LabelledTexts([t for t, _ in rows], [y.strip() for _, y in rows])
