"""Questions in SQuAD's JSON: both versions, round trips, answers that are moved or missing, what is no such file."""

import gzip
import json

import pytest

from wordvec._utils.assumptions import collected_assumptions
from wordvec.pipelines.datasets.squad import (
    PassageQuestion,
    check_unique_ids,
    locate_answers,
    read_squad,
    write_predictions,
    write_squad,
)

PASSAGE = "Ada met Bob. Zoe\u0308 met Bob in \u5317\u4eac."
QUESTIONS = [
    PassageQuestion("a", "Who?", PASSAGE, ("Ada", "Ada met"), (0, 0), False, "People"),
    PassageQuestion("b", "Where?", PASSAGE, ("\u5317\u4eac",), (29,), False, "People"),
    PassageQuestion("c", "Why?", "Nobody knows.", (), (), True, "Reasons"),
]


@pytest.mark.parametrize("n", [2, 3])
def test_round_trip(tmp_path, n):
    path = tmp_path / "q.json"
    write_squad(path, QUESTIONS[:n])
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["version"] == ("1.1" if n == 2 else "v2.0")
    assert ("is_impossible" in content["data"][0]["paragraphs"][0]["qas"][0]) == (n == 3)
    assert len(content["data"][0]["paragraphs"]) == 1
    found = read_squad(path)
    assert [q.source for q in found] == [str(path)] * n
    assert [(q.id, q.question, q.passage, q.answers, q.starts, q.is_impossible, q.title) for q in found] == [
        (q.id, q.question, q.passage, q.answers, q.starts, q.is_impossible, q.title) for q in QUESTIONS[:n]
    ]
    assert locate_answers(found) == found


def file_of(tmp_path, questions, name="q.json"):
    path = tmp_path / name
    paragraph = {"context": PASSAGE, "qas": questions}
    path.write_text(json.dumps({"data": [{"paragraphs": [paragraph]}]}), encoding="utf-8")
    return path


def asked(answer, start=None, **more):
    entry = {"text": answer} if start is None else {"text": answer, "answer_start": start}
    return {"id": 7, "question": "Who?", "answers": [entry], **more}


def test_packed_files_marks_and_numbers(tmp_path):
    plain = file_of(tmp_path, [asked("Ada", 0)]).read_bytes()
    (tmp_path / "q.json.gz").write_bytes(gzip.compress(b"\xef\xbb\xbf" + plain))
    (found,) = read_squad(tmp_path / "q.json.gz")
    assert (found.id, found.title, found.answers) == ("7", "", ("Ada",))


@pytest.mark.parametrize(
    ("answer", "start", "place"),
    [
        ("Bob", 8, 8), ("Bob", 7, 8), ("Bob", 20, 22), ("Bob", 17, 22), ("Bob", -1, 8), ("Bob", None, 8),
        ("met Bob", 14, 18), ("\u5317\u4eac", 99, 29),
    ],
)  # fmt: skip
def test_answers_that_stand_elsewhere_are_found(tmp_path, answer, start, place):
    with collected_assumptions() as assumed:
        (found,) = locate_answers(read_squad(file_of(tmp_path, [asked(answer, start)])))
    assert found.starts == (place,) and PASSAGE.startswith(answer, place)
    assert bool(assumed) == (start != place)


def test_answers_that_are_missing(tmp_path):
    path = file_of(tmp_path, [asked("Ada", 0), asked("Max", 0), {"id": "n", "question": "Who?"}])
    questions = read_squad(path)
    with pytest.raises(
        ValueError, match=r"q.json', question '7': the answer 'Max' is not in its passage. Pass miss"
    ):
        locate_answers(questions)
    with pytest.raises(ValueError, match="question 'n' has no answer"):
        locate_answers(questions[2:])
    with collected_assumptions() as assumed:
        assert [q.answers for q in locate_answers(questions, "skip")] == [("Ada",)]
    assert assumed == ["1 answer left out that the passage does not hold"]
    with pytest.raises(ValueError, match="missing parameter"):
        locate_answers(questions, "drop")


