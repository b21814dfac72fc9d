"""Tokenizers: what went in comes back, how they are trained, words, lengths, bad input."""

import json
import lzma
import re
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("tokenizers")

from wordvec.text.tokenizers import resolve_tokenizer
from wordvec.text.vocabulary import Vocabulary
from wordvec.tokenizers.tokenizer import Tokenizer

from .support import ENGLISH, NEW_TEXTS, TEXTS, tokenizer

SIZE_OF_FEW_MERGES = {"wordpiece": 150, "bpe": 290, "char": 300}


# Round trips


@pytest.mark.parametrize("text", TEXTS + NEW_TEXTS)
def test_bytes_and_characters_come_back_as_they_were(text):
    bpe = tokenizer("bpe")
    assert bpe.decode(bpe.encode(text)) == text
    chars = Tokenizer.train_from_texts(TEXTS + NEW_TEXTS, "char")
    assert chars.decode(chars.encode(text)) == text
    assert len(chars.encode(text)) == len(text)


@pytest.mark.parametrize("lowercase", [False, True])
def test_wordpiece_splits_as_bert_does(lowercase):
    tok = tokenizer(lowercase=lowercase)
    pieces = [tok.id_to_token(i) for i in tok.encode("The Äpfel 公园, fox!")]
    assert pieces[0] == "[CLS]"
    assert pieces[-1] == "[SEP]"
    assert pieces[1] == ("the" if lowercase else "The")
    assert pieces[-6:-1] == ["公", "园", ",", "fox", "!"]
    assert ("[UNK]" in pieces) != lowercase  # "Ä" is in no text; without its accent, "a" is
    assert tok.decode(tok.encode(ENGLISH[0])) == (ENGLISH[0].lower() if lowercase else ENGLISH[0])


def test_special_tokens_are_those_of_bert_and_gpt2():
    tok = tokenizer()
    ids = (tok.pad_token_id, tok.unk_token_id, tok.cls_token_id, tok.sep_token_id, tok.mask_token_id)
    assert ids == (0, 1, 2, 3, 4)
    assert tok.bos_token_id is tok.eos_token_id is None
    assert tok.end_token_id == tok.sep_token_id
    assert tok.encode("[MASK]", add_special_tokens=False) == [4]
    assert np.flatnonzero(tok.is_special).tolist() == [0, 1, 2, 3, 4]
    bpe = tokenizer("bpe")
    assert bpe.bos_token_id == bpe.eos_token_id == bpe.pad_token_id == bpe.end_token_id == 0
    assert bpe.id_to_token(0) == "<|endoftext|>"
    assert bpe.unk_token_id is None
    assert bpe.encode("fox") == bpe.encode("fox", add_special_tokens=False)
    assert bpe.decode([0, *bpe.encode("fox"), 0]) == "fox"
    assert bpe.decode([0, *bpe.encode("fox")], skip_special_tokens=False) == "<|endoftext|>fox"


def test_own_special_tokens():
    names = {"pad": "<pad>", "bos": "<s>", "eos": "</s>", "mask": "<mask>", "cls": "<s>", "sep": "</s>"}
    tok = tokenizer("bpe", special_tokens=names)
    assert tok.encode("fox", "dog")[0] == tok.bos_token_id == tok.cls_token_id == 1
    assert tok.encode("fox")[-1] == tok.eos_token_id
    assert tok.vocab_size == len(tok) == 400


# Training


@pytest.mark.process
def test_the_same_text_gives_the_same_tokenizer_in_any_process(tmp_path):
    words = [f"{a}{b}{c}" for a in "stpbdk" for b in ("ra", "le", "öni", "ou") for c in ("n", "ts", "lé")]
    text = "\n".join(" ".join(words[k : k + 6]) for k in range(len(words))) + "\n".join(TEXTS)
    (tmp_path / "text.txt").write_text(text, encoding="utf-8")
    code = (
        "import sys; from wordvec.tokenizers.tokenizer import Tokenizer; "
        "print([Tokenizer.train(sys.argv[1], kind, 330).fingerprint for kind in ('bpe', 'wordpiece', 'word')])"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "text.txt")]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    here = [
        Tokenizer.train(tmp_path / "text.txt", kind, 330).fingerprint for kind in ("bpe", "wordpiece", "word")
    ]
    assert printed.strip() == str(here)


