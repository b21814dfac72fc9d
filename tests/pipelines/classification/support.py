"""Small made-up texts for the tests of classifiers."""

import numpy as np

from wordvec import KeyedVectors

TELLING = {
    "pos": ["good", "fine", "warm", "funny"],
    "neg": ["bad", "dull", "cold", "slow"],
    "mixed": ["uneven", "odd", "strange", "curious"],
}
OTHERS = ["the", "film", "is", "a", "story", "about", "people", "in", "town"]
HAN = {"好": ["好看", "精彩", "感人"], "坏": ["无聊", "难看", "失望"]}
HAN_OTHERS = ["电影", "故事", "演员", "音乐", "我们", "今天"]


def reviews(n_texts, classes=("neg", "pos"), seed=1, n_telling=2):
    """Sentences with telling words among others, and their classes; every class occurs."""
    rng = np.random.default_rng(seed)
    labels = [classes[number % len(classes)] for number in rng.permutation(n_texts).tolist()]
    texts = []
    for label in labels:
        words = [*rng.choice(TELLING[label], n_telling, replace=False), *rng.choice(OTHERS, 4)]
        texts.append(" ".join(rng.permutation(words)))
    return texts, labels


def chinese_reviews(n_texts, seed=1):
    """The same in Chinese, without blanks."""
    rng = np.random.default_rng(seed)
    labels = [("好", "坏")[number % 2] for number in rng.permutation(n_texts).tolist()]
    return ["".join([*rng.choice(HAN_OTHERS, 3), *rng.choice(HAN[label], 2)]) for label in labels], labels


def tagged_reviews(n_texts, seed=1):
    """Sentences, and the sets of the classes whose words they have; some sets are empty."""
    rng = np.random.default_rng(seed)
    texts, sets = [], []
    for _ in range(n_texts):
        labels = [label for label in sorted(TELLING) if rng.random() < 0.5]
        words = [
            *rng.choice(OTHERS, 4),
            *(word for label in labels for word in rng.choice(TELLING[label], 2)),
        ]
        texts.append(" ".join(rng.permutation(words)))
        sets.append(labels)
    return texts, sets


def small_vectors(size=6, seed=3):
    """Vectors of all English words but "slow"; telling words of one class are near each other."""
    rng = np.random.default_rng(seed)
    words = [word for words in (*TELLING.values(), OTHERS) for word in words if word != "slow"]
    table = rng.normal(size=(len(words), size)).astype(np.float32)
    for place, label in enumerate(TELLING):
        table[[words.index(word) for word in TELLING[label] if word in words], place] += 2.0
    return KeyedVectors(table, words)
