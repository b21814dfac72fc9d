"""Evaluation sets in the forms in which they are published, and as people keep them."""

import gzip
import tarfile
import zipfile

import numpy as np
import pytest

from wordvec import KeyedVectors
from wordvec._utils.assumptions import collected_assumptions
from wordvec.vectors.evaluation import evaluate_word_analogies, evaluate_word_pairs
from wordvec.vectors.evaluation_sets.analogies import read_analogies
from wordvec.vectors.evaluation_sets.pairs import read_word_pairs
from wordvec.vectors.evaluation_sets.reading import read_evaluation_set

WANTED = [("tiger", "cat", 7.35), ("car", "train", 6.31), ("cup", "sugar", 2.5)]
RATED = "tiger\tcat\t7.00\t6\t8\t7\ncar\ttrain\t5.00\t5\t4\t6\ncup\tsugar\t2.33\t2\t1\t4\n"
RATED_WANTED = [("tiger", "cat", 7.0), ("car", "train", 5.0), ("cup", "sugar", 2.33)]


def table(delimiter, *columns, header=None, end="\n"):
    """Lines of the wanted pairs with the columns given: 0 and 1 for the words, 2 for the judgement, or a list."""
    rows = [] if header is None else [header.split()]
    for place, pair in enumerate(WANTED):
        rows.append([str(pair[column]) if isinstance(column, int) else column[place] for column in columns])
    return "".join(delimiter.join(row) + end for row in rows)


def read(path, text, **options):
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with collected_assumptions() as assumed:
        found = read_word_pairs(path, **options)
    return [(*pair, judgement) for pair, judgement in zip(found.pairs, found.judgements.tolist())], assumed


@pytest.mark.parametrize(
    "text",
    [
        *(table(mark, 0, 1, 2) for mark in ("\t", ";", ",", "|", ":", " ", "   ", " ; ", " : ", ", ")),
        *(table(mark, 0, 1, 2, header="word1 word2 score") for mark in ("\t", ";", ",", ":", " ")),
        table(",", 0, 1, 2, end="\r\n"),
        table(";", 0, 1, 2, end="\r"),
        "\ufeff" + table("\t", 0, 1, 2, header="word1 word2 similarity"),
        '"tiger","cat",7.35\n"car","train",6.31\n"cup","sugar",2.5\n',
        '"word1";"word2";"score"\n"tiger";"cat";"7.35"\n"car";"train";"6.31"\n"cup";"sugar";"2.5"\n',
        '"tiger" "cat" 7.35\n"car" "train" 6.31\n"cup" "sugar" 2.5\n',
        "# The set of an institute\n# Word 1\tWord 2\tHuman (mean)\n" + table("\t", 0, 1, 2),
        "Word 1  Word 2  Human (mean)\n" + table("  ", 0, 1, 2),
        "tiger\tcat 7.35\ncar train\t6.31\ncup  sugar 2.5\n",
        table("\t", 0, 1, 2, end="\t\n"),
        table(",", 0, 1, 2, end=",\n"),
        "\n" + table(" ", 0, 1, 2, end="\n\n"),
        "tiger,cat,7.35\n# a remark, here, 5\ncar,train,6.31\ncup,sugar,+2.5e0\n",
    ],
)
def test_three_columns_in_any_form(tmp_path, text):
    assert read(tmp_path / "p.txt", text)[0] == WANTED


