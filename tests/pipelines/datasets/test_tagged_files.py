"""Tagged sentences in the forms in which they are published: found by content, told, and read alike."""

import csv
import gzip
import json
import zipfile

import pytest

from wordvec._utils.assumptions import collected_assumptions
from wordvec.pipelines.datasets import TaggedLayout, read_tagged
from wordvec.pipelines.datasets.tagged_files import is_text, read_tagged_spans, split_pairs
from wordvec.pipelines.tagging import read_conll, read_people_daily

WORDS = [["Anna", "left"], ["Oslo", "won"]]
TAGS = [["B-PER", "O"], ["B-LOC", "O"]]
RECORDS = [
    {"text": "Anna left", "label": [[0, 4, "PER"]]},
    {"text": "Oslo won", "label": [[0, 4, "LOC"]]},
]


def lines(*records):
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def spans(text, **form):
    return {"text": text, **form}


COLUMNS = {
    "a comment above": "# sent_id = 1\nAnna\tNNP\tB-NP\tB-PER\nleft\tVBD\tB-VP\tO\n\n"
    "Oslo\tNNP\tB-NP\tB-LOC\nwon\tVBD\tB-VP\tO\n",
    "with blanks": "# sent_id = 1\nAnna NNP B-NP B-PER\nleft VBD B-VP O\n\n"
    "# sent_id = 2\n# text = x\nOslo NNP B-NP B-LOC\nwon VBD B-VP O\n",
    "in two columns": "# Begin\nAnna B-PER\nleft O\n\n# id 7\nOslo B-LOC\nwon O\n",
    "MultiCoNER": "# id 1a2\tdomain=train\nAnna _ _ B-PER\nleft _ _ O\n\n"
    "# id 2b\tdomain=train\nOslo _ _ B-LOC\nwon _ _ O\n",
    "GermEval": "#\thttp://a.de [2009-10-17]\n1\tAnna\tB-PER\tO\n2\tleft\tO\tO\n\n"
    "#\thttp://b.de [x]\n1\tOslo\tB-LOC\tB-PER\n2\twon\tO\tO\n",
    "UNER": "# sent_id = 1\n# text = Anna left\n1\tAnna\tB-PER\t-\tann1\n2\tleft\tO\t-\tann1\n\n"
    "# sent_id = 2\n1\tOslo\tB-LOC\t-\tann1\n2\twon\tO\t-\tann1\n",
    "documents": "-DOCSTART- -X- O O\n\n"
    "Anna NNP I-NP B-PER\nleft VBD I-VP O\n\n-DOCSTART- -X- O O\n\nOslo NNP I-NP B-LOC\nwon VBD I-VP O\n",
    "OntoNotes": "#begin document (a/b); part 000\nAnna\tB-PER\nleft\tO\n\n"
    "Oslo\tB-LOC\nwon\tO\n#end document\n",
    "tabs at the ends": "Anna\tB-PER\t\nleft\tO\t\n\nOslo\tB-LOC\t\nwon\tO\t\n",
    "tabs in one line": "Anna B-PER\nleft\tO\n\nOslo B-LOC\nwon O\n",
    "tabs and blanks": "Anna NNP\tB-PER\nleft VBD\tO\n\nOslo NNP\tB-LOC\nwon VBD\tO\n",
    "CRLF and a mark": "\ufeffAnna\tB-PER\r\nleft\tO\r\n\r\nOslo\tB-LOC\r\nwon\tO\r\n",
    "tags in front (MIT)": "B-PER\tAnna\nO\tleft\n\nB-LOC\tOslo\nO\twon\n",
    "a language before tokens (PAN-X)": "en:Anna\tB-PER\nen:left\tO\n\nen:Oslo\tB-LOC\nen:won\tO\n",
    "GermEval without inner entities": "#\thttp://a.de [2009-10-17]\n1\tAnna\tB-PER\tO\n2\tleft\tO\tO\n\n"
    "1\tOslo\tB-LOC\tO\n2\twon\tO\tO\n",
    "tabs for empty lines": "Anna\tB-PER\nleft\tO\n\t\nOslo\tB-LOC\nwon\tO\n\t\n",
}


