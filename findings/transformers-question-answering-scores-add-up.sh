#!/usr/bin/env bash
# transformers 4.57.6: the best answer of the question-answering pipeline depends on how many answers are asked for, and
# its score, described as a probability, passes 1.
#
# The pipeline takes top_k spans of each window and, where several have the same text, adds their scores up under one of
# them; only then are they ranked. With a larger top_k more spans of each window take part, so that a text which stands
# in many windows overtakes the answer that was best with top_k=1.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "transformers==4.57.6" "torch==2.13.0" "numpy<3"
"$work/venv/bin/python" - "$work/model" <<'PYTHON'
import sys
from pathlib import Path

import torch
from transformers import BertConfig, BertForQuestionAnswering, BertTokenizerFast, pipeline

folder = Path(sys.argv[1])
folder.mkdir()
words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "who", "ada", "met", "bob"]
(folder / "vocab.txt").write_text("\n".join(words))
tokenizer = BertTokenizerFast(vocab_file=str(folder / "vocab.txt"))
torch.manual_seed(0)
config = BertConfig(
    vocab_size=len(words), hidden_size=16, num_hidden_layers=0, num_attention_heads=2, max_position_embeddings=64
)
model = BertForQuestionAnswering(config).eval()
# A head that likes answers which begin and end with "bob", wherever they stand.
with torch.no_grad():
    embeddings = model.bert.embeddings
    embeddings.position_embeddings.weight.zero_()
    embeddings.token_type_embeddings.weight.zero_()
    bob = embeddings(torch.tensor([[words.index("bob")]]))[0, 0]
    model.qa_outputs.weight.copy_(bob.expand(2, -1))
    model.qa_outputs.bias.zero_()
ask = pipeline("question-answering", model=model, tokenizer=tokenizer)
passage = " ".join(["ada met who bob"] * 40)
(one,), five = (
    found if isinstance(found, list) else [found]
    for found in (
        ask(question="who", context=passage, max_seq_len=32, doc_stride=8, top_k=k) for k in (1, 5)
    )
)
print("top_k=1:", one["answer"], round(one["score"], 3))
print("top_k=5:", *(f"{each['answer']!r} {each['score']:.3f}" for each in five))
assert one["answer"] == "bob" and five[0]["answer"] == "bob ada met who bob" and five[0]["score"] > 1
PYTHON
