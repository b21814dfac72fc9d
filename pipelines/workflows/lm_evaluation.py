"""Perplexity of language models on text files."""

from __future__ import annotations

import itertools
import math
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from wordvec._utils.assumptions import assume
from wordvec._utils.errors import ParameterError
from wordvec._utils.reports import Report
from wordvec._utils.tables import format_fields
from wordvec._utils.validation import check_choice, check_int, import_optional

if TYPE_CHECKING:
    from wordvec.transformer import TokenCorpus, Tokenizer

_OWNER = "evaluate_language_model"
WORDS = ("whitespace", "word", "zh", "chars")
_SEED = 0  # of what is masked
_N_SAMPLED = 1000  # lines that tell the language


@dataclass(frozen=True)
class LanguageModelScores(Report):
    """The loss and perplexity of a language model on a text.

    Attributes
    ----------
    kind : {"causal", "masked"}
        A masked model predicts masked tokens, given all others.
    loss : float
        Mean cross-entropy of the predicted tokens, in nats.
    perplexity_per_token : float
    perplexity_per_word : float, optional
        None for a masked model, and where words were not asked for and the text does not part them by spaces.
    perplexity_per_character : float, optional
        Of the characters other than spaces; None for a masked model.
    n_tokens : int
        Number of predicted tokens, including ends of lines and documents if the tokenizer has tokens for them.
    n_words, n_characters : int
    words : str
        The unit that counts as a word.
    unknown_share : float
        Proportion of the text's tokens that are unknown to the tokenizer; unknown tokens are easy to predict.
    """

    kind: str
    loss: float
    perplexity_per_token: float
    perplexity_per_word: float | None
    perplexity_per_character: float | None
    n_tokens: int
    n_words: int
    n_characters: int
    words: str
    unknown_share: float

    def format(self) -> str:
        """Return the scores as lines of name and value."""
        is_masked = self.kind == "masked"
        fields = {"perplexity per token": f"{self.perplexity_per_token:,.3f}"}
        if is_masked:
            fields = {"perplexity per masked token": f"{self.perplexity_per_token:,.3f}"}
        if self.perplexity_per_word is not None:
            fields["perplexity per word"] = f"{self.perplexity_per_word:,.2f} ({self.words})"
        if self.perplexity_per_character is not None:
            fields["perplexity per character"] = f"{self.perplexity_per_character:,.3f}"
        fields["loss"] = f"{self.loss:.4f} (nats a {'masked ' if is_masked else ''}token)"
        fields["masked tokens" if is_masked else "tokens"] = f"{self.n_tokens:,}"
        fields["words" if self.words != "chars" else "characters"] = f"{self.n_words:,}"
        if self.unknown_share:
            fields["unknown"] = format_unknown_share(self.unknown_share)
        return format_fields(fields)

    def to_dict(self) -> dict[str, Any]:
        """Return the values as JSON types."""
        return asdict(self)


def evaluate_language_model(
    folder: Path,
    files: Sequence[Path],
    *,
    window: int | None = None,
    stride: int | None = None,
    words: str | None = None,
    documents: str = "auto",
    batch_size: int = 8,
    encoding: str = "utf-8",
    errors: str = "strict",
    device: str = "auto",
) -> LanguageModelScores:
    """Return the perplexity of the model in a folder on text files.

    Parameters
    ----------
    folder : Path
    files : sequence of Path
        Text files.
    window, stride : int, optional
        As for `wordvec.transformer.perplexity`; a masked model uses disjoint windows.
    words : {"whitespace", "word", "zh", "chars"}, optional
        What counts as a word: a run of characters other than spaces, a word as `wordvec.text.tokenizers` splits
        English or Chinese text, or a character. By default "whitespace", and "chars" for Chinese text.
    documents, encoding, errors : str
        As for `TokenCorpus.build`.
    batch_size : int
        Number of sequences in a batch.
    device : {"auto", "cpu", "cuda"}

    Returns
    -------
    LanguageModelScores

    Raises
    ------
    OSError, ValueError
        If a file cannot be read or is too short, or the model is not a language model.
    """
    import_optional("torch", pip="wordvec[transformer]", purpose="wordvec lm")
    from wordvec.transformer import MaskedLM, TokenCorpus, Tokenizer, from_pretrained, perplexity
    from wordvec.transformer.estimators.fine_tuning import check_same_vocabulary
    from wordvec.transformer.training.processes import choose_device

    if words is not None:
        check_choice("words", words, _OWNER, WORDS)
    check_int("batch_size", batch_size, _OWNER, 1)
    model: Any = from_pretrained(folder)
    tokenizer = Tokenizer.load(folder)
    check_same_vocabulary(model, tokenizer, folder)
    model.to(choose_device(device, owner=_OWNER))
    counted = _count_words(files, words, documents, encoding, errors)
    with tempfile.TemporaryDirectory(prefix="wordvec-") as temporary:
        corpus = TokenCorpus.build(
            list(files),
            tokenizer,
            Path(temporary) / "tokens",
            documents=documents,
            encoding=encoding,
            errors=errors,
            verbose=False,
        )
        shared: dict[str, Any] = {
            "n_words": counted.n_words,
            "n_characters": counted.n_characters,
            "words": counted.words,
            "unknown_share": unknown_share(corpus, tokenizer),
        }
        if isinstance(model, MaskedLM):
            if window is not None or stride is not None:
                name, value = ("window", window) if window is not None else ("stride", stride)
                raise ParameterError(
                    name, _OWNER, "be left out for a masked model", value, f"{str(folder)!r} holds one."
                )
            return _masked_scores(model, corpus, tokenizer, batch_size, shared)
        if model.config.kind != "decoder":
            raise ValueError(
                f"{str(folder)!r} holds a {type(model).__name__}, which is not a language model."
            )
        n_words = counted.n_words if words is not None or counted.words != "chars" else None
        found = perplexity(
            model, corpus.token_ids, n_words=n_words, window=window, stride=stride, batch_size=batch_size
        )
    per_character = _exp(found.loss * found.n_tokens / counted.n_characters)
    return LanguageModelScores(
        "causal", found.loss, found.per_token, found.per_word, per_character, found.n_tokens, **shared
    )


