"""Workflows of prompts: demonstrations from files, and questions solved by a generator."""
