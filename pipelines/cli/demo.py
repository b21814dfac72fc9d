"""`wordvec demo`: from text to vectors, scores, a tagger and a classifier in a minute."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wordvec._utils.tables import format_fields, format_loss, format_score

from ..workflows.vectors import VectorsReport, train_vectors
from .classify.demo import EXAMPLE, ClassificationDemo, run_classification_demo
from .evaluate import format_scores
from .options import AsJson
from .output import note, print_json
from .tag.demo import TAGGED_SAMPLE, TaggingDemo, run_tagging_demo

if TYPE_CHECKING:
    from ..comparison.scoring import FileScore

TEXT = "lee_background.cor"
TAGGER = "tagger.safetensors"
CLASSIFIER = "classifier.safetensors"
WORDS = ("israel", "fire", "cricket", "government", "qantas", "afghanistan")
# 60,000 words are little: many passes, a wide window and rare words kept make the most of them.
SETTINGS: dict[str, Any] = {
    "architecture": "skipgram",
    "vector_size": 100,
    "window": 10,
    "min_count": 2,
    "epochs": 60,
    "random_state": 1,
}
# Neighbours are looked for among words that the text shows often enough to learn something.
N_FREQUENT = 1500


@dataclass(frozen=True)
class DemoReport:
    """What the demo did: the text, how training went, neighbours, scores, the tagger and the classifier."""

    text: str
    training: VectorsReport
    neighbors: dict[str, list[tuple[str, float]]]
    scores: list[FileScore]
    tagging: TaggingDemo
    classification: ClassificationDemo


def run_demo(folder: Path, quiet: bool = False) -> DemoReport:
    """Train on the news text that gensim ships, a tagger and a classifier; write all of them into `folder`.

    Raises
    ------
    ImportError
        If gensim is not installed.
    OSError
        If `folder` cannot be made or written to.
    """
    from wordvec.text.corpus import LineCorpus
    from wordvec.vectors.keyed_vectors import KeyedVectors

    from ..comparison.scoring import gensim_evaluation_files, score_files
    from ..datasets.loading import gensim_file

    text = gensim_file(TEXT, "wordvec demo")
    files = gensim_evaluation_files("wordvec demo")
    folder.mkdir(parents=True, exist_ok=True)
    out = folder / "vectors.bin"
    training = train_vectors(
        LineCorpus(text, tokenizer="word", lowercase=True),
        out,
        save_model=folder / "model.safetensors",
        verbose=False if quiet else None,
        **SETTINGS,
    )
    kv = KeyedVectors.load(out)
    words = [word for word in WORDS if word in kv]
    found = kv.most_similar_batch(words, topn=6, restrict_vocab=N_FREQUENT)
    if not quiet:
        note("Training a tagger of names and a classifier of sentiment.")
    return DemoReport(
        text=str(text),
        training=training,
        neighbors=dict(zip(words, found)),
        scores=score_files(kv, files),
        tagging=run_tagging_demo(folder / TAGGER),
        classification=run_classification_demo(folder / CLASSIFIER),
    )


def demo(
    folder: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Where the files go.")] = Path(
        "wordvec-demo"
    ),
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No messages and no progress bar.")] = False,
    as_json: AsJson = False,
) -> None:
    """Train on a small real text, show neighbours, scores, the loss, a tagger, a classifier. Takes a minute.

    The texts and the evaluation sets come with gensim: pip install "wordvec[gensim]"

    Example: wordvec demo -o my-first-vectors
    """
    from ..datasets.loading import gensim_file

    gensim_file(TEXT, "wordvec demo")
    if not quiet:
        note(
            "Training skip-gram on 300 news articles (60,000 words). The first run compiles for up to half a minute."
        )
    report = run_demo(folder, quiet)
    if as_json:
        training = report.training.to_dict()
        scores = [score.to_dict() for score in report.scores]
        print_json(
            {
                "text": report.text,
                "training": training,
                "neighbors": report.neighbors,
                "scores": scores,
                "tagging": asdict(report.tagging),
                "classification": asdict(report.classification),
            }
        )
    else:
        print(format_demo(report, folder))
    if report.training.interrupted:
        note("wordvec: interrupted; what is shown was learned until then.")
        raise typer.Exit(130)


def format_demo(report: DemoReport, folder: Path) -> str:
    """Return the report as text."""
    training = report.training
    neighbors = [(word, ", ".join(other for other, _ in found)) for word, found in report.neighbors.items()]
    example = next(iter(report.neighbors), "the")
    settings = ", ".join(f"{name} {value}" for name, value in SETTINGS.items() if name != "random_state")
    parts = {
        "Word vectors": format_fields(
            {
                "text": f"{training.n_tokens:,} words of Australian news, 2000-2001 (comes with gensim):",
                "": report.text,
                "settings": settings,
                "learned": f"vectors of {training.n_words:,} words in {training.seconds:.1f} s "
                "(with compilation, if it was the first run)",
                "loss": format_loss(training.loss_curve) + " (nats a pair, by epoch)",
            }
        ),
        f"Nearest neighbours among the {N_FREQUENT:,} most frequent words": format_fields(dict(neighbors)),
        "Scores": format_scores(report.scores, with_sections=False)
        + "\n\nThe text is tiny, so the scores are low: word vectors need millions of words. Coverage is the share"
        "\nof each file whose words all have a vector.",
        "A tagger of names": _format_tagging(report.tagging),
        "A classifier of sentiment": _format_classification(report.classification),
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


def _format_tagging(tagging: TaggingDemo) -> str:
    summary = format_fields(
        {
            "text": f"{tagging.n_sentences} sentences written for wordvec ({TAGGED_SAMPLE}), "
            f"{tagging.n_held_out} others held out",
            "learned": f"{tagging.n_features:,} weights in {tagging.seconds:.1f} s "
            "(with compilation, if it was the first run)",
            "F1": f"{format_score(tagging.f1)} of the names in the sentences held out, some of them tagged here:",
        }
    )
    alike = "The sentences are few and similar: real names need thousands of tagged sentences."
    return "\n".join([summary, *(f"  {text}" for text in tagging.examples), "", alike])


def _format_classification(demo: ClassificationDemo) -> str:
    summary = format_fields(
        {
            "texts": f"{demo.n_texts} sentences of film reviews, half of them positive (come with gensim)",
            "learned": f"in {demo.seconds:.1f} s",
            "accuracy": f"{demo.accuracy:.2f} ± {demo.error:.2f} ({demo.n_folds}-fold cross-validation; "
            "guessing gives 0.50)",
        }
    )
    few = (
        f"{demo.n_texts} sentences are far too few, so it is little better than guessing. With 10,000 of them about\n"
        "four in five are right."
    )
    return "\n\n".join([summary, demo.explanation, few])
