"""The import rules of the package, read from its sources: data flows one way, optional libraries load late."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# Each may import those before it.
ORDER = [
    "_validation", "_atomic", "_spill", "_loops", "kernels", "_files", "_encoding", "_token_stream", "text",
    "_encoded_texts", "vocabulary", "corpus", "options", "training", "_progress", "_spelling", "_vector_checks",
    "neighbors", "vectors",
    "_compression", "formats_io", "formats_text", "formats_binary", "formats_safetensors", "formats", "checkpoints",
    "supervised_labels", "transformer",
    "_count_checks", "_count_blocks", "formats_cooccurrence", "cooccurrence", "_pair_counter", "counting",
    "_estimators", "ppmi", "glove_options", "glove_training",
    "glove", "word2vec", "supervised_features", "supervised_training", "supervised_files", "supervised_predictor",
    "supervised", "evaluation", "__init__",
]  # fmt: skip
OPTIONAL = {
    "gensim", "spacy", "nltk", "rjieba", "matplotlib", "torch", "tokenizers", "sacrebleu", "rouge_score", "psutil",
    "zstandard",
}  # fmt: skip
# Who may call kernels. Vocabulary building and text formats have kernels of their own.
KERNEL_CALLERS = {
    "_encoding", "_token_stream", "options", "training", "neighbors", "formats_text", "_pair_counter", "counting",
    "glove_training", "supervised_features", "supervised_training",
}  # fmt: skip


def imports(path, *, top_level_only):
    """Yield the modules that a file imports, as dotted names."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = ast.walk(tree)
    if top_level_only:
        guarded = [n for n in tree.body if isinstance(n, ast.If) and "TYPE_CHECKING" in ast.dump(n.test)]
        skipped = {id(n) for part in guarded for n in ast.walk(part)}
        functions = [n for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.Lambda))]
        skipped |= {id(n) for part in functions for n in ast.walk(part)}
        nodes = [n for n in ast.walk(tree) if id(n) not in skipped]
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(filter(None, [base, node.module]))
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def sources(folder):
    return sorted((ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("path", sources("wordvec"), ids=lambda path: str(path.relative_to(ROOT)))
def test_wordvec_imports_only_what_stands_before_it(path):
    parts = path.relative_to(ROOT / "wordvec").with_suffix("").parts
    me = ORDER.index(parts[0])
    for module in imports(path, top_level_only=True):
        names = module.split(".")
        if names[0] == "wordvec" and len(names) > 1 and names[1] in ORDER:
            other = ORDER.index(names[1])
            is_own_part = parts[0] == names[1] in ("kernels", "transformer")
            assert other < me or is_own_part, f"{path.name} imports {module}"
            if names[1] == "kernels":
                assert parts[0] in KERNEL_CALLERS | {"kernels"}, f"{path.name} calls kernels"


@pytest.mark.parametrize("path", sources("wordvec"), ids=lambda path: str(path.relative_to(ROOT)))
def test_wordvec_never_imports_pipelines(path):
    assert not any(module.split(".")[0] == "pipelines" for module in imports(path, top_level_only=False))


def test_kernels_import_only_numpy_and_numba():
    for path in sources("wordvec/kernels"):
        allowed = {"__future__", "typing", "os", "numpy", "numba", "llvmlite", "wordvec"}
        assert {module.split(".")[0] for module in imports(path, top_level_only=False)} <= allowed


@pytest.mark.parametrize("folder", ["wordvec", "pipelines", "data"])
def test_optional_libraries_are_imported_late(folder):
    for path in sources(folder):
        if path.parent.name == "transformer" and path.name != "__init__.py":
            continue
        found = set(imports(path, top_level_only=True))
        assert not OPTIONAL & {module.split(".")[0] for module in found}, path
        assert not any(module.startswith("wordvec.transformer.") for module in found), path


def test_naive_references_import_nothing_of_ours():
    for path in sorted((ROOT / "tests").glob("naive*.py")):
        ours = {"wordvec", "pipelines", "numba", "scipy", "sklearn"}
        assert not ours & {module.split(".")[0] for module in imports(path, top_level_only=False)}


def test_importing_wordvec_loads_nothing_heavy():
    code = (
        "import sys, wordvec; assert 'Word2Vec' in dir(wordvec); "
        "print([m for m in ('numpy', 'numba', 'sklearn', 'torch', 'gensim') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[]"
    with pytest.raises(AttributeError, match="nothing"):
        import wordvec

        wordvec.nothing  # noqa: B018
