"""What `save` writes, `load` reads: every head on every body; configurations that do not fit their weights."""

import itertools
import json

import pytest

torch = pytest.importorskip("torch")

from wordvec.transformer import (
    DecoderModel,
    EncoderDecoderModel,
    EncoderModel,
    MaskedLM,
    NextSentence,
    PreTraining,
    QuestionAnswerer,
    SequenceClassifier,
    TokenClassifier,
    TransformerConfig,
    from_pretrained,
)
from wordvec.transformer.models.multitask import DistilledModel, MultiTaskModel
from wordvec.transformer.models.pretrained import names, plan
from wordvec.transformer.models.pretrained.plan import architecture_of, check_loads
from wordvec.transformer.models.recurrent import RecurrentModel

SIZES = {
    "hidden_size": 16,
    "num_layers": 2,
    "num_heads": 2,
    "max_length": 12,
    "dropout": 0.0,
    "attention_dropout": 0.0,
}
BODIES = {
    "bert": lambda: EncoderModel(TransformerConfig.bert(30, **SIZES), 1),
    "bert-no-pooler": lambda: EncoderModel(TransformerConfig.bert(30, pooler=False, **SIZES), 1),
    "bert-untied": lambda: EncoderModel(TransformerConfig.bert(30, tie_embeddings=False, **SIZES), 1),
    "bert-no-segments": lambda: EncoderModel(TransformerConfig.bert(30, type_vocab_size=0, **SIZES), 1),
    "rotary-encoder": lambda: EncoderModel(TransformerConfig("encoder", 30, positions="rotary", **SIZES), 1),
    "gpt": lambda: DecoderModel(TransformerConfig.gpt(30, **SIZES), 1),
    "gpt-untied": lambda: DecoderModel(TransformerConfig.gpt(30, tie_embeddings=False, **SIZES), 1),
    "rotary-decoder": lambda: DecoderModel(TransformerConfig.gpt(30, positions="rotary", **SIZES), 1),
    "lstm-encoder": lambda: RecurrentModel(TransformerConfig("encoder", 30, **SIZES), seed=1),
    "gru-decoder": lambda: RecurrentModel(TransformerConfig("decoder", 30, **SIZES), "gru", 1),
    "rnn-untied": lambda: RecurrentModel(
        TransformerConfig("decoder", 30, tie_embeddings=False, **SIZES), "rnn", 1
    ),
}
HEADS = {
    "body": lambda body: body,
    "masked": lambda body: MaskedLM(body, 2),
    "pre-training": lambda body: PreTraining(body, 2),
    "next-sentence": lambda body: NextSentence(body, 2),
    "classifier": lambda body: SequenceClassifier(body, 3, seed=2),
    "multi-label": lambda body: SequenceClassifier(body, 3, "multi", seed=2),
    "regression": lambda body: SequenceClassifier(body, 1, "regression", seed=2),
    "first-token": lambda body: SequenceClassifier(body, 3, seed=2, pooler=False),
    "tagger": lambda body: TokenClassifier(body, 4, seed=2),
    "crf-tagger": lambda body: TokenClassifier(body, 4, crf=True, seed=2),
    "question-answerer": lambda body: QuestionAnswerer(body, 2),
}


def made(head, body):
    """The model with every weight drawn anew, or None where the head refuses the body."""
    try:
        model = HEADS[head](BODIES[body]()).eval()
    except ValueError:
        return None
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(std=0.3, generator=generator)
    return model


def inputs(side="right"):
    ids = torch.randint(0, 30, (3, 9), generator=torch.Generator().manual_seed(5))
    lengths, places = torch.tensor([[9], [4], [6]]), torch.arange(9)
    mask = places < lengths if side == "right" else places >= 9 - lengths
    return ids, mask.long()


