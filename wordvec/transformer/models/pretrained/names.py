"""Names of files, heads and weights in Hugging Face's BERT and GPT-2 checkpoints, and in our own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from torch import Tensor

from wordvec.transformer.models.config import TransformerConfig

__all__ = ["BERT_HEADS", "GPT2_HEADS", "OWN_ARCHITECTURES", "SavedModel", "Stored", "stored_weights"]

CONFIG_FILE, WEIGHTS_FILE = "config.json", "model.safetensors"
FORMAT_VERSION = 1  # of the folders that transformers does not know
_BODY_PREFIX = "body."  # of our names of the weights below a head

# Our names of a text classifier's problem, and `problem_type` in config.json.
PROBLEM_TYPES = {
    "single": "single_label_classification",
    "multi": "multi_label_classification",
    "regression": "regression",
}


class SavedModel(Protocol):
    """The interface of a model that can be saved.

    Attributes
    ----------
    config : TransformerConfig
    architectures : mapping of str
        The name of the class in `transformers`, by the kind of its body, "bert" or "gpt2"; empty if there is none.
    """

    config: TransformerConfig
    architectures: ClassVar[Mapping[str, str]]

    def head_settings(self) -> dict[str, Any]:
        """Return the entries of config.json beyond the configuration."""

    def state_dict(self, *, keep_vars: bool = False) -> dict[str, Tensor]:
        """Return the weights under our names."""


@dataclass(frozen=True)
class Stored:
    """Where one of our weights is in a foreign file.

    Attributes
    ----------
    names : the tensors that are stacked in ours (queries, keys, values), mostly one
    is_transposed : whether it is stored as (input, output), like GPT-2's layers
    """

    names: tuple[str, ...]
    is_transposed: bool = False


# Foreign head by the name of the architecture: our names and theirs.
BERT_HEADS: dict[str, dict[str, str]] = {
    "BertModel": {},
    "BertForMaskedLM": {"predictor": "cls.predictions"},
    "BertForPreTraining": {"predictor": "cls.predictions", "next_sentence": "cls.seq_relationship"},
    "BertForNextSentencePrediction": {"next_sentence": "cls.seq_relationship"},
    "BertForSequenceClassification": {"classifier": "classifier"},
    "BertForTokenClassification": {"classifier": "classifier"},
    "BertForQuestionAnswering": {"span": "qa_outputs"},
}
GPT2_HEADS: dict[str, dict[str, str]] = {
    "GPT2Model": {},
    "GPT2LMHeadModel": {},
    "GPT2ForSequenceClassification": {"classifier": "score"},
    "GPT2ForTokenClassification": {"classifier": "classifier"},
    "GPT2ForQuestionAnswering": {"span": "qa_outputs"},
}
# Our own classes that a folder may name: `loading` has the classes.
OWN_ARCHITECTURES = (
    "EncoderModel", "DecoderModel", "EncoderDecoderModel", "PointerGenerator", "RecurrentModel", "MaskedLM",
    "PreTraining", "NextSentence", "SequenceClassifier", "TokenClassifier", "QuestionAnswerer",
)  # fmt: skip
_BERT_LAYER = {
    "attention.output": "attention.output.dense",
    "attention_norm": "attention.output.LayerNorm",
    "feed_forward.inner": "intermediate.dense",
    "feed_forward.output": "output.dense",
    "feed_forward_norm": "output.LayerNorm",
}
_GPT2_LAYER = {
    "attention.qkv": "attn.c_attn",
    "attention.output": "attn.c_proj",
    "attention_norm": "ln_1",
    "feed_forward.inner": "mlp.c_fc",
    "feed_forward.output": "mlp.c_proj",
    "feed_forward_norm": "ln_2",
}


def bert_names(config: TransformerConfig) -> dict[str, Stored]:
    """Return where each weight of an `EncoderModel` is in a BERT body."""
    found = {
        "embeddings.tokens.weight": Stored(("embeddings.word_embeddings.weight",)),
        "embeddings.positions.weight": Stored(("embeddings.position_embeddings.weight",)),
        "embeddings.segments.weight": Stored(("embeddings.token_type_embeddings.weight",)),
    }
    # The pooler may be the head's own, above a body that has none.
    pairs: dict[str, tuple[str, ...]] = {
        "embeddings.norm": ("embeddings.LayerNorm",),
        "pooler": ("pooler.dense",),
    }
    for i in range(config.num_layers):
        ours, theirs = f"stack.layers.{i}", f"encoder.layer.{i}"
        parts = tuple(f"{theirs}.attention.self.{part}" for part in ("query", "key", "value"))
        pairs[f"{ours}.attention.qkv"] = parts
        pairs |= {f"{ours}.{mine}": (f"{theirs}.{other}",) for mine, other in _BERT_LAYER.items()}
    return found | _weights_and_biases(pairs)


def gpt2_names(config: TransformerConfig) -> dict[str, Stored]:
    """Return where each weight of a `DecoderModel` is in a GPT-2 body, except for a separate output layer."""
    found = {
        "embeddings.tokens.weight": Stored(("wte.weight",)),
        "embeddings.positions.weight": Stored(("wpe.weight",)),
    }
    norms: dict[str, tuple[str, ...]] = {"stack.norm": ("ln_f",)}
    products: dict[str, tuple[str, ...]] = {}
    for i in range(config.num_layers):
        for mine, other in _GPT2_LAYER.items():
            part = norms if mine.endswith("norm") else products
            part[f"stack.layers.{i}.{mine}"] = (f"h.{i}.{other}",)
    return found | _weights_and_biases(norms) | _weights_and_biases(products, is_transposed=True)


def _weights_and_biases(
    pairs: Mapping[str, tuple[str, ...]], is_transposed: bool = False
) -> dict[str, Stored]:
    found = {}
    for ours, theirs in pairs.items():
        found[f"{ours}.weight"] = Stored(tuple(f"{name}.weight" for name in theirs), is_transposed)
        found[f"{ours}.bias"] = Stored(tuple(f"{name}.bias" for name in theirs))
    return found


_HEAD_PARTS = {
    "transform.weight": "transform.dense.weight",
    "transform.bias": "transform.dense.bias",
    "norm.weight": "transform.LayerNorm.weight",
    "norm.bias": "transform.LayerNorm.bias",
    "output.weight": "decoder.weight",
}


def stored_weights(model: SavedModel, architecture: str) -> dict[str, Stored]:
    """Return where each weight of a model is in the weights file of an architecture, ours or a foreign one."""
    if architecture in BERT_HEADS:
        body, head, prefix = bert_names(model.config), BERT_HEADS[architecture], "bert."
    elif architecture in GPT2_HEADS:
        body, head, prefix = gpt2_names(model.config), GPT2_HEADS[architecture], "transformer."
    else:
        return _own_names(model)
    if architecture in ("BertModel", "GPT2Model"):
        prefix = ""
    found = {}
    for name in model.state_dict():
        inner = name.removeprefix(_BODY_PREFIX)
        if inner in body:
            stored = body[inner]
            found[name] = Stored(tuple(prefix + other for other in stored.names), stored.is_transposed)
        elif inner == "head.weight":
            found[name] = Stored(("lm_head.weight",))
        else:
            part, _, rest = name.partition(".")
            if part == "predictor" and rest == "bias" and not model.config.tie_embeddings:
                # An output layer of its own has its own bias there.
                rest = "decoder.bias"
            found[name] = Stored((f"{head[part]}.{_HEAD_PARTS.get(rest, rest)}",))
    return found


def _own_names(model: SavedModel) -> dict[str, Stored]:
    """Return each weight under its own name; a shared one is stored once."""
    found: dict[str, Stored] = {}
    seen: set[int] = set()
    # The parameters themselves: on the meta device all data are at one address.
    for name, weight in model.state_dict(keep_vars=True).items():
        if id(weight) not in seen:
            seen.add(id(weight))
            found[name] = Stored((name,))
    return found
