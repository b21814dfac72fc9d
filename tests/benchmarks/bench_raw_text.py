"""Tagging of raw English: the tokens found, and the names, against those of given tokens.

    python tests/benchmarks/bench_raw_text.py [--dev] [--c1 X] [--c2 X]

The text of UD English EWT is that of its "# text" lines; that of CoNLL-2003 is put together from its tokens by the
rules of `detokenised`. Prints the F1 of the offsets of tokens, and the F1 of CoNLL-2003's names by a tagger with its
standard features from given tokens and from raw text, where a name is right if its type and its characters are.
The tokenizers were written with the training and development parts alone; --dev scores the latter, without it the
test parts are scored. Needs WORDVEC_DATA.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence

from wordvec.pipelines import CRFTagger
from wordvec.pipelines.datasets.loading import load_dataset
from wordvec.pipelines.metrics.entities import entity_scores
from wordvec.pipelines.tagging import convert_tags
from wordvec.pipelines.tagging.raw_text import spans_of_text
from wordvec.text import align_tokens, fitting_tokenizer, span_tokenizer

_CLOSES = re.compile(r"[.,;:?!%)\]}]|\.{2,}|'(?:s|m|d|re|ve|ll|S|M|D|RE|VE|LL)|n't|N'T")
_OPENS = re.compile(r"[(\[{#]|[A-Z]{0,3}\$")


def detokenised(tokens: Sequence[str]) -> str:
    """Return tokens as text: marks stick to the word before, brackets and currencies to the next, quotes by turns."""
    text = ""
    sticks = True
    is_open = {'"': False, "'": False}
    for t, token in enumerate(tokens):
        closes, opens = _CLOSES.fullmatch(token) is not None, _OPENS.fullmatch(token) is not None
        if (
            token == "'"
            and not is_open[token]
            and t
            and tokens[t - 1][-1:] in "sS"
            and token not in tokens[t + 1 :]
        ):
            closes = True  # a possessive
        elif token in is_open:
            closes, opens = is_open[token], not is_open[token]
            is_open[token] = opens
        elif token == "/":
            closes = opens = True
        text += ("" if sticks or closes else " ") + token
        sticks = opens
    return text


def token_f1(texts: Sequence[str], sentences: Sequence[Sequence[str]], name: str) -> float:
    """Return the F1 of the offsets that the tokenizer `name` finds."""
    find = span_tokenizer(name)
    n_right = n_all = 0
    for text, tokens in zip(texts, sentences):
        found, wanted = set(find(text)), set(align_tokens(text, tokens))
        n_right += len(found & wanted)
        n_all += len(found) + len(wanted)
    return 2 * n_right / n_all


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--dev", action="store_true")
    parser.add_argument("--c1", type=float, default=0.05)
    parser.add_argument("--c2", type=float, default=0.05)
    options = parser.parse_args()
    part = "dev" if options.dev else "test"

    ewt = {name: load_dataset("ud-english-ewt", name) for name in ("train", part)}
    names = fitting_tokenizer(ewt["train"].tokens)
    texts = [next(line[9:] for line in rows if line.startswith("# text = ")) for rows in ewt[part].comments]
    print(f"EWT {part}: tokenizer {names}, token F1 {token_f1(texts, ewt[part].tokens, names):.4f}")

    conll = {name: load_dataset("conll2003-en", name) for name in ("train", part)}
    tags = {name: convert_tags(corpus.tags, "IOB2") for name, corpus in conll.items()}
    sentences = conll[part].tokens
    texts = [detokenised(tokens) for tokens in sentences]
    tagger = CRFTagger(c1=options.c1, c2=options.c2).fit(conll["train"].tokens, tags["train"])
    print(
        f"CoNLL-2003 {part}: tokenizer {tagger.tokenizer_}, token F1 "
        f"{token_f1(texts, sentences, tagger.tokenizer_):.4f}"
    )
    given = entity_scores(tags[part], tagger.predict(sentences)).micro.f1
    n_right = n_all = 0
    for text, tokens, row, tagged in zip(texts, sentences, tags[part], tagger.tag_texts(texts)):
        wanted = {(s.type, s.start, s.end) for s in spans_of_text(text, align_tokens(text, tokens), row)}
        found = {(s.type, s.start, s.end) for s in tagged.spans}
        n_right += len(found & wanted)
        n_all += len(found) + len(wanted)
    print(
        f"CoNLL-2003 {part}: F1 of names from given tokens {given:.4f}, from raw text {2 * n_right / n_all:.4f}"
    )


if __name__ == "__main__":
    main()
