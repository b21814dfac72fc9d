"""`wordvec lm fill`: what Python computes, and what does not fit."""

import io
import json
import sys

import pytest

from wordvec.transformer import Tokenizer, fill_masks, from_pretrained

from ..support import fails

TEXTS = ["the [MASK] film", "a [MASK] and [MASK] story"]


def test_fill_shows_what_python_computes(run, masked, monkeypatch):
    model, tokenizer = from_pretrained(masked), Tokenizer.load(masked)
    expected = fill_masks(model, tokenizer, TEXTS, top_k=3)
    code, text, err = run("lm", "fill", masked, *TEXTS, "--top-k", 3, "--json")
    assert (code, err) == (0, "")
    found = json.loads(text)
    assert [each["text"] for each in found] == TEXTS
    shown = [[[f["token_id"] for f in fillings] for fillings in each["masks"]] for each in found]
    assert shown == [[[f.token_id for f in fillings] for fillings in masks] for masks in expected]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("\n".join([*TEXTS, ""]).encode())))
    code, text, err = run("lm", "fill", masked, "-", "--top-k", 1)
    (((one,),), ((two,), (three,))) = fill_masks(model, tokenizer, TEXTS, top_k=1)
    assert (code, err) == (0, "")
    assert text.splitlines() == [
        TEXTS[0],
        f"  {one.probability:.4f}  {one.token.strip()}",
        "",
        TEXTS[1],
        "mask 1:",
        f"  {two.probability:.4f}  {two.token.strip()}",
        "mask 2:",
        f"  {three.probability:.4f}  {three.token.strip()}",
    ]


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["the film"], ["Text 0", "no mask", "'[MASK]'"]),
        (["[MASK] " * 40], ["Text 0", "tokens", "16"]),
        (["[MASK]", "--top-k", 0], ["--top-k"]),
        ([""], ["no mask"]),
    ],
)
def test_what_cannot_be_filled(run, masked, arguments, parts):
    fails(run("lm", "fill", masked, *arguments), *parts)


def test_other_models_are_refused(run, causal, tmp_path):
    fails(run("lm", "fill", causal, "[MASK]"), "DecoderModel", "--objective masked")
    fails(run("lm", "fill", tmp_path, "[MASK]"), "config.json")
