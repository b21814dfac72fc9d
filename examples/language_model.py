"""Pre-train a tiny GPT on twenty sentences until it has memorised them, and generate text.

Requires PyTorch: pip install "wordvec[transformer]". Usage: language_model.py [STEPS]
"""

import sys

from wordvec_data import sample_path

from wordvec.transformer import (
    CausalBatches,
    DecoderModel,
    TokenCorpus,
    Tokenizer,
    TrainerOptions,
    TransformerConfig,
    generate,
    perplexity,
    train,
)

PROMPTS = ("The baker", "The captain", "In the evening")


def main() -> None:
    """Learn a tokenizer, encode the text, train, generate, save."""
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 250
    text = sample_path("sample-en.txt")
    tokenizer = Tokenizer.train(text, "bpe", vocab_size=400)
    corpus = TokenCorpus.build(text, tokenizer, "tokens")
    config = TransformerConfig.gpt(
        tokenizer.vocab_size, hidden_size=64, num_layers=2, num_heads=2, max_length=64
    )
    model = DecoderModel(config, seed=1)
    print(f"{corpus}, {sum(weights.numel() for weights in model.parameters()):,} parameters")
    print(f"perplexity before training: {perplexity(model, corpus.token_ids).per_token:.0f}")
    batches = CausalBatches(corpus, block_size=64, batch_size=4, seed=1)
    report = train(model, batches, TrainerOptions(steps=steps, learning_rate=3e-3, verbose=False))
    print(f"loss {report.loss_curve[0]:.2f} at the first step, {report.loss_curve[-1]:.2f} at the last")
    print(f"perplexity after {steps} steps: {perplexity(model, corpus.token_ids).per_token:.1f}\n")
    for prompt in PROMPTS:
        written = generate(model, [tokenizer.encode(prompt)], max_new_tokens=20, tokenizer=tokenizer)[0].text
        print(prompt + written.partition("\n")[0])
    model.save_pretrained("model")
    tokenizer.save("model")
    print("\ntransformers' GPT2LMHeadModel.from_pretrained also loads the folder 'model'.")


if __name__ == "__main__":
    main()
