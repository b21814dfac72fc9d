"""Tagging schemes: conversions both ways, and readings equal to seqeval."""

import itertools
import random
import warnings

import naive_tagging as naive
import numpy as np
import pytest
from hypothesis import example, given, strategies as st

from wordvec.schemes.conversion import convert_tags
from wordvec.schemes.detection import detect_scheme
from wordvec.schemes.prefixes import SCHEMES
from wordvec.schemes.spans import spans_to_tags, tags_to_spans
from wordvec.schemes.transitions import allowed_transitions, validate_tags

PEOPLE = {
    "IOB1": ["I-PER", "I-PER", "B-PER", "O", "I-LOC"],
    "IOB2": ["B-PER", "I-PER", "B-PER", "O", "B-LOC"],
    "IOE1": ["I-PER", "E-PER", "I-PER", "O", "I-LOC"],
    "IOE2": ["I-PER", "E-PER", "E-PER", "O", "E-LOC"],
    "BIOES": ["B-PER", "E-PER", "S-PER", "O", "S-LOC"],
    "BMES": ["B-PER", "E-PER", "S-PER", "O", "S-LOC"],
    "BILOU": ["B-PER", "L-PER", "U-PER", "O", "U-LOC"],
    "BMEWO": ["B-PER", "E-PER", "W-PER", "O", "W-LOC"],
    "BIOS": ["B-PER", "I-PER", "S-PER", "O", "S-LOC"],
    "BMS": ["B-PER", "M-PER", "S-PER", "O", "S-LOC"],
    "BIEO": ["B-PER", "E-PER", "B-PER", "O", "B-LOC"],
    "BMEO": ["B-PER", "E-PER", "B-PER", "O", "B-LOC"],
}
SPANS = [("PER", 0, 2), ("PER", 2, 3), ("LOC", 4, 5)]


@pytest.fixture(scope="module")
def seqeval():
    """Import it outside of the examples, whose time hypothesis watches."""
    pytest.importorskip("seqeval.metrics")
    import seqeval

    return seqeval


any_scheme = st.sampled_from(SCHEMES)


@st.composite
def sentences(draw, types=("X", "Y-1", "_")):
    """Spans that do not overlap, in order, and the length of their sentence."""
    spans, place = [], 0
    for _ in range(draw(st.integers(0, 5))):
        start = place + draw(st.integers(0, 2))
        place = start + draw(st.integers(1, 4))
        spans.append((draw(st.sampled_from(types)), start, place))
    return spans, place + draw(st.integers(0, 2))


def labels_of(scheme, types=("X", "Y")):
    return ["O", *(f"{letter}-{kind}" for letter in naive.LETTERS[scheme] for kind in types)]


def random_tags(scheme, types=("X", "Y-Z")):
    return st.lists(st.sampled_from(labels_of(scheme, types)), max_size=9)


@pytest.mark.smoke
@pytest.mark.parametrize("scheme", SCHEMES)
def test_one_sentence_in_every_scheme(scheme):
    assert spans_to_tags(SPANS, 5, scheme) == PEOPLE[scheme]
    for strict in (False, True):
        assert tags_to_spans(PEOPLE[scheme], scheme, strict=strict) == SPANS
    for other in SCHEMES:
        assert convert_tags([PEOPLE[scheme]], other, scheme) == [PEOPLE[other]]


def test_segmentation_tags():
    assert tags_to_spans(list("BMMESBE"), "BMES") == [("_", 0, 4), ("_", 4, 5), ("_", 5, 7)]
    assert spans_to_tags([("_", 0, 3), ("_", 3, 4)], 4, "BMES") == list("BMES")
    assert detect_scheme([list("BES"), list("SS")]) == "BMES"


