"""AbstractiveSummarizer: what it learns and copies, against generate; files, seeds, bad input."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

torch = pytest.importorskip("torch")

from wordvec.pipelines.applications import AbstractiveSummarizer, Translator
from wordvec.pipelines.applications.summarization import fitting
from wordvec.pipelines.metrics import rouge
from wordvec.transformer import DecoderModel, TransformerConfig, generate

from .toy import CHINESE, CHINESE_SUMMARIES, FEW, QUICK, SUMMARIES, TEXTS


@pytest.fixture(scope="module")
def learned():
    return AbstractiveSummarizer(epochs=25, **QUICK).fit(TEXTS, SUMMARIES)


@pytest.fixture(scope="module")
def few():
    return AbstractiveSummarizer(**FEW).fit(TEXTS[:20], SUMMARIES[:20])


def is_same(one, other):
    mine, others = one.model_.state_dict(), other.model_.state_dict()
    return mine.keys() == others.keys() and all(torch.equal(mine[name], others[name]) for name in mine)


def test_summaries_are_learned_from_part_of_the_pairs(learned):
    assert (learned.n_held_out_, learned.n_pairs_) == (6, 58)
    made = learned.predict(TEXTS)
    assert np.mean([mine == right for mine, right in zip(made, SUMMARIES)]) > 0.8
    found = learned.evaluate(TEXTS, [[summary, "no"] for summary in SUMMARIES])
    assert found == rouge(made, SUMMARIES)
    assert learned.score(TEXTS, SUMMARIES) == np.mean([found.rouge1.f1, found.rouge2.f1, found.rougeL.f1])
    assert learned.cleaning_ == {"empty": 0, "duplicates": 0, "too_long": 0} and learned.n_cut_ == 0
    assert learned.validation_rouge_.n_texts == 6 and not learned.interrupted_


def test_summaries_are_those_of_generate_one_by_one(learned):
    end = learned.tokenizer_.end_token_id
    for beams, repeats in ((1, 0), (3, 2)):
        model = AbstractiveSummarizer(**{**QUICK, "num_beams": beams, "no_repeat_ngram_size": repeats})
        vars(model).update({name: value for name, value in vars(learned).items() if name.endswith("_")})
        for text, made in zip(TEXTS[:5], model.predict(TEXTS[:5])):
            row = [*learned.tokenizer_.encode(f" {text}", add_special_tokens=False), end]
            options = {"num_beams": beams, "no_repeat_ngram_size": repeats, "tokenizer": learned.tokenizer_}
            assert made == generate(model.model_, [row], max_new_tokens=12, **options)[0].text.strip()


def test_a_summary_can_begin_with_a_word_from_within_the_text(monkeypatch):
    # Byte-level BPE has other pieces for a word after a blank: both sides begin with one.
    seen = []

    def stop(rows, *_, **__):
        seen.extend(rows)
        raise StopIteration

    monkeypatch.setattr(fitting, "label_batches", stop)
    with pytest.raises(StopIteration):
        AbstractiveSummarizer(**FEW).fit([f"then {text}" for text in TEXTS[:20]], TEXTS[:20])
    assert seen and all(target[0] in source[1:] and target[0] != source[0] for source, target in seen)


def test_blank_long_and_strange_texts(learned):
    assert learned.predict([]) == []
    assert learned.predict(["", " \n", "  ".join(TEXTS[3].split())]) == ["", "", *learned.predict([TEXTS[3]])]
    with pytest.warns(
        UserWarning, match="2 texts of 3 have more than 32 tokens. What follows them is not read"
    ):
        made = learned.predict([TEXTS[9], TEXTS[9] + " word" * 99, TEXTS[5] + " other" * 200])
    assert made[0] == learned.predict(TEXTS[9:10])[0] and len(made) == 3
    assert len(learned.predict(["😀 </s> <s> <pad>", "x\x00y"])) == 2


def test_special_tokens_in_a_text_are_text(few):
    row = few.tokenizer_.encode("</s> <pad>", add_special_tokens=False)
    assert few.tokenizer_.end_token_id not in row and few.tokenizer_.decode(row) == "</s> <pad>"


def test_what_is_saved_loads_as_the_same(learned, tmp_path):
    learned.save(tmp_path / "m")
    loaded = AbstractiveSummarizer.load(tmp_path / "m")
    assert is_same(loaded, learned) and loaded.predict(TEXTS[:9]) == learned.predict(TEXTS[:9])
    assert loaded.get_params() | {"device": "cpu"} == learned.get_params()
    assert (loaded.n_pairs_, loaded.cleaning_, loaded.n_cut_) == (learned.n_pairs_, learned.cleaning_, 0)
    loaded.save(tmp_path / "m")  # in its own place
    assert is_same(AbstractiveSummarizer.load(tmp_path / "m"), learned)
    copied = pickle.loads(pickle.dumps(learned))
    assert copied.predict(TEXTS[:3]) == learned.predict(TEXTS[:3])
    fresh = clone(learned)
    assert fresh.get_params() == learned.get_params() and not hasattr(fresh, "model_")


def test_one_seed_one_model(few):
    assert is_same(few, AbstractiveSummarizer(**FEW).fit(TEXTS[:20], SUMMARIES[:20]))
    assert not is_same(few, AbstractiveSummarizer(random_state=2, **FEW).fit(TEXTS[:20], SUMMARIES[:20]))


def test_chinese_is_written_by_characters(tmp_path):
    model = AbstractiveSummarizer(epochs=16, **QUICK).fit(CHINESE, CHINESE_SUMMARIES)
    made = model.predict(CHINESE)
    assert np.mean([mine == right for mine, right in zip(made, CHINESE_SUMMARIES)]) > 0.5
    assert model.tokenizer_.encode("北京人", add_special_tokens=False)[0] == model.tokenizer_.encode("北")[0]
    assert model.score(CHINESE, CHINESE_SUMMARIES) > 0.7  # by characters: by words, ROUGE of Chinese is 0
    model.save(tmp_path / "m")
    assert AbstractiveSummarizer.load(tmp_path / "m").predict(CHINESE[:5]) == made[:5]


@pytest.mark.parametrize("options", [{"coverage": 1.0}, {"selection": "rouge"}, {"selection": "loss"},
                                     {"num_beams": 1, "no_repeat_ngram_size": 0}])  # fmt: skip
def test_options_train(options):
    model = AbstractiveSummarizer(**{**FEW, **options}).fit(TEXTS[:20], SUMMARIES[:20])
    assert model.model_.coverage == options.get("coverage", 0.0)
    assert len(model.validation_curve_) == 2 and len(model.predict(TEXTS[:2])) == 2


@pytest.mark.parametrize(
    ("texts", "summaries", "message"),
    [
        (["a", "b"], ["c"], "got 2 texts and 1 summaries"),
        ([], [], "0 pairs, of which cleaning leaves none"),
        (["", " "], ["x", "y"], "leaves none .2 left out: 2 empty"),
        ("text", ["c"], "list of texts, not one str"),
        ([b"a"], ["c"], "Text 0 of AbstractiveSummarizer.fit must be a str"),
        (["a", None], ["c", "d"], "Text 1"),
        (
            [f"a long text {n}" * 20 for n in range(3)],
            [f"{n} word" * 40 for n in range(3)],
            "more than 12 tokens",
        ),
    ],
)
def test_bad_pairs(texts, summaries, message):
    with pytest.raises((ValueError, TypeError), match=message):
        AbstractiveSummarizer(**FEW).fit(texts, summaries)


def test_what_is_doubtful_is_told():
    with pytest.warns(UserWarning, match="summaries are longer than the texts"):
        AbstractiveSummarizer(**FEW).fit(SUMMARIES[:20], [text[:25] for text in TEXTS[:20]])
    with pytest.warns(UserWarning, match="have more than 8 tokens"):
        AbstractiveSummarizer(**{**FEW, "max_source_length": 8}).fit(TEXTS[:20], SUMMARIES[:20])
    with pytest.warns(UserWarning, match="leave none to choose the model by"):
        model = AbstractiveSummarizer(**FEW).fit(TEXTS[:9], ["one summary"] * 9)
    assert model.validation_rouge_ is None and model.n_held_out_ == 0


def test_validation_pairs_of_ones_own():
    model = AbstractiveSummarizer(**FEW)
    model.fit(TEXTS[:20], SUMMARIES[:20], validation=(TEXTS[20:25], SUMMARIES[20:25]))
    assert (model.n_pairs_, model.n_held_out_) == (20, 5)
    with pytest.raises(
        ValueError, match="validation of AbstractiveSummarizer.fit got 2 texts and 3 summaries"
    ):
        model.fit(TEXTS, SUMMARIES, validation=(TEXTS[:2], SUMMARIES[:3]))


def test_what_is_no_summarizer(few, tmp_path):
    for call in (
        lambda m: m.predict(["a"]),
        lambda m: m.save(tmp_path / "x"),
        lambda m: m.score(["a"], ["b"]),
    ):
        with pytest.raises(NotFittedError):
            call(AbstractiveSummarizer())
    with pytest.raises(FileNotFoundError, match="does not exist"):
        AbstractiveSummarizer.load(tmp_path / "none")
    with pytest.raises(FileNotFoundError, match="holds no summarizer.*wordvec lm train-summarizer"):
        AbstractiveSummarizer.load(tmp_path)
    config = TransformerConfig.gpt(30, hidden_size=8, num_layers=1, num_heads=1)
    DecoderModel(config).save_pretrained(tmp_path / "gpt")
    with pytest.raises(FileNotFoundError, match="a model that summarizes nothing"):
        AbstractiveSummarizer.load(tmp_path / "gpt")
    few.save(tmp_path / "m")
    with pytest.raises(ValueError, match="it is one of AbstractiveSummarizer"):
        Translator.load(tmp_path / "m")
    with pytest.raises(TypeError, match="Text 1 of AbstractiveSummarizer.predict"):
        few.predict(["a", 3])


@pytest.mark.parametrize("name", ["wordvec.json", "model.safetensors", "tokenizer.json", "config.json"])
def test_damage_is_found(few, name, tmp_path):
    few.save(tmp_path / "m")
    path = tmp_path / "m" / name
    data = path.read_bytes()
    at = data.index(b'"h"') + 1 if name == "tokenizer.json" else len(data) // 2
    path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
    with pytest.raises(ValueError, match="m.*cannot be|not the file of a|m.*damaged"):
        AbstractiveSummarizer.load(tmp_path / "m")
