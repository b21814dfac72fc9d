"""The generated pages of the documentation: the reference, the commands, and the table of packages and files.

All come from the code: the public names of each package from its ``__all__``, the commands from their help, the
purpose of each file from the first line of its docstring. Nothing has to be edited when one is added.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
# Classes whose methods are documented elsewhere: a page shows what ours add to them.
FOREIGN_BASES = (
    "BaseEstimator, _SetOutputMixin, ClassifierMixin, TransformerMixin, Module, Mapping, MutableMapping, "
    "Sequence, tuple, dict, list, str, Enum, Exception, object"
)
# The order of the architecture, which is the order of reading, too.
PACKAGES = (
    "_utils _io kernels schemes text tokenizers counts vectors embeddings supervised encoders distributed transformer",
    "schemes preprocessing metrics features tagging classification topics datasets fairness prompting "
    "applications comparison explorer workflows cli",
)


def first_line(docstring: str | None) -> str:
    """Return the first paragraph of a docstring as one line."""
    return " ".join((docstring or "").strip().partition("\n\n")[0].split())


class PublicNames:
    """Public names by package, each with the one path under which the reference describes it."""

    def __init__(self) -> None:
        self.faces: dict[str, list[str]] = {}
        self._homes: dict[str, str] = {}  # any path of a name -> the documented path
        self._short: dict[str, set[str]] = {}  # last part of a path -> documented paths
        for face in sorted(_faces(), key=lambda face: (face.count("."), _place(face))):
            module = importlib.import_module(face)
            names = [name for name in getattr(module, "__all__", []) if not name.startswith("__")]
            if names:
                self.faces[face] = names
            for name in names:
                self._add(f"{face}.{name}", getattr(module, name))

    def _add(self, path: str, value: object) -> None:
        definition = f"{getattr(value, '__module__', path)}.{getattr(value, '__qualname__', id(value))}"
        home = self._homes.setdefault(definition, path)
        self._homes[path] = home
        self._short.setdefault(home.rpartition(".")[2], set()).add(home)

    def find(self, name: str) -> str | None:
        """Return the documented path of a name or a dotted path; None if it is not public or not unique."""
        if name in self._homes:
            return self._homes[name]
        found = self._short.get(name, set())
        return next(iter(found)) if len(found) == 1 else None

    def homes(self) -> list[str]:
        """Return the documented paths, each once."""
        return sorted(set(self._homes.values()))


def _faces() -> Iterator[str]:
    for root in ("wordvec", "wordvec.pipelines"):
        package = importlib.import_module(root)
        yield root
        for found in pkgutil.walk_packages(package.__path__, f"{root}."):
            parts = found.name.split(".")
            private = any(part.startswith("_") for part in parts) or "kernels" in parts or "cli" in parts
            if found.ispkg and not private and not (root == "wordvec" and "pipelines" in parts):
                yield found.name


def _place(face: str) -> tuple[int, int]:
    parts = face.removeprefix("wordvec").strip(".").split(".")
    group = parts[0] == "pipelines"
    room = parts[group : group + 1]
    order = PACKAGES[group].split()
    return (group, order.index(room[0]) + 1 if room and room[0] in order else 0)


def write(docs: Path, public: PublicNames) -> None:
    """Write `docs`/reference and `docs`/architecture-files.md, leaving alone what has not changed."""
    folder = docs / "reference"
    written = {folder / "index.rst": _reference_index(public)}
    written |= {folder / f"{face}.rst": _face_page(face, public) for face in public.faces}
    written |= {folder / f"{home}.rst": _name_page(home) for home in public.homes()}
    written[folder / "commands.rst"] = _commands_page()
    folder.mkdir(exist_ok=True)
    for old in set(folder.glob("*.rst")) - set(written):
        old.unlink()
    written[docs / "architecture-files.md"] = file_table()
    for path, text in written.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def _heading(text: str) -> str:
    return f"{text}\n{'=' * len(text)}\n"


def _reference_index(public: PublicNames) -> str:
    entries = "\n".join(f"   {face}" for face in public.faces)
    intro = (
        "Every public name, by package. The pages come from the docstrings; ``help(name)`` shows the same."
    )
    return f"{_heading('Reference')}\n{intro}\n\n.. toctree::\n   :maxdepth: 1\n\n   commands\n{entries}\n"


def _face_page(face: str, public: PublicNames) -> str:
    module = importlib.import_module(face)
    own = sorted(
        {path for name in public.faces[face] if (path := public.find(f"{face}.{name}")).startswith(face)}
    )
    rows = []
    for name in public.faces[face]:
        home = public.find(f"{face}.{name}")
        value = getattr(module, name)
        is_constant = not callable(value) and not inspect.ismodule(value)
        # The docstring of a constant is that of its type.
        summary = f"A constant, {type(value).__name__}." if is_constant else first_line(inspect.getdoc(value))
        rows.append(f":py:obj:`{name} <{home}>`\n    {summary}\n")
    tree = "\n".join(f"   {path}" for path in own if path.rpartition(".")[0] == face)
    hidden = f"\n.. toctree::\n   :hidden:\n\n{tree}\n" if tree else ""
    docstring = inspect.getdoc(module) or ""
    return f"{_heading(face)}\n{docstring}\n\n{chr(10).join(rows)}{hidden}"


def _name_page(home: str) -> str:
    face, _, name = home.rpartition(".")
    value = getattr(importlib.import_module(face), name)
    if inspect.isclass(value):
        body = f".. autoclass:: {home}\n   :members:\n   :inherited-members: {FOREIGN_BASES}\n"
    elif callable(value):
        body = f".. autofunction:: {home}\n"
    else:
        body = f".. autodata:: {home}\n   :no-value:\n"
    return f"{_heading(home)}\n.. code-block:: python\n\n   from {face} import {name}\n\n{body}"


def _commands_page() -> str:
    import typer

    from wordvec.pipelines.cli import app

    parts = [_heading("The program wordvec"), "What ``--help`` of each command prints.\n"]
    for path, text in _helps(typer.main.get_command(app), None, "wordvec"):
        literal = "\n".join(f"   {line}".rstrip() for line in text.splitlines())
        parts.append(f"{path}\n{'-' * len(path)}\n\n.. code-block:: text\n\n{literal}\n")
    return "\n".join(parts)


def _helps(command: Any, parent: Any, name: str) -> Iterator[tuple[str, str]]:
    context = command.make_context(name, [], parent=parent, resilient_parsing=True, terminal_width=100)
    yield context.command_path, command.get_help(context)
    for sub_name, sub_command in getattr(command, "commands", {}).items():
        yield from _helps(sub_command, context, sub_name)


def file_table() -> str:
    """Return the packages and their files as Markdown tables, one line each."""
    parts = ["<!-- Generated from the first lines of the modules' docstrings by docs/pages.py. -->\n"]
    for package in _source_packages():
        lines = [f"### `{package.relative_to(ROOT)}/`\n", f"{_purpose(package / '__init__.py')}\n"]
        modules = sorted(path for path in package.glob("*.py") if path.name != "__init__.py")
        if modules:
            lines += ["| file | what it holds |", "|---|---|"]
            lines += [f"| `{path.name}` | {_purpose(path)} |" for path in modules]
            lines.append("")
        parts.append("\n".join(lines))
    return "\n".join(parts)


def _source_packages() -> list[Path]:
    found = []
    for group, root in enumerate(("wordvec", "pipelines")):
        order = PACKAGES[group].split()
        packages = [path.parent for path in (ROOT / root).rglob("__init__.py")]
        rooms = {path: path.relative_to(ROOT / root).parts for path in packages}

        def place(path: Path, rooms: dict = rooms, order: list = order) -> tuple:
            parts = rooms[path]
            return (order.index(parts[0]) if parts and parts[0] in order else -1, parts)

        found += sorted(packages, key=place)
    return found


def _purpose(path: Path) -> str:
    line = first_line(ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))))
    return line.replace("``", "`").replace("|", "\\|")
