"""The plan of both packages, read from their sources: imports go down, nothing runs in a circle, rooms stay small."""

import ast
import configparser
import subprocess
import sys
from collections import Counter
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# Each package may import those that stand before it.
WORDVEC = [
    "_utils", "_io", "kernels", "schemes", "text", "tokenizers", "counts", "vectors", "embeddings", "supervised",
    "encoders", "distributed", "transformer",
]  # fmt: skip
PIPELINES = [
    "schemes", "preprocessing", "metrics", "features", "tagging", "classification", "topics", "datasets",
    "fairness", "prompting", "applications", "comparison", "explorer", "workflows", "cli",
]  # fmt: skip
ORDER = [
    *(f"wordvec.{name}" for name in WORDVEC), "wordvec",
    *(f"pipelines.{name}" for name in PIPELINES), "pipelines",
]  # fmt: skip
OPTIONAL = {
    "gensim", "spacy", "nltk", "rjieba", "opencc", "matplotlib", "torch", "tokenizers", "transformers", "sacrebleu",
    "rouge_score", "psutil", "zstandard", "httpx", "usearch", "bm25s", "ot", "fsspec", "ray", "pyarrow", "datasets",
    "openTSNE",
}  # fmt: skip
# Rooms that are made of one library; no module outside loads them before it needs them.
ADAPTERS = {"wordvec.transformer.": {"torch", "tokenizers"}, "wordvec.tokenizers.": {"tokenizers"}}
FOLDER_LIMIT = 22
LINE_LIMIT = 450


class Module:
    """A source file: its dotted name, its tree, and what it imports, as pairs of a module and a name in it or None."""

    def __init__(self, path):
        parts = path.relative_to(ROOT).with_suffix("").parts
        self.path, self.is_face = path, parts[-1] == "__init__"
        self.name = ".".join(parts[:-1] if self.is_face else parts)
        self.source = path.read_text(encoding="utf-8")
        self.tree = ast.parse(self.source)
        self.imports = [pair for node in ast.walk(self.tree) for pair in self.imports_of(node)]

    def imports_of(self, node):
        """Yield the imports of one node; the installed name of `pipelines` is that of its folder."""
        if isinstance(node, ast.Import):
            yield from ((alias.name, None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = self.name.split(".") if self.is_face else self.name.split(".")[:-1]
            base = package[: len(package) - node.level + 1] if node.level else []
            origin = ".".join(filter(None, [*base, node.module])).removeprefix("wordvec.pipelines.")
            if "wordvec.pipelines" in (node.module or "") and not origin.startswith("pipelines"):
                origin = "pipelines" if origin == "wordvec.pipelines" else f"pipelines.{origin}"
            yield from ((origin, alias.name) for alias in node.names)

    def at_import(self):
        """Yield what is imported when the module is: nothing of functions or for type checkers alone."""
        later = [n for n in ast.walk(self.tree) if isinstance(n, (ast.FunctionDef, ast.Lambda))]
        later += [n for n in self.tree.body if isinstance(n, ast.If) and "TYPE_CHECKING" in ast.dump(n.test)]
        skipped = {id(n) for part in later for n in ast.walk(part)}
        for node in ast.walk(self.tree):
            if id(node) not in skipped:
                yield from self.imports_of(node)


MODULES = {
    m.name: m for folder in ("wordvec", "pipelines") for m in map(Module, (ROOT / folder).rglob("*.py"))
}


def definer(origin, name):
    """Return the module of ours that defines what is imported, through any number of faces, or None."""
    while origin in MODULES:
        if name is None:
            return origin
        face = {alias: home for home, alias in MODULES[origin].imports if home in MODULES}
        if MODULES[origin].is_face and face.get(name, origin) != origin:
            origin = face[name]
        elif f"{origin}.{name}" in MODULES:
            return f"{origin}.{name}"
        else:
            return origin
    return None


# Faces whose names are lazy stand above all that they name.
GRAPH = {
    name: {definer(*pair) for pair in module.imports} - {name, None}
    for name, module in MODULES.items()
    if "lazy_names(" not in module.source or not module.is_face
}


def room(name):
    """Return the package of a module: the first folder below `wordvec` or `pipelines`."""
    return ".".join(name.split(".")[:2])


def test_every_package_has_its_place():
    assert {room(name) for name in MODULES} <= set(ORDER)


def test_packages_import_downwards():
    place = {package: number for number, package in enumerate(ORDER)}
    upwards = [
        (name, other)
        for name, others in GRAPH.items()
        for other in others
        if place[room(other)] > place[room(name)]
    ]
    assert not upwards


def test_no_module_imports_itself_through_others():
    try:
        TopologicalSorter(GRAPH).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(reversed(error.args[1])))


def test_private_names_stay_where_they_are():
    for module in MODULES.values():
        for origin, name in module.imports:
            if origin.partition(".")[0] in ("wordvec", "pipelines"):
                parts = (
                    f"{origin}.{name or ''}".removeprefix("wordvec._utils")
                    .removeprefix("wordvec._io")
                    .split(".")
                )
                assert not [p for p in parts if p.startswith("_") and not p.endswith("__")], (
                    module.name,
                    parts,
                )


def test_kernels_import_only_numpy_numba_and_kernels():
    allowed = {*sys.stdlib_module_names, "numpy", "numba", "llvmlite"}
    for name, module in MODULES.items():
        if "kernels" in name.split("."):
            assert all("kernels" in other.split(".") for other in GRAPH.get(name, ())), name
            others = {origin.partition(".")[0] for origin, _ in module.imports}
            assert others - {"wordvec", "pipelines"} <= allowed, name


def test_optional_libraries_are_imported_late():
    for name, module in MODULES.items():
        may = set().union(
            *(m for room, m in ADAPTERS.items() if name.startswith(room) and not module.is_face)
        )
        now = list(module.at_import())
        assert not {origin.partition(".")[0] for origin, _ in now} & OPTIONAL - may, name
        if not name.startswith("wordvec.transformer"):
            heavy = [
                other for pair in now if (other := definer(*pair) or "").startswith("wordvec.transformer.")
            ]
            assert not heavy, f"{name} loads PyTorch through {heavy[0]}"


def test_references_import_nothing_of_ours():
    for path in sorted((ROOT / "tests" / "reference").glob("*.py")):
        origins = {origin.partition(".")[0] for origin, _ in Module(path).imports}
        assert not origins & {"wordvec", "pipelines", "numba", "scipy", "sklearn"}, path.name


def test_rooms_and_files_stay_small():
    folders = Counter(module.path.parent for module in MODULES.values())
    assert not {str(folder): n for folder, n in folders.items() if n > FOLDER_LIMIT}
    lines = {name: module.source.count("\n") for name, module in MODULES.items()}
    assert not {name: n for name, n in lines.items() if n > LINE_LIMIT}


def test_importing_wordvec_loads_nothing_heavy():
    code = (
        "import sys, wordvec, wordvec.pipelines; assert 'Word2Vec' in dir(wordvec); "
        "print([m for m in ('numpy', 'numba', 'sklearn', 'torch', 'gensim') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[]"
    with pytest.raises(AttributeError, match="nothing"):
        import wordvec

        wordvec.nothing  # noqa: B018


def test_every_package_is_installed():
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg")
    listed = settings["options"]["packages"].split()
    for folder, name in (("wordvec", "wordvec"), ("pipelines", "wordvec.pipelines")):
        for path in (ROOT / folder).rglob("__init__.py"):
            parts = path.parent.relative_to(ROOT / folder).parts
            assert ".".join([name, *parts]) in listed
