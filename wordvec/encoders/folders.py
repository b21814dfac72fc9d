"""Folders of static encoders: reading and writing the formats of model2vec and StaticEmbedding."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from wordvec._io.errors import UnreadableFileError
from wordvec._io.folders import replace_folder_when_written
from wordvec._io.json_files import parse_json, parse_json_object
from wordvec._io.tensors import Header, check_whole, read_header, read_tensor, write_tensors
from wordvec._utils.messages import listed
from wordvec._utils.validation import import_optional

if TYPE_CHECKING:
    import tokenizers

_DEFAULT_MAX_LENGTH = 512  # of model2vec


@dataclass(frozen=True)
class StaticFolder:
    """The content of a static encoder's folder.

    Attributes
    ----------
    tokenizer : tokenizers.Tokenizer
    vectors : float32 (n_rows, D)
    mapping : int32 (V,)
        The row of each token; -1 for ignored tokens.
    weights : float32 (V,)
        The weight of each token.
    normalize : bool
        Whether text vectors are normalised to length 1.
    max_length : int or None
        Maximum number of tokens of a text to use.
    max_chars : int or None
        Maximum number of characters of a text to use.
    """

    tokenizer: tokenizers.Tokenizer
    vectors: np.ndarray
    mapping: np.ndarray
    weights: np.ndarray
    normalize: bool
    max_length: int | None
    max_chars: int | None


def read_folder(folder: Path) -> StaticFolder:
    """Read the folder of a static encoder.

    Raises
    ------
    FileNotFoundError
        If a file is missing.
    ImportError
        If the library `tokenizers` is not installed.
    ValueError
        If a file is damaged, or files do not match.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f"There is no folder {str(folder)!r} to read a static encoder from.")
    modules = _modules(folder)
    place = folder / next((path for path, kind in modules if kind == "StaticEmbedding"), ".")
    if not (place / "model.safetensors").is_file() and (folder / "0_StaticEmbedding").is_dir():
        place = folder / "0_StaticEmbedding"
    for name in ("model.safetensors", "tokenizer.json"):
        if not (place / name).is_file():
            raise FileNotFoundError(
                f"{str(folder)!r} is not a folder of model2vec or StaticEmbedding: it holds no {name}."
            )
    tokenizer = _read_tokenizer(place / "tokenizer.json")
    tensors = _read_tensors(place / "model.safetensors")
    vectors = tensors.get("embeddings", tensors.get("embedding.weight"))
    if vectors is None or vectors.ndim != 2 or 0 in vectors.shape:
        found = listed([f"{name} {array.shape}" for name, array in tensors.items()]) or "nothing"
        raise _bad(place / "model.safetensors", f"it holds {found}, and no table of embeddings")
    if not np.isfinite(vectors).all():
        raise _bad(place / "model.safetensors", "its embeddings hold NaN or infinity")
    n_ids = max(tokenizer.get_vocab().values(), default=-1) + 1
    mapping = _of_tokens(tensors.get("mapping"), np.arange(n_ids), n_ids, place, "mapping").astype(np.int32)
    weights = _of_tokens(tensors.get("weights"), np.ones(n_ids), n_ids, place, "weights").astype(np.float32)
    if len(mapping) and not 0 <= mapping.min() <= mapping.max() < len(vectors):
        raise _bad(place, f"the tokenizer has ids up to {int(mapping.max())}, the table {len(vectors)} rows")
    normalize = any(kind == "Normalize" for _, kind in modules)
    max_length = max_chars = None
    if "embeddings" in tensors:
        config = _read_json(folder / "config.json", {})
        normalize = bool(config.get("normalize", False))
        max_length = config.get("max_length", _DEFAULT_MAX_LENGTH)
        if max_length is not None and (type(max_length) is not int or max_length < 1):
            raise _bad(folder / "config.json", f"max_length is {max_length!r}, which is not a number above 0")
        if max_length is not None:
            # model2vec cuts texts before it looks for tokens, too.
            max_chars = max_length * int(np.median([len(token) for token in tokenizer.get_vocab()]))
        unknown = _unknown_id(tokenizer)
        if unknown is not None:
            mapping[unknown] = -1
    return StaticFolder(tokenizer, vectors, mapping, weights, normalize, max_length, max_chars)


