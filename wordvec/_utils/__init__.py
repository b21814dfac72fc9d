"""Helpers for all packages: validation, messages, progress bars, lazy imports."""
