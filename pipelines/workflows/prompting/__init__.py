"""Functions for complete jobs with prompts: demonstrations from files, and questions solved by a generator."""
