"""Limits of subword tokenizers, which commands check before anything is loaded."""

MAX_VOCAB_SIZE = 1 << 24  # beyond any use; training reserves memory for as many pieces