def test_files_and_texts_train_the_same(tmp_path):
    document = '<doc id="1" url="u" title="t">\n' + "\n".join(ENGLISH) + "\n</doc>\n"
    with lzma.open(tmp_path / "wiki.txt.xz", "wt", encoding="utf-8") as file:
        file.write(document)
    lines = [line + "\n" for line in ENGLISH]
    for kind in ("bpe", "wordpiece", "char", "word"):
        from_file = Tokenizer.train(tmp_path / "wiki.txt.xz", kind, 300)
        assert from_file.fingerprint == Tokenizer.train_from_texts(lines, kind, 300).fingerprint


def test_bpe_joins_the_most_frequent_pair_first():
    tok = Tokenizer.train_from_texts(["hug pug hug pun bun hugs"] * 3, "bpe", 260, special_tokens={})
    merges = json.loads(tok.backend.to_str())["model"]["merges"]
    # By hand: "ug" stands 4 times in a line, " h" 2, "hug" and " hug" less or as often, "un" 2.
    assert merges[0] == ["u", "g"]
    assert tok.vocab_size == 260


def test_rare_characters_do_not_fill_wordpiece():
    text = "the fox " * 2000
    rare = [chr(0x4E00 + k) for k in range(3)]
    tok = Tokenizer.train_from_texts([text, *rare], "wordpiece", 100, min_frequency=1)
    assert not any(tok.token_to_id(char) for char in rare)
    assert tok.token_to_id("fox")
    assert tok.encode(rare[0], add_special_tokens=False) == [tok.unk_token_id]


def test_chinese_characters_have_no_continuing_form():
    pieces = tokenizer().backend.get_vocab()
    assert {"公", "园", "天"} <= set(pieces)
    assert not any(re.match("##[\u4e00-\u9fff]", piece) for piece in pieces)


@pytest.mark.smoke
def test_words_split_as_in_wordvec():
    text = " ".join([*TEXTS, "don't well-known 3.14 1,000 snake_case हिन्दी naïve _x 'quoted' a.b"])
    for name in ("whitespace", "word"):
        words = resolve_tokenizer(name)(text)
        vocabulary = Vocabulary.from_counts(Counter(words))
        tok = Tokenizer.from_vocabulary(vocabulary, tokenizer=name)
        assert [tok.id_to_token(i) for i in tok.encode(text)] == words
        n_special = len(set(tok.special_tokens.values()))
        assert [tok.token_to_id(word) - n_special for word in vocabulary.index_to_key] == list(
            range(len(vocabulary))
        )
    lowered = Tokenizer.from_vocabulary(Vocabulary.from_counts({"fox": 1}), lowercase=True)
    assert lowered.encode("FOX dog") == [lowered.token_to_id("fox"), lowered.unk_token_id]
    assert not tok.continues_word.any()


def test_a_vocabulary_may_hold_a_special_token():
    vocabulary = Vocabulary.from_counts({"the": 5, "<unk>": 3, "fox": 1})
    tok = Tokenizer.from_vocabulary(vocabulary)
    assert tok.vocab_size == 7
    assert tok.encode("the wolf") == [tok.token_to_id("the"), tok.token_to_id("<unk>")]


# Words


def words_of(tok, text):
    ids = np.array(tok.encode(text, add_special_tokens=False))
    starts = np.flatnonzero(tok.word_starts(ids)).tolist()
    return [tok.decode(ids[a:b]).strip() for a, b in zip(starts, [*starts[1:], len(ids)])]


@pytest.mark.smoke
@pytest.mark.parametrize("kind", ["wordpiece", "bpe", "char"])
def test_pieces_make_up_words(kind):
    tok = Tokenizer.train_from_texts(TEXTS + ["über naïve"], kind, SIZE_OF_FEW_MERGES[kind], min_frequency=1)
    words = [word for word in words_of(tok, "over foxes (naïve), shores! 园公") if word]
    assert words == ["over", "foxes", "(", "naïve", ")", ",", "shores", "!", "园", "公"]


