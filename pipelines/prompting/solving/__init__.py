"""Solving questions with a generator: Least-to-Most, chain of thought, self-consistency, plain prompting."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from wordvec._utils.lazy import lazy_names

if TYPE_CHECKING:
    from .errors import SolvingError as SolvingError
    from .examples import (
        WorkedExample as WorkedExample,
        WorkedStep as WorkedStep,
        read_worked_examples as read_worked_examples,
    )
    from .least_to_most import LeastToMost as LeastToMost
    from .parsing import (
        find_answer as find_answer,
        find_questions as find_questions,
    )
    from .solution import (
        Call as Call,
        Solution as Solution,
        Step as Step,
        Trace as Trace,
    )
    from .solver import Solver as Solver
    from .thoughts import (
        ChainOfThought as ChainOfThought,
        PlainPrompting as PlainPrompting,
        SelfConsistency as SelfConsistency,
    )
    from .wording import Wording as Wording

__getattr__, __dir__, __all__ = lazy_names(sys.modules[__name__])
