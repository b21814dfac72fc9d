"""Training data of Transformers: token corpora and batches."""
