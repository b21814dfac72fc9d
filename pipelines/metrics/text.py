"""Metrics of generated texts and extracted answers: BLEU by sacrebleu, ROUGE by rouge-score, SQuAD's EM and F1."""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wordvec._utils.assumptions import assume
from wordvec._utils.errors import ParameterError
from wordvec._utils.messages import counted
from wordvec._utils.tables import format_fields, format_score, format_table
from wordvec._utils.validation import check_bool, check_choice, import_optional
from wordvec.text.language import HAN, majority_language

from .scores import Scores, paired_texts

__all__ = ["BleuScore", "RougeScore", "RougeScores", "SquadScores", "bleu", "rouge", "squad_scores"]

_References = Iterable[str | Sequence[str]]
_LANGUAGES = ("en", "zh")
# Of sacrebleu's, those that need neither a download nor another library.
_BLEU_TOKENIZERS = ("13a", "intl", "zh", "char", "none")
_HAN_OR_RUN = re.compile(f"[{HAN}]|[^\\s{HAN}]+")
_KEPT, _LETTER = re.compile("[A-Za-z0-9]"), re.compile(r"[^\W\d_]")
_ARTICLES = re.compile(r"\b(a|an|the)\b")


@dataclass(frozen=True)
class BleuScore(Scores):
    """BLEU of a corpus: Papineni et al. (2002), with sacrebleu's tokenization and signature.

    Attributes
    ----------
    score : float
        0 to 100.
    precisions : tuple of float
        Precisions of 1-grams to 4-grams, 0 to 100.
    brevity_penalty : float
        1.0 unless the predictions are shorter than the references.
    prediction_length, reference_length : int
        Lengths in tokens.
    signature : str
        Version and options of sacrebleu, to be reported with the score.
    """

    score: float
    precisions: tuple[float, ...]
    brevity_penalty: float
    prediction_length: int
    reference_length: int
    signature: str

    def format(self) -> str:
        """Return the scores and the signature, one per line."""
        fields = {
            "BLEU": f"{self.score:.2f}",
            "n-gram precisions": " / ".join(f"{precision:.1f}" for precision in self.precisions),
            "brevity penalty": f"{self.brevity_penalty:.3f}",
            "tokens": f"{self.prediction_length:,} (references {self.reference_length:,})",
            "signature": self.signature,
        }
        return format_fields(fields)


@dataclass(frozen=True)
class RougeScore:
    """One variant of ROUGE, each number from 0 to 1 and the mean over texts."""

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class RougeScores(Scores):
    """ROUGE of generated texts: Lin (2004).

    Attributes
    ----------
    rouge1, rouge2 : RougeScore
        Overlap of tokens and of bigrams.
    rougeL : RougeScore
        Longest common subsequence.
    rougeLsum : RougeScore
        The same, computed line by line.
    n_texts : int
        Number of texts over which the means are taken.
    """

    rouge1: RougeScore
    rouge2: RougeScore
    rougeL: RougeScore  # noqa: N815
    rougeLsum: RougeScore  # noqa: N815
    n_texts: int

    def format(self) -> str:
        """Return a table with a line for each variant."""
        variants = {
            "ROUGE-1": self.rouge1,
            "ROUGE-2": self.rouge2,
            "ROUGE-L": self.rougeL,
            "ROUGE-Lsum": self.rougeLsum,
        }
        rows = [
            (name, *map(format_score, (score.precision, score.recall, score.f1)))
            for name, score in variants.items()
        ]
        return f"{format_table([('', 'precision', 'recall', 'f1'), *rows])}\n{counted(self.n_texts, 'text')}"


@dataclass(frozen=True)
class SquadScores(Scores):
    """Scores of extracted answers: Rajpurkar et al. (2016).

    Attributes
    ----------
    exact_match : float
        Share of answers that equal a reference after normalisation, 0 to 100.
    f1 : float
        Mean overlap in tokens with the best reference, 0 to 100.
    n_questions : int
        Number of questions over which the means are taken.
    """

    exact_match: float
    f1: float
    n_questions: int

    def format(self) -> str:
        """Return both scores and the number of questions on one line."""
        questions = counted(self.n_questions, "question")
        return f"exact match {self.exact_match:.2f}, F1 {self.f1:.2f}, {questions}"


