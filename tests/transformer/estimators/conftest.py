"""A fitted classifier, and folders of small pretrained models."""

import pytest

from wordvec.transformer import (
    DecoderModel,
    EncoderModel,
    MaskedLM,
    Tokenizer,
    TransformerConfig,
)

from .support import LABELS, TEXTS, classifier


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
