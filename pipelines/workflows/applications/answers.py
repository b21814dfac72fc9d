"""Question answering from files of passages, by a trained model or a reader that needs no training."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from wordvec._io.text_files import expand_paths
from wordvec._utils.assumptions import assume
from wordvec._utils.messages import counted
from wordvec._utils.reports import Report
from wordvec._utils.tables import format_fields, format_loss
from wordvec._utils.validation import check_choice, check_float, check_int, import_optional
from wordvec.text.answers import Answer
from wordvec.text.language import majority_language

from ...applications.answering.reader import PassageReader
from ...applications.answering.retrieval import PassageIndex
from ...datasets.squad import PassageQuestion, locate_answers, read_squad
from ...metrics.answers import cmrc_scores
from ...metrics.text import SquadScores, squad_scores
from ...tagging.files.lines import whole_text
from ..model_folders import check_holds_model, check_model_folder, check_task, save_result
from ..vectors import open_vectors

_OWNER = "train_answerer"
MEASURES = ("squad", "cmrc", "mlqa")


class Answerer(Protocol):
    """The interface of `PassageReader` and `AnswerExtractor`."""

    def predict_spans(self, questions: Any, passages: Any, top_k: int = 1) -> list[list[Answer]]:
        """Return the best answers to each question from its passage."""

    def answers_among(self, question: str, passages: Any, top_k: int = 1) -> list[Answer]:
        """Return the best answers to a question from several passages."""


@dataclass(frozen=True)
class Passage:
    """A text about which questions are asked.

    Attributes
    ----------
    name : str
        The name of its file.
    text : str
        The content of the file, without a byte order mark.
    """

    name: str
    text: str


@dataclass(frozen=True)
class AnswererReport(Report):
    """The results of training a model that answers questions.

    Attributes
    ----------
    model : str
        The folder that it was written to.
    n_questions, n_impossible, n_windows : int
    steps : int
    seconds : float
    loss_curve : list of float
        Nats per window, by step.
    learning_rate : float
    no_answer_threshold : float, optional
    exact_match, f1 : float, optional
        Scores on the validation questions, 0 to 100.
    measure : str
        The script that defines the two scores.
    interrupted : bool
    """

    model: str
    n_questions: int
    n_impossible: int
    n_windows: int
    steps: int
    seconds: float
    loss_curve: list[float]
    learning_rate: float
    no_answer_threshold: float | None
    exact_match: float | None
    f1: float | None
    measure: str
    interrupted: bool

    def format(self) -> str:
        """Return the report as lines of name and value."""
        fields = {
            "questions": f"{self.n_questions:,}, {self.n_impossible:,} without an answer",
            "windows": f"{self.n_windows:,}",
            "steps": f"{self.steps:,}, learning rate {self.learning_rate:g}",
            "seconds": f"{self.seconds:.1f}",
            "loss": f"{format_loss(self.loss_curve)} (nats a window)",
            "model": self.model,
        }
        if self.no_answer_threshold is not None:
            fields["no answer"] = f"above {self.no_answer_threshold:.3f}"
        if self.f1 is not None:
            fields["validation"] = f"exact match {self.exact_match:.2f}, F1 {self.f1:.2f} ({self.measure})"
        return format_fields(fields)

    def to_dict(self) -> dict[str, Any]:
        """Return the values as JSON types."""
        return asdict(self)


@dataclass(frozen=True)
class AnswerScores(Report):
    """Exact match and F1 of answers, and the script that defines them: "squad", "cmrc" or "mlqa"."""

    scores: SquadScores
    measure: str

    def format(self) -> str:
        """Return both scores on one line."""
        return f"{self.scores} ({self.measure})"

    def to_dict(self) -> dict[str, Any]:
        """Return the values as JSON types."""
        return {**self.scores.to_dict(), "measure": self.measure}


def read_passages(
    paths: Sequence[str | Path], encoding: str = "utf-8", errors: str = "strict"
) -> list[Passage]:
    """Return the texts of files, or of all files in a folder, unchanged, so that offsets refer to the files.

    Raises
    ------
    OSError
        If a file cannot be read.
    ValueError
        If a file is not text, or none contains any text.
    """
    files = expand_paths([str(path) for path in paths], "read_passages")
    found, n_empty = [], 0
    for file in files:
        text = whole_text(file, "read_passages", encoding, errors)
        if text.strip():
            found.append(Passage(str(file), text))
        else:
            n_empty += 1
    if not found:
        raise ValueError(
            f"{str(files[0])!r} holds no text, so there is nothing to answer from. Check the path."
        )
    if n_empty:
        assume(f"{counted(n_empty, 'passage')} without text left out")
    return found


def open_answerer(
    model: Path | None = None,
    vectors: Path | None = None,
    *,
    device: str = "auto",
    language: str = "auto",
    no_answer_threshold: float | None = None,
    **parameters: Any,
) -> Answerer:
    """Return the model in a folder or, without a folder, the reader that needs no training.

    Parameters
    ----------
    model : Path, optional
        A folder with a question-answering model: from `train_answerer`, or transformers' BertForQuestionAnswering.
    vectors : Path, optional
        Word vectors for the reader.
    device, language : str
    no_answer_threshold : float, optional
    **parameters
        Of `AnswerExtractor`: `batch_size`, `max_length`, `stride`, `max_answer_length`.
    """
    if model is None:
        found = None if vectors is None else open_vectors(vectors, prefix="vectors_")
        return PassageReader(found, language=language, no_answer_threshold=no_answer_threshold)
    import_optional("torch", pip="wordvec[transformer]", purpose="A model for questions")
    check_task(model, "answer")
    from wordvec.transformer import AnswerExtractor

    extractor = AnswerExtractor.load(model, device=device)
    extractor.set_params(**{name: value for name, value in parameters.items() if name != "max_length"})
    if "max_length" in parameters:
        extractor.max_length_ = min(parameters["max_length"], extractor.model_.config.max_length)
    if no_answer_threshold is not None:
        extractor.no_answer_threshold_ = check_float(
            "no_answer_threshold", no_answer_threshold, "open_answerer", -math.inf
        )
    return extractor


def answer_questions(
    answerer: Answerer,
    questions: Sequence[str],
    passages: Sequence[Passage],
    *,
    top_k: int = 1,
    n_passages: int = 5,
) -> Iterator[list[Answer]]:
    """Yield the answers to each question, from the passages that may contain one.

    Parameters
    ----------
    answerer : Answerer
    questions : sequence of str
    passages : sequence of Passage
    top_k : int
        Number of answers to a question.
    n_passages : int
        Number of passages that are read for a question: the best ones by `PassageIndex`.
    """
    check_int("n_passages", n_passages, "answer_questions", 1)
    texts = [passage.text for passage in passages]
    index = PassageIndex(texts, vectorizer=_vectorizer(answerer, texts)) if len(texts) > 1 else None
    for question in questions:
        numbers = [0] if index is None else index.rank(question, n_passages)
        found = answerer.answers_among(question, [texts[number] for number in numbers], top_k)
        yield [
            Answer(answer.text, answer.start, answer.end, answer.score, numbers[answer.passage])
            for answer in found
        ]


def answer_squad(answerer: Answerer, questions: Sequence[PassageQuestion]) -> dict[str, Answer]:
    """Return the best answer to each question, by its id."""
    asked, passages = [q.question for q in questions], [q.passage for q in questions]
    found = answerer.predict_spans(asked, passages, 1)
    return {question.id: some[0] for question, some in zip(questions, found)}


def score_answers(
    questions: Sequence[PassageQuestion], predictions: Sequence[str], measure: str | None = None
) -> tuple[SquadScores, str]:
    """Return exact match and F1, and the script that defines them.

    Parameters
    ----------
    questions : sequence of PassageQuestion
    predictions : sequence of str
    measure : {"squad", "cmrc", "mlqa"}, optional
        See `squad_scores` ("mlqa": its Chinese) and `cmrc_scores`. By default "cmrc" if at least half of the questions
        are Chinese, else "squad".

    Raises
    ------
    ValueError
        If a question has neither an answer nor ``is_impossible``.
    """
    references = []
    for question in questions:
        if not question.answers and not question.is_impossible:
            raise ValueError(
                f"{question.place} has no answer to compare with, and is not marked as impossible."
            )
        references.append(() if question.is_impossible else question.answers)
    if measure is None:
        measure = (
            "cmrc" if majority_language([question.question for question in questions]) == "zh" else "squad"
        )
    check_choice("measure", measure, "score_answers", MEASURES)
    if measure == "cmrc":
        return cmrc_scores(predictions, [some or ("",) for some in references]), measure
    return squad_scores(predictions, references, "zh" if measure == "mlqa" else "en"), measure


def evaluate_answerer(model: Path, files: Sequence[Path], **options: Any) -> AnswerScores:
    """Return exact match and F1 of the model in a folder on files in SQuAD's JSON, and the script that defines them.

    Parameters
    ----------
    model : Path
    files : sequence of Path
    **options
        Of `open_answerer`.
    """
    questions = [question for file in files for question in read_squad(file)]
    answerer = open_answerer(model, **options)
    found = answerer.predict_spans([q.question for q in questions], [q.passage for q in questions])
    scores, measure = score_answers(questions, [some[0].text for some in found])
    return AnswerScores(scores, measure)


def train_answerer(
    files: Sequence[Path],
    out: Path,
    *,
    pretrained: Path | None = None,
    validation: Path | None = None,
    missing: str = "error",
    overwrite: bool = False,
    **parameters: Any,
) -> AnswererReport:
    """Train a model that answers questions on files in SQuAD's JSON, and write it to a folder.

    Parameters
    ----------
    files : sequence of Path
    out : Path
        Folder that the model is written to.
    pretrained : Path, optional
        Folder of a model to start from; by default a small one with random weights.
    validation : Path, optional
        A file in the same format, used to choose the weights and the threshold, and for evaluation.
    missing : {"error", "skip"}
        How to treat answers that do not occur in their passages; see `locate_answers`.
    overwrite : bool
        Whether to replace an existing model in `out`.
    **parameters
        Those of `AnswerExtractor`.

    Raises
    ------
    OSError, ValueError
        If a file cannot be read or written (checked before training), or is invalid.
    """
    import_optional("torch", pip="wordvec[transformer]", purpose="wordvec lm")
    from wordvec.transformer import AnswerExtractor

    if pretrained is not None:
        check_holds_model(pretrained)
    check_model_folder(out, [pretrained] if pretrained is not None else [], overwrite=overwrite)
    questions = locate_answers([q for file in files for q in read_squad(file)], missing, _OWNER)
    held_out = None if validation is None else locate_answers(read_squad(validation), missing, _OWNER)
    start = time.perf_counter()
    with warnings.catch_warnings():
        # The report tells of an interruption.
        warnings.filterwarnings("ignore", message="Training was interrupted")
        watched = None if held_out is None else _columns(held_out)
        extractor = AnswerExtractor(pretrained, **parameters).fit(*_columns(questions), validation=watched)
    seconds = time.perf_counter() - start
    place = save_result(extractor, out)
    scores, measure = None, ""
    if held_out is not None:
        found = extractor.predict(*_columns(held_out)[:2])
        scores, measure = score_answers(held_out, [answer.text for answer in found])
    return AnswererReport(
        model=str(place),
        n_questions=len(questions),
        n_impossible=sum(question.is_impossible for question in questions),
        n_windows=extractor.n_windows_,
        steps=extractor.n_iter_,
        seconds=seconds,
        loss_curve=extractor.loss_curve_,
        learning_rate=extractor.learning_rate_,
        no_answer_threshold=extractor.no_answer_threshold_,
        exact_match=None if scores is None else scores.exact_match,
        f1=None if scores is None else scores.f1,
        measure=measure,
        interrupted=extractor.interrupted_,
    )


def _columns(
    questions: Sequence[PassageQuestion],
) -> tuple[list[str], list[str], list[tuple[str, int] | None]]:
    """Return questions, passages and answers for `AnswerExtractor.fit`; of several answers, the first."""
    answers = [
        None if question.is_impossible else (question.answers[0], question.starts[0])
        for question in questions
    ]
    return [q.question for q in questions], [q.passage for q in questions], answers


def _vectorizer(answerer: Answerer, texts: list[str]) -> Any:
    """Return uSIF vectors of passages if the reader has word vectors."""
    if not isinstance(answerer, PassageReader) or answerer.vectors is None:
        return None
    from ...features.vectorizer import EmbeddingVectorizer

    return EmbeddingVectorizer(answerer.vectors, pooling="usif").fit(texts)
