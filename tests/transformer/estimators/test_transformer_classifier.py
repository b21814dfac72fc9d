"""`TransformerClassifier`: what it learns, scikit-learn's contract, files, long texts; the package's example."""

import doctest
import os
import pickle
import shutil
import signal

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

import wordvec.transformer
from wordvec.transformer import SequenceClassifier, Tokenizer, TransformerClassifier, from_pretrained

from .support import LABELS, NEW_LABELS, NEW_TEXTS, TEXTS, classifier


def test_it_learns_what_tells_classes_apart(fitted):
    assert fitted.score(NEW_TEXTS, NEW_LABELS) == 1.0
    assert fitted.classes_.tolist() == ["neg", "pos"]
    proba = fitted.predict_proba(NEW_TEXTS)
    assert proba.shape == (40, 2) and proba.dtype == np.float64
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    assert fitted.n_iter_ == 60 == len(fitted.loss_curve_)
    assert fitted.loss_curve_[-1] < 0.1 < fitted.loss_curve_[0]
    assert fitted.n_truncated_ == 0 and not fitted.interrupted_


@pytest.mark.parametrize("name", ["bert", "gpt"])
def test_it_starts_from_a_pretrained_model(name, folder_of):
    folder = folder_of(name)
    model = classifier(pretrained=folder, epochs=20).fit(TEXTS, LABELS)
    assert model.score(NEW_TEXTS, NEW_LABELS) >= 0.95
    assert model.max_length_ == 24
    # One small step leaves the weights where the checkpoint has them.
    near = classifier(pretrained=folder, epochs=1, batch_size=80, learning_rate=1e-7).fit(TEXTS, LABELS)
    loaded = from_pretrained(folder)
    body = getattr(loaded, "body", loaded)
    for weight_name, weight in body.state_dict().items():
        torch.testing.assert_close(near.model_.body.state_dict()[weight_name], weight, atol=1e-6, rtol=0)


def test_the_learning_rate_fits_the_start(bert):
    assert classifier(learning_rate=None, epochs=1).fit(TEXTS, LABELS).learning_rate_ == 1e-3
    wide = classifier(learning_rate=None, epochs=1, hidden_size=256)
    assert wide.fit(TEXTS, LABELS).learning_rate_ == 5e-4
    model = classifier(pretrained=bert, learning_rate=None, epochs=1).fit(TEXTS, LABELS)
    assert model.learning_rate_ == 3e-4


def test_each_seed_has_its_bits(fitted):
    again = classifier().fit(TEXTS, LABELS)
    assert (again.predict_proba(NEW_TEXTS) == fitted.predict_proba(NEW_TEXTS)).all()
    other = classifier(random_state=2).fit(TEXTS, LABELS)
    assert (other.predict_proba(NEW_TEXTS) != fitted.predict_proba(NEW_TEXTS)).all()
    drawn = classifier(random_state=np.random.RandomState(3), epochs=1).fit(TEXTS, LABELS)
    fixed = classifier(random_state=drawn.seed_, epochs=1).fit(TEXTS, LABELS)
    assert (drawn.predict_proba(NEW_TEXTS) == fixed.predict_proba(NEW_TEXTS)).all()


def test_other_texts_of_a_batch_do_not_matter(fitted):
    alone = np.concatenate([fitted.predict_proba([text]) for text in NEW_TEXTS[:5]])
    np.testing.assert_allclose(alone, fitted.predict_proba(NEW_TEXTS[:5] + ["the " * 20])[:5], atol=1e-5)


def test_scikit_learn_contract(fitted):
    model = classifier()
    assert clone(model).get_params() == model.get_params()
    assert model.set_params(epochs=1).epochs == 1
    assert not [name for name in vars(model) if name.endswith("_")]
    with pytest.raises(NotFittedError):
        model.predict(TEXTS)
    with pytest.raises(NotFittedError):
        model.save("nowhere")
    before = model.get_params()
    assert model.fit(np.array(TEXTS), np.array(LABELS)) is model and model.get_params() == before
    assert fitted.predict([]).shape == (0,) and fitted.predict_proba([]).shape == (0, 2)
    assert isinstance(fitted.predict(["good"])[0], str)


def test_labels_may_be_numbers():
    numbers = [{"pos": 7, "neg": -1}[label] for label in LABELS]
    model = classifier().fit(TEXTS, numbers)
    assert model.classes_.tolist() == [-1, 7]
    assert model.predict(["good warm funny"]).tolist() == [7]