@pytest.mark.parametrize(
    ("text", "assumed"),
    [
        # As SimLex-999, SimVerb-3500, WordSim-353 of 2002, and the sets of a German institute are published.
        (
            table("\t", 0, 1, "NNA", 2, ["4.1", "3.2", "1.5"], ["1", "3", "2"], ["0", "1", "0"],
                  header="word1 word2 POS SimLex999 conc(w1) concQ SD(SimLex)"),
            "words in 'word1' and 'word2', judgements in 'SimLex999'",
        ),
        (table("\t", 0, 1, "VVV", 2, ["SYNONYMS", "NONE", "NONE"]), "columns 1 and 2, judgements in column 4"),
        (
            table(",", 0, 1, 2, "679", "536", header="W1 W2 mean 1 2").replace("W", "Word "),
            "'Word 1' and 'Word 2', judgements in 'mean'",
        ),
        ("#WORD1:WORD2:SIMILARITY:STDEV\n" + table(":", 0, 1, 2, ["0.5", "0.6", "0.7"]), "in 'SIMILARITY'"),
        # Codes of a relation before the words, and an index of several kinds.
        (table("\t", "tSh", 0, 1, 2), "words in columns 2 and 3, judgements in column 4"),
        (table(",", "012", 0, 1, 2, header=None), "words in columns 2 and 3"),
        (",word1,word2,score\n" + table(",", "012", 0, 1, 2), "'word1' and 'word2', judgements in 'score'"),
        (table(",", ["17", "4", "11"], 0, 1, 2, header="pair_id word_a word_b rating"), "'word_a' and 'word_b'"),
        ("\tword1\tword2\tscore\n" + table("\t", "123", 0, 1, 2), "judgements in 'score'"),
        # Judgements first; words that are not the first texts; a name in another language.
        (table(",", 2, 0, 1), "words in columns 2 and 3, judgements in column 1"),
        (table(",", 2, 0, 1, header="score word1 word2"), "'word1' and 'word2', judgements in 'score'"),
        (table(",", ["zoo", "road", "tea"], 0, 1, 2, header="topic term1 term2 score"), "'term1' and 'term2'"),
        (table("\t", "123", 0, 1, 2, header="序号 词语1 词语2 相似度"), "'词语1' and '词语2'"),
        (table(",", 0, ["NN", "NN", "NN"], 1, ["NN", "VB", "NN"], 2, header="w1 pos1 w2 pos2 sim"), "'w1' and 'w2'"),
        # Contexts after the words, as in SCWS.
        (
            table("\t", "123", 0, "nnn", 1, "nnv", ["the <b>x</b>, it"] * 3, ["a <b>y</b>"] * 3, 2),
            "words in columns 2 and 4, judgements in column 8",
        ),
    ],
)  # fmt: skip
def test_more_columns_are_told_apart_and_what_was_taken_is_told(tmp_path, text, assumed):
    pairs, told = read(tmp_path / "p.txt", text)
    assert pairs == WANTED
    assert len(told) == 1 and assumed in told[0] and told[0].startswith(f"'{tmp_path / 'p.txt'}': ")


def test_a_mean_before_the_ratings_is_the_judgement(tmp_path):
    pairs, told = read(tmp_path / "rw.txt", RATED)
    assert pairs == RATED_WANTED and "column 3" in told[0]
    # The last ratings of a line may be missing.
    assert read(tmp_path / "rw.txt", RATED + "a\tb\t5.0\t5\t5\n")[0] == [*RATED_WANTED, ("a", "b", 5.0)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Tiger;Katze;7,35\nAuto;Zug;6,31\n", True),
        ("Tiger Katze 7,35\nAuto Zug 6\n", True),
        ('"Tiger","Katze","7,35"\n"Auto","Zug","6,31"\n', True),
        ("Tiger\tKatze\t7.35\nAuto\tZug\t6\n", False),
    ],
)
def test_decimal_commas(tmp_path, text, told):
    pairs, assumed = read(tmp_path / "p.txt", text)
    assert pairs[0] == ("Tiger", "Katze", 7.35) and len(pairs) == 2
    assert assumed == ([f"'{tmp_path / 'p.txt'}': decimal commas"] if told else [])


@pytest.mark.parametrize("mark", ["\t", ";", ","])
def test_phrases(tmp_path, mark):
    text = f"New York{mark}Los Angeles{mark}8.0\nice cream{mark}sugar{mark}5.0\nsea{mark}ocean{mark}9\n"
    pairs, assumed = read(tmp_path / "p.txt", text)
    assert pairs[0] == ("New York", "Los Angeles", 8.0) and not assumed
    words = ["new_york", "Los Angeles", "sea", "ocean"]
    kv = KeyedVectors(np.eye(4, dtype=np.float32), words)
    with collected_assumptions() as assumed:
        assert evaluate_word_pairs(kv, tmp_path / "p.txt").n_used == 2
    assert "1 phrase looked up with _ for spaces ('New York')" in assumed[0]
    text = '"New York, NY",Boston,8\n"Paris, Texas",Rome,3\n'
    assert read(tmp_path / "p.txt", text)[0][0] == ("New York, NY", "Boston", 8.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a\tb\t1\t9\na\tc\t2\t1\n", r"4 columns, numbers in 3, 4, and the column of the judgements cannot be told"),
        ("word1,word2,similarity,relatedness\na,b,1,9\nc,d,2,1\n", "'similarity', 'relatedness', and the column of"),
        ("Tiger,Katze,7,35\nAuto,Zug,6,31\n", "4 columns"),
        ("a\tb\tV\tx\nc\td\tN\ty\n", "no column holds numbers"),
    ],
)  # fmt: skip
def test_columns_that_cannot_be_told_apart_are_asked_for(tmp_path, text, message):
    with pytest.raises(ValueError, match=message) as caught:
        read(tmp_path / "p.txt", text)
    assert "Pass the columns of the two words" in str(caught.value)


