"""`wordvec tag predict`: forms of input and of output."""

import io
import json
import os
import re
import subprocess
import sys

import numpy as np
import pytest

from wordvec.pipelines.tagging import CRFTagger, read_conll
from wordvec.pipelines.workflows import TaggedSentence
from wordvec.pipelines.workflows.tagged_formats import Formatter

from ..support import fails
from .support import SAMPLE, TEXT, conll, on_terminal, rows_of


def test_predict_text_as_conll(run, tagger, write, stdin):
    model, path = CRFTagger.load(tagger), write("a.txt", TEXT)
    sentences = [line.split() for line in TEXT.splitlines() if line]
    expected = [list(map(list, zip(s, tags))) for s, tags in zip(sentences, model.predict(sentences))]
    code, text, err = run("tag", "predict", tagger, path)
    assert code == 0 and rows_of(text) == expected
    told = "wordvec: Assumed: {}: text, a sentence a line.\n"
    assert err.startswith(told.format(repr(str(path))))
    assert "tokens as in the tagger's training data, tokenizer 'ptb'" in err and "1 blank line" in err
    for arguments in ([], ["-"]):
        stdin(TEXT)
        code, same, err = run("tag", "predict", tagger, *arguments)
        assert (code, same) == (0, text) and err.startswith(told.format("the standard input"))


def test_predict_tells_columns_from_text(run, tagger, write, stdin):
    rows = [("Olund", "NN", "B-PER"), ("sang", "V", "O"), (".", ".", "B-NEW")]
    path = write("test.txt", conll([rows, rows]))
    code, text, _ = run("tag", "predict", tagger, path)
    assert (
        code == 0 and [[row[:3] for row in block] for block in rows_of(text)] == [list(map(list, rows))] * 2
    )
    stdin(path.read_text())
    told = "wordvec: Assumed: the standard input: CoNLL, with the columns token, pos, tag.\n"
    assert run("tag", "predict", tagger) == (0, text, told)
    # One bad line does not make it text.
    bad = write("bad.txt", conll([rows] * 5) + "odd line here too\n")
    assert fails(run("tag", "predict", tagger, bad), "bad.txt", "line 21", "4 columns")
    stdin(bad.read_text())
    assert fails(run("tag", "predict", tagger), "The standard input, line 21")
    assert run("tag", "predict", tagger, bad, "--format", "text")[0] == 0
    # Many lines with equally many columns are no text, whatever stands in them; three may be.
    words = [("Olund", "x"), ("sang", "y"), (".", "z")]
    assert len(rows_of(run("tag", "predict", tagger, write("many.txt", conll([words] * 10)))[1])) == 10
    assert rows_of(run("tag", "predict", tagger, write("few.txt", conll([words])))[1])[0][1][0] == "x"


@pytest.mark.smoke
def test_what_is_written_can_be_read_again(run, tagger, write):
    path = write("tagged.conll", run("tag", "predict", tagger, SAMPLE)[1])
    again = read_conll(path, ("token", "gold", "tag"))
    assert again.column("gold") == read_conll(SAMPLE).tags
    assert again.tags == CRFTagger.load(tagger).predict(again.tokens)


def test_predict_json_with_nbest_and_marginals(run, tagger, write):
    model = CRFTagger.load(tagger)
    path = write("a.txt", TEXT)
    code, text, _ = run("tag", "predict", tagger, path, "--json", "--nbest", 3, "--marginals")
    found = [json.loads(line) for line in text.splitlines()]
    assert code == 0 and [row["text"] for row in found] == TEXT.splitlines()
    tokens = TEXT.splitlines()[0].split()
    assert found[0]["tokens"] == tokens and found[0]["tags"] == model.predict([tokens])[0]
    person = {"type": "PER", "start": 4, "end": 14, "text": "Mira Olund", "token_start": 1, "token_end": 3}
    place = {"type": "LOC", "start": 24, "end": 32, "text": "Tarnholm", "token_start": 5, "token_end": 6}
    assert found[0]["spans"] == [person, place] and found[0]["unit"] == "characters"
    best = [(item["tags"], item["probability"]) for item in found[0]["nbest"]]
    assert best == model.predict_nbest([tokens], 3)[0]
    rows = [[row[label] for label in model.classes_] for row in found[0]["marginals"]]
    assert rows == model.predict_marginals([tokens])[0].tolist()


@pytest.mark.smoke
def test_predict_conll_with_nbest_and_marginals(run, tagger, write):
    model, tokens = CRFTagger.load(tagger), TEXT.splitlines()[0].split()
    path = write("a.txt", TEXT.splitlines()[0])
    blocks = rows_of(run("tag", "predict", tagger, path, "--nbest", 2, "--marginals")[1])
    marginals = model.predict_marginals([tokens])[0]
    for rank, (block, (tags, p)) in enumerate(
        zip(blocks, model.predict_nbest([tokens], 2)[0], strict=True), 1
    ):
        assert block[0] == [f"# {rank} {p:.6f}"]
        shown = [f"{row[model.classes_ == tag][0]:.6f}" for row, tag in zip(marginals, tags)]
        assert block[1:] == list(map(list, zip(tokens, tags, shown)))


