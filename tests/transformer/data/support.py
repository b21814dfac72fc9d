"""A corpus, sequences, and batches of each kind made of them."""

import numpy as np
import torch

from wordvec.transformer.data.hybrid_batches import HybridBatches
from wordvec.transformer.data.labelled_batches import (
    ClassificationBatches,
    Seq2SeqBatches,
    TokenClassificationBatches,
)
from wordvec.transformer.data.pretraining_batches import CausalBatches, MaskedBatches
from wordvec.transformer.data.token_corpus import TokenCorpus

from ...tokenizers.support import ENGLISH, tokenizer

WORDPIECE = tokenizer()
BPE = tokenizer("bpe")


def code(number):
    """A word of letters that all tokenizers know."""
    return "".join(chr(97 + int(digit)) for digit in str(1000 + number))


# Every line of every document is another one, at its beginning and at its end.
DOCUMENTS = [
    "\n".join(f"{code(d * 10 + k)} {ENGLISH[(d + k) % 4]} {code(d * 10 + k)}" for k in range(3 + d % 4))
    for d in range(30)
]
CORPUS = TokenCorpus.from_texts(DOCUMENTS, WORDPIECE)
BPE_CORPUS = TokenCorpus.from_texts(DOCUMENTS, BPE)
SEQUENCES = [list(range(5, 6 + (7 * k) % 23)) for k in range(50)]


def classification(shuffle=True, seed=3, batch_size=6):
    return ClassificationBatches(
        SEQUENCES, np.arange(50) % 3, WORDPIECE, batch_size, seed, token_type_ids=SEQUENCES, shuffle=shuffle
    )


def token_classification(shuffle=True, seed=3, batch_size=6):
    return TokenClassificationBatches(SEQUENCES, SEQUENCES, WORDPIECE, batch_size, seed, shuffle=shuffle)


def seq2seq(shuffle=True, seed=3, batch_size=6):
    return Seq2SeqBatches(SEQUENCES, SEQUENCES[::-1], WORDPIECE, batch_size, seed, shuffle=shuffle)


def causal(shuffle=True, seed=3, batch_size=6):
    return CausalBatches(BPE_CORPUS, 16, batch_size, seed, shuffle=shuffle)


def masked(shuffle=True, seed=3, batch_size=6, **options):
    return MaskedBatches(CORPUS, WORDPIECE, 24, batch_size, seed, shuffle=shuffle, **options)


def pairs(shuffle=True, seed=3, batch_size=6):
    return masked(shuffle, seed, batch_size, next_sentence=True)


def words(shuffle=True, seed=3, batch_size=6):
    return masked(shuffle, seed, batch_size, whole_word=True)


def hybrid(shuffle=True, seed=3, batch_size=6):
    return HybridBatches(CORPUS, WORDPIECE, 24, batch_size, seed, shuffle=shuffle)


ALL = [causal, masked, words, pairs, hybrid, seq2seq, classification, token_classification]


def equal(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)
