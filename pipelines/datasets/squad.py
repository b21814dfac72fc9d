"""Questions about passages in SQuAD's JSON format, versions 1.1 and 2: reading, checking, writing."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from wordvec._io.atomic import replace_when_whole
from wordvec._io.errors import not_a_file
from wordvec._io.json_files import check_encodes, json_value
from wordvec._io.text_files import open_source
from wordvec._utils.assumptions import assume
from wordvec._utils.errors import AdvisedError
from wordvec._utils.messages import counted
from wordvec._utils.validation import check_choice, check_path

__all__ = ["PassageQuestion", "locate_answers", "read_squad", "write_predictions", "write_squad"]

_FORM = '{"data": [{"paragraphs": [{"context": "...", "qas": [{"id": "...", "question": "...", "answers": [...]}]}]}]}'
_KINDS = {list: "a list", str: "a text", dict: "an object", int: "an integer", bool: "true or false"}


@dataclass(frozen=True)
class PassageQuestion:
    """A question about a passage, with its answers if known.

    Attributes
    ----------
    id : str
    question : str
    passage : str
    answers : tuple of str
        Equally good answers; empty if the question has none, or they are unknown.
    starts : tuple of int
        The start of each answer in the passage, in characters; -1 if unknown.
    is_impossible : bool
        Whether the passage does not answer the question (SQuAD 2).
    title : str
    source : str
        The file from which it was read.
    """

    id: str
    question: str
    passage: str
    answers: tuple[str, ...] = ()
    starts: tuple[int, ...] = ()
    is_impossible: bool = False
    title: str = ""
    source: str = ""

    @property
    def place(self) -> str:
        """The location, file and question, for messages."""
        return f"{self.source!r}, question {self.id!r}" if self.source else f"Question {self.id!r}"


def read_squad(path: str | os.PathLike[str]) -> list[PassageQuestion]:
    """Read the questions of a file in SQuAD's JSON, which may be compressed.

    Parameters
    ----------
    path : path

    Returns
    -------
    list of PassageQuestion
        In file order, without questions that have no text. The positions of answers are not checked: see
        `locate_answers`.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is not JSON of this form, or holds no questions; the message names the location.
    """
    file = check_path("path", path, "read_squad")
    if file.is_dir():
        raise not_a_file(file)
    with open_source(file) as (stream, _):
        text = stream.read()
    if not text.strip():
        raise ValueError(f"{str(file)!r} is empty. SQuAD's JSON is {_FORM}.")
    try:
        content = json_value(text, "strict")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{str(file)!r} is not UTF-8 (byte {error.start}), as JSON must be. Convert it."
        ) from error
    except ValueError as error:
        content = _lines(text)
        if content is None:
            raise ValueError(f"{str(file)!r} is not JSON ({error}). SQuAD's JSON is {_FORM}.") from error
    if isinstance(content, dict) and {"context", "question"} <= content.keys():
        content = [content]
    if (
        isinstance(content, list)
        and content
        and all(isinstance(row, dict) and "context" in row for row in content)
    ):
        assume(f"{str(file)!r}: a question with its passage in each entry")
        content = {"data": [_as_article(row) for row in content]}
    elif isinstance(content, list) and content and all(map(_is_of_cmrc, content)):
        assume(f"{str(file)!r}: passages with their questions as CMRC 2018 had them first")
        content = {"data": [_from_cmrc(row) for row in content]}
    every = list(_questions(content, str(file)))
    found = [question for question in every if question.question.strip()]
    if len(found) < len(every):
        n_left = len(every) - len(found)
        assume(f"{str(file)!r}: {counted(n_left, 'question')} without a text left out")
    if not found:
        raise ValueError(f"{str(file)!r} holds no question. SQuAD's JSON is {_FORM}.")
    return found


def locate_answers(
    questions: Sequence[PassageQuestion], missing: str = "error", owner: str = "locate_answers"
) -> list[PassageQuestion]:
    """Return questions with the starts of their answers checked and corrected.

    If an answer is not at its start, the nearest occurrence is used; the number of such answers is reported.

    Parameters
    ----------
    questions : sequence of PassageQuestion
    missing : {"error", "skip"}
        Whether an answer that is not in its passage is an error or left out; questions left without answers are left
        out, too.
    owner : str
        For messages.

    Raises
    ------
    ValueError
        If a passage does not contain an answer, or a question has neither an answer nor ``is_impossible``.
    """
    check_choice("missing", missing, owner, ("error", "skip"))
    found, n_moved, n_left = [], 0, 0
    for question in questions:
        if question.is_impossible:
            found.append(replace(question, answers=(), starts=()))
            continue
        kept = []
        for answer, start in zip(question.answers, question.starts, strict=True):
            place = _nearest(question.passage, answer, start)
            if place is None:
                if missing == "error":
                    raise AdvisedError(
                        f"{question.place}: the answer {answer!r:.60} is not in its passage.",
                        "{missing='skip'} to leave such answers out",
                    )
                n_left += 1
                continue
            n_moved += place != start
            kept.append((answer, place))
        if kept:
            answers, starts = zip(*kept)
            found.append(replace(question, answers=answers, starts=starts))
        elif missing == "error":
            raise AdvisedError(
                f"{question.place} has no answer, and is not marked as impossible.",
                "{missing='skip'} to leave such questions out",
            )
    if n_moved:
        assume(
            f"{counted(n_moved, 'answer')} where the text is found that stands elsewhere than answer_start says"
        )
    if n_left:
        assume(f"{counted(n_left, 'answer')} left out that the passage does not hold")
    return found


def write_squad(path: str | os.PathLike[str], questions: Sequence[PassageQuestion]) -> None:
    """Write questions in SQuAD's JSON: version 2 if one is impossible, else 1.1.

    Consecutive questions with the same title form an article, those with the same passage a paragraph.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    is_second = any(question.is_impossible for question in questions)
    articles: list[dict[str, Any]] = []
    for question in questions:
        if not articles or articles[-1]["title"] != question.title:
            articles.append({"title": question.title, "paragraphs": []})
        paragraphs = articles[-1]["paragraphs"]
        if not paragraphs or paragraphs[-1]["context"] != question.passage:
            paragraphs.append({"context": question.passage, "qas": []})
        answers = [
            {"text": text, "answer_start": start}
            for text, start in zip(question.answers, question.starts, strict=True)
        ]
        entry = {"id": question.id, "question": question.question, "answers": answers}
        paragraphs[-1]["qas"].append(entry | ({"is_impossible": question.is_impossible} if is_second else {}))
    _write_json(path, {"version": "v2.0" if is_second else "1.1", "data": articles})


