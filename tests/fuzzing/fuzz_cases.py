"""One case: a reader and a number, from which follows what is changed, and what came of it."""

import contextlib
import random
import resource
import signal
import traceback
import warnings
from pathlib import Path

from fuzz_mutations import mutated
from fuzz_samples import compile_kernels

from wordvec.vectors.estimator_files import TokenizerArgumentError

# What the readers say they raise.
DOCUMENTED = (ValueError, OSError, ImportError)
MEMORY_FACTOR, MEMORY_CONSTANT = 10, 64 << 20
SECONDS = 5


class TooLongError(BaseException):
    """A reader took more than SECONDS."""


def _stop(number, frame):
    raise TooLongError


def used_memory():
    """Return the bytes of this process's address space."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


@contextlib.contextmanager
def limits(size):
    """Let the block take so many seconds, and memory in proportion to a file of `size` bytes."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    handler = signal.signal(signal.SIGALRM, _stop)
    resource.setrlimit(
        resource.RLIMIT_AS, (used_memory() + MEMORY_FACTOR * size + MEMORY_CONSTANT, before[1])
    )
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        resource.setrlimit(resource.RLIMIT_AS, before)
        signal.signal(signal.SIGALRM, handler)


class Cases:
    """The cases of one reader.

    Parameters
    ----------
    name : str
    reader : fuzz_samples.Reader
    folder : Path
        For its files.
    seed : int
    """

    def __init__(self, name, reader, folder, seed=0):
        self.name, self.read, self.seed = name, reader.read, seed
        self.folder = folder / "".join(c if c.isalnum() else "-" for c in name)
        self.folder.mkdir(parents=True)
        compile_kernels(folder)
        self.files = [self.folder / file for file in reader.make(self.folder)]
        self.contents = {file: file.read_bytes() for file in self.files}
        for file in self.contents:  # the samples are good, and kernels are compiled
            try:
                self.read(file)
            except Exception as error:
                raise SystemExit(f"The sample {file.name!r} of {name} is not read: {error!r}") from error

    def change(self, number):
        """Write the changed file of a case; return its path."""
        rng = random.Random(f"{self.seed} {self.name} {number}")
        file = rng.choice(self.files)
        file.write_bytes(mutated(self.contents[file], rng))
        return file

    def run(self, number):
        """Return "read", "refused", or a text that says what is wrong."""
        file = self.change(number)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return self._outcome(file)
        finally:
            file.write_bytes(self.contents[file])

    def _outcome(self, file):
        try:
            with limits(file.stat().st_size):
                self.read(file)
        except TooLongError:
            return f"hang: more than {SECONDS} s"
        except DOCUMENTED as error:
            memory = [e for e in chain(error) if took_memory(e)]
            if memory:
                return f"memory: {memory[-1]!r:.150}"
            if str(self.folder) not in str(error) and not isinstance(error, TokenizerArgumentError):
                return f"no name of the file: {type(error).__name__}: {str(error):.200}"
            return "refused"
        except BaseException as error:  # a panic of Rust is no Exception
            if isinstance(error, KeyboardInterrupt):
                raise
            return f"{type(error).__name__}: {str(error):.200}"
        return "read"


def took_memory(error):
    """Return whether an error is of memory; Python's parser calls brackets in brackets so, too."""
    if isinstance(error, MemoryError):
        frames = traceback.extract_tb(error.__traceback__)
        return not frames or Path(frames[-1].filename).name != "ast.py"
    return "alloc" in str(error).lower()


def chain(error):
    """Yield an error and those that it was raised from or in."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
