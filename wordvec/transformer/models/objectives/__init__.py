"""Heads that an encoder is pre-trained with: masked tokens and next sentences, replaced tokens, hybrid rows."""
