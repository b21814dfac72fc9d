"""Evaluation of word vectors: equal to gensim."""

import json
import math
from pathlib import Path

import naive_vectors as naive
import numpy as np
import pytest

from wordvec.vectors import evaluation
from wordvec.vectors.evaluation import evaluate_word_analogies, evaluate_word_pairs
from wordvec.vectors.keyed_vectors import KeyedVectors

test_utils = pytest.importorskip("gensim.test.utils", reason="reads the sets that gensim ships")
GENSIM_PAIRS = ("wordsim353.tsv", "simlex999.txt")
SHARED_PAIRS = (
    "word-eval-en/wordsim353.tsv",
    "word-eval-en/simlex999.txt",
    "word-eval-en/EN-WS-353-SIM.txt",
    "word-eval-en/EN-WS-353-REL.txt",
    "word-eval-en/EN-MEN-TR-3k.txt",
    "word-eval-en/EN-RG-65.txt",
    "word-eval-en/EN-MC-30.txt",
    "word-eval-en/EN-MTurk-287.txt",
    "word-eval-en/EN-MTurk-771.txt",
    "word-eval-en/EN-RW-STANFORD.txt",
    "word-eval-zh/wordsim-240.txt",
    "word-eval-zh/wordsim-297.txt",
)
SHARED_ANALOGIES = (
    "word-eval-en/questions-words.txt",
    "word-eval-en/questions-phrases.txt",
    "word-eval-zh/ca8-morphological.txt",
    "word-eval-zh/ca8-semantic.txt",
    "word-eval-zh/ca_translated.txt",
)


def words_of(path):
    lines = [line for line in Path(path).read_text(encoding="utf-8").splitlines() if line[:1] not in "#:"]
    return sorted({word for line in lines for word in line.split() if not word[0].isdigit()})


def vectors_for(words, vector_size=10, seed=0):
    rng = np.random.default_rng(seed)
    words = [words[place] for place in rng.permutation(len(words))]
    return KeyedVectors(rng.normal(size=(len(words), vector_size)).astype(np.float32), words)


def related_vectors(path, share=0.9, vector_size=30, noise=1.0, limit=None):
    """Vectors in which a good part of the file's analogies hold: d = b + c - a and noise."""
    words = words_of(path)[:limit]
    kv = vectors_for(words[: int(share * len(words))], vector_size)
    rng = np.random.default_rng(1)
    table = kv.vectors.copy()
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        rows = [kv.key_to_index.get(word) for word in line.split()]
        if len(rows) == 4 and None not in rows:
            a, b, c, d = rows
            table[d] = table[b] + table[c] - table[a] + noise * rng.normal(size=vector_size)
            table[d] /= np.linalg.norm(table[d]) / math.sqrt(vector_size)
    return KeyedVectors(table, kv.index_to_key)


def lower_and_upper(kv):
    """Half of the words in lower case, some of them twice."""
    words = [word.lower() if row % 2 else word for row, word in enumerate(kv.index_to_key)]
    extra = [word.upper() for word in words[:40]]
    fresh = [row for row, word in enumerate(extra) if word not in set(words)]
    rng = np.random.default_rng(5)
    table = np.concatenate(
        [kv.vectors, kv.vectors[fresh] + 0.1 * rng.normal(size=(len(fresh), kv.vector_size))]
    )
    unique = dict.fromkeys(words + [extra[row] for row in fresh])
    rows = [(words + [extra[row] for row in fresh]).index(word) for word in unique]
    return KeyedVectors(table[rows].astype(np.float32), list(unique))


def check_pairs(kv, path, gensims_path=None, **options):
    ours = evaluate_word_pairs(kv, path, **options)
    other = kv.to_gensim()
    pearson, spearman, missing = other.evaluate_word_pairs(str(gensims_path or path), **options)
    assert ours.pearson == pytest.approx(pearson[0], abs=1e-6)
    assert ours.spearman == pytest.approx(spearman[0], abs=1e-6)
    assert 100 * (1 - ours.coverage) == pytest.approx(missing)
    return ours


def check_analogies(kv, path, **options):
    ours = evaluate_word_analogies(kv, path, **options)
    accuracy, sections = kv.to_gensim().evaluate_word_analogies(str(path), **options)
    counts = [
        (section["section"], len(section["correct"]), len(section["correct"]) + len(section["incorrect"]))
        for section in sections
    ]
    assert [(section.name, section.correct, section.total) for section in ours.sections] == counts[:-1]
    assert (ours.correct, ours.total) == counts[-1][1:]
    assert ours.accuracy == accuracy
    return ours


@pytest.mark.smoke
@pytest.mark.parametrize("name", GENSIM_PAIRS)
@pytest.mark.parametrize("options", [{}, {"case_insensitive": False}, {"restrict_vocab": 200}])
def test_pairs_are_gensims(name, options):
    path = test_utils.datapath(name)
    kv = vectors_for(words_of(path)[::-1][:400])
    scores = check_pairs(lower_and_upper(kv), path, **options)
    assert scores.n_pairs == {"wordsim353.tsv": 353, "simlex999.txt": 999}[name]
    assert 0 < scores.n_used < scores.n_pairs


