"""A small server of OpenAI's protocol in a thread, which answers as a script says and remembers what it was asked."""

import contextlib
import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

USAGE = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}


@dataclass
class Reply:
    """A response: chunks of the body, each after `pause` seconds; `drop` closes the connection before its end."""

    body: object = b""
    status: int = 200
    kind: str = "application/json"
    headers: dict = field(default_factory=dict)
    pause: float = 0.0
    drop: bool = False

    def chunks(self):
        if isinstance(self.body, list):
            return [chunk.encode() if isinstance(chunk, str) else chunk for chunk in self.body]
        text = self.body if isinstance(self.body, (bytes, str)) else json.dumps(self.body)
        return [text.encode() if isinstance(text, str) else text]


def chat(text, reason="stop", usage=USAGE):
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": reason, "logprobs": None}
    return Reply(
        {
            "id": "c1",
            "object": "chat.completion",
            "created": 1,
            "model": "small",
            "choices": [choice],
            "usage": usage,
        }
    )


def plain(text, reason="stop", usage=USAGE):
    choice = {"index": 0, "text": text, "finish_reason": reason, "logprobs": None}
    return Reply(
        {
            "id": "c1",
            "object": "text_completion",
            "created": 1,
            "model": "small",
            "choices": [choice],
            "usage": usage,
        }
    )


def events(*pieces, is_chat=True, reason="stop", usage=USAGE, done=True, **options):
    """Return a stream of pieces of text, the reason, the usage and the end."""

    def event(choices, usage=None):
        kind = "chat.completion.chunk" if is_chat else "text_completion"
        value = {
            "id": "c1",
            "object": kind,
            "created": 1,
            "model": "small",
            "choices": choices,
            "usage": usage,
        }
        return f"data: {json.dumps(value, ensure_ascii=False)}\n\n"

    def choice(piece, reason=None):
        text = {"delta": {} if piece is None else {"content": piece}} if is_chat else {"text": piece or ""}
        return [{"index": 0, "finish_reason": reason, **text}]

    chunks = [event(choice(piece)) for piece in pieces]
    chunks += [event(choice(None, reason))] if reason else []
    chunks += [event([], usage)] if usage else []
    chunks += ["data: [DONE]\n\n"] if done else []
    return Reply(chunks, kind="text/event-stream", **options)


@contextlib.contextmanager
def serving(script):
    """Serve replies on loopback.

    Parameters
    ----------
    script : callable or list
        From a parsed request to a Reply, or the replies one after the other, the last for ever.

    Yields
    ------
    Server
        With `url`, and `asked`, a list of (path, headers by lower-case names, body).
    """
    server = _Server(script)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, script):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script, self.asked = script, []
        self.released = threading.Event()  # ends what replies wait for
        self.now, self.most = 0, 0  # requests under way, and the most of them at a time
        self.lock = threading.Lock()
        self.url = f"http://127.0.0.1:{self.server_address[1]}/v1"

    def reply(self, body):
        if callable(self.script):
            return self.script(body)
        return self.script[min(len(self.asked), len(self.script)) - 1]

    def handle_error(self, request, address):
        pass  # clients that do not wait for the end are part of the tests


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        server = self.server
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with server.lock:
            headers = {name.lower(): value for name, value in self.headers.items()}
            server.asked.append((self.path, headers, body))
            server.now += 1
            server.most = max(server.most, server.now)
            reply = server.reply(body)
        try:
            self.send(reply)
        finally:
            with server.lock:
                server.now -= 1

    def send(self, reply):
        chunks = reply.chunks()
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.kind)
        self.send_header("Content-Length", str(sum(map(len, chunks)) + reply.drop))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        for chunk in chunks:
            self.server.released.wait(reply.pause)
            self.wfile.write(chunk)
            self.wfile.flush()
        if reply.drop:
            self.close_connection = True

    def log_message(self, *_):
        pass


def wait_until(condition, seconds=5.0):
    """Wait until a condition holds, at most some seconds."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    assert condition()