def write_predictions(path: str | os.PathLike[str], answers: Mapping[str, str]) -> None:
    """Write answers by question id, in the format of SQuAD's evaluation script; "" means no answer.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    _write_json(path, dict(answers))


def check_unique_ids(questions: Sequence[PassageQuestion]) -> None:
    """Raise ValueError if two questions share an id, which a file of predictions could not distinguish."""
    ids = Counter(question.id for question in questions)
    repeated = [name for name, n in ids.items() if n > 1]
    if repeated:
        occur = "occurs" if len(repeated) == 1 else "occur"
        raise ValueError(
            f"{counted(len(repeated), 'id')} of the questions {occur} more than once, the first is {repeated[0]!r}; "
            "predictions are identified by them. Give each question its own id."
        )


def _write_json(path: str | os.PathLike[str], content: Any) -> None:
    text = json.dumps(content, ensure_ascii=False, indent=1)
    with replace_when_whole(path) as file:
        file.write(text.encode("utf-8", "surrogatepass") + b"\n")


def _nearest(passage: str, answer: str, start: int) -> int | None:
    """Return the start of the occurrence of an answer nearest to `start`, or None."""
    if not answer:
        return None
    if start >= 0 and passage.startswith(answer, start):
        return start
    before = passage.rfind(answer, 0, max(start, 0) + len(answer))
    after = passage.find(answer, max(start, 0))
    places = [place for place in (before, after) if place >= 0]
    return min(places, key=lambda place: abs(place - start)) if places else None


def _lines(text: bytes) -> list[Any] | None:
    """Return the values of JSON lines, or None if the text is not JSON lines."""
    try:
        return [json_value(line, "strict") for line in text.split(b"\n") if line.strip()]
    except ValueError:
        return None


def _is_of_cmrc(row: Any) -> bool:
    return isinstance(row, dict) and "context_text" in row and isinstance(row.get("qas"), list)


def _from_cmrc(row: dict[str, Any]) -> dict[str, Any]:
    """Return a passage of CMRC 2018's first release (answers without positions) in SQuAD's form."""
    asked = [
        {
            "id": qa.get("query_id", ""),
            "question": qa.get("query_text"),
            "answers": [{"text": answer, "answer_start": -1} for answer in qa.get("answers") or []],
        }
        for qa in row["qas"]
        if isinstance(qa, dict)
    ]
    paragraph = {"context": row["context_text"], "qas": asked}
    return {"title": row.get("title", ""), "paragraphs": [paragraph]}


def _as_article(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row of a table of questions, as written by the library datasets, in SQuAD's form."""
    answers = row.get("answers", [])
    if isinstance(answers, dict) and isinstance(answers.get("text"), list):
        starts = answers.get("answer_start")
        texts = answers["text"]
        starts = starts if isinstance(starts, list) and len(starts) == len(texts) else [-1] * len(texts)
        answers = [{"text": text, "answer_start": start} for text, start in zip(texts, starts)]
    # There, a question of SQuAD 2 that the passage does not answer has an empty list.
    entry = {"is_impossible": "answers" in row and answers == [], **row, "answers": answers}
    return {"title": row.get("title") or "", "paragraphs": [{"context": row["context"], "qas": [entry]}]}