def test_questions_without_text_are_left_out_and_counted(tmp_path):
    path = file_of(tmp_path, [asked("Ada", 0), asked("Ada", 0, question=" ")])
    with collected_assumptions() as assumed:
        assert len(read_squad(path)) == 1
    assert assumed == [f"{str(path)!r}: 1 question without a text left out"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "is empty"),
        (" \n", "is empty"),
        ("{", "is not JSON"),
        ("[1]", "holds no object"),
        ('{"questions": []}', "an object with 'questions'"),
        ('{"data": {}}', "'data' must be a list, and it is {}"),
        ('{"data": []}', "holds no question"),
        ('{"data": [3]}', r"data\[0\]: an object was expected"),
        ('{"data": [{}]}', r"data\[0\]: 'paragraphs' must be a list, and there is none"),
        ('{"data": [{"paragraphs": [{"qas": []}]}]}', r"paragraphs\[0\]: 'context' must be a text"),
        ('{"data": [{"paragraphs": [{"context": "a", "qas": [{"id": 1}]}]}]}', "'question' must be a text"),
        (
            '{"data": [{"paragraphs": [{"context": "a", "qas": [{"question": "b", "answers": [{"text": 3}]}]}]}]}',
            "'text' must be a text, and it is 3",
        ),
        (
            '{"data": [{"paragraphs": [{"context": "a", "qas": [{"question": "b", "is_impossible": 1}]}]}]}',
            "'is_impossible' must be true or false",
        ),
        (
            '{"data": [{"paragraphs": [{"context": "a", "qas": [{"question": "b", "answers": '
            '[{"text": "a", "answer_start": true}]}]}]}]}',
            "'answer_start' must be an integer",
        ),
    ],
)
def test_what_is_no_such_file(tmp_path, content, told):
    path = tmp_path / "bad.json"
    path.write_text(content)
    with pytest.raises(ValueError, match=told) as caught:
        read_squad(path)
    assert "bad.json" in str(caught.value) and "\n" not in str(caught.value)


def test_bytes_that_are_no_text(tmp_path):
    (tmp_path / "q.json").write_bytes(b'{"data": "\xff"}')
    with pytest.raises(ValueError, match="not UTF-8 .byte 10"):
        read_squad(tmp_path / "q.json")


def test_predictions(tmp_path):
    write_predictions(tmp_path / "p.json", {"a": "Ada", "b": ""})
    assert json.loads((tmp_path / "p.json").read_text(encoding="utf-8")) == {"a": "Ada", "b": ""}
    check_unique_ids(QUESTIONS)
    with pytest.raises(ValueError, match="1 id of the questions occurs more than once, the first is 'a'"):
        check_unique_ids([*QUESTIONS, QUESTIONS[0]])


ROWS = [
    {
        "id": "a",
        "title": "t",
        "context": "Eve met Kim.",
        "question": "Who?",
        "answers": {"text": ["Kim"], "answer_start": [8]},
    },
    {"id": "b", "context": "Eve met Kim.", "question": "When?", "answers": {"text": [], "answer_start": []}},
    {"id": "c", "context": "Eve met Kim.", "question": "Who met?"},
]


@pytest.mark.parametrize(
    "write", [lambda rows: "\n".join(map(json.dumps, rows)), json.dumps], ids=["lines", "array"]
)
def test_rows_of_the_library_datasets(tmp_path, write):
    (tmp_path / "rows.json").write_text(write(ROWS))
    with collected_assumptions() as assumed:
        first, second, third = read_squad(tmp_path / "rows.json")
    assert (first.answers, first.starts, first.title, first.is_impossible) == (("Kim",), (8,), "t", False)
    assert (second.answers, second.is_impossible) == ((), True)
    assert (third.answers, third.is_impossible) == ((), False)
    assert "a question with its passage in each entry" in assumed[0]


@pytest.mark.parametrize(
    "text", ['{"context": "a"}\nb', '[{"context": "a"}]', '[{"context": 3, "question": "q"}]', "[1]\n[2]"]
)
def test_rows_that_are_no_questions(tmp_path, text):
    (tmp_path / "rows.json").write_text(text)
    with pytest.raises(ValueError, match=r"rows\.json"):
        read_squad(tmp_path / "rows.json")


def test_cmrc_as_it_was_released_first(tmp_path):
    path = tmp_path / "cmrc.json"
    asked = {"query_id": "TRAIN_1_Q_0", "query_text": "谁写了这本书？", "answers": ["王小明", "小明"]}
    path.write_text(
        json.dumps(
            [{"context_id": "TRAIN_1", "context_text": "王小明写了这本书。", "title": "书", "qas": [asked]}]
        ),
        encoding="utf-8",
    )
    with collected_assumptions() as assumed:
        (found,) = read_squad(path)
        (located,) = locate_answers([found])
    assert (found.id, found.title, found.answers) == ("TRAIN_1_Q_0", "书", ("王小明", "小明"))
    assert located.starts == (0, 1)
    assert "CMRC 2018" in assumed[0]
