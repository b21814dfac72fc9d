#!/usr/bin/env bash
# transformers 5.24.0 lower-cases with a cased BERT tokenizer whose tokenizer.json says not to.
#
# Version 5 builds a BertTokenizer from the vocabulary and the fields of tokenizer_config.json; the normaliser of
# tokenizer.json is not read. do_lower_case is true where tokenizer_config.json does not set it, so a folder whose
# tokenizer.json keeps capitals, and gives them ids of their own in tokenizers, loses them here.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "transformers==5.24.0" "tokenizers==0.23.3"
"$work/venv/bin/python" - "$work/model" <<'PYTHON'
import json
import sys
from pathlib import Path

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
from transformers import AutoTokenizer

folder = Path(sys.argv[1])
folder.mkdir()
words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "Paris", "paris"]
cased = Tokenizer(models.WordPiece({word: row for row, word in enumerate(words)}, unk_token="[UNK]"))
cased.normalizer = normalizers.BertNormalizer(lowercase=False)
cased.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
cased.save(str(folder / "tokenizer.json"))
(folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "BertTokenizer"}))
by_tokenizers = cased.encode("Paris", add_special_tokens=False).tokens
by_transformers = AutoTokenizer.from_pretrained(folder).tokenize("Paris")
print("tokenizers:", by_tokenizers, "transformers:", by_transformers)
assert by_tokenizers == ["Paris"] and by_transformers == ["paris"]
PYTHON
