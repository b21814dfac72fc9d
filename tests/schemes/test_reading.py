"""How tags are read that models learn from: illegal steps are counted and told, many of them or a mixture respelled."""

import random
import re

import naive_tagging as naive
import pytest
from hypothesis import given, strategies as st

from wordvec.pipelines import CRFTagger, entity_scores
from wordvec.pipelines.datasets import read_tagged
from wordvec.pipelines.tagging import convert_tags, spans_to_tags
from wordvec.schemes import detect_scheme, read_tags, tags_to_spans
from wordvec.schemes.prefixes import SCHEMES

WORDS = [
    ["Anna", "Berg", "left", "Oslo"],
    ["Ola", "saw", "Anna", "Marie", "Berg", "today"],
    ["Kari", "Berg", "Oslo"],
    ["nobody", "came"],
]
SPANS = [
    [("PER", 0, 2), ("LOC", 3, 4)],
    [("PER", 0, 1), ("PER", 2, 5)],
    [("PER", 0, 1), ("PER", 1, 2), ("LOC", 2, 3)],
    [],
]
# Schemes whose spans of one token, or of several, look like those of another: letters of the four places in a span.
UNNAMED = {
    "single E": "BIEE",
    "B, M": "BMMB",
    "no U": "BILB",
    "no L": "BIIU",
    "W for S": "BIEW",
    "M, L": "BMLS",
}


def spelled(scheme):
    return [spans_to_tags(spans, len(words), scheme) for words, spans in zip(WORDS, SPANS)]


def spelled_by_hand(begin, inside, end, single):
    rows = [["O"] * len(words) for words in WORDS]
    for row, spans in zip(rows, SPANS):
        for kind, start, stop in spans:
            letters = single if stop - start == 1 else [begin, *[inside] * (stop - start - 2), end]
            row[start:stop] = [f"{letter}-{kind}" for letter in letters]
    return rows


def where(sentence, token):
    return f"{sentence}/{token}"


@pytest.mark.parametrize("scheme", SCHEMES)
def test_legal_tags_are_taken_as_they_are(scheme):
    tags = spelled(scheme)
    reading = read_tags(tags)
    assert reading.scheme == detect_scheme(tags) == scheme
    assert reading.tags == tags and not reading.problems(where)


@pytest.mark.parametrize("letters", UNNAMED.values(), ids=UNNAMED)
def test_tags_of_no_scheme_are_read_by_their_spans(letters):
    tags = spelled_by_hand(*letters)
    reading = read_tags(tags)
    assert [tags_to_spans(row) for row in reading.tags] == SPANS
    assert all(naive.is_legal(row, reading.scheme) for row in reading.tags)
    assert reading.is_respelled or reading.strays
    assert re.match(r"\d+ (steps?|tags?) |The tags are of several", reading.problems(where)[0])


@given(st.sampled_from(sorted(naive.SPAN_PATTERNS)), st.data())
def test_illegal_steps_are_counted(scheme, data):
    tag = st.sampled_from([f"{letter}-X" for letter in naive.LETTERS[scheme]] + ["O", "O"])
    tags = data.draw(st.lists(st.lists(tag, max_size=6), min_size=1, max_size=3))
    reading = read_tags(tags, scheme, respell=False)
    # Whether a step may be follows from the two tags alone: try all that may stand around them.
    count = 0
    for row in filter(None, tags):
        for before, after in zip([None, *row], [*row, None]):
            count += not may_follow(before, after, scheme)
    assert reading.n_illegal == count and (count > 0) == bool(reading.problems(where))
    assert reading.tags == tags


def may_follow(before, after, scheme):
    middle = [tag for tag in (before, after) if tag is not None]
    inner = [[], *([f"{letter}-X"] for letter in naive.LETTERS[scheme])]
    starts = inner if before is not None else [[]]
    ends = inner if after is not None else [[]]
    return any(naive.is_legal([*first, *middle, *last], scheme) for first in starts for last in ends)


