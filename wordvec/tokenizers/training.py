"""Training of tokenizers: byte-level BPE, WordPiece, characters and words."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice

import tokenizers
from tokenizers import decoders, models, normalizers, pre_tokenizers, processors, trainers

from wordvec._utils.errors import ParameterError
from wordvec._utils.messages import counted
from wordvec._utils.validation import check_choice, check_int
from wordvec.tokenizers.files import SPECIAL_TOKENS
from wordvec.tokenizers.limits import MAX_VOCAB_SIZE

KINDS = ("bpe", "wordpiece", "char", "word")
DEFAULT_SPECIAL_TOKENS = {
    "bpe": {"pad": "<|endoftext|>", "bos": "<|endoftext|>", "eos": "<|endoftext|>"},
    "wordpiece": {"pad": "[PAD]", "unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"},
    "char": {"pad": "<pad>", "unk": "<unk>", "bos": "<s>", "eos": "</s>", "mask": "<mask>"},
    "word": {"pad": "<pad>", "unk": "<unk>", "bos": "<s>", "eos": "</s>", "mask": "<mask>"},
}
# WordPiece learns the characters that make up this share of the text, as SentencePiece does for large alphabets;
# the others become the unknown token. Without a limit, one name in each foreign script would fill a small vocabulary.
CHARACTER_COVERAGE = 0.9995

_PREFIX = "##"
_LEAST = {"bpe": (256, "the 256 bytes"), "wordpiece": (2, "a character at the beginning and inside of words")}
_TEXTS_BATCH = 1000

Texts = Callable[[], Iterable[str]]


def train_tokenizer(
    texts: Texts,
    kind: str,
    vocab_size: int,
    lowercase: bool,
    min_frequency: int | None,
    special_tokens: Mapping[str, str],
) -> tokenizers.Tokenizer:
    """Return a tokenizer trained on the texts that `texts()` returns; it is called for each pass.

    Raises
    ------
    ValueError
        If the texts contain nothing to learn from, or `vocab_size` is too small for the characters.
    """
    if min_frequency is None:
        min_frequency = 1 if kind == "char" else 2
    check_int("min_frequency", min_frequency, "Tokenizer.train", 1)
    added = _distinct(special_tokens)
    n_pieces, pieces = _LEAST.get(kind, (1, "one piece"))
    n_least = len(added) + n_pieces
    if check_int("vocab_size", vocab_size, "Tokenizer.train", 1, MAX_VOCAB_SIZE) < n_least:
        rule = f"be at least {n_least}, for {pieces} and {counted(len(added), 'special token')}"
        raise ParameterError("vocab_size", "Tokenizer.train", rule, vocab_size)
    train = {
        "bpe": _train_bpe,
        "wordpiece": _train_wordpiece,
        "char": _train_characters,
        "word": _train_words,
    }
    backend = train[kind](texts, vocab_size, lowercase, min_frequency, special_tokens)
    _add_special_tokens(backend, special_tokens)
    return backend


def check_special_tokens(special_tokens: Mapping[str, str] | None, kind: str) -> dict[str, str]:
    """Return the special tokens by name, by default those of `kind`, or raise."""
    check_choice("kind", kind, "Tokenizer.train", KINDS)
    if special_tokens is None:
        return dict(DEFAULT_SPECIAL_TOKENS[kind])
    names = ", ".join(map(repr, SPECIAL_TOKENS))
    if not isinstance(special_tokens, Mapping):
        raise ParameterError("special_tokens", "Tokenizer", f"map names ({names}) to tokens", special_tokens)
    for name, token in special_tokens.items():
        if name not in SPECIAL_TOKENS:
            raise ParameterError("special_tokens", "Tokenizer", f"have names among {names}", name)
        if not isinstance(token, str) or not token:
            rule = f"map {name!r} to a str that is not empty"
            raise ParameterError("special_tokens", "Tokenizer", rule, token)
    if kind != "bpe" and "unk" not in special_tokens:
        rule = f"have 'unk', the token for what is not in the vocabulary, where kind={kind!r}"
        raise ParameterError("special_tokens", "Tokenizer", rule, special_tokens)
    if ("cls" in special_tokens) != ("sep" in special_tokens):
        rule = "have both 'cls' and 'sep', or neither"
        raise ParameterError("special_tokens", "Tokenizer", rule, special_tokens)
    return dict(special_tokens)


def word_level(
    words: Sequence[str], special_tokens: Mapping[str, str], lowercase: bool, tokenizer: str
) -> tokenizers.Tokenizer:
    """Return a tokenizer of whole words that splits text as `wordvec.text.resolve_tokenizer` does for this name."""
    check_choice("tokenizer", tokenizer, "Tokenizer.from_vocabulary", ("whitespace", "word"))
    splitter = pre_tokenizers.WhitespaceSplit() if tokenizer == "whitespace" else _unicode_words()
    backend = _word_level(words, _distinct(special_tokens), special_tokens["unk"])
    backend.pre_tokenizer = splitter
    backend.normalizer = _lowercase(lowercase)
    _add_special_tokens(backend, special_tokens)
    return backend


def _unicode_words() -> pre_tokenizers.PreTokenizer:
    # `wordvec.text.split_unicode_words` in the library's regular expressions (test_words_split_as_in_wordvec).
    run = r"(?:[\p{L}\p{N}]\p{M}*)+"
    inside = "['\u2019\u02bc\\-\u2010\u2011_\u200c\u200d]|(?<=\\p{Nd})[.,](?=\\p{Nd})"
    pattern = tokenizers.Regex(f"{run}(?:(?:{inside}){run})*")
    return pre_tokenizers.Split(pattern, "removed", invert=True)


def _train_bpe(
    texts: Texts, vocab_size: int, lowercase: bool, min_frequency: int, special_tokens: Mapping[str, str]
) -> tokenizers.Tokenizer:
    backend = tokenizers.Tokenizer(models.BPE())
    backend.normalizer = _lowercase(lowercase)
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.post_processor = processors.ByteLevel(trim_offsets=False)
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        min_frequency=min_frequency,
        special_tokens=_distinct(special_tokens),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    backend.train_from_iterator(_batched(texts()), trainer)
    return backend


def _train_wordpiece(
    texts: Texts, vocab_size: int, lowercase: bool, min_frequency: int, special_tokens: Mapping[str, str]
) -> tokenizers.Tokenizer:
    added = _distinct(special_tokens)
    backend = _wordpiece({name: k for k, name in enumerate(added)}, special_tokens["unk"], lowercase)
    alphabet, inner = _alphabet(texts, backend, vocab_size - len(added))
    trainer = trainers.WordPieceTrainer(
        vocab_size=vocab_size,
        min_frequency=min_frequency,
        # The library numbers "##a" in the order of a hash table that differs from run to run, and chooses between
        # equally frequent pieces by number. Named beforehand, all of them have their places.
        special_tokens=added + inner,
        initial_alphabet=alphabet,
        limit_alphabet=len(alphabet),
        show_progress=False,
    )
    backend.train_from_iterator(_batched(texts()), trainer)
    # A fresh one: in this one "##a" is special.
    vocabulary = json.loads(backend.to_str())["model"]["vocab"]
    return _wordpiece(vocabulary, special_tokens["unk"], lowercase)


def _wordpiece(vocabulary: dict[str, int], unk: str, lowercase: bool) -> tokenizers.Tokenizer:
    backend = tokenizers.Tokenizer(models.WordPiece(vocabulary, unk_token=unk))
    backend.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    backend.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    backend.decoder = decoders.WordPiece(_PREFIX)
    return backend


def _alphabet(texts: Texts, backend: tokenizers.Tokenizer, n_most: int) -> tuple[list[str], list[str]]:
    """Return the characters that cover CHARACTER_COVERAGE of the text, sorted, and "##a" for each that needs it.

    There are at most `n_most` in total: the most frequent characters that fit.
    """
    counts: Counter[str] = Counter()
    for char, count in _count_characters(texts).items():
        for part in backend.normalizer.normalize_str(char):
            counts[part] += 0 if part.isspace() else count
    limit = CHARACTER_COVERAGE * counts.total()
    kept: list[str] = []
    inner: list[str] = []
    n_covered = 0
    for char, count in _by_count(counts):
        pieces = [_PREFIX + char] if _continues_words(backend, char) else []
        if n_covered >= limit or len(kept) + len(inner) + 1 + len(pieces) > n_most:
            break
        kept.append(char)
        inner += pieces
        n_covered += count
    if not kept:
        raise _nothing_to_learn()
    return sorted(kept), sorted(inner)


def _continues_words(backend: tokenizers.Tokenizer, char: str) -> bool:
    """Return whether a word may have `char` after its first character; Han characters and punctuation may not."""
    return len(backend.pre_tokenizer.pre_tokenize_str(backend.normalizer.normalize_str("a" + char))) == 1


def _train_characters(
    texts: Texts, vocab_size: int, lowercase: bool, min_frequency: int, special_tokens: Mapping[str, str]
) -> tokenizers.Tokenizer:
    counts: Counter[str] = Counter()
    for char, count in _count_characters(texts).items():
        for part in char.lower() if lowercase else char:
            counts[part] += count
    added = _distinct(special_tokens)
    frequent = [char for char, count in _by_count(counts) if count >= min_frequency][
        : vocab_size - len(added)
    ]
    if not frequent:
        raise _nothing_to_learn()
    backend = _word_level(sorted(frequent), added, special_tokens["unk"])
    backend.normalizer = _lowercase(lowercase)
    backend.pre_tokenizer = pre_tokenizers.Split(tokenizers.Regex(r"[\s\S]"), "isolated")
    backend.decoder = decoders.Fuse()
    return backend


def _train_words(
    texts: Texts, vocab_size: int, lowercase: bool, min_frequency: int, special_tokens: Mapping[str, str]
) -> tokenizers.Tokenizer:
    added = _distinct(special_tokens)
    backend = _word_level([], added, special_tokens["unk"])
    backend.normalizer = _lowercase(lowercase)
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    trainer = trainers.WordLevelTrainer(
        vocab_size=vocab_size, min_frequency=min_frequency, special_tokens=added, show_progress=False
    )
    backend.train_from_iterator(_batched(texts()), trainer)
    return backend


def _word_level(words: Sequence[str], added: list[str], unk: str) -> tokenizers.Tokenizer:
    vocabulary = {word: k for k, word in enumerate(dict.fromkeys([*added, *words]))}
    return tokenizers.Tokenizer(models.WordLevel(vocabulary, unk_token=unk))


def _lowercase(lowercase: bool) -> normalizers.Normalizer | None:
    return normalizers.Lowercase() if lowercase else None


def _add_special_tokens(backend: tokenizers.Tokenizer, special_tokens: Mapping[str, str]) -> None:
    """Make the tokenizer recognise special tokens in text, and put [CLS] and [SEP] around texts if it has them."""
    backend.add_special_tokens(_distinct(special_tokens))
    if "cls" in special_tokens:
        cls, sep = special_tokens["cls"], special_tokens["sep"]
        backend.post_processor = processors.TemplateProcessing(
            single=[f"{cls}:0", "$A:0", f"{sep}:0"],
            pair=[f"{cls}:0", "$A:0", f"{sep}:0", "$B:1", f"{sep}:1"],
            special_tokens=[(token, backend.token_to_id(token)) for token in dict.fromkeys((cls, sep))],
        )


def _distinct(special_tokens: Mapping[str, str]) -> list[str]:
    return list(dict.fromkeys(special_tokens.values()))


def _by_count(counts: Counter[str]) -> list[tuple[str, int]]:
    """Return the items by decreasing count, ties by code point."""
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _count_characters(texts: Texts) -> Counter[str]:
    counts: Counter[str] = Counter()
    for batch in _batched(texts()):
        counts.update("".join(batch))
    return counts


def _batched(texts: Iterable[str]) -> Iterator[list[str]]:
    items = iter(texts)
    while batch := list(islice(items, _TEXTS_BATCH)):
        yield batch


def _nothing_to_learn() -> ValueError:
    return ValueError(
        "The texts of Tokenizer.train hold nothing to learn from: they are empty, or min_frequency is too high."
    )
