"""Evaluation of fine-tuned Transformers on labelled texts and tagged sentences."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from wordvec._utils.validation import check_choice, check_int, import_optional

from ..datasets.table_layout import DEFAULT_TABLE, TableLayout
from ..datasets.tables import read_labelled
from ..datasets.tagged_files import DEFAULT_TAGGED, TaggedLayout, read_tagged_spans
from .fine_tuning import one_label_each
from .tagger_evaluation import TaggingScores, spelled_as, warn_of_unknown

if TYPE_CHECKING:
    from ..classification.report.report import ClassificationReport

_OWNER = "evaluate_finetuned"


def evaluate_finetuned_classifier(
    folder: Path,
    files: Sequence[Path],
    layout: TableLayout = DEFAULT_TABLE,
    *,
    unseen_labels: str = "count",
    device: str = "auto",
    batch_size: int = 32,
) -> ClassificationReport:
    """Score a fine-tuned classifier on files of labelled texts.

    Parameters
    ----------
    folder : Path
        A model that `finetune_model` or `TransformerClassifier.save` wrote.
    files : sequence of Path
    layout : TableLayout
    unseen_labels : {"count", "error"}
        Whether labels that training never saw are counted as errors and reported with file and line, or raise an error.
    device : {"auto", "cpu", "cuda"}
    batch_size : int
        Number of texts in a batch.

    Returns
    -------
    ClassificationReport

    Raises
    ------
    OSError, ValueError
        If a file cannot be read or is invalid, or labels that training never saw are refused.
    """
    import_optional("torch", pip="wordvec[transformer]", purpose="wordvec lm")
    import numpy as np

    from wordvec.transformer import TransformerClassifier

    from ..classification.report.report import make_report
    from ..classification.unseen import as_learned, find_targets

    check_choice("unseen_labels", unseen_labels, _OWNER, ("count", "error"))
    data = one_label_each(read_labelled(files, layout, owner=_OWNER), _OWNER)
    classifier = TransformerClassifier.load(folder, device=device)
    classifier.batch_size = check_int("batch_size", batch_size, _OWNER, 1)
    # Files hold str; classes may be numbers if Python wrote the model.
    names = [str(name) for name in classifier.classes_.tolist()]
    targets = find_targets(
        as_learned(data.labels, names),
        len(data),
        np.array(names),
        _OWNER,
        is_multilabel=False,
        unseen=unseen_labels,
    )
    proba = targets.padded(classifier.predict_proba(data.texts))
    return make_report(data.texts, targets.target, proba, targets.classes, unseen=targets.at(data.places))


def evaluate_finetuned_tagger(
    folder: Path,
    files: Sequence[Path],
    layout: TaggedLayout = DEFAULT_TAGGED,
    *,
    target: str | None = None,
    device: str = "auto",
    batch_size: int = 32,
) -> TaggingScores:
    """Score a fine-tuned tagger on files of tagged sentences.

    Parameters
    ----------
    folder : Path
        A model that `finetune_model` or `TransformerTagger.save` wrote.
    files : sequence of Path
    layout : TaggedLayout
    target : str, optional
        The column of the tags: by default "tag", or "upos" in CoNLL-U.
    device : {"auto", "cpu", "cuda"}
    batch_size : int
        Number of sentences in a batch.

    Returns
    -------
    TaggingScores

    Raises
    ------
    OSError, ValueError
        If a file cannot be read or is invalid.
    """
    import_optional("torch", pip="wordvec[transformer]", purpose="wordvec lm")
    from wordvec.transformer import TransformerTagger

    from ..metrics.entities import entity_scores, token_accuracy

    words, tags = read_tagged_spans(files, layout, target, respell=False)
    tagger = TransformerTagger.load(folder, device=device)
    tagger.batch_size = check_int("batch_size", batch_size, _OWNER, 1)
    predicted = tagger.predict(words)
    found = {tag for each in tags for tag in each}
    try:
        entities = entity_scores(tags, predicted)
        tags = spelled_as(tagger.scheme_, tags)
        found = {kind for kind, score in entities.types.items() if score.support}
    except ValueError:  # the tags are not spans
        entities = None
    scheme = None if entities is None else tagger.scheme_
    names = " and ".join(repr(str(path)) for path in files)
    warn_of_unknown(tagger.classes_.tolist(), scheme, found, names)
    n_tokens = sum(map(len, words))
    return TaggingScores(len(words), n_tokens, token_accuracy(tags, predicted), entities)
