"""`DecoderGenerator`: one of our decoders and its tokenizer as a generator."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from wordvec._utils.validation import check_int, check_path, import_optional

from .base import ScoringGenerator
from .completions import Completion, Request

if TYPE_CHECKING:
    from wordvec.transformer import DecoderModel, Tokenizer

__all__ = ["DecoderGenerator"]

_OWNER = "DecoderGenerator"


class DecoderGenerator(ScoringGenerator):
    """One of our causal models as a generator, which continues prompts and scores given continuations.

    Parameters
    ----------
    model : DecoderModel
    tokenizer : Tokenizer
    batch_size : int
        Number of prompts processed at a time.

    Attributes
    ----------
    folder : Path or None
        The folder from which it was loaded.

    Examples
    --------
    >>> from wordvec.pipelines.prompting import DecoderGenerator
    >>> from wordvec.transformer import CausalBatches, DecoderModel, TokenCorpus, Tokenizer, TrainerOptions
    >>> from wordvec.transformer import TransformerConfig, train
    >>> texts = ["one two three four five six seven eight nine ten"] * 9
    >>> tokenizer = Tokenizer.train_from_texts(texts, "word")
    >>> corpus = TokenCorpus.from_texts(texts, tokenizer)
    >>> model = DecoderModel(TransformerConfig.gpt(tokenizer.vocab_size, hidden_size=16, num_layers=1, dropout=0.0))
    >>> options = TrainerOptions(steps=60, learning_rate=0.01)
    >>> report = train(model, CausalBatches(corpus, block_size=8, batch_size=8), options)
    >>> generator = DecoderGenerator(model, tokenizer)
    >>> generator.generate(["three four", "six"], max_tokens=2)[0].text
    'five six'
    >>> (scores,) = generator.log_likelihoods(["three four"], [" five six", " nine"])
    >>> bool(scores[0] > scores[1])
    True
    """

    def __init__(self, model: DecoderModel, tokenizer: Tokenizer, *, batch_size: int = 16) -> None:
        import_optional("torch", pip="wordvec[transformer]", purpose=_OWNER)
        from wordvec.transformer import DecoderModel, Tokenizer

        if not isinstance(model, DecoderModel) or not isinstance(tokenizer, Tokenizer):
            raise TypeError(
                f"{_OWNER} needs a DecoderModel and its Tokenizer. Got {type(model).__name__} and "
                f"{type(tokenizer).__name__}."
            )
        self.model, self.tokenizer = model, tokenizer
        self.batch_size = check_int("batch_size", batch_size, _OWNER, 1)
        self.folder: Path | None = None

    @classmethod
    def load(
        cls, folder: str | os.PathLike[str], *, device: str = "auto", batch_size: int = 16
    ) -> DecoderGenerator:
        """Load the causal model and the tokenizer of a folder.

        Parameters
        ----------
        folder : path
            Written by wordvec lm pretrain, or by `save_pretrained` and `Tokenizer.save`.
        device : {"auto", "cpu", "cuda"}
        batch_size : int

        Raises
        ------
        FileNotFoundError, ValueError
            If a file is missing from the folder, a file is damaged, or its model does not continue text.
        """
        path = check_path("folder", folder, f"{_OWNER}.load")
        import_optional("torch", pip="wordvec[transformer]", purpose=_OWNER)
        from wordvec.transformer import DecoderModel, Tokenizer, from_pretrained
        from wordvec.transformer.estimators.fine_tuning import check_same_vocabulary
        from wordvec.transformer.training.processes import choose_device

        chosen = choose_device(device, owner=_OWNER)
        model = from_pretrained(path)
        if not isinstance(model, DecoderModel):
            raise ValueError(
                f"{str(path)!r} holds a {type(model).__name__}, which does not continue text. Train one with "
                "wordvec lm pretrain --objective causal."
            )
        tokenizer = Tokenizer.load(path)
        check_same_vocabulary(model, tokenizer, path)
        generator = cls(model.to(chosen), tokenizer, batch_size=batch_size)
        generator.folder = path.resolve()
        return generator

    def _complete(self, request: Request) -> list[Completion]:
        """Return completions, as long as fit into the model."""
        from wordvec.transformer import generate

        prompt_ids = self._prompt_ids(request.prompts)
        limit = self.model.config.max_length
        room = [min(request.max_tokens, limit - len(ids)) for ids in prompt_ids]
        for number, (ids, n_new) in enumerate(zip(prompt_ids, room)):
            if n_new < 1:
                raise ValueError(
                    f"Prompt {number} of {_OWNER} has {len(ids)} tokens, which leaves no room in the model's "
                    f"max_length of {limit}. Shorten it, e.g. by fewer examples."
                )
        seeds = request.row_seeds()
        draws: dict[str, Any] = {}
        found: list[Completion | None] = [None] * len(prompt_ids)
        for numbers in self._batches(prompt_ids, room):
            if request.temperature:
                draws = dict(
                    do_sample=True,
                    temperature=request.temperature,
                    seed=[seeds[number] for number in numbers],
                )
            new = generate(
                self.model,
                [prompt_ids[number] for number in numbers],
                max_new_tokens=room[numbers[0]],
                stop_strings=request.stop,
                tokenizer=self.tokenizer,
                **draws,
            )
            for number, one in zip(numbers, new, strict=True):
                reason = "length" if one.reason == "length" else "stop"
                found[number] = Completion(
                    one.text or "", len(prompt_ids[number]), len(one.token_ids), reason
                )
        return [each for each in found if each is not None]

    def _score(self, contexts: list[list[int]], continuations: list[list[list[int]]]) -> list[np.ndarray]:
        from wordvec.transformer import log_likelihoods

        return log_likelihoods(self.model, contexts, continuations, batch_size=self.batch_size)

    @property
    def max_length(self) -> int:
        """Maximum number of tokens of a prompt and its completion."""
        return self.model.config.max_length

    def _batches(self, prompt_ids: list[list[int]], room: list[int]) -> list[list[int]]:
        """Return the indices of prompts with the same room, in batches of similar lengths."""
        order = sorted(range(len(room)), key=lambda number: (room[number], len(prompt_ids[number])))
        batches: list[list[int]] = []
        for number in order:
            if batches and len(batches[-1]) < self.batch_size and room[batches[-1][0]] == room[number]:
                batches[-1].append(number)
            else:
                batches.append([number])
        return batches

    def _encode(self, texts: list[str]) -> list[list[int]]:
        # A "[SEP]" after the prompt would end the text.
        return self.tokenizer.encode_lists(texts, add_special_tokens=False)[0]

    def _start_ids(self) -> list[int]:
        tokenizer = self.tokenizer
        start = tokenizer.end_token_id if tokenizer.bos_token_id is None else tokenizer.bos_token_id
        return [] if start is None else [start]

    def _prompt_ids(self, prompts: list[str]) -> list[list[int]]:
        found = [ids or self._start_ids() for ids in self._encode(prompts)]
        if [] in found:
            raise ValueError(
                f"Prompt {found.index([])} of {_OWNER} is empty, and the tokenizer has no token that begins texts."
            )
        return found

    def __repr__(self) -> str:
        if self.folder is not None:
            return f"{_OWNER}({str(self.folder)!r})"
        config = self.model.config
        return f"{_OWNER}(a DecoderModel of {config.num_layers} layers and width {config.hidden_size})"
