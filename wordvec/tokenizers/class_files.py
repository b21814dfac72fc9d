"""Tokenizers that `transformers` 5 builds from a vocabulary and tokenizer_config.json: BERT's and GPT-2's classes.

For these classes tokenizer.json provides only the vocabulary: lower-casing, accents, Han characters and special tokens
follow tokenizer_config.json, or the defaults of the class.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import tokenizers
from tokenizers import AddedToken, decoders, models, normalizers, pre_tokenizers, processors

from wordvec._io.errors import UnreadableFileError
from wordvec._io.json_files import parse_json_object
from wordvec._utils.assumptions import assume

_BERT_CLASSES = (
    "BertTokenizer",
    "DistilBertTokenizer",
    "ElectraTokenizer",
    "ConvBertTokenizer",
    "MobileBertTokenizer",
)
_GPT2_CLASSES = ("GPT2Tokenizer",)
_CLASS_OF_MODEL = {"bert": "bert", "distilbert": "bert", "electra": "bert", "gpt2": "gpt2"}
# What a class has where tokenizer_config.json names none.
_USUAL = {
    "bert": {"unk": "[UNK]", "sep": "[SEP]", "pad": "[PAD]", "cls": "[CLS]", "mask": "[MASK]"},
    "gpt2": {"unk": "<|endoftext|>", "bos": "<|endoftext|>", "eos": "<|endoftext|>"},
}


def class_of(folder: Path, settings: Mapping[str, Any]) -> str | None:
    """Return the family of the class that the folder names, "bert" or "gpt2"; None if it names another one or none."""
    config = read_json(folder / "config.json")
    named = settings.get("tokenizer_class") or config.get("tokenizer_class")
    if not isinstance(named, str):
        return _CLASS_OF_MODEL.get(str(config.get("model_type")))
    plain = named.removesuffix("Fast")
    return "bert" if plain in _BERT_CLASSES else "gpt2" if plain in _GPT2_CLASSES else None


def bert_tokenizer(
    vocabulary: dict[str, int], settings: Mapping[str, Any], special_tokens: Mapping[str, str]
) -> tokenizers.Tokenizer:
    """Return the WordPiece tokenizer that BertTokenizer makes of a vocabulary; special tokens are added afterwards."""
    backend = tokenizers.Tokenizer(models.WordPiece(vocabulary, unk_token=special_tokens["unk"]))
    backend.normalizer = normalizers.BertNormalizer(
        clean_text=True,
        handle_chinese_chars=_switch(settings, "tokenize_chinese_chars", True),
        strip_accents=_switch(settings, "strip_accents", None),
        lowercase=_switch(settings, "do_lower_case", True),
    )
    backend.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    backend.decoder = decoders.WordPiece("##")
    return backend


def gpt2_tokenizer(model: models.BPE, settings: Mapping[str, Any]) -> tokenizers.Tokenizer:
    """Return the byte-level tokenizer that GPT2Tokenizer makes of a vocabulary and its merges."""
    backend = tokenizers.Tokenizer(model)
    prefix = _switch(settings, "add_prefix_space", False)
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=prefix)
    backend.decoder = decoders.ByteLevel()
    return backend


def usual_tokens(family: str | None) -> dict[str, str]:
    """Return the special tokens of a class by name."""
    return dict(_USUAL.get(str(family), {}))


def rebuilt(
    file: Path, family: str, settings: Mapping[str, Any], special_tokens: Mapping[str, str]
) -> tokenizers.Tokenizer | None:
    """Return the tokenizer of a class with the vocabulary of a tokenizer.json; None if that is of another type."""
    state = read_json(file)
    model = state.get("model", {})
    if family == "bert" and model.get("type", "WordPiece") == "WordPiece":
        return bert_tokenizer(model["vocab"], settings, special_tokens)
    if family == "gpt2" and model.get("type") == "BPE":
        merges: list[Any] = [
            tuple(merge.split(" ")) if isinstance(merge, str) else tuple(merge) for merge in model["merges"]
        ]
        backend = gpt2_tokenizer(models.BPE(model["vocab"], merges), settings)
        if state.get("post_processor") is not None:
            backend.post_processor = tokenizers.Tokenizer.from_file(str(file)).post_processor
        return backend
    return None


def files_tokenizer(
    folder: Path, family: str | None, settings: Mapping[str, Any], special_tokens: Mapping[str, str]
) -> tokenizers.Tokenizer | None:
    """Return the tokenizer of a folder with the older files vocab.txt, or vocab.json and merges.txt; None without them.

    Raises
    ------
    ValueError
        If they cannot be read, or belong to an unsupported class.
    """
    words, pieces, merges = folder / "vocab.txt", folder / "vocab.json", folder / "merges.txt"
    named = settings.get("tokenizer_class")
    try:
        if words.is_file() and family == "bert":
            vocabulary = models.WordPiece.read_file(str(words))
            if "do_lower_case" not in settings:
                has_capitals = any(
                    token != token.lower() for token in vocabulary if token not in special_tokens.values()
                )
                but = ", although it has words with capitals" if has_capitals else ""
                assume(
                    f"{str(words)!r}: text is lower-cased, as BERT's tokenizer does unless told otherwise{but}"
                )
            return bert_tokenizer(vocabulary, settings, special_tokens)
        if pieces.is_file() and merges.is_file() and family == "gpt2":
            return gpt2_tokenizer(models.BPE(*models.BPE.read_file(str(pieces), str(merges))), settings)
    except Exception as error:  # the library raises nothing more precise
        raise ValueError(f"The vocabulary in {str(folder)!r} cannot be read: {error}.") from error
    if words.is_file() or pieces.is_file():
        raise ValueError(
            f"{str(folder)!r} holds the vocabulary of a {named or family}, and no tokenizer.json. In transformers, "
            "load it and call save_pretrained, which writes one."
        )
    return None


def add_tokens(
    backend: tokenizers.Tokenizer,
    folder: Path,
    settings: Mapping[str, Any],
    special_tokens: Mapping[str, str],
    is_rebuilt: bool,
) -> None:
    """Add the tokens that the files list in addition to the vocabulary, in their order."""
    there = {repr(token) for token in backend.get_added_tokens_decoder().values()}
    named = set(special_tokens.values())
    tokens = [token for token in _added(folder, settings, named, is_rebuilt) if repr(token) not in there]
    known = {token.content for token in (*backend.get_added_tokens_decoder().values(), *tokens)}
    extra = settings.get("extra_special_tokens") or settings.get("additional_special_tokens") or []
    listed = list(extra.values() if isinstance(extra, dict) else extra)
    for content in [*special_tokens.values(), *map(token_content, listed)]:
        # Named ones that the vocabulary lacks are told of: they would get ids that the model has no row for.
        is_told = content in named and backend.token_to_id(str(content)) is None
        if content is not None and content not in known and not is_told:
            tokens.append(AddedToken(content, special=True))
            known.add(content)
    for token in tokens:
        token.special = token.special or token.content in named
        (backend.add_special_tokens if token.special else backend.add_tokens)([token])


def surround(backend: tokenizers.Tokenizer, special_tokens: Mapping[str, str]) -> None:
    """Put the cls token before a text and the sep token after it and after the second of a pair."""
    cls, sep = special_tokens["cls"], special_tokens["sep"]
    ids = {token: backend.token_to_id(token) for token in (cls, sep)}
    backend.post_processor = processors.TemplateProcessing(
        single=[f"{cls}:0", "$A:0", f"{sep}:0"],
        pair=[f"{cls}:0", "$A:0", f"{sep}:0", "$B:1", f"{sep}:1"],
        special_tokens=list(ids.items()),
    )


def _added(
    folder: Path, settings: Mapping[str, Any], named: set[str], is_rebuilt: bool
) -> Iterator[AddedToken]:
    """Yield the tokens of added_tokens_decoder, or those of the older added_tokens.json and of tokenizer.json."""
    if isinstance(decoder := settings.get("added_tokens_decoder"), dict):
        for number in sorted(decoder, key=int):
            yield _token(decoder[number])
        return
    found: dict[int, AddedToken] = {}
    for content, number in read_json(folder / "added_tokens.json").items():
        is_special = content in named
        found[int(number)] = AddedToken(content, normalized=not is_special, special=is_special)
    if is_rebuilt:
        for entry in read_json(folder / "tokenizer.json").get("added_tokens", []):
            found[int(entry["id"])] = _token(entry)
    for number in sorted(found):
        yield found[number]


def _token(entry: Mapping[str, Any]) -> AddedToken:
    fields = ("single_word", "lstrip", "rstrip", "normalized", "special")
    return AddedToken(entry["content"], **{name: bool(entry[name]) for name in fields if name in entry})


def token_content(entry: Any) -> str | None:
    """Return the token of an entry, which is a string or an object with more details."""
    token = entry.get("content") if isinstance(entry, dict) else entry
    # A lone surrogate is in no vocabulary.
    return token if isinstance(token, str) and not re.search("[\ud800-\udfff]", token) else None


def _switch(settings: Mapping[str, Any], name: str, default: bool | None) -> Any:
    value = settings.get(name, default)
    if value is not None and not isinstance(value, bool) or value is None and default is not None:
        raise ValueError(f"tokenizer_config.json says {name} = {value!r}, which must be true or false.")
    return value


def read_json(file: Path) -> dict[str, Any]:
    """Return the JSON object in a file; an empty one if there is no file.

    Raises
    ------
    ValueError
        If it holds something else.
    """
    if not file.is_file():
        return {}
    try:
        return parse_json_object(file.read_bytes())
    except UnreadableFileError as error:
        raise ValueError(f"{str(file)!r} is not a JSON object ({error}). Fetch or write it again.") from error
