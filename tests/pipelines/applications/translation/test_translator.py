"""Translator: a toy language is learned, saved models translate alike, runs go on, bad input is told."""

import json
import os
import pickle
import signal
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

torch = pytest.importorskip("torch")

from wordvec import KeyedVectors
from wordvec.pipelines.applications import Translator
from wordvec.pipelines.applications.seq2seq.training import _options
from wordvec.pipelines.metrics import bleu
from wordvec.transformer import DecoderModel, TransformerConfig, generate

from .toy import CHINESE, FEW, QUICK, SOURCES, TARGETS, WORDS, translated


@pytest.fixture(scope="module")
def learned():
    return Translator(epochs=25, **QUICK).fit(SOURCES, TARGETS)


@pytest.fixture(scope="module")
def few():
    return Translator(**FEW).fit(SOURCES[:40], TARGETS[:40])


def tensors(model):
    return model.model_.state_dict()


def is_same(one, other):
    mine, others = tensors(one), tensors(other)
    return mine.keys() == others.keys() and all(torch.equal(mine[name], others[name]) for name in mine)


def test_a_toy_language_is_learned_from_part_of_its_sentences(learned):
    assert learned.n_held_out_ == 22 and learned.n_pairs_ == 216 - 22
    made = learned.predict(SOURCES)
    assert np.mean([text == target for text, target in zip(made, TARGETS)]) > 0.9
    assert learned.score(SOURCES, TARGETS) == bleu(made, TARGETS).score
    assert learned.codec_.is_shared and learned.languages_ == () and not learned.interrupted_
    assert (
        learned.loss_curve_[-1] < 1.0 < learned.loss_curve_[0] and len(learned.loss_curve_) == learned.n_iter_
    )
    assert learned.cleaning_ == {"empty": 0, "duplicates": 0, "unequal": 0, "too_long": 0}
    ((language, (_, characters)),) = learned.validation_scores_.items()
    assert language == "" and characters.signature.startswith("nrefs:1") and characters.score > 90


def test_translations_are_those_of_generate_one_by_one(learned):
    texts = ["two one", "three four six", "five", "six six two"]
    codec = learned.codec_
    for beams, penalty in ((1, 1.0), (3, 0.5)):
        model = Translator(**{**QUICK, "num_beams": beams, "length_penalty": penalty})
        vars(model).update({name: value for name, value in vars(learned).items() if name.endswith("_")})
        options = {"num_beams": beams} | ({"length_penalty": penalty} if beams > 1 else {})
        for text, made in zip(texts, model.predict(texts)):
            ids = codec.source_ids([text], None)
            one = generate(model.model_, ids, max_new_tokens=24, tokenizer=codec.target, **options)[0]
            assert made == one.text.strip()


def test_blank_and_long_texts(learned):
    assert learned.predict(["", "  \n", "two  one\n"]) == ["", "", *learned.predict(["two one"])]
    assert learned.predict([]) == []
    parts = ["One two three.", "Four five six.", "Six five one."]
    assert learned.predict([" ".join(parts * 3)]) == [" ".join(learned.predict(parts) * 3)]
    with pytest.warns(UserWarning, match="1 text of 2 has a sentence of more than 24 tokens"):
        found = learned.predict(["one", "six " * 60])
    assert len(found[1].split()) > 5
    with pytest.warns(UserWarning, match="in pieces"):
        learned.predict(["x" * 500 + "\u4f60" * 100])


def test_what_is_saved_loads_as_the_same(learned, tmp_path):
    learned.save(tmp_path / "m")
    loaded = Translator.load(tmp_path / "m")
    assert is_same(loaded, learned) and loaded.predict(SOURCES[:30]) == learned.predict(SOURCES[:30])
    assert loaded.get_params() | {"device": "cpu"} == learned.get_params()
    assert (loaded.n_pairs_, loaded.cleaning_) == (learned.n_pairs_, learned.cleaning_)
    copied = pickle.loads(pickle.dumps(learned))
    assert copied.predict(["one two"]) == learned.predict(["one two"])
    fresh = clone(learned)
    assert fresh.get_params() == learned.get_params() and not hasattr(fresh, "model_")
    loaded.save(tmp_path / "m")  # in its own place
    assert Translator.load(tmp_path / "m").predict(["one two"]) == learned.predict(["one two"])


