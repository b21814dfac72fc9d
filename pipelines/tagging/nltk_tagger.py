"""An adapter that gives a tagger NLTK's interface (the extra `nlp`). Importing this module imports NLTK."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sklearn.utils.validation import check_is_fitted

from wordvec._utils.errors import ParameterError
from wordvec._utils.validation import import_optional

from .crf import CRFTagger

__all__ = ["NLTKTagger"]

# The error of an import statement would not name the command that installs NLTK.
TaggerI: Any = import_optional("nltk.tag.api", pip="wordvec[nlp]", purpose="NLTKTagger").TaggerI


class NLTKTagger(TaggerI):
    """A fitted `CRFTagger` with the interface of NLTK's taggers: `tag`, `tag_sents`, `accuracy` and others.

    Parameters
    ----------
    tagger : CRFTagger

    Raises
    ------
    TypeError
        If it is not a CRFTagger.
    NotFittedError
        If it is not fitted.

    Examples
    --------
    >>> from wordvec.pipelines import CRFTagger
    >>> from wordvec.pipelines.tagging.nltk_tagger import NLTKTagger
    >>> X, y = [["Ada", "wrote", "it"], ["Bob", "read", "it"]], [["NNP", "VBD", "PRP"], ["NNP", "VBD", "PRP"]]
    >>> NLTKTagger(CRFTagger(verbose=False).fit(X, y)).tag(["Eve", "read", "it"])
    [('Eve', 'NNP'), ('read', 'VBD'), ('it', 'PRP')]
    """

    def __init__(self, tagger: CRFTagger) -> None:
        if not isinstance(tagger, CRFTagger):
            raise ParameterError("tagger", "NLTKTagger", "be a fitted CRFTagger", tagger)
        check_is_fitted(tagger, "model_")
        self.tagger = tagger

    def tag(self, tokens: Sequence[Any]) -> list[tuple[Any, str]]:
        """Return the tokens of a sentence, each with its tag."""
        return self.tag_sents([tokens])[0]

    def tag_sents(self, sentences: Iterable[Sequence[Any]]) -> list[list[tuple[Any, str]]]:
        """Return the tokens of each sentence, each with its tag. Faster than `tag` for each sentence."""
        sentences = list(sentences)
        return [list(zip(tokens, tags)) for tokens, tags in zip(sentences, self.tagger.predict(sentences))]
