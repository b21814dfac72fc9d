"""Training loops of the Transformer: optimisers, checkpoints, logs."""
