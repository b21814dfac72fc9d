"""Reading and writing files: atomic replacement, compression, text, arrays that spill to disk."""
