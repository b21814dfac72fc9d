"""`Tokenizer`: training, encoding, decoding and files of subword tokenizers.

It wraps Hugging Face's `tokenizers.Tokenizer`, checks its input and never truncates a text unless asked to.
"""

from __future__ import annotations

import functools
import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import tokenizers

from wordvec._io.folders import replace_folder_when_written
from wordvec._io.text_files import PathsLike
from wordvec._utils.errors import ParameterError
from wordvec._utils.progress import ReadingBar
from wordvec._utils.validation import (
    check_bool,
    check_choice,
    check_folder,
    check_instance,
    check_int,
    check_path,
    import_optional,
)
from wordvec.text.documents import read_pieces, text_files
from wordvec.text.vocabulary import Vocabulary
from wordvec.tokenizers.decoding import Decoder
from wordvec.tokenizers.files import SPECIAL_TOKENS, read_tokenizer, write_tokenizer
from wordvec.tokenizers.rows import EncodedBatch, check_texts, padded_rows
from wordvec.tokenizers.training import check_special_tokens, train_tokenizer, word_level
from wordvec.tokenizers.truncation import TRUNCATIONS, truncate_all
from wordvec.tokenizers.word_edges import is_byte_level, word_edges

__all__ = ["EncodedBatch", "Tokenizer"]


