"""The copying of words: which kinds are copied, their marks, names that nobody has seen."""

import numpy as np
import pytest

from wordvec.pipelines.applications.translation.copying import MARKS, WordCopier

NAMES = ["Anna", "Bo", "Carla", "Dov", "Ella", "Finn", "Gus", "Hal", "Ida", "Jan"]


def test_kinds_of_words_are_copied_where_pairs_copy_them():
    sources = [f"then {name} saw {n} dogs" for n, name in enumerate(NAMES, 100)]
    german = [f"dann sah {name} {n} Hunde" for n, name in enumerate(NAMES, 100)]
    chinese = [f"然后他看见了{n}只狗" for n in range(100, 110)]
    learned = WordCopier.learn(sources, german)
    assert learned.kinds == ["number", "name"]
    assert WordCopier.learn(sources, chinese).kinds == ["number"]
    assert WordCopier.learn(german, [text.replace("Hunde", "dogs") for text in sources]).kinds == [
        "number",
        "name",
    ]
    text, words = learned.mark("then Zoë saw 7 dogs then Zoë")
    assert words == {MARKS[0]: "Zoë", MARKS[1]: "7"}
    assert text == f"then {MARKS[0]} saw {MARKS[1]} dogs then {MARKS[0]}"
    assert (
        WordCopier.restore(f"dann sah {MARKS[0]} {MARKS[1]}{MARKS[2]} Hunde", words) == "dann sah Zoë 7 Hunde"
    )
    assert learned.mark("then saw dogs") == ("then saw dogs", {})
    assert learned.mark("Gusd saw")[1] == {}  # a capital at the beginning says nothing
    assert WordCopier.from_dict(learned.to_dict()) == learned


@pytest.mark.parametrize("word", ["😀", "Ω", "ж", "https://a.de/ж?x=1", "me@ж.de"])
def test_words_of_unknown_characters_are_copied_whatever_their_kind(word):
    learned = WordCopier.learn(["the dog"] * 3, ["der Hund"] * 3)
    assert learned.kinds == []
    text, words = learned.mark(f"the dog {word} the")
    assert words == {MARKS[0]: word} and text == f"the dog {MARKS[0]} the"


def test_marks_of_a_pair_and_marks_in_a_text():
    learned = WordCopier.learn([f"see {name}" for name in NAMES], [f"sieh {name}" for name in NAMES])
    sources = ["see Anna", "see Anna", "see Anna", "see Bo, Hal", f"see {MARKS[3]}"]
    targets = ["sieh Anna", "sieh Anna Anna", "sieh sie", "Hal, Bo", "sieh"]
    marked, n_marked = learned.mark_pairs(sources, targets, seed=3)
    assert n_marked == 2 and marked[1:3] == [("see Anna", "sieh Anna Anna"), ("see Anna", "sieh sie")]
    mark = marked[0][0][-1]
    assert mark in MARKS and marked[0] == (f"see {mark}", f"sieh {mark}")
    bo, hal = marked[3][0][4], marked[3][0][-1]
    assert {bo, hal} <= set(MARKS) and bo != hal and marked[3] == (f"see {bo}, {hal}", f"{hal}, {bo}")
    assert marked[4] == ("see ", "sieh")
    assert learned.mark_pairs(sources, targets, seed=3) == (marked, 2)
    assert learned.mark(f"see {MARKS[3]}") == ("see ", {})
    many = " ".join(f"{n}" for n in range(10, 30))
    assert len(WordCopier(["number"], frozenset(many)).mark(many)[1]) == len(MARKS)


def test_an_unseen_name_is_copied_into_the_translation():
    pytest.importorskip("torch")
    from wordvec.pipelines.applications import Translator

    from .toy import QUICK

    rng = np.random.default_rng(1)
    letters = list("abcdefghijklmnoprstuvw")
    names = ["".join(rng.choice(letters, 5)).capitalize() for _ in range(150)]
    verbs = {"sees": "sieht", "hears": "hört", "calls": "ruft"}
    pairs = [(f"he {a} {name}", f"{name} {b} er") for name, (a, b) in zip(names, 80 * list(verbs.items()))]
    model = Translator(epochs=14, **QUICK).fit(*zip(*pairs))
    assert model.codec_.copier.kinds == ["name"] and model.n_copied_ == model.n_pairs_
    found = model.predict(["he sees Qyxzqy", "he hears Äöüß", "he calls 😀"])
    assert "Qyxzqy" in found[0] and "Äöüß" in found[1] and "😀" in found[2]
