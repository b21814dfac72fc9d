"""Each script of examples/ runs in an empty folder and prints something worth looking at."""

import runpy
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
SCRIPTS = {
    "train_vectors": "france is to paris as italy is to rome",
    "compare_with_gensim": "neighbours agree",
    "tag_entities": "[PER Ewald Strake] of [ORG Tarnholm University]",
    "classify_sentiment": "Confusion matrix",
    "language_model": "The baker",
    "chinese": "放学 / 以后 / , / 男孩",
}
NEEDS = {"compare_with_gensim": "gensim", "language_model": "torch"}


def test_every_example_is_run():
    assert {path.stem for path in EXAMPLES.glob("*.py")} == set(SCRIPTS)


@pytest.mark.slow
@pytest.mark.parametrize("name", SCRIPTS)
def test_example(name, tmp_path, monkeypatch, capsys):
    if name in NEEDS:
        pytest.importorskip(NEEDS[name])
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", [f"{name}.py"])
    runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")
    assert SCRIPTS[name] in capsys.readouterr().out
