"""Kernels of text as bytes: words and their numbers, the words of subword tokenizers."""
