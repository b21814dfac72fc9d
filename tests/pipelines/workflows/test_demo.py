"""The parts of the demo: a tagger and a classifier."""

import pytest
from sklearn.model_selection import StratifiedKFold
from wordvec_data import sample_path

from wordvec.pipelines.classification.classifier import TextClassifier
from wordvec.pipelines.datasets.loading import load_dataset
from wordvec.pipelines.tagging import CRFTagger, read_conll
from wordvec.pipelines.workflows.demo import EXAMPLE, TAGGED_SAMPLE, run_classification_demo, run_tagging_demo


@pytest.mark.slow
def test_demo_of_classification(tmp_path):
    pytest.importorskip("gensim")
    out = tmp_path / "c.safetensors"
    demo = run_classification_demo(out)
    data = load_dataset("rt-polarity-sample", "all")
    assert (demo.n_texts, demo.n_folds) == (200, 4)
    loaded = TextClassifier.load(out)
    assert demo.explanation == loaded.explain(EXAMPLE).format()
    assert loaded.kind == "sentiment" and loaded.score(data.texts, data.labels) > 0.95
    n_right = 0
    for train, test in StratifiedKFold(4, shuffle=True, random_state=1).split(data.texts, data.labels):
        model = TextClassifier("sentiment", verbose=False)
        model.fit([data.texts[row] for row in train], [data.labels[row] for row in train])
        n_right += sum(model.predict([data.texts[row] for row in test]) == [data.labels[row] for row in test])
    assert demo.accuracy == pytest.approx(n_right / 200)
    # Twelve other divisions into folds gave 0.505 to 0.62.
    assert 0.5 < demo.accuracy < 0.7
    assert demo.error == pytest.approx((demo.accuracy * (1 - demo.accuracy) / 200) ** 0.5)


def test_demo_of_tagging(tmp_path):
    out = tmp_path / "t.safetensors"
    demo = run_tagging_demo(out)
    corpus = read_conll(sample_path(TAGGED_SAMPLE))
    loaded = CRFTagger.load(out)
    assert demo.f1 == loaded.score(corpus.tokens[-10:], corpus.tags[-10:]) >= 0.85
    assert demo.n_sentences == 34 and len(demo.examples) == 3 and out.exists()
    assert demo.examples[0] == "Mrs. Gretel Fenlow[PER] works at Brightwater Hospital[ORG] ."
