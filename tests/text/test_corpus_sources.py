"""A corpus that is no file here: files at addresses, Parquet files, data sets; the same words as of the text file."""

import functools
import gzip
import http.server
import os
import threading
from pathlib import Path

import numpy as np
import pytest

from wordvec import LineCorpus, Word2Vec, count_cooccurrences
from wordvec._io import remote
from wordvec._io.parts import cut_sources
from wordvec.text.corpus import encode_corpus
from wordvec.text.documents import text_files

LINES = [f"the {n % 7} cats é {'of ' * (n % 3)}x{n % 11}" for n in range(5000)]
TEXT = "\n".join(LINES) + "\n"


def encoded(corpus):
    """The vocabulary and the text of a corpus as values that can be compared."""
    vocabulary, text = encode_corpus(corpus, min_count=1)
    return vocabulary.index_to_key, vocabulary.counts.tolist(), text.token_ids.tolist(), text.starts.tolist()


@pytest.fixture
def folder(tmp_path):
    found = tmp_path / "texts"
    (found / ".hidden").mkdir(parents=True)
    (found / ".hidden" / "c.txt").write_text("hidden\n")
    (found / "a.txt").write_text(TEXT, encoding="utf-8")
    (found / "b.txt.gz").write_bytes(gzip.compress(TEXT.encode()))
    return found


@pytest.fixture
def memory(folder):
    fsspec = pytest.importorskip("fsspec", reason="fsspec is not installed")
    files = fsspec.filesystem("memory")
    files.put(str(folder), "/corpus", recursive=True)
    yield "memory://corpus"
    files.rm("/corpus", recursive=True)


class _WithRanges(http.server.SimpleHTTPRequestHandler):
    """A server that sends parts of files; the one it is made of sends files from their beginning only."""

    def do_GET(self):
        asked = self.headers.get("Range")
        if asked is None:
            super().do_GET()
            return
        data = Path(self.translate_path(self.path)).read_bytes()
        first, last = asked.removeprefix("bytes=").split("-")
        part = data[int(first) : int(last) + 1]
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {first}-{int(first) + len(part) - 1}/{len(data)}")
        self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        self.wfile.write(part)

    def end_headers(self):
        self.send_header("Accept-Ranges", "bytes")
        super().end_headers()


