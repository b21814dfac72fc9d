"""Reading and writing files: replacement, compression, text, archives with checksums, arrays that spill to disk."""
