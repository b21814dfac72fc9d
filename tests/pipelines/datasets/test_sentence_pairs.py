"""Sentence pairs from the forms in which they are published; what is assumed is told, what is unclear is asked."""

import gzip
import json
import os
from pathlib import Path

import pytest

from wordvec._utils.assumptions import collected_assumptions
from wordvec.pipelines.datasets import PairLayout, read_sentence_pairs
from wordvec.pipelines.datasets.pair_layout import SUMMARIES

SOURCES, TARGETS = ["Hi.", "Thank you, Tom."], ["Hallo.", "Danke, Tom."]
FORMULA = "CC-BY 2.0 (France) Attribution: tatoeba.org #"


def lines(*columns):
    return "".join("\t".join(row) + "\n" for row in zip(*columns))


def jsonl(**columns):
    return "".join(
        json.dumps(dict(zip(columns, row)), ensure_ascii=False) + "\n" for row in zip(*columns.values())
    )


def read(*paths, **layout):
    with collected_assumptions() as assumed:
        return read_sentence_pairs(paths, PairLayout(**layout)), " ".join(assumed)


FORMS = {
    "plain.tsv": (lines(SOURCES, TARGETS), "header, sentences in column 1, the translation of each in column 2"),
    "bom.txt": ("\ufeff" + lines(SOURCES, TARGETS), "TSV without a header"),
    "tatoeba.txt": (lines(SOURCES * 2, TARGETS * 2, [f"{FORMULA}{n} (CK)" for n in (1, 22, 3, 4)]), "(not read: 3)"),
    "ids.tsv": (lines(["1", "2"], SOURCES, ["77", "78"], TARGETS), "column 2, the translation of each in column 4"),
    "scored.tsv": (lines(["0.91", "0.87"], SOURCES, TARGETS), "column 2, the translation of each in column 3"),
    "links.tsv": (lines(SOURCES, TARGETS, ["https://a.b/1", "https://a.c/2"]), "(not read: 3)"),
    "codes.tsv": (lines(["en", *SOURCES], ["de", *TARGETS]), "sentences in 'en', the translation of each in 'de'"),
    "swapped.tsv": (
        lines(["id", "1", "2"], ["target", *TARGETS], ["source", *SOURCES]),
        "sentences in 'source', the translation of each in 'target' (not read: 'id')",
    ),
    "english.csv": ('English,German\n"Hi.","Hallo."\n"Thank you, Tom.","Danke, Tom."\n', "sentences in 'English'"),
    "flat.jsonl": (jsonl(src=SOURCES, tgt=TARGETS), "JSON, sentences in 'src', the translation of each in 'tgt'"),
    "nested.json": (jsonl(translation=[{"en": s, "de": t} for s, t in zip(SOURCES, TARGETS)]), "sentences in 'en'"),
    "array.json": (json.dumps([{"input": s, "output": t} for s, t in zip(SOURCES, TARGETS)]), "sentences in 'input'"),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
def test_forms_of_published_pairs(name, tmp_path):
    text, assumed = FORMS[name]
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    pairs, told = read(path)
    n = len(pairs) // 2
    assert (pairs.sources, pairs.targets, pairs.languages) == (SOURCES * n, TARGETS * n, None)
    assert assumed in told and str(path) in told


TEXTS, BRIEFS = ["Ada and Bob met in Rome.", "It rained for days."], ["A meeting", "Rain"]
SUMMARY_FORMS = {
    "named.csv": ("title,content\nA meeting,Ada and Bob met in Rome.\nRain,It rained for days.\n", "'content'"),
    "shorter_first.tsv": (lines(BRIEFS, TEXTS), "texts in column 2, the summary of each in column 1"),
    "longer_first.tsv": (lines(TEXTS, BRIEFS), "texts in column 1, the summary of each in column 2"),
    "news.jsonl": (
        jsonl(id=["a", "b"], article=TEXTS, highlights=BRIEFS, lang=["en", "en"]),
        "texts in 'article', the summary of each in 'highlights' (not read: 'id', 'lang')",
    ),
    "papers.tsv": (lines(["abstract", *TEXTS], ["title", *BRIEFS]), "the summary of each in 'title'"),
    "all.tsv": (lines(["title", "a", "b"], ["summary", *BRIEFS], ["text", *TEXTS]), "(not read: 'title')"),
    "chinese.tsv": (lines(["摘要", *BRIEFS], ["正文", *TEXTS]), "texts in '正文', the summary of each in '摘要'"),
    "codes.tsv": (lines(TEXTS * 2, BRIEFS * 2, ["en", "en", "de", "de"]), "(not read: 3)"),
}  # fmt: skip


@pytest.mark.parametrize("name", SUMMARY_FORMS)
def test_forms_of_texts_and_summaries(name, tmp_path):
    text, assumed = SUMMARY_FORMS[name]
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    pairs, told = read(path, sides=SUMMARIES)
    n = len(pairs) // 2
    assert (pairs.sources, pairs.targets, pairs.languages) == (TEXTS * n, BRIEFS * n, None)
    assert assumed in told and str(path) in told


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.tsv", lines(["hi", "hi", "yes", "yes"], ["hallo", "嗨", "ja", "是"], ["de", "zh"] * 2), "column 3"),
        ("b.tsv", lines(["hi"] * 2, ["hallo", "嗨"], ["de", "zh"]).replace("hi", "src\ttgt\tlang\nhi", 1), "'lang'"),
        ("c.jsonl", jsonl(source=["hi"] * 2, target=["hallo", "嗨"], target_lang=["de", "zh"]), "'target_lang'"),
    ],
)  # fmt: skip
def test_languages_of_targets(name, text, told, tmp_path):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    pairs, assumed = read(path)
    assert pairs.languages[:2] == ["de", "zh"] and pairs.targets[:2] == ["hallo", "嗨"]
    assert f"the language of these in {told}" in assumed


