"""Names of other tools: they are errors that say ours, and estimators stay what scikit-learn takes them for."""

import copy
import inspect
import pickle

import numpy as np
import pytest
from sklearn.base import clone

from wordvec import PPMISVD, GloVe, KeyedVectors, Word2Vec
from wordvec.pipelines.cli import main
from wordvec.pipelines.tagging.crf import CRFTagger


@pytest.mark.parametrize(
    ("make", "name", "ours"),
    [
        *((Word2Vec, name, ours) for name, ours in {
            "sg": "architecture", "size": "vector_size", "iter": "epochs", "workers": "n_jobs", "hs": "negative",
            "alpha": "learning_rate", "min_alpha": "min_learning_rate", "compute_loss": "loss_curve_", "ws": "window",
            "sorted_vocab": "sorted by frequency", "dim": "vector_size", "wordNgrams": "not supported",
            "seed": "random_state",
        }.items()),
        (GloVe, "no_components", "vector_size"),
        (PPMISVD, "size", "vector_size"),
        (CRFTagger, "max_iterations", "max_iter"),
        (CRFTagger, "model_filename", "save"),
        (CRFTagger, "linesearch", "fixed"),
        (CRFTagger, "pa_type", "algorithm"),
        (CRFTagger, "c", "c1 and c2"),
        (Word2Vec, "bucket", "FastText has character n-grams"),
    ],
)  # fmt: skip
def test_parameters_of_other_tools_say_ours(make, name, ours):
    with pytest.raises(TypeError, match=f"{make.__name__} has no parameter '{name}': .*{ours}"):
        make(**{name: 1})


KV = KeyedVectors(np.eye(2, dtype=np.float32), ["a", "b"])


@pytest.mark.parametrize(
    ("thing", "name", "ours"),
    [
        (Word2Vec(), "wv", "wv_"),
        (Word2Vec(), "train", "partial_fit"),
        (Word2Vec(), "build_vocab", "fit"),
        (GloVe(), "most_similar", "wv_.most_similar"),
        (Word2Vec, "load_word2vec_format", "KeyedVectors.load"),
        (Word2Vec(), "get_latest_training_loss", "loss_curve_"),
        (KV, "vocab", "key_to_index"),
        (KV, "index2word", "index_to_key"),
        (KV, "syn0", "vectors"),
        (KV, "init_sims", "unit_normed"),
        (KV, "save_word2vec_format", "save"),
        (KeyedVectors, "load_word2vec_format", r"KeyedVectors.load\(path\)"),
        (CRFTagger(), "transition_features_", "explain"),
        (CRFTagger(), "predict_single", "predict"),
        (CRFTagger(), "training_log_", "n_iter_"),
        (CRFTagger(), "train", "fit"),
        (Word2Vec(), "get_vector", "wv_"),
        (Word2Vec(), "n_similarity", "wv_.n_similarity"),
        (Word2Vec(), "evaluate_word_pairs", "wv_.evaluate_word_pairs"),
        (Word2Vec(), "save_model", "save"),
    ],
)
def test_attributes_of_other_tools_say_ours(thing, name, ours):
    assert not hasattr(thing, name) and name not in dir(thing)
    with pytest.raises(AttributeError, match=f"no attribute '{name}': .*{ours}") as caught:
        getattr(thing, name)
    assert caught.value.name == name


def test_several_parameters_are_one_message():
    with pytest.raises(TypeError, match="has no parameters 'sg', 'size': .*architecture.*vector_size"):
        Word2Vec(sg=1, size=10, window=3)
    with pytest.raises(TypeError, match="unexpected keyword argument 'sizes'"):
        Word2Vec(sizes=3)
    with pytest.raises(AttributeError, match=r"^'Word2Vec' object has no attribute 'weights'$"):
        _ = Word2Vec().weights
    with pytest.raises(AttributeError, match=r"^type object 'Word2Vec' has no attribute 'weights'$"):
        _ = Word2Vec.weights


@pytest.mark.parametrize("make", [Word2Vec, GloVe, PPMISVD, CRFTagger])
def test_estimators_are_still_those_of_scikit_learn(make):
    model = make(n_jobs=1)
    assert clone(model).get_params() == model.get_params() == pickle.loads(pickle.dumps(model)).get_params()
    assert copy.deepcopy(model).n_jobs == 1
    assert "n_jobs" in inspect.signature(make).parameters
    assert not {"args", "kwargs"} & inspect.signature(make).parameters.keys()
    with pytest.raises(ValueError, match="Invalid parameter 'sg'"):
        model.set_params(sg=1)


@pytest.mark.parametrize(
    ("options", "ours"),
    [
        (("-bucket", "200"), "--bucket"),
        (("--max_final_vocab", "200"), "--max-vocab-size"),
        (("--compute-loss",), "always"),
        (("-dim", "100"), "--vector-size"),
        (("-output", "x"), "--output"),
        (("-wordNgrams", "2"), "n-grams of words are not supported"),
        (("-lr", "0.05"), "--learning-rate"),
        (("-epoch", "5"), "--epochs"),
        (("-cbow", "0", "-size", "200"), "--architecture"),
        (("--workers", "4"), "--jobs"),
        (("--size=100",), "--vector-size"),
        (("-window", "5"), "--window"),
    ],
)
def test_options_of_other_programs_say_ours(options, ours, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["train", "corpus.txt", *options])
    err = capsys.readouterr().err
    assert stop.value.code == 2 and err.count("\n") == 1
    assert f"{options[0]} is an option of another program. Here it is" in err and ours in err


@pytest.mark.parametrize(
    ("arguments", "ours"),
    [
        (("classify", "train", "a.txt", "-wordNgrams", "2"), "nothing: training chooses"),
        (("classify", "train", "-input", "a.txt"), "the first argument, TRAIN"),
        (("classify", "train", "a.txt", "--lr=0.5"), "nothing"),
        (("classify", "train", "a.txt", "-thread", "2"), "--jobs"),
        (("tag", "train", "a.txt", "--max_iterations", "10"), "--max-iter"),
        (("tag", "train", "a.txt", "--feature-minfreq=2"), "--min-freq"),
    ],
)
def test_other_commands_that_train_know_them_too(arguments, ours, capsys):
    with pytest.raises(SystemExit) as stop:
        main([*arguments, "-o", "x.safetensors"])
    err = capsys.readouterr().err
    assert stop.value.code == 2 and err.count("\n") == 1
    assert (
        f"is an option of another program. Here it is {ours}" in err
        and f"wordvec {arguments[0]} train --help" in err
    )
