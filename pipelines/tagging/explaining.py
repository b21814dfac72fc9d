"""A report of a tagger's weights: the strongest features of each tag, and the transitions."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wordvec._io.charts import check_chart_path, drawing
from wordvec._utils.messages import counted
from wordvec._utils.reports import Report
from wordvec._utils.tables import cut_text, escape_controls, pad_text, text_width

from .decoding import Constraints
from .model import ChainModel

__all__ = ["TaggerExplanation", "explain"]

WIDTH = 100
_NUMBER_WIDTH = 10
_NAME_WIDTH = 35
# Tags up to which numbers are written into the cells of the heat map.
MAX_WRITTEN = 16
FORBIDDEN_COLOUR = "#BBBBBB"

Weights = list[tuple[str, float]]


@dataclass(frozen=True)
class TaggerExplanation(Report):
    """The strongest features of a tagger, as `CRFTagger.explain` returns them; ``print`` shows a report.

    Attributes
    ----------
    tags : list of str (L,)
    scheme : str or None
        The scheme of the tags.
    positive, negative : dict from tag to list of (attribute, weight)
        The features for and against a tag, strongest first.
    transition_LL : float64 (L, L)
        The weight of the transition from a tag (row) to another (column); 0 if there is no such feature.
    allowed_LL : bool (L, L)
        Whether the scheme allows that transition; predictions never contain a forbidden one.
    topn : int
        Maximum number of features of each kind.
    n_attributes, n_state_features, n_transitions : int
        Number of attributes, and of state and transition features with a weight.
    n_vector_weights : int
        Number of weights of word vectors: one for each offset, component and tag.

    Examples
    --------
    >>> from wordvec.pipelines import CRFTagger
    >>> X, y = [["Ada", "met", "Bob"], ["Bob", "left"]], [["PER", "O", "PER"], ["PER", "O"]]
    >>> explanation = CRFTagger(scheme=None, verbose=False).fit(X, y).explain(topn=2)
    >>> print(explanation)
    2 tags, 69 features of 68 attributes, 2 transitions
    <BLANKLINE>
    Strongest features                                 against the tag
    <BLANKLINE>
    O
         +0.1588  shape[-1]=Xxx
         +0.1588  suf1=t
    <BLANKLINE>
    PER
         +0.1984  shape[0]=Xxx                            -0.0163  EOS
         +0.1984  capital
    <BLANKLINE>
    Transitions from the tag of the row to that of the column
    <BLANKLINE>
               O      PER
    O       0.00     0.10
    PER     0.25     0.00
    """

    tags: list[str]
    scheme: str | None
    positive: dict[str, Weights]
    negative: dict[str, Weights]
    transition_LL: np.ndarray
    allowed_LL: np.ndarray
    topn: int
    n_attributes: int
    n_state_features: int
    n_transitions: int
    n_vector_weights: int

    def format(self) -> str:
        """Return the report, at most 100 columns wide."""
        features, attributes = (
            counted(self.n_state_features, "feature"),
            counted(self.n_attributes, "attribute"),
        )
        vectors = (
            f", {counted(self.n_vector_weights, 'weight')} of word vectors" if self.n_vector_weights else ""
        )
        scheme = f" ({self.scheme})" if self.scheme else ""
        lines = [
            f"{counted(len(self.tags), 'tag')}{scheme}, {features} of {attributes}, "
            f"{counted(self.n_transitions, 'transition')}{vectors}",
            "",
            f"{'Strongest features':<{_SIDE_WIDTH + 2}}  against the tag",
        ]
        for tag in self.tags:
            lines += ["", _cut(tag, WIDTH), *_side_by_side(self.positive[tag], self.negative[tag])]
        return "\n".join(line.rstrip() for line in [*lines, "", *self._transition_lines()])

    def to_dict(self) -> dict[str, Any]:
        """Return all values as dicts and lists, for JSON; the rows of transitions are in the order of the tags."""
        features = {}
        for tag in self.tags:
            sides = {"positive": self.positive[tag], "negative": self.negative[tag]}
            features[tag] = {
                side: [{"attribute": attribute, "weight": weight} for attribute, weight in weights]
                for side, weights in sides.items()
            }
        return {
            "tags": list(self.tags),
            "scheme": self.scheme,
            "n_attributes": self.n_attributes,
            "n_state_features": self.n_state_features,
            "n_transitions": self.n_transitions,
            "n_vector_weights": self.n_vector_weights,
            "features": features,
            "transitions": self.transition_LL.tolist(),
            "transitions_allowed": self.allowed_LL.tolist(),
        }

    def plot_transitions(self, path: str | os.PathLike[str] | None = None) -> Any:
        """Draw the transitions as a heat map; those that the scheme forbids are grey.

        Parameters
        ----------
        path : str or path, optional
            Where to write the chart, ending in .png or .svg.

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        ImportError
            If matplotlib is not installed (``pip install "wordvec[plot]"``).
        FileNotFoundError, ValueError
            If the folder does not exist, the extension is not supported, or no font has the characters of a tag.
        """
        target = None if path is None else check_chart_path(path, "plot_transitions")
        side = 2.2 + max(2.0, (0.6 if len(self.tags) <= MAX_WRITTEN else 0.32) * len(self.tags))
        with drawing(target, side + 0.9, side, texts=self.tags) as figure:
            _draw_heat_map(figure, self)
        return figure

    def _transition_lines(self) -> Iterator[str]:
        """Yield the table of transitions, or the strongest ones if it is too wide."""
        first = min(20, max(map(text_width, self.tags)))
        cell = 2 + max(7, *map(text_width, self.tags))
        if first + cell * len(self.tags) > WIDTH:
            yield f"{'Strongest transitions':<{_SIDE_WIDTH + 2}}  against a transition"
            yield ""
            yield from _side_by_side(*self._strongest_transitions())
            return
        yield "Transitions from the tag of the row to that of the column" + (
            "" if self.allowed_LL.all() else " (- if the scheme forbids it)"
        )
        yield ""
        yield " " * first + "".join(_padded(tag, cell, right=True) for tag in self.tags)
        for tag, weights, allowed in zip(self.tags, self.transition_LL, self.allowed_LL):
            cells = [
                _padded(_short_number(w) if ok else "-", cell, right=True) for w, ok in zip(weights, allowed)
            ]
            yield _padded(tag, first) + "".join(cells)

    def _strongest_transitions(self) -> tuple[Weights, Weights]:
        weights = np.where(self.allowed_LL, self.transition_LL, 0.0).ravel()
        names = [f"{before} → {after}" for before in self.tags for after in self.tags]
        return _strongest(names, weights, self.topn)


_SIDE_WIDTH = _NUMBER_WIDTH + 2 + _NAME_WIDTH


def explain(
    model: ChainModel, tags: Sequence[str], attributes: Sequence[str], scheme: str | None, topn: int
) -> TaggerExplanation:
    """Return the `topn` strongest features for and against each tag, and the transitions.

    Parameters
    ----------
    model : ChainModel
    tags : sequence of str (L,)
    attributes : sequence of str (A,)
        By id.
    scheme : str or None
        The scheme of the tags, whose forbidden transitions are marked.
    topn : int

    Returns
    -------
    TaggerExplanation
    """
    states = model.features.states
    attribute_ids = np.repeat(np.arange(len(attributes)), np.diff(states.indptr))
    # Stable, so that features of equal weight come in the order of attributes.
    by_tag = np.argsort(states.items, kind="stable")
    bounds = np.searchsorted(states.items[by_tag], np.arange(len(tags) + 1))
    positive, negative = {}, {}
    for tag, begin, end in zip(tags, bounds, bounds[1:]):
        own = by_tag[begin:end]
        ids = attribute_ids[own]
        positive[tag], negative[tag] = _strongest(attributes, model.state_weights[own], topn, ids)
    return TaggerExplanation(
        tags=list(tags),
        scheme=scheme,
        positive=positive,
        negative=negative,
        transition_LL=model.transition_LL.copy(),
        allowed_LL=Constraints.of_scheme(tags, scheme).transition,
        topn=topn,
        n_attributes=len(attributes),
        n_state_features=len(model.state_weights),
        n_transitions=len(model.features.transitions),
        n_vector_weights=model.dense_OEL.size,
    )


def _strongest(
    names: Sequence[str], weights: np.ndarray, topn: int, ids: np.ndarray | None = None
) -> tuple[Weights, Weights]:
    """Return the highest weights above 0 and the lowest below 0, with their names; `ids` are indices of names."""
    sides = []
    for sign in (1, -1):
        order = np.argsort(-sign * weights, kind="stable")[:topn]
        order = order[sign * weights[order] > 0]
        places = order if ids is None else ids[order]
        sides.append([(names[k], weight) for k, weight in zip(places.tolist(), weights[order].tolist())])
    return sides[0], sides[1]


def _side_by_side(positive: Weights, negative: Weights) -> Iterator[str]:
    """Yield lines with features for something on the left, those against it on the right."""
    if not positive and not negative:
        yield "  (none)"
    for k in range(max(len(positive), len(negative))):
        sides = [_entry(*weights[k]) if k < len(weights) else "" for weights in (positive, negative)]
        yield f"  {_padded(sides[0], _SIDE_WIDTH)}  {sides[1]}"


def _entry(name: str, weight: float) -> str:
    number = f"{weight:+.4f}" if abs(weight) < 1e4 else f"{weight:+.2e}"
    return f"{number:>{_NUMBER_WIDTH}}  {_cut(name, _NAME_WIDTH)}"


def _short_number(weight: float) -> str:
    return f"{weight:.2f}" if abs(weight) < 1e3 else f"{weight:.0e}"


def _padded(text: str, width: int, *, right: bool = False) -> str:
    return pad_text(_cut(text, width), width, right=right)


def _cut(text: str, width: int) -> str:
    """Return a text in at most `width` columns of a terminal, without control characters."""
    return cut_text(escape_controls(text), width)


def _draw_heat_map(figure: Any, explanation: TaggerExplanation) -> None:
    axes = figure.subplots()
    weights, tags = explanation.transition_LL, explanation.tags
    limit = float(np.abs(np.where(explanation.allowed_LL, weights, 0.0)).max()) or 1.0
    shown = np.ma.masked_array(weights, ~explanation.allowed_LL)
    axes.set_facecolor(FORBIDDEN_COLOUR)
    # Blue and red, which colour-blind readers can distinguish, with white at 0.
    image = axes.imshow(shown, cmap="RdBu", vmin=-limit, vmax=limit)
    # A tag such as PRP$ is not a formula.
    axes.set_xticks(range(len(tags)), tags, rotation=90, fontsize=8, parse_math=False)
    axes.set_yticks(range(len(tags)), tags, fontsize=8, parse_math=False)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel("tag")
    axes.set_ylabel("previous tag")
    forbidden = "" if explanation.allowed_LL.all() else " (grey: forbidden by the scheme)"
    axes.set_title(f"Weights of transitions{forbidden}", fontsize=10)
    figure.colorbar(image, ax=axes, label="weight", shrink=0.8).outline.set_visible(False)
    if len(tags) <= MAX_WRITTEN:
        for row, column in np.argwhere(explanation.allowed_LL):
            weight = weights[row, column]
            colour = "white" if abs(weight) > 0.6 * limit else "black"
            axes.text(column, row, _short_number(weight), ha="center", va="center", fontsize=7, color=colour)