def write_folder(folder: Path, model: StaticFolder) -> None:
    """Write a folder that `read_folder` reads: StaticEmbedding's format if unknown tokens count, else model2vec's.

    sentence-transformers reads both formats if there are neither weights nor a mapping, which it does not support.
    StaticEmbedding has no length limit.

    Raises
    ------
    OSError
        If a file cannot be written.
    """
    n_ids = len(model.mapping)
    unknown = _unknown_id(model.tokenizer)
    # A row stands for the token that does not count, because readers look for one.
    mapping = np.maximum(model.mapping, 0)
    is_own = mapping == np.arange(n_ids)
    if unknown is not None and model.mapping[unknown] < 0:
        is_own[unknown] = True
    has_mapping, has_weights = not is_own.all(), bool((model.weights != 1).any())
    is_model2vec = unknown is None or model.mapping[unknown] < 0 or has_mapping or has_weights
    tensors = {"embeddings" if is_model2vec else "embedding.weight": model.vectors}
    if has_mapping:
        tensors["mapping"] = mapping
    if has_weights:
        tensors["weights"] = model.weights
    modules = [_module(0, ".", "StaticEmbedding")]
    if model.normalize:
        modules.append(_module(1, "1_Normalize", "Normalize"))
    config = {
        "model_type": "model2vec",
        "architectures": ["StaticModel"],
        "normalize": model.normalize,
        "max_length": model.max_length,
        "embedding_dtype": "float32",
    }
    files: dict[str, Any] = {"config.json": config} if is_model2vec else {}
    if not has_mapping and not has_weights:
        files["modules.json"] = modules
    with replace_folder_when_written(folder) as place:
        with (place / "model.safetensors").open("wb") as file:
            write_tensors(file, tensors, {"format": "np"})
        model.tokenizer.save(str(place / "tokenizer.json"))
        for name, content in files.items():
            (place / name).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def _module(number: int, path: str, kind: str) -> dict[str, Any]:
    return {"idx": number, "name": str(number), "path": path, "type": f"sentence_transformers.models.{kind}"}


def _modules(folder: Path) -> list[tuple[str, str]]:
    """Return the path and the type of each module of sentence-transformers."""
    modules = _read_json(folder / "modules.json", [])
    if not isinstance(modules, list):
        raise _bad(folder / "modules.json", "it is not a list")
    try:
        return [(each["path"], each["type"].rpartition(".")[2]) for each in modules]
    except (KeyError, TypeError, AttributeError) as error:
        raise _bad(folder / "modules.json", "a module has no path or type") from error


def _read_json(path: Path, default: Any) -> Any:
    if not path.is_file():
        return default
    try:
        found = parse_json(path.read_bytes())
    except ValueError as error:
        raise _bad(path, f"it is not JSON ({error})") from error
    if type(found) is not type(default):
        raise _bad(path, f"it holds a {type(found).__name__}")
    return found


def _read_tokenizer(path: Path) -> tokenizers.Tokenizer:
    library = import_optional("tokenizers", pip="wordvec[transformer]", purpose="A static encoder")
    try:
        tokenizer = library.Tokenizer.from_str(path.read_text(encoding="utf-8"))
    except Exception as error:  # the library raises bare ones
        raise _bad(path, str(error)) from error
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def _read_tensors(path: Path) -> dict[str, np.ndarray]:
    with path.open("rb") as file:
        try:
            header: Header = read_header(file)
            check_whole(header, path.stat().st_size)
            return {
                name: _as_floats(read_tensor(file, entry), entry.dtype)
                for name, entry in header.entries.items()
            }
        except UnreadableFileError as error:
            raise _bad(path, str(error)) from error


def _as_floats(array: np.ndarray, dtype: str) -> np.ndarray:
    """Return tables as float32, and one-dimensional integer arrays as they are."""
    if dtype == "BF16":
        return (array.astype(np.uint32) << 16).view(np.float32)
    return array if array.ndim == 1 and array.dtype.kind in "iu" else array.astype(np.float32)


def _of_tokens(
    found: np.ndarray | None, default: np.ndarray, n_ids: int, place: Path, name: str
) -> np.ndarray:
    if found is None:
        return default
    if found.shape != (n_ids,):
        raise _bad(place / "model.safetensors", f"{name} has shape {found.shape}, the tokenizer {n_ids} ids")
    return found


def _unknown_id(tokenizer: tokenizers.Tokenizer) -> int | None:
    """Return the id of the unknown token, which model2vec ignores."""
    model = parse_json_object(tokenizer.to_str())["model"]
    if model.get("unk_token") is not None:
        return tokenizer.token_to_id(model["unk_token"])
    return model.get("unk_id")


def _bad(path: Path, finding: str) -> ValueError:
    return ValueError(f"{str(path)!r} cannot be used: {finding.rstrip('.')}. Fetch or write it again.")