@pytest.mark.parametrize("columns", [("b", "c", "other"), "b,c,other", [2, 3, 5], "2,3,5", ("B", 3, "5")])
def test_columns_can_be_given(tmp_path, columns):
    text = "a,b,c,mean,other\nx,tiger,cat,1,7.35\nx,car,train,2,6.31\nx,cup,sugar,3,2.5\n"
    assert read(tmp_path / "p.txt", text, columns=columns) == (WANTED, [])
    for wrong in (("b", "c"), ("b", "c", "none"), "2,3,6", "2,2,3", (0, 1, 2)):
        with pytest.raises(ValueError, match="columns parameter of an evaluation must name 3 columns"):
            read(tmp_path / "p.txt", text, columns=wrong)
    with pytest.raises(ValueError, match="delimiter parameter"):
        read(tmp_path / "p.txt", text, delimiter="")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a\tb\t1\nc\td\n", r"Line 2 .* two words and a number, separated by tabs. Got 'c\\td'"),
        ("a;b;1\nc;d;x\ne;f;2\n", "Line 2 .* separated by semicolons"),
        ("a,b,1\nc,,2\n", "Line 2 .* separated by commas"),
        ("w1,w2,pos,score\na,b,N,1\nc,d,N,\ne,f,N,3\n", "Line 3 .* in columns 1, 2 and 4"),
        ("Tiger;Katze;7,35\nAuto;Zug;6.31\n", "Line 1 "),
        ("a b 1\n\nc d nan\n", "Line 3 "),
    ],
)
def test_a_bad_line_is_named(tmp_path, text, message):
    with pytest.raises(ValueError, match=message):
        read(tmp_path / "p.txt", text)


def test_a_header_that_nobody_knows_is_told(tmp_path):
    pairs, assumed = read(tmp_path / "p.txt", "foo\tbar\tbaz\n" + table("\t", 0, 1, 2))
    assert pairs == WANTED and "the first line ('foo bar baz') a header" in assumed[0]


def pack(path, data):
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("inner/p.txt", data)
    elif path.name.endswith(".tar.gz"):
        (path.parent / "p").write_bytes(data)
        with tarfile.open(path, "w:gz") as archive:
            archive.add(path.parent / "p", "p.txt")
    else:
        path.write_bytes(gzip.compress(data))


@pytest.mark.parametrize("name", ["p.txt.gz", "p.zip", "p.tar.gz"])
def test_packed_sets(tmp_path, name):
    pack(tmp_path / name, table(",", 0, 1, 2).encode())
    assert read_word_pairs(tmp_path / name).pairs == [pair[:2] for pair in WANTED]
    pack(tmp_path / name, b": s\na b c d\n")
    assert read_analogies(tmp_path / name).questions == [("a", "b", "c")]


def test_encodings(tmp_path):
    data = "词语1,词语2,相似度\n老虎,猫,7.35\n汽车,火车,6.31\n".encode("gb18030")
    pairs, _ = read(tmp_path / "p.csv", data, encoding="gb18030")
    assert pairs[0] == ("老虎", "猫", 7.35)
    assert len(read(tmp_path / "p.csv", data, errors="replace")[0]) == 2
    with pytest.raises(ValueError, match="line 1: not valid utf-8"):
        read(tmp_path / "p.csv", data)
    pairs, _ = read(tmp_path / "p.csv", "a\tb\t1\nc\td\t2\n".encode("utf-16"), encoding="utf-16")
    assert pairs == [("a", "b", 1.0), ("c", "d", 2.0)]


