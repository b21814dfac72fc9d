"""Training data for Transformers: token corpora and batches."""
