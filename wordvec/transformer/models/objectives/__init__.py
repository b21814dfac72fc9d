"""Pre-training heads for encoders: masked tokens, next sentences, replaced tokens, and hybrid rows."""
