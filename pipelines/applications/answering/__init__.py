"""Answers from passages: a reader without training, retrieval of passages, and both together."""

from __future__ import annotations
