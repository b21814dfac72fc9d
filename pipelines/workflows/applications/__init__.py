"""Plain functions for whole jobs with the applications: answers to questions in files."""

from __future__ import annotations
