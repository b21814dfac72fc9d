"""Sub-questions and answers in the forms in which English and Chinese models write them."""

import time

import pytest

from wordvec.pipelines.prompting import find_answer, find_questions
from wordvec.pipelines.prompting.solving.parsing import same_answer_key, short_answer

LISTS = {
    "numbers": "To answer this question, we first answer:\n1. How old is Mo?\n2. How old is Kody?",
    "brackets": "1) How old is Mo?\n2) How old is Kody?",
    "round brackets": "(1) How old is Mo?\n (2) How old is Kody?",
    "bold": "Sure!\n\n1. **How old is Mo?**\n2. **How old is Kody?**\n\nGood luck, and tell me how it went.",
    "bold numbers": "**1.** How old is Mo?\n**2.** How old is Kody?",
    "steps": "Step 1: How old is Mo?\nStep 2: How old is Kody?",
    "sub-questions": "Subquestion 1: How old is Mo?\nSub-question 2: How old is Kody?",
    "bullets": "- How old is Mo?\n* How old is Kody?",
    "round bullets": "\u2022 How old is Mo?\n\u2022 How old is Kody?",
    "bullets below numbers": "1. How old is Mo?\n  - think of his mother\n2. How old is Kody?\n  - see above",
    "blank lines": "1. How old is Mo?\n\n\n2. How old is Kody?\n",
    "one line": "1. How old is Mo? 2. How old is Kody?",
    "two lines an item": "1. How old\n   is Mo?\n2. How old is Kody?",
    "JSON": 'Here: ["How old is Mo?", "How old is Kody?"]',
    "JSON in a fence": '```json\n["How old is Mo?",\n "How old is Kody?"]\n```',
    "the paper's": "To solve “How much?”, we need to first solve: “How old is Mo?”, “How old is Kody?”.",
    "straight quotes": 'To solve "How much?", we need to first solve: "How old is Mo?", "How old is Kody?".',
    "quotes alone": '"How old is Mo?", "How old is Kody?"',
    "quotes and a word": '"How old is Mo?" and then "How old is Kody?"',
    "lines": "How old is Mo?\nHow old is Kody?",
    "lines after a sentence": "We need two things.\nHow old is Mo?\nHow old is Kody?",
    "repetitions": "1. How old is Mo?\n2. how old is Mo\n3. How old is Kody?\n4. How much?",
    "Windows": "1. How old is Mo?\r\n2. How old is Kody?\r\n",
    "quoted items": '1. "How old is Mo?"\n2. "How old is Kody?"',
}


@pytest.mark.parametrize("text", LISTS.values(), ids=LISTS)
def test_english_lists(text):
    assert find_questions(text, "How much?") == ["How old is Mo?", "How old is Kody?"]


CHINESE = {
    "顿号": "1、小明几岁？\n2、小红几岁？",
    "汉字": "一、小明几岁？\n二、小红几岁？",
    "第几步": "第一步：小明几岁？\n第二步：小红几岁？",
    "步骤": "步骤1：小明几岁？\n步骤2：小红几岁？",
    "子问题": "子问题1：小明几岁？\n子问题2：小红几岁？",
    "第几个问题": "第1个问题：小明几岁？\n第2个问题：小红几岁？",
    "全角括号": "（1）小明几岁？\n（2）小红几岁？",
    "汉字括号": "（一）小明几岁？\n（二）小红几岁？",
    "圈": "①小明几岁？\n②小红几岁？",
    "全角点": "1．小明几岁？\n2．小红几岁？",
    "点": "要回答这个问题，需要先回答：\n1. 小明几岁？\n2. 小红几岁？",
    "引号": "要回答“多少岁？”，先回答：“小明几岁？”、“小红几岁？”。",
    "直角引号": "先回答：「小明几岁？」「小红几岁？」",
    "每行": "小明几岁？\n小红几岁？",
}


@pytest.mark.parametrize("text", CHINESE.values(), ids=CHINESE)
def test_chinese_lists(text):
    assert find_questions(text, "多少岁？") == ["小明几岁？", "小红几岁？"]


NO_LISTS = [
    "",
    " \n",
    "I do not know.",
    "不知道。",
    "To solve this, think.",
    "{}",
    "[]",
    "[1, 2]",
    "3.5 apples",
    "1.",
    "- ",
]


@pytest.mark.parametrize("text", NO_LISTS)
def test_no_list(text):
    assert find_questions(text, "How much?") is None


