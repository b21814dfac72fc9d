"""Comparing systems: runs in processes of their own, and their report."""

import contextlib
import dataclasses
import io
import json
import math
import re
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from wordvec import PPMISVD, GloVe, LineCorpus
from wordvec._utils.errors import RunFailedError
from wordvec.pipelines.cli import main
from wordvec.pipelines.cli.compare import SYSTEM_OPTIONS, _system_names
from wordvec.pipelines.comparison.comparison import _run, compare
from wordvec.pipelines.comparison.measures import (
    REFERENCE,
    ComparisonRun,
    Measure,
    _by_system,
    _measure,
    _words_per_second,
    overlap,
)
from wordvec.pipelines.comparison.report import Comparison, _cell
from wordvec.pipelines.comparison.systems import SYSTEMS, ComparisonSettings
from wordvec.pipelines.comparison.text import prepare_text
from wordvec.pipelines.comparison.worker import _warm_up

DATA = Path(__file__).parents[3] / "data"
ENGLISH = DATA / "sample-en.txt"


def quiet(text):
    pass


def run_of(system, train_seconds=1.0, epochs=5, data="text"):
    return ComparisonRun(system, 1, 10, 0.0, 0.0, train_seconds, None, None, epochs, data)


@pytest.fixture
def pairs(tmp_path):
    path = tmp_path / "pairs.txt"
    path.write_text("bread river 1\nboy ship 3\nriver bridge 8\n", encoding="utf-8")
    return path


def test_a_plain_file_is_read_where_it_is(tmp_path):
    text = prepare_text(LineCorpus(ENGLISH), tmp_path / "t.txt", quiet)
    words = ENGLISH.read_text(encoding="utf-8").split()
    assert text.path == ENGLISH and not text.is_cut
    assert (text.n_words, text.n_lines) == (len(words), 20)
    assert not (tmp_path / "t.txt").exists()


def test_other_tokenizers_write_a_plain_file(tmp_path):
    corpus = LineCorpus(ENGLISH, "word", lowercase=True)
    text = prepare_text(corpus, tmp_path / "t.txt", quiet)
    written = [line.split() for line in (tmp_path / "t.txt").read_text(encoding="utf-8").splitlines()]
    assert text.path == tmp_path / "t.txt"
    assert written == list(corpus)


def test_long_lines_are_cut_and_it_is_said(tmp_path):
    source, said = tmp_path / "long.txt", []
    words = [f"w{place}" for place in range(10_001)]
    source.write_text(" ".join(words), encoding="utf-8")
    text = prepare_text(LineCorpus(source), tmp_path / "t.txt", said.append)
    lines = text.path.read_text(encoding="utf-8").splitlines()
    assert text.is_cut and "10,001" in said[0]
    assert max(len(line.split()) for line in lines) == 1000
    assert " ".join(lines).split() == words


def test_empty_text(tmp_path):
    source = tmp_path / "empty.txt"
    source.write_text("\n", encoding="utf-8")
    with pytest.raises(ValueError, match="no word"):
        prepare_text(LineCorpus(source), tmp_path / "t.txt", quiet)


def test_overlap_is_the_mean_jaccard_index():
    one = {"a": {"b", "c"}, "b": {"a", "c"}, "x": {"y"}}
    other = {"a": {"b", "d"}, "b": {"a", "c"}}
    assert overlap(one, other) == pytest.approx((1 / 3 + 1) / 2)


def test_means_errors_and_ratios():
    values = {"ours": [2.0, 4.0], "ours, racing": [6.0], REFERENCE: [1.0, 1.0]}
    measure = _measure("seconds", values)
    assert measure.means == {"ours": 3.0, "ours, racing": 6.0, REFERENCE: 1.0}
    assert measure.errors["ours"] == pytest.approx(math.sqrt(2) / math.sqrt(2))
    assert measure.errors["ours, racing"] is None
    assert measure.ratios == {"ours": 3.0, "ours, racing": 6.0}


def test_none_is_left_out_of_means():
    values = _by_system([run_of(REFERENCE)], lambda run: run.loss)
    assert _measure("loss", values).means == {REFERENCE: None}


def test_there_are_no_ratios_without_gensim():
    assert _measure("seconds", {"ours": [2.0], "GloVe": [3.0]}).ratios == {}


