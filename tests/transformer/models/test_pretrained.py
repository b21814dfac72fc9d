"""Parity with `transformers`, in both directions, with every parameter drawn anew."""

import errno
import json
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from wordvec._utils.assumptions import collected_assumptions
from wordvec.transformer import (
    EncoderDecoderModel,
    EncoderModel,
    TransformerConfig,
    from_pretrained,
)

BERT = {"vocab_size": 97, "hidden_size": 24, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 40,
        "max_position_embeddings": 20, "type_vocab_size": 2}  # fmt: skip
GPT2 = {"vocab_size": 89, "n_embd": 24, "n_layer": 3, "n_head": 4, "n_positions": 20, "bos_token_id": 0,
        "eos_token_id": 0, "pad_token_id": 1}  # fmt: skip
SHAPES = [{}, {"hidden_size": 36, "num_attention_heads": 3, "intermediate_size": 17, "num_hidden_layers": 1},
          {"hidden_act": "gelu_new", "type_vocab_size": 3}, {"hidden_act": "relu", "layer_norm_eps": 1e-3}]  # fmt: skip
GPT2_SHAPES = [{}, {"n_embd": 36, "n_head": 3, "n_inner": 17, "n_layer": 1}, {"activation_function": "relu"},
               {"tie_word_embeddings": False, "activation_function": "gelu"}]  # fmt: skip
BERT_HEADS = [
    "BertModel", "BertForMaskedLM", "BertForPreTraining", "BertForNextSentencePrediction",
    "BertForSequenceClassification", "BertForTokenClassification", "BertForQuestionAnswering",
]  # fmt: skip
GPT2_HEADS = ["GPT2Model", "GPT2LMHeadModel", "GPT2ForSequenceClassification", "GPT2ForTokenClassification"]


def theirs(architecture, **changes):
    is_bert = architecture.startswith("Bert")
    kind = transformers.BertConfig if is_bert else transformers.GPT2Config
    config = kind(**((BERT if is_bert else GPT2) | changes))
    model = getattr(transformers, architecture)(config).eval()
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(std=0.3, generator=generator)
    return model


def batch(vocab_size, n_segments=0, side="right"):
    generator = torch.Generator().manual_seed(5)
    ids = torch.randint(2, vocab_size, (4, 13), generator=generator)
    lengths = torch.tensor([13, 9, 1, 5])
    places = torch.arange(13)
    is_real = places < lengths[:, None] if side == "right" else places >= 13 - lengths[:, None]
    inputs = {"input_ids": ids.where(is_real, torch.tensor(1)), "attention_mask": is_real.long()}
    if n_segments:
        inputs["token_type_ids"] = torch.randint(0, n_segments, (4, 13), generator=generator)
    return inputs


def assert_close(ours, expected, is_real=None):
    if is_real is not None:
        ours, expected = ours[is_real], expected[is_real]
    assert ours.shape == expected.shape
    assert (ours - expected).abs().max() <= 1e-5 * expected.abs().max()


def outputs_of(model, **inputs):
    """The logits (two kinds), pooled vectors and hidden states of either library's model."""
    if type(model).__module__.startswith("transformers"):
        # Theirs counts the padding on the left unless it is told the positions.
        is_before = inputs["attention_mask"].cumsum(1) == 0
        inputs["position_ids"] = (torch.arange(13) - is_before.sum(1, keepdim=True)).clamp_min(0)
        out = model(**inputs, output_hidden_states=True)
        logits = getattr(out, "prediction_logits", getattr(out, "logits", None))
        if hasattr(out, "start_logits"):
            logits = torch.stack([out.start_logits, out.end_logits], -1)
        return (
            logits,
            getattr(out, "seq_relationship_logits", None),
            getattr(out, "pooler_output", None),
            out.hidden_states,
        )
    out = model(**inputs)
    return out.logits, out.nsp_logits, out.pooled, out.hidden_states