@example(([("_", 0, 1), ("_", 1, 2)], 2), "IOE1", random.Random(1))
@given(sentences(), any_scheme, st.randoms())
def test_spans_to_tags_to_spans(sentence, scheme, shuffler):
    spans, n_tokens = sentence
    shuffled = list(spans)
    shuffler.shuffle(shuffled)
    tags = spans_to_tags(shuffled, n_tokens, scheme)
    assert len(tags) == n_tokens
    assert naive.is_legal(tags, scheme)
    validate_tags([tags], scheme)
    assert (
        tags_to_spans(tags, scheme)
        == tags_to_spans(tags, scheme, strict=True)
        == tags_to_spans(tags)
        == spans
    )


@given(st.lists(sentences(), max_size=4), any_scheme, any_scheme)
def test_conversion_between_all_schemes(many, source, to):
    tags, want = ([spans_to_tags(*sentence, scheme) for sentence in many] for scheme in (source, to))
    assert convert_tags(tags, to, source) == convert_tags(tags, to) == want


@pytest.mark.smoke
@pytest.mark.parametrize("scheme", SCHEMES)
def test_legality_equals_the_rules_written_out(scheme):
    labels = labels_of(scheme)
    start, steps, end = allowed_transitions(labels, scheme)
    assert (start.dtype, steps.dtype, end.dtype) == (bool, bool, bool)
    for length in (1, 2, 3):
        for path in itertools.product(range(len(labels)), repeat=length):
            tags = [labels[k] for k in path]
            want = naive.is_legal(tags, scheme)
            inner = all(steps[a, b] for a, b in itertools.pairwise(path))
            assert (start[path[0]] and inner and end[path[-1]]) == want, tags
            assert _is_valid(tags, scheme) == want, tags


def _is_valid(tags, scheme):
    try:
        validate_tags([tags], scheme)
    except ValueError:
        return False
    return True


def test_no_scheme_allows_everything():
    start, steps, end = allowed_transitions(["NN", "VB"], None)
    assert start.all() and steps.all() and end.all()
    assert steps.shape == (2, 2)


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["IOB1", "IOB2", "IOE1", "IOE2", "BIOES", "BIOS", "BIEO"])
@given(data=st.data())
def test_lenient_reading_equals_seqeval(seqeval, scheme, data):
    get_entities = seqeval.metrics.sequence_labeling.get_entities
    tags = data.draw(random_tags(scheme))
    want = [(kind, start, last + 1) for kind, start, last in get_entities(tags)]
    assert tags_to_spans(tags, scheme) == tags_to_spans(tags) == want


@given(st.lists(st.sampled_from(["B", "I", "E", "S", "O", "B-X"]), max_size=9))
def test_lenient_reading_of_bare_letters_equals_seqeval(seqeval, tags):
    get_entities = seqeval.metrics.sequence_labeling.get_entities
    assert tags_to_spans(tags) == [(kind, start, last + 1) for kind, start, last in get_entities(tags)]


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["IOB1", "IOB2", "IOE2", "BIOES", "BILOU"])
@given(data=st.data())
def test_strict_reading_equals_seqeval(seqeval, scheme, data):
    tags = data.draw(random_tags(scheme))
    theirs = getattr(seqeval.scheme, "IOBES" if scheme == "BIOES" else scheme)
    want = [(entity.tag, entity.start, entity.end) for entity in seqeval.scheme.Tokens(tags, theirs).entities]
    assert tags_to_spans(tags, scheme, strict=True) == want


@pytest.mark.parametrize(
    ("scheme", "letters", "model"),
    [
        ("BMES", "BMES", "BIOES"),
        ("BILOU", "BILU", "BIOES"),
        ("BMEWO", "BMEW", "BIOES"),
        ("BMS", "BMES", "BIOS"),
        ("BMEO", "BMES", "BIEO"),
    ],
)
@given(data=st.data(), strict=st.booleans())
def test_a_scheme_that_is_another_with_other_letters(scheme, letters, model, data, strict):
    tags = data.draw(random_tags(model))
    renamed = [tag if tag == "O" else letters["BIES".index(tag[0])] + tag[1:] for tag in tags]
    assert tags_to_spans(renamed, scheme, strict=strict) == tags_to_spans(tags, model, strict=strict)


