"""The commands around word vectors: help, training, questions, errors."""

import errno
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from wordvec import Word2Vec
from wordvec._utils.tables import format_table, sparkline

from .support import CHINESE, ENGLISH, SMALL, fails, tells_of_punctuation


def test_without_arguments_it_shows_help(run):
    code, out, err = run()
    assert (code, err) == (0, "")
    for command in (
        "demo",
        "train",
        "neighbors",
        "analogy",
        "drift",
        "evaluate",
        "convert",
        "compare",
        "segment",
    ):
        assert f"\n  {command} " in out


@pytest.mark.parametrize(
    "command", ["demo", "train", "neighbors", "analogy", "drift", "evaluate", "convert", "compare", "segment"]
)
def test_help_has_an_example(run, command):
    code, out, _ = run(command, "--help")
    assert code == 0
    assert f"Example: wordvec {command}" in " ".join(out.split())


def test_version(run):
    from wordvec import __version__

    assert run("--version") == (0, f"wordvec {__version__}\n", "")


@pytest.mark.process
def test_help_loads_nothing_heavy():
    heavy = "{'numba', 'numpy', 'scipy', 'sklearn', 'gensim', 'matplotlib', 'tokenizers', 'torch'}"
    code = f"import sys, wordvec.pipelines.cli; assert not {heavy} & set(sys.modules), {heavy} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_train_writes_vectors_and_reports(run, tmp_path):
    out, model = tmp_path / "v.safetensors", tmp_path / "m.safetensors"
    code, text, err = run("train", ENGLISH, "-o", out, "--save-model", model, "--json", *SMALL)
    report = json.loads(text)
    assert code == 0 and tells_of_punctuation(err)
    assert report["n_epochs"] == 3 and len(report["loss_curve"]) == 3
    n_tokens = len(Path(ENGLISH).read_text(encoding="utf-8").split())
    assert report["n_tokens"] == n_tokens
    assert out.exists() and model.exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.safetensors", "v.safetensors"]


def test_train_passes_its_options_on(run, tmp_path):
    from wordvec import KeyedVectors, LineCorpus, Word2Vec

    out = tmp_path / "v.bin"
    code, text, _ = run(
        "train", ENGLISH, "-o", out, "--architecture", "cbow", "--seed", "7", "--tokenizer", "word",
        "--lowercase", "--window", "3", "--negative", "4", "--sample", "0.1", "--learning-rate", "0.07",
        "--max-vocab-size", "20", *SMALL,
    )  # fmt: skip
    model = Word2Vec(
        "cbow", random_state=7, window=3, negative=4, sample=0.1, learning_rate=0.07, max_vocab_size=20,
        min_count=2, vector_size=8, epochs=3,
    ).fit(LineCorpus(ENGLISH, "word", lowercase=True))  # fmt: skip
    assert code == 0
    loaded = KeyedVectors.load(out)
    assert loaded.index_to_key == model.wv_.index_to_key
    assert (loaded.vectors == model.wv_.vectors).all()
    assert str(out) in text


def test_checkpoint_and_resume(run, tmp_path):
    folder = tmp_path / "state"
    first, second = tmp_path / "a.bin", tmp_path / "b.bin"
    assert run("train", ENGLISH, "-o", first, "--checkpoint", folder, *SMALL)[0] == 0
    assert run("train", ENGLISH, "-o", second, "--checkpoint", folder, "--resume", *SMALL)[0] == 0
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.smoke
def test_chinese(run, tmp_path):
    pytest.importorskip("rjieba")
    out = tmp_path / "v.txt"
    assert run("train", CHINESE, "-o", out, "--tokenizer", "zh", *SMALL)[0] == 0
    code, text, _ = run("neighbors", out, "面包", "--topn", 3)
    assert code == 0 and len(text.splitlines()) == 5


def test_neighbors(run, vectors):
    code, text, _ = run("neighbors", vectors, "bread", "river", "--topn", 2, "--json")
    answers = json.loads(text)
    assert code == 0 and list(answers) == ["bread", "river"]
    assert all(len(found) == 2 for found in answers.values())


@pytest.mark.smoke
def test_analogy(run, vectors):
    from wordvec import KeyedVectors

    code, text, _ = run("analogy", vectors, "boy", "river", "bread", "--method", "3cosmul", "--json")
    expected = KeyedVectors.load(vectors).analogy("boy", "river", "bread", method="3cosmul")
    assert code == 0 and [word for word, _ in json.loads(text)] == [word for word, _ in expected]


