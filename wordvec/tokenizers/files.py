"""Files of tokenizers: Hugging Face's tokenizer.json, and two more files with the roles of its special tokens."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tokenizers

from wordvec._io.atomic import replace_when_whole
from wordvec._io.json_files import parse_json_object
from wordvec.tokenizers.class_files import (
    add_tokens,
    class_of,
    files_tokenizer,
    read_json,
    rebuilt,
    surround,
    token_content,
    usual_tokens,
)

SPECIAL_TOKENS = ("pad", "unk", "cls", "sep", "mask", "bos", "eos")

# Ids that a vocabulary may leave out.
_SPARE_IDS = 1 << 20

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
    """Write the three files that `transformers.AutoTokenizer` reads into an existing folder."""
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
    """Read a folder or a tokenizer.json: the tokenizer and its special tokens, as `transformers` 5 reads the folder.

    Raises
    ------
    FileNotFoundError
        If there is neither a tokenizer.json nor a vocabulary.
    ValueError
        If a file is damaged, or a special token is not in the vocabulary.
    """
    file = Path(path)
    if file.is_dir():
        file /= "tokenizer.json"
    folder = file.parent
    settings = read_json(folder / "tokenizer_config.json")
    # A tokenizer.json that is alone says everything itself.
    says_all = file.is_file() and not (folder / "tokenizer_config.json").is_file()
    family = None if says_all else class_of(folder, settings)
    if family is None and not file.is_file() and "tokenizer_class" not in settings:
        family = (
            "bert"
            if (folder / "vocab.txt").is_file()
            else "gpt2"
            if (folder / "merges.txt").is_file()
            else None
        )
    special_tokens = usual_tokens(family) | _read_special_tokens(folder)
    try:
        backend, is_rebuilt = _read_backend(file, family, settings, special_tokens)
        if not special_tokens:
            known = {token.content for token in backend.get_added_tokens_decoder().values()}
            for name, usual in _USUAL_TOKENS.items():
                if found := [token for token in usual if token in known]:
                    special_tokens[name] = found[0]
        add_tokens(backend, folder, settings, special_tokens, is_rebuilt)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f"The files of the tokenizer in {str(folder)!r} do not match ({error!r}). Fetch or write them again."
        ) from error
    n_tokens, last = backend.get_vocab_size(), max(backend.get_vocab().values(), default=0)
    # Tables have a row for each id.
    if last > 2 * n_tokens + _SPARE_IDS:
        raise ValueError(
            f"The tokenizer in {str(folder)!r} has {n_tokens:,} tokens, and gives one of them the id {last}. "
            "Its vocabulary is damaged: fetch or write it again."
        )
    for name, token in special_tokens.items():
        if backend.token_to_id(token) is None:
            raise ValueError(
                f"The {name}_token {token!r} of {str(folder)!r} is not in the vocabulary of its tokenizer. "
                "The files belong to different tokenizers: fetch or write them again."
            )
    if is_rebuilt and family == "bert":
        surround(backend, special_tokens)
    return backend, special_tokens


def _read_backend(
    file: Path, family: str | None, settings: Mapping[str, Any], special_tokens: dict[str, str]
) -> tuple[tokenizers.Tokenizer, bool]:
    """Return the tokenizer, and whether it was built by the rules of its class rather than read as it is."""
    folder = file.parent
    if not file.is_file():
        made = files_tokenizer(folder, family, settings, special_tokens)
        if made is None:
            raise FileNotFoundError(
                f"The tokenizer file {str(file)!r} does not exist. Pass a tokenizer.json, or a folder with one or with "
                "vocab.txt: Tokenizer.save and save_pretrained of transformers write it."
            )
        return made, True
    try:
        processor = parse_json_object(file.read_bytes()).get("post_processor")
        _check_template(processor)
        if family is not None and (made := rebuilt(file, family, settings, special_tokens)) is not None:
            return made, True
        backend = tokenizers.Tokenizer.from_str(file.read_text(encoding="utf-8"))
        _check_template(processor, max(backend.get_vocab().values(), default=0))
    except OSError:  # it may not be read, which does not make it a bad file
        raise
    except Exception as error:  # the library raises nothing more precise
        raise ValueError(
            f"{str(file)!r} cannot be read as a tokenizer.json: {error}. Fetch or write it again."
        ) from error
    # Others save their own limits, which would cut long texts in silence.
    backend.no_truncation()
    backend.no_padding()
    return backend, False


def _read_special_tokens(folder: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for file_name in ("special_tokens_map.json", "tokenizer_config.json"):
        entries = read_json(folder / file_name)
        tokens = {name: token_content(entries.get(f"{name}_token")) for name in SPECIAL_TOKENS}
        found.update({name: token for name, token in tokens.items() if token is not None})
    return found


def _check_template(processor: Any, last: int | None = None) -> None:
    """Raise ValueError if a template names a special token without an id, or gives one an id beyond `last`.

    The former would crash the library.
    """
    for part in processor.get("processors", [processor]) if isinstance(processor, dict) else []:
        pieces = [*part.get("single", []), *part.get("pair", [])]
        named = {piece["SpecialToken"]["id"] for piece in pieces if "SpecialToken" in piece}
        if missing := sorted(named - set(part.get("special_tokens", {}))):
            raise ValueError(f"its template has no ids for {', '.join(missing)}")
        ids = [number for token in part.get("special_tokens", {}).values() for number in token["ids"]]
        if last is not None and max(ids, default=0) > last:
            raise ValueError(f"its template has the id {max(ids)}, and its vocabulary ends with {last}")
