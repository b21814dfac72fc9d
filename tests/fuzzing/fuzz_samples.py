"""What is fuzzed: for each reader small files that it reads, and a call that reads them and uses the result once."""

import contextlib
import gzip
import io
import json
import lzma
import tarfile
import zipfile
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

WORDS = ["the", "cat", "sat", "on", "mat", "dog", "ran", "café", "猫", "a"]
SENTENCES = [["the", "cat", "sat", "on", "the", "mat"], ["a", "dog", "ran"], ["café", "猫", "the", "dog"]] * 6
TEXTS = [" ".join(words) for words in SENTENCES]
LABELS = ["cat", "dog", "other"] * 6
TAGS = [
    ["O", "B-ANIMAL", "O", "O", "O", "B-THING"],
    ["O", "B-ANIMAL", "O"],
    ["O", "B-ANIMAL", "O", "B-ANIMAL"],
] * 6
QUICK = {"n_jobs": 1, "verbose": False}


@dataclass(frozen=True)
class Reader:
    """A reader with its samples.

    Attributes
    ----------
    make : function
        From a new folder to the names of the files in it that are changed.
    read : function
        From the folder and the file that was changed to anything.
    is_fast : bool
        Whether making and reading takes so little that every run of the tests can have it.
    """

    make: Any
    read: Any
    is_fast: bool = False


READERS: dict[str, Reader] = {}


def reader(make, name=None, *, is_fast=False):
    """Register the function below, which reads a file or folder that `make` makes."""

    def register(read):
        READERS[name or read.__name__] = Reader(make, read, is_fast)
        return read

    return register


def texts(**files):
    """Return a maker of text files; `_` in the names stands before the extension."""

    def make(folder):
        for name, text in files.items():
            (folder / name.replace("_", ".")).write_text(text, encoding="utf-8")
        return [name.replace("_", ".") for name in files]

    return make


def saved(build, *names):
    """Return a maker of files that `build` returns an object for, which has `save`."""

    def make(folder):
        for name in names:
            build().save(folder / name)
        return list(names)

    return make


def keyed_vectors():
    from wordvec import KeyedVectors

    table = np.random.default_rng(1).normal(size=(len(WORDS), 4)).astype(np.float32)
    return KeyedVectors(table, WORDS, counts=np.arange(len(WORDS), 0, -1))


