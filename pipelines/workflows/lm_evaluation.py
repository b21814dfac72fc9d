"""What `wordvec lm evaluate` does: perplexity of language models, scores of fine-tuned ones."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wordvec._utils.tables import format_fields
from wordvec._utils.validation import check_choice, check_int, import_optional

from ..cli.lm.options import check_holds_model, format_unknown_share, unknown_share
from ..cli.lm.tables import read_tagged
from ..cli.tag.evaluate import TaggingScores
from ..datasets.tables import TableLayout, read_labelled
from ..datasets.tagged_files import Layout
from .fine_tuning import one_label_each

if TYPE_CHECKING:
    from wordvec.transformer import TokenCorpus, Tokenizer

    from ..classification.report.report import ClassificationReport

_OWNER = "wordvec lm evaluate"
WORDS = ("whitespace", "word", "zh", "chars")
_SEED = 0  # of what is masked


@dataclass(frozen=True)
class LanguageModelScores:
    """How well a language model predicts a text."""

    kind: str  # "causal", or "masked": of the tokens that are masked, given all others
    loss: float  # mean of the predicted tokens, nats
    perplexity_per_token: float
    perplexity_per_word: float | None  # None for a masked model
    n_tokens: int  # predicted ones, line ends and ends of documents included if the tokenizer has them
    n_words: int
    words: str  # what counts as a word
    unknown_share: float  # of the text's tokens; an unknown word is easy to predict


def task_of(folder: Path) -> str:
    """Return what the model in a folder does: "classify", "tag", or "language model".

    Raises
    ------
    FileNotFoundError
        If there is no model.
    """
    check_holds_model(folder)
    try:
        values = json.loads((folder / "config.json").read_bytes())
        name = str((values.get("architectures") or [""])[0])
    except (ValueError, AttributeError, KeyError) as error:
        raise ValueError(
            f"{str(folder / 'config.json')!r} is not the JSON object that it should be."
        ) from error
    if name.endswith(("ForSequenceClassification", "SequenceClassifier")):
        return "classify"
    return "tag" if name.endswith(("ForTokenClassification", "TokenClassifier")) else "language model"


def evaluate_classifier(
    folder: Path, files: Sequence[Path], layout: TableLayout, *, device: str = "auto", batch_size: int = 32
) -> ClassificationReport:
    """Return the report of a fine-tuned classifier on labelled texts.

    Raises
    ------
    OSError, ValueError
        If a file cannot be read or is not what it should be, or a label is none that was learned.
    """
    import_optional("torch", pip="wordvec[transformer]", purpose="wordvec lm")
    import numpy as np

    from wordvec.supervised.labels import look_up_labels
    from wordvec.transformer import TransformerClassifier

    from ..classification.report.report import make_report

    data = one_label_each(read_labelled(files, layout, _OWNER), _OWNER)
    classifier = TransformerClassifier.load(folder, device=device)
    classifier.batch_size = check_int("batch_size", batch_size, _OWNER, 1)
    # Files hold str; classes may be numbers if Python wrote the model.
    names = [str(name) for name in classifier.classes_.tolist()]
    numbers = look_up_labels(data.labels, len(data), np.array(names), _OWNER)
    return make_report(data.texts, numbers, classifier.predict_proba(data.texts), names)


def evaluate_tagger(
    folder: Path,
    files: Sequence[Path],
    layout: Layout,
    target: str | None = None,
    *,
    device: str = "auto",
    batch_size: int = 32,
) -> TaggingScores:
    """Return the scores of a fine-tuned tagger on tagged sentences.

    Raises
    ------
    OSError, ValueError
        If a file cannot be read or is not what it should be.
    """
    import_optional("torch", pip="wordvec[transformer]", purpose="wordvec lm")
    from wordvec.transformer import TransformerTagger

    from ..metrics.entities import entity_scores, token_accuracy

    words, tags = read_tagged(files, layout, target)
    tagger = TransformerTagger.load(folder, device=device)
    tagger.batch_size = check_int("batch_size", batch_size, _OWNER, 1)
    predicted = tagger.predict(words)
    try:
        entities = entity_scores(tags, predicted)
    except ValueError:  # the tags are no spans
        entities = None
    n_tokens = sum(map(len, words))
    return TaggingScores(len(words), n_tokens, token_accuracy(tags, predicted), entities)


def evaluate_language_model(
    folder: Path,
    files: Sequence[Path],
    *,
    window: int | None = None,
    stride: int | None = None,
    words: str = "whitespace",
    documents: str = "auto",
    batch_size: int = 8,
    encoding: str = "utf-8",
    errors: str = "strict",
    device: str = "auto",
) -> LanguageModelScores:
    """Return the perplexity of the model in a folder on text files.

    Parameters
    ----------
    folder : path
    files : paths of text files
    window, stride, batch_size : as for `wordvec.transformer.perplexity`; a masked model has disjoint windows
    words : what counts as a word: a run of non-spaces, a word as `wordvec.text.tokenizers` splits, a character
    documents, encoding, errors : as for `TokenCorpus.build`

    Raises
    ------
    OSError, ValueError
        If a file cannot be read or is too short, or the model is none of language.
    """
    import_optional("torch", pip="wordvec[transformer]", purpose="wordvec lm")
    from wordvec.transformer import MaskedLM, TokenCorpus, Tokenizer, from_pretrained, perplexity
    from wordvec.transformer.estimators.fine_tuning import check_same_vocabulary
    from wordvec.transformer.training.processes import choose_device

    check_choice("words", words, _OWNER, WORDS)
    check_int("batch_size", batch_size, _OWNER, 1)
    model: Any = from_pretrained(folder)
    tokenizer = Tokenizer.load(folder)
    check_same_vocabulary(model, tokenizer, folder)
    model.to(choose_device(device, owner=_OWNER))
    n_words = _count_words(files, words, documents, encoding, errors)
    with tempfile.TemporaryDirectory(prefix="wordvec-") as temporary:
        corpus = TokenCorpus.build(
            list(files),
            tokenizer,
            Path(temporary) / "tokens",
            documents=documents,
            encoding=encoding,
            errors=errors,
            verbose=False,
        )
        shared: dict[str, Any] = {
            "n_words": n_words,
            "words": words,
            "unknown_share": unknown_share(corpus, tokenizer),
        }
        if isinstance(model, MaskedLM):
            if window is not None or stride is not None:
                flag = "--window" if window is not None else "--stride"
                raise ValueError(
                    f"The option {flag} is for causal models. {str(folder)!r} holds a masked one."
                )
            return _masked_scores(model, corpus, tokenizer, batch_size, shared)
        if model.config.kind != "decoder":
            raise ValueError(f"{str(folder)!r} holds a {type(model).__name__}, which is no language model.")
        found = perplexity(
            model, corpus.token_ids, n_words=n_words, window=window, stride=stride, batch_size=batch_size
        )
    return LanguageModelScores(
        "causal", found.loss, found.per_token, found.per_word, found.n_tokens, **shared
    )


def format_language_model_scores(scores: LanguageModelScores) -> str:
    """Return the scores as lines of name and value."""
    is_masked = scores.kind == "masked"
    fields = {"perplexity per token": f"{scores.perplexity_per_token:,.3f}"}
    if is_masked:
        fields = {"perplexity per masked token": f"{scores.perplexity_per_token:,.3f}"}
    if scores.perplexity_per_word is not None:
        fields["perplexity per word"] = f"{scores.perplexity_per_word:,.2f} ({scores.words})"
    fields["loss"] = f"{scores.loss:.4f} (nats a {'masked ' if is_masked else ''}token)"
    fields["masked tokens" if is_masked else "tokens"] = f"{scores.n_tokens:,}"
    fields["words"] = f"{scores.n_words:,}"
    if scores.unknown_share:
        fields["unknown"] = format_unknown_share(scores.unknown_share)
    return format_fields(fields)


def _masked_scores(
    model: Any, corpus: TokenCorpus, tokenizer: Tokenizer, batch_size: int, shared: dict[str, Any]
) -> LanguageModelScores:
    import torch

    from wordvec.transformer import MaskedBatches
    from wordvec.transformer.generation.decoder_runs import inference

    block = model.config.max_length
    batches = MaskedBatches(corpus, tokenizer, block, batch_size, _SEED, shuffle=False)
    total = n_tokens = 0.0
    with inference(model):
        for number in range(len(batches)):
            batch = {name: tensor.to(model.device) for name, tensor in batches.batch(number).items()}
            # BERT's second loss, whether segments follow each other, needs a label, and is not looked at.
            batch["next_sentence_label"] = torch.zeros(
                len(batch["labels"]), dtype=torch.int64, device=model.device
            )
            loss, count = model.loss_sum(batch)["mlm"]
            total += float(loss)
            n_tokens += int(count)
    loss = total / n_tokens
    per_token = math.exp(loss) if loss < 700 else math.inf
    return LanguageModelScores("masked", loss, per_token, None, int(n_tokens), **shared)


def _count_words(files: Sequence[Path], words: str, documents: str, encoding: str, errors: str) -> int:
    """Return the number of words in the files, without lines that only separate documents."""
    from wordvec.text.documents import read_pieces, text_files
    from wordvec.text.tokenizers import resolve_tokenizer

    split = resolve_tokenizer("whitespace" if words == "chars" else words)
    found_files = text_files(list(files), documents, encoding, errors, _OWNER)
    total = 0
    for piece in read_pieces(found_files, documents, encoding, errors):
        found = split(piece.text)
        total += sum(map(len, found)) if words == "chars" else len(found)
    if not total:
        raise ValueError(f"The files of {_OWNER} hold no words. Pass text that is not empty.")
    return total
