"""OpenAI-compatible endpoints over HTTP."""
