"""Tokenizers of sequence-to-sequence models: byte-level BPE that never reads special tokens from text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from wordvec.text.language import HAN

if TYPE_CHECKING:
    from wordvec.transformer import Tokenizer

__all__ = ["SPECIAL", "as_within_text", "decoded", "new_tokenizer", "without_special_tokens_in_text"]

SPECIAL = {"pad": "<pad>", "bos": "<s>", "eos": "</s>"}
_HAN = re.compile(f"[{HAN}]")


def new_tokenizer(
    texts: Sequence[str],
    vocab_size: int,
    marks: Sequence[str] = (),
    tags: Sequence[str] = (),
    *,
    by_han: bool = False,
) -> Tokenizer:
    """Return byte-level BPE (Sennrich et al. 2016) trained on texts; unseen characters become bytes.

    Parameters
    ----------
    texts : sequence of str
    vocab_size : int
        Size of the vocabulary without marks and tags.
    marks : sequence of str
        Characters with a token of their own.
    tags : sequence of str
        Tokens that are never read from a text.
    by_han : bool
        Whether no token has more than one Chinese character, so that copied text is split alike on both sides.
    """
    from wordvec.transformer import Tokenizer

    if by_han:
        # No word of byte-level BPE goes on beyond a line end.
        texts = [_HAN.sub(r"\n\g<0>\n", text) for text in texts]
    backend = Tokenizer.train_from_texts(texts, "bpe", vocab_size, special_tokens=SPECIAL).backend
    if by_han:
        from tokenizers import Regex, pre_tokenizers

        split = pre_tokenizers.Split(Regex(_HAN.pattern), "isolated")
        backend.pre_tokenizer = pre_tokenizers.Sequence([split, backend.pre_tokenizer])
    backend.add_tokens(list(marks))
    backend.add_special_tokens(list(tags))
    return without_special_tokens_in_text(Tokenizer(backend, SPECIAL))


def without_special_tokens_in_text(tokenizer: Tokenizer) -> Tokenizer:
    """Return a tokenizer that reads "</s>" in a text as plain characters."""
    tokenizer.backend.encode_special_tokens = True
    return tokenizer


def decoded(tokenizer: Tokenizer, ids: Sequence[int]) -> str:
    """Return the decoded text of a target, with single spaces."""
    # It may end within a character of several bytes.
    return " ".join(tokenizer.decode(ids).replace("\ufffd", "").split())


def as_within_text(texts: Sequence[str]) -> list[str]:
    """Return texts on one line, with a space before the first word unless it starts with a Chinese character.

    Byte-level BPE splits a word after a space differently: without this, a word from within a text could not be copied
    to the beginning of a summary.
    """
    joined = (" ".join(text.split()) for text in texts)
    return [text if not text or _HAN.match(text) else f" {text}" for text in joined]
