"""Cleaning and splitting of sentence pairs against definitions, and the copying of words."""

import itertools

import numpy as np
import pytest

from wordvec.pipelines.applications.translation.copying import MARKS, WordCopier
from wordvec.pipelines.applications.translation.pairs import clean_pairs, hold_out, split_pairs


def test_what_is_left_out_is_counted():
    long = "this sentence goes on and on and on, and on again, until nobody is left who reads it"
    pairs = [("a b", "x  y"), ("a b ", "x y"), ("", "x"), ("a", " \n"), ("c", "z"), (long, "z")] + [
        (f"word {n} of many", f"Wort {n} von vielen") for n in range(9)
    ]
    found = clean_pairs(*zip(*pairs))
    assert (found.n_empty, found.n_duplicates, found.n_unequal) == (2, 1, 1)
    assert len(found) == len(pairs) - 4 == len(found.targets) and found.sources[:2] == ["a b", "c"]
    assert found.describe() == "4 left out: 2 empty, 1 of unequal length, 1 duplicate"
    assert clean_pairs(*zip(*pairs), max_ratio=None).n_unequal == 0
    assert clean_pairs(["a"], ["b"]).describe() == "none left out"


def test_scripts_of_different_length_are_compared_with_their_own_kind():
    english = [f"this is sentence number {n} of the whole book" for n in range(9)]
    chinese = [f"这是全书第{n}句" for n in range(9)]
    assert clean_pairs(english, chinese).n_unequal == 0
    assert clean_pairs([*english, english[0]], [*chinese, chinese[0] * 12]).n_unequal == 1
    german = [f"dies ist der Satz Nummer {n} des ganzen Buches" for n in range(9)]
    tags = ["zh"] * 9 + ["de"] * 9
    both = clean_pairs(english * 2, chinese + german, tags)
    assert both.n_unequal == 0 and both.languages == tags
    # The same two texts may be a pair of each language.
    assert clean_pairs(["a"] * 2, ["b"] * 2, ["de", "nl"]).n_duplicates == 0


@pytest.mark.parametrize("seed", range(4))
def test_no_sentence_is_in_both_parts(seed):
    rng = np.random.default_rng(seed)
    sources = [f"S{n}" for n in rng.integers(0, 60, 80)]
    targets = [("t" if n % 2 else "T") + str(n) for n in rng.integers(0, 60, 80)]
    training, held_out = split_pairs(sources, targets, 12, seed)
    assert sorted([*training, *held_out]) == list(range(80)) and 0 < len(held_out) <= 12
    for side in (sources, targets):
        parts = [{side[place].lower() for place in part} for part in (training, held_out)]
        assert not parts[0] & parts[1]
    # Groups by brute force: pairs are joined until nothing changes.
    group = list(range(80))
    changed = True
    while changed:
        changed = False
        for a, b in itertools.combinations(range(80), 2):
            same = sources[a] == sources[b] or targets[a].lower() == targets[b].lower()
            if same and group[a] != group[b]:
                group[a] = group[b] = min(group[a], group[b])
                changed = True
    whole = {group[place] for place in held_out}
    assert {place for place in range(80) if group[place] in whole} == set(held_out)
    assert all(
        (one == other).all()
        for one, other in zip(split_pairs(sources, targets, 12, seed), (training, held_out))
    )


def test_shares_that_are_held_out():
    def n_of(n, fraction):
        texts = [f"{k}" for k in range(n)]
        training, held_out = hold_out(clean_pairs(texts, texts), fraction, 1)
        assert len(training) + len(held_out) == n
        return len(held_out)

    assert [n_of(1, 0.1), n_of(2, 0.1), n_of(50, 0.02), n_of(2000, 0.02), n_of(2000, 0.2)] == [
        0,
        1,
        5,
        100,
        400,
    ]
    assert n_of(4000, 0.5) == 1000


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
