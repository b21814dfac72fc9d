"""HTTP requests to an endpoint: the key, timeouts, retries, and limits on the size and time of responses."""

from __future__ import annotations

import itertools
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from wordvec._utils.messages import counted

from .errors import EndpointError
from .event_stream import event_data
from .messages import Answer, NonsenseError, error_message, read_answer
from .retries import LONGEST_WAIT, backoff, is_passing, retry_after

if TYPE_CHECKING:
    import httpx

__all__ = ["Transport"]

_MOST_BYTES = 1 << 25
_MOST_SHOWN = 240  # of what a server says
# The numbers of tokens come in a last event, if they are asked for.
_STREAM = {"stream": True, "stream_options": {"include_usage": True}}


class _FailedError(Exception):
    """An attempt failed.

    Parameters
    ----------
    finding : str
        A clause that continues "The endpoint ...", without a full stop.
    *ways : str
        As for `AdvisedError`.
    advice : str
        A sentence that follows the finding.
    status : int, optional
    is_passing : bool
        Whether another attempt may succeed.
    wait : float, optional
        Seconds that the endpoint asks to wait before the next attempt.
    """

    def __init__(
        self,
        finding: str,
        *ways: str,
        advice: str = "",
        status: int | None = None,
        is_passing: bool = False,
        wait: float | None = None,
    ) -> None:
        super().__init__(finding)
        self.finding, self.ways, self.advice = finding, ways, advice
        self.status, self.is_passing, self.wait = status, is_passing, wait


