"""Small vectors of two models, a page that stands for ours, and a client of the server."""

import json
import urllib.error
import urllib.request

import numpy as np
import pytest

from wordvec import KeyedVectors
from wordvec.pipelines.explorer import server as server_module
from wordvec.pipelines.explorer.exploration import answers_of, serve
from wordvec.pipelines.explorer.spaces import Space

HTML = (
    "<!doctype html><head><!-- styles --><link rel=stylesheet href=explorer.css><!-- /styles --></head>"
    "<body><!-- scripts --><script src=explorer.js></script><!-- /scripts --></body>"
)


def make_vectors(seed=0, n=120, size=8):
    rng = np.random.default_rng(seed)
    words = [f"w{row}" for row in range(n - 3)] + ["<b>", "词", 'a"\\']
    return KeyedVectors(rng.normal(size=(n, size)), words, np.arange(n, 0, -1) * 100)


@pytest.fixture(scope="session")
def kv():
    return make_vectors()


@pytest.fixture(scope="session")
def other():
    return make_vectors(1)


@pytest.fixture(scope="session")
def page(tmp_path_factory):
    """Make the three files of a page."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "index.html").write_text(HTML)
    (folder / "explorer.js").write_text("let a = 1 < 2;\n")
    (folder / "explorer.css").write_text("b { color: red }\n")
    return folder


@pytest.fixture
def own_page(monkeypatch, page):
    """Let the command serve this page."""
    monkeypatch.setattr(server_module, "PAGE", page)


class Client:
    """Asks a server; returns status, headers and body, which is parsed if it is JSON."""

    def __init__(self, server):
        self.server = server

    def __call__(self, path, token=None, **headers):
        headers = {"X-Wordvec-Token": self.server.token if token is None else token, **headers}
        request = urllib.request.Request(f"http://127.0.0.1:{self.server.server_port}{path}", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                status, found, body = answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            status, found, body = error.code, error.headers, error.read()
        if found["Content-Type"].startswith("application/json"):
            body = json.loads(body)
        return status, found, body

    def json(self, path):
        status, _, body = self(path)
        assert status == 200, body
        return body


@pytest.fixture(scope="session")
def ask(kv, other, page):
    """Serve two models; return a client."""
    spaces = [Space("ours", kv), Space("theirs", other)]
    server = serve(answers_of("both", spaces, layout="pca", seed=0, tell=print), page=page)
    yield Client(server)
    server.close()
