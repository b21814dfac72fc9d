"""Dialogue: training and evaluation of a dialogue model on files, and a conversation with it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wordvec._utils.assumptions import collected_assumptions
from wordvec._utils.reports import Report
from wordvec._utils.tables import format_fields, format_loss
from wordvec._utils.validation import import_optional

from ...datasets.dialogues import DialogueLayout, read_dialogues
from ..model_folders import check_holds_model, check_model_folder, check_task, save_result

if TYPE_CHECKING:
    from wordvec.transformer import DialogueModel

_OWNER = "train_chat"


@dataclass(frozen=True)
class ChatReport(Report):
    """The results of training a dialogue model.

    Attributes
    ----------
    model : str
        The folder that it was written to.
    n_dialogues, n_held_out, n_left_out : int
        Number of dialogues used for training, held out, and left out because they have only one turn.
    n_windows, n_parameters, vocab_size, steps : int
    learning_rate, seconds : float
    loss_curve : list of float
        Nats per token, by step.
    validation_loss : float, optional
        The lowest loss on held-out dialogues.
    interrupted : bool
    assumptions : list of str
        Assumptions about the files.
    """

    model: str
    n_dialogues: int
    n_held_out: int
    n_left_out: int
    n_windows: int
    n_parameters: int
    vocab_size: int
    steps: int
    learning_rate: float
    seconds: float
    loss_curve: list[float]
    validation_loss: float | None
    interrupted: bool
    assumptions: list[str]

    def format(self) -> str:
        """Return the report as lines of name and value."""
        apart = f"{self.n_held_out:,} held out, {self.n_left_out:,} of one turn left out"
        fields = {
            "dialogues": f"{self.n_dialogues:,}; {apart}",
            "windows": f"{self.n_windows:,}",
            "vocabulary": f"{self.vocab_size:,} pieces",
            "parameters": f"{self.n_parameters:,}",
            "steps": f"{self.steps:,}, learning rate {self.learning_rate:g}",
            "seconds": f"{self.seconds:.1f}",
            "loss": f"{format_loss(self.loss_curve)} (nats a token)",
        }
        if self.validation_loss is not None:
            fields["held out"] = f"{self.validation_loss:.4f}"
        return format_fields(fields | {"model": self.model})

    def to_dict(self) -> dict[str, Any]:
        """Return the values as JSON types."""
        return asdict(self)


def train_chat(
    files: Sequence[Path],
    out: Path,
    layout: DialogueLayout | None = None,
    *,
    validation: Sequence[Path] = (),
    overwrite: bool = False,
    **parameters: Any,
) -> ChatReport:
    """Train a dialogue model on files of dialogues and write it to a folder, when it is complete.

    The model of an interrupted training is written as well; if there is a model already, to `out` + ".interrupted".

    Parameters
    ----------
    files : sequence of Path
    out : Path
        The folder of the model.
    layout : DialogueLayout, optional
    validation : sequence of Path
        Files of dialogues for choosing the weights; by default, some training dialogues are held out.
    overwrite : bool
        Whether to replace an existing model.
    **parameters
        Those of `DialogueModel`.

    Raises
    ------
    OSError, ValueError
        If a file cannot be read or written (checked before training), or is invalid.
    FloatingPointError
        If training diverges.
    """
    import_optional("torch", pip="wordvec[transformer]", purpose="wordvec lm")
    from wordvec.transformer import DialogueModel

    sources = [*files, *validation]
    if (pretrained := parameters.get("pretrained")) is not None:
        check_holds_model(Path(pretrained))
        sources.append(Path(pretrained))
    check_model_folder(out, sources, overwrite=overwrite)
    with collected_assumptions() as assumed:
        dialogues = read_dialogues(files, layout, owner=_OWNER)
        held_out = read_dialogues(validation, layout, owner=_OWNER) if validation else None
    model = DialogueModel(**parameters)
    with warnings.catch_warnings():
        # The report tells of an interruption.
        warnings.filterwarnings("ignore", message="Training was interrupted")
        model.fit(dialogues, validation=held_out)
    place = save_result(model, out)
    curve = model.validation_curve_
    return ChatReport(
        model=str(place),
        n_dialogues=model.n_dialogues_,
        n_held_out=model.n_held_out_,
        n_left_out=model.n_left_out_,
        n_windows=model.n_windows_,
        n_parameters=model.model_.n_parameters,
        vocab_size=model.tokenizer_.vocab_size,
        steps=model.n_iter_,
        learning_rate=model.learning_rate_,
        seconds=sum(model.fit_times_.values()),
        loss_curve=model.loss_curve_,
        validation_loss=min((loss for _, loss in curve), default=None),
        interrupted=model.interrupted_,
        assumptions=assumed,
    )


@dataclass(frozen=True)
class ChatScores(Report):
    """The perplexity of a dialogue model: every token except the first of a dialogue, including speakers and ends."""

    n_dialogues: int
    n_tokens: int
    loss: float
    perplexity_per_token: float

    def format(self) -> str:
        """Return the scores as lines of name and value."""
        return format_fields(
            {
                "perplexity per token": f"{self.perplexity_per_token:,.3f}",
                "loss": f"{self.loss:.4f} (nats a token)",
                "dialogues": f"{self.n_dialogues:,}",
                "tokens": f"{self.n_tokens:,}",
            }
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the values as JSON types."""
        return asdict(self)


