"""The text of a comparison: a plain file of words separated by spaces, which all systems read alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from wordvec._io.compression import COMPRESSIONS
from wordvec.text.corpus import LineCorpus

# gensim's corpus_file mode trains on the first 10,000 words of a line only.
GENSIM_MAX_LINE = 10_000
CUT_WORDS = 1000


@dataclass(frozen=True)
class Text:
    """A text file and its size."""

    path: Path  # the file that is read
    source: str  # as the user passed it
    n_words: int
    n_lines: int  # with words, before cutting
    longest_line: int  # in words
    is_cut: bool  # whether lines were cut to CUT_WORDS words

    def to_dict(self) -> dict[str, Any]:
        """Return the fields without the path, which may be that of a temporary file."""
        fields = asdict(self)
        del fields["path"]
        return fields


def prepare_text(corpus: LineCorpus, target: Path, on_message: Callable[[str], None]) -> Text:
    """Return the file that all systems read: the corpus's own if it is plain, otherwise `target`, written here.

    Lines of more than 10,000 words are cut for all systems, which is reported to `on_message`.

    Raises
    ------
    ValueError
        If there are no words in the text.
    """
    corpus.warn_of_tokens()
    n_words = n_lines = longest = 0
    for sentence in corpus:
        n_lines += 1
        n_words += len(sentence)
        longest = max(longest, len(sentence))
    if not n_words:
        raise ValueError(f"There is no word in {corpus!r}. Check the path and the tokenizer.")
    is_cut = longest > GENSIM_MAX_LINE
    path = _plain_file(corpus)
    if is_cut or path is None:
        path = target
        _write_words(corpus, target, CUT_WORDS if is_cut else longest)
    if is_cut:
        on_message(
            f"The longest line has {longest:,} words, and gensim's corpus_file mode drops everything after "
            f"{GENSIM_MAX_LINE:,}: lines are cut to {CUT_WORDS:,} words for all systems."
        )
    source = ", ".join(str(file) for file in corpus.files)
    return Text(path, source, n_words, n_lines, longest, is_cut)


def _plain_file(corpus: LineCorpus) -> Path | None:
    """Return the file that other programs read in the same way as this corpus, if there is one."""
    file, *others = corpus.files
    is_bare = corpus.tokenizer == "whitespace" and not corpus.lowercase and corpus.errors == "strict"
    is_utf8 = corpus.encoding.lower().replace("_", "-") in ("utf-8", "utf8", "ascii")
    if (
        isinstance(file, Path)
        and not others
        and is_bare
        and is_utf8
        and file.suffix.lower() not in COMPRESSIONS
    ):
        return file
    return None


def _write_words(corpus: LineCorpus, path: Path, n_words: int) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for sentence in corpus:
            for first in range(0, len(sentence), n_words):
                # A space within a token (a tokenizer's own business) would make it two words here.
                words = ("_".join(word.split()) for word in sentence[first : first + n_words])
                file.write(" ".join(words) + "\n")
