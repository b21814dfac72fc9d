"""Limits of subword tokenizers, which commands check before loading anything."""

MAX_VOCAB_SIZE = 1 << 24  # beyond any use; training reserves memory for as many pieces
