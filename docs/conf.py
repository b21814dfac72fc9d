"""Configuration of the documentation site.

Build it with ``sphinx-build -W --keep-going -n docs build/docs``: a warning, a broken link within the site or a
reference to a name that does not exist fails. It needs ``pip install ".[docs]"`` and no network.
"""

import re
import sys
from pathlib import Path

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx

import wordvec

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS))

import pages  # noqa: E402

project = "wordvec"
author = "The wordvec developers"
copyright = author  # noqa: A001
version = release = wordvec.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "numpydoc", "sphinx_copybutton"]
exclude_patterns = ["architecture-files.md"]  # a part of architecture.md

html_theme = "furo"
html_title = f"wordvec {release}"
html_copy_source = False

myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3

# Types stand in the docstrings, with shapes; the signatures show names and defaults.
autodoc_typehints = "none"
autodoc_member_order = "bysource"
autodoc_docstring_signature = False
numpydoc_show_class_members = False
numpydoc_xref_param_type = False
default_role = "wordvec"
nitpicky = True

copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
copybutton_only_copy_prompt_lines = True


def link_public_names(role, rawtext, text, lineno, inliner, options=None, content=None):
    """Make a link of a public name in single backticks, and code of any other text."""
    if (entry := PUBLIC.find(text)) is not None:
        inner = nodes.literal(rawtext, text, classes=["xref", "py"])
        attributes = {"refdomain": "py", "reftype": "obj", "reftarget": entry, "refexplicit": True}
        return [pending_xref(rawtext, inner, refdoc=inliner.document.settings.env.docname, **attributes)], []
    return [nodes.literal(rawtext, text)], []


def resolve_alias(app, env, node, contnode):
    """Resolve a name by any of its public paths, or by the module that defines it."""
    entry = PUBLIC.find(node.get("reftarget", ""))
    if entry is None or entry == node["reftarget"]:
        return None
    domain = env.get_domain("py")
    return domain.resolve_xref(env, node["refdoc"], app.builder, "obj", entry, node, contnode)


def skip_foreign_members(app, what, name, obj, skip, options):
    """Leave out what scikit-learn adds to each estimator for its metadata routing."""
    return skip or name == "get_metadata_routing" or (name.startswith("set_") and name.endswith("_request"))


def escape_plain_text(app, what, name, obj, options, lines):
    """Let docstrings say ``|w|`` and ``wv_`` outside of backticks: in reStructuredText both would be references."""
    in_example = False
    for k, line in enumerate(lines):
        in_example = line.strip() != "" and (in_example or line.lstrip().startswith(">>>"))
        if not in_example and not line.lstrip().startswith(".. "):
            lines[k] = SPECIAL.sub(lambda found: found["code"] or "\\" + found[0], line)


SPECIAL = re.compile(r"(?P<code>``.*?``|`[^`]*`)|(?<!\\)\||(?<=[A-Za-z0-9])_(?!\w)")
PUBLIC = pages.PublicNames()


def setup(app: Sphinx) -> None:
    """Write the generated pages and register the role and the resolver."""
    pages.write(DOCS, PUBLIC)
    app.add_role("wordvec", link_public_names)
    app.connect("missing-reference", resolve_alias)
    # After numpydoc, which escapes the names of attributes itself.
    app.connect("autodoc-process-docstring", escape_plain_text, priority=900)
    app.connect("autodoc-skip-member", skip_foreign_members)