def test_one_seed_one_model(few):
    assert is_same(few, Translator(**FEW).fit(SOURCES[:40], TARGETS[:40]))
    assert not is_same(few, Translator(random_state=2, **FEW).fit(SOURCES[:40], TARGETS[:40]))


def test_scripts_without_common_letters_get_tables_of_their_own(tmp_path):
    chinese = [translated(text, CHINESE, "") for text in SOURCES]
    model = Translator(epochs=8, **QUICK).fit(SOURCES, chinese)
    assert (
        not model.codec_.is_shared and model.model_.config.source_vocab_size == model.codec_.source.vocab_size
    )
    made = model.predict(SOURCES)
    assert set("".join(made)) == set(CHINESE.values())
    assert "tok:zh" in model.evaluate(SOURCES[:5], chinese[:5])[0].signature
    model.save(tmp_path / "m")
    assert (tmp_path / "m" / "source" / "tokenizer.json").is_file()
    assert Translator.load(tmp_path / "m").predict(SOURCES[:20]) == made[:20]
    forced = Translator(shared_vocabulary=True, **FEW).fit(SOURCES[:40], chinese[:40])
    assert forced.codec_.is_shared


def test_one_model_for_several_languages(tmp_path):
    half = SOURCES[::3]
    targets = [translated(text) for text in half] + [translated(text, CHINESE, "") for text in half]
    tags = ["de"] * len(half) + ["zh"] * len(half)
    model = Translator(epochs=14, **QUICK).fit(half * 2, targets, tags)
    assert model.languages_ == ("de", "zh")
    german, chinese = model.predict(["two one six"], "de"), model.predict(["two one six"], "zh")
    assert set(german[0].split()) <= set(WORDS.values()) and set(chinese[0]) <= set(CHINESE.values())
    assert model.predict(["two one six"] * 2, ["zh", "de"]) == chinese + german
    found = model.evaluate_by_language(half * 2, targets, tags)
    alone = {
        tag: model.evaluate(half, targets[place:][: len(half)], tag)
        for tag, place in (("de", 0), ("zh", len(half)))
    }
    assert found == alone and set(model.validation_scores_) == {"de", "zh"}
    assert "tok:zh" in found["zh"][0].signature and "tok:13a" in found["de"][0].signature
    assert model.score(half * 2, targets, tags) == pytest.approx(
        np.mean([scores[0].score for scores in alone.values()])
    )
    with pytest.raises(ValueError, match="be one language, .* evaluate_by_language"):
        model.evaluate(half * 2, targets, tags)
    model.save(tmp_path / "m")
    loaded = Translator.load(tmp_path / "m")
    assert loaded.languages_ == ("de", "zh") and loaded.predict(["two one six"], "zh") == chinese
    for language, message in (
        (None, "name a language of this model: 'de', 'zh'"),
        ("fr", "one of 'de', 'zh'. Got 'fr'"),
        (["de"], "each of the 2 texts"),
    ):
        with pytest.raises(ValueError, match=f"language parameter of Translator.predict must .*{message}"):
            model.predict(["a", "b"], language)


def test_special_tokens_in_a_text_are_text(few):
    codec = few.codec_
    (row,) = codec.source_ids(["</s> <s> <pad> <2de>"], None)
    assert codec.source.end_token_id not in row[:-1] and codec.source.bos_token_id not in row
    assert codec.decode(row) == "</s> <s> <pad> <2de>"


@pytest.mark.parametrize(("width", "positions"), [(20, "sinusoidal"), (24, "rotary")])
def test_heads_of_odd_width_have_other_positions(width, positions):
    # 300 floats, as word vectors often have, are 75 for each of four heads: rotary positions turn pairs.
    sizes = {"hidden_size": width, "num_heads": 4, "time_budget": None, "epochs": 1}
    model = Translator(**{**FEW, **sizes}).fit(SOURCES[:40], TARGETS[:40])
    assert model.model_.config.positions == positions


