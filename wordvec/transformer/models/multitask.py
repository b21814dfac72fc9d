"""Multi-task learning with a shared body, and distillation of a teacher into a student."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from wordvec._utils.validation import check_float, check_instance
from wordvec.transformer.models.base import Losses, TransformerModel
from wordvec.transformer.models.heads import HeadedModel
from wordvec.transformer.models.losses import IGNORED, distillation
from wordvec.transformer.models.objectives.masked import MaskedLM
from wordvec.transformer.models.transformers import DecoderModel

__all__ = ["DistilledModel", "MultiTaskModel"]

_SEPARATOR = "/"


class MultiTaskModel(TransformerModel):
    """Heads for several tasks on one body: Caruana (1997).

    A batch holds the tensors of one or more tasks under "task/name", e.g. "topic/input_ids"; the loss of a task
    is called "task/loss".

    Parameters
    ----------
    tasks : dict of HeadedModel
        All with the same body.
    weights : dict of float, optional
        Weight of each task's mean loss in the sum that is minimised, 1 by default.

    Raises
    ------
    ValueError
        If there is no task, the tasks do not share one body, or a weight is negative or of an unknown task.
    """

    def __init__(self, tasks: Mapping[str, HeadedModel], weights: Mapping[str, float] | None = None) -> None:
        for name, task in tasks.items():
            check_instance(f"tasks[{name!r}]", task, "MultiTaskModel", HeadedModel)
        bodies = {id(task.body): task.body for task in tasks.values()}
        if len(bodies) != 1:
            raise ValueError(
                f"The tasks of a MultiTaskModel share one body. Got {len(tasks)} tasks with {len(bodies)} bodies: "
                "make the heads from the same model."
            )
        wrong = [name for name in tasks if _SEPARATOR in name or not name]
        unknown = [*wrong, *(name for name in weights or {} if name not in tasks)]
        if unknown:
            raise ValueError(f"{unknown[0]!r} is not the name of a task (a name has no {_SEPARATOR!r}).")
        super().__init__(next(iter(bodies.values())).config)
        self.tasks = nn.ModuleDict(tasks)
        self.task_weights = {
            name: check_float(f"weights[{name!r}]", (weights or {}).get(name, 1.0), "MultiTaskModel", 0.0)
            for name in tasks
        }
        self.loss_weights: dict[str, float] = {}

    def task(self, name: str) -> HeadedModel:
        """Return the model of one task; it shares its body with the others."""
        model = self.tasks[name]
        assert isinstance(model, HeadedModel)
        return model

    def loss_sum(self, batch: Mapping[str, Tensor]) -> Losses:
        """Return the sum and count of each loss of each task that has tensors in `batch`.

        Raises
        ------
        ValueError
            If the batch has a tensor that belongs to no task.
        """
        losses = {}
        for name, part in self._parts(batch).items():
            for inner, loss in self.task(name).loss_sum(part).items():
                full = f"{name}{_SEPARATOR}{inner}"
                self.loss_weights[full] = self.task_weights[name]
                losses[full] = loss
        return losses

    def loss_counts(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return the counts of `loss_sum`, without the sums."""
        counts = {name: self.task(name).loss_counts(part) for name, part in self._parts(batch).items()}
        return {
            f"{name}{_SEPARATOR}{inner}": n for name, found in counts.items() for inner, n in found.items()
        }

    def _parts(self, batch: Mapping[str, Tensor]) -> dict[str, dict[str, Tensor]]:
        parts: dict[str, dict[str, Tensor]] = {}
        for key, value in batch.items():
            name, _, inner = key.partition(_SEPARATOR)
            if name not in self.tasks or not inner:
                tasks = ", ".join(self.tasks)
                raise ValueError(
                    f"The batch holds {key!r}; its names must be task/name, with the tasks {tasks}."
                )
            parts.setdefault(name, {})[inner] = value
        return parts


class DistilledModel(TransformerModel):
    """A language model trained on labels and on a larger model's distribution: Hinton et al. (2015).

    Parameters
    ----------
    student, teacher : DecoderModel or MaskedLM
        With the same vocabulary. The teacher is not trained.
    alpha : float
        Weight of the distillation loss; the loss on labels has weight 1 - alpha.
    temperature : float
        Softens both distributions.
    """

    def __init__(
        self,
        student: DecoderModel | MaskedLM,
        teacher: DecoderModel | MaskedLM,
        alpha: float = 0.5,
        temperature: float = 2.0,
    ) -> None:
        if student.config.vocab_size != teacher.config.vocab_size:
            raise ValueError(
                f"Teacher and student must share a vocabulary. Theirs have {teacher.config.vocab_size} and "
                f"{student.config.vocab_size} tokens."
            )
        super().__init__(student.config)
        self.student = student
        # In a tuple the teacher is not part of the model: not trained, not stored, its dropout stays off.
        self._teacher = (teacher.eval(),)
        self.temperature = check_float("temperature", temperature, "DistilledModel", 0.0, low_open=True)
        alpha = check_float("alpha", alpha, "DistilledModel", 0.0, 1.0)
        self.loss_weights = {"distillation": alpha, "labels": 1.0 - alpha}

    def loss_sum(self, batch: Mapping[str, Tensor]) -> Losses:
        """Return the sums and counts of "labels" and "distillation", over the labelled tokens of `batch`."""
        is_labelled_BT = batch["labels"] != IGNORED
        inputs = {"input_ids": batch["input_ids"], "attention_mask": batch.get("attention_mask")}
        student_NV = self.student(**inputs).logits[is_labelled_BT]
        with torch.no_grad():
            teacher = self._teacher[0].to(student_NV.device)
            teacher_NV = teacher(**inputs).logits[is_labelled_BT]
        count = is_labelled_BT.sum()
        loss = nn.functional.cross_entropy(student_NV, batch["labels"][is_labelled_BT], reduction="sum")
        return {
            "distillation": (distillation(student_NV, teacher_NV, self.temperature), count),
            "labels": (loss, count),
        }

    def loss_counts(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return the counts of `loss_sum`, without the sums."""
        count = (batch["labels"] != IGNORED).sum()
        return {"distillation": count, "labels": count}
