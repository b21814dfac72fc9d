"""Phrases: words that occur together more often than by chance, detected in a text and joined into one token."""
