"""Topics against true labels: normalised mutual information of TopicModel and of k-means on TF-IDF with SVD.

    python tests/benchmarks/bench_topics.py [--vectors en.safetensors] [--vectors-zh zh.safetensors] [--seeds 3]

20 Newsgroups without headers (long, English) and THUCNews titles (short, Chinese), training splits, with as many
clusters as there are labels. "own" vectors are learned from the same texts (PPMISVD); those of a file from others.
Stop words are left out in all rows. Means and standard deviations over seeds of k-means, and the seconds of a run.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.cluster import KMeans
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import normalized_mutual_info_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer

from wordvec.embeddings.ppmi import PPMISVD
from wordvec.pipelines.datasets.loading import load_dataset
from wordvec.pipelines.preprocessing.linguistics import stop_words
from wordvec.pipelines.topics.model import TopicModel
from wordvec.text.tokenizers import resolve_tokenizer
from wordvec.vectors.keyed_vectors import KeyedVectors

SVD_SIZE = 100


def load_tokens(name: str) -> tuple[list[list[str]], list[str], str]:
    """Return the texts as tokens, their labels, and the language."""
    language = "zh" if name == "thucnews-titles" else "en"
    split = load_dataset(name, "train")
    texts = split.texts
    if name == "20news-bydate":
        texts = [text.partition("\n\n")[2] for text in texts]  # the header tells the group
    tokenize = resolve_tokenizer("zh" if language == "zh" else "word", lowercase=True)
    return [tokenize(text) for text in texts], split.labels, language


def tfidf_clusters(tokens: list[list[str]], n_clusters: int, language: str, seed: int) -> np.ndarray:
    """Return the labels of k-means on TF-IDF with SVD."""
    stops = stop_words(language)
    model = make_pipeline(
        TfidfVectorizer(
            analyzer=lambda text: [word for word in text if word not in stops], min_df=2, sublinear_tf=True
        ),
        TruncatedSVD(SVD_SIZE, random_state=seed),
        Normalizer(),
        KMeans(n_clusters, n_init=10, random_state=seed),
    )
    return model.fit_predict(tokens)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--vectors-zh", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    args = parser.parse_args()
    for name in ("20news-bydate", "thucnews-titles"):
        tokens, labels, language = load_tokens(name)
        n_topics = len(set(labels))
        own = PPMISVD(min_count=5, verbose=False).fit(tokens).wv_
        path = args.vectors_zh if language == "zh" else args.vectors
        sources: dict[str, Any] = {"own": own, **({"file": KeyedVectors.load(path)} if path else {})}
        runs = {"TF-IDF + SVD": lambda seed: tfidf_clusters(tokens, n_topics, language, seed)}  # noqa: B023
        for source, vectors in sources.items():
            for size in (0, SVD_SIZE):
                model = TopicModel(vectors, n_topics, lexical_size=size)
                what = f"TopicModel, {source} vectors" + (", lexical part" if size else " alone")
                runs[what] = lambda seed, model=model: model.set_params(random_state=seed).fit_predict(tokens)  # noqa: B023
        for what, run in runs.items():
            start = time.perf_counter()
            scores = [normalized_mutual_info_score(labels, run(seed)) for seed in range(args.seeds)]
            seconds = (time.perf_counter() - start) / args.seeds
            print(
                f"{name:16s} {what:44s} {np.mean(scores):.3f} ± {np.std(scores):.3f} {seconds:6.1f} s",
                flush=True,
            )


if __name__ == "__main__":
    main()
