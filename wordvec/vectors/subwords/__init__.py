"""Vectors of words from the rows of their character n-grams."""