def assert_equal_models(ours, other, inputs, is_body):
    is_real = inputs["attention_mask"].bool()
    with torch.no_grad():
        logits, nsp, pooled, states = outputs_of(ours, **inputs)
        their_logits, their_nsp, their_pooled, their_states = outputs_of(other, **inputs)
    assert len(states) == len(their_states)
    for state, expected in zip(states, their_states, strict=True):
        assert_close(state, expected, is_real)
        assert state.isfinite().all()
    if not is_body:
        by_token = logits.dim() == 3
        assert_close(logits, their_logits, is_real if by_token else None)
    if their_nsp is not None:
        assert_close(nsp, their_nsp)
    if is_body and their_pooled is not None:
        assert_close(pooled, their_pooled)


@pytest.mark.parametrize("architecture", BERT_HEADS)
@pytest.mark.parametrize("shape", SHAPES)
def test_bert_both_ways(architecture, shape, tmp_path):
    other = theirs(architecture, **shape)
    other.save_pretrained(tmp_path / "theirs")
    ours = from_pretrained(tmp_path / "theirs")
    for side in ("right", "left"):
        inputs = batch(97, shape.get("type_vocab_size", 2), side)
        if side == "left" and hasattr(getattr(other, "bert", other), "pooler"):
            inputs["attention_mask"][:, 0] = 1  # their pooler reads token 0, padding or not
        assert_equal_models(ours, other, inputs, architecture == "BertModel")
    del inputs["token_type_ids"]
    assert_equal_models(ours, other, inputs, architecture == "BertModel")
    ours.save_pretrained(tmp_path / "ours")
    back = getattr(transformers, architecture).from_pretrained(tmp_path / "ours", output_loading_info=True)
    assert not back[1]["missing_keys"] and not back[1]["mismatched_keys"]
    assert_equal_models(ours, back[0].eval(), inputs, architecture == "BertModel")


@pytest.mark.parametrize("architecture", GPT2_HEADS)
@pytest.mark.parametrize("shape", GPT2_SHAPES)
def test_gpt2_both_ways(architecture, shape, tmp_path):
    other = theirs(architecture, **shape)
    other.save_pretrained(tmp_path / "theirs")
    ours = from_pretrained(tmp_path / "theirs")
    is_body = architecture == "GPT2Model"
    for side in ("right", "left"):
        inputs = batch(89, side=side)
        assert_equal_models(ours, other, inputs, is_body)
    ours.save_pretrained(tmp_path / "ours")
    back = getattr(transformers, architecture).from_pretrained(tmp_path / "ours", output_loading_info=True)
    if not is_body or shape.get("tie_word_embeddings", True):
        assert not back[1]["missing_keys"] and not back[1]["mismatched_keys"]
        assert_equal_models(ours, back[0].eval(), inputs, is_body)


def test_head_settings_survive(tmp_path):
    other = theirs("BertForSequenceClassification", num_labels=5, problem_type="multi_label_classification",
                   id2label={0: "a", 1: "b", 2: "c", 3: "d", 4: "e"})  # fmt: skip
    other.save_pretrained(tmp_path / "theirs")
    ours = from_pretrained(tmp_path / "theirs")
    assert (ours.n_labels, ours.problem, ours.label_names) == (5, "multi", tuple("abcde"))
    ours.save_pretrained(tmp_path / "ours")
    config = transformers.BertConfig.from_pretrained(tmp_path / "ours")
    assert config.problem_type == "multi_label_classification"
    assert config.id2label == other.config.id2label


