"""`wordvec lm generate`: generate text that continues a prompt."""

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
from ..stdin import stdin_text
from .options import (
    BeamLengthPenalty,
    Device,
    DoSample,
    Int8,
    MaxNewTokens,
    MinP,
    NoRepeat,
    NumBeams,
    RepetitionPenalty,
    SamplingSeed,
    Stop,
    Temperature,
    TopK,
    TopP,
)

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
    max_new_tokens: MaxNewTokens = None,
    do_sample: DoSample = False,
    temperature: Temperature = None,
    top_k: TopK = None,
    top_p: TopP = None,
    min_p: MinP = None,
    num_beams: NumBeams = None,
    length_penalty: BeamLengthPenalty = None,
    repetition_penalty: RepetitionPenalty = None,
    no_repeat_ngram_size: NoRepeat = None,
    stop_strings: Stop = None,
    count: Annotated[int, typer.Option("--count", metavar="N", help="Sampling: number of texts.")] = 1,
    seed: SamplingSeed = 0,
    int8: Int8 = False,
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """Generate text with a model: the prompt and its continuation appear token by token.

    The options are those of transformers' generate. --json prints prompt, new text and its tokens.

    Example: wordvec lm generate model "The king" --do-sample --temperature 0.8 --top-k 40
    """
    options = given(locals(), without="model prompt count int8 device")
    if count > 1 and not do_sample:
        raise CommandError(
            "Several texts differ only if they are drawn: add --do-sample, or leave --count out."
        )
    text = stdin_text().removesuffix("\n") if prompt == STDIN else prompt
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
