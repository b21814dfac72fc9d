"""The part of `wordvec demo` that trains a tagger."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from ...workflows.tagged_sentences import tag_file
from .predict import make_formatter

TAGGED_SAMPLE = "sample-ner.conll"
# The last sentences of the sample.
N_HELD_OUT = 10
N_SHOWN = 3
# Weak regularisation: the sample has 34 sentences to learn from.
C2 = 0.1


@dataclass(frozen=True)
class TaggingDemo:
    """What the demo's tagger learned, and how well it does on the sentences held out."""

    n_sentences: int
    n_held_out: int
    n_features: int
    seconds: float
    f1: float
    examples: list[str]  # sentences held out, with their entities


def run_tagging_demo(out: Path) -> TaggingDemo:
    """Train a tagger on the tagged sample, write it to `out`, and tag the sentences held out.

    Raises
    ------
    OSError
        If `out` cannot be written to.
    """
    from wordvec_data import sample_path

    from ...tagging import CRFTagger, read_conll

    path = sample_path(TAGGED_SAMPLE)
    corpus = read_conll(path)
    X, tags = corpus.tokens, corpus.tags
    start = time.perf_counter()
    tagger = CRFTagger(c2=C2, verbose=False).fit(X[:-N_HELD_OUT], tags[:-N_HELD_OUT])
    seconds = time.perf_counter() - start
    tagger.save(out)
    formatter = make_formatter(tagger, colour=False)
    shown = list(tag_file(tagger, path))[-N_HELD_OUT:][:N_SHOWN]
    return TaggingDemo(
        n_sentences=len(X) - N_HELD_OUT,
        n_held_out=N_HELD_OUT,
        n_features=len(tagger.model_.state_weights) + len(tagger.model_.features.transitions),
        seconds=seconds,
        f1=tagger.score(X[-N_HELD_OUT:], tags[-N_HELD_OUT:]),
        examples=[formatter.text(prediction) for prediction in shown],
    )
