"""Kernels of skip-gram and CBOW with negative sampling: supersteps of blocks of words."""
