"""The tagger as a component of a spaCy pipeline (the extra `nlp`): ``nlp.add_pipe("wordvec_crf")``.

spaCy finds the component through the package's entry point and then imports this module; nothing else imports it.
"""

# No `from __future__ import annotations`: spaCy checks a component's settings by the types of its factory.
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from sklearn.utils.validation import check_is_fitted

from wordvec._utils.validation import check_choice, import_optional
from wordvec.schemes.spans import span_types, tags_to_spans

from .crf import CRFTagger
from .storage import tagger_from_bytes, tagger_to_bytes

__all__ = ["CRFComponent", "make_component"]

NAME = "wordvec_crf"
FILE_NAME = "tagger.safetensors"


def _spacy(module: str) -> Any:
    return import_optional(module, pip="wordvec[nlp]", purpose=f"The component {NAME!r}")


Language: Any = _spacy("spacy.language").Language
Pipe: Any = _spacy("spacy.pipeline.pipe").Pipe
Span: Any = _spacy("spacy.tokens").Span
filter_spans: Any = _spacy("spacy.util").filter_spans
UPOS = frozenset(_spacy("spacy.parts_of_speech").IDS)


class CRFComponent(Pipe):
    """A spaCy component that sets the entities or the tags of documents.

    If an earlier component has set sentences, each is tagged separately; otherwise the document is tagged as one
    sentence. White space is hidden from the tagger and gets the tag "_SP".

    Parameters
    ----------
    name : str
        The component's name in the pipeline.
    path : str, optional
        A file that `CRFTagger.save` wrote. ``nlp.add_pipe`` raises an error if it is missing or is not a tagger. A
        pipeline that is loaded from disk or bytes contains the tagger itself and needs no such file.
    target : {"ent", "tag", "pos"}
        "ent" sets ``doc.ents`` from tags that encode spans. "tag" sets ``token.tag_`` and, if all tags are universal
        parts of speech, ``token.pos_``. "pos" sets only ``token.pos_`` from such tags.
    overwrite : bool
        With "ent", whether entities of earlier components are dropped. By default they are kept, and an entity of the
        tagger that overlaps one of them is left out if it is shorter or begins later (``spacy.util.filter_spans``; of
        equal spans, that of the earlier component is kept).

    Raises
    ------
    ParameterError
        If `target` is not one of these.

    Examples
    --------
    >>> import spacy
    >>> from wordvec.pipelines import CRFTagger
    >>> X, y = [["Ada", "lives", "in", "Rome"], ["Bob", "left"]], [["B-PER", "O", "O", "B-LOC"], ["B-PER", "O"]]
    >>> nlp = spacy.blank("en")
    >>> nlp.add_pipe("wordvec_crf").tagger = CRFTagger(c2=0.1, verbose=False).fit(X, y)
    >>> [(entity.text, entity.label_) for entity in nlp("Eve lives in Rome").ents]
    [('Eve', 'PER'), ('Rome', 'LOC')]
    """

    def __init__(
        self, name: str, path: str | None = None, target: str = "ent", overwrite: bool = False
    ) -> None:
        self.name = name
        self.path = path
        self.target = check_choice("target", target, NAME, ("ent", "tag", "pos"))
        self.overwrite = overwrite
        self._tagger: CRFTagger | None = None

    @property
    def tagger(self) -> CRFTagger:
        """The tagger; set it to use one that is in memory.

        Raises
        ------
        FileNotFoundError, ValueError
            If it cannot be read from `path`, or does not fit the target.
        """
        if self._tagger is None:
            if self.path is None:
                raise ValueError(
                    f"The component {self.name!r} has no tagger. Pass config={{'path': ...}} with a file that "
                    "CRFTagger.save wrote, or load a pipeline that was saved."
                )
            self.tagger = CRFTagger.load(self.path)
        assert self._tagger is not None
        return self._tagger

    @tagger.setter
    def tagger(self, tagger: CRFTagger) -> None:
        check_is_fitted(tagger, "model_")
        if tagger.features_ is None or tagger.features_.columns:
            raise ValueError(
                f"The tagger of the component {self.name!r} must need nothing but words. Got one that needs "
                f"{'lists of features' if tagger.features_ is None else 'extra columns'}. Train one on words."
            )
        if self.target == "ent" and tagger.scheme_ is None:
            raise ValueError(
                f"The tagger of the component {self.name!r} must have tags that encode spans. Got the tags "
                f"{', '.join(tagger.classes_[:5])}. Set target='tag'."
            )
        others = [tag for tag in tagger.classes_.tolist() if tag not in UPOS]
        if self.target == "pos" and others:
            raise ValueError(
                f"The tagger of the component {self.name!r} must have universal parts of speech as tags. Got "
                f"{', '.join(others[:5])}. Set target='tag'."
            )
        self._tagger = tagger

    @property
    def labels(self) -> tuple[str, ...]:
        """The types of entities, or the tags; empty until a tagger is loaded."""
        if self._tagger is None:
            return ()
        tags = self._tagger.classes_.tolist()
        if self.target != "ent":
            return tuple(tags)
        return tuple(sorted(span_types(tags)))

    def __call__(self, doc: Any) -> Any:
        """Tag a document and return it."""
        self._tag([doc])
        return doc

    def pipe(self, stream: Iterable[Any], *, batch_size: int = 128) -> Iterator[Any]:
        """Tag documents in batches and yield them."""
        for docs in _spacy("spacy.util").minibatch(stream, size=batch_size):
            try:
                self._tag(docs)
            except Exception as error:
                # The pipeline's user decides what happens: spaCy's handler raises by default.
                self.get_error_handler()(self.name, self, docs, error)
            else:
                yield from docs

    def to_disk(self, path: str | os.PathLike[str], *, exclude: Sequence[str] = ()) -> None:
        """Write the tagger into the folder `path`, which is created if necessary."""
        folder = Path(path)
        folder.mkdir(parents=True, exist_ok=True)
        self.tagger.save(folder / FILE_NAME)

    def from_disk(self, path: str | os.PathLike[str], *, exclude: Sequence[str] = ()) -> "CRFComponent":
        """Read what `to_disk` wrote."""
        self.tagger = CRFTagger.load(Path(path) / FILE_NAME)
        return self

    def to_bytes(self, *, exclude: Sequence[str] = ()) -> bytes:
        """Return the tagger as bytes."""
        return tagger_to_bytes(self.tagger)

    def from_bytes(self, data: bytes, *, exclude: Sequence[str] = ()) -> "CRFComponent":
        """Read what `to_bytes` returned."""
        self.tagger = tagger_from_bytes(CRFTagger, data)
        return self

    def _tag(self, docs: Sequence[Any]) -> None:
        sentences = [_sentences(doc) for doc in docs]
        words = [[token.text for token in tokens] for found in sentences for tokens in found]
        tags = iter(self.tagger.predict(words))
        for doc, found in zip(docs, sentences):
            tagged = [(tokens, next(tags)) for tokens in found]
            if self.target == "ent":
                found = [span for tokens, own in tagged for span in _entities(doc, tokens, own)]
                doc.ents = found if self.overwrite else filter_spans([*doc.ents, *found])
            else:
                self._set_tags(doc, tagged)

    def _set_tags(self, doc: Any, tagged: list[tuple[list[Any], list[str]]]) -> None:
        sets_pos = set(self.tagger.classes_.tolist()) <= UPOS
        spaces = [token for token in doc if token.is_space]
        for tokens, tags in [*tagged, (spaces, ["_SP"] * len(spaces))]:
            for token, tag in zip(tokens, tags):
                if self.target == "tag":
                    token.tag_ = tag
                if sets_pos:
                    token.pos_ = "SPACE" if token.is_space else tag


