"""Token corpora against reading the text at once, and the folders that they live in."""

import gzip
import json
import os
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("tokenizers")

from wordvec.text import documents as _documents
from wordvec.tokenizers.tokenizer import Tokenizer
from wordvec.transformer.data import token_corpus_building as _token_corpus_building
from wordvec.transformer.data.token_corpus import TokenCorpus

from ...tokenizers.support import CHINESE, ENGLISH, TEXTS, tokenizer

BPE = tokenizer("bpe")
WORDPIECE = tokenizer()
CHARS = Tokenizer.train_from_texts([*TEXTS, "0123456789\n"], "char")
WIKI = (
    '<doc id="1" url="u" title="Fox">\nFox\n\n' + ENGLISH[0] + "\n\n" + ENGLISH[1] + "\n\n</doc>\n"
    '<doc id="2" url="u" title="公园">\n公园\n' + CHINESE[0] + "\n</doc>\n"
)
PARAGRAPHS = f"\n\n{ENGLISH[0]}\n{ENGLISH[1]}\n\n \n{CHINESE[0]}\n\n{ENGLISH[2]}"


def write(path, text):
    path.write_bytes(text.encode())
    return path


def build(tmp_path, text, tok=BPE, **options):
    file = write(tmp_path / "text.txt", text)
    return TokenCorpus.build(file, tok, tmp_path / "corpus", **options)


def documents_of(corpus, tok):
    return [tok.decode(corpus.document(number)) for number in range(corpus.n_documents)]


def check(corpus, documents, tok):
    """Compare with documents, each a list of sentences of str, encoded one by one."""
    end = tok.end_token_id
    token_ids, sentence_starts, document_starts = [], [], []
    for sentences in documents:
        document_starts.append(len(sentence_starts))
        for sentence in sentences:
            sentence_starts.append(len(token_ids))
            for line in sentence.splitlines(keepends=True):
                token_ids += tok.encode(line, add_special_tokens=False)
        token_ids += [] if end is None else [end]
    assert corpus.token_ids.tolist() == token_ids
    assert corpus.sentence_starts.tolist() == [*sentence_starts, len(token_ids)]
    assert corpus.document_starts.tolist() == [*document_starts, len(sentence_starts)]
    assert (corpus.n_tokens, corpus.n_sentences) == (len(token_ids), len(sentence_starts))
    assert corpus.sentence_starts.dtype == corpus.document_starts.dtype == np.int64


# What is a document, what is a sentence


@pytest.mark.parametrize("tok", [BPE, WORDPIECE, CHARS], ids=["bpe", "wordpiece", "char"])
def test_blank_lines_end_documents(tmp_path, tok):
    want = [[ENGLISH[0] + "\n", ENGLISH[1] + "\n"], [CHINESE[0] + "\n"], [ENGLISH[2] + "\n"]]
    check(build(tmp_path, PARAGRAPHS, tok), want, tok)
    # Windows' line ends are read as others are.
    check(build(tmp_path, PARAGRAPHS.replace("\n", "\r\n"), tok), want, tok)


def test_headers_end_documents_and_blank_lines_do_not(tmp_path):
    want = [["Fox\n\n", ENGLISH[0] + "\n\n", ENGLISH[1] + "\n\n"], ["公园\n", CHINESE[0] + "\n"]]
    check(build(tmp_path, WIKI), want, BPE)
    check(build(tmp_path, WIKI, documents="headers"), want, BPE)
    assert build(tmp_path, WIKI, documents="blank-lines").n_documents == 4


def test_a_file_can_be_one_document(tmp_path):
    text = PARAGRAPHS.lstrip("\n") + "\n"
    for tok in (BPE, CHARS):
        corpus = build(tmp_path, text, tok, documents="file")
        assert documents_of(corpus, tok) == [text]
        assert corpus.n_sentences == 4
    files = [write(tmp_path / name, text) for name in ("a.txt", "b.txt")]
    assert TokenCorpus.build(files, BPE, tmp_path / "two", documents="file").n_documents == 2


