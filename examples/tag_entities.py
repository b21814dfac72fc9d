"""Train a named-entity tagger, evaluate it on held-out sentences, and show what it has learned.

The sentences, with invented names, are included in wordvec. Usage: tag_entities.py ["Your own sentence ."]
"""

import sys

from wordvec_data import sample_path

from wordvec.pipelines import CRFTagger, entity_scores
from wordvec.pipelines.tagging import read_conll, tags_to_spans

N_HELD_OUT = 10


def show(tokens: list[str], tags: list[str]) -> str:
    """Return the sentence with its entities in brackets."""
    words = list(tokens)
    for label, begin, end in tags_to_spans(tags):
        words[begin] = f"[{label} {words[begin]}"
        words[end - 1] += "]"
    return " ".join(words)


def main() -> None:
    """Train, tag, score, explain."""
    corpus = read_conll(sample_path("sample-ner.conll"))
    tagger = CRFTagger(c2=0.1, verbose=False)
    tagger.fit(corpus.tokens[:-N_HELD_OUT], corpus.tags[:-N_HELD_OUT])
    tokens, tags = corpus.tokens[-N_HELD_OUT:], corpus.tags[-N_HELD_OUT:]
    predicted = tagger.predict(tokens)
    for sentence, found in zip(tokens[:5], predicted):
        print(show(sentence, found))
    if len(sys.argv) > 1:
        own = sys.argv[1].split()
        print(show(own, tagger.predict([own])[0]))
    print()
    print(entity_scores(tags, predicted))
    print()
    print(tagger.explain(topn=2))
    tagger.save("tagger.safetensors")
    print("\nLoad tagger.safetensors with CRFTagger.load, `wordvec tag predict` or in spaCy.")


if __name__ == "__main__":
    main()