@pytest.mark.parametrize("options", [(), ("--architecture", "glove"), ("--architecture", "cbow")])
def test_train_warns_of_text_without_blanks(run, write, tmp_path, options):
    text = write("zh.txt", "今天天气很好我们去公园散步 他在北京大学读书\n" * 9)
    small = ("--min-count", "1", "--vector-size", "4", "--epochs", "1", "--quiet")
    code, _, err = run("train", text, "-o", tmp_path / "v.bin", *options, *small)
    assert code == 0 and "zh.txt' is Chinese without spaces" in err and "Pass --tokenizer zh, or text" in err
    code, _, err = run(
        "train", write("t.txt", "今天 天气 很 好\n" * 9), "-o", tmp_path / "v.bin", *options, *small
    )
    assert code == 0 and "zh" not in err


def test_train_on_a_tiny_text_advises_both_options(run, write, tmp_path):
    path = write("tiny.txt", "the cat sat on the mat\n" * 5)
    code, _, err = run("train", path, "-o", tmp_path / "v.bin", "--vector-size", 4, "--epochs", 1)
    assert code == 0 and "no pair of words" in err
    assert "a lower --min-count, or a higher --sample" in err


def test_convert(run, vectors, tmp_path):
    from wordvec import KeyedVectors

    half, text = tmp_path / "half.safetensors", tmp_path / "short.txt.gz"
    assert run("convert", vectors, half, "--float16")[0] == 0
    assert KeyedVectors.load(half).vectors.dtype == "float16"
    assert run("convert", vectors, half, "--int8")[0] == 0
    assert "int8" in repr(KeyedVectors.load(half))
    assert fails(run("convert", vectors, half, "--int8", "--float16"), "exclude each other")
    assert run("convert", vectors, text, "--limit", "3")[0] == 0
    assert len(KeyedVectors.load(text)) == 3


def test_a_missing_file(run, vectors, tmp_path):
    assert fails(run("train", tmp_path / "no.txt", "-o", tmp_path / "v.bin"), "no.txt")
    assert fails(run("neighbors", tmp_path / "no.bin", "a"), "no.bin", "does not exist")
    assert fails(run("evaluate", vectors, tmp_path / "no.txt"), "no.txt", "does not exist")
    assert fails(run("convert", tmp_path / "no.bin", tmp_path / "v.bin"), "no.bin")


def test_output_is_refused_before_training(run, tmp_path, monkeypatch):
    from wordvec.embeddings.word2vec import Word2Vec

    monkeypatch.setattr(Word2Vec, "fit", lambda *_, **__: pytest.fail("it trained"))
    (tmp_path / "folder.bin").mkdir()
    assert fails(run("train", ENGLISH, "-o", tmp_path / "v.xyz"), "'" + str(tmp_path / "v.xyz"), "extension")
    assert fails(run("train", ENGLISH, "-o", tmp_path / "no" / "v.bin"), "does not exist", "Create")
    assert fails(run("train", ENGLISH, "-o", tmp_path / "folder.bin"), "is a folder")
    good = tmp_path / "v.bin"
    assert fails(run("train", ENGLISH, "-o", good, "--save-model", tmp_path / "no" / "m"), "does not exist")
    assert fails(run("convert", ENGLISH, tmp_path / "v.bin", "--float16"), "safetensors")
    assert [path.name for path in tmp_path.iterdir()] == ["folder.bin"]


@pytest.mark.skipif(os.name == "nt", reason="needs links and POSIX devices")
def test_a_path_is_checked_where_it_leads(run, vectors, tmp_path, read_only):
    folder = read_only
    (folder / "out.bin").symlink_to(tmp_path / "real.bin")
    (tmp_path / "in.bin").symlink_to(folder / "real.bin")
    (tmp_path / "device.bin").symlink_to("/dev/null")
    assert fails(run("convert", vectors, tmp_path / "device.bin"), "device.bin' is a folder or a device")
    for path in (tmp_path / "in.bin", folder / "v.bin"):
        assert fails(
            run("convert", vectors, path), f"{str(path)!r}: Read-only file system; nothing was written"
        )
    assert run("convert", vectors, folder / "out.bin")[0] == 0
    assert (tmp_path / "real.bin").read_bytes() == vectors.read_bytes()
    assert [path.name for path in folder.iterdir()] == ["out.bin"]