def test_compressed_files_and_large_vocabularies(tmp_path):
    (tmp_path / "text.txt.gz").write_bytes(gzip.compress(WIKI.encode()))
    packed = TokenCorpus.build(tmp_path / "text.txt.gz", BPE, tmp_path / "packed")
    plain = build(tmp_path, WIKI)
    assert packed.token_ids.tolist() == plain.token_ids.tolist()
    assert packed.token_ids.dtype == np.uint16
    words = [f"w{k}" for k in range(70_000)]
    large = Tokenizer.train_from_texts([" ".join(words)], "word", 80_000, min_frequency=1)
    corpus = TokenCorpus.from_texts([" ".join(words)], large)
    assert corpus.token_ids.dtype == np.uint32
    assert large.decode(corpus.token_ids) == " ".join(words)


@pytest.mark.smoke
@pytest.mark.parametrize("piece_chars", [1, 7, 40])
def test_a_long_line_is_cut_between_words(tmp_path, monkeypatch, piece_chars):
    line = "  ".join(ENGLISH) * 3
    monkeypatch.setattr(_documents, "_PIECE_CHARS", piece_chars)
    monkeypatch.setattr(_token_corpus_building, "_BATCH_CHARS", 30)
    corpus = build(tmp_path, f"{line}\n{ENGLISH[0]}\n", CHARS)
    assert documents_of(corpus, CHARS) == [f"{line}\n{ENGLISH[0]}\n"]
    assert corpus.n_sentences == 2
    words = build(tmp_path, f"{line}\n{ENGLISH[0]}\n", BPE)
    assert words.token_ids.tolist() == [
        *BPE.encode(f"{line}\n"),
        *BPE.encode(ENGLISH[0] + "\n"),
        BPE.eos_token_id,
    ]


def test_texts_in_memory(tmp_path):
    texts = ["\n".join(ENGLISH[:2]), CHINESE[0]]
    corpus = TokenCorpus.from_texts(texts, BPE)
    check(corpus, [[line + "\n" for line in ENGLISH[:2]], [CHINESE[0] + "\n"]], BPE)
    on_disk = build(tmp_path, "\n\n".join(texts))
    assert corpus.token_ids.tolist() == on_disk.token_ids.tolist()
    assert corpus.tokenizer_fingerprint == on_disk.tokenizer_fingerprint == BPE.fingerprint


def test_without_an_end_token(tmp_path):
    tok = tokenizer("bpe", special_tokens={})
    check(build(tmp_path, PARAGRAPHS, tok), [[ENGLISH[0] + "\n", ENGLISH[1] + "\n"], [CHINESE[0] + "\n"],
                                             [ENGLISH[2] + "\n"]], tok)  # fmt: skip
    assert TokenCorpus.open(tmp_path / "corpus").end_token_id is None


# What is held out


def test_documents_held_out_are_spread_evenly(tmp_path):
    documents = [f"text number {k}\nwith a second line" for k in range(100)]
    corpus = build(tmp_path, "\n\n".join(documents), validation_fraction=0.2)
    assert (corpus.n_documents, corpus.validation.n_documents) == (80, 20)
    held_out = documents_of(corpus.validation, BPE)
    numbers = [int(text.split()[2]) for text in held_out]
    assert set(np.diff(numbers)) == {5}
    both = sorted(held_out + documents_of(corpus, BPE))
    assert both == sorted(document + "\n" for document in documents)
    for part in (corpus, corpus.validation):
        check(part, [[line + "\n" for line in text.splitlines()] for text in documents_of(part, BPE)], BPE)


def test_the_end_is_held_out_of_few_documents(tmp_path):
    lines = [f"line {k:03}" for k in range(200)]
    corpus = build(tmp_path, "\n".join(lines), CHARS, validation_fraction=0.1)
    assert documents_of(corpus, CHARS) == ["".join(line + "\n" for line in lines[:180])]
    assert documents_of(corpus.validation, CHARS) == ["".join(line + "\n" for line in lines[180:])]
    assert corpus.token_ids[-1] != CHARS.eos_token_id
    assert corpus.validation.token_ids[-1] == CHARS.eos_token_id
    one_line = build(tmp_path, "a" * 100, CHARS, validation_fraction=0.25)
    assert (one_line.n_tokens, one_line.validation.n_tokens) == (76, 26)
    two = build(tmp_path, "a a a a a\n\nb b b b b", CHARS, validation_fraction=0.5)
    assert documents_of(two, CHARS) == ["a a a a a\n"]
    assert documents_of(two.validation, CHARS) == ["b b b b b\n"]


