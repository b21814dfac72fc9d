import inspect
import io
import json
import math
import os
import re
import signal
import sys

import numpy as np
import pytest
import test_cli
import torch
from test_cli import fails
from test_transformer_classifier import NEW_TEXTS, TAGGED, TAGS, TEXTS, sentences

from pipelines.cli import lm_finetune, lm_generate, lm_pretrain
from wordvec import KeyedVectors
from wordvec.transformer import (
    DecoderModel,
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

run = test_cli.run  # the fixture
SIZES = ["--layers", 1, "--heads", 2, "--width", 16, "--block", 16, "--batch", 4, "--quiet"]
FEW = ["--steps", 6, "--vocab-size", 300, *SIZES]
# Sentences of three documents.
TEXT = "".join(
    f"{text}.\n" + ("\n" if n in (60, 120) else "") for n, text in enumerate(TEXTS + sentences(120, 3)[0])
)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    path = tmp_path_factory.mktemp("corpus") / "corpus.txt"
    path.write_text(TEXT)
    return path


def call(*arguments):
    """Run a command that is to succeed, without fixtures of a test."""
    with pytest.raises(SystemExit) as stop:
        from pipelines.cli import main

        main([str(argument) for argument in arguments])
    assert not stop.value.code


@pytest.fixture(scope="module")
def causal(corpus, tmp_path_factory):
    folder = tmp_path_factory.mktemp("causal") / "model"
    call(
        "lm",
        "pretrain",
        corpus,
        "-o",
        folder,
        "--steps",
        60,
        "--learning-rate",
        0.01,
        "--vocab-size",
        300,
        *SIZES,
    )
    return folder


@pytest.fixture(scope="module")
def masked(corpus, tmp_path_factory):
    folder = tmp_path_factory.mktemp("masked") / "model"
    call("lm", "pretrain", corpus, "-o", folder, "--objective", "masked", *FEW)
    return folder


@pytest.fixture
def write(tmp_path):
    def put(name, text):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return put


def table(texts, labels):
    return "".join(f"{text},{label}\n" for text, label in [("text", "label"), *zip(texts, labels)])


def conll(sentences, tags):
    blocks = ["".join(f"{w} {t}\n" for w, t in zip(ws, ts)) for ws, ts in zip(sentences, tags)]
    return "\n".join(blocks)


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("command", ["pretrain", "finetune", "generate", "evaluate"])
def test_help_has_an_example(run, command):
    code, out, err = run("lm", command, "--help")
    assert (code, err) == (0, "") and f"Example: wordvec lm {command}" in " ".join(out.split())


def test_without_a_command_it_shows_help(run):
    code, out, err = run("lm")
    assert (code, err) == (0, "") and "Example: wordvec lm pretrain" in " ".join(out.split())
    assert "\n  lm " in run()[1]


@pytest.mark.parametrize(
    ("command", "owner", "n_checked"),
    [
        (lm_pretrain.pretrain, TrainerOptions, 6),
        (lm_finetune.finetune, TransformerClassifier, 5),
        (lm_finetune.finetune, TransformerTagger, 4),
        (lm_generate.generate, generate, 8),
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
                assert defaults[name] is None or name in ("warmup_steps", "max_new_tokens"), name
    assert checked == n_checked


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
    code, text, _ = run("lm", "pretrain", corpus, "-o", out, *FEW)
    assert code == 0 and "held out" in text and str(out) in text


def test_transformers_loads_the_folder(causal):
    transformers = pytest.importorskip("transformers")
    theirs = transformers.AutoModelForCausalLM.from_pretrained(causal).eval()
    batch = transformers.AutoTokenizer.from_pretrained(causal)("the film is good", return_tensors="pt")
    ours = from_pretrained(causal)(batch["input_ids"]).logits
    torch.testing.assert_close(ours, theirs(**batch).logits, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("tokenizer", ["wordpiece", "word", "char"])
def test_masked_objectives(run, corpus, tmp_path, tokenizer):
    out = tmp_path / "model"
    options = ["--tokenizer", tokenizer, "--validation-fraction", 0.3, *FEW]
    code, text, _ = run(
        "lm", "pretrain", corpus, "-o", out, "--objective", "masked", "--whole-word", *options
    )
    assert code == 0 and type(from_pretrained(out)) is MaskedLM and "masked token" in text
    code, text, err = run("lm", "pretrain", corpus, "-o", out, "--objective", "masked-nsp", *FEW, "--steps", 3,
                          "--validation-fraction", 0)  # fmt: skip
    assert code == 0 and type(from_pretrained(out)) is PreTraining
    scores = json.loads(run("lm", "evaluate", out, corpus, "--json")[1])
    assert scores["kind"] == "masked" and scores["perplexity_per_word"] is None
    assert scores["perplexity_per_token"] == pytest.approx(math.exp(scores["loss"]))
    assert "masked" in run("lm", "evaluate", out, corpus)[1]


def test_a_tokenizer_that_is_there(run, corpus, causal, tmp_path):
    out = tmp_path / "model"
    assert run("lm", "pretrain", corpus, "-o", out, "--tokenizer", causal, *FEW)[0] == 0
    assert Tokenizer.load(out).fingerprint == Tokenizer.load(causal).fingerprint


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
        run("lm", "pretrain", corpus, "-o", out, *options, "--width", 16), "8 numbers", "--width", "16"
    )
    assert fails(
        run("lm", "pretrain", corpus, "-o", out, "--freeze-vectors", *FEW), "--freeze-vectors", "--vectors"
    )


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
def test_ctrl_c_and_resume_end_where_one_run_ends(run, corpus, tmp_path, monkeypatch):
    from wordvec.transformer.training_log import StepBar

    def interrupt(bar, step, *_):
        if step == 3:
            os.kill(os.getpid(), signal.SIGINT)

    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert run("lm", "pretrain", corpus, "-o", whole, *FEW)[0] == 0
    with monkeypatch.context() as patch:
        patch.setattr(StepBar, "update_to", interrupt)
        code, _, err = run("lm", "pretrain", corpus, "-o", parts, *FEW)
    assert code == 130 and err.count("\n") == 1 and "--resume" in err
    assert {"model.safetensors", "checkpoint.safetensors", "tokens"} <= set(names_in(parts))
    assert fails(
        run("lm", "pretrain", corpus, "-o", parts, "--resume", *FEW, "--width", 32),
        "--width was 16 and is 32",
    )
    assert fails(
        run("lm", "pretrain", corpus, "-o", parts, "--resume", *FEW, "--steps", 7), "steps was 6 and is 7"
    )
    assert run("lm", "pretrain", corpus, "-o", parts, "--resume", *FEW)[0] == 0
    assert (whole / "model.safetensors").read_bytes() == (parts / "model.safetensors").read_bytes()
    assert names_in(whole) == names_in(parts)
    assert fails(run("lm", "pretrain", corpus, "-o", parts, "--resume", *FEW), "is complete")


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
        (["--block", 100000], ["less than a batch"]),
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
    assert fails(run("lm", "pretrain", corpus, "-o", out, *FEW, *too_little), "Too little text is held out")
    assert before == {path.name: path.read_bytes() for path in out.iterdir()}


def test_without_torch_it_says_what_to_install(run, corpus, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    advice = 'pip install "wordvec[transformer]"'
    assert fails(run("lm", "pretrain", corpus, "-o", tmp_path / "m", *FEW), advice)
    assert fails(run("lm", "generate", tmp_path), advice)


def test_generate_writes_what_python_writes(run, causal):
    model, tokenizer = from_pretrained(causal), Tokenizer.load(causal)
    ids = tokenizer.encode("the film")
    options = dict(max_new_tokens=8, do_sample=True, temperature=0.7, top_k=20, top_p=0.9, seed=3)
    expected = generate(model, [ids] * 2, tokenizer=tokenizer, **options)
    given = [
        "--max-new-tokens",
        8,
        "--do-sample",
        "--temperature",
        0.7,
        "--top-k",
        20,
        "--top-p",
        0.9,
        "--seed",
        3,
    ]
    code, text, err = run("lm", "generate", causal, "the film", *given, "--count", 2, "--json")
    assert (code, err) == (0, "")
    found = json.loads(text)
    assert [each["token_ids"] for each in found] == [each.token_ids for each in expected]
    assert [each["text"] for each in found] == [each.text for each in expected]
    assert {each["prompt"] for each in found} == {"the film"}
    assert run("lm", "generate", causal, "the film", *given)[1] == f"the film{expected[0].text}\n"
    several = "\n\n".join(f"the film{each.text}" for each in expected)
    assert run("lm", "generate", causal, "the film", *given, "--count", 2)[1] == several + "\n"
    (beam,) = generate(model, [ids], tokenizer=tokenizer, max_new_tokens=8, num_beams=3)
    text = run("lm", "generate", causal, "the film", "--beams", 3, "--max-new-tokens", 8)[1]
    assert text == f"the film{beam.text}\n"


def test_generate_without_and_from_stdin(run, causal, monkeypatch):
    tokenizer = Tokenizer.load(causal)
    code, text, _ = run("lm", "generate", causal, "--json")
    (found,) = json.loads(text)
    assert code == 0 and found["prompt"] == "" and len(found["token_ids"]) <= 15
    monkeypatch.setattr(sys, "stdin", io.StringIO("the film\n"))
    code, text, _ = run("lm", "generate", causal, "-", "--max-new-tokens", 3)
    expected = generate(
        from_pretrained(causal), [tokenizer.encode("the film")], tokenizer=tokenizer, max_new_tokens=3
    )
    assert code == 0 and text == f"the film{expected[0].text}\n"
    stop = expected[0].text[2:4]
    text = run("lm", "generate", causal, "the film", "--max-new-tokens", 3, "--stop", stop)[1]
    assert text == f"the film{expected[0].text.partition(stop)[0]}\n"


def test_words_stand_apart_from_the_prompt(run, corpus, tmp_path):
    out = tmp_path / "model"
    assert run("lm", "pretrain", corpus, "-o", out, "--tokenizer", "wordpiece", *FEW)[0] == 0
    code, text, _ = run("lm", "generate", out, "the film", "--max-new-tokens", 2, "--do-sample")
    assert code == 0 and text.startswith("the film ")


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        (["--temperature", 0.5], ["--temperature", "--do-sample"]),
        (["--do-sample", "--top-p", 2], ["--top-p"]),
        (["--max-new-tokens", 99], ["--max-new-tokens", "16"]),
        (["--beams", 2, "--do-sample"], ["--do-sample", "--beams 1"]),
        (["--count", 2], ["--do-sample", "--count"]),
        (["--count", 0], ["The option --count must"]),
        (["--length-penalty", 2], ["--length-penalty", "--beams"]),
        (["--device", "tpu"], ["The option --device must"]),
    ],
)
def test_bad_options_of_generate(run, causal, options, parts):
    assert fails(run("lm", "generate", causal, "the film", *options), *parts)


def test_prompts_and_models_that_do_not_go(run, causal, masked, tmp_path):
    assert fails(run("lm", "generate", causal, "the film " * 20), "Prompt 0", "16")
    assert fails(
        run("lm", "generate", masked, "the film"), "MaskedLM", "does not write text", "--objective causal"
    )
    assert fails(run("lm", "generate", tmp_path / "no", "the film"), "does not exist")


def test_perplexity_of_tokens_and_words(run, causal, corpus, tmp_path):
    code, text, err = run("lm", "evaluate", causal, corpus, "--json", "--stride", 5, "--window", 12)
    assert (code, err) == (0, "")
    scores = json.loads(text)
    tokens = TokenCorpus.build(corpus, Tokenizer.load(causal), tmp_path / "tokens")
    expected = perplexity(from_pretrained(causal), tokens.token_ids, stride=5, window=12)
    assert scores["loss"] == pytest.approx(expected.loss) and scores["n_tokens"] == tokens.n_tokens - 1
    assert scores["n_words"] == len(TEXT.split()) and scores["words"] == "whitespace"
    per_word = math.exp(expected.loss * expected.n_tokens / len(TEXT.split()))
    assert scores["perplexity_per_word"] == pytest.approx(per_word)
    chars = json.loads(run("lm", "evaluate", causal, corpus, "--words", "chars", "--json")[1])
    assert chars["n_words"] == len("".join(TEXT.split()))
    text = run("lm", "evaluate", causal, corpus)[1]
    assert "perplexity per token" in text and "(whitespace)" in text


def test_evaluate_refuses_what_does_not_fit(run, causal, masked, corpus, tmp_path, write):
    assert fails(run("lm", "evaluate", tmp_path / "no", corpus), "config.json", "does not exist")
    assert fails(run("lm", "evaluate", causal, tmp_path / "no.txt"), "no.txt")
    assert fails(run("lm", "evaluate", causal, write("empty.txt", "\n")), "no words")
    assert fails(run("lm", "evaluate", causal, corpus, "--words", "lines"), "--words")
    assert fails(run("lm", "evaluate", causal, corpus, "--window", 99), "--window")
    assert fails(run("lm", "evaluate", masked, corpus, "--stride", 3), "stride", "masked")


def test_finetune_and_evaluate_a_classifier(run, masked, write, tmp_path):
    texts, labels = sentences(30, 5)
    train, test = write("train.csv", table(texts, labels)), write("test.csv", table(*sentences(20, 6)))
    out = tmp_path / "model"
    options = [
        "--epochs",
        2,
        "--batch",
        8,
        "--learning-rate",
        0.01,
        "--max-length",
        14,
        "--seed",
        3,
        "--quiet",
    ]
    code, text, err = run(
        "lm", "finetune", masked, train, "-o", out, "--validation", test, *options, "--json"
    )
    report = json.loads(text)
    assert code == 0 and report["labels"] == ["neg", "pos"] and report["steps"] == 8
    same = TransformerClassifier(
        masked, epochs=2, batch_size=8, learning_rate=0.01, max_length=14, random_state=3, verbose=False
    ).fit(texts, labels)
    loaded = TransformerClassifier.load(out)
    assert (loaded.predict_proba(NEW_TEXTS) == same.predict_proba(NEW_TEXTS)).all()
    accuracy = same.score(*sentences(20, 6))
    assert report["validation_score"] == accuracy and report["validation_measure"] == "accuracy"
    scores = json.loads(run("lm", "evaluate", out, test, "--json")[1])
    assert scores["task"] == "classify" and scores["accuracy"] == accuracy
    assert "macro F1" in run("lm", "evaluate", out, test)[1]
    text = run("lm", "finetune", masked, train, "-o", out, *options)[1]
    assert re.search(r"texts +30\n", text) and "(nats a text)" in text


def test_finetune_counts_what_it_cuts(run, causal, write, tmp_path):
    train = write("train.csv", table([f"{text} {text} {text}" for text in TEXTS[:16]], ["a", "b"] * 8))
    code, text, err = run("lm", "finetune", causal, train, "-o", tmp_path / "m", "--epochs", 1, "--quiet")
    assert code == 0 and "16 of them cut" in text and "16 of 16 texts" in err
    result = run("lm", "finetune", causal, train, "-o", tmp_path / "m", "--truncation", "error", "--quiet")
    assert fails(result, "Text 0", "--truncation")


@pytest.mark.parametrize("crf", [[], ["--crf"]])
def test_finetune_and_evaluate_a_tagger(run, masked, write, tmp_path, crf):
    tags = [[tag if tag == "O" else "B-QUAL" for tag in row] for row in TAGS]
    train, test = write("train.conll", conll(TAGGED, tags)), write("test.conll", conll(TAGGED[:9], tags[:9]))
    out = tmp_path / "model"
    options = ["--task", "tag", "--epochs", 6, "--batch", 8, "--learning-rate", 0.01, "--quiet", *crf]
    code, text, _ = run("lm", "finetune", masked, train, "-o", out, "--validation", test, *options)
    assert code == 0 and "1.0000 (entity F1)" in text and re.search(r"sentences +80\n", text)
    assert TransformerTagger.load(out).predict([["good", "film"]]) == [["B-QUAL", "O"]]
    scores = json.loads(run("lm", "evaluate", out, test, "--json")[1])
    assert (
        scores["task"] == "tag"
        and scores["token_accuracy"] == 1.0
        and scores["entities"]["micro"]["f1"] == 1.0
    )
    assert "micro average" in run("lm", "evaluate", out, test)[1]


def test_finetune_refuses_what_does_not_fit(run, masked, write, tmp_path):
    train, out = write("train.csv", table(TEXTS, ["a", "b"] * 40)), tmp_path / "model"
    assert fails(run("lm", "finetune", masked, train, "-o", out, "--task", "answer"), "--task", "'tag'")
    assert fails(run("lm", "finetune", masked, train, "-o", out, "--crf"), "--crf", "--task tag")
    assert fails(run("lm", "finetune", masked, train, "-o", masked), "is read")
    assert fails(run("lm", "finetune", tmp_path / "no", train, "-o", out), "does not exist")
    assert fails(run("lm", "finetune", masked, train, "-o", out, "--epochs", 0), "--epochs")
    assert fails(run("lm", "finetune", masked, train, "-o", out, "--batch", 0), "--batch")
    assert fails(
        run("lm", "finetune", masked, train, "-o", out, "--label-column", "no"), "'no'", "--label-column"
    )
    assert fails(
        run("lm", "finetune", masked, write("one.csv", table(TEXTS[:3], "aaa")), "-o", out), "two classes"
    )
    several = write(
        "several.jsonl", '{"text": "good", "label": ["a", "b"]}\n{"text": "bad", "label": ["a"]}\n'
    )
    assert fails(run("lm", "finetune", masked, several, "-o", out), "Text 0", "one class")
    assert not out.exists()
