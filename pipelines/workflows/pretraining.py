"""Pre-training of a Transformer on text files: tokenizer, encoded text, model, report."""

from __future__ import annotations

import contextlib
import json
import math
import shutil
import warnings
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wordvec._io.atomic import replace_when_whole
from wordvec._io.folders import replace_folder_when_written
from wordvec._io.json_files import parse_json_object
from wordvec._utils.errors import AdvisedError, ParameterError
from wordvec._utils.messages import counted
from wordvec._utils.reports import Report
from wordvec._utils.tables import format_fields, format_loss
from wordvec._utils.validation import check_int, import_optional

from .lm_evaluation import format_unknown_share, unknown_share
from .model_folders import (
    CHECKPOINT_NAME,
    RUN_NAME,
    TOKENIZER_NAME,
    TOKENS_NAME,
    check_holds_model,
    check_model_folder,
)
from .pretraining_plan import WITHOUT_HEAD, PretrainingPlan

if TYPE_CHECKING:
    from wordvec.transformer import Tokenizer

_OWNER = "pretrain_model"
_N_EVALUATIONS = 10
_WARMUP_FRACTION = 0.05
# A new model that learns to read forwards learns several times faster by Muon; wider ones want less.
_BY_MUON = ("causal", "hybrid")
_NEW_RATE, _NEW_WIDTH = 5e-3, 256
_KEEPS = "keeps_model"  # whether the folder of an unfinished run holds an older, complete model


@dataclass(frozen=True)
class PretrainingReport(Report):
    """The results of pre-training a model.

    Attributes
    ----------
    model : str
        The folder that it was written to.
    objective : {"causal", "masked", "masked-nsp", "replaced", "hybrid"}
    n_parameters, vocab_size, n_documents : int
    n_tokens, n_held_out : int
        Number of training tokens, including those that end documents, and of held-out tokens.
    unknown_share : float
        Proportion of the text's tokens that are unknown to the tokenizer.
    vectors_share : float, optional
        Proportion of the tokens whose embedding was initialised from a word vector.
    steps : int
    seconds : float
        Time of the training steps only.
    tokens_per_second : float
    loss : float
        Mean over the last twentieth of the steps, in nats.
    loss_curve : list of float
    validation_loss : float, optional
        The loss of the model that was written, in nats.
    validation_curve : list of (int, float)
        Steps and losses.
    stopped_early, interrupted : bool
    """

    model: str
    objective: str
    n_parameters: int
    vocab_size: int
    n_documents: int
    n_tokens: int
    n_held_out: int
    unknown_share: float
    vectors_share: float | None
    steps: int
    seconds: float
    tokens_per_second: float
    loss: float
    loss_curve: list[float]
    validation_loss: float | None
    validation_curve: list[tuple[int, float]]
    stopped_early: bool
    interrupted: bool

    def format(self) -> str:
        """Return the report as lines of name and value."""
        fields = {
            "text": f"{counted(self.n_tokens, 'token')}, {counted(self.n_documents, 'document')}; "
            f"{counted(self.n_held_out, 'token')} held out",
            "tokenizer": f"{counted(self.vocab_size, 'token')}",
            "parameters": f"{self.n_parameters:,}",
            "steps": f"{self.steps:,}" + (", stopped early" if self.stopped_early else ""),
            "seconds": f"{self.seconds:.1f}, without learning the tokenizer and evaluation",
            "tokens/s": f"{self.tokens_per_second:,.0f}",
            "loss": f"{format_loss(self.loss_curve)}, at the end {self.loss:.4f} ({_unit(self)})",
        }
        if self.validation_loss is not None:
            fields["held out"] = (
                f"{self.validation_loss:.4f}, perplexity {_exp(self.validation_loss)} a token"
            )
            if self.objective in ("masked-nsp", *WITHOUT_HEAD):
                fields["held out"] = f"{self.validation_loss:.4f}"
        if self.unknown_share:
            fields["unknown"] = format_unknown_share(self.unknown_share)
        if self.vectors_share is not None:
            fields["vectors"] = f"{self.vectors_share:.1%} of the tokens start from a word vector"
        fields["model"] = self.model
        return format_fields(fields)

    def to_dict(self) -> dict[str, Any]:
        """Return the values as JSON types."""
        return asdict(self)