def test_words_per_second_are_those_of_systems_that_read_the_text():
    assert _words_per_second(run_of("ours", train_seconds=2.0), 100) == 250.0
    assert _words_per_second(run_of("GloVe", data="pairs"), 100) is None
    assert _words_per_second(run_of("PPMI-SVD", data="pairs", epochs=None), 100) is None


def test_systems_are_checked():
    with pytest.raises(ValueError, match="systems.*'glue'"):
        compare(LineCorpus(ENGLISH), ComparisonSettings(), systems=["ours", "glue"])
    with pytest.raises(ValueError, match="at least one"):
        compare(LineCorpus(ENGLISH), ComparisonSettings(), systems=[])


def test_every_system_has_a_name_on_the_command_line():
    assert sorted(SYSTEM_OPTIONS.values()) == sorted(SYSTEMS)
    assert _system_names(None) == list(SYSTEMS)
    assert _system_names(["ours, glove", "ppmi-svd"]) == ["ours", "GloVe", "PPMI-SVD"]


@pytest.mark.smoke
@pytest.mark.parametrize(("mean", "error", "shown"), [
    (None, None, "-"), (2_420_400.0, 12_345.0, "2,420k ± 12k"), (46.31, 1.23, "46.3 ± 1.2"),
    (0.39712, 0.00312, "0.397 ± 0.003"), (0.5, None, "0.500"), (12_345.0, None, "12,345"),
])  # fmt: skip
def test_cells_of_the_table(mean, error, shown):
    assert _cell(Measure("m", {"ours": mean}, {"ours": error}, {}), "ours") == shown


@pytest.mark.smoke
def test_the_table_has_100_columns():
    names = ("overlap of 10 neighbours", "training words/s")
    values = {system: [9_876_543.0, 9_666_000.0] for system in SYSTEMS}
    measures = [
        _measure(names[0], {system: [0.123, 0.456] for system in SYSTEMS}),
        _measure(names[1], values),
    ]
    runs = [
        run_of("ours"),
        run_of("GloVe", data="pairs", epochs=15),
        run_of("PPMI-SVD", data="pairs", epochs=None),
    ]
    found = Comparison(ComparisonSettings(), [1, 2], {"n_words": 10**9}, runs, measures, {}, {})
    text = str(found)
    assert max(map(len, text.splitlines())) <= 100
    assert "GloVe: 15 epochs over pairs" in text and "ours: skipgram, 5 epochs over the text" in text


@pytest.mark.smoke
def test_settings_are_checked():
    with pytest.raises(ValueError, match="window"):
        ComparisonSettings(window=0).check()
    with pytest.raises(ValueError, match="architecture"):
        ComparisonSettings(architecture="glue").check()


@pytest.mark.process
def test_all_systems_end_to_end(pairs, tmp_path):
    pytest.importorskip("gensim")
    settings = ComparisonSettings(min_count=2, vector_size=8, epochs=1)
    found = compare(LineCorpus(ENGLISH), settings, n_seeds=1, pairs=[pairs])
    assert [run.system for run in found.runs] == list(SYSTEMS)
    assert len({run.n_words for run in found.runs}) == 1
    assert all(run.train_seconds > 0 and run.scan_seconds > 0 for run in found.runs)
    assert all(run.scores["pairs.txt"] is not None for run in found.runs)
    measures = {measure.name: measure for measure in found.measures}
    assert "One seed, so there is no standard error" in str(found) and "two seeds" not in str(found)
    assert measures.keys() >= {"training words/s", "pairs.txt", "overlap of 10 neighbours"}
    for name in ("training words/s", "loss, nats a pair"):
        assert measures[name].means["ours"] is not None
        assert measures[name].means["GloVe"] is measures[name].means["PPMI-SVD"] is None
    assert found.systems_on("text") == {"ours": 1, "ours, racing": 1, "gensim": 1}
    assert found.systems_on("pairs") == {"GloVe": GloVe().epochs, "PPMI-SVD": None}
    assert "gensim" in found.versions
    json.dumps(found.to_dict(), allow_nan=False)
    text = str(found)
    assert "Ratio to gensim" in text and f"GloVe: {GloVe().epochs} epochs over pairs" in text

    pytest.importorskip("matplotlib")
    from wordvec.pipelines.comparison.charts import draw_comparison

    for name in ("chart.png", "chart.svg"):
        draw_comparison(found, tmp_path / name)
        assert (tmp_path / name).stat().st_size > 1000


