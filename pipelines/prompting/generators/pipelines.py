"""`PipelineGenerator`: a text generation pipeline of transformers as a generator."""

from __future__ import annotations

from typing import Any

import numpy as np

from wordvec._utils.errors import ParameterError
from wordvec._utils.validation import check_int

from .base import ScoringGenerator
from .completions import Completion, Request, cut_at_stop

__all__ = ["PipelineGenerator", "is_text_pipeline"]

_OWNER = "PipelineGenerator"
_TASK = "text-generation"
_NO_LIMIT = 2**31


class PipelineGenerator(ScoringGenerator):
    """A transformers pipeline, ``pipeline("text-generation", ...)``, as a generator.

    Prompts are passed to the pipeline unchanged, without a chat template, one at a time.

    Parameters
    ----------
    pipeline : TextGenerationPipeline
    batch_size : int
        Number of texts that `log_likelihoods` processes at a time.
    """

    def __init__(self, pipeline: Any, *, batch_size: int = 16) -> None:
        if not is_text_pipeline(pipeline):
            rule = f"be a pipeline of transformers for {_TASK!r}"
            raise ParameterError("pipeline", _OWNER, rule, pipeline)
        self.pipeline = pipeline
        self.batch_size = check_int("batch_size", batch_size, _OWNER, 1)

    def _complete(self, request: Request) -> list[Completion]:
        """Return completions as long as fits into the model."""
        import torch

        options: dict[str, Any] = {"do_sample": request.temperature > 0}
        if request.temperature:
            options["temperature"] = request.temperature
        if request.stop:
            options["stop_sequence"] = list(request.stop)
        found = []
        for number, (prompt, row_seed) in enumerate(zip(request.prompts, request.row_seeds())):
            n_prompt = len(self.pipeline.tokenizer(prompt)["input_ids"])
            n_most = min(request.max_tokens, self._room(n_prompt, number))
            with torch.random.fork_rng():
                torch.manual_seed(row_seed)
                (record,) = self.pipeline(prompt, return_tensors=True, max_new_tokens=n_most, **options)
            # An empty prompt is read as the token that begins texts, which comes back.
            new = record["generated_token_ids"][max(n_prompt, 1) :]
            text, is_cut = cut_at_stop(
                self.pipeline.tokenizer.decode(new, skip_special_tokens=True), request.stop
            )
            reason = "length" if not is_cut and new[-1:] and new[-1] not in self._end_ids() else "stop"
            found.append(Completion(text, n_prompt, len(new), reason))
        return found

    def _score(self, contexts: list[list[int]], continuations: list[list[list[int]]]) -> list[np.ndarray]:
        start_ids = self._start_ids()
        # Tokenizers that begin each text with a token begin prompts with it, too.
        begins = start_ids if self.pipeline.tokenizer("a")["input_ids"][:1] == start_ids else []
        found = [np.zeros(len(group)) for group in continuations]
        jobs: dict[tuple[int, ...], list[tuple[int, int, int, list[int]]]] = {}
        for number, (context, new) in enumerate(zip(contexts, continuations, strict=True)):
            if context != start_ids:
                context = begins + context
            for place, ids in enumerate(new):
                # The last token is predicted, not read.
                self._room(len(context) + len(ids) - 2, number)
                # Texts that differ in their last token alone are read once.
                read = (*context, *ids[:-1])
                jobs.setdefault(read, []).append((number, place, len(context), ids))
        order = sorted(jobs, key=len)
        for first in range(0, len(order), self.batch_size):
            batch = order[first : first + self.batch_size]
            for read, logits_TV in zip(batch, self._logits(batch), strict=True):
                for number, place, n_context, ids in jobs[read]:
                    steps_LV = logits_TV[n_context - 1 : len(read)]
                    log_probabilities = _log_softmax(steps_LV)[range(len(ids)), ids]
                    found[number][place] = float(log_probabilities.double().sum())
        return found

    def _logits(self, rows: list[tuple[int, ...]]) -> Any:
        """Return the scores of the next token after each token of rows, float (B, T, V), padded on the right."""
        import torch

        T = max(map(len, rows))
        device = self.pipeline.model.device
        ids_BT = torch.tensor([[*row, *[0] * (T - len(row))] for row in rows], device=device)
        mask_BT = torch.tensor([[1] * len(row) + [0] * (T - len(row)) for row in rows], device=device)
        with torch.inference_mode():
            return self.pipeline.model(input_ids=ids_BT, attention_mask=mask_BT).logits

    def _encode(self, texts: list[str]) -> list[list[int]]:
        if not texts:
            return []
        ids: list[list[int]] = self.pipeline.tokenizer(texts, add_special_tokens=False)["input_ids"]
        return ids

    def _start_ids(self) -> list[int]:
        start = self.pipeline.tokenizer.bos_token_id
        return [] if start is None else [start]

    @property
    def max_length(self) -> int:
        """Maximum number of tokens of a prompt and its completion."""
        return getattr(self.pipeline.model.config, "max_position_embeddings", None) or _NO_LIMIT

    def _room(self, n_tokens: int, number: int) -> int:
        """Return the number of tokens that fit into the model after a prompt, at least 1."""
        if n_tokens >= self.max_length:
            raise ValueError(
                f"Prompt {number} of {_OWNER} has {n_tokens} tokens, which leaves no room in the model's "
                f"{self.max_length}. Shorten it, e.g. by fewer examples."
            )
        return self.max_length - n_tokens

    def _end_ids(self) -> list[int]:
        found = self.pipeline.model.generation_config.eos_token_id
        return found if isinstance(found, list) else [found]

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens of a text."""
        return len(self.pipeline.tokenizer(text)["input_ids"])

    def __repr__(self) -> str:
        return f"{_OWNER}({type(self.pipeline.model).__name__})"


def _log_softmax(logits: Any) -> Any:
    """Return log-probabilities in float32, or in the precision of the logits if that is higher."""
    import torch

    return logits.to(torch.promote_types(logits.dtype, torch.float32)).log_softmax(-1)


def is_text_pipeline(value: Any) -> bool:
    """Return whether a value is a transformers pipeline that continues texts."""
    has_parts = all(hasattr(value, name) for name in ("model", "tokenizer"))
    return callable(value) and has_parts and getattr(value, "task", None) == _TASK