@pytest.mark.parametrize("text", COLUMNS.values(), ids=COLUMNS)
def test_varieties_of_conll(write_text, text):
    path = write_text(text)
    with collected_assumptions() as assumed:
        assert read_tagged([path]) == (WORDS, TAGS)
    assert assumed[0].startswith(f"{str(path)!r}: CoNLL, with the columns ")
    assert read_conll(path).tokens == WORDS


@pytest.fixture
def write_text(tmp_path):
    def write(text, name="a.txt"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8", newline="")
        return path

    return write


@pytest.mark.parametrize("row", ["#nlp\tO", "#\tO", "#1\tO", "#a=b\tO"])
def test_number_signs_inside_a_sentence_are_tokens(write_text, row):
    path = write_text(f"Anna\tB-PER\n{row}\nleft\tO\n\n{row}\nOslo\tB-LOC\n")
    token = row.split("\t")[0]
    assert read_tagged(path)[0] == [["Anna", token, "left"], [token, "Oslo"]]


OTHERS = {
    "kaggle.csv": 'Sentence #,Word,POS,Tag\nSentence: 1,Anna,NNP,B-PER\n,left,VBD,O\n'
    'Sentence: 2,Oslo,NNP,B-LOC\n,won,VBD,O\n',
    "filled.csv": "sentence_id,words,labels\n0,Anna,B-PER\n0,left,O\n1,Oslo,B-LOC\n1,won,O\n",
    "semicolons.csv": "word;tag\nAnna;B-PER\nleft;O\n\nOslo;B-LOC\nwon;O\n",
    "rows.csv": "sentence,tags\nAnna left,B-PER O\nOslo won,B-LOC O\n",
    "lists.csv": "Sentence,Tag\nAnna left,\"['B-PER', 'O']\"\nOslo won,\"['B-LOC', 'O']\"\n",
    "table.tsv": "token\tner\nAnna\tB-PER\nleft\tO\n\nOslo\tB-LOC\nwon\tO\n",
    "tokens.jsonl": lines(*({"id": str(k), "tokens": w, "ner_tags": t} for k, (w, t) in enumerate(zip(WORDS, TAGS)))),
    "words.json": json.dumps([{"words": w, "tags": t} for w, t in zip(WORDS, TAGS)], indent=2),
    "doccano.jsonl": lines(*RECORDS),
    "array.json": json.dumps(RECORDS, indent=1),
    "one-line.json": json.dumps(RECORDS),
    "labels.jsonl": lines(*({"data": r["text"], "labels": r["label"]} for r in RECORDS)),
    "offsets.jsonl": lines(
        *(
            {"id": 1, "text": r["text"], "relations": [],
             "entities": [{"id": 1, "label": r["label"][0][2], "start_offset": 0, "end_offset": 4}]}
            for r in RECORDS
        )
    ),
    "prodigy.jsonl": lines(
        *(
            {"text": r["text"], "tokens": [{"text": r["text"][:4], "start": 0, "end": 4, "id": 0}],
             "spans": [{"start": 0, "end": 4, "label": r["label"][0][2]}]}
            for r in RECORDS
        )
    ),
    "spacy.json": json.dumps([[r["text"], {"entities": r["label"]}] for r in RECORDS]),
    "cluener.json": lines(
        {"text": "Anna left", "label": {"PER": {"Anna": [[0, 3]]}}},
        {"text": "Oslo won", "label": {"LOC": {"Oslo": [[0, 3]]}}}
    ),
    "inclusive.json": lines(
        *(
            {"text": r["text"],
             "entities": [{"start_idx": 0, "end_idx": 3, "type": r["label"][0][2], "entity": r["text"][:4]}]}
            for r in RECORDS
        )
    ),
    "studio.json": json.dumps(
        [
            {"id": 1, "data": {"text": r["text"]},
             "annotations": [{"result": [
                 {"type": "labels", "value": {"start": 0, "end": 4, "labels": [r["label"][0][2]]}}
             ]}]}
            for r in RECORDS
        ]
    ),
    "slashes.txt": "Anna/B-PER left/O\nOslo/B-LOC won/O\n",
    "underscores.pos": "Anna_B-PER left_O\nOslo_B-LOC won_O\n",
    "wikiner.txt": "Anna|NNP|B-PER left|VBD|O\nOslo|NNP|B-LOC won|VBD|O\n",
}  # fmt: skip


@pytest.mark.parametrize("name", OTHERS)
def test_other_forms_are_found_by_content_and_told(write_text, name):
    path = write_text(OTHERS[name], name)
    with collected_assumptions() as assumed:
        assert read_tagged(path) == (WORDS, TAGS)
    assert len(assumed) == 1 and assumed[0].startswith(f"{str(path)!r}: ")


def test_a_file_of_any_name_and_packing(tmp_path):
    text = lines(*RECORDS).encode()
    (tmp_path / "a.gz").write_bytes(gzip.compress(text))
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("inner.jsonl", text)
    (tmp_path / "c").write_bytes(b"\xef\xbb\xbf" + text.replace(b"\n", b"\r\n"))
    for name in ("a.gz", "b.zip", "c"):
        assert read_tagged([tmp_path / name]) == (WORDS, TAGS)


def test_ten_columns_with_numbers_are_conllu(write_text):
    rows = ["1\tAnna\tAnna\tPROPN\tNNP\t_\t2\tnsubj\t_\t_", "2\tleft\tleave\tVERB\tVBD\t_\t0\troot\t_\t_"]
    text = "\n".join(rows) + "\n\n"
    assert read_tagged(write_text(text, "train.conllx"))[1] == [["PROPN", "VERB"]]
    assert read_tagged(write_text(text, "train.txt"))[1] == [["PROPN", "VERB"]]
    for name in ("b.conllu", "b.txt"):
        with pytest.raises(ValueError, match="is CoNLL-U .* Read it with read_conllu"):
            read_conll(write_text(text, name))


def test_people_daily_and_its_brackets(write_text):
    path = write_text(
        "19980101-01-001-001/m [中央/n 电视台/nis]/nt 报道/v\n[ 北京/ns 大学/n ]nt 的/u\n//w [/w ]/w 1/2/m\n"
    )
    corpus = read_people_daily(path)
    assert corpus.tokens == [["中央", "电视台", "报道"], ["北京", "大学", "的"], ["/", "[", "]", "1/2"]]
    assert corpus.tags == [["n", "nis", "v"], ["ns", "n", "u"], ["w", "w", "w", "m"]]
    assert corpus.column("bracket") == [["B-nt", "I-nt", "O"], ["B-nt", "I-nt", "O"], ["O"] * 4]
    assert read_tagged(path, target="bracket")[1] == corpus.column("bracket")


def test_chinese_texts_become_characters(write_text):
    path = write_text(lines({"text": "我爱 北京", "label": [[3, 5, "LOC"]]}))
    assert read_tagged(path) == ([list("我爱北京")], [["O", "O", "B-LOC", "I-LOC"]])


def test_positions_in_words_are_recognised(write_text):
    path = write_text("科0\tB-PER\n技1\tI-PER\n全0\tO\n方1\tO\n位2\tO\n\n好0\tO\n的0\tO\n")
    with collected_assumptions() as assumed:
        assert read_tagged(path)[0] == [list("科技全方位"), list("好的")]
    assert "token+position" in assumed[0]
    assert read_conll(path, ["token", "tag"]).tokens[0][0] == "科0"


def test_names_of_tags(write_text):
    path = write_text("A B-NR\nB I-NR\nC B-NS\nD 0\n\nE NR\nF B-T\n")
    tags = read_tagged(path, TaggedLayout(tag_map={"NR": "PER", "NS": "LOC", "0": "O", "T": "O"}))[1]
    assert tags == [["B-PER", "I-PER", "B-LOC", "O"], ["PER", "O"]]
    one = write_text("A I-X\nB I-Y\nC O\n", "iob1.bio")
    assert read_tagged(one, TaggedLayout(tag_map={"X": "Z", "Y": "Z"}))[1] == [["I-Z", "B-Z", "O"]]
    with pytest.warns(UserWarning, match="No tag of .* is called NO"):
        read_tagged(one, TaggedLayout(tag_map={"NO": "PER"}))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("A long line of text.\nAnother one, shorter.\n", r"looks like running text \(lines of 3 to 5 words\)"),
        ("<html>\n<body>\n", "HTML"),
        (lines({"text": "good film", "label": "pos"}), "JSON without tokens and tags"),
        (lines({"tokens": ["Anna"], "ner_tags": [1]}), r"line 1: the tags in 'ner_tags' are numbers \(1\)"),
        (lines({"tokens": ["Anna", "left"], "ner_tags": ["O"]}), "line 1: 1 tag in 'ner_tags' for 2 tokens"),
        (lines(RECORDS[0], spans("Oslo", label=[[0, 9, "LOC"]])), "line 2: the span 0 to 9"),
        (lines(RECORDS[0], spans("Oslo", label=[[0, "LOC"]])), r"line 2: the span \[0, \"LOC\"\]"),
        (lines(RECORDS[0]) + '{"text": "x", \n', "line 2: not JSON"),
        (lines(RECORDS[0], {"text": "Oslo"}), "line 2: no spans"),
        ("Sentence #,Word,Tag\n1,Anna,B-PER\n1,left\n", "line 3: 2 fields, where there are 3 columns"),
        ("Word,Tag\nAnna,B-PER\nleft,O\n", "does not say where sentences end"),
        ("Anna/B-PER left/O\n" * 9 + "Oslo/B-LOC won\n" + "Anna/B-PER left/O\n" * 9, "line 10: 'won' is not word/tag"),
        ("# sent_id = 1\nAnna\tO\nleft\n\nAnna\tO\n" + "Bob\tO\n" * 12, "line 3: 1 column, where 2 are expected"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named_with_its_line(write_text, text, message):
    path = write_text(text)
    with pytest.raises(ValueError, match=message) as error:
        read_tagged(path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Anna Berg\n" * 35, True),
        ("Oslo, Norway\n" * 35, True),
        ("and/or either/or\n", True),
        ("New York\nLos Angeles\nSan Francisco\n\nLas Vegas\nPalo Alto\nEl Paso\n", True),
        ("".join(f"Name{k} Family{k}\n" for k in range(40)), True),
        ("Anna B-PER\nBerg O\n", False),
        ("Anna\tx1\nBerg\tx2\n\nleft\tx3\nOslo\tx4\n", False),
        ("Anna NNP\nleft VBD\n\nOslo NNP\nwon VBD\n", False),
        (lines(*RECORDS), False),
    ],
)
def test_what_is_text_for_a_tagger(write_text, text, expected):
    path = write_text(text)
    with collected_assumptions() as assumed:
        assert is_text(path, TaggedLayout(), {"B-PER", "O"}) == expected
    assert assumed == ([f"{str(path)!r}: text, a sentence a line"] if expected else [])


def test_of_overlapping_spans_the_first_is_kept_or_the_longest_of_several(write_text):
    records = [
        spans("New York City", label=[[0, 8, "LOC"], [0, 13, "GPE"], [9, 13, "X"]]),
        spans("Bank of New York", label=[[8, 16, "LOC"], [0, 11, "ORG"]]),
    ]
    path = write_text(lines(*records))
    with pytest.warns(
        UserWarning, match="overlap in 2 texts, first in line 1; of these, the one that begins first"
    ):
        tags = read_tagged(path)[1]
    assert tags == [["B-GPE", "I-GPE", "I-GPE"], ["B-ORG", "I-ORG", "I-ORG", "O"]]


def test_a_sentence_longer_than_the_limit_of_the_csv_module(write_text):
    path = write_text(f"text,label\n{'Oslo ' * 30_000},{'B-LOC ' * 30_000}\n", "long.csv")
    limit = csv.field_size_limit(1 << 17)
    try:
        words, tags = read_tagged(path)
    finally:
        csv.field_size_limit(limit)
    assert len(words[0]) == len(tags[0]) == 30_000


def test_a_carriage_return_within_the_first_row_is_no_reason_to_fail(write_text):
    path = write_text("text,label\nAnna\rleft,B-PER O\n", "a.csv")
    with pytest.raises(ValueError, match=r"a\.csv"):
        read_tagged(path)


def test_bytes_of_another_encoding(tmp_path):
    path = tmp_path / "a.conll"
    path.write_bytes("Jos\xe9 B-PER\nleft O\n".encode("latin-1"))
    with pytest.raises(ValueError, match=r"line 1: not valid utf-8"):
        read_tagged(path)
    assert read_tagged(path, TaggedLayout(encoding="latin-1"))[0] == [["José", "left"]]
    assert read_tagged(path, TaggedLayout(errors="ignore"))[0] == [["Jos", "left"]]


@pytest.mark.parametrize(
    "text",
    [
        "The cat sat .\n" * 6,
        "Hello , world .\nRome , Oslo .\n",
        "Ida left .\n\nOtto stayed .\n\nMara ran .\n",
        "Go , now !\n\nStay , please !\n" * 3,
    ],
)
def test_marks_of_punctuation_at_the_ends_of_lines_are_no_column_of_tags(write_text, text):
    with collected_assumptions() as assumed:
        assert is_text(write_text(text, "in"), TaggedLayout(), {"NNP", "VBD", ".", ",", "UH"})
    assert assumed[0].endswith("text, a sentence a line")


@pytest.mark.parametrize(
    ("tags", "names"),
    [
        (["B_PER", "I_PER", "O"], "B_PER=B-PER,I_PER=I-PER"),
        (["PER-B", "PER-I", "O"], "PER-B=B-PER,PER-I=I-PER"),
        (["b-per", "i-per", "o"], "b-per=B-PER,i-per=I-PER,o=O"),
        (["B/PER", "I/PER", "O"], "B/PER=B-PER,I/PER=I-PER"),
        (["B.PER", "I.PER", "O"], "B.PER=B-PER,I.PER=I-PER"),
        (["B-PER", "I-PER", "0"], "0=O"),
        (["B-PER", "I-PER", "OTHER"], "OTHER=O"),
        (["b_PER", "e_PER", "_"], "b_PER=B-PER,e_PER=E-PER,_=O"),
    ],
)
def test_tags_of_spans_in_another_spelling_are_told_with_their_map(write_text, tags, names):
    path = write_text("".join(f"{word} {tag}\n" for word, tag in zip(["Anna", "Berg", "left"], tags)))
    path = write_text(f"{path.read_text()}\n" * 4)
    with pytest.warns(UserWarning, match="look like those of spans") as warned:
        read_tagged_spans([path])
    assert str(warned[0].message).endswith(f"{names}.")
    layout = TaggedLayout(tag_map=split_pairs(names))
    end = "E-PER" if "e_PER" in tags else "I-PER"
    assert read_tagged_spans([path], layout)[1] == 4 * [["B-PER", end, "O"]]


def test_one_long_sentence_is_told(write_text):
    path = write_text("Anna B-PER\nleft O\n" * 150)
    with collected_assumptions() as assumed:
        read_tagged([path])
    assert assumed[1].endswith("one sentence of 300 tokens, since no line between them is empty")