def test_a_trial_that_cannot_be_removed_hides_nothing(run, vectors, tmp_path, monkeypatch):
    unlink = Path.unlink

    def refuse(path, **options):
        if path.name.endswith((".v.bin", ".v.xyz")):
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM), str(path))
        unlink(path, **options)

    monkeypatch.setattr(Path, "unlink", refuse)
    assert fails(run("convert", vectors, tmp_path / "v.xyz"), "'" + str(tmp_path / "v.xyz"), "extension")
    assert run("convert", vectors, tmp_path / "v.bin")[0] == 0


def test_the_corpus_is_not_written_over(run, tmp_path):
    text = tmp_path / "corpus.txt"
    text.write_text("a b c\n" * 50)
    before = text.read_text()
    assert fails(run("train", text, "-o", text), "corpus.txt", "is a file of the corpus")
    assert text.read_text() == before


def test_one_file_does_not_hold_two_things(run, tmp_path):
    out = tmp_path / "v.safetensors"
    assert fails(run("train", ENGLISH, "-o", out, "--save-model", out), "v.safetensors", "cannot hold two")


def test_an_unknown_word_offers_spellings(run, vectors):
    assert fails(run("neighbors", vectors, "brigde"), "'brigde'", "'bridge'")
    assert fails(run("analogy", vectors, "bread", "rivr", "boy"), "'rivr'", "'river'")


def test_usage_errors(run, vectors, tmp_path):
    out = tmp_path / "v.bin"
    assert fails(run("train", ENGLISH, "-o", out, "--nonsense"), "--nonsense", "wordvec train --help")
    assert fails(run("train", ENGLISH), "wordvec train --help")
    assert fails(run("neighbors", vectors), "WORD")
    assert fails(run("nonsense"), "nonsense", "wordvec --help")
    assert fails(run("train", ENGLISH, "-o", out, "--epochs", "many"), "--epochs", "integer")


def test_bad_values(run, vectors, tmp_path):
    out = tmp_path / "v.bin"
    assert fails(run("train", ENGLISH, "-o", out, "--window", "0"), "window", "0")
    nameless = run("train", ENGLISH, "-o", tmp_path / "v.foo")
    assert fails(nameless, "v.foo' is not that of a format") and "format=" not in nameless[2]
    assert fails(run("train", ENGLISH, "-o", out, "--architecture", "glue"), "architecture", "glue")
    assert fails(run("train", ENGLISH, "-o", out, "--tokenizer", "no"), "tokenizer")
    assert fails(
        run("train", ENGLISH, "-o", out, "--resume"), "option --resume must be left out", "as --checkpoint"
    )
    assert fails(run("train", ENGLISH, "-o", out, "--checkpoint", ""), "--checkpoint", "empty")
    assert fails(run("neighbors", vectors, "bread", "--topn", "0"), "topn")
    assert fails(run("evaluate", vectors, "--restrict-vocab", "0"), "option --restrict-vocab", "at least 1")
    assert fails(run("analogy", vectors, "boy", "river", "bread", "--method", "sum"), "method")
    assert not out.exists()


def test_texts_without_enough_words(run, tmp_path):
    empty, out = tmp_path / "empty.txt", tmp_path / "v.bin"
    empty.write_text("\n\n", encoding="utf-8")
    assert fails(run("train", empty, "-o", out))
    assert fails(run("train", ENGLISH, "-o", out, "--min-count", "1000"), "Lower --min-count")


def test_chart_and_json_paths_are_checked_first(run, tmp_path):
    assert fails(run("compare", ENGLISH, "--chart", tmp_path / "c.pdf"), ".png")
    assert fails(run("compare", ENGLISH, "--json", tmp_path / "no" / "r.json"), "does not exist")


def test_systems_of_a_comparison_are_checked(run):
    assert fails(run("compare", ENGLISH, "--systems", "ours,fasttext"), "systems", "'fasttext'", "'ppmi-svd'")
    assert fails(run("compare", ENGLISH, "--systems", ""), "systems", "''")