class Tokenizer:
    """A subword tokenizer: converts text to token ids and back.

    Usually created by `train`, `train_from_texts`, `from_vocabulary` or `load` rather than by the constructor.

    Parameters
    ----------
    backend : tokenizers.Tokenizer
    special_tokens : mapping of str to str
        The special tokens by name: "pad", "unk", "cls", "sep", "mask", "bos", "eos".

    Attributes
    ----------
    backend : tokenizers.Tokenizer
    special_tokens : dict of str to str
    vocab_size : int
        One more than the largest id, V.
    pad_token_id, unk_token_id, cls_token_id, sep_token_id, mask_token_id, bos_token_id, eos_token_id : int or None

    Examples
    --------
    >>> from wordvec.tokenizers import Tokenizer
    >>> tokenizer = Tokenizer.train_from_texts(["low lower lowest", "new newer newest"] * 9, "bpe", vocab_size=270)
    >>> ids = tokenizer.encode("newest low")
    >>> [tokenizer.id_to_token(token_id) for token_id in ids]
    ['ne', 'west', 'Ġlo', 'w']
    >>> tokenizer.decode(ids)
    'newest low'

    References
    ----------
    Sennrich, Haddow and Birch (2016), "Neural Machine Translation of Rare Words with Subword Units",
    arXiv:1508.07909 (BPE). Schuster and Nakajima (2012), "Japanese and Korean Voice Search" (WordPiece).
    """

    def __init__(self, backend: tokenizers.Tokenizer, special_tokens: Mapping[str, str]) -> None:
        self.backend = backend
        self.special_tokens = dict(special_tokens)
        self.vocab_size = max(backend.get_vocab().values(), default=-1) + 1
        ids = {name: backend.token_to_id(token) for name, token in self.special_tokens.items()}
        self.pad_token_id, self.unk_token_id, self.cls_token_id, self.sep_token_id = map(
            ids.get, SPECIAL_TOKENS[:4]
        )
        self.mask_token_id, self.bos_token_id, self.eos_token_id = map(ids.get, SPECIAL_TOKENS[4:])

    @classmethod
    def train(
        cls,
        paths: PathsLike,
        kind: str = "bpe",
        vocab_size: int = 8000,
        *,
        lowercase: bool = False,
        min_frequency: int | None = None,
        special_tokens: Mapping[str, str] | None = None,
        documents: str = "auto",
        encoding: str = "utf-8",
        errors: str = "strict",
        verbose: bool | None = None,
    ) -> Tokenizer:
        """Train on text files. The same text yields the same tokenizer with any number of threads.

        Parameters
        ----------
        paths : str, Path or a list of them
            As in `wordvec.LineCorpus`; compressed files are read too.
        kind : {"bpe", "wordpiece", "char", "word"}
            Byte-level BPE with GPT-2's conventions; WordPiece with BERT's, where each Han character is a word;
            single characters; words and punctuation.
        vocab_size : int
            Maximum number of pieces, special tokens included.
        lowercase : bool
            Whether text is lower-cased; WordPiece then also strips accents, as BERT's uncased models do.
        min_frequency : int, optional
            Pieces that occur less often are not created; by default 2, or 1 for characters.
        special_tokens : mapping of str to str, optional
            Special tokens by name, for example ``{"pad": "<pad>", "bos": "<s>", "eos": "</s>"}``. If there are "cls"
            and "sep", encoded texts begin and end with them. By default BERT's for WordPiece, "<|endoftext|>" for BPE,
            and "<pad>", "<unk>", "<s>", "</s>" and "<mask>" for characters and words.
        documents, encoding, errors : str
            As in `TokenCorpus.build`.
        verbose : bool, optional
            Whether a progress bar is shown; by default on a terminal.

        Raises
        ------
        FileNotFoundError
            If a path does not exist.
        TypeError, ValueError
            If a parameter breaks its rule, or a file cannot be read as text.
        """
        files = text_files(paths, documents, encoding, errors, "Tokenizer.train")
        n_bytes = sum(file.stat().st_size for file in files)

        def texts() -> Iterator[str]:
            with ReadingBar(verbose, "Learning tokens") as bar:
                for piece in read_pieces(files, documents, encoding, errors):
                    bar.update_to(piece.n_read, n_bytes)
                    yield piece.text

        added = check_special_tokens(special_tokens, kind)
        lowercase = check_bool("lowercase", lowercase, "Tokenizer.train")
        return cls(train_tokenizer(texts, kind, vocab_size, lowercase, min_frequency, added), added)

    @classmethod
    def train_from_texts(
        cls,
        texts: Iterable[str],
        kind: str = "bpe",
        vocab_size: int = 8000,
        *,
        lowercase: bool = False,
        min_frequency: int | None = None,
        special_tokens: Mapping[str, str] | None = None,
    ) -> Tokenizer:
        """Train on texts in memory; parameters are those of `train`."""
        added = check_special_tokens(special_tokens, kind)
        listed = check_texts(texts, "texts", "Tokenizer.train_from_texts")
        lowercase = check_bool("lowercase", lowercase, "Tokenizer.train_from_texts")
        backend = train_tokenizer(lambda: listed, kind, vocab_size, lowercase, min_frequency, added)
        return cls(backend, added)

    @classmethod
    def from_vocabulary(
        cls,
        vocabulary: Vocabulary,
        *,
        tokenizer: str = "whitespace",
        lowercase: bool = False,
        special_tokens: Mapping[str, str] | None = None,
    ) -> Tokenizer:
        """Return a tokenizer of the words of a `Vocabulary`: special tokens first, then words in its order.

        Parameters
        ----------
        vocabulary : Vocabulary
        tokenizer : {"whitespace", "word"}
            How text is split into words, as in `wordvec.LineCorpus`.
        lowercase : bool
        special_tokens : mapping of str to str, optional
            As in `train`.
        """
        check_instance("vocabulary", vocabulary, "Tokenizer.from_vocabulary", Vocabulary)
        added = check_special_tokens(special_tokens, "word")
        lowercase = check_bool("lowercase", lowercase, "Tokenizer.from_vocabulary")
        return cls(word_level(vocabulary.index_to_key, added, lowercase, tokenizer), added)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Tokenizer:
        """Read a tokenizer that `save` or Hugging Face wrote: a folder, or its tokenizer.json.

        The roles of the special tokens are read from the files next to it, or guessed from their usual spelling.

        Raises
        ------
        FileNotFoundError
            If there is no tokenizer.json.
        ValueError
            If a file is damaged, or a special token is not in the vocabulary.
        """
        return cls(*read_tokenizer(check_path("path", path, "Tokenizer.load")))

    def save(self, folder: str | os.PathLike[str], max_length: int | None = None) -> None:
        """Write tokenizer.json and two more files, which `transformers.AutoTokenizer` reads; all or none.

        Parameters
        ----------
        folder : path
            Created if it does not exist; other files in it stay.
        max_length : int, optional
            Maximum sequence length of the model in tokens, to which `transformers` truncates on request.
        """
        path = check_folder("folder", folder, "Tokenizer.save")
        path.parent.mkdir(parents=True, exist_ok=True)
        with replace_folder_when_written(path) as new:
            write_tokenizer(new, self.backend, self.special_tokens, max_length)

    @functools.cached_property
    def fingerprint(self) -> str:
        """A hash of the vocabulary and of everything else that determines how text is encoded."""
        return hashlib.sha256(self.backend.to_str().encode()).hexdigest()

    @property
    def end_token_id(self) -> int | None:
        """The id that ends a document: that of "eos", otherwise of "sep"."""
        return self.sep_token_id if self.eos_token_id is None else self.eos_token_id

    @property
    def start_token_id(self) -> int | None:
        """The id that starts a target sequence: that of "bos", otherwise of "cls", otherwise the end token."""
        ids = (self.bos_token_id, self.cls_token_id, self.end_token_id)
        return next((token_id for token_id in ids if token_id is not None), None)

    @property
    def padding_id(self) -> int:
        """The id that pads rows: that of "pad", otherwise of the end token, or 0; the attention mask excludes it."""
        if self.pad_token_id is not None:
            return self.pad_token_id
        return self.end_token_id or 0

    @functools.cached_property
    def is_special(self) -> np.ndarray:
        """Whether each id is a special token, bool (V,)."""
        special = np.zeros(self.vocab_size, bool)
        added = self.backend.get_added_tokens_decoder()
        special[[token_id for token_id, token in added.items() if token.special]] = True
        return special

    @functools.cached_property
    def _decoder(self) -> Decoder:
        return Decoder(self.backend, self.is_special)

    @functools.cached_property
    def _word_edges(self) -> tuple[np.ndarray, np.ndarray]:
        return word_edges(self.backend)

    @property
    def continues_word(self) -> np.ndarray:
        """Whether each piece may continue the preceding word, bool (V,): "##ing" in WordPiece, "ing" in BPE."""
        return self._word_edges[0]

    def word_starts(self, ids: np.ndarray) -> np.ndarray:
        """Return which of `ids`, of any shape (..., T), begin a word; bool.

        A special token counts as a word. In scripts without spaces, so does each character.
        """
        continues, joins = self._word_edges
        starts = ~continues[ids]
        starts[..., :1] = True
        starts[..., 1:] |= ~joins[ids[..., :-1]]
        return starts

    def token_to_id(self, token: str) -> int | None:
        """Return the id of a piece, or None."""
        return self.backend.token_to_id(check_instance("token", token, "Tokenizer.token_to_id", str))

    def id_to_token(self, token_id: int) -> str | None:
        """Return the piece with this id, or None."""
        return self._decoder.token(check_int("token_id", token_id, "Tokenizer.id_to_token", 0))

    def encode(
        self,
        text: str,
        pair: str | None = None,
        *,
        max_length: int | None = None,
        truncation: str = "error",
        add_special_tokens: bool = True,
    ) -> list[int]:
        """Return the token ids of a text, or of a pair of texts.

        Parameters
        ----------
        text, pair : str
            Special tokens in the text, for example "[MASK]", are recognised.
        max_length : int, optional
            Maximum number of ids, special tokens included.
        truncation : {"error", "right", "left"}
            What happens to a longer text: an error is raised, or its end ("right") or beginning ("left") is cut off; of
            a pair, the longer text is cut first.
        add_special_tokens : bool
            Whether "cls" and "sep" are added, if the tokenizer has them.

        Raises
        ------
        TypeError
            If a text is not a str.
        ValueError
            If the text is too long and truncation is "error".
        """
        pairs = None if pair is None else [pair]
        ids, _ = self.encode_lists(
            [text], pairs, max_length=max_length, truncation=truncation, add_special_tokens=add_special_tokens
        )
        return ids[0]

    def encode_lists(
        self,
        texts: Iterable[str],
        pairs: Iterable[str] | None = None,
        *,
        max_length: int | None = None,
        truncation: str = "error",
        add_special_tokens: bool = True,
    ) -> tuple[list[list[int]], list[list[int]]]:
        """Return the ids of each text, and the segment (0, or 1 for the second of a pair) of each id.

        Parameters and errors are those of `encode`.
        """
        check_choice("truncation", truncation, "Tokenizer.encode", TRUNCATIONS)
        if max_length is not None:
            check_int("max_length", max_length, "Tokenizer.encode", 1)
        inputs: list[Any] = check_texts(texts, "texts", "Tokenizer.encode")
        if pairs is not None:
            seconds = check_texts(pairs, "pairs", "Tokenizer.encode")
            if len(seconds) != len(inputs):
                rule = f"have one text for each of the {len(inputs)} texts"
                raise ParameterError("pairs", "Tokenizer.encode", rule, seconds)
            inputs = list(zip(inputs, seconds))
        # The fast one keeps no offsets; of pairs it gets the segments wrong where there is no post-processor.
        encode = self.backend.encode_batch_fast if pairs is None else self.backend.encode_batch
        encodings = encode(inputs, add_special_tokens=add_special_tokens)
        if max_length is not None:
            truncate_all(self.backend, inputs, encodings, max_length, truncation, add_special_tokens)
        return [encoding.ids for encoding in encodings], [encoding.type_ids for encoding in encodings]

    def encode_batch(
        self,
        texts: Iterable[str],
        pairs: Iterable[str] | None = None,
        *,
        max_length: int | None = None,
        truncation: str = "error",
        add_special_tokens: bool = True,
        padding_side: str = "right",
    ) -> EncodedBatch:
        """Return texts, or pairs of texts, as tensors padded to the longest; see `encode`. Needs PyTorch.

        Parameters
        ----------
        padding_side : {"right", "left"}
            The side on which rows are padded; generation needs "left".
        """
        check_choice("padding_side", padding_side, "Tokenizer.encode_batch", ("right", "left"))
        ids, types = self.encode_lists(
            texts, pairs, max_length=max_length, truncation=truncation, add_special_tokens=add_special_tokens
        )
        if not ids:
            raise ValueError("The texts of Tokenizer.encode_batch are an empty list. Pass at least one text.")
        torch = import_optional("torch", pip="wordvec[transformer]", purpose="Tokenizer.encode_batch")
        return EncodedBatch(
            torch.from_numpy(padded_rows(ids, self.padding_id, padding_side)),
            torch.from_numpy(padded_rows([[1] * len(row) for row in ids], 0, padding_side)),
            torch.from_numpy(padded_rows(types, 0, padding_side)),
        )

    def encode_words(self, words: Iterable[str]) -> list[list[int]]:
        """Return the ids of each word as encoded within a text, without special tokens.

        Byte-level BPE encodes a word after a space differently from one at the beginning of a text.
        """
        space = " " if is_byte_level(self.backend) else ""
        listed = check_texts(words, "words", "Tokenizer.encode_words")
        return self.encode_lists([space + word for word in listed], add_special_tokens=False)[0]

    def decode(self, ids: Any, skip_special_tokens: bool = True) -> str:
        """Return the text of ids, given as a list, an array or a tensor of one dimension.

        Added tokens keep the spelling with which they were added, and WordPiece's Han characters are joined without
        spaces.

        Raises
        ------
        TypeError, ValueError
            If they are not valid ids of this tokenizer.
        """
        try:
            given = np.asarray(ids)
        except ValueError:  # lists of different lengths
            given = np.empty((0, 0))
        if given.ndim != 1 or given.size and given.dtype.kind not in "iu":
            raise ParameterError("ids", "Tokenizer.decode", "be a list of integers", ids)
        if given.size and (given.min() < 0 or given.max() >= self.vocab_size):
            wrong = int(given.min() if given.min() < 0 else given.max())
            rule = f"lie between 0 and {self.vocab_size - 1}, the ids of this tokenizer"
            raise ParameterError("ids", "Tokenizer.decode", rule, wrong)
        return self._decoder.text(given.astype(np.int64), skip_special_tokens)

    def __len__(self) -> int:
        return self.vocab_size

    def __repr__(self) -> str:
        return f"Tokenizer({self.vocab_size} tokens, {self.special_tokens})"
