"""The class and sizes of the model in a checkpoint, inferred from config.json and the header of the weights.

Nothing is allocated here: sizes are compared with the shapes of the tensors in the file, on PyTorch's meta device.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Mapping, Set
from dataclasses import dataclass
from typing import Any

import torch

from wordvec._utils.assumptions import assume
from wordvec._utils.messages import listed
from wordvec._utils.validation import check_choice, check_int
from wordvec.transformer.models.base import TransformerModel
from wordvec.transformer.models.config import TransformerConfig
from wordvec.transformer.models.heads import QuestionAnswerer, SequenceClassifier, TokenClassifier
from wordvec.transformer.models.objectives.masked import MaskedLM, NextSentence, PreTraining
from wordvec.transformer.models.pointer_generator import PointerGenerator
from wordvec.transformer.models.pretrained.names import (
    BERT_HEADS,
    FORMAT_VERSION,
    GPT2_HEADS,
    OWN_ARCHITECTURES,
    PROBLEM_TYPES,
    WEIGHTS_FILE,
    SavedModel,
    Stored,
    stored_weights,
)
from wordvec.transformer.models.pretrained.saving import description_of
from wordvec.transformer.models.pretrained.settings import bert_config, gpt2_config
from wordvec.transformer.models.recurrent import RecurrentModel
from wordvec.transformer.models.transformers import DecoderModel, EncoderDecoderModel, EncoderModel

__all__ = ["Plan", "architecture_of", "check_loads", "plan_model", "tied_pair"]

_BODIES = {"encoder": EncoderModel, "decoder": DecoderModel, "encoder-decoder": EncoderDecoderModel}
_HEADS = (MaskedLM, PreTraining, NextSentence, SequenceClassifier, TokenClassifier, QuestionAnswerer)
_HEADED: dict[str, Any] = {
    architecture: head for head in _HEADS for architecture in head.architectures.values()
}
_BY_NAME: dict[str, Any] = {
    kind.__name__: kind for kind in (*_BODIES.values(), PointerGenerator, RecurrentModel, *_HEADS)
}
_OF_BODY = re.compile(r"(bert\.|transformer\.)?(embeddings|encoder|h|wte|wpe|ln_f)\.")
_FAMILIES = {"bert": BERT_HEADS, "gpt2": GPT2_HEADS}
# Tensors that are one and the same in the model, of which a file may hold either.
_TIED = (
    ("transformer.wte.weight", "lm_head.weight"),
    ("bert.embeddings.word_embeddings.weight", "cls.predictions.decoder.weight"),
)
_BIASES = ("cls.predictions.bias", "cls.predictions.decoder.bias")
_SAME = (_BIASES, _BIASES[::-1], *_TIED)
# Tables of positions are computed and in no file; with more numbers than this and the file a configuration is damaged.
_MAX_TABLE = 1 << 24

Shapes = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True)
class Plan:
    """A model to be built, and where its weights are.

    Attributes
    ----------
    kind : class of the model
    body : class of its body, or of the model itself
    config : TransformerConfig
    options : dict
        Other arguments of `kind`, or of a model without a head.
    label_names : tuple of str, optional
    weights : dict of str to Stored
        Keys are our names; each `Stored` has the names in the file.
    """

    kind: Any
    body: Any
    config: TransformerConfig
    options: dict[str, Any]
    label_names: tuple[str, ...] | None
    weights: dict[str, Stored]

    def build(self) -> TransformerModel:
        """Return a model of these sizes, whose weights are still to be loaded."""
        return _build(self.kind, self.body, self.config, self.options, self.label_names)


def plan_model(values: Mapping[str, Any], shapes: Shapes, is_tied: bool = True) -> Plan:
    """Return the model that a configuration and the tensors of a file describe together.

    Parameters
    ----------
    values : mapping
        The content of config.json.
    shapes : mapping of str to tuple of int
        The shapes of the tensors in the file.
    is_tied : bool
        Whether the output layer in the file, if any, equals the token table.

    Raises
    ------
    ValueError
        If they describe no known model, or contradict each other: the message names fields and tensors.
    """
    architecture = architecture_of(values, shapes)
    if values.get("model_type") == "wordvec":
        if not isinstance(values.get("config"), dict):
            raise ValueError("config.json has no JSON object 'config'.")
        config = TransformerConfig.from_dict(values["config"])
        kind = _BY_NAME[architecture]
        body = _own_body(kind, config, values)
    elif architecture in BERT_HEADS:
        config, kind = _bert(architecture, values, shapes, is_tied), _HEADED.get(architecture, EncoderModel)
        body = EncoderModel
    else:
        # Only a language model has an output layer that could be one of its own.
        has_output = architecture == "GPT2LMHeadModel" or "lm_head.weight" in shapes
        config = gpt2_config(values if has_output else {**values, "tie_word_embeddings": True})
        config = (
            config if is_tied else TransformerConfig.from_dict(config.to_dict() | {"tie_embeddings": False})
        )
        kind, body = _HEADED.get(architecture, DecoderModel), DecoderModel
    _check_sizes(config, body, shapes)
    options, labels = _options(kind, body, values, shapes)
    with torch.device("meta"):
        model = _build(kind, body, config, options, labels)
    weights = _found(stored_weights(model, architecture), shapes)
    _check_shapes(model, weights, shapes)
    return Plan(kind, body, config, options, labels, weights)


def check_loads(model: SavedModel) -> None:
    """Raise ValueError unless the folder that `save_pretrained` would write for a model can be loaded again.

    Called before training, so that hours of training do not end in a model that cannot be loaded.
    """
    architecture, values = description_of(model)
    shapes: dict[str, tuple[int, ...]] = {}
    weights = model.state_dict()
    stored = stored_weights(model, architecture)
    for name, place in stored.items():
        rows, *others = tuple(weights[name].t().shape if place.is_transposed else weights[name].shape)
        shapes |= {foreign: (rows // len(place.names), *others) for foreign in place.names}
    plan = plan_model(values, shapes)
    read = {name for place in plan.weights.values() for name in place.names}
    if plan.kind is not type(model) or read != shapes.keys():
        raise ValueError(
            f"A {type(model).__name__} would load as another model than it was saved. Its configuration is "
            f"{model.config}."
        )


def architecture_of(values: Mapping[str, Any], stored: Collection[str]) -> str:
    """Return the architecture of a checkpoint: from config.json, or inferred from model_type and the tensors.

    Raises
    ------
    ValueError
        If it cannot be inferred, or is unknown; the message names the field.
    """
    named, family = values.get("architectures"), values.get("model_type")
    if isinstance(named, list) and len(named) == 1:
        named = named[0]
    if not isinstance(named, str | list | None) or isinstance(named, list) and named:
        raise ValueError(f"config.json must name one architecture in 'architectures'. It says {named!r:.60}.")
    is_theirs = any(named in heads for heads in _FAMILIES.values()) if named else False
    if family is None and not is_theirs:
        raise ValueError(
            'config.json has no \'model_type\', which says what the tensors are. Add it: "bert" or "gpt2", as in '
            "the config.json that transformers writes."
        )
    if family == "wordvec":
        if check_int("wordvec_format", values.get("wordvec_format", 0), "config.json", 0) > FORMAT_VERSION:
            raise ValueError("it was written by a newer version of wordvec. Update it.")
        known: Collection[str] = OWN_ARCHITECTURES
    elif family is None or named and not is_theirs:
        known = [*BERT_HEADS, *GPT2_HEADS]
    elif not isinstance(family, str) or family not in _FAMILIES:
        raise ValueError(
            f"config.json says model_type = {family!r}. wordvec loads {' and '.join(_FAMILIES)}."
        )
    else:
        known = _FAMILIES[family]
    architecture = named or (None if family == "wordvec" else _named_by_tensors(str(family), stored))
    if architecture is None:
        raise ValueError("config.json has no 'architectures', which names the class of the model.")
    if architecture not in known:
        raise ValueError(
            f"config.json names the architecture {architecture!r}. wordvec loads {', '.join(known)}."
        )
    return str(architecture)


def tied_pair(stored: Collection[str]) -> tuple[str, str] | None:
    """Return the names of the token table and of the output layer, if a file has both."""
    aliases = _aliases(stored, {})
    for table, output in _TIED:
        if output in stored and (found := aliases.get(table)) not in (None, output):
            return str(found), output
    return None


def _named_by_tensors(family: str, stored: Collection[str]) -> str:
    """Return the architecture whose head is in the file; the body if there is none, or several have such a head."""
    table = _FAMILIES[family]
    if family == "gpt2" and "lm_head.weight" in stored:
        return "GPT2LMHeadModel"
    parts = {part for head in table.values() for part in head.values()}
    there = {part for part in parts if any(name.startswith(f"{part}.") for name in stored)}
    found = [architecture for architecture, head in table.items() if there and set(head.values()) == there]
    if len(found) == 1:
        return found[0]
    body = next(iter(table))
    if there:
        which = f", which may be {' or '.join(found)}" if found else ""
        assume(
            f"config.json: no 'architectures', so that {body} is loaded without {', '.join(sorted(there))} of "
            f"{WEIGHTS_FILE}{which}"
        )
    return body


def _bert(architecture: str, values: Mapping[str, Any], shapes: Shapes, is_tied: bool) -> TransformerConfig:
    has_pooler = any(name.endswith("pooler.dense.weight") for name in shapes)
    needs_pooler = architecture in ("BertForPreTraining", "BertForNextSentencePrediction")
    changes = {"pooler": has_pooler or needs_pooler} | ({} if is_tied else {"tie_embeddings": False})
    return TransformerConfig.from_dict(bert_config(values).to_dict() | changes)


def _own_body(kind: Any, config: TransformerConfig, values: Mapping[str, Any]) -> Any:
    """Return the class of the body in one of our folders; files of older versions do not name it."""
    if kind not in _HEADS:
        return kind
    name = values.get("body", _BODIES[config.kind].__name__)
    known = {body.__name__: body for body in (EncoderModel, DecoderModel, RecurrentModel)}
    return known[check_choice("body", name, "config.json", tuple(known))]


def _options(
    kind: Any, body: Any, values: Mapping[str, Any], shapes: Shapes
) -> tuple[dict[str, Any], tuple[str, ...] | None]:
    """Return the arguments of a model other than its configuration, and its label names."""
    options: dict[str, Any] = {}
    if body is RecurrentModel:
        options["cell"] = values.get("cell", "lstm")
    if issubclass(kind, EncoderDecoderModel):
        options["label_smoothing"] = values.get("label_smoothing", 0.1)
    if kind is PointerGenerator:
        options["coverage"] = values.get("coverage", 0.0)
    if kind is not SequenceClassifier and kind is not TokenClassifier:
        return options, None
    n_labels = check_int("num_labels", values.get("num_labels", 2), "config.json", 1)
    if n_labels > max(map(math.prod, shapes.values()), default=0):
        raise ValueError(
            f"config.json says num_labels = {n_labels}, more than a tensor of {WEIGHTS_FILE} has numbers."
        )
    labels = values.get("id2label") or {str(number): f"LABEL_{number}" for number in range(n_labels)}
    if not isinstance(labels, dict) or sorted(labels) != sorted(map(str, range(len(labels)))):
        raise ValueError(f"config.json must number the labels of id2label from 0 on. It says {labels!r:.60}.")
    options["n_labels"] = len(labels)
    if kind is SequenceClassifier:
        known = {theirs: ours for ours, theirs in PROBLEM_TYPES.items()}
        # One number that nothing is said of is a value, not the probability of a class: as in transformers.
        default = PROBLEM_TYPES["regression" if len(labels) == 1 else "single"]
        problem = values.get("problem_type") or default
        options["problem"] = known[check_choice("problem_type", problem, "config.json", tuple(known))]
        if body is EncoderModel:
            options["pooler"] = any(name in ("pooler.weight", "bert.pooler.dense.weight") for name in shapes)
    elif values.get("crf"):
        options["crf"] = True
        options["crf_allowed"] = _allowed(values.get("crf_allowed"), len(labels))
    return options, tuple(str(labels[key]) for key in sorted(labels, key=int))


def _build(
    kind: Any,
    body: Any,
    config: TransformerConfig,
    options: Mapping[str, Any],
    labels: tuple[str, ...] | None,
) -> TransformerModel:
    of_body = {"cell": options["cell"]} if body is RecurrentModel else {}
    options = dict(options)
    allowed = options.pop("crf_allowed", None)
    if kind is body:
        model: Any = kind(config, **options)
    else:
        model = kind(body(config, **of_body), **{k: v for k, v in options.items() if k not in of_body})
    if labels is not None:
        model.label_names = labels
    if allowed is not None:
        rows = torch.tensor([[mark == "1" for mark in row] for row in allowed], device="cpu")
        model.crf.allow(rows[-2], rows[:-2], rows[-1])
    found: TransformerModel = model
    return found


def _allowed(rows: Any, n_labels: int) -> list[str] | None:
    """Return the checked rows of what a CRF allows; None for everything."""
    if rows is None:
        return None
    is_table = isinstance(rows, list) and len(rows) == n_labels + 2
    if not is_table or any(
        not isinstance(row, str) or len(row) != n_labels or set(row) - set("01") for row in rows
    ):
        raise ValueError(
            f"config.json must say in crf_allowed what may follow what, in {n_labels + 2} rows of {n_labels} marks, 0 "
            f"or 1. It says {rows!r:.60}."
        )
    return list(rows)


def _check_sizes(config: TransformerConfig, body: Any, shapes: Shapes) -> None:
    """Raise ValueError if a file is too small for the layers or tables described, before anything is built."""
    if config.num_layers > len(shapes):
        raise ValueError(
            f"config.json says that there are {config.num_layers} layers, and {WEIGHTS_FILE} has {len(shapes)} tensors."
        )
    D, n_numbers = config.hidden_size, sum(map(math.prod, shapes.values()))
    needed = {"hidden_size": D * D, "vocab_size": D * config.vocab_size}
    needed["source_vocab_size"] = D * (config.source_vocab_size or 0)
    if body is not RecurrentModel:
        needed |= {"ff_size": D * config.inner_size, "type_vocab_size": D * config.type_vocab_size}
        needed["max_length"] = D * config.max_length if config.positions == "learned" else 0
    for name, n_needed in needed.items():
        if n_needed > n_numbers:
            raise ValueError(
                f"config.json has sizes ({name}, at a hidden_size of {D}) that take {n_needed} numbers in one tensor, "
                f"and all of {WEIGHTS_FILE} holds {n_numbers}."
            )
    if config.positions != "learned" and body is not RecurrentModel:
        width = config.head_size if config.positions == "rotary" else config.hidden_size
        if config.max_length * width > (most := _MAX_TABLE + n_numbers):
            raise ValueError(
                f"config.json says max_length = {config.max_length}, more than positions can be computed for "
                f"({most // width} at this width)."
            )


def _found(wanted: Mapping[str, Stored], shapes: Shapes) -> dict[str, Stored]:
    """Return where weights are, under the names in the file; raise ValueError if one is missing."""
    aliases = _aliases(shapes, wanted)
    missing = [name for stored in wanted.values() for name in stored.names if name not in aliases]
    if missing:
        raise ValueError(f"{WEIGHTS_FILE} lacks {listed(missing, separator='; ')}.")
    found = {
        ours: Stored(tuple(aliases[name] for name in stored.names), stored.is_transposed)
        for ours, stored in wanted.items()
    }
    read = {name for stored in found.values() for name in stored.names}
    if unread := _unread(shapes, read):
        raise ValueError(
            f"{WEIGHTS_FILE} has what config.json has no place for: {listed(unread, separator='; ')}."
        )
    return found


def _check_shapes(model: TransformerModel, weights: Mapping[str, Stored], shapes: Shapes) -> None:
    own = model.state_dict()
    wrong = []
    for ours, stored in weights.items():
        parts = [shapes[name] for name in stored.names]
        if len(set(parts)) == 1 and parts[0]:
            joined = (len(parts) * parts[0][0], *parts[0][1:])
            if (joined[::-1] if stored.is_transposed else joined) == tuple(own[ours].shape):
                continue
        wrong.append(f"{' + '.join(stored.names)} has shape {', '.join(map(str, parts))}, not that of config.json "
                     f"({tuple(own[ours].shape)} in all)")  # fmt: skip
    if wrong:
        raise ValueError(f"{WEIGHTS_FILE} does not fit config.json: {listed(wrong, separator='; ')}.")


def _aliases(stored: Iterable[str], wanted: Mapping[str, Stored]) -> dict[str, str]:
    """Return the names in the file by the expected names: older files omit prefixes, or say gamma."""
    found: dict[str, str] = {}
    for name in stored:
        plain = name.replace(".gamma", ".weight").replace(".beta", ".bias")
        for prefix in ("", "bert.", "transformer."):
            found.setdefault(prefix + plain, name)
            found.setdefault(plain.removeprefix(prefix), name)
    looked_up = {name for place in wanted.values() for name in place.names}
    for name, other in _SAME:
        # Where both are looked up, the two are not tied.
        if name not in found and other in found and other not in looked_up:
            found[name] = found[other]
    return found


def _unread(stored: Iterable[str], read: Set[str]) -> list[str]:
    """Return the names of a body's unread tensors, such as extra layers or segments, except buffers."""
    buffers = ("position_ids", ".attn.bias", ".attn.masked_bias")
    return [
        name for name in stored if name not in read and _OF_BODY.match(name) and not name.endswith(buffers)
    ]
