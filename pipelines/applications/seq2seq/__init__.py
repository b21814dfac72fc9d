"""Sequence-to-sequence models for translation and summarisation: pairs, training, search, files."""
