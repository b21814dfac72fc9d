"""Workflows of prompts: questions solved by a generator."""