def test_a_list_of_the_question_alone_has_no_sub_questions():
    assert find_questions("1. How much?", "how much") == []
    assert find_questions('"think, machine"', '"think, machine"') == []
    assert find_questions('1. "a, b"\n2. "a, b, c"', '"a, b, c"') == ['"a, b"']
    assert find_questions("\u201clook\u201d can be solved by: \u201crun\u201d.", "look") == ["run"]
    assert find_questions("1. What is 3.5 times 2?\n2. What is 7, plus 1", "?") == [
        "What is 3.5 times 2?",
        "What is 7, plus 1",
    ]


ANSWERS = [
    ("The answer is 42.", "42"),
    ("So the answer is 42", "42"),
    ("So the answer is: 42.", "42"),
    ("Therefore, the final answer is **42**.", "42"),
    ("**Answer:** 42", "42"),
    ("Answer: 42\nThat is it.", "42"),
    ("Answer:\n42", "42"),
    ("The answer is 4. No: the answer is 5.", "5"),
    ("The answer is 42. Because 6 times 7 is 42.", "42"),
    ("The answer is 3.5.", "3.5"),
    ("The answer is $1,024.50.", "$1,024.50"),
    ("The answer is $42$.", "42"),
    ("The answer is -7.", "-7"),
    ("The answer is 12 apples. They are red.", "12 apples"),
    ("The answer is yes! It is.", "yes!"),
    ('The answer to "How much?" is 5.', "5"),
    ("The answer would be five", "five"),
    ("The answer is: the answer is 5.", "5"),
    ("The answer is U.S.A.", "U.S.A."),
    ("The answer is Dr. Lee. He is old.", "Dr. Lee"),
    ('The answer is "keg".', "keg"),
    ("The answer is \u201ckeg\u201d, as said.", "keg"),
    ("Some text.\n#### 42", "42"),
    ("#### 1,024\n", "1,024"),
    (r"So \boxed{42}.", "42"),
    (r"\boxed{\frac{1}{2}}", r"\frac{1}{2}"),
    ('So, "think, machine" outputs "ke".', "ke"),
    ("ANSWER = x", "x"),
    ("答案是42。", "42"),
    ("所以答案是 42 个苹果。其他的不算。", "42 个苹果"),
    ("答案：42", "42"),
    ("答案为：“四十二”。", "四十二"),
    ("因此，最终答案是四十二！对。", "四十二！"),
    ("答：小红5岁。", None),
    ("结果是5；很好", "5；"),
    ("答：是5岁", None),
    ("I do not know.", None),
    ("", None),
    ("What is the answer?", None),
]
ANSWERS = [pair for pair in ANSWERS if not pair[0].startswith("答：")] + [("答：小红5岁。", "小红5岁")]


@pytest.mark.parametrize(("text", "answer"), ANSWERS)
def test_answers(text, answer):
    assert find_answer(text) == answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (" 42.\n", "42"),
        ('"keg"', "keg"),
        ("**12 apples**", "12 apples"),
        ("四十二。", "四十二"),
        ("U.S.A.", "U.S.A."),
        ("One. Two.", None),
        ("one\ntwo", None),
        ("It is so large that nobody can say.", None),
        ("我觉得这个问题实在是太难回答了。", None),
        ("", None),
        (" ", None),
    ],
)
def test_short_answers(text, answer):
    assert short_answer(text) == answer


SAME = [
    ["42", "42.", ' "42"', "４２", "**42**"],
    ["1,024", "1024"],
    ["Yes", "yes.", "YES!"],
    ["四十二", "四十二。"],
]


@pytest.mark.parametrize("same", [*SAME, ["a  b", "A b"]])
def test_the_same_answers(same):
    assert len(set(map(same_answer_key, same))) == 1


def test_other_answers():
    others = ["5", ".5", "-5", "5%", "1,2", "12", "", "?", "a b", "ab"]
    assert len(set(map(same_answer_key, others))) == len(others)


LONG = ["answer " * 5000, "答案" * 9000, " " * 30000, "1. " * 9000, '"' * 9001, "**" * 9000, "[" * 5000]


@pytest.mark.parametrize("text", [*LONG, "answer" + " " * 20000])
def test_no_text_takes_long(text):
    start = time.process_time()
    find_answer(text), find_questions(text)
    assert time.process_time() - start < 1
