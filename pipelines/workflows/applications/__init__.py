"""Plain functions for whole jobs with the applications: answers to questions and summaries of files."""

from __future__ import annotations
