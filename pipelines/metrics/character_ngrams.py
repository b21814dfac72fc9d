"""chrF of translations, by sacrebleu: an F-score of character n-grams, which needs no tokenization."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wordvec._utils.tables import format_fields
from wordvec._utils.validation import check_int, import_optional

from .scores import Scores, paired_texts

__all__ = ["ChrfScore", "chrf"]


@dataclass(frozen=True)
class ChrfScore(Scores):
    """chrF of a corpus: Popovic (2015), with sacrebleu's signature.

    Attributes
    ----------
    score : float
        0 to 100.
    signature : str
        Version and options of sacrebleu, to be reported with the score.
    """

    score: float
    signature: str

    def format(self) -> str:
        """Return the score and the signature, one per line."""
        return format_fields({"chrF": f"{self.score:.2f}", "signature": self.signature})


def chrf(
    predictions: Iterable[str], references: Iterable[str | Sequence[str]], word_order: int = 0
) -> ChrfScore:
    """Score translations against references by character n-grams, up to length 6.

    Parameters
    ----------
    predictions : iterable of str
        Plain text, not tokenized.
    references : iterable of str or of lists of str
        The reference of each prediction, or several, whose number may vary.
    word_order : int
        Length of word n-grams to include, too: 2 for chrF++.

    Returns
    -------
    ChrfScore

    Raises
    ------
    ImportError
        If sacrebleu is not installed.
    TypeError
        If the texts are not strings.
    ValueError
        If there is not one list of references for each prediction, or there are no predictions.

    Examples
    --------
    >>> print(chrf(["The dog bit the man."], ["The dog bit the men."]))
    chrF       80.61
    signature  nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no|version:...

    References
    ----------
    Popovic (2015), "chrF: character n-gram F-score for automatic MT evaluation", WMT.
    """
    check_int("word_order", word_order, "chrf", 0, 4)
    texts, answers = paired_texts(predictions, references, "chrf")
    metrics = import_optional("sacrebleu.metrics", pip="wordvec[transformer]", purpose="chrf")
    metric = metrics.CHRF(word_order=word_order)
    n_most = max(map(len, answers))
    streams = [[some[place] if place < len(some) else None for some in answers] for place in range(n_most)]
    result = metric.corpus_score(texts, streams)
    return ChrfScore(score=float(result.score), signature=str(metric.get_signature()))
