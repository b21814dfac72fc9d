"""Files of other tools that are no tables of word vectors: what each is called, and the way out of it."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from wordvec._utils.messages import listed

_FROM_GENSIM = "KeyedVectors.from_gensim({}).save('vectors.bin') in Python"
_FROM_ARRAY = "with its words at hand, KeyedVectors({}, words).save('vectors.bin') in Python"
_PYTORCH = (
    "a file of PyTorch, which may run code when it is opened",
    _FROM_ARRAY.format("torch.load(path, weights_only=True)[name].numpy()"),
)
_TABLE = "write it as text, a word and its numbers on a line"
# First bytes that no text begins with. A pickle has an opcode after its version.
_MAGIC = (
    (rb"version https://git-lfs\.github\.com", "a pointer of Git LFS", "fetch the file itself with git lfs pull"),
    (rb"\x89HDF\r\n\x1a\n", "an HDF5 file", _FROM_ARRAY.format("h5py.File(path)[name][:]")),
    (rb"\x93NUMPY", "an array of NumPy, without words", _FROM_ARRAY.format("numpy.load(path)")),
    (rb"SQLite format 3\0", "an SQLite database, as Magnitude keeps vectors in", f"{_TABLE}, with pymagnitude"),
    (rb"FiFu[\0-\x10]\0", "a file of finalfusion", "finalfusion convert -f finalfusion -t text"),
    (rb"PAR1[\0-\x1f]", "a Parquet table", f"{_TABLE}, with pandas"),
    (rb"(ARROW1\0|FEA1)", "an Arrow table", f"{_TABLE}, with pandas"),
    (rb"GGUF[\1-\x10]\0", "a language model in GGUF", "it has no vectors of words to look up"),
    (rb".{4}TFL3", "a model of TensorFlow Lite", "take the vectors that it was made from"),
    (rb"\x80\x02\x8a\nl\xfc\x9c", *_PYTORCH),
    (rb"MATLAB 5\.0 MAT-file", "a file of MATLAB", _FROM_ARRAY.format("scipy.io.loadmat(path)[name]")),
    (rb"\x08[\1-\x20]\x12.{1,40}[\x1a\x22\x2a:]", "a model in ONNX", "take the vectors that it was made from"),
    (rb"(7z\xbc\xaf\x27\x1c|Rar!\x1a\x07)", "an archive of 7-Zip or RAR", "extract it first"),
    (rb"%PDF-", "a PDF document", "look for the file of vectors that it is about"),
    (rb"(\xff\xfe|\xfe\xff)", "text in UTF-16", "store it as UTF-8: iconv -f UTF-16 -t UTF-8"),
)  # fmt: skip
_PICKLE = re.compile(rb"\x80[\x02-\x05][\x95c}\](X\x8c\x8a]|\(dp\d|\(lp\d|ccopy_reg\n|c__main__\n")
_GENSIM_CLASS = re.compile(rb"gensim\.models\.[\w.]+(?:\n|\x94?\x8c.|.{0,4}X....)(\w+)", re.DOTALL)
_NUMBER = rb"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_SPARSE = re.compile(rb"[^\r\n]*?\S[ \t]+\d+:%b(?:[ \t]+\d+:%b)*[ \t\r]*(?:\n|\Z)" % (_NUMBER, _NUMBER))
_COMMAS = re.compile(
    rb"[^\r\n]*?\S(?:[,;]|[ \t]+)[ \t\[(\"]*%b\"?(?:[,;][ \t]*\"?%b\"?)+[\])]?" % (_NUMBER, _NUMBER)
)
_DECIMAL_COMMAS = re.compile(rb"\S+(?:[ \t;]+[-+]?\d+,\d+(?:[eE][-+]?\d+)?){2,}[ \t\r]*(?:\n|\Z)")


def name_of_bytes(start: bytes, path: Path) -> str | None:
    """Return "it is ...: the way out" if the first bytes are those of a binary format of another tool.

    They are those of the decompressed file. `path` is its place, as gensim and spaCy keep arrays beside other files.
    """
    if start.startswith(b"\x93NUMPY") and (found := _side_file(path)):
        return found
    for magic, noun, way in _MAGIC:
        if re.match(magic, start, re.DOTALL):
            return f"it is {noun}: {way}"
    return _name_of_pickle(start) if _PICKLE.match(start) else None


def name_of_text(text: bytes) -> str | None:
    """Return what a text is whose lines are not a word and its numbers, or None. A header may stand before `text`."""
    head = text[:1000].lstrip().lower()
    if head.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<script")):
        return "it is an HTML page, which often stands in for a download that failed: fetch the file again"
    if head.startswith(b"<?xml") or re.match(rb"<\w+>", head):
        return "it is XML, which often stands in for a download that failed: fetch the file again"
    if re.match(rb"[{\[][\s]*[\"{\[}\]]", head):
        return f"it is JSON: {_TABLE}"
    return name_of_rows(text)


def name_of_rows(rows: bytes) -> str | None:
    """Return what lines are that hold a word and its numbers in another way than blanks or tabs, or None."""
    if _SPARSE.match(rows):
        return (
            "it holds sparse vectors, index:value after each word: make them dense "
            "(scikit-learn's TruncatedSVD) and save KeyedVectors(vectors, words) in Python"
        )
    if _DECIMAL_COMMAS.match(rows):
        return "its numbers have decimal commas: write points in their place (tr , . < IN > OUT)"
    lines = rows[: 1 << 16].split(b"\n")[:2]
    # The first line may name the columns.
    if any(map(_COMMAS.match, lines)):
        return (
            "it is comma-separated: put blanks in place of commas and brackets, and leave out a line that names "
            "columns (tr -s ',;[]()\"' ' ' < IN > OUT)"
        )
    return None


def name_of_container(path: Path) -> str | None:
    """Return what a zip archive is if it is a file format of its own, or None."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return None
    if any(name.rpartition("/")[2] == "data.pkl" for name in names):
        return "it is {}: {}".format(*_PYTORCH)
    if names and all(name.endswith(".npy") for name in names):
        arrays = listed([repr(name.removesuffix(".npy")) for name in names])
        return f"it is an archive of NumPy, arrays {arrays}: " + _FROM_ARRAY.format("numpy.load(path)[name]")
    if "[Content_Types].xml" in names:
        return f"it is a document of an office program: {_TABLE}"
    if "config.json" in names and any(name.endswith(".h5") for name in names):
        return "it is a model of Keras: " + _FROM_ARRAY.format("model.get_layer(name).get_weights()[0]")
    return None


