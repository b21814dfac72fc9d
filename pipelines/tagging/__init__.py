"""Sequence tagging with a linear-chain CRF: the tagger, token features, files of tagged sentences, tag schemes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from wordvec._utils.lazy import lazy_names

if TYPE_CHECKING:
    from wordvec.schemes.conversion import convert_tags as convert_tags
    from wordvec.schemes.detection import detect_scheme as detect_scheme
    from wordvec.schemes.spans import spans_to_tags as spans_to_tags, tags_to_spans as tags_to_spans
    from wordvec.schemes.transitions import (
        allowed_transitions as allowed_transitions,
        validate_tags as validate_tags,
    )

    from .crf import CRFTagger as CRFTagger
    from .features.clusters import cluster_vectors as cluster_vectors
    from .features.extractor import Columns as Columns
    from .features.token_features import TokenFeatures as TokenFeatures
    from .files.conll import (
        read_conll as read_conll,
        read_conllu as read_conllu,
        write_conll as write_conll,
        write_conllu as write_conllu,
    )
    from .files.corpora import (
        ConlluCorpus as ConlluCorpus,
        TaggedCorpus as TaggedCorpus,
    )
    from .files.gazetteers import read_gazetteer as read_gazetteer
    from .files.segmentation import (
        bmes_to_words as bmes_to_words,
        read_people_daily as read_people_daily,
        words_to_bmes as words_to_bmes,
    )
    from .raw_text import TaggedText as TaggedText, TextSpan as TextSpan

__getattr__, __dir__, __all__ = lazy_names(sys.modules[__name__])
