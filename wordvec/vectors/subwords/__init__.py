"""Word vectors composed of the rows of character n-grams."""
