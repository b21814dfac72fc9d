"""Loading of models from folders with config.json and model.safetensors: ours, BERT's and GPT-2's of Hugging Face."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Set
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open

from wordvec._io.archive import Archive
from wordvec._io.errors import UnreadableFileError
from wordvec._io.kinds import PRETRAINED
from wordvec._utils.messages import listed
from wordvec._utils.validation import check_choice, check_int, check_path
from wordvec.transformer.models.base import TransformerModel
from wordvec.transformer.models.config import TransformerConfig
from wordvec.transformer.models.heads import QuestionAnswerer, SequenceClassifier, TokenClassifier
from wordvec.transformer.models.pretrained.names import (
    BERT_HEADS,
    CONFIG_FILE,
    FORMAT_VERSION,
    GPT2_HEADS,
    PROBLEM_TYPES,
    WEIGHTS_FILE,
    Stored,
    stored_weights,
)
from wordvec.transformer.models.pretrained.settings import bert_config, gpt2_config
from wordvec.transformer.models.pretraining_heads import MaskedLM, NextSentence, PreTraining
from wordvec.transformer.models.transformers import DecoderModel, EncoderDecoderModel, EncoderModel

__all__ = ["from_pretrained"]

_BODIES = {"encoder": EncoderModel, "decoder": DecoderModel, "encoder-decoder": EncoderDecoderModel}
_HEADS = (MaskedLM, PreTraining, NextSentence, SequenceClassifier, TokenClassifier, QuestionAnswerer)
_HEADED: dict[str, Any] = {
    architecture: head for head in _HEADS for architecture in head.architectures.values()
}
_BY_NAME: dict[str, Any] = {kind.__name__: kind for kind in (*_BODIES.values(), *_HEADS)}
_OF_BODY = re.compile(r"(bert\.|transformer\.)?(embeddings|encoder|h|wte|wpe|ln_f)\.")


def from_pretrained(folder: str | os.PathLike[str]) -> TransformerModel:
    """Return the model in a folder, with the head that its `architectures` names, in evaluation mode.

    Parameters
    ----------
    folder : path
        With config.json and model.safetensors, as `save_pretrained` of ours and of `transformers` write them for
        BERT and GPT-2. Weights of any float type are read as float32.

    Returns
    -------
    TransformerModel
        An EncoderModel, DecoderModel or EncoderDecoderModel, or one of `wordvec.transformer.models.heads` whose `body`
        is one of them.

    Raises
    ------
    FileNotFoundError
        If the folder or one of the two files does not exist.
    ValueError
        If they are damaged, of another kind or of a newer version, or if tensors are missing or of the wrong
        shape: the message names them.
    """
    path = check_path("folder", folder, "from_pretrained")
    values = _read_config(path)
    try:
        stored = _stored_names(path)
        architecture = _architecture(values, stored)
        model = _build(architecture, values, stored)
        wanted = stored_weights(model, architecture)
        _load(model, wanted, path / WEIGHTS_FILE)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{str(path)!r} cannot be loaded: {error}") from error
    return model.eval()


def _architecture(values: Mapping[str, Any], stored: frozenset[str]) -> str:
    named = values.get("architectures") or []
    kind = values.get("model_type")
    architecture = str(named[0]) if isinstance(named, list) and named else _named_by_tensors(kind, stored)
    if kind == "wordvec":
        if check_int("wordvec_format", values.get("wordvec_format", 0), "config.json", 0) > FORMAT_VERSION:
            raise ValueError("it was written by a newer version of wordvec. Update it.")
        known = list(_BY_NAME)
    else:
        known = [*BERT_HEADS, *GPT2_HEADS]
    if architecture not in known:
        raise ValueError(
            f"config.json names the architecture {architecture!r}. wordvec loads {', '.join(known)}."
        )
    return architecture


def _named_by_tensors(kind: Any, stored: frozenset[str]) -> str:
    """Return the architecture whose head is in the file; the body if none is, or several have such a head."""
    body, table = {"bert": ("BertModel", BERT_HEADS), "gpt2": ("GPT2Model", GPT2_HEADS)}.get(
        str(kind), ("none", {})
    )
    if kind == "gpt2" and "lm_head.weight" in stored:
        return "GPT2LMHeadModel"
    parts = {part for head in table.values() for part in head.values()}
    there = {part for part in parts if any(name.startswith(f"{part}.") for name in stored)}
    found = [architecture for architecture, head in table.items() if there and set(head.values()) == there]
    return found[0] if len(found) == 1 else body


def _build(architecture: str, values: Mapping[str, Any], stored: frozenset[str]) -> TransformerModel:
    """Return a model of the sizes and with the head that a checkpoint has, with weights yet to be loaded."""
    if values.get("model_type") == "wordvec":
        if not isinstance(values.get("config"), dict):
            raise ValueError("config.json has no JSON object 'config'.")
        config = TransformerConfig.from_dict(values["config"])
        kind = _BY_NAME[architecture]
    elif architecture in BERT_HEADS:
        config = bert_config(values)
        has_pooler = any(name.endswith("pooler.dense.weight") for name in stored)
        needs_pooler = architecture in ("BertForPreTraining", "BertForNextSentencePrediction")
        config = TransformerConfig.from_dict(
            config.to_dict()
            | {"pooler": has_pooler or needs_pooler or architecture.endswith("SequenceClassification")}
        )
        kind = _HEADED.get(architecture, EncoderModel)
    else:
        # Only a language model has an output layer that could be one of its own.
        is_lm = architecture == "GPT2LMHeadModel"
        config = gpt2_config(values if is_lm else {**values, "tie_word_embeddings": True})
        kind = _HEADED.get(architecture, DecoderModel)
    if kind is EncoderDecoderModel:
        return EncoderDecoderModel(config, label_smoothing=values.get("label_smoothing", 0.1))
    if kind in _BODIES.values():
        return kind(config)
    body = _BODIES[config.kind](config)
    if kind is SequenceClassifier or kind is TokenClassifier:
        return _classifier(kind, body, values)
    return kind(body)


def _classifier(kind: Any, body: TransformerModel, values: Mapping[str, Any]) -> TransformerModel:
    n_labels = check_int("num_labels", values.get("num_labels", 2), "config.json", 1)
    labels = values.get("id2label") or {str(number): f"LABEL_{number}" for number in range(n_labels)}
    if not isinstance(labels, dict) or sorted(labels) != sorted(map(str, range(len(labels)))):
        raise ValueError(f"config.json must number the labels of id2label from 0 on. It says {labels!r:.60}.")
    options: dict[str, Any] = {}
    if kind is SequenceClassifier:
        known = {theirs: ours for ours, theirs in PROBLEM_TYPES.items()}
        problem = values.get("problem_type") or PROBLEM_TYPES["single"]
        options["problem"] = known[check_choice("problem_type", problem, "config.json", tuple(known))]
    elif values.get("crf"):
        options["crf"] = True
    classifier = kind(body, len(labels), **options)
    classifier.label_names = tuple(str(labels[key]) for key in sorted(labels, key=int))
    result: TransformerModel = classifier
    return result


def _read_config(path: Path) -> dict[str, Any]:
    for part in (path, path / CONFIG_FILE, path / WEIGHTS_FILE):
        if not (part.is_file() or part == path and part.is_dir()):
            advice = f"A model is a folder with {CONFIG_FILE} and {WEIGHTS_FILE}."
            if part.name == WEIGHTS_FILE and (path / "pytorch_model.bin").exists():
                advice = (
                    "pytorch_model.bin is a pickle, which could run any code. In transformers, load it and call "
                    "save_pretrained: it writes model.safetensors."
                )
            if (path / f"{WEIGHTS_FILE}.index.json").exists():
                advice = (
                    "Its weights are in several files. In transformers, load it and call "
                    'save_pretrained(folder, max_shard_size="100GB"), which writes one.'
                )
            raise FileNotFoundError(f"{str(part)!r} does not exist. {advice}")
    try:
        values = json.loads((path / CONFIG_FILE).read_bytes())
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{str(path / CONFIG_FILE)!r} is not JSON: {error}.") from error
    if not isinstance(values, dict):
        raise ValueError(f"{str(path / CONFIG_FILE)!r} must hold a JSON object.")
    return values


def _stored_names(path: Path) -> frozenset[str]:
    """Return the names of the tensors; the checksums of our own files are checked."""
    try:
        with (path / WEIGHTS_FILE).open("rb") as raw:
            Archive(raw, PRETRAINED).verify()
        with safe_open(path / WEIGHTS_FILE, framework="pt") as file:
            return frozenset(file.keys())
    except (UnreadableFileError, SafetensorError, OSError) as error:
        raise ValueError(f"{WEIGHTS_FILE} is cut off or damaged ({error}).") from error


def _load(model: TransformerModel, wanted: Mapping[str, Stored], path: Path) -> None:
    weights = model.state_dict()
    with safe_open(path, framework="pt") as file:
        aliases = _aliases(file.keys(), wanted)
        missing = [name for stored in wanted.values() for name in stored.names if name not in aliases]
        if missing:
            raise ValueError(f"{WEIGHTS_FILE} lacks {listed(missing, separator='; ')}.")
        if unread := _unread(
            file.keys(), {aliases[name] for stored in wanted.values() for name in stored.names}
        ):
            raise ValueError(
                f"{WEIGHTS_FILE} has what config.json has no place for: {listed(unread, separator='; ')}."
            )
        wrong = []
        for ours, stored in wanted.items():
            parts = [file.get_tensor(aliases[name]) for name in stored.names]
            shapes = ", ".join(str(tuple(part.shape)) for part in parts)
            if any(not part.is_floating_point() for part in parts):
                wrong.append(f"{' + '.join(stored.names)} holds {parts[0].dtype}, and weights are floats")
                continue
            if len({part.shape for part in parts}) == 1 and parts[0].dim():
                joined = torch.cat([part.to(torch.float32) for part in parts])
                joined = joined.t() if stored.is_transposed else joined
                if joined.shape == weights[ours].shape:
                    weights[ours].copy_(joined)
                    continue
            wrong.append(f"{' + '.join(stored.names)} has shape {shapes}, not that of config.json "
                         f"({tuple(weights[ours].shape)} in all)")  # fmt: skip
        if wrong:
            raise ValueError(f"{WEIGHTS_FILE} does not fit config.json: {listed(wrong, separator='; ')}.")


def _aliases(stored: Any, wanted: Mapping[str, Stored]) -> dict[str, str]:
    """Return the names in the file by the names looked up: older files leave out prefixes, or have gamma."""
    found: dict[str, str] = {}
    for name in stored:
        plain = name.replace(".gamma", ".weight").replace(".beta", ".bias")
        for prefix in ("", "bert.", "transformer."):
            found.setdefault(prefix + plain, name)
            found.setdefault(plain.removeprefix(prefix), name)
    return found


def _unread(stored: Any, read: Set[str]) -> list[str]:
    """Return the names of a body's tensors that were not read: of more layers, of segments; but for buffers."""
    buffers = ("position_ids", ".attn.bias", ".attn.masked_bias")
    return [
        name for name in stored if name not in read and _OF_BODY.match(name) and not name.endswith(buffers)
    ]
