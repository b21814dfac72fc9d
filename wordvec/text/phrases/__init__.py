"""Phrases: words that stand together more often than chance has it, found in a text and joined into one token."""