def _exp(loss: float) -> float:
    return math.exp(loss) if loss < 700 else math.inf


def unknown_share(corpus: TokenCorpus, tokenizer: Tokenizer) -> float:
    """Return the proportion of a text's tokens that are the unknown token."""
    if tokenizer.unk_token_id is None or not corpus.n_tokens:
        return 0.0
    return float((corpus.token_ids == tokenizer.unk_token_id).mean())


def format_unknown_share(share: float) -> str:
    """Return this proportion in words."""
    return f"{share:.2%} of the tokens, which makes perplexity look better"


def _masked_scores(
    model: Any, corpus: TokenCorpus, tokenizer: Tokenizer, batch_size: int, shared: dict[str, Any]
) -> LanguageModelScores:
    import torch

    from wordvec.transformer import MaskedBatches
    from wordvec.transformer.generation.decoder_runs import inference

    block = model.config.max_length
    batches = MaskedBatches(corpus, tokenizer, block, batch_size, _SEED, shuffle=False)
    total = n_tokens = 0.0
    with inference(model):
        for number in range(len(batches)):
            batch = {name: tensor.to(model.device) for name, tensor in batches.batch(number).items()}
            # BERT's second loss, whether segments follow each other, needs a label, and is left out.
            batch["next_sentence_label"] = torch.zeros(
                len(batch["labels"]), dtype=torch.int64, device=model.device
            )
            loss, count = model.loss_sum(batch)["mlm"]
            total += float(loss)
            n_tokens += int(count)
    loss = total / n_tokens
    return LanguageModelScores("masked", loss, _exp(loss), None, None, int(n_tokens), **shared)


class _Counts(NamedTuple):
    """The length of a text, without lines that only separate documents."""

    n_words: int
    n_characters: int  # other than spaces
    words: str  # what a word is


def _count_words(
    files: Sequence[Path], words: str | None, documents: str, encoding: str, errors: str
) -> _Counts:
    from wordvec.text.documents import read_pieces, text_files
    from wordvec.text.language import majority_language
    from wordvec.text.tokenizers import resolve_tokenizer

    found_files = text_files(list(files), documents, encoding, errors, _OWNER)
    if words is None:
        start = itertools.islice(read_pieces(found_files, documents, encoding, errors), _N_SAMPLED)
        words = "whitespace"
        if majority_language([piece.text for piece in start]) == "zh":
            words = "chars"
            assume(f"{str(files[0])!r}: Chinese, so that perplexity is told by character and not by word")
    split = resolve_tokenizer("whitespace" if words == "chars" else words)
    n_words = n_characters = 0
    for piece in read_pieces(found_files, documents, encoding, errors):
        n_characters += sum(map(len, piece.text.split()))
        n_words += 0 if words == "chars" else len(split(piece.text))
    n_words = n_characters if words == "chars" else n_words
    if not n_words:
        raise ValueError(f"The files of {_OWNER} hold no words. Pass text that is not empty.")
    return _Counts(n_words, n_characters, words)
