"""`TransformerTagger`: sequence tagging by fine-tuning a Transformer, as a scikit-learn estimator."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from wordvec._utils.messages import counted
from wordvec._utils.parameters import Boolean, Choice, FilePath, Rule, check_parameters
from wordvec._utils.timing import Stopwatch
from wordvec.schemes.prefixes import SCHEMES
from wordvec.schemes.reading import learned_tags
from wordvec.schemes.transitions import allowed_transitions
from wordvec.text.offsets import SPAN_TOKENIZERS, fitting_tokenizer
from wordvec.tokenizers.rows import padded_rows
from wordvec.tokenizers.tokenizer import Tokenizer
from wordvec.transformer.data.batching import IGNORED
from wordvec.transformer.data.labelled_batches import TokenClassificationBatches
from wordvec.transformer.data.word_rows import WordRows
from wordvec.transformer.estimators.base import LabellingEstimator
from wordvec.transformer.estimators.fine_tuning import load_pretrained
from wordvec.transformer.models.heads import TokenClassifier

__all__ = ["TransformerTagger"]

_OWNER = "TransformerTagger"


class TransformerTagger(LabellingEstimator):
    """Tag the words of sentences with a fine-tuned pre-trained Transformer.

    A word's tag is predicted at its first piece (Devlin et al. 2019, section 5.3) by a linear layer, optionally with a
    linear-chain CRF over the words (Lafferty et al. 2001). Sentences of more than `max_length_` pieces are split
    between words, with a warning that counts them.

    Parameters
    ----------
    pretrained : path
        Folder of a model and its tokenizer: BERT or GPT-2 in Hugging Face's layout, or what `wordvec lm pretrain`
        wrote. Its head, if any, is replaced by a new one.
    crf : bool
        Whether the tags of a sentence are scored jointly by a linear-chain CRF, or each on its own. With a CRF,
        predicted tags are legal in their scheme.
    epochs : int
        Passes over the sentences.
    batch_size : int
        Sentences per step.
    learning_rate : float, optional
        The peak of the schedule, which warms up over a tenth of the steps and decays linearly to zero; by default
        3e-4 for models narrower than 512, otherwise 3e-5.
    max_length : int
        Maximum number of tokens in a sentence, special tokens included; never more than the model's limit.
    device : {"auto", "cpu", "cuda"}
        "auto" uses a GPU if there is one.
    precision : {"float32", "bf16"}
        Precision of products in training; the model stays float32. "bf16" halves the time on processors that multiply
        bfloat16 (avx512_bf16 or amx_bf16 in their list of features), and takes longer on others.
    scheme : {"auto", a scheme of `wordvec.schemes.detect_scheme`}, optional
        The scheme of the tags. "auto" detects it, and reads tags that are not legal in it as
        `wordvec.schemes.read_tags` does, with a warning that counts them; None takes all tags as they are.
    random_state : int, RandomState or None
        The same seed gives the same model on a CPU with the same number of threads.
    verbose : bool, optional
        Whether to show progress on stderr. By default only on a terminal.

    Attributes
    ----------
    classes_ : ndarray (L,)
        The tags, sorted.
    scheme_ : str or None
        The scheme of the tags; None for tags that do not encode spans, or if the model's file does not say.
    model_ : TokenClassifier
    tokenizer_ : Tokenizer
    max_length_ : int
        Maximum number of tokens in a sentence: the smaller of `max_length` and the model's limit.
    loss_curve_ : list of float
        Mean loss of each step, in nats per word.
    n_iter_ : int
        Number of steps.
    learning_rate_ : float
        The peak learning rate of the schedule.
    interrupted_ : bool
        Whether Ctrl-C ended training early.
    word_tokenizer_ : str, optional
        The name of the tokenizer (see `wordvec.text.span_tokenizer`) that splits text into words like those of the
        training sentences; None if the model's file does not say.
    fit_times_ : dict of str to float
        Seconds that `fit` took for "preparation" (checks, model, tokenizer and encoding) and "training".
    seed_ : int
        The seed that `random_state` resulted in.

    Examples
    --------
    A tiny encoder with random weights serves as the pre-trained model here.

    >>> from wordvec.transformer import EncoderModel, Tokenizer, TransformerConfig, TransformerTagger
    >>> X = [["Ada", "met", "Bob"], ["Bob", "slept"], ["Ada", "slept"], ["they", "met", "Eve"]] * 4
    >>> y = [["NAME", "O", "NAME"], ["NAME", "O"], ["NAME", "O"], ["O", "O", "NAME"]] * 4
    >>> tokenizer = Tokenizer.train_from_texts([" ".join(words) for words in X], "wordpiece", vocab_size=60)
    >>> config = TransformerConfig.bert(tokenizer.vocab_size, hidden_size=16, num_layers=1, num_heads=2)
    >>> EncoderModel(config, seed=1).save_pretrained("encoder")
    >>> tokenizer.save("encoder")
    >>> tagger = TransformerTagger("encoder", epochs=15, batch_size=4, learning_rate=0.01).fit(X, y)
    >>> tagger.predict([["Eve", "met", "Ada"]])
    [['NAME', 'O', 'NAME']]

    References
    ----------
    Devlin, Chang, Lee and Toutanova (2019), "BERT: Pre-training of Deep Bidirectional Transformers for Language
    Understanding", arXiv:1810.04805. Lafferty, McCallum and Pereira (2001), "Conditional Random Fields".
    """

    word_tokenizer_: str | None
    scheme_: str | None
    _head = TokenClassifier
    _parameter_rules: ClassVar[dict[str, Rule]] = {
        **LabellingEstimator._parameter_rules,
        "pretrained": FilePath(),
        "crf": Boolean(),
        "scheme": Choice("auto", *SCHEMES) | None,
    }

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
        precision: str = "float32",
        scheme: str | None = "auto",
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
        self.precision = precision
        self.scheme = scheme
        self.random_state = random_state
        self.verbose = verbose

    def fit(self, X: Any, y: Any) -> TransformerTagger:
        """Fine-tune `pretrained`.

        Ctrl-C during training stops it; the model then holds what it has learned so far, and `interrupted_`
        is True.

        Parameters
        ----------
        X : list of lists of str
            The words of each sentence.
        y : list of lists of str
            A tag for each word.

        Returns
        -------
        TransformerTagger
            Itself.

        Raises
        ------
        TypeError, ValueError
            If a parameter, a sentence or its tags break their rule; the message names the sentence.
        FileNotFoundError
            If a file is missing from the folder `pretrained`.
        FloatingPointError
            If training diverges.
        """
        watch = Stopwatch()
        parameters = check_parameters(self)
        sentences = _check_sentences(X, "words", f"{_OWNER}.fit")
        tags, scheme = learned_tags(_check_tags(y, sentences), parameters.scheme, _OWNER)
        # A sentence without words has nothing to learn from.
        sentences, tags = [s for s in sentences if s], [t for t in tags if t]
        if not sentences:
            raise ValueError(f"{_OWNER}.fit needs sentences with words. Got none.")
        body, tokenizer = load_pretrained(self.pretrained, _OWNER)
        classes = sorted({tag for row in tags for tag in row})
        if len(classes) < 2:
            raise ValueError(f"{_OWNER}.fit needs at least two different tags. Got {classes!r} alone.")
        number_of = {tag: number for number, tag in enumerate(classes)}
        max_length = min(parameters.max_length, body.config.max_length)
        encoded = _encode(sentences, tokenizer, max_length, f"{_OWNER}.fit")
        labels = encoded.labels([[number_of[tag] for tag in row] for row in tags])
        model = TokenClassifier(body, len(classes), parameters.crf, seed=parameters.random_state)
        model.label_names = tuple(classes)
        if model.crf is not None:
            model.crf.allow(*map(torch.from_numpy, allowed_transitions(classes, scheme)))
        size = min(parameters.batch_size, len(encoded.rows))
        batches = TokenClassificationBatches(encoded.rows, labels, tokenizer, size, parameters.random_state)
        watch.lap("preparation")
        self._train(model, batches, parameters, is_new=False)
        self.fit_times_ = watch.lap("training")
        self.classes_, self.tokenizer_, self.max_length_ = np.array(classes), tokenizer, max_length
        self.scheme_ = scheme
        self.word_tokenizer_ = fitting_tokenizer(sentences)
        return self

    def _description(self) -> dict[str, Any]:
        return {**super()._description(), "word_tokenizer": self.word_tokenizer_, "scheme": self.scheme_}

    def _restore(self, described: dict[str, Any]) -> None:
        super()._restore(described)
        # Models of transformers do not tell.
        self.word_tokenizer_ = described.get("word_tokenizer")
        self.scheme_ = described.get("scheme")
        # Until there were more tokenizers, only characters were told.
        if self.word_tokenizer_ is None and described.get("tags_characters") is True:
            self.word_tokenizer_ = "chars"

    @classmethod
    def _check_description(cls, described: dict[str, Any]) -> None:
        super()._check_description(described)
        name = described.get("word_tokenizer")
        if name is not None and name not in SPAN_TOKENIZERS:
            raise ValueError(f"the tokenizer {name!r} is none of {', '.join(SPAN_TOKENIZERS)}")
        scheme = described.get("scheme")
        if scheme is not None and scheme not in SCHEMES:
            raise ValueError(f"the scheme {scheme!r} is none of {', '.join(SCHEMES)}")

    def predict(self, X: Any) -> list[list[str]]:
        """Return a tag for each word of each sentence.

        Parameters
        ----------
        X : list of lists of str

        Raises
        ------
        NotFittedError
            If the model is not fitted.
        TypeError
            If X is not a list of lists of str; the message names the sentence.
        """
        check_is_fitted(self, "model_")
        sentences = _check_sentences(X, "words", f"{_OWNER}.predict")
        with_words = [sentence for sentence in sentences if sentence]
        encoded = _encode(with_words, self.tokenizer_, self.max_length_, f"{_OWNER}.predict")
        marks = [[0 if is_first else IGNORED for is_first in row] for row in encoded.is_first]
        scores: list[Tensor] = [torch.empty(0)] * len(encoded.rows)

        def predict(places: np.ndarray, ids_BT: Tensor, mask_BT: Tensor) -> None:
            marks_BT = torch.from_numpy(padded_rows([marks[place] for place in places], IGNORED))
            batch = {"input_ids": ids_BT, "attention_mask": mask_BT, "labels": marks_BT.to(ids_BT.device)}
            for place, found in zip(places.tolist(), self.model_.label_scores(batch)):
                scores[place] = found

        self._each_batch(encoded.rows, predict)
        names = self.classes_.tolist()
        # A sentence that was split into rows is decoded as one: its tags go on over the seams.
        tags = iter([[names[label] for label in row] for row in self._decoded(encoded.joined_rows(scores))])
        return [next(tags) if sentence else [] for sentence in sentences]

    def _decoded(self, sentences: list[list[Tensor]]) -> Iterator[list[int]]:
        """Yield the labels of sentences, given the logits of each sentence's rows."""
        size = check_parameters(self, "batch_size").batch_size
        for first in range(0, len(sentences), size):
            yield from self.model_.best_labels([torch.cat(rows) for rows in sentences[first : first + size]])


def _encode(sentences: list[list[str]], tokenizer: Tokenizer, max_length: int, owner: str) -> WordRows:
    found = WordRows.of(sentences, tokenizer, max_length)
    if found.n_split:
        warnings.warn(
            f"{found.n_split} of {len(sentences)} sentences of {owner} have more than {counted(max_length, 'token')}, "
            "so they are split.",
            stacklevel=3,
        )
    return found


def _check_sentences(sentences: Any, what: str, owner: str) -> list[list[str]]:
    """Return lists of str, or raise a TypeError that names the first one that is not."""
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
    """Return a list of tags for each sentence; raise if there is not one tag for each word."""
    tags = _check_sentences(y, "tags", f"{_OWNER}.fit")
    if len(tags) != len(sentences):
        raise ValueError(
            f"{_OWNER}.fit needs a list of tags for each sentence. Got {counted(len(sentences), 'sentence')} "
            f"and {len(tags)} lists."
        )
    for number, (row, sentence) in enumerate(zip(tags, sentences)):
        if len(row) != len(sentence):
            raise ValueError(
                f"Sentence {number} of {_OWNER}.fit has {counted(len(sentence), 'word')} "
                f"and {counted(len(row), 'tag')}. Give each word a "
                "tag."
            )
    return tags
