"""`wordvec train` for GloVe, counts and PPMI."""

import ast
import contextlib
import errno
import inspect
import json
import os
import signal
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from wordvec import Cooccurrence, FastText, GloVe, KeyedVectors, LineCorpus, Word2Vec
from wordvec.pipelines.cli import train as train_command
from wordvec.pipelines.workflows.vectors import NGRAM_OPTIONS

from .support import ENGLISH, SMALL, fails, tells_of_punctuation

GLOVE = ["--architecture", "glove", *SMALL]
# What is not a parameter of either estimator.
OF_THE_COMMAND = {
    "corpus", "out", "checkpoint", "resume", "tokenizer", "user_dict", "convert", "lowercase", "encoding", "errors",
    "save_model", "save_counts", "quiet", "as_json", "overwrite", "text_column", "phrases",
    "save_phrases",
}  # fmt: skip
WORDS_FOR_NONE = {
    "learning_rate": "by architecture",
    "shared_negatives": "by architecture",
    "max_vocab_size": "no limit",
}


def defaults_of(estimator):
    return {name: parameter.default for name, parameter in inspect.signature(estimator).parameters.items()}


def shown_defaults():
    """Return what --help shows for each option of an estimator: for Word2Vec, and for GloVe."""
    options = inspect.signature(train_command.train, eval_str=True).parameters
    found = {}
    for name in options.keys() - OF_THE_COMMAND - {"architecture"}:
        text = options[name].annotation.__metadata__[0].show_default
        assert isinstance(text, str) and options[name].default is None, name
        found[name] = []
        for part in (text.partition("; glove ")[0], text.rpartition("; glove ")[2]):
            with contextlib.suppress(ValueError, SyntaxError):
                part = ast.literal_eval(part)
            found[name].append(part)
    return found


@pytest.mark.parametrize(("place", "estimator", "n_options"), [(0, Word2Vec, 16), (1, GloVe, 11)])
def test_help_shows_the_defaults_of_the_estimators(place, estimator, n_options):
    defaults, checked = defaults_of(estimator), 0
    for name, shown in shown_defaults().items():
        if name not in defaults:
            continue
        expected = WORDS_FOR_NONE[name] if defaults[name] is None else defaults[name]
        assert shown[place] == expected, name
        checked += 1
    assert checked == n_options


def test_options_are_of_an_estimator():
    known = defaults_of(Word2Vec).keys() | defaults_of(FastText).keys() | defaults_of(GloVe).keys()
    assert shown_defaults().keys() - known == {"out_format", "cluster"}
    assert inspect.signature(train_command.train).parameters["architecture"].default == "skipgram"
    assert defaults_of(Word2Vec)["architecture"] == "skipgram"


def test_options_that_one_architecture_lacks_are_those_that_its_estimator_lacks():
    glove, word2vec = defaults_of(GloVe).keys(), defaults_of(Word2Vec).keys()
    options = shown_defaults().keys() - {"out_format", "cluster"}
    assert options - glove == {*train_command._WORD2VEC_ONLY, "mode"}
    assert options - word2vec == {*train_command._GLOVE_ONLY, *NGRAM_OPTIONS} - {"save_counts"}
    assert options & defaults_of(FastText).keys() >= {*NGRAM_OPTIONS}


def test_train_passes_its_options_on(run, tmp_path):
    out, saved = tmp_path / "v.bin", tmp_path / "m.safetensors"
    code, text, err = run(
        "train", ENGLISH, "-o", out, *GLOVE, "--seed", 7, "--tokenizer", "word", "--lowercase", "--window", 3,
        "--x-max", 2, "--weight-exponent", 0.5, "--learning-rate", 0.07, "--max-vocab-size", 20, "--jobs", 2,
        "--max-memory", 10_000_000, "--mode", "deterministic", "--save-model", saved, "--json",
    )  # fmt: skip
    assert (code, err) == (0, "")
    model = GloVe(
        random_state=7, window=3, x_max=2.0, weight_exponent=0.5, learning_rate=0.07, max_vocab_size=20,
        min_count=2, vector_size=8, epochs=3,
    ).fit(LineCorpus(ENGLISH, "word", lowercase=True))  # fmt: skip
    report, loaded = json.loads(text), KeyedVectors.load(out)
    assert loaded.index_to_key == model.wv_.index_to_key
    assert (loaded.vectors == model.wv_.vectors).all()
    assert report["loss_curve"] == model.loss_curve_ and "squared error" in report["loss_measure"]
    assert report["n_tokens"] == model.vocabulary_.n_total and report["n_epochs"] == 3
    assert (GloVe.load(saved).context_vectors_ == model.context_vectors_).all()


