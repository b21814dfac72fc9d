"""NGramLM against dictionaries, NLTK and the axioms of probability."""

import math

import numpy as np
import pytest
from naive_ngram_lm import BEGIN, NaiveKneserNey

from wordvec.text.corpus import EncodedCorpus
from wordvec.transformer.models.ngram_lm import NGramLM


def sentences(seed, n=300, vocab_size=40):
    """Sentences in which the next word depends on the last two, all counts of counts above 0."""
    rng = np.random.default_rng(seed)
    texts = []
    for _ in range(n):
        words = [int(rng.integers(vocab_size))]
        for _ in range(int(rng.integers(0, 12))):
            words.append(int((words[-1] * 3 + sum(words[-2:]) + rng.geometric(0.5)) % vocab_size))
        texts.append(words)
    return texts


@pytest.mark.parametrize("discount", [None, 0.75])
@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_probabilities_are_those_of_the_dictionary_version(order, discount):
    train, held_out = sentences(1), sentences(2, n=40, vocab_size=45)
    model = NGramLM(order, vocab_size=45, discount=discount).fit(train)
    naive = NaiveKneserNey(train, order, 45, discount)
    np.testing.assert_allclose(model.discounts_, [naive.discounts[n] for n in range(1, order + 1)])
    for words in held_out + train[:20]:
        padded = (BEGIN, *words)
        expected = [
            math.log(naive.probability(padded[end], padded[max(0, end - order + 1) : end]))
            for end in range(1, len(padded))
        ]
        np.testing.assert_allclose(model.log_probabilities(words), expected, rtol=1e-10)


def test_estimated_discounts_differ_from_the_fallback():
    model = NGramLM(3).fit(sentences(1))
    assert not np.isclose(model.discounts_[1:], [0.5, 1.0, 1.5]).any()
    assert (model.discounts_[1:] > 0).all()


@pytest.mark.smoke
@pytest.mark.parametrize("context", [[], [7], [7, 21], [44, 3], [44, 44]])
def test_probabilities_sum_to_one(context):
    model = NGramLM(3, vocab_size=45).fit(sentences(1))
    after = [model.log_probabilities([*context, word])[-1] for word in range(45)]
    assert np.exp(after).sum() == pytest.approx(1.0, abs=1e-12)


def test_higher_orders_are_those_of_nltk():
    nltk_lm = pytest.importorskip("nltk.lm")
    order, discount, vocab_size = 3, 0.6, 40
    train = sentences(3)
    # NLTK would predict its begin symbols too, so it is given the n-grams that end in a word.
    grams = [
        [padded[end - n : end] for end in range(2, len(padded) + 1) for n in range(1, min(order, end) + 1)]
        for padded in ((BEGIN, *map(str, words)) for words in train)
    ]
    theirs = nltk_lm.KneserNeyInterpolated(order, discount=discount)
    theirs.fit(grams, [*map(str, range(vocab_size)), BEGIN])
    naive = NaiveKneserNey(train, order, vocab_size, discount)
    # NLTK gives unseen single words 0; the lowest order here reaches down to the uniform distribution.
    theirs.estimator.unigram_score = lambda word: naive.probability(int(word), ())
    model = NGramLM(order, vocab_size, discount).fit(train)
    n_compared = 0
    for words in sentences(4, n=6):
        ours = np.exp(model.log_probabilities(words))
        for end in range(2, len(words)):  # contexts without the begin symbol, which NLTK counts otherwise
            context = [str(word) for word in words[end - 2 : end]]
            # NLTK has no back-off for contexts that it never saw.
            if theirs.counts[context]:
                assert ours[end] == pytest.approx(theirs.score(str(words[end]), context), rel=1e-9)
                n_compared += 1
    assert n_compared > 10


def test_a_text_by_hand():
    # 0 1 0 1 with one discount of 1/2. Bigrams: <s>0 once, 01 twice, 10 once. Single tokens follow: 0 two
    # contexts, 1 one context. P(1) = (1 - .5)/3 + (1/3)(1/2) = 1/3; P(1|0) = (2 - .5)/2 + (.5/2)(1/3).
    model = NGramLM(2, discount=0.5).fit([0, 1, 0, 1])
    assert np.exp(model.log_probabilities([0, 1])[1]) == pytest.approx(0.75 + 0.25 / 3)
    assert model.vocab_size_ == 2
    assert model.n_ngrams_ == [3, 3]


