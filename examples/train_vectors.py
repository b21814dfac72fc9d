"""Train skip-gram vectors on a small artificial language and query neighbours and analogies.

The language has countries, capitals and dishes, whose relations the vectors learn. Usage: train_vectors.py
"""

import random

from wordvec import Word2Vec

PLACES = {
    "france": ("paris", "baguettes"),
    "italy": ("rome", "pizza"),
    "japan": ("tokyo", "sushi"),
    "spain": ("madrid", "paella"),
    "greece": ("athens", "moussaka"),
    "korea": ("seoul", "kimchi"),
}
TEMPLATES = (
    "the train to {capital} crosses {country}",
    "{capital} is the capital of {country}",
    "people in {country} eat {dish}",
    "a tourist in {capital} eats {dish}",
    "the king of {country} lives in {capital}",
)


def make_sentences(n: int) -> list[list[str]]:
    """Return `n` sentences of the artificial language."""
    draw = random.Random(1)
    sentences = []
    for _ in range(n):
        country, (capital, dish) = draw.choice(list(PLACES.items()))
        text = draw.choice(TEMPLATES).format(country=country, capital=capital, dish=dish)
        sentences.append(text.split())
    return sentences


def main() -> None:
    """Train, and print what the vectors have learned."""
    model = Word2Vec(vector_size=32, window=5, sample=0, epochs=10, random_state=1)
    model.fit(make_sentences(5000))
    first, last = model.loss_curve_[0], model.loss_curve_[-1]
    print(f"{len(model.wv_)} words, loss {first:.3f} after the first epoch and {last:.3f} after the last")
    for word in ("paris", "sushi", "korea"):
        found = ", ".join(f"{other} {score:.2f}" for other, score in model.wv_.most_similar(word, topn=4))
        print(f"{word:6} {found}")
    for a, b, c in (("france", "paris", "italy"), ("japan", "sushi", "spain")):
        best = model.wv_.analogy(a, b, c, topn=1)[0][0]
        print(f"{a} is to {b} as {c} is to {best}")
    model.wv_.save("vectors.bin")
    print("vectors.bin contains the vectors in word2vec's format")


if __name__ == "__main__":
    main()
