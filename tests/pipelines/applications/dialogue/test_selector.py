"""Response selection: scores against brute force, gradients, thresholds, files, bad input."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

from wordvec import KeyedVectors
from wordvec._utils.assumptions import collected_assumptions
from wordvec.pipelines.applications import ResponseSelector
from wordvec.pipelines.applications.dialogue import fitting
from wordvec.pipelines.applications.dialogue.features import FEATURES, PairFeatures
from wordvec.pipelines.applications.dialogue.known_pairs import KnownPairs
from wordvec.pipelines.applications.dialogue.scorer import PairScorer, _Training

INTENTS = {
    "Track it under Orders.": ["Where is my parcel?", "When will the parcel come?", "My parcel is late."],
    "Click on Reset password.": [
        "I forgot my password.",
        "How do I set a new password?",
        "The password fails.",
    ],
    "We are open from 9 to 5.": [
        "When do you open?",
        "Are you open on Sunday?",
        "How long are you open today?",
    ],
    "\u8bf7\u5728\u8ba2\u5355\u9875\u67e5\u770b\u7269\u6d41\u3002": [
        "\u6211\u7684\u5feb\u9012\u5230\u54ea\u4e86\uff1f",
        "\u5feb\u9012\u4ec0\u4e48\u65f6\u5019\u5230\uff1f",
        "\u5feb\u9012\u8fd8\u6ca1\u5230\u3002",
    ],
}
DIALOGUES = [
    (["Do you like tea?"], "Yes, green tea."),
    (["Do you like tea?", "Yes, green tea."], "I like coffee more."),
    (["Where do you live?"], "In Paris."),
    (["Where do you live?", "In Paris."], "Is Paris nice?"),
    (["What is the weather like?"], "It rains."),
    (["What is the weather like?", "It rains."], "Then I stay at home."),
]


def intents(*, chinese: bool = True) -> tuple[list[str], list[str]]:
    pairs = [(q, a) for a, some in INTENTS.items() for q in some if chinese or a.isascii()]
    questions, answers = zip(*pairs)
    return list(questions), list(answers)


@pytest.fixture(scope="module")
def selector() -> ResponseSelector:
    return ResponseSelector(threshold=None, epochs=3).fit(*intents(chinese=False))


@pytest.fixture(scope="module")
def described() -> tuple[PairFeatures, Any, Any, KnownPairs]:
    histories, responses = zip(*DIALOGUES)
    pairs = KnownPairs.of(list(histories), list(responses))
    features = PairFeatures("en").fit(pairs.histories, pairs.responses)
    h, r = features.rows(pairs.histories, pairs.responses, pairs.groups, pairs.groups)
    return features, h, r, pairs


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("The parcel has not come.", "Track it under Orders."),
        ("my PASSWORD is wrong", "Click on Reset password."),
        ("Do you open at noon?", "We are open from 9 to 5."),
        (["Hello!", "Hi, how can I help?", "Where is the parcel?"], "Track it under Orders."),
    ],
)
def test_the_answer_to_a_like_question_is_chosen(
    selector: ResponseSelector, question: Any, answer: str
) -> None:
    assert selector.predict([question]) == [answer]
    assert selector.best([question], n=1)[0][0][0] == answer


def test_chinese_questions_get_their_answers() -> None:
    answers = [
        "\u8bf7\u5728\u8ba2\u5355\u9875\u67e5\u770b\u7269\u6d41\u3002",
        "\u70b9\u51fb\u91cd\u7f6e\u5bc6\u7801\u3002",
    ]
    questions = [
        "\u6211\u7684\u5feb\u9012\u5230\u54ea\u4e86\uff1f", "\u5feb\u9012\u4ec0\u4e48\u65f6\u5019\u5230\uff1f",
        "\u5feb\u9012\u8fd8\u6ca1\u5230\u3002", "\u6211\u5fd8\u4e86\u5bc6\u7801\u3002",
        "\u5bc6\u7801\u600e\u4e48\u6539\uff1f", "\u5bc6\u7801\u4e0d\u5bf9\u3002",
    ]  # fmt: skip
    selector = ResponseSelector(threshold=None).fit(questions, [answers[0]] * 3 + [answers[1]] * 3)
    assert selector.language_ == "zh"
    asked = ["\u4f60\u597d\uff0c\u5feb\u9012\u4e22\u4e86\u3002", "\u600e\u4e48\u627e\u56de\u5bc6\u7801\uff1f"]
    assert selector.predict(asked) == answers


def test_features_of_pairs_are_those_of_the_grid(described: Any) -> None:
    features, h, r, pairs = described
    i, j = (part.ravel() for part in np.indices((len(pairs), len(pairs))))
    every = np.arange(len(pairs))
    grid = features.grid(h, r, every, every)
    assert grid.shape[-1] == len(FEATURES)
    np.testing.assert_allclose(features.pairs(h, r, i, j), grid.reshape(-1, len(FEATURES)), atol=1e-12)


def test_bm25_and_neighbours_equal_brute_force(described: Any) -> None:
    features, h, r, pairs = described
    row, column = 1, 3  # "Yes, green tea." and "Is Paris nice?" share nothing; 3 and 2 share "paris"
    every = np.arange(len(pairs))
    grid = features.grid(h, r, every, every)
    bm25 = grid[..., FEATURES.index("BM25 of the last")]
    assert bm25[row, column] == 0
    terms, counts = features._terms("Is Paris nice?"), features.terms
    idf = counts.idf[counts.number_of["pari"]]
    norm = 1.2 * (1 - 0.75 + 0.75 * len(terms) / counts.mean_length)
    np.testing.assert_allclose(bm25[3, 3], 0.1 * idf * 2.2 / (1 + norm))
    # The pairs of a history's own dialogue are no neighbours of it.
    known = features.known_histories.toarray()
    similar = known @ known.T
    similar[pairs.groups[:, None] == pairs.groups] = 0
    np.testing.assert_allclose(h.nearest, similar.max(axis=1))
    expected = (similar**2) @ features.known_responses.toarray()
    lengths = np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(h.expected.toarray(), expected / np.where(lengths > 0, lengths, 1), atol=1e-12)


def test_gradients_equal_finite_differences(described: Any) -> None:
    features, h, r, pairs = described
    scorer = PairScorer.start(features.n_patterns, np.random.default_rng(3))
    training = _Training(features, scorer, h, r, pairs.groups, pairs.answers)
    some = np.array([0, 2, 3, 4])

    def loss() -> float:
        scores = scorer.grid(features, h, r, some, some)
        groups = pairs.groups[some]
        scores[(groups[:, None] == groups) & ~np.eye(len(some), dtype=bool)] = -np.inf
        return float((np.logaddexp.reduce(scores, axis=1) - np.diag(scores)).sum())

    rng = np.random.default_rng(0)
    for table, gradient in zip(
        (scorer.weights, scorer.histories, scorer.responses), training.gradients(some)
    ):
        for place in rng.choice(table.size, 12):
            at = np.unravel_index(place, table.shape)
            before = table[at]
            table[at] = before + 1e-5
            above = loss()
            table[at] = before - 1e-5
            below = loss()
            table[at] = before
            np.testing.assert_allclose(gradient[at], (above - below) / 2e-5, atol=1e-6)


def test_rank_gives_each_history_scores_of_its_own_candidates(selector: ResponseSelector) -> None:
    histories = ["The parcel is lost.", ["Hello.", "When are you open?"]]
    candidates = [["Track it under Orders.", "It is a parcel of 5 kg."], ["At noon."]]
    scores = selector.rank(histories, candidates)
    assert [row.shape for row in scores] == [(2,), (1,)]
    for history, some, row in zip(histories, candidates, scores):
        alone = [selector.rank([history], [[text]])[0][0] for text in some]
        np.testing.assert_allclose(row, alone)
    known = dict(selector.best(["The parcel is lost."], n=9)[0])
    np.testing.assert_allclose(scores[0][0], known["Track it under Orders."])


def test_a_threshold_is_learned_that_turns_strange_questions_down() -> None:
    words = {
        "parcel": "Track it.",
        "password": "Reset it.",
        "invoice": "It is in your account.",
        "refund": "In 5 days.",
    }
    frames = (
        "Where is my {}?",
        "A question about the {}.",
        "The {} is wrong.",
        "I lost my {}.",
        "Help with a {}",
    )
    questions = [frame.format(word) for word in words for frame in frames]
    answers = [answer for answer in words.values() for _ in frames]
    selector = ResponseSelector().fit(questions + ["Bye"] * 2, [*answers, "See you.", "See you."])
    assert 0 < selector.threshold_ < 1
    asked = ["My refund, please", "Where is the invoice?", "Zebras eat grass", "Colourless ideas sleep"]
    assert selector.predict(asked) == ["In 5 days.", "It is in your account.", None, None]
    sure = selector.confidence(asked)
    assert sure[:2].min() > sure[2:].max()
    assert selector.set_params(threshold=0.0).score(asked[:2], ["In 5 days.", "Other"]) == 0.5


def test_responses_that_occur_once_teach_no_threshold() -> None:
    histories, responses = zip(*DIALOGUES)
    with collected_assumptions() as assumed:
        selector = ResponseSelector(epochs=1).fit(list(histories), list(responses))
    assert selector.threshold_ is None and any("threshold" in text for text in assumed)
    assert selector.predict(["Zebras?"])[0] is not None
    with pytest.raises(ValueError, match="no confidence"):
        selector.confidence(["Zebras?"])
    with pytest.raises(ValueError, match="threshold"):
        ResponseSelector(threshold=0.5, epochs=1).fit(list(histories), list(responses))


def test_one_seed_gives_one_model(selector: ResponseSelector) -> None:
    again = clone(selector).fit(*intents(chinese=False))
    np.testing.assert_array_equal(again._model.scorer.histories, selector._model.scorer.histories)
    other = ResponseSelector(threshold=None, epochs=3, random_state=2).fit(*intents(chinese=False))
    assert (other._model.scorer.histories != selector._model.scorer.histories).any()


class WordCountEncoder:
    """An encoder that says how many words a pair shares; it learns nothing."""

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        return {}

    def fit(self, pairs: list[tuple[str, str]], y: list[int]) -> WordCountEncoder:
        assert len(pairs) == len(y) and set(y) == {0, 1}
        return self

    def predict_proba(self, pairs: list[tuple[str, str]]) -> np.ndarray:
        shared = np.array([len(set(a.lower().split()) & set(b.lower().split())) for a, b in pairs], float)
        right = 1 / (1 + np.exp(-shared))
        return np.column_stack([1 - right, right])


def test_an_encoder_scores_the_best_responses_again() -> None:
    questions, answers = intents(chinese=False)
    plain = ResponseSelector(threshold=None, epochs=2).fit(questions, answers)
    selector = ResponseSelector(threshold=None, epochs=2, encoder=WordCountEncoder(), n_candidates=2)
    selector.fit(questions, answers)
    candidates = [["it under the bridge", "no"]]
    added = (
        selector.rank(["Is it under the bridge"], candidates)[0]
        - plain.rank(["Is it under the bridge"], candidates)[0]
    )
    np.testing.assert_allclose(added, [4, 0], atol=1e-9)  # of 9 dialogues none is held out: the weight is 1
    assert set(selector.predict(questions)) <= set(answers)
    with pytest.raises(ValueError, match="save"):
        selector.save("nowhere")


def test_a_transformer_on_pairs_is_saved_with_the_selector(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from wordvec.transformer import TransformerClassifier

    encoder = TransformerClassifier(hidden_size=8, num_layers=1, num_heads=2, epochs=1, verbose=False)
    selector = ResponseSelector(encoder=encoder, epochs=1, threshold=None).fit(*intents())
    selector.save(tmp_path / "selector")
    loaded = ResponseSelector.load(tmp_path / "selector")
    asked = [["Hi.", "Where is it?"], "\u5feb\u9012"]
    assert loaded.best(asked) == selector.best(asked)
    assert type(loaded.encoder_) is TransformerClassifier and loaded.encoder_ is not encoder


def test_word_vectors_are_saved_with_the_selector(tmp_path: Path) -> None:
    words = sorted({word.strip("?.").lower() for text in intents(chinese=False)[0] for word in text.split()})
    vectors = KeyedVectors(np.random.default_rng(0).normal(size=(len(words), 8)).astype(np.float32), words)
    selector = ResponseSelector(vectors=vectors, epochs=2, threshold=None).fit(*intents(chinese=False))
    assert selector._model.scorer.weights[FEATURES.index("vectors of the last")] != 0
    selector.save(tmp_path / "selector")
    asked = ["Is the parcel open?", "nothing known"]
    assert ResponseSelector.load(tmp_path / "selector").best(asked) == selector.best(asked)


def test_many_histories_at_a_time_are_as_one_by_one(
    selector: ResponseSelector, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = [*intents()[0], "", "zebra parcel"]
    together = selector.best(asked)
    monkeypatch.setattr(fitting, "_GRID", 7)
    for others in (selector.best(asked), [selector.best([each])[0] for each in asked]):
        assert [[text for text, _ in some] for some in others] == [
            [text for text, _ in some] for some in together
        ]
        scores = [[[score for _, score in some] for some in each] for each in (others, together)]
        np.testing.assert_allclose(*scores, atol=1e-12)


def test_a_saved_selector_chooses_the_same(selector: ResponseSelector, tmp_path: Path) -> None:
    selector.save(tmp_path / "selector")
    loaded = ResponseSelector.load(tmp_path / "selector")
    asked = ["When does my parcel come?", "open?", "\u5feb\u9012", ""]
    assert loaded.best(asked) == selector.best(asked)
    assert loaded.get_params() == {**selector.get_params(), "random_state": 1}
    assert pickle.loads(pickle.dumps(selector)).best(asked) == selector.best(asked)


def test_a_damaged_file_and_a_missing_one_are_told(selector: ResponseSelector, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no response selector"):
        ResponseSelector.load(tmp_path)
    selector.save(tmp_path / "selector")
    file = tmp_path / "selector" / "selector.safetensors"
    data = bytearray(file.read_bytes())
    data[-20] ^= 1
    file.write_bytes(data)
    with pytest.raises(ValueError, match=r"selector\.safetensors"):
        ResponseSelector.load(tmp_path / "selector")


@pytest.mark.parametrize(
    ("histories", "responses", "message"),
    [
        ([], [], "at least one history"),
        (["a", "b"], ["c"], "a response to each of the 2 histories"),
        ("abc", ["c"], "a list of histor"),
        ([[]], ["c"], "that of 0 has none"),
        ([["a", 1]], ["c"], "must be a str"),
        ([None], ["c"], "must be a str"),
        (["a"], [None], "must be a str"),
        ([b"a"], ["c"], "must be a str"),
    ],
)
def test_bad_input_is_named(histories: Any, responses: Any, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        ResponseSelector().fit(histories, responses)


@pytest.mark.parametrize("texts", [(["a"], ["b"]), (["", " "], ["", "x"]), (["?"] * 4, ["!"] * 4)])
def test_hardly_any_text_is_enough(texts: tuple[list[str], list[str]]) -> None:
    selector = ResponseSelector().fit(*texts)
    assert set(selector.predict(["a", ""])) <= {*texts[1], None}
    assert selector.predict([]) == [] and selector.rank([], []) == []
    assert selector.rank(["a"], [[]])[0].shape == (0,)