def test_word_starts_of_a_table_and_beside_special_tokens():
    tok = tokenizer("bpe")
    ids = np.array(tok.encode("fox"))
    row = np.concatenate(([tok.bos_token_id], ids, [tok.bos_token_id]))
    starts = tok.word_starts(np.stack([row, row]))
    assert starts.shape == (2, len(row))
    assert starts[1, [0, 1, -1]].all()
    assert tok.continues_word.shape == (tok.vocab_size,)
    assert tok.continues_word[tok.token_to_id("s")]
    assert not tok.continues_word[tok.token_to_id("Ġ")]


@pytest.mark.smoke
def test_words_are_encoded_as_within_a_text():
    texts = ["the cat sat on the mat", "the dog sat"] * 3
    for kind in ("bpe", "wordpiece", "word"):
        tokenizer = Tokenizer.train_from_texts(texts, kind, 300)
        text = tokenizer.encode("the cat sat", add_special_tokens=False)
        words = tokenizer.encode_words(["cat", "sat"])
        assert text[-sum(map(len, words)) :] == [piece for word in words for piece in word]


# Length


def test_too_long_a_text_is_an_error_or_cut_by_choice():
    tok = tokenizer()
    text = "sea shore sea shore"
    ids = tok.encode(text)
    n = len(ids)
    assert tok.encode(text, max_length=n) == ids
    message = f"Text 0 of Tokenizer.encode has {n} tokens, and max_length is {n - 1}. Shorten it, or pass truncation"
    with pytest.raises(ValueError, match=re.escape(message)):
        tok.encode(text, max_length=n - 1)
    assert tok.encode(text, max_length=n - 1, truncation="right") == ids[:-2] + ids[-1:]
    assert tok.encode(text, max_length=n - 1, truncation="left") == ids[:1] + ids[2:]
    with pytest.raises(ValueError, match="must leave room for 2 special tokens and text. Got 2"):
        tok.encode(text, max_length=2, truncation="right")


@pytest.mark.smoke
def test_batches_are_padded_on_either_side():
    tok = tokenizer()
    for side, column in (("right", -1), ("left", 0)):
        batch = tok.encode_batch(["fox", "the lazy dog"], padding_side=side)
        assert batch.input_ids[0, column] == tok.pad_token_id
        assert batch.input_ids.dtype == torch.int64
        for row, text in enumerate(("fox", "the lazy dog")):
            real = batch["input_ids"][row][batch["attention_mask"][row] == 1]
            assert real.tolist() == tok.encode(text)
    assert set(dict(batch)) == {"input_ids", "attention_mask", "token_type_ids"}
    ids, types = tok.encode_lists(["a"], ["b c"])
    assert len(ids[0]) == len(types[0])
    assert types[0][0] == 0
    assert types[0][-1] == 1


# Bad input


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (dict(kind="unigram"), ValueError, "kind parameter of Tokenizer.train must be one of 'bpe', "),
        (dict(vocab_size=100), ValueError, "at least 257, for the 256 bytes and 1 special token. Got 100"),
        (
            dict(vocab_size=5, kind="wordpiece"),
            ValueError,
            "at least 7, for a character .* and 5 special tokens",
        ),
        (dict(vocab_size=3.5), TypeError, "vocab_size parameter of Tokenizer.train must be an integer"),
        (dict(min_frequency=0), ValueError, "min_frequency parameter of Tokenizer.train must be an integer"),
        (dict(special_tokens=["[PAD]"]), TypeError, "special_tokens parameter of Tokenizer must map names"),
        (dict(special_tokens={"start": "<s>"}), ValueError, "have names among 'pad', .* Got 'start'"),
        (
            dict(special_tokens={"pad": ""}),
            TypeError,
            "special_tokens .* map 'pad' to a str that is not empty",
        ),
        (dict(special_tokens={"cls": "[CLS]"}), ValueError, "have both 'cls' and 'sep', or neither"),
        (
            dict(special_tokens={}, kind="word"),
            ValueError,
            "have 'unk', .* where kind='word'",
        ),
    ],
)
def test_bad_parameters_of_training(options, error, message):
    with pytest.raises(error, match=message):
        Tokenizer.train_from_texts(TEXTS, **{"kind": "bpe", **options})


