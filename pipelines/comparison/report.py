"""The report of a comparison, and its formatting."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from wordvec._utils.reports import Report
from wordvec._utils.tables import format_table

from .measures import ComparisonRun, Measure
from .systems import ComparisonSettings


@dataclass(frozen=True)
class Comparison(Report):
    """The results of a comparison: every run, and the measures of each system."""

    settings: ComparisonSettings
    seeds: list[int]
    corpus: dict[str, Any]
    runs: list[ComparisonRun]
    measures: list[Measure]
    machine: dict[str, Any]
    versions: dict[str, str]
    kinds: dict[str, str] = field(default_factory=dict)  # "pairs" or "analogies", by evaluation file
    assumed: list[str] = field(default_factory=list)  # of the evaluation files
    errors: list[Exception] = field(default_factory=list)  # of evaluation files that could not be read

    def systems_on(self, data: str) -> dict[str, int | None]:
        """Return the systems that learn from "text" or "pairs", and their epochs."""
        return {run.system: run.epochs for run in self.runs if run.data == data}

    def format(self) -> str:
        """Return a table with mean ± standard error of each system, and one with the ratios to gensim."""
        return _format_comparison(self)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON types."""
        return {**asdict(self), "errors": list(map(str, self.errors))}


def _format_comparison(comparison: Comparison) -> str:
    """Return a table with the mean ± standard error of each system, then one with the ratios to gensim."""
    measures = comparison.measures
    systems, compared = list(measures[0].means), list(measures[0].ratios)
    rows = [(measure.name, *(_cell(measure, system) for system in systems)) for measure in measures]
    parts = [
        _format_settings(comparison),
        f"{_format_heading(comparison)} (k: thousands)\n" + format_table(rows, ("", *systems)),
    ]
    if compared:
        ratios = [(measure.name, *map(_ratio, measure.ratios.values())) for measure in measures]
        shown = [row for row in ratios if set(row[1:]) != {"-"}]
        parts.append("Ratio to gensim\n" + format_table(shown, ("", *compared)))
    remarks = "Pairs: Spearman's correlation. Analogies: share right among 30,000 words."
    if "gensim" in systems:
        own = "; for gensim, between two seeds of its own" if len(comparison.seeds) > 1 else ""
        remarks += (
            " Overlap: Jaccard index\n"
            f"with gensim's neighbours of 1,000 frequent words{own}.\n"
            "The loss is ours only: gensim's figure is not comparable."
        )
    return "\n\n".join([*parts, remarks])


def _format_heading(comparison: Comparison) -> str:
    if len(comparison.seeds) > 1:
        return f"Mean ± standard error of {len(comparison.seeds)} seeds"
    return "One seed, so there is no standard error: differences may be noise"


def _format_settings(comparison: Comparison) -> str:
    settings, on_text = comparison.settings, comparison.systems_on("text")
    lines = [
        f"{comparison.corpus['n_words']:,} words, D={settings.vector_size}, window {settings.window}, "
        f"threads {settings.n_threads}, seeds {len(comparison.seeds)}"
    ]
    if on_text:
        lines.append(
            f"{'; '.join(on_text)}: {settings.architecture}, {settings.epochs} epochs over the text, "
            f"negative {settings.negative}"
        )
    for system, epochs in comparison.systems_on("pairs").items():
        how = "one factorisation" if epochs is None else f"{epochs} epochs"
        lines.append(f"{system}: {how} over pairs, so words/s and loss do not apply")
    return "\n".join(lines)


def _ratio(ratio: float | None) -> str:
    return "-" if ratio is None else f"{ratio:.2f}"


def _cell(measure: Measure, system: str) -> str:
    mean, error = measure.means[system], measure.errors[system]
    if mean is None:
        return "-"
    size, unit = (1000, "k") if abs(mean) >= 100_000 else (1, "")
    digits = 0 if abs(mean) >= 1000 else 1 if abs(mean) >= 10 else 2 if abs(mean) >= 5 else 3
    text = f"{mean / size:,.{digits}f}{unit}"
    return text if error is None else f"{text} ± {error / size:,.{digits}f}{unit}"
