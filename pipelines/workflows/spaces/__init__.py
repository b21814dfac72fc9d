"""Two files of word vectors beside each other: one mapped into the space of the other, words that changed."""
