"""Growth of peak memory from text to saved vectors, after imports and compilation. Linux only.

    python tests/benchmarks/bench_memory.py CORPUS

One epoch of skip-gram. `wordvec compare` prints the same for gensim.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from wordvec import LineCorpus, Word2Vec


def status(name: str) -> float:
    """Return a size from /proc/self/status in MiB."""
    found = re.search(rf"{name}:\s+(\d+)", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) / 1024


def main() -> None:
    """Measure and print."""
    Word2Vec(epochs=1, min_count=1).fit([["a", "b", "c", "d"]] * 2000)
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
    before = status("VmRSS")
    model = Word2Vec(epochs=1).fit(LineCorpus(sys.argv[1]))
    with tempfile.TemporaryDirectory() as folder:
        model.wv_.save(Path(folder) / "vectors.bin")
    print(f"growth of peak memory {status('VmHWM') - before:.0f} MiB")


if __name__ == "__main__":
    main()
