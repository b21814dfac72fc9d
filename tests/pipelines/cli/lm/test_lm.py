"""`wordvec lm`: its help, and `pretrain`, with its folder, options and errors."""

import inspect
import json
import math
import re
import sys

import numpy as np
import pytest
import torch

from wordvec import KeyedVectors
from wordvec.pipelines.applications import AbstractiveSummarizer, Translator
from wordvec.pipelines.cli.lm import (
    finetune as lm_finetune,
    generate as lm_generate,
    pretrain as lm_pretrain,
    train_summarizer as lm_train_summarizer,
    train_translator as lm_train_translator,
)
from wordvec.transformer import (
    DecoderModel,
    EncoderModel,
    MaskedLM,
    PreTraining,
    TokenCorpus,
    Tokenizer,
    TrainerOptions,
    TransformerClassifier,
    TransformerTagger,
    from_pretrained,
    generate,
    perplexity,
)

from ....transformer.estimators.support import TEXTS
from ..support import fails
from .support import FEW, TEXT, names_in


@pytest.mark.parametrize(
    "command", ["pretrain", "finetune", "predict", "generate", "evaluate", "train-translator", "translate"]
)
def test_help_has_an_example(run, command):
    code, out, err = run("lm", command, "--help")
    assert (code, err) == (0, "") and f"Example: wordvec lm {command}" in " ".join(out.split())


def test_without_a_command_it_shows_help(run):
    code, out, err = run("lm")
    assert (code, err) == (0, "") and "Example: wordvec lm pretrain" in " ".join(out.split())
    assert "\n  lm " in run()[1]


# The command has a default of its own, or several.
_BY_CASE = ("warmup_steps", "max_new_tokens", "learning_rate", "optimizer")


@pytest.mark.parametrize(
    ("command", "owner", "n_checked"),
    [
        (lm_pretrain.pretrain, TrainerOptions, 4),
        (lm_finetune.finetune, TransformerClassifier, 6),
        (lm_finetune.finetune, TransformerTagger, 5),
        (lm_generate.generate, generate, 8),
        (lm_train_translator.train_translator, Translator, 14),
        (lm_train_summarizer.train_summarizer, AbstractiveSummarizer, 16),
    ],
)
def test_help_shows_the_defaults_behind_it(command, owner, n_checked):
    defaults = {name: p.default for name, p in inspect.signature(owner).parameters.items()}
    checked = 0
    for name, option in inspect.signature(command, eval_str=True).parameters.items():
        shown = getattr(option.annotation, "__metadata__", [None])[0].show_default
        if option.default is None and name in defaults and isinstance(shown, str):
            if re.fullmatch(r"[\d.e-]+|[a-z]+\d*", shown) and shown != "never":
                assert shown == str(defaults[name]), name
                checked += 1
            else:
                assert defaults[name] is None or name in _BY_CASE, name
    assert checked == n_checked


@pytest.mark.smoke
def test_pretrain_writes_a_folder(run, corpus, tmp_path):
    out = tmp_path / "model"
    code, text, err = run("lm", "pretrain", corpus, "-o", out, "--json", *FEW)
    assert (code, err) == (0, "")
    report = json.loads(text)
    assert (report["steps"], len(report["loss_curve"]), report["interrupted"]) == (6, 6, False)
    assert report["n_documents"] == 3 or report["n_held_out"]
    assert [step for step, _ in report["validation_curve"]] == [1, 2, 3, 4, 5, 6]
    files = {"config.json", "model.safetensors", "tokenizer.json", "log.csv", "pretraining.json"}
    assert files <= set(names_in(out))
    assert not {"tokens", "checkpoint.safetensors"} & set(names_in(out))
    assert len((out / "log.csv").read_text().splitlines()) == 7
    model, tokenizer = from_pretrained(out), Tokenizer.load(out)
    assert isinstance(model, DecoderModel) and model.n_parameters == report["n_parameters"]
    assert (model.config.hidden_size, model.config.num_layers, model.config.max_length) == (16, 1, 16)
    assert (
        model.config.eos_token_id == tokenizer.eos_token_id and tokenizer.vocab_size == report["vocab_size"]
    )
    assert report["unknown_share"] == 0
    assert json.loads((out / "tokenizer_config.json").read_text())["model_max_length"] == 16
    before = (out / "model.safetensors").read_bytes()
    again = run("lm", "pretrain", corpus, "-o", out, *FEW, "--seed", 2)
    assert fails(again, "holds a model", "--overwrite", "another folder")
    assert (out / "model.safetensors").read_bytes() == before
    code, text, _ = run("lm", "pretrain", corpus, "-o", out, "--overwrite", *FEW, "--seed", 2)
    assert code == 0 and "held out" in text and str(out) in text and "unknown" not in text
    assert (out / "model.safetensors").read_bytes() != before
    both = run("lm", "pretrain", corpus, "-o", out, "--overwrite", "--resume", *FEW)
    assert fails(both, "--resume", "Pass one of them")


