"""The public names of every face, with their signatures, are those of `public_names.txt`.

`python tests/test_public_names.py` writes that file anew, after a change that is meant.
"""

import difflib
import importlib
import inspect
import pkgutil
import re
from pathlib import Path

RECORD = Path(__file__).with_name("public_names.txt")


def faces():
    """Return the packages that name something public, in alphabetical order."""
    import wordvec
    import wordvec.pipelines

    names = {"wordvec", "wordvec.pipelines"}
    for package in (wordvec, wordvec.pipelines):
        found = pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        names.update(info.name for info in found if info.ispkg and "._" not in info.name)
    modules = [importlib.import_module(name) for name in sorted(names)]
    return [module for module in modules if getattr(module, "__all__", None)]


def described(name, value):
    """Return lines for a name: the signature of a function; of a class, also those of its public methods."""
    if not inspect.isclass(value):
        return [name + signature(value)]
    lines = [f"class {name}{signature(value)}"]
    for method, found in sorted(inspect.getmembers(value)):
        ours = getattr(found, "__module__", "") or getattr(getattr(found, "fget", None), "__module__", "")
        if method.startswith("_") or not str(ours).startswith("wordvec"):
            continue
        lines.append(f"    {method}{signature(found)}")
    return lines


def signature(value):
    """Return parameters and their defaults; where a default is an object, only its class."""
    if not callable(value):
        return ""
    try:
        found = inspect.signature(value)
    except (TypeError, ValueError):
        return "(...)"
    parameters = [p.replace(annotation=inspect.Parameter.empty) for p in found.parameters.values()]
    text = str(found.replace(parameters=parameters, return_annotation=inspect.Signature.empty))
    text = re.sub(r"<function <lambda> at \w+>", "<function>", text)
    return re.sub(r"<(?:\w+\.)*(\w+)[^<>]*>", r"<\1>", text)


def record():
    """Return the text of the whole file."""
    parts = []
    for module in faces():
        lines = [module.__name__]
        for name in sorted(module.__all__):
            lines += [f"    {line}" for line in described(name, getattr(module, name))]
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def test_public_names_are_those_of_the_record():
    want, found = RECORD.read_text(encoding="utf-8"), record()
    changes = difflib.unified_diff(want.splitlines(), found.splitlines(), "recorded", "now", "", "", 0, "")
    assert want == found, "\n".join([*changes, "Meant? Run: python tests/test_public_names.py"])


if __name__ == "__main__":
    RECORD.write_text(record(), encoding="utf-8")