def name_of_folder(path: Path) -> str:
    """Return what a folder is, and the way to its vectors."""
    for folder in (path, *sorted(child for child in path.iterdir() if child.is_dir())[:20]):
        if (folder / "vocab").is_dir() and _has(folder, "meta.json", "config.cfg"):
            return f"a pipeline of spaCy: {_from_spacy(folder)}"
    if (path / "key2row").is_file() or (path / "vectors.cfg").is_file():
        return f"the vocabulary of a spaCy pipeline: {_from_spacy(path.parent)}"
    if (path / "modules.json").is_file():
        return (
            "a model of sentence-transformers, which encodes texts: SentenceTransformer(path).encode(words)"
        )
    if _has(path, "config.json"):
        table = "AutoModel.from_pretrained(path).get_input_embeddings().weight"
        return f"a model in the layout of Hugging Face; the vectors of its tokens are {table}"
    if _has(path, "saved_model.pb"):
        return "a SavedModel of TensorFlow: " + _FROM_ARRAY.format("the layer's weights")
    files = sorted(
        child.name for child in path.iterdir() if child.is_file() and not child.name.startswith(".")
    )
    return f"name one of its files ({listed(files)})" if files else "it holds no file"


def _has(folder: Path, *names: str) -> bool:
    return any((folder / name).is_file() for name in names)


def _from_spacy(folder: Path) -> str:
    return (
        f"n = spacy.load({str(folder)!r}); v = n.vocab.vectors; KeyedVectors(v.data[list(v.key2row.values())], "
        "[n.vocab.strings[k] for k in v.key2row]).save('vectors.bin') in Python"
    )


def _name_of_pickle(start: bytes) -> str:
    found = _GENSIM_CLASS.search(start[:4096])
    if found is None:
        return (
            "it is a pickle of Python, which may run code when it is opened: open it with what wrote it, and save "
            "KeyedVectors(vectors, words)"
        )
    return f"it is a file of gensim: {_from_gensim(found[1].decode(), 'path')}"


def _from_gensim(name: str, path: str) -> str:
    if name in ("KeyedVectors", "FastTextKeyedVectors", "Word2VecKeyedVectors"):
        loaded = f"gensim.models.KeyedVectors.load({path})"
    else:
        loaded = f"gensim.models.{name}.load({path}).wv"
    return _FROM_GENSIM.format(loaded)


def _side_file(path: Path) -> str | None:
    """Return whose array a .npy file is, if gensim or spaCy keeps it beside another file."""
    if path.name == "vectors" and _has(path.parent, "key2row", "strings.json"):
        return f"it is an array of a spaCy pipeline: {_from_spacy(path.parent.parent)}"
    for other in sorted(path.parent.iterdir(), key=lambda other: len(other.name)):
        if path.name.startswith(f"{other.name}.") and other.is_file():
            with other.open("rb") as file:
                found = _GENSIM_CLASS.search(file.read(4096))
            if found is not None:
                way = _from_gensim(found[1].decode(), repr(str(other)))
                return f"it is an array that belongs to gensim's {other.name!r}: {way}"
    return None
