"""The decoder over turns: rows and windows against the obvious, replies, perplexity, files, bad input."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.base import clone

from wordvec.transformer import DecoderModel, DialogueModel, NGramLM, Tokenizer, TransformerConfig, perplexity
from wordvec.transformer.data.dialogue_rows import dialogue_windows, prompt_of, turn_ids
from wordvec.transformer.models.transformers import with_more_tokens

DIALOGUES = [
    ["one", "two", "three", "four"],
    ["red", "green", "blue", "grey"],
    ["\u4f60\u597d", "\u518d\u89c1"],
] * 6
SMALL: dict[str, Any] = {
    "hidden_size": 32, "num_layers": 1, "num_heads": 2, "batch_size": 9, "max_length": 40, "vocab_size": 300,
    "verbose": False,
}  # fmt: skip


@pytest.fixture(scope="module")
def model() -> DialogueModel:
    quick = {"epochs": 120, "learning_rate": 0.01, "dropout": 0.0, "validation_fraction": 0.0}
    return DialogueModel(**SMALL, **quick).fit(DIALOGUES)


def test_the_learning_rate_fits_the_start(model: DialogueModel, tmp_path: Path) -> None:
    few: dict[str, Any] = {**SMALL, "learning_rate": None, "epochs": 1}
    assert DialogueModel(**few).fit(DIALOGUES).learning_rate_ == 5e-3
    assert DialogueModel(**{**few, "hidden_size": 256}).fit(DIALOGUES).learning_rate_ == 2.5e-3
    model.save(tmp_path / "model")
    assert DialogueModel(pretrained=tmp_path / "model", **few).fit(DIALOGUES).learning_rate_ == 3e-4


def test_replies_are_those_learned(model: DialogueModel) -> None:
    histories = [["one", "two"], "red", ["\u4f60\u597d"], ["one"], ["red", "green", "blue"]]
    replies = ["three", "green", "\u518d\u89c1", "two", "grey"]
    assert model.predict(histories) == replies
    pieces: list[str] = []
    assert model.reply(["one", "two"], write=pieces.append) == "three" == "".join(pieces)
    assert model.predict(["red"], stop_strings=["en"]) == ["gre"]
    drawn = [model.reply("one", do_sample=True, temperature=5.0, seed=seed) for seed in range(4)]
    assert len(set(drawn)) > 1
    assert drawn == [model.reply("one", do_sample=True, temperature=5.0, seed=seed) for seed in range(4)]


def test_rows_hold_speakers_and_ends(model: DialogueModel) -> None:
    tokenizer = model.tokenizer_
    one, two = (tokenizer.token_to_id(f"<speaker{k}>") for k in (1, 2))
    text = ["a </s> <speaker2> b", "c"]
    rows = turn_ids(tokenizer, text)
    assert [row[0] for row in rows] == [one, two] and [row[-1] for row in rows] == [
        tokenizer.end_token_id
    ] * 2
    assert not {one, two, tokenizer.end_token_id} & set(rows[0][1:-1])  # of the text no token is special
    assert tokenizer.decode(rows[0]) == text[0]
    assert model.token_ids([text]) == [[*rows[0], *rows[1]]]


@pytest.mark.parametrize("limit", [7, 8, 13, 40, 1000])
def test_windows_teach_each_token_once_with_whole_turns_before_it(limit: int) -> None:
    turns, token = [], 0
    for length in np.random.default_rng(limit).integers(1, 8, size=30):
        turns.append(list(range(token, token + length)))
        token += length
    starts, learned, n_alone, last = {turn[0] for turn in turns}, [], 0, -1
    for ids, labels in dialogue_windows(turns, limit):
        assert len(ids) <= limit and ids[0] in starts and ids == list(range(ids[0], ids[0] + len(ids)))
        is_context = [label < 0 for label in labels]
        assert is_context == sorted(is_context, reverse=True) and sum(is_context) <= limit // 2
        assert [label for label in labels if label >= 0] == [here + 1 for here in ids[sum(is_context) :]]
        n_alone += ids[0] > last
        last = labels[-1]
        learned += [label for label in labels if label >= 0]
    # Only what begins a window without context is never predicted, as nothing stands before it.
    assert learned == sorted(set(learned)) and len(learned) == token - n_alone
    assert n_alone == 1 or limit < 14


def test_a_turn_longer_than_a_window_is_cut_off() -> None:
    windows = list(dialogue_windows([list(range(9)), [20, 21]], 4))
    assert windows == [([0, 1, 2, 3], [1, 2, 3, 4]), ([20], [21])]


def test_prompts_keep_the_last_whole_turns(model: DialogueModel) -> None:
    tokenizer = model.tokenizer_
    history = [f"turn {k}" for k in range(9)]
    pieces = turn_ids(tokenizer, history)
    for room in range(3, 60):
        prompt = prompt_of(tokenizer, history, room)
        assert len(prompt) <= room and prompt[-1] == tokenizer.token_to_id("<speaker2>")
        kept = [piece for k in range(10) for piece in pieces[9 - k :] if len(sum(pieces[9 - k :], [])) < room]
        n = max((k for k in range(10) if len(sum(pieces[9 - k :], [])) < room), default=0)
        if n:
            assert kept and prompt[:-1] == sum(pieces[9 - n :], [])
        else:  # the end of a turn that is too long by itself
            assert prompt[0] == pieces[-1][0] and prompt[1:-1] == pieces[-1][1:][-(room - 2) :]


def test_what_does_not_fit_is_as_if_it_had_not_been_said(model: DialogueModel) -> None:
    long, short = ["zz " * 30, "yy", "red"], ["", "yy", "red"]
    prompts = [prompt_of(model.tokenizer_, history, 20) for history in (long, short)]
    assert prompts[1][-len(prompts[0]) :] == prompts[0]
    assert isinstance(model.reply(["word " * 500]), str)
    with pytest.raises(ValueError, match="max_new_tokens"):
        model.reply("one", max_new_tokens=40)


def test_perplexity_is_that_of_all_tokens(model: DialogueModel) -> None:
    rows = model.token_ids(DIALOGUES[:3])
    total, count = 0.0, 0
    with torch.no_grad():
        for row in rows:
            logits = model.model_(torch.tensor([row[:-1]])).logits[0].double().log_softmax(-1)
            total -= float(logits[torch.arange(len(row) - 1), row[1:]].sum())
            count += len(row) - 1
    found = model.perplexity(DIALOGUES[:3])
    assert found.n_tokens == count
    np.testing.assert_allclose(found.loss, total / count, rtol=1e-5)
    kneser_ney = NGramLM(3, vocab_size=model.tokenizer_.vocab_size).fit(model.token_ids(DIALOGUES))
    assert perplexity(kneser_ney, rows).n_tokens == count


def test_a_saved_model_replies_the_same_and_is_a_gpt2(model: DialogueModel, tmp_path: Path) -> None:
    model.save(tmp_path / "bot")
    loaded = DialogueModel.load(tmp_path / "bot", device="cpu")
    assert loaded.predict(["one", "red"]) == ["two", "green"]
    assert loaded.token_ids([["</s>", "a"]]) == model.token_ids([["</s>", "a"]])
    assert (loaded.n_dialogues_, loaded.max_length_) == (len(DIALOGUES), 40)
    assert pickle.loads(pickle.dumps(model)).predict(["one"]) == ["two"]
    config = (tmp_path / "bot" / "config.json").read_text()
    assert '"GPT2LMHeadModel"' in config
    transformers = pytest.importorskip("transformers")
    theirs = transformers.AutoModelForCausalLM.from_pretrained(tmp_path / "bot")
    ids = torch.tensor([prompt_of(model.tokenizer_, ["one", "two"], 30)])
    with torch.no_grad():
        torch.testing.assert_close(theirs(ids).logits, model.model_(ids).logits, rtol=1e-4, atol=1e-4)
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path / "bot")
    assert tokenizer("<speaker1>one</s><speaker2>two</s><speaker1>")["input_ids"] == ids[0].tolist()


def test_a_pretrained_decoder_learns_the_speakers(tmp_path: Path) -> None:
    tokenizer = Tokenizer.train_from_texts(["one two three red green blue"] * 4, "bpe", 280)  # as GPT-2's
    body = DecoderModel(
        TransformerConfig.gpt(tokenizer.vocab_size, hidden_size=16, num_layers=1, max_length=32)
    )
    body.save_pretrained(tmp_path / "gpt")
    tokenizer.save(tmp_path / "gpt")
    found = DialogueModel(pretrained=tmp_path / "gpt", epochs=1, validation_fraction=0.0).fit(DIALOGUES)
    assert found.model_.config.vocab_size == tokenizer.vocab_size + 2 and found.max_length_ == 32
    assert found.tokenizer_.end_token_id == tokenizer.end_token_id
    found.save(tmp_path / "bot")
    again = DialogueModel(pretrained=tmp_path / "bot", epochs=1, validation_fraction=0.0).fit(DIALOGUES)
    assert again.tokenizer_.vocab_size == found.tokenizer_.vocab_size
    assert isinstance(DialogueModel.load(tmp_path / "bot").reply("one"), str)
    with pytest.raises(ValueError, match="knows no turns"):
        DialogueModel.load(tmp_path / "gpt")


def test_more_tokens_change_no_logit_of_the_others() -> None:
    model = DecoderModel(
        TransformerConfig.gpt(20, hidden_size=8, num_layers=1, num_heads=2, max_length=8)
    ).eval()
    ids = torch.tensor([[1, 2, 3]])
    with torch.no_grad():
        before, after = model(ids).logits, with_more_tokens(model, 23).eval()(ids).logits
    torch.testing.assert_close(after[..., :20], before)
    torch.testing.assert_close(after[..., 20:], before.mean(-1, keepdim=True).expand(1, 3, 3))


def test_held_out_dialogues_choose_the_weights() -> None:
    plain = DialogueModel(epochs=2, **SMALL)
    found = plain.fit([*DIALOGUES * 2, ["alone"], []])
    assert (found.n_dialogues_, found.n_held_out_, found.n_left_out_) == (34, 2, 2)
    assert len(found.validation_curve_) > 1
    again = clone(plain).fit([*DIALOGUES * 2, ["alone"], []])
    assert all((a == b).all() for a, b in zip(found.model_.parameters(), again.model_.parameters()))
    given = clone(plain).fit(DIALOGUES, validation=[["one", "two"]])
    assert (given.n_dialogues_, given.n_held_out_) == (18, 1)


def test_turns_that_do_not_fit_are_counted() -> None:
    with pytest.warns(UserWarning, match="1 turn of DialogueModel.fit"):
        found = DialogueModel(epochs=1, **SMALL).fit([*DIALOGUES, ["zqxv " * 60, "yes"]])
    assert found.n_truncated_ == 1


@pytest.mark.parametrize(
    ("dialogues", "message"),
    [
        ([], "a dialogue of two turns"),
        ([["alone"], []], "a dialogue of two turns"),
        (["abc"], "list of turns"),
        ("abc", "list of dialogues"),
        ([["a", 1]], "must be a str"),
        ([["a", None]], "must be a str"),
    ],
)
def test_bad_dialogues_are_named(dialogues: Any, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        DialogueModel(**SMALL).fit(dialogues)