@pytest.mark.parametrize("scheme", sorted(naive.SPAN_PATTERNS))
@given(data=st.data())
def test_strict_reading_keeps_the_spans_of_the_pattern(scheme, data):
    tags = data.draw(random_tags(scheme))
    want = [
        span
        for span in tags_to_spans(tags, scheme)
        if naive.is_span("".join(tag[0] for tag in tags[span[1] : span[2]]), scheme)
    ]
    assert tags_to_spans(tags, scheme, strict=True) == want


@given(random_tags("IOE1"))
def test_ioe1_is_iob1_from_the_other_end(tags):
    mirrored = [tag.replace("E-", "B-") for tag in reversed(tags)]
    turned = [
        (kind, len(tags) - end, len(tags) - start)
        for kind, start, end in reversed(tags_to_spans(mirrored, "IOB1", strict=True))
    ]
    assert tags_to_spans(tags, "IOE1", strict=True) == turned


@given(st.lists(sentences(("X", "Y")), min_size=1, max_size=3), any_scheme)
def test_detected_scheme_reads_the_same_spans(many, scheme):
    tags = [spans_to_tags(*sentence, scheme) for sentence in many]
    found = detect_scheme(tags)
    if not any(map(len, tags)):
        assert found is None
        return
    validate_tags(tags, found)
    if any(spans for spans, _ in many) and scheme in ("IOB1", "IOB2", "IOE2"):
        assert found == scheme
    assert [tags_to_spans(sentence, found) for sentence in tags] == [spans for spans, _ in many]


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("tags", "scheme"),
    [
        ([["B-X", "I-X"], ["O"]], "IOB2"),
        ([["I-X", "B-X"], ["O"]], "IOB1"),
        ([["O", "O"]], "IOB2"),
        ([["B-X", "I-X"]] * 5 + [["O", "I-X"]], "IOB2"),  # one error, as real data has them
        ([["I-X", "I-X"]] * 5 + [["B-X", "I-X"]], "IOB1"),
        ([["B-X", "E-X", "S-Y"]], "BIOES"),
        ([["S-X", "O"]], "BIOES"),
        ([["B-X", "M-X", "E-X"]], "BMES"),
        ([["S", "B", "E"]], "BMES"),
        ([["U-X", "O"]], "BILOU"),
        ([["B-X", "L-X"]], "BILOU"),
        ([["I-X", "E-X", "I-X", "O", "I-X"]], "IOE1"),
        ([["I-X", "E-X", "E-X", "O"]], "IOE2"),
        ([["E-X", "O"]], "IOE2"),
        ([["I-X", "I-X", "O"]], "IOB1"),  # legal in IOE1, too
        ([["B-X", "I-X", "O", "S-X"]], "BIOS"),
        ([["B-X", "I-X"]] * 12 + [["S-X"]], "BIOS"),
        ([["B-X", "M-X", "O", "S-X"]], "BMS"),
        ([list("BMMSSBM")], "BMS"),
        ([["B-X", "I-X", "E-X", "O", "B-X"]], "BIEO"),
        ([["B-X", "I-X", "E-X", "O"]], "BIOES"),  # legal in BIEO, too
        ([["B-X", "M-X", "E-X", "O", "B-X"]], "BMEO"),
        ([["B-X", "M-X", "E-X", "O", "W-X"]], "BMEWO"),
        ([["NN", "VB", "O"]], None),
        ([["E", "E"]], None),
        ([["B", "S"], ["S", "B"]], None),  # names of anything: not legal in any scheme
        ([["I-X", "M-X"]], None),
        ([["B-"]], None),
        ([["O-X"]], None),
        ([[1, 2]], None),
        ([[]], None),
        ([], None),
    ],
)
def test_detect_scheme(tags, scheme):
    assert detect_scheme(tags) == scheme
    assert detect_scheme(tuple(sentence) for sentence in tags) == scheme
    assert detect_scheme([np.array(sentence, dtype=object) for sentence in tags]) == scheme


