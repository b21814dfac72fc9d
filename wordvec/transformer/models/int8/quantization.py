"""`quantize`: models with int8 weights, for inference on a CPU."""

from __future__ import annotations

import copy
from typing import Any, TypeVar

from torch import nn

from wordvec._utils.validation import check_instance
from wordvec.transformer.models.base import TransformerModel
from wordvec.transformer.models.embeddings import Embeddings
from wordvec.transformer.models.int8.layers import MULTIPLE, Int8Embedding, Int8Linear
from wordvec.transformer.models.language_model import LanguageModel
from wordvec.transformer.models.layers import Stack
from wordvec.transformer.models.objectives.masked import MaskedLM

__all__ = ["quantize"]

Model = TypeVar("Model", bound=TransformerModel)


def quantize(model: Model) -> Model:
    """Return a copy of a model with int8 weights, for inference on a CPU.

    The linear layers of its stacks, the token table and the output layer over the vocabulary get 8-bit integer weights
    with a scale for each row, and bfloat16 inputs. Norms, positions and small heads stay float32, and so does the table
    of a masked model whose output layer is tied to it. The copy takes a quarter to a half of the memory and generates
    faster, because reading the weights dominates the cost of a token. Narrow models gain little.

    Parameters
    ----------
    model : EncoderModel, DecoderModel, EncoderDecoderModel, or one of these with a head
        On the CPU; left unchanged.

    Returns
    -------
    TransformerModel
        Of the same class. It cannot be trained or saved: save the original model, and quantize it after loading.

    Raises
    ------
    TypeError
        If it is not a Transformer.
    ValueError
        If it is on a GPU, already quantized, or has layers whose widths are not multiples of 16.

    Examples
    --------
    >>> from wordvec.transformer import DecoderModel, TransformerConfig, generate, quantize
    >>> model = DecoderModel(TransformerConfig.gpt(50, hidden_size=32, num_layers=1, num_heads=2))
    >>> len(generate(quantize(model), [[1, 2, 3]], max_new_tokens=5)[0].token_ids)
    5

    An estimator can predict with it, too: ``classifier.model_ = quantize(classifier.model_)``.
    """
    check_instance("model", model, "quantize", TransformerModel)
    if model.device.type != "cpu":
        raise ValueError(
            f"quantize makes models for the CPU, and this one is on {model.device}. Pass model.cpu()."
        )
    stacks = [module for module in model.modules() if isinstance(module, Stack)]
    linears = {part for stack in stacks for part in stack.modules() if isinstance(part, nn.Linear)}
    if not linears:
        found = (
            "is quantized already" if stacks else f"is a {type(model).__name__}, without layers of attention"
        )
        raise ValueError(f"The model of quantize {found}. Pass a Transformer with float weights.")
    widths = {part.in_features for part in linears} | {model.config.hidden_size}
    if any(width % MULTIPLE for width in widths):
        raise ValueError(
            f"The model of quantize has layers of the widths {sorted(widths)}. Pass one whose hidden_size and "
            f"inner_size are multiples of {MULTIPLE}."
        )
    # Where the copy comes to one of these modules, it takes what is here instead: no float weight is copied.
    copies: dict[int, Any] = {id(part): Int8Linear(part.weight, part.bias) for part in linears}
    if not (isinstance(model, MaskedLM) and model.config.tie_embeddings):
        tables = {module.token_table for module in model.modules() if isinstance(module, Embeddings)}
        copies.update((id(table), Int8Embedding(table.weight)) for table in tables)
    quantized = copy.deepcopy(model, copies).eval()
    if isinstance(model, LanguageModel) and isinstance(quantized, LanguageModel):
        quantized.head = Int8Linear(model.output_weight)
    return quantized
