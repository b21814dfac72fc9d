"""`wordvec lm pretrain`: runs that were stopped, resumed or replaced."""

import os
import signal

import pytest

from ..support import fails
from .support import FEW, names_in


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
def test_ctrl_c_and_resume_end_where_one_run_ends(run, corpus, tmp_path, monkeypatch):
    from wordvec.transformer.training.log import StepBar

    def interrupt(bar, step, *_):
        if step == 3:
            os.kill(os.getpid(), signal.SIGINT)

    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert run("lm", "pretrain", corpus, "-o", whole, *FEW)[0] == 0
    with monkeypatch.context() as patch:
        patch.setattr(StepBar, "update_to", interrupt)
        code, _, err = run("lm", "pretrain", corpus, "-o", parts, *FEW)
    assert code == 130 and err.count("\n") == 1 and "--resume" in err
    assert {"model.safetensors", "checkpoint.safetensors", "tokens"} <= set(names_in(parts))
    again = run("lm", "pretrain", corpus, "-o", parts, *FEW)
    assert fails(again, "holds an unfinished run", "--resume", "--overwrite")
    (parts / "config.json").rename(tmp_path / "config.json")  # as if it had been killed
    assert fails(run("lm", "generate", parts, "the film"), "holds an unfinished run", "--resume")
    (tmp_path / "config.json").rename(parts / "config.json")
    assert fails(
        run("lm", "pretrain", corpus, "-o", parts, "--resume", *FEW, "--width", 32),
        "--width was 16 and is 32",
    )
    assert fails(
        run("lm", "pretrain", corpus, "-o", parts, "--resume", *FEW, "--steps", 7), "steps was 6 and is 7"
    )
    assert run("lm", "pretrain", corpus, "-o", parts, "--resume", *FEW)[0] == 0
    assert (whole / "model.safetensors").read_bytes() == (parts / "model.safetensors").read_bytes()
    assert names_in(whole) == names_in(parts)
    assert fails(run("lm", "pretrain", corpus, "-o", parts, "--resume", *FEW), "is complete")


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
def test_a_model_stays_until_the_one_that_replaces_it_is_complete(run, corpus, tmp_path, monkeypatch):
    from wordvec.transformer.training.log import StepBar

    def interrupt(bar, step, *_):
        if step == 3:
            os.kill(os.getpid(), signal.SIGINT)

    def model():
        parts = ("config.json", "model.safetensors", "tokenizer.json")
        return [(out / name).read_bytes() for name in parts]

    out, whole, other = tmp_path / "m", tmp_path / "whole", [*FEW, "--seed", 2, "--vocab-size", 280]
    assert run("lm", "pretrain", corpus, "-o", out, *FEW)[0] == 0
    assert run("lm", "pretrain", corpus, "-o", whole, *other)[0] == 0
    before = model()
    with monkeypatch.context() as patch:
        patch.setattr(StepBar, "update_to", interrupt)
        code, _, err = run("lm", "pretrain", corpus, "-o", out, *other, "--overwrite")
    assert code == 130 and "stays until this run is complete" in err and "--resume" in err
    assert model() == before
    assert run("lm", "evaluate", out, corpus)[0] == 0
    assert fails(run("lm", "pretrain", corpus, "-o", out, *other), "holds an unfinished run", "--resume")
    assert run("lm", "pretrain", corpus, "-o", out, *other, "--resume")[0] == 0
    assert names_in(out) == names_in(whole)
    assert (out / "model.safetensors").read_bytes() == (whole / "model.safetensors").read_bytes()


def test_the_checkpoint_has_one_name():
    from wordvec.pipelines.workflows import model_folders
    from wordvec.transformer.training.checkpoints import CHECKPOINT_NAME

    assert model_folders.CHECKPOINT_NAME == CHECKPOINT_NAME


def lines_of(corpus, tmp_path, change):
    lines = corpus.read_text().splitlines(keepends=True)
    changed = tmp_path / "corpus.txt"
    changed.write_text("".join(lines))
    return lines, changed, lambda: changed.write_text("".join(change(lines)))


CHANGES = {
    "shuffled at the end": lambda lines: [*lines[:-22], *reversed(lines[-22:])],
    "one letter": lambda lines: [*lines[:-1], lines[-1].replace("a", "e", 1)],
    "a line more": lambda lines: [*lines, lines[0]],
    "a document more": lambda lines: [*lines[:-3], "\n", *lines[-3:]],
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_corpus_that_changed_anywhere_is_noticed(change, run, corpus, tmp_path, monkeypatch):
    from wordvec.transformer.training.log import StepBar

    _, text, spoil = lines_of(corpus, tmp_path, CHANGES[change])

    def interrupt(bar, step, *_):
        if step == 3:
            os.kill(os.getpid(), signal.SIGINT)

    with monkeypatch.context() as patch:
        patch.setattr(StepBar, "update_to", interrupt)
        assert run("lm", "pretrain", text, "-o", tmp_path / "m", *FEW)[0] == 130
    whole = text.read_text()
    spoil()
    assert fails(
        run("lm", "pretrain", text, "-o", tmp_path / "m", *FEW, "--resume"), "the data", "--overwrite"
    )
    text.write_text(whole)  # the same text, written anew
    assert run("lm", "pretrain", text, "-o", tmp_path / "m", *FEW, "--resume")[0] == 0


def test_resuming_nothing_is_told(run, corpus, tmp_path):
    (tmp_path / "empty").mkdir()
    for name in ("empty", "new"):
        code, _, err = run("lm", "pretrain", corpus, "-o", tmp_path / name, *FEW, "--resume")
        assert code == 0 and "no run that could be resumed" in err


@pytest.mark.parametrize(
    "left",
    [
        ["tokens"],
        [".0123456789abcdef.tmp"],
        [".wordvec-0123456789abcdef.new"],
        [".wordvec-0123456789abcdef.tmp", "tokens"],
    ],
)
@pytest.mark.parametrize("option", ["--resume", "--overwrite"])
def test_a_folder_of_a_run_killed_while_it_encoded(left, option, run, corpus, tmp_path):
    folder = tmp_path / "m"
    folder.mkdir()
    for name in left:
        (folder / name).mkdir()
        (folder / name / "part").write_bytes(b"x")
    if "tokens" in left:
        (folder / "tokens" / "corpus.json").write_text("{}")
    assert fails(
        run("lm", "pretrain", corpus, "-o", folder, *FEW), "unfinished run", "--resume", "--overwrite"
    )
    assert run("lm", "pretrain", corpus, "-o", folder, *FEW, option)[0] == 0
    assert not [name for name in names_in(folder) if name.startswith(".") or name == "tokens"]