# Folders


def test_the_folder_is_used_again_while_nothing_changed(tmp_path):
    corpus = build(tmp_path, WIKI, validation_fraction=0.3)
    folder = tmp_path / "corpus"
    written = (folder / "token_ids.npy").stat()
    file = tmp_path / "text.txt"

    def is_reused(tok=BPE, **options):
        before = (folder / "token_ids.npy").stat().st_ino
        again = TokenCorpus.build(file, tok, folder, **{"validation_fraction": 0.3, **options})
        assert again.tokenizer_fingerprint == tok.fingerprint
        return (folder / "token_ids.npy").stat().st_ino == before

    assert is_reused()
    assert (folder / "token_ids.npy").stat().st_mtime_ns == written.st_mtime_ns
    assert TokenCorpus.open(folder).validation.n_tokens == corpus.validation.n_tokens
    assert not is_reused(WORDPIECE)
    assert not is_reused()
    assert not is_reused(validation_fraction=0.0)
    assert TokenCorpus.open(folder).validation is None
    assert not is_reused()
    os.utime(file, ns=(1, 1))
    assert not is_reused()
    write(file, WIKI + "more\n")
    assert not is_reused()
    (folder / "sentence_starts.npy").unlink()
    assert not is_reused()
    assert not list(tmp_path.glob(".*"))


def test_a_failed_build_leaves_what_was_there(tmp_path):
    corpus = build(tmp_path, WIKI)
    bad = tmp_path / "bad.txt"
    bad.write_bytes(b"fox\n" * 1000 + b"\xff\n")
    with pytest.raises(ValueError, match="line 1001: not valid utf-8"):
        TokenCorpus.build(bad, BPE, tmp_path / "corpus")
    assert TokenCorpus.open(tmp_path / "corpus").token_ids.tolist() == corpus.token_ids.tolist()
    with pytest.raises(ValueError, match="hold no tokens. Pass text that is not empty"):
        TokenCorpus.build(write(tmp_path / "empty.txt", "\n \n"), BPE, tmp_path / "new")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.txt", "corpus", "empty.txt", "text.txt"]


def test_other_folders_are_not_written_over(tmp_path):
    mine = tmp_path / "corpus"
    mine.mkdir()
    assert build(tmp_path, WIKI).n_documents == 2  # an empty folder is fine
    shutil.rmtree(mine)
    mine.mkdir()
    write(mine / "thesis.txt", "precious")
    with pytest.raises(
        FileExistsError, match="corpus' exists and is not a token corpus, so nothing is written over"
    ):
        build(tmp_path, WIKI)
    assert (mine / "thesis.txt").read_text() == "precious"
    with pytest.raises(FileNotFoundError, match="The folder .*nowhere' does not exist"):
        TokenCorpus.build(tmp_path / "text.txt", BPE, tmp_path / "nowhere" / "corpus")


def without_checksums(folder):
    """Make a folder one of the first version."""
    description = json.loads((folder / "corpus.json").read_text(encoding="utf-8"))
    del description["crc32"], description["checksums"]
    description["format"] = "wordvec token corpus 1"
    (folder / "corpus.json").write_text(json.dumps(description), encoding="utf-8")


