"""Folders of transformers' own tokenizer classes: ids equal to AutoTokenizer's; added and Chinese tokens decoded."""

import json

import pytest

tokenizers = pytest.importorskip("tokenizers")

from wordvec._utils.assumptions import collected_assumptions
from wordvec.tokenizers import Tokenizer

WORDS = [
    "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "<s>", "</s>", "hello", "Hello", "world", "World", "caf", "##é",
    "##e", "café", "cafe", "Café", "我", "很", "##很", "好", "我很好", "COVID", "covid", "##s", ",", ".", "é", "e",
]  # fmt: skip
TEXTS = [
    "Hello world, Café.",
    "我很好 hello",
    "COVID worlds é",
    "[MASK] <s> hello</s>",
    "新词 <ent> Covid 新词s",
    "",
]
PLAIN = {"lstrip": False, "rstrip": False, "single_word": False}
ADDED = {
    "29": {"content": "新词", "normalized": True, "special": False, **PLAIN},
    "30": {"content": "<ent>", "normalized": False, "special": True, **PLAIN},
}


def write(folder, settings, *, with_json=True, with_words=False, model_type="bert"):
    folder.mkdir(exist_ok=True)
    vocabulary = {word: number for number, word in enumerate(WORDS)}
    if with_json:
        backend = tokenizers.Tokenizer(tokenizers.models.WordPiece(vocabulary, unk_token="[UNK]"))
        backend.normalizer = tokenizers.normalizers.BertNormalizer(lowercase=False)
        backend.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
        backend.decoder = tokenizers.decoders.WordPiece()
        backend.add_special_tokens(WORDS[:5])
        backend.post_processor = tokenizers.processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
        backend.save(str(folder / "tokenizer.json"))
    if with_words:
        (folder / "vocab.txt").write_text("\n".join(WORDS) + "\n", encoding="utf-8")
    if settings is not None:
        (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    if model_type:
        (folder / "config.json").write_text(json.dumps({"model_type": model_type}))
    return folder


SETTINGS = [
    {},
    {"do_lower_case": False},
    {"do_lower_case": True},
    {"do_lower_case": True, "strip_accents": False},
    {"do_lower_case": False, "strip_accents": True},
    {"tokenize_chinese_chars": False},
    {"do_lower_case": False, "tokenize_chinese_chars": False, "strip_accents": None},
    {"cls_token": "<s>", "sep_token": "</s>"},
    {
        "cls_token": {
            "__type": "AddedToken",
            "content": "<s>",
            "lstrip": False,
            "normalized": False,
            "rstrip": False,
            "single_word": False,
        }
    },
    {"unk_token": "<s>"},
    {"do_lower_case": False, "added_tokens_decoder": ADDED},
    {"do_lower_case": True, "added_tokens_decoder": ADDED, "mask_token": "<ent>"},
    {"additional_special_tokens": ["<ent>"]},
    {"extra_special_tokens": ["<ent>", "新词"]},
]


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("files", ["json", "words"])
@pytest.mark.parametrize("named", ["BertTokenizer", "BertTokenizerFast", None, "PreTrainedTokenizerFast"])
def test_ids_are_those_of_autotokenizer(settings, files, named, tmp_path):
    transformers = pytest.importorskip("transformers")
    if named == "PreTrainedTokenizerFast" and files == "words":
        pytest.skip("that class has no vocabulary of its own")
    values = settings | ({"tokenizer_class": named} if named else {})
    folder = write(tmp_path / "f", values, with_json=files == "json", with_words=files == "words")
    theirs = transformers.AutoTokenizer.from_pretrained(folder)
    ours = Tokenizer.load(folder)
    for text in TEXTS:
        assert ours.encode(text) == theirs(text)["input_ids"]
    ids, types = ours.encode_lists(TEXTS[:2], TEXTS[1:3])
    pair = theirs(TEXTS[:2], TEXTS[1:3])
    assert (ids, types) == (pair["input_ids"], pair.get("token_type_ids", types))
    assert ours.cls_token_id == (
        theirs.cls_token_id if named != "PreTrainedTokenizerFast" else ours.cls_token_id
    )
    ours.save(tmp_path / "ours")
    back = Tokenizer.load(tmp_path / "ours")
    again = transformers.AutoTokenizer.from_pretrained(tmp_path / "ours")
    for text in TEXTS:
        assert back.encode(text) == ours.encode(text) == again(text)["input_ids"]


@pytest.mark.parametrize("settings", [{}, {"add_prefix_space": True}, {"pad_token": "low"}])
@pytest.mark.parametrize("files", ["json", "words"])
def test_gpt2s_class(settings, files, tmp_path):
    transformers = pytest.importorskip("transformers")
    made = Tokenizer.train_from_texts(["low lower lowest"] * 9, "bpe", 270)
    made.save(tmp_path)
    if files == "words":
        made.backend.model.save(str(tmp_path))
        (tmp_path / "tokenizer.json").unlink()
    (tmp_path / "special_tokens_map.json").unlink()
    (tmp_path / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "GPT2Tokenizer"} | settings)
    )
    (tmp_path / "config.json").write_text('{"model_type": "gpt2"}')
    theirs, ours = transformers.AutoTokenizer.from_pretrained(tmp_path), Tokenizer.load(tmp_path)
    for text in ("low lowest", " low", "你好 <|endoftext|> low", ""):
        assert ours.encode(text) == theirs(text)["input_ids"]
    assert (ours.eos_token_id, ours.pad_token_id) == (theirs.eos_token_id, theirs.pad_token_id)


