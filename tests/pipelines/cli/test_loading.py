"""What a command loads: no more than it needs, so that one prediction is not a wait for libraries."""

import subprocess
import sys

import numpy as np
import pytest

from wordvec.pipelines import CRFTagger, TextClassifier
from wordvec.vectors.keyed_vectors import KeyedVectors

pytestmark = pytest.mark.process

# Libraries that take longer to load than a prediction takes; SciPy itself is loaded by Numba.
NEVER = {"gensim", "matplotlib", "nltk", "pandas", "rich", "spacy", "tokenizers", "torch", "transformers"}
SCIKIT_LEARN = {"joblib", "scipy.optimize", "scipy.sparse", "scipy.special", "scipy.stats", "sklearn"}
LEARNERS = {
    f"sklearn.{name}" for name in ("linear_model", "metrics", "model_selection", "preprocessing", "svm")
}
NUMBA = {"llvmlite", "numba"}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Write small vectors, a tagger and a classifier; return their folder."""
    folder = tmp_path_factory.mktemp("models")
    KeyedVectors(np.eye(4, dtype=np.float32), ["king", "queen", "man", "woman"]).save(folder / "v.bin")
    sentences = [["Ada", "met", "Bob"], ["Bob", "left", "Rome"]]
    tags = [["B-PER", "O", "B-PER"], ["B-PER", "O", "B-LOC"]]
    CRFTagger(verbose=False).fit(sentences, tags).save(folder / "tagger.safetensors")
    texts = ["a good film", "good and funny", "a bad film", "bad and dull"]
    TextClassifier(verbose=False).fit(texts, ["pos", "pos", "neg", "neg"]).save(
        folder / "classifier.safetensors"
    )
    return folder


def loaded_by(arguments, folder, text=""):
    """Run a command in a process of its own; return what it printed and the modules that it loaded."""
    code = (
        "import sys\n"
        "from wordvec.pipelines.cli.program import run\n"
        "code = run(sys.argv[1:])\n"
        "print('MODULES', *sys.modules)\n"
        "sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        input=text,
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    out, _, modules = done.stdout.rpartition("MODULES")
    return out, set(modules.split())


@pytest.mark.parametrize(
    ("arguments", "text", "shown", "needless"),
    [
        (["--version"], "", "wordvec ", NUMBA | SCIKIT_LEARN | {"numpy", "scipy"}),
        (["train", "--help"], "", "Example: wordvec train", NUMBA | SCIKIT_LEARN | {"numpy", "scipy"}),
        (["neighbors", "v.bin", "king"], "", "queen", NUMBA | SCIKIT_LEARN | {"scipy"}),
        (["tag", "predict", "tagger.safetensors"], "Ada met Bob\n", "Bob\tB-PER", SCIKIT_LEARN),
        (["classify", "predict", "classifier.safetensors"], "a good film\n", "pos\ta good film", LEARNERS),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, list) else None,
)
def test_a_command_loads_what_it_needs(files, arguments, text, shown, needless):
    out, modules = loaded_by(arguments, files, text)
    assert shown in out
    assert not (NEVER | needless) & modules
    others = {"demo", "compare", "lm", "segment"} | ({"tag"} - {*arguments})
    assert not {f"wordvec.pipelines.cli.{name}" for name in others} & modules


def test_a_tagger_from_a_file_needs_no_scikit_learn(files):
    code = (
        "import sys\n"
        "from wordvec.pipelines.tagging.fitted import FittedTagger\n"
        "print(FittedTagger.load('tagger.safetensors').predict([['Ada', 'met', 'Bob']]))\n"
        "assert 'sklearn' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=files, capture_output=True, text=True, check=True)
    assert done.stdout == f"{CRFTagger.load(files / 'tagger.safetensors').predict([['Ada', 'met', 'Bob']])}\n"