def answers(model):
    out = model(*inputs())
    return out.last_hidden_state if out.logits is None else out.logits


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("head", HEADS)
def test_every_head_on_every_body_loads_again(head, body, tmp_path):
    model = made(head, body)
    if model is None:
        assert head in ("masked", "pre-training", "next-sentence")
        return
    check_loads(model)
    model.save_pretrained(tmp_path)
    back = from_pretrained(tmp_path)
    assert type(back) is type(model)
    assert json.loads((tmp_path / "config.json").read_text())["architectures"]
    with torch.no_grad():
        assert torch.equal(answers(back), answers(model))
    back.save_pretrained(tmp_path)  # and once more
    with torch.no_grad():
        assert torch.equal(answers(from_pretrained(tmp_path)), answers(model))


@pytest.mark.parametrize("body", ["bert", "bert-no-pooler", "gpt", "gpt-untied"])
@pytest.mark.parametrize("head", ["classifier", "multi-label", "regression", "tagger"])
def test_transformers_computes_the_same(head, body, tmp_path):
    transformers = pytest.importorskip("transformers")
    model = made(head, body)
    model.save_pretrained(tmp_path)
    kind = "Token" if head == "tagger" else "Sequence"
    auto = getattr(transformers, f"AutoModelFor{kind}Classification")
    theirs, loading = auto.from_pretrained(tmp_path, output_loading_info=True)
    assert not loading["missing_keys"] and not loading["mismatched_keys"]
    ids, mask = inputs()
    if body.startswith("gpt"):
        ids, mask = ids[:1], mask[:1]  # without a padding token they take one text at a time
    with torch.no_grad():
        got, want = (each(ids, attention_mask=mask).logits for each in (model, theirs.eval()))
    real = mask.bool() if head == "tagger" else slice(None)
    assert torch.allclose(got[real], want[real], atol=1e-5)


@pytest.mark.parametrize("body", ["bert", "bert-no-pooler", "bert-untied"])
def test_transformers_predicts_the_same_masked_tokens(body, tmp_path):
    """An output layer of its own has a bias of its own there."""
    transformers = pytest.importorskip("transformers")
    model = made("masked", body)
    model.save_pretrained(tmp_path / "ours")
    theirs, loading = transformers.BertForMaskedLM.from_pretrained(
        tmp_path / "ours", output_loading_info=True
    )
    assert not loading["missing_keys"]
    ids, mask = inputs()
    with torch.no_grad():
        want = theirs.eval()(ids, mask).logits
        assert torch.allclose(model(ids, mask).logits[mask.bool()], want[mask.bool()], atol=1e-5)
        theirs.cls.predictions.decoder.bias.normal_()
        theirs.save_pretrained(tmp_path / "theirs")
        got, want = (each(ids, mask).logits for each in (from_pretrained(tmp_path / "theirs"), theirs))
    assert torch.allclose(got[mask.bool()], want[mask.bool()], atol=1e-5)


def test_a_model_that_no_folder_can_hold_is_refused_before_it_is_written(tmp_path):
    class Own(SequenceClassifier):
        pass

    bert = BODIES["bert"]()
    for model in (
        Own(bert, 2),
        MultiTaskModel({"a": SequenceClassifier(bert, 2)}),
        DistilledModel(BODIES["gpt"](), BODIES["gpt"]()),
    ):
        with pytest.raises(ValueError, match="cannot be saved as a folder"):
            model.save_pretrained(tmp_path / "new")
        with pytest.raises(ValueError, match="cannot be saved as a folder"):
            check_loads(model)
        assert not (tmp_path / "new").exists()
    with pytest.raises(ValueError, match="reads two"):
        SequenceClassifier(EncoderDecoderModel(TransformerConfig.original(30, **SIZES)), 2)
    wrong = SequenceClassifier(bert, 3)
    wrong.label_names = ("a", "b")
    with pytest.raises(ValueError, match="does not fit config.json"):
        check_loads(wrong)


def test_the_names_of_our_classes_are_in_one_list():
    assert sorted(names.OWN_ARCHITECTURES) == sorted(plan._BY_NAME)