@pytest.fixture(params=[http.server.SimpleHTTPRequestHandler, _WithRanges], ids=["whole", "ranges"])
def web(folder, request, monkeypatch):
    pytest.importorskip("aiohttp", reason="aiohttp is not installed")
    monkeypatch.setattr(request.param, "log_message", lambda *_: None)
    handler = functools.partial(request.param, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", request.param is _WithRanges
    server.shutdown()
    server.server_close()


def test_memory(memory, folder):
    expected = encoded(LineCorpus(folder))
    for paths in (memory, f"{memory}/*", [f"{memory}/a.txt", folder / "b.txt.gz"]):
        corpus = LineCorpus(paths)
        assert [file.name for file in corpus.files] == ["a.txt", "b.txt.gz"]
        assert encoded(corpus) == expected
        assert list(corpus) == list(LineCorpus(folder))


def test_web(web, folder, monkeypatch):
    url, has_ranges = web
    monkeypatch.setattr(remote, "_BLOCK_BYTES", 4000)  # a file of one block is read whole
    corpus = LineCorpus([f"{url}/a.txt?version=1", f"{url}/b.txt.gz"])
    assert encoded(corpus) == encoded(LineCorpus(folder))
    parts = cut_sources(corpus.files, "utf-8", 10_000)
    # The packed file is whole.
    assert len(parts) == (-(-len(TEXT.encode()) // 10_000) if has_ranges else 1) + 1
    corpus.files = parts
    assert encoded(corpus) == encoded(LineCorpus(folder))


def test_a_page_of_links_is_a_folder(web, folder):
    url, _ = web
    assert encoded(LineCorpus(f"{url}/")) == encoded(LineCorpus(folder))
    assert encoded(LineCorpus(f"{url}/*.gz")) == encoded(LineCorpus(folder / "b.txt.gz"))
    (folder / "sub").mkdir()
    for place in (url, f"{url}/sub"):
        with pytest.raises(ValueError, match="it is a folder, whose address has to end in '/'"):
            LineCorpus(place)
    with pytest.raises(FileNotFoundError, match="links to no files"):
        LineCorpus(f"{url}/sub/")
    with pytest.raises(FileNotFoundError, match=r"There is no file at '.*/none.txt\?a=1'"):
        LineCorpus(f"{url}/none.txt?a=1")
    # The page of another server: links to itself in other orders, and to the folder above.
    (folder / "index.html").write_text(
        '<a href="?C=N;O=D">Name</a> <a href="/">Parent</a> <a href="a.txt">a</a> <a href="sub/">sub</a>'
    )
    assert [file.name for file in LineCorpus(f"{url}/").files] == ["a.txt"]


def test_a_file_that_changes_is_read_anew(web, folder, monkeypatch):
    url, _ = web
    monkeypatch.setattr(remote, "_BLOCK_BYTES", 4000)
    assert len(list(LineCorpus(f"{url}/a.txt"))) == len(LINES)
    (folder / "a.txt").write_text("aaa bbb\n" * 6000)
    assert list(LineCorpus(f"{url}/a.txt")) == [["aaa", "bbb"]] * 6000


def test_a_server_that_refuses_is_no_missing_file(web, monkeypatch):
    url, _ = web
    handler = http.server.SimpleHTTPRequestHandler
    for status, kind, message in (
        (403, PermissionError, "the server answers 403.*Check the credentials"),
        (500, ConnectionError, "the server answers 500"),
    ):
        monkeypatch.setattr(handler, "send_head", lambda self, status=status: self.send_error(status))
        with pytest.raises(kind, match=message):
            LineCorpus(f"{url}/a.txt")


def test_addresses_of_files_of_this_machine(folder):
    assert LineCorpus(f"FILE://{folder}/a.txt").files == [folder / "a.txt"]
    with pytest.raises(ValueError, match="'http:/host/a.txt' was an address before it became a Path"):
        LineCorpus(Path("http://host/a.txt"))


@pytest.mark.slow
def test_s3(folder, monkeypatch):
    server_of = pytest.importorskip("moto.server", reason="moto is not installed")
    fsspec = pytest.importorskip("fsspec")
    server = server_of.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        for name, value in (
            ("AWS_ENDPOINT_URL", f"http://{host}:{port}"), ("AWS_ACCESS_KEY_ID", "a"),
            ("AWS_SECRET_ACCESS_KEY", "b"), ("AWS_DEFAULT_REGION", "us-east-1"),
        ):  # fmt: skip
            monkeypatch.setenv(name, value)
        files = fsspec.filesystem("s3")
        files.mkdir("texts")
        files.put(str(folder), "texts/part", recursive=True)
        expected = encoded(LineCorpus(folder))
        for paths in (
            "s3://texts/part",
            "s3://texts/part/*",
            ["s3://texts/part/a.txt", "s3://texts/part/b.txt.gz"],
        ):
            assert encoded(LineCorpus(paths)) == expected
        with pytest.raises(FileNotFoundError, match="There is no file at 's3://texts/nothing'"):
            LineCorpus("s3://texts/nothing")
        with pytest.raises(FileNotFoundError, match="s3://elsewhere/a.txt"):
            LineCorpus("s3://elsewhere/a.txt")
        # By another client, whose writes this one's lists do not know.
        import boto3

        client = boto3.client("s3", endpoint_url=f"http://{host}:{port}")
        client.put_object(Bucket="texts", Key="part/new.txt", Body=b"one two\n")
        assert list(LineCorpus("s3://texts/part/new.txt")) == [["one", "two"]]
        client.put_object(Bucket="texts", Key="part/new.txt", Body=b"one two three\n")
        assert list(LineCorpus("S3://texts/part/new.txt")) == [["one", "two", "three"]]
        client.put_object(Bucket="texts", Key="empty/x/", Body=b"")
        for place in ("s3://texts/empty/*", "s3://texts/empty"):
            with pytest.raises(FileNotFoundError, match="s3://texts/empty"):
                LineCorpus(place)
    finally:
        server.stop()
        fsspec.get_filesystem_class("s3").clear_instance_cache()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("memory://nothing", "There is no file at 'memory://nothing'"),
        ("memory://nothing/*.txt", "'memory://nothing/\\*.txt' matches no file"),
        ("nowhere://a", "'nowhere://a' cannot be read: Protocol not known"),
        ("zip::memory://a", "chain of addresses"),
        ("MEMORY://nothing::here", "MEMORY://nothing::here' holds '::'"),
        ("http://127.0.0.1:9/a.txt", "'http://127.0.0.1:9/a.txt' cannot be read: Cannot connect"),
    ],
)
def test_addresses_without_text(url, message):
    pytest.importorskip("fsspec", reason="fsspec is not installed")
    with pytest.raises((OSError, ValueError), match=message):
        LineCorpus(url)


def test_names_with_marks_keep_their_extension(memory, folder):
    import fsspec

    fsspec.filesystem("memory").pipe("/corpus/q#1?.txt.gz", gzip.compress(TEXT.encode()))
    assert encoded(LineCorpus(f"{memory}/q#1?.txt.gz")) == encoded(LineCorpus(folder / "a.txt"))


def test_bad_bytes_at_an_address_are_told(memory):
    import fsspec

    fsspec.filesystem("memory").pipe("/corpus/a.txt", b"one two\nthr\xffee\n")
    with pytest.raises(ValueError, match=r"'memory:///corpus/a.txt', line 2: not valid utf-8"):
        encode_corpus(LineCorpus(f"{memory}/a.txt"))


def test_what_reads_files_of_this_machine_says_so(memory):
    with pytest.raises(
        ValueError, match="reads text files of this machine, which 'memory:///corpus/a.txt' is not"
    ):
        text_files(f"{memory}/a.txt", "auto", "utf-8", "strict", "Tokenizer.train")


def table(texts):
    arrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    return arrow.table({"text": texts, "n": range(len(texts))})


@pytest.fixture
def parquet(tmp_path):
    found = tmp_path / "parquet"
    found.mkdir()
    rows = [*LINES, None, "two\nlines"]
    found_table = table(rows)
    import pyarrow.parquet

    pyarrow.parquet.write_table(found_table, found / "part-0.snappy.parquet", row_group_size=700)
    (found / "_SUCCESS").touch()
    (tmp_path / "same.txt").write_text(TEXT + "\ntwo\nlines\n", encoding="utf-8")
    return found


@pytest.mark.parametrize("tokenizer", ["whitespace", "word"])
def test_parquet(parquet, tokenizer):
    corpus = LineCorpus(parquet, tokenizer)
    expected = LineCorpus(parquet.parent / "same.txt", tokenizer)
    assert encoded(corpus) == encoded(expected)
    assert list(corpus) == list(expected)
    corpus.files = cut_sources(corpus.files, "utf-8", 3000)
    assert len(corpus.files) == 8  # row groups
    assert encoded(corpus) == encoded(expected)


def test_parquet_at_an_address(parquet, memory):
    import fsspec

    files = fsspec.filesystem("memory")
    files.put(str(parquet), "/corpus/tables", recursive=True)
    assert encoded(LineCorpus(f"{memory}/tables")) == encoded(LineCorpus(parquet.parent / "same.txt"))


def test_kinds_of_text_columns(tmp_path):
    arrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    import pyarrow.parquet

    texts = ["a b", "c", None, "a b"]
    for kind in (arrow.string(), arrow.large_string(), arrow.dictionary(arrow.int32(), arrow.string())):
        path = tmp_path / "t.parquet"
        pyarrow.parquet.write_table(arrow.table({"words": arrow.array(texts).cast(kind)}), path)
        assert list(LineCorpus(path, text_column="words")) == [["a", "b"], ["c"], ["a", "b"]]


def test_progress_of_parquet_ends_at_its_size(parquet):
    calls = []
    LineCorpus(parquet).count_words(lambda done, total: calls.append((done, total)))
    assert all(done <= total for done, total in calls)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"text_column": "n"},
            "The column 'n' of '.*parquet' holds int64, not text. Pass another text_column",
        ),
        (
            {"text_column": "body"},
            "has no column 'body'; its columns are 'text', 'n'. Pass one of them as text_column",
        ),
        ({"encoding": "latin-1"}, "must be 'utf-8' for Parquet files"),
        ({"text_column": 3}, "text_column"),
    ],
)
def test_columns_that_do_not_fit(parquet, changes, message):
    with pytest.raises(ValueError, match=message):
        LineCorpus(parquet, **changes)


