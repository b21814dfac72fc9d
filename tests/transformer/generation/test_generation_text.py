"""The text of generations: stop strings, streams, real tokenizers, tokens as they come."""

import pytest

from wordvec.tokenizers.tokenizer import Tokenizer
from wordvec.transformer import DecoderModel, TransformerConfig
from wordvec.transformer.generation.generate import generate
from wordvec.transformer.generation.streaming import TextStream

from .support import PROMPTS, Letters, decoder, randomised


def test_stop_strings():
    model, letters = decoder(eos_token_id=None), Letters()
    whole = generate(model, [[7, 2]], max_new_tokens=12, tokenizer=letters)[0]
    assert (whole.reason, len(whole.text)) == ("length", 12)
    stop = whole.text[4:6]
    place = whole.text.index(stop)
    for options in ({}, {"use_cache": False}):
        cut = generate(
            model, [[7, 2]], max_new_tokens=12, tokenizer=letters, stop_strings=["@", stop], **options
        )[0]
        assert cut.reason == "stop"
        assert cut.text == whole.text[:place]
        assert cut.token_ids == whole.token_ids[: place + 2]
    beams = generate(
        model, [[7, 2]], max_new_tokens=12, num_beams=3, tokenizer=letters, stop_strings=list("abcdefgh")
    )[0]
    assert beams.reason in ("stop", "length")
    assert not set(beams.text) & set("abcdefgh")


def test_streamed_text_is_the_text():
    model, letters = decoder(eos_token_id=None), Letters()
    whole = generate(model, [[7, 2]], max_new_tokens=12, tokenizer=letters)[0].text
    for stops in ((), (whole[5:8],), (whole[3] + "@",)):
        pieces = []
        stream = TextStream(letters, pieces.append, stops)
        final = generate(
            model, [[7, 2], [3]], max_new_tokens=12, tokenizer=letters, stop_strings=stops, on_token=stream
        )[0]
        stream.end()
        assert "".join(pieces) == final.text
        assert len(pieces) > 2 or stops


def test_a_stream_holds_back_half_characters(capsys):
    class Bytes:
        def decode(self, token_ids, skip_special_tokens=True):
            return bytes(token_ids).decode("utf-8", errors="replace")

    pieces = []
    stream = TextStream(Bytes(), pieces.append)
    for byte in "aé中b".encode():
        stream(0, byte)
        stream(1, 33)
    assert pieces == ["a", "é", "中", "b"]
    stream(0, 0xE4)
    assert len(pieces) == 4
    stream.end()
    assert pieces[4:] == ["\ufffd"]
    printed = TextStream(Bytes())
    printed(0, 65)
    assert capsys.readouterr().out == "A"


@pytest.mark.smoke
@pytest.mark.parametrize("kind", ["bpe", "wordpiece", "char"])
def test_texts_of_real_tokenizers(kind):
    texts = ["to be or not to be, that is the question", "我喜欢吃苹果，也喜欢喝茶"] * 3
    tokenizer = Tokenizer.train_from_texts(texts, kind=kind, vocab_size=300)
    model = randomised(
        DecoderModel(TransformerConfig.gpt(tokenizer.vocab_size, hidden_size=16, num_layers=1, num_heads=2))
    )
    prompt = tokenizer.encode("to be 喜欢", add_special_tokens=False)
    pieces = []
    stream = TextStream(tokenizer, pieces.append)
    options = dict(max_new_tokens=60, do_sample=True, top_k=40, tokenizer=tokenizer)
    found = generate(model, [prompt], on_token=stream, **options)[0]
    stream.end()
    assert "".join(pieces) == found.text == tokenizer.decode(found.token_ids)
    stop = found.text[len(found.text) // 2 :][:2]
    cut = generate(model, [prompt], stop_strings=stop, **options)[0]
    assert cut.reason == "stop"
    assert cut.text == found.text[: found.text.index(stop)]


def test_tokens_are_reported_as_they_come():
    heard = []
    model = decoder()
    found = generate(model, PROMPTS, max_new_tokens=9, on_token=lambda row, token: heard.append((row, token)))
    for row, generation in enumerate(found):
        assert [token for heard_row, token in heard if heard_row == row] == generation.token_ids
