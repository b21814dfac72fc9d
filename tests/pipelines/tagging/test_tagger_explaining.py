"""Explanations of tags: contributions add up to the scores."""

import json
import re
import unicodedata

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from wordvec import KeyedVectors
from wordvec.pipelines.tagging import CRFTagger
from wordvec.pipelines.tagging.explaining import TaggerExplanation, explain
from wordvec.pipelines.tagging.kernels.sparse import Lists
from wordvec.pipelines.tagging.model import ChainModel, FeatureSet

WORDS = [["Ada", "Lovelace", "wrote", "to", "Paris"], ["Bob", "read", "it", "in", "Rome", "."]]
TAGS = [["B-PER", "I-PER", "O", "O", "B-LOC"], ["B-PER", "O", "O", "O", "B-LOC", "O"]]


@pytest.fixture(scope="module")
def tagger():
    return CRFTagger(max_iter=8).fit(WORDS, TAGS)


def random_model(rng, n_attributes, n_labels):
    """Return a model, and its weights as {(attribute, label): weight}; some are equal."""
    has = rng.random((n_attributes, n_labels)) < 0.5
    weights = rng.integers(-5, 6, int(has.sum())) / 2
    states = Lists(np.concatenate([[0], np.cumsum(has.sum(1))]), np.nonzero(has)[1].astype(np.int32))
    features = FeatureSet(n_labels, states, np.empty((0, 2), np.int32))
    model = ChainModel(features, weights, rng.normal(size=(n_labels, n_labels)), np.zeros((0, 0, n_labels)))
    return model, dict(zip(zip(*np.nonzero(has)), weights.tolist()))


def terminal_width(text):
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


@pytest.mark.parametrize("seed", range(5))
def test_the_strongest_features_are_those_of_sorting_them_all(seed):
    rng = np.random.default_rng(seed)
    model, weights = random_model(rng, 30, 3)
    names = [f"a{k}" for k in range(30)]
    explanation = explain(model, ["X", "Y", "Z"], names, None, 4)
    for label, tag in enumerate("XYZ"):
        own = [(names[a], w) for (a, b), w in weights.items() if b == label]
        assert explanation.positive[tag] == sorted([f for f in own if f[1] > 0], key=lambda f: -f[1])[:4]
        assert explanation.negative[tag] == sorted([f for f in own if f[1] < 0], key=lambda f: f[1])[:4]
    assert np.array_equal(explanation.transition_LL, model.transition_LL)
    assert explanation.n_state_features == len(weights)


def test_a_tagger_explains_itself(tagger):
    explanation = tagger.explain(topn=3)
    assert isinstance(explanation, TaggerExplanation)
    assert explanation.tags == ["B-LOC", "B-PER", "I-PER", "O"] and explanation.scheme == "IOB2"
    assert all(len(weights) <= 3 for weights in explanation.positive.values())
    assert explanation.n_attributes == len(tagger.attributes_)
    assert explanation.n_transitions == 6 and explanation.n_vector_weights == 0
    # Outside and B-LOC do not lead into a person.
    assert np.argwhere(~explanation.allowed_LL).tolist() == [[0, 2], [3, 2]]
    back = json.loads(json.dumps(explanation.to_dict()))
    assert back["tags"] == explanation.tags and back["scheme"] == "IOB2"
    strongest = back["features"]["B-PER"]["positive"][0]
    assert (strongest["attribute"], strongest["weight"]) == explanation.positive["B-PER"][0]
    assert back["transitions"] == tagger.model_.transition_LL.tolist()
    assert back["transitions_allowed"][3] == [True, True, False, True]


def test_weights_of_vectors_are_counted():
    vectors = KeyedVectors(np.ones((1, 3), np.float32), ["Ada"])
    tagger = CRFTagger(max_iter=2, vectors=vectors, vector_window=1).fit(WORDS, TAGS)
    assert tagger.explain().n_vector_weights == 3 * 3 * 4
    assert "36 weights of word vectors" in str(tagger.explain())


def test_the_report_has_every_tag_feature_and_transition(tagger):
    explanation = tagger.explain(topn=2)
    lines = str(explanation).split("\n")
    assert lines[0].startswith("4 tags (IOB2), ")
    for tag in explanation.tags:
        first = lines.index(tag) + 1
        name, weight = explanation.positive[tag][0]
        assert lines[first].split()[:2] == [f"{weight:+.4f}", name]
    table = [line.split() for line in lines[-5:]]
    assert table[0] == explanation.tags
    assert table[4][0] == "O" and table[4][3] == "-"
    assert float(table[4][4]) == pytest.approx(tagger.model_.transition_LL[3, 3], abs=0.005)
    assert len({len(line) for line in lines[-5:]}) == 1


