"""Language resources: default tokenizer, stop words, stems, lemmas and part-of-speech tags.

spaCy, NLTK and their tables come with the extra ``nlp``; nothing is downloaded.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from wordvec._utils.errors import ParameterError
from wordvec._utils.validation import check_choice, import_optional
from wordvec.text.language import majority_language
from wordvec.text.lists import check_strings, iterate_rows, strings_to_reread

__all__ = ["Lemmatizer", "pos_tags", "stem", "stop_words", "tokenizer_for"]

# Stemmers of NLTK's Snowball that need no data.
_STEMMERS = {
    "ar": "arabic", "da": "danish", "de": "german", "en": "english", "es": "spanish", "fi": "finnish",
    "fr": "french", "hu": "hungarian", "it": "italian", "nl": "dutch", "no": "norwegian", "pt": "portuguese",
    "ro": "romanian", "ru": "russian", "sv": "swedish",
}  # fmt: skip


def tokenizer_for(texts: Iterable[str]) -> Literal["zh", "word"]:
    """Return the name of a suitable tokenizer for `texts`, see `wordvec.text.tokenizers.resolve_tokenizer`.

    Parameters
    ----------
    texts : list of str, or another iterable that can be read again
        The result is "zh" if at least half of those that contain a letter are Chinese; see
        `wordvec.text.language.majority_language`.

    Raises
    ------
    TypeError
        If a text is not a str (the message names the row), or the texts can be read only once.

    Examples
    --------
    >>> tokenizer_for(["很好看的电影", "不错", "OK"]), tokenizer_for(["A good film", ""])
    ('zh', 'word')
    """
    strings_to_reread(texts, "tokenizer_for")
    return "zh" if majority_language(texts, "tokenizer_for") == "zh" else "word"


def stop_words(language: Literal["en", "zh"]) -> frozenset[str]:
    """Return spaCy's stop words, in lower case.

    The English ones include "not", "no" and "never": remove these for sentiment analysis.

    Parameters
    ----------
    language : {"en", "zh"}

    Raises
    ------
    ImportError
        If spaCy is not installed.
    ValueError
        If `language` is neither of these.

    Examples
    --------
    >>> "the" in stop_words("en"), "的" in stop_words("zh")
    (True, True)
    """
    code = check_choice("language", language, "stop_words", ("en", "zh"))
    module = import_optional(f"spacy.lang.{code}.stop_words", pip="wordvec[nlp]", purpose="stop_words")
    return frozenset(module.STOP_WORDS)


def stem(tokens: Iterable[str], language: str = "en") -> list[str]:
    """Return the stems of `tokens` by NLTK's Snowball stemmer, in lower case.

    Parameters
    ----------
    tokens : iterable of str
    language : str, default="en"
        Language code, such as "de", or "porter" for Porter's original English stemmer. Chinese words have no endings,
        hence no stems.

    Raises
    ------
    ImportError
        If NLTK is not installed.
    TypeError
        If `tokens` is a str, or one of them is not.
    ValueError
        If there is no stemmer for `language`.

    Examples
    --------
    >>> stem(["running", "flies", "generously"])
    ['run', 'fli', 'generous']
    """
    check_choice("language", language, "stem", ("porter", *_STEMMERS))
    words = check_strings(tokens, "stem", "tokens", "token")
    stemmer = _stemmer(language)
    return [stemmer.stem(word) for word in words]


@functools.cache
def _stemmer(language: str) -> Any:
    stems = import_optional("nltk.stem", pip="wordvec[nlp]", purpose="stem")
    return stems.PorterStemmer() if language == "porter" else stems.SnowballStemmer(_STEMMERS[language])


class Lemmatizer:
    """Looks up lemmas of words in spaCy's tables; a picklable callable.

    Each word is looked up without context, so "left" is "leave" in every sentence. A word that is not in the table is
    looked up in lower case if it starts with a capital, and is otherwise unchanged.

    Parameters
    ----------
    language : str, default="en"
        spaCy's code of a language with a lemma table.

    Raises
    ------
    ImportError
        If spaCy or spacy-lookups-data is not installed.
    ValueError
        If there is no table for `language`.

    Examples
    --------
    >>> Lemmatizer()(["the", "mice", "were", "running"])
    ['the', 'mouse', 'be', 'run']
    """

    def __init__(self, language: str = "en") -> None:
        import_optional("spacy_lookups_data", pip="wordvec[nlp]", purpose="Lemmatizer")
        lookups = import_optional("spacy.lookups", pip="wordvec[nlp]", purpose="Lemmatizer")
        self.language = language
        # Not strict: a table that is missing comes back empty, and so does one of an unknown language.
        self._table = lookups.load_lookups(language, ["lemma_lookup"], strict=False).get_table(
            "lemma_lookup", {}
        )
        if not len(self._table):
            rule = "be a language with a table of lemmas in spacy-lookups-data, such as 'en' or 'de'"
            raise ParameterError("language", "Lemmatizer", rule, language)

    def __call__(self, tokens: Iterable[str]) -> list[str]:
        """Return the lemma of each token.

        Raises
        ------
        TypeError
            If `tokens` is a str, or one of them is not.
        """
        return [self._lemma(token) for token in check_strings(tokens, "Lemmatizer", "tokens", "token")]

    def _lemma(self, token: str) -> str:
        lemma = self._table.get(token)
        return str(lemma if lemma is not None else self._table.get(token.lower(), token))

    def __reduce__(self) -> tuple[Any, ...]:
        return Lemmatizer, (self.language,)


def pos_tags(sentences: Iterable[Sequence[str]], model: Any) -> list[list[str]]:
    """Return the part-of-speech tag of every token.

    Parameters
    ----------
    sentences : iterable of token lists
    model : spaCy pipeline, or object with a `predict` method
        A spaCy pipeline yields universal tags (`token.pos_`); `predict` is called with a list of token lists, as for
        fitted taggers of this package or of scikit-learn's kind.

    Returns
    -------
    list of lists of str, one tag for each token

    Raises
    ------
    TypeError
        If `model` is neither, or a sentence is a str.
    ValueError
        If the pipeline does not set tags, or the numbers of tags and tokens differ.
    """
    rows = [
        list(iterate_rows(sentence, "pos_tags", f"sentences[{k}]", "token"))
        for k, sentence in enumerate(iterate_rows(sentences, "pos_tags", "sentences", "sentence"))
    ]
    if hasattr(model, "pipe") and hasattr(model, "vocab"):
        tags = _spacy_tags(rows, model)
    elif hasattr(model, "predict"):
        tags = [list(row) for row in model.predict(rows)]
    else:
        rule = "be a spaCy pipeline or an object with a predict method"
        raise ParameterError("model", "pos_tags", rule, model)
    if [len(row) for row in tags] != [len(row) for row in rows]:
        raise ValueError("The model of pos_tags must give one tag for each token, which it did not.")
    return tags


def _spacy_tags(rows: list[list[str]], nlp: Any) -> list[list[str]]:
    tokens = import_optional("spacy.tokens", pip="wordvec[nlp]", purpose="pos_tags")
    tags = [
        [token.pos_ for token in doc] for doc in nlp.pipe(tokens.Doc(nlp.vocab, words=row) for row in rows)
    ]
    if any(tags) and not any(tag for row in tags for tag in row):
        raise ValueError(
            f"The spaCy pipeline of pos_tags sets no tags: its components are {nlp.pipe_names}. "
            "Pass one with a morphologizer or a tagger, such as a trained pipeline."
        )
    return tags
