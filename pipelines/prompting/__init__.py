"""Prompts for language models: demonstrations chosen for each query, and generators that complete them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from wordvec._utils.lazy import lazy_names

if TYPE_CHECKING:
    from .demonstrations.classifier import InContextClassifier as InContextClassifier
    from .demonstrations.selector import DemonstrationSelector as DemonstrationSelector
    from .demonstrations.templates import PromptTemplate as PromptTemplate
    from .generators.completions import (
        Completion as Completion,
        Generator as Generator,
    )
    from .generators.conversion import as_generator as as_generator
    from .generators.decoder import DecoderGenerator as DecoderGenerator
    from .generators.endpoint.errors import EndpointError as EndpointError
    from .generators.endpoint.generator import HTTPGenerator as HTTPGenerator
    from .generators.functions import FunctionGenerator as FunctionGenerator
    from .generators.pipelines import PipelineGenerator as PipelineGenerator

__getattr__, __dir__, __all__ = lazy_names(sys.modules[__name__])
