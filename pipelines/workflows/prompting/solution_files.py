"""Files of solutions: a JSON line for each question, written when it is solved, so that a run can be resumed."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from wordvec._io.json_files import json_value
from wordvec._utils.errors import AdvisedError
from wordvec._utils.messages import counted
from wordvec._utils.validation import check_parent_folder

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

__all__ = ["SolutionFile"]


class SolutionFile:
    """A file of solutions to which lines are appended; use it as a context manager.

    An incomplete line left by a killed run is removed. If a question failed and was solved later, both lines are kept
    and the later one counts. While the file is open, no other process can open it.

    Parameters
    ----------
    path : Path
    settings : mapping
        The settings that determine the solutions; they are written to each line.
    resume : bool
        Whether an existing file is continued, which must have the same settings.
    overwrite : bool
        Whether an existing file is emptied.

    Attributes
    ----------
    finished : dict of (str, int) to dict
        The line of each question without an error, by the question and the number of equal questions before it.
    """

    def __init__(
        self, path: Path, settings: Mapping[str, Any], *, resume: bool = False, overwrite: bool = False
    ) -> None:
        self.path, self.settings = path, dict(settings)
        self.resume, self.overwrite = resume, overwrite
        self.finished: dict[tuple[str, int], dict[str, Any]] = {}
        self._file: BinaryIO | None = None

    def __enter__(self) -> SolutionFile:
        check_parent_folder(self.path)
        self._file = self.path.open("a+b")
        try:
            self._lock(self._file)
            self._read(self._file)
        except BaseException:
            self._file.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._file is not None
        self._file.close()

    def add(self, occurrence: int, line: Mapping[str, Any]) -> None:
        """Append a line, which is flushed to disk before this returns.

        Parameters
        ----------
        occurrence : int
            Number of equal questions before this one.
        line : mapping
            A mapping with "question".
        """
        assert self._file is not None
        value = {**line, "occurrence": occurrence, "settings": self.settings}
        self._file.write(json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def _lock(self, file: BinaryIO) -> None:
        if fcntl is None:
            return
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ValueError(
                f"Another run is writing {str(self.path)!r}. Wait until it ends, or choose another file."
            ) from None
        except OSError:  # some network file systems have no locks
            return

    def _read(self, file: BinaryIO) -> None:
        """Read the existing lines and remove an incomplete last one, or empty the file."""
        file.seek(0)
        data = file.read()
        if not data:
            return
        *texts, last = data.split(b"\n")
        lines = [self._line(number, text) for number, text in enumerate(texts, start=1) if text.strip()]
        is_half = False
        if last.strip():
            try:  # an editor may have left the last line end out
                lines.append(self._line(len(texts) + 1, last))
            except ValueError:
                is_half = last.startswith(b"{")
                if not is_half:
                    raise
        if not lines and not is_half:
            raise self._foreign("it")
        if self.overwrite:
            file.truncate(0)
            return
        if not self.resume:
            raise AdvisedError(
                f"{str(self.path)!r} holds {counted(len(lines), 'solution')}.",
                "{resume=True} to go on",
                "{overwrite=True} to replace them",
                "another {out}",
            )
        for line in lines:
            self._check_settings(line["settings"])
            key = (line["question"], line["occurrence"])
            if "error" in line:
                self.finished.pop(key, None)
            else:
                self.finished[key] = line
        if is_half:
            file.truncate(len(data) - len(last))
        elif last:
            file.write(b"\n")

    def _line(self, number: int, text: bytes) -> dict[str, Any]:
        from ...prompting import Solution

        try:
            value = json_value(text)
            if type(value["occurrence"]) is int and isinstance(value["settings"], dict):
                Solution.from_dict(value)
                found: dict[str, Any] = value
                return found
        except (ValueError, TypeError, KeyError):
            pass
        raise self._foreign(f"line {number}")

    def _foreign(self, what: str) -> ValueError:
        return ValueError(
            f"{str(self.path)!r} holds something other than solutions ({what} is none). Choose another file."
        )

    def _check_settings(self, found: Mapping[str, Any]) -> None:
        names = sorted({*self.settings, *found})
        for name in names:
            old, new = found.get(name), self.settings.get(name)
            if old != new:
                raise AdvisedError(
                    f"{str(self.path)!r} holds solutions with another setting: {name} was {_told(old)}, and is "
                    f"{_told(new)} now.",
                    "the same settings",
                    "{overwrite=True} to replace them",
                    "another {out}",
                )


def _told(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}..."