@pytest.mark.parametrize(
    ("words", "n_used"), [(["sun", "sunlight", "run", "swim"], 2), (["sun-n", "sunlight-n"], 1)]
)
def test_letters_for_parts_of_speech(tmp_path, words, n_used):
    (tmp_path / "men.txt").write_text(
        "sun-n sunlight-n 50.0\nrun-v swim-v 30.0\nsun-n sun-n 49\n", encoding="utf-8"
    )
    kv = KeyedVectors(np.eye(len(words), dtype=np.float32), words)
    with collected_assumptions() as assumed:
        scores = evaluate_word_pairs(kv, tmp_path / "men.txt")
    assert scores.n_used == n_used + 1
    assert ("without the letters for their parts of speech" in "".join(assumed)) == (words[0] == "sun")


QUESTIONS = [("Athens", "Greece", "Oslo"), ("Rome", "Italy", "Oslo"), ("big", "bigger", "small")]
ANSWERS = [("Norway",), ("Norway",), ("smaller",)]


def analogies(path, text, **options):
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with collected_assumptions() as assumed:
        found = read_analogies(path, **options)
    return found, assumed


@pytest.mark.parametrize(
    ("text", "sections"),
    [
        (": capitals\n{0} {1} {2} {3}\n{4} {5} {6} {7}\n: grades\n{8} {9} {10} {11}\n", ["capitals", "grades"]),
        (": capitals\r\n{0}\t{1}\t{2}\t{3}\r\n{4}\t{5}\t{6}\t{7}\r\n:grades\r\n{8} \t{9}\t{10}\t{11}\r\n",
         ["capitals", "grades"]),
        ("\ufeff: capitals\n{0},{1},{2},{3}\n{4},{5},{6},{7}\n: grades\n{8},{9},{10},{11}\n", ["capitals", "grades"]),
        ("{0} {1} {2} {3}\n{4} {5} {6} {7}\n{8} {9} {10} {11}\n", [""]),
        ("{0}\t{1}\t{2}\t{3}\n{4}\t{5}\t{6}\t{7}\n{8}\t{9}\t{10}\t{11}\n", [""]),
        ("# from a book\n{0};{1};{2};{3}\n{4};{5};{6};{7}\n{8};{9};{10};{11}\n", [""]),
        ("{0} {1} {2} {3}\n{4} {5} {6} {7}\n: grades\n{8} {9} {10} {11}\n", ["", "grades"]),
        ("type,word1,word2,word3,target\ncapitals,{0},{1},{2},{3}\ncapitals,{4},{5},{6},{7}\n"
         "grades,{8},{9},{10},{11}\n", ["capitals", "grades"]),
        (",category,a,b,c,d\n0,capitals,{0},{1},{2},{3}\n1,capitals,{4},{5},{6},{7}\n2,grades,{8},{9},{10},{11}\n",
         ["capitals", "grades"]),
        ("word1\tword2\tword3\tword4\n{0}\t{1}\t{2}\t{3}\n{4}\t{5}\t{6}\t{7}\n{8}\t{9}\t{10}\t{11}\n", [""]),
        ("w1,w2,w3,w4,relation\n{0},{1},{2},{3},capitals\n{4},{5},{6},{7},capitals\n{8},{9},{10},{11},grades\n",
         ["capitals", "grades"]),
        ('"type","subtype","word1","word2","word3","target"\n"s","capitals","{0}","{1}","{2}","{3}"\n'
         '"s","capitals","{4}","{5}","{6}","{7}"\n"m","grades","{8}","{9}","{10}","{11}"\n', ["capitals", "grades"]),
    ],
)  # fmt: skip
def test_analogies_in_any_form(tmp_path, text, sections):
    words = [word for question, answer in zip(QUESTIONS, ANSWERS) for word in (*question, *answer)]
    found, assumed = analogies(tmp_path / "q.txt", text.format(*words))
    assert (found.questions, found.answers, found.sections) == (QUESTIONS, ANSWERS, sections)
    assert found.section_of == ([0, 0, 0] if len(sections) == 1 else [0, 0, 1])
    # The published form needs no words.
    assert len(assumed) == (0 if text.lstrip("\ufeff").startswith(":") else 1)
    assert read_evaluation_set(tmp_path / "q.txt").questions == QUESTIONS


