"""Labels that come as tables: a single column is one label a text, several columns are classes by name."""

import numpy as np
import pytest
from sklearn.exceptions import DataConversionWarning

from wordvec.pipelines.classification.labels import look_up_targets, number_targets

pytestmark = pytest.mark.filterwarnings("error")


class Frame:
    """A table with named columns, as far as a classifier needs one of pandas or polars."""

    def __init__(self, **columns):
        self.columns = list(columns)
        self._columns = columns
        self.shape, self.ndim = (len(next(iter(columns.values()))), len(columns)), 2

    def __array__(self, dtype=None, copy=None):
        return np.array(list(self._columns.values()), dtype=dtype).T

    def __getitem__(self, names):
        return Frame(**{name: self._columns[name] for name in names})


@pytest.mark.parametrize("labels", [Frame(label=[0, 1, 1]), np.array([[0], [1], [1]])])
def test_one_column_is_one_label_a_text(labels):
    with pytest.warns(DataConversionWarning, match="column-vector y"):
        classes, target, is_indicator = number_targets(labels, 3, "fit")
    assert classes.tolist() == [0, 1] and target.tolist() == [0, 1, 1] and not is_indicator
    with pytest.warns(DataConversionWarning):
        assert look_up_targets(labels, 3, classes, "score", is_multilabel=False).tolist() == [0, 1, 1]


def test_one_column_of_names():
    with pytest.warns(DataConversionWarning):
        classes, target, _ = number_targets(np.array([["b"], ["a"]]), 2, "fit")
    assert classes.tolist() == ["a", "b"] and target.tolist() == [1, 0]


def test_columns_are_classes_by_name():
    frame = Frame(toxic=[1, 0, 1], rude=[0, 0, 1])
    classes, target, is_indicator = number_targets(frame, 3, "fit")
    assert classes.tolist() == ["toxic", "rude"] and is_indicator
    assert target.tolist() == [[True, False], [False, False], [True, True]]
    turned = Frame(rude=[0, 0, 1], toxic=[1, 0, 1])
    assert look_up_targets(turned, 3, classes, "score", is_multilabel=True).tolist() == target.tolist()


def test_a_matrix_has_numbered_classes():
    classes, _, is_indicator = number_targets(np.array([[1, 0], [0, 1]]), 2, "fit")
    assert classes.tolist() == [0, 1] and is_indicator
