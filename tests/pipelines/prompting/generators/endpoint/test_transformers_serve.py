"""The generator of endpoints against `transformers serve`, with a small folder of ours on loopback."""

import importlib.util
import os
import socket
import subprocess
import sys
import time
from dataclasses import replace

import pytest

pytest.importorskip("httpx")
pytest.importorskip("transformers", minversion="5")
for name in ("fastapi", "uvicorn", "openai", "accelerate"):
    if importlib.util.find_spec(name) is None:
        pytest.skip(
            f"transformers serve needs {name}: pip install transformers[serving]", allow_module_level=True
        )

from wordvec.pipelines.prompting import DecoderGenerator, EndpointError, HTTPGenerator

from ..support import decoder, tokenizer

pytestmark = [pytest.mark.slow, pytest.mark.process]
PROMPTS = ["the cat sat", "a dog and", "not bad at"]
TEMPLATE = "{% for message in messages %}{{ message['content'] }}{% endfor %}"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """Returns a decoder as a generator, and the address at which transformers serves it."""
    folder = tmp_path_factory.mktemp("served") / "model"
    tokens = tokenizer()
    model = decoder(tokens)
    model.save_pretrained(folder)
    tokens.save(folder)
    (folder / "chat_template.jinja").write_text(TEMPLATE)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    serve = [
        "-m",
        "transformers.cli.transformers",
        "serve",
        str(folder),
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    log = folder.with_name("log.txt")
    with log.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, *serve, "--device", "cpu"],
            stdout=file,
            stderr=file,
            env=os.environ | {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"},
        )
    try:
        wait_for(process, port, log)
        yield DecoderGenerator(model, tokens), f"http://127.0.0.1:{port}/v1", str(folder)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(process, port, log):
    """Wait until a server listens, at most two minutes."""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        if process.poll() is not None:
            pytest.fail(f"transformers serve ended: {log.read_text()[-2000:]}")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.2)
    pytest.fail("transformers serve does not listen")


@pytest.mark.parametrize("is_chat", [False, True], ids=["text", "chat"])
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_a_served_decoder_answers_as_ours(served, is_chat, stream):
    ours, url, name = served
    with HTTPGenerator(url, model=name, chat=is_chat) as theirs:
        pieces = {number: [] for number in range(len(PROMPTS))}

        def take(number, piece):
            pieces[number].append(piece)

        found = theirs.generate(PROMPTS, max_tokens=8, on_text=take if stream else None)
        want = ours.generate(PROMPTS, max_tokens=8)
        if stream:
            # Bytes that are no whole character at the end of an answer are not streamed.
            want = [replace(each, text=each.text.rstrip("\ufffd")) for each in want]
            assert ["".join(some) for some in pieces.values()] == [each.text for each in want]
        assert found == want
        stop = want[0].text[2:5]
        (cut,) = theirs.generate(PROMPTS[:1], max_tokens=8, stop=stop)
        assert cut.text == ours.generate(PROMPTS[:1], max_tokens=8, stop=stop)[0].text
        assert cut.finish_reason == "stop"


def test_another_model_is_refused(served):
    _, url, _ = served
    with pytest.raises(EndpointError, match="answered 400 Bad Request: Server is pinned to") as caught:
        HTTPGenerator(url, model="another", max_retries=0).generate(["p"])
    assert caught.value.status == 400
