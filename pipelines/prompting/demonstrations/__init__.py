"""Demonstrations for in-context learning: their choice, their templates, and a classifier that learns from them."""

from __future__ import annotations
