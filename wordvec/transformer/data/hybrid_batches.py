"""Batches for hybrid pre-training: some rows are causal, in the others tokens are masked."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from wordvec._utils.parameters import Real, Rule
from wordvec.tokenizers.tokenizer import Tokenizer
from wordvec.transformer.data.batching import IGNORED
from wordvec.transformer.data.pretraining_batches import MaskedBatches
from wordvec.transformer.data.token_corpus import TokenCorpus

__all__ = ["HybridBatches"]


class HybridBatches(MaskedBatches):
    """Rows of text, some causal and the others masked: Charpentier and Samuel (2024), arXiv:2410.24159.

    A row is ``[CLS] tokens [SEP]``. The label of a position is the next token: in a causal row everywhere, in a masked
    row where that token is masked. So one head learns from both kinds of rows, and a causal row has several times as
    many labels as a masked one.

    A batch holds input_ids and next_labels, -100 where nothing is predicted, int64 (B, T), and is_causal, int64 (B,), 1
    for causal rows.

    Parameters
    ----------
    corpus : TokenCorpus
    tokenizer : Tokenizer
        The tokenizer of the corpus; it needs a mask token.
    block_size : int
        Number of tokens in a row, special tokens included, T; at least 3.
    batch_size : int
        Number of rows in a batch, summed over all processes.
    seed : int
        Seed of the order of rows and of the masked tokens.
    causal_fraction : float
        Share of the rows that are causal, spread evenly over all batches.
    mask_fraction : float
        Fraction of a masked row's tokens that are predicted; 80 % of them become the mask token, 10 % a random token.
    whole_word : bool
        Whether all pieces of a word are masked together, as in `MaskedBatches`.
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
        **{name: rule for name, rule in MaskedBatches._parameter_rules.items() if name != "next_sentence"},
        "causal_fraction": Real(0.0, 1.0),
    }
    causal_fraction: float

    def __init__(
        self,
        corpus: TokenCorpus,
        tokenizer: Tokenizer,
        block_size: int,
        batch_size: int,
        seed: int = 0,
        *,
        causal_fraction: float = 0.75,
        mask_fraction: float = 0.3,
        whole_word: bool = False,
        shuffle: bool = True,
    ) -> None:
        self.causal_fraction = causal_fraction
        super().__init__(
            corpus, tokenizer, block_size, batch_size, seed,
            mask_fraction=mask_fraction, whole_word=whole_word, shuffle=shuffle,
        )  # fmt: skip

    def _make(self, items: np.ndarray, epoch: int, step: int, mine: slice) -> dict[str, np.ndarray]:
        batch = super()._make(items, epoch, step, slice(None))
        ids_BT, own_BT = batch["input_ids"], batch["labels"]
        # By the number of the row in the whole run, so that batches of one row have both kinds, too.
        numbers = step * self.batch_size + np.arange(len(items) + 1)
        is_causal_B = np.diff(np.floor(self.causal_fraction * numbers)) > 0
        text_BT = np.where(own_BT == IGNORED, ids_BT, own_BT)
        # The last token is the special one that ends each row, which is nothing to learn.
        own_BT = np.where(is_causal_B[:, None], text_BT, own_BT)[:, 1:-1]
        made = {
            "input_ids": np.where(is_causal_B[:, None], text_BT, ids_BT),
            "next_labels": np.pad(own_BT, ((0, 0), (0, 2)), constant_values=IGNORED),
            "is_causal": is_causal_B.astype(np.int64),
        }
        return {name: array[mine] for name, array in made.items()}
