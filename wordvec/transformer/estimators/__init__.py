"""scikit-learn estimators that fine-tune or apply Transformers."""
