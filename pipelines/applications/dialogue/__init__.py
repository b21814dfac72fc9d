"""Dialogue: the response of a known set that follows a history, or none of them."""

from __future__ import annotations
