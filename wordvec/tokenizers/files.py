"""Files of tokenizers: Hugging Face's tokenizer.json, and the roles of its special tokens in two files beside it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tokenizers

from wordvec._io.atomic import replace_when_whole
from wordvec._io.errors import UnreadableFileError
from wordvec._io.json_files import parse_json_object

SPECIAL_TOKENS = ("pad", "unk", "cls", "sep", "mask", "bos", "eos")

# The usual special tokens, for a tokenizer.json that is alone in its folder.
_USUAL_TOKENS = {
    "pad": ("[PAD]", "<pad>"),
    "unk": ("[UNK]", "<unk>"),
    "cls": ("[CLS]",),
    "sep": ("[SEP]",),
    "mask": ("[MASK]", "<mask>"),
    "bos": ("<s>", "<|endoftext|>"),
    "eos": ("</s>", "<|endoftext|>"),
}


def write_tokenizer(
    folder: Path,
    backend: tokenizers.Tokenizer,
    special_tokens: Mapping[str, str],
    max_length: int | None = None,
) -> None:
    """Write the three files that `transformers.AutoTokenizer` reads into `folder`, created if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    attributes = {f"{name}_token": token for name, token in special_tokens.items()}
    segments = ["token_type_ids"] if "cls" in special_tokens else []
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_input_names": ["input_ids", *segments, "attention_mask"],
        **({} if max_length is None else {"model_max_length": max_length}),
        **attributes,
    }
    for name, text in (
        ("tokenizer.json", backend.to_str(pretty=True)),
        ("tokenizer_config.json", json.dumps(config, indent=2, ensure_ascii=False)),
        ("special_tokens_map.json", json.dumps(attributes, indent=2, ensure_ascii=False)),
    ):
        with replace_when_whole(folder / name) as file:
            file.write(text.encode() + b"\n")


def read_tokenizer(path: str | os.PathLike[str]) -> tuple[tokenizers.Tokenizer, dict[str, str]]:
    """Read a folder or a tokenizer.json: the tokenizer and its special tokens.

    Raises
    ------
    FileNotFoundError
        If there is no tokenizer.json.
    ValueError
        If a file is damaged, or a special token is not in the vocabulary.
    """
    file = Path(path)
    if file.is_dir():
        file /= "tokenizer.json"
    if not file.is_file():
        raise FileNotFoundError(
            f"The tokenizer file {str(file)!r} does not exist. Pass a tokenizer.json, or a folder with one: "
            "Tokenizer.save and save_pretrained of transformers write it."
        )
    try:
        backend = tokenizers.Tokenizer.from_str(file.read_text(encoding="utf-8"))
    except Exception as error:  # the library raises nothing more precise
        raise ValueError(
            f"{str(file)!r} cannot be read as a tokenizer.json: {error}. Fetch or write it again."
        ) from error
    _check_template(parse_json_object(file.read_bytes()).get("post_processor"), file)
    # Others save their own limits, which would cut long texts in silence.
    backend.no_truncation()
    backend.no_padding()
    special_tokens = _read_special_tokens(file.parent)
    if not special_tokens:
        known = {token.content for token in backend.get_added_tokens_decoder().values()}
        for name, usual in _USUAL_TOKENS.items():
            if found := [token for token in usual if token in known]:
                special_tokens[name] = found[0]
    for name, token in special_tokens.items():
        if backend.token_to_id(token) is None:
            raise ValueError(
                f"The {name}_token {token!r} of {str(file.parent)!r} is not in the vocabulary of its tokenizer.json. "
                "The files belong to different tokenizers: fetch or write them again."
            )
    return backend, special_tokens


def _read_special_tokens(folder: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for file_name in ("special_tokens_map.json", "tokenizer_config.json"):
        file = folder / file_name
        if not file.is_file():
            continue
        try:
            entries = parse_json_object(file.read_bytes())
        except UnreadableFileError as error:
            raise ValueError(
                f"{str(file)!r} is not a JSON object ({error}). Fetch or write it again."
            ) from error
        tokens = {name: _content(entries.get(f"{name}_token")) for name in SPECIAL_TOKENS}
        found.update({name: token for name, token in tokens.items() if token is not None})
    return found


def _check_template(processor: Any, file: Path) -> None:
    """Raise ValueError if a template names a special token that it has no id for: the library would not survive it."""
    for part in processor.get("processors", [processor]) if isinstance(processor, dict) else []:
        pieces = [*part.get("single", []), *part.get("pair", [])]
        named = {piece["SpecialToken"]["id"] for piece in pieces if "SpecialToken" in piece}
        if missing := sorted(named - set(part.get("special_tokens", {}))):
            raise ValueError(
                f"{str(file)!r} cannot be read as a tokenizer.json: its template has no ids for {', '.join(missing)}. "
                "Fetch or write it again."
            )


def _content(entry: Any) -> str | None:
    """Return the token of an entry, which is a string or an object with more details."""
    token = entry.get("content") if isinstance(entry, dict) else entry
    # A lone surrogate is in no vocabulary.
    return token if isinstance(token, str) and not re.search("[\ud800-\udfff]", token) else None
