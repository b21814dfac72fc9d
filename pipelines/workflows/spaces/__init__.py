"""Comparison of two files of word vectors: alignment of their spaces, and words whose neighbourhoods changed."""
