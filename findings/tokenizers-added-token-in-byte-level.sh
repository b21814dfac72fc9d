#!/usr/bin/env bash
# tokenizers 0.23.3 does not give back an added token with an accent from a byte-level tokenizer.
#
# A byte-level decoder turns the characters of all tokens into bytes by GPT-2's table. Added tokens stand in the
# vocabulary as they were added, not in that alphabet, and are put through the table all the same: the letter é is the
# byte E9 there, which is no UTF-8. The id is right; only decode loses the letter. Tokens of ASCII come back whole.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "tokenizers==0.23.3"
"$work/venv/bin/python" - <<'PYTHON'
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
tokenizer = Tokenizer(models.BPE({letter: row for row, letter in enumerate(alphabet)}, []))
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
tokenizer.decoder = decoders.ByteLevel()
tokenizer.add_tokens(["café", "tea"])
decoded = {word: tokenizer.decode(tokenizer.encode(word).ids) for word in ("café", "tea")}
print("as added and as decoded:", decoded)
assert decoded == {"café": "caf\ufffd", "tea": "tea"}
PYTHON
