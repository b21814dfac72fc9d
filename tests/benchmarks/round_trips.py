"""Round trips of every head on every body between wordvec and transformers, as a table for the docs.

    python tests/benchmarks/round_trips.py [--markdown]

Each model has weights drawn anew and reads a batch with padding on the right. Ours are saved, loaded by us and, where
transformers has such a model, by it; those of transformers are saved and loaded by us. A cell holds the largest
difference of the logits (of the hidden states, for a body), relative to the largest one; a dash where there is no such
model. The first line names the version of transformers that is installed: run it in an environment of each.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import platform
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import transformers

import wordvec
from wordvec.transformer import (
    DecoderModel,
    EncoderDecoderModel,
    EncoderModel,
    MaskedLM,
    NextSentence,
    PointerGenerator,
    PreTraining,
    QuestionAnswerer,
    SequenceClassifier,
    TokenClassifier,
    TransformerConfig,
    from_pretrained,
)
from wordvec.transformer.models.pretrained.loading import architecture_in
from wordvec.transformer.models.recurrent import RecurrentModel

V, SIZES = 60, {"hidden_size": 32, "num_layers": 2, "num_heads": 4, "max_length": 24}
BODIES: dict[str, Callable[[], Any]] = {
    "BERT": lambda: EncoderModel(TransformerConfig.bert(V, **SIZES)),
    "BERT without a pooler": lambda: EncoderModel(TransformerConfig.bert(V, pooler=False, **SIZES)),
    "BERT, output not tied": lambda: EncoderModel(TransformerConfig.bert(V, tie_embeddings=False, **SIZES)),
    "encoder, rotary": lambda: EncoderModel(TransformerConfig("encoder", V, positions="rotary", **SIZES)),
    "GPT-2": lambda: DecoderModel(TransformerConfig.gpt(V, pad_token_id=0, **SIZES)),
    "GPT-2, output not tied": lambda: DecoderModel(
        TransformerConfig.gpt(V, pad_token_id=0, tie_embeddings=False, **SIZES)
    ),
    "decoder, rotary": lambda: DecoderModel(TransformerConfig.gpt(V, positions="rotary", **SIZES)),
    "encoder-decoder": lambda: EncoderDecoderModel(TransformerConfig.original(V, **SIZES)),
    "encoder-decoder that copies": lambda: PointerGenerator(TransformerConfig.original(V, **SIZES)),
    "LSTM encoder": lambda: RecurrentModel(TransformerConfig("encoder", V, **SIZES)),
    "GRU decoder": lambda: RecurrentModel(TransformerConfig("decoder", V, **SIZES), "gru"),
}
HEADS: dict[str, Callable[[Any], Any]] = {
    "none": lambda body: body,
    "masked tokens": MaskedLM,
    "masked tokens, next sentence": PreTraining,
    "next sentence": NextSentence,
    "classes of texts": lambda body: SequenceClassifier(body, 3),
    "several labels": lambda body: SequenceClassifier(body, 3, "multi"),
    "values": lambda body: SequenceClassifier(body, 1, "regression"),
    "classes of tokens": lambda body: TokenClassifier(body, 4),
    "classes of tokens, CRF": lambda body: TokenClassifier(body, 4, crf=True),
    "answers": QuestionAnswerer,
}
THEIRS = [
    "BertModel", "BertForMaskedLM", "BertForPreTraining", "BertForNextSentencePrediction",
    "BertForSequenceClassification", "BertForTokenClassification", "BertForQuestionAnswering", "GPT2Model",
    "GPT2LMHeadModel", "GPT2ForSequenceClassification", "GPT2ForTokenClassification", "GPT2ForQuestionAnswering",
]  # fmt: skip


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--markdown", action="store_true", help="print the table for the docs")
    is_markdown = parser.parse_args().markdown
    logging.disable()
    transformers.logging.set_verbosity_error()
    print(
        f"wordvec {wordvec.__version__}, transformers {transformers.__version__}, PyTorch {torch.__version__}, "
        f"Python {platform.python_version()}\n"
    )
    rows = [("body", "head", "written by", "loaded by wordvec", "by transformers")]
    for body, head in [(body, head) for body in BODIES for head in HEADS]:
        if (model := _made(head, body)) is not None:
            rows.append((body, head, "wordvec", *_ours(model)))
    rows += [(_family(name), name, "transformers", _theirs(name), "-") for name in THEIRS]
    _show(_by_body(rows) if is_markdown else rows, is_markdown)
    n_bad = sum("failed" in cell for row in rows for cell in row)
    print(f"\n{len(rows) - 1} models, {n_bad} failed")
    raise SystemExit(n_bad > 0)


def _family(architecture: str) -> str:
    return "BERT" if architecture.startswith("Bert") else "GPT-2"


def _by_body(rows: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Return a row for each body: how many models, and the largest difference on each way."""
    table = [("body", "written by", "models", "loaded by wordvec", "loaded by transformers")]
    for body, writer in dict.fromkeys((row[0], row[2]) for row in rows[1:]):
        some = [row for row in rows if (row[0], row[2]) == (body, writer)]
        ways = []
        for place in (3, 4):
            cells = [row[place] for row in some if row[place] != "-"]
            wrong = [cell for cell in cells if "failed" in cell]
            ways.append(
                wrong[0] if wrong else f"{len(cells)}: {max(map(float, cells)):.0e}" if cells else "-"
            )
        table.append((body, writer, str(len(some)), *ways))
    return table


