"""Labelled texts in the forms in which people have them: what is a header, which columns count, where labels stand."""

import gzip
import json
import sys
import zipfile

import pytest

from wordvec._utils.assumptions import collected_assumptions
from wordvec.pipelines.datasets.table_layout import TableLayout
from wordvec.pipelines.datasets.tables import read_labelled, read_texts


@pytest.fixture
def write(tmp_path):
    def call(name, content, encoding="utf-8"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return call


def labelled(*paths, **layout):
    data = read_labelled(paths, TableLayout(**layout))
    return data.texts, data.labels


def texts(path, **layout):
    return list(read_texts(path, TableLayout(**layout)))


def refused(match, *paths, **layout):
    with pytest.raises(ValueError, match=match) as caught:
        labelled(*paths, **layout)
    assert "\n" not in str(caught.value)
    return True


@pytest.mark.parametrize(
    "lines",
    [
        ["Question, can I return it?"],
        ["Comment, please"],
        ["Title, plot and music: all fine", "Bad, dull and boring"],
        ["Review,of a film", "one,two"],
        ["Text, text, text"],
        ["Sentence: a, b", "c, d"],
        ["Message\tin a bottle", "x\ty"],
        ["{not json} at all", "x"],
        ["[sic] he wrote", "[laughs]"],
        ["label makers, tags and text", "a, b and c"],
        ["评论, 很好", "不错, 真的"],
    ],
)
def test_lines_of_text_are_text(write, lines):
    content = "\n".join(lines) + "\n"
    for name in ("a.txt", "stdin", "a.dat"):
        with collected_assumptions() as assumed:
            assert texts(write(name, content)) == lines
        assert len(assumed) == 1 and "a text a line" in assumed[0]


@pytest.mark.parametrize(
    "content, expected",
    [
        ("text,label\na b,x\n", ["a b"]),
        ("id,comment\n1,a b\n2,c\n", ["a b", "c"]),
        ("review\tsentiment\na, b\t1\n", ["a, b"]),
        ('{"text": "a"}\n', ["a"]),
        ('[{"text": "a"}, {"text": "b"}]', ["a", "b"]),
        ("__label__x a b\n", ["a b"]),
    ],
)
def test_tables_without_an_extension_are_known_by_much_evidence(write, content, expected):
    with collected_assumptions() as assumed:
        assert texts(write("stdin", content)) == expected
    assert len(assumed) == 1 and "a text a line" not in assumed[0]


@pytest.mark.parametrize(
    "line, text, label",
    [
        ("__label__p , __label__z1 good great fine", ", good great fine", ["p", "z1"]),
        ("__label__p good great fine __label__z1", "good great fine", ["p", "z1"]),
        ("good __label__p great fine", "good great fine", "p"),
        ("good great fine\t__label__p", "good great fine", "p"),
        ("__label__很好 中文 x__label__y", "中文 x__label__y", "很好"),
        (" __label__a\t__label__b\tc d ", "c d", ["a", "b"]),
    ],
)
def test_labels_of_fasttext_count_wherever_they_stand(write, line, text, label):
    path = write("a.txt", f"{line}\n")
    assert labelled(path) == ([text], [label])
    assert texts(path) == [text]


@pytest.mark.parametrize(
    "name, content, layout",
    [
        ("a.csv", "title,description,label\nT,D,x\n", {}),
        ("a.csv", "T,D,x\n", {"text_column": 1, "label_column": 3}),
        ("a.csv", "T,D,x\n", {"text_column": "1", "label_column": "3"}),
        ("a.csv", "\ufeffx,T,D\n", {"text_column": "2", "label_column": "1"}),
        ("a.csv", "3,T,D\n", {"text_column": "2,3", "label_column": "1"}),
        ("a.tsv", "T\tx\r\n", {"text_column": "1", "label_column": "2"}),
        ("a.json", '[\n  {\n    "title": "T",\n    "label": "x"\n  }\n]\n', {}),
        ("a.json", '{"title": {"0": "T"}, "label": {"0": "x"}}', {}),
        ("a.txt", 'T;"x"\n', {"delimiter": ";", "columns": ["title", "label"]}),
        ("a.csv", "reviewText,overall\nT,x\n", {}),
        ("a.csv", "content ,  Category\nT,x\n", {}),
    ],
)
def test_forms_of_one_text(write, name, content, layout):
    found, labels = labelled(write(name, content), **layout)
    assert found[0].startswith("T") and labels in (["x"], ["3"])


def test_the_choice_of_columns_is_told(write):
    path = write("a.csv", "title,description,label\na,b,x\n")
    with collected_assumptions() as assumed:
        labelled(path)
    assert assumed == [
        f"{str(path)!r}: CSV with a header, texts in 'title', labels in 'label' (not read: 'description')"
    ]
    with collected_assumptions() as assumed:
        assert labelled(path, text_column="title,description", label_column="label") == (["a b"], ["x"])
    assert assumed == []


def test_a_header_is_tested_where_columns_have_numbers(write):
    numbers = {"text_column": "2", "label_column": "1"}
    assert labelled(write("a.csv", "3,some words\n4,more\n"), **numbers) == (
        ["some words", "more"],
        ["3", "4"],
    )
    assert labelled(write("b.csv", "stars,words\n4,more\n"), **numbers) == (["more"], ["4"])
    assert labelled(write("c.csv", "grade,words\n4,more\n"), **numbers) == (["more"], ["4"])
    path = write("d.csv", "good,words\nbad,more\n")
    assert labelled(path, **numbers)[1] == ["good", "bad"]
    assert labelled(path, **numbers, header=True) == (["more"], ["bad"])
    assert labelled(write("e.csv", "text,label\na,b\n"), header=False, text_column=1, label_column=2) == (
        ["text", "a"],
        ["label", "b"],
    )


def test_several_labels(write):
    toxic = write("a.csv", "id,comment_text,toxic,rude\n1,a,0,1\n2,b,1,1\n3,c,0,0\n")
    expected = (["a", "b", "c"], [["rude"], ["toxic", "rude"], []])
    assert labelled(toxic, label_column="toxic,rude") == expected
    assert labelled(toxic, label_column=["toxic", "rude"]) == expected
    assert refused("label_column.*several columns of 0 and 1", toxic)
    odd = write("b.csv", "text,toxic,rude\na,0,2\n")
    assert refused("line 2: the column 'rude' holds '2'", odd, label_column="toxic,rude")
    field = write("c.csv", 'text,labels\na,"x; y"\nb,\n')
    assert labelled(field, label_separator=";") == (["a", "b"], [["x", "y"], []])
    records = write("d.json", json.dumps([{"text": "a", "x": True, "y": 0}]))
    assert labelled(records, label_column="x,y") == (["a"], [["x"]])


@pytest.mark.parametrize(
    "name, content, place",
    [
        ("a.json", '[{"text": "a", "label": "x"}, {"text": "b", "label": NaN}]', "record 2"),
        ("a.json", '[{"text": "a", "label": "x"}, {"text": "b", "label": null}]', "record 2"),
        ("a.jsonl", '{"text": "a", "label": NaN}\n', "line 1"),
        ("a.csv", "text,label\na,x\nb,NaN\n", "line 3"),
        ("a.csv", "text,label\na,x\nb,  \n", "line 3"),
        ("a.jsonl", '{"text": NaN, "label": "x"}\n', "line 1: the text"),
    ],
)
def test_what_is_missing_is_no_class(write, name, content, place):
    assert refused(f"{name}', {place}.*(missing|empty)", write(name, content))


def test_a_file_for_each_class(write):
    pos, neg = write("pos.txt", "good film\n\nfine\n"), write("Neg.txt.gz", gzip.compress(b"dull\n"))
    with collected_assumptions() as assumed:
        assert labelled(pos, neg) == (["good film", "fine", "dull"], ["pos", "pos", "Neg"])
    assert len(assumed) == 2 and "all with the label 'Neg' (a file for each class)" in assumed[1]
    assert refused("has no labels.*file for each class", pos)
    assert labelled(write("rt.pos", "a\n"), write("rt.neg", "b\n"))[1] == ["rt.pos", "rt.neg"]


def test_a_folder_for_each_class(write, tmp_path):
    for name, content in (
        ("pos/1.txt", "good\nfilm"),
        ("pos/.hidden", "no"),
        ("neg/2.txt", "dull"),
        ("README", "x"),
    ):
        write(f"data/{name}", content)
    with collected_assumptions() as assumed:
        assert labelled(tmp_path / "data") == (["dull", "good\nfilm"], ["neg", "pos"])
    assert "a folder for each class ('neg', 'pos')" in assumed[0] and "1 file beside them" in assumed[0]
    write("flat/neg.txt", "dull\n")
    write("flat/pos.txt", "good\n")
    assert labelled(tmp_path / "flat") == (["dull", "good"], ["neg", "pos"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match="holds no files"):
        labelled(tmp_path / "empty")


def test_packed_and_archived(write, tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("train.csv", "text,label\na,x\n")
    assert labelled(tmp_path / "a.zip") == (["a"], ["x"])


def test_places_and_fields(write):
    path = write("a.csv", 'text,label\n"a\nb",x\nc,y\n')
    assert read_labelled([path]).places == [f"{str(path)!r}, line 2", f"{str(path)!r}, line 4"]
    few = write("b.csv", "text,label\na\n")
    assert refused("line 2: 1 field, where the columns are 2 .*Add what is missing", few)
    many = write("c.csv", "text,label\na,b,c\n")
    assert refused("line 2: 3 fields.*in quotation marks", many)
    assert refused("carriage return", write("d.csv", "text,label\ra,x\r"))


def test_encodings_can_be_set(write):
    path = write("a.csv", "text,label\nfine,x\ncaf\xe9,y\n", "latin-1")
    assert refused("line 3.*encoding", path)
    assert labelled(path, encoding="latin-1")[0] == ["fine", "café"]
    assert labelled(path, errors="ignore")[0] == ["fine", "caf"]


def test_parquet(write):
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    import pyarrow.parquet as parquet
    from pyarrow import table

    path = write("a.parquet", b"PAR1....PAR1")
    with pytest.raises(ValueError, match=r"a.parquet' cannot be read as Parquet"):
        labelled(path)
    parquet.write_table(table({"text": ["a", "b"], "label": [1, 0]}), path)
    assert labelled(path) == (["a", "b"], ["1", "0"])


def test_parquet_without_its_library(write, monkeypatch):
    for module in ("polars", "pyarrow.parquet"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=r'Parquet.*pip install "wordvec\[parquet\]"'):
        labelled(write("a.parquet", b"PAR1....PAR1"))


@pytest.mark.parametrize("content", ["[" * 100_000, '{"a":' * 100_000, "[1, 2", '{"text": "a",\n', '"text"'])
def test_broken_json_is_named(write, content):
    assert refused("a.json'.*(not JSON|JSON str)", write("a.json", content))


LABELS = ["gut", "schlecht"] * 5


@pytest.mark.parametrize(
    ("name", "header"), [("a.csv", "Avis,Note\n"), ("b.tsv", "Avis\tNote\n"), ("c.csv", "")]
)
def test_a_label_that_stands_alone_is_a_header(write, name, header):
    mark = "\t" if name.endswith("tsv") else ","
    content = header + "".join(f"text {k}{mark}{label}\n" for k, label in enumerate(LABELS))
    with collected_assumptions() as assumed:
        assert labelled(write(name, content), text_column=1, label_column=2)[1] == LABELS
    assert ("with a header" if header else "without a header") in assumed[0]


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "SEP=;\r", "\ufeffsep=;"])
def test_the_separator_in_the_first_line_of_excel(write, first):
    path = write("a.csv", f"{first}\nlabel;text\ngut;schön, ja\nschlecht;nein\n")
    with collected_assumptions() as assumed:
        assert labelled(path) == (["schön, ja", "nein"], ["gut", "schlecht"])
    assert "CSV with a header, fields between ';' (line 1), texts in 'text'" in assumed[0]
    assert labelled(path, delimiter=";")[1] == ["gut", "schlecht"]


@pytest.mark.parametrize("mark", [";", "|", "\t"])
def test_commas_in_a_table_with_another_separator_are_asked_for(write, mark):
    path = write("a.csv", "".join(f"{label}{mark}schön, ja\n" for label in LABELS))
    assert refused("in each line, so that its fields may be 2 with", path, label_column=1, text_column=2)
    assert labelled(path, label_column=1, text_column=2, delimiter=mark)[1] == LABELS
    assert len(set(labelled(path, label_column=1, text_column=2, delimiter=",")[1])) == 2


def test_folders_of_folders_are_no_classes(write, tmp_path):
    for split in ("train", "test"):
        for label in ("pos", "neg"):
            write(f"set/{split}/{label}/1.txt", f"a text in {split}")
    assert refused("folders of folders .*'neg'.*'pos'.*Give the one", tmp_path / "set")
    assert labelled(tmp_path / "set" / "train")[1] == ["neg", "pos"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_named(write, encoding):
    content = "text,label\ngood,pos\n" if encoding == "utf-16" else "\ufefftext,label\ngood,pos\n"
    path = write("a.csv", content, encoding)
    assert refused("is text in UTF-16, not utf-8", path)
    assert labelled(path, encoding="utf-16") == (["good"], ["pos"])


@pytest.mark.parametrize("layout", [{}, {"label_separator": ","}])
def test_lists_of_labels_in_a_field(write, layout):
    rows = ["\"['a', 'b']\"", "['b']", '"[""a"", ""c""]"', "[]"]
    path = write("a.csv", "text,labels\n" + "".join(f"some text,{row}\n" for row in rows))
    with collected_assumptions() as assumed:
        assert labelled(path, **layout)[1] == [["a", "b"], ["b"], ["a", "c"], []]
    assert assumed[1].endswith("line 2: ['a', 'b'] and the like as lists of labels")


@pytest.mark.parametrize("label", ["[a]", "[it's]", "['a' 'b']", "[1]"])
def test_brackets_alone_make_no_list_of_labels(write, label):
    assert labelled(write("a.csv", f"text,label\nsome text,{label}\n"))[1] == [label]


def test_quotation_marks_around_each_field_of_tsv_are_taken_off(write):
    path = write("a.tsv", '"text"\t"label"\n"a ""b"" c"\t"x"\n"d\te"\t"y"\n')
    with collected_assumptions() as assumed:
        assert labelled(path) == (['a "b" c', "d\te"], ["x", "y"])
    assert "TSV with a header, fields in quotation marks" in assumed[0]
    assert labelled(write("b.tsv", 'text\tlabel\n"a"\tx\n')) == (['"a"'], ["x"])
