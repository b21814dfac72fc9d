"""Tag schemes: how the tags of tokens encode spans (IOB1, IOB2, BIOES, BMES, BILOU)."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from wordvec._utils.lazy import lazy_names

if TYPE_CHECKING:
    from .schemes import (
        allowed_transitions as allowed_transitions,
        convert_tags as convert_tags,
        detect_scheme as detect_scheme,
        spans_to_tags as spans_to_tags,
        tags_to_spans as tags_to_spans,
        validate_tags as validate_tags,
    )

__getattr__, __dir__, __all__ = lazy_names(sys.modules[__name__])
