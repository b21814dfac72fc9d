"""The tokenizers of English text."""

from __future__ import annotations

import pytest

from wordvec.text import ptb_spans, split_ptb, split_ud, ud_spans

# Text, and its tokens in the manner of the Penn Treebank, parted by blanks.
BOTH = {
    "Dr. Smith's team flew to Paris, London and New York.": "Dr. Smith 's team flew to Paris , London and New York .",
    "He said: \"I can't, won't and don't!\"": "He said : \" I ca n't , wo n't and do n't ! \"",
    "“It’s O’Brien’s,” she said… ‘Really?’": "“ It ’s O’Brien ’s , ” she said … ‘ Really ? ’",
    "WE'RE NOT, DON'T": "WE 'RE NOT , DO N'T",
    "Ask a.d@mail.com (see http://x.org/a_(b)?q=1, ok).": "Ask a.d@mail.com ( see http://x.org/a_(b)?q=1 , ok ) .",
    "It grew 3.5% to $1,200.50 in Q2.": "It grew 3.5 % to $ 1,200.50 in Q2 .",
    "She lives in the U.S. He doesn't. Mr. J. R. Lee left.": "She lives in the U.S. He does n't . Mr. J. R. Lee left .",
    "He lives in the U.S.": "He lives in the U.S .",
    "the dogs' owner, 10 o'clock": "the dogs ' owner , 10 o'clock",
    "and/or; he/she": "and / or ; he / she",
    "I cannot, gonna go": "I can not , gon na go",
    "AT&T and S&P; US$5": "AT&T and S&P ; US$ 5",
    "Ph.D. students at 5 p.m. on Sept. 12": "Ph.D. students at 5 p.m. on Sept. 12",
    "Wait... no -- yes!!! At 12/05/2021": "Wait ... no -- yes !!! At 12/05/2021",
    "Hello world.Next one": "Hello world . Next one",
    "naïve cafe\u0301 नमस्ते दुनिया, C++": "naïve cafe\u0301 नमस्ते दुनिया , C++",
    "``Yes,'' he said": "`` Yes , '' he said",
    "😀😀 👩\u200d👩\u200d👧.": "😀 😀 👩\u200d👩\u200d👧 .",
    "❤\ufe0f👍🏽 in 🇫🇷🇩🇪, 1\ufe0f\u20e3": "❤\ufe0f 👍🏽 in 🇫🇷 🇩🇪 , 1\ufe0f\u20e3",
    "  two\tblanks \u3000 ": "two blanks",
    "": "",
}


@pytest.mark.parametrize("split", [split_ptb, split_ud])
@pytest.mark.parametrize("text", BOTH)
def test_what_both_do(split, text):
    assert split(text) == BOTH[text].split()


@pytest.mark.parametrize(
    ("text", "ptb", "ud"),
    [
        ("a well-known e-mail", "a well-known e-mail", "a well - known e-mail"),
        ("pro-Iraqi, non-Arab co-workers", "pro-Iraqi , non-Arab co-workers", "pro-Iraqi , non-Arab co-workers"),
        ("won 6-3 in the U.S.-led race", "won 6-3 in the U.S.-led race", "won 6 - 3 in the U.S. - led race"),
        ("at 5:30pm, 7kg", "at 5:30pm , 7kg", "at 5:30 pm , 7 kg"),
        ("fun :) ;-) <3", "fun :) ;-) < 3", "fun :) ;-) <3"),
        ("dont, Im, youre", "dont , Im , youre", "do nt , I m , you re"),
        ("in the '90s, '96", "in the ' 90s , ' 96", "in the '90s , '96"),
        ("plan-2.doc at example.com now", "plan-2.doc at example.com now", "plan-2.doc at example.com now"),
        ("1. Kim won", "1. Kim won", "1 . Kim won"),
        ("713-853-3989 or 1/2", "713-853-3989 or 1/2", "713-853-3989 or 1 / 2"),
    ],
)  # fmt: skip
def test_where_they_differ(text, ptb, ud):
    assert (split_ptb(text), split_ud(text)) == (ptb.split(), ud.split())


@pytest.mark.parametrize("find", [ptb_spans, ud_spans])
@pytest.mark.parametrize(
    "text",
    [
        *BOTH,
        "a\x00b \ud800 \U0001f600\U0001f600 ---===*** '' `` ´s 's",
        "x" * 50_000,
        "." * 50_000,
        "a.b." * 9_000,
        "don" * 9_000 + "'t",
    ],
)
def test_offsets_cover_all_but_white_space(find, text):
    spans = find(text)
    assert all(a < b for a, b in spans) and all(b <= c for (_, b), (c, _) in zip(spans, spans[1:]))
    assert "".join(text[a:b] for a, b in spans) == "".join(text.split())
    assert not any(character.isspace() for a, b in spans for character in text[a:b])


def test_plain_sentences_are_cut_as_nltk_cuts_them():
    tokenizer = pytest.importorskip("nltk.tokenize").NLTKWordTokenizer()
    for text in (
        "Mr. Brown isn't in the office, but Mrs. Green's assistant is.",
        "The price fell 2.5 percent to $40 (about 30 euros); nobody's surprised.",
        "We've seen it, they'll see it, and I'd say she's right.",
    ):
        assert split_ptb(text) == tokenizer.tokenize(text)


def test_plain_sentences_are_cut_as_spacy_cuts_them():
    tokenizer = pytest.importorskip("spacy").blank("en").tokenizer
    for text in (
        "Dr. Smith's well-known e-mail didn't arrive, did it?",
        "I cannot go to the U.S. (yet), so we'll call at 5:30 instead.",
    ):
        tokens = [token.text for token in tokenizer(text)]
        assert split_ud(text) == "|".join(tokens).replace("e|-|mail", "e-mail").split("|")
