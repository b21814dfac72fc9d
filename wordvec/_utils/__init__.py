"""Helpers of every package: validation, messages, progress bars, lazy imports."""
