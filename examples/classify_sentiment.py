"""Train a sentiment classifier, explain one of its predictions, and write an HTML report.

Usage: classify_sentiment.py
"""

import random
from pathlib import Path

from wordvec.pipelines import TextClassifier

OPENINGS = ("a", "what a", "this is a", "in short, a", "once more a", "for two hours a")
GOOD = ("warm", "funny", "moving", "clever", "charming", "brilliant", "touching", "lively")
BAD = ("dull", "silly", "tedious", "slow", "lifeless", "boring", "clumsy", "flat")
THINGS = ("film", "story", "comedy", "thriller", "script", "cast")


def make_reviews(n: int, seed: int) -> tuple[list[str], list[str]]:
    """Return `n` short reviews and their labels; in one of ten, the words contradict the label."""
    draw = random.Random(seed)
    texts, labels = [], []
    for _ in range(n):
        label = draw.choice(("good", "bad"))
        first, second = draw.sample(GOOD if (label == "good") != (draw.random() < 0.1) else BAD, 2)
        texts.append(f"{draw.choice(OPENINGS)} {first} and {second} {draw.choice(THINGS)}")
        labels.append(label)
    return texts, labels


def main() -> None:
    """Train, explain, evaluate."""
    model = TextClassifier("sentiment", verbose=False).fit(*make_reviews(200, seed=1))
    print(model.explain("a warm and funny story, but far too slow").format())
    print()
    report = model.evaluate(*make_reviews(100, seed=2))
    print(report)
    Path("report.html").write_text(report.to_html(), encoding="utf-8")
    model.save("model.safetensors")
    print("\nOpen report.html in a browser: curves, calibration, and misclassified texts.")


if __name__ == "__main__":
    main()
