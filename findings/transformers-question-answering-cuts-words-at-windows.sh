#!/usr/bin/env bash
# The question-answering pipeline of transformers 4.57.6 aligns answers to words (align_to_words, on unless it is turned
# off). A long passage is read in overlapping windows, though, and the edges of a word are those of its pieces in the
# window: where a window begins inside a word, answers begin inside it, too, and with one window they never do.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "torch>=2.6,<2.14" "transformers==4.57.6" "numpy==2.4.6"
cd "$work"
HF_HUB_OFFLINE=1 "$work/venv/bin/python" - <<'PYTHON'
import string

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import BertConfig, BertForQuestionAnswering, PreTrainedTokenizerFast, QuestionAnsweringPipeline

letters = string.ascii_lowercase
names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *letters, *(f"##{letter}" for letter in letters)]
backend = Tokenizer(models.WordPiece({name: number for number, name in enumerate(names)}, unk_token="[UNK]"))
backend.pre_tokenizer, backend.decoder = pre_tokenizers.Whitespace(), decoders.WordPiece()
backend.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
tokenizer = PreTrainedTokenizerFast(
    tokenizer_object=backend, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
)
torch.manual_seed(0)
config = BertConfig(len(names), 16, 1, 2, 32, max_position_embeddings=256)
pipeline = QuestionAnsweringPipeline(model=BertForQuestionAnswering(config).eval(), tokenizer=tokenizer, device="cpu")
passage = "whales are mammals that live in oceans everywhere and sing songs"


def inside_words(length):
    """Return the answers that begin inside a word, of twenty."""
    found = pipeline("what", passage, top_k=20, max_seq_len=length, doc_stride=8, align_to_words=True)
    return [answer["answer"] for answer in found if answer["start"] and passage[answer["start"] - 1].isalpha()]


one, many = inside_words(200), inside_words(24)
print("begin inside a word: in one window", one, "in windows of 24 pieces", many)
assert not one and many
PYTHON
