"""Raw texts as numbers of words, by bytes, against tokenizers called text by text."""

import random

import numpy as np
import pytest

from wordvec.text.encoded_texts import encode_all, look_up
from wordvec.text.tokenizers import resolve_tokenizer

LETTERS = (
    "ab1.,'-_ \n\u2019\u0301\u0967\u200d\u4e2d\u3002\xc9\xdf\u3000\u0663\xb2\xa0x9\0\x1c\u02bc\u0130\u03a3"
)


def random_texts(n_texts):
    rng = random.Random(1)
    for _ in range(n_texts):
        yield "".join(rng.choice(LETTERS) for _ in range(rng.randrange(30)))
        yield "".join(
            chr(rng.choice([rng.randrange(0x2100), rng.randrange(0x10000, 0x20000)])) for _ in range(9)
        )


@pytest.mark.parametrize("lowercase", [False, True])
@pytest.mark.parametrize("name", ["whitespace", "word"])
def test_raw_texts_equal_their_tokens(name, lowercase):
    texts = [*random_texts(3000), "", "a \ud800", *random_texts(2000), ["Of", "tokens"], "", "end"]
    tokenize = resolve_tokenizer(name, lowercase)
    want = [tokenize(text) if isinstance(text, str) else text for text in texts]
    encoded, words = encode_all(texts, tokenize, "test")
    assert words == list(dict.fromkeys(token for tokens in want for token in tokens))
    assert encoded.ids.dtype == np.int32
    assert [[words[k] for k in encoded.ids[a:b]] for a, b in zip(encoded.starts, encoded.starts[1:])] == want

    rows = {word: row for row, word in enumerate(words[::3])}
    found = look_up(texts, tokenize, rows, "test")
    np.testing.assert_array_equal(found.starts, encoded.starts)
    assert found.ids.tolist() == [rows.get(token, -1) for tokens in want for token in tokens]


@pytest.mark.parametrize("place", [0, 20, 5000])
def test_what_is_no_text_is_named(place):
    texts = ["a text"] * 5001
    texts[place] = 7
    with pytest.raises(TypeError, match=rf"[Tt]ext {place} |texts\[{place}\]"):
        encode_all(texts, str.split, "test")
    texts[place] = ["a", 7]
    with pytest.raises(TypeError, match=rf"[Tt]ext {place} |texts\[{place}\]"):
        look_up(texts, str.split, {"a": 0}, "test")
