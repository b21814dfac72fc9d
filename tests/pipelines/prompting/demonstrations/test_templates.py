"""Templates: fields, prompts, messages, and what is wrong with one."""

import copy
import pickle

import pytest

from wordvec.pipelines.prompting import PromptTemplate

EXAMPLES = [{"text": "Far too long.", "label": 0}, {"text": "Fun {and} warm.", "label": 1}]


def test_a_prompt_is_instruction_examples_and_query():
    template = PromptTemplate(
        "Review: {text}\nSentiment: {label}.",
        separator="\n--\n",
        instruction="Judge.",
        verbalizers={0: "bad", 1: "good"},
    )
    assert template.prompt(EXAMPLES, {"text": "Dull."}) == (
        "Judge.\n--\nReview: Far too long.\nSentiment: bad.\n--\nReview: Fun {and} warm.\nSentiment: good.\n--\n"
        "Review: Dull.\nSentiment:"
    )
    assert template.prompt([], {"text": "Dull."}) == "Judge.\n--\nReview: Dull.\nSentiment:"
    assert template.continuation(0) == " bad"


def test_messages_are_questions_and_answers():
    template = PromptTemplate("{text} => {label}", instruction="Judge.", verbalizers={0: "bad", 1: "good"})
    assert template.messages(EXAMPLES[:1], {"text": "Dull."}) == [
        {"role": "system", "content": "Judge."},
        {"role": "user", "content": "Far too long. =>"},
        {"role": "assistant", "content": "bad"},
        {"role": "user", "content": "Dull. =>"},
    ]
    assert [m["role"] for m in PromptTemplate("{text} {label}").messages([], {"text": "a"})] == ["user"]


@pytest.mark.parametrize(
    ("template", "fields", "query", "continuation"),
    [
        (PromptTemplate(), ("text", "label"), "Text: x\nLabel:", " 1"),
        (PromptTemplate("{text}\t{label}"), ("text", "label"), "x", "\t1"),
        (PromptTemplate("评论：{text}\n情感：{label}"), ("text", "label"), "评论：x\n情感：", "1"),
        (PromptTemplate("{{{text}}} {label} {text}", answer="label"), ("text", "label"), "{x}", " 1"),
        (PromptTemplate("Q: {text} A: {label}", query="Q: {text} A: "), ("text", "label"), "Q: x A: ", "1"),
        (
            PromptTemplate("{label}: {text}", answer="label", query="{text} is"),
            ("label", "text"),
            "x is",
            "1",
        ),
        (PromptTemplate("{text}: {two words}"), ("text", "two words"), "x:", " 1"),
        (
            PromptTemplate("A {label} text: {text}", answer="label", query="{text}?"),
            ("label", "text"),
            "x?",
            " 1",
        ),
    ],
)
def test_parts(template, fields, query, continuation):
    assert template.fields == fields
    assert template.query_fields == ("text",)
    assert template.render_query({"text": "x", "unused": 3}) == query
    assert template.continuation(1) == continuation


def test_several_fields():
    template = PromptTemplate("{title}: {body}\nQ: {question}\nA: {answer}")
    assert template.query_fields == ("title", "body", "question")
    assert template.answer_field == "answer"
    assert template.render_query({"title": "t", "body": "b", "question": "q"}) == "t: b\nQ: q\nA:"


@pytest.mark.parametrize("verbalizers", [None, {1: "one", "b": "two", 0.5: "half"}])
def test_copies_are_equal(verbalizers):
    template = PromptTemplate("{text}: {label}", separator="|", verbalizers=verbalizers)
    assert PromptTemplate.from_dict(template.to_dict()) == template
    assert pickle.loads(pickle.dumps(template)) == template
    assert copy.deepcopy(template) == template


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"example": "no field"}, "must hold a field, the answer's, once"),
        ({"example": ""}, "must hold a field, the answer's, once"),
        (
            {"example": "{text"},
            "must be text with the names of fields in braces. Got '{text' instead. Write a brace",
        ),
        ({"example": "{text.x} {label}"}, "names of fields in braces"),
        ({"example": "{text[0]} {label}"}, "names of fields in braces"),
        ({"example": "{text!r} {label}"}, "names of fields in braces"),
        ({"example": "{text:>9} {label}"}, "names of fields in braces"),
        ({"example": "{} {label}"}, "names of fields in braces"),
        ({"example": "{0} {label}"}, "names of fields in braces"),
        ({"example": "{label}"}, "have a field or text before its answer"),
        ({"example": "{label} {text} {label}"}, "must hold the field 'label', the answer's, once"),
        ({"example": "{text}", "answer": "label"}, "must hold the field 'label', the answer's, once"),
        ({"query": "{text} {label}"}, "must lack the field of the answer, 'label'"),
        ({"query": "{"}, "The query parameter of PromptTemplate"),
        ({"query": 3}, "The query parameter of PromptTemplate"),
        ({"separator": None}, "The separator parameter of PromptTemplate"),
        ({"verbalizers": {}}, "be a dict of labels and their words"),
        (
            {"verbalizers": {1: " "}},
            r"The verbalizers\[1\] parameter of PromptTemplate must be a word or more",
        ),
        ({"verbalizers": {1: "a", 2: "a"}}, r"verbalizers\[2\] .* must differ from that of 1"),
    ],
)
def test_bad_templates(options, told):
    with pytest.raises((TypeError, ValueError), match=told):
        PromptTemplate(**options)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (
            lambda t: t.prompt([{"text": "a"}], {"text": "b"}),
            "needs the label 'label', which .* its fields are 'text'",
        ),
        (lambda t: t.prompt([{"label": 0}], {"text": "b"}), "needs the field 'text'"),
        (lambda t: t.prompt([], {}), "needs the field 'text', .* its fields are none"),
        (
            lambda t: t.prompt([{"text": "a", "label": 7}], {"text": "b"}),
            "The label 7 has no verbalizer; those .* are 0, 1",
        ),
        (lambda t: t.continuation([]), r"The label \[\] has no verbalizer"),
    ],
)
def test_what_a_template_needs(make, told):
    with pytest.raises(ValueError, match=told):
        make(PromptTemplate(verbalizers={0: "bad", 1: "good"}))