@pytest.mark.process
def test_some_systems_without_gensim(pairs, tmp_path, monkeypatch):
    # Its parts too: an import of one that another test has loaded would succeed.
    for name in {"gensim", *sys.modules}:
        if name.split(".")[0] == "gensim":
            monkeypatch.setitem(sys.modules, name, None)
    settings = ComparisonSettings(min_count=2, vector_size=8)
    with pytest.raises(ImportError, match="gensim"):
        compare(LineCorpus(ENGLISH), settings, pairs=[pairs])
    with pytest.raises(ImportError, match="without --pairs"):
        compare(LineCorpus(ENGLISH), settings, systems=["GloVe"])
    found = compare(LineCorpus(ENGLISH), settings, n_seeds=1, systems=["PPMI-SVD", "GloVe"], pairs=[pairs])
    assert [run.system for run in found.runs] == ["GloVe", "PPMI-SVD"]
    assert all(measure.ratios == {} for measure in found.measures)
    assert "overlap of 10 neighbours" not in {measure.name for measure in found.measures}
    assert "gensim" not in found.versions
    text = str(found)
    assert "gensim" not in text and "skipgram" not in text
    assert re.search(r"^training words/s +- +-$", text, re.MULTILINE)
    for system in ("GloVe: 15 epochs", "PPMI-SVD: one factorisation"):
        assert f"{system} over pairs, so words/s and loss do not apply" in text

    pytest.importorskip("matplotlib")
    from wordvec.pipelines.comparison.charts import draw_comparison

    draw_comparison(found, tmp_path / "chart.png")


@pytest.mark.parametrize(("system", "estimator"), [("GloVe", GloVe), ("PPMI-SVD", PPMISVD)])
def test_timing_changes_no_vector(system, estimator):
    settings = ComparisonSettings(min_count=2, vector_size=8, window=3)
    trained = SYSTEMS[system](ENGLISH, settings, 7)
    model = estimator(min_count=2, vector_size=8, window=3, random_state=7).fit(LineCorpus(ENGLISH))
    assert (trained.kv.vectors == model.wv_.vectors).all()
    assert trained.kv.index_to_key == model.wv_.index_to_key


@pytest.mark.parametrize("vector_size", [1, 30, 10_000])
def test_warming_up_is_small_for_any_vectors(vector_size):
    sizes = []

    def train(text, settings, seed):
        sizes.append(len(text.read_text(encoding="utf-8").split()))
        assert SYSTEMS["PPMI-SVD"](text, settings, seed).kv.vector_size == min(vector_size, 16)

    _warm_up(train, ComparisonSettings(vector_size=vector_size))
    assert sizes[0] < 5000


@pytest.mark.smoke
def test_an_svd_of_too_few_words_is_told_before_any_run(pairs, monkeypatch):
    monkeypatch.setattr("wordvec.pipelines.comparison.comparison._run", lambda *_: pytest.fail("it trains"))
    words = Counter(ENGLISH.read_text(encoding="utf-8").split())
    n_words = sum(count >= 2 for count in words.values())
    settings = ComparisonSettings(min_count=2, vector_size=n_words)
    with pytest.raises(
        ValueError, match=f"vector_size .* {n_words} with min_count=2.* Got {n_words} instead"
    ):
        compare(LineCorpus(ENGLISH), settings, systems=["PPMI-SVD", "ours"], pairs=[pairs])
    for systems, size in ((["ours"], n_words), (["PPMI-SVD"], n_words - 1)):
        with pytest.raises(pytest.fail.Exception, match="it trains"):
            compare(
                LineCorpus(ENGLISH),
                ComparisonSettings(min_count=2, vector_size=size),
                systems=systems,
                pairs=[pairs],
            )
    with pytest.raises(ValueError, match="No word occurs 1000 times"):
        compare(LineCorpus(ENGLISH), ComparisonSettings(min_count=1000), systems=["ours"], pairs=[pairs])


