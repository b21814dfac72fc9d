"""Vectors in a browser: a map of words or texts, their neighbours, what differs between two models."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from wordvec._utils.lazy import lazy_names

if TYPE_CHECKING:
    from .exploration import explore as explore
    from .server import ExplorerServer as ExplorerServer

__getattr__, __dir__, __all__ = lazy_names(sys.modules[__name__])