def damaged(folder, name):
    data = (folder / name).read_bytes()
    (folder / name).write_bytes(data[:-2])


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("damage", "error", "message"),
    [
        (lambda f: shutil.rmtree(f), FileNotFoundError, "holds no token corpus (corpus.json is missing)"),
        (lambda f: damaged(f, "token_ids.npy"), ValueError, "token_ids.npy' is missing or damaged"),
        (
            lambda f: damaged(f, "document_starts.npy"),
            ValueError,
            "document_starts.npy' is missing or damaged",
        ),
        (
            lambda f: (f / "sentence_starts.npy").unlink(),
            ValueError,
            "sentence_starts.npy' is missing or damaged",
        ),
        (
            lambda f: np.save(f / "token_ids.npy", np.zeros(3, np.uint16)),
            ValueError,
            "does not fit corpus.json",
        ),
        (
            lambda f: np.save(f / "document_starts.npy", np.array([0, 9, 5])),
            ValueError,
            "document_starts.npy' is missing or damaged (it does not have the checksum",
        ),
        (
            lambda f: (without_checksums(f), np.save(f / "document_starts.npy", np.array([0, 9, 5]))),
            ValueError,
            "does not fit corpus.json",
        ),
        (
            lambda f: (f / "corpus.json").write_text("{}"),
            ValueError,
            "corpus.json' cannot be read as the description of a token corpus: it holds something else",
        ),
        (
            lambda f: (f / "corpus.json").write_text("[3"),
            ValueError,
            "cannot be read as the description of a token corpus: it is damaged",
        ),
    ],
)
def test_damaged_folders(tmp_path, damage, error, message):
    build(tmp_path, WIKI)
    damage(tmp_path / "corpus")
    with pytest.raises(error, match=re.escape(message)):
        TokenCorpus.open(tmp_path / "corpus")


def test_checksums(tmp_path):
    corpus = build(tmp_path, WIKI, validation_fraction=0.3)
    folder = tmp_path / "corpus"
    for part in (folder, folder / "validation"):
        whole = (part / "token_ids.npy").read_bytes()
        (part / "token_ids.npy").write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        assert TokenCorpus.open(folder).n_tokens == corpus.n_tokens
        with pytest.raises(
            ValueError, match="token_ids.npy' is missing or damaged .it does not have the checksum"
        ):
            TokenCorpus.open(folder, verify=True)
        (part / "token_ids.npy").write_bytes(whole)
    TokenCorpus.open(folder, verify=True)
    without_checksums(folder)
    assert (TokenCorpus.open(folder, verify=True).token_ids == corpus.token_ids).all()


def test_the_description_says_what_was_read(tmp_path):
    corpus = build(tmp_path, WIKI, validation_fraction=0.3)
    description = json.loads((tmp_path / "corpus" / "corpus.json").read_text(encoding="utf-8"))
    assert description["made_from"]["files"][0][0] == str((tmp_path / "text.txt").resolve())
    assert description["n_tokens"] == corpus.n_tokens
    assert f"TokenCorpus({corpus.n_tokens:,} tokens, 1 document, " in repr(corpus)


# Bad input


def test_bad_parameters(tmp_path):
    for options, error, message in (
        (dict(validation_fraction=1.0), ValueError, "validation_fraction .* less than 1"),
        (dict(validation_fraction=-0.1), ValueError, "validation_fraction .* must be a number of at least 0"),
        (
            dict(documents="lines"),
            ValueError,
            "documents parameter of TokenCorpus.build must be one of 'auto'",
        ),
        (
            dict(encoding="utf-7.5"),
            ValueError,
            "encoding parameter of LineCorpus must be the name of a text encoding",
        ),
        (dict(errors="skip"), ValueError, "errors parameter of LineCorpus must be one of"),
        (dict(tok="gpt2"), TypeError, "tokenizer parameter of TokenCorpus must be a Tokenizer. Got 'gpt2'"),
    ):
        with pytest.raises(error, match=message):
            build(tmp_path, WIKI, **options)
    with pytest.raises(FileNotFoundError, match="'missing.txt' does not exist"):
        TokenCorpus.build("missing.txt", BPE, tmp_path / "corpus")
    with pytest.raises(TypeError, match="texts parameter of TokenCorpus.from_texts must be a list of texts"):
        TokenCorpus.from_texts("one text", BPE)
    with pytest.raises(ValueError, match="Nothing can be held out of a corpus of 1 token"):
        build(tmp_path, "x", tokenizer("word", special_tokens={"unk": "?"}), validation_fraction=0.5)
    assert not Path(tmp_path / "corpus").exists()


def test_documents_have_numbers():
    tok = tokenizer()
    corpus = TokenCorpus.from_texts(["a b", "c"], tok)
    assert tok.decode(corpus.document(1)) == "c"
    for number in (-1, 2):
        with pytest.raises(
            ValueError, match="number parameter of TokenCorpus.document must be an integer from 0 to 1"
        ):
            corpus.document(number)
