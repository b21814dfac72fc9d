"""Demonstrations from files: prompts for queries, and in-context classification by a language model."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from wordvec._utils.assumptions import assume
from wordvec._utils.errors import AdvisedError, ParameterError
from wordvec._utils.messages import counted
from wordvec._utils.reports import Report
from wordvec._utils.validation import import_optional

from ...datasets.table_layout import DEFAULT_TABLE, TableLayout
from ...datasets.tables import read_labelled
from ...prompting.demonstrations.classifier import CONTENT_FREE, InContextClassifier
from ...prompting.demonstrations.planning import NEEDS_VECTORS
from ...prompting.demonstrations.selector import DemonstrationSelector
from ...prompting.demonstrations.templates import PromptTemplate
from ..classified_texts import ClassifiedText
from ..vectors import open_vectors

__all__ = [
    "Demonstrated",
    "classify_in_context",
    "demonstrate",
    "fit_in_context",
    "fit_selector",
    "new_selector",
]

_OWNER = "demonstrate"
# Queries whose examples are chosen at a time, and that a model labels at a time.
_BATCH, _LABELLED = 4096, 64
_WITHOUT_VECTORS = ("bm25", "random")


@dataclass(frozen=True)
class Demonstrated(Report):
    """A query with the examples chosen for it.

    Attributes
    ----------
    text : str
        The query.
    prompt : str
    messages : list of dict
        The prompt as the messages of a chat.
    examples : list of dict
        Dicts with "text" and "label", in the order of the prompt.
    """

    text: str
    prompt: str
    messages: list[dict[str, str]]
    examples: list[dict[str, Any]]

    def format(self) -> str:
        """Return the prompt."""
        return self.prompt

    def to_dict(self) -> dict[str, Any]:
        """Return the values as JSON types."""
        return asdict(self)


def fit_selector(
    files: Sequence[Path], layout: TableLayout = DEFAULT_TABLE, **options: Any
) -> DemonstrationSelector:
    """Return a selector fitted on labelled texts.

    Parameters
    ----------
    files : sequence of Path
        As for `read_labelled`; a text has one label.
    layout : TableLayout
    **options
        As for `new_selector`.

    Raises
    ------
    FileNotFoundError, ValueError
        If a file does not match `layout`, a text has several labels, or an option is invalid.
    """
    texts, labels = _labelled_once(files, layout)
    return new_selector(labels, **options).fit(texts, labels)


def fit_in_context(
    files: Sequence[Path],
    model: Path,
    layout: TableLayout = DEFAULT_TABLE,
    *,
    is_calibrated: bool = True,
    device: str = "auto",
    **options: Any,
) -> InContextClassifier:
    """Return an in-context classifier: a causal model prompted with labelled texts.

    Parameters
    ----------
    files : sequence of Path
        As for `read_labelled`; a text has one label.
    model : Path
        Folder of a decoder and its tokenizer.
    layout : TableLayout
    is_calibrated : bool
        Whether the label bias of the model on content-free input is corrected.
    device : {"auto", "cpu", "cuda"}
    **options
        As for `new_selector`; by default the model's tokenizer counts the tokens.

    Raises
    ------
    FileNotFoundError, ValueError
        If a file does not match `layout`, a text has several labels, an option is invalid, the folder contains no such
        model, or the labels cannot be distinguished.
    """
    import_optional("torch", pip="wordvec[transformer]", purpose="wordvec lm")
    from ...prompting.generators.decoder import DecoderGenerator

    texts, labels = _labelled_once(files, layout)
    selector = new_selector(labels, **{"tokenizer": model} | options)
    generator = DecoderGenerator.load(model, device=device)
    content_free = CONTENT_FREE if is_calibrated else None
    return InContextClassifier(generator, selector, content_free=content_free).fit(texts, labels)


def new_selector(
    labels: Sequence[str],
    *,
    method: str | None = None,
    vectors: Path | None = None,
    tokenizer: Path | None = None,
    template: str | None = None,
    instruction: str = "",
    verbalizers: Mapping[str, str] | None = None,
    **parameters: Any,
) -> DemonstrationSelector:
    r"""Return a selector that is not fitted yet.

    Parameters
    ----------
    labels : list of str
        Labels of the examples.
    method : str, optional
        As for `DemonstrationSelector`; by default "knn" if there are vectors, otherwise "bm25".
    vectors : Path, optional
        Word vectors.
    tokenizer : Path, optional
        Folder of the tokenizer that counts the tokens of a budget.
    template : str, optional
        The format of an example, with the fields "text" and "label" in braces; ``\n`` and ``\t`` may be written out.
    instruction : str
        The text before all examples.
    verbalizers : dict of str to str, optional
        The words that stand for labels; by default the label itself.
    **parameters
        Of `DemonstrationSelector`.

    Raises
    ------
    FileNotFoundError, ValueError
        If a file of vectors or a tokenizer cannot be read, or a parameter lacks something that it needs.
    """
    if method is None:
        method = "bm25" if vectors is None else "knn"
        assume(f"method {method!r}, as {'no' if vectors is None else 'word'} vectors are given")
    if vectors is None and method in NEEDS_VECTORS:
        ways = ("word vectors as {vectors}", "{method='bm25'}, which needs none")
        raise AdvisedError(f"The method {method!r} compares vectors of texts, and there are none.", *ways)
    if vectors is not None and method in _WITHOUT_VECTORS:
        raise AdvisedError(f"The method {method!r} compares no vectors.", "another {method}", "no {vectors}")
    has_budget = parameters.get("budget") is not None
    counter = None
    if has_budget:
        if tokenizer is None:
            raise AdvisedError(
                "A budget is of tokens, and nothing counts them.", "the folder of a {tokenizer}"
            )
        from wordvec.tokenizers import Tokenizer

        counter = Tokenizer.load(tokenizer)
    words = None if verbalizers is None else _all_words(verbalizers, labels)
    return DemonstrationSelector(
        method,
        None if vectors is None else open_vectors(vectors, prefix="vectors_"),
        counter=counter,
        template=_template(template, _written_out(instruction), words),
        **parameters,
    )


def demonstrate(selector: DemonstrationSelector, texts: Iterable[str]) -> Iterator[Demonstrated]:
    """Choose examples for queries, one after the other.

    Parameters
    ----------
    selector : DemonstrationSelector
        Fitted.
    texts : iterable of str
        Read as it goes.

    Yields
    ------
    Demonstrated

    Raises
    ------
    ValueError
        If reading the texts raises it, or if there are fewer examples than are to be chosen.
    """
    stream = iter(texts)
    template = selector.template_
    while batch := list(itertools.islice(stream, _BATCH)):
        for text, examples in zip(batch, selector.demonstrations(batch)):
            query = {"text": text}
            prompt = template.prompt(examples, query)
            yield Demonstrated(text, prompt, template.messages(examples, query), examples)


def classify_in_context(classifier: InContextClassifier, texts: Iterable[str]) -> Iterator[ClassifiedText]:
    """Label queries, one after the other, with the probability of each label.

    Parameters
    ----------
    classifier : InContextClassifier
        Fitted.
    texts : iterable of str
        Read as it goes.

    Yields
    ------
    ClassifiedText

    Raises
    ------
    ValueError
        If reading the texts raises it, or if a query is too long for the model.
    """
    stream, names = iter(texts), list(map(str, classifier.classes_.tolist()))
    while batch := list(itertools.islice(stream, _LABELLED)):
        table = classifier.predict_proba(batch)
        for text, best, row in zip(batch, table.argmax(axis=1).tolist(), table.tolist()):
            yield ClassifiedText(text, names[best], dict(zip(names, row)))


def _labelled_once(files: Sequence[Path], layout: TableLayout) -> tuple[list[str], list[str]]:
    """Return the texts that are not blank, and the label of each; raise ValueError if one has several labels."""
    data = read_labelled(files, layout, owner=_OWNER)
    several = next((row for row, label in enumerate(data.labels) if isinstance(label, list)), None)
    if several is not None:
        raise ValueError(
            f"{data.places[several]}: the text has several labels, or none. A demonstration needs one label."
        )
    rows = [row for row, text in enumerate(data.texts) if text.strip()]
    if not rows:
        raise ValueError(f"{str(files[0])!r} holds no text that is not blank. Check the file.")
    if len(rows) < len(data):
        assume(f"{str(files[0])!r}: {counted(len(data) - len(rows), 'blank text')} left out")
    return [data.texts[row] for row in rows], [data.labels[row] for row in rows]


def _all_words(verbalizers: Mapping[str, str], labels: Sequence[str]) -> dict[str, str]:
    known = list(dict.fromkeys(labels))
    for label in verbalizers:
        if label not in known:
            some = ", ".join(map(repr, known[:5]))
            raise AdvisedError(f"No example has the label {label!r}. There are {some}.", "{words} of these")
    return {label: verbalizers.get(label, label) for label in known}


def _template(example: str | None, instruction: str, verbalizers: Mapping[str, str] | None) -> PromptTemplate:
    options = {} if example is None else {"example": _written_out(example)}
    template = PromptTemplate(instruction=instruction, verbalizers=verbalizers, **options)
    if template.answer_field != "label":
        rule = "have {{label}} as its last field, which is what a model adds"
        raise ParameterError("template", "new_selector", rule, example)
    return template


def _written_out(text: str) -> str:
    r"""Return a text in which ``\n`` and ``\t`` are replaced by the characters, which are hard to type in a shell."""
    return text.replace("\\n", "\n").replace("\\t", "\t")
