"""Translation of sentences by a Transformer that is trained on pairs of them."""
