"""Prompts, retries, votes and traces of the ways to solve a question, with scripted generators."""

import pytest

from wordvec._utils.assumptions import collected_assumptions
from wordvec.pipelines.prompting import (
    ChainOfThought,
    LeastToMost,
    PlainPrompting,
    SelfConsistency,
    Wording,
)

from .support import QUESTION, STORY, Scripted


def test_the_prompts_of_least_to_most():
    script = Scripted(
        "We first answer:\n1. How many has Bo?", " Bo has 6. \n", "3 + 6 = 9. So the answer is 9."
    )
    solution = LeastToMost(script, [STORY]).solve(f" {QUESTION} ")
    prompts = [call.prompt for call in solution.trace]
    assert prompts[0] == (
        f"Q: {STORY['question']}\nA: To answer this question, we first answer:\n1. How old is Kody?\n\n"
        f"Q: {QUESTION}\nA:"
    )
    head = (
        f"Problem: {STORY['question']}\n\nQ: How old is Kody?\nA: Kody is 5 + 2 = 7.\n\n"
        f"Q: {STORY['question']}\nA: Mo is 5 and Kody is 7, and 5 + 7 = 12. So the answer is 12.\n\n"
        f"Problem: {QUESTION}\n\nQ: How many has Bo?\nA:"
    )
    assert prompts[1] == head
    assert prompts[2] == f"{head} Bo has 6.\n\nQ: {QUESTION}\nA:"
    assert [options["stop"] for _, options in script.asked] == [["\nQ:", "\nProblem:"]] * 3
    assert solution.answer == "9" and solution.problems == []
    assert [step.answer for step in solution.steps] == ["Bo has 6", "9"]


def test_without_examples_instructions_ask_for_a_list():
    script = Scripted("1. How many has Bo?", "6", "9")
    solution = LeastToMost(script).solve(QUESTION)
    assert solution.trace[0].prompt.startswith("List the simpler questions") and solution.answer == "9"
    assert solution.trace[1].prompt == f"Problem: {QUESTION}\n\nQ: How many has Bo?\nA:"


def test_the_prompts_of_one_call():
    plain = PlainPrompting(Scripted(" 9\nQ: more"), [STORY]).solve(QUESTION)
    assert plain.trace[0].prompt == f"Q: {STORY['question']}\nA: 12\n\nQ: {QUESTION}\nA:"
    assert plain.answer == "9"
    thought = ChainOfThought(Scripted("3 + 6 = 9. So the answer is 9."), [STORY]).solve(QUESTION)
    assert thought.trace[0].prompt == (
        f"Q: {STORY['question']}\nA: Mo is 5 and Kody is 7, and 5 + 7 = 12. So the answer is 12.\n\nQ: {QUESTION}\nA:"
    )
    assert thought.answer == "9" and len(thought.trace) == 1
    alone = ChainOfThought(Scripted("The answer is 9.")).solve(QUESTION)
    assert alone.trace[0].prompt == f"Q: {QUESTION}\nA: Let's think step by step."


def test_chinese_prompts():
    steps = [{"question": "小红几岁？", "answer": "小红7岁。"}]
    example = {"question": "小明5岁，小红大2岁。一共几岁？", "steps": steps, "answer": "12岁"}
    script = Scripted("1、小波有几支？", "6支。", "3加6等于9。所以答案是9支。")
    with collected_assumptions() as assumed:
        solution = LeastToMost(script, [example]).solve("小安有3支笔，小波是他的两倍。一共几支？")
    assert assumed == ["prompts are written in Chinese, as the examples or questions are"]
    assert solution.answer == "9支" and [each.question for each in solution.steps][0] == "小波有几支？"
    assert solution.trace[0].prompt.startswith(
        "问：小明5岁，小红大2岁。一共几岁？\n答： 要回答这个问题，需要先回答：\n1. 小红几岁？"
    )
    assert "题目：小安有3支笔" in solution.trace[1].prompt
    assert "\n答： 所以答案是12岁。" in solution.trace[1].prompt
    assert script.asked[0][1]["stop"] == ["\n问：", "\n题目："]
    english = LeastToMost(Scripted("1. x?", "y", "z"), wording="en").solve("小安有几支笔？")
    assert english.trace[2].prompt.endswith("Q: 小安有几支笔？\nA:")


