"""Reading and writing files: atomic replacement, compression, text, archives with checksums, disk-backed arrays."""
