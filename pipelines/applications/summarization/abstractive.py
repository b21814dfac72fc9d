"""`AbstractiveSummarizer`: abstractive summarisation by a Transformer with a copy mechanism."""

from __future__ import annotations

import os
import warnings
from typing import Any, ClassVar

from sklearn.utils.validation import check_is_fitted

from wordvec._utils.messages import counted
from wordvec._utils.parameters import Boolean, Choice, Integer, Real, Rule, Seed, check_parameters
from wordvec._utils.timing import Stopwatch
from wordvec._utils.validation import check_checkpoint_folder, import_optional

from ...metrics.text import RougeScores, rouge
from ..seq2seq.estimator import Seq2SeqEstimator
from ..seq2seq.pairs import CleanPairs, Pairs, checked_pairs, listed_texts, training_and_held_out
from ..seq2seq.storage import Parts
from .fitting import KIND, fit_summaries, mean_f1, source_rows, write_summaries

__all__ = ["AbstractiveSummarizer"]

_OWNER = KIND.estimator
_SCORED = 1000  # held-out pairs that the final scores are of


class AbstractiveSummarizer(Seq2SeqEstimator):
    """Write summaries, headlines or subject lines with a Transformer trained on pairs.

    A `PointerGenerator` (See et al. 2017) over byte-level BPE shared by both sides: each token is generated from the
    vocabulary or copied from the text, so that names and numbers are reproduced exactly. Chinese is generated character
    by character. Pairs are cleaned, and some are held out; the average of the last checkpoints that summarises the
    held-out texts best is kept; summaries are found by beam search, without repeated phrases. `Summarizer` needs no
    training and selects sentences of the text.

    Parameters
    ----------
    time_budget : float, optional
        Training time in seconds, evaluations included; on a CPU, processor time divided by the number of PyTorch's
        threads. By default `epochs` applies.
    epochs : int
        Passes over the pairs if there is no `time_budget`.
    batch_size : int
        Pairs per step, of similar length.
    learning_rate : float, optional
        The peak learning rate, reached by linear warm-up over a tenth of the steps and followed by cosine decay. By
        default .01, proportionally less for models wider than 128.
    hidden_size : int
        Width of the model.
    num_layers, num_heads : int
        Layers of the encoder and of the decoder each, and attention heads.
    vocab_size : int
        Number of pieces in the subword table.
    max_source_length : int
        Maximum number of tokens of a text that are read; the rest is ignored, with a warning.
    max_length : int
        Maximum number of tokens in a summary. Pairs with a longer one are left out of training.
    dropout : float
        Dropout of embeddings and sublayers.
    label_smoothing : float
        Share of the target probability that is spread over the vocabulary.
    coverage : float
        Weight of the coverage loss, which penalises copying the same text again; 1 in the paper.
    n_averaged : int, optional
        Average the parameters of this many last evaluations; None for no averaging.
    selection : {"rouge", "loss"}, optional
        Criterion of model selection: the mean F1 of ROUGE-1, 2 and L of greedy summaries of at most 200 held-out texts
        (ties broken by the loss), or the loss on all held-out pairs. By default ROUGE if there are 100 or more.
    patience : int, optional
        Early stopping: number of evaluations without improvement after which training ends; None trains to the end and
        keeps the last model.
    validation_fraction : float
        Share of the pairs to hold out, at most 1,000 pairs, and at least a tenth of fewer than 1,000; none of their
        texts and summaries is used for training.
    num_beams : int
        Beam width; 1 is greedy decoding.
    length_penalty : float
        Log-probabilities are divided by the length to this power; larger values favour longer summaries.
    no_repeat_ngram_size : int
        No n-gram of this many tokens occurs twice in a summary; 0 for no restriction.
    device : {"auto", "cpu", "cuda"}
    precision : {"float32", "bf16"}
        Precision of products in training; the model stays float32. "bf16" halves the time on processors that multiply
        bfloat16 (avx512_bf16 or amx_bf16 in their list of features), and takes longer on others.
    random_state : int, RandomState or None
        Seed of all random numbers.
    verbose : bool, optional
        Whether progress bars are shown; by default on a terminal.

    Attributes
    ----------
    model_ : PointerGenerator
    tokenizer_ : Tokenizer
    cleaning_ : dict of str to int
        Numbers of removed pairs: "empty", "duplicates", "too_long" (the summary).
    n_pairs_, n_held_out_ : int
        Numbers of training pairs and of held-out pairs.
    n_cut_ : int
        Number of training texts of which only the beginning was read.
    validation_rouge_ : RougeScores or None
        ROUGE of the model on at most 1,000 held-out pairs, with beam search.
    validation_curve_ : list of (int, float)
        Steps and the value that `selection` minimises: 1 - ROUGE, or the loss.
    loss_curve_ : list of float
        Loss in nats per token, for each step.
    n_iter_ : int
        Number of steps.
    interrupted_, stopped_early_ : bool
        Whether training was ended by Ctrl-C, which keeps what was learned so far, or by `patience`.
    fit_times_ : dict of str to float
        Seconds of "training", including preparation, and "evaluation".
    seed_ : int
        The seed that `random_state` resulted in.

    Examples
    --------
    >>> from wordvec.pipelines.applications import AbstractiveSummarizer
    >>> names = ["Ada", "Bob", "Cem", "Dan", "Eve", "Fay", "Gus", "Hal"]
    >>> texts = [f"Hello {a}, this is {b}. Shall we meet?" for a in names for b in names]
    >>> summaries = [f"{b} meets {a}" for a in names for b in names]
    >>> model = AbstractiveSummarizer(
    ...     epochs=25, hidden_size=32, num_layers=1, batch_size=8, learning_rate=0.01, dropout=0.0, vocab_size=400)
    >>> model.fit(texts[1:], summaries[1:]).predict(texts[:1])
    ['Ada meets Ada']

    References
    ----------
    See, Liu and Manning (2017), "Get to the point: summarization with pointer-generator networks", ACL,
    arXiv:1704.04368. Paulus, Xiong and Socher (2018), arXiv:1705.04304 (no repeated trigram). Vaswani et al. (2017),
    "Attention is all you need", arXiv:1706.03762. Su et al. (2021), arXiv:2104.09864 (rotary positions). Jordan et al.
    (2024), "Muon" (the optimizer).
    """

    _parameter_rules: ClassVar[dict[str, Rule]] = {
        "time_budget": Real(0.0, low_open=True) | None,
        "epochs": Integer(1),
        "batch_size": Integer(1),
        "learning_rate": Real(0.0, 10.0, low_open=True) | None,
        "hidden_size": Integer(1),
        "num_layers": Integer(1),
        "num_heads": Integer(1),
        "vocab_size": Integer(300, 10**6),
        "max_source_length": Integer(8, 100_000),
        "max_length": Integer(2, 100_000),
        "dropout": Real(0.0, 1.0),
        "label_smoothing": Real(0.0, 1.0),
        "coverage": Real(0.0, 100.0),
        "n_averaged": Integer(1) | None,
        "selection": Choice("rouge", "loss") | None,
        "patience": Integer(1) | None,
        "validation_fraction": Real(0.0, 0.5, low_open=True),
        "num_beams": Integer(1, 1000),
        "length_penalty": Real(-100.0, 100.0),
        "no_repeat_ngram_size": Integer(0),
        "device": Choice("auto", "cpu", "cuda"),
        "precision": Choice("float32", "bf16"),
        "random_state": Seed(),
        "verbose": Boolean() | None,
    }
    _kind = KIND
    _search_names = (
        "num_beams", "length_penalty", "batch_size", "max_length", "verbose", "no_repeat_ngram_size",
    )  # fmt: skip
    _saved_names = ("cleaning_", "n_pairs_", "n_held_out_", "n_iter_", "n_cut_")

    def __init__(
        self,
        time_budget: float | None = None,
        *,
        epochs: int = 30,
        batch_size: int = 32,
        learning_rate: float | None = None,
        hidden_size: int = 128,
        num_layers: int = 2,
        num_heads: int = 4,
        vocab_size: int = 8000,
        max_source_length: int = 256,
        max_length: int = 64,
        dropout: float = 0.2,
        label_smoothing: float = 0.1,
        coverage: float = 0.0,
        n_averaged: int | None = 5,
        selection: str | None = None,
        patience: int | None = 10,
        validation_fraction: float = 0.02,
        num_beams: int = 4,
        length_penalty: float = 1.0,
        no_repeat_ngram_size: int = 3,
        device: str = "auto",
        precision: str = "float32",
        random_state: Any = 1,
        verbose: bool | None = None,
    ) -> None:
        self.time_budget = time_budget
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.num_heads = num_heads
        self.vocab_size = vocab_size
        self.max_source_length = max_source_length
        self.max_length = max_length
        self.dropout = dropout
        self.label_smoothing = label_smoothing
        self.coverage = coverage
        self.n_averaged = n_averaged
        self.selection = selection
        self.patience = patience
        self.validation_fraction = validation_fraction
        self.num_beams = num_beams
        self.length_penalty = length_penalty
        self.no_repeat_ngram_size = no_repeat_ngram_size
        self.device = device
        self.precision = precision
        self.random_state = random_state
        self.verbose = verbose

    def fit(
        self,
        texts: Any,
        summaries: Any,
        *,
        validation: Pairs | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
        resume: bool = False,
    ) -> AbstractiveSummarizer:
        """Train on texts and their summaries.

        Ctrl-C during training stops it; the model then holds what it has learned so far, and `interrupted_` is True.

        Parameters
        ----------
        texts, summaries : list of str
        validation : (texts, summaries), optional
            Held-out pairs for model selection. By default, `validation_fraction` of the pairs is held out.
        checkpoint : path, optional
            Folder for the state of training and its log, from which a stopped or killed run can be resumed.
        resume : bool
            Whether to resume from the state in `checkpoint`, if there is one. Pairs and parameters must be the same.

        Returns
        -------
        AbstractiveSummarizer
            Itself.

        Raises
        ------
        TypeError, ValueError
            If a parameter or a text breaks its rule, the numbers of texts and summaries differ, or cleaning leaves
            nothing.
        FloatingPointError
            If training diverges.
        """
        import_optional("torch", pip="wordvec[transformer]", purpose=_OWNER)
        watch = Stopwatch()
        owner = f"{_OWNER}.fit"
        parameters = check_parameters(self)
        names = ("texts", "summaries")
        cleaned = checked_pairs((texts, summaries), None, owner, names)
        _check_shorter(cleaned)
        training, held_out = training_and_held_out(cleaned, validation, parameters, None, owner, names)
        folder = check_checkpoint_folder("checkpoint", checkpoint, resume, owner)
        fitted = fit_summaries(training, held_out, parameters, folder, resume)
        watch.lap("training")
        self._set_trained(fitted.model, fitted.report, parameters.random_state)
        self.tokenizer_, self.n_cut_ = fitted.tokenizer, fitted.n_cut
        self.cleaning_ = {
            "empty": cleaned.n_empty,
            "duplicates": cleaned.n_duplicates,
            "too_long": fitted.n_too_long,
        }
        self.n_pairs_, self.n_held_out_ = len(training) - fitted.n_too_long, len(held_out)
        if fitted.n_cut:
            _tell_cut(fitted.n_cut, len(training), parameters.max_source_length)
        self.validation_rouge_ = None
        if held_out and not self.interrupted_:
            some = slice(None, None, -(-len(held_out) // _SCORED))
            made = self._written(held_out.sources[some])[0]
            self.validation_rouge_ = rouge(made, held_out.targets[some])
        self.fit_times_ = watch.lap("evaluation")
        self._tell_interruption()
        return self

    def predict(self, texts: Any) -> list[str]:
        """Write a summary of each text; empty for a blank text.

        Only the beginning of a text with more than `max_source_length` tokens is read, with a warning.

        Parameters
        ----------
        texts : list of str

        Returns
        -------
        list of str

        Raises
        ------
        NotFittedError
            If the model is not fitted.
        TypeError
            If a text is not a str.
        """
        check_is_fitted(self, "model_")
        listed = listed_texts(texts, "texts", f"{_OWNER}.predict")
        made, n_cut = self._written(listed)
        if n_cut:
            _tell_cut(n_cut, len(listed), self.max_source_length)
        return made

    def evaluate(self, texts: Any, summaries: Any) -> RougeScores:
        """Return ROUGE of generated summaries against references; Chinese is compared by characters.

        Parameters
        ----------
        texts : list of str
        summaries : list of str or of lists of str
            The reference of each text, or several, of which the best match counts.
        """
        return rouge(self.predict(texts), summaries)

    def score(self, texts: Any, summaries: Any) -> float:
        """Return the mean F1 of ROUGE-1, ROUGE-2 and ROUGE-L, 0 to 1."""
        return mean_f1(self.evaluate(texts, summaries))

    def _written(self, texts: list[str]) -> tuple[list[str], int]:
        """Return a summary of each text, and how many texts are too long to be read completely."""
        most = check_parameters(self, "max_source_length").max_source_length
        rows, n_cut = source_rows(self.tokenizer_, texts, most)
        return write_summaries(self.model_, self.tokenizer_, rows, self._search()), n_cut

    def _parts(self) -> Parts:
        return Parts(self.model_, self.tokenizer_, self.tokenizer_)

    def _restore(self, parts: Parts, described: dict[str, Any]) -> None:
        self.tokenizer_ = parts.target


def _check_shorter(pairs: CleanPairs) -> None:
    """Warn if the summaries are longer than the texts."""
    lengths = [sum(map(len, side)) // len(pairs) for side in (pairs.sources, pairs.targets)]
    if lengths[1] > lengths[0]:
        warnings.warn(
            f"The summaries are longer than the texts: {lengths[1]:,} characters on average, and {lengths[0]:,}. Are "
            "both sides what they should be?",
            stacklevel=3,
        )


def _tell_cut(n_cut: int, n_texts: int, most: int) -> None:
    warnings.warn(
        f"{counted(n_cut, 'text')} of {n_texts:,} {'have' if n_cut > 1 else 'has'} more than {most} tokens. What "
        "follows them is not read.",
        stacklevel=3,
    )
