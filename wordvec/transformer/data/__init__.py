"""What a Transformer is trained on: token corpora and batches."""
