"""`python -m wordvec.pipelines.cli` is `wordvec`."""

from ..cli import main

main()
