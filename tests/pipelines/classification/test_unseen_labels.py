"""Labels of test texts that training never saw: errors that are named, or refused."""

import json

import numpy as np
import pytest
from sklearn import metrics

from wordvec._utils.assumptions import collected_assumptions
from wordvec.pipelines.classification.labels import look_up_targets
from wordvec.pipelines.classification.unseen import as_learned, find_targets
from wordvec.pipelines.workflows import evaluate_classifier, train_classifier

from .test_label_tables import Frame
from .trained import LABELS, MANY, MANY_TEXTS, SETS, TAGGED, TEXTS, train

NEW = ["a strange tale of a lighthouse", "the ferry is late", "good soup", "bad weather"]


@pytest.fixture(scope="module")
def two():
    return train(TEXTS, LABELS)


@pytest.fixture(scope="module")
def many():
    return train(MANY_TEXTS, MANY)


@pytest.mark.parametrize("kind", [list, np.array])
def test_figures_are_those_of_scikit_learn(two, many, kind):
    for model, texts, labels in ((two, TEXTS, LABELS), (many, MANY_TEXTS, MANY)):
        X, y = texts[:20] + NEW, [*labels[:20], "soup", "boat", "boat", "soup"]
        report = model.evaluate(X, kind(y))
        predicted = model.predict(X).tolist()
        union = [*model.classes_.tolist(), "boat", "soup"]
        assert report.classes == union
        assert report.accuracy == model.score(X, kind(y)) == metrics.accuracy_score(y, predicted)
        for average in ("macro", "micro", "weighted"):
            expected = metrics.f1_score(y, predicted, average=average, zero_division=0)
            assert report.means[average].f1 == pytest.approx(expected)
        assert (report.confusion == metrics.confusion_matrix(y, predicted, labels=union)).all()
        padded = np.pad(model.predict_proba(X), [(0, 0), (0, 2)])
        places = [union.index(label) for label in y]
        assert report.log_loss == pytest.approx(metrics.log_loss(places, padded, labels=range(len(union))))
        assert [(each.label, each.n_texts, each.row) for each in report.unseen] == [
            ("boat", 2, 21),
            ("soup", 2, 20),
        ]
        assert [(score.recall, score.support) for score in report.scores[-2:]] == [(0.0, 2), (0.0, 2)]


def test_the_report_names_them(two):
    report = two.evaluate([*TEXTS[:10], *NEW], [*LABELS[:10], *["<soup>"] * 3, "boat"])
    text = report.format()
    assert "(never in training: errors)" in text
    assert "<soup>: 3 texts, first in row 10; boat: 1 text, first in row 13" in text
    assert "over the 4 classes that occur or were predicted, 2 of them never seen in training" in text
    page = report.to_html()
    assert "&lt;soup&gt;: 3 texts, first in row 10" in page and "<soup>" not in page
    found = json.loads(json.dumps(report.to_dict()))["unseen"]
    assert found[1] == {"label": "boat", "n_texts": 1, "row": 13, "place": None}
    many = two.evaluate(TEXTS[:9], [f"new {k}" for k in range(9)])
    assert many.accuracy == 0.0 and "new 4: 1 text, first in row 4; ..." in many.format()


def test_without_them_nothing_is_said(two):
    report = two.evaluate(TEXTS, LABELS)
    assert report.unseen == [] and "never in training" not in report.format() + report.to_html()
    assert "over the" not in report.format()


def test_an_option_refuses(two):
    with pytest.raises(
        ValueError, match=r"Label 2 of TextClassifier.evaluate must be one of the classes .* 'soup'"
    ):
        two.evaluate(TEXTS[:3], [*LABELS[:2], "soup"], unseen_labels="error")
    with pytest.raises(
        ValueError, match=r"unseen_labels parameter of TextClassifier.evaluate must be one of"
    ):
        two.evaluate(TEXTS[:3], LABELS[:3], unseen_labels="ignore")


def test_labels_of_another_type_are_another_column(two):
    with pytest.raises(ValueError, match=r"must be one of the classes .* Got 1 instead"):
        two.evaluate(TEXTS[:2], [1, 0])


def test_several_labels():
    model = train(TAGGED, SETS)
    y = [[*labels, "new"] if row % 3 == 0 else labels for row, labels in enumerate(SETS)]
    report = model.evaluate(TAGGED, y)
    union = [*model.classes_.tolist(), "new"]
    truth = np.array([[label in labels for label in union] for labels in y])
    chosen = np.array([[label in labels for label in union] for labels in model.predict(TAGGED)])
    assert report.classes == union and report.confusion is None
    assert report.accuracy == model.score(TAGGED, y) == metrics.accuracy_score(truth, chosen)
    for average in ("macro", "micro"):
        expected = metrics.f1_score(truth, chosen, average=average, zero_division=0)
        assert report.means[average].f1 == pytest.approx(expected)
    assert report.log_loss == pytest.approx(
        metrics.log_loss(truth.ravel(), np.pad(model.predict_proba(TAGGED), [(0, 0), (0, 1)]).ravel())
    )
    assert [(each.label, each.n_texts) for each in report.unseen] == [("new", len(range(0, len(y), 3)))]
    # What was never learned has no threshold.
    assert report.scores[-1].threshold is None and None not in [each.threshold for each in report.scores[:-1]]
    (row,) = (line for line in report.format().splitlines() if line.startswith("new "))
    assert row.split()[-1] == "-" and "nan" not in report.to_html()
    with pytest.raises(
        ValueError, match=r"labels of text 0 of TextClassifier.evaluate must be among the classes"
    ):
        model.evaluate(TAGGED, y, unseen_labels="error")


