"""Models to disk and back: BERT and GPT-2 in Hugging Face's layout, others in the same two files.

A folder holds config.json and model.safetensors. Models that `transformers` has are written under its names, so
that it loads them; what it has not (rotary positions, encoder-decoders, CRF heads) is marked
`"model_type": "wordvec"`.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Set
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from wordvec._io.atomic import replace_when_whole
from wordvec._utils.validation import check_choice, check_int, check_parent_folder, check_path
from wordvec.transformer.models import heads, pretraining_heads as pretraining
from wordvec.transformer.models.base import TransformerModel
from wordvec.transformer.models.config import TransformerConfig
from wordvec.transformer.models.pretrained import names
from wordvec.transformer.models.transformers import DecoderModel, EncoderDecoderModel, EncoderModel

__all__ = ["from_pretrained", "save_pretrained"]

FORMAT_VERSION = 1
_CONFIG, _WEIGHTS = "config.json", "model.safetensors"
_HEADED = {
    "BertForMaskedLM": pretraining.MaskedLM,
    "BertForPreTraining": pretraining.PreTraining,
    "BertForNextSentencePrediction": pretraining.NextSentence,
    "BertForSequenceClassification": heads.SequenceClassifier,
    "BertForTokenClassification": heads.TokenClassifier,
    "BertForQuestionAnswering": heads.QuestionAnswerer,
    "GPT2ForSequenceClassification": heads.SequenceClassifier,
    "GPT2ForTokenClassification": heads.TokenClassifier,
}
_PROBLEMS = {
    "single": "single_label_classification",
    "multi": "multi_label_classification",
    "regression": "regression",
}
_BODIES = {"encoder": EncoderModel, "decoder": DecoderModel, "encoder-decoder": EncoderDecoderModel}
_BODY = "body."
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
        wanted = _stored(model, architecture)
        _load(model, wanted, path / _WEIGHTS)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{str(path)!r} cannot be loaded: {error}") from error
    return model.eval()


def save_pretrained(model: TransformerModel, folder: str | os.PathLike[str]) -> None:
    """Write a model to a folder: config.json and model.safetensors, each whole or not at all.

    Parameters
    ----------
    model : TransformerModel
    folder : path
        Made if it does not exist; its parent must.

    Raises
    ------
    FileNotFoundError
        If the parent folder does not exist.
    OSError
        If the folder cannot be written.
    """
    path = check_path("folder", folder, "save_pretrained")
    check_parent_folder(path)
    if path.exists() and not path.is_dir():
        raise NotADirectoryError(f"{str(path)!r} is a file. A model is a folder: choose another name.")
    path.mkdir(exist_ok=True)
    architecture, values = _describe(model)
    weights = model.state_dict()
    tensors: dict[str, Tensor] = {}
    for name, stored in _stored(model, architecture).items():
        weight = weights[name].detach().cpu()
        parts = (weight.t() if stored.is_transposed else weight).chunk(len(stored.names), dim=0)
        for foreign, part in zip(stored.names, parts, strict=True):
            tensors[foreign] = part.contiguous()
    with replace_when_whole(path / _WEIGHTS) as file:
        file.write(save(tensors, metadata={"format": "pt"}))
    with replace_when_whole(path / _CONFIG) as file:
        file.write(json.dumps({"architectures": [architecture]} | values, indent=2).encode() + b"\n")


def _describe(model: TransformerModel) -> tuple[str, dict[str, Any]]:
    """Return the architecture that a model is written as, and its settings."""
    body = model.body if isinstance(model, heads.HeadedModel) else model
    config = body.config
    foreign = names.to_bert(config) if isinstance(body, EncoderModel) else None
    foreign = names.to_gpt2(config) if isinstance(body, DecoderModel) else foreign
    values = foreign if foreign is not None else {"model_type": "wordvec", "config": config.to_dict()}
    values = values | _head_settings(model)
    prefix = "Bert" if isinstance(body, EncoderModel) else "GPT2"
    for architecture, kind in _HEADED.items():
        if (
            type(model) is kind
            and architecture.startswith(prefix)
            and foreign is not None
            and "crf" not in values
        ):
            return architecture, values
    if foreign is not None and model is body:
        return ("BertModel" if prefix == "Bert" else "GPT2LMHeadModel"), values
    own = {"model_type": "wordvec", "wordvec_format": FORMAT_VERSION, "config": config.to_dict()}
    return type(model).__name__, own | _head_settings(model)


def _head_settings(model: TransformerModel) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if isinstance(model, heads.SequenceClassifier):
        values["problem_type"] = _PROBLEMS[model.problem]
    if isinstance(model, heads.SequenceClassifier | heads.TokenClassifier):
        labels = model.label_names or tuple(f"LABEL_{i}" for i in range(model.n_labels))
        values["id2label"] = {str(i): label for i, label in enumerate(labels)}
        values["label2id"] = {label: i for i, label in enumerate(labels)}
    if isinstance(model, heads.TokenClassifier) and model.crf is not None:
        values["crf"] = True
    if isinstance(model, EncoderDecoderModel):
        values["label_smoothing"] = model.label_smoothing
    return values


def _architecture(values: Mapping[str, Any], stored: frozenset[str]) -> str:
    named = values.get("architectures") or []
    kind = values.get("model_type")
    architecture = str(named[0]) if isinstance(named, list) and named else _named_by_tensors(kind, stored)
    if kind == "wordvec":
        if check_int("wordvec_format", values.get("wordvec_format", 0), "config.json", 0) > FORMAT_VERSION:
            raise ValueError("it was written by a newer version of wordvec. Update it.")
        known = [*(kind.__name__ for kind in _BODIES.values()), *(kind.__name__ for kind in _HEADED.values())]
    else:
        known = [*names.BERT_HEADS, *names.GPT2_HEADS]
    if architecture not in known:
        raise ValueError(
            f"config.json names the architecture {architecture!r}. wordvec loads {', '.join(dict.fromkeys(known))}."
        )
    return architecture


def _named_by_tensors(kind: Any, stored: frozenset[str]) -> str:
    """Return the architecture whose head is in the file; the body if none is, or several have such a head."""
    body, table = {"bert": ("BertModel", names.BERT_HEADS), "gpt2": ("GPT2Model", names.GPT2_HEADS)}.get(
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
        by_name = {kind.__name__: kind for kind in (*_HEADED.values(), *_BODIES.values())}
        kind = by_name[architecture]
    elif architecture in names.BERT_HEADS:
        config = names.bert_config(values)
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
        config = names.gpt2_config(values if is_lm else {**values, "tie_word_embeddings": True})
        kind = _HEADED.get(architecture, DecoderModel)
    if kind is EncoderDecoderModel:
        return EncoderDecoderModel(config, label_smoothing=values.get("label_smoothing", 0.1))
    if kind in _BODIES.values():
        return kind(config)
    body = _BODIES[config.kind](config)
    if kind is heads.SequenceClassifier or kind is heads.TokenClassifier:
        return _classifier(kind, body, values)
    return kind(body)


def _classifier(kind: Any, body: TransformerModel, values: Mapping[str, Any]) -> TransformerModel:
    n_labels = check_int("num_labels", values.get("num_labels", 2), "config.json", 1)
    labels = values.get("id2label") or {str(number): f"LABEL_{number}" for number in range(n_labels)}
    if not isinstance(labels, dict) or sorted(labels) != sorted(map(str, range(len(labels)))):
        raise ValueError(f"config.json must number the labels of id2label from 0 on. It says {labels!r:.60}.")
    options: dict[str, Any] = {}
    if kind is heads.SequenceClassifier:
        known = {theirs: ours for ours, theirs in _PROBLEMS.items()}
        problem = values.get("problem_type") or _PROBLEMS["single"]
        options["problem"] = known[check_choice("problem_type", problem, "config.json", tuple(known))]
    elif values.get("crf"):
        options["crf"] = True
    classifier = kind(body, len(labels), **options)
    classifier.label_names = tuple(str(labels[key]) for key in sorted(labels, key=int))
    result: TransformerModel = classifier
    return result


def _stored(model: TransformerModel, architecture: str) -> dict[str, names.Stored]:
    """Return where each weight of a model is, or is to be, in model.safetensors."""
    ours = list(model.state_dict())
    is_bert, is_gpt2 = architecture in names.BERT_HEADS, architecture in names.GPT2_HEADS
    if not (is_bert or is_gpt2):
        return _own_names(model)
    body = names.bert_names(model.config) if is_bert else names.gpt2_names(model.config)
    head = (names.BERT_HEADS if is_bert else names.GPT2_HEADS)[architecture]
    is_headed = isinstance(model, heads.HeadedModel)
    prefix = "bert." if is_bert else "transformer."
    if architecture in ("BertModel", "GPT2Model"):
        prefix = ""
    found = {}
    for name in ours:
        inner = name.removeprefix(_BODY) if is_headed else name
        if inner in body:
            stored = body[inner]
            found[name] = names.Stored(tuple(prefix + other for other in stored.names), stored.is_transposed)
        elif name == "head.weight":
            found[name] = names.Stored(("lm_head.weight",))
        else:
            part, _, rest = name.partition(".")
            found[name] = names.Stored((f"{head[part]}.{_HEAD_PARTS.get(rest, rest)}",))
    return found


_HEAD_PARTS = {
    "transform.weight": "transform.dense.weight",
    "transform.bias": "transform.dense.bias",
    "norm.weight": "transform.LayerNorm.weight",
    "norm.bias": "transform.LayerNorm.bias",
    "output.weight": "decoder.weight",
}


def _own_names(model: TransformerModel) -> dict[str, names.Stored]:
    """Return the names of a model that `transformers` has not: its own, each shared weight once."""
    found: dict[str, names.Stored] = {}
    seen: set[int] = set()
    for name, weight in model.state_dict().items():
        if weight.data_ptr() not in seen:
            seen.add(weight.data_ptr())
            found[name] = names.Stored((name,))
    return found


def _read_config(path: Path) -> dict[str, Any]:
    for part in (path, path / _CONFIG, path / _WEIGHTS):
        if not (part.is_file() or part == path and part.is_dir()):
            advice = f"A model is a folder with {_CONFIG} and {_WEIGHTS}."
            if part.name == _WEIGHTS and (path / "pytorch_model.bin").exists():
                advice = (
                    "pytorch_model.bin is a pickle, which could run any code. In transformers, load it and call "
                    "save_pretrained: it writes model.safetensors."
                )
            if (path / f"{_WEIGHTS}.index.json").exists():
                advice = (
                    "Its weights are in several files. In transformers, load it and call "
                    'save_pretrained(folder, max_shard_size="100GB"), which writes one.'
                )
            raise FileNotFoundError(f"{str(part)!r} does not exist. {advice}")
    try:
        values = json.loads((path / _CONFIG).read_bytes())
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{str(path / _CONFIG)!r} is not JSON: {error}.") from error
    if not isinstance(values, dict):
        raise ValueError(f"{str(path / _CONFIG)!r} must hold a JSON object.")
    return values


def _stored_names(path: Path) -> frozenset[str]:
    try:
        with safe_open(path / _WEIGHTS, framework="pt") as file:
            return frozenset(file.keys())
    except (SafetensorError, OSError) as error:
        raise ValueError(f"{_WEIGHTS} is cut off or damaged ({error}).") from error


def _load(model: TransformerModel, wanted: Mapping[str, names.Stored], path: Path) -> None:
    weights = model.state_dict()
    with safe_open(path, framework="pt") as file:
        aliases = _aliases(file.keys(), wanted)
        missing = [name for stored in wanted.values() for name in stored.names if name not in aliases]
        if missing:
            raise ValueError(f"{_WEIGHTS} lacks {_listed(missing)}.")
        if unread := _unread(
            file.keys(), {aliases[name] for stored in wanted.values() for name in stored.names}
        ):
            raise ValueError(f"{_WEIGHTS} has what config.json has no place for: {_listed(unread)}.")
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
            raise ValueError(f"{_WEIGHTS} does not fit config.json: {_listed(wrong)}.")


def _aliases(stored: Any, wanted: Mapping[str, names.Stored]) -> dict[str, str]:
    """Return the names in the file by the names that we look for: older files leave out prefixes, or have gamma."""
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


def _listed(items: list[str], most: int = 5) -> str:
    rest = f" and {len(items) - most} more" if len(items) > most else ""
    return "; ".join(items[:most]) + rest