def test_detection_does_not_depend_on_order():
    tags = [PEOPLE["IOB2"]] * 3 + [["I-PER"], ["O", "I-LOC"]]
    for seed in range(5):
        assert detect_scheme(random.Random(seed).sample(tags, len(tags))) == "IOB2"


def test_convert_repairs_illegal_steps():
    assert convert_tags([["O", "I-X", "I-Y"], []], "IOB2", "IOB2") == [["O", "B-X", "B-Y"], []]


@pytest.mark.parametrize(
    ("tags", "scheme", "message"),
    [
        ([["O"], ["O", "I-X"]], "IOB2", r"tag_sequences\[1\]\[1\] is 'I-X', which cannot follow 'O' in IOB2"),
        ([["B-X"]], "IOB1", r"tag_sequences\[0\]\[0\] is 'B-X', which cannot begin a sentence in IOB1"),
        ([["O", "B-X"]], "BIOES", r"tag_sequences\[0\]\[1\] is 'B-X', which cannot end a sentence in BIOES"),
        ([["O", "M-X"]], "BIOES", r"tag_sequences\[0\]\[1\] must be a tag of BIOES.*'M-X'"),
        ([["O", None]], "BIOES", r"tag_sequences\[0\]\[1\] must be a tag of BIOES.*None"),
        ([["O"]], "BIO", r"scheme parameter of validate_tags must be one of 'IOB1'.*'BIO'"),
    ],
)
def test_validate_names_the_first_illegal_step(tags, scheme, message):
    with pytest.raises(ValueError, match=message):
        validate_tags(tags, scheme)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: spans_to_tags([("X", 0, 2), ("Y", 1, 3)], 3, "IOB2"), ValueError, "overlap"),
        (lambda: spans_to_tags([("X", 0, 4)], 3, "IOB2"), ValueError, "0 <= start < end <= 3"),
        (lambda: spans_to_tags([("X", -1, 1)], 3, "IOB2"), ValueError, "0 <= start"),
        (lambda: spans_to_tags([("X", 1, 1)], 3, "IOB2"), ValueError, "0 <= start"),
        (lambda: spans_to_tags([("X", 0.5, 1)], 3, "IOB2"), TypeError, "integer ends"),
        (lambda: spans_to_tags([("", 0, 1)], 3, "IOB2"), TypeError, "type of a span"),
        (lambda: spans_to_tags([5], 3, "IOB2"), TypeError, "must be"),
        (lambda: tags_to_spans("BIO", "IOB2"), TypeError, "every character"),
        (lambda: tags_to_spans(["NN"]), ValueError, r"tags\[0\] must be a tag of any of IOB1.*'NN'"),
        (lambda: tags_to_spans(["O"], strict=True), ValueError, "scheme parameter of tags_to_spans"),
        (lambda: convert_tags(["B-X", "O"], "IOB2"), TypeError, r"tag_sequences\[0\] is a str"),
        (lambda: convert_tags("BIO", "IOB2"), TypeError, "tag_sequences is a str"),
        (lambda: detect_scheme(["B-X"]), TypeError, "is a str"),
        (lambda: convert_tags([["M-X"]], "IOB2", "BIOES"), ValueError, "must be a tag of BIOES"),
        (lambda: convert_tags([["B-X"]], "iob2"), ValueError, "to parameter of convert_tags"),
        (lambda: allowed_transitions(["O", "NN"], "IOB2"), ValueError, r"labels\[1\]"),
    ],
)
def test_bad_input(call, error, message):
    with warnings.catch_warnings(), pytest.raises(error, match=message):
        warnings.simplefilter("error")
        call()