def test_missing_and_misshapen_tensors_are_named(tmp_path):
    from safetensors.torch import load_file, save_file

    theirs("BertForMaskedLM").save_pretrained(tmp_path)
    path = tmp_path / "model.safetensors"
    whole = load_file(path)
    name = "bert.encoder.layer.1.attention.self.key.bias"
    save_file({k: v for k, v in whole.items() if k != name}, path)
    with pytest.raises(ValueError, match=f"lacks {name}"):
        from_pretrained(tmp_path)
    save_file(whole | {"bert.embeddings.word_embeddings.weight": torch.zeros(96, 24)}, path)
    with pytest.raises(
        ValueError, match=r"word_embeddings.weight has shape \(96, 24\), not that of config.json"
    ):
        from_pretrained(tmp_path)
    save_file(whole | {name: torch.zeros(23)}, path)
    with pytest.raises(ValueError, match="key.bias"):
        from_pretrained(tmp_path)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ValueError, match="cut off or damaged"):
        from_pretrained(tmp_path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"architectures": ["LlamaForCausalLM"]}, "architecture 'LlamaForCausalLM'"),
        ({"position_embedding_type": "relative_key"}, "position_embedding_type = 'relative_key'"),
        ({"hidden_act": "silu"}, "activation 'silu'"),
        ({"hidden_size": 25}, "num_heads"),
        ({"vocab_size": None}, "vocab_size"),
    ],
)
def test_settings_that_are_not_ours(changes, message, tmp_path):
    theirs("BertModel").save_pretrained(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | changes))
    with pytest.raises(ValueError, match=message):
        from_pretrained(tmp_path)


def test_dropout_of_embeddings_that_is_not_that_of_layers_is_told(tmp_path):
    other = theirs("GPT2Model", embd_pdrop=0.0)
    other.save_pretrained(tmp_path)
    with collected_assumptions() as assumed:
        assert_equal_models(from_pretrained(tmp_path), other, batch(89), is_body=True)
    (told,) = assumed
    assert told.endswith("resid_pdrop = 0.1, not embd_pdrop = 0.0")


@pytest.mark.parametrize("architecture", [*BERT_HEADS, *GPT2_HEADS])
def test_a_head_that_config_json_does_not_name(architecture, tmp_path):
    """The tensors tell, but where two heads have the same ones."""
    other = theirs(architecture, tie_word_embeddings=not architecture.startswith("GPT2LM"))
    other.save_pretrained(tmp_path)
    edit_config(tmp_path, architectures=None)
    with collected_assumptions() as assumed:
        ours = from_pretrained(tmp_path)
    is_ambiguous = architecture in ("BertForSequenceClassification", "BertForTokenClassification")
    assert [text.split(", so that ")[1] for text in assumed] == is_ambiguous * [
        "BertModel is loaded without classifier of model.safetensors, which may be BertForSequenceClassification or "
        "BertForTokenClassification"
    ]
    body = getattr(other, "bert", other) if is_ambiguous else other
    is_body = is_ambiguous or architecture in ("BertModel", "GPT2Model")
    n_types = 2 if architecture.startswith("Bert") else 0
    inputs = batch(89, n_types)
    if is_ambiguous:
        inputs["attention_mask"][:] = 1
    assert_equal_models(ours, body, inputs, is_body)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("architecture", ["BertForPreTraining", "GPT2LMHeadModel"])
def test_weights_of_half_precision(architecture, dtype, tmp_path):
    other = theirs(architecture).to(dtype)
    other.save_pretrained(tmp_path)
    ours = from_pretrained(tmp_path)
    assert {parameter.dtype for parameter in ours.parameters()} == {torch.float32}
    n_types = 2 if architecture.startswith("Bert") else 0
    assert_equal_models(ours, other.float(), batch(89, n_types), False)


def edit_config(folder, **changes):
    file = folder / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def edit_weights(folder, **tensors):
    from safetensors.torch import load_file, save_file

    path = folder / "model.safetensors"
    save_file(load_file(path) | tensors, path)


