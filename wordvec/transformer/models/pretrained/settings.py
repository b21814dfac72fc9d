"""Conversion of the config.json of Hugging Face's BERT and GPT-2 checkpoints to and from our configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wordvec._utils.assumptions import assume
from wordvec.transformer.models.config import TransformerConfig

__all__ = ["bert_config", "gpt2_config", "to_bert", "to_gpt2"]

_ACTIVATIONS = {
    "gelu": "gelu", "gelu_new": "gelu_tanh", "gelu_pytorch_tanh": "gelu_tanh", "gelu_fast": "gelu_tanh", "relu": "relu",
}  # fmt: skip
_ACTIVATION_NAMES = {"gelu": "gelu", "gelu_tanh": "gelu_new", "relu": "relu"}


def bert_config(values: Mapping[str, Any]) -> TransformerConfig:
    """Return our configuration for that of a BERT checkpoint.

    Raises
    ------
    ValueError
        If a setting is missing, or is not supported by `EncoderModel`.
    """
    _check(values, "position_embedding_type", ("absolute",))
    _check(values, "is_decoder", (False,))
    _check(values, "add_cross_attention", (False,))
    return TransformerConfig.bert(
        _value(values, "vocab_size"),
        hidden_size=_value(values, "hidden_size"),
        num_layers=_value(values, "num_hidden_layers"),
        num_heads=_value(values, "num_attention_heads"),
        ff_size=_value(values, "intermediate_size"),
        max_length=_value(values, "max_position_embeddings"),
        type_vocab_size=_value(values, "type_vocab_size"),
        activation=_activation(values.get("hidden_act", "gelu")),
        dropout=values.get("hidden_dropout_prob", 0.1),
        attention_dropout=values.get("attention_probs_dropout_prob", 0.1),
        norm_eps=values.get("layer_norm_eps", 1e-12),
        initializer_range=values.get("initializer_range", 0.02),
        tie_embeddings=values.get("tie_word_embeddings", True),
        **_special_ids(values),
    )


def gpt2_config(values: Mapping[str, Any]) -> TransformerConfig:
    """Return our configuration for that of a GPT-2 checkpoint.

    Raises
    ------
    ValueError
        If a setting is missing, or is not supported by `DecoderModel`.
    """
    _check(values, "scale_attn_weights", (True,))
    _check(values, "scale_attn_by_inverse_layer_idx", (False,))
    _check(values, "add_cross_attention", (False,))
    dropout = values.get("resid_pdrop", 0.1)
    if (of_embeddings := values.get("embd_pdrop", dropout)) != dropout:
        assume(
            "config.json: in training, embeddings have the dropout of the layers, resid_pdrop = "
            f"{dropout!r}, not embd_pdrop = {of_embeddings!r}"
        )
    return TransformerConfig.gpt(
        _value(values, "vocab_size"),
        hidden_size=_value(values, "n_embd"),
        num_layers=_value(values, "n_layer"),
        num_heads=_value(values, "n_head"),
        ff_size=values.get("n_inner"),
        max_length=_value(values, "n_positions"),
        activation=_activation(values.get("activation_function", "gelu_new")),
        dropout=dropout,
        attention_dropout=values.get("attn_pdrop", 0.1),
        norm_eps=values.get("layer_norm_epsilon", 1e-5),
        initializer_range=values.get("initializer_range", 0.02),
        tie_embeddings=values.get("tie_word_embeddings", True),
        **_special_ids(values),
    )


def to_bert(config: TransformerConfig) -> dict[str, Any] | None:
    """Return the settings of a BERT checkpoint, or None if the model is not a BERT."""
    is_bert = config.norm == "post" and config.positions == "learned" and config.embedding_norm
    if not (is_bert and config.kind == "encoder" and config.type_vocab_size) or config.scale_embeddings:
        return None
    return {
        "model_type": "bert",
        "vocab_size": config.vocab_size,
        "hidden_size": config.hidden_size,
        "num_hidden_layers": config.num_layers,
        "num_attention_heads": config.num_heads,
        "intermediate_size": config.inner_size,
        "max_position_embeddings": config.max_length,
        "type_vocab_size": config.type_vocab_size,
        "hidden_act": _ACTIVATION_NAMES[config.activation],
        "hidden_dropout_prob": config.dropout,
        "attention_probs_dropout_prob": config.attention_dropout,
        "layer_norm_eps": config.norm_eps,
    } | _common(config)


def to_gpt2(config: TransformerConfig) -> dict[str, Any] | None:
    """Return the settings of a GPT-2 checkpoint, or None if the model is not a GPT-2."""
    is_gpt2 = config.norm == "pre" and config.positions == "learned" and not config.embedding_norm
    is_other = config.type_vocab_size or config.scale_embeddings or config.bigram_buckets
    if not (is_gpt2 and config.kind == "decoder") or is_other:
        return None
    return {
        "model_type": "gpt2",
        "vocab_size": config.vocab_size,
        "n_embd": config.hidden_size,
        "n_layer": config.num_layers,
        "n_head": config.num_heads,
        "n_inner": config.ff_size,
        "n_positions": config.max_length,
        "activation_function": _ACTIVATION_NAMES[config.activation],
        "resid_pdrop": config.dropout,
        "embd_pdrop": config.dropout,
        "attn_pdrop": config.attention_dropout,
        "layer_norm_epsilon": config.norm_eps,
    } | _common(config)


def _common(config: TransformerConfig) -> dict[str, Any]:
    return {
        "initializer_range": config.initializer_range,
        "tie_word_embeddings": config.tie_embeddings,
        "pad_token_id": config.pad_token_id,
        "bos_token_id": config.bos_token_id,
        "eos_token_id": config.eos_token_id,
    }


def _special_ids(values: Mapping[str, Any]) -> dict[str, int | None]:
    """Return special ids within the table: GPT-2's default ids lie outside a small vocabulary."""
    found = {}
    for name in ("pad_token_id", "bos_token_id", "eos_token_id"):
        token_id = values.get(name)
        is_row = isinstance(token_id, int) and 0 <= token_id < _value(values, "vocab_size")
        found[name] = token_id if is_row else None
    return found


def _value(values: Mapping[str, Any], name: str) -> Any:
    if values.get(name) is None:
        raise ValueError(f"config.json has no {name!r}.")
    return values[name]


def _check(values: Mapping[str, Any], name: str, allowed: tuple[Any, ...]) -> None:
    if name in values and values[name] not in allowed:
        raise ValueError(f"config.json says {name} = {values[name]!r}; wordvec builds {allowed[0]!r} only.")


def _activation(name: Any) -> str:
    if not isinstance(name, str) or name not in _ACTIVATIONS:
        raise ValueError(f"config.json names the activation {name!r}. wordvec has {', '.join(_ACTIVATIONS)}.")
    return _ACTIVATIONS[name]
