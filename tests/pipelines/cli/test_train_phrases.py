"""`wordvec train --phrases`: phrases become words, and are written for other texts."""

from wordvec import KeyedVectors
from wordvec.text import Phrases

from .support import SMALL, fails

LINES = "we flew to new york city\nnew york city is big\na new day\nyork minster\n" * 20
TEXT = LINES + " ".join(f"w{k} v{k}" for k in range(200))


def test_phrases_become_words(run, write, tmp_path):
    text, out, found = write("a.txt", TEXT), tmp_path / "v.bin", tmp_path / "phrases.json"
    code, printed, _ = run("train", text, "-o", out, "--phrases", 2, "--save-phrases", found, *SMALL)
    assert code == 0
    assert f"{len(Phrases.load(found).phrases_)}, in {found}" in printed
    phrases = Phrases.load(found)
    assert len(phrases.passes_) == 2
    assert "new_york_city" in phrases.phrases_
    words = {word for line in LINES.splitlines() for word in phrases.transform([line.split()])[0]}
    assert set(KeyedVectors.load(out).index_to_key) == words


def test_phrases_of_glove(run, write, tmp_path):
    out = tmp_path / "v.txt"
    command = ["train", write("a.txt", TEXT), "-o", out, "--architecture", "glove", "--phrases", 1, *SMALL]
    assert run(*command)[0] == 0
    assert any("_" in word for word in KeyedVectors.load(out).index_to_key)


def test_what_does_not_fit_is_one_line(run, write, tmp_path):
    text, out = write("a.txt", TEXT), tmp_path / "v.bin"
    assert fails(run("train", text, "-o", out, "--phrases", -1, *SMALL), "--phrases")
    assert fails(run("train", text, "-o", out, "--save-phrases", tmp_path / "p.json"), "--save-phrases")
    same = ["--phrases", 1, "--save-phrases", text, *SMALL]
    assert fails(run("train", text, "-o", out, *same), "is a file of the corpus")
    assert text.read_text() == TEXT
