"""Dialogue on xdailydialog (English, Chinese) and MELD: recall of the true reply; perplexity and variety of a decoder.

    python tests/benchmarks/bench_dialogue.py select {en,zh,meld} [--split dev] [--encoder FOLDER]
    python tests/benchmarks/bench_dialogue.py generate {en,zh,meld} [--minutes 5] [--split dev]

xdailydialog is trained on dialogues_text_En.txt and _Zh.txt, without the dialogues of which half of the turns with more
than 20 letters occur in dev or test; MELD on train. A query is the whole history before a reply; its candidates are
the reply and 9 or 99 replies of other dialogues of the split, drawn by seed 1. An equal score counts as a better one.
BM25 takes the history as the query and the replies as texts, and the other way round. Standard errors are those of a
bootstrap over dialogues. The decoder is compared with Kneser-Ney on the same tokens, all but the first of a dialogue.
"""

from __future__ import annotations

import argparse
import os
import re
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from wordvec.pipelines.applications import DialogueModel, PassageIndex, ResponseSelector
from wordvec.pipelines.datasets import read_dialogues
from wordvec.pipelines.metrics import distinct_n, recall_at_k
from wordvec.text.dialogues import reply_pairs
from wordvec.transformer import NGramLM, TransformerClassifier, perplexity

FILES = {
    "en": ("xdailydialog/dialogues_text_En.txt", "xdailydialog/en_{}_human.txt"),
    "zh": ("xdailydialog/dialogues_text_Zh.txt", "xdailydialog/zh_{}_human.txt"),
    "meld": ("meld-dialogue/train_sent_emo.csv", "meld-dialogue/{}_sent_emo.csv"),
}
N_CANDIDATES = (10, 100)
_N_RESAMPLED = 1000


def load(name: str, split: str) -> tuple[list[list[str]], list[list[str]]]:
    """Return the dialogues to train on, without those of dev and test, and those of a split."""
    root = Path(os.environ["WORDVEC_DATA"])
    train, other = FILES[name]
    splits = {part: read_dialogues([root / other.format(part)]) for part in ("dev", "test")}
    seen = {bare(turn) for part in splits.values() for turns in part for turn in turns} - {""}
    given = read_dialogues([root / train])
    kept = [turns for turns in given if not is_known(turns, seen)]
    print(f"{name}: {len(kept):,} of {len(given):,} dialogues to train on; {len(splits[split]):,} of {split}")
    return kept, splits[split]


def bare(turn: str) -> str:
    """Return the letters and digits of a turn of more than 20 of them, else ""."""
    letters = re.sub(r"\W", "", turn).lower()
    return letters if len(letters) > 20 else ""


def is_known(turns: Sequence[str], seen: set[str]) -> bool:
    """Return whether half of the longer turns of a dialogue are among those seen."""
    longer = [found for turn in turns if (found := bare(turn))]
    return bool(longer) and 2 * sum(turn in seen for turn in longer) >= len(longer)


def draw_candidates(dialogues: np.ndarray, n: int) -> np.ndarray:
    """Return the places of the candidates of each reply, the true one first, int (N, n)."""
    rng = np.random.default_rng(1)
    rows = np.empty((len(dialogues), n), int)
    for place, dialogue in enumerate(dialogues):
        rows[place, 0] = place
        rows[place, 1:] = rng.choice(np.flatnonzero(dialogues != dialogue), n - 1, replace=False)
    return rows


def bm25(
    histories: list[list[str]], replies: list[str], places: np.ndarray, language: str
) -> list[np.ndarray]:
    """Return the scores of candidates by BM25: history against replies, and reply against histories."""
    joined = [" ".join(history) for history in histories]
    of_replies, of_histories = (PassageIndex(texts, language=language) for texts in (replies, joined))
    found = [np.empty(places.shape), np.empty(places.shape)]
    for row, some in enumerate(places):
        found[0][row] = of_replies.bm25(joined[row])[some]
    # The score of reply r for history h is that of its terms in h: a column of histories for each reply.
    by_reply: dict[int, list[tuple[int, int]]] = {}
    for (row, column), reply in np.ndenumerate(places):
        by_reply.setdefault(int(reply), []).append((row, column))
    for reply, cells in by_reply.items():
        rows, columns = np.array(cells).T
        found[1][rows, columns] = of_histories.bm25(replies[reply])[rows]
    return found