@pytest.mark.parametrize(
    ("tags", "scheme", "message"),
    [
        ([["B-X", "I-X"]] * 60 + [["O", "I-X"]], "IOB2", "60/1: 'I-X' after 'O'"),
        ([["B-X", "E-X", "S-X"]] * 60 + [["O", "B-X"]], "BIOES", "60/1: 'B-X' at the end"),
        ([["B-X", "I-X", "S-X"]] * 60 + [["I-X"]], "BIOS", "60/0: 'I-X' at the beginning"),
        ([["I-X", "E-X", "E-Y"]] * 60 + [["I-X", "O"]], "IOE2", "60/1: 'O' after 'I-X'"),
    ],
)  # fmt: skip
def test_a_few_illegal_steps_are_errors(tags, scheme, message):
    reading = read_tags(tags)
    assert (reading.scheme, reading.tags, reading.n_illegal) == (scheme, tags, 1)
    [problem] = reading.problems(where)
    assert re.search(f"1 step from tag to tag not legal in {scheme}.* {message}. The tags stay", problem)


@pytest.mark.parametrize("pair", [("IOB2", "BILOU"), ("BMES", "BIOES"), ("IOB2", "BMEWO"), ("IOE2", "IOB2")])
def test_a_mixture_is_read_by_its_spans(pair):
    tags = [row for scheme in pair for row in spelled(scheme)] * 3
    random.Random(1).shuffle(tags)
    reading = read_tags(tags)
    assert [tags_to_spans(row) for row in reading.tags] == [tags_to_spans(row) for row in tags]
    assert all(naive.is_legal(row, reading.scheme) for row in reading.tags) and reading.problems(where)


@pytest.mark.parametrize(
    "tags", [[["NN", "VB"]], [["B", "S"], ["S", "B"]], [["B-X", "NN", "VB", "IN"]], [[]], []]
)
def test_other_tags_have_no_scheme(tags):
    reading = read_tags(tags)
    assert reading.scheme is None and reading.tags == tags and not reading.problems(where)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_tagger_learns_every_scheme(scheme, recwarn):
    tags = spelled(scheme)
    tagger = CRFTagger(c2=0.01, verbose=False).fit(WORDS * 3, tags * 3)
    assert tagger.scheme_ == scheme and not recwarn.list
    assert tagger.predict(WORDS) == tags and tagger.score(WORDS, tags) == 1
    assert tagger.score(WORDS, convert_tags(tags, "IOB2")) == 1
    assert CRFTagger(scheme=scheme, max_iter=2, verbose=False).fit(WORDS, tags).scheme_ == scheme


@pytest.mark.parametrize("letters", UNNAMED.values(), ids=UNNAMED)
def test_a_tagger_learns_tags_of_no_scheme(letters):
    tags = spelled_by_hand(*letters)
    with pytest.warns(UserWarning, match=r"of y: .*None to learn them as they are"):
        tagger = CRFTagger(c2=0.01, verbose=False).fit(WORDS * 3, tags * 3)
    predicted = tagger.predict(WORDS)
    assert [tags_to_spans(row) for row in predicted] == SPANS and tagger.score(WORDS, tags) == 1
    assert entity_scores(tags, predicted).micro.f1 == 1
    free = CRFTagger(c2=0.01, scheme=None, verbose=False).fit(WORDS * 3, tags * 3)
    assert free.scheme_ is None and free.predict(WORDS) == tags


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(
    "name",
    [
        "resume-ner/dev.char.bmes",
        "weibo-ner/weiboNER_2nd_conll.dev",
        "conll2003-en/eng.testa",
        "cluener2020/dev.json",
    ],
)
def test_real_entities_are_the_same_in_every_scheme(data_path, name, scheme):
    _, tags = read_tagged(data_path(name))
    respelled = convert_tags(tags, scheme)
    assert [tags_to_spans(row) for row in respelled] == [tags_to_spans(row) for row in tags]
    reading = read_tags(respelled)
    assert reading.tags == respelled and not reading.problems(where)
    # CLUENER2020 has no entity of one character, and is spelled alike in BIEO and BIOES.
    assert reading.scheme == scheme or convert_tags(tags, reading.scheme) == respelled
    if scheme in naive.SPAN_PATTERNS:
        for row in respelled[::20]:
            assert naive.is_legal(row, scheme)
