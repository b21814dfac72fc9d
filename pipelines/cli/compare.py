"""`wordvec compare`: ours against gensim, and skip-gram or CBOW against GloVe, on your own text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wordvec._io.atomic import check_writable
from wordvec._utils.tables import format_table
from wordvec._utils.validation import check_choice

from ..workflows.paths import check_overwriting
from .options import Corpus, CorpusTokenizer, Lowercase
from .output import note, print_json

if TYPE_CHECKING:
    from ..comparison.comparison import Comparison, Measure

# How systems are named on the command line, where a comma parts two of them; values are keys of SYSTEMS.
SYSTEM_OPTIONS = {
    "ours": "ours",
    "racing": "ours, racing",
    "gensim": "gensim",
    "glove": "GloVe",
    "ppmi-svd": "PPMI-SVD",
}


def compare(
    corpus: Corpus,
    architecture: Annotated[str, typer.Option(metavar="skipgram|cbow")] = "skipgram",
    systems: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME,...",
            show_default="all",
            help="Who takes part: ours, racing, gensim, glove, ppmi-svd; may be repeated.",
        ),
    ] = None,
    seeds: Annotated[
        int, typer.Option(metavar="N", help="Seeds 1 to N; three or more tell noise from difference.")
    ] = 3,
    vector_size: Annotated[int, typer.Option(metavar="N", help="Numbers a word.")] = 100,
    window: Annotated[int, typer.Option(metavar="N", help="Farthest context word.")] = 5,
    min_count: Annotated[int, typer.Option(metavar="N", help="Rarer words are left out.")] = 5,
    epochs: Annotated[int, typer.Option(metavar="N", help="Passes over the text; not GloVe's.")] = 5,
    negative: Annotated[int, typer.Option(metavar="N", help="Noise words a pair.")] = 5,
    sample: Annotated[float, typer.Option(metavar="X", help="Thin out words of a larger share.")] = 1e-3,
    jobs: Annotated[int, typer.Option(metavar="N", help="Threads of every system; -1 for all cores.")] = -1,
    learning_rate: Annotated[
        float | None, typer.Option(metavar="X", show_default="Word2Vec's", help="Our step size.")
    ] = None,
    gensim_learning_rate: Annotated[
        float | None, typer.Option(metavar="X", show_default="gensim's, 0.025", help="gensim's step size.")
    ] = None,
    pairs: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="Word pairs to score on; may be repeated.")
    ] = None,
    analogies: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="Analogies to score on; may be repeated.")
    ] = None,
    tokenizer: CorpusTokenizer = "whitespace",
    lowercase: Lowercase = False,
    json_path: Annotated[
        Path | None,
        typer.Option("--json", metavar="PATH", help="Write every run to this file; - for stdout."),
    ] = None,
    chart: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Draw a chart, .png or .svg; needs the extra plot.")
    ] = None,
) -> None:
    """Train skip-gram or CBOW (ours and gensim's), GloVe and PPMI-SVD on one text; compare speed and quality.

    All have the same vector size, window, minimal count and threads, ours and gensim also the same epochs and
    noise words; GloVe takes its own 15 epochs over pairs. Without --pairs and --analogies, vectors are scored
    on the English sets that gensim ships. gensim's loss is not shown: its figure is known to be wrong.

    Needs: pip install "wordvec[gensim]", unless --systems leaves gensim out and there are files to score on.

    Example: wordvec compare corpus.txt --systems ours,gensim,glove --jobs 2 --chart report.png
    """
    names = _system_names(systems)
    to_stdout = str(json_path) == "-"
    if to_stdout:
        json_path = None
    for path in (json_path, chart):
        if path is not None:
            check_writable(path)
    if chart is not None:
        from wordvec._io.charts import check_chart_path

        check_chart_path(chart, "compare")
    from wordvec._utils.threads import n_threads_for
    from wordvec.text.corpus import LineCorpus

    from ..comparison.comparison import Settings, compare as compare_systems

    settings = Settings(
        architecture=architecture,
        vector_size=vector_size,
        window=window,
        min_count=min_count,
        epochs=epochs,
        negative=negative,
        sample=sample,
        n_jobs=n_threads_for(jobs) if jobs == -1 else jobs,
        learning_rate=learning_rate,
        gensim_learning_rate=gensim_learning_rate,
    )
    text = LineCorpus(corpus, tokenizer, lowercase)
    check_overwriting(
        [*text.files, *(pairs or ()), *(analogies or ())],
        [path for path in (json_path, chart) if path is not None],
        "report and chart",
    )
    comparison = compare_systems(
        text,
        settings,
        n_seeds=seeds,
        systems=names,
        pairs=pairs or (),
        analogies=analogies or (),
        on_message=note,
    )
    if json_path is not None:
        _write_json(comparison, json_path)
    if chart is not None:
        from ..comparison.charts import draw_comparison

        draw_comparison(comparison, chart)
    if to_stdout:
        print_json(comparison.to_dict())
    else:
        print(format_comparison(comparison))


def _system_names(given: list[str] | None) -> list[str]:
    """Return the keys of `SYSTEMS` that --systems names, all if it was not given."""
    if given is None:
        return list(SYSTEM_OPTIONS.values())
    names = [name.strip() for part in given for name in part.split(",")]
    return [
        SYSTEM_OPTIONS[check_choice("systems", name, "wordvec compare", SYSTEM_OPTIONS)] for name in names
    ]


def format_comparison(comparison: Comparison) -> str:
    """Return a table with the mean ± standard error of each system, then one with the ratios to gensim."""
    measures = comparison.measures
    systems, compared = list(measures[0].means), list(measures[0].ratios)
    rows = [(measure.name, *(_cell(measure, system) for system in systems)) for measure in measures]
    parts = [
        _format_settings(comparison),
        "Mean ± standard error (k: thousands)\n" + format_table(rows, ("", *systems)),
    ]
    if compared:
        ratios = [(measure.name, *map(_ratio, measure.ratios.values())) for measure in measures]
        shown = [row for row in ratios if set(row[1:]) != {"-"}]
        parts.append("Ratio to gensim\n" + format_table(shown, ("", *compared)))
    remarks = "Pairs: Spearman's correlation. Analogies: share right among 30,000 words."
    if "gensim" in systems:
        remarks += (
            " Overlap: Jaccard index\n"
            "with gensim's neighbours of 1,000 frequent words; for gensim, between two seeds of its own.\n"
            "The loss is ours only: gensim's figure is not comparable."
        )
    return "\n\n".join([*parts, remarks])


def _format_settings(comparison: Comparison) -> str:
    settings, on_text = comparison.settings, comparison.systems_on("text")
    lines = [
        f"{comparison.corpus['n_words']:,} words, D={settings.vector_size}, window {settings.window}, "
        f"threads {settings.n_jobs}, seeds {len(comparison.seeds)}"
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


def _write_json(comparison: Comparison, path: Path) -> None:
    import json

    from wordvec._io.atomic import replace_when_whole

    with replace_when_whole(path) as file:
        file.write(json.dumps(comparison.to_dict(), ensure_ascii=False, indent=2, allow_nan=False).encode())
