"""Small tokenizers, and the texts that they are trained on."""

from wordvec.tokenizers.tokenizer import Tokenizer

ENGLISH = [
    "The quick brown fox jumps over the lazy dog.",
    "The lazy dogs were jumping quickly, weren't they?",
    "She sells sea shells on the sea shore; the shells she sells are surely seashells.",
    "Jumping foxes and browning dogs: 1999, 2004 and 2019 (thrice)!",
]
CHINESE = ["今天天气很好，我们去公园。", "公园里有很多人，天气好的时候更多。", "我今天去了3次public公园！"]
TEXTS = ENGLISH + CHINESE
# Not trained on: accents, characters never seen, spaces, two scripts at once, special tokens in the text.
NEW_TEXTS = [
    "The brownest fox's shells — naïve Äpfel, 😀!",
    "公园2019里的fox很好看。",
    " two  spaces\tand a tab ",
    "a line\nand another\n\n",
    "x",
    "",
]
SIZES = {"bpe": 400, "wordpiece": 300, "char": 300, "word": 300}


def tokenizer(kind="wordpiece", **options):
    return Tokenizer.train_from_texts(TEXTS, kind, SIZES[kind], min_frequency=1, **options)