class Transport:
    """A sender of requests to one URL.

    Parameters
    ----------
    url : str
        The full URL, e.g. "http://localhost:8000/v1/chat/completions".
    key_variable : str or None
        The environment variable that holds the key, which is read for each request and never stored.
    timeout : float
        Seconds to wait for an answer or, in a stream, for the next event.
    max_retries : int
    """

    def __init__(self, url: str, key_variable: str | None, timeout: float, max_retries: int) -> None:
        self.url, self.key_variable, self.timeout, self.max_retries = url, key_variable, timeout, max_retries
        parts = urlsplit(url)
        self.shown = f"The endpoint {parts.scheme}://{parts.netloc}{parts.path}"  # a query may hold a secret
        self._client: httpx.Client | None = None

    def open(self) -> None:
        """Prepare the connections, which threads share."""
        import httpx

        if self._client is None:
            self._client = httpx.Client(timeout=self.timeout, limits=httpx.Limits(max_connections=None))

    def close(self) -> None:
        """Close all connections; `open` makes new ones."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def send(
        self,
        body: dict[str, Any],
        *,
        is_chat: bool,
        stopped: threading.Event,
        on_text: Callable[[str], object] | None = None,
    ) -> Answer:
        """Return the answer to a request, which is sent again after transient failures of the endpoint.

        Parameters
        ----------
        body : dict
            Fields that are None are left out.
        is_chat : bool
        stopped : Event
            Once it is set, no request is sent again.
        on_text : callable, optional
            Called with each piece of the text; the answer is then streamed. A request is not sent again once a piece of
            its answer was passed on.

        Raises
        ------
        EndpointError
            If no answer is obtained.
        """
        n_pieces = 0

        def hand_on(piece: str) -> None:
            nonlocal n_pieces
            n_pieces += 1
            assert on_text is not None
            on_text(piece)

        fields = (_STREAM if on_text else {}) | body
        data = json.dumps({name: value for name, value in fields.items() if value is not None}).encode()
        for attempt in range(self.max_retries + 1):
            try:
                return self._attempt(data, is_chat, hand_on if on_text else None)
            except _FailedError as failure:
                is_last = attempt == self.max_retries or n_pieces > 0 or not failure.is_passing
                if is_last or not _waited(failure, attempt, data, stopped):
                    raise self._error(failure, attempt + 1) from None
        raise AssertionError("the last attempt returns or raises")

    def _error(self, failure: _FailedError, n_attempts: int) -> EndpointError:
        tries = f" ({counted(n_attempts, 'attempt')})" if n_attempts > 1 else ""
        # Servers repeat keys in their errors: the whole one goes before the text is cut.
        found = _shortened(self._without_key(failure.finding).rstrip(". \n"))
        parts = [f"{self.shown} {found}{tries}.", self._without_key(failure.advice)]
        if failure.wait is not None and failure.wait > LONGEST_WAIT:
            parts.append(f"It asks to wait {failure.wait:,.0f} s.")
        return EndpointError(" ".join(filter(None, parts)), *failure.ways, status=failure.status)

    def _attempt(self, data: bytes, is_chat: bool, on_text: Callable[[str], object] | None) -> Answer:
        import httpx

        assert self._client is not None
        headers = {"Content-Type": "application/json", **self._authorization()}
        answer = Answer(is_chat)
        try:
            with self._client.stream("POST", self.url, content=data, headers=headers) as response:
                chunks = self._chunks(response)
                if not response.is_success:
                    raise self._refusal(response, b"".join(chunks))
                first = next(chunks, b"")
                chunks = itertools.chain([first], chunks)
                if _is_stream(response, first):
                    for event in event_data(chunks):
                        piece = answer.add_event(event)
                        if piece and on_text is not None:
                            on_text(piece)
                else:
                    answer = read_answer(b"".join(chunks), is_chat)
                    if on_text is not None:
                        on_text(answer.pieces[0])
        except NonsenseError as error:
            raise _FailedError(f"answered {error}") from None
        except UnicodeDecodeError:
            raise _FailedError("answered with events that are not UTF-8") from None
        except httpx.TimeoutException:
            raise self._slow() from None
        except httpx.ConnectError as error:
            advice = "Is the server running, and the address right?"
            raise _FailedError(f"cannot be reached: {_told(error)}", advice=advice, is_passing=True) from None
        except httpx.TransportError as error:
            if not answer.is_complete:  # nothing but the end of the stream may be missing
                raise _FailedError(f"broke off: {_told(error)}", is_passing=True) from None
        except (httpx.InvalidURL, httpx.DecodingError) as error:
            raise _FailedError(f"failed: {_told(error)}") from None
        if not answer.is_complete:
            raise _FailedError("broke off in the middle of an answer", is_passing=True)
        return answer

    def _chunks(self, response: httpx.Response) -> Iterator[bytes]:
        """Yield the body of a response; raise an error if it takes longer than the timeout, or is too large."""
        deadline = time.monotonic() + self.timeout
        n_bytes = 0
        for chunk in response.iter_bytes():
            if time.monotonic() > deadline:
                raise self._slow()
            # Comments that keep a connection alive are not an answer.
            if b"data:" in chunk and _is_stream(response, chunk):
                deadline = time.monotonic() + self.timeout
            n_bytes += len(chunk)
            if n_bytes > _MOST_BYTES:
                raise _FailedError(f"answered with more than {_MOST_BYTES >> 20} MiB")
            yield chunk

    def _slow(self) -> _FailedError:
        return _FailedError(
            f"did not answer within {self.timeout:g} s", "a longer {timeout}", is_passing=True
        )

    def _refusal(self, response: httpx.Response, body: bytes) -> _FailedError:
        """Return the error for a status other than success."""
        status = response.status_code
        said = error_message(body)
        finding, advice = f"answered {status} {response.reason_phrase}".rstrip(), ""
        if said:
            finding += f": {said}"
        if response.is_redirect:
            place = response.headers.get("location", "nowhere")
            advice = f"It redirects to {place!r}: pass that address."
        elif status == 401:
            advice = self._about_key()
        elif status == 404 and urlsplit(self.url).path in ("/chat/completions", "/completions"):
            advice = "Most addresses end in /v1."
        wait = retry_after(response.headers)
        return _FailedError(finding, advice=advice, status=status, is_passing=is_passing(status), wait=wait)

    def _about_key(self) -> str:
        name = self.key_variable
        if name is None:
            return "No key was sent, as no environment variable was named."
        return f"The key is that of the environment variable {name}, which is {'set' if self._key() else 'not set'}."

    def _authorization(self) -> dict[str, str]:
        key = self._key()
        if not key:
            return {}
        if not (key.isascii() and key.isprintable()) or " " in key:
            raise _FailedError(
                f"was not asked: the environment variable {self.key_variable} contains a space, a line break or "
                "another character that is not valid in a key"
            )
        return {"Authorization": f"Bearer {key}"}

    def _key(self) -> str:
        return os.environ.get(self.key_variable, "").strip() if self.key_variable else ""

    def _without_key(self, text: str) -> str:
        key = self._key()
        return text.replace(key, "[the key]") if key else text

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_client": None}


def _is_stream(response: httpx.Response, chunk: bytes) -> bool:
    """Return whether a body is a stream of events, which some servers label as plain text."""
    kind = response.headers.get("content-type", "")
    return (
        kind.startswith("text/event-stream") or kind.startswith("text/plain") and chunk.startswith(b"data:")
    )


def _waited(failure: _FailedError, attempt: int, data: bytes, stopped: threading.Event) -> bool:
    """Wait before another attempt; return False if that would take too long, or no request is to be sent again."""
    wait = backoff(attempt, data.decode()) if failure.wait is None else failure.wait
    return wait <= LONGEST_WAIT and not stopped.wait(wait)


def _told(error: Exception) -> str:
    return str(error) or type(error).__name__


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _MOST_SHOWN else f"{line[:_MOST_SHOWN]}..."
