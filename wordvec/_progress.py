"""Progress bars on stderr: for reading text, and for training."""

from __future__ import annotations

import math
from typing import Any

from tqdm.auto import tqdm

from wordvec.corpus import EncodedCorpus
from wordvec.training import Report, TrainingState


class _Bar:
    """A tqdm bar that is told how far the work is; quiet off a terminal unless asked for."""

    def __init__(self, verbose: bool | None, **options: Any) -> None:
        # tqdm shows nothing off a terminal if `disable` is None.
        disable = None if verbose is None else not verbose
        self.bar = tqdm(disable=disable, leave=False, mininterval=0.2, **options)

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.close()


class ReadingBar(_Bar):
    """Bytes (or sentences) read."""

    def __init__(self, verbose: bool | None, description: str = "Reading text") -> None:
        super().__init__(verbose, desc=description, unit="B", unit_scale=True)

    def update_to(self, done: int, total: int) -> None:
        """Show that `done` of `total` (0 if unknown) are read."""
        self.bar.total = total or None
        self.bar.update(done - self.bar.n)


class TrainingBar(_Bar):
    """Words per second, loss and time left."""

    def __init__(
        self, verbose: bool | None, encoded: EncodedCorpus, epochs: int, state: TrainingState
    ) -> None:
        # Words of the text, not of the vocabulary: what a user counts, and what other tools report.
        self.scale = encoded.n_raw_tokens / len(encoded.token_ids)
        done = (state.epoch * len(encoded.token_ids) + state.n_tokens_done) * self.scale
        super().__init__(
            verbose,
            desc="Training",
            total=encoded.n_raw_tokens * epochs,
            initial=round(done),
            unit="word",
            unit_scale=True,
        )

    def update_to(self, report: Report) -> None:
        """Show how far training is."""
        if not math.isnan(report.loss):
            self.bar.set_postfix(loss=f"{report.loss:.4f}", refresh=False)
        self.bar.update(round(report.n_tokens_done * self.scale) - self.bar.n)
