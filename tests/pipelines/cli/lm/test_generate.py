"""`wordvec lm generate` and `wordvec lm evaluate`: what Python computes, and what does not fit."""

import io
import json
import math
import shutil
import sys

import pytest

from wordvec.transformer import TokenCorpus, Tokenizer, from_pretrained, generate, perplexity, quantize

from ..support import fails
from .support import FEW, SIZES, TEXT, call


@pytest.mark.smoke
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
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"the film\n")))
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


def test_int8_weights_write_what_python_writes(run, causal):
    tokenizer = Tokenizer.load(causal)
    model = quantize(from_pretrained(causal))
    (expected,) = generate(model, [tokenizer.encode("the film")], tokenizer=tokenizer, max_new_tokens=6)
    code, text, err = run("lm", "generate", causal, "the film", "--max-new-tokens", 6, "--int8")
    assert (code, text, err) == (0, f"the film{expected.text}\n", "")


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        (["--int8", "--device", "cuda"], ["int8", "--device cpu"]),
        (["--temperature", 0.5], ["--temperature", "--do-sample"]),
        (["--do-sample", "--top-p", 2], ["--top-p"]),
        (["--max-new-tokens", 99], ["--max-new-tokens", "16"]),
        (["--beams", 2, "--do-sample"], ["--do-sample", "--beams must be 1"]),
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
        run("lm", "generate", masked, "the film"), "MaskedLM", "does not generate text", "--objective causal"
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
    assert fails(run("lm", "evaluate", tmp_path / "no", corpus), "does not exist")
    assert fails(run("lm", "evaluate", tmp_path, corpus), "holds no model", "config.json")
    assert fails(run("lm", "evaluate", causal, tmp_path / "no.txt"), "no.txt")
    assert fails(run("lm", "evaluate", causal, write("empty.txt", "\n")), "no words")
    assert fails(run("lm", "evaluate", causal, corpus, "--words", "lines"), "--words")
    assert fails(run("lm", "evaluate", causal, corpus, "--window", 99), "--window")
    assert fails(run("lm", "evaluate", masked, corpus, "--stride", 3), "stride", "masked")


@pytest.fixture(scope="module")
def chinese(tmp_path_factory):
    """A decoder with a WordPiece tokenizer that repeats one sentence."""
    folder = tmp_path_factory.mktemp("zh")
    (folder / "corpus.txt").write_text("今天我们去公园，天气很好。\n\n" * 60)
    options = ["--tokenizer", "wordpiece", "--vocab-size", 60, "--steps", 60, "--learning-rate", 0.02]
    call("lm", "pretrain", folder / "corpus.txt", "-o", folder / "model", *options, *SIZES)
    return folder / "model"


def test_chinese_has_no_blanks_and_stops_are_found(chinese, run):
    assert "今天我们去公园，天气很好" in run("lm", "generate", chinese, "今天我们", "--max-new-tokens", 9)[1]
    row = json.loads(run("lm", "generate", chinese, "今天", "--stop", "很好", "--json")[1])[0]
    assert (row["text"], row["reason"]) == ("我们去公园，天气", "stop")
    assert run("lm", "generate", chinese, "今天", "--stop", "很好")[1] == "今天我们去公园，天气\n"


def test_training_on_takes_the_special_tokens_of_the_tokenizer(chinese, tmp_path):
    """So that texts stop, and transformers takes batches."""
    config = json.loads((chinese / "config.json").read_text())
    bare = tmp_path / "bare"
    shutil.copytree(chinese, bare)
    (bare / "config.json").write_text(json.dumps(config | {"pad_token_id": None, "eos_token_id": None}))
    (tmp_path / "corpus.txt").write_text("今天我们去公园，天气很好。\n\n" * 60)
    call("lm", "pretrain", tmp_path / "corpus.txt", "-o", tmp_path / "on", "--from", bare,
         "--steps", 2, "--block", 16, "--batch", 4, "--quiet")  # fmt: skip
    found = json.loads((tmp_path / "on" / "config.json").read_text())
    assert (found["pad_token_id"], found["eos_token_id"]) == (config["pad_token_id"], config["eos_token_id"])
    assert config["eos_token_id"] is not None


def test_perplexity_of_chinese_is_that_of_a_character(run, chinese, tmp_path):
    (tmp_path / "held-out.txt").write_text("今天我们去公园，天气很好。\n天气很好\n")
    code, text, err = run("lm", "evaluate", chinese, tmp_path / "held-out.txt", "--json")
    scores = json.loads(text)
    assert code == 0 and "Chinese" in err
    assert scores["n_characters"] == 17 and scores["perplexity_per_word"] is None
    expected = math.exp(scores["loss"] * scores["n_tokens"] / 17)
    assert scores["perplexity_per_character"] == pytest.approx(expected)
    assert "perplexity per character" in run("lm", "evaluate", chinese, tmp_path / "held-out.txt")[1]
    asked = json.loads(
        run("lm", "evaluate", chinese, tmp_path / "held-out.txt", "--json", "--words", "whitespace")[1]
    )
    assert asked["perplexity_per_word"] > 0 and asked["words"] == "whitespace"