@pytest.mark.parametrize(
    ("texts", "error", "message"),
    [
        (
            "one text",
            TypeError,
            "texts parameter of Tokenizer.train_from_texts must be a list of texts, not one str. Got 'one text'",
        ),
        (5, TypeError, "must be a list of texts. Got 5"),
        (["a", None], TypeError, "Text 1 of Tokenizer.train_from_texts must be a str. Got None"),
        (["a\ud800"], ValueError, "Place 0 of the texts .* holds a lone surrogate \\(character 1\\)"),
    ],
)
def test_bad_texts(texts, error, message):
    with pytest.raises(error, match=message):
        Tokenizer.train_from_texts(texts)


@pytest.mark.parametrize("kind", ["wordpiece", "char"])
def test_nothing_to_learn_from(kind):
    with pytest.raises(ValueError, match="hold nothing to learn from"):
        Tokenizer.train_from_texts([""], kind)


def test_bad_input_of_encode_and_decode():
    tok = tokenizer()
    for text in (None, 5, b"fox", ["fox"]):
        with pytest.raises(TypeError, match="must be a str. Got"):
            tok.encode(text)
    with pytest.raises(TypeError, match="pairs of Tokenizer.encode must be a str. Got 7"):
        tok.encode("fox", 7)
    with pytest.raises(
        ValueError, match="pairs parameter of Tokenizer.encode must have one text for each of the 2 texts"
    ):
        tok.encode_batch(["a", "b"], ["c"])
    with pytest.raises(ValueError, match="truncation parameter of Tokenizer.encode must be one of 'error'"):
        tok.encode("fox", truncation="middle")
    with pytest.raises(ValueError, match="max_length parameter of Tokenizer.encode must be an integer"):
        tok.encode("fox", max_length=0)
    with pytest.raises(ValueError, match="padding_side parameter"):
        tok.encode_batch(["fox"], padding_side="both")
    with pytest.raises(ValueError, match="are an empty list"):
        tok.encode_batch([])
    with pytest.raises(
        ValueError, match=f"must lie between 0 and {tok.vocab_size - 1}.* Got {tok.vocab_size}"
    ):
        tok.decode([1, tok.vocab_size])
    with pytest.raises(ValueError, match="Got -1"):
        tok.decode([-1])
    for ids in ([1.5], [[1]], [[1], [2, 3]], 3, "fox"):
        with pytest.raises(TypeError, match="must be a list of integers"):
            tok.decode(ids)
    for path in (None, 3, "", b"folder"):
        with pytest.raises(TypeError, match="path parameter of Tokenizer.load must be a path"):
            Tokenizer.load(path)
        with pytest.raises(TypeError, match="folder parameter of Tokenizer.save must be a path"):
            tok.save(path)
    assert tok.decode([]) == ""
    assert tok.decode(torch.tensor([2, 3])) == ""
    assert tok.id_to_token(10**6) is None
    assert tok.token_to_id("no such piece") is None


@pytest.mark.parametrize(
    "text", ["the quick brown fox jumps over the lazy dog 0123456789", "我 爱 北京 天安门 abc"]
)
def test_wordpiece_has_as_many_pieces_as_asked_at_most(text):
    for vocab_size in (8, 12, 20, 60):
        tok = Tokenizer.train_from_texts([text] * 3, "wordpiece", vocab_size)
        assert tok.vocab_size <= vocab_size
    with pytest.raises(ValueError, match="at least 7, for a character .* and 5 special tokens"):
        Tokenizer.train_from_texts([text], "wordpiece", 6)


@pytest.mark.process
def test_tokenizers_need_no_pytorch():
    code = """
import sys
sys.modules["torch"] = None
from wordvec.tokenizers import Tokenizer
tokenizer = Tokenizer.train_from_texts(["a text"] * 3, "char")
assert tokenizer.decode(tokenizer.encode("text")) == "text"
try:
    tokenizer.encode_batch(["a text"])
except ImportError as error:
    print(error)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    assert 'pip install "wordvec[transformer]"' in run.stdout
