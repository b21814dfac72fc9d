"""Data sets by name, labelled tables and tagged files."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from wordvec._utils.lazy import lazy_names

if TYPE_CHECKING:
    from .catalogue import (
        Dataset as Dataset,
        DatasetInfo as DatasetInfo,
        Split as Split,
    )
    from .dialogues import (
        DialogueLayout as DialogueLayout,
        read_dialogues as read_dialogues,
    )
    from .loading import (
        data_file as data_file,
        dataset_info as dataset_info,
        find_file as find_file,
        gensim_file as gensim_file,
        list_datasets as list_datasets,
        load_dataset as load_dataset,
        text_file as text_file,
    )
    from .pair_layout import PairLayout as PairLayout
    from .sentence_pairs import (
        SentencePairs as SentencePairs,
        read_sentence_pairs as read_sentence_pairs,
    )
    from .squad import (
        PassageQuestion as PassageQuestion,
        locate_answers as locate_answers,
        read_squad as read_squad,
        write_predictions as write_predictions,
        write_squad as write_squad,
    )
    from .table_layout import TableLayout as TableLayout
    from .tables import (
        LabelledTexts as LabelledTexts,
        read_labelled as read_labelled,
        read_texts as read_texts,
    )
    from .tagged_files import (
        TaggedLayout as TaggedLayout,
        read_tagged as read_tagged,
    )

__getattr__, __dir__, __all__ = lazy_names(sys.modules[__name__])