def test_pairs_are_the_naive_correlations():
    path = test_utils.datapath("simlex999.txt")
    kv = vectors_for(words_of(path))
    lines = [
        line.split("\t") for line in Path(path).read_text(encoding="utf-8").splitlines() if line[0] != "#"
    ]
    gold = [float(number) for _, _, number in lines]
    cosines = [naive.cosine(kv[a], kv[b]) for a, b, _ in lines]
    scores = evaluate_word_pairs(kv, path)
    assert scores.pearson == pytest.approx(naive.pearson(gold, cosines), abs=1e-6)
    assert scores.spearman == pytest.approx(naive.spearman(gold, cosines), abs=1e-6)
    assert (scores.n_used, scores.coverage) == (999, 1.0)


@pytest.mark.smoke
@pytest.mark.parametrize(
    "options",
    [{}, {"case_insensitive": False}, {"restrict_vocab": 500}],
    ids=["folded", "cased", "restricted"],
)
def test_analogies_are_gensims(options, tmp_path):
    lines = Path(test_utils.datapath("questions-words.txt")).read_text(encoding="utf-8").splitlines()
    path = tmp_path / "questions.txt"
    # Every section, a fifteenth of the questions: gensim takes a millisecond for each.
    kept = [line for place, line in enumerate(lines) if line[0] == ":" or place % 15 == 0]
    path.write_text("\n".join(kept), encoding="utf-8")
    kv = lower_and_upper(related_vectors(path))
    scores = check_analogies(kv, path, **options)
    assert len(scores.sections) == 14
    assert 0.1 < scores.accuracy < 0.95
    assert 0.1 < scores.coverage < 1


@pytest.mark.parametrize("method", ["3cosadd", "3cosmul"])
@pytest.mark.parametrize("restrict_vocab", [None, 60])
def test_analogies_are_the_naive_ones(tmp_path, monkeypatch, method, restrict_vocab):
    rng = np.random.default_rng(2)
    words = [f"w{row}" for row in range(80)] + ["W3", "W7"]
    table = rng.normal(size=(82, 4)).astype(np.float32)
    table[5] = 0
    kv = KeyedVectors(table, words)
    questions = rng.integers(0, 80, size=(90, 4))
    text = "".join(" ".join(f"w{row}" for row in question) + "\n" for question in questions)
    (tmp_path / "q.txt").write_text(": one\n" + text, encoding="utf-8")
    n_rows = restrict_vocab or 82
    known = [question for question in questions.tolist() if max(question) < n_rows]
    correct = 0
    for a, b, c, d in known:
        barred = {a, b, c} | {80 for row in (a, b, c) if row == 3} | {81 for row in (a, b, c) if row == 7}
        answer = naive.analogy(table, a, b, c, n_rows, barred, method)
        correct += {80: 3, 81: 7}.get(answer, answer) == d
    for rows, batch in ((1 << 15, 256), (7, 11)):
        monkeypatch.setattr(evaluation, "ROW_BLOCK", rows)
        monkeypatch.setattr(evaluation, "QUESTION_BATCH", batch)
        scores = evaluate_word_analogies(kv, tmp_path / "q.txt", method=method, restrict_vocab=restrict_vocab)
        assert (scores.correct, scores.total, scores.n_questions) == (correct, len(known), 90)


def test_a_worked_analogy(tmp_path):
    vectors = np.float32([[1, 0, 0], [1, 0, 1], [0, 1, 0], [0, 1, 1], [1, 1, 0], [0, 0, -1]])
    kv = KeyedVectors(vectors, ["man", "king", "woman", "queen", "people", "cold"])
    assert kv.analogy("man", "king", "woman")[0][0] == "queen"
    assert kv.analogy("man", "king", "woman", method="3cosmul")[0][0] == "queen"
    (tmp_path / "q.txt").write_text(": royal\nMan King Woman Queen\nman king woman cold\nman x y z\n")
    (tmp_path / "p.txt").write_text("man,king,7\nman,cold,0\nwoman,queen,8\nman,nobody,3\n")
    scores = kv.evaluate_word_analogies(tmp_path / "q.txt")
    assert (scores.correct, scores.total, scores.n_questions) == (1, 2, 3)
    assert json.loads(json.dumps(scores.to_dict())) == {
        "name": "q.txt",
        "correct": 1,
        "total": 2,
        "n_questions": 3,
        "accuracy": 0.5,
        "coverage": 2 / 3,
        "sections": [
            {"name": "royal", "correct": 1, "total": 2, "n_questions": 3, "accuracy": 0.5, "coverage": 2 / 3}
        ],
    }
    pairs = kv.evaluate_word_pairs(tmp_path / "p.txt")
    assert (pairs.n_pairs, pairs.n_used, pairs.coverage) == (4, 3, 0.75)
    assert set(pairs.to_dict()) == {"pearson", "spearman", "n_pairs", "n_used", "coverage", "ngram_share"}


