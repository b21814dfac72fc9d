"""Filling of masks in texts by a masked language model in a folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wordvec._utils.reports import Report
from wordvec._utils.validation import import_optional

from .model_folders import check_task

if TYPE_CHECKING:
    from wordvec.transformer import Filling


@dataclass(frozen=True)
class FilledText(Report):
    """A text with the most probable tokens for each of its masks.

    Attributes
    ----------
    text : str
        The text with its masks.
    masks : list of lists of Filling
        For each mask in order, the best first.
    """

    text: str
    masks: list[list[Filling]]

    def format(self) -> str:
        """Return the text, followed by a line for each token and its probability."""
        lines = [self.text]
        for number, fillings in enumerate(self.masks, 1):
            if len(self.masks) > 1:
                lines.append(f"mask {number}:")
            lines += [f"  {each.probability:.4f}  {each.token.strip()}" for each in fillings]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Return the values as JSON types."""
        return asdict(self)


def fill_texts(
    folder: Path, texts: Sequence[str], *, top_k: int = 5, device: str = "auto"
) -> list[FilledText]:
    """Fill the masks in texts with the masked language model in a folder.

    Parameters
    ----------
    folder : Path
        A folder with a BERT with its masked-LM head, or one that ``wordvec lm pretrain --objective masked`` wrote.
    texts : list of str
        Texts, each with at least one mask of the tokenizer, usually "[MASK]".
    top_k : int
        Number of tokens for each mask.
    device : {"auto", "cpu", "cuda"}

    Raises
    ------
    FileNotFoundError, ValueError
        If a file is missing from the folder or holds another model, or a text has no mask or is too long.
    """
    import_optional("torch", pip="wordvec[transformer]", purpose="wordvec lm")
    from wordvec.transformer import MaskedLM, Tokenizer, fill_masks, from_pretrained
    from wordvec.transformer.estimators.fine_tuning import check_same_vocabulary
    from wordvec.transformer.training.processes import choose_device

    check_task(folder)
    model = from_pretrained(folder)
    if not isinstance(model, MaskedLM):
        raise ValueError(
            f"{str(folder)!r} holds a {type(model).__name__}, which fills no masks. Train one that does with wordvec "
            "lm pretrain --objective masked."
        )
    tokenizer = Tokenizer.load(folder)
    check_same_vocabulary(model, tokenizer, folder)
    model = model.to(choose_device(device, owner="fill_texts"))
    found = fill_masks(model, tokenizer, texts, top_k=top_k)
    return [FilledText(text, masks) for text, masks in zip(texts, found)]
