"""Co-occurrence counts: counting, in-memory representation and files."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from wordvec._utils.lazy import lazy_names

if TYPE_CHECKING:
    from wordvec.counts.cooccurrence import Cooccurrence as Cooccurrence
    from wordvec.counts.counting import count_cooccurrences as count_cooccurrences

__getattr__, __dir__, __all__ = lazy_names(sys.modules[__name__])
