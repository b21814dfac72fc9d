"""The members of a `TextClassifier` together: C and the weights chosen on held-out texts, then one probability."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from tqdm.auto import tqdm

from .blend import combine, fit_weights, held_out_folds, log_loss, probabilities
from .checks import has_known_word
from .members import LINEAR_C, LinearMember, Member, Settings, make_members
from .texts import PreparedTexts


def train_ensemble(
    settings: Settings, texts: PreparedTexts, target: np.ndarray, verbose: bool | None
) -> tuple[dict[str, Member], dict[str, float], float]:
    """Choose C and the weights on held-out texts, then fit all members to all texts.

    Parameters
    ----------
    settings : Settings
    texts : PreparedTexts
    target : int (n_texts,), numbers of classes; or bool (n_texts, C) if a text may have several labels
    verbose : bool or None
        Whether to show progress; None shows it on a terminal.

    Returns
    -------
    members : dict of str to fitted members
    weights : dict of str to float
        Of the members' scores.
    C : float
        Of the linear member.
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
        held_out_target = target[np.concatenate([rows for _, rows in folds])] if folds else target[:0]
        c, weights = _choose(by_c, others, held_out_target, names)
        members: dict[str, Member] = {}
        for name, member in make_members(settings, is_multilabel=is_multilabel, c=c).items():
            members[name] = member.fit(texts, target)
            bar.update()
    return members, dict(zip(names, weights.tolist())), c


def ensemble_probabilities(
    members: Mapping[str, Member], weights: Mapping[str, float], texts: PreparedTexts, *, is_multilabel: bool
) -> np.ndarray:
    """Return the probabilities of the classes, float64 (n_texts, C)."""
    scores = np.stack([member.scores(texts) for member in members.values()])
    return probabilities(
        combine(scores, np.array([weights[name] for name in members])), is_multilabel=is_multilabel
    )


def _choose(
    by_c: Mapping[float, list[np.ndarray]],
    others: Mapping[str, list[np.ndarray]],
    target: np.ndarray,
    names: Sequence[str],
) -> tuple[float, np.ndarray]:
    """Return the C of the linear member and the weights under which held-out texts are most likely."""
    if not len(target):
        return LINEAR_C[-1], fit_weights([], target, names)
    best: tuple[float, float, np.ndarray] | None = None
    for c, found in by_c.items():
        scores = [np.concatenate(found if name == "linear" else others[name]) for name in names]
        weights = fit_weights(scores, target, names)
        loss = log_loss(combine(np.stack(scores), weights), target)
        if best is None or loss < best[0]:
            best = loss, c, weights
    assert best is not None
    return best[1:]
