"""`wordvec plot transitions`: the weights of a tagger's transitions."""

from __future__ import annotations

from ..options import TaggerFile
from ..output import note
from .options import Out


def transitions(model: TaggerFile, out: Out) -> None:
    """Draw the weights of a tagger's transitions from tag to tag, as wordvec tag explain --plot does.

    Example: wordvec plot transitions tagger.safetensors -o transitions.png
    """
    from ...tagging.crf import CRFTagger
    from ...workflows.paths import check_overwriting

    check_overwriting([model], [out], "pictures")
    CRFTagger.load(model).explain().plot_transitions(out)
    note(f"The picture is in {out}")
