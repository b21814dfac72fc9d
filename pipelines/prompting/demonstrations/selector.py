"""`DemonstrationSelector`: selection of demonstrations for each query, as a scikit-learn estimator."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from wordvec._utils.errors import ParameterError
from wordvec._utils.messages import counted
from wordvec._utils.parameters import Boolean, Choice, Integer, Real, Rule, Seed, check_parameters
from wordvec._utils.validation import check_int

from .adapters import ForOtherLibraries
from .choosing import Limits
from .costs import COUNTER_RULE, count_tokens
from .embedding import EMBEDDER_RULE, checked_vectors, embed, fitted_embedder, is_refitted
from .examples import Examples, normalized, query_fields, read_examples, text_of
from .needs import check_needs
from .planning import METHODS, NEEDS_VECTORS, State, make_plan
from .storage import StoredSelector
from .templates import TEMPLATE_RULE, PromptTemplate
from .votes import vote_order

__all__ = ["DemonstrationSelector"]

_OWNER = "DemonstrationSelector"


class DemonstrationSelector(ForOtherLibraries, StoredSelector, BaseEstimator):
    r"""Select the few-shot examples that a language model sees before a query.

    No example is chosen twice for a query, nor the query itself. Texts are the same if they are equal after NFKC
    normalisation, case folding and collapsing of white space; of examples with the same text only the first is used.

    Parameters
    ----------
    method : {"knn", "bm25", "mmr", "dpp", "coverage", "votek", "random"}
        - ``"knn"``: the nearest by cosine [1]_.
        - ``"bm25"``: the best by BM25 over stemmed words, for Chinese over characters and character pairs [2]_.
        - ``"mmr"``: close to the query but not to each other: maximal marginal relevance [3]_ among the `n_candidates`
          nearest.
        - ``"dpp"``: the same by a determinantal point process, with greedy MAP inference [4]_ [5]_.
        - ``"coverage"``: examples that together cover each word of the query: greedy selection by the set version of
          BERTScore's recall [6]_, over word vectors, over an embedder's contextual token vectors (for example of
          `TransformerFeatures`), or without `embedder` over BM25 weights.
        - ``"votek"``: representative and diverse examples, the same for all queries: the first step of vote-k [7]_.
        - ``"random"``: drawn for each query, depending on `random_state` and the query's text.
    embedder : KeyedVectors, object with transform(texts), or callable, optional
        The source of text vectors. KeyedVectors mean uSIF vectors (`EmbeddingVectorizer`) fitted on the examples; an
        unfitted estimator is cloned and fitted on them (for example `TransformerFeatures`); a callable takes a list of
        texts and returns an array. Not needed for "bm25" and "random", nor if `vectors` are passed.
    k : int
        Number of examples, unless `select` is given another.
    order : {"best_last", "best_first"}
        The order of examples in a prompt.
    balance : bool
        Whether the selection is balanced over labels: each choice is among the labels chosen least so far.
    budget : int, optional
        Maximum total number of tokens of a prompt's examples, each as rendered by the template and followed by the
        separator. Examples that do not fit are skipped.
    counter : Tokenizer, or callable from str to int, optional
        Counts tokens; required if there is a budget.
    template : PromptTemplate or str, optional
        The layout of a prompt. It also defines which fields of a mapping are the query and which is the answer.
    relevance_weight : float
        For "mmr" and "dpp": 1 for relevance only, 0 for diversity only.
    n_candidates : int
        For "mmr" and "dpp": number of nearest examples considered; with `balance`, an equal part of them for each
        label, but at least k.
    language : {"auto", "en", "zh"}
        Language of BM25; "auto" is "zh" if at least half of the examples are Chinese.
    random_state : int, RandomState or None
        Seed of "random".

    Attributes
    ----------
    examples_ : list
        The examples as passed.
    labels_ : list or None
    template_ : PromptTemplate
    embedder_ : object or None
        The fitted embedder.
    vectors_ : float32 (n_different, D) or None
        Unit-length vectors of the examples with distinct texts.
    seed_ : int
        The seed that `random_state` resulted in.

    Examples
    --------
    >>> reviews = ["A warm and funny film.", "Dull, and far too long.", "The camera broke after a week."]
    >>> selector = DemonstrationSelector("bm25", k=2, template="Review: {text}\nSentiment: {label}")
    >>> selector.fit(reviews, ["good", "bad", "bad"]).select(["A long film, but funny."])
    [[1, 0]]
    >>> print(selector.prompts(["A long film, but funny."])[0])
    Review: Dull, and far too long.
    Sentiment: bad
    <BLANKLINE>
    Review: A warm and funny film.
    Sentiment: good
    <BLANKLINE>
    Review: A long film, but funny.
    Sentiment:

    References
    ----------
    .. [1] Liu et al. (2022), "What makes good in-context examples for GPT-3?", DeeLIO, arXiv:2101.06804
    .. [2] Robertson and Zaragoza (2009), "The probabilistic relevance framework: BM25 and beyond"
    .. [3] Carbonell and Goldstein (1998), "The use of MMR, diversity-based reranking for reordering documents and
           producing summaries", SIGIR
    .. [4] Chen, Zhang and Zhou (2018), "Fast greedy MAP inference for determinantal point process", NeurIPS
    .. [5] Ye, Wu, Feng, Yu and Kong (2023), "Compositional exemplars for in-context learning", arXiv:2302.05698
    .. [6] Gupta, Gardner and Singh (2023), "Coverage-based example selection for in-context learning",
           arXiv:2305.14907
    .. [7] Su et al. (2022), "Selective annotation makes language models better few-shot learners", arXiv:2209.01975
    """

    _parameter_rules: ClassVar[dict[str, Rule]] = {
        "method": Choice(*METHODS),
        "embedder": EMBEDDER_RULE | None,
        "k": Integer(1),
        "order": Choice("best_last", "best_first"),
        "balance": Boolean(),
        "budget": Integer(1) | None,
        "counter": COUNTER_RULE,
        "template": TEMPLATE_RULE | None,
        "relevance_weight": Real(0.0, 1.0),
        "n_candidates": Integer(1),
        "language": Choice("auto", "en", "zh"),
        "random_state": Seed(),
    }

    def __init__(
        self,
        method: str = "knn",
        embedder: Any = None,
        *,
        k: int = 4,
        order: str = "best_last",
        balance: bool = False,
        budget: int | None = None,
        counter: Any = None,
        template: PromptTemplate | str | None = None,
        relevance_weight: float = 0.5,
        n_candidates: int = 100,
        language: str = "auto",
        random_state: Any = 1,
    ) -> None:
        self.method = method
        self.embedder = embedder
        self.k = k
        self.order = order
        self.balance = balance
        self.budget = budget
        self.counter = counter
        self.template = template
        self.relevance_weight = relevance_weight
        self.n_candidates = n_candidates
        self.language = language
        self.random_state = random_state

    def fit(self, examples: Any, labels: Any = None, *, vectors: Any = None) -> DemonstrationSelector:
        """Embed or index the examples.

        Parameters
        ----------
        examples : list of str or of mappings of fields, or DataFrame with a column for each field
        labels : list, optional
            By default the answer fields of the examples, if all have one.
        vectors : array (n_examples, D), optional
            Vectors of the examples; those of the queries must then be passed to `select`, unless there is an
            `embedder`.

        Raises
        ------
        TypeError
            If a parameter or an example has the wrong type; the message names it.
        ValueError
            If there are no examples, one is blank or lacks a field, required labels are missing, vectors have the wrong
            shape, or no example fits the budget.
        """
        owner = f"{_OWNER}.fit"
        parameters = check_parameters(self)
        found = read_examples(examples, labels, parameters.template, owner)
        self.seed_ = parameters.random_state
        check_needs(self, found, vectors, owner)
        self.embedder_ = self._fitted_embedder(found)
        if vectors is not None:
            self.vectors_ = checked_vectors(vectors, len(found), owner)[found.rows]
        else:
            self.vectors_ = self._embed(found.different_texts, owner)
        self._pending: list[tuple[Any, dict[str, Any]]] = []  # what add_example got
        self._finish(found, owner)
        return self

    def select(self, queries: Any, k: int | None = None, *, vectors: Any = None) -> list[list[int]]:
        """Return the indices of the examples for each query, in the order of a prompt.

        Parameters
        ----------
        queries : list of str or of mappings of fields, or DataFrame
        k : int, optional
            Number of examples; there are fewer if the budget is exhausted, or if the query is itself one of k examples.
        vectors : array (n_queries, D), optional
            Vectors of the queries, if those of the examples were passed to `fit`.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        TypeError
            If a query has the wrong type; the message names it.
        ValueError
            If k is not between 1 and the number of distinct examples, a query lacks a field, or vectors have the wrong
            shape.
        """
        return self._select(queries, k, vectors, f"{_OWNER}.select")[1]

    def demonstrations(
        self, queries: Any, k: int | None = None, *, vectors: Any = None
    ) -> list[list[dict[str, Any]]]:
        """Return the examples themselves for each query, as mappings of fields; otherwise like `select`."""
        _, chosen = self._select(queries, k, vectors, f"{_OWNER}.demonstrations")
        return [[dict(self._examples.fields[row]) for row in rows] for rows in chosen]

    def prompts(self, queries: Any, k: int | None = None, *, vectors: Any = None) -> list[str]:
        """Return the prompt for each query: its examples and the query, rendered by the template.

        Parameters and errors are those of `select`; examples must have labels.
        """
        asked, chosen = self._select(queries, k, vectors, f"{_OWNER}.prompts")
        fields, template = self._examples.fields, self.template_
        rendered = {row: template.render_example(fields[row]) for rows in chosen for row in rows}
        return [
            template.joined([rendered[row] for row in rows], template.render_query(query))
            for rows, query in zip(chosen, asked)
        ]

    def messages(
        self, queries: Any, k: int | None = None, *, vectors: Any = None
    ) -> list[list[dict[str, str]]]:
        """Return chat messages for each query; otherwise like `prompts`."""
        asked, chosen = self._select(queries, k, vectors, f"{_OWNER}.messages")
        fields = self._examples.fields
        return [
            self.template_.messages([fields[row] for row in rows], query)
            for rows, query in zip(chosen, asked)
        ]

    def _fitted_embedder(self, found: Examples) -> Any:
        is_used = self.embedder is not None and self.method in (*NEEDS_VECTORS, "coverage")
        return fitted_embedder(self.embedder, found.different_texts) if is_used else None

    def _embed(self, texts: Sequence[str], owner: str) -> np.ndarray | None:
        return embed(self.embedder_, texts, owner) if self.method in NEEDS_VECTORS else None

    def _finish(self, found: Examples, owner: str, stored: Any = None) -> None:
        """Set the state for `select`, from examples and their vectors, or from the content of a file."""
        stored = stored or {}
        codes = found.label_codes(owner, "if balance=True") if self.balance else None
        costs = order = None
        if self.budget is not None:
            costs = stored["costs"] if "costs" in stored else self._count(found, owner)
        if self.method == "votek":
            assert self.vectors_ is not None
            order = stored["order"] if "order" in stored else vote_order(self.vectors_)
        plan = make_plan(self, found, order)
        self.examples_, self.labels_, self.template_ = found.given, found.labels, found.template
        # At once, for a choice may be made in another thread.
        self._state = State(found, codes, costs, order, plan, self.embedder_, self.vectors_)
        self._become_known()

    @property
    def _examples(self) -> Examples:
        return self._state.examples

    def _count(self, found: Examples, owner: str) -> np.ndarray:
        template = found.template
        texts = [
            template.render_example(found.fields[row]) + template.separator for row in found.rows.tolist()
        ]
        costs = count_tokens(self.counter, texts, _OWNER)
        if self.budget is not None and costs.min() > self.budget:
            fix = f"The shortest example takes {counted(int(costs.min()), 'token')}."
            raise ParameterError("budget", _OWNER, "leave room for one example", self.budget, fix)
        return costs

    def __sklearn_clone__(self) -> DemonstrationSelector:
        # A plain clone would copy word vectors and models, which nobody changes.
        without = copy.copy(self)
        without.embedder = without.counter = None
        twin = super(DemonstrationSelector, without).__sklearn_clone__()
        twin.counter = self.counter
        is_cloned = isinstance(self.embedder, BaseEstimator) and is_refitted(self.embedder)
        twin.embedder = clone(self.embedder) if is_cloned else self.embedder
        return twin

    def _select(
        self, queries: Any, k: int | None, vectors: Any, owner: str
    ) -> tuple[list[dict[str, Any]], list[list[int]]]:
        """Return the fields of each query, and the result of `select`."""
        self._add_pending()
        check_is_fitted(self, "examples_")
        state = self._state
        asked = query_fields(queries, self.template_, owner)
        texts = [text_of(fields, self.template_) for fields in asked]
        return asked, self._chosen(texts, k, vectors, owner, state)

    def _chosen(
        self, texts: list[str], k: int | None, vectors: Any, owner: str, state: State
    ) -> list[list[int]]:
        found = state.examples
        number = check_int("k", self.k if k is None else k, owner, 1)
        if number > len(found.rows):
            rule = f"be at most {len(found.rows)}, the number of examples with different texts"
            raise ParameterError("k", owner, rule, number)
        queries = self._queries(texts, vectors, owner, state)
        if not texts:
            return []
        barred_Q = np.array([found.place_of.get(normalized(text), -1) for text in texts], np.int64)
        limits = Limits(state.codes, state.costs, self.budget or 0)
        groups = limits.groups(np.arange(len(found.rows)))
        # BLAS adds up in another order with another number of threads.
        with threadpool_limits(limits=1, user_api="blas"):
            chosen = state.plan.choose(queries, number, barred_Q, limits, groups)
        step = -1 if self.order == "best_last" else 1
        rows = np.where(chosen < 0, -1, found.rows[chosen])[:, ::step]
        return [[row for row in some if row >= 0] for some in rows.tolist()]

    def _queries(self, texts: list[str], vectors: Any, owner: str, state: State) -> Any:
        """Return what the method compares, texts or vectors; warn about queries that are similar to nothing."""
        if vectors is not None and self.method not in NEEDS_VECTORS:
            raise ParameterError("vectors", owner, f"be left out if method={self.method!r}", vectors)
        empty = [row for row, text in enumerate(texts) if not text.strip()]
        queries: Any = texts
        if self.method in NEEDS_VECTORS and self.method != "votek":
            assert state.vectors is not None
            width = state.vectors.shape[1]
            if vectors is not None:
                queries = checked_vectors(vectors, len(texts), owner, width=width)
            elif state.embedder is None:
                rule = "be passed for the queries, as they were for the examples, where there is no embedder"
                raise ParameterError("vectors", owner, rule, None)
            elif texts:
                queries = embed(state.embedder, texts, owner, width)
            else:
                queries = np.empty((0, width), np.float32)
            empty = np.flatnonzero(~queries.any(axis=1)).tolist()
        if empty and self.method not in ("votek", "random"):
            verb = "is" if len(empty) == 1 else "are"
            warnings.warn(
                f"{counted(len(empty), 'query', 'queries')} of {owner} {verb} blank, or without any word that is "
                f"known, and like no example more than another; the first is number {empty[0]}.",
                stacklevel=5,
            )
        return queries
