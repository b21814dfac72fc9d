"""Whether an estimator is fitted, told without scikit-learn where the answer is yes."""

from __future__ import annotations

from typing import Any


def check_fitted(estimator: Any, attribute: str) -> None:
    """Raise scikit-learn's NotFittedError unless `fit` has set the attribute.

    What a file holds is used without scikit-learn, which takes 0.6 s to load.
    """
    if attribute not in vars(estimator):
        from sklearn.utils.validation import check_is_fitted

        check_is_fitted(estimator, attribute)
