"""Texts written from texts, which translation and summaries share: pairs, training, search, files."""
