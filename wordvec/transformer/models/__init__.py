"""Transformer models: configuration, layers, bodies and heads."""
