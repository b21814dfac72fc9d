"""The options of text generation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from wordvec._utils.errors import ParameterError
from wordvec._utils.parameters import Boolean, Integer, Real, Rule, check_parameters

__all__ = ["GenerationOptions"]

_OWNER = "generate"
_MAX_PENALTY = 100.0
# Options of sampling, and the values at which they change nothing.
_NEUTRAL = {"temperature": 1.0, "top_k": 0, "top_p": 1.0, "min_p": 0.0}


@dataclass(frozen=True)
class GenerationOptions:
    """The numeric and boolean options of `generate`, named as in transformers; see `generate` for their meaning.

    Raises
    ------
    ParameterError
        If an option breaks its rule, or has no effect in combination with the others.
    """

    max_new_tokens: int = 50
    do_sample: bool = False
    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0
    num_beams: int = 1
    length_penalty: float = 1.0
    repetition_penalty: float = 1.0
    no_repeat_ngram_size: int = 0
    seed: int = 0
    use_cache: bool = True

    _parameter_rules: ClassVar[dict[str, Rule]] = {
        "max_new_tokens": Integer(1),
        "do_sample": Boolean(),
        "temperature": Real(0.0, low_open=True),
        "top_k": Integer(0),
        "top_p": Real(0.0, 1.0, low_open=True),
        "min_p": Real(0.0, 1.0),
        "num_beams": Integer(1, 1000),
        "length_penalty": Real(-_MAX_PENALTY, _MAX_PENALTY),
        "repetition_penalty": Real(0.0, low_open=True),
        "no_repeat_ngram_size": Integer(0),
        "seed": Integer(0, 2**63 - 1),
        "use_cache": Boolean(),
    }

    def __post_init__(self) -> None:
        check_parameters(self, owner=_OWNER)
        if not self.do_sample:
            for name, neutral in _NEUTRAL.items():
                if (value := getattr(self, name)) != neutral:
                    rule, fix = (
                        "be left out while the best token is taken",
                        "Pass {do_sample=True} to draw tokens.",
                    )
                    raise ParameterError(name, _OWNER, rule, value, fix)
        if self.num_beams > 1 and self.do_sample:
            rule = "be 1 with {do_sample=True}: beam search does not sample"
            fix = "Pass {num_beams=1}, or leave {do_sample} out."
            raise ParameterError("num_beams", _OWNER, rule, self.num_beams, fix)
        if self.num_beams == 1 and self.length_penalty != 1.0:
            rule, fix = "be left out without beam search", "Pass {num_beams=2} or more."
            raise ParameterError("length_penalty", _OWNER, rule, self.length_penalty, fix)

    @property
    def needs_history(self) -> bool:
        """Whether the choice of a token depends on earlier tokens other than through the model."""
        return self.repetition_penalty != 1.0 or self.no_repeat_ngram_size > 0
