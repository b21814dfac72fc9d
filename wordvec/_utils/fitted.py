"""The check that an estimator is fitted, which imports scikit-learn only to raise its error."""

from __future__ import annotations

from typing import Any


def check_fitted(estimator: Any, attribute: str) -> None:
    """Raise scikit-learn's NotFittedError unless `fit` has set the attribute.

    Estimators read from files are thus used without scikit-learn, which takes 0.6 s to import.
    """
    if attribute not in vars(estimator):
        from sklearn.utils.validation import check_is_fitted

        check_is_fitted(estimator, attribute)
