"""The demo of `wordvec demo`: word vectors, scores, a tagger and a classifier, trained in a minute."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from wordvec._utils.reports import Report
from wordvec._utils.tables import format_fields, format_loss, format_score

from ..comparison.scoring import FileScore, format_scores, gensim_evaluation_files, score_files
from ..datasets.tagged_files import TaggedLayout
from .tagged_formats import Formatter
from .tagged_sentences import tag_file
from .vectors import VectorsReport, train_vectors

VECTORS, MODEL = "vectors.bin", "model.safetensors"
TAGGER = "tagger.safetensors"
CLASSIFIER = "classifier.safetensors"
TEXT = "lee_background.cor"
WORDS = ("israel", "fire", "cricket", "government", "qantas", "afghanistan")
# 60,000 words are few: many epochs, a wide window and rare words kept make the most of them.
SETTINGS: dict[str, Any] = {
    "architecture": "skipgram",
    "vector_size": 100,
    "window": 10,
    "min_count": 2,
    "epochs": 40,
    "random_state": 1,
}
# Neighbours come from words that are frequent enough in the text to have learned something.
N_FREQUENT = 1500
TAGGED_SAMPLE = "sample-ner.conll"
# The last sentences of the sample.
N_HELD_OUT = 10
N_SHOWN = 3
# Weak regularisation: the sample has 34 sentences to learn from.
C2 = 0.1
LABELLED_SAMPLE = "rt-polarity-sample"
N_FOLDS = 4
EXAMPLE = "a silly and tedious film"


@dataclass(frozen=True)
class TaggingDemo(Report):
    """The demo's tagger and its score on held-out sentences.

    Attributes
    ----------
    n_sentences, n_held_out : int
    n_features : int
        Number of non-zero weights.
    seconds : float
        Training time, including compilation in the first run.
    f1 : float
        F1 of the entities in the held-out sentences.
    examples : list of str
        Held-out sentences with the predicted entities.
    """

    n_sentences: int
    n_held_out: int
    n_features: int
    seconds: float
    f1: float
    examples: list[str]

    def format(self) -> str:
        """Return the numbers and the examples as text."""
        summary = format_fields(
            {
                "text": f"{self.n_sentences} sentences written for wordvec ({TAGGED_SAMPLE}), "
                f"{self.n_held_out} others held out",
                "learned": f"{self.n_features:,} weights in {self.seconds:.1f} s "
                "(with compilation, if it was the first run)",
                "F1": f"{format_score(self.f1)} of the names in the sentences held out, some of them tagged here:",
            }
        )
        few = "The sentences are few and similar: real names need thousands of tagged sentences."
        return "\n".join([summary, *(f"  {text}" for text in self.examples), "", few])

    def to_dict(self) -> dict[str, Any]:
        """Return the values as JSON types."""
        return asdict(self)


@dataclass(frozen=True)
class ClassificationDemo(Report):
    """The demo's classifier and its accuracy in cross-validation.

    Attributes
    ----------
    n_texts, n_folds : int
    accuracy, error : float
        The accuracy in cross-validation, and its standard error.
    seconds : float
        Time of training on all texts.
    explanation : str
        The prediction for an example, and the words that led to it.
    """

    n_texts: int
    n_folds: int
    accuracy: float
    error: float
    seconds: float
    explanation: str

    def format(self) -> str:
        """Return the numbers and the explanation as text."""
        summary = format_fields(
            {
                "texts": f"{self.n_texts} sentences of film reviews, half of them positive (come with gensim)",
                "learned": f"in {self.seconds:.1f} s",
                "accuracy": f"{self.accuracy:.2f} ± {self.error:.2f} ({self.n_folds}-fold cross-validation; "
                "guessing gives 0.50)",
            }
        )
        few = (
            f"{self.n_texts} sentences are far too few, so it is little better than guessing. With 10,000 of them "
            "about\nfour in five are right."
        )
        return "\n\n".join([summary, self.explanation, few])

    def to_dict(self) -> dict[str, Any]:
        """Return the values as JSON types."""
        return asdict(self)


@dataclass(frozen=True)
class DemoReport(Report):
    """The results of the demo.

    Attributes
    ----------
    folder : str
        Where the files were written.
    text : str
        The path of the text on which the vectors were trained.
    training : VectorsReport
    neighbors : dict of str to list of (word, cosine similarity)
    scores : list of FileScore
    tagging : TaggingDemo
    classification : ClassificationDemo
    """

    folder: str
    text: str
    training: VectorsReport
    neighbors: dict[str, list[tuple[str, float]]]
    scores: list[FileScore]
    tagging: TaggingDemo
    classification: ClassificationDemo

    def format(self) -> str:
        """Return the results as text with headings, followed by commands to try next."""
        training, folder = self.training, Path(self.folder)
        neighbors = [(word, ", ".join(other for other, _ in found)) for word, found in self.neighbors.items()]
        example = next(iter(self.neighbors), "the")
        settings = ", ".join(f"{name} {value}" for name, value in SETTINGS.items() if name != "random_state")
        parts = {
            "Word vectors": format_fields(
                {
                    "text": f"{training.n_tokens:,} words of Australian news, 2000-2001 (comes with gensim):",
                    "": self.text,
                    "settings": settings,
                    "learned": f"vectors of {training.n_words:,} words in {training.seconds:.1f} s "
                    "(with compilation, if it was the first run)",
                    "loss": format_loss(training.loss_curve) + " (nats a pair, by epoch)",
                }
            ),
            f"Nearest neighbours among the {N_FREQUENT:,} most frequent words": format_fields(
                dict(neighbors)
            ),
            "Scores": format_scores(self.scores, with_sections=False)
            + "\n\nThe text is tiny, so the scores are low: word vectors need millions of words. Coverage is the share"
            "\nof each file whose words all have a vector.",
            "A tagger of names": self.tagging.format(),
            "A classifier of sentiment": self.classification.format(),
            "Files": format_fields(
                {
                    str(folder / "vectors.bin"): "word2vec binary, for any tool",
                    str(folder / "model.safetensors"): "the whole model, to train on later",
                    str(folder / TAGGER): "the tagger",
                    str(folder / CLASSIFIER): "the classifier",
                }
            ),
            "Next": f"wordvec neighbors {folder / 'vectors.bin'} {example}\n"
            "wordvec train YOUR-TEXT.txt -o vectors.bin --tokenizer word --lowercase\n"
            f'echo "Dr. Anselm Quist lives in Port Ansel ." | wordvec tag predict {folder / TAGGER}\n'
            f'wordvec classify explain {folder / CLASSIFIER} "{EXAMPLE}"',
        }
        return "\n\n".join(f"{title}\n{'-' * len(title)}\n{body}" for title, body in parts.items())

    def to_dict(self) -> dict[str, Any]:
        """Return the values as JSON types."""
        return {
            "text": self.text,
            "training": self.training.to_dict(),
            "neighbors": self.neighbors,
            "scores": [score.to_dict() for score in self.scores],
            "tagging": self.tagging.to_dict(),
            "classification": self.classification.to_dict(),
        }


def run_demo(
    folder: Path, *, verbose: bool | None = None, on_message: Callable[[str], object] | None = None
) -> DemoReport:
    """Train word vectors on the news text that gensim ships, a tagger and a classifier, and write them to a folder.

    Parameters
    ----------
    folder : Path
        The folder, which is created if it does not exist.
    verbose : bool, optional
        Whether a progress bar is shown; by default only on a terminal.
    on_message : callable, optional
        Called with progress messages (str).

    Returns
    -------
    DemoReport

    Raises
    ------
    ImportError
        If gensim is not installed.
    OSError
        If `folder` cannot be created or written to.
    """
    from wordvec.text.corpus import LineCorpus
    from wordvec.vectors.keyed_vectors import KeyedVectors

    from ..datasets.loading import gensim_file

    say = on_message or (lambda _: None)
    text = gensim_file(TEXT, "wordvec demo")
    files = gensim_evaluation_files("wordvec demo")
    folder.mkdir(parents=True, exist_ok=True)
    say(
        "Training skip-gram on 300 news articles (60,000 words). The first run compiles for up to half a minute."
    )
    out = folder / VECTORS
    training = train_vectors(
        LineCorpus(text, tokenizer="word", lowercase=True),
        out,
        save_model=folder / MODEL,
        verbose=verbose,
        **SETTINGS,
    )
    kv = KeyedVectors.load(out)
    words = [word for word in WORDS if word in kv]
    found = kv.most_similar_batch(words, topn=6, restrict_vocab=N_FREQUENT)
    say("Training a tagger of names and a classifier of sentiment.")
    return DemoReport(
        folder=str(folder),
        text=str(text),
        training=training,
        neighbors=dict(zip(words, found)),
        scores=score_files(kv, files)[0],
        tagging=run_tagging_demo(folder / TAGGER),
        classification=run_classification_demo(folder / CLASSIFIER),
    )


def run_tagging_demo(out: Path) -> TaggingDemo:
    """Train a tagger on the tagged sample, write it to `out`, and tag the held-out sentences.

    Raises
    ------
    OSError
        If `out` cannot be written to.
    """
    from wordvec_data import sample_path

    from ..tagging import CRFTagger, read_conll

    path = sample_path(TAGGED_SAMPLE)
    corpus = read_conll(path, ("token", "tag"))
    X, tags = corpus.tokens, corpus.tags
    start = time.perf_counter()
    tagger = CRFTagger(c2=C2, verbose=False).fit(X[:-N_HELD_OUT], tags[:-N_HELD_OUT])
    seconds = time.perf_counter() - start
    tagger.save(out)
    formatter = Formatter.of_tagger(tagger)
    shown = list(tag_file(tagger, path, TaggedLayout(columns=("token", "tag"))))[-N_HELD_OUT:][:N_SHOWN]
    return TaggingDemo(
        n_sentences=len(X) - N_HELD_OUT,
        n_held_out=N_HELD_OUT,
        n_features=len(tagger.model_.state_weights) + len(tagger.model_.features.transitions),
        seconds=seconds,
        f1=tagger.score(X[-N_HELD_OUT:], tags[-N_HELD_OUT:]),
        examples=[formatter.text(prediction) for prediction in shown],
    )


def run_classification_demo(out: Path) -> ClassificationDemo:
    """Train a sentiment classifier on the sentences that gensim ships, and write it to `out`.

    Raises
    ------
    FileNotFoundError
        If gensim is not installed.
    OSError
        If `out` cannot be written to.
    """
    from sklearn.model_selection import StratifiedKFold, cross_val_score

    from ..classification.classifier import TextClassifier
    from ..datasets.loading import load_dataset

    data = load_dataset(LABELLED_SAMPLE, "all")
    classifier = TextClassifier("sentiment", tokenizer="word", verbose=False)
    folds = StratifiedKFold(N_FOLDS, shuffle=True, random_state=1)
    # Folds are of one size, so that the mean of their accuracies is the share of right answers.
    accuracy = float(cross_val_score(classifier, data.texts, data.labels, cv=folds).mean())
    start = time.perf_counter()
    classifier.fit(data.texts, data.labels)
    seconds = time.perf_counter() - start
    classifier.save(out)
    return ClassificationDemo(
        n_texts=len(data),
        n_folds=N_FOLDS,
        accuracy=accuracy,
        error=(accuracy * (1 - accuracy) / len(data)) ** 0.5,
        seconds=seconds,
        explanation=classifier.explain(EXAMPLE).format(),
    )