def test_it_can_be_searched_and_piped():
    search = GridSearchCV(
        make_pipeline(classifier()), {"transformerclassifier__epochs": [1, 6]}, cv=2, error_score="raise"
    )
    search.fit(TEXTS, LABELS)
    assert search.best_params_ == {"transformerclassifier__epochs": 6}
    assert search.score(NEW_TEXTS, NEW_LABELS) > 0.9


def test_pickle_and_files_give_the_same_model(fitted, tmp_path):
    expected = fitted.predict_proba(NEW_TEXTS)
    assert (pickle.loads(pickle.dumps(fitted)).predict_proba(NEW_TEXTS) == expected).all()
    fitted.save(tmp_path / "model")
    loaded = TransformerClassifier.load(tmp_path / "model")
    assert (loaded.predict_proba(NEW_TEXTS) == expected).all()
    assert loaded.get_params() == fitted.get_params()
    assert loaded.classes_.tolist() == fitted.classes_.tolist()
    suffixes = {path.suffix for path in (tmp_path / "model").iterdir()}
    assert suffixes == {".json", ".safetensors"}
    with pytest.raises(ValueError, match="device parameter of TransformerClassifier .* Got 'tpu'"):
        TransformerClassifier.load(tmp_path / "model", device="tpu")
    # A search over an array gives NumPy's numbers.
    numbers = classifier(epochs=np.int64(1), learning_rate=np.float32(0.01))
    numbers.fit(TEXTS, [len(label) + (label == "pos") for label in LABELS])
    numbers.save(tmp_path / "model")
    assert TransformerClassifier.load(tmp_path / "model").classes_.tolist() == [3, 4]


@pytest.mark.parametrize("name", [None, "gpt"])
def test_transformers_loads_what_save_writes(name, folder_of, fitted, tmp_path):
    transformers = pytest.importorskip("transformers")
    ours = fitted if name is None else classifier(pretrained=folder_of(name), epochs=1).fit(TEXTS, LABELS)
    ours.save(tmp_path / "model")
    theirs = transformers.AutoModelForSequenceClassification.from_pretrained(tmp_path / "model").eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path / "model")
    batch = tokenizer(NEW_TEXTS, padding=True, return_tensors="pt")
    with torch.no_grad():
        logits = theirs(**batch).logits
    np.testing.assert_allclose(ours.predict_proba(NEW_TEXTS), logits.softmax(-1).numpy(), atol=1e-5)
    assert theirs.config.id2label == {0: "neg", 1: "pos"}


def test_it_loads_what_transformers_fine_tuned(bert, tmp_path):
    transformers = pytest.importorskip("transformers")
    theirs = transformers.BertForSequenceClassification.from_pretrained(bert, num_labels=3).eval()
    theirs.save_pretrained(tmp_path)
    Tokenizer.load(bert).save(tmp_path)
    ours = TransformerClassifier.load(tmp_path)
    assert ours.classes_.tolist() == ["LABEL_0", "LABEL_1", "LABEL_2"] and ours.max_length_ == 24
    batch = Tokenizer.load(bert).encode_batch(NEW_TEXTS)
    with torch.no_grad():
        logits = theirs(**batch).logits
    np.testing.assert_allclose(ours.predict_proba(NEW_TEXTS), logits.softmax(-1).numpy(), atol=1e-5)


def test_chinese():
    texts = ["这部电影很好看", "故事很好很感人", "这部电影很无聊", "故事太差太无聊"] * 5
    labels = ["好", "好", "差", "差"] * 5
    model = classifier(epochs=20).fit(texts, labels)
    assert model.predict(["这部故事很好看", "这部故事太无聊"]).tolist() == ["好", "差"]


def test_long_texts_are_cut_by_choice_and_counted():
    texts = [f"{'the film ' * 6}{text}" for text in TEXTS]
    with pytest.warns(
        UserWarning, match=r"80 of 80 texts of TransformerClassifier.fit .* their beginnings are"
    ):
        left = classifier(max_length=9, truncation="left").fit(texts, LABELS)
    assert left.n_truncated_ == 80
    with pytest.warns(UserWarning, match="their beginnings are cut off"):
        assert left.score(texts, LABELS) == 1.0
    with pytest.warns(UserWarning, match="80 of 80 texts .* more than 9 tokens; their ends are cut off"):
        right = classifier(max_length=9).fit(texts, LABELS)
    with pytest.warns(UserWarning, match="1 of 2 texts of TransformerClassifier.predict_proba"):
        assert len(set(map(tuple, right.predict_proba([texts[0], "good"])))) == 2
    with pytest.raises(
        ValueError, match=r"Text 0 of TransformerClassifier.fit has 20 tokens, and 9 are taken"
    ):
        classifier(max_length=9, truncation="error").fit(texts, LABELS)


