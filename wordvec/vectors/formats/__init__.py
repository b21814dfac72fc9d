"""Formats of vector files, one a file: word2vec text and binary, GloVe text, safetensors."""