def _sentences(doc: Any) -> list[list[Any]]:
    """Return the tokens of each sentence without white space."""
    sentences = doc.sents if doc.has_annotation("SENT_START") else [doc]
    return [[token for token in sentence if not token.is_space] for sentence in sentences]


def _entities(doc: Any, tokens: list[Any], tags: list[str]) -> Iterator[Any]:
    for kind, start, end in tags_to_spans(tags):
        yield Span(doc, tokens[start].i, tokens[end - 1].i + 1, label=kind)


@Language.factory(
    NAME,
    default_config={"path": None, "target": "ent", "overwrite": False},
    assigns=["doc.ents", "token.ent_iob", "token.ent_type", "token.tag", "token.pos"],
)
def make_component(nlp: Language, name: str, path: str | None, target: str, overwrite: bool) -> CRFComponent:
    """Return a component for ``nlp.add_pipe("wordvec_crf", config={"path": ..., "target": ..., "overwrite": ...})``.

    Raises
    ------
    FileNotFoundError, ValueError
        If `path` is not a file of a tagger for this target, unless a pipeline is being loaded that holds one.
    """
    component = CRFComponent(name, path, target, overwrite)
    if path is not None and not _is_loading():
        component.tagger  # noqa: B018  reads the file, or tells what is wrong
    return component


def _is_loading() -> bool:
    """Return whether spaCy is building a pipeline from its configuration, to fill it from disk or bytes afterwards.

    The tagger's file may no longer exist: the saved pipeline contains the tagger.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_name == "from_config" and frame.f_globals.get("__name__") == "spacy.language":
            return True
        frame = frame.f_back
    return False
