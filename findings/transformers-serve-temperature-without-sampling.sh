#!/usr/bin/env bash
# transformers 5.24.0's `transformers serve` speaks OpenAI's protocol, in which temperature 2 makes answers vary and
# temperature 0 makes them greedy. Here a request's temperature changes nothing unless the model's own
# generation_config.json says do_sample: the answer is greedy at any temperature, and no field of the answer tells.
# With do_sample in that file, the same request samples.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "torch>=2.6,<2.14" "transformers[serving]==5.24.0" "numpy==2.4.6"
cd "$work"
HF_HUB_OFFLINE=1 "$work/venv/bin/python" - <<'PYTHON'
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

letters = sorted(pre_tokenizers.ByteLevel.alphabet())
backend = Tokenizer(models.BPE({letter: number for number, letter in enumerate([*letters, "<e>"])}, []))
backend.pre_tokenizer, backend.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
torch.manual_seed(0)
config = GPT2Config(
    vocab_size=257, n_positions=64, n_embd=16, n_layer=1, n_head=2, bos_token_id=256, eos_token_id=256
)
model = GPT2LMHeadModel(config)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def answers(folder, temperatures):
    """Serve a folder, and return five answers at each temperature."""
    port = free_port()
    command = [sys.executable, "-m", "transformers.cli.transformers", "serve", folder]
    command += ["--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
    with open(f"{folder}.log", "w") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | {"OMP_NUM_THREADS": "1"})
        try:
            for _ in range(600):
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    time.sleep(0.2)
            return [[ask(port, folder, temperature) for _ in range(5)] for temperature in temperatures]
        finally:
            server.terminate()
            server.wait()


def ask(port, folder, temperature):
    body = {"model": folder, "messages": [{"role": "user", "content": "abc"}], "max_tokens": 8}
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/chat/completions",
        json.dumps(body | {"temperature": temperature}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.load(answer)["choices"][0]["message"]["content"]


for name, do_sample in (("plain", None), ("sampling", True)):
    folder = str(Path(name).resolve())
    model.generation_config.do_sample = do_sample
    model.save_pretrained(folder)
    PreTrainedTokenizerFast(tokenizer_object=backend, eos_token="<e>", pad_token="<e>").save_pretrained(folder)
    Path(folder, "chat_template.jinja").write_text("{% for m in messages %}{{ m['content'] }}{% endfor %}")
    hot, warm = answers(folder, (2.0, 1.0))
    print(f"do_sample {do_sample}: {len(set(hot))} different answers of 5 at temperature 2, {len(set(warm))} at 1")
    if do_sample:
        assert len(set(hot)) > 1 and len(set(warm)) > 1
    else:
        assert len({*hot, *warm}) == 1
PYTHON
