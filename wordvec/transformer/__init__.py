"""Small Transformers: pre-training, fine-tuning, generation, and files in Hugging Face's layout.

Requires PyTorch: ``pip install "wordvec[transformer]"``. Names are imported when they are first used. From a text file
to a model that generates text (tiny sizes here, which train in a second and learn little):

>>> from wordvec.transformer import CausalBatches, DecoderModel, TokenCorpus, Tokenizer
>>> from wordvec.transformer import TrainerOptions, TransformerConfig, generate, perplexity, train
>>> from wordvec_data import sample_path
>>> tokenizer = Tokenizer.train(sample_path("sample-en.txt"), "bpe", vocab_size=300)
>>> corpus = TokenCorpus.build(sample_path("sample-en.txt"), tokenizer, "tokens", validation_fraction=0.1)
>>> config = TransformerConfig.gpt(tokenizer.vocab_size, hidden_size=32, num_layers=2, max_length=32)
>>> model = DecoderModel(config, seed=1)
>>> batches = CausalBatches(corpus, block_size=32, batch_size=8, seed=1)
>>> report = train(model, batches, TrainerOptions(steps=20))
>>> perplexity(model, corpus.validation.token_ids).per_token < 300  # below a uniform guess among 300 tokens
True
>>> text = generate(model, [tokenizer.encode("The")], max_new_tokens=20, tokenizer=tokenizer)[0].text
>>> model.save_pretrained("model"); tokenizer.save("model")  # transformers reads both
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from wordvec._utils.lazy import lazy_names
from wordvec._utils.validation import import_optional

if TYPE_CHECKING:
    from wordvec.tokenizers.tokenizer import Tokenizer as Tokenizer
    from wordvec.transformer.data.hybrid_batches import HybridBatches as HybridBatches
    from wordvec.transformer.data.labelled_batches import (
        AnswerBatches as AnswerBatches,
        ClassificationBatches as ClassificationBatches,
        Seq2SeqBatches as Seq2SeqBatches,
        TokenClassificationBatches as TokenClassificationBatches,
    )
    from wordvec.transformer.data.pretraining_batches import (
        CausalBatches as CausalBatches,
        MaskedBatches as MaskedBatches,
    )
    from wordvec.transformer.data.token_corpus import TokenCorpus as TokenCorpus
    from wordvec.transformer.estimators.answers import AnswerExtractor as AnswerExtractor
    from wordvec.transformer.estimators.classifier import TransformerClassifier as TransformerClassifier
    from wordvec.transformer.estimators.dialogue import DialogueModel as DialogueModel
    from wordvec.transformer.estimators.features import TransformerFeatures as TransformerFeatures
    from wordvec.transformer.estimators.tagger import TransformerTagger as TransformerTagger
    from wordvec.transformer.generation.filling import (
        Filling as Filling,
        fill_masks as fill_masks,
    )
    from wordvec.transformer.generation.generate import (
        Generation as Generation,
        generate as generate,
    )
    from wordvec.transformer.generation.likelihoods import log_likelihoods as log_likelihoods
    from wordvec.transformer.generation.perplexity import (
        Perplexity as Perplexity,
        fit_ngram_weight as fit_ngram_weight,
        perplexity as perplexity,
    )
    from wordvec.transformer.generation.streaming import TextStream as TextStream
    from wordvec.transformer.models.config import TransformerConfig as TransformerConfig
    from wordvec.transformer.models.heads import (
        QuestionAnswerer as QuestionAnswerer,
        SequenceClassifier as SequenceClassifier,
        TokenClassifier as TokenClassifier,
    )
    from wordvec.transformer.models.int8.quantization import quantize as quantize
    from wordvec.transformer.models.multitask import (
        DistilledModel as DistilledModel,
        MultiTaskModel as MultiTaskModel,
    )
    from wordvec.transformer.models.ngram_lm import NGramLM as NGramLM
    from wordvec.transformer.models.objectives.hybrid import HybridLM as HybridLM
    from wordvec.transformer.models.objectives.masked import (
        MaskedLM as MaskedLM,
        NextSentence as NextSentence,
        PreTraining as PreTraining,
    )
    from wordvec.transformer.models.objectives.replaced import (
        ReplacedTokenDetection as ReplacedTokenDetection,
    )
    from wordvec.transformer.models.pointer_generator import PointerGenerator as PointerGenerator
    from wordvec.transformer.models.pretrained.loading import from_pretrained as from_pretrained
    from wordvec.transformer.models.pretrained.saving import save_pretrained as save_pretrained
    from wordvec.transformer.models.recurrent import RecurrentModel as RecurrentModel
    from wordvec.transformer.models.transformers import (
        DecoderModel as DecoderModel,
        EncoderDecoderModel as EncoderDecoderModel,
        EncoderModel as EncoderModel,
    )
    from wordvec.transformer.training.options import TrainerOptions as TrainerOptions
    from wordvec.transformer.training.trainer import (
        TrainingReport as TrainingReport,
        train as train,
    )

_get, __dir__, __all__ = lazy_names(sys.modules[__name__])


def __getattr__(name: str) -> Any:
    if name in __all__:
        import_optional("torch", pip="wordvec[transformer]", purpose="The Transformer")
    return _get(name)
