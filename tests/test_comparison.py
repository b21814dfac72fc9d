import json
import math
from pathlib import Path

import pytest

from pipelines.comparison import REFERENCE, _by_system, _measure, compare, overlap
from pipelines.comparison_text import prepare_text
from pipelines.scoring import file_kind
from pipelines.systems import SYSTEMS, Settings
from wordvec.corpus import LineCorpus

DATA = Path(__file__).parents[1] / "data"
ENGLISH = DATA / "sample-en.txt"


def quiet(text):
    pass


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
    assert _measure("loss", _by_system([], lambda run: None)).means[REFERENCE] is None


def test_settings_are_checked():
    with pytest.raises(ValueError, match="window"):
        Settings(window=0).check()
    with pytest.raises(ValueError, match="architecture"):
        Settings(architecture="glue").check()


def test_file_kind(tmp_path):
    path = tmp_path / "f.txt"
    path.write_text("# note\na\tb\t1\nc\td\t2\n", encoding="utf-8")
    assert file_kind(path) == "pairs"
    path.write_text(": s\na b c d\n", encoding="utf-8")
    assert file_kind(path) == "analogies"
    path.write_text("nothing here that is known to anybody\n", encoding="utf-8")
    with pytest.raises(ValueError, match="Line 1"):
        file_kind(path)


def test_both_systems_end_to_end(tmp_path):
    pytest.importorskip("gensim")
    pairs = tmp_path / "pairs.txt"
    pairs.write_text("bread river 1\nboy ship 3\nriver bridge 8\n", encoding="utf-8")
    settings = Settings(min_count=2, vector_size=8, epochs=1)
    found = compare(LineCorpus(ENGLISH), settings, n_seeds=1, pairs=[pairs])
    assert [run.system for run in found.runs] == list(SYSTEMS)
    assert len({run.n_words for run in found.runs}) == 1
    assert all(run.train_seconds > 0 and run.scores["pairs.txt"] is not None for run in found.runs)
    assert {measure.name for measure in found.measures} >= {"training words/s", "pairs.txt"}
    json.dumps(found.to_dict(), allow_nan=False)

    pytest.importorskip("matplotlib")
    from pipelines.charts import draw_comparison

    for name in ("chart.png", "chart.svg"):
        draw_comparison(found, tmp_path / name)
        assert (tmp_path / name).stat().st_size > 1000
