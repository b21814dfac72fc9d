"""Words of UTF-8 text as numbers in order of first occurrence, without an object per token."""