def test_report_as_text(run, tmp_path):
    code, text, _ = run("train", ENGLISH, "-o", tmp_path / "v.bin", *GLOVE)
    assert code == 0 and "squared error" in text and "nats" not in text
    assert "\nwords/s  -\n" in text  # epochs are over pairs
    code, text, _ = run("train", ENGLISH, "-o", tmp_path / "v.bin", *SMALL)
    assert code == 0 and "nats a pair" in text and "tokens x epochs" in text


@pytest.mark.parametrize("name", ["counts.npz", "counts.safetensors"])
def test_save_counts(run, tmp_path, name):
    plain, out, path = tmp_path / "a.bin", tmp_path / "b.bin", tmp_path / name
    assert run("train", ENGLISH, "-o", plain, *GLOVE)[0] == 0
    code, text, err = run("train", ENGLISH, "-o", out, *GLOVE, "--save-counts", path)
    assert code == 0 and tells_of_punctuation(err) and str(path) in text
    assert plain.read_bytes() == out.read_bytes()
    counts = Cooccurrence.load(path)
    assert counts.window == 10 and counts.vocabulary.index_to_key == KeyedVectors.load(out).index_to_key
    again = GloVe(min_count=2, vector_size=8, epochs=3).fit_cooccurrence(counts)
    assert (again.wv_.vectors == KeyedVectors.load(out).vectors).all()


def test_checkpoint_and_resume(run, tmp_path):
    folder, counts = tmp_path / "state", tmp_path / "c.npz"
    paths = [tmp_path / name for name in ("a.bin", "b.bin", "c.bin")]
    assert run("train", ENGLISH, "-o", paths[0], "--checkpoint", folder, *GLOVE)[0] == 0
    assert run("train", ENGLISH, "-o", paths[1], "--checkpoint", folder, "--resume", *GLOVE)[0] == 0
    # Saved counts do not make it another run.
    code, text, _ = run(
        "train", ENGLISH, "-o", paths[2], "--checkpoint", folder, "--resume", "--save-counts", counts, "--json",
        *GLOVE,
    )  # fmt: skip
    assert code == 0 and json.loads(text)["words_per_second"] is None
    assert len({path.read_bytes() for path in paths}) == 1 and counts.exists()
    changed = run("train", ENGLISH, "-o", paths[1], "--checkpoint", folder, "--resume", "--x-max", 3, *GLOVE)
    assert fails(
        changed, "x_max", "another run", "--overwrite in place of --resume", "another one as --checkpoint"
    )
    assert (
        "(" not in changed[2].replace("(10.0 then, 3.0 now)", "").partition(" ('")[0]
    )  # no advice for users of Python


@pytest.mark.parametrize("trained", ["glove", "cbow", "skipgram"])
@pytest.mark.parametrize("resumed", ["glove", "cbow", "skipgram"])
def test_resume_with_a_checkpoint_of_another_architecture(run, tmp_path, trained, resumed):
    folder, out = tmp_path / "state", tmp_path / "v.bin"

    def train(architecture, *options):
        return run(
            "train",
            ENGLISH,
            "-o",
            out,
            "--checkpoint",
            folder,
            "--architecture",
            architecture,
            *SMALL,
            *options,
        )

    assert train(trained)[0] == 0
    if trained == resumed:
        assert train(resumed, "--resume")[0] == 0
        return
    out.unlink()
    advice = (
        f"--architecture {trained} to continue",
        "another folder as --checkpoint",
        "--overwrite in place of",
    )
    assert fails(train(resumed, "--resume"), repr(str(folder)), *advice)
    assert not out.exists()
    assert train(resumed)[0] == 0


