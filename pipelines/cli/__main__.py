"""`python -m wordvec.pipelines.cli`, the same as `wordvec`."""

from . import main

main()
