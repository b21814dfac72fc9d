"""DemonstrationSelector within the libraries whose calls it answers: langchain-core and dspy, the real packages.

    python -m venv peers && peers/bin/pip install ".[test]" langchain-core dspy
    peers/bin/python tests/benchmarks/compare_prompting.py

Each check asserts that a prompt template, a KNN or a retriever of theirs gives what the selector chooses; no model is
called. Versions are printed.
"""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np

from wordvec.pipelines.prompting import DemonstrationSelector, PromptTemplate

FACTS = [
    {"question": "Is iron a metal?", "answer": "yes"},
    {"question": "Do zebras fly?", "answer": "no"},
    {"question": "Is copper heavier than water?", "answer": "yes"},
    {"question": "Are wooden boats heavier than water?", "answer": "no"},
]
TEMPLATE = PromptTemplate("Q: {question}\nA: {answer}")
QUERY = "Is gold heavier than iron?"


def embed(texts: list[str]) -> np.ndarray:
    """Return counts of letters; what DSPy puts before a text changes them alike for all."""
    return np.array(
        [[text.count(letter) for letter in "abcdefghijklmnopqrstuvwyz"] for text in texts], np.float32
    )


def langchain() -> None:
    """A prompt template and a chat template with the selector in them, synchronous and not."""
    import langchain_core
    from langchain_core.prompts import (
        ChatPromptTemplate,
        FewShotChatMessagePromptTemplate,
        FewShotPromptTemplate,
        PromptTemplate as Template,
    )
    from langchain_core.vectorstores.utils import maximal_marginal_relevance

    selector = DemonstrationSelector("knn", embed, k=2, template=TEMPLATE)
    for fact in FACTS:
        selector.add_example(fact)
    template: Any = FewShotPromptTemplate(
        example_selector=selector,
        example_prompt=Template.from_template("Q: {question}\nA: {answer}"),
        suffix="Q: {question}\nA:",
        input_variables=["question"],
    )
    (expected,) = (
        DemonstrationSelector("knn", embed, k=2, template=TEMPLATE).fit(FACTS).prompts([{"question": QUERY}])
    )
    assert template.format(question=QUERY) == expected
    assert asyncio.run(template.aformat(question=QUERY)) == expected
    assert template.invoke({"question": QUERY}).to_string() == expected
    turns: Any = FewShotChatMessagePromptTemplate(
        example_selector=selector,
        example_prompt=ChatPromptTemplate.from_messages([("human", "Q: {question}\nA:"), ("ai", "{answer}")]),
        input_variables=["question"],
    )
    chat: Any = ChatPromptTemplate.from_messages([turns, ("human", "Q: {question}\nA:")])
    roles = {"human": "user", "ai": "assistant"}
    found = [
        {"role": roles[message.type], "content": message.content}
        for message in chat.format_messages(question=QUERY)
    ]
    assert found == selector.messages([{"question": QUERY}])[0]
    rng = np.random.default_rng(1)
    vectors, queries = rng.normal(size=(200, 16)), rng.normal(size=(30, 16))
    for weight in (0.2, 0.5, 0.8):
        ours = DemonstrationSelector("mmr", order="best_first", relevance_weight=weight, n_candidates=200)
        ours.fit([f"text {row}" for row in range(200)], vectors=vectors)
        chosen = ours.select([f"query {row}" for row in range(30)], 8, vectors=queries)
        assert chosen == [maximal_marginal_relevance(query, list(vectors), weight, 8) for query in queries]
    print(f"langchain-core {langchain_core.__version__}: prompts, messages and MMR are those of the selector")


def dspy() -> None:
    """KNN on the same vectors, KNNFewShot with the selector as its KNN, a module's demonstrations, Retrieve."""
    import dspy as library
    from dspy.predict.knn import KNN
    from dspy.teleprompt import KNNFewShot
    from dspy.utils import DummyLM

    trainset = [library.Example(**fact).with_inputs("question") for fact in FACTS]
    selector = DemonstrationSelector("knn", embed, k=2, order="best_first").fit(trainset)

    def unit(texts: list[str]) -> np.ndarray:
        vectors = embed([text.removeprefix("question: ") for text in texts])
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    assert KNN(2, trainset, unit)(question=QUERY) == selector(question=QUERY)
    library.configure(lm=DummyLM([{"answer": "maybe"}] * 20))
    few_shot = KNNFewShot(k=2, trainset=trainset, vectorizer=unit)
    few_shot.KNN = selector
    assert few_shot.compile(library.Predict("question -> answer"))(question=QUERY).answer == "maybe"
    module = library.Predict("question -> answer")
    module.demos = selector(question=QUERY)
    assert module(question=QUERY).answer == "maybe"
    sent = str(library.settings.lm.history[-1]["messages"])
    assert all(example["question"] in sent for example in module.demos)
    texts = [fact["question"] for fact in FACTS]
    retriever = DemonstrationSelector("knn", embed, k=2).fit(texts, [fact["answer"] for fact in FACTS])
    library.configure(rm=retriever)
    assert library.Retrieve(k=1)(QUERY).passages == retriever(QUERY, k=1).passages
    print(f"dspy {library.__version__}: neighbours, demonstrations and passages are those of the selector")


if __name__ == "__main__":
    langchain()
    dspy()
