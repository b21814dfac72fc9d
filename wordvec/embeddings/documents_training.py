"""Training of document vectors: the documents as ids, tables, rounds, and inference for other documents."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

import numpy as np

from wordvec._utils.errors import AdvisedError, AdvisedWarning
from wordvec._utils.threads import workers
from wordvec.embeddings.training_loop import Chunk, TrainingRun
from wordvec.embeddings.word2vec_training import Word2VecState, without_padding
from wordvec.kernels import rng
from wordvec.kernels.tiles import LANES, aligned_zeros, padded_width
from wordvec.kernels.word2vec import document_contexts as contexts, documents as kernels
from wordvec.text.vocabulary import Vocabulary

# Words of a round at most, and the full steps that the busiest row of a word table may take at once in a round, with
# PV-DBOW and with PV-DM, whose means change as rows of words do.
MAX_ROUND_WORDS = 4096
MIN_ROUND_WORDS = 64
MAX_CROWDING = (8.0, 4.0)
# The steps of a group of words and their negative samples that a document's vector may take at once, of PV-DBOW: a
# learning rate of .125 with 5 negative samples; documents of 60 words diverged at .2.
MAX_GROUP_STEPS = 12.0
# The same as MAX_CROWDING for the words of one group, counted where they are.
MAX_LOCAL_CROWDING = 4.0
CALL_ROUNDS = 32
MAX_LOSS_EVERY = 64
MIN_LOSS_GROUPS = 2000
_INFERRED_AT_ONCE = 256


@dataclass(frozen=True)
class DocumentOptions:
    """Everything that determines the result of training, except the text and its tags; all values are checked."""

    has_contexts: bool  # PV-DM; else PV-DBOW
    vector_size: int
    window: int
    negative: int
    shared_negatives: int
    ns_exponent: float
    sample: float
    epochs: int
    learning_rate: float
    min_learning_rate: float
    n_tags: int
    seed: int


@dataclass(frozen=True)
class Documents:
    """Documents as ids, with their tags; document k is token_ids[starts[k] : starts[k + 1]], and may be empty.

    Attributes
    ----------
    token_ids : int32 (n_tokens,)
    starts : int64 (n_documents + 1,)
    tags : int32 (n,)
    tag_starts : int64 (n_documents + 1,)
        Document k has tags[tag_starts[k] : tag_starts[k + 1]].
    """

    token_ids: np.ndarray
    starts: np.ndarray
    tags: np.ndarray
    tag_starts: np.ndarray

    def entries(self, one_by_one: bool) -> tuple[kernels.Text, int]:
        """Return the entries to train on, and their words: texts, or each text once per tag."""
        n_tags = np.diff(self.tag_starts)
        texts = np.repeat(np.arange(len(n_tags)), n_tags) if one_by_one else np.arange(len(n_tags))
        entry_starts = np.concatenate([[0], np.cumsum(np.diff(self.starts)[texts])])
        tag_starts = np.arange(len(texts) + 1) if one_by_one else self.tag_starts
        text = kernels.Text(self.token_ids, self.starts[:-1][texts], entry_starts, tag_starts, self.tags)
        return text, int(entry_starts[-1])


def new_tables(options: DocumentOptions, n_words: int) -> dict[str, np.ndarray]:
    """Return the initial tables, float32, of padded width: "documents", "output" and, for PV-DM, "input".

    Rows of documents and context words are uniform in (-0.5 / D, 0.5 / D), a function of the seed and the row; output
    rows are zeros.
    """
    width, size = padded_width(options.vector_size), options.vector_size
    tables = {
        "documents": aligned_zeros((options.n_tags, width), np.float32),
        "output": aligned_zeros((n_words, width), np.float32),
    }
    if options.has_contexts:
        tables["input"] = aligned_zeros((n_words, width), np.float32)
    for number, name in enumerate(("documents", "input")):
        if name in tables:
            # Python gets uint64 as an int, which Numba would take for int64.
            key = np.uint64(rng.stream_key(options.seed, rng.INITIAL, number))
            rng.fill_uniform(key, tables[name][:, :size])
    return tables


class DocumentRun(TrainingRun):
    """One training run.

    Parameters
    ----------
    options : DocumentOptions
    vocabulary : Vocabulary
    documents : Documents
    n_threads : int
        The result does not depend on it.
    """

    advice_on_divergence = " or epochs, or raise min_count"

    def __init__(
        self, options: DocumentOptions, vocabulary: Vocabulary, documents: Documents, n_threads: int
    ) -> None:
        text, n_words = documents.entries(one_by_one=not options.has_contexts)
        super().__init__(options, Word2VecState(), n_words, n_threads)
        self.tables = new_tables(options, len(vocabulary))
        settings, draws, self.round_words = constants(options, vocabulary, n_words)
        if settings.rate_first < options.learning_rate:
            advised = AdvisedError(
                f"With these documents and negative, a learning rate of {options.learning_rate:g} would diverge: "
                f"it is lowered to {settings.rate_first:.2g}.",
                "a lower {learning_rate}",
                "a lower {sample}, which drops more of the frequent words",
            )
            warnings.warn(AdvisedWarning(advised), stacklevel=3)
        plan = plan_of(text, options.n_tags, self.round_words)
        self._rounds = Rounds(
            settings, draws, text, plan, self.tables, int(plan.round_groups.max()), n_threads
        )

    @property
    def learning_rate(self) -> float:
        """The initial learning rate, lowered if the text requires it."""
        return self._rounds.settings.rate_first

    def run_chunks(self, pool: ThreadPoolExecutor) -> Iterator[Chunk]:
        """Train the rounds that remain of the epoch."""
        state, rounds = self.state, self._rounds
        set_keys(rounds.draws, self.options.seed, state.epoch)
        n_rounds = len(rounds.plan.round_groups)
        for number, first in enumerate(range(0, n_rounds, CALL_ROUNDS)):
            if first * self.round_words < state.n_tokens_done:
                continue
            last = min(first + CALL_ROUNDS, n_rounds)
            loss, weight = rounds.run(pool, first, last, state.epoch)
            state.loss_sum += loss
            state.loss_weight += weight
            state.n_tokens_done = min(last * self.round_words, self.n_items)
            yield Chunk(number + 1, state.n_tokens_done, state.loss_sum, state.loss_weight, last == n_rounds)

    def end_epoch(self) -> None:
        """Reset the sums of the epoch."""
        self.state.end_epoch(stacklevel=7)

    def checked_arrays(self) -> list[np.ndarray]:
        """Return all tables."""
        return list(self.tables.values())

    def tensors(self) -> dict[str, np.ndarray]:
        """Return the tables without padding, float32 (n_tags, D) and (V, D), views."""
        return {name: table[:, : self.options.vector_size] for name, table in self.tables.items()}

    def finished_tensors(self) -> dict[str, np.ndarray]:
        """Return the same, reusing the memory of the tables, which must not be used afterwards."""
        size = self.options.vector_size
        return {name: without_padding(table, size) for name, table in self.tables.items()}

    def set_tensors(self, tensors: dict[str, np.ndarray]) -> None:
        """Restore the tables from what `tensors` returned."""
        for name, table in self.tensors().items():
            table[:] = tensors[name]


class Rounds:
    """The kernels of PV-DBOW or, with a table of context words, of PV-DM, with the arrays they work on."""

    def __init__(
        self,
        settings: kernels.Settings,
        draws: kernels.Draws,
        text: kernels.Text,
        plan: kernels.Plan,
        tables: dict[str, np.ndarray],
        n_groups: int,
        n_threads: int,
    ) -> None:
        self.settings, self.draws, self.plan = settings, draws, plan
        width = tables["output"].shape[1]
        shared: Any
        jobs: list[Any]
        if "input" in tables:
            shared = contexts.make_notes(n_groups, settings.n_negatives, width, CALL_ROUNDS)
            jobs = [
                contexts.Job(
                    settings,
                    draws,
                    text,
                    plan,
                    shared,
                    contexts.make_scratch(settings.n_negatives, width),
                    **tables,
                )
                for _ in range(n_threads)
            ]
            self._kernel = contexts.run_dm
        else:
            shared = kernels.make_notes(n_groups, settings.n_negatives, width, CALL_ROUNDS)
            jobs = [kernels.Job(settings, draws, text, plan, shared, **tables)] * n_threads
            self._kernel = kernels.run_dbow
        self.jobs, self._notes = jobs, shared

    def run(self, pool: ThreadPoolExecutor, first: int, last: int, epoch: int) -> tuple[float, float]:
        """Train some rounds of an epoch; return the summed loss, and the number of words it covers."""
        for shared in (self._notes.total, self._notes.barrier, self._notes.claims):
            shared[:] = 0
        tasks = [
            pool.submit(self._kernel, job, first, last, epoch, thread, len(self.jobs))
            for thread, job in enumerate(self.jobs)
        ]
        wait(tasks)
        for task in tasks:
            task.result()
        return float(self._notes.total[0]), float(self._notes.total[1])


def infer(
    options: DocumentOptions,
    vocabulary: Vocabulary,
    tables: dict[str, np.ndarray],
    documents: Documents,
    epochs: int,
    n_threads: int,
) -> np.ndarray:
    """Return the vectors of other documents, float32 (n_documents, D); the word tables stay fixed.

    Each starts from zeros. The random draws depend on the seed and the position in the document alone, so that equal
    documents get equal vectors, whatever other documents there are.
    """
    text, n_words = documents.entries(one_by_one=False)
    n_documents = len(text.entry_first)
    settings, draws, _ = constants(options, vocabulary, n_words)
    set_keys(draws, options.seed, 0)
    width, n_negatives = padded_width(options.vector_size), options.shared_negatives
    found = aligned_zeros((n_documents, width), np.float32)
    words = {name: table for name, table in tables.items() if name != "documents"}
    nothing = np.zeros(1, np.int64)
    plan = kernels.Plan(*[nothing] * 7)
    longest = int(np.diff(documents.starts).max(initial=0))

    def infer_some(first: int) -> None:
        last = min(first + _INFERRED_AT_ONCE, n_documents)
        if options.has_contexts:
            notes = contexts.make_notes(-(-longest // LANES), n_negatives, width, 1)
            scratch = contexts.make_scratch(n_negatives, width)
            job = contexts.Job(settings, draws, text, plan, notes, scratch, documents=found, **words)
            contexts.infer_dm(job, first, last, epochs)
        else:
            rows = np.empty(LANES + n_negatives, np.int32)
            nowhere = kernels.make_notes(1, n_negatives, width, 1)
            kernels.infer_dbow(
                kernels.Job(settings, draws, text, plan, nowhere, found, **words),
                first,
                last,
                epochs,
                rows,
                rows.astype(np.float32),
            )

    with workers(n_threads) as pool:
        pool.map(infer_some, range(0, n_documents, _INFERRED_AT_ONCE))
    return found[:, : options.vector_size].copy()


def constants(
    options: DocumentOptions, vocabulary: Vocabulary, n_words: int
) -> tuple[kernels.Settings, kernels.Draws, int]:
    """Return the constants of a run over an epoch of `n_words`, its draws, and the number of words in a round."""
    keep = vocabulary.keep_probabilities(options.sample)
    noise = vocabulary.noise_probabilities(options.ns_exponent)
    kept_counts = vocabulary.counts * keep
    busiest = float((kept_counts / kept_counts.sum() + options.negative * noise).max())
    crowding = MAX_CROWDING[options.has_contexts]
    round_words = MAX_ROUND_WORDS
    while round_words > MIN_ROUND_WORDS and options.learning_rate * busiest * round_words > crowding:
        round_words //= 2
    rate = min(options.learning_rate, crowding / (busiest * round_words))
    if not options.has_contexts:
        rate = min(rate, MAX_GROUP_STEPS / (LANES * (1 + options.negative)))
    settings = kernels.Settings(
        size=options.vector_size,
        n_negatives=options.shared_negatives,
        share=np.float32(options.negative / options.shared_negatives),
        window=options.window,
        rate_first=rate,
        rate_last=min(options.min_learning_rate, rate),
        rate_bound=MAX_LOCAL_CROWDING / (1 + options.negative),
        n_planned=float(n_words * options.epochs),
        loss_every=max(1, min(MAX_LOSS_EVERY, n_words // LANES // MIN_LOSS_GROUPS)),
    )
    draws = kernels.Draws(
        keep_below=np.minimum(keep * 2.0**32, 2.0**32 - 1).astype(np.uint32),
        noise=rng.noise_strata(noise, options.shared_negatives),
        keys=np.zeros(4, np.uint64),
    )
    return settings, draws, round_words


def set_keys(draws: kernels.Draws, seed: int, epoch: int) -> None:
    """Set the keys of an epoch's random draws."""
    for k, purpose in enumerate((rng.KEEP, rng.NOISE, rng.LOSS_SAMPLE, rng.REACH)):
        draws.keys[k] = rng.stream_key(seed, purpose, epoch)


def plan_of(text: kernels.Text, n_tags: int, round_words: int) -> kernels.Plan:
    """Return the rounds, units and chains of an epoch."""
    n_rounds = -(-int(text.entry_starts[-1]) // round_words)
    units = np.empty((len(text.entry_first) + n_rounds, 4), np.int64)
    chain_starts = np.empty(len(units) + 1, np.int64)
    rounds = np.empty((n_rounds + 1, 2), np.int64)
    n_units, n_chains = kernels.plan_rounds(
        text.entry_starts, text.tag_starts, text.tags, n_tags, round_words, units, chain_starts, rounds
    )
    entry, first, last, group = np.ascontiguousarray(units[:n_units].T)
    return kernels.Plan(
        entry,
        first,
        last,
        group,
        chain_starts[: n_chains + 1].copy(),
        rounds[:, 0].copy(),
        rounds[:-1, 1].copy(),
    )
