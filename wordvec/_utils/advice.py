"""Advice that names parameters, which are spelt differently in Python and on the command line."""

from __future__ import annotations

import re
from collections.abc import Callable

# A parameter that advice speaks of: "{epochs}", or with a value "{errors='replace'}".
_MARK = re.compile(r"\{([a-z_]\w*)(?:=([^{}]*))?\}")
Spelling = Callable[[str, "str | None"], str]


def spell_for_python(name: str, value: str | None) -> str:
    """Return a parameter as Python writes it: ``epochs``, or with a value ``epochs=5``."""
    return name if value is None else f"{name}={value}"


def spell_parameters(text: str, spell: Spelling = spell_for_python) -> str:
    """Return advice in which `spell` has formatted each marked parameter, ``{name}`` or ``{name=value}``."""
    return _MARK.sub(lambda match: spell(match[1], match[2]), text)


def named_parameters(text: str) -> list[str]:
    """Return the names of the parameters that advice marks."""
    return [match[1] for match in _MARK.finditer(text)]
