"""Cleaning, normalising, lemmas and stop words."""

import pickle
import re
import sys
import time
import unicodedata
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import example, given, settings, strategies as st
from sklearn.base import clone
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer

from wordvec.pipelines.datasets.loading import data_file
from wordvec.pipelines.preprocessing import (
    Lemmatizer,
    TextCleaner,
    clean_stream,
    detect_language,
    drop_missing,
    normalize_unicode,
    normalize_whitespace,
    pos_tags,
    remove_control_characters,
    remove_emails,
    remove_urls,
    squeeze_repeats,
    stem,
    stop_words,
    strip_html,
    tokenizer_for,
)

FAST = settings(deadline=None, max_examples=150)
ANY_CHARACTER = st.characters(exclude_categories=())  # lone surrogates and controls too
PIECES = [
    "<", ">", "</b>", "<b>", "<br/>", "<script>", "</script>", "<!--", "-->", "&amp;", "&", "lt;", "&#60;", "http://",
    "www.", "a", "@", ".", "co", "com", "ooo", " ", "\t", "\x00", "\u0301", "e", "中", "！", "=", "1",
]  # fmt: skip
MESSY = st.one_of(st.text(ANY_CHARACTER), st.lists(st.sampled_from(PIECES), max_size=15).map("".join))
STEPS = [strip_html, remove_urls, remove_emails, remove_control_characters, normalize_unicode, squeeze_repeats,
         normalize_whitespace]  # fmt: skip


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("<p class='x'>A</p><p>B</p>", " A  B "),
        ("un<b>believ</b>able<br />!", "unbelievable !"),
        ("a<script type=x>var b = '<c>';</script>d<STYLE>p{}</style >e", "a d e"),
        ("a<!-- <b> hidden\n -->b<!DOCTYPE html>c<?xml v?>d", "a b c d"),
        ("<script>never closed", " never closed"),
        ("3 < 5, I <3 you, a<-b, x > y", "3 < 5, I <3 you, a<-b, x > y"),
        ("&lt;3 &amp;amp; &#39;q&#x27; &eacute;&nbsp;&unknown; AT&T", "<3 & 'q' é\xa0&unknown; AT&T"),
        ("&amp;lt;br&amp;gt;x", " x"),
        ("<<b>b>bold</<i></i>b>", " bold "),
        ("<blockquote>q</blockquote>", " q "),
    ],
)
def test_strip_html(text, clean):
    assert strip_html(text) == clean


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("see http://a.org/b?c=d#e, or (https://x.y/z).", "see U, or (U)."),
        ("看这里http://a.org/b，很好", "看这里U，很好"),
        ("WWW.Example.COM! ftp://f.org/", "U! U"),
        ("http:// www. awww.x httpx://y", "http:// www. awww.x httpx://y"),
        ("http://user:pass@host.org/x", "U"),
        ("wiki: https://fr.wikipedia.org/wiki/Été.", "wiki: U."),
    ],
)
def test_remove_urls(text, clean):
    assert remove_urls(text, "U") == clean


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Write to jane.doe+x@mail.example.org.", "Write to E."),
        ("邮箱abc@x.com，谢谢", "邮箱E，谢谢"),
        ("@user a@b a@b. 5@6.7 x@y.z", "@user a@b a@b. 5@6.7 x@y.z"),
        ("me@www.example.com", "E"),
    ],
)
def test_remove_emails(text, clean):
    assert remove_emails(text, "E") == clean
    assert TextCleaner(emails="E").transform([text]) == [clean]


def test_replacement_is_taken_as_it_is():
    assert remove_urls("http://a.b", r"\1\g<0>") == r"\1\g<0>"
    assert remove_emails("a@b.co", r"\1") == r"\1"


@pytest.mark.smoke
def test_control_characters():
    assert (
        remove_control_characters("a\x00b\x7fc\u200bd\ufeff\u202ee\ud800f\x85g\u2028h\t\n")
        == "abcdef g h\t\n"
    )
    assert remove_control_characters("می\u200cخواهم 👩\u200d💻") == "می\u200cخواهم 👩\u200d💻"