def test_phrases_and_columns_of_analogies(tmp_path):
    found, _ = analogies(tmp_path / "q.txt", "New York\tUSA\tLos Angeles\tUSA\n")
    assert found.questions == [("New York", "USA", "Los Angeles")]
    text = "x,capitals,Athens,Greece,Oslo,Norway\n"
    with pytest.raises(
        ValueError, match="6 columns, and those of the four words cannot be told .* Pass the columns"
    ):
        analogies(tmp_path / "q.txt", text)
    for columns in ("2,3,4,5,6", (2, 3, 4, 5, 6)):
        found, assumed = analogies(tmp_path / "q.txt", text, columns=columns)
        assert (found.questions, found.sections, assumed) == (QUESTIONS[:1], ["capitals"], [])
    found, _ = analogies(
        tmp_path / "q.txt", "k,from,to,as,is\n1,Athens,Greece,Oslo,Norway\n", columns="from,to,as,is"
    )
    assert found.questions == QUESTIONS[:1]


BATS = "album\talbums\nman\tmen\nox\toxen/oxes\n"


@pytest.mark.parametrize("name", ["I01 [noun - plural].txt", "q.txt"])
def test_the_pairs_of_a_relation_ask_each_other(tmp_path, name):
    found, assumed = analogies(tmp_path / name, BATS)
    assert len(found.questions) == 6 and "3 pairs of one relation (BATS)" in assumed[0]
    assert found.questions[0] == ("album", "albums", "man")
    assert ("oxen", "oxes") in found.answers
    kv = KeyedVectors(
        np.float32([[1, 0, 0], [1, 0, 1], [0, 1, 0], [0, 1, 1], [-1, 0, 0], [-1, 0, 1]]),
        ["album", "albums", "man", "men", "ox", "oxes"],
    )
    scores = evaluate_word_analogies(kv, tmp_path / name)
    # Any of the answers is right, and a question counts if one of them is known; "oxen" is no example.
    assert (scores.correct, scores.total, scores.n_questions) == (4, 4, 6)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a b c d\ne f g\n", "Line 2 .* four words, separated by white space"),
        ("a\tb\tc\td\ne\tf\tg\n", "Line 2 .* separated by tabs"),
        ("type,word1,word2,word3,target\nx,a,b,c\n", "Line 2 .* four words"),
        ("type,word1,word2,word3,target\n", "a header and no questions"),
        ("a\tb\n", "one pair of a relation"),
        ("".join(f"a{k}\tb{k}\n" for k in range(501)), "501 lines of two words"),
    ],
)
def test_bad_analogies_are_named(tmp_path, text, message):
    with pytest.raises(ValueError, match=message):
        analogies(tmp_path / "q.txt", text)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (table(";", 0, 1, 2), "WordPairs"),
        (RATED, "WordPairs"),
        (BATS, "Analogies"),
        ("a b c d\n", "Analogies"),
        ("2001 2002 2003 2004\n: years\n", "Analogies"),
    ],
)
def test_the_content_tells_the_kind(tmp_path, text, kind):
    (tmp_path / "f.txt").write_text(text, encoding="utf-8")
    assert type(read_evaluation_set(tmp_path / "f.txt")).__name__ == kind


@pytest.mark.parametrize(
    "text",
    ["", "# remark\n", "a\tb\nc\td\n", "a line of some text\nand another one\n", "one\n", "{\"a\": [1]}\n"],
)  # fmt: skip
def test_what_is_of_neither_kind_is_refused(tmp_path, text):
    (tmp_path / "f.txt").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"neither .*word pair|is JSON") as caught:
        read_evaluation_set(tmp_path / "f.txt")
    assert "f.txt" in str(caught.value)
    with pytest.raises(FileNotFoundError, match="does not exist"):
        read_evaluation_set(tmp_path / "none.txt")


@pytest.mark.parametrize(
    "text",
    ['{"word1": "a", "word2": "b", "score": 1}\n' * 3, '[["a", "b", 1], ["c", "d", 2]]', "[\n{\n", "{\n"],
)
def test_json_is_named(tmp_path, text):
    path = tmp_path / "set.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"set.json' is JSON, in which .* Write it as CSV"):
        read_evaluation_set(path)
