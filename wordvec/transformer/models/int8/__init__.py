"""Inference with int8 weights: the layers, and models that have them."""