@pytest.mark.parametrize(
    ("width", "given", "rate"), [(128, None, 0.01), (512, None, 0.0025), (32, None, 0.01), (512, 0.5, 0.5)]
)
def test_the_default_learning_rate_falls_with_the_width(width, given, rate):
    values = {name: getattr(Translator(), name) for name in Translator()._parameter_rules}
    model = SimpleNamespace(config=SimpleNamespace(hidden_size=width))
    options = _options(model, [0], None, SimpleNamespace(**values | {"learning_rate": given}), None)
    assert (options.learning_rate, options.optimizer) == (rate, "muon")


def test_vectors_start_the_tables():
    rng = np.random.default_rng(1)
    vectors = KeyedVectors(rng.normal(size=(6, 16)).astype(np.float32), list(WORDS))
    started = Translator(**{**FEW, "hidden_size": None, "source_vectors": vectors, "learning_rate": 1e-9})
    model = started.fit(SOURCES[:40], TARGETS[:40])
    plain = Translator(**{**FEW, "hidden_size": 16, "learning_rate": 1e-9}).fit(SOURCES[:40], TARGETS[:40])
    table, other = (each.model_.source_embedding.weight for each in (model, plain))
    assert table.shape[1] == 16 and not torch.allclose(table, other)
    token = model.codec_.source.token_to_id("Ġone")
    if token is not None:
        ours = table[token] / table[token].norm()
        theirs = torch.tensor(vectors["one"] / np.linalg.norm(vectors["one"]))
        torch.testing.assert_close(ours, theirs, atol=1e-3, rtol=1e-3)
    with pytest.raises(ValueError, match="16 numbers a word"):
        Translator(**{**FEW, "target_vectors": vectors}).fit(SOURCES[:40], TARGETS[:40])


def test_a_run_that_was_stopped_goes_on_to_the_same_bits(tmp_path, monkeypatch):
    settings = {**FEW, "epochs": 4, "dropout": 0.2}
    whole = Translator(**settings).fit(SOURCES[:64], TARGETS[:64])
    from wordvec.pipelines.applications.seq2seq import training

    calls = iter(range(100))
    mean_loss = training._loss

    def interrupt(*arguments):
        if next(calls) == 1:
            os.kill(os.getpid(), signal.SIGINT)
        return mean_loss(*arguments)

    monkeypatch.setattr(training, "_loss", interrupt)
    stopped = Translator(**{**settings, "selection": "bleu"})
    with pytest.warns(UserWarning, match="Training was interrupted after step"):
        stopped.fit(SOURCES[:64], TARGETS[:64], checkpoint=tmp_path / "run")
    assert stopped.interrupted_ and stopped.n_iter_ < whole.n_iter_ and stopped.predict(["one"])
    monkeypatch.undo()
    resumed = Translator(**{**settings, "selection": "bleu"}).fit(
        SOURCES[:64], TARGETS[:64], checkpoint=tmp_path / "run", resume=True
    )
    again = Translator(**{**settings, "selection": "bleu"}).fit(SOURCES[:64], TARGETS[:64])
    assert is_same(resumed, again) and not resumed.interrupted_
    with pytest.raises(ValueError, match="different: the data"):
        others = [*SOURCES[:63], "one one"]
        Translator(**{**settings, "selection": "bleu"}).fit(
            others, TARGETS[:64], checkpoint=tmp_path / "run", resume=True
        )
    with pytest.raises(ValueError, match="another run"):
        Translator(**{**settings, "learning_rate": 0.1}).fit(
            SOURCES[:64], TARGETS[:64], checkpoint=tmp_path / "run", resume=True
        )


