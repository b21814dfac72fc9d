"""Classification of a stream of texts."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wordvec.transformer import TransformerClassifier

    from ..classification.classifier import TextClassifier

# Texts that are classified at a time: enough for all threads, little memory.
BATCH = 4096


@dataclass(frozen=True)
class ClassifiedText:
    """The label of a text, and the probability of each class.

    Attributes
    ----------
    text : str
    label : str or list of str
        A list if a text may have several labels.
    probabilities : dict of str to float
        By class; empty if not asked for.
    """

    text: str
    label: Any
    probabilities: dict[str, float]


def classify_texts(
    classifier: TextClassifier | TransformerClassifier,
    texts: Iterable[str],
    with_probabilities: bool = False,
    cluster: str | None = None,
) -> Iterator[ClassifiedText]:
    """Classify texts in batches and yield the results in order.

    Parameters
    ----------
    classifier : TextClassifier or TransformerClassifier
    texts : iterable of str
        Texts, which are read lazily.
    with_probabilities : bool
        Whether to compute the probability of each class as well.
    cluster : str, optional
        Address of the Ray cluster whose cores share the batches, see `wordvec.distributed.map_batches`; each core uses
        as many threads as the classifier does.

    Yields
    ------
    ClassifiedText

    Raises
    ------
    ValueError
        If reading the texts raises it.
    """
    stream = iter(texts)
    batches = iter(lambda: list(itertools.islice(stream, BATCH)), [])
    classify = partial(_classify_batch, classifier, with_probabilities)
    if cluster is None:
        yield from itertools.chain.from_iterable(map(classify, batches))
    else:
        from wordvec.distributed import map_batches

        yield from itertools.chain.from_iterable(map_batches(classify, batches, address=cluster))


def _classify_batch(
    classifier: TextClassifier | TransformerClassifier, with_probabilities: bool, batch: list[str]
) -> list[ClassifiedText]:
    table = classifier.predict_proba(batch).tolist() if with_probabilities else [[]] * len(batch)
    found = []
    for text, label, row in zip(batch, classifier.predict(batch), table):
        several = list(map(str, label)) if isinstance(label, tuple) else str(label)
        found.append(ClassifiedText(text, several, dict(zip(class_names(classifier), row))))
    return found


def class_names(classifier: TextClassifier | TransformerClassifier) -> list[str]:
    """Return the names of the classes of a classifier as str."""
    return [str(label) for label in classifier.classes_.tolist()]
