"""`AnswerExtractor`: extractive question answering by fine-tuning a Transformer."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from sklearn.utils.validation import check_is_fitted

from wordvec._utils.errors import ParameterError
from wordvec._utils.parameters import Boolean, Choice, FilePath, Integer, Real, Rule, check_parameters
from wordvec._utils.timing import Stopwatch
from wordvec._utils.validation import check_int
from wordvec.text.answers import Answer, check_questions
from wordvec.text.lists import check_strings
from wordvec.tokenizers.limits import MAX_VOCAB_SIZE
from wordvec.tokenizers.rows import check_texts
from wordvec.transformer.data.passage_windows import Window
from wordvec.transformer.estimators.answer_inputs import check_answers
from wordvec.transformer.estimators.answer_spans import AnswerCollector, best_threshold
from wordvec.transformer.estimators.answer_windows import (
    answer_batches,
    check_room,
    question_windows,
    window_logits,
)
from wordvec.transformer.estimators.base import FineTunedEstimator
from wordvec.transformer.estimators.fine_tuning import load_pretrained, new_body
from wordvec.transformer.generation.decoder_runs import inference
from wordvec.transformer.models.heads import QuestionAnswerer

__all__ = ["AnswerExtractor"]

_OWNER = "AnswerExtractor"
# As in BERT's own program for SQuAD.
_MAX_LENGTH = 384
# So many batches of windows are sorted by length together.
_POOL_BATCHES = 8


class AnswerExtractor(FineTunedEstimator):
    """Extractive question answering: a span of a passage as the answer, by a fine-tuned Transformer.

    Question and passage are read together, and a linear layer gives two scores for each token: that an answer begins
    there, and that it ends there (Devlin et al. 2019, section 4.2). A long passage is read in overlapping windows.

    Parameters
    ----------
    pretrained : path, optional
        Folder of a model and its tokenizer to start from: BERT or GPT-2 in Hugging Face's layout, or what
        `wordvec lm pretrain` wrote. Its head, if any, is replaced by a new one. By default, a small BERT is trained
        from scratch, with a WordPiece tokenizer learned from questions and passages; this needs many of them.
    epochs : int
        Passes over the questions.
    time_budget : float, optional
        Training time in seconds, instead of `epochs`: a few steps are timed first. On a CPU this is processor time
        divided by the number of PyTorch's threads. Runs may then differ in the number of steps.
    batch_size : int
        Windows per step.
    learning_rate : float, optional
        The peak of the schedule, which warms up over a tenth of the steps and decays linearly to zero; defaults are
        those of `TransformerClassifier`.
    max_length : int
        Maximum number of tokens in a window, question and special tokens included; never more than the model's limit.
    stride : int
        Number of passage tokens by which consecutive windows overlap (`doc_stride` in transformers' pipeline; in BERT's
        own script that name means the distance between windows).
    max_answer_length : int
        Maximum number of tokens in an answer.
    no_answer_threshold : float, "auto" or None
        A passage has no answer if the log probability of "no answer" exceeds that of the best span by more than this.
        None: every question has an answer. "auto": None if every training question had one; otherwise the threshold
        with the best exact match on the validation questions, or 0 without any.
    hidden_size, num_layers, num_heads, vocab_size : int
        The sizes of a new model.
    lowercase : bool
        Whether a new tokenizer ignores case.
    device : {"auto", "cpu", "cuda"}
        "auto" uses a GPU if there is one.
    precision : {"float32", "bf16"}
        Precision of products in training; the model stays float32. "bf16" halves the time on processors that multiply
        bfloat16 (avx512_bf16 or amx_bf16 in their list of features), and takes longer on others.
    random_state : int, RandomState or None
        The same seed gives the same model on a CPU with the same number of threads.
    verbose : bool, optional
        Whether to show progress on stderr. By default only on a terminal.

    Attributes
    ----------
    model_ : QuestionAnswerer
    tokenizer_ : Tokenizer
    max_length_ : int
        Maximum number of tokens in a window: the smaller of `max_length` and the model's limit.
    no_answer_threshold_ : float or None
    n_windows_ : int
        Number of training windows.
    loss_curve_ : list of float
        Mean loss of each step, in nats per window.
    validation_curve_ : list of (int, float)
        Step and loss of each evaluation on the validation questions.
    n_iter_ : int
        Number of steps.
    learning_rate_ : float
        The peak learning rate of the schedule.
    interrupted_ : bool
        Whether Ctrl-C ended training early.
    fit_times_ : dict of str to float
        Seconds that `fit` took for "preparation" (checks, model, tokenizer and encoding) and "training".
    seed_ : int
        The seed that `random_state` resulted in.

    Examples
    --------
    >>> from wordvec.transformer import AnswerExtractor
    >>> names = ["Ada", "Bob", "Eve", "Kim"]
    >>> passages = [f"{a} met {b} in the park." for a in names for b in names if a != b]
    >>> questions, answers = ["Who was met?"] * len(passages), [passage.split()[2] for passage in passages]
    >>> model = AnswerExtractor(hidden_size=32, num_layers=1, epochs=80, batch_size=4, learning_rate=0.01)
    >>> model = model.fit(questions, passages, [(a, p.rindex(a)) for a, p in zip(answers, passages)])
    >>> passage = "Kim met Eve in the park."
    >>> answer = model.predict(["Who was met?"], passage)[0]
    >>> answer.text, passage[answer.start : answer.end]
    ('Eve', 'Eve')

    References
    ----------
    Devlin, Chang, Lee and Toutanova (2019), "BERT: Pre-training of Deep Bidirectional Transformers for Language
    Understanding", arXiv:1810.04805. Rajpurkar, Jia and Liang (2018), "Know What You Don't Know: Unanswerable
    Questions for SQuAD", ACL.
    """

    _head = QuestionAnswerer
    _parameter_rules: ClassVar[dict[str, Rule]] = {
        **FineTunedEstimator._parameter_rules,
        "pretrained": FilePath() | None,
        "time_budget": Real(0.0, low_open=True) | None,
        "stride": Integer(0),
        "max_answer_length": Integer(1),
        "no_answer_threshold": Real() | Choice("auto") | None,
        "hidden_size": Integer(1),
        "num_layers": Integer(1),
        "num_heads": Integer(1),
        "vocab_size": Integer(1, MAX_VOCAB_SIZE),
        "lowercase": Boolean(),
    }

    def __init__(
        self,
        pretrained: str | os.PathLike[str] | None = None,
        *,
        epochs: int = 3,
        time_budget: float | None = None,
        batch_size: int = 16,
        learning_rate: float | None = None,
        max_length: int = _MAX_LENGTH,
        stride: int = 128,
        max_answer_length: int = 30,
        no_answer_threshold: float | str | None = "auto",
        hidden_size: int = 128,
        num_layers: int = 2,
        num_heads: int = 4,
        vocab_size: int = 8000,
        lowercase: bool = True,
        device: str = "auto",
        precision: str = "float32",
        random_state: Any = 1,
        verbose: bool | None = None,
    ) -> None:
        self.pretrained = pretrained
        self.epochs = epochs
        self.time_budget = time_budget
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.max_length = max_length
        self.stride = stride
        self.max_answer_length = max_answer_length
        self.no_answer_threshold = no_answer_threshold
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.num_heads = num_heads
        self.vocab_size = vocab_size
        self.lowercase = lowercase
        self.device = device
        self.precision = precision
        self.random_state = random_state
        self.verbose = verbose

    def fit(
        self, questions: Any, passages: Any, answers: Any, validation: tuple[Any, Any, Any] | None = None
    ) -> AnswerExtractor:
        """Fine-tune `pretrained`, or train a new model.

        Ctrl-C during training stops it; the model then holds what it has learned so far, and `interrupted_` is True.

        Parameters
        ----------
        questions : list of str
        passages : list of str, or str
            The passage of each question, or one for all.
        answers : list
            For each question: the text of the answer, whose first occurrence is used; a pair (text, start) with the
            index of its first character; an object with "text" and "answer_start", as in SQuAD; or None or an empty
            text if there is no answer.
        validation : (questions, passages, answers), optional
            The loss on these is computed ten times, and the weights with the lowest are kept; "auto" chooses its
            threshold on them.

        Returns
        -------
        AnswerExtractor
            Itself.

        Raises
        ------
        TypeError, ValueError
            If a parameter, a question, a passage or an answer breaks its rule; the message names the row.
        FileNotFoundError
            If a file is missing from the folder `pretrained`.
        FloatingPointError
            If training diverges.
        """
        watch = Stopwatch()
        parameters = check_parameters(self)
        owner = f"{_OWNER}.fit"
        asked, read = _check_questions(questions, passages, owner)
        places = check_answers(answers, read, owner)
        if not asked:
            raise ValueError(f"{owner} needs at least one question. Got none.")
        if validation is not None:
            if not isinstance(validation, (tuple, list)) or len(validation) != 3:
                rule = "be three lists: questions, passages and answers"
                raise ParameterError("validation", owner, rule, validation)
            held_out = _check_questions(*validation[:2], owner)
            held_out_places = check_answers(validation[2], held_out[1], owner)
            if not held_out_places:
                raise ValueError(f"The validation of {owner} needs at least one question. Got none.")
        if self.pretrained is None:
            body, tokenizer = new_body([*asked, *dict.fromkeys(read)], parameters)
        else:
            body, tokenizer = load_pretrained(self.pretrained, _OWNER)
        self.tokenizer_, self.max_length_ = tokenizer, min(parameters.max_length, body.config.max_length)
        model = QuestionAnswerer(body, seed=parameters.random_state)
        windows, size = self._windows(asked, read), parameters.batch_size
        batches = answer_batches(windows, places, model, tokenizer, size, parameters.random_state)
        self.n_windows_ = batches.n_items
        watched = None
        if validation is not None:
            windows = self._windows(*held_out)
            watched = answer_batches(windows, held_out_places, model, tokenizer, size, None)
        watch.lap("preparation")
        self._train(model, batches, parameters, self.pretrained is None, watched)
        self.fit_times_ = watch.lap("training")
        threshold = parameters.no_answer_threshold
        if threshold == "auto":
            threshold = 0.0 if any(place is None for place in places) else None
            if threshold is not None and validation is not None:
                threshold = self._best_threshold(*held_out, held_out_places)
        self.no_answer_threshold_ = threshold
        return self

    def predict(self, questions: Any, passages: Any) -> list[Answer]:
        """Return the best answer to each question.

        Parameters and errors are those of `predict_spans`.
        """
        return [found[0] for found in self.predict_spans(questions, passages)]

    def predict_spans(self, questions: Any, passages: Any, top_k: int = 1) -> list[list[Answer]]:
        """Return the best answers to each question, the best first.

        The score of an answer is its highest probability in any window.

        Parameters
        ----------
        questions : list of str
        passages : list of str, or str
            The passage of each question, or one for all.
        top_k : int
            Maximum number of answers to a question.

        Raises
        ------
        NotFittedError
            If the model is not fitted.
        TypeError, ValueError
            If a question is empty or not a str, or there is not one passage for each.
        """
        check_is_fitted(self, "model_")
        owner = f"{_OWNER}.predict"
        check_int("top_k", top_k, owner, 1)
        asked, read = _check_questions(questions, passages, owner)
        return [found.best(self.no_answer_threshold_) for found in self._collected(asked, read, top_k)]

    def answers_among(self, question: str, passages: Any, top_k: int = 1) -> list[Answer]:
        """Return the best answers to a question from several passages, each with the index of its `passage`.

        Parameters
        ----------
        question : str
        passages : list of str
        top_k : int

        Raises
        ------
        NotFittedError, TypeError, ValueError
            As `predict_spans`.
        """
        check_is_fitted(self, "model_")
        owner = f"{_OWNER}.answers_among"
        check_int("top_k", top_k, owner, 1)
        read = check_strings(passages, owner, "passages", "passage")
        every = self.predict_spans([question] * len(read), read, top_k)
        found = [replace(answer, passage=number) for number, some in enumerate(every) for answer in some]
        # There is no answer if no passage has one.
        spans = sorted((answer for answer in found if answer.text), key=lambda answer: -answer.score)
        return (spans or found or [Answer("", 0, 0, 0.0)])[:top_k]

    def _windows(self, questions: list[str], passages: list[str]) -> Iterator[tuple[int, Window]]:
        check_room(self.tokenizer_, self.max_length_, _OWNER)
        stride = check_parameters(self, "stride").stride
        return question_windows(questions, passages, self.tokenizer_, self.max_length_, stride)

    def _collected(self, questions: list[str], passages: list[str], top_k: int) -> list[AnswerCollector]:
        """Return the answers collected from the windows of each question."""
        parameters = check_parameters(self, "batch_size", "max_answer_length")
        size = parameters.batch_size
        found = [AnswerCollector(passage, top_k, parameters.max_answer_length) for passage in passages]
        windows = self._windows(questions, passages)
        with inference(self.model_):
            while pool := list(itertools.islice(windows, _POOL_BATCHES * size)):
                pool.sort(key=lambda item: len(item[1].ids))
                for first in range(0, len(pool), size):
                    part = pool[first : first + size]
                    logits = window_logits(self.model_, [window for _, window in part], self.tokenizer_)
                    for (number, window), scores in zip(part, logits):
                        found[number].add(window, *scores[: len(window.ids)].T)
        return found

    def _best_threshold(
        self, questions: list[str], passages: list[str], places: list[tuple[int, int] | None]
    ) -> float:
        """Return the threshold with the most correct answers."""
        margins, gains = [], []
        for found, place in zip(self._collected(questions, passages, 1), places):
            best = found.best(None)[0]
            is_right = place is not None and found.passage[slice(*place)].lower() == best.text.lower()
            margins.append(found.no_answer_margin())
            # What saying "no answer" gains, or costs.
            gains.append(float(place is None) - float(is_right))
        return best_threshold(np.array(margins), np.array(gains))

    def _description(self) -> dict[str, Any]:
        return {**super()._description(), "no_answer_threshold": self.no_answer_threshold_}

    def _restore(self, described: dict[str, Any]) -> None:
        super()._restore(described)
        self.no_answer_threshold_ = described["no_answer_threshold"]

    @classmethod
    def _load_model(cls, path: Path) -> QuestionAnswerer:
        model: QuestionAnswerer = super()._load_model(path)
        return model

    @classmethod
    def _default_description(cls, model: Any) -> dict[str, Any]:
        limit = min(model.config.max_length, _MAX_LENGTH)
        return {"max_length": limit, "parameters": {"max_length": limit}, "no_answer_threshold": None}

    @classmethod
    def _check_description(cls, described: dict[str, Any]) -> None:
        super()._check_description(described)
        threshold = described["no_answer_threshold"]
        if threshold is not None and type(threshold) not in (int, float):
            raise ValueError(f"the threshold is {threshold!r:.40}")


def _check_questions(questions: Any, passages: Any, owner: str) -> tuple[list[str], list[str]]:
    """Return the result of `check_questions`; texts must be valid input for a tokenizer."""
    asked, read = check_questions(questions, passages, owner)
    return check_texts(asked, "questions", owner), check_texts(read, "passages", owner)