@pytest.mark.smoke
def test_unicode_forms():
    assert normalize_unicode("e\u0301 ﬁ Ａ") == "é ﬁ Ａ"
    assert normalize_unicode("e\u0301 ﬁ Ａ", "NFKC") == "é fi A"


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("text", "limit", "squeezed"),
    [
        ("soooo goooood!!!!!", 2, "soo good!!"),
        ("soooo", 1, "so"),
        ("World War III www ... 100000 哈哈哈哈哈", 3, "World War III www ... 100000 哈哈哈"),
        ("a    b\n\n\n\n\n", 2, "a    b\n\n\n\n\n"),
        ("OOoo", 2, "OOoo"),
        ("😂😂😂😂", 3, "😂😂😂"),
    ],
)
def test_squeeze_repeats(text, limit, squeezed):
    assert squeeze_repeats(text, limit) == squeezed


@FAST
@given(MESSY)
@example("hthttp://xtp://y hhhhttp://z")
@example("&am&amp;p;lt;b>")
@example("<\x00b>＜b＞&#xFF1C;b&gt;")
@example("a@b.co@c.de")
@example("e\x00\u0301")
def test_cleaning_a_clean_text_changes_nothing(text):
    for options in ({}, {"unicode": "NFKC", "max_repeats": 1}, {"urls": None, "emails": None, "html": False}):
        cleaner = TextCleaner(**options)
        once = cleaner.transform([text])
        assert cleaner.transform(once) == once
        assert once[0] == " ".join(once[0].split())
        assert not {"Cc", "Cs"} & {unicodedata.category(letter) for letter in once[0]}
        once[0].encode()
        if cleaner.html:
            assert not re.search(r"<[a-zA-Z][^<>]*>", once[0])


@FAST
@given(MESSY)
def test_steps_take_any_text_and_are_stable(text):
    for step in STEPS:
        once = step(text)
        assert isinstance(once, str)
        assert step(once) == once


@pytest.mark.slow
@pytest.mark.parametrize(
    "unit",
    ["<", "<script>", "<script>x</script", "<!--", "<a ", "&amp;", "&am", "a@", "a.", "a@b.", "http://", "www.", "http://..",
     "ab-", "é", "<b>", "</", "x@y.z1 ", "aab"],
)  # fmt: skip
def test_time_is_linear_in_the_length(unit):
    cleaner = TextCleaner()
    text = unit * (200_000 // len(unit))
    start = time.process_time()
    cleaner.transform([text])
    assert time.process_time() - start < 3  # quadratic steps take minutes; 0.3 s measured


def test_cleaner_on_every_kind_of_rows():
    texts = ["<b>A</b>", "b  c"]
    clean = ["A", "b c"]
    cleaner = TextCleaner()
    rows = [texts, tuple(texts), np.array(texts), np.array(texts, object), iter(texts)]
    assert all(cleaner.transform(kind) == clean for kind in rows)
    assert all(type(text) is str for text in cleaner.transform(np.array(texts)))
    assert cleaner.transform([]) == []


def test_cleaner_on_pandas():
    pandas = pytest.importorskip("pandas")
    series = pandas.Series(["<b>A</b>", None, pandas.NA, float("nan")], index=[5, 6, 7, 8])
    assert TextCleaner(missing="empty").transform(series) == ["A", "", "", ""]
    with pytest.raises(
        ValueError, match=r"one column. Got DataFrame with the shape \(4, 1\) instead. Pass one column"
    ):
        TextCleaner().transform(series.to_frame())


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (float("nan"), r"Text 1 of TextCleaner must be a str. Got nan \(float\) instead. .*drop_missing"),
        (None, r"Text 1 of .*None \(NoneType\).*Fill or drop missing texts"),
        (3, r"Text 1 of TextCleaner must be a str. Got 3 \(int\) instead. Turn it into a str first"),
        (b"x", "Decode it"),
        (["a"], "Join its tokens"),
    ],
)
def test_errors_name_the_row(value, message):
    with pytest.raises(TypeError, match=message):
        TextCleaner().transform(["a", value])


def test_missing_texts_can_be_empty_but_numbers_cannot():
    cleaner = TextCleaner(missing="empty")
    assert cleaner.transform(["a", None, float("nan"), np.float32("nan")]) == ["a", "", "", ""]
    with pytest.raises(TypeError, match=r"Text 0 of .*Got 1 \(int\)"):
        cleaner.transform([1])


@pytest.mark.parametrize("texts", ["one text", b"x", {"a": 1}, {"a"}, 3, None])
def test_what_holds_no_rows(texts):
    for call in (TextCleaner().fit, TextCleaner().transform):
        with pytest.raises(TypeError, match="of TextCleaner must be a list of texts"):
            call(texts)


