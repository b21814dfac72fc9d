"""Each method of choice against its definition, example by example; labels, budgets and order."""

import itertools

import naive_demonstrations as naive
import numpy as np
import pytest

from wordvec import KeyedVectors
from wordvec.pipelines import EmbeddingVectorizer
from wordvec.pipelines.features.bm25 import BM25Index
from wordvec.pipelines.prompting import DemonstrationSelector
from wordvec.pipelines.prompting.demonstrations import planning, searching, votes
from wordvec.pipelines.prompting.demonstrations.votes import vote_order

N, D, Q = 40, 6, 12
RNG = np.random.default_rng(5)
VECTORS = RNG.normal(size=(N, D)).astype(np.float32)
VECTORS[7] = VECTORS[3]  # equal vectors of different texts
VECTORS[11] = 0
QUERY_VECTORS = RNG.normal(size=(Q, D)).astype(np.float32)
WORDS = [f"{a}{b}" for a, b in itertools.product("bcdfg", "aou")]
TEXTS = [" ".join([f"n{row}", *RNG.choice(WORDS, RNG.integers(1, 7))]) for row in range(N)]
QUERIES = [" ".join(RNG.choice(WORDS, 5)) for _ in range(Q)]
LABELS = RNG.choice(["a", "a", "a", "b", "c"], N).tolist()
COSTS = RNG.integers(1, 30, N).tolist()
COSINES = [[naive.cosine(query, row) for row in VECTORS] for query in QUERY_VECTORS]


def cost(text):
    """Count tokens by the number of the example that the text begins with."""
    return COSTS[int(text.split()[0][1:])]


def by_vectors(method, k=5, **options):
    """Select by vectors that are passed; in the order of choice."""
    selector = DemonstrationSelector(method, order="best_first", template="{text}\n{label}", **options)
    return selector.fit(TEXTS, LABELS, vectors=VECTORS).select(QUERIES, k, vectors=QUERY_VECTORS)


@pytest.mark.parametrize("k", [1, 5, N])
def test_knn(k):
    assert by_vectors("knn", k) == [naive.by_scores(np.float32(row), k) for row in COSINES]


@pytest.mark.parametrize("k", [1, 4, 20])
def test_balanced_knn(k):
    found = by_vectors("knn", k, balance=True)
    assert found == [naive.by_scores(np.float32(row), k, labels=LABELS) for row in COSINES]


@pytest.mark.parametrize("balance", [False, True])
@pytest.mark.parametrize("budget", [2, 15, 40, 1000])
def test_budgets(budget, balance):
    found = by_vectors("knn", 6, balance=balance, budget=budget, counter=cost)
    labels = LABELS if balance else None
    assert found == [
        naive.by_scores(np.float32(row), 6, labels=labels, costs=COSTS, budget=budget) for row in COSINES
    ]
    assert all(sum(COSTS[n] for n in rows) <= budget for rows in found)


def test_a_budget_looks_further_than_the_first_pool(monkeypatch):
    monkeypatch.setattr(planning, "_POOL", 1)
    for balance in (False, True):
        for budget in (2, 15, 40):
            test_budgets(budget, balance)


def test_a_budget_that_is_used_up_ends_the_search(monkeypatch):
    sizes = []
    best = searching.ByVectors.best

    def noted(self, queries, n, *rest):
        sizes.append(n)
        return best(self, queries, n, *rest)

    monkeypatch.setattr(searching.ByVectors, "best", noted)
    monkeypatch.setattr(planning, "_POOL", 1)
    for balance in (False, True):
        by_vectors("knn", 4, balance=balance, budget=4, counter=lambda _: 1)
    assert sizes == [4, 4]


@pytest.mark.parametrize("n_candidates", [1, 8, 100])
@pytest.mark.parametrize("weight", [0.0, 0.3, 1.0])
def test_mmr(weight, n_candidates):
    found = by_vectors("mmr", 5, relevance_weight=weight, n_candidates=n_candidates)
    n = max(n_candidates, 5)
    assert found == [naive.mmr(VECTORS, query, 5, weight, n) for query in QUERY_VECTORS]


@pytest.mark.parametrize("weight", [0.0, 0.5, 0.9])
def test_dpp(weight):
    # Equal vectors and zeros have no determinant: the reference is held to the others.
    rows = [n for n in range(N) if n not in (7, 11)]
    selector = DemonstrationSelector("dpp", order="best_first", relevance_weight=weight, n_candidates=15)
    selector.fit([TEXTS[n] for n in rows], vectors=VECTORS[rows])
    found = selector.select(QUERIES, 5, vectors=QUERY_VECTORS)
    assert found == [naive.dpp(VECTORS[rows], query, 5, weight, 15) for query in QUERY_VECTORS]