def standard_error(values: np.ndarray, dialogues: np.ndarray) -> float:
    """Return the standard error of the mean of values by query, dialogues drawn again with replacement."""
    numbers = np.unique(dialogues, return_inverse=True)[1]
    sums, sizes = np.bincount(numbers, values), np.bincount(numbers)
    drawn = np.random.default_rng(1).integers(len(sums), size=(_N_RESAMPLED, len(sums)))
    return float((sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)).std())


def select(name: str, split: str, encoder: str | None) -> None:
    """Print recall of BM25 and of the selector."""
    train, held_out = load(name, split)
    histories, replies, of_dialogue = reply_pairs(held_out)
    numbers = np.array(of_dialogue)
    start = time.process_time()
    ranker = None if encoder is None else TransformerClassifier(encoder, epochs=2)
    selector = ResponseSelector(threshold=None, encoder=ranker).fit(*reply_pairs(train)[:2])
    print(f"trained on {selector.n_pairs_:,} pairs in {time.process_time() - start:.0f} s of a processor")
    for n in N_CANDIDATES:
        places = draw_candidates(numbers, n)
        ours = np.array(selector.rank(histories, [[replies[place] for place in some] for some in places]))
        other = bm25(histories, replies, places, "zh" if name == "zh" else "en")
        hits = [(scores[:, :1] > scores[:, 1:]).all(axis=1).astype(float) for scores in (ours, *other)]
        assert recall_at_k(ours) == hits[0].mean()
        more = ", ".join(f"@{k} {recall_at_k(ours, k):.4f}" for k in (2, 5))
        print(f"of {n}: recall@1 {hits[0].mean():.4f} +- {standard_error(hits[0], numbers):.4f} ({more})")
        for label, found in zip(("history to replies", "reply to histories"), hits[1:]):
            gain = hits[0] - found
            error = standard_error(gain, numbers)
            print(
                f"  BM25, {label}: {found.mean():.4f}; the selector gains {gain.mean():.4f} +- {error:.4f}, "
                f"{gain.mean() / error:.1f} standard errors"
            )


def generate(name: str, split: str, minutes: float, width: int, layers: int) -> None:
    """Print perplexities, and how varied replies are."""
    train, held_out = load(name, split)
    root = Path(os.environ["WORDVEC_DATA"])
    dev = [turns for turns in read_dialogues([root / FILES[name][1].format("dev")]) if len(turns) > 1]
    start = time.process_time()
    model = DialogueModel(60 * minutes, hidden_size=width, num_layers=layers, dropout=0.2, verbose=False)
    model.fit(train, validation=dev)
    print(f"{model.model_.n_parameters:,} parameters, {model.n_iter_:,} steps", end=", ")
    print(f"{time.process_time() - start:.0f} s of a processor")
    rows = model.token_ids(held_out)
    print(f"decoder: {model.perplexity(held_out).per_token:.2f} a token of {sum(map(len, rows)):,}")
    for order in (3, 4, 5):
        lm = NGramLM(order, vocab_size=model.tokenizer_.vocab_size).fit(model.token_ids(train))
        print(f"Kneser-Ney, order {order}: {perplexity(lm, rows).per_token:.2f}")
    histories, replies, _ = reply_pairs(held_out)
    some = slice(None, None, max(1, len(histories) // 150))
    texts = {"true replies": replies[some], "best tokens": model.predict(histories[some])}
    texts["sampled"] = model.predict(histories[some], do_sample=True, top_p=0.9, seed=1)
    for label, made in texts.items():
        print(f"{label}: distinct-1 {distinct_n(made):.3f}, distinct-2 {distinct_n(made, 2):.3f}")
    for history, reply in list(zip(histories[some], texts["sampled"]))[:10]:
        print(f"  {history[-1]}\n    -> {reply}")


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("part", choices=("select", "generate"))
    parser.add_argument("name", choices=tuple(FILES))
    parser.add_argument("--split", choices=("dev", "test"), default="test")
    parser.add_argument("--encoder", help="folder of a model to fine-tune on pairs")
    parser.add_argument("--minutes", type=float, default=5.0, help="of training the decoder, by core")
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--layers", type=int, default=4)
    given = parser.parse_args()
    if given.part == "select":
        select(given.name, given.split, given.encoder)
    else:
        generate(given.name, given.split, given.minutes, given.width, given.layers)


if __name__ == "__main__":
    main()
