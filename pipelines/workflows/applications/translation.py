"""Translation: training a translator on files of sentence pairs, translating texts, evaluation."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wordvec._utils.assumptions import collected_assumptions
from wordvec._utils.messages import counted
from wordvec._utils.parameters import check_parameters
from wordvec._utils.reports import Report
from wordvec._utils.tables import format_fields, format_loss
from wordvec._utils.validation import import_optional

from ...datasets.pair_layout import PairLayout
from ...datasets.sentence_pairs import SentencePairs, read_sentence_pairs
from ..model_folders import check_model_folder, check_task
from ..vectors import open_vectors
from .training_runs import begin_run, check_is_complete, train_into

if TYPE_CHECKING:
    from ...applications import Translator
    from ...metrics.character_ngrams import ChrfScore
    from ...metrics.text import BleuScore

_OWNER = "train_translator"
# Texts that are translated at a time: those of like length go together.
_BATCH = 512


@dataclass(frozen=True)
class TranslatorReport(Report):
    """The results of training a translator.

    Attributes
    ----------
    model : str
        The folder that it was written to; for an interrupted run, the folder with the state of training.
    n_pairs, n_held_out : int
        Number of training pairs, and of pairs held out for choosing the model.
    cleaning : dict of str to int
        Number of pairs that were left out, by reason.
    languages : list of str
        Languages of the targets; empty if there is only one, which no column names.
    n_parameters, vocab_size : int
    shared_vocabulary : bool
    n_copied : int
        Number of pairs with a rare word that occurs on both sides.
    steps : int
    loss_curve : list of float
    bleu, chrf : float, optional
        Scores on held-out pairs; for several languages, the means over languages.
    bleu_by_language : dict of str to float
        BLEU for each language of a model for several languages.
    signatures : list of str
        Signatures of sacrebleu.
    seconds : float
        Time of preparation, training and evaluation.
    stopped_early, interrupted : bool
    assumptions : list of str
        Assumptions about the files.
    """

    model: str
    n_pairs: int
    n_held_out: int
    cleaning: dict[str, int]
    languages: list[str]
    n_parameters: int
    vocab_size: int
    shared_vocabulary: bool
    n_copied: int
    steps: int
    loss_curve: list[float]
    bleu: float | None
    chrf: float | None
    bleu_by_language: dict[str, float]
    signatures: list[str]
    seconds: float
    stopped_early: bool
    interrupted: bool
    assumptions: list[str]

    def format(self) -> str:
        """Return the report as lines of name and value."""
        left = [f"{count:,} {name.replace('_', ' ')}" for name, count in self.cleaning.items() if count]
        fields = {
            "pairs": f"{self.n_pairs:,}; {self.n_held_out:,} held out",
            "left out": ", ".join(left) or "none",
        }
        if self.languages:
            fields["languages"] = ", ".join(self.languages)
        tables = (
            "one for both sides" if self.shared_vocabulary else "of the targets, the sources have their own"
        )
        fields |= {
            "vocabulary": f"{counted(self.vocab_size, 'piece')}, {tables}",
            "copied words": f"in {counted(self.n_copied, 'pair')}",
            "parameters": f"{self.n_parameters:,}",
            "steps": f"{self.steps:,}" + (", stopped early" if self.stopped_early else ""),
            "seconds": f"{self.seconds:.1f}",
            "loss": f"{format_loss(self.loss_curve)} (nats a token)",
        }
        if self.bleu is not None and self.chrf is not None:
            fields["held out"] = f"BLEU {self.bleu:.2f}, chrF {self.chrf:.2f}{_listed(self.bleu_by_language)}"
            fields["signatures"] = "  ".join(self.signatures)
        fields["model"] = self.model
        return format_fields(fields)

    def to_dict(self) -> dict[str, Any]:
        """Return the values as JSON types."""
        return asdict(self)


@dataclass(frozen=True)
class TranslationScores(Report):
    """BLEU and chrF of a translator on sentence pairs, averaged over languages, with sacrebleu's signatures."""

    n_pairs: int
    bleu: float
    chrf: float
    bleu_signature: str
    chrf_signature: str
    bleu_by_language: dict[str, float]

    def format(self) -> str:
        """Return scores and signatures, one per line."""
        return format_fields(
            {
                "pairs": f"{self.n_pairs:,}",
                "BLEU": f"{self.bleu:.2f}{_listed(self.bleu_by_language)}  {self.bleu_signature}",
                "chrF": f"{self.chrf:.2f}  {self.chrf_signature}",
            }
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the values as JSON types."""
        return asdict(self)


@dataclass(frozen=True)
class TranslatedText:
    """A text and its translation."""

    text: str
    translation: str


def train_translator(
    files: Sequence[Path],
    out: Path,
    layout: PairLayout | None = None,
    *,
    validation: Sequence[Path] = (),
    source_vectors: Path | None = None,
    target_vectors: Path | None = None,
    resume: bool = False,
    overwrite: bool = False,
    **parameters: Any,
) -> TranslatorReport:
    """Train a translator on files of sentence pairs, and write it to a folder.

    During training, its state is kept in the folder `out` + ".run", from which an interrupted run can be resumed.

    Parameters
    ----------
    files : sequence of Path
        Tables of sentence pairs, or two files with one sentence per line.
    out : Path
        The folder of the model.
    layout : PairLayout, optional
    validation : sequence of Path
        Files for choosing the model; by default, some of the pairs are held out.
    source_vectors, target_vectors : Path, optional
        Word vectors from which the embeddings are initialised.
    resume : bool
        Whether to continue an unfinished run.
    overwrite : bool
        Whether to replace an existing model or unfinished run.
    **parameters
        Those of `Translator`.

    Returns
    -------
    TranslatorReport

    Raises
    ------
    OSError, ValueError
        If a file cannot be read or written (checked before training), or is invalid.
    FloatingPointError
        If training diverges.
    """
    import_optional("torch", pip="wordvec[transformer]", purpose="wordvec lm")
    from wordvec.transformer.training.memory import check_memory

    from ...applications import Translator
    from ...applications.translation.fitting import model_config

    check_model_folder(out, [*files, *validation], overwrite=overwrite)
    with collected_assumptions() as assumed:
        pairs = read_sentence_pairs(files, layout, owner=_OWNER)
        held_out = read_sentence_pairs(validation, layout, owner=_OWNER) if validation else None
    for side, path in (("source", source_vectors), ("target", target_vectors)):
        if path is not None:
            parameters[f"{side}_vectors"] = open_vectors(path)
    translator = Translator(**parameters)
    checked = check_parameters(translator)
    largest = model_config(checked, None, checked.vocab_size)
    check_memory(largest.n_parameters, checked.device)
    run = begin_run(out, resume=resume, overwrite=overwrite)
    place = train_into(
        out,
        run,
        translator,
        lambda: translator.fit(
            pairs.sources,
            pairs.targets,
            pairs.languages,
            validation=None if held_out is None else _parts(held_out),
            checkpoint=run,
            resume=resume,
        ),
    )
    return _report(translator, place, assumed)


def load_translator(folder: Path, device: str = "auto", **search: Any) -> Translator:
    """Return the translator in a folder, with the given parameters of the search.

    Raises
    ------
    FileNotFoundError, ValueError
        If there is no translator; the message says what the folder contains.
    """
    import_optional("torch", pip="wordvec[transformer]", purpose="wordvec lm")
    from ...applications import Translator

    check_is_complete(folder, "train-translator", "train_translator")
    check_task(folder, "translate")
    return Translator.load(folder, device=device).set_params(**search)


def translate_texts(
    translator: Translator, texts: Iterable[str], language: str | None = None
) -> Iterator[TranslatedText]:
    """Translate texts in batches, in order; the translation of a blank text is empty.

    Raises
    ------
    ValueError
        If reading the texts raises it, or if the language is not one of the translator's.
    """
    translator.codec_.check_languages(language, 0 if language is None else 1, "Translator.predict")
    stream = iter(texts)
    while batch := list(itertools.islice(stream, _BATCH)):
        yield from map(TranslatedText, batch, translator.predict(batch, language))


def evaluate_translator(
    folder: Path,
    files: Sequence[Path],
    layout: PairLayout | None = None,
    *,
    language: str | None = None,
    device: str = "auto",
    **search: Any,
) -> TranslationScores:
    """Translate the sources of sentence pairs and score the translations against the targets.

    `language` is the language of all targets if the pairs do not name it.
    """
    translator = load_translator(folder, device, **search)
    pairs = read_sentence_pairs(files, layout, owner="evaluate_translator")
    found = translator.evaluate_by_language(pairs.sources, pairs.targets, pairs.languages or language)
    bleu, chrf, by_language, signatures = _means(found)
    return TranslationScores(len(pairs), bleu, chrf, *signatures, by_language)


def _means(
    found: Mapping[str, tuple[BleuScore, ChrfScore]],
) -> tuple[float, float, dict[str, float], tuple[str, str]]:
    """Return the means of BLEU and of chrF, BLEU by language if there are several, and the signatures."""
    bleus, chrfs = zip(*found.values())
    means = [sum(score.score for score in scores) / len(found) for scores in (bleus, chrfs)]
    by_language = {name: scores.score for name, (scores, _) in found.items()} if len(found) > 1 else {}
    first, second = (" ".join(dict.fromkeys(score.signature for score in some)) for some in (bleus, chrfs))
    return means[0], means[1], by_language, (first, second)


def _listed(by_language: Mapping[str, float]) -> str:
    """Return BLEU by language in brackets, or nothing for a single language."""
    listed = ", ".join(f"{language} {score:.2f}" for language, score in sorted(by_language.items()))
    return f" ({listed})" if listed else ""


def _parts(pairs: SentencePairs) -> Any:
    both = (pairs.sources, pairs.targets)
    return both if pairs.languages is None else (*both, pairs.languages)


def _report(translator: Translator, place: Path, assumed: list[str]) -> TranslatorReport:
    found = translator.validation_scores_
    bleu, chrf, by_language, signatures = _means(found) if found else (None, None, {}, ())
    return TranslatorReport(
        model=str(place),
        n_pairs=translator.n_pairs_,
        n_held_out=translator.n_held_out_,
        cleaning=translator.cleaning_,
        languages=list(translator.languages_),
        n_parameters=translator.model_.n_parameters,
        vocab_size=translator.codec_.target.vocab_size,
        shared_vocabulary=translator.codec_.is_shared,
        n_copied=translator.n_copied_,
        steps=translator.n_iter_,
        loss_curve=translator.loss_curve_,
        bleu=bleu,
        chrf=chrf,
        bleu_by_language=by_language,
        signatures=list(signatures),
        seconds=sum(translator.fit_times_.values()),
        stopped_early=translator.stopped_early_,
        interrupted=translator.interrupted_,
        assumptions=assumed,
    )