def test_arrays_of_columns_are_refused():
    with pytest.raises(ValueError, match="Pass one column"):
        TextCleaner().transform(np.array([["a", "b"]]))


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"html": 1}, TypeError, "The html parameter of TextCleaner must be True or False"),
        ({"unicode": "NFD"}, ValueError, "must be one of 'NFC', 'NFKC', or None. Got 'NFD' instead"),
        (
            {"urls": False},
            TypeError,
            "The urls parameter of TextCleaner must be a str, or None. Got False instead",
        ),
        ({"max_repeats": 0}, ValueError, "from 1 to 1000, or None. Got 0 instead"),
        ({"missing": "drop"}, ValueError, "must be one of 'error', 'empty'"),
    ],
)
def test_wrong_parameters(options, error, message):
    cleaner = TextCleaner(**options)
    for call in (cleaner.fit, cleaner.transform):
        with pytest.raises(error, match=message):
            call(["a"])


@pytest.mark.smoke
def test_scikit_learn_contract():
    cleaner = TextCleaner(max_repeats=2, urls=None)
    assert clone(cleaner).get_params() == cleaner.get_params()
    assert pickle.loads(pickle.dumps(cleaner)).transform(["sooo"]) == ["soo"]
    assert cleaner.set_params(max_repeats=None).fit_transform(["sooo"]) == ["sooo"]
    assert cleaner.get_feature_names_out().tolist() == ["text"]
    assert cleaner.get_feature_names_out(["title"]).tolist() == ["title"]
    texts, labels = ["<b>good</b>", "bad", "good", "<i>bad"] * 5, [1, 0, 1, 0] * 5
    pipeline = Pipeline(
        [("clean", TextCleaner()), ("tfidf", TfidfVectorizer()), ("model", LogisticRegression())]
    )
    assert pipeline.fit(texts, labels).score(texts, labels) == 1.0
    assert sorted(pipeline["tfidf"].vocabulary_) == ["bad", "good"]
    search = GridSearchCV(pipeline, {"clean__max_repeats": [None, 2]}, cv=2).fit(
        np.array(texts, object), labels
    )
    assert search.best_score_ == 1.0
    names = make_pipeline(TextCleaner(), CountVectorizer()).fit(texts).get_feature_names_out()
    assert names.tolist() == ["bad", "good"]


def test_pipeline_behind_the_cleaner_may_give_data_frames():
    pytest.importorskip("pandas")
    lengths = FunctionTransformer(
        lambda X: np.array([[len(text)] for text in X]), feature_names_out=lambda *_: ["n"]
    )
    frame = make_pipeline(TextCleaner(), lengths).set_output(transform="pandas").fit_transform(["a ", "bc"])
    assert frame["n"].tolist() == [1, 2]


@pytest.mark.smoke
def test_stream_reads_one_line_at_a_time():
    read = []

    def lines():
        for line in ("<b>a\n", " \n", "c"):
            read.append(line)
            yield line

    stream = clean_stream(lines())
    assert next(stream) == "a"
    assert len(read) == 1
    assert list(stream) == ["", "c"]
    assert list(clean_stream(["sooo"], TextCleaner(max_repeats=1))) == ["so"]


@pytest.mark.smoke
def test_drop_missing():
    texts = ["a", None, "", float("nan"), "b", "c"]
    assert drop_missing(texts)[0] == ["a", "", "b", "c"]
    kept_texts, labels, kept = drop_missing(texts, [0, 1, 1, 0, None, 1])
    assert (kept_texts, labels, kept.tolist()) == (["a", "", "c"], [0, 1, 1], [0, 2, 5])
    assert kept.dtype == np.int64
    assert drop_missing([]) == ([], None, pytest.approx([]))
    with pytest.raises(ValueError, match="Got 6 texts, 1 label"):
        drop_missing(texts, [1])
    with pytest.raises(TypeError, match=r"Text 2 of drop_missing must be a str. Got 5 \(int\)"):
        drop_missing(["a", None, 5])


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("我爱北京", "zh"),
        ("iPhone 手机 very good 很好用", "zh"),
        ("He said 你好 and left the room", "en"),
        ("", "en"),
        ("123 !? 。", "en"),
        ("Привет, мир", "en"),
    ],
)
def test_detect_language(text, language):
    assert detect_language(text) == language


def test_the_language_of_what_is_no_text():
    for text in (None, ["a"], b"a"):
        with pytest.raises(TypeError, match="text of detect_language must be a str. Got"):
            detect_language(text)


