"""Plain functions for whole jobs with the applications: answers, summaries and translations of files."""

from __future__ import annotations
