"""Segmentation of Chinese text into words, by rjieba or by a tagger, with parts of speech."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wordvec._io.text_files import read_lines
from wordvec._utils.errors import AdvisedError
from wordvec.schemes.prefixes import OUTSIDE, split_tag
from wordvec.text.conversion import converter
from wordvec.text.segmenter import Segmenter

if TYPE_CHECKING:
    from ..tagging.fitted import FittedTagger

__all__ = ["SegmentedText", "segment_file", "segment_texts"]

# Texts that are segmented at a time: enough for all threads of a tagger, little memory.
BATCH = 4096


@dataclass(frozen=True)
class SegmentedText:
    """The words of a segmented text.

    Attributes
    ----------
    text : str
        The text that was segmented, after conversion if requested.
    words : list of str
    tags : list of str, or None
        A part of speech for each word, if requested.
    """

    text: str
    words: list[str]
    tags: list[str] | None

    def __str__(self) -> str:
        """Return the words with spaces between them; white space within a word is shown as an underscore."""
        shown = ["_".join(word.split()) for word in self.words]
        if self.tags is None:
            return " ".join(shown)
        return " ".join(f"{word}/{tag}" for word, tag in zip(shown, self.tags))


def segment_texts(
    texts: Iterable[str],
    segmenter: Segmenter | None = None,
    tagger: FittedTagger | None = None,
    *,
    pos: bool = False,
    convert: str | None = None,
) -> Iterator[SegmentedText]:
    """Segment texts into words, in order; a text without words yields an empty list.

    Parameters
    ----------
    texts : iterable of str
        Texts, which are read lazily.
    segmenter : Segmenter, optional
        With user words, for example; rjieba's dictionary by default.
    tagger : CRFTagger, optional
        A tagger of characters whose tags are positions in words (``B``, ``M``, ``E``, ``S``, or with a part of speech
        ``B-n``) segments the texts itself. Any other tags the words of the segmenter, with `pos`.
    pos : bool
        Whether to predict parts of speech.
    convert : str, optional
        How characters are converted before segmentation, see `wordvec.text.convert_chinese`.

    Yields
    ------
    SegmentedText

    Raises
    ------
    ImportError
        If rjieba or OpenCC is needed and not installed.
    ValueError
        If `pos` is set but the tagger knows no parts of speech, or the tagger does neither job.
    """
    change = None if convert is None else converter(convert, "segment_texts")
    positions = tagger is not None and _has_positions(tagger)
    if tagger is not None and positions and segmenter is not None:
        raise ValueError("A tagger that cuts words has no user dictionary. Leave one of the two out.")
    if positions and pos and not all("-" in tag for tag in tagger.classes_.tolist()):  # type: ignore[union-attr]
        raise ValueError(
            "This tagger cuts words and knows no parts of speech: its tags are B, M, E, S alone. Leave them out, "
            "or train it on tags such as B-n."
        )
    if tagger is not None and not positions and not pos:
        raise AdvisedError(
            "This tagger tags words and does not cut them: its tags are not positions in words (B, M, E, S).",
            "{pos=True}, to tag the words of the dictionary",
            "a tagger of characters that was trained on segmented text",
        )
    cutter = None if positions else segmenter or Segmenter()
    stream = iter(texts)
    while batch := list(itertools.islice(stream, BATCH)):
        spelt = batch if change is None else list(map(change, batch))
        if cutter is None:
            yield from _cut_by_tagger(spelt, tagger, pos)
        elif tagger is not None:
            words = list(map(cutter.cut, spelt))
            yield from map(SegmentedText, spelt, words, tagger.predict(words))
        else:
            yield from (_cut(text, cutter, pos) for text in spelt)


def segment_file(
    path: str | os.PathLike[str],
    segmenter: Segmenter | None = None,
    tagger: FittedTagger | None = None,
    *,
    pos: bool = False,
    convert: str | None = None,
    encoding: str = "utf-8",
    errors: str = "strict",
    verbose: bool | None = None,
) -> Iterator[SegmentedText]:
    """Segment the lines of a file into words; a blank line yields no words, so that line numbers are preserved.

    Parameters
    ----------
    path : path
        Text, packed or not.
    segmenter, tagger, pos, convert
        As in `segment_texts`.
    encoding, errors : str
        As for `LineCorpus`.
    verbose : bool, optional
        Whether to show a progress bar; on terminals by default.

    Yields
    ------
    SegmentedText

    Raises
    ------
    ImportError, OSError, ValueError
        As `segment_texts`, and if the file cannot be read.
    """
    from wordvec._utils.progress import ReadingBar  # brings tqdm, which --help does not need

    from ..tagging.files.lines import existing_file

    file = existing_file(path, "segment_file", encoding, errors)
    with ReadingBar(verbose, "Segmenting") as bar:
        lines = _lines(file, encoding, errors, bar)
        yield from segment_texts(lines, segmenter, tagger, pos=pos, convert=convert)


def _lines(file: Path, encoding: str, errors: str, bar: Any) -> Iterator[str]:
    size = file.stat().st_size
    for line, _, raw in read_lines(file, encoding, errors):
        yield line.removesuffix("\r")
        bar.update_to(raw.tell(), size)


def _has_positions(tagger: FittedTagger) -> bool:
    """Return whether every tag is a position in a word: a span tag of a scheme, never one outside all spans."""
    tags = {tag.partition("-")[0] for tag in tagger.classes_.tolist()}
    return "O" not in tags and (tagger.scheme_ is not None or {"B"} <= tags <= set("BMIES"))


def _cut(text: str, segmenter: Segmenter, pos: bool) -> SegmentedText:
    if not pos:
        return SegmentedText(text, segmenter.cut(text), None)
    tagged = segmenter.tag(text)
    return SegmentedText(text, [word for word, _ in tagged], [tag for _, tag in tagged])


def _cut_by_tagger(texts: list[str], tagger: Any, pos: bool) -> Iterator[SegmentedText]:
    characters = [[character for character in text if not character.isspace()] for text in texts]
    for text, tags in zip(texts, tagger.predict(characters)):
        words: list[str] = []
        kinds: list[str] = []
        is_open = False
        of_characters = iter(tags)
        for character in text:
            if character.isspace():
                is_open = False  # white space ends a word
                continue
            position, kind = split_tag(next(of_characters), None) or OUTSIDE
            if is_open and position in "IE":
                words[-1] += character
            else:
                words.append(character)
                kinds.append(kind)
            is_open = position in "BI"
        yield SegmentedText(text, words, kinds if pos else None)
