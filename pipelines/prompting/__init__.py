"""Prompting of language models: demonstrations chosen for each query, generators, and question solvers."""

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
    from .solving.errors import SolvingError as SolvingError
    from .solving.examples import (
        WorkedExample as WorkedExample,
        WorkedStep as WorkedStep,
        read_worked_examples as read_worked_examples,
    )
    from .solving.least_to_most import LeastToMost as LeastToMost
    from .solving.parsing import (
        find_answer as find_answer,
        find_questions as find_questions,
    )
    from .solving.solution import (
        Call as Call,
        Solution as Solution,
        Step as Step,
        Trace as Trace,
    )
    from .solving.solver import Solver as Solver
    from .solving.thoughts import (
        ChainOfThought as ChainOfThought,
        PlainPrompting as PlainPrompting,
        SelfConsistency as SelfConsistency,
    )
    from .solving.wording import Wording as Wording

__getattr__, __dir__, __all__ = lazy_names(sys.modules[__name__])
