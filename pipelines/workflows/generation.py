"""Generation of text from plain-text prompts by a language model in a folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wordvec._utils.errors import AdvisedError
from wordvec._utils.validation import check_int, import_optional

from .model_folders import check_task

if TYPE_CHECKING:
    from wordvec.transformer import DecoderModel, EncoderDecoderModel, Generation, Tokenizer

_OWNER = "TextGenerator"
_DEFAULT_NEW_TOKENS = 50


class TextGenerator:
    """A causal or encoder-decoder model with its tokenizer, which generates text from prompts.

    Parameters
    ----------
    model : DecoderModel or EncoderDecoderModel
        The first continues a prompt, the second generates the target for a source text.
    tokenizer : Tokenizer
    """

    def __init__(self, model: DecoderModel | EncoderDecoderModel, tokenizer: Tokenizer) -> None:
        self.model, self.tokenizer = model, tokenizer
        self.continues = model.config.kind == "decoder"

    @classmethod
    def load(cls, folder: Path, device: str = "auto", *, int8: bool = False) -> TextGenerator:
        """Load the model and the tokenizer from a folder.

        Parameters
        ----------
        folder : Path
        device : {"auto", "cpu", "cuda"}
        int8 : bool
            Whether the model computes with int8 weights, on the CPU; see `wordvec.transformer.quantize`.

        Raises
        ------
        FileNotFoundError, ValueError
            If a file is missing from the folder, or its model does not generate text.
        """
        import_optional("torch", pip="wordvec[transformer]", purpose="wordvec lm")
        from wordvec.transformer import (
            DecoderModel,
            EncoderDecoderModel,
            Tokenizer,
            from_pretrained,
            quantize,
        )
        from wordvec.transformer.estimators.fine_tuning import check_same_vocabulary
        from wordvec.transformer.training.processes import choose_device

        if int8 and device not in ("auto", "cpu"):
            raise AdvisedError(
                f"Models with int8 weights are for the CPU, not for {device!r}.", "{device='cpu'}"
            )
        check_task(folder, "chat")
        model = from_pretrained(folder)
        if not isinstance(model, DecoderModel | EncoderDecoderModel):
            raise ValueError(
                f"{str(folder)!r} holds a {type(model).__name__}, which does not generate text. Train one with "
                "wordvec lm pretrain --objective causal."
            )
        tokenizer = Tokenizer.load(folder)
        check_same_vocabulary(model, tokenizer, folder)
        if int8:
            return cls(quantize(model), tokenizer)
        return cls(model.to(choose_device(device, owner=_OWNER)), tokenizer)

    def generate(
        self, prompt: str, count: int = 1, write: Callable[[str], object] | None = None, **options: Any
    ) -> list[Generation]:
        """Generate continuations of a prompt; an empty prompt stands for the token that begins texts.

        Parameters
        ----------
        prompt : str
        count : int
            Number of texts to generate.
        write : callable, optional
            Called with the prompt and then with each piece of text as soon as it is generated; only for one text.
        **options
            Those of `wordvec.transformer.generate`.

        Returns
        -------
        list of Generation

        Raises
        ------
        TypeError, ValueError
            If an option breaks its rule.
        """
        from wordvec.transformer import TextStream, generate

        check_int("count", count, _OWNER, 1)
        ids = self._encode(prompt)
        room = self.model.config.max_length - (len(ids) if self.continues else 0)
        options.setdefault("max_new_tokens", max(1, min(_DEFAULT_NEW_TOKENS, room)))
        if write is None:
            return generate(self.model, [ids] * count, tokenizer=self.tokenizer, **options)
        before = [prompt] if self.continues else []
        is_first = self.continues

        def write_on(text: str) -> None:
            nonlocal is_first
            write((self.between(prompt, text) if is_first else "") + text)
            is_first = False

        stream = TextStream(self.tokenizer, write_on, options.get("stop_strings", ()))

        def take(row: int, token_id: int) -> None:
            # Nothing is written before all options are checked.
            while before:
                write(before.pop())
            stream(row, token_id)

        found = generate(self.model, [ids], tokenizer=self.tokenizer, on_token=take, **options)
        stream.end()
        return found

    def shown(self, prompt: str, text: str) -> str:
        """Return a prompt and its continuation as printed; for an encoder-decoder, the new text only."""
        return f"{prompt}{self.between(prompt, text)}{text}" if self.continues else text

    def between(self, prompt: str, text: str) -> str:
        """Return the text between a prompt and its continuation: a space if tokens do not contain their own."""
        from tokenizers import decoders

        from wordvec.tokenizers.decoding import joins_without_blank

        decoder = self.tokenizer.backend.decoder
        is_of_words = decoder is None or isinstance(decoder, decoders.WordPiece)
        # As within the text, no blank stands between two Chinese characters of WordPiece.
        joins = decoder is not None and joins_without_blank(prompt[-1:], text[:1])
        return " " if is_of_words and prompt and not joins else ""

    def _encode(self, prompt: str) -> list[int]:
        # A "[SEP]" after the prompt would end the text.
        ids = self.tokenizer.encode(prompt, add_special_tokens=not self.continues)
        if ids:
            return ids
        start = self.tokenizer.bos_token_id
        start = self.tokenizer.end_token_id if start is None else start
        if start is None:
            raise ValueError(
                "The prompt is empty, and the tokenizer has no token that begins texts. Pass a prompt."
            )
        return [start]