def test_two_files_and_packed_ones(tmp_path):
    for name, texts in (("a.en", SOURCES), ("a.de", TARGETS)):
        (tmp_path / name).write_text("\n".join(texts) + "\n", encoding="utf-8")
        with gzip.open(tmp_path / f"{name}.gz", "wt", encoding="utf-8") as file:
            file.write("\n".join(texts))
    for end in ("", ".gz"):
        pairs, told = read(tmp_path / f"a.en{end}", tmp_path / f"a.de{end}")
        assert (pairs.sources, pairs.targets) == (SOURCES, TARGETS)
        assert "its translation in the same line" in told


def test_columns_that_are_named_need_no_assumption(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_text(lines(["x", "y"], TARGETS, SOURCES), encoding="utf-8")
    for layout in ({"source_column": 3, "target_column": 2}, {"source_column": "3", "target_column": "2"}):
        pairs, told = read(path, header=False, **layout)
        assert (pairs.sources, pairs.targets, told) == (SOURCES, TARGETS, "")
    with pytest.raises(ValueError, match="the columns 1, 2, 3, but no 'z'"):
        read(path, source_column="z")
    with pytest.raises(ValueError, match="cannot hold both"):
        read(path, source_column=1, target_column=1)
    pairs, _ = read(path, source_column=3, target_column=2, header=True)
    assert len(pairs) == 1
    assert read(path, source_column=3, target_column=2)[1] == f"{str(path)!r}: TSV without a header"


def test_sentences_that_are_missing_are_empty(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"source": "a", "target": null}\n{"source": "b"}\n{"source": "c", "target": "d"}\n')
    assert read(path)[0].targets == ["", "", "d"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.tsv", b"", "'.*a.tsv' is empty"),
        ("a.txt", b"", "'.*a.txt' is empty"),
        ("a.txt", b"\n\n", "is empty"),
        ("a.tsv", b"a\tb\nc\n", "line 2: 1 field, where the other lines have 2"),
        ("a.tsv", b"a\tb\nc\td\te\n", "line 2: 3 fields, where the other lines have 2"),
        ("a.tsv", b"source\ttarget\n", "a header and no pairs"),
        ("a.tsv", b"alone\n", "line 1: one field, .*with a tab between them"),
        ("a.csv", b"source;target\na;b\n", "one field.*delimiter=';'"),
        ("a.tsv", b"a\tb\tc\nd\te\tf\n", "3 of them hold sentences, .*source_column and target_column"),
        ("a.txt", b"one\ntwo\n", "no columns.*Give two files of as many lines"),
        ("a.bin", bytes(range(256)) * 9, "not valid utf-8"),
        ("a.jsonl", b'{"source": "a", "target": 3}\n', "line 1: 3 is not text"),
        ("a.jsonl", b'{"source": "a", "target": "b"}\n{"source": \n', "line 2: not JSON"),
        ("a.jsonl", b'{"source": "a"}\n', "of them hold sentences"),
        ("a.tsv", b"source\ttarget\tlang\na\tb\t\n", "line 2: the language of the target is missing"),
        ("a.tsv", b"en\tsource\tsource\na\tb\tc\n", "has 2 columns called 'source'|hold sentences"),
    ],
)
def test_what_is_no_file_of_pairs(name, content, message, tmp_path):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read(path)


def test_two_columns_of_one_name(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_text("en\tsource\tsource\na\tb\tc\n")
    with pytest.raises(ValueError, match="has 2 columns called 'source'"):
        read(path, header=True)


def test_files_that_do_not_go_together(tmp_path):
    (tmp_path / "a").write_text("1\n2\n3\n")
    (tmp_path / "b").write_text("1\n2\n")
    (tmp_path / "c.tsv").write_text("x\ty\n")
    (tmp_path / "d.tsv").write_text("source\ttarget\tlang\nx\ty\tde\n")
    with pytest.raises(ValueError, match=r"has 3 lines and '.*b' 2 lines"):
        read(tmp_path / "a", tmp_path / "b")
    with pytest.raises(ValueError, match="no columns"):
        read(tmp_path / "a", tmp_path / "c.tsv")
    with pytest.raises(ValueError, match=r"'.*c.tsv' names no language"):
        read(tmp_path / "c.tsv", tmp_path / "d.tsv")
    with pytest.raises(FileNotFoundError, match="does not exist"):
        read(tmp_path / "none.tsv")
    with pytest.raises(ValueError, match="format parameter"):
        read(tmp_path / "c.tsv", format="tmx")


@pytest.mark.data
def test_tatoeba_and_multi30k():
    root = Path(os.environ["WORDVEC_DATA"])
    pairs, told = read(root / "tatoeba-cmn-eng" / "cmn.txt.xz")
    assert (
        len(pairs) == 29155
        and pairs.sources[0] == "Hi."
        and pairs.targets[0] == "嗨。"
        and "not read: 3" in told
    )
    pairs, _ = read(*(root / "multi30k-en-de" / f"val.{side}.gz" for side in ("en", "de")))
    assert len(pairs) == 1014
