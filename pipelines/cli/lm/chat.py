"""`wordvec lm chat`: converse with a dialogue model, on a terminal or line by line."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from ...workflows.applications.dialogues import Chat
from ..errors import CommandError
from ..options import given
from ..output import note
from ..stdin import check_stdin_line
from .options import (
    BeamLengthPenalty,
    Device,
    DoSample,
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


def chat(
    model: Annotated[
        Path, typer.Argument(metavar="MODEL", help="A folder that wordvec lm train-chat wrote.")
    ],
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
    seed: SamplingSeed = 0,
    device: Device = "auto",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one line of JSON per turn: dialogue, turn, reply.")
    ] = False,
) -> None:
    """Converse: each line is a turn and gets a reply in the context of all before it; a blank line starts over.

    The options are those of wordvec lm generate. Ctrl-D ends.

    Example: wordvec lm chat bot --do-sample --top-p 0.9
    """
    options = given(locals(), without="model device seed")
    talk = Chat.load(model, device, seed=seed, **options)
    is_terminal = sys.stdin.isatty()
    if is_terminal:
        note("Type a turn; a blank line starts a new dialogue, Ctrl-D (Ctrl-Z and Enter on Windows) ends.")
    # Only one text at a time can appear while it is written.
    is_stream = is_terminal and not as_json and num_beams in (None, 1)
    number, n_turns = 1, 0
    for turn in _turns(is_terminal):
        if not turn:
            number += bool(talk.history)
            talk.begin_anew()
            if n_turns and not (is_terminal or as_json):
                print(flush=True)  # as between the dialogues of the input
            continue
        n_turns += 1
        reply = talk.say(turn, _write_at_once if is_stream else None)
        if as_json:
            record = {"dialogue": number, "turn": turn, "reply": reply}
            print(json.dumps(record, ensure_ascii=False), flush=True)
        else:
            print("" if is_stream else reply, flush=True)
    if not n_turns and not is_terminal:
        raise CommandError(
            'There is no turn on the standard input. Pipe some, one a line: echo "Hi." | wordvec lm chat MODEL.'
        )


def _turns(is_terminal: bool) -> Iterator[str]:
    """Yield the lines of standard input as they arrive, stripped."""
    number = 0
    while True:
        if is_terminal:
            print("> ", end="", file=sys.stderr, flush=True)
        line = sys.stdin.buffer.readline()
        number += 1
        if not line:
            if is_terminal:
                print(file=sys.stderr)
            return
        check_stdin_line(line, number)
        yield line.decode("utf-8-sig" if number == 1 else "utf-8").strip()


def _write_at_once(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