def test_resume_with_a_damaged_checkpoint(run, tmp_path):
    for data in (b"", b"x" * 100, struct.pack("<Q", 8) + b'{"a":[]}', struct.pack("<Q", 2) + b"{}"):
        (tmp_path / "checkpoint.safetensors").write_bytes(data)
        answer = run("train", ENGLISH, "-o", tmp_path / "v.bin", "--checkpoint", tmp_path, "--resume", *GLOVE)
        assert fails(answer, "checkpoint.safetensors", "cannot be read")


@pytest.mark.parametrize("kind", ["dots", "link", "linked folder"])
def test_one_file_is_known_by_all_of_its_names(run, tmp_path, kind):
    folder, corpus = tmp_path / "w", tmp_path / "w" / "corpus.safetensors"
    folder.mkdir()
    corpus.write_text("a b\n" * 9, encoding="utf-8")
    before = corpus.read_bytes()
    other_folder = tmp_path / "l"
    other_folder.symlink_to(folder, target_is_directory=True)

    def alias(name):
        if kind == "link":
            path = tmp_path / f"link-{name}"
            if not path.is_symlink():
                path.symlink_to(folder / name)
            return path
        return (other_folder if kind == "linked folder" else folder / ".." / "w") / name

    def train(*options):
        return run("train", corpus, *GLOVE, *options)

    out, state = folder / "s.safetensors", folder / "state"
    assert fails(train("-o", alias("corpus.safetensors")), "is a file of the corpus")
    assert fails(train("-o", out, "--save-model", alias("corpus.safetensors")), "is a file of the corpus")
    assert fails(train("-o", out, "--save-model", alias("s.safetensors")), "cannot hold two")
    assert fails(train("-o", out, "--save-counts", alias("s.safetensors")), "cannot hold two")
    assert fails(train("-o", out, "--checkpoint", alias("s.safetensors")), "cannot hold two")
    state.mkdir()
    checkpoint = alias("state") / "checkpoint.safetensors"
    assert fails(train("-o", checkpoint, "--checkpoint", state), "cannot hold two")
    assert {path.name for path in folder.iterdir()} == {"corpus.safetensors", "state"}
    assert corpus.read_bytes() == before


@pytest.mark.parametrize("option", ["-o", "--save-model", "--save-counts", "--checkpoint"])
def test_a_read_only_folder_is_told_before_the_text_is_read(run, tmp_path, monkeypatch, option):
    import wordvec.counts.counting

    monkeypatch.setattr(
        wordvec.counts.counting, "encode_corpus", lambda *_, **__: pytest.fail("it read the text")
    )
    folder, open_path = tmp_path / "read-only", Path.open
    folder.mkdir()

    def refuse(path, mode="r", **options):
        if path.parent == folder and mode != "r":
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))
        return open_path(path, mode, **options)

    monkeypatch.setattr(Path, "open", refuse)
    options = {"-o": tmp_path / "v.safetensors"}
    options[option] = folder if option == "--checkpoint" else folder / "f.safetensors"
    place = folder / "checkpoint.safetensors" if option == "--checkpoint" else options[option]
    answer = run("train", ENGLISH, *GLOVE, *(part for pair in options.items() for part in pair))
    assert fails(answer, f"{str(place)!r}: Read-only file system")


@pytest.mark.parametrize("broken", ["vectors", "model", "counts"])
def test_what_can_be_written_is_written(run, tmp_path, monkeypatch, broken):
    owner = {"vectors": KeyedVectors, "model": GloVe, "counts": Cooccurrence}[broken]
    paths = {
        "vectors": tmp_path / "v.bin",
        "model": tmp_path / "m.safetensors",
        "counts": tmp_path / "c.npz",
    }
    save = owner.save

    def fail(self, path, *options, **named):
        if str(path) == str(paths[broken]):  # not the trial beside it
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        save(self, path, *options, **named)

    monkeypatch.setattr(owner, "save", fail)
    answer = run(
        "train", ENGLISH, "-o", paths["vectors"], "--save-model", paths["model"],
        "--save-counts", paths["counts"], *GLOVE,
    )  # fmt: skip
    path = paths.pop(broken)
    written = " and ".join(repr(str(path)) for path in paths.values())
    assert fails(answer, f"{str(path)!r}: No space left on device; {written} are written.")
    assert all(path.exists() for path in paths.values()) and not path.exists()


