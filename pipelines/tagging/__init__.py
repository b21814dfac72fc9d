"""Sequence tagging: the linear-chain CRF, its features, tag schemes, files with tags.

Public names are imported when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipelines.tagging.clusters import cluster_vectors
    from pipelines.tagging.conll import read_conll, read_conllu, write_conll, write_conllu
    from pipelines.tagging.corpora import ConlluCorpus, TaggedCorpus
    from pipelines.tagging.crf import CRFTagger
    from pipelines.tagging.features import Columns, TokenFeatures
    from pipelines.tagging.schemes import (
        allowed_transitions,
        convert_tags,
        detect_scheme,
        spans_to_tags,
        tags_to_spans,
        validate_tags,
    )
    from pipelines.tagging.segmentation import bmes_to_words, read_people_daily, words_to_bmes

_HOMES = {
    "CRFTagger": "pipelines.tagging.crf",
    "Columns": "pipelines.tagging.features",
    "ConlluCorpus": "pipelines.tagging.corpora",
    "TaggedCorpus": "pipelines.tagging.corpora",
    "TokenFeatures": "pipelines.tagging.features",
    "allowed_transitions": "pipelines.tagging.schemes",
    "bmes_to_words": "pipelines.tagging.segmentation",
    "cluster_vectors": "pipelines.tagging.clusters",
    "convert_tags": "pipelines.tagging.schemes",
    "detect_scheme": "pipelines.tagging.schemes",
    "read_conll": "pipelines.tagging.conll",
    "read_conllu": "pipelines.tagging.conll",
    "read_people_daily": "pipelines.tagging.segmentation",
    "spans_to_tags": "pipelines.tagging.schemes",
    "tags_to_spans": "pipelines.tagging.schemes",
    "validate_tags": "pipelines.tagging.schemes",
    "words_to_bmes": "pipelines.tagging.segmentation",
    "write_conll": "pipelines.tagging.conll",
    "write_conllu": "pipelines.tagging.conll",
}

__all__ = [
    "CRFTagger",
    "Columns",
    "ConlluCorpus",
    "TaggedCorpus",
    "TokenFeatures",
    "allowed_transitions",
    "bmes_to_words",
    "cluster_vectors",
    "convert_tags",
    "detect_scheme",
    "read_conll",
    "read_conllu",
    "read_people_daily",
    "spans_to_tags",
    "tags_to_spans",
    "validate_tags",
    "words_to_bmes",
    "write_conll",
    "write_conllu",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'pipelines.tagging' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