def test_dpp_goes_on_where_no_direction_is_left():
    texts = [f"text {n}" for n in range(5)]
    selector = DemonstrationSelector("dpp", order="best_first").fit(texts, vectors=np.ones((5, 2)))
    assert selector.select(["q"], 4, vectors=[[1.0, 0.5]]) == [[0, 1, 2, 3]]


@pytest.mark.parametrize("method", ["mmr", "dpp"])
def test_balanced_and_budgeted_reranking(method):
    for rows in by_vectors(method, 6, balance=True):
        assert [sum(LABELS[n] == label for n in rows) for label in "abc"] == [2, 2, 2]
    for rows in by_vectors(method, 6, budget=60, counter=cost):
        assert sum(COSTS[n] for n in rows) <= 60
    relevant = by_vectors(method, 6, balance=True, relevance_weight=1.0)
    assert relevant == by_vectors("knn", 6, balance=True)


@pytest.mark.parametrize("balance", [False, True])
def test_bm25(balance):
    selector = DemonstrationSelector("bm25", order="best_first", balance=balance).fit(TEXTS, LABELS)
    scores = BM25Index(TEXTS).scores(QUERIES)
    labels = LABELS if balance else None
    assert selector.select(QUERIES, 5) == [naive.by_scores(row, 5, labels=labels) for row in scores]


@pytest.mark.parametrize("k", [1, 5, 20])
def test_coverage_of_words(k):
    table = RNG.normal(size=(len(WORDS), 4)).astype(np.float32)
    vectors = KeyedVectors(table, WORDS)
    vector_of = dict(zip(WORDS, table))
    selector = DemonstrationSelector("coverage", vectors, order="best_first").fit(TEXTS)
    for query, rows in zip(QUERIES, selector.select(QUERIES, k)):
        covered = [
            [
                round(1e6 * max(naive.cosine(vector_of[asked], vector_of[word]) for word in text.split()[1:]))
                for asked in query.split()
            ]
            for text in TEXTS
        ]
        assert rows == naive.coverage(covered, k)


class Contextual:
    """Gives each token a vector by its word and its place."""

    def __init__(self):
        self.vector_of = dict(zip(WORDS, RNG.normal(size=(len(WORDS), 4))))

    def transform(self, texts):
        return np.array([self.transform_tokens([text])[0].mean(axis=0) for text in texts])

    def transform_tokens(self, texts):
        known = [[word for word in text.split() if word in self.vector_of] for text in texts]
        return [
            np.array([self.vector_of[word] + 0.1 * place for place, word in enumerate(words)]).reshape(-1, 4)
            for words in known
        ]


def test_coverage_of_tokens_in_context():
    embedder = Contextual()
    texts = [*TEXTS, "no word that is known"]
    selector = DemonstrationSelector("coverage", embedder, order="best_first").fit(texts)
    tokens = embedder.transform_tokens(texts)
    for query, rows in zip(QUERIES, selector.select(QUERIES, 9)):
        covered = [
            [
                round(1e6 * max((naive.cosine(asked, token) for token in some), default=-1.0))
                for asked in embedder.transform_tokens([query])[0]
            ]
            for some in tokens
        ]
        assert rows == naive.coverage(covered, 9)


@pytest.mark.parametrize("balance", [False, True])
def test_coverage_of_terms(balance):
    selector = DemonstrationSelector("coverage", order="best_first", balance=balance).fit(TEXTS, LABELS)
    index = BM25Index(TEXTS)
    labels = LABELS if balance else None
    for query, rows in zip(QUERIES, selector.select(QUERIES, 9)):
        covered = np.rint(1e6 * index.weights[index.terms_of(query)].toarray()).T.tolist()
        assert rows == naive.coverage(covered, 9, labels=labels)


def test_coverage_in_blocks_is_that_at_once(monkeypatch):
    vectors = KeyedVectors(RNG.normal(size=(len(WORDS), 4)).astype(np.float32), WORDS)
    expected = DemonstrationSelector("coverage", vectors).fit(TEXTS).select(QUERIES)
    monkeypatch.setattr("wordvec.pipelines.prompting.demonstrations.coverage._BLOCK_FLOATS", 40)
    assert DemonstrationSelector("coverage", vectors).fit(TEXTS).select(QUERIES) == expected


@pytest.mark.parametrize("n_neighbors", [3, 10, 39])
def test_vote_k(n_neighbors, monkeypatch):
    monkeypatch.setattr(votes, "_BLOCK", 7)
    unit = VECTORS / np.maximum(np.linalg.norm(VECTORS, axis=1, keepdims=True), 1e-9)
    expected = naive.vote_k(VECTORS, n_neighbors, 25)
    assert vote_order(unit, n_neighbors)[:25].tolist() == expected
    assert sorted(vote_order(unit, n_neighbors, n_steps=4).tolist()) == list(range(N))