def test_added_tokens_of_older_folders(tmp_path):
    transformers = pytest.importorskip("transformers")
    folder = write(tmp_path, {"do_lower_case": True}, with_json=False, with_words=True)
    (folder / "added_tokens.json").write_text(json.dumps({"<ent>": 30, "新词": 29}))
    (folder / "special_tokens_map.json").write_text(json.dumps({"cls_token": "<s>"}))
    theirs, ours = transformers.AutoTokenizer.from_pretrained(folder), Tokenizer.load(folder)
    for text in TEXTS:
        assert ours.encode(text) == theirs(text)["input_ids"]


def test_a_vocabulary_alone(tmp_path):
    folder = write(tmp_path, None, with_json=False, with_words=True, model_type=None)
    with collected_assumptions() as assumed:
        tokenizer = Tokenizer.load(folder)
    assert "lower-cased" in assumed[0] and "capitals" in assumed[0]
    assert tokenizer.encode("Hello 我很好") == [2, 7, 17, 18, 20, 3]
    assert tokenizer.special_tokens["mask"] == "[MASK]"
    (folder / "tokenizer_config.json").write_text('{"do_lower_case": false}')
    with collected_assumptions() as assumed:
        assert Tokenizer.load(folder).encode("Hello") == [2, 8, 3]
    assert not assumed


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"do_lower_case": "yes"}, "do_lower_case = 'yes'"),
        ({"tokenize_chinese_chars": None}, "tokenize_chinese_chars = None"),
        ({"cls_token": "[START]"}, r"cls_token '\[START\]'"),
        ({"added_tokens_decoder": {"a": {"content": "x"}}}, "cannot|fit|invalid"),
        ({"added_tokens_decoder": {"3": "x"}}, "do not match"),
    ],
)
def test_settings_that_cannot_be_obeyed(settings, message, tmp_path):
    folder = write(tmp_path, {"tokenizer_class": "BertTokenizer"} | settings)
    with pytest.raises(ValueError, match=message):
        Tokenizer.load(folder)


def test_vocabularies_of_other_classes(tmp_path):
    folder = write(tmp_path, {"tokenizer_class": "BertJapaneseTokenizer"}, with_json=False, with_words=True)
    with pytest.raises(ValueError, match="BertJapaneseTokenizer"):
        Tokenizer.load(folder)


ADDITIONS = ["COVID", "新词", "Élan b", "naïve", "A.B", "ÀÉ"]


@pytest.mark.parametrize("kind", ["wordpiece", "bpe", "char", "word"])
@pytest.mark.parametrize("lowercase", [False, True])
def test_an_added_token_comes_back_as_it_was_added(kind, lowercase):
    made = Tokenizer.train_from_texts(
        ["hello there 我很好 world"] * 4, kind, 300, lowercase=lowercase, min_frequency=1
    )
    made.backend.add_tokens(ADDITIONS)
    tokenizer = Tokenizer(made.backend, made.special_tokens)
    for token in ADDITIONS:
        ids = tokenizer.encode(f"hello {token} there", add_special_tokens=False)
        place = next(i for i in ids if i >= made.vocab_size)
        assert tokenizer.id_to_token(place) == tokenizer.decode([place]) == token
        assert token in tokenizer.decode(ids)
        assert "hello" in tokenizer.decode(ids) and "there" in tokenizer.decode(ids)


@pytest.mark.parametrize(
    "text",
    [
        "我很好",
        "我很好，你呢？很好。",
        "他说“很好”",
        "很好 hello world 很好",
        "《好》我很好……好",
        "hello, world!",
        "好",
    ],
)
def test_chinese_of_wordpiece_has_no_blanks(text):
    tokenizer = Tokenizer.train_from_texts(
        [text + "我很好 hello world"] * 9, "wordpiece", 200, min_frequency=1
    )
    assert tokenizer.decode(tokenizer.encode(text)) == text
    for end in range(1, len(tokenizer.encode(text))):  # streams rely on it
        before = tokenizer.decode(tokenizer.encode(text)[: end - 1])
        assert tokenizer.decode(tokenizer.encode(text)[:end]).startswith(before.rstrip(",!"))