def test_damaged_parquet_files(parquet, tmp_path):
    whole = next(parquet.glob("*.parquet")).read_bytes()
    path = tmp_path / "cut.parquet"
    for data in (b"", b"PAR1", whole[: len(whole) // 2], b"text " * 100):
        path.write_bytes(data)
        with pytest.raises(ValueError, match="'.*cut.parquet' cannot be read as Parquet"):
            LineCorpus(path)
    # The list of contents is whole, what it lists is not.
    path.write_bytes(whole[:4] + bytes(2000) + whole[2004:])
    with pytest.raises((ValueError, OSError), match="cut.parquet' cannot be read as Parquet"):
        encode_corpus(LineCorpus(path))


def test_a_parquet_file_that_changes_is_an_error(parquet):
    import pyarrow.parquet

    path = next(parquet.glob("*.parquet"))
    corpus = LineCorpus(path)
    pyarrow.parquet.write_table(table(LINES[:100]), path, row_group_size=10)
    with pytest.raises(ValueError, match="has changed since it was listed"):
        list(corpus)


def test_text_columns_without_tables(folder, parquet):
    with pytest.raises(
        ValueError, match="text_column parameter of LineCorpus must be left out where there is no"
    ):
        LineCorpus(folder, text_column="body")
    assert len(LineCorpus([str(folder / "a.txt"), str(parquet)], text_column="text").files) == 2


def test_columns_that_hold_no_good_text(tmp_path):
    arrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    import pyarrow.parquet

    path = tmp_path / "t.parquet"
    pyarrow.parquet.write_table(arrow.table({"text": ["a", "b\0c"]}), path)
    with pytest.raises(
        ValueError, match="The column 'text' of '.*t.parquet' holds NUL characters. Take these rows out"
    ):
        encode_corpus(LineCorpus(path))
    pyarrow.parquet.write_table(arrow.table([["a"], ["b"]], names=["text", "text"]), path)
    with pytest.raises(ValueError, match="has 2 columns 'text'. Rename them"):
        LineCorpus(path)
    # A mark of byte order is one of a file, not of a row.
    pyarrow.parquet.write_table(arrow.table({"text": ["\ufeffa", "\ufeffa"]}), path, row_group_size=1)
    corpus = LineCorpus(path)
    expected = list(corpus)
    corpus.files = cut_sources(corpus.files, "utf-8", 1)
    assert list(corpus) == expected == [["\ufeffa"], ["\ufeffa"]]


@pytest.fixture
def dataset(tmp_path):
    datasets = pytest.importorskip("datasets", reason="datasets is not installed")
    return datasets.Dataset.from_dict({"text": LINES, "n": list(range(len(LINES)))})


def test_data_sets_of_hugging_face(dataset, folder):
    expected = encoded(LineCorpus(folder / "a.txt"))
    assert encoded(LineCorpus(dataset)) == expected
    assert encoded(LineCorpus(dataset.to_iterable_dataset())) == expected
    corpus = LineCorpus(dataset)
    corpus.files = cut_sources(corpus.files, "utf-8", 10_000)
    assert len(corpus.files) > 10
    assert encoded(corpus) == expected
    assert encoded(LineCorpus(dataset.select(range(10)))) == encoded([line.split() for line in LINES[:10]])


def test_data_sets_that_do_not_fit(dataset):
    import datasets

    with pytest.raises(ValueError, match=r"DatasetDict holds 2 data sets \('train', 'test'\). Pass one"):
        LineCorpus(datasets.DatasetDict(train=dataset, test=dataset))
    with pytest.raises(ValueError, match="'Dataset' has no column 'body'; its columns are 'text', 'n'"):
        LineCorpus(dataset, text_column="body")
    with pytest.raises(ValueError, match="The column 'n' of 'Dataset' holds int64"):
        encode_corpus(LineCorpus(dataset, text_column="n"))


def test_data_sets_are_no_sentences(dataset):
    for fit in (Word2Vec().fit, count_cooccurrences):
        with pytest.raises(TypeError, match=r"The corpus is a data set \(Dataset\).*LineCorpus\(dataset"):
            fit(dataset)


def test_streamed_data_sets_that_do_not_fit():
    datasets = pytest.importorskip("datasets", reason="datasets is not installed")

    def rows():
        yield {"text": "a b"}
        yield {"text": 5}

    streamed = datasets.IterableDataset.from_generator(rows)
    with pytest.raises(ValueError, match="'IterableDataset' has no column 'body'"):
        list(LineCorpus(streamed, text_column="body"))
    with pytest.raises(ValueError, match="The column 'text' of 'IterableDataset' cannot be read"):
        list(LineCorpus(streamed))


def test_data_sets_with_a_transform(dataset):
    with pytest.raises(ValueError, match="has a transform, which is not applied here"):
        LineCorpus(dataset.with_transform(lambda rows: rows))


def test_training_from_an_address(memory, folder):
    settings = dict(vector_size=8, epochs=1, random_state=1)
    found = Word2Vec(**settings).fit(LineCorpus(memory))
    assert np.array_equal(found.wv_.vectors, Word2Vec(**settings).fit(LineCorpus(folder)).wv_.vectors)


def test_missing_libraries_are_named(monkeypatch, tmp_path):
    monkeypatch.setitem(__import__("sys").modules, "fsspec.core", None)
    with pytest.raises(ImportError, match=r'pip install "wordvec\[remote\]"'):
        LineCorpus("s3://bucket/a.txt")
    monkeypatch.setitem(__import__("sys").modules, "pyarrow.parquet", None)
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    with pytest.raises(ImportError, match=r'pip install "wordvec\[parquet\]"'):
        LineCorpus(os.fspath(tmp_path / "a.parquet"))