def test_vote_k_is_the_same_for_all_queries():
    found = by_vectors("votek", 6)
    assert all(rows == found[0] for rows in found)
    balanced = by_vectors("votek", 6, balance=True)[0]
    order = by_vectors("votek", N)[0]
    ranks = [-order.index(n) for n in range(N)]
    assert balanced == naive.by_scores(ranks, 6, labels=LABELS)
    alone = DemonstrationSelector("votek").fit(["only"], vectors=[[1.0]])
    assert alone.select(["query"], 1, vectors=[[1.0]]) == [[0]]


def test_random_depends_on_the_seed_and_the_query_alone():
    def drawn(seed, queries, k=6):
        return DemonstrationSelector("random", random_state=seed).fit(TEXTS).select(queries, k)

    together = drawn(1, QUERIES)
    assert together == [drawn(1, [query])[0] for query in QUERIES]
    assert together[::-1] == drawn(1, QUERIES[::-1])
    assert drawn(2, QUERIES) != together
    assert len({tuple(rows) for rows in together}) == Q
    # Each example is drawn about equally often: 3,000 draws, 75 expected, a standard deviation of 8.
    many = drawn(1, [f"query {n}" for n in range(500)])
    counts = np.bincount(np.concatenate(many), minlength=N)
    assert counts.min() > 40
    assert counts.max() < 115


@pytest.mark.parametrize("method", ["knn", "bm25", "mmr", "dpp", "coverage", "votek", "random"])
@pytest.mark.parametrize("balance", [False, True])
def test_the_query_itself_is_never_chosen_and_nothing_twice(method, balance):
    texts = ["Red  Fox", "red fox", "ＲＥＤ ｆｏｘ", "blue dog", "red dog", "blue fox"]
    vectors = np.random.default_rng(3).normal(size=(6, 3))
    needs = method in planning.NEEDS_VECTORS
    selector = DemonstrationSelector(method, balance=balance)
    selector.fit(texts, [1, 1, 1, 2, 2, 1], vectors=vectors if needs else None)
    for query, expected in (("RED FOX", {3, 4, 5}), ("Blue\tdog ", {0, 4, 5}), ("green", {0, 3, 4, 5})):
        rows = selector.select([query], 4, vectors=[[1.0, 2, 3]] if needs else None)[0]
        assert set(rows) == expected
        assert len(rows) == len(expected)


@pytest.mark.parametrize("method", ["knn", "bm25", "mmr", "dpp", "coverage", "votek", "random"])
def test_blocks_change_nothing(method, monkeypatch):
    needs = method in planning.NEEDS_VECTORS

    def select():
        selector = DemonstrationSelector(method).fit(TEXTS, vectors=VECTORS if needs else None)
        return selector.select(QUERIES, 5, vectors=QUERY_VECTORS if needs else None)

    expected = select()
    monkeypatch.setattr(searching, "BLOCK_BYTES", 1)
    monkeypatch.setattr(planning, "BLOCK_BYTES", 1)
    assert select() == expected


def test_the_best_is_last():
    last = DemonstrationSelector("bm25").fit(TEXTS).select(QUERIES, 5)
    first = DemonstrationSelector("bm25", order="best_first").fit(TEXTS).select(QUERIES, 5)
    assert last == [rows[::-1] for rows in first]


def test_chinese():
    texts = ["这部电影很好看", "手机电池不耐用", "电影太长太闷", "服务态度很差"]
    selector = DemonstrationSelector("bm25", template="评论：{text}\n情感：{label}").fit(
        texts, ["好", "坏", "坏", "坏"]
    )
    assert selector.select(["电影好看吗"], 2) == [[2, 0]]
    assert selector.prompts(["电影好看吗"], 1) == [
        "评论：这部电影很好看\n情感：好\n\n评论：电影好看吗\n情感："
    ]
    covering = DemonstrationSelector("coverage", order="best_first").fit(texts)
    first, second = covering.select(["电影和电池"], 2)[0]
    assert first == 1
    assert second in (0, 2)


def test_usif_vectors_are_those_of_the_vectorizer():
    vectors = KeyedVectors(RNG.normal(size=(len(WORDS), 8)).astype(np.float32), WORDS)
    selector = DemonstrationSelector(embedder=vectors, order="best_first").fit(TEXTS)
    vectorizer = EmbeddingVectorizer(vectors, pooling="usif").fit(TEXTS)
    embedded, asked = vectorizer.transform(TEXTS), vectorizer.transform(QUERIES)
    cosines = [[np.float32(naive.cosine(query, row)) for row in embedded] for query in asked]
    assert selector.select(QUERIES, 3) == [naive.by_scores(row, 3) for row in cosines]
    for embedder in (EmbeddingVectorizer(vectors, pooling="usif"), vectorizer, vectorizer.transform):
        again = DemonstrationSelector(embedder=embedder, order="best_first").fit(TEXTS)
        assert again.select(QUERIES, 3) == selector.select(QUERIES, 3)
