"""Models to disk and back: BERT and GPT-2 in Hugging Face's layout, others in the same two files.

A folder holds config.json and model.safetensors. Models that `transformers` has are written under its names, so
that it loads them; what it has not (rotary positions, encoder-decoders, CRF heads) is marked
`"model_type": "wordvec"`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from wordvec._atomic import replace_when_whole
from wordvec._validation import check_parent_folder
from wordvec.transformer import exchange_names as names
from wordvec.transformer import heads
from wordvec.transformer import pretraining_heads as pretraining
from wordvec.transformer.base import TransformerModel
from wordvec.transformer.config import TransformerConfig
from wordvec.transformer.models import DecoderModel, EncoderDecoderModel, EncoderModel

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
        An EncoderModel, DecoderModel or EncoderDecoderModel, or one of `wordvec.transformer.heads` whose `body`
        is one of them.

    Raises
    ------
    FileNotFoundError
        If the folder or one of the two files does not exist.
    ValueError
        If they are damaged, of another kind or of a newer version, or if tensors are missing or of the wrong
        shape: the message names them.
    """
    path = Path(folder)
    values = _read_config(path)
    try:
        architecture = _architecture(values)
        model = _build(architecture, values, _stored_names(path))
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
    path = Path(folder)
    check_parent_folder(path)
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


def _architecture(values: Mapping[str, Any]) -> str:
    named = values.get("architectures") or []
    kind = values.get("model_type")
    if not named:
        named = [{"bert": "BertModel", "gpt2": "GPT2Model"}.get(str(kind), "none")]
    architecture = str(named[0])
    if kind == "wordvec":
        if values.get("wordvec_format", 0) > FORMAT_VERSION:
            raise ValueError("it was written by a newer version of wordvec. Update it.")
        known = [*(kind.__name__ for kind in _BODIES.values()), *(kind.__name__ for kind in _HEADED.values())]
    else:
        known = [*names.BERT_HEADS, *names.GPT2_HEADS]
    if architecture not in known:
        raise ValueError(
            f"config.json names the architecture {architecture!r}. wordvec loads {', '.join(dict.fromkeys(known))}."
        )
    return architecture


def _build(architecture: str, values: Mapping[str, Any], stored: frozenset[str]) -> TransformerModel:
    """Return a model of the sizes and with the head that a checkpoint has, with weights yet to be loaded."""
    if values.get("model_type") == "wordvec":
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
    labels = values.get("id2label") or {"0": "LABEL_0", "1": "LABEL_1"}
    options: dict[str, Any] = {}
    if kind is heads.SequenceClassifier:
        known = {theirs: ours for ours, theirs in _PROBLEMS.items()}
        options["problem"] = known.get(values.get("problem_type") or "", "single")
    elif values.get("crf"):
        options["crf"] = True
    classifier = kind(body, len(labels), **options)
    classifier.label_names = tuple(labels[key] for key in sorted(labels, key=int))
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
        if not part.exists():
            advice = f"A model is a folder with {_CONFIG} and {_WEIGHTS}."
            if part.name == _WEIGHTS and (path / "pytorch_model.bin").exists():
                advice = (
                    "pytorch_model.bin is a pickle, which could run any code. In transformers, load it and call "
                    "save_pretrained: it writes model.safetensors."
                )
            raise FileNotFoundError(f"{str(part)!r} does not exist. {advice}")
    try:
        values = json.loads((path / _CONFIG).read_bytes())
    except ValueError as error:
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
        wrong = []
        for ours, stored in wanted.items():
            parts = [file.get_tensor(aliases[name]) for name in stored.names]
            shapes = ", ".join(str(tuple(part.shape)) for part in parts)
            if len({part.shape for part in parts}) == 1:
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


def _listed(items: list[str], most: int = 5) -> str:
    rest = f" and {len(items) - most} more" if len(items) > most else ""
    return "; ".join(items[:most]) + rest
