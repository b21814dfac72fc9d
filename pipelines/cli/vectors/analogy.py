"""`wordvec analogy`: the word that relates to C as B relates to A."""

from __future__ import annotations

from typing import Annotated

import typer

from wordvec._utils.tables import format_table

from ..options import AsJson, Duplicates, Vectors, VectorsEncoding, VectorsErrors, VectorsFormat
from ..output import print_json


def analogy(
    vectors: Vectors,
    words: Annotated[
        list[str],
        typer.Argument(metavar="A B C", help="Three words, or three for each of several questions."),
    ],
    method: Annotated[
        str, typer.Option(metavar="3cosadd|3cosmul", help="How answers are scored.")
    ] = "3cosadd",
    topn: Annotated[int, typer.Option("--topn", "-n", metavar="N", help="Answers.")] = 10,
    encoding: VectorsEncoding = "utf-8",
    errors: VectorsErrors = "strict",
    duplicates: Duplicates = "first",
    file_format: VectorsFormat = None,
    as_json: AsJson = False,
) -> None:
    """Answer "A is to B as C is to ?".

    Questions with unknown words are reported on stderr and make the exit code 2; the others are still answered.

    Example: wordvec analogy vectors.bin man king woman
    """
    from ...workflows.vectors import answer_analogies, open_vectors

    if len(words) % 3:
        raise ValueError(
            f"A question is three words, A B C; {len(words)} were given. Example: wordvec analogy vectors.bin man "
            "king woman"
        )
    questions = [(a, b, c) for a, b, c in zip(words[::3], words[1::3], words[2::3])]
    kv = open_vectors(vectors, encoding=encoding, errors=errors, duplicates=duplicates, format=file_format)
    answers = answer_analogies(kv, questions, method=method, topn=topn)
    if as_json and answers.found:
        several = [{"question": question, "answers": found} for question, found in answers.found.items()]
        print_json(several if len(questions) > 1 else several[0]["answers"])
    elif not as_json:
        for place, ((a, b, c), found) in enumerate(answers.found.items()):
            if len(questions) > 1:
                print(("\n" if place else "") + f"{a} : {b} = {c} : ?")
            print(format_table([(word, f"{score:.4f}") for word, score in found]))
    answers.raise_failures()