def pretrain_model(
    corpus: list[str],
    out: Path,
    plan: PretrainingPlan,
    *,
    steps: int,
    seed: int = 1,
    resume: bool = False,
    overwrite: bool = False,
    **options: Any,
) -> PretrainingReport | None:
    """Pre-train a model on text files and write it to a folder, also after Ctrl-C.

    An existing model is replaced only when the new one is complete.

    Parameters
    ----------
    corpus : list of str
        Paths, folders or globs, as `LineCorpus` takes them.
    out : Path
        The folder of the model.
    plan : PretrainingPlan
        Objective, tokenizer, sizes of the model and batches.
    steps : int
        Steps of training.
    seed : int
        The seed of the initial weights, the order of the text, masking and dropout.
    resume : bool
        Whether to continue an unfinished run in `out`.
    overwrite : bool
        Whether to replace an existing model or unfinished run.
    **options
        Further parameters of `TrainerOptions`. The optimizer of a new causal or hybrid model is "muon", with a learning
        rate of 5e-3, or proportionally less for a width above 256.

    Returns
    -------
    PretrainingReport, or None in processes of torchrun other than the first

    Raises
    ------
    OSError, ValueError
        If a file cannot be read or written (told before training, as far as can be known), or the text or an
        option is invalid.
    FloatingPointError
        If training diverges.
    """
    import_optional("torch", pip="wordvec[transformer]", purpose="wordvec lm")
    from wordvec.embeddings.checkpoints import AnotherRunError
    from wordvec.text.corpus import LineCorpus, files_here
    from wordvec.transformer import Tokenizer, train
    from wordvec.transformer.models.pretrained.plan import check_loads
    from wordvec.transformer.training.memory import check_memory
    from wordvec.transformer.training.processes import join_processes

    vectors = plan.load_vectors()
    width = plan.width_for(vectors)
    trainer = _trainer_options(plan, width, steps, seed, options)
    if plan.start is None:
        # Sizes that do not fit are refused before anything is learned.
        check_memory(
            plan.config(1, width).n_parameters, trainer.device, "{hidden_size}, {num_layers} or {block_size}"
        )
    else:
        check_holds_model(Path(plan.start))
    files = files_here(LineCorpus(corpus, encoding=plan.encoding), "pretrain")
    sources = files if plan.start is None else [*files, Path(plan.start)]
    check_model_folder(out, sources, overwrite=overwrite, resume=resume)
    described = {"plan": asdict(plan), "trainer": trainer.deciding()}
    goes_on = resume and _check_unfinished(out, described)
    if resume and not goes_on:
        warnings.warn(
            f"{str(out)!r} holds no run that could be resumed, so that a new one begins.", stacklevel=2
        )
    processes, _ = join_processes(trainer.device)
    with _first_before_others(processes.world, processes.is_first):
        goes_on = goes_on or not processes.is_first  # the others continue the run of the first
        with contextlib.nullcontext() if goes_on else _undone_on_error(out):
            tokenizer = (
                Tokenizer.load(_tokenizer_of(out))
                if goes_on
                else plan.train_tokenizer(files, trainer.verbose)
            )
            tokens = plan.encode(files, tokenizer, out / TOKENS_NAME, trainer.verbose)
            if plan.start is None:
                model, share = plan.new_model(tokenizer, width, vectors, seed)
            else:
                model, share = plan.load_model(tokenizer, seed), None
            batches = plan.batches(tokens, tokenizer, seed)
            validation = plan.validation_batches(tokens, tokenizer, seed)
        if not goes_on:
            _begin(out, tokenizer, model.config.max_length, described)
    try:
        with warnings.catch_warnings():
            # The report tells of an interruption.
            warnings.filterwarnings("ignore", message="Training was interrupted")
            check_loads(model.exported)
            report = train(model, batches, trainer, validation=validation, folder=out, resume=resume)
    except AnotherRunError as error:
        raise AdvisedError(
            error.finding,
            "the same text and options",
            "{overwrite=True} in place of {resume=True} to start anew in this folder",
        ) from error
    if not processes.is_first:
        return None
    if report.interrupted and _keeps_model(out):
        warnings.warn(f"The model that {str(out)!r} held stays until this run is complete.", stacklevel=2)
    else:
        _write(out, model.exported, tokenizer)
    if not report.interrupted:
        _clean_up(out)
    n_last = max(1, len(report.loss_curve) // 20)
    return PretrainingReport(
        model=str(out),
        objective=plan.objective,
        n_parameters=model.n_parameters,
        vocab_size=tokenizer.vocab_size,
        n_documents=tokens.n_documents,
        n_tokens=tokens.n_tokens,
        n_held_out=0 if tokens.validation is None else tokens.validation.n_tokens,
        unknown_share=unknown_share(tokens, tokenizer),
        vectors_share=share,
        steps=report.steps,
        seconds=report.seconds,
        tokens_per_second=report.tokens_per_second,
        loss=math.fsum(report.loss_curve[-n_last:]) / n_last,
        loss_curve=report.loss_curve,
        validation_loss=_validation_loss(report, trainer.patience is not None),
        validation_curve=report.validation_curve,
        stopped_early=report.stopped_early,
        interrupted=report.interrupted,
    )


def _unit(report: PretrainingReport) -> str:
    return {
        "causal": "nats a token",
        "masked": "nats a masked token",
        "masked-nsp": "nats a masked token, and a pair of segments",
        "replaced": "nats a masked token, and 50 times those of each token being replaced or not",
        "hybrid": "nats a token, of rows that are read forwards or masked",
    }[report.objective]


def _exp(loss: float) -> str:
    return f"{math.exp(loss):,.2f}" if loss < 700 else "inf"


def _validation_loss(report: Any, is_best: bool) -> float | None:
    """Return the held-out loss of the model that was written: the lowest with patience, otherwise the last."""
    losses = dict(report.validation_curve)
    if is_best and losses and not report.interrupted:
        return min(losses.values())
    return losses.get(report.steps)


def _trainer_options(
    plan: PretrainingPlan, width: int, steps: int, seed: int, options: dict[str, Any]
) -> Any:
    from wordvec.transformer import TrainerOptions

    check_int("steps", steps, _OWNER, 1)
    if plan.objective in _BY_MUON and plan.start is None:
        options.setdefault("optimizer", "muon")
        if options["optimizer"] == "muon":
            options.setdefault("learning_rate", _NEW_RATE * min(1.0, _NEW_WIDTH / width))
    options.setdefault("warmup_steps", int(_WARMUP_FRACTION * steps))
    if plan.validation_fraction:
        options.setdefault("eval_every", max(1, steps // _N_EVALUATIONS))
    elif "eval_every" in options or "patience" in options:
        name = "patience" if "patience" in options else "eval_every"
        raise ParameterError(
            name,
            _OWNER,
            "be left out without held-out text",
            options[name],
            "Set {validation_fraction} above 0.",
        )
    return TrainerOptions(steps=steps, seed=seed, **options)


def _check_unfinished(out: Path, described: dict[str, Any]) -> bool:
    """Return whether `out` holds an unfinished run that can be continued.

    Raises
    ------
    ValueError
        If the run is complete, or was started with other options.
    """
    if not (out / CHECKPOINT_NAME).exists():
        if (out / "model.safetensors").exists() and not (out / TOKENIZER_NAME).exists():
            raise AdvisedError(
                f"The run in {str(out)!r} is complete, so there is nothing to resume.",
                "another folder to train anew",
                "{overwrite=True} in place of {resume=True}",
            )
        return False
    try:
        before = parse_json_object((out / RUN_NAME).read_bytes())
        changed = [
            f"{{{name}}} was {before[part].get(name)!r} and is {value!r}"
            for part, values in described.items()
            for name, value in json.loads(json.dumps(values)).items()
            if before[part].get(name) != value
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise AdvisedError(
            f"{str(out / RUN_NAME)!r} does not tell the options that the run in this folder was started with.",
            "{overwrite=True} in place of {resume=True} to start anew",
        ) from error
    if changed:
        raise AdvisedError(
            f"The run in {str(out)!r} was started with other options.",
            "the same ones",
            "{overwrite=True} in place of {resume=True} to start anew in this folder",
            advice=f"What has changed: {'; '.join(changed)}.",
        )
    return True


@contextlib.contextmanager
def _first_before_others(n_processes: int, is_first: bool) -> Iterator[None]:
    """Let the first process of torchrun run the block before the others."""
    from torch import distributed

    if n_processes > 1 and not is_first:
        distributed.barrier()
    yield
    if n_processes > 1 and is_first:
        distributed.barrier()


@contextlib.contextmanager
def _undone_on_error(out: Path) -> Iterator[None]:
    """Create the folder `out`; if the block fails, restore its previous content."""
    out.mkdir(exist_ok=True)
    for left in out.glob(".*.tmp"):  # by a run of an older version that was killed while it encoded
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
    try:
        yield
    except BaseException:
        # A continued run encodes its text again.
        shutil.rmtree(out / TOKENS_NAME, ignore_errors=True)
        with contextlib.suppress(OSError):
            out.rmdir()  # if it is empty
        raise


def _begin(out: Path, tokenizer: Tokenizer, max_length: int, described: dict[str, Any]) -> None:
    """Write the files that a run starts from, replacing an older run; all checks have been made."""
    is_model = (out / "model.safetensors").exists()
    # The checkpoint of an older run does not match this tokenizer.
    (out / CHECKPOINT_NAME).unlink(missing_ok=True)
    tokenizer.save(out / TOKENIZER_NAME, max_length)
    with replace_when_whole(out / RUN_NAME) as file:
        text = json.dumps({**described, _KEEPS: is_model}, indent=2, ensure_ascii=False)
        file.write(text.encode() + b"\n")


def _tokenizer_of(out: Path) -> Path:
    """Return the folder of an unfinished run's tokenizer; that of the model in older runs, and when all was written."""
    tokenizer = out / TOKENIZER_NAME
    return tokenizer if (tokenizer / "tokenizer.json").is_file() else out


def _keeps_model(out: Path) -> bool:
    """Return whether the folder of an unfinished run held a model before."""
    return bool(parse_json_object((out / RUN_NAME).read_bytes()).get(_KEEPS))


def _write(out: Path, model: Any, tokenizer: Tokenizer) -> None:
    """Write the model with its tokenizer, all files at once."""
    with replace_folder_when_written(out) as new:
        model.save_pretrained(new)
        tokenizer.save(new, model.config.max_length)


def _clean_up(out: Path) -> None:
    """Remove what only an unfinished run needs; the checkpoint last, so that --resume ends what was killed here."""
    for name in (TOKENIZER_NAME, TOKENS_NAME):
        shutil.rmtree(out / name, ignore_errors=True)
    (out / CHECKPOINT_NAME).unlink(missing_ok=True)
