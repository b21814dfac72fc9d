"""Kernels for the numbers in files of vectors."""
