"""JSON in files: nesting, sizes and types are checked where it is read, and the error names the file."""

import dataclasses
import importlib.util
import json
import re
import struct
from pathlib import Path

import numpy as np
import pytest

from wordvec import EmbeddingClassifier, KeyedVectors, Vocabulary, Word2Vec
from wordvec._io.errors import DamagedFileError, UnreadableFileError
from wordvec._io.json_files import parse_json, parse_json_object, unpack_fields
from wordvec._io.tensors import read_header, write_tensors
from wordvec.pipelines import CRFTagger, TextClassifier
from wordvec.pipelines.datasets import read_labelled
from wordvec.pipelines.preprocessing import TextCleaner
from wordvec.pipelines.tagging import TokenFeatures, read_conllu
from wordvec.tokenizers import Tokenizer

DEEP = {"list": "[" * 100_000, "object": '{"a":' * 100_000, "closed": "[" * 50_000 + "]" * 50_000}
READERS = [
    KeyedVectors.load, Word2Vec.load, EmbeddingClassifier.load, TextClassifier.load, CRFTagger.load, Vocabulary.load,
    TextCleaner.load, TokenFeatures.load, Tokenizer.load,
]  # fmt: skip


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
@pytest.mark.parametrize("read", READERS, ids=lambda read: read.__qualname__)
def test_deep_nesting_is_damage_of_a_named_file(read, text, tmp_path):
    path = tmp_path / "file.json"
    # The header of safetensors has its length before it.
    is_own_json = read in (Vocabulary.load, TokenFeatures.load, Tokenizer.load)
    header = text.encode()
    path.write_bytes(header if is_own_json else struct.pack("<Q", len(header)) + header)
    with pytest.raises(ValueError, match=re.escape(str(path))) as found:
        read(path)
    assert "damaged" in str(found.value) or "tokenizer.json" in str(found.value)


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_deep_nesting_in_rows_and_parts(text, tmp_path):
    rows = tmp_path / "t.jsonl"
    rows.write_text(f'{{"text": "good", "label": "a"}}\n{{"text": {text}, "label": "b"}}\n')
    with pytest.raises(ValueError, match=r"t.jsonl', line 2: not JSON"):
        read_labelled([rows])
    Tokenizer.train_from_texts(["the cat"] * 3, "char").save(tmp_path)
    (tmp_path / "special_tokens_map.json").write_text(text)
    with pytest.raises(ValueError, match=r"special_tokens_map.json' is not a JSON object"):
        Tokenizer.load(tmp_path)


def test_one_parser_reads_the_json_of_files():
    places = importlib.util.find_spec("wordvec").submodule_search_locations
    places = [*places, *importlib.util.find_spec("wordvec.pipelines").submodule_search_locations]
    own = ("backend.to_str()", "json.dumps(", "done.stdout")  # what this program has just made
    found = [
        f"{path.name}: {line.strip()}"
        for path in sorted({path.resolve() for place in places for path in Path(place).rglob("*.py")})
        if path.name != "json_files.py"
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(r"json\.loads?\(", line) and not any(text in line for text in (*own, "sys.stdin"))
    ]
    assert found == [], "json_value or parse_json_object of wordvec._io.json_files says what is wrong"


def test_values_of_json():
    assert parse_json(b'\xef\xbb\xbf{"a": [1]}') == {"a": [1]}
    assert parse_json_object('{"a": 1}') == {"a": 1}
    with pytest.raises(UnreadableFileError, match="not a JSON object"):
        parse_json_object("[1]")
    for text in (b"", b"{", b'"\xff"', b"1" * 5000):
        with pytest.raises(DamagedFileError, match="damaged"):
            parse_json(text)


@dataclasses.dataclass
class State:
    epoch: int
    loss: float = 0.0
    is_done: bool = False
    losses: list[float] = dataclasses.field(default_factory=list)


@pytest.mark.parametrize(
    "values",
    [{"epoch": True}, {"epoch": -1}, {"epoch": 1.0}, {"epoch": "1"}, {"epoch": 1 << 64}, {"epoch": None},
     {"epoch": 1, "loss": "x"}, {"epoch": 1, "is_done": 1}, {"epoch": 1, "losses": [None]},
     {"epoch": 1, "losses": 2.0}],
)  # fmt: skip
def test_fields_of_other_types_are_damage(values):
    assert unpack_fields(State, {"epoch": 1, "loss": 2, "losses": [1, 0.5]}) == State(1, 2, False, [1, 0.5])
    with pytest.raises(DamagedFileError, match="damaged: its (epoch|loss|is_done|losses) is"):
        unpack_fields(State, values)
    with pytest.raises(TypeError):
        unpack_fields(State, {"epoch": 1, "unknown": 1})


def resealed(path, change):
    """Change the metadata of a file of ours, and write it again with the right checksums."""
    with path.open("rb") as file:
        header = read_header(file)
        data = header.metadata
        tensors = {}
        for name, entry in header.entries.items():
            file.seek(entry.start)
            dtype = {"F32": "<f4", "I64": "<i8", "U8": "u1", "F64": "<f8", "I32": "<i4"}[entry.dtype]
            tensors[name] = (
                np.frombuffer(file.read(entry.stop - entry.start), dtype).reshape(entry.shape).copy()
            )
    metadata = {name: text for name, text in data.items() if not name.endswith("_crc32")}
    change(metadata, tensors)
    with path.open("wb") as file:
        write_tensors(file, tensors, metadata)


