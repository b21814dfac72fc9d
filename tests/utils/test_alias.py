"""`pipelines`, the folder of a checkout, is the package `wordvec.pipelines` and not a second copy of it."""

import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent.parent
PROGRAM = """
import pipelines, pipelines.tagging.crf, wordvec.pipelines, wordvec.pipelines.tagging.crf
from pipelines import CRFTagger
assert pipelines is wordvec.pipelines
assert pipelines.tagging.crf is wordvec.pipelines.tagging.crf
assert CRFTagger.__module__ == "wordvec.pipelines.tagging.crf"
assert pipelines.tagging.crf.__spec__.name == "wordvec.pipelines.tagging.crf"
try:
    import pipelines.nothing
except ModuleNotFoundError as error:
    print(error)
"""


@pytest.mark.process
def test_a_checkout_is_one_package_under_both_names():
    result = subprocess.run([sys.executable, "-c", PROGRAM], cwd=CHECKOUT, capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == "No module named 'wordvec.pipelines.nothing'\n"