@pytest.mark.parametrize("n_tags", [1, 3, 9, 45])
def test_the_report_is_aligned_and_at_most_100_columns_wide(n_tags):
    rng = np.random.default_rng(n_tags)
    model, _ = random_model(rng, 40, n_tags)
    model.state_weights[:] *= 10.0 ** rng.integers(-3, 9, len(model.state_weights))
    names = [f"w[{k}]=" + "很長的詞\n\ud800" * k for k in range(40)]
    tags = [f"TAG-{k}" + "語" * (k % 12) + "x" * (k % 40) for k in range(n_tags)]
    lines = str(explain(model, tags, names, None, 5)).split("\n")
    assert max(map(terminal_width, lines)) <= 100
    assert "\n".join(lines).encode().decode() == "\n".join(lines)
    numbers = [
        (line, match.end()) for line in lines for match in re.finditer(r"(?<= )[+-]\d\S*(?=  \S)", line)
    ]
    assert {terminal_width(line[:end]) for line, end in numbers} == {12, 61}


def test_a_tag_without_features_is_said_to_have_none():
    features = FeatureSet(1, Lists(np.zeros(1, np.int64), np.empty(0, np.int32)), np.empty((0, 2), np.int32))
    model = ChainModel(features, np.empty(0), np.zeros((1, 1)), np.zeros((0, 0, 1)))
    report = str(explain(model, ["N"], [], None, 5))
    assert "(none)" in report and report.startswith("1 tag, 0 features of 0 attributes")


def test_parameters_and_state_are_checked(tagger):
    for topn in (0, -1):
        with pytest.raises(ValueError, match="The topn parameter of CRFTagger.explain must be"):
            tagger.explain(topn)
    with pytest.raises(TypeError, match="The topn parameter"):
        tagger.explain(2.5)
    with pytest.raises(NotFittedError):
        CRFTagger().explain()


def test_the_heat_map_shows_the_weights(tagger, tmp_path):
    pytest.importorskip("matplotlib")
    explanation = tagger.explain()
    figure = explanation.plot_transitions(tmp_path / "heat.png")
    axes, bar = figure.axes
    image = axes.images[0]
    shown = image.get_array()
    assert np.array_equal(shown.mask, ~explanation.allowed_LL)
    assert np.array_equal(shown.data[~shown.mask], explanation.transition_LL[explanation.allowed_LL])
    low, high = image.get_clim()
    assert low == -high and high == np.abs(shown).max()
    assert [label.get_text() for label in axes.get_xticklabels()] == explanation.tags
    assert [label.get_text() for label in axes.get_yticklabels()] == explanation.tags
    written = {tuple(map(int, text.get_position())): text.get_text() for text in axes.texts}
    assert len(written) == 14 and written[3, 3] == f"{explanation.transition_LL[3, 3]:.2f}"
    assert (tmp_path / "heat.png").read_bytes().startswith(b"\x89PNG")


def test_many_tags_fit_on_the_heat_map(tmp_path):
    pytest.importorskip("matplotlib")
    tags = [f"PRP${k}$" for k in range(20)]  # no formulas, though matplotlib would think so
    model, _ = random_model(np.random.default_rng(1), 5, 20)
    figure = explain(model, tags, list("abcde"), None, 5).plot_transitions(tmp_path / "heat.svg")
    assert not figure.axes[0].texts
    assert "<svg" in (tmp_path / "heat.svg").read_text()
    boxes = [label.get_window_extent() for label in figure.axes[0].get_xticklabels()]
    assert not any(a.overlaps(b) for a, b in zip(boxes, boxes[1:]))


def test_zero_weights_can_be_drawn_and_bad_paths_are_refused(tmp_path):
    pytest.importorskip("matplotlib")
    model, _ = random_model(np.random.default_rng(1), 5, 2)
    model.transition_LL[:] = 0
    explanation = explain(model, ["N", "V"], list("abcde"), None, 5)
    explanation.plot_transitions()
    with pytest.raises(ValueError, match="A chart must end in .png or .svg"):
        explanation.plot_transitions(tmp_path / "heat.gif")
    with pytest.raises(FileNotFoundError, match="does not exist"):
        explanation.plot_transitions(tmp_path / "nowhere" / "heat.png")
