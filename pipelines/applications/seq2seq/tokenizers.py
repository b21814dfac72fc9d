"""Subword tables for models that write: byte-level BPE, in which a text has no special token."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wordvec.transformer import Tokenizer

__all__ = ["SPECIAL", "new_tokenizer", "without_special_tokens_in_text"]

SPECIAL = {"pad": "<pad>", "bos": "<s>", "eos": "</s>"}


def new_tokenizer(
    texts: Sequence[str], vocab_size: int, marks: Sequence[str] = (), tags: Sequence[str] = ()
) -> Tokenizer:
    """Return byte-level BPE (Sennrich et al. 2016) of texts: characters that these have not are bytes.

    Parameters
    ----------
    texts : sequence of str
    vocab_size : int
        Without marks and tags.
    marks : sequence of str
        Characters with a token of their own.
    tags : sequence of str
        Tokens that no text has.
    """
    from wordvec.transformer import Tokenizer

    backend = Tokenizer.train_from_texts(texts, "bpe", vocab_size, special_tokens=SPECIAL).backend
    backend.add_tokens(list(marks))
    backend.add_special_tokens(list(tags))
    return without_special_tokens_in_text(Tokenizer(backend, SPECIAL))


def without_special_tokens_in_text(tokenizer: Tokenizer) -> Tokenizer:
    """Return a tokenizer for which "</s>" in a text is five characters."""
    tokenizer.backend.encode_special_tokens = True
    return tokenizer