def _show(rows: list[tuple[str, ...]], is_markdown: bool) -> None:
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for number, row in enumerate(rows):
        cells = [cell.ljust(width) for cell, width in zip(row, widths)]
        print(f"| {' | '.join(cells)} |" if is_markdown else "  ".join(cells).rstrip())
        if is_markdown and number == 0:
            print(f"|{'|'.join('-' * (width + 2) for width in widths)}|")


def _made(head: str, body: str) -> Any:
    """Return a model with all weights drawn anew, or None where the head refuses the body."""
    with contextlib.suppress(ValueError):
        return _drawn(HEADS[head](BODIES[body]()))
    return None


def _drawn(model: Any) -> Any:
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(std=0.3, generator=generator)
    return model.eval()


def _inputs() -> dict[str, torch.Tensor]:
    # Token 0 pads, and stands nowhere else: transformers looks for it to find the end of a text.
    ids = torch.randint(1, V, (3, 12), generator=torch.Generator().manual_seed(5))
    mask = (torch.arange(12) < torch.tensor([[12], [5], [8]])).long()
    return {"input_ids": ids * mask, "attention_mask": mask}


def _output(model: Any) -> tuple[torch.Tensor | None, torch.Tensor | None]:
    """Return the logits and the last hidden states, as far as a model of either library gives them."""
    inputs = _inputs()
    if isinstance(model, EncoderDecoderModel):
        inputs["decoder_input_ids"] = inputs["input_ids"]
    with torch.no_grad():
        out = model(**inputs)
    logits = getattr(out, "prediction_logits", getattr(out, "logits", None))
    if hasattr(out, "start_logits"):
        logits = torch.stack([out.start_logits, out.end_logits], -1)
    return logits, getattr(out, "last_hidden_state", None)


def _difference(got: Any, expected: Any) -> str:
    pairs = zip(_output(got), _output(expected))
    one, other = next((a, b) for a, b in pairs if a is not None and b is not None)
    if one.dim() == 3:
        is_real = _inputs()["attention_mask"].bool()
        one, other = one[is_real], other[is_real]
    relative = float((one - other).abs().max() / other.abs().max())
    return f"{relative:.0e}" if relative <= 1e-5 else f"failed: {relative:.0e}"


def _ours(model: Any) -> tuple[str, str]:
    """Return the differences of a model of ours that was loaded by us, and by transformers."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "model"
        try:
            model.save_pretrained(folder)
            by_us = _difference(from_pretrained(folder), model)
            architecture = architecture_in(folder)
        except (ValueError, RuntimeError) as error:
            return f"failed: {error}", "-"
        if architecture not in THEIRS:
            return by_us, "-"
        theirs = getattr(transformers, architecture)
        loaded, report = theirs.from_pretrained(folder, output_loading_info=True)
        # A body alone gets a pooler there, which its hidden states do not need.
        lacking = [*report["missing_keys"], *report["mismatched_keys"]]
        if missing := [name for name in lacking if not name.startswith("pooler.")]:
            return by_us, f"failed: {missing[0]}"
        return by_us, _difference(model, loaded.eval())


def _theirs(architecture: str) -> str:
    """Return the difference of a model of transformers that was loaded by us."""
    if not hasattr(transformers, architecture):
        return "-"
    sizes = {"vocab_size": V, "pad_token_id": 0}
    config: Any
    if architecture.startswith("Bert"):
        config = transformers.BertConfig(
            hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64,
            max_position_embeddings=24, **sizes,
        )  # fmt: skip
    else:
        config = transformers.GPT2Config(n_embd=32, n_layer=2, n_head=4, n_positions=24, **sizes)
    model = _drawn(getattr(transformers, architecture)(config))
    with tempfile.TemporaryDirectory() as name:
        model.save_pretrained(name)
        try:
            return _difference(from_pretrained(name), model)
        except (ValueError, RuntimeError) as error:
            return f"failed: {error}"


if __name__ == "__main__":
    main()
