"""`python -m wordvec.pipelines.cli` is `wordvec`."""

from . import main

main()
