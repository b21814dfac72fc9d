"""Dialogues as lists of turns: checks of dialogues and histories, and pairs of a history and its reply."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

from wordvec._utils.errors import ParameterError
from wordvec.text.lists import check_string, iterate_rows, row_error

__all__ = ["check_dialogues", "check_histories", "reply_pairs"]


def check_dialogues(dialogues: Any, owner: str, name: str = "dialogues") -> list[list[str]]:
    """Return dialogues as lists of plain str.

    Raises
    ------
    TypeError
        If `dialogues` is not a list of lists of str; the message names the row.
    """
    found = []
    for row, turns in enumerate(iterate_rows(dialogues, owner, name, "dialogue")):
        if isinstance(turns, (str, bytes, Mapping, Set)) or not hasattr(turns, "__iter__"):
            raise TypeError(
                f"Dialogue {row} of {owner} must be a list of turns. Got {turns!r:.40} ({type(turns).__name__}) "
                "instead."
            )
        found.append(_checked_turns(turns, f"dialogue {row} of {owner}"))
    return found


def check_histories(histories: Any, owner: str, name: str = "histories") -> list[list[str]]:
    """Return histories as lists of turns; a str is one turn.

    Raises
    ------
    TypeError
        If a history is neither a str nor a list of str.
    ValueError
        If one has no turn.
    """
    found = []
    for row, history in enumerate(iterate_rows(histories, owner, name, "history")):
        turns = [history] if isinstance(history, str) else history
        if isinstance(turns, (bytes, Mapping, Set)) or not hasattr(turns, "__iter__"):
            raise row_error(history, row, owner, "history")
        checked = _checked_turns(turns, f"history {row} of {owner}")
        if not checked:
            fix = "A history is what was said so far: a text, or a list of turns."
            raise ParameterError(name, owner, f"have a turn in each row; that of {row} has none", turns, fix)
        found.append(checked)
    return found


def _checked_turns(turns: Iterable[Any], owner: str) -> list[str]:
    return [check_string(turn, place, owner, "turn") for place, turn in enumerate(turns)]


def reply_pairs(dialogues: Sequence[Sequence[str]]) -> tuple[list[list[str]], list[str], list[int]]:
    """Return the history before each turn except the first, the turn itself, and the index of its dialogue.

    >>> reply_pairs([["Hi.", "Hello.", "How are you?"]])
    ([['Hi.'], ['Hi.', 'Hello.']], ['Hello.', 'How are you?'], [0, 0])
    """
    histories, replies, numbers = [], [], []
    for number, turns in enumerate(dialogues):
        for place in range(1, len(turns)):
            histories.append(list(turns[:place]))
            replies.append(turns[place])
            numbers.append(number)
    return histories, replies, numbers