@pytest.mark.parametrize("body", [b for b in BODIES if b != "rnn-untied"])
@pytest.mark.parametrize("head", ["body", "classifier", "tagger", "question-answerer"])
def test_a_row_padded_on_the_left_is_the_row_alone(head, body):
    model = made(head, body)
    ids, mask = inputs("left")
    with torch.no_grad():
        padded = answers_of(model(ids, mask))
        for row, real in enumerate(mask.bool()):
            alone = answers_of(model(ids[row : row + 1, real]))[0]
            got = padded[row] if padded.dim() == 2 else padded[row, real]
            assert torch.allclose(got, alone, atol=1e-5)


def test_positions_where_values_are_not_read(monkeypatch):
    """On a GPU the mask decides without being read."""
    from wordvec.transformer.models import attention_mask

    monkeypatch.setattr(attention_mask, "is_cheap_to_read", lambda _: False)
    for body in ("bert", "gpt", "rotary-decoder"):
        for side in ("left", "right"):
            model, (ids, mask) = made("classifier", body), inputs(side)
            with torch.no_grad():
                alone = [model(ids[row : row + 1, real]).logits[0] for row, real in enumerate(mask.bool())]
                assert torch.allclose(model(ids, mask).logits, torch.stack(alone), atol=1e-5)


def answers_of(out):
    return out.last_hidden_state if out.logits is None else out.logits


def edit_config(folder, without=(), **changes):
    file = folder / "config.json"
    values = json.loads(file.read_text()) | changes
    file.write_text(json.dumps({name: value for name, value in values.items() if name not in without}))


def edit_weights(folder, rename):
    from safetensors.torch import load_file, save_file

    path = folder / "model.safetensors"
    save_file({rename(name): tensor for name, tensor in load_file(path).items()}, path)


@pytest.mark.parametrize(
    ("body", "head", "name", "other"),
    [
        ("gpt", "body", "transformer.wte.weight", "lm_head.weight"),
        ("bert", "masked", "bert.embeddings.word_embeddings.weight", "cls.predictions.decoder.weight"),
        ("bert", "masked", "cls.predictions.bias", "cls.predictions.decoder.bias"),
        ("bert", "pre-training", "cls.predictions.bias", "cls.predictions.decoder.bias"),
    ],
)
def test_tied_tensors_under_their_other_name(body, head, name, other, tmp_path):
    model = made(head, body)
    model.save_pretrained(tmp_path)
    edit_weights(tmp_path, lambda found: other if found == name else found)
    with torch.no_grad():
        assert torch.equal(answers(from_pretrained(tmp_path)), answers(model))


def test_an_output_layer_beside_the_table(tmp_path):
    """Equal to it, they are tied; otherwise they are two, as in transformers 5."""
    from safetensors.torch import load_file, save_file

    made("body", "gpt").save_pretrained(tmp_path)
    path = tmp_path / "model.safetensors"
    whole = load_file(path)
    table = whole["transformer.wte.weight"]
    save_file(whole | {"lm_head.weight": table.clone()}, path)
    assert from_pretrained(tmp_path).head is None
    save_file(whole | {"lm_head.weight": 2 * table}, path)
    assert torch.equal(from_pretrained(tmp_path).output_weight, 2 * table)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "no 'model_type'"),
        ({"architectures": []}, "no 'model_type'"),
        ({"architectures": ["EncoderModel"]}, "no 'model_type'"),
        ({"model_type": "llama"}, "model_type = 'llama'"),
        ({"model_type": ["bert"]}, "model_type"),
        ({"model_type": "wordvec", "wordvec_format": 1}, "no 'architectures'"),
        ({"model_type": "gpt2", "architectures": ["BertModel"]}, "architecture 'BertModel'"),
        ({"model_type": "bert", "architectures": ["BertModel", "BertForMaskedLM"]}, "one architecture"),
        ({"model_type": "bert", "architectures": [{}]}, "architecture"),
    ],
)
def test_fields_that_are_missing_are_named(values, message):
    with pytest.raises(ValueError, match=message):
        architecture_of(values, ["wte.weight"])


