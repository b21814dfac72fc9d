"""`TransformerConfig`: sizes and variants of Transformers, and counts of parameters and operations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar

from wordvec._utils.errors import ParameterError
from wordvec._utils.parameters import Boolean, Choice, Integer, Real, Rule, check_parameters
from wordvec._utils.validation import check_int

__all__ = ["TransformerConfig"]

_OWNER = "TransformerConfig"


@dataclass(frozen=True)
class TransformerConfig:
    """The sizes and variants of a Transformer; `bert`, `gpt` and `original` return published architectures.

    Parameters
    ----------
    kind : {"encoder", "decoder", "encoder-decoder"}
        Tokens of an encoder attend to both sides, tokens of a decoder only to the left.
    vocab_size : int
        Rows of the embedding table, V.
    source_vocab_size : int, optional
        Rows of a separate source table of an encoder-decoder; by default, both sides share one table.
    hidden_size : int
        Width of the model, D; `num_heads` must divide it.
    num_layers : int
        Layers of each stack: an encoder-decoder has this many in both the encoder and the decoder.
    num_heads : int
        Heads of each attention, N.
    ff_size : int, optional
        Width of the feed-forward layers, 4 * hidden_size by default.
    max_length : int
        Maximum sequence length in tokens. Learned positions have this many rows.
    type_vocab_size : int
        Rows of the segment table; 0 for a model without segments.
    norm : {"pre", "post"}
        Layer norm before each sublayer, with one more after the last (GPT-2), or after each residual sum, as in the
        original paper.
    positions : {"learned", "sinusoidal", "rotary"}
        Vaswani et al. (2017), section 3.5, for the first two; Su et al. (2021), arXiv:2104.09864, for rotary.
    activation : {"gelu", "gelu_tanh", "relu"}
        Between the two feed-forward layers. GPT-2 has the tanh approximation, BERT the exact one.
    dropout, attention_dropout : float
        Dropout of embeddings and sublayer outputs, and of attention weights.
    norm_eps : float
        Added to the variance in layer norms.
    initializer_range : float
        Standard deviation of the initial weights, which are normally distributed.
    embedding_norm : bool
        Whether a layer norm follows the sum of embeddings (BERT).
    scale_embeddings : bool
        Whether token embeddings are multiplied by sqrt(hidden_size) (the original).
    pooler : bool
        Whether an encoder has BERT's tanh layer over the first token.
    tie_embeddings : bool
        Whether the output layer shares the embedding table.
    bigram_buckets : int
        Rows of a table for hashed pairs of adjacent tokens, which is added to a decoder's embeddings; 0 for none.
        `transformers` has no such models.
    pad_token_id, bos_token_id, eos_token_id : int, optional
        Ids of the special tokens of padding and of the beginning and end of a text, for generation.

    Raises
    ------
    ParameterError
        If a value breaks its rule, or two values contradict each other.

    Examples
    --------
    >>> from wordvec.transformer import TransformerConfig
    >>> config = TransformerConfig.gpt(50257, hidden_size=768, num_layers=12, num_heads=12, max_length=1024)
    >>> f"{config.n_parameters:,}"  # GPT-2's smallest model
    '124,439,808'
    >>> f"{config.flops_per_token(1024):.2e}"
    '8.54e+08'
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
    source_vocab_size: int | None = None
    bigram_buckets: int = 0

    _parameter_rules: ClassVar[dict[str, Rule]] = {
        "kind": Choice("encoder", "decoder", "encoder-decoder"),
        "vocab_size": Integer(1),
        "hidden_size": Integer(1),
        "num_layers": Integer(1),
        "num_heads": Integer(1),
        "ff_size": Integer(1) | None,
        "max_length": Integer(1),
        "type_vocab_size": Integer(0),
        "norm": Choice("pre", "post"),
        "positions": Choice("learned", "sinusoidal", "rotary"),
        "activation": Choice("gelu", "gelu_tanh", "relu"),
        "dropout": Real(0.0, 1.0),
        "attention_dropout": Real(0.0, 1.0),
        "norm_eps": Real(0.0, low_open=True),
        "initializer_range": Real(0.0),
        "embedding_norm": Boolean(),
        "scale_embeddings": Boolean(),
        "pooler": Boolean(),
        "tie_embeddings": Boolean(),
        "pad_token_id": Integer(0) | None,
        "bos_token_id": Integer(0) | None,
        "eos_token_id": Integer(0) | None,
        "source_vocab_size": Integer(1) | None,
        "bigram_buckets": Integer(0),
    }

    def __post_init__(self) -> None:
        check_parameters(self)
        for name in ("pad_token_id", "bos_token_id", "eos_token_id"):
            token_id = getattr(self, name)
            if token_id is not None and token_id >= self.vocab_size:
                raise ParameterError(
                    name, _OWNER, f"be less than {{vocab_size}}, {self.vocab_size}", token_id
                )
        width = self.hidden_size
        if width % self.num_heads:
            raise ParameterError(
                "num_heads", _OWNER, f"divide {{hidden_size}}, which is {width}", self.num_heads
            )
        if self.positions == "rotary" and self.head_size % 2:
            rule = "make {hidden_size} / {num_heads} even for rotary positions, which turn pairs of numbers"
            raise ParameterError(
                "num_heads", _OWNER, rule, self.num_heads, f"The quotient is {self.head_size}."
            )
        if self.positions == "sinusoidal" and width % 2:
            raise ParameterError("hidden_size", _OWNER, "be even for sinusoidal positions", width)
        if self.pooler and self.kind != "encoder":
            raise ParameterError(
                "pooler", _OWNER, f"be False for kind={self.kind!r}: only encoders have one", True
            )
        if self.source_vocab_size is not None and self.kind != "encoder-decoder":
            rule = f"be None for kind={self.kind!r}: only an encoder-decoder has a source"
            raise ParameterError("source_vocab_size", _OWNER, rule, self.source_vocab_size)

        if self.bigram_buckets and self.kind != "decoder":
            rule = f"be 0 for kind={self.kind!r}: what comes before a token is known to a decoder"
            raise ParameterError("bigram_buckets", _OWNER, rule, self.bigram_buckets)

    @classmethod
    def bert(cls, vocab_size: int, **changes: Any) -> TransformerConfig:
        """Return the encoder of Devlin et al. (2019), in a small size unless `changes` say otherwise."""
        published: dict[str, Any] = {
            "type_vocab_size": 2, "norm": "post", "activation": "gelu", "norm_eps": 1e-12, "embedding_norm": True,
            "pooler": True, "pad_token_id": 0,
        }  # fmt: skip
        return cls("encoder", vocab_size, **(published | changes))

    @classmethod
    def gpt(cls, vocab_size: int, **changes: Any) -> TransformerConfig:
        """Return the decoder of Radford et al. (2019), GPT-2, in a small size."""
        return cls("decoder", vocab_size, **({"activation": "gelu_tanh"} | changes))

    @classmethod
    def original(cls, vocab_size: int, **changes: Any) -> TransformerConfig:
        """Return the encoder-decoder of Vaswani et al. (2017), in a small size."""
        published: dict[str, Any] = {
            "norm": "post", "positions": "sinusoidal", "activation": "relu", "scale_embeddings": True,
            "attention_dropout": 0.0,
        }  # fmt: skip
        return cls("encoder-decoder", vocab_size, **(published | changes))

    @property
    def head_size(self) -> int:
        """Width of a head, H."""
        return self.hidden_size // self.num_heads

    @property
    def bigram_size(self) -> int:
        """Width of the table of token pairs."""
        return max(1, self.hidden_size // 4)

    @property
    def inner_size(self) -> int:
        """Width of the feed-forward layers."""
        return 4 * self.hidden_size if self.ff_size is None else self.ff_size

    @property
    def n_parameters(self) -> int:
        """Number of trainable parameters, without task heads; a tied output layer counts once."""
        D, F, V = self.hidden_size, self.inner_size, self.vocab_size
        norm = 2 * D
        table = (V + (self.source_vocab_size or 0)) * D + self.type_vocab_size * D
        table += self.max_length * D if self.positions == "learned" else 0
        table += norm if self.embedding_norm else 0
        table += (self.bigram_buckets + D) * self.bigram_size if self.bigram_buckets else 0
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
        """Return the floating-point operations per token (a multiplication and an addition count as two).

        Only matrix products are counted: 2 operations per weight and token, and 4 * length * hidden_size per layer for
        attention scores and sums, over the whole square as in Kaplan et al. (2020), arXiv:2001.08361, and in PaLM's
        model-FLOPs utilisation. Training takes three times the forward pass. An encoder-decoder is counted for `length`
        tokens on each side, per target token.

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
        """Return all fields as JSON types."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> TransformerConfig:
        """Return the configuration from the result of `to_dict`.

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
