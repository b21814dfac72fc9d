"""`python -m pipelines.cli` is `wordvec`."""

from pipelines.cli import main

main()
