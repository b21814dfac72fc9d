"""Checks of folders of Transformer models: whether they contain a model, and whether they can be written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wordvec._io.atomic import check_writable
from wordvec._io.json_files import parse_json_object
from wordvec._utils.errors import AdvisedError
from wordvec._utils.validation import import_optional

# The options that a run was started with, and its checkpoint, which is removed at the end. (The trainer names it, too,
# in a module that imports PyTorch, which --help and errors of options do without.)
RUN_NAME, CHECKPOINT_NAME = "pretraining.json", "checkpoint.safetensors"
# Of an unfinished run: the encoded text, and the tokenizer, which a model that is to be replaced does not have.
TOKENS_NAME, TOKENIZER_NAME = "tokens", "tokenizer"
_TASKS = {"Translator": "translate", "AbstractiveSummarizer": "summarize", "DialogueModel": "chat"}
# What a model of each task is, and the command that uses it.
_USES = {
    "translate": ("a translator", "wordvec lm translate {}"),
    "summarize": ("a summariser", "wordvec lm summarize {}"),
    "chat": ("a model for dialogues", "wordvec lm chat {}"),
    "answer": ("a model for questions", "wordvec lm answer --model {}"),
    "classify": ("a classifier", "wordvec lm predict {}"),
    "tag": ("a tagger", "wordvec lm predict {}"),
}
_TEMPORARY = re.compile(r"\.[-\w.]*(tmp|old|new|lock)")


class ModelExistsError(FileExistsError, AdvisedError):
    """A folder contains a model or an unfinished run that must not be replaced by accident."""

    def __init__(self, finding: str, *ways: str) -> None:
        AdvisedError.__init__(self, finding, *ways)

    def __str__(self) -> str:
        return self.message()


def check_model_folder(
    out: Path, sources: Sequence[Any], *, overwrite: bool = False, resume: bool = False
) -> None:
    """Raise an error unless a model can be written to the folder `out`, which must not be one that is read.

    Raises
    ------
    FileExistsError
        If it holds a model, or an unfinished run, and neither `overwrite` nor `resume` is set.
    FileNotFoundError
        If its parent does not exist.
    OSError
        If it is a file, or cannot be written to.
    ValueError
        If it contains something else, or is one that is read.
    """
    if not out.is_dir():
        if out.exists():
            raise NotADirectoryError(f"{str(out)!r} is a file. A model is a folder: choose another name.")
        check_writable(out)
        return
    check_writable(out / "model.safetensors")
    if any(isinstance(path, Path) and path.exists() and out.samefile(path) for path in sources):
        raise ValueError(f"{str(out)!r} is a source of this run. Choose another folder for the model.")
    names = {path.name for path in out.iterdir()}
    # A run that was killed while it encoded its text has left no more than this.
    is_begun = bool(names) and all(name == TOKENS_NAME or _TEMPORARY.fullmatch(name) for name in names)
    if names and not is_begun and not names & {"tokenizer.json", RUN_NAME}:
        raise ValueError(f"{str(out)!r} holds something other than a model. Choose another folder.")
    if overwrite or resume:
        return
    if is_begun or names & {CHECKPOINT_NAME, TOKENIZER_NAME}:
        raise ModelExistsError(
            f"{str(out)!r} holds an unfinished run.",
            "{resume=True} to continue it",
            "{overwrite=True} to replace it",
            "another folder",
        )
    if (out / "model.safetensors").exists():
        raise ModelExistsError(
            f"{str(out)!r} holds a model.", "{overwrite=True} to replace it", "another folder"
        )


def save_result(estimator: Any, out: Path) -> Path:
    """Save a trained estimator and return where; that of an interrupted training never replaces a model."""
    is_kept_apart = estimator.interrupted_ and (out / "config.json").exists()
    place = out.with_name(f"{out.name}.interrupted") if is_kept_apart else out
    estimator.save(place)
    return place


def check_holds_model(folder: Path) -> None:
    """Raise FileNotFoundError if there is no model in a folder."""
    if (folder / "config.json").is_file():
        return
    if (folder / CHECKPOINT_NAME).exists():
        raise FileNotFoundError(
            f"{str(folder)!r} holds an unfinished run, and no model yet. Complete it first: wordvec lm pretrain "
            "--resume, or pretrain_model(..., resume=True)."
        )
    if folder.is_dir():
        raise FileNotFoundError(
            f"{str(folder)!r} holds no model: {str(folder / 'config.json')!r} does not exist. A model is a folder "
            "that a command of wordvec lm or save_pretrained wrote."
        )
    raise FileNotFoundError(
        f"{str(folder)!r} is a file, and a model is a folder. Check the path."
        if folder.exists()
        else f"The folder {str(folder)!r} does not exist. Check the path."
    )


def check_task(folder: Path, *tasks: str) -> None:
    """Raise ValueError that names the right command if the model in a folder is for none of these tasks.

    A language model is left to its reader, whose error explains how to fine-tune it.

    Raises
    ------
    FileNotFoundError
        If there is no model.
    """
    task = task_of(folder)
    if task not in (*tasks, "language model"):
        noun, command = _USES[task]
        raise ValueError(f"{str(folder)!r} holds {noun}. {command.format(folder)} uses it.")


def task_of(folder: Path) -> str:
    """Return the task of the model in a folder.

    Returns
    -------
    {"classify", "tag", "answer", "translate", "summarize", "chat", "language model"}

    Raises
    ------
    FileNotFoundError
        If there is no model.
    ValueError
        If config.json or the header of the weights is damaged, or belongs to another kind of model.
    """
    check_holds_model(folder)
    import_optional("torch", pip="wordvec[transformer]", purpose="wordvec lm")
    from wordvec.transformer.models.pretrained.loading import architecture_in

    if (task := _saved_task(folder)) is not None:
        return task
    name = architecture_in(folder)
    if name.endswith(("ForSequenceClassification", "SequenceClassifier")):
        return "classify"
    if name.endswith(("ForQuestionAnswering", "QuestionAnswerer")):
        return "answer"
    return "tag" if name.endswith(("ForTokenClassification", "TokenClassifier")) else "language model"


def _saved_task(folder: Path) -> str | None:
    """Return the task of the estimator that wrote a folder if the model alone does not show it, else None."""
    try:
        described = parse_json_object((folder / "wordvec.json").read_bytes())
    except (OSError, ValueError):  # no estimator, or a damaged one, which its own reader will tell
        return None
    return _TASKS.get(str(described.get("estimator")))
