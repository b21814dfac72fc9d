"""Dialogue: selection of a response from a known set, or of none."""

from __future__ import annotations