def test_keyboard_interrupt(run, vectors, monkeypatch):
    from wordvec.vectors.keyed_vectors import KeyedVectors

    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(KeyedVectors, "load", interrupt)
    assert run("neighbors", vectors, "bread") == (130, "", "wordvec: interrupted.\n")
    # A second one, while the first is told.
    monkeypatch.setattr("wordvec.pipelines.cli.program.note", interrupt)
    assert run("neighbors", vectors, "bread") == (130, "", "")


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
def test_ctrl_c_writes_the_vectors(run, tmp_path, monkeypatch):
    from wordvec._utils.progress import TrainingBar

    monkeypatch.setattr(TrainingBar, "update_to", lambda *_: os.kill(os.getpid(), signal.SIGINT))
    out = tmp_path / "v.bin"
    code, text, err = run("train", ENGLISH, "-o", out, *SMALL)
    assert code == 130 and tells_of_punctuation(err, n_lines=2) and str(out) in err
    assert out.exists() and "vectors" in text


@pytest.mark.slow
def test_demo(run, tmp_path, monkeypatch):
    pytest.importorskip("gensim")
    from wordvec.pipelines.workflows import demo

    monkeypatch.setitem(demo.SETTINGS, "epochs", 1)
    folder = tmp_path / "demo"
    code, text, err = run("demo", "-o", folder, "--quiet")
    assert (code, err) == (0, "")
    files = ["classifier.safetensors", "model.safetensors", "tagger.safetensors", "vectors.bin"]
    assert sorted(path.name for path in folder.iterdir()) == files
    for part in ("wordsim353.tsv", "neighbours", "loss", "wordvec neighbors", "[PER]", "F1"):
        assert part in text
    report = json.loads(run("demo", "-o", folder, "--quiet", "--json")[1])
    assert 0.85 <= report["tagging"]["f1"] <= 1


def test_demo_without_gensim(run, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "gensim.test.utils", None)
    assert fails(run("demo", "-o", tmp_path / "demo"), 'pip install "wordvec[gensim]"')


@pytest.mark.process
def test_ctrl_c_while_the_commands_are_loaded():
    code = (
        "import sys\n"
        "class Finder:\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if name == 'wordvec.pipelines.cli.train':\n"
        "            raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Finder())\n"
        "from wordvec.pipelines.cli import main\n"
        "main(['train', '--help'])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "wordvec: interrupted.\n")


@pytest.mark.process
def test_the_program_as_a_process():
    code = "from wordvec.pipelines.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "neighbors", "no.bin", "a"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


def test_tables_align_chinese_words():
    table = format_table([("面包", "1"), ("abc", "22")], ("word", "n"))
    assert table.splitlines() == ["word   n", "----  --", "面包   1", "abc   22"]


def test_sparkline():
    assert (
        sparkline([3.0, 2.0, float("nan"), 1.0]) == "█▅ ▁"
        or sparkline([3.0, 2.0, float("nan"), 1.0]) == "█▄ ▁"
    )
    assert len(sparkline(list(range(1000)))) <= 40
    assert sparkline([]) == ""


def test_train_reads_the_standard_input(run, tmp_path, monkeypatch):
    text = Path(ENGLISH).read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    code, out, _ = run("train", "-", "-o", tmp_path / "a.bin", *SMALL)
    assert code == 0 and "words" in out
    run("train", ENGLISH, "-o", tmp_path / "b.bin", *SMALL)
    assert (tmp_path / "a.bin").read_bytes() == (tmp_path / "b.bin").read_bytes()


def test_train_does_not_overwrite_a_run_that_has_not_ended(run, tmp_path):
    from dataclasses import replace

    from wordvec.embeddings.checkpoints import read_checkpoint, write_checkpoint

    command = ["train", ENGLISH, "-o", tmp_path / "a.bin", *SMALL, "--checkpoint", tmp_path]
    assert run(*command)[0] == 0
    path = tmp_path / "checkpoint.safetensors"
    stored = read_checkpoint(path, Word2Vec._kind)
    state = replace(stored.state, epoch=1, loss_curve=stored.state.loss_curve[:1])
    write_checkpoint(path, replace(stored, state=state))
    half = path.read_bytes()
    assert fails(run(*command), "an unfinished run", "--resume", "--overwrite")
    assert fails(run(*command, "--overwrite", "--resume"), "--overwrite") and path.read_bytes() == half
    assert run(*command, "--resume")[0] == 0
    write_checkpoint(path, replace(stored, state=state))
    assert run(*command, "--overwrite")[0] == 0 and path.read_bytes() != half
