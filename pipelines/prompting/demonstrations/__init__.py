"""Demonstrations for in-context learning: selection, templates, and an in-context classifier."""

from __future__ import annotations
