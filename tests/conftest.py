"""One cache of compiled kernels for all workers, public data sets, and fixtures of more than one folder."""

import contextlib
import errno
import hashlib
import importlib.util
import os
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import pytest
from hypothesis import settings

try:
    import fcntl
except ImportError:  # Windows; there kernels may be compiled twice
    fcntl = None


# A first call may compile, and other processes may need the core.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


def kernel_cache():
    """Return the folder of compiled kernels, named by the sources of all modules that have any.

    Numba sees edits of a kernel's own file only, not of those whose functions it calls.
    """
    digest = hashlib.sha256(version("numba").encode())
    (package,) = importlib.util.find_spec("wordvec").submodule_search_locations
    folders = [package, *importlib.util.find_spec("wordvec.pipelines").submodule_search_locations]
    for path in sorted({path for folder in folders for path in Path(folder).rglob("*.py")}):
        if b"numba" in (source := path.read_bytes()) or "kernels" in path.parts:
            digest.update(source)
    base = os.environ.get("NUMBA_CACHE_DIR") or Path(__file__).parent.parent / ".pytest_cache" / "kernels"
    folder = Path(base) / digest.hexdigest()[:16]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        return Path(tempfile.mkdtemp(prefix="kernels"))
    return folder


# Before Numba is imported; workers and the interpreters that tests start have it from here.
if "PYTEST_XDIST_WORKER" not in os.environ:
    os.environ["NUMBA_CACHE_DIR"] = str(kernel_cache())
    # Idle threads of small matrix products wait busily, on cores that the other workers need.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


@contextlib.contextmanager
def locked(name):
    """Hold a lock that processes share; taken again by its holder, it does nothing."""
    if fcntl is None or name in HELD:
        yield
        return
    HELD.add(name)
    try:
        with Path(os.environ["NUMBA_CACHE_DIR"], f"{name}.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
    finally:
        HELD.discard(name)


HELD = set()


def compile_once():
    """Let one process at a time compile a kernel: the others wait, and load what it has compiled.

    Besides the time, two processes that add to the index of one kernel's files at once may number two files alike.
    """
    from numba.core.compiler_lock import global_compiler_lock
    from numba.core.dispatcher import Dispatcher

    compile_now = Dispatcher.compile

    def compile(self, sig):
        name = f"{self.py_func.__module__}.{self.py_func.__qualname__}"
        # Numba's own lock first, in all threads: kernels that call others lock these while they hold it.
        with global_compiler_lock, locked(hashlib.sha256(name.encode()).hexdigest()[:16]):
            return compile_now(self, sig)

    Dispatcher.compile = compile


compile_once()


def pytest_xdist_auto_num_workers():
    """Return the number of workers: one a core, but few where a machine has many, since each loads PyTorch."""
    return min(os.cpu_count() or 1, 4)


@pytest.fixture(scope="session")
def data_path():
    """Return the path of a file or folder of the public data sets under WORDVEC_DATA, or skip the test."""

    def find(name):
        folder = os.environ.get("WORDVEC_DATA")
        if not folder:
            pytest.skip("WORDVEC_DATA names no folder with data sets")
        if not Path(folder, name).exists():
            pytest.skip(f"{name} is not under the folder that WORDVEC_DATA names")
        return Path(folder, name)

    return find


@pytest.fixture(scope="session")
def need_data_set(data_path):
    """Skip the test unless all files of a catalogued set are there; those that come with gensim do not count."""
    from wordvec.pipelines.datasets.loading import dataset_info

    def need(name):
        info = dataset_info(name)
        for file in info.files:
            if file.gensim is None:
                data_path(f"{info.folder}/{file.name}")

    return need


@pytest.fixture
def read_only(tmp_path, monkeypatch):
    """A folder in which nobody, not even root, can make a file; links can be made."""
    folder = tmp_path / "read-only"
    folder.mkdir()

    def refuse(method):
        def call(path, *options, **named):
            if path.parent == folder:
                raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))
            return method(path, *options, **named)

        return call

    for name in ("open", "touch", "unlink"):
        monkeypatch.setattr(Path, name, refuse(getattr(Path, name)))
    return folder


@pytest.fixture
def temporary_folder(tmp_path, monkeypatch):
    """The folder for temporary files, empty."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Mark what reads the public data sets."""
    for item in items:
        if "data_path" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.data)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup():
    """One thread for PyTorch, before any fixture of any scope.

    Small models take longer with more threads, above all when tests run beside other work, and PyTorch's sums
    differ in their last bits with the number of threads.
    """
    if (torch := sys.modules.get("torch")) is not None and hasattr(torch, "set_num_threads"):
        torch.set_num_threads(1)