def test_unknown_tokens_are_told(run, corpus, tmp_path):
    options = ["--tokenizer", "wordpiece", *FEW, "--vocab-size", 12, "--validation-fraction", 0]
    code, text, _ = run("lm", "pretrain", corpus, "-o", tmp_path / "model", *options)
    assert code == 0 and re.search(r"tokenizer +1[12] tokens\n", text)
    assert re.search(r"unknown +\d\d\.\d\d% of the tokens, which makes perplexity look better", text)


def test_bytes_that_are_no_text(run, write, tmp_path):
    text, out = tmp_path / "latin.txt", tmp_path / "model"
    text.write_bytes(TEXT.encode() + b"caf\xe9\n")
    assert fails(run("lm", "pretrain", text, "-o", out, *FEW), "--errors replace", "--encoding")
    assert run("lm", "pretrain", text, "-o", out, "--errors", "replace", *FEW)[0] == 0
    assert fails(run("lm", "evaluate", out, text), "--errors replace")
    assert run("lm", "evaluate", out, text, "--errors", "replace")[0] == 0


@pytest.mark.slow
def test_transformers_loads_the_folder(causal):
    transformers = pytest.importorskip("transformers")
    theirs = transformers.AutoModelForCausalLM.from_pretrained(causal).eval()
    batch = transformers.AutoTokenizer.from_pretrained(causal)("the film is good", return_tensors="pt")
    ours = from_pretrained(causal)(batch["input_ids"]).logits
    torch.testing.assert_close(ours, theirs(**batch).logits, atol=1e-5, rtol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("tokenizer", ["wordpiece", "word", "char"])
def test_masked_objectives(run, corpus, tmp_path, tokenizer):
    out = tmp_path / "model"
    options = ["--tokenizer", tokenizer, "--validation-fraction", 0.3, *FEW]
    code, text, _ = run(
        "lm", "pretrain", corpus, "-o", out, "--objective", "masked", "--whole-word", *options
    )
    assert code == 0 and type(from_pretrained(out)) is MaskedLM and "masked token" in text
    code, text, err = run("lm", "pretrain", corpus, "-o", out, "--objective", "masked-nsp", *FEW, "--steps", 3,
                          "--validation-fraction", 0, "--overwrite")  # fmt: skip
    assert code == 0 and type(from_pretrained(out)) is PreTraining
    scores = json.loads(run("lm", "evaluate", out, corpus, "--json")[1])
    assert scores["kind"] == "masked" and scores["perplexity_per_word"] is None
    assert scores["perplexity_per_token"] == pytest.approx(math.exp(scores["loss"]))
    assert "masked" in run("lm", "evaluate", out, corpus)[1]


@pytest.mark.parametrize(
    ("objective", "told"), [("replaced", "replaced or not"), ("hybrid", "read forwards or masked")]
)
def test_an_encoder_that_is_saved_without_its_head(run, corpus, masked, tmp_path, objective, told):
    out, options = tmp_path / "model", ["--objective", objective, *FEW, "--optimizer", "muon", "--whole-word"]
    code, text, _ = run("lm", "pretrain", corpus, "-o", out, *options, "--validation-fraction", 0.3)
    assert code == 0 and type(from_pretrained(out)) is EncoderModel and told in text
    assert "perplexity" not in text
    again = tmp_path / "again"
    few = ["--steps", 3, "--block", 16, "--batch", 4, "--quiet", "--objective", objective]
    for start in (out, masked):
        assert run("lm", "pretrain", corpus, "-o", again, "--from", start, *few, "--overwrite")[0] == 0
    assert fails(run("lm", "fill", out, "[MASK]"), "EncoderModel")


def test_a_new_causal_model_learns_by_muon(run, corpus, causal, tmp_path):
    few = [*FEW, "--quiet"]
    cases = {
        "new": ([], "muon", 5e-3),
        "wide": (["--width", 512, "--heads", 1], "muon", 2.5e-3),
        "adamw": (["--optimizer", "adamw"], "adamw", 5e-4),
        "rate": (["--learning-rate", 0.01], "muon", 0.01),
        "masked": (["--objective", "masked"], "adamw", 5e-4),
        "hybrid": (["--objective", "hybrid"], "muon", 5e-3),
    }
    for name, (options, optimizer, rate) in cases.items():
        assert run("lm", "pretrain", corpus, "-o", tmp_path / name, *few, *options)[0] == 0
        trainer = json.loads((tmp_path / name / "pretraining.json").read_text())["trainer"]
        assert (trainer["optimizer"], trainer["learning_rate"]) == (optimizer, rate), name
    again = ["--from", causal, "--steps", 1, "--block", 16, "--batch", 4, "--quiet"]
    assert run("lm", "pretrain", corpus, "-o", tmp_path / "again", *again)[0] == 0
    trainer = json.loads((tmp_path / "again" / "pretraining.json").read_text())["trainer"]
    assert (trainer["optimizer"], trainer["learning_rate"]) == ("adamw", 5e-4)


def test_rotary_positions_and_embeddings_of_pairs_of_tokens(run, corpus, tmp_path):
    out = tmp_path / "model"
    options = ["--bigrams", 50, "--positions", "rotary", "--optimizer", "muon"]
    assert run("lm", "pretrain", corpus, "-o", out, *options, *FEW)[0] == 0
    config = from_pretrained(out).config
    assert (config.bigram_buckets, config.positions) == (50, "rotary")
    assert run("lm", "generate", out, "the film")[0] == 0
    masked = run(
        "lm", "pretrain", corpus, "-o", tmp_path / "m", "--bigrams", 50, *FEW, "--objective", "masked"
    )
    assert fails(masked, "--bigrams must be 0 for an encoder", "--objective causal")


def test_a_tokenizer_that_is_there(run, corpus, causal, tmp_path):
    out = tmp_path / "model"
    assert run("lm", "pretrain", corpus, "-o", out, "--tokenizer", causal, *FEW)[0] == 0
    assert Tokenizer.load(out).fingerprint == Tokenizer.load(causal).fingerprint


@pytest.mark.smoke
def test_going_on_from_a_model(run, corpus, causal, masked, tmp_path):
    out, options = tmp_path / "model", ["--steps", 3, "--block", 16, "--batch", 4, "--quiet"]
    code, text, _ = run("lm", "pretrain", corpus, "-o", out, "--from", causal, *options, "--json")
    before = pretrained_loss(causal, corpus, tmp_path)
    assert code == 0 and json.loads(text)["loss_curve"][0] == pytest.approx(before, abs=0.5)
    assert from_pretrained(out).config == from_pretrained(causal).config
    assert Tokenizer.load(out).fingerprint == Tokenizer.load(causal).fingerprint
    bare = tmp_path / "bare"
    from_pretrained(masked).body.save_pretrained(bare)
    Tokenizer.load(masked).save(bare)
    nsp = [*options, "--objective", "masked-nsp", "--validation-fraction", 0]
    assert run("lm", "pretrain", corpus, "-o", tmp_path / "nsp", "--from", bare, *nsp)[0] == 0
    assert type(from_pretrained(tmp_path / "nsp")) is PreTraining
    for start, more, parts in (
        (masked, [], ["MaskedLM", "not trained causal", "another --objective"]),
        (masked, ["--objective", "masked-nsp"], ["MaskedLM", "not trained masked-nsp", "--objective"]),
        (causal, ["--layers", 2], ["--from", "--layers", "Leave one"]),
        (causal, ["--block", 17], ["The option --block must be at most 16", "Got 17"]),
        (tmp_path / "no", [], ["does not exist"]),
    ):
        result = run("lm", "pretrain", corpus, "-o", tmp_path / "new", "--from", start, *options, *more)
        assert fails(result, *parts)
        assert not (tmp_path / "new").exists()
    assert fails(
        run("lm", "pretrain", corpus, "-o", causal, "--from", causal, *options), "is a source of this run"
    )


def pretrained_loss(folder, corpus, tmp_path):
    """The loss of a model on a corpus, nats a token."""
    tokens = TokenCorpus.build(corpus, Tokenizer.load(folder), tmp_path / "tokens")
    return perplexity(from_pretrained(folder), tokens.token_ids).loss


def test_embeddings_start_from_vectors(run, corpus, tmp_path):
    words = sorted({word for text in TEXTS for word in text.split()})
    vectors = KeyedVectors(np.random.default_rng(0).normal(size=(len(words), 8)).astype(np.float32), words)
    vectors.save(tmp_path / "v.bin")
    out = tmp_path / "model"
    options = ["--vectors", tmp_path / "v.bin", "--tokenizer", "word", "--steps", 2, "--layers", 1, "--block", 16,
               "--quiet", "--json"]  # fmt: skip
    code, text, _ = run("lm", "pretrain", corpus, "-o", out, "--freeze-vectors", *options)
    report, tokenizer = json.loads(text), Tokenizer.load(out)
    assert code == 0 and report["vectors_share"] == pytest.approx(len(words) / tokenizer.vocab_size)
    found = from_pretrained(out).token_embedding.weight.detach()[
        [tokenizer.token_to_id(word) for word in words]
    ]
    ratio = found.numpy() / vectors.vectors
    np.testing.assert_allclose(ratio, ratio[0, 0], rtol=1e-4)
    assert fails(
        run("lm", "pretrain", corpus, "-o", out, *options, "--overwrite", "--width", 16),
        "8 numbers",
        "--width",
        "16",
    )
    assert fails(
        run("lm", "pretrain", corpus, "-o", out, "--freeze-vectors", *FEW), "--freeze-vectors", "--vectors"
    )


def test_output_folders_are_checked_first(run, corpus, tmp_path, monkeypatch):
    monkeypatch.setattr(Tokenizer, "train", lambda *_, **__: pytest.fail("it trained"))
    assert fails(run("lm", "pretrain", corpus, "-o", corpus, *FEW), "is a file")
    assert fails(run("lm", "pretrain", corpus, "-o", corpus.parent, *FEW), "something other than a model")
    assert fails(run("lm", "pretrain", corpus, "-o", tmp_path / "no" / "m", *FEW), "does not exist", "Create")
    assert fails(run("lm", "pretrain", tmp_path / "no.txt", "-o", tmp_path / "m", *FEW), "no.txt")
    assert names_in(tmp_path) == []


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        (["--objective", "gpt"], ["--objective", "'causal'"]),
        (["--tokenizer", "letters"], ["option --tokenizer must", "wordpiece"]),
        (["--heads", 3], ["--heads", "divide --width", "16"]),
        (["--layers", 0], ["--layers", "0"]),
        (["--steps", 0], ["option --steps must", "0"]),
        (["--learning-rate", 99], ["--learning-rate"]),
        (["--optimizer", "sgd"], ["--optimizer"]),
        (["--warmup", 99], ["--warmup"]),
        (["--validation-fraction", 1.5], ["--validation-fraction"]),
        (["--validation-fraction", 0, "--patience", 2], ["--patience", "--validation-fraction"]),
        (["--whole-word"], ["--whole-word", "--objective"]),
        (["--dropout", 2], ["dropout"]),
        (["--device", "tpu"], ["--device"]),
        (["--vocab-size", 20], ["--vocab-size", "257"]),
        (["--vectors", "no.bin"], ["no.bin"]),
        (["--block", 100000], ["less than a batch", "make --batch or the blocks smaller"]),
        (["--freeze-vectors"], ["--freeze-vectors must be left out without vectors. Pass --vectors"]),
        (["--tokenizer", "bpe", "--objective", "masked"], ["mask"]),
    ],
)
def test_bad_options_of_pretrain(run, corpus, tmp_path, options, parts):
    assert fails(run("lm", "pretrain", corpus, "-o", tmp_path / "model", *FEW, *options), *parts)


