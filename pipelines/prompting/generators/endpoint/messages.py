"""OpenAI's protocol: the body of a request, and the completion in a response, whole or streamed as events."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wordvec._io.json_files import json_value

from ..completions import Completion, Request, cut_at_stop

__all__ = ["Answer", "NonsenseError", "error_message", "read_answer", "request_body"]


class NonsenseError(ValueError):
    """A response does not follow the protocol; the message, of any length, continues "The endpoint answered"."""


def request_body(
    prompt: str,
    request: Request,
    seed: int,
    *,
    model: str,
    is_chat: bool,
    system: str | None,
    options: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the body of the request for one prompt; `options` add fields and replace them."""
    body: dict[str, Any] = {"model": model}
    if is_chat:
        first = [] if system is None else [{"role": "system", "content": system}]
        body["messages"] = [*first, {"role": "user", "content": prompt}]
    else:
        body["prompt"] = prompt
    body |= {"max_tokens": request.max_tokens, "temperature": request.temperature}
    if request.stop:
        body["stop"] = list(request.stop)
    if request.temperature:
        body["seed"] = seed
    return body | dict(options)


@dataclass
class Answer:
    """A completion as it arrives: whole, or piece by piece.

    Attributes
    ----------
    is_chat : bool
    pieces : list of str
    """

    is_chat: bool
    pieces: list[str] = field(default_factory=list)
    finish_reason: str | None = None
    usage: Any = None
    is_complete: bool = False

    def add_event(self, data: str) -> str:
        """Process the data of an event, and return the text that it adds.

        Raises
        ------
        NonsenseError
            If it is not a piece of an answer, or is an error.
        """
        if data.strip() in ("", "[DONE]"):
            self.is_complete |= bool(data.strip())
            return ""
        value = _object(data)
        self.usage = value.get("usage") or self.usage
        choices = value.get("choices")
        if choices == [] or choices is None and "usage" in value:  # the event of the usage has no choice
            return ""
        choice = _choice(value)
        piece = _text_of(choice, "delta") if self.is_chat else choice.get("text")
        reason = choice.get("finish_reason")
        if isinstance(reason, str):
            self.finish_reason, self.is_complete = reason, True
        if piece is None:
            return ""
        if not isinstance(piece, str):
            raise NonsenseError(f"with a piece of text that is not a string: {_json(piece)}")
        self.pieces.append(piece)
        return piece

    def completion(self, request: Request) -> Completion:
        """Return the text received, up to the stop string, which some servers send as well."""
        # A character outside the basic plane may come in two halves.
        whole = "".join(self.pieces).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        text, is_cut = cut_at_stop(whole, request.stop)
        usage = self.usage if isinstance(self.usage, dict) else {}
        counts = (usage.get(name) for name in ("prompt_tokens", "completion_tokens"))
        n_prompt, n_new = (n if type(n) is int and n >= 0 else None for n in counts)
        return Completion(text, n_prompt, n_new, "stop" if is_cut else self.finish_reason)


def read_answer(body: bytes, is_chat: bool) -> Answer:
    """Return the answer in the body of a response.

    Raises
    ------
    NonsenseError
        If it is not JSON, is not an answer, or is an answer without text.
    """
    value = _object(body)
    choice = _choice(value)
    text = _text_of(choice, "message") if is_chat else choice.get("text")
    reason = choice.get("finish_reason")
    if not isinstance(text, str):
        told = f" (finish_reason {reason!r})" if isinstance(reason, str) else ""
        raise NonsenseError(f"without text{told}: {_json(choice)}")
    return Answer(is_chat, [text], reason if isinstance(reason, str) else None, value.get("usage"), True)


def error_message(body: bytes) -> str:
    """Return the message in the body of an error, or the body itself; may be empty."""
    text = body.decode("utf-8", "replace")
    try:
        value = json_value(text)
    except ValueError:
        return text.strip()
    return _told(value) or text.strip()


def _told(value: Any) -> str:
    """Return the message in the JSON of an error, in one of the forms that servers use, or ""."""
    for name in ("error", "message", "detail"):
        found = value.get(name) if isinstance(value, dict) else None
        if isinstance(found, str) and found:
            return found
        if isinstance(found, dict):
            return _told(found) or _json(found)
        if isinstance(found, list) and found:  # FastAPI lists what it does not take
            return _json(found)
    return ""


def _object(data: bytes | str) -> dict[str, Any]:
    try:
        value = json_value(data)
    except ValueError:
        text = data if isinstance(data, str) else data.decode("utf-8", "replace")
        raise NonsenseError(f"with something that is not JSON: {text.strip() or 'nothing at all'}") from None
    if not isinstance(value, dict):
        raise NonsenseError(f"with JSON that is not an object: {_json(value)}")
    if value.get("error"):
        raise NonsenseError(f"with an error: {_told(value) or _json(value['error'])}")
    return value


def _choice(value: dict[str, Any]) -> dict[str, Any]:
    choices = value.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise NonsenseError(f"without choices: {_json(value)}")
    return choices[0]


def _text_of(choice: dict[str, Any], name: str) -> Any:
    """Return the content of a message, which some servers send in parts; None if it is missing."""
    message = choice.get(name)
    content = message.get("content") if isinstance(message, dict) else None
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, dict)]
        return "".join(part for part in parts if isinstance(part, str))
    return content


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
