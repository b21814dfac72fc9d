"""Readers and writers of tagged sentences: CoNLL columns, CoNLL-U, segmented Chinese; gazetteers."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from wordvec._utils.lazy import lazy_names

if TYPE_CHECKING:
    from .conll import (
        read_conll as read_conll,
        read_conllu as read_conllu,
        write_conll as write_conll,
        write_conllu as write_conllu,
    )
    from .corpora import (
        ConlluCorpus as ConlluCorpus,
        TaggedCorpus as TaggedCorpus,
    )
    from .gazetteers import read_gazetteer as read_gazetteer
    from .segmentation import (
        bmes_to_words as bmes_to_words,
        read_people_daily as read_people_daily,
        words_to_bmes as words_to_bmes,
    )

__getattr__, __dir__, __all__ = lazy_names(sys.modules[__name__])
