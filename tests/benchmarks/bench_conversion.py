"""A classifier of simplified Chinese on traditional characters: THUCNews titles, with and without OpenCC.

The classifier learns from the 10,000 titles of dev.txt, in simplified characters. The test titles are taken as they
are, and in traditional characters (OpenCC s2t; s2twp with the words of Taiwan). Run with the folder of the sets:

    python tests/benchmarks/bench_conversion.py DATASETS
"""

from __future__ import annotations

import sys
from pathlib import Path

from wordvec.pipelines import TextClassifier
from wordvec.text import TextTokenizer, convert_chinese


def read(path: Path) -> tuple[list[str], list[str]]:
    """Return the titles and their classes."""
    rows = [line.rpartition("\t") for line in path.read_text("utf-8").splitlines()]
    return [title for title, _, _ in rows], [label for _, _, label in rows]


def main() -> None:
    """Print the accuracy on each test set, without and with conversion."""
    folder = Path(sys.argv[1]) / "thucnews-titles"
    titles, labels = read(folder / "dev.txt")
    tests, wanted = read(folder / "test.txt")
    for convert in (None, "t2s", "tw2sp"):
        tokenizer = TextTokenizer("zh", convert=convert)
        model = TextClassifier(tokenizer=tokenizer, random_state=1).fit(titles, labels)
        for given in (None, "s2t", "s2twp"):
            texts = tests if given is None else [convert_chinese(text, given) for text in tests]
            print(
                f"convert={convert!s:6} test={given or 'simplified':10} {model.score(texts, wanted):.4f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
