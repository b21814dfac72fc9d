"""Features of tokens: extraction, attribute ids, and encoding as arrays."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from wordvec._utils.lazy import lazy_names

if TYPE_CHECKING:
    from .clusters import cluster_vectors as cluster_vectors
    from .extractor import Columns as Columns
    from .token_features import TokenFeatures as TokenFeatures

__getattr__, __dir__, __all__ = lazy_names(sys.modules[__name__])
