"""`wordvec convert`: convert word vectors between formats."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wordvec._utils.messages import counted

from ..workflows.paths import check_vector_path
from .options import AsJson, Duplicates, OutFormat, VectorsEncoding, VectorsErrors, VectorsFormat
from .output import print_json


def convert(
    source: Annotated[
        Path,
        typer.Argument(metavar="IN", help="A file of word vectors; its format is detected from the content."),
    ],
    target: Annotated[
        Path, typer.Argument(metavar="OUT", help="Output file; its extension determines the format.")
    ],
    float16: Annotated[
        bool, typer.Option("--float16", help="Store half-precision numbers (.safetensors only).")
    ] = False,
    int8: Annotated[
        bool,
        typer.Option("--int8", help="Store one byte per number and a scale per row (.safetensors only)."),
    ] = False,
    out_format: OutFormat = None,
    limit: Annotated[
        int | None,
        typer.Option("--limit", metavar="N", help="Convert only the first N words, the most frequent."),
    ] = None,
    encoding: VectorsEncoding = "utf-8",
    errors: VectorsErrors = "strict",
    duplicates: Duplicates = "first",
    file_format: VectorsFormat = None,
    as_json: AsJson = False,
) -> None:
    """Convert word vectors: word2vec text and binary, GloVe text, safetensors, fastText and floret models.

    IN may also be a model that wordvec train --save-model wrote. OUT ends in .bin, .txt, .vec, .glove, .floret (each
    also with .gz, .bz2, .xz or .zst) or .safetensors. A .bin is written in word2vec's format, words only; --out-format
    fasttext keeps n-grams.

    Example: wordvec convert vectors.bin vectors.safetensors --float16
    """
    from ..workflows.vectors import open_vectors

    if float16 and int8:
        raise ValueError("--float16 and --int8 exclude each other: give one of them.")
    dtype = "float16" if float16 else "int8" if int8 else None
    check_vector_path(target, dtype, out_format)
    kv = open_vectors(
        source, limit=limit, encoding=encoding, errors=errors, duplicates=duplicates, format=file_format
    )
    kv.save(target, dtype=dtype, format=out_format)
    if as_json:
        print_json({"path": str(target), "n_words": len(kv), "vector_size": kv.vector_size})
    else:
        what = counted(len(kv), "word")
        if kv.subwords is not None and (out_format or target.name).endswith("floret"):
            what = f"{counted(kv.subwords.scheme.n_rows, 'row')} of n-grams"
        print(f"{what} of {kv.vector_size} numbers are in {target}")