def test_an_architecture_is_enough_without_the_type(tmp_path):
    made("classifier", "bert").save_pretrained(tmp_path)
    edit_config(tmp_path, without=["model_type"])
    assert type(from_pretrained(tmp_path)) is SequenceClassifier


@pytest.mark.parametrize("body", ["bert", "gpt"])
def test_one_number_without_a_problem_type_is_a_value(body, tmp_path):
    made("regression", body).save_pretrained(tmp_path)
    edit_config(tmp_path, without=["problem_type"])
    assert from_pretrained(tmp_path).problem == "regression"
    made("classifier", body).save_pretrained(tmp_path)
    edit_config(tmp_path, without=["problem_type"])
    assert from_pretrained(tmp_path).problem == "single"


HUGE = 10**12


@pytest.mark.parametrize(
    ("body", "change"),
    [
        *itertools.product(
            ["bert"],
            [{"num_hidden_layers": HUGE}, {"vocab_size": HUGE}, {"hidden_size": HUGE}, {"intermediate_size": HUGE},
             {"max_position_embeddings": HUGE}, {"type_vocab_size": HUGE}, {"num_hidden_layers": 10**30},
             {"vocab_size": 10**30}, {"hidden_size": 2**40, "num_attention_heads": 2**20}],
        ),
        *itertools.product(["gpt"], [{"n_layer": HUGE}, {"n_positions": HUGE}, {"n_inner": HUGE}, {"n_embd": HUGE}]),
        *itertools.product(["classifier"], [{"num_labels": HUGE, "id2label": None}]),
    ],
)  # fmt: skip
def test_sizes_are_held_against_the_file_before_anything_is_built(body, change, tmp_path):
    model = made("classifier", "bert") if body == "classifier" else made("body", body)
    model.save_pretrained(tmp_path)
    edit_config(tmp_path, **change)
    with pytest.raises(ValueError, match="cannot be loaded"):
        from_pretrained(tmp_path)


@pytest.mark.parametrize("body", ["rotary-encoder", "rotary-decoder", "gru-decoder", "bert-no-segments"])
@pytest.mark.parametrize("change", [{"num_layers": HUGE}, {"max_length": HUGE}, {"vocab_size": HUGE},
                                    {"hidden_size": HUGE}, {"ff_size": HUGE}, {"max_length": 10**30}])  # fmt: skip
def test_sizes_of_our_own_configurations(body, change, tmp_path):
    made("body", body).save_pretrained(tmp_path)
    values = json.loads((tmp_path / "config.json").read_text())
    edit_config(tmp_path, config=values["config"] | change)
    if body == "gru-decoder" and change.keys() & {"max_length", "ff_size"}:
        from_pretrained(tmp_path)  # sizes that a recurrent model has not
        return
    with pytest.raises(ValueError, match="cannot be loaded"):
        from_pretrained(tmp_path)


def test_files_of_versions_that_wrote_no_pooler(tmp_path):
    """Text classifiers of BERT bodies without one were written as if transformers knew them."""
    model = made("first-token", "bert-no-pooler")
    model.save_pretrained(tmp_path)
    assert json.loads((tmp_path / "config.json").read_text())["architectures"] == ["SequenceClassifier"]
    other = made("classifier", "bert-no-pooler")
    other.save_pretrained(tmp_path)
    edit_weights(tmp_path, lambda name: name.replace("pooler.dense", "dropped"))
    first = from_pretrained(tmp_path)
    assert first.pooler is None
    first.save_pretrained(tmp_path / "again")
    with torch.no_grad():
        assert torch.equal(answers(from_pretrained(tmp_path / "again")), answers(first))