@pytest.mark.smoke
def test_perplexity_is_over_all_tokens():
    model = NGramLM(3).fit(sentences(1))
    held_out = sentences(2)
    logs = np.concatenate([model.log_probabilities(words) for words in held_out])
    assert model.perplexity(held_out) == pytest.approx(math.exp(-logs.mean()))
    # A model that knows nothing is as perplexed as its vocabulary is large.
    assert NGramLM(1, vocab_size=1000).fit([np.arange(1000)]).perplexity([[5, 6]]) == pytest.approx(1000)


def test_forms_of_input_agree():
    train = sentences(1)
    joined = np.concatenate(train)
    starts = np.cumsum([0, *map(len, train)])
    model = NGramLM(3).fit(train)
    corpus = EncodedCorpus(joined.astype(np.int32), starts, len(joined))
    for other in (
        NGramLM(3).fit(corpus),
        NGramLM(3).fit([np.array(words, np.uint16) for words in train]),
        NGramLM(3).fit(tuple(words) for words in train),
    ):
        assert np.array_equal(other.log_probabilities(joined), model.log_probabilities(joined))
    one = NGramLM(3).fit(joined.astype(np.uint16))
    assert np.array_equal(one.log_probabilities(joined), NGramLM(3).fit([joined]).log_probabilities(joined))
    assert model.perplexity(corpus) == model.perplexity(train)


def test_empty_sequences_change_nothing():
    with_empty = NGramLM(3).fit([[], *sentences(1), []])
    words = sentences(2)[0]
    assert np.array_equal(
        with_empty.log_probabilities(words), NGramLM(3).fit(sentences(1)).log_probabilities(words)
    )
    assert with_empty.log_probabilities([]).shape == (0,)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: NGramLM(0).fit([[1]]), ValueError, "order parameter of NGramLM"),
        (lambda: NGramLM("3").fit([[1]]), TypeError, "order parameter of NGramLM"),
        (lambda: NGramLM(discount=0).fit([[1]]), ValueError, "discount parameter of NGramLM"),
        (lambda: NGramLM(vocab_size=0).fit([[1]]), ValueError, "vocab_size parameter of NGramLM"),
        (lambda: NGramLM(vocab_size=4).fit([[1, 4]]), ValueError, "run from 0 to 3. Got 4"),
        (lambda: NGramLM().fit([]), ValueError, "at least one token"),
        (lambda: NGramLM().fit([[]]), ValueError, "at least one token"),
        (lambda: NGramLM().fit("a text"), TypeError, "needs token ids"),
        (lambda: NGramLM().fit(["a", "b"]), TypeError, "Encode text with a tokenizer"),
        (lambda: NGramLM().fit(5), TypeError, "needs token ids"),
        (lambda: NGramLM().fit([[0.5, 1.0]]), TypeError, r"sequences\[0\] of NGramLM"),
        (lambda: NGramLM().fit([[0], [-1]]), ValueError, r"sequences\[1\].*at least 0. Got -1"),
        (lambda: NGramLM().fit([[1]]).log_probabilities([2]), ValueError, "from 0 to 1. Got 2"),
        (lambda: NGramLM().fit([[1]]).perplexity([]), ValueError, "at least one token"),
        (lambda: NGramLM().log_probabilities([2]), ValueError, "not fitted"),
    ],
)  # fmt: skip
def test_bad_input(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize(("order", "sequences"), [(5, [[1], [2]]), (3, [0]), (4, [[1, 2]])])
def test_an_order_that_no_sequence_reaches_changes_nothing(order, sequences):
    reached = max(np.size(sequence) for sequence in sequences) + 1
    long, short = (NGramLM(n, 4, discount=0.5).fit(sequences) for n in (order, reached))
    for text in ([1, 2], [0], [3, 1, 2, 0]):
        np.testing.assert_array_equal(long.log_probabilities(text), short.log_probabilities(text))


def test_ids_of_a_vocabulary_that_cannot_be():
    with pytest.raises(ValueError, match=r"may go up to 134,217,727. Got 1,099,511,627,776"):
        NGramLM(2).fit([1, 2**40])