def evaluate_chat(
    folder: Path, files: Sequence[Path], layout: DialogueLayout | None = None, *, device: str = "auto"
) -> ChatScores:
    """Return the perplexity of the dialogue model in a folder on files of dialogues.

    Raises
    ------
    OSError, ValueError
        If a file or the model cannot be read.
    """
    import_optional("torch", pip="wordvec[transformer]", purpose="wordvec lm")
    from wordvec.transformer import DialogueModel

    check_task(folder, "chat")
    dialogues = read_dialogues(files, layout, owner="evaluate_chat")
    found = DialogueModel.load(folder, device=device).perplexity(dialogues)
    return ChatScores(len(dialogues), found.n_tokens, found.loss, found.per_token)


class Chat:
    """A conversation with a dialogue model, which keeps its history.

    Parameters
    ----------
    model : DialogueModel
    seed : int
        The seed of sampling; each reply has its own random numbers.
    **options
        Those of `wordvec.transformer.generate`.

    Attributes
    ----------
    history : list of str
        All turns so far.
    """

    def __init__(self, model: DialogueModel, *, seed: int = 0, **options: Any) -> None:
        self.model, self.seed, self.options = model, seed, options
        self.history: list[str] = []

    @classmethod
    def load(cls, folder: Path, device: str = "auto", *, seed: int = 0, **options: Any) -> Chat:
        """Load the model in a folder that `train_chat` wrote.

        Raises
        ------
        FileNotFoundError, ValueError
            If there is no model, or it is of another kind.
        """
        import_optional("torch", pip="wordvec[transformer]", purpose="wordvec lm")
        from wordvec.transformer import DialogueModel
        from wordvec.transformer.generation.options import GenerationOptions

        check_task(folder, "chat")
        # An option that breaks its rule is told before the first turn.
        GenerationOptions(seed=seed, **{k: v for k, v in options.items() if k != "stop_strings"})
        return cls(DialogueModel.load(folder, device=device), seed=seed, **options)

    def say(self, turn: str, write: Callable[[str], object] | None = None) -> str:
        """Add a turn and the reply to it to the history, and return the reply.

        Parameters
        ----------
        turn : str
        write : callable, optional
            Called with each piece of the reply as soon as it is generated.

        Raises
        ------
        TypeError, ValueError
            If an option is invalid; the history is then unchanged.
        """
        history = [*self.history, turn]
        reply = self.model.reply(history, write=write, seed=self.seed + len(self.history), **self.options)
        self.history = [*history, reply]
        return reply

    def begin_anew(self) -> None:
        """Clear the history."""
        self.history = []