def test_a_table_with_another_column():
    frame = Frame(odd=[1, 0, 1, 0], even=[0, 1, 0, 1])
    classes = np.array(["even", "odd"])
    wider = Frame(odd=[1, 0, 1, 0], even=[0, 1, 0, 1], new=[0, 0, 1, 0])
    targets = find_targets(wider, 4, classes, "test", is_multilabel=True)
    assert targets.classes == ["even", "odd", "new"]
    assert targets.target.astype(int).tolist() == [[0, 1, 0], [1, 0, 0], [0, 1, 1], [1, 0, 0]]
    assert [(each.label, each.n_texts, each.row) for each in targets.unseen] == [("new", 1, 2)]
    same = find_targets(frame, 4, classes, "test", is_multilabel=True)
    assert same.unseen == []
    assert (same.target == look_up_targets(frame, 4, classes, "test", is_multilabel=True)).all()


@pytest.mark.parametrize("labels", [[0, 1, 2, 5], np.array([0, 1, 2, 5]), [True, False, 2, 5]])
def test_numbers(labels):
    targets = find_targets(labels, 4, np.array([0, 1]), "test", is_multilabel=False)
    assert targets.classes == [0, 1, 2, 5] and [each.label for each in targets.unseen] == [2, 5]


def test_the_command_names_file_and_line(tmp_path):
    """Also classes that are numbers, which files spell as str."""
    from wordvec.pipelines.workflows.classifiers import evaluate_classifier, train_classifier

    train(TEXTS, [7 if label == "pos" else -1 for label in LABELS]).save(tmp_path / "model.safetensors")
    path = tmp_path / "test.csv"
    path.write_text("text,label\na good film,7\na dull film,-1\nsoup,8\n")
    report = evaluate_classifier(tmp_path / "model.safetensors", [path])
    assert [(each.label, each.n_texts) for each in report.unseen] == [(8, 1)]
    assert report.unseen[0].place.endswith("test.csv', line 4")
    with pytest.raises(ValueError, match=r"test.csv', line 4: the label '8' is none that was learned"):
        evaluate_classifier(tmp_path / "model.safetensors", [path], unseen_labels="error")
    learned = tmp_path / "train.csv"
    learned.write_text("text,label\n" + "".join(f"{text},{label}\n" for text, label in zip(TEXTS, LABELS)))
    path.write_text("text,label\na good film,pos\nsoup,soup\n")
    report = train_classifier([learned], tmp_path / "out", validation=path, verbose=False)
    assert report.validation_score == 0.5 and report.unseen[0].place.endswith("test.csv', line 3")
    assert "soup: 1 text, first in" in report.format() and report.to_dict()["unseen"][0]["label"] == "soup"


@pytest.mark.parametrize(
    ("labels", "classes", "expected", "n_assumed"),
    [
        (["1.0", "0.0", "1"], ["0", "1"], ["1", "0", "1"], 1),
        (["01", "2", "-1"], ["01", "-1.0", "x"], ["01", "2", "-1.0"], 1),
        (["1.0", "2", "x", "2.5"], [0, 1], [1, 2, "x", "2.5"], 1),
        (["1", "0"], [0.0, 1.0], [1.0, 0.0], 1),
        ([["1.0", "0"], []], ["0", "1"], [["1", "0"], []], 1),
        (["True", "False"], [False, True], [True, False], 0),
        (["nan", "inf", "pos"], ["neg", "pos"], ["nan", "inf", "pos"], 0),
    ],
)
def test_labels_of_files_that_spell_a_number_in_another_way(labels, classes, expected, n_assumed):
    with collected_assumptions() as assumed:
        assert as_learned(labels, classes) == expected
    assert len(assumed) == n_assumed


def test_a_table_with_floats_is_scored_by_a_model_of_whole_numbers(tmp_path):
    rows = [f"{text},{int(label == 'pos')}" for text, label in zip(TEXTS, LABELS)]
    (tmp_path / "train.csv").write_text("\n".join(["text,label", *rows]))
    (tmp_path / "test.csv").write_text("\n".join(["text,label", *(f"{row}.0" for row in rows)]))
    train_classifier([tmp_path / "train.csv"], tmp_path / "m.safetensors", verbose=False, random_state=0)
    for unseen in ("count", "error"):
        report = evaluate_classifier(
            tmp_path / "m.safetensors", [tmp_path / "test.csv"], unseen_labels=unseen
        )
        assert (report.unseen, report.classes) == ([], ["0", "1"]) and report.accuracy > 0.9