@pytest.mark.parametrize(
    ("architecture", "option", "value"),
    [
        ("glove", "--negative", 5),
        ("glove", "--shared-negatives", 16),
        ("glove", "--sample", 0.001),
        ("skipgram", "--x-max", 10),
        ("cbow", "--weight-exponent", 0.75),
        ("skipgram", "--save-counts", "c.npz"),
    ],
)
def test_options_of_another_architecture(run, tmp_path, architecture, option, value):
    out = tmp_path / "v.bin"
    answer = run("train", ENGLISH, "-o", out, "--architecture", architecture, option, value, *SMALL)
    assert fails(answer, option, f"--architecture {architecture}", "Leave it out")
    assert not out.exists()


def test_bad_values(run, tmp_path):
    def train(*options):
        return run("train", ENGLISH, "-o", tmp_path / "v.bin", *GLOVE, *options)

    assert fails(train("--mode", "racing"), "--mode racing", "always deterministic")
    assert fails(train("--mode", "fast"), "mode", "'fast'")
    assert fails(train("--x-max", 0), "The option --x-max must be")
    assert fails(train("--window", 0), "The option --window must be")
    assert fails(train("--max-memory", 100), "The option --max-memory must be", "1048576", "Got 100")
    assert fails(train("--resume"), "checkpoint")
    assert fails(train("--min-count", 1000), "Lower --min-count")
    assert list(tmp_path.iterdir()) == []


def test_bad_paths_and_values_are_told_before_counting(run, tmp_path, monkeypatch):
    import wordvec.counts.counting

    monkeypatch.setattr(
        wordvec.counts.counting, "encode_corpus", lambda *_, **__: pytest.fail("it read the text")
    )
    out = tmp_path / "v.safetensors"

    def train(path, *options):
        return run("train", ENGLISH, "-o", out, *GLOVE, "--save-counts", path, *options)

    assert fails(train(tmp_path / "c.txt"), "'" + str(tmp_path / "c.txt"), ".npz")
    assert fails(train(tmp_path / "no" / "c.npz"), "does not exist")
    assert fails(train(out), "v.safetensors", "cannot hold two")
    assert fails(train(tmp_path / "c.npz", "--x-max", -1), "The option --x-max must be")
    assert fails(train(tmp_path / "c.npz", "--resume"), "checkpoint")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
def test_ctrl_c_writes_the_vectors(run, tmp_path, monkeypatch):
    import wordvec._utils.progress

    monkeypatch.setattr(
        wordvec._utils.progress.TrainingBar, "update_to", lambda *_: os.kill(os.getpid(), signal.SIGINT)
    )
    out = tmp_path / "v.bin"
    code, text, err = run("train", ENGLISH, "-o", out, *GLOVE)
    assert code == 130 and tells_of_punctuation(err, n_lines=2) and str(out) in err
    assert out.exists() and "no whole epoch" in text


@pytest.mark.process
def test_glove_needs_no_word2vec(tmp_path):
    code = (
        "import sys; from pathlib import Path; from wordvec.pipelines.cli import main\n"
        f"try: main(['train', {ENGLISH!r}, '-o', {str(tmp_path / 'v.bin')!r}, *{GLOVE!r}])\n"
        "except SystemExit as stop: assert not stop.code\n"
        "assert 'wordvec.embeddings.word2vec' not in sys.modules and 'gensim' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)


@pytest.mark.smoke
def test_other_commands_take_the_vectors(run, tmp_path):
    out, text_file = tmp_path / "v.safetensors", tmp_path / "v.txt"
    assert run("train", ENGLISH, "-o", out, *GLOVE)[0] == 0
    assert run("neighbors", out, "bread", "--json")[0] == 0
    assert run("convert", out, text_file)[0] == 0
    assert len(KeyedVectors.load(text_file)) == len(KeyedVectors.load(out))
