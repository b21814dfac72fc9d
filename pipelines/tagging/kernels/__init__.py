"""Numba kernels of the tagger: arrays in, arrays changed in place."""
