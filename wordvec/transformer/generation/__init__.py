"""Text generation and the perplexity of language models."""
