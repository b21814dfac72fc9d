"""Tag schemes (IOB2, BIOES, BMES, BIOS, IOE2 ...): how the tags of tokens encode entities, chunks and words."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from wordvec._utils.lazy import lazy_names

if TYPE_CHECKING:
    from .conversion import convert_tags as convert_tags
    from .detection import detect_scheme as detect_scheme
    from .reading import TagReading as TagReading, read_tags as read_tags
    from .spans import spans_to_tags as spans_to_tags, tags_to_spans as tags_to_spans
    from .stray import find_stray_tags as find_stray_tags, without_stray_tags as without_stray_tags
    from .transitions import allowed_transitions as allowed_transitions, validate_tags as validate_tags

__getattr__, __dir__, __all__ = lazy_names(sys.modules[__name__])
