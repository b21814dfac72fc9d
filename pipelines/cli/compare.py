"""`wordvec compare`: wordvec against gensim, and skip-gram or CBOW against GloVe, on your own text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wordvec._io.atomic import check_writable
from wordvec._utils.errors import SeveralErrors
from wordvec._utils.validation import check_choice

from ..workflows.paths import check_overwriting
from .options import (
    Convert,
    Corpus,
    CorpusTokenizer,
    FileEncoding,
    FileErrors,
    Lowercase,
    UserDict,
    corpus_tokenizer,
)
from .output import note, print_json

if TYPE_CHECKING:
    from ..comparison.report import Comparison

# Whose parameters the options set; --help shows their ranges.
DECLARED_BY = ("wordvec.pipelines.comparison.systems:ComparisonSettings",)


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
            help="A system to train: ours, racing, gensim, glove, ppmi-svd; may be repeated.",
        ),
    ] = None,
    seeds: Annotated[
        int,
        typer.Option(metavar="N", help="Train with seeds 1 to N; three or more show what is noise."),
    ] = 3,
    vector_size: Annotated[int, typer.Option(metavar="N", help="Dimensions of a vector.")] = 100,
    window: Annotated[int, typer.Option(metavar="N", help="Maximum distance of a context word.")] = 5,
    min_count: Annotated[int, typer.Option(metavar="N", help="Rarer words are left out.")] = 5,
    epochs: Annotated[int, typer.Option(metavar="N", help="Passes over the text; not GloVe's.")] = 5,
    negative: Annotated[int, typer.Option(metavar="N", help="Negative samples for each pair.")] = 5,
    sample: Annotated[
        float, typer.Option(metavar="X", help="Subsample words with a higher relative frequency.")
    ] = 1e-3,
    n_jobs: Annotated[
        int, typer.Option("--jobs", metavar="N", help="Threads of every system; -1 for all cores.")
    ] = -1,
    learning_rate: Annotated[
        float | None, typer.Option(metavar="X", show_default="Word2Vec's", help="Our learning rate.")
    ] = None,
    gensim_learning_rate: Annotated[
        float | None,
        typer.Option(metavar="X", show_default="gensim's, 0.025", help="gensim's learning rate."),
    ] = None,
    pairs: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="Word pairs to score on; may be repeated.")
    ] = None,
    analogies: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="Analogies to score on; may be repeated.")
    ] = None,
    tokenizer: CorpusTokenizer = "whitespace",
    user_dict: UserDict = None,
    convert: Convert = None,
    lowercase: Lowercase = False,
    encoding: FileEncoding = "utf-8",
    errors: FileErrors = "strict",
    json_path: Annotated[
        Path | None,
        typer.Option("--json", metavar="PATH", help="Write every run to this file; - for stdout."),
    ] = None,
    chart: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Draw a chart, .png or .svg; needs the extra plot.")
    ] = None,
) -> None:
    """Train skip-gram or CBOW (ours and gensim's), GloVe and PPMI-SVD on one text; compare speed and quality.

    All have the same vector size, window, minimum count and threads, ours and gensim also the same epochs and negative
    samples; GloVe trains for 15 epochs over pairs. Without --pairs and --analogies, vectors are scored on the English
    sets that gensim ships; files that cannot be read are reported and skipped. gensim's loss is not shown, because its
    value is known to be wrong.

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
    from wordvec.text.corpus import LineCorpus

    from ..comparison.comparison import compare as compare_systems
    from ..comparison.systems import ComparisonSettings

    settings = ComparisonSettings(
        architecture=architecture,
        vector_size=vector_size,
        window=window,
        min_count=min_count,
        epochs=epochs,
        negative=negative,
        sample=sample,
        n_jobs=n_jobs,
        learning_rate=learning_rate,
        gensim_learning_rate=gensim_learning_rate,
    )
    text = LineCorpus(corpus, corpus_tokenizer(tokenizer, user_dict, convert), lowercase, encoding, errors)
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
        encoding=encoding,
        errors=errors,
        on_message=note,
    )
    # Printed first: a full disk does not cost the table.
    if to_stdout:
        print_json(comparison.to_dict())
    else:
        print(comparison)
    if json_path is not None:
        _write_json(comparison, json_path)
    if chart is not None:
        from ..comparison.charts import draw_comparison

        draw_comparison(comparison, chart)
    if comparison.errors:
        raise SeveralErrors(comparison.errors)


def _system_names(given: list[str] | None) -> list[str]:
    """Return the keys of `SYSTEMS` that --systems names; all by default."""
    if given is None:
        return list(SYSTEM_OPTIONS.values())
    names = [name.strip() for part in given for name in part.split(",")]
    return [
        SYSTEM_OPTIONS[check_choice("systems", name, "wordvec compare", SYSTEM_OPTIONS)] for name in names
    ]


def _write_json(comparison: Comparison, path: Path) -> None:
    import json

    from wordvec._io.atomic import replace_when_whole

    with replace_when_whole(path) as file:
        file.write(json.dumps(comparison.to_dict(), ensure_ascii=False, indent=2, allow_nan=False).encode())
