"""A small Transformer: from our own embeddings to a pre-trained model, fine-tuned, generating, exchanged.

It needs PyTorch: ``pip install "wordvec[transformer]"``. Names are imported when they are first used. From a
text file to a model that writes (here with sizes that take a second and learn little):

>>> from wordvec.transformer import DecoderModel, TokenCorpus, Tokenizer, TrainerOptions, TransformerConfig
>>> from wordvec.transformer import generate, perplexity, train
>>> tokenizer = Tokenizer.train("corpus.txt", "bpe", vocab_size=300)
>>> corpus = TokenCorpus.build("corpus.txt", tokenizer, "tokens", validation_fraction=0.1)
>>> config = TransformerConfig.gpt(tokenizer.vocab_size, hidden_size=32, num_layers=2, max_length=32)
>>> model = DecoderModel(config, seed=1)
>>> report = train(model, corpus.windows(block_size=32, batch_size=8, seed=1), TrainerOptions(steps=20))
>>> found = perplexity(model, corpus.validation.token_ids)
>>> text = generate(model, [tokenizer.encode("The")], max_new_tokens=20, tokenizer=tokenizer)[0].text
>>> model.save_pretrained("model"); tokenizer.save("model")  # transformers reads both
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from wordvec._validation import import_optional

if TYPE_CHECKING:
    from wordvec.transformer.classifier import TransformerClassifier
    from wordvec.transformer.config import TransformerConfig
    from wordvec.transformer.evaluation import Perplexity, perplexity
    from wordvec.transformer.exchange import from_pretrained, save_pretrained
    from wordvec.transformer.features import TransformerFeatures
    from wordvec.transformer.generation import Generation, generate
    from wordvec.transformer.heads import QuestionAnswerer, SequenceClassifier, TokenClassifier
    from wordvec.transformer.labelled_batches import (
        ClassificationBatches,
        Seq2SeqBatches,
        TokenClassificationBatches,
    )
    from wordvec.transformer.models import DecoderModel, EncoderDecoderModel, EncoderModel
    from wordvec.transformer.multitask import DistilledModel, MultiTaskModel
    from wordvec.transformer.ngram_lm import NGramLM
    from wordvec.transformer.objectives import CausalBatches, MaskedBatches
    from wordvec.transformer.pretraining_heads import MaskedLM, NextSentence, PreTraining
    from wordvec.transformer.recurrent import RecurrentModel
    from wordvec.transformer.streaming import TextStream
    from wordvec.transformer.tagger import TransformerTagger
    from wordvec.transformer.token_corpus import TokenCorpus
    from wordvec.transformer.tokenization import Tokenizer
    from wordvec.transformer.trainer_options import TrainerOptions
    from wordvec.transformer.training import TrainingReport, train

_HOMES = {
    "CausalBatches": "objectives",
    "ClassificationBatches": "labelled_batches",
    "DecoderModel": "models",
    "DistilledModel": "multitask",
    "EncoderDecoderModel": "models",
    "EncoderModel": "models",
    "Generation": "generation",
    "MaskedBatches": "objectives",
    "MaskedLM": "pretraining_heads",
    "MultiTaskModel": "multitask",
    "NGramLM": "ngram_lm",
    "NextSentence": "pretraining_heads",
    "Perplexity": "evaluation",
    "PreTraining": "pretraining_heads",
    "QuestionAnswerer": "heads",
    "RecurrentModel": "recurrent",
    "Seq2SeqBatches": "labelled_batches",
    "SequenceClassifier": "heads",
    "TextStream": "streaming",
    "TokenClassificationBatches": "labelled_batches",
    "TokenClassifier": "heads",
    "TokenCorpus": "token_corpus",
    "Tokenizer": "tokenization",
    "TrainerOptions": "trainer_options",
    "TrainingReport": "training",
    "TransformerClassifier": "classifier",
    "TransformerConfig": "config",
    "TransformerFeatures": "features",
    "TransformerTagger": "tagger",
    "from_pretrained": "exchange",
    "generate": "generation",
    "perplexity": "evaluation",
    "save_pretrained": "exchange",
    "train": "training",
}

__all__ = [
    "CausalBatches",
    "ClassificationBatches",
    "DecoderModel",
    "DistilledModel",
    "EncoderDecoderModel",
    "EncoderModel",
    "Generation",
    "MaskedBatches",
    "MaskedLM",
    "MultiTaskModel",
    "NGramLM",
    "NextSentence",
    "Perplexity",
    "PreTraining",
    "QuestionAnswerer",
    "RecurrentModel",
    "Seq2SeqBatches",
    "SequenceClassifier",
    "TextStream",
    "TokenClassificationBatches",
    "TokenClassifier",
    "TokenCorpus",
    "Tokenizer",
    "TrainerOptions",
    "TrainingReport",
    "TransformerClassifier",
    "TransformerConfig",
    "TransformerFeatures",
    "TransformerTagger",
    "from_pretrained",
    "generate",
    "perplexity",
    "save_pretrained",
    "train",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'wordvec.transformer' has no attribute {name!r}")
    import_optional("torch", pip="wordvec[transformer]", purpose="The Transformer")
    return getattr(import_module(f"wordvec.transformer.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
