"""The ensemble of a `TextClassifier`'s members: C and the blend chosen on held-out texts, and the combined score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from tqdm.auto import tqdm

from .blend import Blend, fit_blend, held_out_folds, log_loss, probabilities
from .checks import OWNER, has_known_word
from .evidence import Evidence, learn_evidence
from .members import LINEAR_C, LinearMember, Member, Settings, make_members
from .texts import PreparedTexts, TextPreparer
from .thresholds import learn_thresholds


@dataclass(frozen=True)
class Ensemble:
    """Fitted members, and how their scores are combined into a decision.

    Attributes
    ----------
    members : dict of str to fitted members
    blend : Blend
    C : float
        The C of the linear member.
    thresholds : float64 (C,), or None
        The probability from which a text gets each label; None with one label per text.
    evidence : Evidence or None
        Bounds of the scores; None in files of older versions.
    """

    members: dict[str, Member]
    blend: Blend
    C: float
    thresholds: np.ndarray | None
    evidence: Evidence | None

    @property
    def weights(self) -> dict[str, float]:
        """The weight of each member."""
        return dict(zip(self.members, self.blend.weights.tolist()))

    def scores(self, texts: PreparedTexts) -> np.ndarray:
        """Return the scores of the classes, float64 (n_texts, C): log odds if there are thresholds."""
        scores = member_scores(self.members, self.blend, texts)
        return scores if self.evidence is None else self.evidence.bounded(scores, texts)

    def probabilities(self, texts: PreparedTexts) -> np.ndarray:
        """Return the probabilities of the classes, float64 (n_texts, C)."""
        return probabilities(self.scores(texts), is_multilabel=self.thresholds is not None)


def member_scores(members: Mapping[str, Member], blend: Blend, texts: PreparedTexts) -> np.ndarray:
    """Return the scores of members, float64 (n_texts, C) each."""
    return blend.scores(np.stack([member.scores(texts) for member in members.values()]))


def train_ensemble(
    settings: Settings,
    preparer: TextPreparer,
    texts: PreparedTexts,
    target: np.ndarray,
    weights: np.ndarray | None,
    verbose: bool | None,
) -> Ensemble:
    """Choose C, the blend and thresholds on held-out texts, then fit all members on all texts.

    Parameters
    ----------
    settings : Settings
    preparer : TextPreparer
    texts : PreparedTexts
    target : int (n_texts,), class indices; or bool (n_texts, C) if a text may have several labels
    weights : float64 (n_texts,), or (n_texts, C) with several labels, or None
        The weight of each text, or of each of its labels, in the blend.
    verbose : bool or None
        Whether to show progress; None shows it on a terminal.
    """
    is_multilabel = target.ndim == 2
    names = list(make_members(settings, is_multilabel=is_multilabel, c=LINEAR_C[0]))
    folds = [
        fold
        for fold in held_out_folds(target, settings.seed)
        if has_known_word(settings.vectors, texts, fold[0])
    ]
    disable = None if verbose is None else not verbose
    with tqdm(total=(len(folds) + 1) * len(names), desc="Training", disable=disable, leave=False) as bar:
        by_c: dict[float, list[np.ndarray]] = {c: [] for c in LINEAR_C}
        others: dict[str, list[np.ndarray]] = {name: [] for name in names if name != "linear"}
        for train, held_out in folds:
            seen, unseen = texts.part(train), texts.part(held_out)
            for c, found in by_c.items():
                found.append(LinearMember(settings, c).fit(seen, target[train]).scores(unseen))
            bar.update()
            for name, scores in others.items():
                member = make_members(settings, is_multilabel=is_multilabel, c=LINEAR_C[0])[name]
                scores.append(member.fit(seen, target[train]).scores(unseen))
                bar.update()
        held_out_rows = np.concatenate([np.empty(0, np.int64), *(rows for _, rows in folds)])
        with_intercepts = is_multilabel or settings.class_weight is not None
        c, blend, thresholds = _choose(
            by_c,
            others,
            names,
            target[held_out_rows],
            None if weights is None else weights[held_out_rows],
            settings.n_classes,
            with_intercepts=with_intercepts,
        )
        members: dict[str, Member] = {}
        for name, member in make_members(settings, is_multilabel=is_multilabel, c=c).items():
            members[name] = member.fit(texts, target)
            bar.update()
    empty = member_scores(members, blend, preparer.prepare([[]], OWNER))[0]
    evidence = learn_evidence(preparer, texts, target, weights, empty, settings.vectors)
    return Ensemble(members, blend, c, thresholds, evidence)


def _choose(
    by_c: Mapping[float, list[np.ndarray]],
    others: Mapping[str, list[np.ndarray]],
    names: Sequence[str],
    target: np.ndarray,
    weights: np.ndarray | None,
    n_classes: int,
    *,
    with_intercepts: bool,
) -> tuple[float, Blend, np.ndarray | None]:
    """Return the C of the linear member and the blend that maximise the held-out likelihood, and thresholds."""
    is_multilabel = target.ndim == 2
    if not len(target):
        blend = fit_blend(np.empty((len(names), 0, n_classes)), target, names)
        return LINEAR_C[-1], blend, np.full(n_classes, 0.5) if is_multilabel else None
    best: tuple[float, float, Blend, np.ndarray] | None = None
    for c, found in by_c.items():
        scores = np.stack([np.concatenate(found if name == "linear" else others[name]) for name in names])
        blend = fit_blend(scores, target, names, weights, with_intercepts=with_intercepts)
        blended = blend.scores(scores)
        loss = log_loss(blended, target, weights)
        if best is None or loss < best[0]:
            best = loss, c, blend, blended
    assert best is not None
    _, c, blend, blended = best
    if not is_multilabel:
        return c, blend, None
    return c, blend, learn_thresholds(probabilities(blended, is_multilabel=True), target, weights)