def packed_vectors(folder):
    keyed_vectors().save(folder / "v.txt")
    content = (folder / "v.txt").read_bytes()
    (folder / "v.txt.gz").write_bytes(gzip.compress(content))
    (folder / "v.txt.xz").write_bytes(lzma.compress(content))
    with zipfile.ZipFile(folder / "v.zip", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("v.txt", content)
    for name, mode in (("v.tar", "w"), ("v.tar.gz", "w:gz")):
        with tarfile.open(folder / name, mode) as file:
            info = tarfile.TarInfo("v.txt")
            info.size = len(content)
            file.addfile(info, io.BytesIO(content))
    keyed_vectors().save(folder / "v.bin.bz2")
    with contextlib.suppress(ImportError):
        keyed_vectors().save(folder / "v.glove.txt.zst")
    return [path.name for path in sorted(folder.iterdir()) if path.name != "v.txt"]


@cache
def compile_kernels(folder):
    """Read text once: what is no longer a file of its kind may be read as text, and loading Numba takes memory."""
    path = folder / "first.txt"
    keyed_vectors().save(path)
    text_vectors(path)


def train_further(classifier):
    # Huge numbers may diverge, and other words be none of the texts'.
    with contextlib.suppress(FloatingPointError, ValueError):
        classifier.set_params(epochs=1, n_jobs=1).partial_fit(TEXTS[:2], classifier.classes_[:2])


def use_vectors(vectors):
    vectors.most_similar(vectors.index_to_key[0], topn=2)
    return vectors


@reader(saved(keyed_vectors, "v.txt", "v.vec", "v.glove.txt"), is_fast=True)
def text_vectors(path):
    from wordvec import KeyedVectors

    return use_vectors(KeyedVectors.load(path))


@reader(saved(keyed_vectors, "v.bin"), is_fast=True)
def binary_vectors(path):
    return text_vectors(path)


@reader(packed_vectors, is_fast=True)
def packed_and_archived_vectors(path):
    return text_vectors(path)


@reader(saved(keyed_vectors, "v.safetensors"), is_fast=True)
def safetensors_vectors(path):
    from wordvec import KeyedVectors

    KeyedVectors.load(path, mmap=True, verify=True)
    KeyedVectors.load(path, limit=3)
    return text_vectors(path)


def estimators(name, names, build, load, use=None, *, is_fast=False):
    """Register a reader of models: `build` makes one, `load` returns a function that reads it."""

    def read(path):
        model = load()(path)
        if use is not None:
            use(model)
        return model

    READERS[name] = Reader(saved(build, *names), read, is_fast)


def fitted(path, *args, y=None, **options):
    """Return a function that fits an estimator, named by its module and class."""

    def build():
        data = SENTENCES if y in (None, "tags") else TEXTS
        made = attribute(path)(*[a() if callable(a) else a for a in args], **options)
        return made.fit(data, *([TAGS] if y == "tags" else [LABELS] if y else []))

    return build


def attribute(path):
    """Return what "module:name" or "module:name.attribute" names."""
    import importlib

    module, _, names = path.partition(":")
    found = importlib.import_module(module)
    for name in names.split("."):
        found = getattr(found, name)
    return found


def loader(path):
    return lambda: attribute(f"{path}.load")


OWN = "m.safetensors"
W2V, PIPES = "wordvec:Word2Vec", "wordvec.pipelines"
SMALL = {"vector_size": 4, "min_count": 1, "epochs": 1, **QUICK}
estimators(
    "Word2Vec", [OWN], fitted(W2V, **SMALL), loader(W2V),
    lambda m: m.set_params(vector_size=4).partial_fit(SENTENCES[:3]),
)  # fmt: skip
estimators(
    "GloVe", [OWN], fitted("wordvec:GloVe", **SMALL), loader("wordvec:GloVe"), lambda m: use_vectors(m.wv_)
)
estimators(
    "PPMISVD", [OWN], fitted("wordvec:PPMISVD", vector_size=3, min_count=1, **QUICK), loader("wordvec:PPMISVD"),
    lambda m: use_vectors(m.wv_),
)  # fmt: skip
estimators(
    "EmbeddingClassifier", [OWN],
    fitted("wordvec:EmbeddingClassifier", y="labels", vector_size=4, min_count=1, epochs=1, **QUICK),
    loader("wordvec:EmbeddingClassifier"), lambda m: (m.predict(TEXTS[:2]), train_further(m)),
)  # fmt: skip
estimators(
    "TextClassifier", [OWN], fitted(f"{PIPES}:TextClassifier", y="labels", **QUICK), loader(f"{PIPES}:TextClassifier"),
    lambda m: m.predict(TEXTS[:2]),
)  # fmt: skip
estimators(
    "CRFTagger", [OWN], fitted(f"{PIPES}:CRFTagger", y="tags", max_iter=5, **QUICK), loader(f"{PIPES}:CRFTagger"),
    lambda m: not m._takes_words or m.predict(SENTENCES[:2]),
)  # fmt: skip
estimators(
    "NBSVMClassifier", [OWN], lambda: attribute(f"{PIPES}.classification:NBSVMClassifier")().fit(np.eye(4), [0, 1] * 2),
    loader(f"{PIPES}.classification:NBSVMClassifier"), lambda m: m.predict(np.eye(4)),
)  # fmt: skip
estimators(
    "EmbeddingVectorizer", [OWN],
    lambda: attribute(f"{PIPES}:EmbeddingVectorizer")(keyed_vectors(), pooling="sif", n_components=1).fit(TEXTS),
    loader(f"{PIPES}:EmbeddingVectorizer"), lambda m: m.transform(TEXTS[:2]),
)  # fmt: skip
estimators(
    "TopicModel", [OWN],
    lambda: attribute(f"{PIPES}:TopicModel")(keyed_vectors(), 2, n_init=1, lexical_size=0).fit(TEXTS),
    loader(f"{PIPES}:TopicModel"), lambda m: m.predict(TEXTS[:2]),
)  # fmt: skip


def demonstrations(method, **options):
    """Return a function that fits a selector of demonstrations."""
    name = f"{PIPES}.prompting:DemonstrationSelector"
    vectors = None if method in ("bm25", "random") else keyed_vectors()
    different = [f"{text} {row}" for row, text in enumerate(TEXTS)]
    return lambda: attribute(name)(method, vectors, k=2, **options).fit(different, LABELS)


class Places:
    """Scores labels by their places, as no language model does."""

    def log_likelihoods(self, prompts, continuations):
        return [[len(prompt) / (1 + place) for place, _ in enumerate(continuations)] for prompt in prompts]


LIMITS = {"balance": True, "budget": 200, "counter": len}
for method, more in {"knn": LIMITS, "votek": {}, "coverage": {}, "bm25": {}, "random": {}}.items():
    estimators(
        f"DemonstrationSelector_{method}", [OWN], demonstrations(method, **more),
        loader(f"{PIPES}.prompting:DemonstrationSelector"), lambda m: m.prompts(TEXTS[:2], 1),
    )  # fmt: skip
estimators(
    "InContextClassifier", [OWN],
    lambda: attribute(f"{PIPES}.prompting:InContextClassifier")(Places(), demonstrations("bm25")()).fit(TEXTS, LABELS),
    lambda: lambda path: attribute(f"{PIPES}.prompting:InContextClassifier.load")(path, generator=Places()),
    lambda m: m.predict_proba(TEXTS[:2]),
)  # fmt: skip
estimators(
    "TextCleaner", ["m.json"], lambda: attribute(f"{PIPES}.preprocessing:TextCleaner")().fit(TEXTS),
    loader(f"{PIPES}.preprocessing:TextCleaner"), lambda m: m.transform(TEXTS[:2]),
)  # fmt: skip
estimators(
    "EDA", [OWN], lambda: attribute(f"{PIPES}:EDA")(keyed_vectors(), replace_rate=0.2),
    loader(f"{PIPES}:EDA"), lambda m: m.synonyms is None or m.augment(TEXTS[:2], n_copies=1),
)  # fmt: skip
estimators(
    "TokenFeatures", ["m.json"],
    lambda: attribute(f"{PIPES}.tagging:TokenFeatures")(gazetteers={"g": ["cat", "dog ran"]}),
    loader(f"{PIPES}.tagging:TokenFeatures"), lambda m: m.columns or m.transform(SENTENCES[:2]), is_fast=True,
)  # fmt: skip
estimators(
    "Vocabulary", ["v.json"], lambda: attribute("wordvec:Vocabulary").from_corpus(SENTENCES, min_count=1),
    loader("wordvec:Vocabulary"), lambda v: len(v) == 0 or v.noise_probabilities(0.75), is_fast=True,
)  # fmt: skip
estimators(
    "Cooccurrence", ["c.npz", "c.safetensors"],
    lambda: attribute("wordvec:count_cooccurrences")(SENTENCES, min_count=1, **QUICK), loader("wordvec:Cooccurrence"),
    lambda c: c.ppmi(),
)  # fmt: skip


# ---------------------------------------------------------------- text files
COLUMNS = "".join(
    "".join(f"{w} N {t}\n" for w, t in zip(words, tags)) + "\n" for words, tags in zip(SENTENCES[:4], TAGS)
)
CONLLU = "# sent_id = 1\n# text = du chat\n1-2\tdu\t_\t_\t_\t_\t_\t_\t_\t_\n" + "".join(
    f"{k}\t{w}\t{w}\tNOUN\tN\tA=b\t{k - 1}\tdep\t_\tSpaceAfter=No\n" for k, w in enumerate(("de", "le", "chat"), 1)
) + "3.1\tvu\t_\t_\t_\t_\t_\t_\t_\t_\n\n"  # fmt: skip
ROWS = "".join(f'"{t}, then",{y}\n' for t, y in zip(TEXTS[:6], LABELS))
JSON_ROWS = [{"text": t, "label": y} for t, y in zip(TEXTS[:6], LABELS)]
JSON_TAGGED = [{"tokens": w, "tags": t} for w, t in zip(SENTENCES[:6], TAGS)]


@reader(texts(c_conll="-DOCSTART- O O\n\n" + COLUMNS, t_txt=COLUMNS.replace(" ", "\t")), is_fast=True)
def conll(path):
    from wordvec.pipelines.tagging import read_conll

    return read_conll(path)


@reader(texts(c_conllu=CONLLU * 3), is_fast=True)
def conllu(path):
    from wordvec.pipelines.tagging import read_conllu

    return read_conllu(path)


@reader(
    texts(p_txt="19980101-01-001-001/m  [中央/n  电视台/n]nt  播出/v  。/w\n猫/n  跑/v\n" * 3), is_fast=True
)
def people_daily(path):
    from wordvec.pipelines.tagging import read_people_daily

    return read_people_daily(path)


@reader(
    texts(
        t_conll=COLUMNS, t_conllu=CONLLU * 3, t_jsonl="".join(json.dumps(row) + "\n" for row in JSON_TAGGED),
        k_csv="Sentence #,Word,POS,Tag\n" + "".join(f"Sentence: {k},cat,N,B-x\n,sat,V,O\n" for k in range(5)),
        s_jsonl='{"text": "the cat sat", "entities": [[4, 7, "ANIMAL"]]}\n' * 4,
        w_txt="the/D cat/N sat/V\na/D dog/N ran/V\n" * 4,
    ),
    is_fast=True,
)  # fmt: skip
def tagged_sentences(path):
    from wordvec.pipelines.datasets import read_tagged

    return read_tagged([path])


@reader(
    texts(
        t_csv="text,label\n" + ROWS, t_tsv="text\tlabel\n" + "".join(f"{t}\t{y}\n" for t, y in zip(TEXTS, LABELS)),
        t_jsonl="".join(json.dumps(row) + "\n" for row in JSON_ROWS), t_json=json.dumps(JSON_ROWS, indent=1),
        l_csv="id,text,label,sad\n" + "".join(f"{k},{t},{k % 2},1\n" for k, t in enumerate(TEXTS[:6])),
        c_json=json.dumps({"text": dict(enumerate(TEXTS[:6])), "label": dict(enumerate(LABELS[:6]))}),
        t_txt="".join(f"__label__{y} {t}\n" for t, y in zip(TEXTS[:6], LABELS)),
    ),
    is_fast=True,
)  # fmt: skip
def labelled_texts(path):
    from wordvec.pipelines.datasets import read_labelled

    return read_labelled([path])


@reader(texts(t_csv="text,label\n" + ROWS, t_txt="\n".join(TEXTS[:6])), is_fast=True)
def texts_to_predict(path):
    from wordvec.pipelines.datasets import read_texts

    return list(read_texts(path))


@reader(
    texts(
        p_csv="word1,word2,score\n" + "cat,dog,7.5\nthe,a,3\nmat,cat,2.5\nsat,ran,4\n",
        p_tsv="cat\tdog\t7.5\nsat\tran\t4\n" * 2,
        p_txt="cat dog 7.5\nsat ran 4\nthe mat 1\n", s_csv="cat;dog;7,5\nsat;ran;4,0\nthe;mat;1,0\n",
        r_txt="word1\tword2\tPOS\tSimLex999\tconc\ncat\tdog\tN\t7.5\t2\nsat\tran\tV\t4\t1\n",
    ),
    is_fast=True,
)  # fmt: skip
def pairs(path):
    return keyed_vectors().evaluate_word_pairs(path)


@reader(
    texts(
        a_txt=": animals\ncat sat dog ran\nthe cat a dog\n: others\nmat on cat sat\n",
        a_csv="type,word1,word2,word3,target\nx,cat,sat,dog,ran\ny,the,cat,a,dog\n",
    ),
    is_fast=True,
)
def analogies(path):
    return keyed_vectors().evaluate_word_analogies(path)


@reader(texts(c_txt="\n".join(TEXTS) + "\n"), is_fast=True)
def corpus(path):
    from wordvec import LineCorpus

    return list(LineCorpus(path, tokenizer="word"))


def load_all():
    """Import what registers the readers of Transformers, which need PyTorch."""
    import fuzz_transformers  # noqa: F401

    return READERS
