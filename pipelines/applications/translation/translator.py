"""`Translator`: machine translation by a small Transformer, as a scikit-learn estimator."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, ClassVar

from sklearn.utils.validation import check_is_fitted

from wordvec._utils.errors import ParameterError
from wordvec._utils.parameters import Boolean, Choice, Instance, Integer, Real, Rule, Seed, check_parameters
from wordvec._utils.timing import Stopwatch
from wordvec._utils.validation import check_checkpoint_folder, import_optional
from wordvec.vectors.keyed_vectors import KeyedVectors

from ...metrics.character_ngrams import ChrfScore, chrf
from ...metrics.text import BleuScore, bleu
from ..seq2seq.estimator import Seq2SeqEstimator
from ..seq2seq.pairs import Pairs, checked_pairs, listed_texts, training_and_held_out
from ..seq2seq.storage import Parts
from .codec import Codec
from .copying import WordCopier
from .decoding import translate
from .fitting import KIND, fit_translation

__all__ = ["Translator"]

_OWNER = "Translator"
_SCORED = 1000  # held-out pairs that the final scores are of


class Translator(Seq2SeqEstimator):
    """Translate sentences with a Transformer trained on sentence pairs.

    An encoder-decoder with norms before the sublayers (Vaswani et al. 2017), over byte-level BPE (Sennrich et al.
    2016), so that no word is unknown. Pairs are cleaned, and some are held out; the average of the last checkpoints
    that translates the held-out sources best is kept; targets are found by beam search.

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
    hidden_size : int, optional
        Width of the model; by default that of the vectors, or 128.
    num_layers, num_heads : int
        Layers of the encoder and of the decoder each, and attention heads.
    vocab_size : int
        Maximum number of pieces of each subword table.
    shared_vocabulary : bool, optional
        Whether both sides share a table. By default, they do if at least half of the targets' letters also occur in the
        sources: German and English share one, Chinese and English do not.
    max_length : int
        Maximum number of tokens in a sentence. Longer pairs are not used for training; longer texts are translated
        sentence by sentence.
    max_length_ratio : float, optional
        How many times longer than usual for these languages one side of a pair may be; None for no limit.
    dropout : float
        Dropout of embeddings and sublayers.
    label_smoothing : float
        Share of the target probability that is spread over the vocabulary.
    n_averaged : int, optional
        Average the parameters of this many last evaluations; None for no averaging.
    selection : {"bleu", "loss"}, optional
        Criterion of model selection: BLEU of greedy translations of at most 500 held-out sources (ties broken by the
        loss), or the loss on all held-out pairs. By default BLEU if there are 100 or more.
    patience : int, optional
        Early stopping: number of evaluations without improvement after which training ends; None trains to the end and
        keeps the last model.
    validation_fraction : float
        Share of the pairs to hold out, at most 1,000 pairs, and at least a tenth of fewer than 1,000; none of their
        sentences is used for training.
    num_beams : int
        Beam width; 1 is greedy decoding.
    length_penalty : float
        Log-probabilities are divided by the length to this power; larger values favour longer translations.
    source_vectors, target_vectors : KeyedVectors, optional
        Word vectors to initialise the tables, of the model's width. They are not saved with it.
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
    model_ : EncoderDecoderModel
    codec_ : Codec
        Subword tables, languages, copied words.
    languages_ : tuple of str
        Target languages, if `fit` was given any.
    cleaning_ : dict of str to int
        Numbers of removed pairs: "empty", "duplicates", "unequal", "too_long".
    n_pairs_, n_held_out_ : int
        Numbers of training pairs and of held-out pairs.
    validation_scores_ : dict of str to (BleuScore, ChrfScore)
        Scores of the model on at most 1,000 held-out pairs, with beam search, for each language, since BLEU tokenizes
        each differently; "" is the language of a model without languages. Empty if no pair was held out.
    validation_curve_ : list of (int, float)
        Steps and the value that `selection` minimises: 1 - BLEU / 100, or the loss.
    loss_curve_ : list of float
        Loss in nats per token, for each step.
    n_iter_ : int
        Number of steps.
    n_copied_ : int
        Number of pairs with a rare word on both sides, from which copying is learned.
    interrupted_, stopped_early_ : bool
        Whether training was ended by Ctrl-C, which keeps what was learned so far, or by `patience`.
    fit_times_ : dict of str to float
        Seconds of "training", including preparation, and "evaluation".
    seed_ : int
        The seed that `random_state` resulted in.

    Examples
    --------
    >>> from wordvec.pipelines.applications import Translator
    >>> numbers = {"one": "eins", "two": "zwei", "three": "drei", "four": "vier"}
    >>> pairs = [(f"{a} {b} {c}", f"{numbers[c]} {numbers[b]} {numbers[a]}")
    ...     for a in numbers for b in numbers for c in numbers if (a, b) != ("two", "one")]
    >>> sources, targets = zip(*pairs)
    >>> model = Translator(epochs=60, hidden_size=32, num_layers=1, batch_size=16, learning_rate=0.01, dropout=0.0)
    >>> model.fit(sources, targets).predict(["two one three"])
    ['drei eins zwei']

    References
    ----------
    Vaswani et al. (2017), "Attention is all you need", arXiv:1706.03762. Johnson et al. (2017), "Google's
    Multilingual Neural Machine Translation System", arXiv:1611.04558 (tags of languages). Su et al. (2021),
    arXiv:2104.09864 (rotary positions). Jordan et al. (2024), "Muon" (the optimizer).
    """

    _parameter_rules: ClassVar[dict[str, Rule]] = {
        "time_budget": Real(0.0, low_open=True) | None,
        "epochs": Integer(1),
        "batch_size": Integer(1),
        "learning_rate": Real(0.0, 10.0, low_open=True) | None,
        "hidden_size": Integer(1) | None,
        "num_layers": Integer(1),
        "num_heads": Integer(1),
        "vocab_size": Integer(300, 10**6),
        "shared_vocabulary": Boolean() | None,
        "max_length": Integer(8, 100_000),
        "max_length_ratio": Real(1.0) | None,
        "dropout": Real(0.0, 1.0),
        "label_smoothing": Real(0.0, 1.0),
        "n_averaged": Integer(1) | None,
        "selection": Choice("bleu", "loss") | None,
        "patience": Integer(1) | None,
        "validation_fraction": Real(0.0, 0.5, low_open=True),
        "num_beams": Integer(1, 1000),
        "length_penalty": Real(-100.0, 100.0),
        "source_vectors": Instance(KeyedVectors) | None,
        "target_vectors": Instance(KeyedVectors) | None,
        "device": Choice("auto", "cpu", "cuda"),
        "precision": Choice("float32", "bf16"),
        "random_state": Seed(),
        "verbose": Boolean() | None,
    }

    _kind = KIND
    _search_names = ("num_beams", "length_penalty", "batch_size", "max_length", "verbose")
    _saved_names = ("cleaning_", "n_pairs_", "n_held_out_", "n_iter_", "n_copied_")

    codec_: Codec

    def __init__(
        self,
        time_budget: float | None = None,
        *,
        epochs: int = 30,
        batch_size: int = 128,
        learning_rate: float | None = None,
        hidden_size: int | None = None,
        num_layers: int = 4,
        num_heads: int = 4,
        vocab_size: int = 8000,
        shared_vocabulary: bool | None = None,
        max_length: int = 128,
        max_length_ratio: float | None = 3.0,
        dropout: float = 0.2,
        label_smoothing: float = 0.1,
        n_averaged: int | None = 5,
        selection: str | None = None,
        patience: int | None = 10,
        validation_fraction: float = 0.02,
        num_beams: int = 5,
        length_penalty: float = 1.0,
        source_vectors: KeyedVectors | None = None,
        target_vectors: KeyedVectors | None = None,
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
        self.shared_vocabulary = shared_vocabulary
        self.max_length = max_length
        self.max_length_ratio = max_length_ratio
        self.dropout = dropout
        self.label_smoothing = label_smoothing
        self.n_averaged = n_averaged
        self.selection = selection
        self.patience = patience
        self.validation_fraction = validation_fraction
        self.num_beams = num_beams
        self.length_penalty = length_penalty
        self.source_vectors = source_vectors
        self.target_vectors = target_vectors
        self.device = device
        self.precision = precision
        self.random_state = random_state
        self.verbose = verbose

    def fit(
        self,
        sources: Any,
        targets: Any,
        languages: Sequence[str] | None = None,
        *,
        validation: Pairs | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
        resume: bool = False,
    ) -> Translator:
        """Train on sentences and their translations.

        Ctrl-C during training stops it; the model then holds what it has learned so far, and `interrupted_` is True.

        Parameters
        ----------
        sources, targets : list of str
        languages : list of str, optional
            The language of each target, any short name: a single model then translates into each of them.
        validation : (sources, targets) or (sources, targets, languages), optional
            Held-out pairs for model selection. By default, `validation_fraction` of the pairs is held out.
        checkpoint : path, optional
            Folder for the state of training and its log, from which a stopped or killed run can be resumed.
        resume : bool
            Whether to resume from the state in `checkpoint`, if there is one. Pairs and parameters must be the same.

        Returns
        -------
        Translator
            Itself.

        Raises
        ------
        TypeError, ValueError
            If a parameter or a text breaks its rule, the sides have different lengths, or cleaning leaves nothing.
        FloatingPointError
            If training diverges.
        """
        import_optional("torch", pip="wordvec[transformer]", purpose=_OWNER)
        watch = Stopwatch()
        owner = f"{_OWNER}.fit"
        parameters = check_parameters(self)
        pairs = (sources, targets) if languages is None else (sources, targets, languages)
        cleaned = checked_pairs(pairs, parameters.max_length_ratio, owner)
        tags = tuple(sorted(set(cleaned.languages or ())))
        training, held_out = training_and_held_out(
            cleaned, validation, parameters, parameters.max_length_ratio, owner
        )
        folder = check_checkpoint_folder("checkpoint", checkpoint, resume, owner)
        fitted = fit_translation(training, held_out, tags, parameters, folder, resume)
        watch.lap("training")
        self._set_trained(fitted.model, fitted.report, parameters.random_state)
        self.codec_, self.languages_ = fitted.codec, tags
        self.cleaning_ = {
            "empty": cleaned.n_empty,
            "duplicates": cleaned.n_duplicates,
            "unequal": cleaned.n_unequal,
            "too_long": fitted.n_too_long,
        }
        self.n_pairs_, self.n_held_out_ = len(training) - fitted.n_too_long, len(held_out)
        self.n_copied_ = fitted.n_copied
        self.validation_scores_: dict[str, tuple[BleuScore, ChrfScore]] = {}
        if held_out and not self.interrupted_:
            some = slice(None, None, -(-len(held_out) // _SCORED))
            tags_of = None if held_out.languages is None else held_out.languages[some]
            pairs_of = held_out.sources[some], held_out.targets[some]
            self.validation_scores_ = self.evaluate_by_language(*pairs_of, tags_of)
        self.fit_times_ = watch.lap("evaluation")
        self._tell_interruption()
        return self

    def predict(self, texts: Any, language: str | Sequence[str] | None = None) -> list[str]:
        """Translate texts; the translation of a blank text is empty.

        A text of more than `max_length` tokens is translated sentence by sentence.

        Parameters
        ----------
        texts : list of str
        language : str or list of str, optional
            The target language, or one for each text, if the model was trained with languages.

        Returns
        -------
        list of str

        Raises
        ------
        NotFittedError
            If the model is not fitted.
        TypeError, ValueError
            If a text is not a str, or the model does not have the language.
        """
        check_is_fitted(self, "model_")
        owner = f"{_OWNER}.predict"
        listed = listed_texts(texts, "texts", owner)
        tags = self.codec_.check_languages(language, len(listed), owner)
        return translate(self.model_, self.codec_, listed, tags, self._search())

    def evaluate(
        self, sources: Any, targets: Any, language: str | Sequence[str] | None = None
    ) -> tuple[BleuScore, ChrfScore]:
        """Return BLEU and chrF of translations against references, with their signatures.

        Raises
        ------
        NotFittedError
            If the model is not fitted.
        TypeError, ValueError
            As for `predict`, or if there are several languages, since each has its own scores.
        """
        found = self.evaluate_by_language(sources, targets, language)
        if len(found) > 1:
            rule = "be one language, for each has its own BLEU"
            fix = "Call evaluate_by_language."
            raise ParameterError("language", f"{_OWNER}.evaluate", rule, sorted(found), fix)
        return next(iter(found.values()))

    def score(self, sources: Any, targets: Any, language: str | Sequence[str] | None = None) -> float:
        """Return BLEU, 0 to 100, averaged over languages; Chinese is scored by characters."""
        found = self.evaluate_by_language(sources, targets, language)
        return sum(scores.score for scores, _ in found.values()) / len(found)

    def evaluate_by_language(
        self, sources: Any, targets: Any, language: str | Sequence[str] | None = None
    ) -> dict[str, tuple[BleuScore, ChrfScore]]:
        """Return BLEU and chrF for each language, "" for a model without languages; otherwise like `evaluate`."""
        owner = f"{_OWNER}.evaluate"
        references = listed_texts(targets, "targets", owner)
        made = self.predict(sources, language)
        if len(made) != len(references):
            raise ValueError(f"{owner} got {len(made)} sources and {len(references)} targets.")
        tags = self.codec_.check_languages(language, len(made), owner) or [""] * len(made)
        places = {tag: [n for n, other in enumerate(tags) if other == tag] for tag in dict.fromkeys(tags)}
        return {
            tag: _scores([made[n] for n in some], [references[n] for n in some])
            for tag, some in places.items()
        }

    def _parts(self) -> Parts:
        return Parts(self.model_, self.codec_.source, self.codec_.target)

    def _described(self) -> dict[str, Any]:
        return {"languages": list(self.codec_.languages), "copied": self.codec_.copier.to_dict()}

    def _restore(self, parts: Parts, described: dict[str, Any]) -> None:
        copier = WordCopier.from_dict(described["copied"])
        self.languages_ = tuple(described["languages"])
        self.codec_ = Codec(parts.source, parts.target, self.languages_, copier)


def _scores(made: list[str], references: Sequence[str]) -> tuple[BleuScore, ChrfScore]:
    return bleu(made, references), chrf(made, references)
