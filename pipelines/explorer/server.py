"""ExplorerServer: serves the page on the loopback interface, to requests that have its token."""

from __future__ import annotations

import errno
import hmac
import os
import secrets
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from wordvec._utils.errors import ParameterError

from .answers import Answer, Answers, NotFoundError

__all__ = ["PAGE", "ExplorerServer", "read_page"]

PAGE = Path(__file__).with_name("page")
LOOPBACK = "127.0.0.1"
TOKEN_HEADER = "X-Wordvec-Token"
_FILES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/explorer.js": ("explorer.js", "text/javascript; charset=utf-8"),
    "/explorer.css": ("explorer.css", "text/css; charset=utf-8"),
}
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src data: blob:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
# Seconds after which an idle connection is closed.
_PATIENCE = 60


class ExplorerServer(ThreadingHTTPServer):
    """Serves a page and the answers to its requests, on this machine only.

    Any page in the browser can send requests to the loopback interface, and so can other users of the machine. A
    request therefore needs the token from the address, the loopback as its Host (against DNS rebinding), and no Origin
    other than this server.

    Parameters
    ----------
    answers : Answers
    port : int
        0 for a free one.
    page : Path, optional
        The folder with index.html, explorer.js and explorer.css; ours by default.

    Attributes
    ----------
    token : str
    url : str
        The address, with the token.
    on_close : callable
        Called once the server has stopped.

    Raises
    ------
    ParameterError
        If the port is in use, or needs privileges.
    FileNotFoundError
        If a file of the page is missing.
    """

    daemon_threads = True
    # On Windows it would let two programs listen at one port.
    allow_reuse_address = sys.platform != "win32"

    def __init__(self, answers: Answers, port: int = 0, *, page: Path | None = None) -> None:
        self.answers = answers
        self.files = {path: (read_page(name, page), kind) for path, (name, kind) in _FILES.items()}
        self.token = secrets.token_urlsafe(24)
        try:
            super().__init__((LOOPBACK, port), _Handler)
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
            reason = (
                "be one that no other program uses" if error.errno == errno.EADDRINUSE else "be from 1024"
            )
            raise ParameterError(
                "port", "explore", reason, port, "To take any free one, pass {port=0}."
            ) from error
        self.hosts = {f"{name}:{self.server_port}" for name in (LOOPBACK, "localhost")}
        self.on_close: Callable[[], None] = lambda: None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The address, with the token."""
        return f"http://{LOOPBACK}:{self.server_port}/?token={self.token}"

    def start(self) -> None:
        """Serve in a separate thread until `close`."""
        self._thread = threading.Thread(target=self.serve_forever, args=(0.1,), daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Return when the server is closed, or after Ctrl-C."""
        try:
            # Without a limit Ctrl-C would wait for the thread on Windows.
            while self._thread is not None and self._thread.is_alive():
                self._thread.join(0.5)
        except KeyboardInterrupt:
            self.close()

    def close(self) -> None:
        """Stop serving and release the port."""
        if self._thread is not None:
            self.shutdown()
            self._thread.join()
            self._thread = None
            self.on_close()
        self.server_close()

    def is_token(self, given: str) -> bool:
        """Return whether a text is the token, compared in constant time."""
        return hmac.compare_digest(given.encode("utf-8", "replace"), self.token.encode())

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore browsers that close the connection."""
        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: ExplorerServer
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "wordvec", ""
    timeout = _PATIENCE
    # Headers and body are two writes; the second would wait for the first to be acknowledged.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:  # noqa: N802
        """Answer a request."""
        try:
            address = urlsplit(self.path)
        except ValueError:  # such as http://[
            self._refuse(400, "The address is none.")
            return
        query = parse_qs(address.query, keep_blank_values=True)
        if not self._is_from_here():
            self._refuse(403, f"This address is only for pages of {LOOPBACK}.")
        elif address.path in _FILES:
            self._send_file(address.path, (query.get("token") or [""])[0])
        elif not self.server.is_token(self.headers.get(TOKEN_HEADER, "")):
            self._refuse(403, f"The header {TOKEN_HEADER} must contain the token of the address.")
        else:
            try:
                self._send(200, self.server.answers.answer(address.path, query))
            except NotFoundError as error:
                self._refuse(404, str(error))
            except ValueError as error:
                self._refuse(400, str(error))

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing: the terminal is for messages."""

    def _is_from_here(self) -> bool:
        origin = self.headers.get("Origin")
        hosts = self.server.hosts
        return self.headers.get("Host") in hosts and (
            origin is None or origin in {f"http://{host}" for host in hosts}
        )

    def _send_file(self, path: str, token: str) -> None:
        if path == "/" and not self.server.is_token(token):
            body = b"Open the address that wordvec explore printed: its token is missing or wrong.\n"
            self._send(403, Answer(body, "text/plain; charset=utf-8", {}))
            return
        body, kind = self.server.files[path]
        self._send(200, Answer(body, kind, {}))

    def _refuse(self, status: int, reason: str) -> None:
        answer = Answer.json({"error": " ".join(reason.split())})
        self._send(status, answer)

    def _send(self, status: int, answer: Answer) -> None:
        self.send_response(status)
        headers = {**_HEADERS, **answer.headers, "Content-Type": answer.content_type}
        for name, value in {**headers, "Content-Length": str(len(answer.body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)


def read_page(name: str, page: Path | None = None) -> bytes:
    """Return a file of the page, from its folder or another.

    Raises
    ------
    FileNotFoundError
        If it is not there.
    """
    folder = page or PAGE
    if not (folder / name).is_file():
        raise FileNotFoundError(
            f"The page of the explorer, {name}, is not in {os.fspath(folder)!r}. Reinstall wordvec."
        )
    return (folder / name).read_bytes()
