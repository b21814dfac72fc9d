"""The F1 of a CRF tagger on the same entities, spelled in each tag scheme: python tests/benchmarks/bench_schemes.py.

The first `--sentences` of a training file are learned, and the F1 is that on a development file, whose tags keep the
spelling that they have.
"""

import argparse
import os
import warnings
from pathlib import Path

from wordvec.pipelines import CRFTagger, TokenFeatures, entity_scores
from wordvec.pipelines.datasets import read_tagged
from wordvec.schemes import convert_tags, detect_scheme, tags_to_spans
from wordvec.schemes.prefixes import SCHEMES

SETS = {
    "resume": ("resume-ner/train.char.bmes", "resume-ner/dev.char.bmes", "char"),
    "weibo": ("weibo-ner/weiboNER_2nd_conll.train", "weibo-ner/weiboNER_2nd_conll.dev", "char"),
    "cluener": ("cluener2020/train.json.xz", "cluener2020/dev.json", "char"),
    "conll2003": ("conll2003-en/eng.train.xz", "conll2003-en/eng.testa", "word"),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", default=["resume"], help=f"of {', '.join(SETS)}")
    parser.add_argument("--sentences", type=int, default=800)
    parser.add_argument("--iterations", type=int, default=100)
    options = parser.parse_args()
    data = Path(os.environ["WORDVEC_DATA"])
    print("| scheme |", " | ".join(options.sets), "|\n|---" + "|---" * len(options.sets) + "|")
    rows = {scheme: [] for scheme in SCHEMES}
    for name in options.sets:
        train, dev, kind = SETS[name]
        (X, y), (X_dev, y_dev) = read_tagged(data / train), read_tagged(data / dev)
        X, y = X[: options.sentences], y[: options.sentences]
        for scheme in SCHEMES:
            tags = convert_tags(y, scheme)
            assert list(map(tags_to_spans, tags)) == list(map(tags_to_spans, y))
            with warnings.catch_warnings():
                warnings.simplefilter("error")  # nothing may be amiss with legal tags
                tagger = CRFTagger(
                    features=TokenFeatures(kind=kind), max_iter=options.iterations, verbose=False
                ).fit(X, tags)
            assert tagger.scheme_ == detect_scheme(tags)
            f1 = entity_scores(y_dev, tagger.predict(X_dev)).micro.f1
            told = "" if tagger.scheme_ == scheme else f" (as {tagger.scheme_})"
            rows[scheme].append(f"{f1:.3f}{told}")
    for scheme, cells in rows.items():
        print("|", " | ".join([scheme, *cells]), "|")


if __name__ == "__main__":
    main()
