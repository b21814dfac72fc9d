"""The plan of a pre-training run, from which tokenizer, encoded text, model and batches are made."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from wordvec._utils.errors import AdvisedError, ParameterError
from wordvec._utils.parameters import Boolean, Choice, Integer, Real, Rule, check_parameters
from wordvec.tokenizers.limits import MAX_VOCAB_SIZE

from .vectors import open_vectors

if TYPE_CHECKING:
    from wordvec.transformer import TokenCorpus, Tokenizer, TransformerConfig
    from wordvec.transformer.models.base import TransformerModel
    from wordvec.vectors.keyed_vectors import KeyedVectors

_OWNER = "PretrainingPlan"
OBJECTIVES = ("causal", "masked", "masked-nsp", "replaced", "hybrid")
# Of encoders that are saved without the head that they learned with.
WITHOUT_HEAD = ("replaced", "hybrid")
KINDS = ("bpe", "wordpiece", "char", "word")
_WIDTH = 256
# Held-out batches that are evaluated during training, evenly spread; `wordvec lm evaluate` reads all of a text.
_N_VALIDATION_BATCHES = 50


@dataclass(frozen=True)
class PretrainingPlan:
    """The data, sizes and objective of a model to pre-train: everything except the trainer's options.

    Parameters
    ----------
    objective : {"causal", "masked", "masked-nsp", "replaced", "hybrid"}
        The objectives of GPT; BERT without and with next-sentence prediction; ELECTRA; and GPT-BERT. The last two train
        a BERT without a head and learn from every token.
    tokenizer : str, optional
        "bpe", "wordpiece", "char", "word", or the folder of a trained one; by default "bpe" for a causal model, for
        an encoder "wordpiece".
    vocab_size : int
        Maximum size of the tokenizer's vocabulary.
    lowercase : bool
    num_layers, num_heads : int
    hidden_size : int, optional
        256 by default, or the width of `vectors`.
    block_size : int
        Number of tokens in a sequence.
    batch_size : int
        Number of sequences in a batch.
    positions : {"learned", "rotary", "sinusoidal"}
        As for `TransformerConfig`; `transformers` reads only models with learned positions.
    bigrams : int
        Number of rows of a table of embeddings of token bigrams; causal only, and not supported by `transformers`.
    dropout : float
        The dropout rate of embeddings, attention and layers.
    start : str or Path, optional
        Folder of a model to start from; its sizes and its tokenizer are kept.
    vectors : str or Path, optional
        Word vectors from which the embeddings are initialised.
    freeze_vectors : bool
        Whether the embeddings are frozen.
    whole_word : bool
        Whether all tokens of a word are masked together.
    documents, encoding, errors : str
        As for `TokenCorpus.build`.
    validation_fraction : float
        Proportion of the text that is held out.

    Raises
    ------
    ParameterError
        If a value is invalid, or incompatible with another.
    """

    _parameter_rules: ClassVar[dict[str, Rule]] = {
        "objective": Choice(*OBJECTIVES),
        "vocab_size": Integer(1, MAX_VOCAB_SIZE),
        "lowercase": Boolean(),
        "block_size": Integer(1),
        "batch_size": Integer(1),
        "positions": Choice("learned", "rotary", "sinusoidal"),
        "bigrams": Integer(0),
        "dropout": Real(0.0, 1.0, high_open=True),
        "freeze_vectors": Boolean(),
        "whole_word": Boolean(),
        "validation_fraction": Real(0.0, 1.0, high_open=True),
    }

    objective: str = "causal"
    tokenizer: str | None = None
    vocab_size: int = 8000
    lowercase: bool = False
    num_layers: int = 4
    num_heads: int = 4
    hidden_size: int | None = None
    block_size: int = 128
    batch_size: int = 16
    positions: str = "learned"
    bigrams: int = 0
    dropout: float = 0.1
    start: str | Path | None = None
    vectors: str | Path | None = None
    freeze_vectors: bool = False
    whole_word: bool = False
    documents: str = "auto"
    encoding: str = "utf-8"
    errors: str = "strict"
    validation_fraction: float = 0.05

    def __post_init__(self) -> None:
        check_parameters(self)
        for name in ("start", "vectors"):  # the options of a run are kept as JSON
            if getattr(self, name) is not None:
                object.__setattr__(self, name, os.fspath(getattr(self, name)))
        if self.tokenizer is not None and self.tokenizer not in KINDS and not Path(self.tokenizer).exists():
            rule = f"be one of {', '.join(KINDS)}, or a folder with a tokenizer.json"
            raise ParameterError("tokenizer", _OWNER, rule, self.tokenizer)
        if self.whole_word and not self.is_masked:
            advice = "Choose {objective='masked'}, {objective='hybrid'}, or another than 'causal'."
            raise ParameterError("whole_word", _OWNER, "be False where no words are masked", True, advice)
        if self.bigrams and self.is_masked:
            advice = "Choose {objective='causal'}."
            raise ParameterError("bigrams", _OWNER, "be 0 for an encoder", self.bigrams, advice)
        if self.freeze_vectors and self.vectors is None:
            raise ParameterError(
                "freeze_vectors", _OWNER, "be False without vectors", True, "Pass {vectors}."
            )

    @property
    def is_masked(self) -> bool:
        """Whether the model is an encoder."""
        return self.objective != "causal"

    @property
    def tokenizer_kind(self) -> str:
        """The kind of tokenizer, or the folder of one."""
        return str(self.start or self.tokenizer or ("wordpiece" if self.is_masked else "bpe"))

    @property
    def has_pairs(self) -> bool:
        """Whether the model also predicts whether two sentences follow each other."""
        return self.objective == "masked-nsp"

    def config(self, vocab_size: int, hidden_size: int, **ids: int | None) -> TransformerConfig:
        """Return the sizes of the model."""
        from wordvec.transformer import TransformerConfig

        make = TransformerConfig.bert if self.is_masked else TransformerConfig.gpt
        return make(
            vocab_size,
            hidden_size=hidden_size,
            num_layers=self.num_layers,
            num_heads=self.num_heads,
            max_length=self.block_size,
            dropout=self.dropout,
            attention_dropout=self.dropout,
            positions=self.positions,
            bigram_buckets=self.bigrams,
            **ids,
        )

    def load_vectors(self) -> KeyedVectors | None:
        """Return the word vectors from which the embeddings are initialised, if any."""
        return None if self.vectors is None else open_vectors(Path(self.vectors), prefix="vectors_")

    def width_for(self, vectors: KeyedVectors | None) -> int:
        """Return the width of the model.

        Raises
        ------
        ValueError
            If it differs from that of the vectors.
        """
        width = self.hidden_size
        if width is None:
            width = _WIDTH if vectors is None else vectors.vector_size
        if vectors is not None and vectors.vector_size != width:
            raise AdvisedError(
                f"The vectors in {self.vectors!r} have {vectors.vector_size} numbers a word, and the width is {width}.",
                advice="They must be the same: leave {vectors} or {hidden_size} out.",
            )
        return width

    def train_tokenizer(self, files: Sequence[Path], verbose: bool | None) -> Tokenizer:
        """Return a tokenizer learned from the files, or the one in a folder."""
        from wordvec.transformer import Tokenizer

        if self.start is not None or self.tokenizer_kind not in KINDS:
            return Tokenizer.load(self.tokenizer_kind)
        return Tokenizer.train(
            list(files),
            self.tokenizer_kind,
            self.vocab_size,
            lowercase=self.lowercase,
            documents=self.documents,
            encoding=self.encoding,
            errors=self.errors,
            verbose=verbose,
        )

    def encode(
        self, files: Sequence[Path], tokenizer: Tokenizer, folder: Path, verbose: bool | None
    ) -> TokenCorpus:
        """Return the text of the files as tokens, written to a folder."""
        from wordvec.transformer import TokenCorpus

        return TokenCorpus.build(
            list(files),
            tokenizer,
            folder,
            validation_fraction=self.validation_fraction,
            documents=self.documents,
            encoding=self.encoding,
            errors=self.errors,
            verbose=verbose,
        )

    def load_model(self, tokenizer: Tokenizer, seed: int) -> TransformerModel:
        """Return the model in `start` with the heads of the objective, which are initialised at random if it has none.

        Raises
        ------
        OSError, ValueError
            If there is no complete model, its tokenizer differs, or it does not fit the objective or the block size.
        """
        from wordvec.transformer import EncoderModel, from_pretrained
        from wordvec.transformer.estimators.fine_tuning import check_same_vocabulary

        assert self.start is not None
        model: Any = from_pretrained(self.start)
        check_same_vocabulary(model, tokenizer, self.start)
        kind = self._kind()
        if self.objective in WITHOUT_HEAD:
            model = getattr(model, "body", model)
        if self.is_masked and isinstance(model, EncoderModel):
            model = kind(model, seed)
        if type(model) is not kind:
            raise AdvisedError(
                f"{self.start!r} holds a {type(model).__name__}, which is not trained {self.objective}.",
                "another {objective}",
                "another model",
            )
        if self.block_size > model.config.max_length:
            raise ParameterError(
                "block_size",
                _OWNER,
                f"be at most {model.config.max_length}, what {self.start!r} takes",
                self.block_size,
            )
        found: TransformerModel = model
        found.set_special_ids(**self._special_ids(tokenizer))
        return found

    def _kind(self) -> Any:
        """Return the class of the model that is trained."""
        from wordvec.transformer import DecoderModel, HybridLM, MaskedLM, PreTraining, ReplacedTokenDetection

        kinds = (DecoderModel, MaskedLM, PreTraining, ReplacedTokenDetection, HybridLM)
        return dict(zip(OBJECTIVES, kinds))[self.objective]

    def _special_ids(self, tokenizer: Tokenizer) -> dict[str, int | None]:
        """Return the ids of the tokenizer's special tokens that the configuration names."""
        ids: dict[str, int | None] = {"pad_token_id": tokenizer.padding_id}
        if not self.is_masked:
            ids |= {"bos_token_id": tokenizer.bos_token_id, "eos_token_id": tokenizer.end_token_id}
        return ids

    def new_model(
        self, tokenizer: Tokenizer, width: int, vectors: KeyedVectors | None, seed: int
    ) -> tuple[TransformerModel, float | None]:
        """Return a model with initial weights, and the proportion of tokens that are initialised from `vectors`."""
        from wordvec.transformer import EncoderModel

        config = self.config(tokenizer.vocab_size, width, **self._special_ids(tokenizer))
        model: TransformerModel
        if self.is_masked:
            model = self._kind()(EncoderModel(config, seed), seed)
        else:
            model = self._kind()(config, seed)
        share = None
        if vectors is not None:
            share = model.init_embeddings(vectors, tokenizer, self.freeze_vectors)
        return model, share

    def batches(self, corpus: TokenCorpus, tokenizer: Tokenizer, seed: int, shuffle: bool = True) -> Any:
        """Return the batches of the objective.

        Raises
        ------
        ValueError
            If there is less than one batch, or the tokenizer lacks a token that the objective needs.
        """
        from wordvec.transformer import CausalBatches, HybridBatches, MaskedBatches

        sizes = self.block_size, self.batch_size, seed
        if not self.is_masked:
            return CausalBatches(corpus, *sizes, shuffle=shuffle)
        if self.objective == "hybrid":
            return HybridBatches(corpus, tokenizer, *sizes, whole_word=self.whole_word, shuffle=shuffle)
        return MaskedBatches(
            corpus,
            tokenizer,
            *sizes,
            whole_word=self.whole_word,
            next_sentence=self.has_pairs,
            shuffle=shuffle,
        )

    def validation_batches(self, corpus: TokenCorpus, tokenizer: Tokenizer, seed: int) -> list[Any] | None:
        """Return evenly spaced batches of the held-out text; None if nothing is held out.

        Raises
        ------
        ValueError
            If the held-out part is too small.
        """
        if corpus.validation is None:
            return None
        try:
            batches = self.batches(corpus.validation, tokenizer, seed, shuffle=False)
        except ValueError as error:
            raise AdvisedError(
                f"Too little text is held out: {error}", advice="Or set {validation_fraction}, to 0 for none."
            ) from error
        n_taken = min(len(batches), _N_VALIDATION_BATCHES)
        return [batches.batch(number * len(batches) // n_taken) for number in range(n_taken)]
