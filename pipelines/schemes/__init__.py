"""The tag schemes of `wordvec.schemes`, under the name that pipelines use."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from wordvec._utils.lazy import lazy_names

if TYPE_CHECKING:
    from wordvec.schemes.conversion import convert_tags as convert_tags
    from wordvec.schemes.detection import detect_scheme as detect_scheme
    from wordvec.schemes.reading import TagReading as TagReading, read_tags as read_tags
    from wordvec.schemes.spans import spans_to_tags as spans_to_tags, tags_to_spans as tags_to_spans
    from wordvec.schemes.stray import (
        find_stray_tags as find_stray_tags,
        without_stray_tags as without_stray_tags,
    )
    from wordvec.schemes.transitions import (
        allowed_transitions as allowed_transitions,
        validate_tags as validate_tags,
    )

__getattr__, __dir__, __all__ = lazy_names(sys.modules[__name__])
