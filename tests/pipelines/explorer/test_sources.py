"""What can be explored: vectors, tables, objects with columns; and columns."""

import numpy as np
import pytest

from wordvec import KeyedVectors
from wordvec._utils.errors import ParameterError
from wordvec.pipelines.explorer import explore
from wordvec.pipelines.explorer.columns import column_of, columns_of
from wordvec.pipelines.explorer.sources import matched_columns, space_of
from wordvec.pipelines.explorer.spaces import Space
from wordvec.vectors import drift

TEXTS = ["a good film", "a bad film", "nothing known"]


@pytest.fixture
def words():
    table = np.array([[1, 0.2], [0, 1], [1, 1]], np.float32)
    return KeyedVectors(table, ["good", "bad", "film"], [5, 4, 3])


class Encoder:
    """Stands for StaticEncoder."""

    def encode(self, texts):
        return np.array([[len(text), 1.0] for text in texts])


class Transformer:
    """Stands for a fitted vectorizer."""

    def transform(self, texts):
        return np.array([[len(text), 2.0] for text in texts])


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        ([1, 2.5, None], "number", [1, 2.5, None]),
        (["1", " 2e1 ", ""], "number", [1, 20, None]),
        ([np.float32(1), float("nan")], "number", [1, None]),
        ([1, "x"], "category", ["1", "x"]),
        ([True, False, True], "category", ["True", "False", "True"]),
        (["b", "a", "b", None, "  "], "category", ["b", "a", "b", None, None]),
        ([None, None], "category", [None, None]),
    ],
)
def test_columns_are_numbers_or_categories(values, kind, expected):
    column = column_of(values)
    assert column.kind == kind and [column.value(row) for row in range(len(values))] == expected


def test_most_frequent_value_is_first():
    column = column_of(["b", "a", "a", "b", "a"])
    assert column.values == ["a", "b"] and column.codes.tolist() == [1, 0, 0, 1, 0]
    assert list(columns_of({"n": [1], "lists": [[1, 2]], "text": ["a"]}, without=["text"])) == ["n"]


def test_words_with_vectors_of_a_model(words):
    class Model:
        wv_ = words

    for source in (words, Model()):
        space = space_of(source)
        assert (space.kind, list(space.column_kinds)) == ("words", ["frequency", "cluster"])
        assert space.vectors is words


def test_tables_of_words(words):
    table = {"word": ["film", "good", "film"], "group": ["n", "a", "no"], "vector": [[1, 2], [3, 4], [5, 6]]}
    with pytest.raises(ValueError, match="film"):
        space_of(table)
    with pytest.warns(
        UserWarning, match=r"^1 word .* has several rows, of which the first counts: 'film'\.$"
    ):
        matched = space_of(table, words)
    assert matched.labels == ["good", "bad", "film"]
    assert [matched.column("group").value(row) for row in range(3)] == ["a", None, "n"]
    own = space_of({"word": ["x", "y"], "vector": [[1, 2], [3, 4]], "size": [1, 2]})
    assert own.vectors["y"].tolist() == [3, 4] and own.column("size").value(1) == 2


def test_drift_is_an_object_with_columns(kv, other):
    report = drift(kv, other)
    space = space_of(report, kv)
    row = report.rows[0]
    place = kv.key_to_index[row.word]
    assert space.column("score").value(place) == pytest.approx(row.score)
    assert "came" not in space.column_kinds and space.column("p_value").kind == "number"
    assert list(space.column_kinds).count("frequency") == 1


@pytest.mark.parametrize(
    ("vectors", "expected"),
    [(np.eye(3), [0, 1, 0]), (Encoder(), [10, 1]), (Transformer(), [10, 2])],
    ids=["array", "encode", "transform"],
)
def test_texts_with_vectors(vectors, expected):
    space = space_of({"text": TEXTS, "label": ["p", "n", "n"]}, vectors)
    assert space.kind == "texts" and space.labels == TEXTS and space.text(1) == "a bad film"
    assert space.vectors["1"].tolist() == expected and space.values(1)["label"] == "n"


def test_texts_with_vectors_of_their_words(words):
    from wordvec.pipelines import EmbeddingVectorizer

    space = space_of({"text": [text.split() for text in TEXTS]}, words)
    expected = EmbeddingVectorizer(words, pooling="usif").fit_transform(TEXTS)
    np.testing.assert_allclose(space.table, expected, atol=1e-6)
    assert space.labels == TEXTS and space.neighbors(["0"], [], 1)[0]["word"] in TEXTS[1:]


def test_to_columns_and_vectors_of_the_table():
    class Report:
        def to_columns(self):
            return {"text": ["a", "b"], "vector": [[1.0, 0.0], [0.0, 1.0]], "right": [True, False]}

    space = space_of(Report(), name="report")
    assert (space.name, space.table.tolist(), space.column("right").kind) == (
        "report", [[1, 0], [0, 1]], "category",
    )  # fmt: skip
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"text": ["a", "b"], "n": [1, 2]}, index=[7, 9])
    assert space_of(frame, np.eye(2)).column("n").value(1) == 2


@pytest.mark.parametrize(
    ("source", "vectors", "part"),
    [
        (3, None, "to_columns"),
        ({"texts": ["a"]}, None, "'text' or 'word'"),
        ({"text": ["a"], "n": [1, 2]}, None, "one length"),
        ({"text": []}, None, "one length"),
        ({"text": ["a", "b"]}, None, "2 rows"),
        ({"text": ["a", "b"]}, np.eye(3), "2 rows"),
        ({"text": ["a"]}, "vectors.bin", "1 row"),
    ],
)
def test_bad_sources_are_told(source, vectors, part):
    with pytest.raises(ParameterError, match=part):
        space_of(source, vectors)


def test_tables_that_do_not_match(words):
    with pytest.raises(ParameterError, match="column 'word'"):
        matched_columns(words.index_to_key, {"words": ["good"]})
    with pytest.raises(ParameterError, match="None of them"):
        matched_columns(words.index_to_key, {"word": ["goed"], "n": ["1"]})
    with pytest.warns(UserWarning, match="1 word of the table is not among the vectors: 'goed'"):
        matched_columns(words.index_to_key, {"word": ["goed", "bad"], "n": ["1", "2"]})


@pytest.mark.smoke
def test_explore_serves_and_ends(words, own_page):
    server = explore(words, open_page=False)
    assert server.url.startswith("http://127.0.0.1:")
    server.close()


def test_vectors_without_words_are_told():
    class NGrams:
        """Stands for the vectors of a table of floret, which has n-grams alone."""

        def __len__(self):
            return 0

    with pytest.raises(ParameterError, match="no words to show"):
        Space("a", NGrams())