def test_tokenizer_for():
    assert tokenizer_for(["很好", "ok", "不错", "!!", "123", ""]) == "zh"
    assert tokenizer_for([]) == tokenizer_for(["...", ""]) == tokenizer_for(["a", "b", "很好"]) == "word"
    with pytest.raises(TypeError, match="read only once"):
        tokenizer_for(iter(["a"]))


@pytest.mark.smoke
def test_language_of_real_reviews():
    try:
        chinese = data_file("chnsenticorp/dev.tsv").read_text(encoding="utf-8").splitlines()[1:]
        english = data_file("sst-sentences/stsa.binary.dev").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError as error:
        pytest.skip(str(error))
    assert sum(detect_language(line) == "zh" for line in chinese) >= 0.995 * len(chinese)
    assert all(detect_language(line) == "en" for line in english)


def test_stop_words():
    pytest.importorskip("spacy")
    assert {"the", "and", "not"} <= stop_words("en")
    assert {"的", "了"} <= stop_words("zh")
    with pytest.raises(ValueError, match="must be one of 'en', 'zh'. Got 'xx' instead"):
        stop_words("xx")


@pytest.mark.smoke
def test_stems_are_those_of_the_papers():
    pytest.importorskip("nltk")
    # Examples of Porter (1980), and of the Snowball page on the English and German stemmers.
    assert stem(["caresses", "ponies", "relational", "hopping"], "porter") == [
        "caress",
        "poni",
        "relat",
        "hop",
    ]
    assert stem(["generously", "consignment", "knightly"]) == ["generous", "consign", "knight"]
    assert stem(["aufeinanderfolgenden"], "de") == ["aufeinanderfolg"]
    with pytest.raises(ValueError, match="The language parameter of stem must be one of"):
        stem(["好"], "zh")
    with pytest.raises(TypeError, match="one str"):
        stem("running")
    with pytest.raises(TypeError, match=r"Token 1 of stem must be a str. Got 5 \(int\)"):
        stem(["a", 5])


def test_lemmas():
    pytest.importorskip("spacy_lookups_data")
    lemmatize = Lemmatizer()
    assert lemmatize(["mice", "Mice", "were", "xyzzy", ""]) == ["mouse", "mouse", "be", "xyzzy", ""]
    assert pickle.loads(pickle.dumps(lemmatize))(["mice"]) == ["mouse"]
    assert Lemmatizer("de")(["Häuser"]) == ["Haus"]
    for language in ("zh", "xx", "nowhere"):
        with pytest.raises(ValueError, match="must be a language with a table of lemmas"):
            Lemmatizer(language)


@pytest.mark.smoke
def test_lemmas_are_those_of_spacys_own_component():
    pytest.importorskip("spacy_lookups_data")
    spacy = pytest.importorskip("spacy")
    nlp = spacy.blank("en")
    nlp.add_pipe("lemmatizer", config={"mode": "lookup"})
    nlp.initialize()
    words = ["the", "children", "were", "reading", "better", "books", "about", "geese"]
    assert Lemmatizer()(words) == [token.lemma_ for token in nlp(" ".join(words))]


@pytest.mark.smoke
def test_tags_of_a_spacy_pipeline():
    spacy = pytest.importorskip("spacy")
    nlp = spacy.blank("en")
    with pytest.raises(ValueError, match=r"sets no tags: its components are \[\]"):
        pos_tags([["cats"]], nlp)
    ruler = nlp.add_pipe("attribute_ruler")
    ruler.add([[{"LOWER": "cats"}]], {"POS": "NOUN"})
    ruler.add([[{"LOWER": "sleep"}]], {"POS": "VERB"})
    assert pos_tags([["Cats", "sleep"], [], ["sleep"]], nlp) == [["NOUN", "VERB"], [], ["VERB"]]
    assert pos_tags([], nlp) == []


def test_tags_of_a_tagger():
    upper = SimpleNamespace(predict=lambda X: np.array([[word.upper() for word in row] for row in X], object))
    assert pos_tags([("a", "b"), ["c", "d"]], upper) == [["A", "B"], ["C", "D"]]
    with pytest.raises(ValueError, match="one tag for each token"):
        pos_tags([["a"]], SimpleNamespace(predict=lambda X: [["X", "Y"]]))
    with pytest.raises(TypeError, match="Got 3 instead"):
        pos_tags([["a"]], 3)
    with pytest.raises(TypeError, match="one str"):
        pos_tags(["a b"], upper)


def test_missing_libraries_are_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "spacy_lookups_data", None)
    with pytest.raises(ImportError, match=r'Lemmatizer needs.*pip install "wordvec\[nlp\]"'):
        Lemmatizer()