def put(key, name, value):
    def change(metadata, tensors):
        metadata[key] = json.dumps({**json.loads(metadata[key]), name: value})

    return change


SENTENCES = [["the", "cat", "sat"]] * 20
FILES = {
    "Word2Vec": lambda: Word2Vec(vector_size=3, min_count=1, epochs=1, sample=0, n_jobs=1, verbose=False).fit(
        SENTENCES
    ),
    "EmbeddingClassifier": lambda: EmbeddingClassifier(vector_size=3, epochs=1, n_jobs=1, verbose=False).fit(
        ["the cat", "a dog"] * 4, ["a", "b"] * 4
    ),
    "TextCleaner": TextCleaner,
}
CHANGES = [
    ("Word2Vec", put("parameters", "window", -1), "window parameter of Word2Vec must be"),
    ("Word2Vec", put("parameters", "n_jobs", [[]]), "n_jobs parameter of Word2Vec must be"),
    ("Word2Vec", put("parameters", "", 1), "unexpected keyword argument"),
    ("Word2Vec", put("options", "epochs", 1e9), "damaged: its epochs is"),
    ("Word2Vec", put("state", "loss_curve", "x"), "damaged: its loss_curve is"),
    ("EmbeddingClassifier", put("state", "n_earlier_epochs", "0"), "damaged: its n_earlier_epochs is"),
    ("EmbeddingClassifier", put("parameters", "tokenizer", 7), "tokenizer parameter of EmbeddingClassifier must be"),
    ("EmbeddingClassifier", put("classes", "kind", "int"), "its classes are not all of the type"),
    ("EmbeddingClassifier", lambda m, t: m.update(word_ngrams="1000000000"), "n-grams of 1000000000 words"),
    ("TextCleaner", put("header", "max_repeats", 10**6), "max_repeats parameter of TextCleaner must be"),
    ("TextCleaner", put("header", "missing", []), "missing parameter of TextCleaner must be"),
]  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    for name, build in FILES.items():
        build().save(folder / name)
    return folder


@pytest.mark.parametrize(("name", "change", "message"), CHANGES)
def test_parameters_and_states_in_files_are_checked(name, change, message, made, tmp_path):
    path = tmp_path / "m.safetensors"
    path.write_bytes((made / name).read_bytes())
    kind = {"Word2Vec": Word2Vec, "EmbeddingClassifier": EmbeddingClassifier, "TextCleaner": TextCleaner}[
        name
    ]
    resealed(path, lambda metadata, tensors: None)
    kind.load(path)  # written again as it was, it is read
    resealed(path, change)
    with pytest.raises(ValueError, match=f"{re.escape(str(path))}.*{message}"):
        kind.load(path)


def test_negative_counts_of_vectors_are_damage(tmp_path):
    path = tmp_path / "v.safetensors"
    KeyedVectors(np.eye(3, dtype=np.float32), ["a", "b", "c"], np.array([3, 2, 1])).save(path)
    resealed(path, lambda metadata, tensors: tensors["counts"].__setitem__(1, -2))
    with pytest.raises(ValueError, match=r"v.safetensors.*counts holds a negative number"):
        KeyedVectors.load(path)


def test_a_number_of_5000_digits_is_no_place_of_a_word(tmp_path):
    path = tmp_path / "t.conllu"
    path.write_text("9" * 5000 + "\tcat\t_\tNOUN\t_\t_\t0\t_\t_\t_\n\n")
    with pytest.raises(ValueError, match=r"t.conllu', line 1"):
        read_conllu(path)


def test_a_template_without_ids_is_refused(tmp_path):
    Tokenizer.train_from_texts(["the cat"] * 3, "wordpiece", 60).save(tmp_path)
    path = tmp_path / "tokenizer.json"
    content = json.loads(path.read_text())
    content["post_processor"]["special_tokens"]["[CLS]"]["ids"] = [3000]
    path.write_text(json.dumps(content))
    with pytest.raises(ValueError, match=r"tokenizer.json' cannot be read.*the id 3000"):
        Tokenizer.load(tmp_path)
    content["post_processor"]["special_tokens"].pop("[CLS]")
    path.write_text(json.dumps(content))
    with pytest.raises(ValueError, match=r"tokenizer.json' cannot be read.*no ids for \[CLS\]"):
        Tokenizer.load(tmp_path)


def test_an_id_far_beyond_the_vocabulary_is_refused(tmp_path):
    Tokenizer.train_from_texts(["the cat"] * 3, "char").save(tmp_path)
    path = tmp_path / "tokenizer.json"
    content = json.loads(path.read_text())
    content["model"]["vocab"]["t"] = 10**9
    path.write_text(json.dumps(content))
    with pytest.raises(ValueError, match=f"{re.escape(str(tmp_path))}.* gives one of them the id 1000000000"):
        Tokenizer.load(tmp_path)


def test_a_quoted_field_longer_than_csv_takes_is_no_pair(tmp_path):
    path = tmp_path / "p.csv"
    path.write_text('cat,dog,1\nsat,ran,2\n"' + "x" * 140_000 + '",dog,3\n')
    vectors = KeyedVectors(np.eye(4, dtype=np.float32), ["cat", "dog", "sat", "ran"])
    assert vectors.evaluate_word_pairs(path).n_used == 2
