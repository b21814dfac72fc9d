"""The sizes and choices of a Transformer: checked, counted, written to JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from wordvec._utils.validation import check_bool, check_choice, check_float, check_int

__all__ = ["TransformerConfig"]

KINDS = ("encoder", "decoder", "encoder-decoder")
_OWNER = "TransformerConfig"


@dataclass(frozen=True)
class TransformerConfig:
    """What a model is made of; `bert`, `gpt` and `original` fill in what was published.

    Parameters
    ----------
    kind : "encoder" (sees both sides), "decoder" (sees the left side), "encoder-decoder"
    vocab_size : int
        Rows of the embedding table, V.
    hidden_size : int
        Width of the model, D; `num_heads` must divide it.
    num_layers : int
        Layers of each stack: an encoder-decoder has this many in the encoder and in the decoder.
    num_heads : int
        Heads of each attention, N.
    ff_size : int, optional
        Width of the feed-forward layers, 4 * hidden_size by default.
    max_length : int
        Longest sequence in tokens. Learned positions have this many rows.
    type_vocab_size : int
        Rows of the segment table; 0 for a model without segments.
    norm : "pre" or "post"
        Layer norm before each sublayer with one more after the last (GPT-2), or after each residual sum, as
        published first.
    positions : "learned", "sinusoidal" or "rotary"
        Vaswani et al. (2017), section 3.5, for the first two; Su et al. (2021), arXiv:2104.09864, for rotary.
    activation : "gelu", "gelu_tanh" or "relu"
        Between the two feed-forward layers. GPT-2 has the tanh approximation, BERT the exact one.
    dropout, attention_dropout : float
        Of embeddings and sublayer outputs; of attention weights.
    norm_eps : float
        Added to the variance in layer norms.
    initializer_range : float
        Standard deviation of the normal draws that weights start from.
    embedding_norm : bool
        Whether a layer norm follows the sum of embeddings (BERT).
    scale_embeddings : bool
        Whether token embeddings are multiplied by sqrt(hidden_size) (the original).
    pooler : bool
        Whether an encoder has BERT's tanh layer over the first token.
    tie_embeddings : bool
        Whether the output layer is the embedding table.
    pad_token_id, bos_token_id, eos_token_id : int, optional
        Ids that generation and padding need. No row of the table is treated specially.

    Raises
    ------
    TypeError, ValueError
        If a value is of the wrong type or out of its range, or two of them do not fit together.
    """

    kind: str
    vocab_size: int
    hidden_size: int = 256
    num_layers: int = 4
    num_heads: int = 4
    ff_size: int | None = None
    max_length: int = 512
    type_vocab_size: int = 0
    norm: str = "pre"
    positions: str = "learned"
    activation: str = "gelu"
    dropout: float = 0.1
    attention_dropout: float = 0.1
    norm_eps: float = 1e-5
    initializer_range: float = 0.02
    embedding_norm: bool = False
    scale_embeddings: bool = False
    pooler: bool = False
    tie_embeddings: bool = True
    pad_token_id: int | None = None
    bos_token_id: int | None = None
    eos_token_id: int | None = None

    def __post_init__(self) -> None:
        check_choice("kind", self.kind, _OWNER, KINDS)
        check_choice("norm", self.norm, _OWNER, ("pre", "post"))
        check_choice("positions", self.positions, _OWNER, ("learned", "sinusoidal", "rotary"))
        check_choice("activation", self.activation, _OWNER, ("gelu", "gelu_tanh", "relu"))
        for name in ("vocab_size", "hidden_size", "num_layers", "num_heads", "max_length"):
            check_int(name, getattr(self, name), _OWNER, 1)
        check_int("type_vocab_size", self.type_vocab_size, _OWNER, 0)
        if self.ff_size is not None:
            check_int("ff_size", self.ff_size, _OWNER, 1)
        for name in ("dropout", "attention_dropout"):
            check_float(name, getattr(self, name), _OWNER, 0.0, 1.0)
        check_float("norm_eps", self.norm_eps, _OWNER, 0.0, low_open=True)
        check_float("initializer_range", self.initializer_range, _OWNER, 0.0)
        for name in ("embedding_norm", "scale_embeddings", "pooler", "tie_embeddings"):
            check_bool(name, getattr(self, name), _OWNER)
        for name in ("pad_token_id", "bos_token_id", "eos_token_id"):
            if getattr(self, name) is not None:
                check_int(name, getattr(self, name), _OWNER, 0, self.vocab_size - 1)
        self._check_together()

    def _check_together(self) -> None:
        if self.hidden_size % self.num_heads:
            raise ValueError(
                f"The num_heads parameter of {_OWNER} must divide hidden_size, which is {self.hidden_size}. "
                f"Got {self.num_heads} instead."
            )
        if self.positions == "rotary" and self.head_size % 2:
            raise ValueError(
                f"Rotary positions turn pairs of numbers, so hidden_size / num_heads must be even. "
                f"It is {self.head_size}: choose other sizes or other positions."
            )
        if self.positions == "sinusoidal" and self.hidden_size % 2:
            raise ValueError(
                f"Sinusoidal positions need an even hidden_size. Got {self.hidden_size} instead."
            )
        if self.pooler and self.kind != "encoder":
            raise ValueError(f"Only an encoder has a pooler, not kind={self.kind!r}. Pass pooler=False.")

    @classmethod
    def bert(cls, vocab_size: int, **changes: Any) -> TransformerConfig:
        """Return an encoder as Devlin et al. (2019) published it, in a small size unless `changes` say otherwise."""
        published: dict[str, Any] = {
            "type_vocab_size": 2, "norm": "post", "activation": "gelu", "norm_eps": 1e-12, "embedding_norm": True,
            "pooler": True, "pad_token_id": 0,
        }  # fmt: skip
        return cls("encoder", vocab_size, **(published | changes))

    @classmethod
    def gpt(cls, vocab_size: int, **changes: Any) -> TransformerConfig:
        """Return a decoder as Radford et al. (2019) published it (GPT-2), in a small size."""
        return cls("decoder", vocab_size, **({"activation": "gelu_tanh"} | changes))

    @classmethod
    def original(cls, vocab_size: int, **changes: Any) -> TransformerConfig:
        """Return an encoder-decoder as Vaswani et al. (2017) published it, in a small size."""
        published: dict[str, Any] = {
            "norm": "post", "positions": "sinusoidal", "activation": "relu", "scale_embeddings": True,
            "attention_dropout": 0.0,
        }  # fmt: skip
        return cls("encoder-decoder", vocab_size, **(published | changes))

    @property
    def head_size(self) -> int:
        """Width of one head, H."""
        return self.hidden_size // self.num_heads

    @property
    def inner_size(self) -> int:
        """Width of the feed-forward layers."""
        return 4 * self.hidden_size if self.ff_size is None else self.ff_size

    @property
    def n_parameters(self) -> int:
        """Numbers that training changes, without heads for tasks; a tied output layer counts once."""
        D, F, V = self.hidden_size, self.inner_size, self.vocab_size
        norm = 2 * D
        table = V * D + self.type_vocab_size * D
        table += self.max_length * D if self.positions == "learned" else 0
        table += norm if self.embedding_norm else 0
        attention = 4 * (D * D + D) + norm
        feed_forward = 2 * D * F + F + D + norm
        last = norm if self.norm == "pre" else 0
        n_stacks = 2 if self.kind == "encoder-decoder" else 1
        layers = n_stacks * (self.num_layers * (attention + feed_forward) + last)
        if self.kind == "encoder-decoder":
            layers += self.num_layers * attention
        pooler = D * D + D if self.pooler else 0
        output = 0 if self.tie_embeddings or self.kind == "encoder" else V * D
        return table + layers + pooler + output

    def flops_per_token(self, length: int, training: bool = True) -> float:
        """Return floating-point operations a token (a multiplication and an addition are two).

        The products of matrices alone: 2 operations for each weight that a token meets, and
        4 * length * hidden_size for attention's scores and sums in each layer, over the whole square as Kaplan
        et al. (2020), arXiv:2001.08361, and PaLM's model-FLOPs utilisation count them. Training takes three
        times the forward pass. An encoder-decoder is counted for `length` tokens on each side, per target token.

        Parameters
        ----------
        length : int
            Tokens of a sequence.
        training : bool
            Whether the backward pass is counted too.
        """
        check_int("length", length, "flops_per_token", 1)
        D, F = self.hidden_size, self.inner_size
        attention = 2 * 4 * D * D + 4 * length * D
        feed_forward = 2 * 2 * D * F
        layer = attention + feed_forward
        total = self.num_layers * layer
        if self.kind == "encoder-decoder":
            total += self.num_layers * (layer + attention)
        if self.kind != "encoder":
            total += 2 * D * self.vocab_size
        return float(total * (3 if training else 1))

    def to_dict(self) -> dict[str, Any]:
        """Return all fields as JSON can hold them."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> TransformerConfig:
        """Return the configuration that `to_dict` wrote.

        Raises
        ------
        ValueError
            If a field is missing or unknown, as in a file of a newer version.
        """
        known = {field.name for field in fields(cls)}
        if unknown := sorted(set(values) - known):
            raise ValueError(
                f"A configuration holds {', '.join(unknown)}, which this version of wordvec does not know. Update it."
            )
        if missing := sorted({"kind", "vocab_size"} - set(values)):
            raise ValueError(f"A configuration lacks {', '.join(missing)}.")
        return cls(**values)
