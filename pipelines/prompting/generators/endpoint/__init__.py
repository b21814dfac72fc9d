"""Endpoints that speak OpenAI's protocol over HTTP."""
