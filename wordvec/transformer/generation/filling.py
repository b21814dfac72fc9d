"""`fill_masks`: the tokens that a masked language model predicts for masks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from wordvec._utils.errors import AdvisedError
from wordvec._utils.validation import check_instance, check_int
from wordvec.tokenizers.rows import check_texts, padded_rows
from wordvec.tokenizers.tokenizer import Tokenizer
from wordvec.transformer.generation.decoder_runs import inference
from wordvec.transformer.models.objectives.masked import MaskedLM

__all__ = ["Filling", "fill_masks"]

_OWNER = "fill_masks"


@dataclass(frozen=True)
class Filling:
    """A token predicted for a mask.

    Attributes
    ----------
    token : str
        Its text: for example " film" with a byte-level tokenizer, or "##ing" with WordPiece, which continues a word.
    token_id : int
    probability : float
    """

    token: str
    token_id: int
    probability: float


def fill_masks(
    model: MaskedLM, tokenizer: Tokenizer, texts: Iterable[str], *, top_k: int = 5, batch_size: int = 32
) -> list[list[list[Filling]]]:
    """Return the most probable tokens for each mask of each text, best first.

    If a text has several masks, each is predicted with the others still masked. Special tokens are ranked like all
    others.

    Parameters
    ----------
    model : MaskedLM
    tokenizer : Tokenizer
        The model's tokenizer.
    texts : list of str
        Each contains the tokenizer's mask, usually "[MASK]", at least once.
    top_k : int
        Tokens for each mask; at most the size of the vocabulary.
    batch_size : int
        Texts computed at once.

    Returns
    -------
    list
        For each text, a list with one item for each of its masks, in order: a list of `top_k` fillings.

    Raises
    ------
    TypeError, ValueError
        If the model or a parameter breaks its rule; the tokenizer has no mask; or a text has no mask, or exceeds the
        model's limit. The message names the text.

    Examples
    --------
    >>> from wordvec.tokenizers import Tokenizer
    >>> from wordvec.transformer import EncoderModel, MaskedLM, TransformerConfig, fill_masks
    >>> tokenizer = Tokenizer.train_from_texts(["the cat sat on the mat"] * 9, "wordpiece", vocab_size=60)
    >>> config = TransformerConfig.bert(tokenizer.vocab_size, hidden_size=16, num_layers=1, num_heads=2)
    >>> model = MaskedLM(EncoderModel(config))  # with random weights, it knows nothing
    >>> ((best, *others),) = fill_masks(model, tokenizer, ["the [MASK] sat"])[0]
    >>> len(others), 0 < best.probability < 1
    (4, True)
    """
    check_instance("model", model, _OWNER, MaskedLM)
    check_instance("tokenizer", tokenizer, _OWNER, Tokenizer)
    check_int("top_k", top_k, _OWNER, 1, tokenizer.vocab_size)
    check_int("batch_size", batch_size, _OWNER, 1)
    rows = _encoded(tokenizer, check_texts(texts, "texts", _OWNER), model.config.max_length)
    found: list[list[list[Filling]]] = []
    with inference(model):
        for first in range(0, len(rows), batch_size):
            found += _fill(model, tokenizer, rows[first : first + batch_size], top_k)
    return found


def _encoded(tokenizer: Tokenizer, texts: list[str], max_length: int) -> list[list[int]]:
    """Return the ids of texts that all have a mask and fit into the model."""
    mask_id = tokenizer.mask_token_id
    if mask_id is None:
        raise ValueError(
            f"The tokenizer of {_OWNER} has no mask token. Use that of a model trained with masks: wordvec lm pretrain "
            "--objective masked."
        )
    rows, _ = tokenizer.encode_lists(texts)
    for number, row in enumerate(rows):
        if mask_id not in row:
            raise AdvisedError(
                f"Text {number} of {_OWNER} has no mask: {texts[number]!r:.60}.",
                f"{tokenizer.special_tokens['mask']!r} where a word is to be found",
            )
        if len(row) > max_length:
            raise ValueError(
                f"Text {number} of {_OWNER} has {len(row)} tokens, and the model takes {max_length}. Pass the part "
                "around the mask."
            )
    return rows


def _fill(
    model: MaskedLM, tokenizer: Tokenizer, rows: list[list[int]], top_k: int
) -> Iterator[list[list[Filling]]]:
    """Yield the fillings of each row of ids."""
    ids_BT = torch.from_numpy(padded_rows(rows, tokenizer.padding_id)).to(model.device)
    attended_BT = torch.from_numpy(padded_rows([[1] * len(row) for row in rows], 0)).to(model.device)
    hidden_BTD = model.states({"input_ids": ids_BT, "attention_mask": attended_BT}).last_hidden_state
    is_mask_BT = (ids_BT == tokenizer.mask_token_id) & attended_BT.bool()
    # A model's table may be padded to more rows than the tokenizer has tokens.
    logits_NV: Tensor = model.token_logits(hidden_BTD[is_mask_BT])[:, : tokenizer.vocab_size]
    best = logits_NV.float().softmax(-1).topk(top_k)
    fillings = [
        [
            Filling(tokenizer.decode([token_id], skip_special_tokens=False), token_id, probability)
            for token_id, probability in zip(ids, probabilities)
        ]
        for ids, probabilities in zip(best.indices.tolist(), best.values.tolist())
    ]
    masks = iter(fillings)
    for n_masks in is_mask_BT.sum(1).tolist():
        yield [next(masks) for _ in range(n_masks)]
