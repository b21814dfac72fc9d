"""Tables of floret: a row for each bucket of hashed n-grams, in a text, as `spacy init vectors --mode floret` reads.

The first line is "buckets floats min_n max_n hashes seed before after", the others are the bucket's number and its row.
There are no words.
"""

from __future__ import annotations

import re
import warnings
from typing import IO

import numpy as np

from wordvec._io.errors import DamagedFileError
from wordvec.vectors.formats.tables import MAX_VECTOR_SIZE
from wordvec.vectors.formats.text import read_text, write_text
from wordvec.vectors.subwords.rows import DenseRows
from wordvec.vectors.subwords.scheme import NGramScheme
from wordvec.vectors.subwords.table import SubwordTable

_HEADER = re.compile(rb"(\d+) (\d+) (\d+) (\d+) (\d+) (\d+) (\S+) (\S*[^\s\d])[ \t\r]*\n")
_MAX_HEADER_BYTES = 1 << 10


def is_floret(sample: bytes) -> bool:
    """Tell whether a file begins with the header of a table."""
    return _HEADER.match(sample[:_MAX_HEADER_BYTES]) is not None


def read_floret(file: IO[bytes], n_bytes: int) -> SubwordTable:
    """Read a table; `n_bytes` is the size of the file.

    Raises
    ------
    DamagedFileError
        If the header is none, or the rows are not those that it promises.
    """
    try:
        return _read_table(file, n_bytes)
    except DamagedFileError as error:
        raise DamagedFileError(f"it is a table of floret, and damaged: {error}") from error


def _read_table(file: IO[bytes], n_bytes: int) -> SubwordTable:
    line = file.readline(_MAX_HEADER_BYTES)
    found = _HEADER.fullmatch(line)
    if found is None:
        raise DamagedFileError(f"it starts with {line[:40]!r}, which is not the header of a floret table")
    bucket, size, min_n, max_n, hash_count, seed = map(int, found.groups()[:6])
    before, after = (mark.decode() for mark in found.groups()[6:])
    if not (1 <= bucket < 2**31 and 1 <= size <= MAX_VECTOR_SIZE and 1 <= hash_count <= 4 and seed < 2**32):
        raise DamagedFileError(
            f"its header promises {bucket} buckets of {size} floats with {hash_count} hashes and seed {seed}"
        )
    if min_n > max_n > 0:
        raise DamagedFileError(f"its header says that n-grams have {min_n} to {max_n} characters")
    rows, numbers = read_text(
        file, header=False, limit=None, encoding="ascii", errors="strict", vector_size=size, n_bytes=n_bytes
    )
    if len(rows) != bucket:
        raise DamagedFileError(f"it holds {len(rows)} rows, and line 1 promises {bucket}")
    wrong = next((k for k, number in enumerate(numbers) if number != str(k)), None)
    if wrong is not None:
        raise DamagedFileError(f"line {wrong + 2} is row {numbers[wrong]!r} where row {wrong} should be")
    return SubwordTable(
        scheme=NGramScheme(min_n, max_n, bucket, hash_count, seed, before, after, whole_word=""),
        rows=DenseRows.of(rows),
        first_row=0,
        words=np.empty(0, np.uint8),
        starts=np.zeros(1, np.int64),
        own_rows=np.empty(0, np.int64),
    )


def write_floret(file: IO[bytes], table: SubwordTable) -> None:
    """Write the buckets of a table.

    Raises
    ------
    ValueError
        If n-grams are hashed in another way, or words have rows of their own.
    """
    scheme = table.scheme
    if not scheme.hash_count or not scheme.has_ngrams:
        raise ValueError(
            "A table of floret holds n-grams by floret's hash, and these vectors have none. Train "
            "FastText(hash_count=2, bucket=50_000), or save with format='fasttext'."
        )
    if scheme.min_n == 1 and scheme.max_n:
        warnings.warn(
            "spaCy counts the marks around a word as n-grams of one character, which floret and wordvec do not, so "
            "that it will have other vectors of these words. Train with min_n=2 for spaCy.",
            stacklevel=5,
        )
    values = (scheme.bucket, table.vector_size, scheme.min_n, scheme.max_n, scheme.hash_count, scheme.seed)
    file.write(f"{' '.join(map(str, values))} {scheme.before} {scheme.after}\n".encode())
    rows = table.rows.block(table.first_row, table.first_row + scheme.bucket)
    write_text(file, rows, [str(k) for k in range(scheme.bucket)], header=False)
