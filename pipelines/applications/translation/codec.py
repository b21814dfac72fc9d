"""Encoding and decoding of texts: subword tables of both sides, language tags, marks for copied words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wordvec._utils.errors import ParameterError
from wordvec.text.lists import iterate_rows

from ..seq2seq.tokenizers import decoded, new_tokenizer
from .copying import MARKS, WordCopier

if TYPE_CHECKING:
    from wordvec.transformer import Tokenizer

__all__ = ["Codec", "train_tokenizers"]

# So large a share of the target's letters in the source's makes one table better than two.
_SHARED = 0.5


@dataclass
class Codec:
    """Converts texts to ids of the model and back.

    Attributes
    ----------
    source, target : Tokenizer
        The same object if both sides share a table.
    languages : tuple of str
        Target languages; () if there is only one, in which case sources have no tag.
    copier : WordCopier
    """

    source: Tokenizer
    target: Tokenizer
    languages: tuple[str, ...]
    copier: WordCopier

    @property
    def is_shared(self) -> bool:
        """Whether both sides share a table."""
        return self.source is self.target

    def source_ids(self, texts: Sequence[str], languages: Sequence[str] | None) -> list[list[int]]:
        """Return the ids of sources, which already contain marks, with the end token, like targets."""
        rows, _ = self.source.encode_lists(texts, add_special_tokens=False)
        end = self.source.end_token_id
        assert end is not None  # each of ours has one
        if languages is None:
            return [[*row, end] for row in rows]
        tags = {language: self.source.token_to_id(_tag(language)) for language in self.languages}
        return [[tags[language] or 0, *row, end] for row, language in zip(rows, languages)]

    def target_ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the ids of targets, without their start and end."""
        return self.target.encode_lists(texts, add_special_tokens=False)[0]

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of a target."""
        return decoded(self.target, ids)

    def check_languages(
        self, languages: Sequence[str] | str | None, n_texts: int, owner: str
    ) -> list[str] | None:
        """Return the language of each translation, or raise ParameterError."""
        known = ", ".join(map(repr, self.languages))
        if languages is None:
            if self.languages:
                rule = f"name a language of this model: {known}"
                raise ParameterError("language", owner, rule, None)
            return None
        if not self.languages:
            rule = "be left out: the model was trained without languages"
            raise ParameterError("language", owner, rule, languages)
        one = [languages] * n_texts if isinstance(languages, str) else languages
        listed = list(iterate_rows(one, owner, "language", "language"))
        if len(listed) != n_texts:
            rule = f"have one language for each of the {n_texts} texts"
            raise ParameterError("language", owner, rule, len(listed))
        for language in listed:
            if language not in self.languages:
                raise ParameterError("language", owner, f"be one of {known}", language)
        return listed


def train_tokenizers(
    sources: Sequence[str],
    targets: Sequence[str],
    languages: Sequence[str],
    vocab_size: int,
    shared: bool | None,
) -> tuple[Tokenizer, Tokenizer]:
    """Return byte-level BPE tokenizers for both sides, the same object if they share a table.

    There are no unknown tokens: characters not seen in training become bytes.

    Parameters
    ----------
    sources, targets : sequence of str
    languages : sequence of str
        Tags of the target languages.
    vocab_size : int
        Size of each table.
    shared : bool, optional
        By default, true if at least half of the targets' letters also occur in the sources.
    """
    tags = [_tag(language) for language in languages]
    if shared is None:
        shared = _common_letters(sources, targets) >= _SHARED
    if shared:
        both = new_tokenizer([*sources, *targets], vocab_size, MARKS, tags)
        return both, both
    return new_tokenizer(sources, vocab_size, MARKS, tags), new_tokenizer(targets, vocab_size, MARKS)


def _tag(language: str) -> str:
    return f"<2{language}>"


def _common_letters(sources: Sequence[str], targets: Sequence[str]) -> float:
    """Return the share of the targets' letters that are not rare in the sources."""
    first = Counter(c for text in sources for c in text.lower() if c.isalpha())
    second = Counter(c for text in targets for c in text.lower() if c.isalpha())
    total = second.total()
    least = max(1.0, 1e-4 * first.total())
    return sum(count for c, count in second.items() if first[c] >= least) / total if total else 1.0
