"""Functions for complete jobs with the applications: answers, summaries, translations and dialogues."""

from __future__ import annotations
