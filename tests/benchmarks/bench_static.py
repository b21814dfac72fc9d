"""Sentences a second of StaticEncoder beside model2vec, same folder, same texts, same threads; interleaved medians.

    python tests/benchmarks/bench_static.py TEXTS... [--rounds 3] [--threads 1 2] [--size 256] [--vocabulary 30000]

TEXTS are files of a sentence a line, of which 100,000 are taken. For each, a WordPiece tokenizer as BERT's and a
byte-level BPE tokenizer as GPT-2's are trained on the text, with vectors drawn at random: what is timed does not depend
on their values. A round encodes all sentences once, after one that is not counted; the words that ours has seen are
forgotten before each. Needs model2vec.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

import numpy as np

from wordvec.encoders import StaticEncoder

_SENTENCES = 100_000


def trained(kind: str, texts: list[str], size: int):  # type: ignore[no-untyped-def]
    """Return a tokenizer of the library."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

    if kind == "WordPiece":
        backend = Tokenizer(models.WordPiece(unk_token="[UNK]"))
        backend.normalizer = normalizers.BertNormalizer()
        backend.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        trainer = trainers.WordPieceTrainer(vocab_size=size, special_tokens=["[UNK]"], show_progress=False)
    else:
        backend = Tokenizer(models.BPE())
        backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        alphabet = pre_tokenizers.ByteLevel.alphabet()
        trainer = trainers.BpeTrainer(vocab_size=size, initial_alphabet=alphabet, show_progress=False)
    backend.train_from_iterator(texts[:30_000], trainer)
    return backend


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("texts", nargs="+", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--vocabulary", type=int, default=30_000)
    arguments = parser.parse_args()
    from model2vec import StaticModel

    for path in arguments.texts:
        with path.open(encoding="utf-8") as file:
            texts = [line.strip() for _, line in zip(range(_SENTENCES), file)]
        n_bytes = sum(len(text.encode()) for text in texts)
        for kind in ("WordPiece", "BPE"):
            backend = trained(kind, texts, arguments.vocabulary)
            draw = np.random.default_rng(1)
            table = draw.standard_normal((backend.get_vocab_size(), arguments.size)).astype(np.float32)
            with tempfile.TemporaryDirectory() as folder:
                StaticModel(table, backend, normalize=True).save_pretrained(folder)
                theirs, ours = StaticModel.from_pretrained(folder), StaticEncoder.load(folder)
            for n_threads in arguments.threads:
                os.environ["RAYON_NUM_THREADS"] = str(n_threads)
                os.environ["TOKENIZERS_PARALLELISM"] = str(n_threads > 1).lower()
                seconds: dict[str, list[float]] = {"ours": [], "theirs": []}
                for number in range(arguments.rounds + 1):
                    start = time.perf_counter()
                    found = StaticEncoder(ours.model, n_jobs=n_threads).encode(texts)
                    middle = time.perf_counter()
                    expected = theirs.encode(texts, use_multiprocessing=n_threads > 1)
                    if number:
                        seconds["ours"].append(middle - start)
                        seconds["theirs"].append(time.perf_counter() - middle)
                if not np.allclose(found, expected, atol=1e-6):
                    raise SystemExit("The vectors differ.")
                our, their = (float(np.median(seconds[name])) for name in ("ours", "theirs"))
                print(
                    f"{path.name} {kind:9} {n_threads} threads: {len(texts) / our:9,.0f} sentences/s "
                    f"({n_bytes / our / 1e6:.0f} MB/s), model2vec {len(texts) / their:9,.0f}: {their / our:.1f} x",
                    flush=True,
                )


if __name__ == "__main__":
    main()
