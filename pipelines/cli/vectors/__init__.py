"""Commands that look words up in vectors and compare vectors, one file each."""