@pytest.mark.parametrize("option", ["--json", "--chart"])
def test_reports_do_not_overwrite_what_is_read(pairs, tmp_path, option):
    text = tmp_path / "text.svg"
    text.write_text("a b\n", encoding="utf-8")
    before = text.read_bytes()
    command = ["compare", str(text), "--systems", "ours", "--pairs", str(pairs)]
    errors = io.StringIO()
    alias = tmp_path / ".." / tmp_path.name / "text.svg"
    with contextlib.redirect_stderr(errors), pytest.raises(SystemExit) as stop:
        main([*command, option, str(alias)])
    assert stop.value.code == 2 and "is a file of the corpus" in errors.getvalue()
    errors = io.StringIO()
    with contextlib.redirect_stderr(errors), pytest.raises(SystemExit):
        main([*command, "--json", str(tmp_path / "r.svg"), "--chart", str(alias.parent / "r.svg")])
    assert "cannot hold two of report and chart" in errors.getvalue()
    assert text.read_bytes() == before


def test_evaluation_files_need_names_of_their_own(pairs, tmp_path):
    (tmp_path / "other").mkdir()
    other = tmp_path / "other" / pairs.name
    other.write_bytes(pairs.read_bytes())
    with pytest.raises(ValueError, match="'pairs.txt' is the name of two evaluation files"):
        compare(LineCorpus(ENGLISH), ComparisonSettings(), systems=["ours"], pairs=[pairs, other])


def test_a_bad_evaluation_file_costs_the_others_nothing(pairs, tmp_path, monkeypatch, capsys):
    from wordvec import KeyedVectors

    bad, questions = tmp_path / "bad.tsv", tmp_path / "q.csv"
    bad.write_text("a\tb\t1\nc\t2\n", encoding="utf-8")
    questions.write_text("type,word1,word2,word3,target\nx,bread,river,boy,ship\n", encoding="utf-8")
    words = ["bread", "river", "boy", "ship", "bridge"]

    def run_once(system, seed, *_):
        return run_of(system), KeyedVectors(
            np.random.default_rng(seed).normal(size=(5, 3)).astype(np.float32), words
        )

    monkeypatch.setattr("wordvec.pipelines.comparison.comparison._run", run_once)
    for seeds in (1, 3):
        command = [
            "compare",
            str(ENGLISH),
            "--systems",
            "ours,glove",
            "--min-count",
            "2",
            "--seeds",
            str(seeds),
        ]
        chart = tmp_path / f"{seeds}.svg"
        command += [
            "--pairs",
            str(pairs),
            "--pairs",
            str(bad),
            "--analogies",
            str(questions),
            "--chart",
            str(chart),
        ]
        pytest.importorskip("matplotlib")
        with pytest.raises(SystemExit) as stop:
            main(command)
        out, err = capsys.readouterr()
        assert stop.value.code == 2
        assert "pairs.txt" in out and "q.csv" in out and "bad.tsv" not in out
        assert (f"Mean ± standard error of {seeds} seeds" in out) == (seeds > 1) == ("±" in out)
        last = err.splitlines()[-1]
        assert last.startswith("wordvec: Line 2 of") and "bad.tsv" in last and "words in 'word1'" in last
        # A bar of an error is drawn as a collection of lines.
        assert ("LineCollection" in chart.read_text(encoding="utf-8")) == (seeds > 1)
    assert fails_without_a_set(bad, capsys)


def fails_without_a_set(bad, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["compare", str(ENGLISH), "--systems", "ours", "--pairs", str(bad), "--pairs", f"{bad}.none"])
    lines = capsys.readouterr().err.splitlines()
    return stop.value.code == 2 and len(lines) == 2 and "Line 2" in lines[0] and "does not exist" in lines[1]


@pytest.mark.process
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"window": 0}, "The window parameter of Word2Vec must be an integer from 1 to 100. Got 0 instead."),
        ({"window": "5"}, "The window parameter"),
    ],
)
def test_a_failed_run_is_told_without_the_class_of_an_error_of_the_user(tmp_path, changes, message):
    settings = dataclasses.replace(ComparisonSettings(), **changes)
    with pytest.raises(RunFailedError, match=rf"^The run of ours with seed 1 failed: {re.escape(message)}"):
        _run("ours", 1, ENGLISH, settings, tmp_path)
