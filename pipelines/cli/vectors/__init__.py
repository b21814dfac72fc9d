"""Commands that query and compare word vectors, one file each."""
