"""Translation by a trained model: beam search in batches of similar length, long texts sentence by sentence."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from wordvec._utils.messages import counted

from ..seq2seq.search import Search, search_targets
from .codec import Codec
from .copying import WordCopier, strip_marks

if TYPE_CHECKING:
    from wordvec.transformer import EncoderDecoderModel

__all__ = ["translate"]

# A target is cut at _LONGEST times the tokens of its source, and _SPARE more.
_LONGEST, _SPARE = 2.5, 16
_MORE_ALONE = 3


def translate(
    model: EncoderDecoderModel,
    codec: Codec,
    texts: Sequence[str],
    languages: Sequence[str] | None,
    search: Search,
) -> list[str]:
    """Return the translation of each text; empty for a blank text.

    A text that exceeds the model's limit is translated sentence by sentence, and a sentence that is still too long in
    pieces, with a warning. If a translation lacks the mark of a copied word, the text is translated again without
    marks.
    """
    pieces = [_pieces(codec, text, search.max_length) for text in texts]
    n_cut = sum(is_cut for _, is_cut in pieces)
    if n_cut:
        warnings.warn(
            f"{counted(n_cut, 'text')} of {len(texts)} {'have' if n_cut > 1 else 'has'} a sentence of more than "
            f"{search.max_length} tokens, which is translated in pieces.",
            stacklevel=3,
        )
    flat = [piece for parts, _ in pieces for piece in parts]
    tags = None
    if languages is not None:
        tags = [tag for (parts, _), tag in zip(pieces, languages) for _ in parts]
    found = iter(_translate_marked(model, codec, flat, tags, search))
    return [_joined(itertools.islice(found, len(parts))) for parts, _ in pieces]


def _translate_marked(
    model: EncoderDecoderModel,
    codec: Codec,
    texts: Sequence[str],
    languages: Sequence[str] | None,
    search: Search,
) -> list[str]:
    marked = [codec.copier.mark(text) for text in texts]
    plain = codec.source_ids([strip_marks(text) for text in texts], languages)
    rows = codec.source_ids([text for text, _ in marked], languages)
    # A mark may take more tokens than its word.
    rows = [row if len(row) <= search.max_length else other for row, other in zip(rows, plain)]
    made = _search(model, codec, rows, search)
    found = [WordCopier.restore(text, words) for text, (_, words) in zip(made, marked)]
    again = [place for place, text in enumerate(found) if text is None]
    for place, text in zip(again, _search(model, codec, [plain[place] for place in again], search)):
        found[place] = WordCopier.restore(text, {})
    return [text or "" for text in found]


def _search(
    model: EncoderDecoderModel, codec: Codec, rows: Sequence[Sequence[int]], search: Search
) -> list[str]:
    def longest(n_tokens: int) -> int:
        return min(search.max_length, int(_LONGEST * n_tokens) + _SPARE)

    return list(map(codec.decode, search_targets(model, rows, search, longest, "Translating")))


def _pieces(codec: Codec, text: str, max_length: int) -> tuple[list[str], bool]:
    """Return the parts of a text that fit into the model, none for a blank text, and whether a sentence was cut."""
    text = " ".join(text.split())
    if not text:
        return [], False
    if _n_tokens(codec, text) <= max_length:
        return [text], False
    from wordvec.text.sentences import split_sentences

    parts, is_cut = [], False
    for sentence in split_sentences(text):
        if _n_tokens(codec, sentence) <= max_length:
            parts.append(sentence)
        else:
            parts += _cut(codec, sentence, max_length)
            is_cut = True
    return parts, is_cut


def _cut(codec: Codec, sentence: str, max_length: int) -> list[str]:
    """Return a sentence in pieces, cut between words, or within a word that is too long by itself."""
    offsets = codec.source.backend.encode(sentence, add_special_tokens=False).offsets
    # A piece that is cut off may have a few tokens more when it stands alone.
    most = max(1, max_length - 2 - _MORE_ALONE)
    parts, first, begin = [], 0, 0
    while len(offsets) - first > most:
        last = first + most
        blanks = (place for place in range(last, first + most // 2, -1) if sentence[offsets[place][0]] == " ")
        first = next(blanks, last)
        # The tokens of a character of several bytes have one place.
        end = max(offsets[first][0], begin + 1)
        parts.append(sentence[begin:end])
        begin = end
    return [part for part in map(str.strip, [*parts, sentence[begin:]]) if part]


def _joined(translations: Iterable[str]) -> str:
    """Return translations of consecutive sentences as one text, without spaces between Chinese ones."""
    from wordvec.tokenizers.decoding import joins_without_blank

    text = ""
    for part in filter(None, translations):
        between = "" if not text or joins_without_blank(text[-1], part[0]) else " "
        text += between + part
    return text


def _n_tokens(codec: Codec, text: str) -> int:
    """Return the number of tokens of a source, including tag and end, with or without marks, whichever is larger."""
    return len(codec.source.encode(text, add_special_tokens=False)) + 2
