"""Training of Transformers: loop, optimisers, checkpoints, logs."""
