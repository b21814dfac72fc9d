"""Translation of sentences as a scikit-learn estimator: a small Transformer trained on sentence pairs."""

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
    """Translate sentences with a Transformer that is trained on pairs of them.

    An encoder-decoder with norms before the sublayers (Vaswani et al. 2017), over byte-level BPE (Sennrich et al.
    2016), so that no word is unknown. Pairs are cleaned, some are held out; the mean of the last checkpoints that
    translates the held-out sources best is kept; targets are found by beam search.

    Parameters
    ----------
    time_budget : float, optional
        Seconds of training, evaluations included; on a CPU, processor time over the number of PyTorch's threads.
        By default `epochs` decides.
    epochs : int
        Passes over the pairs without a `time_budget`.
    batch_size : int
        Pairs in a step, of about the same length.
    learning_rate : float, optional
        The highest; it rises over a tenth of the steps and falls by a cosine. By default .01, for a model wider than
        128 so much less as it is wider.
    hidden_size : int, optional
        Width of the model: that of the vectors, or 128, by default.
    num_layers, num_heads : int
        Of the encoder and of the decoder.
    vocab_size : int
        Largest number of pieces of each subword table.
    shared_vocabulary : bool, optional
        Whether both sides have one table. By default, whether at least half of the targets' letters occur in the
        sources, too: German and English share one, Chinese and English do not.
    max_length : int
        Most tokens of a sentence. Longer pairs are not trained on; longer texts are translated by sentences.
    max_length_ratio : float, optional
        How many times longer than usual for these languages one side of a pair may be; None for any length.
    dropout : float
        Of embeddings and sublayers.
    label_smoothing : float
        Share of each label that is spread over the vocabulary.
    n_averaged : int, optional
        Number of the last evaluations whose parameters are averaged; None for none.
    selection : {"bleu", "loss"}, optional
        What decides which model is kept: BLEU of greedy translations of at most 500 held-out sources (the loss
        where BLEU is equal), or the loss of all held-out pairs. By default BLEU where there are 100 or more.
    patience : int, optional
        Evaluations without improvement after which training ends; None goes to the end and keeps the last model.
    validation_fraction : float
        Share of the pairs that is held out, at most 1,000 pairs, and of fewer than 1,000 pairs a tenth; none of
        their sentences is trained on.
    num_beams : int
        Of beam search; 1 takes the best token each time.
    length_penalty : float
        The power of the length by which log-probabilities are divided; more favours longer translations.
    source_vectors, target_vectors : KeyedVectors, optional
        Word vectors that the tables start from, as wide as the model. They are not saved with it.
    device : {"auto", "cpu", "cuda"}
    precision : {"float32", "bf16"}
        Of the products in training; the model stays float32. "bf16" halves the time on processors that multiply
        bfloat16 (avx512_bf16 or amx_bf16 in their list of features), and takes longer on others.
    random_state : int, RandomState or None
        Seed of all draws.
    verbose : bool, optional
        Whether progress bars are shown; by default on a terminal.

    Attributes
    ----------
    model_ : EncoderDecoderModel
    codec_ : Codec
        Subword tables, languages, copied words.
    languages_ : tuple of str
        Languages of targets, if `fit` was given some.
    cleaning_ : dict of str to int
        Pairs that were left out: "empty", "duplicates", "unequal", "too_long".
    n_pairs_, n_held_out_ : int
        Pairs trained on, and held out.
    validation_scores_ : dict of str to (BleuScore, ChrfScore)
        Of the model on at most 1,000 held-out pairs, by beam search, by language, for BLEU has other tokens in each;
        "" is the language of a model that was given none. Empty if no pair was held out.
    validation_curve_ : list of (int, float)
        Steps and what `selection` makes small: 1 - BLEU / 100, or the loss.
    loss_curve_ : list of float
        Nats a token, each step.
    n_iter_ : int
        Steps.
    n_copied_ : int
        Pairs with a rare word that both sides have, which teach what is copied.
    interrupted_, stopped_early_ : bool
        Whether Ctrl-C ended training, which then leaves what was learned so far, or `patience` did.
    fit_times_ : dict of str to float
        Seconds of "training", with its preparation, and "evaluation".
    seed_ : int
        What `random_state` stood for.

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
            The language of each target, any short name: one model then translates into each of them.
        validation : (sources, targets) or (sources, targets, languages), optional
            Pairs to choose the model by. By default, `validation_fraction` of the pairs is held out.
        checkpoint : path, optional
            Folder for the state of training and its log, from which a run that was stopped or killed goes on.
        resume : bool
            Whether to go on from the state in `checkpoint`, if there is one. The pairs and parameters must be the
            same.

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
        """Translate texts; that of a blank one is empty.

        A text of more than `max_length` tokens is translated sentence by sentence.

        Parameters
        ----------
        texts : list of str
        language : str or list of str, optional
            The language to translate into, or one for each text; for a model that was trained with languages.

        Returns
        -------
        list of str

        Raises
        ------
        NotFittedError
            If there is no model yet.
        TypeError, ValueError
            If a text is not a str, or the language is none of the model's.
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
            If there is no model yet.
        TypeError, ValueError
            As `predict` does, or if there are several languages: each has scores of its own.
        """
        found = self.evaluate_by_language(sources, targets, language)
        if len(found) > 1:
            rule = "be one language, for each has its own BLEU"
            fix = "Call evaluate_by_language."
            raise ParameterError("language", f"{_OWNER}.evaluate", rule, sorted(found), fix)
        return next(iter(found.values()))

    def score(self, sources: Any, targets: Any, language: str | Sequence[str] | None = None) -> float:
        """Return BLEU, 0 to 100; Chinese by characters. Of several languages, the mean of theirs."""
        found = self.evaluate_by_language(sources, targets, language)
        return sum(scores.score for scores, _ in found.values()) / len(found)

    def evaluate_by_language(
        self, sources: Any, targets: Any, language: str | Sequence[str] | None = None
    ) -> dict[str, tuple[BleuScore, ChrfScore]]:
        """Return BLEU and chrF for each language, "" for that of a model that was given none; else as `evaluate`."""
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
