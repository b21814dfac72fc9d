#!/usr/bin/env bash
# fsspec 2026.9.0 over http takes every answer that is no success, and no answer at all, for a file that is not there.
#
# `info`, and so `open`, raise FileNotFoundError with the address alone when the server refuses (403), fails (500), or does
# not listen; what happened is only in the exception's __cause__. Code that skips missing files skips files that its
# credentials do not reach. The file system's `exists` answers False in these cases, too.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "fsspec==2026.9.0" "aiohttp==3.14.5"
"$work/venv/bin/python" - <<'PYTHON'
import http.server
import socket
import threading

import fsspec


class Refusing(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_error(int(self.path.strip("/")))

    do_HEAD = do_GET

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
threading.Thread(target=server.serve_forever, daemon=True).start()
with socket.socket() as unused:
    unused.bind(("127.0.0.1", 0))
    closed = unused.getsockname()[1]
files = fsspec.filesystem("http")
for url, status in (
    (f"http://127.0.0.1:{server.server_port}/403", 403),
    (f"http://127.0.0.1:{server.server_port}/500", 500),
    (f"http://127.0.0.1:{closed}/a", None),
):
    try:
        files.open(url)
        raise SystemExit("it opened")
    except FileNotFoundError as error:
        cause = error.__cause__
        print(type(error).__name__, "| cause:", type(cause).__name__, getattr(cause, "status", ""))
        assert str(error) == url and getattr(cause, "status", None) == status
    assert files.exists(url) is False
server.shutdown()
PYTHON
