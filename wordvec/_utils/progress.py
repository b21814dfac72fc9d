"""Progress bars on stderr: for reading text, and for training."""

from __future__ import annotations

import math
from typing import Any

from tqdm.auto import tqdm

from wordvec._utils.loops import Report


class ProgressBar:
    """A tqdm bar with absolute updates; silent outside a terminal unless requested."""

    def __init__(self, verbose: bool | None, **options: Any) -> None:
        # tqdm shows nothing off a terminal if `disable` is None.
        disable = None if verbose is None else not verbose
        self.bar = tqdm(disable=disable, leave=False, mininterval=0.2, **options)

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.close()


class ReadingBar(ProgressBar):
    """A progress bar of bytes, sentences or tokens read."""

    def __init__(self, verbose: bool | None, description: str = "Reading text", unit: str = "B") -> None:
        super().__init__(verbose, desc=description, unit=unit, unit_scale=True)

    def update_to(self, done: int, total: int) -> None:
        """Show that `done` of `total` items (0 if unknown) have been read."""
        self.bar.total = total or None
        self.bar.update(done - self.bar.n)


class TrainingBar(ProgressBar):
    """A progress bar with items per second, loss and remaining time.

    Parameters
    ----------
    verbose : bool or None
    total, done : int
        Number of items in all epochs, and of those that an earlier run has processed.
    unit : str
    scale : float
        The number shown for each item of training: users count words of the text, not of the vocabulary, and so do
        other tools.
    """

    def __init__(self, verbose: bool | None, total: int, done: int, unit: str, scale: float = 1.0) -> None:
        self.scale = scale
        super().__init__(
            verbose,
            desc="Training",
            total=round(total * scale),
            initial=round(done * scale),
            unit=unit,
            unit_scale=True,
        )

    def update_to(self, report: Report) -> None:
        """Show the progress of training."""
        if not math.isnan(report.loss):
            self.bar.set_postfix(loss=f"{report.loss:.4f}", refresh=False)
        self.bar.update(round(report.n_done * self.scale) - self.bar.n)
