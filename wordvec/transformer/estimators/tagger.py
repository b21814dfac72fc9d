"""Taggers of words that fine-tune a Transformer, with scikit-learn's contract."""

from __future__ import annotations

import os
import warnings
from typing import Any

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted

from wordvec._utils.validation import check_bool
from wordvec.tokenizers.rows import padded_rows
from wordvec.tokenizers.tokenizer import Tokenizer
from wordvec.transformer.data.batching import IGNORED
from wordvec.transformer.data.labelled_batches import TokenClassificationBatches
from wordvec.transformer.data.word_rows import WordRows
from wordvec.transformer.estimators.fine_tuning import FineTuning, load_pretrained, rows_in_batches
from wordvec.transformer.estimators.shared import FineTunedEstimator
from wordvec.transformer.generation.decoder_runs import inference
from wordvec.transformer.models.heads import TokenClassifier

__all__ = ["TransformerTagger"]

_OWNER = "TransformerTagger"


class TransformerTagger(FineTunedEstimator):
    """Tag the words of sentences with a pre-trained Transformer, all of whose weights are trained on the tags.

    A word's tag is read at its first piece (Devlin et al. 2019, section 5.3). Sentences of more than
    `max_length_` pieces are read in parts, cut between words, with a warning that counts them.

    Parameters
    ----------
    pretrained : path
        Folder of a model and its tokenizer, as for `TransformerClassifier`.
    crf : bool
        Whether the tags of a sentence are scored together by a linear-chain CRF, or each on its own.
    epochs, batch_size, learning_rate, max_length, device, random_state, verbose
        As for `TransformerClassifier`; batches are of sentences.

    Attributes
    ----------
    classes_ : ndarray (L,)
        The tags, sorted.
    model_ : TokenClassifier
    tokenizer_ : Tokenizer
    max_length_ : int
    loss_curve_ : list of float
        Loss of each step, in nats a word.
    n_iter_ : int
        Steps done.
    learning_rate_ : float
    interrupted_ : bool
        Whether Ctrl-C ended training early.
    seed_ : int
    """

    _head = TokenClassifier

    def __init__(
        self,
        pretrained: str | os.PathLike[str],
        *,
        crf: bool = False,
        epochs: int = 3,
        batch_size: int = 32,
        learning_rate: float | None = None,
        max_length: int = 128,
        device: str = "auto",
        random_state: Any = 1,
        verbose: bool | None = None,
    ) -> None:
        self.pretrained = pretrained
        self.crf = crf
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.max_length = max_length
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    def fit(self, X: Any, y: Any) -> TransformerTagger:
        """Train from the weights of `pretrained`.

        Parameters
        ----------
        X : list of sentences, each a list of words
        y : list of lists of str
            A tag for each word.

        Raises
        ------
        TypeError, ValueError
            If a parameter, a sentence or its tags are not what they should be; the message names the sentence.
        FileNotFoundError
            If the folder of `pretrained` lacks a file.
        FloatingPointError
            If training diverges.
        """
        parameters = FineTuning.of(self, _OWNER)
        crf = check_bool("crf", self.crf, _OWNER)
        sentences = _check_sentences(X, "words", f"{_OWNER}.fit")
        tags = _check_tags(y, sentences)
        # A sentence without words has nothing to learn from.
        sentences, tags = [s for s in sentences if s], [t for t in tags if t]
        if not sentences:
            raise ValueError(f"{_OWNER}.fit needs sentences with words. Got none.")
        body, tokenizer = load_pretrained(self.pretrained, _OWNER)
        classes = sorted({tag for row in tags for tag in row})
        if len(classes) < 2:
            raise ValueError(f"{_OWNER}.fit needs at least two tags to tell apart. Got {classes!r} alone.")
        number_of = {tag: number for number, tag in enumerate(classes)}
        max_length = min(parameters.max_length, body.config.max_length)
        found = _encode(sentences, tokenizer, max_length, f"{_OWNER}.fit")
        labels = found.labels([[number_of[tag] for tag in row] for row in tags])
        model = TokenClassifier(body, len(classes), crf, seed=parameters.seed)
        model.label_names = tuple(classes)
        size = min(parameters.batch_size, len(found.rows))
        batches = TokenClassificationBatches(found.rows, labels, tokenizer, size, parameters.seed)
        self._train(model, batches, parameters, is_new=False)
        self.classes_, self.tokenizer_, self.max_length_ = np.array(classes), tokenizer, max_length
        return self

    def predict(self, X: Any) -> list[list[str]]:
        """Return a tag for each word of each sentence.

        Raises
        ------
        NotFittedError
            If there is no model yet.
        TypeError
            If X is no list of lists of str; the message names the sentence.
        """
        check_is_fitted(self, "model_")
        sentences = _check_sentences(X, "words", f"{_OWNER}.predict")
        whole = [sentence for sentence in sentences if sentence]
        found = _encode(whole, self.tokenizer_, self.max_length_, f"{_OWNER}.predict")
        marks = [[0 if is_first else IGNORED for is_first in row] for row in found.is_first]
        labels: list[list[int]] = [[]] * len(found.rows)
        device = self.model_.device
        with inference(self.model_):
            for places, ids, mask in rows_in_batches(found.rows, self.tokenizer_, self.batch_size, device):
                marked = torch.from_numpy(padded_rows([marks[place] for place in places], IGNORED))
                batch = {"input_ids": ids, "attention_mask": mask, "labels": marked.to(device)}
                for place, row in zip(places.tolist(), self.model_.predict(batch)):
                    labels[place] = row
        names = self.classes_.tolist()
        tags = iter([[names[label] for label in row] for row in found.joined(labels)])
        return [next(tags) if sentence else [] for sentence in sentences]


