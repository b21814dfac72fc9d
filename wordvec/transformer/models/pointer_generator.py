"""`PointerGenerator`: an encoder-decoder that can copy tokens from the source (See et al. 2017)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from wordvec._utils.errors import ParameterError
from wordvec._utils.validation import check_float
from wordvec.transformer.models.attention_mask import padding_mask
from wordvec.transformer.models.base import Losses, initialise
from wordvec.transformer.models.cache import KeyValueCache
from wordvec.transformer.models.config import TransformerConfig
from wordvec.transformer.models.losses import IGNORED, check_labels
from wordvec.transformer.models.outputs import ModelOutput
from wordvec.transformer.models.transformers import EncoderDecoderModel

__all__ = ["PointerGenerator"]

_OWNER = "PointerGenerator"
_CONTINUES = 3.0


class PointerGenerator(EncoderDecoderModel):
    """An `EncoderDecoderModel` whose decoder may copy tokens of the source.

    With g, the probability of generating, and a, the attention over source tokens x,

        P(w) = g P_vocabulary(w) + (1 - g) sum of a_i over all i with x_i = w        (See et al. 2017, eq. 9)

    Source and target share one subword table, so that copying needs no extended vocabulary. Three things differ from
    the paper. Because all positions of a target are trained at once here, copying has an attention of its own, of the
    decoder's last states over the encoder's output; and coverage, a sum over earlier positions, is used in the loss
    (eq. 12) and not in the attention. Finally, a source token that follows a token equal to the last one gets a bonus
    on its score, predicted from the decoder's state and initially 3 (the first source token follows the start): a
    recurrent decoder remembers its position in the source, whereas a Transformer would have to learn how to continue
    from there.

    Parameters
    ----------
    config : TransformerConfig
        Of kind "encoder-decoder", without `source_vocab_size`.
    seed : int
        Seed of the initial weights.
    label_smoothing : float
        Share of the target probability that training spreads over the vocabulary, for P_vocabulary only.
    coverage : float
        Weight in training of the coverage loss, which penalises repeated attention: sum of min(a_i, c_i).

    References
    ----------
    See, Liu and Manning (2017), "Get to the point: summarization with pointer-generator networks", ACL,
    arXiv:1704.04368. Luong, Pham and Manning (2015), arXiv:1508.04025 (the "general" score of attention).
    """

    def __init__(
        self,
        config: TransformerConfig,
        seed: int = 0,
        label_smoothing: float = 0.1,
        coverage: float = 0.0,
    ) -> None:
        super().__init__(config, seed, label_smoothing)
        if config.source_vocab_size is not None:
            rule = "be None: what is copied has to be in the target's vocabulary"
            raise ParameterError("source_vocab_size", _OWNER, rule, config.source_vocab_size)
        self.coverage = check_float("coverage", coverage, _OWNER, 0.0)
        with torch.random.fork_rng(devices=[]):
            self.copy_query = nn.Linear(config.hidden_size, config.hidden_size, bias=False)
            self.copy_next = nn.Linear(config.hidden_size, 1)
            self.copy_gate = nn.Linear(3 * config.hidden_size, 1)
        initialise(self, config, seed)
        nn.init.constant_(self.copy_next.bias, _CONTINUES)

    def head_settings(self) -> dict[str, Any]:
        """Return the entries of config.json beyond the configuration: label smoothing and coverage."""
        return {**super().head_settings(), "coverage": self.coverage}

    def decode(
        self,
        decoder_input_ids: Tensor,
        memory: Tensor,
        attention_mask: Tensor | None = None,
        decoder_attention_mask: Tensor | None = None,
        cache: KeyValueCache | None = None,
        source_ids: Tensor | None = None,
    ) -> ModelOutput:
        """Return hidden states and, as logits, the logarithms of P; see `EncoderDecoderModel.decode`.

        Parameters
        ----------
        source_ids : int64 (B, S)
            The source, from which tokens are copied. `memory` is read in each step, also with a cache.
        """
        if source_ids is None:
            raise ValueError("source_ids are missing: a PointerGenerator copies from them.")
        output = self._decode_hidden(decoder_input_ids, memory, attention_mask, decoder_attention_mask, cache)
        attention_BTS, gate_BT1 = self._pointers(
            output, decoder_input_ids, source_ids, memory, attention_mask
        )
        written_BTV = _wide(self.project(output.last_hidden_state)).softmax(-1)
        columns_BTS = source_ids.unsqueeze(1).expand_as(attention_BTS)
        copied_BTV = torch.zeros_like(written_BTV).scatter_add_(2, columns_BTS, attention_BTS)
        mixed_BTV = torch.lerp(copied_BTV, written_BTV, gate_BT1.sigmoid())
        output.logits = _log(mixed_BTV)
        return output

    def loss_sum(self, batch: Mapping[str, Tensor]) -> Losses:
        """Return {"loss": (sum, count)} over the target's labels; in training with smoothing and coverage.

        Parameters
        ----------
        batch : dict
            input_ids, attention_mask (B, S); decoder_input_ids, labels (B, T), labels IGNORED at padding.
        """
        input_ids, labels_BT, mask = batch["input_ids"], batch["labels"], batch.get("attention_mask")
        memory = self.encode(input_ids, mask)
        decoder_input_ids = batch["decoder_input_ids"]
        output = self._decode_hidden(decoder_input_ids, memory, mask, None, None)
        attention_BTS, gate_BT1 = self._pointers(output, decoder_input_ids, input_ids, memory, mask)
        is_labelled = labels_BT != IGNORED
        labels_N1 = check_labels(labels_BT[is_labelled], self.config.vocab_size).unsqueeze(1)
        logits_NV = _wide(self.project(output.last_hidden_state[is_labelled]))
        norm_N1 = logits_NV.logsumexp(1, keepdim=True)
        written_N1 = logits_NV.gather(1, labels_N1) - norm_N1
        is_label_BTS = labels_BT.unsqueeze(2) == input_ids.unsqueeze(1)
        copied_N1 = (attention_BTS * is_label_BTS).sum(2, keepdim=True)[is_labelled]
        gate_N1 = gate_BT1[is_labelled]
        log_probability = torch.logaddexp(
            functional.logsigmoid(gate_N1) + written_N1, functional.logsigmoid(-gate_N1) + _log(copied_N1)
        )
        loss = -log_probability.sum()
        if self.training and self.label_smoothing:
            smooth = self.label_smoothing
            loss = (1 - smooth) * loss + smooth * (norm_N1 - logits_NV.mean(1, keepdim=True)).sum()
        if self.training and self.coverage:
            before_BTS = attention_BTS.cumsum(1) - attention_BTS
            repeated_BT = torch.minimum(attention_BTS, before_BTS).sum(2)
            loss = loss + self.coverage * repeated_BT[is_labelled].sum()
        return {"loss": (loss, is_labelled.sum())}

    def _pointers(
        self,
        output: ModelOutput,
        decoder_input_ids: Tensor,
        source_ids: Tensor,
        memory: Tensor,
        attention_mask: Tensor | None,
    ) -> tuple[Tensor, Tensor]:
        """Return the copy attention, float32 (B, T, S), and the logit of generating, float32 (B, T, 1)."""
        states_BTD, embedded_BTD = output.last_hidden_state, output.hidden_states[0]
        scores_BTS = _wide(self.copy_query(states_BTD) @ memory.transpose(1, 2))
        start_id = self.config.bos_token_id
        before_BS = functional.pad(source_ids[:, :-1], (1, 0), value=-1 if start_id is None else start_id)
        continues_BTS = decoder_input_ids.unsqueeze(2) == before_BS.unsqueeze(1)
        scores_BTS = scores_BTS / math.sqrt(self.config.hidden_size) + continues_BTS * _wide(
            self.copy_next(states_BTD)
        )
        mask = padding_mask(attention_mask, memory)
        if mask is not None:
            scores_BTS = scores_BTS.masked_fill(~mask[:, 0], -torch.inf)
        attention_BTS = scores_BTS.softmax(-1)
        context_BTD = attention_BTS.to(memory.dtype) @ memory
        gate_BT1 = self.copy_gate(torch.cat([context_BTD, states_BTD, embedded_BTD], dim=-1))
        return attention_BTS, _wide(gate_BT1)


def _wide(x: Tensor) -> Tensor:
    """Return half-precision tensors as float32, and others as they are."""
    return x.to(torch.promote_types(x.dtype, torch.float32))


def _log(probabilities: Tensor) -> Tensor:
    """Return logarithms; for 0, whose logarithm has no finite gradient, that of the smallest positive number."""
    return probabilities.clamp_min(torch.finfo(probabilities.dtype).tiny).log()
