"""Question answering from passages: a reader that needs no training, and retrieval of passages."""

from __future__ import annotations
