"""Text for training: corpora, word tokenizers, vocabularies, encoded texts."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from wordvec._utils.lazy import lazy_names

if TYPE_CHECKING:
    from wordvec.text.answers import Answer as Answer
    from wordvec.text.conversion import convert_chinese as convert_chinese
    from wordvec.text.corpus import (
        EncodedCorpus as EncodedCorpus,
        LineCorpus as LineCorpus,
        encode_corpus as encode_corpus,
    )
    from wordvec.text.english import (
        ptb_spans as ptb_spans,
        split_ptb as split_ptb,
        split_ud as split_ud,
        ud_spans as ud_spans,
    )
    from wordvec.text.offsets import (
        align_tokens as align_tokens,
        fitting_tokenizer as fitting_tokenizer,
        span_tokenizer as span_tokenizer,
    )
    from wordvec.text.phrases.estimator import CONNECTOR_WORDS as CONNECTOR_WORDS, Phrases as Phrases
    from wordvec.text.segmenter import Segmenter as Segmenter
    from wordvec.text.sentences import sentence_spans as sentence_spans, split_sentences as split_sentences
    from wordvec.text.tokenizers import (
        TextTokenizer as TextTokenizer,
        cut_chinese as cut_chinese,
        nltk_tokenizer as nltk_tokenizer,
        resolve_tokenizer as resolve_tokenizer,
        spacy_tokenizer as spacy_tokenizer,
        split_characters as split_characters,
        split_unicode_words as split_unicode_words,
    )
    from wordvec.text.vocabulary import Vocabulary as Vocabulary

__getattr__, __dir__, __all__ = lazy_names(sys.modules[__name__])