def bleu(
    predictions: Iterable[str], references: _References, tokenize: str | None = None, lowercase: bool = False
) -> BleuScore:
    """Score translations against references, by sacrebleu.

    Parameters
    ----------
    predictions : iterable of str
        Plain text, not tokenized.
    references : iterable of str or of lists of str
        The reference of each prediction, or several, whose number may vary.
    tokenize : {"13a", "intl", "zh", "char", "none"}, optional
        "13a" is the standard for languages with spaces, "zh" for Chinese. By default "zh" if at least half of the
        references are Chinese, else "13a"; the signature says which.
    lowercase : bool
        Whether case is ignored.

    Returns
    -------
    BleuScore

    Raises
    ------
    ImportError
        If sacrebleu is not installed.
    TypeError
        If the texts are not strings.
    ParameterError
        If an option is not one of those listed.
    ValueError
        If there is not one list of references for each prediction, or there are no predictions.

    Examples
    --------
    >>> print(bleu(["The dog bit the man."], [["The dog bit the man.", "The dog had bit the man."]]))
    BLEU               100.00
    n-gram precisions  100.0 / 100.0 / 100.0 / 100.0
    brevity penalty    1.000
    tokens             6 (references 6)
    signature          nrefs:2|case:mixed|eff:no|tok:13a|smooth:exp|version:...

    References
    ----------
    Papineni, Roukos, Ward and Zhu (2002), "BLEU: a method for automatic evaluation of machine translation", ACL.
    Post (2018), "A call for clarity in reporting BLEU scores", WMT.
    """
    if tokenize is not None:
        check_choice("tokenize", tokenize, "bleu", _BLEU_TOKENIZERS)
    check_bool("lowercase", lowercase, "bleu")
    texts, answers = paired_texts(predictions, references, "bleu")
    if tokenize is None:
        tokenize = "zh" if _language_of(answers) == "zh" else "13a"
    metrics = import_optional("sacrebleu.metrics", pip="wordvec[transformer]", purpose="bleu")
    metric = metrics.BLEU(tokenize=tokenize, lowercase=lowercase)
    n_most = max(map(len, answers))
    # sacrebleu takes the first reference of every text, then the second of every text, ...; None is none.
    streams = [[some[place] if place < len(some) else None for some in answers] for place in range(n_most)]
    result = metric.corpus_score(texts, streams)
    return BleuScore(
        score=float(result.score),
        precisions=tuple(map(float, result.precisions)),
        brevity_penalty=float(result.bp),
        prediction_length=int(result.sys_len),
        reference_length=int(result.ref_len),
        signature=str(metric.get_signature()),
    )


def rouge(
    predictions: Iterable[str], references: _References, language: str | None = None, stem: bool = False
) -> RougeScores:
    """Score summaries against references, by rouge-score.

    Parameters
    ----------
    predictions : iterable of str
    references : iterable of str or of lists of str
        The reference of each prediction, or several, of which the best match counts.
    language : {"en", "zh"}, optional
        "en" keeps a-z and 0-9 and drops all other characters, like the original. "zh" treats each Chinese character,
        and each word of other scripts, as a token. By default "zh" if at least half of the references are Chinese, else
        "en".
    stem : bool
        Whether English words are stemmed (Porter) before comparison.

    Returns
    -------
    RougeScores
        Means over the texts.

    Raises
    ------
    ImportError
        If rouge-score is not installed.
    TypeError
        If the texts are not strings.
    ParameterError
        If an option is not one of those listed.
    ValueError
        If there is not one list of references for each prediction, or there are no predictions.

    Examples
    --------
    >>> print(rouge(["the quick brown dog"], ["the quick brown fox jumps"]))
                precision  recall      f1
    ROUGE-1        0.7500  0.6000  0.6667
    ROUGE-2        0.6667  0.5000  0.5714
    ROUGE-L        0.7500  0.6000  0.6667
    ROUGE-Lsum     0.7500  0.6000  0.6667
    1 text

    References
    ----------
    Lin (2004), "ROUGE: a package for automatic evaluation of summaries", ACL workshop Text Summarization Branches
    Out.
    """
    if language is not None:
        check_choice("language", language, "rouge", _LANGUAGES)
    check_bool("stem", stem, "rouge")
    texts, answers = paired_texts(predictions, references, "rouge")
    language = language or _language_of(answers)
    if language == "en":
        _check_latin(answers)
    scorers = import_optional("rouge_score.rouge_scorer", pip="wordvec[transformer]", purpose="rouge")
    kinds = ["rouge1", "rouge2", "rougeL", "rougeLsum"]
    tokenizer = _ChineseTokenizer() if language == "zh" else None
    scorer = scorers.RougeScorer(kinds, use_stemmer=stem, tokenizer=tokenizer)
    rows = [scorer.score_multi(some, text) for text, some in zip(texts, answers)]
    means = {
        kind: RougeScore(
            precision=_mean([row[kind].precision for row in rows]),
            recall=_mean([row[kind].recall for row in rows]),
            f1=_mean([row[kind].fmeasure for row in rows]),
        )
        for kind in kinds
    }
    return RougeScores(**means, n_texts=len(rows))


