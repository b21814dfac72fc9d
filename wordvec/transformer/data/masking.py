"""Masking for masked language modelling (Devlin et al., 2019): selection of tokens and their replacement."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable

import numpy as np

from wordvec._utils.assumptions import assume
from wordvec.text.language import HAN, detect_language
from wordvec.text.tokenizers import resolve_tokenizer
from wordvec.tokenizers.tokenizer import Tokenizer
from wordvec.transformer.data.batching import IGNORED
from wordvec.transformer.data.token_corpus import TokenCorpus

# Of the tokens that are predicted: replaced by the mask token, by a random one, or left as they are.
MASKED, RANDOM = 0.8, 0.1
_N_SAMPLED = 10_000
_HAN = re.compile(f"[{HAN}]")


WordStarts = Callable[[np.ndarray], np.ndarray]


def word_starts_of(corpus: TokenCorpus, tokenizer: Tokenizer) -> WordStarts:
    """Return a function from ids, (B, T), to whether they begin a word: `Tokenizer.word_starts` or a segmenter.

    Warns
    -----
    UserWarning
        If the beginning of the corpus has no word of several tokens, or has Chinese in pieces that are not characters.

    Raises
    ------
    ImportError
        If the text is Chinese and rjieba is not installed.
    """
    ids = corpus.token_ids[:_N_SAMPLED].astype(np.int64)
    continues = ~tokenizer.word_starts(ids) & ~tokenizer.is_special[ids]
    is_chinese = detect_language(tokenizer.decode(ids)) == "zh"
    if is_chinese and (pieces := _pieces(tokenizer)) is not None:
        assume("the text is Chinese, so that words are those of rjieba")
        return _ChineseWords(tokenizer, pieces)
    if is_chinese or not continues.any():
        what = "each character of Chinese text" if is_chinese else "each token of this text"
        also = ", but for words of other scripts" if is_chinese and continues.any() else ""
        warnings.warn(
            f"Masking whole words changes nothing here{also}: {what} is a word of its own.", stacklevel=4
        )
    return tokenizer.word_starts


def _pieces(tokenizer: Tokenizer) -> list[str] | None:
    """Return each piece's text, "" for special tokens and spaces; None if characters of Chinese are not pieces."""
    found = [""] * tokenizer.vocab_size
    for piece, number in tokenizer.backend.get_vocab().items():
        if not tokenizer.is_special[number]:
            found[number] = piece.removeprefix("##").strip()
    return found if any(len(piece) == 1 and _HAN.match(piece) for piece in found) else None


class _ChineseWords:
    """Finds the beginnings of words among Chinese characters with a segmenter."""

    def __init__(self, tokenizer: Tokenizer, pieces: list[str]) -> None:
        self._tokenizer, self._pieces = tokenizer, pieces
        self._segment = resolve_tokenizer("zh")

    def __call__(self, ids_BT: np.ndarray) -> np.ndarray:
        """Return whether each token begins a word, bool (B, T)."""
        starts_BT = self._tokenizer.word_starts(ids_BT)
        for ids, starts in zip(ids_BT.tolist(), starts_BT):
            pieces = [self._pieces[number] for number in ids]
            # Blanks between words of other scripts; special tokens separate their neighbours.
            text = "".join(
                piece if _HAN.match(piece) or not (piece == "" or starts[place]) else f" {piece}"
                for place, piece in enumerate(pieces)
            )
            ends = np.cumsum([len(word) for word in self._segment(text)], dtype=np.int64)
            places = np.cumsum([0, *map(len, pieces)])
            if not len(ends) or ends[-1] != places[-1]:
                continue  # the segmenter has left something out: each character stays a word
            begins = np.isin(places[:-1], np.concatenate(([0], ends)))
            starts &= begins | (np.diff(places) == 0)
        return starts_BT


class Masking:
    """Selects tokens and masks them; section 3.1 and appendix A.1 of the paper.

    Parameters
    ----------
    tokenizer : Tokenizer
        Its special tokens are never chosen, and never replace others.
    mask_id : int
        Id of the mask token.
    fraction : float
        Fraction of a row's tokens that are chosen; at least one token is.
    word_starts : callable, optional
        Returns which ids, (B, T), begin a word; then either all pieces of a word are chosen or none.
    """

    def __init__(
        self, tokenizer: Tokenizer, mask_id: int, fraction: float, word_starts: WordStarts | None = None
    ) -> None:
        self.fraction = fraction
        self._word_starts = word_starts
        self._mask_id = mask_id
        self._tokenizer = tokenizer
        # An id may have no token in a vocabulary with gaps.
        self._ordinary_ids = np.array(
            [i for i in sorted(tokenizer.backend.get_vocab().values()) if not tokenizer.is_special[i]],
            np.int64,
        )

    def apply(
        self, input_ids: np.ndarray, is_padding: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the ids with tokens masked, and the labels: the ids of the chosen tokens, otherwise -100.

        Parameters
        ----------
        input_ids : int64 (B, T)
        is_padding : bool (B, T)
            Tokens that, like special tokens, are never chosen.
        rng : Generator
        """
        shape = input_ids.shape
        eligible = ~(self._tokenizer.is_special[input_ids] | is_padding)
        starts = np.ones(shape, bool) if self._word_starts is None else self._word_starts(input_ids)
        chosen = choose_words(eligible, starts, self.fraction, rng)
        draws = rng.random(shape)
        replacements = rng.choice(self._ordinary_ids, shape)
        masked = np.where(draws < MASKED, self._mask_id, input_ids)
        masked = np.where((draws >= MASKED) & (draws < MASKED + RANDOM), replacements, masked)
        return np.where(chosen, masked, input_ids), np.where(chosen, input_ids, IGNORED)


def choose_words(
    eligible: np.ndarray, starts: np.ndarray, fraction: float, rng: np.random.Generator
) -> np.ndarray:
    """Choose words at random until they contain `fraction` of the eligible tokens of each row.

    Parameters
    ----------
    eligible : bool (B, T)
    starts : bool (B, T)
        Whether a word begins; a token that is not eligible ends a word.
    fraction : float
    rng : Generator

    Returns
    -------
    chosen : bool (B, T)
        At least one word of every row that has an eligible token. If words are single tokens, the number of tokens is
        the integer nearest to the fraction; otherwise it differs by up to half of the last word, in either direction.
    """
    n_rows, n_columns = eligible.shape
    starts = starts | ~eligible
    starts[:, :1] = True
    starts[:, 1:] |= ~eligible[:, :-1]
    words = np.cumsum(starts, axis=1) - 1  # (B, T): number of each token's word in its row
    row_numbers = np.arange(n_rows)[:, None]
    sizes = np.zeros((n_rows, n_columns), np.int64)
    np.add.at(sizes, (row_numbers, words), eligible)
    order = np.argsort(rng.random((n_rows, n_columns)), axis=1)
    # The words that can be chosen first: the others have no tokens, and would be passed over anyway.
    order = np.take_along_axis(
        order, np.argsort(sizes[row_numbers, order] == 0, axis=1, kind="stable"), axis=1
    )
    ordered_sizes = np.take_along_axis(sizes, order, axis=1)
    before = np.cumsum(ordered_sizes, axis=1) - ordered_sizes
    n_wanted = np.rint(fraction * eligible.sum(axis=1, keepdims=True))
    taken = before + ordered_sizes / 2 <= n_wanted
    taken[:, :1] = True
    is_taken = np.zeros((n_rows, n_columns), bool)
    np.put_along_axis(is_taken, order, taken, axis=1)
    return np.take_along_axis(is_taken, words, axis=1) & eligible
