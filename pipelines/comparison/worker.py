"""One run of a comparison in a separate process: a request as JSON on stdin, the result on stdout."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from .systems import SYSTEMS, ComparisonSettings

WARMUP_LINES, WARMUP_LINE = 200, 10
WARMUP_SIZE = 16
# Errors that the text, the settings or the machine can cause. Anything else is a bug of ours.
USER_ERRORS = (FloatingPointError, ImportError, MemoryError, OSError, ValueError)


def run(request: dict[str, Any]) -> dict[str, Any]:
    """Warm up, train, write the vectors; return the fields of a `wordvec.pipelines.comparison.comparison.Run`."""
    train = SYSTEMS[request["system"]]
    settings = ComparisonSettings(**request["settings"])
    start = time.perf_counter()
    _warm_up(train, settings)
    warmup_seconds = time.perf_counter() - start
    before = _start_of_peak()
    trained = train(Path(request["text"]), settings, request["seed"])
    after = _peak()
    trained.kv.save(request["out"])
    return {
        "n_words": len(trained.kv),
        "warmup_seconds": warmup_seconds,
        "scan_seconds": trained.scan_seconds,
        "train_seconds": trained.train_seconds,
        "memory_growth": None if before is None or after is None else after - before,
        "loss": trained.loss,
        "epochs": trained.epochs,
        "data": trained.data,
    }


def _warm_up(train: Any, settings: ComparisonSettings) -> None:
    """Train short vectors on a tiny text, so that libraries are loaded and kernels compiled."""
    settings = dataclasses.replace(settings, vector_size=min(settings.vector_size, WARMUP_SIZE))
    # An SVD needs more words than a vector has numbers.
    words = [f"w{number}" for number in range(WARMUP_SIZE + WARMUP_LINE)]
    lines = [" ".join(words[first : first + WARMUP_LINE]) for first in range(0, len(words), WARMUP_LINE)]
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder) / "text.txt"
        text.write_text("\n".join(lines * -(-WARMUP_LINES // len(lines))), encoding="utf-8")
        train(text, dataclasses.replace(settings, epochs=1, min_count=1), 1)


def _start_of_peak() -> int | None:
    """Reset the peak of resident memory to the current value, where Linux allows it; return it in bytes."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return _peak()


def _peak() -> int | None:
    """Return the peak of resident memory in bytes; None if unavailable (Windows)."""
    with contextlib.suppress(OSError, IndexError):
        status = Path("/proc/self/status").read_text(encoding="utf-8")
        return 1024 * int(status.partition("VmHWM:")[2].split()[0])
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


if __name__ == "__main__":
    try:
        answer = run(json.load(sys.stdin))
    except USER_ERRORS as failure:
        # `compare` tells the last line of stderr; of any other error, that is the end of the traceback.
        sys.exit(" ".join(str(failure).split()) or type(failure).__name__)
    print(json.dumps(answer))
