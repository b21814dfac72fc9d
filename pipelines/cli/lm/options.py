"""What the commands of `wordvec lm` share: options, checks of folders, messages in the words of options."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wordvec._io.atomic import check_writable

if TYPE_CHECKING:
    from wordvec.transformer import TokenCorpus, Tokenizer

Device = Annotated[
    str, typer.Option(metavar="auto|cpu|cuda", help="Where the work is done; auto: a GPU if there is one.")
]
Encoding = Annotated[str, typer.Option("--encoding", metavar="NAME", help="Encoding of the text.")]
Errors = Annotated[
    str, typer.Option("--errors", metavar="strict|replace", help="What becomes of bytes that are no text.")
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace a model that is in FOLDER.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

# What says how a run was started; its checkpoint is there until the end. (The trainer's own name of it stands in a
# module that imports PyTorch, which help and errors of options do without.)
RUN_NAME, CHECKPOINT_NAME = "pretraining.json", "checkpoint.safetensors"
# A parameter as errors name it, with the function or class that has it.
_PARAMETER = re.compile(r"[Tt]he (\w+) parameter of (?:wordvec lm \w+|[\w.]+)(?= )")


def in_words_of_options(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command whose errors name its options where they named parameters of the same name."""
    flags = {
        name: flag
        for name, option in inspect.signature(command, eval_str=True).parameters.items()
        if (flag := _flag(name, option)) is not None
    }

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except (TypeError, ValueError, FloatingPointError) as error:
            text = _with_flags(str(error), flags)
            if text == str(error):
                raise
            kind = TypeError if isinstance(error, TypeError) else ValueError
            raise kind(text) from error

    return run


def check_model_folder(
    out: Path, sources: Sequence[Path], *, overwrite: bool = False, resume: bool = False
) -> None:
    """Raise unless a model can be written to the folder `out`, which is none of those that are read.

    Raises
    ------
    FileExistsError
        If it holds a model, or an unfinished run, and neither `overwrite` nor `resume` is set.
    FileNotFoundError
        If its parent does not exist.
    OSError
        If it is a file, or cannot be written to.
    ValueError
        If it holds something else, or is read.
    """
    if not out.is_dir():
        if out.exists():
            raise NotADirectoryError(f"{str(out)!r} is a file. A model is a folder: choose another name.")
        check_writable(out)
        return
    check_writable(out / "model.safetensors")
    if any(path.exists() and out.samefile(path) for path in sources):
        raise ValueError(f"{str(out)!r} is read. Choose another folder for what is written.")
    if any(out.iterdir()) and not (out / "tokenizer.json").exists():
        raise ValueError(f"{str(out)!r} holds something other than a model. Choose another folder.")
    if overwrite or resume:
        return
    if (out / CHECKPOINT_NAME).exists():
        raise FileExistsError(
            f"{str(out)!r} holds an unfinished run. Add --resume to go on with it, or --overwrite to replace it, or "
            "choose another folder."
        )
    if (out / "model.safetensors").exists():
        raise FileExistsError(
            f"{str(out)!r} holds a model. Add --overwrite to replace it, or choose another folder."
        )


def check_holds_model(folder: Path) -> None:
    """Raise FileNotFoundError if there is no model in a folder."""
    if (folder / "config.json").is_file():
        return
    if (folder / CHECKPOINT_NAME).exists():
        raise FileNotFoundError(
            f"{str(folder)!r} holds an unfinished run, and no model yet. Repeat wordvec lm pretrain with --resume to "
            "complete it."
        )
    raise FileNotFoundError(
        f"{str(folder / 'config.json')!r} does not exist. A model is a folder that wordvec lm pretrain, wordvec lm "
        "finetune or save_pretrained wrote."
    )


def unknown_share(corpus: TokenCorpus, tokenizer: Tokenizer) -> float:
    """Return the share of a text's tokens that stand for what the tokenizer does not know."""
    if tokenizer.unk_token_id is None or not corpus.n_tokens:
        return 0.0
    return float((corpus.token_ids == tokenizer.unk_token_id).mean())


def format_unknown_share(share: float) -> str:
    """Return it in words."""
    return f"{share:.2%} of the tokens, which makes perplexity look better"


def _flag(name: str, option: inspect.Parameter) -> str | None:
    """Return what the option of a parameter is called, None if it is an argument."""
    metadata = getattr(option.annotation, "__metadata__", ())
    if any(type(info).__name__ == "ArgumentInfo" for info in metadata):
        return None
    # The first name stands where typer.Option once took the default.
    declared = [d for info in metadata for d in (info.default, *(info.param_decls or ()))]
    names = [d for d in declared if isinstance(d, str) and d.startswith("--")]
    return names[0] if names else f"--{name.replace('_', '-')}"


def _with_flags(text: str, flags: dict[str, str]) -> str:
    def option(match: re.Match[str]) -> str:
        flag = flags.get(match[1])
        return match[0] if flag is None else f"{match[0][0]}he option {flag}"

    text = _PARAMETER.sub(option, text)
    for name, flag in flags.items():
        text = re.sub(rf"(?<![\w-]){name}=True\b", flag, text)
        text = re.sub(rf"(?<![\w-]){name}=", f"{flag} ", text)
        # Other names are words of English, too.
        if "_" in name:
            text = re.sub(rf"(?<![\w-]){name}\b", flag, text)
    return text
