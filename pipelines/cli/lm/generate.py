"""`wordvec lm generate`: a model goes on with a text."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wordvec._utils.validation import check_int, import_optional

from ...workflows.model_folders import check_holds_model
from ..errors import CommandError
from ..options import STDIN, AsJson, given
from ..output import print_json
from .options import Device

if TYPE_CHECKING:
    from wordvec.transformer import DecoderModel, EncoderDecoderModel, Generation, Tokenizer

# Whose parameters the options set; --help shows their ranges.
DECLARED_BY = ("wordvec.transformer.generation.options:GenerationOptions",)


_OWNER = "wordvec lm generate"
_DEFAULT_NEW_TOKENS = 50


# Options of `generate` are None unless given, so that its defaults hold; tests/test_cli_lm.py checks what --help
# shows of them.
def generate(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="Folder of a causal model.")],
    prompt: Annotated[
        str,
        typer.Argument(
            metavar="PROMPT",
            show_default="the beginning of a text",
            help="What it goes on with; - for stdin.",
        ),
    ] = "",
    max_new_tokens: Annotated[
        int | None,
        typer.Option(metavar="N", show_default="50, or what the model has room for", help="Tokens to write."),
    ] = None,
    do_sample: Annotated[
        bool, typer.Option("--do-sample", help="Draw each token instead of taking the best one.")
    ] = False,
    temperature: Annotated[
        float | None, typer.Option(metavar="X", show_default="1.0", help="Sampling: below 1 for safer text.")
    ] = None,
    top_k: Annotated[
        int | None,
        typer.Option(metavar="N", show_default="0", help="Sampling: from the N best tokens; 0: all."),
    ] = None,
    top_p: Annotated[
        float | None,
        typer.Option(
            metavar="X", show_default="1.0", help="Sampling: from the best that have probability X together."
        ),
    ] = None,
    min_p: Annotated[
        float | None,
        typer.Option(
            metavar="X",
            show_default="0.0",
            help="Sampling: from those with X times the best one's probability.",
        ),
    ] = None,
    num_beams: Annotated[
        int | None, typer.Option("--beams", metavar="N", show_default="1", help="Beam search with N beams.")
    ] = None,
    length_penalty: Annotated[
        float | None,
        typer.Option(metavar="X", show_default="1.0", help="Beam search: more favours longer texts."),
    ] = None,
    repetition_penalty: Annotated[
        float | None, typer.Option(metavar="X", show_default="1.0", help="Above 1, less repetition.")
    ] = None,
    no_repeat_ngram_size: Annotated[
        int | None, typer.Option(metavar="N", show_default="0", help="No N tokens in a row come twice.")
    ] = None,
    stop_strings: Annotated[
        list[str] | None,
        typer.Option("--stop", metavar="TEXT", help="Stop before it; may be given several times."),
    ] = None,
    count: Annotated[int, typer.Option("--count", metavar="N", help="Sampling: number of texts.")] = 1,
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of sampling.")] = 0,
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """Let a model write: the prompt and what follows appear while it is written.

    The options are those of transformers' generate. With --json, prompt, new text and its tokens.

    Example: wordvec lm generate model "The king" --do-sample --temperature 0.8 --top-k 40
    """
    options = given(locals(), without="model prompt count device")
    if count > 1 and not do_sample:
        raise CommandError(
            "Several texts differ only if they are drawn: add --do-sample, or leave --count out."
        )
    text = sys.stdin.read().removesuffix("\n") if prompt == STDIN else prompt
    writer = Writer.load(model, device)
    # Only one text at a time can appear while it is written.
    is_stream = not as_json and count == 1 and num_beams in (None, 1)
    found = writer.generate(text, count, _write_at_once if is_stream else None, **options)
    if as_json:
        print_json([{"prompt": text, **asdict(each)} for each in found])
    elif is_stream:
        print()
    else:
        print("\n\n".join(writer.shown_before(text) + (each.text or "") for each in found))


class Writer:
    """A model that writes, with its tokenizer.

    Parameters
    ----------
    model : DecoderModel or EncoderDecoderModel
        The first goes on with a text, the second writes the target of a source.
    tokenizer : Tokenizer
    """

    def __init__(self, model: DecoderModel | EncoderDecoderModel, tokenizer: Tokenizer) -> None:
        self.model, self.tokenizer = model, tokenizer
        self.goes_on = model.config.kind == "decoder"

    @classmethod
    def load(cls, folder: Path, device: str = "auto") -> Writer:
        """Return what a folder holds.

        Raises
        ------
        FileNotFoundError, ValueError
            If the folder lacks a file, or its model does not write text.
        """
        import_optional("torch", pip="wordvec[transformer]", purpose="wordvec lm")
        from wordvec.transformer import DecoderModel, EncoderDecoderModel, Tokenizer, from_pretrained
        from wordvec.transformer.estimators.fine_tuning import check_same_vocabulary
        from wordvec.transformer.training.processes import choose_device

        check_holds_model(folder)
        model = from_pretrained(folder)
        if not isinstance(model, DecoderModel | EncoderDecoderModel):
            raise ValueError(
                f"{str(folder)!r} holds a {type(model).__name__}, which does not write text. Train one with "
                "wordvec lm pretrain --objective causal."
            )
        tokenizer = Tokenizer.load(folder)
        check_same_vocabulary(model, tokenizer, folder)
        return cls(model.to(choose_device(device, owner=_OWNER)), tokenizer)

    def generate(
        self, prompt: str, count: int = 1, write: Callable[[str], object] | None = None, **options: Any
    ) -> list[Generation]:
        """Return texts that follow the prompt, or the token that texts begin with if it is empty.

        Parameters
        ----------
        prompt : str
        count : int
        write : callable, optional
            Takes the prompt and each new piece of text at once; for one text.
        **options : those of `wordvec.transformer.generate`

        Raises
        ------
        TypeError, ValueError
            If an option is not what it should be.
        """
        from wordvec.transformer import TextStream, generate

        check_int("count", count, _OWNER, 1)
        ids = self._encode(prompt)
        room = self.model.config.max_length - (len(ids) if self.goes_on else 0)
        options.setdefault("max_new_tokens", max(1, min(_DEFAULT_NEW_TOKENS, room)))
        if write is None:
            return generate(self.model, [ids] * count, tokenizer=self.tokenizer, **options)
        stream = TextStream(self.tokenizer, write, options.get("stop_strings", ()))
        before = [self.shown_before(prompt)]

        def take(row: int, token_id: int) -> None:
            # Nothing is written if an option turns out to be wrong.
            while before:
                write(before.pop())
            stream(row, token_id)

        found = generate(self.model, [ids], tokenizer=self.tokenizer, on_token=take, **options)
        stream.end()
        return found

    def shown_before(self, prompt: str) -> str:
        """Return the prompt as it stands before the text that follows; nothing before the target of a source."""
        from tokenizers import decoders

        decoder = self.tokenizer.backend.decoder
        is_of_words = decoder is None or isinstance(decoder, decoders.WordPiece)
        return f"{prompt}{' ' if is_of_words and prompt else ''}" if self.goes_on else ""

    def _encode(self, prompt: str) -> list[int]:
        # "[SEP]" after a prompt would end it.
        ids = self.tokenizer.encode(prompt, add_special_tokens=not self.goes_on)
        if ids:
            return ids
        start = self.tokenizer.bos_token_id
        start = self.tokenizer.end_token_id if start is None else start
        if start is None:
            raise ValueError(
                "The prompt is empty, and the tokenizer has no token that texts begin with. Pass a prompt."
            )
        return [start]


def _write_at_once(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
