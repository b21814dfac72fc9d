"""Tokenizers in files: transformers reads ours and we read theirs, with the same ids; damaged files."""

import errno
import json
import pickle
import re
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("tokenizers")

from wordvec.tokenizers.tokenizer import Tokenizer

from .support import CHINESE, ENGLISH, NEW_TEXTS, TEXTS, tokenizer

BERT_TOKENS = {"pad": "[PAD]", "unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"}


@pytest.fixture(scope="module")
def transformers():
    return pytest.importorskip("transformers")


@pytest.fixture(scope="module", params=["bpe", "wordpiece", "char", "word"])
def any_tokenizer(request):
    return tokenizer(request.param)


def same_as_transformers(tok, theirs):
    """Ids, masks, segments and text, of texts alone, of pairs, and of a batch."""
    assert len(theirs) == tok.vocab_size
    texts = TEXTS + [text for text in NEW_TEXTS if text]
    for text in texts:
        assert tok.encode(text) == theirs(text)["input_ids"]
        ids = tok.encode(text)
        # Theirs puts blanks between the Chinese characters of WordPiece.
        assert _without_blanks(tok.decode(ids)) == _without_blanks(
            theirs.decode(ids, skip_special_tokens=True)
        )


def _without_blanks(text):
    return re.sub("(?<=[一-鿿，。！]) (?=[一-鿿，。！])", "", text)


@pytest.mark.smoke
def test_transformers_reads_ours(any_tokenizer, tmp_path, transformers):
    any_tokenizer.save(tmp_path)
    theirs = transformers.AutoTokenizer.from_pretrained(tmp_path)
    same_as_transformers(any_tokenizer, theirs)
    # Beside a model, too: the type of the model must not decide on the tokenizer.
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert"}))
    same_as_transformers(any_tokenizer, transformers.AutoTokenizer.from_pretrained(tmp_path))
    if any_tokenizer.cls_token_id is not None:
        assert "token_type_ids" in theirs("a", "b")


@pytest.mark.parametrize("with_config", [True, False])
def test_we_read_bert_of_transformers(tmp_path, transformers, with_config):
    ours = tokenizer(lowercase=True)
    words = sorted(ours.backend.get_vocab(), key=ours.token_to_id)
    (tmp_path / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    theirs = transformers.BertTokenizerFast(vocab=str(tmp_path / "vocab.txt"), do_lower_case=True)
    theirs.save_pretrained(tmp_path / "saved")
    if not with_config:
        (tmp_path / "saved" / "tokenizer_config.json").unlink()
    read = Tokenizer.load(tmp_path / "saved")
    same_as_transformers(read, theirs)
    assert read.special_tokens == BERT_TOKENS
    assert [read.encode(text) for text in TEXTS] == [ours.encode(text) for text in TEXTS]


@pytest.mark.parametrize("with_config", [True, False])
def test_we_read_gpt2_of_transformers(tmp_path, transformers, with_config):
    state = json.loads(tokenizer("bpe").backend.to_str())["model"]
    merges = [tuple(merge) for merge in state["merges"]]
    theirs = transformers.GPT2TokenizerFast(vocab=state["vocab"], merges=merges)
    theirs.save_pretrained(tmp_path)
    if not with_config:
        (tmp_path / "tokenizer_config.json").unlink()
    read = Tokenizer.load(tmp_path / "tokenizer.json")
    assert read.eos_token_id == read.bos_token_id == 0
    for text in TEXTS + NEW_TEXTS:
        assert read.encode(text) == theirs(text)["input_ids"]
        assert read.decode(read.encode(text)) == text
    # It has no padding token; the mask hides what stands in its place.
    batch = read.encode_batch(["a", "a longer one"], padding_side="left")
    assert batch.attention_mask[0, 0] == 0
    assert batch.input_ids[0, 0] == 0


def test_limits_that_others_saved_cut_nothing(tmp_path):
    tok = tokenizer()
    other = pickle.loads(pickle.dumps(tok))
    other.backend.enable_truncation(4)
    other.backend.enable_padding(length=50)
    other.save(tmp_path)
    assert Tokenizer.load(tmp_path).encode(ENGLISH[0]) == tok.encode(ENGLISH[0])


def test_saved_and_loaded_and_pickled_are_the_same(any_tokenizer, tmp_path):
    any_tokenizer.save(tmp_path / "new")
    for other in (Tokenizer.load(tmp_path / "new"), pickle.loads(pickle.dumps(any_tokenizer))):
        assert other.fingerprint == any_tokenizer.fingerprint
        assert other.special_tokens == any_tokenizer.special_tokens
        assert other.encode(ENGLISH[0]) == any_tokenizer.encode(ENGLISH[0])
    names = sorted(path.name for path in (tmp_path / "new").iterdir())
    assert names == ["special_tokens_map.json", "tokenizer.json", "tokenizer_config.json"]


@pytest.mark.parametrize("kind", ["wordpiece", "bpe"])
@pytest.mark.parametrize("side", ["right", "left"])
@pytest.mark.parametrize("max_length", [5, 8, 13])
def test_pairs_are_cut_as_transformers_cuts_them(kind, side, max_length, tmp_path, transformers):
    tok = tokenizer(kind)
    tok.save(tmp_path)
    theirs = transformers.AutoTokenizer.from_pretrained(tmp_path, truncation_side=side)
    for first, second in (
        (ENGLISH[0], "fox"),
        ("fox", ENGLISH[1]),
        (ENGLISH[2], ENGLISH[3]),
        (CHINESE[0], "a b"),
    ):
        want = theirs(first, second, truncation="longest_first", max_length=max_length)["input_ids"]
        assert tok.encode(first, second, max_length=max_length, truncation=side) == want


def test_bad_files(tmp_path):
    with pytest.raises(
        FileNotFoundError, match="does not exist. Pass a tokenizer.json, or a folder with one"
    ):
        Tokenizer.load(tmp_path)
    tokenizer().save(tmp_path)
    (tmp_path / "tokenizer_config.json").write_text("[")
    with pytest.raises(ValueError, match="tokenizer_config.json' is not a JSON object"):
        Tokenizer.load(tmp_path)
    (tmp_path / "tokenizer_config.json").write_text('{"mask_token": {"content": "<mask>"}}')
    with pytest.raises(ValueError, match="mask_token '<mask>' of .* is not in the vocabulary"):
        Tokenizer.load(tmp_path)
    text = (tmp_path / "tokenizer.json").read_text(encoding="utf-8")
    (tmp_path / "tokenizer.json").write_text(text[:500], encoding="utf-8")
    with pytest.raises(ValueError, match="tokenizer.json' cannot be read as a tokenizer.json"):
        Tokenizer.load(tmp_path)
    with pytest.raises(FileNotFoundError, match="'no_such_file' does not exist"):
        Tokenizer.train("no_such_file")
    with pytest.raises(ValueError, match="documents parameter of Tokenizer.train must be one of"):
        Tokenizer.train(tmp_path, documents="lines")
    with pytest.raises(TypeError, match="must be a Vocabulary. Got {'a': 1}"):
        Tokenizer.from_vocabulary({"a": 1})
    assert not list(Path(tmp_path).glob("*.tmp"))


def test_a_tokenizer_that_may_not_be_read_is_told_as_such(tmp_path, monkeypatch):
    tokenizer("bpe").save(tmp_path / "t")
    read = Path.read_bytes

    def refuse(path):
        if path.name == "tokenizer.json":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(PermissionError):
        Tokenizer.load(tmp_path / "t")