def test_empty_texts_have_a_class(gpt, fitted):
    assert fitted.predict(["", " "]).shape == (2,)
    model = classifier(pretrained=gpt, epochs=1).fit(["", *TEXTS], ["pos", *LABELS])
    assert np.isfinite(model.predict_proba(["", "good"])).all()


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
def test_ctrl_c_keeps_what_was_learned(monkeypatch):
    from wordvec.transformer.training.log import StepBar

    def interrupt(bar, step, *_):
        if step == 3:
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(StepBar, "update_to", interrupt)
    with pytest.warns(UserWarning, match="interrupted after step"):
        model = classifier().fit(TEXTS, LABELS)
    assert model.interrupted_ and model.n_iter_ in (3, 4)
    assert model.predict(TEXTS).shape == (80,)


def test_the_example_of_the_package(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = doctest.testmod(wordvec.transformer, verbose=False)
    assert found.attempted >= 10 and found.failed == 0
    assert (tmp_path / "model" / "tokenizer.json").exists()


def test_every_public_name_is_there():
    for name in wordvec.transformer.__all__:
        assert getattr(wordvec.transformer, name).__doc__
    assert set(wordvec.transformer.__all__) <= set(dir(wordvec.transformer))
    with pytest.raises(AttributeError, match="nothing"):
        wordvec.transformer.nothing  # noqa: B018


@pytest.mark.parametrize("source", ["ours", "BertForMaskedLM", "BertForTokenClassification", "BertModel"])
def test_a_model_without_a_pooler_loads_again(source, bert, tmp_path):
    """With the same probabilities here and in transformers."""
    transformers = pytest.importorskip("transformers")
    if source != "ours":
        shutil.copytree(bert, tmp_path / "bert")
        config = transformers.BertConfig.from_pretrained(bert)
        more = {"add_pooling_layer": False} if source == "BertModel" else {}
        getattr(transformers, source)(config, **more).save_pretrained(tmp_path / "bert")
    folder = bert if source == "ours" else tmp_path / "bert"
    fitted = classifier(pretrained=folder, epochs=1).fit(TEXTS, LABELS)
    fitted.save(tmp_path / "saved")
    probabilities = fitted.predict_proba(NEW_TEXTS)
    loaded = TransformerClassifier.load(tmp_path / "saved")
    assert np.array_equal(loaded.predict_proba(NEW_TEXTS), probabilities)
    theirs = transformers.AutoModelForSequenceClassification.from_pretrained(tmp_path / "saved").eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path / "saved")
    with torch.no_grad():
        logits = theirs(**tokenizer(NEW_TEXTS, padding=True, return_tensors="pt")).logits
    assert np.allclose(logits.double().softmax(-1).numpy(), probabilities, atol=1e-6)
    loaded.save(tmp_path / "saved")  # over itself


@pytest.mark.parametrize("architecture", ["BertForSequenceClassification", "GPT2ForSequenceClassification"])
@pytest.mark.parametrize("problem", [None, "regression", "single_label_classification"])
def test_one_label_is_no_class(architecture, problem, folder_of, tmp_path):
    """Today's probability of 1.0 for each text would be no answer."""
    transformers = pytest.importorskip("transformers")
    source = folder_of("bert" if architecture.startswith("Bert") else "gpt")
    shutil.copytree(source, tmp_path / "one")
    config = transformers.AutoConfig.from_pretrained(source, num_labels=1, problem_type=problem)
    getattr(transformers, architecture)(config).save_pretrained(tmp_path / "one")
    with pytest.raises(ValueError, match="values of a regression|one label for every text"):
        TransformerClassifier.load(tmp_path / "one")


def test_a_model_that_could_not_be_loaded_is_refused_before_training(bert, monkeypatch):
    from wordvec.transformer.estimators import fine_tuning

    monkeypatch.setattr(fine_tuning, "train", lambda *_: pytest.fail("it trained"))
    monkeypatch.setattr(SequenceClassifier, "architectures", {"bert": "BertForTokenClassification"})
    with pytest.raises(ValueError, match="load as another model"):
        classifier(pretrained=bert).fit(TEXTS, LABELS)


def test_bf16_products_leave_a_float32_model(fitted):
    model = classifier(precision="bf16").fit(TEXTS, LABELS)
    assert {weight.dtype for weight in model.model_.parameters()} == {torch.float32}
    assert model.score(NEW_TEXTS, NEW_LABELS) == 1.0
    assert (model.predict_proba(NEW_TEXTS) != fitted.predict_proba(NEW_TEXTS)).any()
