"""Generators of completions under one protocol: our decoders, transformers' pipelines, functions, endpoints."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from wordvec._utils.lazy import lazy_names

if TYPE_CHECKING:
    from .completions import (
        Completion as Completion,
        Generator as Generator,
    )
    from .conversion import as_generator as as_generator
    from .decoder import DecoderGenerator as DecoderGenerator
    from .endpoint.errors import EndpointError as EndpointError
    from .endpoint.generator import HTTPGenerator as HTTPGenerator
    from .functions import FunctionGenerator as FunctionGenerator
    from .pipelines import PipelineGenerator as PipelineGenerator

__getattr__, __dir__, __all__ = lazy_names(sys.modules[__name__])