def test_tensors_that_have_no_place(tmp_path):
    theirs("BertForMaskedLM").save_pretrained(tmp_path)
    edit_config(tmp_path, num_hidden_layers=2)
    with pytest.raises(ValueError, match=r"has what config.json has no place for: bert.encoder.layer.2\."):
        from_pretrained(tmp_path)
    edit_config(tmp_path, num_hidden_layers=3)
    edit_weights(tmp_path, **{"bert.embeddings.position_ids": torch.arange(20)})
    from_pretrained(tmp_path)  # a buffer of older files
    name = "bert.embeddings.word_embeddings.weight"
    for tensor, message in (
        (torch.tensor(1.0), "has shape"),
        (torch.ones(97, 24, dtype=torch.int8), "int8"),
    ):
        edit_weights(tmp_path, **{name: tensor})
        with pytest.raises(ValueError, match=f"{name} .*{message}"):
            from_pretrained(tmp_path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"id2label": ["a", "b"]}, "number the labels of id2label"),
        ({"id2label": {"a": "b", "c": "d"}}, "number the labels of id2label"),
        ({"id2label": {"0": "b", "2": "d"}}, "number the labels of id2label"),
        ({"problem_type": "ranking"}, "problem_type .*'ranking'"),
        (
            {"architectures": ["BertForSequenceClassification"], "id2label": None, "num_labels": 3},
            "has shape",
        ),
        ({"hidden_act": ["gelu"]}, "activation"),
    ],
)
def test_settings_of_a_classifier_that_are_damaged(changes, message, tmp_path):
    theirs("BertForSequenceClassification").save_pretrained(tmp_path)
    edit_config(tmp_path, **changes)
    with pytest.raises(ValueError, match=message):
        from_pretrained(tmp_path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"config": None}, "no JSON object 'config'"),
        ({"wordvec_format": "new"}, "wordvec_format"),
        ({"wordvec_format": 99}, "newer version"),
        ({"label_smoothing": 7}, "label_smoothing"),
    ],
)
def test_settings_of_our_own_that_are_damaged(changes, message, tmp_path):
    config = TransformerConfig.original(9, hidden_size=8, num_layers=1, num_heads=2)
    EncoderDecoderModel(config).save_pretrained(tmp_path)
    edit_config(tmp_path, **changes)
    with pytest.raises(ValueError, match=message):
        from_pretrained(tmp_path)


def test_paths_that_are_none(tmp_path):
    model = EncoderModel(TransformerConfig.bert(9, hidden_size=8, num_layers=1, num_heads=2))
    for path in (None, 5, "", b"model"):
        with pytest.raises(TypeError, match="from_pretrained must be a path"):
            from_pretrained(path)
        with pytest.raises(TypeError, match="save_pretrained must be a path"):
            model.save_pretrained(path)
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError, match="is a file"):
        model.save_pretrained(tmp_path / "file")
    model.save_pretrained(tmp_path)
    (tmp_path / "model.safetensors").rename(tmp_path / "model-00001-of-00002.safetensors")
    (tmp_path / "model.safetensors.index.json").write_text("{}")
    with pytest.raises(FileNotFoundError, match="in several files"):
        from_pretrained(tmp_path)
    (tmp_path / "model.safetensors").mkdir()
    with pytest.raises(FileNotFoundError, match="model.safetensors"):
        from_pretrained(tmp_path)


def test_folders_that_are_not_models(tmp_path):
    with pytest.raises(FileNotFoundError, match="does not exist"):
        from_pretrained(tmp_path / "none")
    (tmp_path / "config.json").write_text("{")
    (tmp_path / "pytorch_model.bin").write_bytes(b"")
    with pytest.raises(FileNotFoundError, match="is a pickle"):
        from_pretrained(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"")
    with pytest.raises(ValueError, match="is not JSON"):
        from_pretrained(tmp_path)


def test_a_file_that_may_not_be_read_is_not_damaged(tmp_path, monkeypatch):
    theirs("BertModel").save_pretrained(tmp_path)
    opened = Path.open

    def refuse(path, *arguments, **options):
        if path.name == "model.safetensors":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return opened(path, *arguments, **options)

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(PermissionError):
        from_pretrained(tmp_path)
