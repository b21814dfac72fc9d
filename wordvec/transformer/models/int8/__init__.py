"""Inference with int8 weights: layers, and quantisation of models."""