def _encode(sentences: list[list[str]], tokenizer: Tokenizer, max_length: int, owner: str) -> WordRows:
    found = WordRows.of(sentences, tokenizer, max_length)
    if found.n_split:
        warnings.warn(
            f"{found.n_split} of {len(sentences)} sentences of {owner} have more than {max_length} tokens, "
            "so they are read in parts.",
            stacklevel=3,
        )
    return found


def _check_sentences(sentences: Any, what: str, owner: str) -> list[list[str]]:
    """Return lists of str, or raise TypeError that names the first that is none."""
    if isinstance(sentences, (str, bytes)) or not hasattr(sentences, "__iter__"):
        raise TypeError(
            f"The sentences of {owner} must be lists of {what}. Got {sentences!r:.60} "
            f"({type(sentences).__name__}) instead."
        )
    listed = []
    for number, sentence in enumerate(sentences):
        is_list = isinstance(sentence, (list, tuple, np.ndarray))
        row = list(sentence) if is_list else []
        wrong = next((word for word in row if not isinstance(word, str)), None)
        if not is_list or wrong is not None:
            shown = sentence if wrong is None else wrong
            raise TypeError(
                f"Sentence {number} of {owner} must be a list of {what}, which are str. Got {shown!r:.60} "
                f"({type(shown).__name__}) instead."
            )
        listed.append(row)
    return listed


def _check_tags(y: Any, sentences: list[list[str]]) -> list[list[str]]:
    """Return a list of tags for each sentence, or raise if there is not one for each word."""
    tags = _check_sentences(y, "tags", f"{_OWNER}.fit")
    if len(tags) != len(sentences):
        raise ValueError(
            f"{_OWNER}.fit needs a list of tags for each sentence. Got {len(sentences)} sentences and {len(tags)} "
            "lists."
        )
    for number, (row, sentence) in enumerate(zip(tags, sentences)):
        if len(row) != len(sentence):
            raise ValueError(
                f"Sentence {number} of {_OWNER}.fit has {len(sentence)} words and {len(row)} tags. Give each word a "
                "tag."
            )
    return tags
