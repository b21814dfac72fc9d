"""Batches for pre-training: causal and masked language modelling, next-sentence prediction."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from wordvec._utils.errors import ParameterError
from wordvec._utils.parameters import Boolean, Instance, Integer, Real, Rule
from wordvec.tokenizers.tokenizer import Tokenizer
from wordvec.transformer.data.batching import (
    CORRUPTION,
    OFFSET,
    PAIRS,
    Batches,
    check_same_tokenizer,
    generator,
)
from wordvec.transformer.data.masking import Masking, word_starts_of
from wordvec.transformer.data.token_corpus import TokenCorpus

__all__ = ["CausalBatches", "MaskedBatches"]


class CausalBatches(Batches):
    """Blocks of consecutive tokens, each labelled with the next token; documents are packed.

    Each epoch cuts the corpus into blocks from a different offset below `block_size`, in random order. A block may
    contain the end of one document and the beginning of the next, separated by the end token.

    Parameters
    ----------
    corpus : TokenCorpus
    block_size : int
        Number of tokens in a row, T.
    batch_size : int
        Number of rows in a batch, summed over all processes.
    seed : int
        Seed of the offsets and of the order of blocks.
    shuffle : bool
        If False, blocks follow the text from the first token on, and the last batch may be smaller. Tokens at the end
        that do not fill a block are dropped.

    Raises
    ------
    ParameterError
        If a parameter breaks its rule.
    ValueError
        If the corpus holds less than one batch.

    Examples
    --------
    >>> from wordvec.transformer import CausalBatches, TokenCorpus, Tokenizer
    >>> texts = ["to be or not to be", "that is the question"]
    >>> tokenizer = Tokenizer.train_from_texts(texts, "word", min_frequency=1)
    >>> batches = CausalBatches(TokenCorpus.from_texts(texts, tokenizer), block_size=4, batch_size=1, shuffle=False)
    >>> batch = batches.batch(0)
    >>> [tokenizer.decode(batch[name][0]) for name in ("input_ids", "labels")]
    ['to be or not', 'be or not to']
    """

    _parameter_rules: ClassVar[dict[str, Rule]] = {
        **Batches._parameter_rules,
        "corpus": Instance(TokenCorpus),
        "block_size": Integer(1),
    }
    corpus: TokenCorpus
    block_size: int

    def __init__(
        self, corpus: TokenCorpus, block_size: int, batch_size: int, seed: int = 0, *, shuffle: bool = True
    ) -> None:
        self._set_parameters(
            corpus=corpus, block_size=block_size, batch_size=batch_size, seed=seed, shuffle=shuffle
        )
        n_blocks = _n_blocks(corpus, self.block_size, 1, self.shuffle)
        self._set_items(n_blocks, f"blocks of {block_size} tokens")

    def _make(self, items: np.ndarray, epoch: int, step: int, mine: slice) -> dict[str, np.ndarray]:
        firsts = items[mine] * self.block_size + self._offset(epoch)
        rows = _rows(self.corpus.token_ids, firsts, self.block_size + 1)
        return {"input_ids": rows[:, :-1], "labels": rows[:, 1:]}

    def _offset(self, epoch: int) -> int:
        return _offset(self, self.block_size, epoch)


class MaskedBatches(Batches):
    """Rows with masked tokens, for masked language modelling (Devlin et al., 2019).

    A row is ``[CLS] tokens [SEP]``, with tokens cut into blocks as in `CausalBatches`, or with `next_sentence` ``[CLS]
    A [SEP] B [SEP]``, padded to `block_size`: A ends before a line of a document and takes up to a quarter to three
    quarters of the row, and B begins with that line, or in half of the rows with a random line of another document. (In
    the paper A begins with a line, too. Here A and B are cut only at their outer ends, so that they are adjacent as in
    the document, and every row is as full as its document allows.)

    A batch holds input_ids and labels, -100 where nothing is predicted, int64 (B, T); with `next_sentence`
    also token_type_ids, attention_mask and next_sentence_label, int64 (B,), 0 if B follows A and 1 if not.

    Parameters
    ----------
    corpus : TokenCorpus
    tokenizer : Tokenizer
        The tokenizer of the corpus; it needs a mask token.
    block_size : int
        Number of tokens in a row, special tokens included, T; at least 3, with `next_sentence` 7.
    batch_size : int
        Number of rows in a batch, summed over all processes.
    seed : int
        Seed of the order of rows, of the masked tokens and of the pairs.
    mask_fraction : float
        Fraction of a row's tokens that are predicted; 80 % of them become the mask token, 10 % a random token.
    whole_word : bool
        Whether all pieces of a word are masked together; in Chinese, whose pieces are characters, rjieba determines the
        words (Cui et al. 2021, arXiv:1906.08101).
    next_sentence : bool
        Whether rows are pairs for next-sentence prediction.
    shuffle : bool
        If False, rows keep the order of the text and the last batch may be smaller.

    Raises
    ------
    ParameterError
        If a parameter breaks its rule.
    ValueError
        If the corpus holds less than one batch, or the tokenizer lacks a mask token or the tokens for both ends of a
        row.
    """

    _parameter_rules: ClassVar[dict[str, Rule]] = {
        **Batches._parameter_rules,
        "corpus": Instance(TokenCorpus),
        "tokenizer": Instance(Tokenizer),
        "block_size": Integer(3),
        "mask_fraction": Real(0.0, 1.0, low_open=True),
        "whole_word": Boolean(),
        "next_sentence": Boolean(),
    }
    corpus: TokenCorpus
    block_size: int
    mask_fraction: float
    whole_word: bool
    next_sentence: bool

    def __init__(
        self,
        corpus: TokenCorpus,
        tokenizer: Tokenizer,
        block_size: int,
        batch_size: int,
        seed: int = 0,
        *,
        mask_fraction: float = 0.15,
        whole_word: bool = False,
        next_sentence: bool = False,
        shuffle: bool = True,
    ) -> None:
        owner = type(self).__name__
        self._set_parameters(
            corpus=corpus, tokenizer=tokenizer, block_size=block_size, batch_size=batch_size, seed=seed,
            mask_fraction=mask_fraction, whole_word=whole_word, next_sentence=next_sentence, shuffle=shuffle,
        )  # fmt: skip
        check_same_tokenizer(corpus, tokenizer, owner)
        word_starts = word_starts_of(corpus, tokenizer) if self.whole_word else None
        least = 7 if self.next_sentence else 3
        if self.block_size < least:
            rule = f"be an integer of at least {least}, for special tokens and text"
            raise ParameterError("block_size", owner, rule, block_size)
        mask_id, self._start_id, self._end_id = _special_ids(tokenizer)
        self._padding_id = tokenizer.padding_id
        self._masking = Masking(tokenizer, mask_id, self.mask_fraction, word_starts)
        if self.next_sentence:
            self._lines = _Lines(corpus)
            self._room = self.block_size - 3
            n_items = min(len(self._lines.followers), -(-corpus.n_tokens // self._room))
            self._set_items(n_items, "lines that follow another one in their document")
        else:
            self._room = self.block_size - 2
            n_items = _n_blocks(corpus, self._room, 0, self.shuffle)
            self._set_items(n_items, f"blocks of {self._room} tokens")

    def _shuffled(self, rng: np.random.Generator) -> np.ndarray:
        n_choices = len(self._lines.followers) if self.next_sentence else self.n_items
        return rng.permutation(n_choices)[: self.n_items]

    def _make(self, items: np.ndarray, epoch: int, step: int, mine: slice) -> dict[str, np.ndarray]:
        if self.next_sentence:
            batch = self._pairs(items, step)
        else:
            rows = _rows(
                self.corpus.token_ids, items * self._room + _offset(self, self._room, epoch), self._room
            )
            batch = {"input_ids": np.pad(rows, ((0, 0), (1, 1)))}
            batch["input_ids"][:, 0] = self._start_id
            batch["input_ids"][:, -1] = self._end_id
        ids = batch["input_ids"]
        is_padding = batch["attention_mask"] == 0 if self.next_sentence else np.zeros(ids.shape, bool)
        rng = generator(self.seed, CORRUPTION, step)
        batch["input_ids"], batch["labels"] = self._masking.apply(ids, is_padding, rng)
        return {name: array[mine] for name, array in batch.items()}

    def _pairs(self, items: np.ndarray, step: int) -> dict[str, np.ndarray]:
        shape = (len(items), self.block_size)
        input_ids = np.full(shape, self._padding_id, np.int64)
        token_types, attention_mask = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        rng = generator(self.seed, PAIRS, step)
        is_random = rng.random(len(items)) < 0.5
        quarter = self._room // 4
        n_firsts = rng.integers(quarter, self._room - quarter, len(items), endpoint=True)
        strangers = rng.random(len(items))
        for row, item in enumerate(items):
            line = int(self._lines.followers[item])
            first = self._lines.before(line)[-n_firsts[row] :]
            if is_random[row]:
                line = self._lines.stranger(line, strangers[row])
            second = self._lines.from_on(line)[: self._room - len(first)]
            middle, end = len(first) + 2, len(first) + len(second) + 3
            input_ids[row, :end] = np.concatenate(
                ([self._start_id], first, [self._end_id], second, [self._end_id])
            )
            token_types[row, middle:end] = 1
            attention_mask[row, :end] = 1
        return {
            "input_ids": input_ids,
            "token_type_ids": token_types,
            "attention_mask": attention_mask,
            "next_sentence_label": is_random.astype(np.int64),
        }


class _Lines:
    """The lines of a corpus, with the text before and after each in its document."""

    def __init__(self, corpus: TokenCorpus) -> None:
        if corpus.n_documents < 2:
            raise ValueError(
                f"Next-sentence prediction needs lines of other documents, and the corpus has {corpus.n_documents} "
                "document. Separate documents by blank lines, or train without next sentences."
            )
        self._corpus = corpus
        starts_document = np.zeros(corpus.n_sentences, bool)
        starts_document[corpus.document_starts[:-1]] = True
        self.followers = np.flatnonzero(~starts_document)

    def _document(self, line: int) -> tuple[int, int]:
        starts = self._corpus.document_starts
        number = int(np.searchsorted(starts, line, side="right")) - 1
        return int(starts[number]), int(starts[number + 1])

    def before(self, line: int) -> np.ndarray:
        """Return the tokens of the document before a line."""
        starts = self._corpus.sentence_starts
        return self._corpus.token_ids[starts[self._document(line)[0]] : starts[line]]

    def from_on(self, line: int) -> np.ndarray:
        """Return the tokens of the document from a line on, without the end token."""
        starts = self._corpus.sentence_starts
        tokens = self._corpus.token_ids[starts[line] : starts[self._document(line)[1]]]
        return tokens[:-1] if tokens[-1] == self._corpus.end_token_id else tokens

    def stranger(self, line: int, draw: float) -> int:
        """Return a line of another document, uniformly chosen by `draw` in [0, 1)."""
        first, last = self._document(line)
        chosen = int(draw * (self._corpus.n_sentences - (last - first)))
        return chosen if chosen < first else chosen + last - first


def _n_blocks(corpus: TokenCorpus, size: int, n_more: int, shuffle: bool) -> int:
    """Return the number of blocks that fit at every offset; each reads `n_more` tokens beyond its end."""
    largest_offset = size - 1 if shuffle else 0
    return max(0, corpus.n_tokens - n_more - largest_offset) // size


def _offset(batches: Batches, size: int, epoch: int) -> int:
    return int(generator(batches.seed, OFFSET, epoch).integers(size)) if batches.shuffle else 0


def _rows(token_ids: np.ndarray, firsts: np.ndarray, n_columns: int) -> np.ndarray:
    """Return the tokens from each position on, int64 (B, n_columns)."""
    return token_ids[firsts[:, None] + np.arange(n_columns)].astype(np.int64)


def _special_ids(tokenizer: Tokenizer) -> tuple[int, int, int]:
    """Return the ids of the mask token and of the tokens at the ends of a row, or raise ValueError."""
    start = tokenizer.bos_token_id if tokenizer.cls_token_id is None else tokenizer.cls_token_id
    end = tokenizer.eos_token_id if tokenizer.sep_token_id is None else tokenizer.sep_token_id
    mask = tokenizer.mask_token_id
    if mask is None or start is None or end is None:
        name = "mask" if mask is None else "cls" if start is None else "sep"
        raise ValueError(
            f"MaskedBatches needs the special token {name!r}, which the tokenizer has not. Train one of kind "
            "'wordpiece', or name such a token in special_tokens."
        )
    return mask, start, end