def test_batches_do_not_show(run, tagger, monkeypatch):
    whole = run("tag", "predict", tagger, SAMPLE)
    monkeypatch.setattr("wordvec.pipelines.workflows.tagged_sentences.BATCH", 7)
    assert run("tag", "predict", tagger, SAMPLE) == whole


def test_colours_on_a_terminal(run, tagger, write, monkeypatch):
    path = write("a.txt", TEXT)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b" not in run("tag", "predict", tagger, path)[1]
    on_terminal(monkeypatch)
    plain = "Dr. Mira Olund[PER] lives in Tarnholm[LOC] .\n\nWe sell good wool .\n"
    coloured = run("tag", "predict", tagger, path)[1]
    assert re.sub(r"\x1b\[\d+m", "", coloured) == plain
    assert re.findall(r"((?:\x1b\[\d+m)+)([^\x1b]+)\x1b\[0m", coloured) == [
        ("\x1b[32m\x1b[1m", "Mira Olund[PER]"),
        ("\x1b[36m\x1b[1m", "Tarnholm[LOC]"),
    ]
    monkeypatch.setenv("NO_COLOR", "1")
    assert run("tag", "predict", tagger, path)[1] == plain
    best = run("tag", "predict", tagger, path, "--nbest", 2)[1].splitlines()
    assert best[0].endswith("  " + plain.splitlines()[0]) and float(best[0].split()[0]) > 0.5
    assert best[2] == best[-1] == ""
    model, tokens = CRFTagger.load(tagger), TEXT.splitlines()[0].split()
    marginals = model.predict_marginals([tokens])[0]
    p = min(marginals[1, model.classes_ == "B-PER"], marginals[2, model.classes_ == "I-PER"])[0]
    assert f"Mira Olund[PER {p:.2f}]" in run("tag", "predict", tagger, path, "--marginals")[1]
    assert run("tag", "predict", tagger, path, "--json")[1].startswith('{"text"')


def test_tags_that_are_no_spans_stand_behind_words():
    prediction = TaggedSentence(
        ["Ada", "reads"], ["N", "V"], [["Ada"], ["reads"]], [], np.array([[0.9, 0.1], [0, 1]])
    )
    formatter = Formatter(["N", "V"], has_spans=False, between=" ", colour=False)
    assert formatter.text(prediction) == "Ada/N 0.90 reads/V 1.00"
    assert "spans" not in json.loads(formatter.json(prediction))
    coloured = Formatter(["N", "V"], has_spans=False, between=" ", colour=True).text(prediction)
    assert coloured == "Ada\x1b[36m\x1b[1m/N 0.90\x1b[0m reads\x1b[33m\x1b[1m/V 1.00\x1b[0m"


def test_tokenizers(run, tagger, write):
    path = write("a.txt", "Mira, Olund\n")

    def tokens(*options):
        return json.loads(run("tag", "predict", tagger, path, "--json", *options)[1])["tokens"]

    assert tokens() == ["Mira", ",", "Olund"]
    assert tokens("--tokenizer", "whitespace") == ["Mira,", "Olund"]
    assert tokens("--tokenizer", "word") == ["Mira", "Olund"]
    assert tokens("--tokenizer", "chars") == list("Mira,Olund")
    assert fails(run("tag", "predict", tagger, path, "--tokenizer", "no"), "tokenizer", "chars")
    assert fails(run("tag", "predict", tagger, SAMPLE, "--tokenizer", "word"), "Leave --tokenizer out")


def test_bytes_of_another_encoding_on_stdin(run, tagger, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("Caf\xe9 Olund\n".encode("latin-1"))))
    result = run("tag", "predict", tagger)
    assert fails(result, "The standard input, line 1: not valid utf-8", "Pass --encoding if")


def test_empty_input_gives_empty_output(run, tagger, stdin, write):
    stdin("\n\n")
    code, text, err = run("tag", "predict", tagger)
    assert (code, text) == (0, "") and "Assumed: the texts" not in err and "2 blank lines" in err
    assert fails(run("tag", "evaluate", tagger, write("empty.conll", "\n")), "no sentence")


@pytest.mark.process
@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")
def test_the_reader_of_the_output_may_leave(tagger):
    code = "from wordvec.pipelines.cli import main; main()"
    script = f"{sys.executable} -c {code!r} tag predict {tagger} - | head -n 1"
    text = TEXT * 20_000
    done = subprocess.run(["bash", "-c", script], input=text, capture_output=True, text=True, check=False)
    told = done.stderr.splitlines()
    assert told[0] == "wordvec: Assumed: the standard input: text, a sentence a line." and len(told) == 2
    assert done.stdout == "Dr.\tO\n"