def test_a_budget_of_time_decides_the_steps(tmp_path):
    model = Translator(0.1, **{**FEW, "hidden_size": 16}).fit(
        SOURCES[:64], TARGETS[:64], checkpoint=tmp_path / "run"
    )
    assert model.n_iter_ > 2
    plan = json.loads((tmp_path / "run" / "plan.json").read_text())
    # A run that goes on has the steps that were planned, however fast the machine is then.
    resumed = Translator(1e-6, **{**FEW, "hidden_size": 16})
    resumed.fit(SOURCES[:64], TARGETS[:64], checkpoint=tmp_path / "run", resume=True)
    assert resumed.n_iter_ == plan["steps"] == model.n_iter_ or model.stopped_early_


@pytest.mark.parametrize(
    ("sources", "targets", "languages", "message"),
    [
        (["a", "b"], ["c"], None, "got 2 sources and 1 targets"),
        (["a"], ["c"], ["de", "zh"], "got 1 sources and 2 languages"),
        ([], [], None, "0 pairs, of which cleaning leaves none"),
        (["", " "], ["x", "y"], None, "leaves none .2 left out: 2 empty"),
        ("text", ["c"], None, "list of texts, not one str"),
        ([b"a"], ["c"], None, "Text 0 of Translator.fit must be a str"),
        ([None], ["c"], None, "Text 0"),
        (["word " * 99], ["Wort " * 99], None, "a side of more than 24 tokens"),
    ],
)
def test_bad_pairs(sources, targets, languages, message):
    with pytest.raises((ValueError, TypeError), match=message):
        Translator(**FEW).fit(sources, targets, languages)


def test_pairs_that_leave_none_to_hold_out_are_told():
    with pytest.warns(UserWarning, match="leave none to choose the model by"):
        model = Translator(**FEW).fit(["a"] * 9, list("bcdefghij"))
    assert model.validation_scores_ == {} and model.n_held_out_ == 0 and len(model.predict(["a"])) == 1


def test_validation_pairs_of_ones_own():
    model = Translator(**FEW).fit(SOURCES[:40], TARGETS[:40], validation=(SOURCES[40:50], TARGETS[40:50]))
    assert (model.n_pairs_, model.n_held_out_) == (40, 10)
    for validation, message in (
        ((SOURCES[:2], TARGETS[:3]), "validation of Translator.fit got 2 sources and 3"),
        ((SOURCES[:1], TARGETS[:1], ["de"]), "the languages de, and the pairs have none"),
    ):
        with pytest.raises(ValueError, match=message):
            Translator(**FEW).fit(SOURCES[:40], TARGETS[:40], validation=validation)


def test_what_is_no_translator(few, tmp_path):
    with pytest.raises(NotFittedError):
        Translator().predict(["a"])
    with pytest.raises(NotFittedError):
        Translator().save(tmp_path / "x")
    with pytest.raises(FileNotFoundError, match="does not exist"):
        Translator.load(tmp_path / "none")
    with pytest.raises(FileNotFoundError, match="holds no translator"):
        Translator.load(tmp_path)
    DecoderModel(TransformerConfig.gpt(30, hidden_size=8, num_layers=1, num_heads=1)).save_pretrained(
        tmp_path / "gpt"
    )
    with pytest.raises(FileNotFoundError, match="a model that translates nothing"):
        Translator.load(tmp_path / "gpt")
    with pytest.raises(ValueError, match="must be left out: the model was trained without languages"):
        few.predict(["a"], "de")
    with pytest.raises(TypeError, match="Text 1 of Translator.predict"):
        few.predict(["a", 3])


@pytest.mark.parametrize("name", ["wordvec.json", "model.safetensors", "tokenizer.json", "config.json"])
def test_damage_is_found(few, name, tmp_path):
    few.save(tmp_path / "m")
    path = tmp_path / "m" / name
    data = path.read_bytes()
    at = data.index(b'"one"') + 2 if name == "tokenizer.json" else len(data) // 2
    path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
    with pytest.raises(ValueError, match="m.*cannot be|not the file of a Translator|m.*damaged"):
        Translator.load(tmp_path / "m")
    path.unlink()
    with pytest.raises((FileNotFoundError, ValueError), match="does not exist|holds"):
        Translator.load(tmp_path / "m")