def _questions(content: Any, source: str) -> Iterator[PassageQuestion]:
    if not isinstance(content, dict) or "data" not in content:
        kind = f"an object with {', '.join(map(repr, content))}" if isinstance(content, dict) else "no object"
        raise ValueError(f"{source!r} holds {kind:.80}, which is not SQuAD's JSON: {_FORM}.")
    number = 0
    for a, article in enumerate(_get(content, "data", list, source, "")):
        at = f"data[{a}]"
        title = _get(article, "title", str, source, at, "")
        for p, paragraph in enumerate(_get(article, "paragraphs", list, source, at)):
            passage = _get(paragraph, "context", str, source, below := f"{at}.paragraphs[{p}]")
            for q, entry in enumerate(_get(paragraph, "qas", list, source, below)):
                number += 1
                yield _question(entry, source, f"{below}.qas[{q}]", number, passage, title)


def _question(entry: Any, source: str, at: str, number: int, passage: str, title: str) -> PassageQuestion:
    text = _get(entry, "question", str, source, at)
    name = _get(entry, "id", (str, int), source, at, number)
    answers = _get(entry, "answers", list, source, at, [])
    texts = tuple(_get(answer, "text", str, source, f"{at}.answers") for answer in answers)
    starts = tuple(_get(answer, "answer_start", int, source, f"{at}.answers", -1) for answer in answers)
    is_impossible = _get(entry, "is_impossible", bool, source, at, False)
    return PassageQuestion(str(name), text, passage, texts, starts, is_impossible, title, source)


def _get(
    entry: Any, name: str, kind: type | tuple[type, ...], source: str, at: str, default: Any = None
) -> Any:
    """Return the value of an object's entry, or raise a ValueError that names its location."""
    where = f"{source!r}, {at}" if at else repr(source)
    if not isinstance(entry, dict):
        raise ValueError(f"{where}: an object was expected, as in {_FORM}. Got {entry!r:.40}.")
    value = entry.get(name, default)
    wanted = kind if isinstance(kind, tuple) else (kind,)
    if not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted):
        rule = " or ".join(_KINDS[one] for one in wanted)
        found = f"it is {value!r:.40}" if name in entry else "there is none"
        raise ValueError(f"{where}: {name!r} must be {rule}, and {found}. SQuAD's JSON is {_FORM}.")
    if isinstance(value, str):
        check_encodes(value, f"{where}: {name!r}")
    return value