def test_a_wording_of_ones_own():
    words = Wording(question="Frage: {question}", answer="Antwort:", final="Ergebnis => {answer}")
    solver = ChainOfThought(Scripted("3 plus 6. Ergebnis => 9\nfertig"), [STORY], wording=words)
    solution = solver.solve("Wie viele {question} {answer}?")
    assert solution.answer == "9"
    assert solution.trace[0].prompt.endswith(
        "Ergebnis => 12\n\nFrage: Wie viele {question} {answer}?\nAntwort:"
    )


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"question": "Q:"}, "question"),
        ({"final": "x"}, "answer"),
        ({"answer": None}, "answer parameter of Wording"),
    ],
)
def test_a_wording_that_is_none(fields, message):
    with pytest.raises(ValueError, match=message):
        Wording(**fields)


def test_an_answer_that_is_not_marked_is_asked_for():
    text = "First there are three, and then six more come, so nine it must be."
    script = Scripted(text, " nine.")
    solution = ChainOfThought(script, [STORY]).solve(QUESTION)
    assert solution.answer == "nine" and [call.purpose for call in solution.trace] == ["answer", "extract"]
    assert script.asked[1][0] == f"{script.asked[0][0]} {text}\nSo the answer is"
    assert "marks no answer, so the answer was asked for" in solution.problems[0]
    without = ChainOfThought(Scripted(text), [STORY], retries=0).solve(QUESTION)
    assert (
        without.answer is None
        and "no answer was found in the text of the answer: 'First" in without.problems[0]
    )
    assert ChainOfThought(Scripted(text), [STORY], max_calls=1).solve(QUESTION).answer is None
    empty = ChainOfThought(Scripted("", ""), [STORY]).solve(QUESTION)
    assert empty.answer is None and len(empty.problems) == 2
    assert PlainPrompting(Scripted(" \n"), [STORY]).solve(QUESTION).answer is None


def test_a_list_that_cannot_be_parsed_is_drawn_again():
    script = Scripted("Let me think about it.", "1. How many has Bo?", "6", "9")
    solution = LeastToMost(script, [STORY], seed=4).solve(QUESTION)
    assert solution.answer == "9" and solution.problems == []
    drawn = [(options["temperature"], options["seed"]) for _, options in script.asked]
    assert drawn == [(0.0, 4), (0.7, 5), (0.0, 4), (0.0, 4)]
    script = Scripted("Let me think.", "Once more.", "9")
    solution = LeastToMost(script, [STORY]).solve(QUESTION)
    assert solution.answer == "9" and [step.question for step in solution.steps] == [QUESTION]
    assert solution.problems == [
        "no sub-questions were found, so the question was asked on its own: 'Once more.'"
    ]


def test_a_question_that_is_simple_is_asked_alone():
    solution = LeastToMost(Scripted(f"1. {QUESTION}", "9"), [STORY]).solve(QUESTION)
    assert solution.answer == "9" and len(solution.trace) == 2 and not solution.problems
    assert "Problem: " + QUESTION not in solution.trace[1].prompt


def test_votes_and_ties():
    none = "no idea what that could be, none at all"
    texts = ["So the answer is 8.", "The answer is 9.", none, "Answer: 9", "8 it is: the answer is 7"]
    solution = SelfConsistency(Scripted(*texts), [STORY], n_samples=5).solve(QUESTION)
    assert solution.answer == "9" and solution.votes == [("9", 2), ("8", 1), ("7", 1)]
    assert solution.problems == ["1 of 5 texts marked no answer and did not vote"]
    assert solution.steps[0].text == "The answer is 9."
    script = Scripted("The answer is B.", "The answer is A.", "The answer is a", "The answer is b!")
    solution = SelfConsistency(script, n_samples=4).solve(QUESTION)
    assert solution.answer == "B" and solution.votes == [("B", 2), ("A", 2)]
    assert solution.problems == ["a tie between 'B', 'A'; the one sampled first is taken"]
    nothing = SelfConsistency(Scripted(*["well, that is hard to say for anyone"] * 3), n_samples=3).solve(
        QUESTION
    )
    assert nothing.answer is None and nothing.votes == [] and "3 of 3 texts" in nothing.problems[0]
