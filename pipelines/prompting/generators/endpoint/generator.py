"""A generator that calls an endpoint with an OpenAI-compatible API."""

from __future__ import annotations

import os
import re
import threading
import warnings
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from types import TracebackType
from typing import Any, ClassVar
from urllib.parse import urlsplit

from wordvec._utils.errors import ParameterError
from wordvec._utils.parameters import Integer, Real, Rule
from wordvec._utils.validation import check_arguments, import_optional

from ..completions import MAX_TOKENS, Completion, Request
from .cache import CompletionCache
from .messages import request_body
from .transport import Transport

__all__ = ["HTTPGenerator"]

_OWNER = "HTTPGenerator"
_CHAT, _PLAIN = "/chat/completions", "/completions"
_OWN_FIELDS = ("model", "messages", "prompt", "stream")


class HTTPGenerator:
    """A generator that calls an endpoint with OpenAI's chat or completions API.

    Such endpoints are OpenAI's own and those of vLLM, llama.cpp, Ollama, ``transformers serve`` and others. It needs
    httpx: ``pip install "wordvec[prompting]"``.

    The key is read from the environment for each request. It never appears in a message, repr, file or log.

    Parameters
    ----------
    url : str
        The base URL, usually ending in ``/v1``, or the full URL ending in ``/chat/completions`` or ``/completions``.
    model : str
        The name of the model at the endpoint.
    chat : bool, optional
        Whether a prompt is sent as a user message or as a text to complete. By default the end of the URL decides; if
        it does not, prompts are sent as messages.
    system : str, optional
        A system message that precedes the prompt in a chat.
    api_key_variable : str or None
        The environment variable that holds the key; if it is not set, or is None, no key is sent.
    timeout : float
        Seconds to wait for an answer or, in a stream, for its next piece.
    max_retries : int
        How often a request is sent again if the endpoint cannot be reached, times out, or answers 408, 409, 425, 429 or
        5xx: after 0.5 s, 1 s, 2 s and so on, or after the time that Retry-After states.
    concurrency : int
        Maximum number of simultaneous requests.
    cache : path, optional
        A folder in which answers are cached; several processes may share it. The key of an answer is a hash of the URL
        and of all fields of the request.
    options : mapping, optional
        Further fields of each request, e.g. ``{"top_p": 0.9}``; a field that is None is left out.

    Examples
    --------
    >>> from wordvec.pipelines.prompting import HTTPGenerator
    >>> generator = HTTPGenerator("http://localhost:8000/v1", model="small")
    >>> answers = generator.generate(["What is 2 + 2?"], max_tokens=10)  # doctest: +SKIP
    """

    _parameter_rules: ClassVar[dict[str, Rule]] = {
        "timeout": Real(0.0, 86400.0, low_open=True),
        "max_retries": Integer(0, 100),
        "concurrency": Integer(1, 1000),
    }

    def __init__(
        self,
        url: str,
        *,
        model: str,
        chat: bool | None = None,
        system: str | None = None,
        api_key_variable: str | None = "OPENAI_API_KEY",
        timeout: float = 60.0,
        max_retries: int = 4,
        concurrency: int = 4,
        cache: str | os.PathLike[str] | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        import_optional("httpx", pip="wordvec[prompting]", purpose=_OWNER)
        values = check_arguments(
            self._parameter_rules,
            _OWNER,
            dict(timeout=timeout, max_retries=max_retries, concurrency=concurrency),
        )
        for name, text in (("model", model), ("system", system)):
            if not (isinstance(text, str) and text) and not (name == "system" and text is None):
                raise ParameterError(name, _OWNER, "be a text that is not empty", text)
        if not isinstance(chat, bool | None):
            raise ParameterError("chat", _OWNER, "be True, False or None", chat)
        base, ending = _checked_url(url)
        if chat is not None and ending and chat != (ending == _CHAT):
            rule = f"be left out if the address ends in {ending}, or fit it"
            raise ParameterError("chat", _OWNER, rule, chat)
        self.url, self.model, self.system = url, model, system
        self.chat = ending != _PLAIN if chat is None else chat
        if system is not None and not self.chat:
            raise ParameterError("system", _OWNER, "be None if prompts are not sent as chats", system)
        self.concurrency: int = values.concurrency
        self.cache = None if cache is None else CompletionCache(cache)
        self.options = _checked_options(options)
        path, question, query = base.partition("?")
        address = f"{path}{_CHAT if self.chat else _PLAIN}{question}{query}"
        self._transport = Transport(
            address, _checked_variable(api_key_variable), values.timeout, values.max_retries
        )

    def generate(
        self,
        prompts: Sequence[str],
        *,
        max_tokens: int = MAX_TOKENS,
        stop: str | Sequence[str] = (),
        temperature: float = 0.0,
        seed: int = 0,
        on_text: Callable[[int, str], object] | None = None,
    ) -> list[Completion]:
        """Return the completion of each prompt; see `Generator`. Equal requests are sent once.

        Parameters
        ----------
        on_text : callable, optional
            Called with the index of a prompt and each piece of its text as soon as it arrives, never concurrently. A
            stop string that the endpoint sends is part of the pieces, but not of the completion.

        Raises
        ------
        EndpointError
            If the endpoint cannot be reached, times out, refuses a request or does not follow the protocol. Requests
            already sent are waited for, and with a cache no answer that arrived is lost.
        TypeError, ValueError
            If an argument is invalid.
        """
        request = Request.checked(_OWNER, prompts, max_tokens, stop, temperature, seed)
        if on_text is not None and not callable(on_text):
            raise ParameterError("on_text", f"{_OWNER}.generate", "be a callable", on_text)
        asked: dict[str, dict[str, Any]] = {}
        numbers: dict[str, list[int]] = {}
        for number, (prompt, repetition) in enumerate(zip(request.prompts, request.occurrences())):
            body = request_body(
                prompt,
                request,
                (request.seed + repetition) % 2**63,
                model=self.model,
                is_chat=self.chat,
                system=self.system,
                options=self.options,
            )
            what = {"address": self._transport.url, "body": body}
            key = CompletionCache.key(what)
            asked[key] = what
            numbers.setdefault(key, []).append(number)
        lock, stopped = threading.Lock(), threading.Event()

        def answer(key: str) -> Completion:
            def hand_on(piece: str) -> None:
                assert on_text is not None
                with lock:
                    for number in numbers[key]:
                        on_text(number, piece)

            return self._answer(key, asked[key], request, stopped, hand_on if on_text else None)

        self._transport.open()
        found = _all_answers(answer, list(asked), self.concurrency, stopped)
        by_number = {number: found[key] for key, own in numbers.items() for number in own}
        return [by_number[number] for number in range(len(request.prompts))]

    def _answer(
        self,
        key: str,
        asked: dict[str, Any],
        request: Request,
        stopped: threading.Event,
        on_text: Callable[[str], object] | None,
    ) -> Completion:
        """Return the completion of one request, from the cache or from the endpoint."""
        completion = None if self.cache is None else self.cache.get(key)
        if completion is not None:
            if on_text is not None:
                on_text(completion.text)
            return completion
        answer = self._transport.send(asked["body"], is_chat=self.chat, stopped=stopped, on_text=on_text)
        completion = answer.completion(request)
        if self.cache is not None:
            try:
                self.cache.put(key, asked["body"], completion)
            except OSError as error:  # the answer has been paid for
                warnings.warn(f"An answer of {self!r} could not be kept: {error}.", stacklevel=2)
        return completion

    def close(self) -> None:
        """Close the connections; the next request opens new ones."""
        self._transport.close()

    def __enter__(self) -> HTTPGenerator:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        others = {"system": self.system, "options": self.options or None}
        told = "".join(f", {name}={value!r}" for name, value in others.items() if value is not None)
        return f"{_OWNER}({self.url.partition('?')[0]!r}, model={self.model!r}, chat={self.chat}{told})"


def _all_answers(
    answer: Callable[[str], Completion], keys: list[str], concurrency: int, stopped: threading.Event
) -> dict[str, Completion]:
    """Return the answer for each key; after a failure no more requests are sent, and the first failure is raised."""
    if len(keys) <= 1 or concurrency == 1:
        return {key: answer(key) for key in keys}
    with ThreadPoolExecutor(min(concurrency, len(keys)), thread_name_prefix=_OWNER) as pool:
        futures: dict[str, Future[Completion]] = {key: pool.submit(answer, key) for key in keys}
        try:
            wait(futures.values(), return_when=FIRST_EXCEPTION)
        finally:
            stopped.set()
            for future in futures.values():
                future.cancel()
    failed = [f.exception() for f in futures.values() if not f.cancelled() and f.exception() is not None]
    if failed:
        assert failed[0] is not None
        raise failed[0]
    return {key: future.result() for key, future in futures.items()}


def _checked_url(url: Any) -> tuple[str, str]:
    """Return the base URL, and the ending that shows the protocol or "".

    Raises
    ------
    ParameterError, ValueError
        If it is not a URL, or contains a password.
    """
    rule = "be an address that begins with http:// or https://"
    if not isinstance(url, str):
        raise ParameterError("url", _OWNER, rule, url)
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and url == url.strip()
        parts.port  # noqa: B018 - raises if it is no number
    except ValueError:
        is_address = False
        parts = urlsplit("")
    if not is_address or parts.fragment or any(c.isspace() for c in url):
        raise ParameterError("url", _OWNER, rule, url)
    if "@" in parts.netloc:
        raise ValueError(
            f"The url parameter of {_OWNER} must not contain a name and password. Put the key into an "
            f"environment variable "
            "and pass its name as api_key_variable."
        )
    path = parts.path.rstrip("/")
    ending = next((end for end in (_CHAT, _PLAIN) if path.endswith(end)), "")
    return parts._replace(path=path.removesuffix(ending)).geturl(), ending


def _checked_variable(name: Any) -> str | None:
    if name is None or isinstance(name, str) and re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        return name
    raise ValueError(
        f"The api_key_variable parameter of {_OWNER} must be the name of an environment variable, or None. What was "
        "passed is not shown, for it may be the key itself."
    )


def _checked_options(options: Any) -> dict[str, Any]:
    if options is None:
        return {}
    if not isinstance(options, Mapping) or not all(isinstance(name, str) for name in options):
        raise ParameterError("options", _OWNER, "be a mapping of names of fields to values", options)
    for name in _OWN_FIELDS:
        if name in options:
            raise ParameterError("options", _OWNER, f"not contain {name!r}, which is already set", options)
    try:
        CompletionCache.key(options)
    except (TypeError, ValueError, RecursionError) as error:
        raise ParameterError(
            "options", _OWNER, f"contain only values that JSON supports ({error})", options
        ) from None
    return dict(options)
