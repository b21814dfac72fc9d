"""`wordvec lm generate`: text that continues a prompt."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from ...workflows.generation import TextGenerator
from ..errors import CommandError
from ..options import STDIN, AsJson, given
from ..output import print_json
from .options import Device, Int8

# Whose parameters the options set; --help shows their ranges.
DECLARED_BY = ("wordvec.transformer.generation.options:GenerationOptions",)


# Options of `generate` are None unless given, so that its defaults hold; tests/pipelines/cli/lm checks what --help
# shows of them.
def generate(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="Folder of a causal model.")],
    prompt: Annotated[
        str,
        typer.Argument(
            metavar="PROMPT",
            show_default="the beginning of a text",
            help="The text to continue; - for stdin.",
        ),
    ] = "",
    max_new_tokens: Annotated[
        int | None,
        typer.Option(metavar="N", show_default="50, or as many as fit", help="Maximum number of new tokens."),
    ] = None,
    do_sample: Annotated[
        bool, typer.Option("--do-sample", help="Sample each token instead of taking the most probable one.")
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
            metavar="X",
            show_default="1.0",
            help="Sampling: from the most probable tokens with total probability X.",
        ),
    ] = None,
    min_p: Annotated[
        float | None,
        typer.Option(
            metavar="X",
            show_default="0.0",
            help="Sampling: from tokens with at least X times the highest probability.",
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
        int | None, typer.Option(metavar="N", show_default="0", help="No n-gram of N tokens occurs twice.")
    ] = None,
    stop_strings: Annotated[
        list[str] | None,
        typer.Option("--stop", metavar="TEXT", help="Stop before this text; may be repeated."),
    ] = None,
    count: Annotated[int, typer.Option("--count", metavar="N", help="Sampling: number of texts.")] = 1,
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of sampling.")] = 0,
    int8: Int8 = False,
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """Generate text with a model: the prompt and its continuation appear token by token.

    The options are those of transformers' generate. With --json, prompt, new text and its tokens.

    Example: wordvec lm generate model "The king" --do-sample --temperature 0.8 --top-k 40
    """
    options = given(locals(), without="model prompt count int8 device")
    if count > 1 and not do_sample:
        raise CommandError(
            "Several texts differ only if they are drawn: add --do-sample, or leave --count out."
        )
    text = sys.stdin.read().removesuffix("\n") if prompt == STDIN else prompt
    generator = TextGenerator.load(model, device, int8=int8)
    # Only one text at a time can appear while it is written.
    is_stream = not as_json and count == 1 and num_beams in (None, 1)
    found = generator.generate(text, count, _write_at_once if is_stream else None, **options)
    if as_json:
        print_json([{"prompt": text, **asdict(each)} for each in found])
    elif is_stream:
        print()
    else:
        print("\n\n".join(generator.shown(text, each.text or "") for each in found))


def _write_at_once(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
