"""Explanation of the tags of one sentence: the features of each token, and the transitions between tags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from wordvec._utils.reports import Report
from wordvec._utils.tables import cut_text, escape_controls, pad_text

from .features.encoding import EncodedSentences
from .learning.objective import DenseTable
from .model import ChainModel

__all__ = ["SentenceExplanation", "TokenExplanation", "explain_tokens"]

_NAME_WIDTH = 35


@dataclass(frozen=True)
class TokenExplanation:
    """The explanation of a token's tag.

    Attributes
    ----------
    token, tag : str
    probability : float
        The marginal probability of the tag over all legal sequences.
    rival : str or None
        The second most probable tag; None if there is only one tag.
    rival_probability : float
    features : list of (attribute, weight, weight for the rival)
        The contributions of the token's features to the scores of the tag and of the rival, the largest differences
        first.
    n_features : int
        Number of features of the token that have a weight for one of the two.
    vectors : float
        The contribution of word vectors to the score of the tag.
    transition : float
        The contribution of the transition from the previous tag; 0 for the first token.
    score : float
        The sum over all features, vectors and the transition.
    """

    token: str
    tag: str
    probability: float
    rival: str | None
    rival_probability: float
    features: list[tuple[str, float, float]]
    n_features: int
    vectors: float
    transition: float
    score: float


@dataclass(frozen=True)
class SentenceExplanation(Report):
    """The explanation of the tags of a sentence, as ``CRFTagger.explain(sentence)`` returns it.

    Attributes
    ----------
    tokens : list of TokenExplanation
    """

    tokens: list[TokenExplanation]

    @property
    def tags(self) -> list[str]:
        """The predicted tags."""
        return [token.tag for token in self.tokens]

    def format(self) -> str:
        """Return a block of lines for each token."""
        return "\n\n".join("\n".join(_lines(token)) for token in self.tokens)

    def to_dict(self) -> dict[str, Any]:
        """Return all values as dicts and lists, for JSON."""
        keys = ("attribute", "weight", "rival_weight")
        return {
            "tokens": [
                {**asdict(token), "features": [dict(zip(keys, feature)) for feature in token.features]}
                for token in self.tokens
            ]
        }


def explain_tokens(
    model: ChainModel,
    labels: Sequence[str],
    attributes: Sequence[str],
    encoded: EncodedSentences,
    table: DenseTable | None,
    tokens: Sequence[str],
    tags: Sequence[str],
    marginals_TL: np.ndarray,
    topn: int,
) -> SentenceExplanation:
    """Return the contribution of each feature of a sentence's tokens to the score of their tags.

    Parameters
    ----------
    model : ChainModel
    labels : sequence of str (L,)
    attributes : sequence of str (A,)
        By id.
    encoded : EncodedSentences
        That sentence alone.
    table : DenseTable or None
        The vectors of its words.
    tokens, tags : sequence of str (T,)
    marginals_TL : float64 (T, L)
    topn : int
        Maximum number of features shown for each token.
    """
    ids = {label: number for number, label in enumerate(labels)}
    states = model.features.states
    found = []
    for t, (token, tag) in enumerate(zip(tokens, tags)):
        own = ids[tag]
        others = [k for k in np.argsort(-marginals_TL[t], kind="stable").tolist() if k != own]
        rival = others[0] if others else None
        features = []
        for k in range(encoded.indptr[t], encoded.indptr[t + 1]):
            attribute = int(encoded.indices[k])
            value = 1.0 if encoded.values is None else float(encoded.values[k])
            begin, end = states.indptr[attribute], states.indptr[attribute + 1]
            weights = dict(
                zip(states.items[begin:end].tolist(), (model.state_weights[begin:end] * value).tolist())
            )
            pair = (weights.get(own, 0.0), 0.0 if rival is None else weights.get(rival, 0.0))
            if any(pair):
                features.append((attributes[attribute], *pair))
        features.sort(key=lambda item: (-abs(item[1] - item[2]), item[0]))
        vectors = _vector_score(model, encoded, table, t, own)
        transition = 0.0 if t == 0 else float(model.transition_LL[ids[tags[t - 1]], own])
        found.append(
            TokenExplanation(
                token=token,
                tag=tag,
                probability=float(marginals_TL[t, own]),
                rival=None if rival is None else labels[rival],
                rival_probability=0.0 if rival is None else float(marginals_TL[t, rival]),
                features=features[:topn],
                n_features=len(features),
                vectors=vectors,
                transition=transition,
                score=sum(weight for _, weight, _ in features) + vectors + transition,
            )
        )
    return SentenceExplanation(found)


def _vector_score(
    model: ChainModel, encoded: EncodedSentences, table: DenseTable | None, t: int, label: int
) -> float:
    if table is None or encoded.dense_ids is None:
        return 0.0
    score = 0.0
    for offset in range(-table.window, table.window + 1):
        place = t + offset
        row = int(encoded.dense_ids[place]) if 0 <= place < len(encoded.dense_ids) else -1
        if row >= 0:
            score += float(
                table.vectors[row].astype(np.float64) @ model.dense_OEL[offset + table.window, :, label]
            )
    return score


def _lines(token: TokenExplanation) -> list[str]:
    rival = "" if token.rival is None else f"; next {token.rival} {token.rival_probability:.2f}"
    lines = [f"{_plain(token.token, 40)}  {token.tag} {token.probability:.2f}{rival}"]
    against = "" if token.rival is None else f"for {token.rival}"
    lines.append(f"  {pad_text('feature', _NAME_WIDTH)}  {'for ' + token.tag:>12}  {against:>12}".rstrip())
    rows = [*token.features]
    for name, weight, other in rows:
        shown = "" if token.rival is None else f"{other:+.4f}"
        lines.append(
            f"  {pad_text(_plain(name, _NAME_WIDTH), _NAME_WIDTH)}  {weight:>+12.4f}  {shown:>12}".rstrip()
        )
    if token.n_features > len(token.features):
        lines.append(f"  and {token.n_features - len(token.features)} more")
    for name, value in (
        ("word vectors", token.vectors),
        ("transition from the previous tag", token.transition),
    ):
        if value:
            lines.append(f"  {pad_text(name, _NAME_WIDTH)}  {value:>+12.4f}")
    return lines


def _plain(text: str, width: int) -> str:
    return cut_text(escape_controls(text), width)