def test_too_little_text_is_told(run, write, tmp_path):
    assert fails(
        run("lm", "pretrain", write("a.txt", "a b c\n"), "-o", tmp_path / "m", *FEW), "less than a batch"
    )
    assert fails(run("lm", "pretrain", write("b.txt", "\n"), "-o", tmp_path / "n", *FEW))
    text = write("c.txt", TEXT)
    result = run("lm", "pretrain", text, "-o", tmp_path / "o", *FEW, "--validation-fraction", 0.0001)
    assert fails(result, "Too little text is held out", "--validation-fraction")


def test_a_run_that_cannot_be_leaves_what_was_there(run, corpus, tmp_path):
    out, too_little = tmp_path / "o", ["--validation-fraction", 0.0001]
    result = run("lm", "pretrain", corpus, "-o", out, *FEW, *too_little)
    assert fails(result, "Too little text is held out")
    assert not out.exists()
    assert run("lm", "pretrain", corpus, "-o", out, *FEW)[0] == 0
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    assert fails(
        run("lm", "pretrain", corpus, "-o", out, "--overwrite", *FEW, *too_little),
        "Too little text is held out",
    )
    assert before == {path.name: path.read_bytes() for path in out.iterdir()}


def test_without_torch_it_says_what_to_install(run, corpus, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    advice = 'pip install "wordvec[transformer]"'
    assert fails(run("lm", "pretrain", corpus, "-o", tmp_path / "m", *FEW), advice)
    (tmp_path / "config.json").write_text("{}")
    assert fails(run("lm", "generate", tmp_path), advice)
    assert fails(run("lm", "predict", tmp_path), advice)


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        (["--dropout", 1], ["--dropout"]),
        (["--dropout", "nan"], ["--dropout"]),
        (["--vocab-size", 10**12], ["--vocab-size"]),
        (["--vocab-size", 10**30], ["--vocab-size"]),
        (["--width", 10**9, "--heads", 1], ["GiB", "--width"]),
        (["--layers", 10**12], ["GiB", "--layers"]),
        (["--block", 10**13], ["GiB", "--block"]),
    ],
)
def test_sizes_beyond_any_use_are_refused_first(options, parts, run, corpus, tmp_path, monkeypatch):
    monkeypatch.setattr(Tokenizer, "train", lambda *_, **__: pytest.fail("it trained"))
    assert fails(run("lm", "pretrain", corpus, "-o", tmp_path / "m", *options), *parts)
    assert names_in(tmp_path) == []


@pytest.mark.parametrize(
    ("error", "parts"),
    [
        (
            RuntimeError("CUDA out of memory. Tried to allocate 2 GiB.\nSee documentation"),
            ["memory", "--batch"],
        ),
        (RuntimeError("[enforce fail at alloc_cpu.cpp:117] . DefaultCPUAllocator: x"), ["memory", "--batch"]),
        (MemoryError(), ["memory", "--batch"]),
        (
            RuntimeError("mat1 and mat2 shapes\ncannot be multiplied"),
            ["PyTorch failed: mat1 and mat2 shapes"],
        ),
    ],
)
@pytest.mark.parametrize("command", ["pretrain", "evaluate"])
def test_errors_of_torch_are_one_line(command, error, parts, run, corpus, masked, tmp_path, monkeypatch):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr("wordvec.transformer.data.token_corpus.TokenCorpus.build", fail)
    where = ["-o", tmp_path / "m"] if command == "pretrain" else []
    arguments = [corpus, *where, *FEW] if command == "pretrain" else [masked, corpus]
    assert fails(run("lm", command, *arguments), *parts)
