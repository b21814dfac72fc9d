"""Machine translation by a Transformer trained on sentence pairs."""