def squad_scores(
    predictions: Iterable[str], references: Iterable[str | Sequence[str]], language: str = "en"
) -> SquadScores:
    """Score extracted answers like SQuAD's script: the best reference of each question counts.

    Parameters
    ----------
    predictions : iterable of str
        An empty prediction means no answer.
    references : iterable of str or of lists of str
        The answers to each question; an empty list if there is none (SQuAD 2).
    language : {"en", "zh"}
        "en" ignores case, ASCII punctuation and the articles a, an, the, and compares words. "zh" ignores case, all
        punctuation and white space, and compares Chinese characters and words of other scripts, as in MLQA.

    Returns
    -------
    SquadScores

    Raises
    ------
    TypeError
        If the texts are not strings.
    ParameterError
        If an option is not one of those listed.
    ValueError
        If there is not one list of references for each prediction, or there are no predictions.

    Examples
    --------
    >>> print(squad_scores(["The Denver Broncos!", "blue"], [["Denver Broncos", "Broncos"], "dark blue"]))
    exact match 50.00, F1 83.33, 2 questions

    References
    ----------
    Rajpurkar, Zhang, Lopyrev and Liang (2016), "SQuAD: 100,000+ questions for machine comprehension of text",
    EMNLP.
    """
    check_choice("language", language, "squad_scores", _LANGUAGES)
    texts, answers = paired_texts(predictions, references, "squad_scores", needs_reference=False)
    tokens_of = chinese_tokens if language == "zh" else _english_tokens
    exact, overlaps = [], []
    for text, some in zip(texts, answers):
        predicted = tokens_of(text)
        true = [tokens_of(answer) for answer in some or [""]]
        exact.append(float(predicted in true))
        overlaps.append(max(_overlap(predicted, tokens) for tokens in true))
    return SquadScores(100 * _mean(exact), 100 * _mean(overlaps), len(texts))


def _language_of(answers: list[list[str]]) -> str:
    """Return the language of most references; it is reported unless it is the usual one."""
    language = majority_language([text for some in answers for text in some])
    if language == "zh":
        assume("the references: Chinese, compared by characters")
    return language


def _check_latin(answers: list[list[str]]) -> None:
    """Raise ParameterError for a text of which English ROUGE would keep nothing, so that nothing could match it."""
    for number, some in enumerate(answers):
        for text in some:
            if not _KEPT.search(text) and _LETTER.search(text):
                rule = f"be 'zh' for references without a letter from a to z, as that of text {number}"
                fix = "Pass {language='zh'}, which keeps the words of every script."
                raise ParameterError("language", "rouge", rule, "en", fix)


class _ChineseTokenizer:
    """The Chinese tokenizer that rouge-score calls."""

    def tokenize(self, text: str) -> list[str]:
        return chinese_tokens(text)


def _english_tokens(text: str) -> list[str]:
    bare = text.lower().translate(str.maketrans("", "", string.punctuation))
    return _ARTICLES.sub(" ", bare).split()


def chinese_tokens(text: str) -> list[str]:
    """Return the Chinese characters and the words of other scripts, in lower case, without punctuation."""
    return _HAN_OR_RUN.findall("".join(c for c in text.lower() if unicodedata.category(c)[0] != "P"))


def _overlap(predicted: list[str], true: list[str]) -> float:
    """Return the F1 of two bags of tokens; if one is empty, whether both are."""
    if not predicted or not true:
        return float(predicted == true)
    n_common = (Counter(predicted) & Counter(true)).total()
    return 2 * n_common / (len(predicted) + len(true))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
