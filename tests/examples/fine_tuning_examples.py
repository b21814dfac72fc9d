"""Made-up reviews and sentences, and small pretrained models, for the tests of fine-tuning."""

import numpy as np
import pytest

from wordvec.transformer import (
    DecoderModel,
    EncoderModel,
    MaskedLM,
    Tokenizer,
    TransformerClassifier,
    TransformerConfig,
)

SMALL = dict(hidden_size=16, num_layers=1, num_heads=2, batch_size=8, learning_rate=0.01, verbose=False)
WORDS = {"pos": ["good", "fine", "warm", "funny"], "neg": ["bad", "dull", "cold", "slow"]}


def sentences(n, seed=1):
    """Made-up reviews: two telling words among others, and their class."""
    rng = np.random.default_rng(seed)
    labels = rng.choice(["pos", "neg"], n).tolist()
    others = ["the", "film", "is", "a", "story", "about", "people", "in", "town"]
    texts = [
        " ".join(rng.permutation([*rng.choice(WORDS[label], 2), *rng.choice(others, 4)])) for label in labels
    ]
    return texts, labels


TEXTS, LABELS = sentences(80)
NEW_TEXTS, NEW_LABELS = sentences(40, seed=2)


def classifier(**changes):
    return TransformerClassifier(**({**SMALL, "epochs": 6} | changes))


@pytest.fixture(scope="module")
def fitted():
    return classifier().fit(TEXTS, LABELS)


@pytest.fixture(scope="module")
def bert(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bert") / "model"
    tokenizer = Tokenizer.train_from_texts(TEXTS, "wordpiece", 120)
    config = TransformerConfig.bert(
        tokenizer.vocab_size, hidden_size=16, num_layers=1, num_heads=2, max_length=24
    )
    MaskedLM(EncoderModel(config, 1), 1).save_pretrained(folder)
    tokenizer.save(folder)
    return folder


@pytest.fixture(scope="module")
def gpt(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gpt") / "model"
    tokenizer = Tokenizer.train_from_texts(TEXTS, "bpe", 300)
    ids = dict(pad_token_id=tokenizer.pad_token_id, eos_token_id=tokenizer.eos_token_id)
    config = TransformerConfig.gpt(
        tokenizer.vocab_size, hidden_size=16, num_layers=1, num_heads=2, max_length=24, **ids
    )
    DecoderModel(config, 1).save_pretrained(folder)
    tokenizer.save(folder)
    return folder


@pytest.fixture
def folder_of(request):
    return lambda name: request.getfixturevalue(name)


TAGGED = [text.split() for text in TEXTS]
TAGS = [["Q" if word in sum(WORDS.values(), []) else "O" for word in sentence] for sentence in TAGGED]
