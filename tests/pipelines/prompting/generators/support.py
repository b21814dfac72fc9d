"""A tiny decoder with drawn weights and its tokenizer, byte-level or of words."""

import torch

from wordvec.transformer import DecoderModel, Tokenizer, TransformerConfig

from ....transformer.generation.support import randomised

TEXTS = ["the cat sat on the mat", "the dog ran to the door", "a cat and a dog: good.", "not bad at all"]


def tokenizer(kind="bpe"):
    return Tokenizer.train_from_texts(TEXTS * 5, kind, vocab_size=300)


def decoder(tokens, max_length=64):
    sizes = dict(hidden_size=16, num_layers=2, num_heads=2, max_length=max_length)
    config = TransformerConfig.gpt(tokens.vocab_size, eos_token_id=tokens.eos_token_id, **sizes)
    return randomised(DecoderModel(config))


def naive_log_likelihood(model, tokens, prompt, continuation):
    """Add up log P(token | all before it) over the tokens that follow those of the prompt, one at a time."""
    n_context = len(tokens.encode(prompt, add_special_tokens=False))
    ids = tokens.encode(prompt + continuation, add_special_tokens=False)
    total = 0.0
    for end in range(n_context, len(ids)):
        with torch.no_grad():
            logits = model(torch.tensor([ids[:end]])).logits[0, -1]
        total += float(logits.double().log_softmax(-1)[ids[end]])
    return total