def test_nothing_known_is_said_and_not_counted(tmp_path):
    kv = vectors_for(["x", "y", "z"])
    (tmp_path / "q.txt").write_text(": one\na b c d\n: two\n")
    scores = evaluate_word_analogies(kv, tmp_path / "q.txt")
    assert math.isnan(scores.accuracy)
    assert scores.coverage == 0
    assert scores.to_dict()["accuracy"] is None
    assert scores.to_dict()["sections"][1]["n_questions"] == 0
    (tmp_path / "p.txt").write_text("a b 1\nx y 2\n")
    with pytest.raises(ValueError, match="1 of the 2 pairs .* have both words in the vocabulary"):
        evaluate_word_pairs(kv, tmp_path / "p.txt")
    (tmp_path / "p.txt").write_text("x x 1\nx x 2\n")
    assert evaluate_word_pairs(kv, tmp_path / "p.txt").to_dict()["pearson"] is None


@pytest.mark.parametrize(
    "text",
    [
        "x\ty\t1\ny\tz\t2\n",
        "x y 1\ny z 2\n",
        "x,y,1\ny,z,2\n",
        "x, y, 1\r\n\r\ny, z, 2",
        "# comment\nword1\tword2\tscore\nx\ty\t1\n# more\ny\tz\t2\n",
        "\ufeffx y 1\ny z 2\n",
    ],
)
def test_separators_comments_and_headers_of_pairs(tmp_path, text):
    kv = vectors_for(["x", "y", "z"])
    (tmp_path / "p.txt").write_text(text, encoding="utf-8", newline="")
    scores = evaluate_word_pairs(kv, tmp_path / "p.txt")
    assert (scores.n_pairs, scores.n_used) == (2, 2)


def test_a_delimiter_can_be_given(tmp_path):
    kv = vectors_for(["x", "y", "z"])
    (tmp_path / "p.txt").write_text("x;y;1\ny;z;2\n")
    assert evaluate_word_pairs(kv, tmp_path / "p.txt", delimiter=";").n_used == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"x y 1\ny z\n", "Line 2 .* two words and a number"),
        (b"x y 1\ny z two\n", "Line 2 .* two words and a number"),
        (b"x y 1\ny z nan\n", "Line 2 .* two words and a number"),
        (b"x y 1\ny z 1 2\n", "Line 2 .* two words and a number"),
        (b"x\n", "Line 1 .* two words and a number"),
        (b"x y 1\n\xff y 2\n", "line 2: not valid utf-8"),
        (b"", "holds no word pairs"),
        (b"# alone\n", "holds no word pairs"),
        (b"word1 word2 score\n", "a header and no word pairs"),
    ],
)
def test_malformed_pairs(tmp_path, text, message):
    (tmp_path / "p.txt").write_bytes(text)
    with pytest.raises(ValueError, match=message) as caught:
        evaluate_word_pairs(vectors_for(["x", "y", "z"]), tmp_path / "p.txt")
    assert "p.txt" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b": s\na b c\n", "Line 2 .* four words"),
        (b": s\na b c d e\n", "Line 2 .* four words"),
        (b": s\n\xff b c d\n", "line 2: not valid utf-8"),
        (b": s\n", "holds no questions"),
        (b"", "holds no questions"),
    ],
)
def test_malformed_analogies(tmp_path, text, message):
    (tmp_path / "q.txt").write_bytes(text)
    with pytest.raises(ValueError, match=message) as caught:
        evaluate_word_analogies(vectors_for(["x", "y"]), tmp_path / "q.txt")
    assert "q.txt" in str(caught.value)


def test_options_are_checked():
    kv = vectors_for(["x", "y"])
    path = test_utils.datapath("questions-words.txt")
    with pytest.raises(ValueError, match="restrict_vocab parameter"):
        evaluate_word_analogies(kv, path, restrict_vocab=0)
    with pytest.raises(ValueError, match="method parameter of evaluate_word_analogies must be one of"):
        evaluate_word_analogies(kv, path, method="3cosdiv")


@pytest.mark.parametrize("name", SHARED_PAIRS)
def test_every_pairs_file_is_read_as_gensim_reads_it(name, tmp_path, data_path):
    path = data_path(name)
    # In wordsim-297 spaces stand around 15 words. gensim takes them for parts of the words, we do not.
    lines = path.read_text(encoding="utf-8").splitlines()
    trimmed = ["\t".join(field.strip() for field in line.split("\t")) for line in lines]
    (tmp_path / name.partition("/")[2]).write_text("\n".join(trimmed), encoding="utf-8")
    scores = check_pairs(vectors_for(words_of(path)), path, tmp_path / name.partition("/")[2])
    assert scores.coverage == 1


@pytest.mark.parametrize("name", SHARED_ANALOGIES)
def test_every_analogy_file_is_read_as_gensim_reads_it(name, data_path):
    # A twentieth of the vocabulary is enough to compare the counts of every section.
    path = data_path(name)
    kv = related_vectors(path, limit=120)
    scores = check_analogies(kv, path)
    assert scores.total > 0
    assert len(scores.sections) > 1
